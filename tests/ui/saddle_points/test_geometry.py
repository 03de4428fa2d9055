"""Where a saddle is, which way is out of it, and what counts as an escape."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from optim import optimizers, surfaces
from ui import controls
from ui.saddle_points import frames
from ui.saddle_points.geometry import SADDLES, Escaped, distance, escaped, way_out
from ui.saddle_points.setting import DELTA

from ...budget import cases
from ...settings import settings
from .made import STRICT, setting


def test_the_way_out_is_down_the_hessian():
    assert set(SADDLES) == {"Saddle", "Bounded saddle", "Monkey saddle", "Sine saddle"}
    for gamma in (0.01, 1.0, 7.0):
        assert way_out(STRICT(gamma=gamma)) == ((0, 0), 1, pytest.approx(gamma, rel=1e-15))
    assert way_out(STRICT(gamma=0.0)) == ((0, 0), 1, 0.0)
    assert way_out(surfaces.bounded_saddle) == ((0, 0), 1, pytest.approx(2))
    assert way_out(surfaces.sine_saddle) == ((math.pi / 2, 0), 0, pytest.approx(1))
    assert way_out(surfaces.monkey_saddle) == ((0, 0), 1, None)


def test_distance_is_across_the_stable_axis():
    p = np.array([[1.0, -2.0, 0.5], [0.3, -0.4, 0.0]])
    np.testing.assert_array_equal(distance(STRICT, p), [0.3, 0.4, 0.0])
    np.testing.assert_allclose(distance(surfaces.sine_saddle, p), np.abs(p[0] - math.pi / 2))
    # Left of the monkey saddle there is no stable ray, only the saddle itself.
    np.testing.assert_allclose(distance(surfaces.monkey_saddle, p), [0.3, math.hypot(2, 0.4), 0.0])


def test_a_run_has_escaped_at_the_radius_unless_it_climbed_or_diverged():
    out = Escaped(STRICT, 0.5, ceiling=1.0)
    y = np.array([0.0, 0.5, -0.5, np.nextafter(0.5, 0), 2e6, np.nan])
    row = {"x": np.stack([np.zeros(6), y]), "f": -(y**2) / 2}
    np.testing.assert_array_equal(out(row), [False, True, True, False, False, False])
    np.testing.assert_array_equal(
        out({"x": np.array([[0.0, 0.0], [1.0, 1.0]]), "f": np.array([1.0, 1.1])}), [True, False]
    )
    assert Escaped(STRICT(), 0.5, 1.0) == out
    assert hash(Escaped(STRICT(), 0.5, 1.0)) == hash(out)
    assert Escaped(STRICT(gamma=2.0), 0.5, 1.0) != out != Escaped(STRICT, 0.6, 1.0)


@cases(300)
@given(settings("saddle_points"))
def test_a_start_at_the_radius_has_escaped_and_delta_does_not_move_the_ceiling(now):
    out = escaped(now.surface, now.start, now.radius)
    beside = escaped(now.surface, now.beside(0.25).start, now.radius)
    assert beside.ceiling == pytest.approx(out.ceiling, rel=1e-9, abs=1e-9)
    p = np.array(now.start)
    row = {"x": p, "f": now.surface.at(p)[0]}
    assert bool(out(row)) == bool(distance(now.surface, p) >= now.radius)


@pytest.mark.parametrize("surface", SADDLES.values(), ids=SADDLES)
@pytest.mark.parametrize("side", [1, -1])
def test_the_start_is_where_its_slider_says(surface, side):
    axis = way_out(surface).axis
    start = list(surface.start)
    start[axis] = surface.saddles[0][axis] + side * 0.5
    now = setting(optimizers.sgd, surface=surface, start=tuple(start))
    for mark in controls.marks(DELTA):
        moved = now.beside(mark)
        assert moved.delta == mark
        assert moved.start[1 - axis] == surface.start[1 - axis]
        assert (moved.start[axis] - surface.saddles[0][axis]) * side >= 0
    assert controls.marks(DELTA)[0] == 0
    other = replace(now, start=tuple(s + 0.0123 * (i == axis) for i, s in enumerate(start)))
    assert other.delta == pytest.approx(abs(side * 0.5 + 0.0123), rel=1e-12)


@pytest.mark.parametrize("surface", SADDLES.values(), ids=SADDLES)
def test_the_fence_stands_at_the_radius(surface):
    now = setting(optimizers.sgd, surface=surface, start=surface.start, radius=0.7)
    points = frames.fence(now).to_pandas().dropna().to_numpy().T
    np.testing.assert_allclose(distance(surface, points), 0.7, rtol=5e-3)
    assert len(points.T) >= 4
    assert surface.contains(points - 1e-9 * np.sign(points)).all()
