"""What each preset says, held against its runs."""

import math

import numpy as np
import pytest

import optim
from optim import optimizers, surfaces
from ui.saddle_points import sweeps as own
from ui.saddle_points.presets import PRESETS

from ...captions import states
from .made import setting

BY_NAME = {preset.name: preset for preset in PRESETS}


def says(name, *exact):
    """The numbers in a caption are these."""
    states(BY_NAME[name].look, *exact)


def out(name: str) -> dict[str, int | None]:
    return {escape.run.name: escape.at for escape in BY_NAME[name].setting.escapes}


def test_the_presets_are_in_the_order_of_a_lecture():
    assert list(BY_NAME) == [
        "One saddle, six ways out",
        "The table of η = 0.01",
        "What ε does",
        "Stuck, with fair learning rates",
        "Exactly on the axis",
        "A little noise is enough",
        "Escaping to a minimum",
        "Monkey saddle",
    ]


def test_six_ways_out():
    assert out("One saddle, six ways out") == {
        "SGD": 189,
        "Momentum": 53,
        "Nesterov": 48,
        "AdaGrad": 57,
        "RMSProp": 8,
        "Adam": 20,
    }
    lineup = BY_NAME["One saddle, six ways out"].setting.lineup
    assert {entry.optimizer.values["lr"] for entry in lineup} == {0.05}
    found = out("One saddle, six ways out")
    says("One saddle, six ways out", 0.05, found["SGD"], found["Momentum"], found["RMSProp"])


def test_the_table():
    found = out("The table of η = 0.01")
    assert found == {
        "SGD": 926,
        "Momentum": 152,
        "Nesterov": 146,
        "Adam, bias correction on": 77,
        "Adam, bias correction off": 18,
        "RMSProp": 72,
        "AdaGrad": 1263,
    }
    assert {e.optimizer.values["lr"] for e in BY_NAME["The table of η = 0.01"].setting.lineup} == {0.01}
    names = ("SGD", "Momentum", "Adam, bias correction on", "Adam, bias correction off", "AdaGrad")
    says("The table of η = 0.01", *(found[name] for name in names))


def test_what_epsilon_does():
    now = BY_NAME["What ε does"].setting
    *adams, momentum = [escape.at for escape in now.escapes]
    eps = [entry.optimizer.values["eps"] for entry in now.lineup[:4]]
    pairs = [number for pair in zip(eps, adams, strict=True) for number in pair]
    says("What ε does", abs(now.surface.at(now.start)[1][1]), *pairs)
    assert abs(momentum - adams[-1]) <= 5
    assert now.lineup[4].optimizer == optimizers.momentum(lr=0.05, beta=0.9, average=True)


def test_stuck_with_fair_learning_rates():
    found = BY_NAME["Stuck, with fair learning rates"].setting.escapes
    near = []
    for escape in found:
        x = escape.run.trace["x"]
        assert int(np.argmax(np.abs(x[:, 0]) < 0.1)) == 20, escape.run.name
        far = np.hypot(*x.T)
        near.append((int((far < 0.1).sum()), float(far.min())))
    stuck, free = near[:3], near[3:]
    assert all(steps > 150 for steps, _ in stuck)
    assert all(least > 0.9 for _, least in free)
    sgd, *others = (escape.at for escape in found[:3])
    assert all(sgd < other for other in others)
    start = BY_NAME["Stuck, with fair learning rates"].setting.start
    says("Stuck, with fair learning rates", start[0], 0.1, 20, 0.1, 150, 0.9)


def test_exactly_on_the_axis_and_a_little_noise():
    assert set(out("Exactly on the axis").values()) == {None}
    closed = [e.predicted.steps for e in BY_NAME["Exactly on the axis"].setting.escapes if e.predicted]
    assert closed == [math.inf] * 3
    now = BY_NAME["A little noise is enough"].setting
    hits = {entry.optimizer.label: own.over_seeds(now, entry) for entry in now.lineup}
    assert all(len(hit) == 200 and np.isfinite(hit).all() for hit in hits.values())
    (rmsprop,), (adam,) = set(hits["RMSProp"]), set(hits["Adam"])
    says("A little noise is enough", now.noise, now.steps, own.SEEDS, rmsprop, adam)
    assert not BY_NAME["Exactly on the axis"].setting.traces[0]["g"][:, 1].any()
    says("Exactly on the axis", 0, 0, 0, 0)


def test_escaping_to_a_minimum():
    now = BY_NAME["Escaping to a minimum"].setting
    assert all(at is not None for at in out("Escaping to a minimum").values())
    ends = {entry.optimizer.label: end for entry, end in zip(now.lineup, now.outcomes, strict=True)}
    last = {entry.optimizer.label: trace["x"][-1] for entry, trace in zip(now.lineup, now.traces, strict=True)}
    assert [ends[label].kind for label in ("SGD", "Momentum", "Nesterov")] == ["minimum"] * 3
    assert ends["RMSProp"].kind == "oscillating"
    assert ends["RMSProp"].amplitude == pytest.approx(0.05 / 2, rel=0.02)
    says("Escaping to a minimum", 0, 10, 2)
    for label in ("SGD", "Momentum", "Nesterov", "Adam"):
        np.testing.assert_allclose(last[label], (0, math.sqrt(10)), atol=2e-6)
    assert ends["AdaGrad"].kind == "moving"
    assert math.hypot(last["AdaGrad"][0], last["AdaGrad"][1] - math.sqrt(10)) > 0.5


def test_the_monkey_saddle():
    found = out("Monkey saddle")
    says("Monkey saddle", max(found["Momentum"], found["Nesterov"]), found["SGD"])
    for make in (optimizers.momentum, optimizers.nesterov):
        assert optim.trace(make(lr=0.05), surfaces.monkey_saddle, (1, 0.001), 10)["x"][10, 0] < -1
    assert not surfaces.monkey_saddle.hessian((0.0, 0.0)).any()
    # It slows down: after a hundred steps it has not yet come to the saddle.
    assert (
        setting(optimizers.sgd(lr=0.05), surface=surfaces.monkey_saddle, start=(1.0, 0.001)).runs[0].trace["x"][100, 0]
        > 0
    )
