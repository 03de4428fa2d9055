"""A line by least squares: its surface, and its loss on mini-batches against the network that it stands for."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import optim
from optim import Batches, Network, Task, optimizers
from optim.datasets import Examples, digits, old_faithful
from optim.lines import Line, least_squares

from .budget import cases

GEYSER = old_faithful()
NETWORK = Network((1, 1), loss="squared error")


def test_the_line_is_a_quadratic_with_its_minimum_where_least_squares_puts_it():
    task, bowl = Task(NETWORK, GEYSER), least_squares(GEYSER)
    w = np.random.default_rng(0).uniform(-50, 50, (2, 4, 3))
    for ours, theirs in zip(task.at(w), bowl.at(w), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-12)
    assert bowl.minima[0] == pytest.approx(np.polyfit(GEYSER.inputs[:, 0], GEYSER.targets[:, 0], 1))
    assert bowl.contains(bowl.minima[0])
    assert bowl.contains(bowl.start)
    x = GEYSER.inputs[:, 0]
    assert bowl.hessian((1, 2)) == pytest.approx(np.array([[np.mean(x * x), x.mean()], [x.mean(), 1]]))


@pytest.mark.parametrize(
    ("y", "x_range", "y_range"),
    [
        ([8, 12], (-1, 4), (-5, 20)),  # y ≈ 2 x + 10
        ([-8, -12], (-3, 2), (-15, 10)),
        ([0, 0], (-0.5, 1), (-0.5, 1)),
    ],
)
def test_the_lines_map_has_half_the_way_to_the_minimum_more_below_and_as_much_again_above(y, x_range, y_range):
    bowl = least_squares(Examples("two", np.array([[-1.0], [1.0]]), np.transpose([y]).astype(float)))
    assert bowl.x_range == x_range
    assert bowl.y_range == y_range


def test_a_lines_defaults_are_those_of_standardised_inputs_without_any_slope():
    bowl = least_squares(Examples("two", np.array([[-1.0], [1.0]]), np.zeros((2, 1))))
    assert repr(bowl) == "_quadratic()"
    assert dict(bowl.defaults) == {"slope": 0, "intercept": 0, "floor": 0, "mean": 0, "square": 1}


@cases(60)
@given(st.integers(1, 272), st.integers(0, 9), st.booleans(), st.integers(1, 1000), st.booleans())
def test_a_line_on_batches_is_the_network_on_them(size, seed, shuffle, t, many):
    batches = Batches(272, size, np.array([seed, seed + 1]) if many else seed, shuffle)
    w = np.random.default_rng(seed).uniform(-50, 50, (2, 3, 2))
    for ours, theirs in zip(Line(GEYSER, batches).at(w, t), Task(NETWORK, GEYSER, batches).at(w, t), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
        assert ours.shape == theirs.shape


def test_on_single_examples_it_is_the_network_to_the_last_bit():
    batches = Batches(272, 1, seed=3)
    line, task = (optim.trace(optimizers.adam(lr=0.1), one, (0, 0), 600)
                  for one in (Line(GEYSER, batches), Task(NETWORK, GEYSER, batches)))  # fmt: skip
    for name in task:
        np.testing.assert_array_equal(line[name], task[name], name)


def test_a_loss_is_never_below_0():
    # A line through both examples of a batch of two, whose loss is 0 but for rounding.
    x = np.random.default_rng(0).uniform(-5, 5, (200, 2, 1))
    losses = []
    for pair in x:
        both = Examples("pair", pair, 10.73 * pair + 33.47)
        losses.append(Line(both, Batches(2, 2)).at(np.array([10.73, 33.47]), 1)[0])
    assert 0 <= min(losses) <= max(losses) < 1e-12


def test_a_sweep_over_orders_is_the_single_runs():
    seeds = np.arange(5)
    swept = optim.sweep(optimizers.sgd(lr=0.05), Line(GEYSER, Batches(272, 7, seeds)), steps=90)
    for seed in seeds:
        run = optim.trace(optimizers.sgd(lr=0.05), Line(GEYSER, Batches(272, 7, int(seed))), steps=90)
        assert (swept["x"][:, seed] == run["x"][-1]).all()
        assert swept["f"][seed] == run["f"][-1]


def test_examples_that_are_no_line_are_refused():
    with pytest.raises(ValueError, match=r"^two: all inputs are equal"):
        least_squares(Examples("two", [[1], [1]], [[1], [2]]))
    train = digits()[0]
    with pytest.raises(ValueError, match=r"^Digits: a line needs one input and one output"):
        least_squares(train)
    for x, y in (([[1, 2], [3, 4]], [[1], [2]]), ([[1], [2]], [[1, 2], [3, 4]])):
        with pytest.raises(ValueError, match=r"^wide: a line needs one input and one output"):
            Line(Examples("wide", x, y), Batches(2, 1))
    with pytest.raises(ValueError, match=r"^The batches are of 9 examples; there are 272"):
        Line(GEYSER, Batches(9, 4))


def test_a_lines_label_start_and_defaults():
    line = Line(GEYSER, Batches(272, 4))
    assert (line.label, line.start, line.dimensions) == ("Line through Old Faithful", (0, 0), 2)
    assert repr(line.along(1)(mean_x=0, mean_y=0, var_x=0, cov=0, var_y=0)) == "_on_means()"
    assert line.along(1).defaults == dict.fromkeys(("mean_x", "mean_y", "var_x", "cov", "var_y"), 0)


def test_a_line_is_pickled_after_it_has_run():
    line = Line(GEYSER, Batches(len(GEYSER), size=4, seed=0))
    swept = optim.sweep(optimizers.sgd(lr=[0.01, 0.1]), line, steps=150)
    again = optim.sweep(optimizers.sgd(lr=[0.01, 0.1]), pickle.loads(pickle.dumps(line)), steps=150)
    np.testing.assert_array_equal(again["x"], swept["x"])
