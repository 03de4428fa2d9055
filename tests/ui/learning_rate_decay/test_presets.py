"""What the captions of the presets say, held against the runs."""

import numpy as np
import pytest

from optim.ends import minima
from ui.learning_rate_decay import adam, plans, quadratic
from ui.learning_rate_decay.presets import PRESETS
from ui.learning_rate_decay.setting import WELLS

BY_NAME = {preset.name: preset for preset in PRESETS}


def _expected(name):
    now = BY_NAME[name].setting
    return now, dict(zip(plans.names(now.plans), now.expected, strict=True))


def _distances(now):
    found = (quadratic.distance(now.given(schedule)) for schedule in now.schedules)
    return dict(zip(plans.names(now.plans), found, strict=True))


def test_the_courses_four_and_a_staircase():
    now, loss = _expected("The course's four, and a staircase")
    assert len(loss) == 6
    assert now.lr == 0.1
    assert quadratic.level(now.given(now.schedules[0])) == pytest.approx(0.0596, abs=5e-5)
    assert loss["Constant"][-1] == pytest.approx(0.0596, abs=5e-5)
    assert loss["Inverse time"][-1] == pytest.approx(0.00296, abs=5e-6)
    assert min(loss, key=lambda name: loss[name][-1]) == "Inverse time"
    assert max(loss, key=lambda name: loss[name][150]) == "Square root, per step"
    np.testing.assert_allclose(
        quadratic.rates(now.given(now.schedules[1]))[::20], 0.1 / (1 + np.arange(20)), rtol=1e-12
    )


def test_an_epoch_is_not_a_step():
    now, loss = _expected("An epoch is not a step")
    assert now.batches == 20
    epoch, step = (quadratic.rates(now.given(schedule)) / now.lr for schedule in now.schedules[:2])
    assert epoch[-1] == pytest.approx(0.38, abs=0.005)
    assert 0.5e-9 < step[-1] < 2e-9
    assert loss["Exponential, per step"][-1] == pytest.approx(0.83, abs=0.005)


def test_a_ball_around_the_minimum():
    now, _ = _expected("A ball around the minimum")
    assert now.lr == 0.2
    assert quadratic.ball(now.surface, 0.2, now.noise) == pytest.approx(0.39, abs=0.005)
    assert quadratic.edge(now.surface) == 0.4
    found = _distances(now)
    assert found["Constant"] == pytest.approx(0.39, abs=0.01)
    assert found["Cosine"] == pytest.approx(0.095, abs=0.001)
    small, double, near = (float(quadratic.ball(now.surface, lr, 1.0)) for lr in (0.01, 0.02, 0.39))
    assert double / small == pytest.approx(2**0.5, rel=0.02)
    assert near / small > 2 * 39**0.5


def test_large_first_small_at_the_end():
    now, loss = _expected("Large first, small at the end")
    assert now.lr == 0.38
    assert quadratic.edge(now.surface) == 0.4
    assert loss["Constant"][-1] == pytest.approx(2.02, abs=0.005)
    others = [f[-1] for name, f in loss.items() if name != "Constant"]
    assert len(others) == 4
    assert max(others) <= loss["Constant"][-1] / 90
    assert all(quadratic.rates(now.given(schedule))[-1] < 0.001 for schedule in now.schedules[1:])


def test_too_small_from_the_start():
    now, loss = _expected("Too small from the start")
    assert now.lr == 0.005
    assert loss["Constant"][-1] == pytest.approx(0.91, abs=0.005)
    assert loss["Cosine"][-1] == pytest.approx(6.7, abs=0.05)
    assert loss["Inverse time"][-1] == pytest.approx(24, abs=0.5)
    assert (np.diff(loss["Constant"]) < 0).all(), "it is nowhere flat"


def test_restarts_and_cycles():
    now, loss = _expected("Restarts and cycles")
    level = quadratic.level(now.given(now.schedules[0]))
    restarts = loss["Warm restarts"]
    for start in (200, 400, 600):
        assert restarts[start : start + 100].max() == pytest.approx(0.15, abs=0.01)
        assert restarts[start : start + 100].max() == pytest.approx(level, rel=0.05)
    assert restarts[-1] == pytest.approx(0.009, abs=5e-4)
    assert loss["Cosine"][-1] == pytest.approx(0.0036, abs=5e-5)


def test_warm_up_does_not_replace_the_correction():
    now = BY_NAME["Warm-up does not replace the correction"].setting
    assert now.warmup == 20
    ends = dict(zip(adam.KINDS, adam.outcomes(now), strict=True))
    assert (ends["without correction"].kind, ends["without correction"].step) == ("left the map", 12)
    warm = ends["without correction, with warm-up"]
    assert (warm.kind, warm.step) == ("left the map", 15)
    deepest, *others = minima(WELLS)
    assert all(deepest.f < other.f for other in others)
    for kind in ("with correction", "with correction and warm-up"):
        x, y = ends[kind].place or (np.nan, np.nan)
        assert np.hypot(x - deepest.x, y - deepest.y) < 0.05
