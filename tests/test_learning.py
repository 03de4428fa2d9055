"""Networks on data: their gradients, PyTorch's own losses, mini-batches, and what a task owes the loop."""

import copy
import pickle
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import optim
from optim import Batches, Network, Task, learning, optimizers, schedules, surfaces
from optim.datasets import digits, old_faithful, one_hot
from optim.learning import ACTIVATIONS, INITIALISATIONS, LOSSES
from tests.golden.learning_cases import BATCHES, CASES, NETWORKS, STEPS, start

GOLDENS = dict(np.load(Path(__file__).parent / "golden" / "learning.npz"))
TRAIN, TEST = digits()
FEW = TRAIN.take(slice(40))
GEYSER = old_faithful().standardised()


def networks(*sizes):
    return [Network(sizes, activation, loss) for activation in ACTIVATIONS for loss in LOSSES]


def weights(network, runs=(), seed=0):
    """Away from 0 everywhere, biases too."""
    return np.random.default_rng(seed).normal(0, 0.4, (network.parameters, *runs))


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("name", CASES)
def test_the_losses_are_those_of_pytorchs_own_training(name, network):
    label = next(label for label, known in NETWORKS.items() if known is network)
    rows = islice(optim.descend(CASES[name].ours, Task(network, TRAIN, BATCHES), start(network)), STEPS)
    ours = [row["f"] for row in rows]
    assert ours == pytest.approx(GOLDENS[f"{name}, {label}"], abs=1e-9, rel=0)
    assert min(ours) < 0.99 * ours[0]


@pytest.mark.parametrize("network", networks(64, 7, 5, 10), ids=str)
def test_the_gradient_is_that_of_central_differences(network):
    w, h = weights(network), 1e-6
    _, g = network.loss_and_gradient(w, FEW.inputs, FEW.targets)
    assert (g[-10:] != 0).all()
    for direction in np.random.default_rng(1).standard_normal((5, *w.shape)):
        ahead, behind = (network.loss_and_gradient(w + s * direction, FEW.inputs, FEW.targets)[0] for s in (h, -h))
        assert direction @ g == pytest.approx((ahead - behind) / (2 * h), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("network", [*networks(64, 7, 5, 10), *networks(64, 10)[:2]], ids=str)
def test_the_hessian_product_is_that_of_central_differences_and_symmetric(network):
    w, h = weights(network), 1e-6
    u, v = np.random.default_rng(1).standard_normal((2, *w.shape))
    product = network.hessian_product(w, v, FEW.inputs, FEW.targets)
    ahead, behind = (network.loss_and_gradient(w + s * v, FEW.inputs, FEW.targets)[1] for s in (h, -h))
    assert product == pytest.approx((ahead - behind) / (2 * h), rel=1e-5, abs=1e-6 * np.abs(product).max())
    assert u @ product == pytest.approx(v @ network.hessian_product(w, u, FEW.inputs, FEW.targets), rel=1e-10)


@pytest.mark.parametrize("network", networks(64, 7, 5, 10), ids=str)
def test_many_networks_at_once_are_each_alone(network):
    w, v = weights(network, (2, 3)), weights(network, (2, 3), seed=1)
    f, g = network.loss_and_gradient(w, FEW.inputs, FEW.targets)
    product = network.hessian_product(w, v, FEW.inputs, FEW.targets)
    outputs, accuracy = network.outputs(w, FEW.inputs), network.accuracy(w, FEW)
    for run in np.ndindex(2, 3):
        at = (slice(None), *run)
        f_one, g_one = network.loss_and_gradient(w[at], FEW.inputs, FEW.targets)
        assert f_one == f[run]
        assert (g_one == g[at]).all()
        assert (network.hessian_product(w[at], v[at], FEW.inputs, FEW.targets) == product[at]).all()
        assert (network.outputs(w[at], FEW.inputs) == outputs[run]).all()
        assert network.accuracy(w[at], FEW) == accuracy[run]
        assert network.mean_loss(w[at], FEW) == f[run]
    assert (network.mean_loss(w, FEW) == f).all()


def test_the_weights_are_each_layers_matrix_row_by_row_then_its_biases():
    network = Network((2, 3, 1), "tanh", "squared error")
    w = np.arange(1.0, 14.0) / 10
    (first, first_bias), (second, second_bias) = network.layers(w)
    assert first.tolist() == [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]
    assert first_bias.tolist() == [0.7, 0.8, 0.9]
    assert second.tolist() == [[1.0, 1.1, 1.2]]
    assert second_bias.tolist() == [1.3]
    x, y = np.array([0.5, -1.0]), 2.0
    by_hand = second @ np.tanh(first @ x + first_bias) + second_bias
    assert network.outputs(w, x[None])[0] == pytest.approx(by_hand)
    f, _ = network.loss_and_gradient(w, x[None], np.array([[y]]))
    assert f == pytest.approx((by_hand[0] - y) ** 2 / 2)


def test_layers_are_views_and_keep_the_runs():
    network, w = Network((2, 3, 1)), np.zeros((13, 4, 5))
    (first, _), (_, bias) = network.layers(w)
    assert first.shape == (3, 2, 4, 5)
    bias[...] = 1
    assert w[12].all()
    assert not w[:12].any()


def test_the_losses_are_means_over_the_examples_of_sums_over_the_outputs():
    z, y = np.array([[1.0, 3.0], [0.0, 0.0]]), one_hot([0, 1], 2)
    values, _ = LOSSES["squared error"].value(z, y)
    assert values.tolist() == [(0 + 9) / 2, (0 + 1) / 2]
    values, gradient = LOSSES["cross-entropy"].value(z, y)
    assert values == pytest.approx([np.log(1 + np.exp(2)), np.log(2)])
    assert gradient.sum(axis=1) == pytest.approx([0, 0], abs=1e-15)
    network = Network((1, 2))
    f, _ = network.loss_and_gradient(np.zeros(4), np.zeros((3, 1)), one_hot([0, 1, 0], 2))
    assert f == pytest.approx(np.log(2))


def test_nothing_overflows_however_large_the_sums_are():
    with np.errstate(all="raise", under="ignore"):
        values, gradient = LOSSES["cross-entropy"].value(np.array([[1e4, -1e4]]), one_hot([1], 2))
        assert (values[0], gradient.tolist()) == (2e4, [[1.0, -1.0]])
        z = np.array([-1e4, -745.0, -1.0, 0.0, 1.0, 1e4])
        sigmoid = ACTIVATIONS["sigmoid"].value(z)
    assert sigmoid[[0, 3, 5]].tolist() == [0, 0.5, 1]
    assert sigmoid[1] == pytest.approx(np.exp(-745.0))
    assert sigmoid[[2, 4]] == pytest.approx([1 / (1 + np.e), 1 / (1 + np.exp(-1))])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_slope_and_bend_are_the_derivatives(activation):
    phi, z, h = ACTIVATIONS[activation], np.array([-2.0, -0.3, 0.4, 1.5]), 1e-5
    assert phi.slope(phi.value(z)) == pytest.approx((phi.value(z + h) - phi.value(z - h)) / (2 * h), abs=1e-9)
    slopes = [phi.slope(phi.value(z + s)) for s in (h, -h)]
    assert phi.bend(phi.value(z)) == pytest.approx((slopes[0] - slopes[1]) / (2 * h), abs=1e-9)


@pytest.mark.parametrize(
    ("name", "variance", "bound"),
    [("zeros", 0, 0), ("small normal", 1e-4, None), ("Xavier", 2 / 500, (6 / 500) ** 0.5), ("He", 2 / 300, None),
     ("PyTorch's", 1 / 900, 300**-0.5)],
)  # fmt: skip
def test_weights_start_with_their_papers_variance(name, variance, bound):
    (matrix, bias), _ = Network((300, 200, 10)).layers(Network((300, 200, 10)).initial(name, seed=1))
    assert matrix.var() == pytest.approx(variance, rel=0.02)
    assert matrix.mean() == pytest.approx(0, abs=0.01 * variance**0.5)
    if bound is not None:
        assert 0.99 * bound <= np.abs(matrix).max() <= bound
    if name == "PyTorch's":
        assert bias.var() == pytest.approx(variance, rel=0.2)
    else:
        assert not bias.any()


@pytest.mark.parametrize("name", INITIALISATIONS)
def test_an_array_of_seeds_gives_each_run_the_weights_of_its_seed(name):
    network = Network((5, 4, 3))
    together = network.initial(name, seed=[[1, 2, 3], [4, 5, 1]])
    assert together.shape == (network.parameters, 2, 3)
    assert (together[:, 0, 0] == together[:, 1, 2]).all()
    assert (together[:, 1, 0] == network.initial(name, seed=4)).all()
    assert name == "zeros" or (together[:, 0, 0] != together[:, 0, 1]).any()


def test_no_seeds_give_no_weights():
    assert Network((64, 3)).initial(seed=[]).shape == (64 * 3 + 3, 0)


def test_zero_weights_leave_all_hidden_units_alike():
    """With tanh no weight ever moves: both layers' gradients are products with 0, only the last biases learn."""
    network = Network((64, 8, 10), "tanh")
    end = optim.sweep(optimizers.adam(lr=0.01), Task(network, TRAIN), network.initial("zeros"), steps=20)["x"]
    (first, first_bias), (second, second_bias) = network.layers(end)
    assert not first.any()
    assert not first_bias.any()
    assert not second.any()
    assert second_bias.any()


@given(st.integers(1, 40), st.data(), st.integers(0, 2**32), st.booleans())
def test_every_epoch_sees_every_example_once(examples, data, seed, shuffle):
    size = data.draw(st.integers(1, examples))
    batches = Batches(examples, size, seed, shuffle)
    assert batches.per_epoch == int(np.ceil(examples / size))
    for epoch in (0, 1, 7):
        times = range(epoch * batches.per_epoch + 1, (epoch + 1) * batches.per_epoch + 1)
        assert {batches.epoch(t) for t in times} == {epoch}
        parts = [batches.at(t) for t in times]
        assert sorted(np.concatenate(parts).tolist()) == list(range(examples))
        assert all(len(part) == size for part in parts[:-1])
        assert len(parts[-1]) == examples - size * (len(parts) - 1)


def test_the_order_is_the_seeds_and_another_in_each_epoch():
    batches = Batches(50, 20, seed=4)
    expected = [np.random.default_rng([4, epoch]).permutation(50) for epoch in (0, 1)]
    assert np.concatenate([batches.at(t) for t in (1, 2, 3)]).tolist() == expected[0].tolist()
    assert batches.at(5).tolist() == expected[1][20:40].tolist()
    assert batches.at(2).tolist() != Batches(50, 20, seed=5).at(2).tolist()
    assert (batches.at(2) == Batches(50, 20, seed=4).at(2)).all()


def test_without_shuffling_the_examples_come_as_they_stand():
    batches = Batches(5, 2, seed=3, shuffle=False)
    assert [batches.at(t).tolist() for t in (1, 2, 3, 4)] == [[0, 1], [2, 3], [4], [0, 1]]
    assert Batches(5, 5, seed=3).at(2).tolist() == [0, 1, 2, 3, 4], "a batch of all of them"


def test_an_array_of_seeds_gives_each_run_its_own_batches():
    together = Batches(9, 4, seed=np.array([[1], [2]]))
    assert together.at(3).shape == (2, 1, 1)
    assert together.at(2)[1, 0].tolist() == Batches(9, 4, seed=2).at(2).tolist()


def test_seeds_in_a_column_give_each_row_of_runs_its_own_batches():
    network, seeds = Network((64, 6, 10)), [[1], [2]]
    w, v = weights(network, (2, 3)), weights(network, (2, 3), seed=1)
    task = Task(network, FEW, Batches(40, 8, seeds))
    f, g = task.at(w, 3)
    product = task.hessian_product(w, v, 3)
    for i, j in np.ndindex(2, 3):
        alone = Task(network, FEW, Batches(40, 8, seeds[i][0]))
        f_one, g_one = alone.at(w[:, i, j], 3)
        assert f[i, j] == f_one
        assert (g[:, i, j] == g_one).all()
        assert (product[:, i, j] == alone.hessian_product(w[:, i, j], v[:, i, j], 3)).all()


def test_what_weights_beyond_all_bounds_give_is_no_number_and_no_warning():
    network = Network((64, 6, 10))
    w = np.full(network.parameters, 1e300)
    assert not np.isfinite(network.outputs(w, FEW.inputs)).all()
    assert not np.isfinite(network.mean_loss(w, FEW))


@pytest.mark.parametrize("size", [7, 40])
def test_a_sweep_over_rates_and_seeds_is_its_single_runs_to_the_last_bit(size):
    network, lrs, seeds = Network((64, 6, 10), "tanh"), [0.01, 0.1, 0.3], [3, 8]
    w = network.initial(seed=seeds)
    task = Task(network, FEW, Batches(40, size, seeds))
    swept = optim.sweep(optimizers.momentum(lr=np.array(lrs)[:, None]), task, w, steps=15)
    assert swept["x"].shape == (network.parameters, 3, 2)
    for i, lr in enumerate(lrs):
        for j, seed in enumerate(seeds):
            alone = Task(network, FEW, Batches(40, size, seed))
            run = optim.trace(optimizers.momentum(lr=lr), alone, w[:, j], steps=15)
            assert (run["x"][-1] == swept["x"][:, i, j]).all()
            assert run["f"][-1] == swept["f"][i, j]
            assert run["f"].min() == swept["best"][i, j]


def test_a_sweep_in_blocks_is_one_in_a_piece(monkeypatch):
    network = Network((64, 6, 10))
    task, adam = Task(network, FEW, Batches(40, 8, [1, 2, 3, 4, 5])), optimizers.adam(lr=[0.01, 0.02, 0.03, 0.04, 0.05])
    whole = optim.sweep(adam, task, steps=5)
    for size in network.parameters, 1:  # two runs at a time, and one, which is more than a block may hold
        monkeypatch.setattr(optim.descent, "BLOCK", size)
        parts = optim.sweep(adam, task, steps=5)
        assert all((whole[name] == parts[name]).all() for name in ("x", "f", "best"))


def test_a_run_too_far_has_diverged_and_names_its_step():
    task = Task(Network((1, 1), loss="squared error"), old_faithful())
    swept = optim.sweep(optimizers.sgd(lr=[0.1, 1.0]), task, (0, 0), steps=60)
    assert np.isnan(swept["diverged"][0])
    path = optim.trace(optimizers.sgd(lr=1.0), task, (0, 0), steps=60)["x"]
    assert swept["diverged"][1] == np.argmax(np.abs(path).max(axis=1) > optim.DIVERGED)


@pytest.mark.parametrize("ours", [CASES["Momentum"].ours, CASES["Adam"].ours, optimizers.nadam(lr=0.002)], ids=repr)
@pytest.mark.parametrize("rate", [1.0, np.array([1.0, 0.3])], ids=["one", "two"])
def test_a_run_goes_on_from_any_row_as_if_it_had_not_stopped(ours, rate):
    network = Network((64, 6, 10))
    task, schedule = Task(network, FEW, Batches(40, 7, seed=2)), schedules.staircase(steps_per_stair=9)
    ours = ours(lr=ours.values["lr"] * rate)
    arguments = {"schedule": schedule, "noise": 0.01, "seed": 5}
    whole = list(islice(optim.descend(ours, task, **arguments), 40))
    stop = whole[21]
    again = optim.descend(ours, task, stop["x"] + stop["step"], t=23, state=stop, **arguments)
    for row, same in zip(whole[22:], again, strict=False):
        assert all((row[name] == same[name]).all() for name in ("x", "f", "g", "step"))


def test_descend_hands_out_the_rows_of_trace():
    adam, start = optimizers.adam(lr=0.1), (1.0, 1.5)
    run = optim.trace(adam, surfaces.beale, start, steps=10)
    rows = list(islice(optim.descend(adam, surfaces.beale, start), 11))
    for name, values in run.items():
        assert all((np.broadcast_to(row[name], values[i].shape) == values[i]).all() for i, row in enumerate(rows))


def test_a_changed_learning_rate_bends_the_run_from_there_on():
    sgd, bowl = optimizers.sgd(lr=0.1), surfaces.quadratic(a=1, b=1)
    first = next(optim.descend(sgd, bowl, (1, 1)))
    second = next(optim.descend(sgd(lr=0.5), bowl, first["x"] + first["step"], t=2, state=first))
    assert (second["x"] + second["step"]).tolist() == [0.45, 0.45]


def test_a_state_that_lacks_something_or_a_step_before_the_first_is_a_sentence():
    with pytest.raises(ValueError, match="state: 'm' is missing; Adam keeps m, v"):
        optim.descend(optimizers.adam(), surfaces.beale, state={"v": 0.0})
    with pytest.raises(ValueError, match="state: 'm' is missing; Adam keeps m, v"):
        optim.descend(optimizers.adam(), surfaces.beale, state={})
    with pytest.raises(ValueError, match="t = 0: it must be a whole number at least 1"):
        optim.descend(optimizers.adam(), surfaces.beale, t=0)


def test_the_default_start_is_xaviers_of_seed_0():
    task = Task(Network((64, 6, 10)), FEW)
    assert (optim.trace(optimizers.sgd(), task, steps=0)["x"][0] == task.network.initial("Xavier", 0)).all()


def test_by_default_it_is_the_first_step_and_the_order_is_that_of_seed_0():
    task = Task(Network((64, 6, 10)), FEW, Batches(40, 8))
    w, v = weights(task.network), weights(task.network, seed=1)
    first = FEW.take(np.random.default_rng([0, 0]).permutation(40)[:8])
    for ours, theirs in zip(task.at(w), task.network.loss_and_gradient(w, first.inputs, first.targets), strict=True):
        assert (ours == theirs).all()
    product = task.network.hessian_product(w, v, first.inputs, first.targets)
    assert (task.hessian_product(w, v) == product).all()


def test_full_is_the_mean_over_an_epochs_batches_of_equal_size():
    task = Task(Network((64, 6, 10)), FEW, Batches(40, 8, seed=1))
    w = weights(task.network)
    losses, gradients = zip(*(task.at(w, t) for t in range(1, 6)), strict=True)
    f, g = task.full.at(w)
    assert f == pytest.approx(np.mean(losses))
    assert g == pytest.approx(np.mean(gradients, axis=0))
    assert len(set(map(float, losses))) == 5


def test_the_networks_and_the_steps_seen_are_checked():
    network = Network((64, 6, 10))
    with pytest.raises(ValueError, match=r"^sizes = \(64,\): there must be at least two"):
        Network((64,))
    with pytest.raises(ValueError, match=r"^sizes = 3: there must be at least two, inputs and outputs"):
        Network(3)
    with pytest.raises(ValueError, match=r"^sizes = 0: it must be a whole number at least 1"):
        Network((64, 0, 10))
    with pytest.raises(ValueError, match=r"^activation = 'relu': it must be one of ReLU, tanh, sigmoid"):
        Network((64, 10), "relu")
    with pytest.raises(ValueError, match=r"^activation = \['ReLU'\]: it must be one of ReLU, tanh, sigmoid"):
        Network((64, 10), ["ReLU"])
    with pytest.raises(ValueError, match=r"^loss = 'mse': it must be one of cross-entropy, squared error"):
        Network((64, 10), loss="mse")
    with pytest.raises(ValueError, match=r"^initialisation = 'ones': it must be one of zeros, small normal, Xavier"):
        network.initial("ones")
    for size in 41, 0, 2.5:
        with pytest.raises(ValueError, match=rf"^size = {size}: it must be a whole number at least 1 and at most 40"):
            Batches(40, size)
    for count in 0, 2.5:
        with pytest.raises(ValueError, match=f"^examples = {count}: it must be a whole number at least 1"):
            Batches(count, 1)
    with pytest.raises(TypeError, match=r"^shuffle = 'no': it must be True or False\.$"):
        Batches(10, 2, shuffle="no")
    for arguments, name, kind in (
        ((3, FEW), "network", "Network"),
        ((network, 3), "examples", "Examples"),
        ((network, FEW, 3), "batches", "Batches"),
    ):
        with pytest.raises(TypeError, match=f"^{name} = 3: it must be one of kind {kind}, such as "):
            Task(*arguments)
    with pytest.raises(ValueError, match=r"^The network 64–6–10 has 64 inputs and 10 outputs; the examples of Old"):
        Task(network, GEYSER)
    with pytest.raises(ValueError, match=r"^The batches are of 39 examples; there are 40"):
        Task(network, FEW, Batches(39, 3))
    with pytest.raises(
        ValueError,
        match=r"start: its shape is \(2,\); it must be \(460, \*runs\)",
    ):
        optim.trace(optimizers.sgd(), Task(network, FEW), (0, 0))
    with pytest.raises(TypeError, match="surface = <class"):
        optim.trace(optimizers.sgd(), Task)
    with pytest.raises(ValueError, match="w: its shape is"):
        network.outputs(np.zeros(3), FEW.inputs)


def test_tasks_and_batches_are_equal_if_all_their_fields_are():
    network = Network((64, 6, 10))

    def made(seed=(1, 2), examples=FEW, **changed):
        return Task(network, examples, Batches(**{"examples": 40.0, "size": 8.0, "seed": list(seed)} | changed))

    one, other = made(), made(np.array([1, 2]))
    one.batches.at(1)
    others = [other, made(examples=TRAIN.take(slice(40))), pickle.loads(pickle.dumps(one)), copy.deepcopy(one)]
    assert all(one == same and hash(one) == hash(same) for same in others)
    assert all((one.batches.at(3) == same.batches.at(3)).all() for same in others)
    unequal = [made((1, 3)), made(size=4), made(shuffle=False), made(examples=TRAIN.take(slice(1, 41))), one.full]
    assert len({one, *others, *unequal}) == 1 + len(unequal)
    assert one.batches != one
    assert vars(pickle.loads(pickle.dumps(one.batches))).keys() == {"examples", "size", "seed", "shuffle"}, "no caches"


def test_a_network_learns_the_digits():
    task = Task(Network((64, 32, 10)), TRAIN, Batches(len(TRAIN), 64, seed=0))
    end = optim.sweep(optimizers.adam(lr=0.01), task, steps=10 * task.batches.per_epoch)["x"]
    assert task.network.accuracy(end, TEST) > 0.95
    assert learning.Network((64, 32, 10)).accuracy(task.start, TEST) < 0.3


def test_a_seed_is_a_whole_number_that_floats_hold_exactly():
    for make in lambda seed: Batches(10, 2, seed), lambda seed: Network((2, 2)).initial(seed=seed):
        make(0)
        make(2**53)
        for seed in -1, 0.5, 2**53 + 2:
            with pytest.raises(
                ValueError, match=r"^seed = .*: it must be a whole number at least 0 and at most 9\.007"
            ):
                make(seed)
