"""Closed forms against runs, on both sides of every edge, and against published numbers."""

import inspect
import itertools
import math

import numpy as np
import pytest

import optim
from optim import averages, optimizers, schedules, surfaces, theory
from optim.theory import Recurrence

LAMBDAS = np.array([0.01, 0.5, 1.0, 7.0])


def _far(optimizer, lam, steps):
    """|x| after so many steps from x = 1 on curvature λ."""
    return np.abs(optim.sweep(optimizer, surfaces.quadratic(a=lam, b=1), (1.0, 0.0), steps)["x"][0])


def _gd_rate(lr, lam):
    return Recurrence().rate(lr * lam)


def _gd_stable(lr, lam):
    return (lr * lam > 0) & (lr * lam < Recurrence().edge)


def _heavy_ball_rate(lr, beta, lam):
    return Recurrence.heavy_ball(beta).rate(lr * lam)


def _nesterov_stable_lr(lam, beta):
    return Recurrence.nesterov(beta).edge / lam


def _gd_growth(lr, gamma):
    return Recurrence().growth(-lr * gamma)


def _heavy_ball_growth(lr, beta, gamma):
    return Recurrence.heavy_ball(beta).growth(-lr * gamma)


def _nesterov_growth(lr, beta, gamma):
    return Recurrence.nesterov(beta).growth(-lr * gamma)


def _gd_escape_steps(lr, gamma, y0, radius=1.0):
    return Recurrence().escape_steps(-lr * gamma, y0, radius)


def _heavy_ball_escape_steps(lr, beta, gamma, y0, radius=1.0):
    return Recurrence.heavy_ball(beta).escape_steps(-lr * gamma, y0, radius)


def _nesterov_escape_steps(lr, beta, gamma, y0, radius=1.0):
    return Recurrence.nesterov(beta).escape_steps(-lr * gamma, y0, radius)


def _heavy_ball_distance(k, lr, beta, gamma, y0):
    return Recurrence.heavy_ball(beta).distance(k, -lr * gamma, y0)


def _nesterov_distance(k, lr, beta, gamma, y0):
    return Recurrence.nesterov(beta).distance(k, -lr * gamma, y0)


# Gradient descent on a quadratic.


def test_gradient_descent_is_a_power():
    for lam in LAMBDAS:
        for lr in np.array([0.1, 0.9, 1.0, 1.7]) / lam:
            x = optim.trace(optimizers.sgd(lr=lr), surfaces.quadratic(a=lam), (3.0, 0.0), 40)["x"][:, 0]
            np.testing.assert_allclose(x, 3 * (1 - lr * lam) ** np.arange(41), rtol=1e-11, atol=1e-15)
            ratio = _gd_rate(lr, lam)
            np.testing.assert_allclose(np.abs(x), 3 * ratio ** np.arange(41), rtol=1e-11, atol=1e-15)


def test_gradient_descent_is_stable_just_inside_the_edge_only():
    lr = np.array([-1e-3, 1e-3, 2 - 1e-3, 2 + 1e-3])[:, None] / LAMBDAS
    np.testing.assert_array_equal(_gd_stable(lr, LAMBDAS), np.transpose([[False, True, True, False]] * 4))
    np.testing.assert_array_equal(_gd_rate(lr, LAMBDAS) < 1, _gd_stable(lr, LAMBDAS))
    far = _far(optimizers.sgd(lr=lr[1:]), LAMBDAS, 5000)
    np.testing.assert_array_equal(far < 1, np.transpose([[True, True, False]] * 4))
    assert (far[2] > 100).all()
    assert not _gd_stable(0, LAMBDAS).any()
    assert not _gd_stable(2 / LAMBDAS, LAMBDAS).any()


def test_the_published_best_rate_of_gradient_descent():
    # 2 / (μ + L) and (κ - 1) / (κ + 1), for curvatures from μ = 0.01 to L = 1.
    lr, rate = 2 / 1.01, 0.99 / 1.01
    assert (lr, rate) == (pytest.approx(1.980198, abs=5e-7), pytest.approx(0.980198, abs=5e-7))
    lams = np.array([0.01, 0.1, 1.0])
    assert _gd_rate(lr, lams).max() == pytest.approx(rate, rel=1e-14)
    for other in (0.99 * lr, 1.01 * lr):
        assert _gd_rate(other, lams).max() > rate
    assert _far(optimizers.sgd(lr=lr), lams, 300).max() == pytest.approx(rate**300, rel=1e-9)


# Heavy ball on a quadratic.


def _companion(lr, beta, lam):
    """The spectral radius of one step of (x, v), by NumPy's eigenvalues."""
    step = np.array([[1 - lr * lam, -lr * beta], [lam, beta]])
    return np.abs(np.linalg.eigvals(step)).max()


@pytest.mark.parametrize("beta", [0.0, 0.3, 0.9, 0.99])
@pytest.mark.parametrize("speed", [1e-4, 0.01, 0.5, 1.0, 1.9, 2.5, 3.9, 5.0])
def test_the_rate_of_heavy_ball_is_the_spectral_radius(beta, speed):
    for lam in LAMBDAS:
        assert _heavy_ball_rate(speed / lam, beta, lam) == pytest.approx(_companion(speed / lam, beta, lam), rel=1e-9)


def test_where_the_roots_are_complex_the_rate_is_the_root_of_beta():
    np.testing.assert_allclose(_heavy_ball_rate(1.0, 0.81, np.array([0.02, 0.5, 1.0, 3.0])), 0.9, rtol=1e-15)
    # x_{k+1}² - x_k x_{k+2} then shrinks by the product of the roots, β, at every step.
    x = optim.trace(optimizers.momentum(lr=0.1, beta=0.81), surfaces.quadratic(a=1), (1.0, 0.0), 60)["x"][:, 0]
    swing = x[1:-1] ** 2 - x[:-2] * x[2:]
    np.testing.assert_allclose(swing[1:] / swing[:-1], 0.81, rtol=1e-9)


BETAS = np.array([0.0, 0.5, 0.9, 0.99])[:, None]
INSIDE_AND_OUTSIDE = np.array([1 - 1e-3, 1 + 1e-3])[:, None, None]


def test_heavy_ball_is_stable_just_inside_the_edge_only():
    edge = theory.heavy_ball_stable_lr(LAMBDAS, BETAS)
    np.testing.assert_allclose(edge, (2 + 2 * BETAS) / LAMBDAS, rtol=1e-15)
    lr = INSIDE_AND_OUTSIDE * edge
    inside, outside = _far(optimizers.momentum(lr=lr, beta=BETAS), LAMBDAS, 4500)
    assert (inside < 1e-3).all()
    assert not (outside < 1e3).any()
    inside, outside = _heavy_ball_rate(lr, BETAS, LAMBDAS)
    assert (inside < 1).all()
    assert (outside > 1).all()


def test_the_published_best_rate_of_heavy_ball():
    # (2 / (√μ + √L))², ((√L - √μ) / (√L + √μ))² and the root of that, for the same curvatures.
    lr, beta, rate = (2 / 1.1) ** 2, (0.9 / 1.1) ** 2, 0.9 / 1.1
    assert lr == pytest.approx(3.305785, abs=5e-7)
    assert beta == pytest.approx(0.669421, abs=5e-7)
    assert rate == pytest.approx(0.818182, abs=5e-7)
    lams = np.array([0.01, 0.1, 1.0])
    # The roots repeat at the optimum, where rounding moves them by its own square root.
    np.testing.assert_allclose(_heavy_ball_rate(lr, beta, lams).max(), rate, rtol=1e-7)
    for nudge in (0.99, 1.01):
        assert _heavy_ball_rate(nudge * lr, beta, lams).max() > rate * (1 + 1e-4)
        assert _heavy_ball_rate(lr, nudge * beta, lams).max() > rate * (1 + 1e-4)
    # k s^k: the run falls by rate^100 in 100 steps, but for the factor (k + 200) / (k + 100).
    far = [_far(optimizers.momentum(lr=lr, beta=beta), lams, k).max() for k in (200, 300)]
    assert (far[1] / far[0]) ** (1 / 100) == pytest.approx(rate, rel=0.01)


# Leaving a strict saddle.


def _escape(optimizer, gamma, y0, radius, steps=3000):
    return optim.sweep(
        optimizer, surfaces.saddle(gamma=gamma), (1.0, y0), steps, event=lambda row: np.abs(row["x"][1]) >= radius
    )["hit"]


def test_published_growth_on_a_strict_saddle():
    assert _gd_growth(0.01, 1.0) == 1.01
    assert _heavy_ball_growth(0.01, 0.9, 1.0) == pytest.approx(1.064659, abs=5e-7)
    assert _nesterov_growth(0.01, 0.9, 1.0) == pytest.approx(1.067390, abs=5e-7)


@pytest.mark.parametrize(
    ("optimizer", "steps"),
    [
        (optimizers.sgd, 926),
        (optimizers.momentum(beta=0.9), 152),
        (optimizers.nesterov(beta=0.9), 146),
        (optimizers.adam, 77),
        (optimizers.adam(bias_correction=False), 18),
        (optimizers.rmsprop(beta=0.9), 72),
        (optimizers.adagrad, 1263),
    ],
    ids=repr,
)
def test_published_escape_times(optimizer, steps):
    assert _escape(optimizer(lr=0.01), 1.0, 1e-4, 1.0, steps) == steps


def test_published_escape_times_are_those_of_the_closed_forms():
    assert _gd_escape_steps(0.01, 1.0, 1e-4) == 926
    assert _heavy_ball_escape_steps(0.01, 0.9, 1.0, 1e-4) == 152
    assert _nesterov_escape_steps(0.01, 0.9, 1.0, 1e-4) == 146


CASES = [
    (lr, beta, gamma, y0, radius)
    for lr in (0.02, 0.1, 0.7)
    for beta in (0.0, 0.5, 0.95)
    for gamma in (0.4, 2.0)
    for y0 in (1e-4, -0.03, 0.9)
    for radius in (1.0, 5.0)
]


@pytest.mark.parametrize(
    ("optimizer", "growth", "predicted"),
    [
        (optimizers.momentum, _heavy_ball_growth, _heavy_ball_escape_steps),
        (optimizers.nesterov, _nesterov_growth, _nesterov_escape_steps),
    ],
    ids=["heavy ball", "Nesterov"],
)
def test_escape_times_and_growth_are_the_runs_own(optimizer, growth, predicted):
    lr, beta, gamma, y0, radius = np.array(CASES).T
    start = np.stack([np.ones_like(y0), y0])
    configured = optimizer(lr=lr, beta=beta)
    found = optim.sweep(
        configured, surfaces.saddle(gamma=gamma), start, 3000, event=lambda row: np.abs(row["x"][1]) >= radius
    )["hit"]
    np.testing.assert_array_equal(found, predicted(lr, beta, gamma, y0, radius))
    y = optim.trace(configured, surfaces.saddle(gamma=gamma), start, 400)["x"][:, 1]
    settled = np.isfinite(y[-1]) & (lr * gamma > 0.005)
    assert settled.sum() > 50
    np.testing.assert_allclose((y[400] / y[399])[settled], growth(lr, beta, gamma)[settled], rtol=1e-3)


def test_escape_times_of_gradient_descent_are_its_runs():
    lr, _, gamma, y0, radius = np.array(CASES).T
    start = np.stack([np.ones_like(y0), y0])
    found = optim.sweep(
        optimizers.sgd(lr=lr),
        surfaces.saddle(gamma=gamma),
        start,
        3000,
        event=lambda row: np.abs(row["x"][1]) >= radius,
    )["hit"]
    np.testing.assert_array_equal(found, _gd_escape_steps(lr, gamma, y0, radius))
    np.testing.assert_array_equal(found, np.ceil(np.log(radius / np.abs(y0)) / np.log(_gd_growth(lr, gamma))))


@pytest.mark.parametrize(
    ("optimizer", "distance"),
    [(optimizers.momentum, _heavy_ball_distance), (optimizers.nesterov, _nesterov_distance)],
    ids=["heavy ball", "Nesterov"],
)
@pytest.mark.parametrize("average", [False, True])
def test_the_distance_after_k_steps_is_the_runs_own(optimizer, distance, average):
    lr, beta, gamma, y0, _ = np.array(CASES[::2]).T
    configured = optimizer(lr=lr, beta=beta, average=average)
    y = optim.trace(configured, surfaces.saddle(gamma=gamma), np.stack([np.ones_like(y0), y0]), 200)["x"][:, 1]
    k = np.arange(201)[:, None]
    np.testing.assert_allclose(distance(k, lr * (1 - beta) if average else lr, beta, gamma, y0), y, rtol=1e-9)


def test_the_distance_of_gradient_descent():
    y = optim.trace(optimizers.sgd(lr=0.01), surfaces.saddle, (1.0, -1e-4), 1000)["x"][:, 1]
    np.testing.assert_allclose(theory.gd_distance(np.arange(1001), 0.01, 1.0, -1e-4), y, rtol=1e-9)
    assert theory.gd_distance(925, 0.01, 1.0, 1e-4) < 1 <= theory.gd_distance(926, 0.01, 1.0, 1e-4)
    assert theory.gd_distance(3, 0.5, 2.0, 1.0) == 8


def test_distances_at_the_ends():
    for distance in (_heavy_ball_distance, _nesterov_distance):
        np.testing.assert_array_equal(distance(2000, 100.0, 0.9, 100.0, np.array([0.0, 1e-4])), [0.0, np.inf])
        np.testing.assert_allclose(distance(np.array([0, 7]), 0.0, 0.9, 1.0, 0.3), [0.3, 0.3], rtol=1e-14)
        assert distance(0, 0.3, 0.5, 2.0, 0.7) == pytest.approx(0.7, rel=1e-15)


def test_nesterov_is_stable_just_inside_the_edge_only():
    lr = INSIDE_AND_OUTSIDE * _nesterov_stable_lr(LAMBDAS, BETAS)
    inside, outside = _far(optimizers.nesterov(lr=lr, beta=BETAS), LAMBDAS, 4500)
    assert (inside < 1e-3).all()
    assert not (outside < 1e3).any()
    assert _nesterov_stable_lr(4.0, 0.0) == 0.5


def test_nothing_escapes_from_the_line_itself_and_a_start_outside_has_escaped_at_once():
    for escape in (_heavy_ball_escape_steps, _nesterov_escape_steps):
        np.testing.assert_array_equal(escape(0.1, 0.9, 1.0, np.array([0.0, 1.0, -2.0])), [np.inf, 0, 0])
        np.testing.assert_array_equal(escape(0.0, 0.9, 1.0, np.array([0.5, 1.0])), [np.inf, 0])
        # So flat that A is about 1/2, and y1 is far from A s.
        assert escape(1e-6, 0.999999, 1.0, 0.5) > 100
    for optimizer in (optimizers.sgd, optimizers.momentum, optimizers.nesterov, optimizers.adam):
        assert math.isnan(_escape(optimizer(lr=0.1), 1.0, 0.0, 1.0, steps=500))
    assert _escape(optimizers.sgd(lr=0.1), 1.0, 1.0, 1.0) == 0
    assert type(_gd_escape_steps(0.01, 1.0, 1e-4)) is np.float64


def test_escape_times_are_exact_where_the_logarithms_are_whole_numbers():
    assert _gd_escape_steps(9.0, 1.0, 1.0, radius=1000.0) == 3
    assert _gd_escape_steps(9.0, 1.0, 1.0, radius=np.nextafter(1000.0, 2000)) == 4
    assert _gd_escape_steps(4.0, 1.0, 1.0, radius=125.0) == 3


def test_noise_frees_what_stands_on_the_line():
    freed = optim.sweep(
        optimizers.sgd(lr=0.1), surfaces.saddle, (1.0, 0.0), 500, noise=0.01, event=lambda row: abs(row["x"][1]) > 1
    )
    assert freed["hit"] < 200


# Adam.


def test_the_bias_factor_is_the_uncorrected_step():
    t = np.arange(1, 200)
    for beta1, beta2 in [(0.9, 0.999), (0.5, 0.9), (0.0, 0.99), (0.99, 0.5)]:
        optimizer = optimizers.adam(lr=0.3, beta1=beta1, beta2=beta2, eps=0, bias_correction=False)
        steps = optim.replay(optimizer, np.full(199, -7.0))["step"]
        np.testing.assert_allclose(steps / 0.3, theory.adam_bias_factor(t, beta1, beta2), rtol=1e-11)
    factor = theory.adam_bias_factor(t)
    np.testing.assert_allclose(factor[[0, 1, 4, 9, 19]], [3.1623, 4.2496, 5.7971, 6.5279, 6.2409], rtol=0, atol=5.1e-5)
    assert factor.argmax() + 1 == 12
    assert factor.max() == pytest.approx(6.5685, abs=5.1e-5)


def test_adams_step_after_many_zeros_is_the_bound_of_its_paper_and_goes_beyond_it():
    bound = 0.1 * (1 - 0.9) / math.sqrt(1 - 0.999)
    sparse = np.zeros(9000)
    sparse[-1] = 3.0
    step = optim.replay(optimizers.adam(lr=0.1, eps=1e-12), sparse)["step"][-1]
    assert -step == pytest.approx(bound, rel=1e-4)
    # A constant gradient from the first step on stays at lr, and one after many zeros goes beyond the paper's bound.
    steady = optim.replay(optimizers.adam(lr=0.1), np.ones(300))["step"]
    assert np.abs(steady).max() <= 0.1 * (1 + 1e-12)
    late = np.abs(optim.replay(optimizers.adam(lr=0.1, eps=1e-12), np.repeat([0.0, 1.0], [9000, 200]))["step"][9000:])
    assert late.max() == pytest.approx(0.65685, rel=1e-3)
    np.testing.assert_array_equal(np.flatnonzero(late > bound * (1 + 1e-9)) + 1, np.arange(2, 106))


def test_the_steady_step():
    for g in (1e-10, 1e-8, 1e-3, -5.0):
        step = optim.replay(optimizers.adam(lr=0.3, eps=1e-8), np.full(40, g))["step"][-1]
        assert -step * np.sign(g) == pytest.approx(theory.adam_steady_step(0.3, g), rel=1e-10)
    assert theory.adam_steady_step(0.3, 1e-8) == pytest.approx(0.15)


# Moving averages.


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.98])
def test_weights_window_lag_and_variance_of_an_average(beta):
    n = 1200
    pulse = np.zeros(n)
    pulse[0] = 1
    weights = optim.ema(pulse, beta)
    np.testing.assert_allclose(theory.ema_weight(beta, np.arange(n)), weights, rtol=1e-10, atol=1e-300)
    assert theory.ema_lag(beta) == pytest.approx((weights * np.arange(n)).sum(), rel=1e-8)
    ramp = np.arange(n, dtype=float)
    assert ramp[-1] - optim.ema(ramp, beta)[-1] == pytest.approx(theory.ema_lag(beta), abs=1e-6)
    assert theory.ema_window(beta) == pytest.approx(1 + theory.ema_lag(beta))
    assert theory.ema_variance_ratio(beta) == pytest.approx((weights**2).sum(), rel=1e-10)
    for t in (1, 2, 7, 30):
        corrected = weights[:t] / weights[:t].sum()
        assert theory.ema_variance_ratio(beta, t) == pytest.approx((corrected**2).sum(), rel=1e-10)
    assert theory.ema_variance_ratio(beta, 1) == pytest.approx(1)


def test_at_the_window_a_weight_has_fallen_to_about_one_over_e():
    beta = np.array([0.9, 0.98, 0.999])
    ratio = theory.ema_weight(beta, theory.ema_window(beta)) / theory.ema_weight(beta, 0)
    np.testing.assert_allclose(ratio, [1 / math.e] * 3, rtol=0.06)
    assert ratio[2] == pytest.approx(1 / math.e, rel=1e-3)


def test_the_variance_of_runs():
    noise = np.random.default_rng(4).standard_normal((40, 20_000))
    for beta in (0.5, 0.9):
        measured = optim.ema(noise, beta, bias_correction=True).var(axis=1)
        np.testing.assert_allclose(measured, theory.ema_variance_ratio(beta, np.arange(1, 41)), rtol=0.05)


def test_closed_forms_take_arrays():
    lr, lam = np.array([[0.1], [0.2]]), np.array([1.0, 5.0, 12.0])
    assert _gd_rate(lr, lam).shape == _gd_stable(lr, lam).shape == (2, 3)
    assert _heavy_ball_rate(lr, 0.9, lam).shape == _heavy_ball_escape_steps(lr, 0.9, lam, 0.1).shape == (2, 3)
    assert _nesterov_escape_steps(lr, 0.9, 1.0, 1e-3, radius=lam).shape == (2, 3)
    assert theory.ema_variance_ratio(np.array([0.1, 0.9]), np.array([[1], [2]])).shape == (2, 2)


def _arguments(function):
    return len(inspect.signature(function).parameters)


def _method(make, name):
    return lambda beta, *values: getattr(make(beta), name)(*values)


FORMS = {
    **{name: (form, _arguments(form)) for module in (theory, averages) for name, form in vars(module).items()
       if inspect.isfunction(form) and form.__module__ == module.__name__ and name[0] != "_"
       and name not in ("ema", "sgd_moments")},  # along an axis
    "sgd_moments": (lambda lr, *values: theory.sgd_moments(np.stack([lr, lr]), *values)[1][-1], 4),
    "edge": (lambda *values: Recurrence(*values).edge, 3),
    **{f"{make.__name__} {name}": (_method(make, name), _arguments(method))
       for make in (Recurrence, Recurrence.heavy_ball, Recurrence.nesterov)
       for name, method in vars(Recurrence).items() if inspect.isfunction(method) and name[0] != "_"},
}  # fmt: skip
NUMBERS = (-0.1, 0.0, 1e-310, 0.3, 0.9, 1.0, 2.0, 7.0, 1e200, math.nan)


@pytest.mark.parametrize(("form", "count"), FORMS.values(), ids=FORMS)
def test_a_single_value_is_the_same_as_in_an_array(form, count):
    """To the last bit, and no exception where an array's element is infinite or nan."""
    values = np.random.default_rng(0).choice(NUMBERS, (count, 200))
    with np.errstate(all="ignore"):
        alone = [form(*column) for column in values.T.tolist()]
        np.testing.assert_array_equal(form(*values), alone)


@pytest.mark.parametrize("make", [Recurrence, Recurrence.heavy_ball, Recurrence.nesterov])
def test_rates_and_escapes_at_the_ends_of_the_numbers(make):
    recurrence = make(0.9)
    # In the end total(c) alone counts; where its square would overflow too.
    np.testing.assert_allclose(recurrence.rate(np.array([-1e200, 1e200])), abs(recurrence.total(1e200)), rtol=1e-15)
    assert recurrence.escape_steps(-1e200, 0.1) == 1
    # From where 1 / y0 overflows, until y is 1: the first step outside, and the last one inside.
    steps = recurrence.escape_steps(-0.1, 1e-310)
    assert recurrence.distance(steps - 1, -0.1, 1e-310) < 1 <= recurrence.distance(steps, -0.1, 1e-310)
    assert steps == pytest.approx(310 * math.log(10) / math.log(recurrence.rate(-0.1)), rel=0.01)
    # Beyond 2**53 steps there is no number between two neighbours.
    assert Recurrence().escape_steps(-2.3e-16, 1e-3) == pytest.approx(math.log(1e3) / math.log1p(2.3e-16), rel=0.1)
    for nan in ((math.nan, 0.1), (-0.1, math.nan), (0.0, math.nan), (-0.1, 0.1, math.nan)):
        assert math.isnan(recurrence.escape_steps(*nan))


# One recurrence for all of them.


RECURRENCES = {
    "gradient descent": Recurrence(),
    "heavy ball": Recurrence.heavy_ball(0.9),
    "heavy ball, an average": Recurrence.heavy_ball(0.9, average=True),
    "Nesterov": Recurrence.nesterov(0.8),
    "Nesterov, an average": Recurrence.nesterov(0.8, average=True),
    "quasi-hyperbolic": Recurrence(0.95, 0.3, 0.05),
}
ANY = pytest.mark.parametrize("recurrence", RECURRENCES.values(), ids=RECURRENCES)


def _iterates(recurrence, c, steps):
    """x_0 = 1, x_1, ... by the method itself: a velocity, and a step."""
    x, v, found = 1.0, 0.0, [1.0]
    for _ in range(steps):
        v = recurrence.beta * v + x
        x -= c * (recurrence.gradient * x + recurrence.velocity * v)
        found.append(x)
    return np.array(found)


def test_total_product_and_first_are_those_of_the_papers():
    c = np.array([-2.0, 0.0, 0.3, 5.0])
    gd, heavy, ahead = Recurrence(), Recurrence.heavy_ball(0.9), Recurrence.nesterov(0.8)
    for found, expected in (
        (gd.total(c), 1 - c),
        (gd.product(c), 0 * c),
        (heavy.total(c), 1 + 0.9 - c),
        (heavy.product(c), 0.9 + 0 * c),
        (ahead.total(c), (1 + 0.8) * (1 - c)),
        (ahead.product(c), 0.8 * (1 - c)),
        (ahead.first(c), 1 - 1.8 * c),
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-15)
    for make in (Recurrence.heavy_ball, Recurrence.nesterov):
        for name in ("total", "product", "first"):
            of = getattr(make(0.8, average=True), name), getattr(make(0.8), name)
            np.testing.assert_allclose(of[0](c), of[1](0.2 * c), rtol=1e-14, atol=1e-15)


@ANY
@pytest.mark.parametrize("c", [-1.3, -1e-3, 0.0, 0.2, 1.1])
def test_the_iterates_obey_their_recurrence(recurrence, c):
    x = _iterates(recurrence, c, 40)
    assert x[1] == pytest.approx(recurrence.first(c), rel=1e-14)
    expected = recurrence.total(c) * x[1:-1] - recurrence.product(c) * x[:-2]
    np.testing.assert_allclose(x[2:], expected, rtol=1e-11, atol=1e-12)


@ANY
def test_the_rate_is_the_larger_root(recurrence):
    for c in (-50.0, -1.0, -1e-6, 0.0, 1e-4, 0.05, 0.7, 1.0, 1.5, 4.0, 30.0):
        roots = np.roots([1, -recurrence.total(c), recurrence.product(c)])
        assert recurrence.rate(c) == pytest.approx(np.abs(roots).max(), rel=1e-6)
        assert recurrence.growth(c) == recurrence.rate(c)


@ANY
def test_the_iterates_converge_just_inside_the_edge_only(recurrence):
    edge = recurrence.edge
    for c, stable in ((1e-3 * edge, True), (edge * (1 - 1e-9), True), (edge * (1 + 1e-9), False)):
        assert (recurrence.rate(c) < 1) == stable
    # At the edge itself they swing between two values.
    x = _iterates(recurrence, edge, 3000)
    np.testing.assert_allclose(x[-2:], [-x[-1], x[-1]], rtol=1e-6)
    assert abs(x[-1]) > 0.1


@ANY
def test_distances_and_escapes_are_those_of_the_iterates(recurrence):
    k = np.arange(400)
    for c in (-0.9, -0.05, -1e-3, 0.0):
        x = _iterates(recurrence, c, 399)
        np.testing.assert_allclose(recurrence.distance(k, c, -0.02), -0.02 * x, rtol=1e-9)
        out = 0.02 * x >= 1
        assert recurrence.escape_steps(c, -0.02) == (np.argmax(out) if out.any() else recurrence.escape_steps(c, 0.02))
        assert out.any() or recurrence.escape_steps(c, 0.02) >= 400


@ANY
def test_nothing_is_claimed_of_escapes_from_where_it_is_pulled_back(recurrence):
    np.testing.assert_array_equal(recurrence.escape_steps(np.array([0.3, 0.0]), 0.1), [np.nan, np.inf])
    assert math.isnan(recurrence.distance(3, 0.3, 0.1))
    assert recurrence.distance(3, 0.0, 0.1) == pytest.approx(0.1)


FORMULAS = [
    (Recurrence(), "2"),
    (Recurrence.heavy_ball(0.0), "2"),
    (Recurrence.nesterov(0.0, average=True, symbol="β₁"), "2"),
    (Recurrence.heavy_ball(0.7), "2(1 + β)"),
    (Recurrence.heavy_ball(0.7, symbol="μ"), "2(1 + μ)"),
    (Recurrence.heavy_ball(0.7, True, "β₁"), "2(1 + β₁)/(1 − β₁)"),
    (Recurrence.nesterov(0.7), "2(1 + β)/(1 + 2β)"),
    (Recurrence.nesterov(0.7, True, "β₁"), "2(1 + β₁)/((1 − β₁)(1 + 2β₁))"),
]


@pytest.mark.parametrize(("recurrence", "formula"), FORMULAS, ids=[formula for _, formula in FORMULAS])
def test_the_edge_is_what_its_formula_says(recurrence, formula):
    assert recurrence.edge_formula == formula
    assert recurrence.edge == pytest.approx(_evaluated(formula, {"β₁": 0.7, "β": 0.7, "μ": 0.7}), rel=1e-14)


def _evaluated(formula, values):
    for symbol, value in values.items():
        formula = formula.replace(symbol, f"({value})")
    return eval(formula.replace("−", "-").replace(")(", ")*(").replace("2(", "2*("))


# What each optimizer obeys: with D = -step / effective rate, D_t = β D_{t-1} + (a + b) g_t - β a g_{t-1}, read off
# the recurrence as β = product(0), a + b = total(0) - total(1), β a = product(0) - product(1).

OBEYING = [
    optimizers.sgd,
    optimizers.momentum(beta=0.7),
    optimizers.momentum(beta=0.7, average=True),
    optimizers.nesterov(beta=0.7),
    optimizers.nesterov(beta=0.7, average=True),
    optimizers.adagrad,
    optimizers.rmsprop,
    optimizers.adadelta,
    optimizers.adam,
    optimizers.adam(beta1=0.0),
    optimizers.adam(bias_correction=False, eps_inside=True),
    optimizers.adamw(weight_decay=0.0),
    optimizers.amsgrad(max_of_corrected=True),
    optimizers.adamax,
    optimizers.adabelief,
    optimizers.yogi,
    optimizers.radam,
    optimizers.nadam(momentum_warmup=False),
    optimizers.nadam(momentum_decay=0.0),
    optimizers.nadam(momentum_decay=1.0),
]


@pytest.mark.parametrize("optimizer", OBEYING, ids=repr)
def test_with_its_rates_as_they_are_an_optimizer_obeys_its_recurrence(optimizer):
    gradients = np.random.default_rng(6).standard_normal(1200)
    run, recurrence = optim.replay(optimizer, gradients), optimizer.recurrence
    direction = -run["step"] / run["effective_lr"]
    beta = recurrence.product(0.0)
    now, before = recurrence.total(0.0) - recurrence.total(1.0), beta - recurrence.product(1.0)
    expected = beta * direction[:-1] + now * gradients[1:] - before * gradients[:-1]
    # By then nothing is left of bias corrections and of warm-ups.
    np.testing.assert_allclose(direction[1001:], expected[1000:], rtol=1e-9, atol=1e-9)


def test_rmsprop_adds_up_scaled_gradients():
    # Its velocity has the rates in it: with the same gradient at every step they are all but constant.
    run = optim.replay(optimizers.rmsprop(momentum=0.6, beta=0.5), np.ones(200))
    recurrence = optimizers.rmsprop(momentum=0.6).recurrence
    assert recurrence == Recurrence.heavy_ball(0.6, symbol="μ")
    assert -run["step"][-1] / run["effective_lr"][-1] == pytest.approx(1 / (1 - 0.6))


def test_while_nadam_warms_up_its_edge_rises():
    nadam = optimizers.nadam(momentum_decay=0.01)
    edges = nadam.recurrence_at(np.array([1.0, 100.0, 1000.0, np.inf])).edge
    assert (np.diff(edges) > 0).all()
    assert edges[-1] == pytest.approx(nadam.recurrence.edge)
    assert edges[-1] == pytest.approx(2 * 1.9 / (0.1 * 2.8))
    at = nadam.recurrence_at(500.0)
    mu = 0.9 * (1 - 0.5 * 0.96**5)
    formula = _evaluated(at.edge_formula, {"β₁": 0.9, "μₜ": mu})
    assert at.edge == pytest.approx(formula, rel=1e-3)
    # (1 - μ_t) g + μ_{t+1} m, where m is 1 - β times a velocity.
    fast = optimizers.nadam(momentum_decay=1.0).recurrence_at(3.0)
    assert fast.gradient == pytest.approx(1 - 0.9 * (1 - 0.5 * 0.96**3))
    assert fast.velocity == pytest.approx(0.9 * (1 - 0.5 * 0.96**4) * 0.1)
    gradients = np.random.default_rng(7).standard_normal(502)
    run = optim.replay(nadam, gradients)
    direction = -run["step"] / run["effective_lr"]
    beta = at.product(0.0)
    now, before = at.total(0.0) - at.total(1.0), beta - at.product(1.0)
    expected = beta * direction[498] + now * gradients[499] - before * gradients[498]
    assert direction[499] == pytest.approx(expected, rel=1e-3)


def test_where_no_recurrence_is_known_there_is_none():
    decaying = (optimizers.sgd, optimizers.momentum, optimizers.nesterov, optimizers.rmsprop, optimizers.nadam)
    for optimizer in (
        optimizers.lion,
        optimizers.rprop,
        optimizers.adamw,
        optimizers.momentum(dampening=0.1),
        *(optimizer(weight_decay=[0.0, 0.1]) for optimizer in decaying),
    ):
        assert optimizer.recurrence is None


def test_sgds_moments_are_those_of_many_runs():
    """Both coordinates, a falling learning rate, 4,000 seeds: mean and variance within five standard errors."""
    seeds, steps, sigma = 4000, 30, 0.7
    lr = 0.3 * schedules.inverse_time(decay=0.2).at(np.arange(1, steps + 1))
    curvature, start = np.array([0.5, 4.0]), np.array([3.0, -1.0])
    run = optim.sweep(
        optimizers.sgd(lr=0.3), surfaces.quadratic(a=0.5, b=4.0), start, steps,
        schedule=schedules.inverse_time(decay=0.2), noise=sigma, seed=np.arange(seeds),
    )  # fmt: skip
    mean, variance = theory.sgd_moments(lr[:, None], curvature, start, sigma)
    assert mean.shape == variance.shape == (steps + 1, 2)
    np.testing.assert_array_equal(mean[0], start)
    np.testing.assert_array_equal(variance[0], 0)
    found = run["x"]
    assert (np.abs(found.mean(axis=1) - mean[-1]) <= 5 * np.sqrt(variance[-1] / seeds)).all()
    assert np.abs(found.var(axis=1) / variance[-1] - 1).max() <= 5 * math.sqrt(2 / seeds)


def test_sgds_moments_without_noise_are_gradient_descent():
    run = optim.trace(optimizers.sgd(lr=0.3), surfaces.quadratic(a=0.5, b=4.0), (3.0, -1.0), 20)
    mean, variance = theory.sgd_moments(np.full((20, 1), 0.3), np.array([0.5, 4.0]), np.array([3.0, -1.0]), 0.0)
    np.testing.assert_allclose(mean, run["x"], rtol=1e-12)
    assert not variance.any()
    assert [len(part) for part in theory.sgd_moments(np.empty((0,)), 1.0, 2.0, 1.0)] == [1, 1]
    assert [part.tolist() for part in theory.sgd_moments(np.array([0.5]), 1.0, 2.0, 1.0)] == [[2, 1], [0, 0.25]]


@pytest.mark.parametrize("c", [1e-3, 0.1, 1.0, 1.9])
def test_the_stationary_variance_is_where_the_moments_end(c):
    lam, sigma, lr = 2.5, 0.3, c / 2.5
    kept = theory.sgd_stationary_variance(lr, lam, sigma)
    assert kept == pytest.approx((1 - c) ** 2 * kept + lr**2 * sigma**2, rel=1e-12), "a step leaves it as it is"
    _, variance = theory.sgd_moments(np.full(20_000, lr), lam, 5.0, sigma)
    assert variance[-1] == pytest.approx(kept, rel=1e-9)


def test_the_stationary_variance_of_published_and_extreme_cases():
    # ηλ = 1 jumps to the minimum of each sample: what is left is η²σ².
    assert theory.sgd_stationary_variance(0.5, 2.0, 3.0) == pytest.approx(0.25 * 9)
    # Small η: ησ² / 2λ.
    assert theory.sgd_stationary_variance(1e-9, 2.0, 3.0) == pytest.approx(1e-9 * 9 / 4, rel=1e-8)
    assert theory.sgd_stationary_variance(1e-200, 1e-200, 3.0) == pytest.approx(4.5, rel=1e-15), "though ηλ is 0 here"
    # The edge and beyond, no curvature, a downward one, no step.
    lr, lam = np.array([(1.0, 2.0), (1.5, 2.0), (0.1, 0.0), (0.1, -0.5), (0.0, 2.0), (0.0, 0.0)]).T
    for sigma in (1.0, 0.0):
        np.testing.assert_array_equal(theory.sgd_stationary_variance(lr, lam, sigma), [np.inf] * 4 + [0, 0])


def test_the_noise_of_a_mini_batch_is_that_of_all_of_its_size():
    values = np.array([1.0, -2.0, 4.0, 0.5, 3.0])
    sigma = values.std()
    for size in range(1, 6):
        means = np.array([np.mean(chosen) for chosen in itertools.combinations(values, size)])
        exact = np.sqrt(np.square(means - values.mean()).mean())
        assert theory.batch_noise(sigma, size, 5) == pytest.approx(exact, rel=1e-12, abs=1e-15)
    # Of many examples it is σ / √B.
    assert theory.batch_noise(2.0, 16, 10**9) == pytest.approx(0.5, rel=1e-7)
    assert theory.batch_noise(2.0, 1, 1) == 0
    assert theory.batch_noise(2.0, 1, 2) == 2
    assert theory.batch_noise(2.0, 8, 5) == 0, "a batch of more than all is all"
