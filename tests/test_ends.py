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


def ended(*args, **more):
    return outcome(args[1], run(*args, **more))


def resting(surface, point):
    """The outcome of a run that has no learning rate."""
    return ended(optimizers.sgd(lr=0), surface, point, 12)


def moved(surface, points):
    """The outcome of a run along these points: the last is the one that its next step leads to."""
    x = np.array(points, dtype=float)
    f, g = surface.at(x[:-1].T)
    trace = {"x": x[:-1], "f": f, "g": g.T, "step": np.diff(x, axis=0), "effective_lr": np.ones_like(x[:-1])}
    return outcome(surface, trace)


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
    assert resting(sloping(0.99 * edge), (0, 0)).kind == "flat"
    assert resting(sloping(1.01 * edge), (0, 0)).kind == "at rest"


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
    assert ended(optimizers.sgd(lr=0.202), RAVINE, (0, 1e-6)) == Outcome("near a minimum", place=(0, 0))


def test_rest_is_to_stay_for_ten_thousand_more_steps():
    # Along a line of minima nothing pulls back: a thousandth of the diagonal is the room for all of them.
    valley = surfaces.quadratic(a=0)
    pace = math.hypot(22, 6) / 1000 / 10_000
    creeping = {share: [(-7 + share * pace * i, 0) for i in range(41)] for share in (0.95, 1.05)}
    assert moved(valley, creeping[0.95]).kind == "minimum"
    assert moved(valley, creeping[1.05]).kind != "minimum"


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


def test_what_weight_decay_and_an_old_average_hold_in_balance_is_not_at_rest():
    lion = optimizers.lion(lr=2.8, beta1=0.955, beta2=0.998, weight_decay=0.4)
    trace = run(lion, surfaces.softplus_plateau, (-1.2, 0.0), 3000)
    early = {name: value[:51] for name, value in trace.items()}
    assert not early["x"][20:].std(axis=0).any()
    assert not outcome(surfaces.softplus_plateau, early).at_rest
    assert np.ptp(trace["x"][51:], axis=0).max() > 1


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


def test_a_single_step_and_none():
    assert ended(optimizers.sgd(lr=0.1), RAVINE, ENTRY, 1).kind == "moving"
    assert ended(optimizers.sgd(lr=0.1), RAVINE, ENTRY, 0).kind == "moving"
    assert ended(optimizers.sgd(lr=1e-4), RAVINE, ENTRY, 0).kind == "creeping"
    assert ended(optimizers.sgd(lr=0.1), RAVINE, (0, 0), 0) == Outcome("minimum", place=(0, 0))


def test_an_oscillation_that_dies_is_none():
    heavy = ended(optimizers.sgd(lr=0.17), RAVINE, (0, 2.5), 12)
    assert heavy.kind == "moving"  # 0.7ᵏ
    light = ended(optimizers.sgd(lr=0.199), RAVINE, (0, 2.5), 12)
    assert (light.kind, light.amplitude) == ("oscillating", pytest.approx(2.5 * 0.99**10, rel=0.05))


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
        configured = optimizer(lr=10 ** random.uniform(-3, 0.5, RUNS))
        trace = run(configured, surface, start, LENGTHS[-1] + MORE)
        for steps, i in itertools.product(LENGTHS, range(RUNS)):
            found = outcome(surface, {name: trace[name][: steps + 1, ..., i] for name in KEPT})
            if found.at_rest:
                later = trace["x"][steps : steps + MORE + 1, :, i]
                away = np.hypot(*(later - trace["x"][steps, :, i]).T).max()
                assert away <= ends.NEAR * surface.diagonal, (optimizer.label, steps, start[:, i], found)
                rested += 1
            if found.place is not None:
                assert np.hypot(*(trace["x"][steps, :, i] - found.place)) <= 1.01 * ends.NEAR * surface.diagonal
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


def test_the_distance_is_to_the_nearest_minimum():
    assert distance_to_minimum(surfaces.quadratic, (3, 4)) == 5
    points = np.array([[-1.5, 4.7, 0.0], [1.0, 0.0, 0.0]])
    far = distance_to_minimum(surfaces.sine_saddle, points)
    expected = [math.hypot(math.pi / 2 - 1.5, 1), 3 * math.pi / 2 - 4.7, math.pi / 2]
    np.testing.assert_allclose(far, expected, rtol=1e-12)
    assert distance_to_minimum(surfaces.tanh_step, (0, 0)) is None


def test_the_distance_to_a_line_of_minima_is_across_it():
    x = np.array([[-7.0, 3.0], [0.0, -2.0]])
    np.testing.assert_allclose(distance_to_minimum(surfaces.quadratic(a=0), x), [0, 2])
    np.testing.assert_allclose(distance_to_minimum(surfaces.quadratic(b=0), x), [7, 3])
    np.testing.assert_allclose(distance_to_minimum(surfaces.quadratic(a=0, b=0), x), [0, 0])
    np.testing.assert_allclose(distance_to_minimum(surfaces.rosenbrock(b=0), x), [8, 2])
    assert distance_to_minimum(surfaces.ackley, (0.3, 0.4)) == pytest.approx(0.5)
    arrived = run(optimizers.sgd(lr=0.1), surfaces.quadratic(a=0), ENTRY, 150)["x"][-1]
    assert distance_to_minimum(surfaces.quadratic(a=0), arrived) < 1e-28
