"""The sharpness against the whole Hessian, and the published edge of stability."""

from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest

import optim
from optim import Network, Task, curvature, optimizers
from optim.curvature import sharpness, threshold
from optim.datasets import Examples, digits

TRAIN = digits()[0]
SMALL = Task(Network((64, 2, 10), "tanh"), TRAIN.take(slice(60)))


def hessian(task, w):
    return np.stack([task.hessian_product(w, e) for e in np.eye(len(w))])


@pytest.mark.parametrize("scaled", [False, True])
def test_the_sharpness_is_the_largest_eigenvalue_of_the_whole_hessian(scaled):
    w = SMALL.network.initial("He", seed=1)
    scale = np.exp(np.random.default_rng(2).uniform(-2, 2, w.shape)) if scaled else 1.0
    exact = np.linalg.eigvals(hessian(SMALL, w) * np.broadcast_to(scale, w.shape)[:, None]).real.max()
    found = sharpness(SMALL, w, scale=scale, iterations=40)
    assert found.value == pytest.approx(exact, rel=1e-9)
    assert found.residual < 1e-4 * exact
    assert np.linalg.norm(found.vector) == pytest.approx(1)
    few = sharpness(SMALL, w, scale=scale, iterations=5)
    assert few.value <= exact * (1 + 1e-12)
    assert abs(few.value - exact) <= few.residual
    again = sharpness(SMALL, w, scale=scale, vector=found.vector, iterations=1)
    assert again.value == pytest.approx(exact, rel=1e-6)


def test_it_is_the_curvature_over_all_examples_whatever_the_batch():
    w = SMALL.start
    batched = Task(SMALL.network, SMALL.examples, optim.Batches(60, 5))
    assert sharpness(batched, w).value == sharpness(SMALL, w).value


def test_it_ends_where_the_space_does():
    line = Task(Network((1, 1), loss="squared error"), optim.datasets.old_faithful())
    found = sharpness(line, line.start, iterations=50)
    x = line.examples.inputs[:, 0]
    assert found.value == pytest.approx(np.linalg.eigvalsh([[np.mean(x * x), x.mean()], [x.mean(), 1]])[-1], rel=1e-12)


def bowl(*inputs):
    """Linear regression on inputs whose mean is 0: the Hessian is (mean x², 0; 0, 1) at any weights."""
    x = np.reshape(inputs, (-1, 1))
    return Task(Network((1, 1), loss="squared error"), Examples("bowl", x, np.zeros_like(x)))


@pytest.mark.parametrize(("vector", "value"), [((1, 0), 4), ((0, -3), 1)])
def test_an_eigenvector_ends_the_search_with_its_own_eigenvalue(vector, value):
    found = sharpness(bowl(2.0, -2.0), np.zeros(2), vector=np.array(vector))
    assert (found.value, found.vector.tolist(), found.residual) == (value, list(np.sign(vector)), 0)


def test_a_direction_without_curvature_has_the_eigenvalue_0():
    found = sharpness(bowl(0.0, 0.0), np.zeros(2), vector=np.array([1, 0]))
    assert (found.value, found.vector.tolist(), found.residual) == (0, [1, 0], 0)


@pytest.mark.parametrize("excess", [1e-3, 1e-4, 1e-5])
@pytest.mark.parametrize("tilt", [1e-5, 1e-6])
def test_rounding_adds_nothing_where_two_eigenvalues_lie_close(excess, tilt):
    task = bowl(np.sqrt(1 + excess), -np.sqrt(1 + excess))
    assert sharpness(task, np.zeros(2), vector=np.array([1, tilt])).value == pytest.approx(1 + excess, rel=1e-13)


def test_a_large_negative_curvature_hides_no_positive_one():
    curvatures = np.array([-1e13, 1, 2])
    task = SimpleNamespace(full=SimpleNamespace(hessian_product=lambda w, v: curvatures * v))
    assert sharpness(task, np.zeros(3), vector=np.array([1, 1e-10, 1e-10])).value == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize("size", [1e-30, 1e-12, 1e12])
def test_a_scale_of_all_weights_is_a_factor(size):
    w = SMALL.start
    one, other = sharpness(SMALL, w), sharpness(SMALL, w, scale=size)
    assert other.value == pytest.approx(size * one.value, rel=1e-12)
    assert other.vector == pytest.approx(one.vector, abs=1e-6)


def test_it_takes_ten_products_from_one_random_direction_by_default():
    w, normal = SMALL.start, np.random.default_rng(0).standard_normal(SMALL.dimensions)
    default, given = sharpness(SMALL, w), sharpness(SMALL, w, vector=normal, iterations=10)
    assert (default.value, default.residual) == (given.value, given.residual)
    assert (default.vector == given.vector).all()
    assert default.residual != sharpness(SMALL, w, iterations=11).residual
    with pytest.raises(TypeError, match="positional"):
        sharpness(SMALL, w, 2.0)


def test_weights_that_are_not_finite_have_none():
    found = sharpness(SMALL, np.full(SMALL.dimensions, np.inf))
    assert np.isnan(found.value)
    assert np.isnan(found.residual)


def test_a_product_that_overflows_gives_back_the_direction_to_begin_with():
    # The Hessian is that of (1e-10 u + 1.5e154 v + b)²/2: its column u is finite, its entry v v is not.
    task = Task(Network((2, 1), loss="squared error"), Examples("wide", np.array([[1e-10, 1.5e154]]), np.zeros((1, 1))))
    found = sharpness(task, np.zeros(3), vector=np.array([2, 0, 0]))
    assert found.vector.tolist() == [1, 0, 0]
    assert np.isnan([found.value, found.residual]).all()


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (optimizers.sgd(lr=0.2), 10),
        (optimizers.momentum(lr=0.02, beta=0.9), 3.8 / 0.02),
        (optimizers.rmsprop(lr=0.01), 200),
        (optimizers.adam(lr=0.01), 3800),
        (optimizers.adam(lr=0.03, beta1=0.0), 2 / 0.03),
        (optimizers.lion(), None),
        (optimizers.adam(weight_decay=0.1), None),
    ],
    ids=repr,
)
def test_the_threshold_is_the_closed_form(optimizer, expected):
    assert threshold(optimizer) == (expected if expected is None else pytest.approx(expected))


def test_the_threshold_follows_the_schedule_and_is_infinite_at_0():
    assert threshold(optimizers.sgd(lr=0.2), 0.1) == pytest.approx(20)
    assert threshold(optimizers.sgd(lr=0.0)) == np.inf


@pytest.mark.slow
@pytest.mark.parametrize(
    "optimizer",
    [optimizers.sgd(lr=0.2), optimizers.sgd(lr=0.4), optimizers.adam(lr=0.01), optimizers.adam(lr=0.03)],
    ids=repr,
)
def test_full_batch_training_hovers_at_the_threshold(optimizer):
    """Another program found, over 1,500 steps: 10.0 to 10.7 (threshold 10), 5.3 to 5.6 (5), 3,420 to 3,860 (3,800) and
    1,180 to 1,270 (1,267)."""
    task = Task(Network((64, 32, 10), "tanh", "squared error"), TRAIN)
    found: list[curvature.Sharpness] = []
    rows = islice(optim.descend(optimizer, task, task.network.initial("PyTorch's")), 1501)
    for i, row in enumerate(rows):
        if i >= 1000 and i % 20 == 0:
            scale = row["effective_lr"] / optimizer.values["lr"]
            vector = found[-1].vector if found else None
            found.append(sharpness(task, row["x"], scale=scale, vector=vector, iterations=8))
    values = np.array([one.value for one in found]) / threshold(optimizer)
    assert 0.88 < values.min() <= values.max() < 1.2
    assert 0.95 < np.median(values) < 1.1
