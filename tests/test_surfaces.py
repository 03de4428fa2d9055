"""Every surface: its gradient and Hessian by independent methods, and its minima by looking everywhere else."""

import math

import numpy as np
import pytest

from optim import SURFACES, surfaces
from optim.surfaces import Surface

RNG = np.random.default_rng(8)
every_surface = pytest.mark.parametrize("surface", SURFACES.values(), ids=lambda surface: surface.label)


def _points(surface, count=200):
    """Random points of the surface's box."""
    (left, right), (low, high) = surface.x, surface.y
    return np.stack([RNG.uniform(left, right, count), RNG.uniform(low, high, count)])


def _nudged(axis, by):
    return np.array([[by if i == axis else 0.0] for i in (0, 1)])


@every_surface
def test_the_gradient_is_the_complex_step_derivative_of_the_loss(surface):
    p, h = _points(surface), 1e-30
    _, g = surface.at(p)
    for axis in (0, 1):
        f, _ = surface.at(p + _nudged(axis, 1j * h))
        np.testing.assert_allclose(g[axis], f.imag / h, rtol=1e-11, atol=1e-12 * np.abs(g).max())


@every_surface
def test_the_gradient_is_the_slope_by_central_differences(surface):
    p = _points(surface)
    f, g = surface.at(p)
    h = 1e-5
    for axis in (0, 1):
        slope = (surface.at(p + _nudged(axis, h))[0] - surface.at(p - _nudged(axis, h))[0]) / (2 * h)
        np.testing.assert_allclose(g[axis], slope, rtol=1e-5, atol=1e-7 * max(np.abs(g).max(), np.abs(f).max()))


@every_surface
def test_the_hessian_is_the_slope_of_the_gradient_and_symmetric(surface):
    p, h = _points(surface), 1e-5
    hessian = surface.hessian(p)
    assert hessian.shape == (2, 2, 200)
    np.testing.assert_allclose(hessian[0, 1], hessian[1, 0], rtol=1e-10, atol=1e-12 * np.abs(hessian).max())
    for axis in (0, 1):
        slope = (surface.at(p + _nudged(axis, h))[1] - surface.at(p - _nudged(axis, h))[1]) / (2 * h)
        np.testing.assert_allclose(hessian[:, axis], slope, rtol=1e-4, atol=1e-6 * np.abs(hessian).max())


def _polish(surface, p, rounds=60):
    """Walk downhill from each point: by Newton where the surface curves upwards, by ever shorter steps too."""
    f, g = surface.at(p)
    reach = np.full(f.shape, 0.1)
    for _ in range(rounds):
        (a, b), (_, c) = surface.hessian(p)
        det = a * c - b * b
        upward = (det > 0) & (a > 0)
        newton = np.stack([c * g[0] - b * g[1], a * g[1] - b * g[0]]) / np.where(upward, det, 1)
        plain = reach * g / np.maximum(np.hypot(*g), 1e-300)
        for step in (np.where(upward, newton, plain), plain):
            f_new, _ = surface.at(p - step)
            p = np.where(f_new < f, p - step, p)
            reach = np.where(f_new < f, reach, reach / 1.5)
            f, g = surface.at(p)
    return p, f


@pytest.mark.parametrize("surface", [s for s in SURFACES.values() if s.minima], ids=lambda surface: surface.label)
def test_the_minima_are_the_lowest_points_of_the_box_and_all_of_them(surface):
    minima = np.array(surface.minima, dtype=float).T
    f, g = surface.at(minima)
    assert np.abs(g).max() < 1e-8
    np.testing.assert_allclose(f, f[0], rtol=1e-14, atol=1e-14)
    if surface is not surfaces.ackley:  # a cusp has no Hessian
        (a, b), (_, c) = surface.hessian(minima)
        assert (a > 0).all()
        assert (a * c - b * b > 0).all()
    (left, right), (low, high) = surface.x, surface.y
    assert ((left < minima[0]) & (minima[0] < right)).all()
    assert ((low < minima[1]) & (minima[1] < high)).all()

    grid = np.stack(np.meshgrid(np.linspace(left, right, 241), np.linspace(low, high, 239))).reshape(2, -1)
    heights = surface.at(grid)[0]
    assert heights.min() >= f[0] - 1e-12
    ends, found = _polish(surface, grid[:, np.argsort(heights)[:300]])
    assert found.min() >= f[0] - 1e-12
    lowest = ends[:, found <= f[0] + 1e-10]
    distance = np.hypot(*(lowest[:, :, None] - minima[:, None, :]))
    assert (distance.min(axis=1) < 1e-3).all(), "a lowest point that is not listed"
    assert (distance.min(axis=0) < 1e-3).all(), "a listed minimum that nothing arrives at"


@pytest.mark.parametrize("label", ["Saddle", "Monkey saddle"])
def test_what_falls_for_ever_lists_no_minimum(label):
    surface = SURFACES[label]
    assert surface.minima == ()
    assert surface.at([0.0, 0.0])[0] == 0
    assert surface.at([1.0, 1e6])[0] < -1e11


@every_surface
def test_the_start_and_the_ranges_make_a_picture(surface):
    (left, right), (low, high) = surface.x, surface.y
    assert left < surface.start[0] < right
    assert low < surface.start[1] < high
    assert np.hypot(*surface.at(surface.start)[1]) > 1e-8, "the start must not stand still"


def _depth(two_variances, distance2=0.0):
    return math.exp(-distance2 / two_variances) / (two_variances * math.pi)


# Published values, by hand or from the literature, that pin down the constants of each formula.
KNOWN = [
    (surfaces.quadratic, (-10, 1.5), 0.1 * 100 + 5 * 2.25),
    (surfaces.quadratic(a=3, b=5), (2, 4), 6 + 40),
    (surfaces.saddle, (1, 0.5), 0.5 - 0.125),
    (surfaces.saddle(gamma=4), (3, 1), 4.5 - 2),
    (surfaces.bounded_saddle, (0, math.sqrt(10)), -5),
    (surfaces.bounded_saddle, (2, 1), 4 - 1 + 0.05),
    (surfaces.monkey_saddle, (2, 1), 8 - 6),
    (surfaces.rosenbrock, (-1.2, 1), 24.2),
    (surfaces.rosenbrock(b=1), (0, 2), 5),
    (surfaces.beale, (3, 0.5), 0),
    (surfaces.beale, (1, 1), 1.5**2 + 2.25**2 + 2.625**2),
    (surfaces.beale, (1, 0), 0.25 + 1.5625 + 1.625**2),
    (surfaces.himmelblau, (0, 0), 170),
    (surfaces.himmelblau, (3, 2), 0),
    (surfaces.himmelblau, (1, 1), 81 + 25),
    (surfaces.six_hump_camel, (1, 1), 4 - 2.1 + 1 / 3 + 1),
    (surfaces.six_hump_camel, (0.08984201310031807, -0.7126564030207396), -1.031628453489877),
    (surfaces.styblinski_tang, (-2.903534, -2.903534), -78.33233140754282),
    (surfaces.styblinski_tang, (1, 2), (1 - 16 + 5 + 16 - 64 + 10) / 2),
    (surfaces.rastrigin, (0, 0), 0),
    (surfaces.rastrigin, (0.5, 1), 20 + 0.25 + 1 + 10 - 10),
    (surfaces.ackley, (0, 0), 0),
    (surfaces.ackley, (1, 1), 20 - 20 * math.exp(-0.2)),
    (surfaces.two_pits, (1, 0), 1 - 2 - 3 * math.exp(-20)),
    (surfaces.two_pits, (-1, 0), 1 - 3 - 2 * math.exp(-20)),
    (surfaces.two_pits, (0, 2), 4 - 5 * math.exp(-25)),
    # Over each well its depth, 1 / (2π σ²) = 1 / (0.08 π) or 1 / (0.245 π), and what the others still add there.
    (surfaces.gaussian_wells, (-0.5, -0.8), -_depth(0.245) - _depth(0.08) - _depth(0.08, 1.94) - _depth(0.08, 2.34)),
    (surfaces.gaussian_wells, (-1, 0.5), -_depth(0.08) - _depth(0.245, 1.94) - _depth(0.08, 1.94)),
    (surfaces.gaussian_wells, (1, -0.5), -_depth(0.08) - _depth(0.245, 2.34) - _depth(0.08, 2.34)),
]


@pytest.mark.parametrize(("surface", "point", "value"), KNOWN, ids=lambda value: getattr(value, "label", None))
def test_known_values(surface, point, value):
    assert surface.at(point)[0] == pytest.approx(value, rel=1e-12, abs=1e-14)


def test_the_plain_before_the_wells_is_almost_flat():
    np.testing.assert_allclose(surfaces.gaussian_wells.at([0.75, 1])[1], [4.1e-8, 5.9e-8], rtol=0.02)


def test_a_surface_that_says_nothing_of_its_map_gets_the_unit_square():
    bare = Surface(surfaces.quadratic.function, "Bare", "f", "this test")
    assert (bare.x, bare.y, bare.start, bare.minima) == ((-1, 1), (-1, 1), (0, 0), ())


def test_ackley_has_a_finite_gradient_at_its_cusp():
    assert surfaces.ackley.at([0.0, 0.0])[1].tolist() == [0, 0]


@every_surface
def test_shapes_follow_the_points(surface):
    grid = np.stack(np.meshgrid(np.linspace(*surface.x, 5), np.linspace(*surface.y, 4)))
    f, g = surface.at(grid)
    assert f.shape == (4, 5)
    assert g.shape == (2, 4, 5)
    assert f.dtype == g.dtype == np.float64
    one_f, one_g = surface.at(grid[:, 2, 3])
    assert np.shape(one_f) == ()
    assert one_g.shape == (2,)
    np.testing.assert_allclose([one_f, *one_g], [f[2, 3], *g[:, 2, 3]], rtol=1e-15)
    assert surface.at([1, 1])[1].dtype == np.float64, "whole numbers are points too"


def test_an_array_hyperparameter_makes_one_surface_per_run():
    bowls = surfaces.quadratic(a=[1.0, 2.0, 3.0], b=[[1.0], [10.0]])
    for p in ([1.0, 2.0], np.ones((2, 3)) * [[1], [2]], np.ones((2, 2, 3)) * [[[1]], [[2]]]):
        f, g = bowls.at(p)
        assert f.shape == (2, 3)
        assert g.shape == (2, 2, 3)
        np.testing.assert_array_equal(f, [[2.5, 3, 3.5], [20.5, 21, 21.5]])
        np.testing.assert_array_equal(g[0], [[1, 2, 3]] * 2)
        np.testing.assert_array_equal(g[1], [[2] * 3, [20] * 3])
    np.testing.assert_array_equal(bowls.hessian([1.0, 2.0])[1, 1], [[1] * 3, [10] * 3])
