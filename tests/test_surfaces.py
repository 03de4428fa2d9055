"""Every surface: its gradient and Hessian by independent methods, and its minima by looking everywhere else."""

import math
import re
from dataclasses import replace
from decimal import Decimal, localcontext

import numpy as np
import pytest

import optim
from optim import SURFACES, optimizers, surfaces, trace
from optim.surfaces import Surface

every_surface = pytest.mark.parametrize("surface", SURFACES.values(), ids=lambda surface: surface.label)


def _points(surface, count=200):
    """Random points of the surface's box."""
    (left, right), (low, high) = surface.x_range, surface.y_range
    rng = np.random.default_rng(8)
    return np.stack([rng.uniform(left, right, count), rng.uniform(low, high, count)])


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


def test_a_hessian_has_all_its_digits():
    x, y = points = _points(surfaces.six_hump_camel)
    (xx, xy), (yx, yy) = surfaces.six_hump_camel.hessian(points)
    np.testing.assert_allclose(xx, 8 - 25.2 * x**2 + 10 * x**4, rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(yy, 48 * y**2 - 8, rtol=1e-14, atol=1e-14)
    assert (xy == 1).all()
    assert (yx == 1).all()


every_reader_of_points = pytest.mark.parametrize("read", [Surface.at, Surface.hessian, Surface.contains])


@every_reader_of_points
@pytest.mark.parametrize("p", [3.0, [1, 2, 3], [[1, 2]], np.ones((1, 2)), math.nan])
def test_points_of_another_shape_are_refused(read, p):
    shape = re.escape(str(np.shape(p)))
    with pytest.raises(ValueError, match=rf"^p: its shape is {shape}; it must be \(2, \*runs\), coordinates first\.$"):
        read(surfaces.beale, p)


@every_reader_of_points
@pytest.mark.parametrize(
    "p",
    [["1", "2"], "12", b"12", [b"1", b"2"], [True, False], [[0.1, True], [0.1, True]], [None, 1], (10**400, 0),
     [[1], [1, 2]], np.array([1, 2], "M8[D]"), np.array([1, 2], "m8[s]"), [1j, 0],
     np.ma.array([0.1, 99.0], mask=[0, 1])],
    ids=repr,
)  # fmt: skip
def test_what_is_no_point_is_refused(read, p):
    with pytest.raises(TypeError, match=r"^p = .*: it must be float64 numbers of shape \(2, \*runs\)\.$"):
        read(surfaces.beale, p)


def test_a_diverged_point_is_a_point_and_a_complex_one_has_a_loss():
    p = np.array([[math.nan, math.inf, 0.5], [1.0, 1.0, -math.inf]])
    with np.errstate(invalid="ignore"):
        assert np.isnan(surfaces.quadratic.at(p)[0][0])
        assert surfaces.quadratic.at(p)[0][1:].tolist() == [math.inf, math.inf]
        assert surfaces.quadratic.hessian(p).shape == (2, 2, 3)
    assert surfaces.quadratic.contains(p).tolist() == [False, False, False]
    assert surfaces.saddle.at(np.array([1j, 0]))[0] == -0.5
    for read in (Surface.hessian, Surface.contains):
        with pytest.raises(TypeError, match=r"^p = array"):
            read(surfaces.saddle, np.array([1j, 0]))


def test_points_that_do_not_broadcast_with_the_surfaces_are_named():
    bowls = surfaces.quadratic(a=[1, 2, 3])
    message = r"^these shapes do not broadcast to one shape of runs: p \(2,\), Quadratic \(3,\)\.$"
    for read in (Surface.at, Surface.hessian):
        with pytest.raises(ValueError, match=message):
            read(bowls, np.ones((2, 2)))


def test_the_facts_of_a_surface_are_tuples_of_floats_however_they_are_given():
    given = replace(
        surfaces.beale,
        x_range=[-4.5, 4.5],
        y_range=np.array([-4.5, 4.5]),
        start=(np.int64(1), 1.5),
        minima=[[3, 0.5]],
        saddles=np.empty((0, 2)),
    )
    assert given == surfaces.beale
    assert hash(given) == hash(surfaces.beale)
    assert all(type(end) is float for end in (*given.x_range, *given.y_range, *given.start, *given.minima[0]))
    assert given.saddles == ()


@pytest.mark.parametrize(
    ("fact", "error", "message"),
    [
        ({"x_range": "ab"}, TypeError, "Bowl: x_range = 'ab': it must be a finite number."),
        ({"start": (1, math.nan)}, ValueError, "Bowl: start = nan: it must be a finite number."),
        ({"start": (1, 2, 3)}, ValueError, "Bowl: start = (1, 2, 3): it must be two numbers."),
        ({"y_range": 3}, ValueError, "Bowl: y_range = 3: it must be two numbers."),
        ({"x_range": (1, -1)}, ValueError, "Bowl: x_range = (1, -1): its first number must be below its second."),
        ({"y_range": (1, 1)}, ValueError, "Bowl: y_range = (1, 1): its first number must be below its second."),
        ({"minima": (0, 0)}, ValueError, "Bowl: minima = (0, 0): it must be points (x, y)."),
        ({"saddles": [(0, 0, 0)]}, ValueError, "Bowl: saddles = [(0, 0, 0)]: it must be points (x, y)."),
        ({"axes": ["x", "y"]}, TypeError, "Bowl: axes = ['x', 'y']: it must be a tuple of two texts."),
        ({"axes": ("x", 1)}, TypeError, "Bowl: axes = ('x', 1): it must be a tuple of two texts."),
    ],
)
def test_a_bad_fact_is_named_and_the_surface_is_not_registered(fact, error, message):
    with pytest.raises(error) as caught:
        optim.surface("Bowl", source="this test", **fact)(lambda p: (p[0] ** 2, (2 * p[0], 0 * p[1])))
    assert str(caught.value) == message
    assert "Bowl" not in SURFACES


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
    (left, right), (low, high) = surface.x_range, surface.y_range
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


def test_the_tanh_step_falls_towards_minus_one_and_never_arrives():
    x = np.linspace(2, -3, 51)
    for k in (1.0, 5.0):
        f, g = surfaces.tanh_step(k=k).at([x, 0 * x])
        assert (np.diff(f) < 0).all()
        assert (g[0] > 0).all()
        assert f[-1] > -1
        assert f[-1] == pytest.approx(-1, abs=0.01)
    assert surfaces.tanh_step.minima == ()


def test_the_saddles():
    origin = ((0, 0),)
    found = {label: surface.saddles for label, surface in SURFACES.items() if surface.saddles}
    assert found == {
        "Saddle": origin,
        "Bounded saddle": origin,
        "Monkey saddle": origin,
        "Sine saddle": ((math.pi / 2, 0),),
    }
    for label, (point,) in found.items():
        surface = SURFACES[label]
        assert np.abs(surface.at(point)[1]).max() < 1e-15
        low, high = np.linalg.eigvalsh(surface.hessian(point))
        if label == "Monkey saddle":
            assert low == high == 0
        else:
            assert low < -0.9
            assert high > 0.9


@every_surface
def test_the_start_and_the_ranges_make_a_picture(surface):
    (left, right), (low, high) = surface.x_range, surface.y_range
    assert left < surface.start[0] < right
    assert low < surface.start[1] < high
    assert np.hypot(*surface.at(surface.start)[1]) > 1e-8, "the start must not stand still"


def _depth(two_variances, distance2=0.0):
    return math.exp(-distance2 / two_variances) / (two_variances * math.pi)


def _softplus(u):
    return math.log1p(math.exp(u))


def _answers(*logits):
    return np.array([1 / (1 + math.exp(-z)) for z in logits])


INPUTS = np.array([-2, -1, 0, 1, 2])
TEACHER = _answers(-3.5, -2, -0.5, 1, 2.5)

# Published values, by hand or from the literature, that pin down the constants of each formula.
KNOWN = [
    (surfaces.quadratic, (-10, 1.5), 0.1 * 100 + 5 * 2.25),
    (surfaces.quadratic(a=3, b=5), (2, 4), 6 + 40),
    (surfaces.saddle, (1, 0.5), 0.5 - 0.125),
    (surfaces.saddle(gamma=4), (3, 1), 4.5 - 2),
    (surfaces.bounded_saddle, (0, math.sqrt(10)), -5),
    (surfaces.bounded_saddle, (2, 1), 4 - 1 + 0.05),
    (surfaces.monkey_saddle, (2, 1), 8 - 6),
    (surfaces.sine_saddle, (-math.pi / 2, 0), -1),
    (surfaces.sine_saddle, (math.pi / 6, 2), 0.5 + 4),
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
    (surfaces.softplus_plateau, (0, 0), -_softplus(4) / 4),
    (surfaces.softplus_plateau, (1, 1), -math.log(2) / 4),
    (surfaces.softplus_plateau, (2, 1), -_softplus(-6) / 4),
    (surfaces.softplus_plateau(k=2), (0, 1), -_softplus(1) / 2),
    (surfaces.saturated_neuron, (1.5, -0.5), 0),
    (surfaces.saturated_neuron, (0, 0), np.mean((0.5 - TEACHER) ** 2)),
    (surfaces.saturated_neuron, (0, math.log(3)), np.mean((0.75 - TEACHER) ** 2)),
    (surfaces.saturated_neuron, (-1000, 0), np.mean((np.array([1, 1, 0.5, 0, 0]) - TEACHER) ** 2)),
    (surfaces.saturated_neuron(s=2), (0, 0), np.mean((0.5 - _answers(-6.5, -3.5, -0.5, 2.5, 5.5)) ** 2)),
    (surfaces.tanh_step, (0, 2), 2),
    (surfaces.tanh_step, (math.log(3) / 10, 1), 0.5 + 0.5),
    (surfaces.tanh_step(k=1), (-math.log(3) / 2, 1), -0.5 + 0.5),
]


@pytest.mark.parametrize(("surface", "point", "value"), KNOWN, ids=lambda value: getattr(value, "label", None))
def test_known_values(surface, point, value):
    assert surface.at(point)[0] == pytest.approx(value, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize(
    ("surface", "point", "gradient"),
    [
        (surfaces.sine_saddle, (math.pi / 3, 0.5), (0.5, 1)),
        (surfaces.softplus_plateau, (1, 1), (0.5, 0.5)),
        (surfaces.softplus_plateau, (0, 1), (0, 1 / (1 + math.exp(-2)))),
        (surfaces.softplus_plateau, (2.5, 1.5), (2.5 / (1 + math.exp(13)), 1.5 / (1 + math.exp(13)))),
        (surfaces.softplus_plateau(k=1), (-4, 2), (-4 / (1 + math.exp(9)), 2 / (1 + math.exp(9)))),
        (surfaces.tanh_step, (math.log(3) / 10, -3), (5 * 0.75, -3)),
        (surfaces.tanh_step(k=1), (-math.log(3) / 2, 2), (0.75, 2)),
        (surfaces.tanh_step, (1.5, 1), (5 / math.cosh(7.5) ** 2, 1)),
    ],
    ids=lambda value: getattr(value, "label", None),
)
def test_known_gradients(surface, point, gradient):
    np.testing.assert_allclose(surface.at(point)[1], gradient, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_the_hessian_where_a_sigmoid_is_half(zero):
    # Of the soft-plus at u = 0: σ I - k σ' p pᵀ.  Of the neuron at w = b = 0: the mean of 2 σ'² (x, 1)(x, 1)ᵀ.
    half = surfaces.softplus_plateau.hessian([1, -1])
    np.testing.assert_allclose(half, [[-0.5, 1], [1, -0.5]], rtol=1e-15)
    np.testing.assert_allclose(surfaces.saturated_neuron.hessian([zero, zero]), [[0.25, 0], [0, 0.125]], atol=1e-16)


@pytest.mark.parametrize(("b", "answer"), [(0, 0.5), (math.log(3), 0.75), (-math.log(3), 0.25)])
def test_the_gradient_of_a_neuron_that_answers_everything_alike(b, answer):
    slopes = 2 * (answer - TEACHER) * answer * (1 - answer)
    _, gradient = surfaces.saturated_neuron.at([0, b])
    np.testing.assert_allclose(gradient, [np.mean(slopes * INPUTS), np.mean(slopes)], rtol=1e-12)


def _sigma(z):
    return 1 / (1 + (-z).exp())


def _softplus_plateau(x, y, k):
    slope = _sigma(k * (1 - (x * x + y * y) / 2))
    return slope * x, slope * y


def _saturated_neuron(w, b, s):
    inputs = [i * s for i in range(-2, 3)]
    answers = [_sigma(w * x + b) for x in inputs]
    teacher = [_sigma(3 * x / 2 - Decimal("0.5")) for x in inputs]
    slopes = [2 * (a - t) * a * (1 - a) for a, t in zip(answers, teacher, strict=True)]
    return sum(g * x for g, x in zip(slopes, inputs, strict=True)) / 5, sum(slopes) / 5


def _tanh_step(x, y, k):
    return 4 * k * _sigma(2 * k * x) * _sigma(-2 * k * x), y


@pytest.mark.slow
@pytest.mark.parametrize(
    ("surface", "exact", "values"),
    [
        (surfaces.softplus_plateau, _softplus_plateau, (1.0, 4.0, 20.0)),
        (surfaces.saturated_neuron, _saturated_neuron, (0.5, 1.0, 4.0)),
        (surfaces.tanh_step, _tanh_step, (1.0, 5.0, 10.0)),
    ],
    ids=lambda value: getattr(value, "label", None),
)
def test_a_plateaus_gradient_has_all_its_digits_however_flat_it_is(surface, exact, values):
    (name,) = surface.hyperparameters
    points = np.concatenate([_points(surface, 40), 3 * _points(surface, 40)], axis=1)
    flattest = 1.0
    for value in values:
        _, gradient = surface(**{name: value}).at(points)
        for point, found in zip(points.T.tolist(), gradient.T, strict=True):
            with localcontext(prec=400):
                expected = np.array([float(g) for g in exact(*map(Decimal, point), Decimal(value))])
            if np.abs(expected).min() > 1e-300:
                np.testing.assert_allclose(found, expected, rtol=1e-12)
                flattest = min(flattest, np.abs(expected).min())
    assert flattest < 1e-40


def test_the_teacher_is_the_minimum_whatever_the_inputs():
    spreads = np.array([0.5, 1.0, 3.0, 10.0])
    surface = surfaces.saturated_neuron(s=spreads)
    f, g = surface.at([1.5, -0.5])
    np.testing.assert_array_equal(f, np.zeros(4))
    np.testing.assert_array_equal(g, np.zeros((2, 4)))
    assert (np.linalg.eigvalsh(np.moveaxis(surface.hessian([1.5, -0.5]), -1, 0)) > 0).all()
    for w, b in ((1.5, 0.5), (-1.5, -0.5), (1.4, -0.5), (1.5, -0.6)):
        assert (surface.at([w, b])[0] > 0).all()


def test_a_neuron_that_is_almost_right_has_an_accurate_error():
    # f = mean of (σ' Δb)² for a small Δb, and σ' = σ (1 - σ).
    f, _ = surfaces.saturated_neuron.at([1.5, -0.5 + 2.0**-40])
    assert f == pytest.approx(np.mean((TEACHER * (1 - TEACHER)) ** 2) * 4.0**-40, rel=1e-11)


@pytest.mark.parametrize(
    ("surface", "left", "adam", "sgd"),
    [
        (surfaces.softplus_plateau, lambda row: row["f"] < -0.5, 31, 13896),
        (surfaces.saturated_neuron, lambda row: row["f"] < 0.01, 106, 16292),
        (surfaces.tanh_step, lambda row: row["x"][0] < 0, 32, 16352),
    ],
    ids=lambda value: getattr(value, "label", None),
)
def test_from_a_plateaus_start_adam_leaves_soon_and_gradient_descent_late(surface, left, adam, sgd):
    for optimizer, steps, expected in (
        (optimizers.adam(lr=0.05), 200, adam),
        (optimizers.sgd(lr=0.05), 1000, None),
        (optimizers.sgd(lr=1.0), 17_000, pytest.approx(sgd, rel=1e-3)),
    ):
        run = trace(optimizer, surface, steps=steps)
        held = left({"x": run["x"].T, "f": run["f"]})
        assert (np.argmax(held) if held.any() else None) == expected


@every_surface
def test_nothing_overflows_on_the_map_or_far_off_it(surface):
    variants = [surface]
    for name, hyperparameter in surface.hyperparameters.items():
        variants += [surface(**{name: end}) for end in hyperparameter.slider]
    far = np.array([[1e6, 1e6, -1e6, -1e6, 0.5], [1e6, -1e6, 1e6, -1e6, -1e6]])
    points = _points(surface)
    for variant in variants:
        for p in (points, 10 * points, far):
            f, g = variant.at(p)
            assert np.isfinite(f).all()
            assert np.isfinite(g).all()
            assert np.isfinite(variant.hessian(p)).all()


def test_the_plain_before_the_wells_is_almost_flat():
    np.testing.assert_allclose(surfaces.gaussian_wells.at([0.75, 1])[1], [4.1e-8, 5.9e-8], rtol=0.02)


def test_a_surface_that_says_nothing_of_its_map_gets_the_unit_square():
    bare = Surface(surfaces.quadratic.function, "Bare", "f", "this test")
    assert (bare.x_range, bare.y_range, bare.start, bare.minima, bare.saddles) == ((-1, 1), (-1, 1), (0, 0), (), ())


def test_ackley_is_0_at_its_cusp_with_a_finite_gradient_and_nowhere_below():
    f, g = surfaces.ackley.at([0.0, 0.0])
    assert (f, *g) == (0, 0, 0)
    near = np.random.default_rng(0).normal(size=(2, 1000)) * 10.0 ** np.random.default_rng(1).uniform(-20, 0, 1000)
    assert surfaces.ackley.at(near)[0].min() >= 0


@every_surface
def test_shapes_follow_the_points(surface):
    grid = np.stack(np.meshgrid(np.linspace(*surface.x_range, 5), np.linspace(*surface.y_range, 4)))
    f, g = surface.at(grid)
    assert f.shape == (4, 5)
    assert g.shape == (2, 4, 5)
    assert f.dtype == g.dtype == np.float64
    one_f, one_g = surface.at(grid[:, 2, 3])
    assert np.shape(one_f) == ()
    assert one_g.shape == (2,)
    np.testing.assert_allclose([one_f, *one_g], [f[2, 3], *g[:, 2, 3]], rtol=1e-15)
    assert surface.at([1, 1])[1].dtype == np.float64, "whole numbers are points too"


TURN = math.sqrt(0.5)


def test_a_turned_ravine_has_its_curvatures_along_the_turned_axes():
    turned = surfaces.quadratic(a=0.2, b=10, angle=30)
    along, across = np.array([math.cos(math.pi / 6), 0.5]), np.array([-0.5, math.cos(math.pi / 6)])
    for axis, curvature in ((along, 0.2), (across, 10.0)):
        f, g = turned.at(3 * axis)
        assert f == pytest.approx(4.5 * curvature, rel=1e-12)
        np.testing.assert_allclose(g, 3 * curvature * axis, atol=1e-12)
        np.testing.assert_allclose(turned.hessian([1, 2]) @ axis, curvature * axis, atol=1e-12)
    f, g = surfaces.quadratic(a=2, b=3, angle=90).at([1, 10])
    assert f == pytest.approx((2 * 100 + 3) / 2)
    np.testing.assert_allclose(g, [3, 20])


def test_not_turned_it_is_bit_by_bit_as_it_was():
    p = np.random.default_rng(5).normal(size=(2, 50)) * 7
    x, y = p
    f, g = surfaces.quadratic(a=0.3, b=11.0).at(p)
    assert f.tobytes() == ((0.3 * x * x + 11.0 * y * y) / 2).tobytes()
    assert g.tobytes() == np.stack([0.3 * x, 11.0 * y]).tobytes()
    several = surfaces.quadratic(a=0.3, b=11.0, angle=[[0.0], [45.0]]).at(p)
    np.testing.assert_array_equal(several[0][0], f)
    np.testing.assert_array_equal(several[1][:, 0], g)


@pytest.mark.parametrize(
    ("optimizer", "straight", "turned"),
    [
        (optimizers.sgd(lr=0.18), 0.2557, 0.2557),
        (optimizers.momentum(lr=0.18, beta=0.5), None, None),
        (optimizers.adam(lr=0.3), 0.0393, 1.990),
        (optimizers.adagrad(lr=2.0), 8.1e-5, 0.783),
    ],
    ids=repr,
)
def test_a_turned_quadratic_changes_adaptive_optimizers_only(optimizer, straight, turned):
    starts = (-10, 1.5), (TURN * (-10 - 1.5), TURN * (-10 + 1.5))
    one, other = (
        trace(optimizer, surfaces.quadratic(angle=angle), start, 50)["f"]
        for angle, start in zip((0, 45), starts, strict=True)
    )
    if straight is None or straight == turned:
        np.testing.assert_allclose(other, one, rtol=1e-10)
    if straight is not None:
        assert (one[-1], other[-1]) == (pytest.approx(straight, rel=1e-2), pytest.approx(turned, rel=1e-3))


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


@pytest.mark.parametrize(
    "surface", [s for s in SURFACES.values() if len(s.hyperparameters) == 1], ids=lambda surface: surface.label
)
def test_one_surface_per_value_is_each_of_them_alone(surface):
    (name,) = surface.hyperparameters
    values = np.array([[0.5, 1.0, 4.0]]).T
    points = _points(surface, 5)
    f, g = surface(**{name: values}).at(points)
    assert f.shape == (3, 5)
    assert g.shape == (2, 3, 5)
    for i, value in enumerate(values[:, 0]):
        alone_f, alone_g = surface(**{name: value}).at(points)
        np.testing.assert_array_equal(f[i], alone_f)
        np.testing.assert_array_equal(g[:, i], alone_g)
    np.testing.assert_array_equal(surface(**{name: values[:, 0]}).at(points[:, 0])[0], f[:, 0])


def test_the_diagonal_of_a_map_is_that_of_its_ranges():
    assert replace(surfaces.beale, x_range=(-1, 2), y_range=(-3, 1)).diagonal == 5
