"""The loop and its three listeners: what they return, that a sweep is many single runs, and what they refuse."""

import itertools
import math
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import optim
from optim import OPTIMIZERS, SCHEDULES, SURFACES, descent, optimizers, schedules, surfaces
from optim.batch import Batch, blocks
from optim.schedules import Schedule

from .budget import cases

every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=lambda optimizer: optimizer.label)


# What comes back.


@every_optimizer
def test_row_i_holds_the_point_after_i_steps_and_the_step_about_to_be_taken(optimizer):
    run = optim.trace(optimizer, surfaces.beale, steps=7, schedule=schedules.exponential(gamma=0.5))
    assert {"x", "f", "g", "step", "effective_lr", *optimizer.state} <= set(run)
    for name, value in run.items():
        assert value.shape == ((8,) if name == "f" else (8, 2)), name
        assert value.dtype == np.float64
    np.testing.assert_array_equal(run["x"][0], surfaces.beale.start)
    np.testing.assert_array_equal(run["x"][1:], run["x"][:-1] + run["step"][:-1])
    for x, f, g in zip(run["x"], run["f"], run["g"], strict=True):
        np.testing.assert_allclose(surfaces.beale.at(x)[0], f, rtol=1e-15)
        np.testing.assert_allclose(surfaces.beale.at(x)[1], g, rtol=1e-13)
    # The last row's step is still the optimizer's, at t = 8 and 0.5^7 of its size.
    state = {name: run[name][6] for name in optimizer.state}
    step, _ = optimizer.step(8, run["x"][7], run["g"][7], state)
    np.testing.assert_allclose(run["step"][7], 0.5**7 * step, rtol=1e-13)


def test_a_trace_starts_at_start_and_by_default_at_the_surfaces_own():
    assert optim.trace(optimizers.sgd, surfaces.beale, steps=0)["x"].tolist() == [[1, 1.5]]
    assert optim.trace(optimizers.sgd, surfaces.beale, (2, 3), 0)["x"].tolist() == [[2, 3]]
    run = optim.trace(optimizers.sgd, surfaces.beale)
    assert len(run["f"]) == 101
    np.testing.assert_array_equal(optim.sweep(optimizers.sgd, surfaces.beale)["x"], run["x"][100])


def test_a_factor_of_nothing_stands_still():
    pause = Schedule(lambda t: 1.0 if t < 3 else 0.0, "Pause", r"\eta_t", "this test")
    x = optim.trace(optimizers.sgd(lr=0.1), surfaces.quadratic, steps=6, schedule=pause)["x"]
    assert (x[1:3] != x[:2]).any(axis=1).all()
    assert (x[3:] == x[2]).all()


def test_runs_may_span_any_axes():
    starts = np.random.default_rng(0).normal(size=(2, 3, 1))
    run = optim.trace(optimizers.adam(lr=[[0.1, 0.2]]), surfaces.quadratic, starts, 4, noise=[[[0.0]]], seed=[1, 2])
    assert run["x"].shape == (5, 2, 1, 3, 2)
    assert run["f"].shape == (5, 1, 3, 2)
    swept = optim.sweep(optimizers.adam(lr=[[0.1, 0.2]]), surfaces.quadratic, starts, 4)
    assert swept["x"].shape == (2, 3, 2)
    for name in ("f", "best", "hit", "diverged"):
        assert swept[name].shape == (3, 2)


def test_a_sweep_summarises_the_trace():
    optimizer, starts = optimizers.momentum(lr=0.02), np.array([[-10.0, 5.0, 0.001], [1.5, 2.0, 0.001]])
    run = optim.trace(optimizer, surfaces.quadratic, starts, 60)
    swept = optim.sweep(optimizer, surfaces.quadratic, starts, 60, event=lambda row: row["f"] <= 0.5)
    np.testing.assert_array_equal(swept["x"], run["x"][-1])
    np.testing.assert_array_equal(swept["f"], run["f"][-1])
    np.testing.assert_array_equal(swept["best"], run["f"].min(axis=0))
    np.testing.assert_array_equal(swept["hit"], (run["f"] <= 0.5).argmax(axis=0))
    assert swept["hit"][2] == 0
    assert swept["hit"][0] > 5
    assert np.isnan(swept["diverged"]).all()


def test_what_never_happens_is_nan():
    swept = optim.sweep(optimizers.sgd(lr=[0.01, 0.001]), surfaces.quadratic, steps=5, event=lambda row: row["f"] < 0)
    assert np.isnan(swept["hit"]).all()
    assert np.isnan(optim.sweep(optimizers.sgd, surfaces.quadratic, steps=5)["hit"])


def test_event_keeps_the_first_step_at_which_it_held_even_if_it_ceases_to_hold():
    # lr λ = 1.9 along y: y changes its sign at every step, so y < 0 at steps 1, 3, 5, ...
    swept = optim.sweep(optimizers.sgd(lr=0.19), surfaces.quadratic, steps=6, event=lambda row: row["x"][1] < 0)
    assert swept["hit"] == 1
    at_once = optim.sweep(optimizers.sgd, surfaces.quadratic, steps=6, event=lambda row: True)
    assert at_once["hit"] == 0


def test_divergence_is_reported_with_its_step_and_nothing_is_clipped():
    # |y| = 1.5 · 2^t with lr λ = 3, and 1.5 · 2^20 > 1e6 >= 1.5 · 2^19.
    optimizer = optimizers.sgd(lr=[0.3, 0.1])
    swept = optim.sweep(optimizer, surfaces.quadratic, steps=1100)
    assert swept["diverged"][0] == 20
    assert math.isnan(swept["diverged"][1])
    assert not np.isfinite(swept["x"][1, 0])
    run = optim.trace(optimizer, surfaces.quadratic, steps=1100)
    assert run["x"][19, 1, 0] == -1.5 * 2.0**19
    np.testing.assert_array_equal(run["x"][-1], swept["x"])
    # A negative coordinate counts by its size, and the threshold itself is still sound.
    edge = optim.sweep(optimizers.sgd(lr=0), surfaces.quadratic, [[-1e6, 0, -1.1e6, 0], [0, 1e6, 0, 1.1e6]], 1)
    np.testing.assert_array_equal(edge["diverged"], [np.nan, np.nan, 0, 0])
    assert descent.DIVERGED == 1e6


@pytest.mark.parametrize(
    ("x", "y", "diverges"), [(7e5, 7e5, False), (1e6, 1e6, False), (0, 1.0001e6, True), (-1.0001e6, 0, True)]
)
def test_a_run_diverges_by_one_coordinate_not_by_its_norm(x, y, diverges):
    swept = optim.sweep(optimizers.sgd(lr=0), surfaces.quadratic, [[0, x], [0, y]], 1)
    np.testing.assert_array_equal(swept["diverged"], [np.nan, 0 if diverges else np.nan])


def test_a_loss_that_overflows_is_a_divergence_too():
    steep = optim.sweep(optimizers.sgd(lr=0), surfaces.quadratic(a=1e300), (1e5, 0), 3)
    assert steep["diverged"] == 0
    assert steep["f"] == np.inf
    assert steep["best"] == np.inf


def test_a_run_may_come_back_and_keeps_the_step_at_which_it_first_left():
    swept = optim.sweep(optimizers.sgd(lr=0.5), surfaces.quadratic(a=2, b=2), (0, 3e6), 2)
    assert swept["diverged"] == 0
    assert swept["x"].tolist() == [0, 0]


def test_best_counts_the_last_row():
    swept = optim.sweep(optimizers.sgd(lr=0.01), surfaces.quadratic, steps=7)
    assert swept["best"] == swept["f"]


def test_best_ignores_nan():
    swept = optim.sweep(optimizers.sgd(lr=3.0), surfaces.rastrigin, (0.3, 0.2), 2000)
    assert np.isfinite(swept["best"])
    assert swept["best"] <= surfaces.rastrigin.at((0.3, 0.2))[0]


# Replay.


@every_optimizer
def test_replaying_a_traces_gradients_retraces_it(optimizer):
    run = optim.trace(optimizer, surfaces.himmelblau, steps=30)
    again = optim.replay(optimizer, run["g"], start=surfaces.himmelblau.start)
    assert again["x"].shape == (32, 2)
    np.testing.assert_array_equal(again["x"][:-1], run["x"])
    np.testing.assert_array_equal(again["x"][-1], run["x"][-1] + run["step"][-1])
    for name in run.keys() - {"x", "f"}:
        np.testing.assert_array_equal(again[name], run[name])
    assert "f" not in again


@every_optimizer
@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4)])
def test_replay_takes_gradients_of_any_shape(optimizer, shape):
    gradients = np.random.default_rng(5).normal(size=(6, *shape))
    run = optim.replay(optimizer, gradients, 0.5, schedule=schedules.exponential)
    assert run["x"].shape == (7, *shape)
    assert run["step"].shape == run["g"].shape == run["effective_lr"].shape == (6, *shape)
    np.testing.assert_array_equal(run["g"], gradients)
    np.testing.assert_array_equal(run["x"][0], np.full(shape, 0.5))
    # Elementwise: each coordinate moves as it would alone.
    flat = optim.replay(optimizer, gradients.reshape(6, -1)[:, 0], 0.5, schedule=schedules.exponential)
    np.testing.assert_array_equal(run["x"].reshape(7, -1)[:, 0], flat["x"])


@pytest.mark.parametrize("optimizer", [o for o in OPTIMIZERS.values() if "eps" in o.values], ids=lambda o: o.label)
def test_zero_gradients_without_epsilon_give_the_documented_nan_and_no_warning(optimizer):
    zeros = {"initial": 0} if "initial" in optimizer.values else {}
    run = optim.replay(optimizer(eps=0, **zeros), np.zeros((8, 2)))
    # RAdam divides from t = 6 on.
    np.testing.assert_array_equal(
        run["step"][:, 0], [0] * 5 + [np.nan] * 3 if optimizer.label == "RAdam" else [np.nan] * 8
    )


def test_replay_with_a_schedule_ends_where_its_steps_lead():
    run = optim.replay(optimizers.sgd(lr=1), [1.0, 1.0, 1.0], schedule=schedules.exponential(gamma=0.5))
    assert run["x"].tolist() == [0, -1, -1.5, -1.75]


# A sweep is many single runs.


@st.composite
def _configured(draw, formula, runs):
    """The formula with random switches and, for some hyperparameters, one value per run."""
    values = {}
    for name, hyperparameter in formula.hyperparameters.items():
        if hyperparameter.scale == "switch":
            values[name] = draw(st.booleans())
            continue
        low, high = hyperparameter.slider
        if hyperparameter.scale == "whole":
            one = st.integers(int(low), min(int(high), 40))
        else:
            one = st.floats(low, high) | st.just(formula.values[name])
        if draw(st.booleans()):
            values[name] = draw(st.lists(one, min_size=runs, max_size=runs))
        else:
            values[name] = draw(one)
    return formula(**values)


@st.composite
def _experiments(draw):
    runs = draw(st.integers(1, 9))
    surface = draw(_configured(draw(st.sampled_from(list(SURFACES.values()))), runs))
    coordinates = [
        st.lists(st.floats(*span), min_size=runs, max_size=runs) for span in (surface.x_range, surface.y_range)
    ]
    return {
        "optimizer": draw(_configured(draw(st.sampled_from(list(OPTIMIZERS.values()))), runs)),
        "surface": surface,
        "start": np.array([draw(coordinate) for coordinate in coordinates]),
        "schedule": draw(_configured(draw(st.sampled_from(list(SCHEDULES.values()))), runs)),
        "noise": draw(st.just(0.0) | st.lists(st.floats(0, 2), min_size=runs, max_size=runs)),
        "seed": draw(st.integers(0, 5) | st.lists(st.integers(0, 5), min_size=runs, max_size=runs)),
    }


def _only(value, i):
    return np.asarray(value)[..., i] if np.ndim(value) else value


def _one_run(experiment, i):
    def one(formula):
        return formula(**{k: float(v[i]) for k, v in formula.values.items() if np.ndim(v)})

    return {k: _only(v, i) if k in ("start", "noise", "seed") else one(v) for k, v in experiment.items()}


def _below_start(row):
    return row["f"] < 1.0


@cases(100)
@given(experiment=_experiments(), steps=st.integers(0, 25))
def test_each_run_of_a_sweep_is_the_run_alone_to_the_last_bit(experiment, steps):
    together = optim.sweep(**experiment, steps=steps, event=_below_start)
    rows = optim.trace(**experiment, steps=steps)
    for i in range(experiment["start"].shape[1]):
        single = _one_run(experiment, i)
        alone = optim.sweep(**single, steps=steps, event=_below_start)
        for name, value in alone.items():
            np.testing.assert_array_equal(together[name][..., i], value)
        for name, value in optim.trace(**single, steps=steps).items():
            np.testing.assert_array_equal(rows[name][..., i], value)
    np.testing.assert_array_equal(rows["x"][-1], together["x"])


@cases(60)
@given(experiment=_experiments(), data=st.data())
def test_permuted_runs_give_permuted_results(experiment, data):
    order = data.draw(st.permutations(range(experiment["start"].shape[1])))

    def permuted(formula):
        return formula(**{k: v[order] for k, v in formula.values.items() if np.ndim(v)})

    other = {k: _only(v, order) if k in ("start", "noise", "seed") else permuted(v) for k, v in experiment.items()}
    before, after = optim.sweep(**experiment, steps=12), optim.sweep(**other, steps=12)
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value[..., order])


@pytest.mark.parametrize(
    ("runs", "size", "count"),
    [
        ((), 4096, 1),
        ((), 1, 1),
        ((4096,), 4096, 1),
        ((64, 64), 4096, 1),
        ((128, 64), 4096, 2),
        ((3, 5000), 4096, 6),
        ((9000,), 4096, 3),
        ((7,), 2, 4),
        ((3, 5), 7, 3),
        ((2, 3, 4), 4, 6),
        ((2, 3, 4), 5, 6),
        ((2, 3, 4), 12, 2),
        ((30, 1), 16, 2),
        ((1, 30), 16, 2),
        ((2, 3), 1, 6),
    ],
)
def test_blocks_cover_every_run_once_and_are_as_large_as_fits(runs, size, count):
    seen, found = np.zeros(runs, dtype=int), list(blocks(runs, size))
    for index in found:
        assert 1 <= seen[index].size <= size
        seen[index] += 1
    assert (seen == 1).all()
    assert len(found) == count


def test_a_sweep_cut_into_blocks_is_the_sweep_in_one_piece(monkeypatch):
    setting = {
        "optimizer": optimizers.adam(lr=np.linspace(0.01, 0.5, 7)[:, None], beta1=np.linspace(0, 0.9, 11)),
        "surface": surfaces.quadratic(b=np.linspace(1, 10, 11)[None]),
        "start": np.linspace(-1, 1, 14).reshape(2, 7, 1),
        "schedule": schedules.exponential(gamma=np.linspace(0.9, 1, 11)),
        "noise": np.linspace(0, 1, 7)[:, None],
        "seed": np.arange(11) % 4,
        "steps": 20,
        "event": _below_start,
    }
    whole = optim.sweep(**setting)
    for size in (1, 5, 11, 40):
        monkeypatch.setattr(descent, "BLOCK", size)
        for name, value in optim.sweep(**setting).items():
            np.testing.assert_array_equal(value, whole[name])


def test_a_sweep_cut_between_two_values_of_a_hyperparameter(monkeypatch):
    setting = {"optimizer": optimizers.sgd(lr=[[0.1], [0.2]]), "surface": surfaces.quadratic(a=[1.0, 2.0]), "steps": 3}
    whole = optim.sweep(**setting)
    monkeypatch.setattr(descent, "BLOCK", 1)
    for name, value in optim.sweep(**setting).items():
        np.testing.assert_array_equal(value, whole[name])


# Noise.


def test_equal_seeds_see_equal_draws_whatever_the_optimizer():
    flat = surfaces.quadratic(a=0, b=0)
    one = optim.trace(optimizers.sgd, flat, steps=200, noise=2.0, seed=3)
    other = optim.trace(optimizers.adam, flat, steps=200, noise=1.0, seed=3)
    np.testing.assert_array_equal(one["g"], 2 * other["g"])
    many = optim.trace(optimizers.sgd, flat, steps=200, noise=1.0, seed=[3, 4, 3])
    np.testing.assert_array_equal(many["g"][..., 0], other["g"])
    np.testing.assert_array_equal(many["g"][..., 2], other["g"])
    assert (many["g"][..., 1] != other["g"]).all()


def test_the_seed_is_zero_by_default():
    for call in (optim.trace, optim.sweep):
        default = call(optimizers.sgd, surfaces.quadratic, steps=3, noise=1.0)
        np.testing.assert_array_equal(
            default["x"], call(optimizers.sgd, surfaces.quadratic, steps=3, noise=1, seed=0)["x"]
        )
    rows = (next(optim.descend(optimizers.sgd, surfaces.quadratic, noise=1.0, **seed)) for seed in ({}, {"seed": 0}))
    np.testing.assert_array_equal(*(row["g"] for row in rows))


def test_the_draws_are_those_of_numpys_generator_in_order_and_added():
    flat = surfaces.quadratic(a=0, b=0)
    g = optim.trace(optimizers.sgd, flat, steps=149, noise=3.0, seed=11)["g"]
    np.testing.assert_array_equal(g, 3 * np.random.default_rng(11).standard_normal((150, 2)))


def test_a_batch_is_observed_from_the_first_step_on_by_default():
    batch = Batch.of(optimizers.sgd, surfaces.quadratic(a=0, b=0), None, schedules.constant, 3.0, 11)
    g = batch.observe(1)(batch.start, 1)["g"]
    np.testing.assert_array_equal(batch.squeeze(g), 3 * np.random.default_rng(11).standard_normal(2))


def test_the_noise_is_standard_normal_times_sigma():
    g = optim.trace(optimizers.sgd, surfaces.quadratic(a=0, b=0), steps=999, noise=0.5, seed=np.arange(40))["g"]
    assert abs(g.mean()) < 0.01
    assert g.std() == pytest.approx(0.5, rel=0.01)
    assert abs(np.corrcoef(g[:, 0].ravel(), g[:, 1].ravel())[0, 1]) < 0.02
    assert abs(np.corrcoef(g[:-1].ravel(), g[1:].ravel())[0, 1]) < 0.02


def test_the_draws_do_not_depend_on_how_long_the_run_is():
    short, long = (optim.trace(optimizers.sgd, surfaces.quadratic, steps=n, noise=1.0, seed=1)["g"] for n in (10, 150))
    np.testing.assert_array_equal(long[:11], short)


def test_noise_stays_out_of_the_loss():
    run = optim.trace(optimizers.sgd(lr=0), surfaces.quadratic, steps=3, noise=5.0)
    assert (run["f"] == run["f"][0]).all()


# Executors.


@pytest.fixture
def large(monkeypatch):
    """A sweep of six blocks, with hyperparameters, noise and seeds that differ from run to run."""
    monkeypatch.setattr(descent, "BLOCK", 4)
    return {
        "optimizer": optimizers.adam(lr=np.linspace(0.01, 0.5, 6)[:, None], beta1=np.linspace(0, 0.9, 4)),
        "surface": surfaces.beale,
        "steps": 30,
        "noise": 0.1,
        "seed": np.arange(4),
        "event": _below_start,
    }


def _assert_equal(found, expected):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


@pytest.mark.slow
def test_processes_give_the_serial_numbers(large):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        _assert_equal(optim.sweep(**large, executor=pool), optim.sweep(**large))


def test_threads_give_the_serial_numbers_and_take_any_event(large):
    large["event"] = lambda row: row["f"] < 1.0
    with ThreadPoolExecutor(2) as pool:
        _assert_equal(optim.sweep(**large, executor=pool), optim.sweep(**large))


@pytest.mark.parametrize("pool", [None, ThreadPoolExecutor(2)], ids=["serial", "threads"])
def test_an_error_keeps_its_type_and_says_which_runs(large, pool):
    def broken(row):
        if (row["x"] != np.reshape(surfaces.beale.start, (2, 1, 1))).any():
            raise KeyError("loss")
        return row["f"] < 1

    large["event"] = broken
    with pytest.raises(KeyError, match="loss") as caught:
        optim.sweep(**large, executor=pool)
    assert caught.value.__notes__ == ["In the runs [0:1, 0:]."]


def test_numpys_error_state_is_as_before_in_every_thread():
    def run(_):
        before = np.geterr()
        swept = optim.sweep(optimizers.sgd(lr=10), surfaces.quadratic, steps=700)
        run = optim.trace(optimizers.sgd(lr=10), surfaces.quadratic, steps=700)
        with pytest.raises(ZeroDivisionError):
            optim.sweep(optimizers.sgd(lr=10), surfaces.quadratic, event=lambda row: 1 / 0)
        return before == np.geterr() == np.geterr() and not np.isfinite([swept["f"], run["f"][-1]]).any()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, range(4))) == [True] * 4


# What is refused, and how.


@pytest.mark.parametrize("call", [optim.trace, optim.sweep])
@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"steps": -1}, ValueError, "steps = -1: it must be a whole number at least 0 and at most 10000000."),
        ({"steps": 1.5}, ValueError, "steps = 1.5: it must be a whole number at least 0 and at most 10000000."),
        (
            {"steps": 10**9},
            ValueError,
            "steps = 1000000000: it must be a whole number at least 0 and at most 10000000.",
        ),
        ({"steps": math.nan}, ValueError, "steps = nan: it must be a whole number at least 0 and at most 10000000."),
        ({"steps": "ten"}, TypeError, "steps = 'ten': it must be a whole number at least 0 and at most 10000000."),
        ({"steps": True}, TypeError, "steps = True: it must be a whole number at least 0 and at most 10000000."),
        ({"steps": None}, TypeError, "steps = None: it must be a whole number at least 0 and at most 10000000."),
        (
            {"steps": [1, 2]},
            TypeError,
            "steps = [1, 2]: it must be one number, a whole number at least 0 and at most 10000000.",
        ),
        ({"start": (math.nan, 0)}, ValueError, "start = nan: it must be a finite number."),
        ({"start": (0, math.inf)}, ValueError, "start = inf: it must be a finite number."),
        ({"start": "here"}, TypeError, "start = 'here': it must be a finite number."),
        ({"start": 1.0}, ValueError, "start: its shape is (); it must be (2, *runs), coordinates first."),
        ({"start": (1, 2, 3)}, ValueError, "start: its shape is (3,); it must be (2, *runs), coordinates first."),
        ({"noise": -1}, ValueError, "noise = -1: it must be a finite number at least 0."),
        ({"noise": math.inf}, ValueError, "noise = inf: it must be a finite number at least 0."),
        ({"seed": -1}, ValueError, "seed = -1: it must be a whole number at least 0 and at most 9.00719925474e+15."),
        ({"seed": 0.5}, ValueError, "seed = 0.5: it must be a whole number at least 0 and at most 9.00719925474e+15."),
        (
            {"optimizer": optimizers.adam(lr=[1, 2]), "start": np.zeros((2, 3)), "seed": [1] * 4},
            ValueError,
            "these shapes do not broadcast to one shape of runs: start (3,), Adam (2,), seed (4,).",
        ),
        (
            {"surface": surfaces.quadratic(a=[1, 2]), "schedule": schedules.exponential(gamma=[1, 1, 1])},
            ValueError,
            "these shapes do not broadcast to one shape of runs: Quadratic (2,), Exponential (3,).",
        ),
    ],
)
def test_a_bad_argument_is_named_with_what_is_allowed(call, wrong, error, message):
    setting = {"optimizer": optimizers.adam, "surface": surfaces.quadratic, "steps": 3} | wrong
    with pytest.raises(error) as caught:
        call(**setting)
    assert str(caught.value) == message


def test_a_record_may_be_as_large_as_allowed(monkeypatch):
    # Three rows of five quantities for one run: x, f, g, step and rate, each of two numbers.
    monkeypatch.setattr(descent, "MAX_BYTES", 3 * 5 * 2 * 8)
    assert len(optim.trace(optimizers.sgd, surfaces.beale, steps=2)["f"]) == 3
    with pytest.raises(ValueError, match=r"a record of 4 rows of 5 quantities for 1 runs"):
        optim.trace(optimizers.sgd, surfaces.beale, steps=3)


def test_a_record_that_would_not_fit_is_refused_before_it_is_made():
    with pytest.raises(ValueError, match=r"a record of 10000001 rows of 9 quantities for 1 runs takes 1.4e\+09 bytes"):
        optim.trace(optimizers.adam, surfaces.quadratic, steps=10_000_000)
    with pytest.raises(
        ValueError, match=r"at most 1.1e\+09 are allowed. Take fewer steps, or sweep, which keeps no rows"
    ):
        optim.trace(optimizers.sgd, surfaces.quadratic, np.zeros((2, 1000, 1000)), steps=100)
    with pytest.raises(ValueError, match=r"a record of 101 rows of 5 quantities for 1000000 runs takes 8.1e\+09 bytes"):
        optim.trace(optimizers.sgd, surfaces.quadratic, np.zeros((2, 1000, 1000)), steps=100)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"gradients": []}, ValueError, "gradients: there must be at least one, along axis 0."),
        ({"gradients": 3.0}, ValueError, "gradients: there must be at least one, along axis 0."),
        ({"gradients": "up"}, TypeError, "gradients: they must be an array of numbers, (steps, *shape)."),
        ({"gradients": [[1], [1, 2]]}, TypeError, "gradients: they must be an array of numbers, (steps, *shape)."),
        ({"gradients": [10**400]}, TypeError, "gradients: they must be an array of numbers, (steps, *shape)."),
        ({"start": math.nan}, ValueError, "start = nan: it must be a finite number."),
        ({"start": (1, 2, 3)}, ValueError, "start: its shape (3,) must broadcast to that of one gradient, (2,)."),
        ({"start": [[1], [2]]}, ValueError, "start: its shape (2, 1) must broadcast to that of one gradient, (2,)."),
        (
            {"optimizer": optimizers.adam(lr=[1, 2, 3])},
            ValueError,
            "Adam: its shape (3,) must broadcast to that of one gradient, (2,).",
        ),
        (
            {"schedule": schedules.exponential(gamma=[[0.5], [1]])},
            ValueError,
            "Exponential: its shape (2, 1) must broadcast to that of one gradient, (2,).",
        ),
    ],
)
def test_a_bad_stream_is_refused(wrong, error, message):
    with pytest.raises(error) as caught:
        optim.replay(**{"optimizer": optimizers.adam, "gradients": [[1.0, 2.0]]} | wrong)
    assert str(caught.value) == message


def test_a_stream_that_is_not_finite_passes_through():
    run = optim.replay(optimizers.sgd(lr=1), [1.0, math.inf, math.nan])
    np.testing.assert_array_equal(run["x"], [0, -1, -math.inf, math.nan])


def test_event_must_speak_for_each_run():
    with pytest.raises(ValueError, match=r"event: it gave the shape \(4,\); it must be one value for each run"):
        optim.sweep(optimizers.sgd(lr=[1, 2, 3]), surfaces.quadratic, event=lambda row: np.ones(4, dtype=bool))
    with pytest.raises(ValueError, match=r"event: it gave the shape \(2, 3\)"):
        optim.sweep(optimizers.sgd(lr=[1, 2, 3]), surfaces.quadratic, event=lambda row: row["x"] < 1)


@pytest.mark.parametrize("call", [optim.trace, optim.sweep])
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"optimizer": optimizers.adam.function},
            r"optimizer = <function adam at .*>: it must be one of kind Optimizer",
        ),
        ({"optimizer": "Adam"}, r"optimizer = 'Adam': it must be one of kind Optimizer, such as optimizers.adam\."),
        (
            {"optimizer": surfaces.beale, "surface": optimizers.adam},
            r"optimizer = beale\(\): it must be one of kind Optimizer",
        ),
        ({"surface": optimizers.sgd}, r"surface = sgd\(\): it must be one of kind Surface, such as surfaces.beale\."),
        ({"schedule": 0.5}, r"schedule = 0.5: it must be one of kind Schedule, such as schedules.constant\."),
    ],
)
def test_a_wrong_object_is_named_with_its_argument(call, wrong, message):
    with pytest.raises(TypeError, match="^" + message):
        call(**{"optimizer": optimizers.adam, "surface": surfaces.quadratic, "steps": 3} | wrong)


@pytest.mark.parametrize(
    ("call", "given"),
    [
        (optim.trace, (surfaces.quadratic, None, 3)),
        (optim.sweep, (surfaces.quadratic, None, 3)),
        (optim.descend, (surfaces.quadratic, None)),
        (optim.replay, ([1.0], 0.0)),
    ],
)
def test_what_follows_start_and_steps_is_given_by_name(call, given):
    with pytest.raises(TypeError, match="positional"):
        call(optimizers.sgd, *given, schedules.constant)


def test_what_is_no_event_or_no_executor_is_refused_before_anything_runs():
    with pytest.raises(TypeError, match=r"^event = 0.5: it must be a function of a row"):
        optim.sweep(optimizers.sgd, surfaces.quadratic, event=0.5)
    with pytest.raises(TypeError, match=r"^executor = 2: it must be an executor, such as ThreadPoolExecutor\(\)"):
        optim.sweep(optimizers.sgd, surfaces.quadratic, executor=2)


def test_no_runs_are_runs_too():
    swept = optim.sweep(optimizers.adam(lr=[]), surfaces.beale, steps=3, event=lambda row: row["f"] < 1)
    assert {name: value.shape for name, value in swept.items()} == {
        "x": (2, 0), "f": (0,), "best": (0,), "hit": (0,), "diverged": (0,)
    }  # fmt: skip
    assert optim.trace(optimizers.adam(lr=[]), surfaces.beale, steps=3)["x"].shape == (4, 2, 0)


@pytest.mark.parametrize(
    ("argument", "wrong"), [("optimizer", schedules.constant), ("schedule", 0.5), ("schedule", optimizers.sgd)]
)
def test_replay_names_a_wrong_object(argument, wrong):
    with pytest.raises(TypeError, match=f"^{argument} = .*: it must be one of kind {argument.capitalize()}"):
        optim.replay(**{"optimizer": optimizers.sgd, "gradients": [1.0]} | {argument: wrong})


# Events over many blocks.


@pytest.mark.slow
def test_an_event_may_use_thresholds_of_all_runs_however_the_sweep_is_cut(monkeypatch):
    levels = np.linspace(1, 5, 20).reshape(5, 4)
    starts = np.linspace(-2, 2, 40).reshape(2, 5, 4)
    mask = levels > 3

    events = [
        lambda row: row["f"] <= levels,
        lambda row: levels >= row["f"],
        lambda row: (row["f"] - levels[:, :1]) * 2 <= levels - levels[:, :1] + levels - levels[:, :1],
        lambda row: np.hypot(*(row["x"] - starts)) > levels[0],
        lambda row: np.where(mask, row["f"] < levels, row.get("f") < 1.0),
        lambda row: np.logical_and.reduce([row["f"] < levels, np.stack([row["f"], levels])[0] < 4]),
        lambda row: np.abs(row["x"][0]) < 0.5 * levels,
        lambda row: mask,
        lambda row: row["effective_lr"] < levels,
        lambda row: len(row) > 4 and "x" in row,
    ]
    for event in events:
        monkeypatch.setattr(descent, "BLOCK", 4096)
        whole = optim.sweep(optimizers.momentum(lr=0.05), surfaces.quadratic, starts, 10, event=event)
        for size in (1, 3, 4, 8):
            monkeypatch.setattr(descent, "BLOCK", size)
            parts = optim.sweep(optimizers.momentum(lr=0.05), surfaces.quadratic, starts, 10, event=event)
            _assert_equal(parts, whole)


@pytest.mark.parametrize("runs", [4096, 5000])
def test_an_event_does_not_see_the_size_of_a_block(runs):
    lrs, levels = np.linspace(0.01, 0.1, runs), np.linspace(1e-3, 0.5, runs)
    hit = optim.sweep(optimizers.sgd(lr=lrs), surfaces.quadratic, steps=40, event=lambda row: row["f"] <= levels)["hit"]
    for i in (0, 1, runs // 2, runs - 1):
        f = optim.trace(optimizers.sgd(lr=lrs[i]), surfaces.quadratic, steps=40)["f"]
        first = np.argmax(f <= levels[i]) if (f <= levels[i]).any() else math.nan
        np.testing.assert_equal(hit[i], first)


@pytest.mark.parametrize("block", [4096, 2])
def test_an_event_cannot_change_the_runs(monkeypatch, block):
    monkeypatch.setattr(descent, "BLOCK", block)
    optimizer = optimizers.momentum(lr=np.linspace(0.01, 0.1, 5))
    plain = optim.sweep(optimizer, surfaces.quadratic, steps=40, event=lambda row: row["f"] < 9)

    def event(row):
        for name in row:
            with pytest.raises(ValueError, match="read-only"):
                row[name][...] = 0
        loss = row["f"] * 1.0
        loss -= np.ones(5)
        return loss < 8

    _assert_equal(optim.sweep(optimizer, surfaces.quadratic, steps=40, event=event), plain)
    assert np.isfinite(plain["hit"]).any()


@pytest.mark.parametrize("runs", [(), (3,)])
def test_a_row_of_descend_is_to_be_read_only(runs):
    for row in itertools.islice(optim.descend(optimizers.adam(lr=np.full(runs, 0.1)), surfaces.beale), 3):
        for value in row.values():
            if np.ndim(value):
                with pytest.raises(ValueError, match="read-only"):
                    value[...] = 0


@pytest.mark.parametrize("block", [4096, 2])
def test_an_event_that_asks_of_one_run_after_another_is_refused(monkeypatch, block):
    monkeypatch.setattr(descent, "BLOCK", block)
    levels = np.linspace(1, 5, 5)
    asked = lambda event: optim.sweep(optimizers.sgd(lr=levels / 50), surfaces.quadratic, steps=9, event=event)  # noqa: E731
    for event in (
        lambda row: [f <= level for f, level in zip(row["f"], levels, strict=False)],
        lambda row: [x <= level for x, level in zip(row["x"][0], levels, strict=False)],
    ):
        with pytest.raises(TypeError, match="event: it must ask of all runs at once"):
            asked(event)
    _assert_equal(asked(lambda row: row["f"] <= levels.tolist()), asked(lambda row: row["f"] <= levels))
    _assert_equal(asked(lambda row: next(iter(row["x"])) <= levels), asked(lambda row: row["x"][0] <= levels))


# Runs that go on.


@pytest.mark.parametrize("label", OPTIMIZERS)
@pytest.mark.parametrize("seeds", [0, [0, 1, 2]])
def test_a_run_goes_on_as_many_with_other_hyperparameters(label, seeds):
    """From a single run's row, or from one of three runs, each of the three that follow is its own."""
    optimizer, bowl = OPTIMIZERS[label], surfaces.quadratic(a=1, b=4)
    first = next(itertools.islice(optim.descend(optimizer, bowl, (1.0, 1.0), noise=0.1, seed=seeds), 4, None))
    rates = np.array([0.01, 0.3, 0.1])
    on = np.transpose([first["x"] + first["step"]] * 3) if seeds == 0 else first["x"] + first["step"]

    def last(optimizer, start, state):
        rows = optim.descend(optimizer, bowl, start, t=6, state=state)
        return next(itertools.islice(rows, 9, None))["x"]

    together = last(optimizer(lr=rates), on, first)
    for i, rate in enumerate(rates):
        alone = first if seeds == 0 else {k: v[..., i] if np.ndim(v) else v for k, v in first.items()}
        np.testing.assert_array_equal(last(optimizer(lr=rate), on[:, i], alone), together[:, i])


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (3, "^state = 3: it must be a mapping, such as a row"),
        ({"m": "a", "v": 0.0}, "^state: 'm' must be numbers"),
        ({"m": 0.0, "v": True}, "^state: 'v' must be numbers"),
        ({"m": 0.0, "v": 1j}, "^state: 'v' must be numbers"),
        ({"m": np.ma.array([1.0, 2.0], mask=[0, 1]), "v": 0.0}, "^state: 'm' must be numbers"),
        ({"m": [0, 10**400], "v": 0.0}, "^state: 'm' must be numbers"),
        ({"m": [1, 2, 3], "v": 0.0}, r"^state: the shape of 'm' is \(3,\); it must be \(2, \*runs\), here \(2,\)"),
        ({"m": 0.0, "v": np.zeros((2, 4))}, r"^state: the shape of 'v' is \(2, 4\); it must be"),
        ({"m": 0.0}, "^state: 'v' is missing; Adam keeps m, v"),
    ],
)
def test_what_is_no_state_is_refused_where_it_is_given(state, message):
    with pytest.raises((TypeError, ValueError), match=message):
        optim.descend(optimizers.adam, surfaces.beale, state=state)


def test_a_state_may_be_lists_and_nan():
    row = next(optim.descend(optimizers.adam, surfaces.beale, state={"m": [0, 1], "v": math.nan}))
    assert np.isnan(row["v"]).all()
    assert row["m"][1] != 0
    start = next(optim.descend(optimizers.adam, surfaces.beale, state={"m": 0, "v": 0.0}))
    np.testing.assert_array_equal(start["m"], next(optim.descend(optimizers.adam, surfaces.beale))["m"])


def test_noise_of_no_runs_is_none():
    swept = optim.sweep(optimizers.sgd, surfaces.beale, steps=3, noise=0.1, seed=[])
    assert swept["x"].shape == (2, 0)
