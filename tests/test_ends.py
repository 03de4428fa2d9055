"""What an end point is: the kinds, and the thresholds between them."""

import math

import numpy as np
import pytest

from optim import SURFACES, surfaces
from optim.ends import judge
from optim.surfaces import Surface

HERE = (0.0, 0.0)


@pytest.mark.parametrize(
    ("surface", "point"),
    [(surface, point) for surface in SURFACES.values() for point in surface.minima],
    ids=lambda value: getattr(value, "label", str(value)),
)
def test_every_listed_minimum_is_one(surface, point):
    assert judge(surface, point, HERE) == "minimum"


@pytest.mark.parametrize(
    ("surface", "point", "kind"),
    [
        (surfaces.saddle, (0, 0), "saddle"),
        (surfaces.bounded_saddle, (0, 0), "saddle"),
        (surfaces.six_hump_camel, (0, 0), "saddle"),
        (surfaces.himmelblau, (-0.270845, -0.923039), "maximum"),
        (surfaces.rastrigin, (0.502546, 0.502546), "maximum"),
        (surfaces.rastrigin, (0.994959, 0), "minimum"),
        (surfaces.monkey_saddle, (0, 0), "flat"),
        (surfaces.gaussian_wells, (0.75, 1), "flat"),
        (surfaces.rosenbrock, (0, 0), "still moving"),
        (surfaces.quadratic(a=0), (0, 0), "minimum"),
        (surfaces.quadratic, (1e6, 0), "still moving"),
        (surfaces.quadratic, (1.001e6, 0), "diverged"),
        (surfaces.quadratic, (0, -1.001e6), "diverged"),
        (surfaces.quadratic, (math.nan, 0), "diverged"),
        (surfaces.quadratic, (0, math.inf), "diverged"),
        (surfaces.quadratic(a=1e300), (1e5, 0), "diverged"),
    ],
)
def test_kinds(surface, point, kind):
    with np.errstate(over="ignore", invalid="ignore"):
        assert judge(surface, point, HERE) == kind


def test_there_is_within_a_hundredth_of_the_maps_diagonal():
    there = 0.01 * math.hypot(22, 6)
    for share, kind in ((0.99, "minimum"), (1.01, "still moving")):
        # On a bowl Newton's step is the whole way.
        assert judge(surfaces.quadratic, (share * there, 0), HERE) == kind
        assert judge(surfaces.quadratic, (0, share * there), HERE) == kind
        assert judge(surfaces.quadratic, HERE, (0, share * there)) == kind
        assert judge(surfaces.quadratic, HERE, (-share * there, 0)) == kind


def _on_a_small_map(function):
    return Surface(function, "made up", "f", "this test", x_range=(-1, 2), y_range=(-2, 2))


def _level(surface):
    """A thousandth of the middle half of f's values over the map."""
    grid = np.stack(np.meshgrid(np.linspace(*surface.x_range, 41), np.linspace(*surface.y_range, 41)))
    low, high = np.percentile(surface.at(grid)[0], (25, 75))
    return (high - low) / 1000


def test_flat_is_too_little_slope_over_the_whole_map():
    def sloping(slope):
        return _on_a_small_map(lambda p: (slope * p[0] + p[1] ** 9, (slope + 0 * p[0], 9 * p[1] ** 8)))

    edge = 0.0
    for _ in range(20):  # the slope itself widens the spread a little
        edge = _level(sloping(edge)) / 5
    assert judge(sloping(0.99 * edge), HERE, HERE) == "flat"
    assert judge(sloping(1.01 * edge), HERE, HERE) == "still moving"


def test_flat_is_too_little_curvature_over_the_whole_map():
    def bent(curvature):
        def function(p):
            x, y = p
            return (curvature * (x * x - y * y) / 2 + y**9, (curvature * x, 9 * y**8 - curvature * y))

        return _on_a_small_map(function)

    edge = 0.0
    for _ in range(20):
        edge = _level(bent(edge)) / (5**2 / 2)
    assert judge(bent(0.99 * edge), HERE, HERE) == "flat"
    assert judge(bent(1.01 * edge), HERE, HERE) == "saddle"


@pytest.mark.parametrize(
    ("surface", "point"),
    [
        # Down an exponential slope Newton's steps have one length, however far it still is.
        *((surfaces.softplus_plateau(k=k), (x, y)) for k in (6, 10, 20) for x in (-2.0, 1.6, 2.5) for y in (-2.2, 0.3)),
        *((surfaces.tanh_step(k=k), (x, 0.0)) for k in (8, 10) for x in (-1.8, -0.6, 0.6, 1.8)),
        (surfaces.saturated_neuron(s=4), (-9.0, 4.0)),
        (surfaces.saturated_neuron(s=2), (-4.0, -8.0)),
    ],
)
def test_an_exponential_slope_is_no_stationary_point(surface, point):
    assert judge(surface, point, HERE) in ("flat", "still moving")


def test_every_listed_saddle_is_one_and_no_minimum_beside_it():
    for surface in SURFACES.values():
        for point in surface.saddles:
            assert judge(surface, point, HERE) in ("saddle", "flat")
