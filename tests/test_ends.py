"""How a run ended: each kind, the thresholds between them, and that a verdict of rest holds if the run goes on."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

import optim
from optim import OPTIMIZERS, SURFACES, ends, optimizers, schedules, surfaces
from optim.ends import Outcome, distance_to_minimum, minima, outcome
from optim.surfaces import Surface

RAVINE = surfaces.quadratic(a=0.2, b=10.0)
ENTRY = (-10.0, 1.5)


def run(optimizer, surface, start=None, steps=50, **more):
    return optim.trace(optimizer, surface, start, steps, **more)


def ended(*args, schedule=schedules.constant, **more):
    return outcome(args[1], run(*args, schedule=schedule, **more), schedule)


def resting(surface, point):
    """The outcome of a run that has no learning rate."""
    return ended(optimizers.sgd(lr=0), surface, point, 12)


def along(surface, points, rates=1.0):
    """The trace of a run along these points: the last is the one that its next step leads to."""
    x = np.array(points, dtype=float)
    f, g = surface.at(x[:-1].T)
    rates = np.reshape(rates, (-1, 1)) * np.ones_like(x[:-1])
    return {"x": x[:-1], "f": f, "g": g.T, "step": np.diff(x, axis=0), "effective_lr": rates}


def moved(surface, points, rates=1.0):
    """Its outcome."""
    return outcome(surface, along(surface, points, rates))


# What a point is.


@pytest.mark.parametrize(
    ("surface", "point"),
    [(surface, point) for surface in SURFACES.values() for point in surface.minima],
    ids=lambda value: getattr(value, "label", str(value)),
)
def test_every_listed_minimum_is_one(surface, point):
    assert resting(surface, point) == Outcome("minimum", place=point)


@pytest.mark.parametrize(
    ("surface", "point", "kind", "place"),
    [
        (surfaces.saddle, (0, 0), "saddle", (0, 0)),
        (surfaces.bounded_saddle, (0, 0.05), "saddle", (0, 0)),
        (surfaces.six_hump_camel, (0, 0), "saddle", (0, 0)),
        (surfaces.himmelblau, (-0.27, -0.92), "maximum", (-0.270845, -0.923039)),
        (surfaces.rastrigin, (0.5025, 0.5025), "maximum", (0.502546, 0.502546)),
        (surfaces.rastrigin, (0.99, 0), "local minimum", (0.994959, 0)),
        (surfaces.two_pits, (0.9, 0.01), "local minimum", (0.905318, 0)),
        (surfaces.styblinski_tang, (-2.9, 2.7), "local minimum", (-2.903534, 2.746803)),
        (surfaces.monkey_saddle, (0, 0), "flat", None),
        (surfaces.gaussian_wells, (0.75, 1), "flat", None),
        (surfaces.quadratic(a=0, b=0), (1, 1), "flat", None),
        (surfaces.rosenbrock, (0, 0), "at rest", None),
        (surfaces.quadratic, (-10, 1.5), "at rest", None),
        (surfaces.quadratic, (1e-3, 0), "minimum", (0, 0)),
        # Lines of minima.
        (surfaces.quadratic(a=0), (-7, 0), "minimum", (-7, 0)),
        (surfaces.quadratic(a=0), (-7, 0.1), "minimum", (-7, 0)),
        (surfaces.quadratic(b=0), (0, 2), "minimum", (0, 2)),
        (surfaces.rosenbrock(b=0), (1, -0.5), "minimum", (1, -0.5)),
        (surfaces.quadratic(a=0), (-7, 1), "at rest", None),
        # A cusp.
        (surfaces.ackley, (1e-12, 0), "minimum", (0, 0)),
        (surfaces.ackley, (0.01, 0.02), "minimum", (0, 0)),
        (surfaces.ackley, (0.3, 0.3), "at rest", None),
        (surfaces.ackley, (0.952, 0), "local minimum", (0.952167, 0)),
        # Newton's first step ends within a hundredth of the map, and the saddle that they lead to is beyond it.
        (surfaces.ackley, (4.999, 0.374), "at rest", None),
    ],
)
def test_what_is_where_a_run_rests(surface, point, kind, place):
    found = resting(surface, point)
    assert found.kind == kind
    assert found.at_rest
    assert found.place == (None if place is None else pytest.approx(place, abs=1e-6))
    assert found.step is None
    assert found.amplitude is None


def test_the_place_of_a_listed_point_is_the_listed_one():
    for surface in SURFACES.values():
        for x, y in surface.minima:
            for dx, dy in itertools.product((-1e-4, 2e-4), repeat=2):
                found = resting(surface, (x + dx * surface.diagonal, y + dy * surface.diagonal))
                assert found == Outcome("minimum", place=(x, y)), surface


def test_there_is_within_a_hundredth_of_the_maps_diagonal():
    there = 0.01 * math.hypot(22, 6)
    for share, kind in ((0.99, "minimum"), (1.01, "at rest")):
        # On a bowl Newton's step is the whole way.
        assert resting(surfaces.quadratic, (share * there, 0)).kind == kind
        assert resting(surfaces.quadratic, (0, -share * there)).kind == kind
        assert resting(surfaces.ackley, (share * 0.1 * math.sqrt(2), 0)).kind == kind


def _on_a_small_map(function):
    return Surface(function, "made up", "f", "this test", x_range=(-1, 2), y_range=(-2, 2))


BOWL = _on_a_small_map(lambda p: (p[0] ** 2 + p[1] ** 2, (2 * p[0], 2 * p[1])))
"""Its diagonal is 5, so that bounds are numbers that a run can meet."""


def _in_units(surface, length, height):
    """The surface with its coordinates and its loss times these."""

    def function(p):
        f, (gx, gy) = surface.function(p / length, **surface.values)
        return height * f, (height / length * gx, height / length * gy)

    def enlarged(points):
        return tuple((length * x, length * y) for x, y in points)

    (x_range, y_range), minima, saddles = map(
        enlarged, ((surface.x_range, surface.y_range), surface.minima, surface.saddles)
    )
    return Surface(
        function, "made up", "f", "this test", x_range=x_range, y_range=y_range, minima=minima, saddles=saddles
    )


@pytest.mark.parametrize(("length", "height"), [(1e-7, 1.0), (1e4, 1.0), (1.0, 1e-9), (1.0, 1e9)])
def test_units_change_no_verdict(length, height):
    for surface, points in {
        surfaces.two_pits: [(0.9, 0.01), (0, 0), (0.3, 0.2)],
        surfaces.himmelblau: [(-0.27, -0.92), (3, 2), (-2.8, 3.13), (0.08, 2.88), (1, 1)],
        surfaces.ackley: [(1e-3, 0), (0.952, 0), (0.3, 0.3)],
        surfaces.tanh_step: [(0.6, 0), (-1.8, 0)],
        surfaces.quadratic(a=0): [(-7, 0.1), (-7, 1)],
    }.items():
        same = _in_units(surface, length, height)
        for x, y in points:
            found, expected = resting(same, (length * x, length * y)), resting(surface, (x, y))
            place = expected.place and tuple(length * one for one in expected.place)
            assert found == Outcome(expected.kind, place=place and pytest.approx(place, rel=1e-9, abs=1e-12 * length))
    assert len(minima(_in_units(surfaces.ackley(), length, height))) == 121, "the listed cusp among them"
    for surface in (surfaces.two_pits, surfaces.tanh_step, BOWL):
        found, expected = (
            sorted((m.x, m.y) for m in minima(one)) for one in (_in_units(surface, length, height), surface)
        )
        np.testing.assert_allclose(found, np.multiply(length, expected), rtol=1e-9, atol=1e-9 * length)


def _level(surface):
    """A thousandth of the middle half of f's values over the map."""
    grid = np.stack(np.meshgrid(np.linspace(*surface.x_range, 41), np.linspace(*surface.y_range, 41)))
    low, high = np.percentile(surface.at(grid)[0], (25, 75))
    return (high - low) / 1000


def test_flat_is_too_little_slope_over_the_whole_map():
    def sloping(slope):
        def function(p):
            u = 0.3 * p[0] + p[1]
            return slope * p[0] + u**9, (slope + 2.7 * u**8, 9 * u**8)

        return _on_a_small_map(function)

    edge = 0.0
    for _ in range(20):  # the slope itself widens the spread a little
        edge = _level(sloping(edge)) / 5
    assert resting(sloping(0.9999 * edge), (0, 0)).kind == "flat"
    assert resting(sloping(1.0001 * edge), (0, 0)).kind == "at rest"


def test_flat_is_too_little_curvature_over_the_whole_map():
    def bent(curvature):
        def function(p):
            x, y = p
            return (curvature * (x * x - y * y) / 2 + y**9, (curvature * x, 9 * y**8 - curvature * y))

        return _on_a_small_map(function)

    edge = 0.0
    for _ in range(20):
        edge = _level(bent(edge)) / (5**2 / 2)
    assert resting(bent(0.99 * edge), (0, 0)).kind == "flat"
    assert resting(bent(1.01 * edge), (0, 0)).kind == "saddle"


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
    assert resting(surface, point).kind in ("flat", "at rest")


def test_where_there_is_no_hessian_a_run_may_be_at_rest_or_creep():
    # |x|^1.5 + y²: at x = 0 its slope in x is 0/0.
    def function(p):
        root = np.sqrt(np.sqrt(p[0] * p[0]))
        return root**3 + p[1] ** 2, (1.5 * p[0] / root, 2 * p[1])

    edge = _on_a_small_map(function)
    # And where Newton's step leads to such a point.
    hole = _on_a_small_map(lambda p: (p[0] ** 2 + p[1] ** 2, (2 * p[0] * p[0] / p[0], 2 * p[1])))
    with np.errstate(invalid="ignore"):
        assert resting(hole, (0.01, 0)) == Outcome("at rest")
        assert moved(edge, [(0, 0.5)] * 30) == Outcome("at rest")
        for pace, kind in (2e-7, "at rest"), (1e-6, "creeping"):
            assert moved(edge, [(0, 0.5 - pace * i) for i in range(30)]).kind == kind


@pytest.mark.parametrize(("share", "kind"), [(0.9, "minimum"), (1.1, "flat")])
def test_a_line_of_minima_is_level_to_a_billionth_of_the_spread(share, kind):
    def tilted(slope):
        return _on_a_small_map(lambda p: (p[1] ** 2 + slope * p[0], (slope + 0 * p[0], 2 * p[1])))

    # From the place to as far as the diagonal, 5, on either side.
    slope = share * 1e-6 * _level(tilted(0)) / 10
    assert resting(tilted(slope), (0, 0)).kind == kind


@pytest.mark.parametrize("side", [-1, 1])
def test_a_valley_with_a_barrier_in_it_is_no_line_of_minima(side):
    # Three quarters of the diagonal from the place: at one of the nine points that are looked at.
    wide = math.hypot(8, 1)

    def function(p):
        x, y = p
        u = x + side * (4 - 0.75 * wide)
        barrier = np.exp(-1e4 * u * u)
        return y * y + barrier, (-2e4 * u * barrier, 2 * y)

    surface = Surface(function, "made up", "f", "this test", x_range=(-4, 4), y_range=(-0.5, 0.5))
    assert resting(surface, (-4 * side, 0)).kind == "flat"
    assert resting(surface, (-4 * side, 0.1)).kind != "minimum"


@pytest.mark.parametrize(("power", "kind"), [(2.9, "minimum"), (3.1, "at rest")])
def test_a_minimum_draws_newtons_method_to_half_its_distance_a_step(power, kind):
    # From x its step leads to x (power - 2) / (power - 1); the place that is told is six of them away.
    def function(p):
        x, y = p
        return (x * x) ** (power / 2) + y * y, (power * x * (x * x) ** (power / 2 - 1), 2 * y)

    found = resting(_on_a_small_map(function), (0.05, 0))
    shrunk = 0.05 * ((power - 2) / (power - 1)) ** 6
    assert found == Outcome(kind, place=pytest.approx((shrunk, 0)) if kind == "minimum" else None)


def test_every_listed_saddle_is_one():
    for surface in SURFACES.values():
        for point in surface.saddles:
            assert resting(surface, point).kind == ("flat" if surface.label == "Monkey saddle" else "saddle")


def test_a_surface_that_lists_no_minimum_has_minima_all_the_same():
    bowl = _on_a_small_map(lambda p: (p[0] ** 2 + p[1] ** 2, (2 * p[0], 2 * p[1])))
    assert resting(bowl, (0.001, 0)) == Outcome("minimum", place=pytest.approx((0, 0), abs=1e-15))


# Diverged, and off the map.


def test_a_run_that_diverged_is_nothing_else():
    trace = run(optimizers.sgd(lr=0.25), RAVINE, ENTRY, 700)
    step = int(np.argmax(np.abs(trace["x"]).max(axis=1) > 1e6))
    assert outcome(RAVINE, trace) == Outcome("diverged", step)
    assert ends.diverged(trace) == step
    for x in ((1.001e6, 0), (0, -1.001e6), (math.nan, 0), (0, math.inf)):
        assert moved(RAVINE, [(0, 0), x, (0, 0), (0, 0)]) == Outcome("diverged", 1)
    assert moved(RAVINE, [(0, 0), (1e6, 0), (0, 0), (0, 0)]).kind != "diverged"
    # f overflows before x does.
    with np.errstate(over="ignore"):
        assert resting(surfaces.quadratic(a=1e300), (1e5, 0)) == Outcome("diverged", 0)


def test_a_run_has_left_from_the_first_row_after_which_it_stays_off():
    points = [(0, 0), (12, 0), (0, 0), (0, 3.1), (0, -4), (0, -4)]
    assert moved(RAVINE, points) == Outcome("left the map", 3)
    assert moved(RAVINE, [(0, 0), (12, 0), (11, -3), (11, -3)]).kind == "moving"
    assert moved(RAVINE, [(12, 0), (13, 0), (13, 0)]) == Outcome("left the map", 0)
    np.testing.assert_array_equal(
        RAVINE.contains([[-11, -11.1, 0, 11, 0], [3, 0, -3.1, -3, 3.1]]), [True, False, False, True, False]
    )
    assert RAVINE.contains((0, 0)).shape == ()
    assert RAVINE.diagonal == pytest.approx(math.hypot(22, 6))


@pytest.mark.parametrize(
    ("points", "row"),
    [
        ([(0, 0), (12, 0), (1e7, 0), (0, 0)], 1),
        ([(0, 0), (12, 0), (math.nan, 0), (0, 0)], 1),
        ([(0, 0), (1e7, 0), (0, 0), (0, 0)], 1),
        ([(1e7, 0), (0, 0), (0, 0)], 0),
        ([(0, 0), (0, 0), (12, 0)], None),
    ],
)
def test_whether_a_run_had_left_is_asked_up_to_the_row_at_which_it_diverged(points, row):
    assert ends.left(along(RAVINE, points), RAVINE) == row


# At rest, or not.


def test_a_bounce_is_an_oscillation_and_no_minimum():
    found = ended(optimizers.sgd(lr=0.2), RAVINE, ENTRY)
    assert (found.kind, found.amplitude, found.place) == ("oscillating", pytest.approx(1.5, rel=1e-9), None)
    small = ended(optimizers.sgd(lr=0.2), RAVINE, (0, 0.1))
    assert (small.kind, small.amplitude) == ("oscillating", pytest.approx(0.1))
    assert small.place == (0, 0)
    # What nobody can see on the map is rest, unless it grows.
    edge = math.hypot(22, 6) / 2000
    assert ended(optimizers.sgd(lr=0.2), RAVINE, (0, 0.99 * edge)) == Outcome("minimum", place=(0, 0))
    assert ended(optimizers.sgd(lr=0.2), RAVINE, (0, 1.01 * edge)).kind == "oscillating"
    assert ended(optimizers.sgd(lr=0.2), RAVINE, (0, 0.99 * edge), 15) == Outcome("near a minimum", place=(0, 0))
    assert ended(optimizers.sgd(lr=0.2), RAVINE, (0, 1.01 * edge), 15).kind == "oscillating"
    assert ended(optimizers.sgd(lr=0.202), RAVINE, (0, 1e-6)) == Outcome("near a minimum", place=(0, 0))


def test_rest_is_to_stay_for_ten_thousand_more_steps():
    # Along a line of minima nothing pulls back: a thousandth of the diagonal is the room for all of them.
    valley = surfaces.quadratic(a=0)
    pace = math.hypot(22, 6) / 1000 / 10_000
    creeping = {share: [(-7 + share * pace * i, 0) for i in range(41)] for share in (0.99995, 1.00005)}
    assert moved(valley, creeping[0.99995]).kind == "minimum"
    assert moved(valley, creeping[1.00005]).kind != "minimum"


@pytest.mark.parametrize("growth", [1.0005, 1.002])
def test_steps_that_grow_are_taken_to_grow_on(growth):
    # By so much from each five steps to the next five, two thousand times.
    ahead = sum(growth**i for i in range(1, 2001))
    pace = math.hypot(22, 6) / 1000 / (5 * growth * ahead)
    for share, kind in (0.999, "minimum"), (1.001, "near a minimum"):
        steps = share * pace * np.repeat([1.0] * 7 + [growth], 5)
        points = [(1 + x, 0) for x in np.cumsum([0, *steps])]
        assert moved(surfaces.quadratic(a=0), points).kind == kind


@pytest.mark.parametrize(("share", "kind"), [(0.6, "minimum"), (1.6, "near a minimum")])
def test_growth_within_rounding_is_none(share, kind):
    # Four units in the last place of the largest place along the axis, 5e-6, for each of ten steps; however far along
    # the other one the run is.
    y = [5e-6 * (-1) ** i for i in range(41)]
    y[-1] += share * 4 * np.finfo(float).eps * 5e-6 * 10
    assert moved(surfaces.quadratic(a=0), [(-7, one) for one in y]).kind == kind


@pytest.mark.parametrize(
    ("place", "kind", "poised"), [((5, 1.5), "at rest", "creeping"), ((1e-6, 0), "minimum", "near a minimum")]
)
def test_rest_may_end_in_an_oscillation_five_of_the_longest_steps_wide(place, kind, poised):
    way = math.hypot(22, 6) / 100 / 5
    rising = [1.0] * 41
    rising[-1] = 1.001
    for share, found in (0.99, kind), (1.01, poised):
        assert moved(RAVINE, [(place[0] - share * way, place[1]), *[place] * 41], rising).kind == found


@pytest.mark.parametrize(
    ("place", "rise", "kind"),
    [
        ((5, 1.5), -2e-6, "at rest"),
        ((5, 1.5), -5e-7, "creeping"),
        # To 2 over the curvature 10 it doubles within 10,000 steps where it grows by 1.32e-3 in 19.
        ((1e-6, 0), 1.28e-3, "minimum"),
        ((1e-6, 0), 1.36e-3, "near a minimum"),
    ],
)
def test_an_effective_learning_rate_rises_over_the_last_quarter(place, rise, kind):
    points = [(place[0] - 0.2, place[1]), *[place] * 81]
    for early in 0.5, 2.0:
        # Eighty-one rows: judged is from the twentieth row from the end to the last.
        rates = 0.1 * np.array([early] * 61 + [1.0] * 19 + [1 + rise])
        assert moved(RAVINE, points, rates).kind == kind


@pytest.mark.parametrize("steps", [40, 60, 80, 200])
def test_a_schedule_that_comes_back_may_end_rest(steps):
    """RMSProp's rate per unit of its schedule has grown while the triangle fell to 0: the next one throws it off."""
    rising = schedules.triangular(low=0)
    run = optim.trace(optimizers.rmsprop(lr=0.1), surfaces.himmelblau, (-4, 4), steps + 3000, schedule=rising)
    assert np.ptp(run["x"][steps:], axis=0).max() > 0.1
    begun = {name: rows[: steps + 1] for name, rows in run.items()}
    assert outcome(surfaces.himmelblau, begun, rising).kind == "near a minimum"
    slow = optim.trace(optimizers.sgd(lr=0.01), surfaces.himmelblau, (-4, 4), 200, schedule=rising)
    assert outcome(surfaces.himmelblau, slow, rising).kind == "minimum"


@pytest.mark.parametrize(
    ("beyond", "edge", "further"),
    [
        # How far Newton's step is: to a minimum from where the learning rate is 0, and to a cusp.
        (lambda x: resting(BOWL, (x, 0)), (0.05, "minimum"), "at rest"),
        (lambda x: resting(surfaces.ackley(), (x, 0)), (0.01 * math.hypot(10, 10), "minimum"), "at rest"),
        # How far there is still to go; how far the run came over its last quarter; and how far it bounces.
        (lambda x: moved(BOWL, [(x, 0)] * 30), (0.005, "minimum"), "near a minimum"),
        (lambda x: moved(BOWL, [*[(1e-6, x)] * 21, *[(1e-6, 0)] * 10]), (0.005, "minimum"), "near a minimum"),
        (lambda x: moved(BOWL, [(0, 1), *[(x, 1)] * 10]), (0.05, "creeping"), "moving"),
        (lambda x: moved(BOWL, [(x, 0), *[(1e-9, 0)] * 10]), (0.05, "near a minimum"), "creeping"),
        (lambda x: moved(BOWL, [(x * (-1) ** i, 0) for i in range(11)]), (0.0025, "near a minimum"), "oscillating"),
        # The longest step, before a rest that is held in balance.
        (lambda x: moved(BOWL, [(-x, 1), *[(0, 1)] * 40]), (0.01, "at rest"), "creeping"),
    ],
)
def test_a_bound_itself_is_within(beyond, edge, further):
    value, kind = edge
    assert beyond(value).kind == kind
    assert beyond(np.nextafter(value, 1)).kind == further


def test_a_run_that_stands_still_away_from_the_minimum_is_not_in_it():
    bowl = _on_a_small_map(lambda p: ((p[0] - 0.02) ** 2 + p[1] ** 2, (2 * (p[0] - 0.02), 2 * p[1])))
    assert moved(bowl, [(0, 0)] * 30) == Outcome("near a minimum", place=pytest.approx((0.02, 0)))


@pytest.mark.parametrize(("still", "kind"), [(100, "moving"), (101, "minimum")])
def test_a_long_run_is_judged_by_its_last_quarter(still, kind):
    points = [(0, 2 * (-1) ** i) for i in range(401 - still)] + [(0, 1e-9 * (-1) ** i) for i in range(still)]
    assert moved(RAVINE, points).kind == kind


def test_rest_takes_more_than_twenty_rows():
    close = [(0.0, 1e-6 * 0.5**i) for i in range(22)]
    assert moved(RAVINE, close[:21]).kind == "near a minimum"
    assert moved(RAVINE, close).kind == "minimum"


def test_a_run_that_creeps_to_a_cusp_has_as_far_to_go_as_the_cusp_is():
    def function(p):
        x, y = p[0] - 1, p[1] - 0.5
        r = np.sqrt(x * x + y * y)
        return r, (x / r, y / r)

    cusp = replace(_on_a_small_map(function), minima=((1.0, 0.5),))
    for far, kind in (0.9, "minimum"), (1.1, "near a minimum"):
        distance = far * math.hypot(3, 4) / 1000
        path = [(1 + distance + 1e-9 * 0.9**i, 0.5) for i in range(42)]
        assert moved(cusp, path).kind == kind


def test_a_run_that_turns_once_does_not_oscillate():
    there_and_back = [(x, 0) for x in (0, 1, 2, 3, 4, 5, 4, 3, 2, 1, 0)]
    assert moved(RAVINE, there_and_back) == Outcome("moving")
    again = [(x, 0) for x in (0, 2, 4, 2, 0, 2, 4, 2, 0, 2, 4)]
    assert moved(RAVINE, again).kind == "oscillating"
    twice = [(x, 0) for x in (0, 2, 4, 6, 4, 2, 0, 2, 4, 6, 8)]
    assert moved(RAVINE, twice) == Outcome("oscillating", amplitude=4)
    pausing = [(x, 0) for x in (0, 2, 3, 3, 5, 6, 6, 7, 7, 9, 10)]
    assert moved(RAVINE, pausing) == Outcome("moving")


def test_an_oscillation_keeps_half_its_width_from_one_half_of_its_steps_to_the_other():
    # The first five points of eleven span a width of 1 + q, the last six q⁵ times as much.
    for q, kind in (0.5**0.2 + 1e-3, "oscillating"), (0.5**0.2 - 1e-3, "moving"):
        found = moved(RAVINE, [(0, (-q) ** i) for i in range(11)])
        assert found == Outcome(kind, amplitude=pytest.approx((1 + q) / 2) if kind == "oscillating" else None)
    halved = [(x, 0) for x in (0, 4, 0, 4, 0, 1, 3, 1, 3, 1, 3)]
    assert moved(RAVINE, halved) == Outcome("oscillating", amplitude=2)


def test_a_short_run_is_judged_by_its_last_ten_steps():
    way, bounces = [(-10 + i / 2, 1.5) for i in range(12)], [(0, 0.005 * (-1) ** i) for i in range(12)]
    assert moved(RAVINE, [*way, *bounces]).kind == "minimum"
    assert moved(RAVINE, [*way, *bounces[:10]]).kind != "minimum"


def test_a_run_of_up_to_twenty_steps_rests_only_where_it_does_not_move():
    # RAdam divides by √v̂ from its sixth step on, and leaves a plateau on which its first steps were tiny.
    radam, plateau = optimizers.radam(lr=0.05), surfaces.softplus_plateau
    assert not outcome(plateau, run(radam, plateau, (2.5, 1.5), 2)).at_rest
    assert np.ptp(run(radam, plateau, (2.5, 1.5), 300)["x"], axis=0).max() > 1
    assert outcome(RAVINE, run(optimizers.sgd(lr=0.1), RAVINE, (0.0, 0.0), 1)).at_rest


def test_where_a_gradient_has_long_been_0_adam_is_at_rest_however_its_rate_rises():
    adam, valley = optimizers.adam(lr=0.05), surfaces.rosenbrock(b=0)
    trace = run(adam, valley, (-1.2, 1), 2000)
    assert not trace["g"][-500:].any()
    assert trace["step"][-1].any()
    assert outcome(valley, trace) == Outcome("minimum", place=(1, 1))
    # An average of past gradients that a rate outruns may yet move it.
    growing = trace | {"step": np.vstack([trace["step"][:1500], 1e-30 * 1.01 ** np.arange(501)[:, None] * [1, 0]])}
    assert not outcome(valley, growing).at_rest


def test_a_verdict_does_not_hang_on_which_step_of_a_bounce_is_the_last():
    found = [ended(optimizers.lion(lr=100), RAVINE, ENTRY, steps) for steps in range(50, 54)]
    assert found == [Outcome("oscillating", amplitude=100)] * 4
    slow = [
        ended(optimizers.momentum(lr=1e-4, beta=0.9999), surfaces.quadratic(a=1, b=1), (-5, 0.5), n)
        for n in range(1500, 2500, 50)
    ]
    assert {end.kind for end in slow} == {"oscillating", "moving"}
    assert min(end.amplitude for end in slow if end.amplitude) > 4


def test_what_weight_decay_and_an_old_average_hold_in_balance_is_not_at_rest():
    lion = optimizers.lion(lr=2.8, beta1=0.955, beta2=0.998, weight_decay=0.4)
    trace = run(lion, surfaces.softplus_plateau, (-1.2, 0.0), 3000)
    early = {name: value[:51] for name, value in trace.items()}
    assert not early["x"][20:].std(axis=0).any()
    assert not outcome(surfaces.softplus_plateau, early).at_rest
    assert np.ptp(trace["x"][51:], axis=0).max() > 1


def test_what_moves_a_run_is_asked_of_its_last_row():
    still = run(optimizers.sgd(lr=0), RAVINE, ENTRY, 12)  # so short that only a step of 0 is rest
    for rows, at_rest in (slice(None, -1), True), (slice(-1, None), False):
        g = np.zeros_like(still["g"])
        g[rows] = still["g"][rows]
        assert outcome(RAVINE, still | {"g": g, "effective_lr": np.ones_like(g)}).at_rest == at_rest


def test_rmsprop_before_its_spike_is_in_no_minimum():
    for steps in range(40, 70):
        found = ended(optimizers.rmsprop(lr=0.4, beta=0.9), RAVINE, ENTRY, steps)
        assert found.kind in ("moving", "oscillating", "creeping", "near a minimum")


def test_without_a_learning_rate_a_run_is_at_rest():
    assert ended(optimizers.sgd(lr=0), RAVINE, ENTRY) == Outcome("at rest")
    assert ended(optimizers.adam(lr=0), RAVINE, ENTRY) == Outcome("at rest")
    # A schedule that has come to 0 by the last row, and one that has all but come to it.
    assert ended(optimizers.sgd(lr=0.1), RAVINE, ENTRY, 50, schedule=schedules.linear(total=50)) == Outcome("at rest")
    dying = schedules.exponential(gamma=0.5)
    assert ended(optimizers.adam(lr=1.0), RAVINE, ENTRY, 80, schedule=dying) == Outcome("at rest")
    # A factor of 0 that is one of a cycle, of one of two runs: the other's learning rate is not 0 at that row.
    cycles = schedules.triangular(low=0.0, half=[25, 30])
    assert cycles.at(51).tolist() == [0.0, pytest.approx(1 / 3)]
    many = run(optimizers.sgd(lr=0.01), RAVINE, ENTRY, 50, schedule=cycles)
    assert [one.kind for one in outcome(RAVINE, many, cycles)] == ["creeping", "creeping"]
    assert [one.kind for one in outcome(RAVINE, many)] == ["at rest", "creeping"]


@pytest.mark.parametrize(
    ("optimizer", "surface", "start", "steps", "place"),
    [
        (optimizers.sgd(lr=0.1), RAVINE, ENTRY, 700, (0, 0)),
        (optimizers.momentum(lr=0.02), RAVINE, ENTRY, 300, (0, 0)),
        (optimizers.sgd(lr=0.1), surfaces.quadratic(a=0), ENTRY, 150, (-10, 0)),
        (optimizers.sgd(lr=0.1), surfaces.rosenbrock(b=0), (-1.2, 1), 400, (1, 1)),
        (optimizers.adam(lr=0.01), surfaces.himmelblau, None, 1000, (3, 2)),
        (optimizers.adagrad(lr=0.4), surfaces.himmelblau, None, 300, (3, 2)),
    ],
)
def test_a_run_that_has_arrived_is_in_the_minimum(optimizer, surface, start, steps, place):
    assert ended(optimizer, surface, start, steps) == Outcome("minimum", place=pytest.approx(place, abs=1e-9))


def test_on_its_way_it_is_moving_and_close_by_it_is_near():
    assert ended(optimizers.sgd(lr=0.1), RAVINE, ENTRY, 50) == Outcome("moving")
    assert ended(optimizers.sgd(lr=0.1), RAVINE, ENTRY, 300) == Outcome("near a minimum", place=(0, 0))
    # Adam's rate rises while its gradients vanish: from 1e-23 it comes back to 0.3, more than a hundredth of the map.
    trace = run(optimizers.adam(lr=0.4), RAVINE, ENTRY, 9000)
    early = {name: value[:1001] for name, value in trace.items()}
    assert outcome(RAVINE, early) == Outcome("near a minimum", place=(0, 0))
    assert np.abs(early["x"][-1]).max() < 1e-20
    assert np.abs(trace["x"][1001:]).max() > ends.NEAR * RAVINE.diagonal


def test_stuck_on_a_saddle_is_another_thing_than_passing_it():
    sgd = optimizers.sgd(lr=0.1)
    assert ended(sgd, surfaces.saddle, (1, 0), 300) == Outcome("saddle", place=(0, 0))
    # y = 1e-12 · 1.1ᵏ is still 2e-6, but it grows.
    assert ended(sgd, surfaces.saddle, (1, 1e-12), 150) == Outcome("near a saddle", place=(0, 0))
    assert ended(sgd, surfaces.saddle, (0, 1), 2).kind == "moving"


def test_a_slope_that_is_all_but_level_is_flat_while_it_takes_ages_and_crept_along_while_not():
    assert ended(optimizers.sgd(lr=0.01), surfaces.gaussian_wells, steps=150) == Outcome("flat")
    # About 2e-6 a step: in 10,000 of them more than a thousandth of the map.
    assert ended(optimizers.sgd(lr=30.0), surfaces.gaussian_wells, steps=300) == Outcome("creeping")


@pytest.mark.parametrize(
    ("optimizer", "surface", "start", "kinds"),
    [
        (optimizers.sgd(lr=[[0.1, 0.2, 0.201], [1.0, 0.0, 1e-3]]), RAVINE, ENTRY, 6),
        (optimizers.adam(lr=[0.1, 3.0]), surfaces.two_pits, np.full((2, 1, 1), [[[0.3]], [[1.2]]]), 2),
        (optimizers.sgd(lr=0.3), surfaces.quadratic(a=0.2, b=[1.0, 10.0]), [[[-10.0], [0.0]], [[1.5], [0.0]]], 2),
        (optimizers.sgd(lr=np.empty((0, 2))), RAVINE, ENTRY, 0),
    ],
)
def test_of_many_runs_each_is_judged_as_if_alone(optimizer, surface, start, kinds):
    many = run(optimizer, surface, start, 200)
    shape = many["f"].shape[1:]
    found, steps = outcome(surface, many), (ends.diverged(many), ends.left(many, surface))
    assert {one.shape for one in (found, *steps)} == {shape}
    for i in np.ndindex(shape):
        alone = {name: rows[..., *i].copy() for name, rows in many.items()}
        own = {name: np.broadcast_to(v, shape)[i] for name, v in surface.values.items()}
        assert found[i] == outcome(surface(**own), alone)
        for step, single in zip(steps, (ends.diverged(alone), ends.left(alone, surface)), strict=True):
            assert step[i] == single if single is not None else np.isnan(step[i])
            assert single is None or type(single) is int
    assert len({one.kind for one in found.flat}) == kinds


def test_what_cannot_be_judged_is_named():
    one, valleys = run(optimizers.sgd(lr=0.1), RAVINE, ENTRY, 30), surfaces.quadratic(b=[1.0, 10.0])
    with pytest.raises(TypeError, match=r"^surface = \{.*: it must be one of kind Surface, such as surfaces\.beale"):
        outcome(one, RAVINE)
    with pytest.raises(ValueError, match=r"is \(2,\); it must broadcast to the runs', \(\)\.$"):
        outcome(valleys, one)
    with pytest.raises(TypeError, match=r"^schedule = 0\.5: it must be one of kind Schedule, such as"):
        outcome(RAVINE, one, 0.5)
    with pytest.raises(ValueError, match=r"^schedule: .* is \(2,\); it must broadcast to the runs', \(\)\.$"):
        outcome(RAVINE, one, schedules.linear(total=[10, 20]))
    for judged in ends.minima, lambda s: ends.distance_to_minimum(s, (1.0, 1.0)):
        with pytest.raises(ValueError, match=r"^surface: quadratic\(b=.*\) is many, \(2,\); the minima asked for"):
            judged(valleys)


def test_a_single_step_and_none():
    assert ended(optimizers.sgd(lr=0.1), RAVINE, ENTRY, 1).kind == "moving"
    assert ended(optimizers.sgd(lr=0.1), RAVINE, ENTRY, 0).kind == "moving"
    assert ended(optimizers.sgd(lr=1e-4), RAVINE, ENTRY, 0).kind == "creeping"
    assert ended(optimizers.sgd(lr=0.1), RAVINE, (0, 0), 0) == Outcome("minimum", place=(0, 0))


def test_an_oscillation_that_dies_is_none():
    heavy = ended(optimizers.sgd(lr=0.17), RAVINE, (0, 2.5), 12)
    assert heavy.kind == "moving"  # 0.7ᵏ
    light = ended(optimizers.sgd(lr=0.199), RAVINE, (0, 2.5), 12)
    assert (light.kind, light.amplitude) == ("oscillating", pytest.approx(2.5 * 0.99**3 * (1 + 0.99) / 2))


# The verdict against the run's future.

MORE, LENGTHS, RUNS = 10_000, (20, 50, 150, 400, 1000), 4
KEPT = ("x", "f", "g", "step", "effective_lr")


@pytest.mark.slow
@pytest.mark.parametrize("label", ["Bounded saddle", "Two pits", "Soft-plus plateau"])
def test_a_run_at_rest_stays_there_for_ten_thousand_more_steps(label):
    surface, random = SURFACES[label], np.random.default_rng(list(label.encode()))
    rested = 0
    for optimizer in OPTIMIZERS.values():
        start = np.stack([random.uniform(*span, RUNS) for span in (surface.x_range, surface.y_range)])
        start[1, :2] = 0.0  # half of them on the axis of symmetry
        for lr, entry in zip(10 ** random.uniform(-3, 0.5, RUNS), start.T, strict=True):
            trace = run(optimizer(lr=lr), surface, entry, LENGTHS[-1] + MORE)
            for steps in LENGTHS:
                found = outcome(surface, {name: trace[name][: steps + 1] for name in KEPT})
                if found.at_rest:
                    later = trace["x"][steps : steps + MORE + 1]
                    away = np.hypot(*(later - trace["x"][steps]).T).max()
                    assert away <= ends.NEAR * surface.diagonal, (optimizer.label, steps, entry, found)
                    rested += 1
                if found.place is not None:
                    assert np.hypot(*(trace["x"][steps] - found.place)) <= 1.01 * ends.NEAR * surface.diagonal
    assert rested > 10


# Where the minima are.


PARAMETERS = {
    "Soft-plus plateau": [{"k": 1.0}, {"k": 20.0}],
    "Saturated neuron": [{"s": 0.5}, {"s": 4.0}],
    "Tanh step": [{"k": 1.0}, {"k": 10.0}, {"k": 1000.0}],
    "Quadratic": [{"a": 0.0}, {"a": 0.0, "b": 0.0}],
    "Rosenbrock": [{"b": 0.0}, {"b": 1000.0}],
}


@pytest.mark.parametrize("label", SURFACES)
def test_every_listed_minimum_is_found_and_each_one_found_is_a_minimum(label):
    for values in [{}, *PARAMETERS.get(label, [])]:
        surface = SURFACES[label](**values)
        found = minima(surface)
        for x, y in surface.minima:
            assert any(np.hypot(m.x - x, m.y - y) < 1e-6 for m in found), values
        for m in found:
            f, g = surface.at((m.x, m.y))
            assert f == m.f
            assert np.hypot(*g) < 1e-9
            around = np.reshape((m.x, m.y), (2, 1)) + 1e-4 * np.stack([np.cos(np.arange(8)), np.sin(np.arange(8))])
            assert (surface.at(around)[0] >= f).all()
            assert surface.contains((m.x, m.y))
        assert [m.f for m in found] == pytest.approx(sorted(m.f for m in found), abs=1e-9)


def test_how_many_minima_there_are():
    counts = {"Gaussian wells": 3, "Soft-plus plateau": 1, "Saturated neuron": 1, "Tanh step": 0, "Two pits": 2,
              "Himmelblau": 4, "Six-hump camel": 6, "Styblinski–Tang": 4, "Rastrigin": 121, "Ackley": 121,
              "Saddle": 0, "Monkey saddle": 0, "Bounded saddle": 2, "Sine saddle": 2}  # fmt: skip
    assert {label: len(minima(SURFACES[label])) for label in counts} == counts
    small = minima(surfaces.two_pits)[1]
    assert (small.x, small.y, small.f) == pytest.approx((0.905318, 0, -1.092732), abs=1e-6)
    cusp = minima(surfaces.ackley)[0]
    assert (cusp.x, cusp.y) == (0, 0)


def test_from_each_of_64_by_64_points_newtons_steps_are_at_most_a_twentieth_of_the_map():
    seen = []

    def function(p):
        x, y = p
        if p.shape == (2, 64 * 64) and not np.iscomplexobj(p):
            seen.append(p)
        return (x * x + x * y + y * y) / 1e3, ((2 * x + y) / 1e3, (x + 2 * y) / 1e3)

    assert minima(_on_a_small_map(function)) == (pytest.approx((0, 0, 0), abs=1e-15),)
    middles = [low + width * (np.arange(64) + 0.5) / 64 for low, width in ((-1, 3), (-2, 4))]
    np.testing.assert_allclose(seen[0], np.reshape(np.meshgrid(*middles), (2, -1)), rtol=1e-14)
    # On this bowl all steps lead straight to the minimum.
    for i, p in enumerate(seen):
        left = np.maximum(1 - i * 5 / 20 / np.hypot(*seen[0]), 0)
        np.testing.assert_allclose(p, left * seen[0], atol=1e-14)
    assert 10 < len(seen) < 15, "at most 2√2 in steps of a quarter"


def test_a_slope_without_a_minimum_is_searched_for_sixty_steps():
    seen = []

    def function(p):
        if p.shape == (2, 64 * 64) and not np.iscomplexobj(p):
            seen.append(p)
        e = np.exp(-100 * p[0])
        return e + p[1] ** 2, (-100 * e, 2 * p[1])

    # Down an exponential each Newton step is a hundredth long.
    assert minima(_on_a_small_map(function)) == ()
    assert len(seen) == 60


def test_a_top_has_no_minimum_however_gentle():
    top = _on_a_small_map(lambda p: (-(p[0] ** 2 + p[1] ** 2) / 20, (-p[0] / 10, -p[1] / 10)))
    assert minima(top) == ()


@pytest.mark.parametrize(("tilt", "first"), [(2e-10, -1), (2e-9, 1)])
def test_minima_whose_values_agree_to_nine_decimals_are_in_order_of_x(tilt, first):
    def function(p):
        x, y = p
        return (x * x - 1) ** 2 + y * y - tilt * x, (4 * x * (x * x - 1) - tilt, 2 * y)

    assert [round(m.x) for m in minima(_on_a_small_map(function))] == [first, -first]


def test_the_distance_is_to_the_nearest_minimum():
    assert distance_to_minimum(surfaces.quadratic, (3, 4)) == 5
    points = np.array([[-1.5, 4.7, 0.0], [1.0, 0.0, 0.0]])
    far = distance_to_minimum(surfaces.sine_saddle, points)
    expected = [math.hypot(math.pi / 2 - 1.5, 1), 3 * math.pi / 2 - 4.7, math.pi / 2]
    np.testing.assert_allclose(far, expected, rtol=1e-12)
    assert distance_to_minimum(surfaces.tanh_step, (0, 0)) is None


def test_a_bowl_that_rounding_flattens_is_no_plane_of_minima():
    # f is -log 2 / k everywhere, but for its last digit; its gradient is x / 2.
    bowl = surfaces.softplus_plateau(k=1e-300)
    assert distance_to_minimum(bowl, (0.3, -0.4)) == 0.5
    assert resting(bowl, (0.3, -0.4)).kind != "minimum"


def test_the_distance_to_a_line_of_minima_is_across_it():
    x = np.array([[-7.0, 3.0], [0.0, -2.0]])
    np.testing.assert_allclose(distance_to_minimum(surfaces.quadratic(a=0), x), [0, 2])
    np.testing.assert_allclose(distance_to_minimum(surfaces.quadratic(b=0), x), [7, 3])
    np.testing.assert_allclose(distance_to_minimum(surfaces.quadratic(a=0, b=0), x), [0, 0])
    np.testing.assert_allclose(distance_to_minimum(surfaces.rosenbrock(b=0), x), [8, 2])
    assert distance_to_minimum(surfaces.ackley, (0.3, 0.4)) == pytest.approx(0.5)
    arrived = run(optimizers.sgd(lr=0.1), surfaces.quadratic(a=0), ENTRY, 150)["x"][-1]
    assert distance_to_minimum(surfaces.quadratic(a=0), arrived) < 1e-28
