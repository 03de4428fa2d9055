"""What the captions of the Trajectories page's presets say, held against their runs."""

import numpy as np
import pytest

import optim
from optim import surfaces, theory
from ui.trajectories.presets import PRESETS

BY_NAME = {preset.name: preset.setting for preset in PRESETS}


def traces(name):
    return BY_NAME[name].traces


def kinds(name):
    return [outcome.kind for outcome in BY_NAME[name].outcomes]


def test_momentum_damps_the_zigzag():
    sgd, momentum, *_ = traces("Momentum damps the zigzag")
    crossings = (np.diff(np.sign(sgd["x"][:, 1])) != 0).sum()
    assert crossings == 50
    assert abs(sgd["x"][10, 1]) == pytest.approx(0.52, abs=0.005)
    assert abs(momentum["x"][10, 1]) == pytest.approx(0.04, abs=0.005)
    sgd, momentum, *_ = (entry.optimizer.values for entry in BY_NAME["Momentum damps the zigzag"].lineup)
    assert sgd["lr"] == momentum["lr"]


def test_a_learning_rate_too_large():
    shrinks, bounces, grows, momentum = BY_NAME["A learning rate too large"].outcomes
    assert shrinks.kind == "moving"
    assert (bounces.kind, bounces.amplitude) == ("oscillating", pytest.approx(1.5))
    assert (grows.kind, grows.step) == ("left the map", 8)
    assert momentum.kind not in ("diverged", "left the map")
    assert theory.heavy_ball_stable_lr(10.0, 0.9) == pytest.approx(0.38)


def test_why_bias_correction_matters():
    corrected, plain = traces("Why bias correction matters")
    longest = [np.hypot(*run["step"].T).max() for run in (corrected, plain)]
    assert longest[1] / longest[0] == pytest.approx(3.9, abs=0.05)
    good, bad = BY_NAME["Why bias correction matters"].outcomes
    assert (bad.kind, bad.step) == ("left the map", 12)
    assert good.place == pytest.approx(surfaces.gaussian_wells.minima[0])


def test_adagrad_slows_down_and_rmsprop_recovers():
    adagrad, rmsprop, _ = traces("AdaGrad slows down, RMSProp recovers")
    np.testing.assert_allclose(adagrad["effective_lr"][[10, -1], 0], 4e-4, rtol=0.15)
    assert rmsprop["effective_lr"][-1, 0] / rmsprop["effective_lr"][0, 0] == pytest.approx(4, abs=0.3)


def test_rmsprops_spike():
    spiky, calm = traces("RMSProp's spike")
    assert int(np.argmax(spiky["f"][20:])) + 20 == 42
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
    assert turned[0] == pytest.approx(0.023, abs=5e-4)
    assert (turned[3], straight[3]) == (pytest.approx(0.11, abs=0.005), pytest.approx(0.003, abs=5e-4))
    assert (turned[2], straight[2]) == (pytest.approx(0.1, abs=0.005), pytest.approx(1e-12, rel=0.1))
    assert all(now.surface.contains(run["x"].T).all() for run in now.traces)
    hessian = now.surface.hessian(now.start)
    assert hessian[0, 0] == pytest.approx(hessian[1, 1])


def test_rosenbrocks_valley():
    runs = traces("Rosenbrock's valley")
    for run in runs:
        assert run["f"][20] < 0.3 * run["f"][0]
    sgd, momentum, nesterov, adam = (np.hypot(*(run["x"][-1] - 1)) for run in runs)
    assert sgd > 1
    assert max(momentum, nesterov, adam) < sgd / 2


def test_stuck_on_a_saddle():
    sgd, momentum, rmsprop, adam = traces("Stuck on a saddle")
    for run in (sgd, momentum):
        assert np.hypot(*run["x"][-1]) < 0.05
    for run in (rmsprop, adam):
        assert run["f"][-1] < -4.99
    assert {entry.optimizer.values["lr"] for entry in BY_NAME["Stuck on a saddle"].lineup} == {0.05}


def test_epsilon_decides_on_a_plateau():
    sgd, adam, _, stuck = traces("ε decides on a plateau")
    assert np.hypot(*sgd["g"][0]) == pytest.approx(7.1e-8, rel=0.01)
    assert adam["f"][-1] < -1
    assert np.hypot(*(stuck["x"][-1] - stuck["x"][0])) < 0.01


def test_every_preset_is_tested():
    names = {name for name in globals() if name.startswith("test_")}
    assert len(names) == len(PRESETS) + 1
