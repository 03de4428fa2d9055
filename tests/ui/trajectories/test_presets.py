"""What the captions of the Trajectories page's presets say, held against their runs."""

import numpy as np
import pytest

import optim
from optim import surfaces, theory
from ui.trajectories.presets import PRESETS

from ...captions import states

BY_NAME = {preset.name: preset.setting for preset in PRESETS}


def says(name, *exact):
    """The numbers in a caption are these."""
    states(next(preset.look for preset in PRESETS if preset.name == name), *exact)


def traces(name):
    return BY_NAME[name].traces


def kinds(name):
    return [outcome.kind for outcome in BY_NAME[name].outcomes]


def test_momentum_damps_the_zigzag():
    sgd, momentum, *_ = traces("Momentum damps the zigzag")
    crossings = (np.diff(np.sign(sgd["x"][:, 1])) != 0).sum()
    assert crossings == 50
    says("Momentum damps the zigzag", 10, abs(momentum["x"][10, 1]), abs(sgd["x"][10, 1]))
    sgd, momentum, *_ = (entry.optimizer.values for entry in BY_NAME["Momentum damps the zigzag"].lineup)
    assert sgd["lr"] == momentum["lr"]


def test_a_learning_rate_too_large():
    shrinks, bounces, grows, momentum = BY_NAME["A learning rate too large"].outcomes
    assert shrinks.kind == "moving"
    assert (bounces.kind, bounces.amplitude) == ("oscillating", pytest.approx(1.5))
    assert (grows.kind, grows.step) == ("left the map", 8)
    assert momentum.kind not in ("diverged", "left the map")
    now = BY_NAME["A learning rate too large"]
    b, beta = now.surface.values["b"], now.lineup[3].optimizer.values["beta"]
    rates = [entry.optimizer.values["lr"] for entry in now.lineup[1:3]]
    edge = theory.heavy_ball_stable_lr(b, beta)
    says("A learning rate too large", 2, 2 / b, *rates, grows.step, beta, edge)


def test_why_bias_correction_matters():
    corrected, plain = traces("Why bias correction matters")
    longest = [np.hypot(*run["step"].T).max() for run in (corrected, plain)]
    good, bad = BY_NAME["Why bias correction matters"].outcomes
    assert bad.kind == "left the map"
    says("Why bias correction matters", longest[1] / longest[0], bad.step)
    assert good.place == pytest.approx(surfaces.gaussian_wells.minima[0])


def test_adagrad_slows_down_and_rmsprop_recovers():
    adagrad, rmsprop, _ = traces("AdaGrad slows down, RMSProp recovers")
    for step in (10, -1):
        says("AdaGrad slows down, RMSProp recovers", adagrad["effective_lr"][step, 0])
    assert rmsprop["effective_lr"][-1, 0] / rmsprop["effective_lr"][0, 0] == pytest.approx(4, abs=0.3)


def test_rmsprops_spike():
    spiky, calm = traces("RMSProp's spike")
    jump = int(np.argmax(spiky["f"][20:])) + 20
    betas = [entry.optimizer.values["beta"] for entry in BY_NAME["RMSProp's spike"].lineup]
    says("RMSProp's spike", betas[0], 40, jump, betas[1])
    assert spiky["f"][42] > 1000 * spiky["f"][38]
    assert spiky["effective_lr"][40, 1] > 5 * spiky["effective_lr"][0, 1]
    assert (np.diff(calm["f"][5:]) <= 0).all()


def test_adaptive_methods_depend_on_the_axes():
    now = BY_NAME["Adaptive methods depend on the axes"]
    x, y = now.start
    start = (np.sqrt(0.5) * (x + y), np.sqrt(0.5) * (y - x))
    straight = [optim.trace(entry.optimizer, now.surface(angle=0.0), start, now.steps)["f"][-1] for entry in now.lineup]
    turned = [run["f"][-1] for run in now.traces]
    assert turned[:2] == pytest.approx(straight[:2])
    ends = (turned[0], turned[3], straight[3], turned[2], straight[2])
    says("Adaptive methods depend on the axes", now.surface.values["angle"], 0, *ends)
    assert all(now.surface.contains(run["x"].T).all() for run in now.traces)
    hessian = now.surface.hessian(now.start)
    assert hessian[0, 0] == pytest.approx(hessian[1, 1])


def test_rosenbrocks_valley():
    runs = traces("Rosenbrock's valley")
    for run in runs:
        assert run["f"][20] < 0.3 * run["f"][0]
    sgd, momentum, nesterov, adam = (np.hypot(*(run["x"][-1] - 1)) for run in runs)
    assert sgd > 1
    assert BY_NAME["Rosenbrock's valley"].surface.minima == ((1, 1),)
    says("Rosenbrock's valley", 1, 1, BY_NAME["Rosenbrock's valley"].steps)
    assert max(momentum, nesterov, adam) < sgd / 2


def test_stuck_on_a_saddle():
    sgd, momentum, rmsprop, adam = traces("Stuck on a saddle")
    for run in (sgd, momentum):
        assert np.hypot(*run["x"][-1]) < 0.05
    for run in (rmsprop, adam):
        assert run["f"][-1] < -4.99
    assert {entry.optimizer.values["lr"] for entry in BY_NAME["Stuck on a saddle"].lineup} == {0.05}
    says("Stuck on a saddle", BY_NAME["Stuck on a saddle"].steps)


def test_epsilon_decides_on_a_plateau():
    sgd, adam, _, stuck = traces("ε decides on a plateau")
    assert adam["f"][-1] < -1
    moved = np.hypot(*np.ptp(stuck["x"], axis=0))
    assert moved < 0.01
    now = BY_NAME["ε decides on a plateau"]
    one, _, other = (entry.optimizer.values["eps"] for entry in now.lineup[1:])
    says("ε decides on a plateau", np.hypot(*sgd["g"][0]), one, other, 0.01, now.steps)


def test_every_preset_is_tested():
    names = {name for name in globals() if name.startswith("test_")}
    assert len(names) == len(PRESETS) + 1
