"""Closed forms against runs, on both sides of every edge, and against published numbers."""

import math

import numpy as np
import pytest

import optim
from optim import optimizers, surfaces, theory

LAMBDAS = np.array([0.01, 0.5, 1.0, 7.0])


def _far(optimizer, lam, steps):
    """|x| after so many steps from x = 1 on curvature λ."""
    return np.abs(optim.sweep(optimizer, surfaces.quadratic(a=lam, b=1), (1.0, 0.0), steps)["x"][0])


# Gradient descent on a quadratic.


def test_gradient_descent_is_a_power():
    for lam in LAMBDAS:
        for lr in np.array([0.1, 0.9, 1.0, 1.7]) / lam:
            x = optim.trace(optimizers.sgd(lr=lr), surfaces.quadratic(a=lam), (3.0, 0.0), 40)["x"][:, 0]
            np.testing.assert_allclose(x, 3 * (1 - lr * lam) ** np.arange(41), rtol=1e-11, atol=1e-15)
            ratio = theory.gd_rate(lr, lam)
            np.testing.assert_allclose(np.abs(x), 3 * ratio ** np.arange(41), rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("lam", LAMBDAS)
def test_gradient_descent_is_stable_just_inside_the_edge_only(lam):
    lr = np.array([-1e-3, 1e-3, 2 - 1e-3, 2 + 1e-3]) / lam
    np.testing.assert_array_equal(theory.gd_stable(lr, lam), [False, True, True, False])
    np.testing.assert_array_equal(theory.gd_rate(lr, lam) < 1, theory.gd_stable(lr, lam))
    far = _far(optimizers.sgd(lr=lr[1:]), lam, 5000)
    np.testing.assert_array_equal(far < 1, [True, True, False])
    assert far[2] > 100
    assert not theory.gd_stable(0, lam)
    assert not theory.gd_stable(2 / lam, lam)


def test_the_best_gradient_descent():
    lr, rate = theory.best_gd(0.01, 1.0)
    assert (lr, rate) == (pytest.approx(1.980198, abs=5e-7), pytest.approx(0.980198, abs=5e-7))
    lams = np.array([0.01, 0.1, 1.0])
    assert theory.gd_rate(lr, lams).max() == pytest.approx(rate, rel=1e-14)
    for other in (0.99 * lr, 1.01 * lr):
        assert theory.gd_rate(other, lams).max() > rate
    assert _far(optimizers.sgd(lr=lr), lams, 300).max() == pytest.approx(rate**300, rel=1e-9)
    kappa = np.array([1.0, 10.0, 1e4])
    np.testing.assert_allclose(theory.best_gd(2.0, 2 * kappa)[1], (kappa - 1) / (kappa + 1), rtol=1e-15)


# Heavy ball on a quadratic.


def _companion(lr, beta, lam):
    """The spectral radius of one step of (x, v), by NumPy's eigenvalues."""
    step = np.array([[1 - lr * lam, -lr * beta], [lam, beta]])
    return np.abs(np.linalg.eigvals(step)).max()


@pytest.mark.parametrize("beta", [0.0, 0.3, 0.9, 0.99])
@pytest.mark.parametrize("speed", [1e-4, 0.01, 0.5, 1.0, 1.9, 2.5, 3.9, 5.0])
def test_the_rate_of_heavy_ball_is_the_spectral_radius(beta, speed):
    for lam in LAMBDAS:
        assert theory.heavy_ball_rate(speed / lam, beta, lam) == pytest.approx(
            _companion(speed / lam, beta, lam), rel=1e-9
        )


def test_where_the_roots_are_complex_the_rate_is_the_root_of_beta():
    np.testing.assert_allclose(theory.heavy_ball_rate(1.0, 0.81, np.array([0.02, 0.5, 1.0, 3.0])), 0.9, rtol=1e-15)
    # x_{k+1}² - x_k x_{k+2} then shrinks by the product of the roots, β, at every step.
    x = optim.trace(optimizers.momentum(lr=0.1, beta=0.81), surfaces.quadratic(a=1), (1.0, 0.0), 60)["x"][:, 0]
    swing = x[1:-1] ** 2 - x[:-2] * x[2:]
    np.testing.assert_allclose(swing[1:] / swing[:-1], 0.81, rtol=1e-9)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.99])
def test_heavy_ball_is_stable_just_inside_the_edge_only(beta):
    edge = theory.heavy_ball_stable_lr(LAMBDAS, beta)
    np.testing.assert_allclose(edge, (2 + 2 * beta) / LAMBDAS, rtol=1e-15)
    inside, outside = (1 - 1e-3) * edge, (1 + 1e-3) * edge
    assert (_far(optimizers.momentum(lr=inside, beta=beta), LAMBDAS, 4500) < 1e-3).all()
    assert not (_far(optimizers.momentum(lr=outside, beta=beta), LAMBDAS, 4500) < 1e3).any()
    assert (theory.heavy_ball_rate(inside, beta, LAMBDAS) < 1).all()
    assert (theory.heavy_ball_rate(outside, beta, LAMBDAS) > 1).all()


def test_the_best_heavy_ball():
    lr, beta, rate = theory.best_heavy_ball(0.01, 1.0)
    assert lr == pytest.approx(3.305785, abs=5e-7)
    assert beta == pytest.approx(0.669421, abs=5e-7)
    assert rate == pytest.approx(0.818182, abs=5e-7)
    lams = np.array([0.01, 0.1, 1.0])
    # The roots repeat at the optimum, where rounding moves them by its own square root.
    np.testing.assert_allclose(theory.heavy_ball_rate(lr, beta, lams).max(), rate, rtol=1e-7)
    for nudge in (0.99, 1.01):
        assert theory.heavy_ball_rate(nudge * lr, beta, lams).max() > rate * (1 + 1e-4)
        assert theory.heavy_ball_rate(lr, nudge * beta, lams).max() > rate * (1 + 1e-4)
    # k s^k: the run falls by rate^100 in 100 steps, but for the factor (k + 200) / (k + 100).
    far = [_far(optimizers.momentum(lr=lr, beta=beta), lams, k).max() for k in (200, 300)]
    assert (far[1] / far[0]) ** (1 / 100) == pytest.approx(rate, rel=0.01)
    assert theory.best_heavy_ball(1.0, 1.0) == (1.0, 0.0, 0.0)


# Leaving a strict saddle.


def _escape(optimizer, gamma, y0, radius, steps=3000):
    return optim.sweep(
        optimizer, surfaces.saddle(gamma=gamma), (1.0, y0), steps, event=lambda row: np.abs(row["x"][1]) >= radius
    )["hit"]


def test_published_growth_on_a_strict_saddle():
    assert theory.gd_growth(0.01, 1.0) == 1.01
    assert theory.heavy_ball_growth(0.01, 0.9, 1.0) == pytest.approx(1.064659, abs=5e-7)
    assert theory.nesterov_growth(0.01, 0.9, 1.0) == pytest.approx(1.067390, abs=5e-7)


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
    assert _escape(optimizer(lr=0.01), 1.0, 1e-4, 1.0) == steps


def test_published_escape_times_are_those_of_the_closed_forms():
    assert theory.gd_escape_steps(0.01, 1.0, 1e-4) == 926
    assert theory.heavy_ball_escape_steps(0.01, 0.9, 1.0, 1e-4) == 152
    assert theory.nesterov_escape_steps(0.01, 0.9, 1.0, 1e-4) == 146


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
        (optimizers.momentum, theory.heavy_ball_growth, theory.heavy_ball_escape_steps),
        (optimizers.nesterov, theory.nesterov_growth, theory.nesterov_escape_steps),
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
    np.testing.assert_array_equal(found, theory.gd_escape_steps(lr, gamma, y0, radius))
    np.testing.assert_array_equal(found, np.ceil(np.log(radius / np.abs(y0)) / np.log(theory.gd_growth(lr, gamma))))


@pytest.mark.parametrize(
    ("optimizer", "distance"),
    [(optimizers.momentum, theory.heavy_ball_distance), (optimizers.nesterov, theory.nesterov_distance)],
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
    for distance in (theory.heavy_ball_distance, theory.nesterov_distance):
        np.testing.assert_array_equal(distance(2000, 100.0, 0.9, 100.0, np.array([0.0, 1e-4])), [0.0, np.inf])
        np.testing.assert_allclose(distance(np.array([0, 7]), 0.0, 0.9, 1.0, 0.3), [0.3, 0.3], rtol=1e-14)
        assert distance(0, 0.3, 0.5, 2.0, 0.7) == pytest.approx(0.7, rel=1e-15)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.99])
def test_nesterov_is_stable_just_inside_the_edge_only(beta):
    edge = theory.nesterov_stable_lr(LAMBDAS, beta)
    inside, outside = (1 - 1e-3) * edge, (1 + 1e-3) * edge
    assert (_far(optimizers.nesterov(lr=inside, beta=beta), LAMBDAS, 4500) < 1e-3).all()
    assert not (_far(optimizers.nesterov(lr=outside, beta=beta), LAMBDAS, 4500) < 1e3).any()
    assert theory.nesterov_stable_lr(4.0, 0.0) == 0.5


def test_nothing_escapes_from_the_line_itself_and_who_is_outside_is_there_at_once():
    for escape in (theory.heavy_ball_escape_steps, theory.nesterov_escape_steps):
        np.testing.assert_array_equal(escape(0.1, 0.9, 1.0, np.array([0.0, 1.0, -2.0])), [np.inf, 0, 0])
        np.testing.assert_array_equal(escape(0.0, 0.9, 1.0, np.array([0.5, 1.0])), [np.inf, 0])
        # So flat that A is about 1/2, and y1 is far from A s.
        assert escape(1e-6, 0.999999, 1.0, 0.5) > 100
    for optimizer in (optimizers.sgd, optimizers.momentum, optimizers.nesterov, optimizers.adam):
        assert math.isnan(_escape(optimizer(lr=0.1), 1.0, 0.0, 1.0, steps=500))
    assert _escape(optimizers.sgd(lr=0.1), 1.0, 1.0, 1.0) == 0
    assert type(theory.gd_escape_steps(0.01, 1.0, 1e-4)) is np.float64


def test_escape_times_are_exact_where_the_logarithms_are_whole_numbers():
    assert theory.gd_escape_steps(9.0, 1.0, 1.0, radius=1000.0) == 3
    assert theory.gd_escape_steps(9.0, 1.0, 1.0, radius=np.nextafter(1000.0, 2000)) == 4
    assert theory.gd_escape_steps(4.0, 1.0, 1.0, radius=125.0) == 3


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


def test_the_step_bound_of_the_paper_is_the_step_of_one_gradient_after_many_zeros():
    assert theory.adam_step_bound(0.1) == pytest.approx(0.1 * math.sqrt(10))
    assert theory.adam_step_bound(0.1, 0.9, 0.9) == 0.1
    np.testing.assert_allclose(theory.adam_step_bound(1.0, np.array([0.0, 0.9]), 0.99), [10, 1])
    sparse = np.zeros(9000)
    sparse[-1] = 3.0
    step = optim.replay(optimizers.adam(lr=0.1, eps=1e-12), sparse)["step"][-1]
    assert -step == pytest.approx(theory.adam_step_bound(0.1), rel=1e-4)
    # A constant gradient from the first step on stays at lr, and one after many zeros goes beyond the paper's bound.
    steady = optim.replay(optimizers.adam(lr=0.1), np.ones(300))["step"]
    assert np.abs(steady).max() <= 0.1 * (1 + 1e-12)
    late = optim.replay(optimizers.adam(lr=0.1, eps=1e-12), np.repeat([0.0, 1.0], [9000, 20]))["step"]
    assert np.abs(late[-20:]).max() == pytest.approx(0.65685, rel=1e-3)
    assert (np.abs(late) > theory.adam_step_bound(0.1)).sum() == 19


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.5, 0.9), (0.9, 0.85), (0.0, 0.5)])
def test_the_largest_step_is_reached_and_never_passed(beta1, beta2):
    largest = theory.adam_largest_step(0.1, beta1, beta2)
    optimizer = optimizers.adam(lr=0.1, beta1=beta1, beta2=beta2, eps=0)
    growth = beta2 / beta1 if beta1 else 2.0
    wave = growth ** np.arange(-400.0, 1) if beta1 else np.array([1.0])
    steps = np.abs(optim.replay(optimizer, np.concatenate([np.full(9000, 1e-150), wave]))["step"])
    assert steps[-1] == pytest.approx(largest, rel=2e-4)
    random = np.random.default_rng(2).standard_normal((1500, 200)) * np.random.default_rng(3).random((1500, 200)) ** 20
    late = np.abs(optim.replay(optimizer, random)["step"])[1000:]
    assert late.max() < largest


def test_without_room_between_the_betas_there_is_no_largest_step():
    np.testing.assert_array_equal(theory.adam_largest_step(0.1, np.array([0.9, 0.95]), 0.81), [np.inf, np.inf])
    assert theory.adam_largest_step(0.1, 0.0, 0.0) == 0.1
    # (1 - .9)² / (1 - .999) = 10 and 1 - .81 / .999 = .189 / .999
    assert theory.adam_largest_step(0.1) == pytest.approx(0.1 * math.sqrt(10 * 0.999 / 0.189), rel=1e-12)
    growing = np.concatenate([np.zeros(50), 0.8 ** np.arange(600.0)])
    steps = np.abs(optim.replay(optimizers.adam(lr=0.1, beta1=0.95, beta2=0.81, eps=1e-200), growing)["step"])
    assert steps.max() > 1e6


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
    assert theory.gd_rate(lr, lam).shape == theory.gd_stable(lr, lam).shape == (2, 3)
    assert (
        theory.heavy_ball_rate(lr, 0.9, lam).shape == theory.heavy_ball_escape_steps(lr, 0.9, lam, 0.1).shape == (2, 3)
    )
    assert theory.nesterov_escape_steps(lr, 0.9, 1.0, 1e-3, radius=lam).shape == (2, 3)
    assert [part.shape for part in theory.best_heavy_ball(lr, lam)] == [(2, 3)] * 3
    assert theory.adam_largest_step(lr, np.array([0.9, 0.8, 0.7])).shape == (2, 3)
    assert theory.ema_variance_ratio(np.array([0.1, 0.9]), np.array([[1], [2]])).shape == (2, 2)
