"""A long run by the loop over floats is the run by the loop over arrays, to the last bit."""

from typing import Annotated

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import optim
from optim import OPTIMIZERS, SCHEDULES, SURFACES, descent, optimizers, schedules, single, surfaces
from optim.batch import Batch
from optim.formula import switch
from optim.optimizers import LearningRate, Optimizer
from optim.schedules import Schedule
from optim.surfaces import Surface
from tests.settings import formulas

from .budget import cases

one_of = {
    name: st.sampled_from(sorted(registry)).flatmap(lambda label, registry=registry: formulas(registry[label]))
    for name, registry in {"optimizer": OPTIMIZERS, "surface": SURFACES, "schedule": SCHEDULES}.items()
}


def both(optimizer, surface, schedule=schedules.constant, count=descent.LONG, start=None, noise=0.0, seed=0):
    """The record by either loop; the first may be None."""
    batch = Batch.of(optimizer, surface, start, schedule, noise, seed)
    return descent._single(batch, count), descent._record(descent._rows(batch), count)


def ours(function):
    """A formula's function that counts as one of ``optim``'s: others have no loop."""
    function.__module__ = "optim.tests"
    return function


def assert_same(mine, theirs):
    assert list(mine) == list(theirs)
    for name in theirs:
        np.testing.assert_array_equal(mine[name], theirs[name], name)
        assert mine[name].dtype == float


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=lambda optimizer: optimizer.label)
def test_every_pair_has_a_loop_of_its_own_and_it_is_the_same(optimizer, monkeypatch):
    monkeypatch.setattr(descent, "LONG", 40)
    for i, surface in enumerate(SURFACES.values(), list(OPTIMIZERS.values()).index(optimizer)):
        noise = 0.5 * (i % 2)  # each optimizer, and each surface, with and without
        mine, theirs = both(optimizer(lr=10 * optimizer.values["lr"]), surface, count=40, noise=noise, seed=7)
        assert mine is not None, f"{surface.label}: nothing here divides by 0"
        assert_same(mine, theirs)


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=lambda schedule: schedule.label)
def test_every_schedule_has_a_loop_of_its_own_and_it_is_the_same(schedule):
    mine, theirs = both(optimizers.momentum(lr=1e-3), surfaces.beale, schedule, descent.LONG + 7)
    assert mine is not None
    assert_same(mine, theirs)


def test_a_loop_may_record_as_much_as_allowed(monkeypatch):
    # x, f, g, step and rate: two numbers of eight bytes each.
    monkeypatch.setattr(descent, "MAX_BYTES", descent.LONG * 5 * 2 * 8)
    assert_same(*both(optimizers.sgd, surfaces.beale))
    with pytest.raises(ValueError, match=rf"a record of {descent.LONG + 1} rows of 5 quantities for 1 runs"):
        optim.trace(optimizers.sgd, surfaces.beale, steps=descent.LONG)


@cases(60)
@given(**one_of, count=st.integers(descent.LONG, 700), noise=st.sampled_from([0.0, 1e-9, 1.0, 1e300]),
       seed=st.integers(0, 2**53))  # fmt: skip
@example(optimizers.adam, surfaces.beale, schedules.cosine, 2 * single.CHUNK + 3, 0.0, 0)
@example(optimizers.sgd, surfaces.quadratic, schedules.constant, single.CHUNK, 0.1, 1)
@example(optimizers.sgd(lr=0.0), surfaces.quadratic, schedules.constant, single.CHUNK + 1, 0.1, 2)
def test_wherever_there_is_a_loop_it_is_the_same(optimizer, surface, schedule, count, noise, seed):
    mine, theirs = both(optimizer, surface, schedule, count, noise=noise, seed=seed)
    if mine is not None:
        assert_same(mine, theirs)


@pytest.mark.parametrize("start", [(0.5, 1.0), [[0.5, -0.5, 0.1], [1.0, 1.0, 0.2]]], ids=["one", "three"])
@pytest.mark.parametrize("plan", [schedules.constant, schedules.cosine(total=300)], ids=repr)
def test_a_long_trace_is_the_rows_of_its_descent(start, plan):
    trace = optim.trace(optimizers.adam(lr=0.1), surfaces.beale, start, descent.LONG + 1, schedule=plan)
    rows = optim.descend(optimizers.adam(lr=0.1), surfaces.beale, start, schedule=plan)
    for name, values in trace.items():
        assert len(values) == descent.LONG + 2, name
    for i, row in zip(range(descent.LONG + 2), rows, strict=False):
        for name, value in row.items():
            np.testing.assert_array_equal(trace[name][i], value, f"{name} in row {i}")


@cases(25)
@given(one_of["optimizer"], one_of["schedule"], st.integers(1, 272), st.booleans(), st.integers(0, 9),
       st.sampled_from([0.0, 0.5]), st.integers(descent.LONG, 900))  # fmt: skip
@example(optimizers.adam(lr=0.1), schedules.constant, 1, True, 3, 0.0, 544)
def test_a_line_learns_from_mini_batches_in_the_same_way(optimizer, schedule, size, shuffle, seed, noise, count):
    task = line(size=size, seed=seed, shuffle=shuffle)
    mine, theirs = both(optimizer, task, schedule, count, (0.5, 30.0), noise=noise)
    if mine is not None:
        assert_same(mine, theirs)


def test_a_line_has_a_loop_unless_it_is_many_and_a_network_has_none():
    assert both(optimizers.momentum(lr=0.01), line(size=100))[0] is not None
    assert line(size=2, seed=np.arange(2)).along(descent.LONG) is None
    batches = line(size=1).batches
    assert optim.Task(optim.Network((1, 1), loss="squared error"), GEYSER, batches).along(descent.LONG) is None


GEYSER = optim.datasets.old_faithful().standardised()


def line(**batches):
    return optim.lines.Line(GEYSER, optim.Batches(len(GEYSER), **batches))


def test_a_division_by_0_is_numpys():
    mine, theirs = both(optimizers.adam(eps=0), surfaces.quadratic, start=(0.0, 1.0))
    assert mine is None
    run = optim.trace(optimizers.adam(eps=0), surfaces.quadratic, (0.0, 1.0), descent.LONG - 1)
    np.testing.assert_array_equal(run["step"], theirs["step"][..., 0])
    assert np.isnan(run["step"][0, 0])


def test_the_root_of_a_negative_number_is_numpys():
    def rooted(t, x, g, *, lr: LearningRate = 0.01):
        return -lr * np.sqrt(g), {"effective_lr": lr}

    mine, theirs = both(Optimizer(ours(rooted), "Rooted", "", "this test"), surfaces.quadratic, start=(-1.0, 1.0))
    assert mine is None
    assert np.isnan(theirs["step"][0, 0])


def test_anothers_formula_is_run_as_it_is():
    rng = np.random.default_rng(0)

    def late(t, x, g, *, lr: LearningRate = 0.1):
        return -lr * g + (rng.normal() if t > 5 else 0.0), {"effective_lr": lr}

    steps = optim.trace(Optimizer(late, "Late", "", "this test"), surfaces.quadratic(a=0, b=0), steps=99)["step"]
    assert len(np.unique(steps[5:])) == 95
    shaken = Surface(lambda p: (rng.normal() + 0 * p[0], 0 * p), "Shaken", "f", "this test", start=(1, 1))
    assert len(np.unique(optim.trace(optimizers.sgd, shaken, steps=99)["f"])) == 100
    falling = Schedule(lambda t: rng.uniform() + 0 * t, "Falling", "f", "this test")
    rates = optim.trace(optimizers.sgd, surfaces.quadratic, steps=99, schedule=falling)["effective_lr"]
    assert len(np.unique(rates)) == 100


def test_what_no_graph_shows_has_no_loop():
    def looked_up(t, x, g, *, lr: LearningRate = 0.1):
        return -np.array([lr, lr / 2])[np.sign(g).astype(int) % 2] * g, {"effective_lr": lr}

    assert both(Optimizer(ours(looked_up), "Odd", "", "this test"), surfaces.beale)[0] is None


def test_many_runs_and_short_runs_have_no_loop():
    for optimizer, steps in ((optimizers.sgd(lr=[0.1, 0.2]), 500), (optimizers.sgd, descent.LONG - 1)):
        batch = Batch.of(optimizer, surfaces.beale, None, schedules.constant, np.zeros(()), 0)
        assert descent._single(batch, steps) is None


@pytest.mark.parametrize("on", [False, True])
@pytest.mark.parametrize("kind", ["fixed, moving", "moving, fixed", "moving, moving", "moving, nought"])
def test_a_switch_takes_one_branch_and_the_other_is_not_computed(on, kind):
    def switched(t, x, g, *, lr: LearningRate = 0.01, on: Annotated[bool, switch("which")] = False):
        taken, other = {
            "fixed, moving": (lr, lr * g / (x - x)),
            "moving, fixed": (lr * np.abs(g), lr),
            "moving, moving": (lr * np.abs(g), lr * g / (x - x)),
            "moving, nought": (lr * np.abs(g), 0.0),
        }[kind]
        rate = np.where(on, *branches(taken, other))
        return -rate * g, {"effective_lr": rate}

    def branches(taken, other):
        return (taken, other) if on else (other, taken)

    mine, theirs = both(Optimizer(ours(switched), "Switched", "", "this test", {"on": on}), surfaces.beale)
    assert mine is not None
    assert_same(mine, theirs)


def test_the_two_noughts_are_two_numbers():
    def signed(t, x, g, *, lr: LearningRate = 0.01):
        return lr * np.copysign(1.0, np.where(g > 0, -0.0, 0.0)), {"effective_lr": lr}

    mine, theirs = both(Optimizer(ours(signed), "Signed", "", "this test"), surfaces.beale, count=300)
    assert mine is not None
    assert_same(mine, theirs)
    assert len(np.unique(theirs["step"])) == 2
