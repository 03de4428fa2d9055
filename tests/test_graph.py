"""The graph of a formula is the formula: it computes the same numbers to the last bit, whatever the switches."""

import itertools

import numpy as np
import pytest

from optim import OPTIMIZERS, SCHEDULES, SURFACES, graph
from optim.formula import Formula
from optim.graph import UndecidedError, evaluate, symbol

RUNS = 400


def switched(formulas):
    """Every formula with its switches in every position."""
    for formula in formulas:
        names = [name for name, h in formula.hyperparameters.items() if h.scale == "switch"]
        for positions in itertools.product([False, True], repeat=len(names)):
            yield formula(**dict(zip(names, positions, strict=True)))


def every(*registries):
    return pytest.mark.parametrize("formula", list(switched(f for r in registries for f in r.values())), ids=repr)


def drawn(formula, rng):
    """Values from the whole of each domain that its slider covers, both ends and 0 among them."""
    values = {}
    for name, h in formula.hyperparameters.items():
        if h.scale != "switch":
            low, high = h.slider
            some = low + (high - low) * rng.random(RUNS) ** 3
            some[:3] = low, high, h.low if h.low > -np.inf and not h.open_low else low
            values[name] = np.rint(some) if h.scale == "whole" else rng.permutation(some)
    return values


def same(ours, theirs):
    assert np.array_equal(*np.broadcast_arrays(ours, theirs), equal_nan=True)


@every(OPTIMIZERS)
@pytest.mark.parametrize("t", [1, 2, 7, 300])
def test_an_optimizer_is_its_graph(formula, t):
    rng = np.random.default_rng(t)
    x, g, *past = rng.normal(size=(2 + len(formula.state), RUNS)) * 10.0 ** rng.integers(-12, 6, RUNS)
    g[:9] = 0, 0, 0, np.inf, np.nan, 1, 1, 1, 1
    x[:9] = 0, np.inf, np.nan, 0, 0, np.inf, -np.inf, np.nan, 0
    state = {name: np.abs(a) for name, a in zip(formula.state, past, strict=True)}
    some = drawn(formula, rng)
    for values in ({}, some, *({name: float(value[i]) for name, value in some.items()} for i in range(3))):
        optimizer = formula(**values)
        with np.errstate(all="ignore"):
            step, names = optimizer.step(t, x, g, state)
            outputs = graph.of(optimizer)
            given = {"t": t, "x": x, "g": g, **state, **optimizer.values}
            assert outputs.keys() == {"step", *names}
            for name, theirs in {"step": step, **names}.items():
                same(evaluate(outputs[name], given), theirs)


@every(SCHEDULES)
def test_a_schedule_is_its_graph(formula):
    rng = np.random.default_rng(1)
    for t in (1, 2, 5, 6, 50, 51, 99, 100, 101, 400):
        for values in ({}, drawn(formula, rng)):
            schedule = formula(**values)
            with np.errstate(all="ignore"):
                theirs = schedule.function(t, **schedule.values)
                same(evaluate(graph.of(schedule)["factor"], {"t": t, **schedule.values}), theirs)


@every(SURFACES)
def test_a_surface_is_its_graph(formula):
    rng = np.random.default_rng(2)
    p = np.stack([rng.uniform(*formula.x_range, RUNS), rng.uniform(*formula.y_range, RUNS)])
    p[:, :5] = [[0, 0, 1, np.inf, 300], [0, 1, 0, 1, 300]]
    for values in ({}, drawn(formula, rng)):
        surface = formula(**values)
        with np.errstate(all="ignore"):
            f, g = surface.at(p)
            given = {"x": p[0], "y": p[1], **surface.values}
            for name, theirs in (("f", f), ("gx", g[0]), ("gy", g[1])):
                same(evaluate(graph.of(surface)[name], given), theirs)
