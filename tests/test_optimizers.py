"""Every optimizer: steps derived by hand, limits in which families meet, and published runs."""

import math
from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from numpy.lib.mixins import NDArrayOperatorsMixin

import optim
from optim import OPTIMIZERS, optimizers, schedules, surfaces

# Steps by hand.  The gradients are always 4, -1, 2, the start 1, the learning rate 1/10; then
#   β = 1/2:  m = 2, 1/2, 5/4       by m/2 + g/2;       divided by 1 - β^t = 1/2, 3/4, 7/8:      4, 2/3, 10/7
#   β = 3/4:  v = 4, 13/4, 55/16    by 3v/4 + g²/4;     divided by 1/4, 7/16, 37/64:             16, 52/7, 220/37
GRADIENTS = (4.0, -1.0, 2.0)
ADAM = {"lr": 0.1, "beta1": 0.5, "beta2": 0.75, "eps": 0.5}
EPS_HAT_STEPS = [-0.1 * 4 / (4 + 1), -0.1 * (2 / 3) / (sqrt(52 / 7) + 2 / sqrt(7)),
                 -0.1 * (10 / 7) / (sqrt(220 / 37) + 4 / sqrt(37))]  # fmt: skip
ADAM_STEPS = [-0.1 * 4 / 4.5, -0.1 * (2 / 3) / (sqrt(52 / 7) + 0.5), -0.1 * (10 / 7) / (sqrt(220 / 37) + 0.5)]


def _decayed_after_each(steps, factor):
    """Where x arrives if it first shrinks by the factor and then takes the step, each time; starting from 1."""
    path = [1.0]
    for step in steps:
        path.append(factor * path[-1] + step)
    return list(np.diff(path))


def _coupled_adam():
    # λ = 1/2 joins the gradient, so that it depends on x: g1 = 4 + 1/2 and m1, v1 = 9/4, 81/16; corrected 9/2, 81/4.
    first = -0.1 * 4.5 / (4.5 + 0.5)  # -9/100, so x = 91/100
    g = -1 + 0.5 * (1 + first)  # -109/200
    m = 9 / 8 + g / 2
    v = 243 / 64 + g * g / 4
    second = -0.1 * (m / 0.75) / (sqrt(v / (7 / 16)) + 0.5)
    g = 2 + 0.5 * (1 + first + second)
    m = m / 2 + g / 2
    v = 3 * v / 4 + g * g / 4
    return [first, second, -0.1 * (m / (7 / 8)) / (sqrt(v / (37 / 64)) + 0.5)]


def _coupled_adagrad():
    # λ = 1/2 joins the gradient: g1 = 9/2, G = 81/4, so x = 1 - .45/5 = .91; g2 = -1 + .455.
    g = 2 + 0.5 * (0.91 + 0.0545 / (sqrt(20.25 + 0.545**2) + 0.5))
    third = -0.1 * g / (sqrt(20.25 + 0.545**2 + g * g) + 0.5)
    return [-0.09, 0.0545 / (sqrt(20.25 + 0.545**2) + 0.5), third]


def _adadelta():
    # ρ = 1/2: E[g²] = 8, 9/2, 17/4.  ε = 1/2.
    first = sqrt(0.5) / sqrt(8.5) * 4  # its square is 16/17, so E[Δ²] = 8/17
    second = -sqrt(8 / 17 + 0.5) / sqrt(5)  # its square is 33/170, so E[Δ²] = 4/17 + 33/340 = 113/340
    third = sqrt(113 / 340 + 0.5) / sqrt(4.75) * 2
    return [-0.1 * first, -0.1 * second, -0.1 * third]


def _nadam(mu1, mu2, mu3, mu4):
    # v̂ as in Adam; m = 2, 1/2, 5/4 looks ahead: (1 - μ_t) g / (1 - μ1...μt) + μ_{t+1} m / (1 - μ1...μ_{t+1}).
    one, two, three = mu1, mu1 * mu2, mu1 * mu2 * mu3
    first = (1 - mu1) * 4 / (1 - one) + mu2 * 2 / (1 - two)
    second = -(1 - mu2) / (1 - two) + mu3 * 0.5 / (1 - three)
    third = (1 - mu3) * 2 / (1 - three) + mu4 * 1.25 / (1 - three * mu4)
    roots = 4, sqrt(52 / 7), sqrt(220 / 37)
    return [-0.1 * ahead / (root + 0.5) for ahead, root in zip((first, second, third), roots, strict=True)]


MU = [0.5 * (1 - 0.5 * 0.96 ** (t * 0.25)) for t in (1, 2, 3, 4)]


NOISY = np.random.default_rng(7).normal(size=(60, 5)) * [1e-3, 0.1, 1, 5, 30]

BY_HAND = [
    (optimizers.sgd(lr=0.1), [-0.4, 0.1, -0.2]),
    # Coupled or decoupled, SGD's decay is the same.
    (optimizers.sgd(lr=0.1, weight_decay=0.5), _decayed_after_each([-0.4, 0.1, -0.2], 0.95)),
    # v = 4, 2 - 1, 1/2 + 2
    (optimizers.momentum(lr=0.1, beta=0.5), [-0.4, -0.1, -0.25]),
    (optimizers.momentum(lr=0.1, beta=0.5, average=True), [-0.2, -0.05, -0.125]),
    # The velocity damped by 1/4: 4, 2 - 3/4, 5/8 + 3/2; as an average 2, 1 - 3/8, 5/16 + 3/4.
    (optimizers.momentum(lr=0.1, beta=0.5, dampening=0.25), [-0.4, -0.125, -0.2125]),
    (optimizers.momentum(lr=0.1, beta=0.5, dampening=0.25, average=True), [-0.2, -0.0625, -0.10625]),
    # Damped wholly, all but the first gradient: 4, 2, 1.
    (optimizers.momentum(lr=0.1, beta=0.5, dampening=1), [-0.4, -0.2, -0.1]),
    (optimizers.momentum(lr=0.1, beta=0.5, lr_in_velocity=True), [-0.4, -0.1, -0.25]),
    (optimizers.momentum(lr=0.1, beta=0.5, lr_in_velocity=True, average=True), [-0.2, -0.05, -0.125]),
    # λ = 1/2: g = 4.5, so x = .55; g = -.725, so v = 2.25 - .725 = 1.525 and x = .3975; g = 2.19875.
    (optimizers.momentum(lr=0.1, beta=0.5, weight_decay=0.5), [-0.45, -0.1525, -0.296125]),
    (optimizers.momentum(lr=0.1, beta=0.5, weight_decay=0.5, decoupled=True),
     _decayed_after_each([-0.4, -0.1, -0.25], 0.95)),
    (optimizers.momentum(lr=0.1, beta=0.5, weight_decay=0.5, lr_in_velocity=True, decoupled=True),
     _decayed_after_each([-0.4, -0.1, -0.25], 0.95)),
    # g + v/2 = 4 + 2, -1 + 1/2, 2 + 5/4
    (optimizers.nesterov(lr=0.1, beta=0.5), [-0.6, 0.05, -0.325]),
    (optimizers.nesterov(lr=0.1, beta=0.5, lr_in_velocity=True), [-0.6, 0.05, -0.325]),
    # g/2 + m/2 = 2 + 1, -1/2 + 1/4, 1 + 5/8
    (optimizers.nesterov(lr=0.1, beta=0.5, average=True), [-0.3, 0.025, -0.1625]),
    (optimizers.nesterov(lr=0.1, beta=0.5, average=True, lr_in_velocity=True), [-0.3, 0.025, -0.1625]),
    # g = 4.5, v = 4.5, g + v/2 = 6.75, x = .325; g = -.8375, v = 1.4125, -.13125, x = .338125; g = 2.1690625,
    # v = 2.8753125, 3.60671875.
    (optimizers.nesterov(lr=0.1, beta=0.5, weight_decay=0.5), [-0.675, 0.013125, -0.360671875]),
    (optimizers.nesterov(lr=0.1, beta=0.5, weight_decay=0.5, decoupled=True),
     _decayed_after_each([-0.6, 0.05, -0.325], 0.95)),
    # G = 16, 17, 21
    (optimizers.adagrad(lr=0.1, eps=0.5), [-0.4 / 4.5, 0.1 / (sqrt(17) + 0.5), -0.2 / (sqrt(21) + 0.5)]),
    (optimizers.adagrad(lr=0.1, eps=0.5, eps_inside=True), [-0.4 / sqrt(16.5), 0.1 / sqrt(17.5), -0.2 / sqrt(21.5)]),
    (optimizers.adagrad(lr=0.1, eps=0, initial=9), [-0.4 / 5, 0.1 / sqrt(26), -0.2 / sqrt(30)]),
    (optimizers.adagrad(lr=0.1, eps=0.5, weight_decay=0.5), _coupled_adagrad()),
    (optimizers.adagrad(lr=0.1, eps=0, initial=9, weight_decay=0.5, decoupled=True),
     _decayed_after_each([-0.4 / 5, 0.1 / sqrt(26), -0.2 / sqrt(30)], 0.95)),
    # The sign turns twice: 1, -, + with s = 1, 1/4, 1/4, and no step where it has just turned.
    (optimizers.rprop(lr=0.1, up=1.5, down=0.25), [-0.1, 0.0, -0.025]),
    (optimizers.rprop(lr=0.1, up=1.5, down=0.25, low=0.5), [-0.1, 0.0, -0.05]),
    (optimizers.rmsprop(lr=0.1, beta=0.75, eps=0.5),
     [-0.4 / 2.5, 0.1 / (sqrt(3.25) + 0.5), -0.2 / (sqrt(55) / 4 + 0.5)]),
    (optimizers.rmsprop(lr=0.1, beta=0.75, eps=0.5, eps_inside=True),
     [-0.4 / sqrt(4.5), 0.1 / sqrt(3.75), -0.2 / sqrt(3.9375)]),
    # The means are 1, 1/2, 7/8, so the variances are 3, 3, 55/16 - 49/64.
    (optimizers.rmsprop(lr=0.1, beta=0.75, eps=0.5, centered=True),
     [-0.4 / (sqrt(3) + 0.5), 0.1 / (sqrt(3) + 0.5), -0.2 / (sqrt(171 / 64) + 0.5)]),
    # b = 8/5, 4/5 - 1 / (√13/2 + 1/2), ...
    (optimizers.rmsprop(lr=0.1, beta=0.75, eps=0.5, momentum=0.5),
     [-0.16, -0.08 + 0.1 / (sqrt(3.25) + 0.5), -0.04 + 0.05 / (sqrt(3.25) + 0.5) - 0.2 / (sqrt(55) / 4 + 0.5)]),
    (optimizers.rmsprop(lr=0.1, beta=0.75, eps=0.5, momentum=0.5, lr_in_velocity=True),
     [-0.16, -0.08 + 0.1 / (sqrt(3.25) + 0.5), -0.04 + 0.05 / (sqrt(3.25) + 0.5) - 0.2 / (sqrt(55) / 4 + 0.5)]),
    (optimizers.rmsprop(lr=0.1, beta=0.75, eps=0.5, weight_decay=0.5, decoupled=True),
     _decayed_after_each([-0.4 / 2.5, 0.1 / (sqrt(3.25) + 0.5), -0.2 / (sqrt(55) / 4 + 0.5)], 0.95)),
    (optimizers.adadelta(lr=0.1, rho=0.5, eps=0.5), _adadelta()),
    (optimizers.adadelta(lr=0.1, rho=0.5, eps=0.5, weight_decay=0.5, decoupled=True),
     _decayed_after_each(_adadelta(), 0.95)),
    (optimizers.adam(**ADAM), ADAM_STEPS),
    (optimizers.adam(**ADAM, eps_inside=True),
     [-0.4 / sqrt(16.5), -0.1 * (2 / 3) / sqrt(52 / 7 + 0.5), -0.1 * (10 / 7) / sqrt(220 / 37 + 0.5)]),
    (optimizers.adam(**ADAM, bias_correction=False),
     [-0.2 / 2.5, -0.05 / (sqrt(3.25) + 0.5), -0.125 / (sqrt(55) / 4 + 0.5)]),
    # ε̂ = 1/2 is added to √v = 2, √13/2, √55/4 and divided with it by 1/2, √7/4, √37/8.
    (optimizers.adam(**ADAM, eps_hat=True), EPS_HAT_STEPS),
    (optimizers.adam(**ADAM, eps_hat=True, eps_inside=True),
     [-0.4 / sqrt(18), -0.1 * (2 / 3) / sqrt(60 / 7), -0.1 * (10 / 7) / sqrt(252 / 37)]),
    (optimizers.adam(**ADAM, eps_hat=True, bias_correction=False),
     [-0.2 / 2.5, -0.05 / (sqrt(3.25) + 0.5), -0.125 / (sqrt(55) / 4 + 0.5)]),
    (optimizers.adam(**ADAM, weight_decay=0.5), _coupled_adam()),
    (optimizers.adam(**ADAM, weight_decay=0.5, decoupled=True), _decayed_after_each(ADAM_STEPS, 0.95)),
    (optimizers.adamw(**ADAM, weight_decay=0.5, eps_hat=True), _decayed_after_each(EPS_HAT_STEPS, 0.95)),
    (optimizers.amsgrad(**ADAM, weight_decay=0.5, decoupled=True),
     _decayed_after_each([-0.4 / 4.5, -0.1 * (2 / 3) / (8 / sqrt(7) + 0.5), -0.1 * (10 / 7) / (16 / sqrt(37) + 0.5)],
                         0.95)),
    (optimizers.amsgrad(**ADAM, eps_hat=True),
     [-0.4 / 5, -0.1 * (2 / 3) / (10 / sqrt(7)), -0.1 * (10 / 7) / (20 / sqrt(37))]),
    (optimizers.adamw(**ADAM, weight_decay=0.5), _decayed_after_each(ADAM_STEPS, 1 - 0.1 * 0.5)),
    (optimizers.adamw(**ADAM, weight_decay=0.5, bias_correction=False, eps_inside=True),
     _decayed_after_each([-0.2 / sqrt(4.5), -0.05 / sqrt(3.75), -0.125 / sqrt(3.9375)], 1 - 0.1 * 0.5)),
    # v stays at its largest, 4, and 4 / (1 - β^t) = 16, 64/7, 256/37; corrected first, the largest is 16 throughout.
    (optimizers.amsgrad(**ADAM),
     [-0.4 / 4.5, -0.1 * (2 / 3) / (8 / sqrt(7) + 0.5), -0.1 * (10 / 7) / (16 / sqrt(37) + 0.5)]),
    (optimizers.amsgrad(**ADAM, max_of_corrected=True), [-0.4 / 4.5, -0.1 * (2 / 3) / 4.5, -0.1 * (10 / 7) / 4.5]),
    (optimizers.amsgrad(**ADAM, bias_correction=False), [-0.2 / 2.5, -0.05 / 2.5, -0.125 / 2.5]),
    (optimizers.amsgrad(**ADAM, bias_correction=False, max_of_corrected=True), [-0.2 / 2.5, -0.05 / 2.5, -0.125 / 2.5]),
    # u = 4.5, max(27/8, 3/2), max(81/32, 5/2)
    (optimizers.adamax(**ADAM), [-0.4 / 4.5, -0.1 * (2 / 3) / 3.375, -0.1 * (10 / 7) / 2.53125]),
    (optimizers.adamax(**ADAM, bias_correction=False), [-0.2 / 4.5, -0.05 / 3.375, -0.125 / 2.53125]),
    # u = 4, max(3, 1), max(9/4, 2), and ε = 1/2 beside it
    (optimizers.adamax(**ADAM, eps_outside=True), [-0.4 / 4.5, -0.1 * (2 / 3) / 3.5, -0.1 * (10 / 7) / 2.75]),
    (optimizers.adamax(**ADAM, weight_decay=0.5, decoupled=True),
     _decayed_after_each([-0.4 / 4.5, -0.1 * (2 / 3) / 3.375, -0.1 * (10 / 7) / 2.53125], 0.95)),
    (optimizers.nadam(**ADAM, weight_decay=0.5, momentum_warmup=False, decoupled=True),
     _decayed_after_each(_nadam(0.5, 0.5, 0.5, 0.5), 0.95)),
    (optimizers.nadam(**ADAM, momentum_decay=0.25), _nadam(*MU)),
    (optimizers.nadam(**ADAM, momentum_warmup=False), _nadam(0.5, 0.5, 0.5, 0.5)),
    # c = m/2 + g/2 = 2, 0, 11/8 with m = 3m/4 + g/4 = 1, 1/2, ... : at c = 0 only the decay moves x.
    (optimizers.lion(lr=0.1, beta1=0.5, beta2=0.75), [-0.1, 0.0, -0.1]),
    (optimizers.lion(lr=0.1, beta1=0.5, beta2=0.75, weight_decay=0.5), _decayed_after_each([-0.1, 0.0, -0.1], 0.95)),
    (optimizers.lion(lr=0.3, beta1=0.5, beta2=0.75, weight_decay=0.7), _decayed_after_each([-0.3, 0.0, -0.3], 0.79)),
    (optimizers.adamw(**ADAM | {"lr": 0.3}, weight_decay=0.7),
     _decayed_after_each([3 * step for step in ADAM_STEPS], 1 - 0.3 * 0.7)),
    # g - m = 2, -3/2, 3/4; s = 1 + 1/2, 9/8 + 9/16 + 1/2, 105/64 + 9/64 + 1/2, corrected by 1/4, 7/16, 37/64.
    (optimizers.adabelief(**ADAM),
     [-0.4 / (sqrt(6) + 0.5), -0.1 * (2 / 3) / (sqrt(5) + 0.5), -0.1 * (10 / 7) / (sqrt(146 / 37) + 0.5)]),
    (optimizers.adabelief(**ADAM, bias_correction=False),
     [-0.2 / (sqrt(1.5) + 0.5), -0.05 / (sqrt(35 / 16) + 0.5), -0.125 / (sqrt(146 / 64) + 0.5)]),
    # v = 3 + 16/4 (it rises to g²), 7 - 1/4, 27/4 - 1
    (optimizers.yogi(**ADAM, initial=3),
     [-0.4 / (sqrt(28) + 0.5), -0.1 * (2 / 3) / (sqrt(108 / 7) + 0.5), -0.1 * (10 / 7) / (sqrt(368 / 37) + 0.5)]),
    (optimizers.yogi(**ADAM, initial=3, bias_correction=False),
     [-0.2 / (sqrt(7) + 0.5), -0.05 / (sqrt(6.75) + 0.5), -0.125 / (sqrt(5.75) + 0.5)]),
]  # fmt: skip


def test_every_optimizer_has_steps_by_hand():
    assert {optimizer.label for optimizer, _ in BY_HAND} | {"RAdam"} == set(OPTIMIZERS)


@pytest.mark.parametrize(("optimizer", "steps"), BY_HAND, ids=repr)
def test_three_steps_by_hand(optimizer, steps):
    run = optim.replay(optimizer, GRADIENTS, start=1.0)
    np.testing.assert_allclose(run["step"], steps, rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(run["x"], np.cumsum([1.0, *steps]), rtol=1e-12)


def test_radam_by_hand():
    # β2 = 4/5: ρ∞ = 9 and ρ_t = 9 - 2t β2^t / (1 - β2^t) = 1, 17/9, 165/61, 1273/369, ... passes 5 at t = 7, where
    # β2^7 = 16384/78125.  So six steps of m̂, then one with the rectified v.
    gradients = np.array([4.0, -1.0, 2.0, 2.0, -4.0, 1.0, 3.0])
    run = optim.replay(optimizers.radam(lr=0.1, beta1=0.5, beta2=0.8, eps=0.5), gradients)
    powers = [Fraction(4, 5) ** t for t in range(1, 8)]
    np.testing.assert_allclose(run["rho_inf"], 9, rtol=1e-12)
    np.testing.assert_allclose(run["rho"][:4], [1, 17 / 9, 165 / 61, 1273 / 369], rtol=1e-12)
    np.testing.assert_allclose(
        run["rho"], [float(9 - 2 * t * p / (1 - p)) for t, p in enumerate(powers, start=1)], rtol=1e-12
    )
    m = np.array([2, 1 / 2, 5 / 4, 13 / 8, -19 / 16, -3 / 32, 93 / 64])
    m_hat = m * [2, 4 / 3, 8 / 7, 16 / 15, 32 / 31, 64 / 63, 128 / 127]
    np.testing.assert_allclose(run["m"], m, rtol=1e-12)
    np.testing.assert_allclose(run["m_hat"], m_hat, rtol=1e-12)
    np.testing.assert_allclose(run["step"][:6], -0.1 * m_hat[:6], rtol=1e-12)
    np.testing.assert_allclose(run["effective_lr"][:6], 0.1, rtol=1e-12)
    squares = gradients**2 / 5
    np.testing.assert_allclose(
        run["v"], [squares[: i + 1] @ 0.8 ** np.arange(i, -1.0, -1) for i in range(7)], rtol=1e-12
    )
    assert (run["r"][:6] == 0).all()
    v = (16 * 0.8**6 + 0.8**5 + 4 * 0.8**4 + 4 * 0.8**3 + 16 * 0.8**2 + 0.8 + 9) / 5
    rho = 326_293 / 61_741
    r = sqrt((rho - 4) * (rho - 2) * 9 / (5 * 7 * rho))
    assert run["r"][6] == pytest.approx(r, rel=1e-12)
    rate = 0.1 * r * sqrt(61_741 / 78_125) / (sqrt(v) + 0.5)
    assert run["effective_lr"][6] == pytest.approx(rate, rel=1e-12)
    assert run["step"][6] == pytest.approx(-rate * m_hat[6], rel=1e-12)


@pytest.mark.parametrize(
    ("beta2", "first"), [(0.999, 6), (0.9, 6), (0.99, 6), (0.67, 16), (0.7, 10), (2 / 3, None), (0.6, None), (0, None)]
)
def test_radam_trusts_v_once_it_averages_five_gradients(beta2, first):
    r = optim.replay(optimizers.radam(beta2=beta2), np.ones(300))["r"]
    assert np.isfinite(r).all()
    assert (np.flatnonzero(r)[0] + 1 if r.any() else None) == first
    if first:
        assert (np.diff(r[first - 1 :]) >= 0).all()
        assert r[-1] <= 1
        assert beta2 > 0.9 or r[-1] == pytest.approx(1)


# What the names mean.


M, M_HAT = [2, 1 / 2, 5 / 4], [4, 2 / 3, 10 / 7]
V, V_HAT = [4, 13 / 4, 55 / 16], [16, 52 / 7, 220 / 37]
ADAM_RATES = [0.1 / 4.5, 0.1 / (sqrt(52 / 7) + 0.5), 0.1 / (sqrt(220 / 37) + 0.5)]
DELTAS = [-10 * step for step in _adadelta()]
B = [1.6, 0.8 - 1 / (sqrt(3.25) + 0.5), 0.4 - 0.5 / (sqrt(3.25) + 0.5) + 2 / (sqrt(55) / 4 + 0.5)]

NAMED = [
    (optimizers.sgd(lr=0.1), {"effective_lr": [0.1] * 3}),
    (optimizers.momentum(lr=0.1, beta=0.5), {"v": [4, 1, 2.5], "effective_lr": [0.1] * 3}),
    (optimizers.momentum(lr=0.1, beta=0.5, average=True), {"v": M, "effective_lr": [0.1] * 3}),
    (optimizers.nesterov(lr=0.1, beta=0.5), {"v": [4, 1, 2.5], "ahead": [6, -0.5, 3.25], "effective_lr": [0.1] * 3}),
    (
        optimizers.nesterov(lr=0.1, beta=0.5, average=True),
        {"v": M, "ahead": [3, -0.25, 1.625], "effective_lr": [0.1] * 3},
    ),
    (
        optimizers.momentum(lr=0.1, beta=0.5, lr_in_velocity=True),
        {"v": [0.4, 0.1, 0.25], "effective_lr": [0.1] * 3},
    ),
    (
        optimizers.nesterov(lr=0.1, beta=0.5, lr_in_velocity=True),
        {"v": [0.4, 0.1, 0.25], "ahead": [0.6, -0.05, 0.325], "effective_lr": [0.1] * 3},
    ),
    (
        optimizers.rprop(lr=0.1, up=1.5, down=0.25),
        {"s": [1, 0.25, 0.25], "d": [1, 0, 1], "effective_lr": [0.1, 0.025, 0.025]},
    ),
    (
        optimizers.adagrad(lr=0.1, eps=0.5, initial=9),
        {"G": [25, 26, 30], "effective_lr": [0.1 / 5.5, 0.1 / (sqrt(26) + 0.5), 0.1 / (sqrt(30) + 0.5)]},
    ),
    (
        optimizers.rmsprop(lr=0.1, beta=0.75, eps=0.5, momentum=0.5),
        {
            "v": V,
            "g_mean": [0, 0, 0],
            "b": B,
            "effective_lr": [0.1 / 2.5, 0.1 / (sqrt(3.25) + 0.5), 0.1 / (sqrt(55) / 4 + 0.5)],
        },
    ),
    (
        optimizers.rmsprop(lr=0.1, beta=0.75, eps=0.5, momentum=0.5, lr_in_velocity=True),
        {
            "v": V,
            "g_mean": [0, 0, 0],
            "b": [b / 10 for b in B],
            "effective_lr": [0.1 / 2.5, 0.1 / (sqrt(3.25) + 0.5), 0.1 / (sqrt(55) / 4 + 0.5)],
        },
    ),
    (
        optimizers.rmsprop(lr=0.1, beta=0.75, eps=0.5, centered=True),
        {
            "v": V,
            "g_mean": [1, 0.5, 0.875],
            "b": [4 / (sqrt(3) + 0.5), -1 / (sqrt(3) + 0.5), 2 / (sqrt(171 / 64) + 0.5)],
            "effective_lr": [0.1 / (sqrt(3) + 0.5)] * 2 + [0.1 / (sqrt(171 / 64) + 0.5)],
        },
    ),
    (
        optimizers.adadelta(lr=0.1, rho=0.5, eps=0.5),
        {
            "E_g2": [8, 4.5, 4.25],
            "E_delta2": [8 / 17, 113 / 340, 113 / 680 + DELTAS[2] ** 2 / 2],
            "delta": DELTAS,
            "effective_lr": [0.1 * delta / g for delta, g in zip(DELTAS, GRADIENTS, strict=True)],
        },
    ),
    (optimizers.adam(**ADAM), {"m": M, "v": V, "m_hat": M_HAT, "v_hat": V_HAT, "effective_lr": ADAM_RATES}),
    (
        optimizers.adam(**ADAM, bias_correction=False, eps_inside=True),
        {
            "m": M,
            "v": V,
            "m_hat": M,
            "v_hat": V,
            "effective_lr": [0.1 / sqrt(4.5), 0.1 / sqrt(3.75), 0.1 / sqrt(3.9375)],
        },
    ),
    (
        optimizers.adamw(**ADAM, weight_decay=0.5),
        {"m": M, "v": V, "m_hat": M_HAT, "v_hat": V_HAT, "effective_lr": ADAM_RATES},
    ),
    (
        optimizers.amsgrad(**ADAM),
        {
            "m": M,
            "v": V,
            "v_max": [4] * 3,
            "m_hat": M_HAT,
            "v_hat": [16, 64 / 7, 256 / 37],
            "effective_lr": [0.1 / 4.5, 0.1 / (8 / sqrt(7) + 0.5), 0.1 / (16 / sqrt(37) + 0.5)],
        },
    ),
    (
        optimizers.amsgrad(**ADAM, max_of_corrected=True),
        {"m": M, "v": V, "v_max": [16] * 3, "m_hat": M_HAT, "v_hat": [16] * 3, "effective_lr": [0.1 / 4.5] * 3},
    ),
    (
        optimizers.adamax(**ADAM),
        {
            "m": M,
            "u": [4.5, 3.375, 2.53125],
            "m_hat": M_HAT,
            "effective_lr": [0.1 / 4.5, 0.1 / 3.375, 0.1 / 2.53125],
        },
    ),
    (
        optimizers.nadam(**ADAM, momentum_warmup=False),
        {
            "m": M,
            "v": V,
            "mu": [0.5] * 3,
            "mu_product": [0.5, 0.25, 0.125],
            "m_hat": [8 / 3, 4 / 7, 4 / 3],
            "v_hat": V_HAT,
            "m_bar": [4 / 3 + 4, -2 / 3 + 2 / 7, 8 / 7 + 2 / 3],
            "effective_lr": ADAM_RATES,
        },
    ),
    (
        optimizers.nadam(**ADAM, momentum_decay=0.25),
        {
            "m": M,
            "v": V,
            "mu": MU[:3],
            "mu_product": [MU[0], MU[0] * MU[1], MU[0] * MU[1] * MU[2]],
            "m_hat": [2 / (1 - MU[0] * MU[1]), 0.5 / (1 - math.prod(MU[:3])), 1.25 / (1 - math.prod(MU))],
            "v_hat": V_HAT,
            "m_bar": [-step / rate for step, rate in zip(_nadam(*MU), ADAM_RATES, strict=True)],
            "effective_lr": ADAM_RATES,
        },
    ),
    (
        optimizers.lion(lr=0.1, beta1=0.5, beta2=0.75, weight_decay=0.5),
        {"m": [1, 0.5, 0.875], "c": [2, 0, 1.25], "effective_lr": [0.1] * 3},
    ),
    (
        optimizers.adabelief(**ADAM),
        {
            "m": M,
            "s": [1.5, 35 / 16, 146 / 64],
            "m_hat": M_HAT,
            "s_hat": [6, 5, 146 / 37],
            "effective_lr": [0.1 / (sqrt(6) + 0.5), 0.1 / (sqrt(5) + 0.5), 0.1 / (sqrt(146 / 37) + 0.5)],
        },
    ),
    (
        optimizers.yogi(**ADAM, initial=3),
        {
            "m": M,
            "v": [7, 6.75, 5.75],
            "m_hat": M_HAT,
            "v_hat": [28, 108 / 7, 368 / 37],
            "effective_lr": [0.1 / (sqrt(v) + 0.5) for v in (28, 108 / 7, 368 / 37)],
        },
    ),
]


def test_every_optimizer_but_radam_has_its_quantities_by_hand():
    assert {optimizer.label for optimizer, _ in NAMED} | {"RAdam"} == set(OPTIMIZERS)


@pytest.mark.parametrize(("optimizer", "quantities"), NAMED, ids=repr)
def test_every_named_quantity_by_hand(optimizer, quantities):
    run = optim.replay(optimizer, GRADIENTS, start=1.0)
    assert run.keys() == {"x", "g", "step", *quantities}
    for name, values in quantities.items():
        np.testing.assert_allclose(run[name], values, rtol=1e-13, err_msg=name)


# step = -effective_lr · direction, where nothing else moves x.
DIRECTIONS = {
    "SGD": "g", "Rprop": "d", "Momentum": "v", "Nesterov": "ahead", "NAdam": "m_bar",
    **dict.fromkeys(["AdaGrad", "RMSProp", "Adadelta"], "g"),
    **dict.fromkeys(["Adam", "AdamW", "AMSGrad", "AdaMax", "RAdam", "AdaBelief", "Yogi"], "m_hat"),
}  # fmt: skip


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=lambda optimizer: optimizer.label)
def test_the_step_is_the_effective_lr_times_the_direction(optimizer):
    plain = optimizer(weight_decay=0) if "weight_decay" in optimizer.values else optimizer
    run = optim.replay(plain, NOISY, 1.0, schedule=schedules.exponential(gamma=0.9))
    direction = np.sign(run["c"]) if plain.label == "Lion" else run[DIRECTIONS[plain.label]]
    np.testing.assert_allclose(run["step"], -run["effective_lr"] * direction, rtol=1e-14)
    np.testing.assert_array_equal(run["x"][1:], run["x"][:-1] + run["step"])


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=lambda optimizer: optimizer.label)
def test_the_state_is_named_and_never_holds_the_learning_rate(optimizer):
    gradients = np.random.default_rng(3).normal(size=(9, 4))
    slow, fast = (optim.replay(optimizer(lr=lr), gradients, 0.0) for lr in (0.1, 0.2))
    assert set(optimizer.state) <= set(slow)
    if optimizer.label not in ("AdamW", "Lion"):
        for name in optimizer.state:
            np.testing.assert_array_equal(slow[name], fast[name])
        np.testing.assert_allclose(fast["step"], 2 * slow["step"], rtol=1e-13)
        np.testing.assert_allclose(fast["effective_lr"], 2 * slow["effective_lr"], rtol=1e-13)


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=lambda optimizer: optimizer.label)
def test_a_learning_rate_of_zero_stands_still(optimizer):
    run = optim.replay(optimizer(lr=0), np.random.default_rng(3).normal(size=(5, 4)), 2.0)
    assert (run["x"] == 2).all()


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=lambda optimizer: optimizer.label)
def test_a_step_leaves_what_it_was_given_as_it_was(optimizer):
    x, g = np.array([1.0, -2.0]), np.array([0.5, 4.0])
    state = {name: np.full(2, initial + 0.25) for name, initial in optimizer.state.items()}
    before = {name: value.copy() for name, value in state.items()}
    first, _ = optimizer.step(3, x, g, state)
    again, _ = optimizer.step(3, x, g, state)
    assert (x.tolist(), g.tolist()) == ([1, -2], [0.5, 4])
    np.testing.assert_array_equal(first, again)
    for name, value in before.items():
        np.testing.assert_array_equal(state[name], value)


class Number(NDArrayOperatorsMixin):
    """A number that can be calculated with and compared, and nothing else: no float, no array, no truth of its own."""

    def __init__(self, value):
        self.value = value

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        assert method == "__call__"
        assert not kwargs
        return Number(ufunc(*(i.value if isinstance(i, Number) else i for i in inputs)))

    def __array_function__(self, function, types, args, kwargs):
        assert function is np.where
        assert not kwargs
        return Number(function(*(a.value if isinstance(a, Number) else a for a in args)))

    def __bool__(self):
        assert isinstance(self.value, np.bool_), "a branch asks a question, it does not test a number"
        return bool(self.value)


@pytest.mark.parametrize("optimizer", [optimizer for optimizer, _ in BY_HAND] + [optimizers.radam], ids=repr)
def test_a_formula_calculates_with_whatever_calculates(optimizer):
    """The pages print the steps of these very functions with the numbers filled in, by passing them such numbers."""
    expected = optim.replay(optimizer, GRADIENTS, 1.0)
    values = {name: value if isinstance(value, bool) else Number(value) for name, value in optimizer.values.items()}
    x, state = Number(1.0), {name: Number(initial) for name, initial in optimizer.state.items()}
    for t, g in enumerate(GRADIENTS, start=1):
        step, names = optimizer.function(t, x, Number(g), *(state[name] for name in optimizer.state), **values)
        for name, value in {**names, "step": step}.items():
            plain = value.value if isinstance(value, Number) else value
            assert plain == pytest.approx(expected[name][t - 1], rel=1e-13)
        x, state = x + step, names


# Families meet.

GROWING = np.linspace(0.1, 3, 60)[:, None] * [1.0, -1.0]

SAME_PATHS = [
    ("momentum that keeps nothing is SGD", optimizers.momentum(lr=0.1, beta=0), optimizers.sgd(lr=0.1), NOISY),
    ("and as an average", optimizers.momentum(lr=0.1, beta=0, average=True), optimizers.sgd(lr=0.1), NOISY),
    ("Nesterov that keeps nothing is SGD", optimizers.nesterov(lr=0.1, beta=0), optimizers.sgd(lr=0.1), NOISY),
    ("and as an average", optimizers.nesterov(lr=0.1, beta=0, average=True), optimizers.sgd(lr=0.1), NOISY),
    (
        "an average is a sum at a smaller rate",
        optimizers.momentum(lr=1, beta=0.9, average=True),
        optimizers.momentum(lr=0.1, beta=0.9),
        NOISY,
    ),
    (
        "for Nesterov too",
        optimizers.nesterov(lr=0.5, beta=0.8, average=True),
        optimizers.nesterov(lr=0.1, beta=0.8),
        NOISY,
    ),
    (
        "Adam without memory of gradients and correction is RMSProp",
        optimizers.adam(lr=0.1, beta1=0, beta2=0.9, bias_correction=False),
        optimizers.rmsprop(lr=0.1, beta=0.9),
        NOISY,
    ),
    (
        "with ε inside both",
        optimizers.adam(lr=0.1, beta1=0, beta2=0.9, eps=0.01, bias_correction=False, eps_inside=True),
        optimizers.rmsprop(lr=0.1, beta=0.9, eps=0.01, eps_inside=True),
        NOISY,
    ),
    ("AdamW without decay is Adam", optimizers.adamw(lr=0.1, weight_decay=0), optimizers.adam(lr=0.1), NOISY),
    ("as are its switches", optimizers.adamw(weight_decay=0, bias_correction=False, eps_inside=True),
     optimizers.adam(bias_correction=False, eps_inside=True), NOISY),
    ("Adam with decoupled decay is AdamW", optimizers.adam(lr=0.1, weight_decay=0.3, decoupled=True),
     optimizers.adamw(lr=0.1, weight_decay=0.3), NOISY),
    ("RMSProp without momentum has no velocity to hold η", optimizers.rmsprop(lr_in_velocity=True),
     optimizers.rmsprop, NOISY),
    ("dampening is one minus the average's weight, but for the first gradient",
     optimizers.momentum(lr=0.1, beta=0.75, dampening=0.75), optimizers.momentum(lr=0.1, beta=0.75, average=True),
     np.pad(NOISY, [(1, 0), (0, 0)])),
    (
        "AMSGrad is Adam while gradients grow",
        optimizers.amsgrad(lr=0.1, beta2=0.9),
        optimizers.adam(lr=0.1, beta2=0.9),
        GROWING,
    ),
    (
        "and in Optax's form",
        optimizers.amsgrad(lr=0.1, beta2=0.9, max_of_corrected=True),
        optimizers.adam(lr=0.1, beta2=0.9),
        GROWING,
    ),
    (
        "Yogi takes Adam's first step",
        optimizers.yogi(lr=0.1, eps=1e-8, initial=0),
        optimizers.adam(lr=0.1),
        NOISY[:1],
    ),
    ("NAdam without memory is Adam without memory", optimizers.nadam(beta1=0),
     optimizers.adam(lr=2e-3, beta1=0), NOISY),
    (
        "RAdam that never trusts v is a corrected average of gradients",
        optimizers.radam(lr=0.1, beta1=0, beta2=0.5),
        optimizers.sgd(lr=0.1),
        NOISY,
    ),
    (
        "AdaMax without memory of u is Adam without memory of v",
        optimizers.adamax(lr=0.1, beta2=0, eps=1e-8),
        optimizers.adam(lr=0.1, beta2=0, eps=1e-8),
        NOISY,
    ),
    (
        "Lion without memory follows the sign, as Adam without memory and ε does",
        optimizers.lion(lr=0.1, beta1=0, beta2=0),
        optimizers.adam(lr=0.1, beta1=0, beta2=0, eps=0),
        NOISY,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "gradients"), [row[1:] for row in SAME_PATHS], ids=[r[0] for r in SAME_PATHS])
def test_special_cases_of_one_optimizer_are_another(one, other, gradients):
    np.testing.assert_allclose(
        optim.replay(one, gradients, 1.0)["x"], optim.replay(other, gradients, 1.0)["x"], rtol=1e-12, atol=1e-14
    )


def test_coupled_and_decoupled_decay_differ_where_gradients_do():
    # Decoupled, both coordinates shrink alike; coupled, the one with the large gradients hardly shrinks.
    gradients = np.array([[0.01, 100.0]] * 2) * np.array([[1.0], [-1.0]])
    gradients = np.tile(gradients, (100, 1))
    free = optim.replay(optimizers.adam(lr=0.01), gradients, 1.0)["x"][-1]
    coupled = optim.replay(optimizers.adam(lr=0.01, weight_decay=0.1), gradients, 1.0)["x"][-1]
    decoupled = optim.replay(optimizers.adamw(lr=0.01, weight_decay=0.1), gradients, 1.0)["x"][-1]
    shrunk = 1 - coupled / free
    assert shrunk[0] > 50 * abs(shrunk[1])
    np.testing.assert_allclose(decoupled / free, (1 - 0.01 * 0.1) ** 200, rtol=0.01)


@pytest.mark.parametrize("optimizer", [optimizers.adam, optimizers.adam(decoupled=True)], ids=repr)
def test_a_decay_of_zero_is_no_decay_in_a_sweep_too(optimizer):
    gradients = NOISY.copy()
    gradients[0, 0] = -0.0
    together = optim.replay(optimizer(weight_decay=[0.0, 0.5, 0, 0, 0]), gradients, 1.0)
    alone = optim.replay(optimizer, gradients, 1.0)
    for name, value in alone.items():
        kept = [0, 2, 3, 4]
        assert together[name][:, kept].tobytes() == value[:, kept].tobytes()
    assert (together["x"][1:, 1] != alone["x"][1:, 1]).all()


DECAYING = [o(**switch) for o in OPTIMIZERS.values() if "weight_decay" in o.values
            for switch in ([{"decoupled": d} for d in (False, True)] if "decoupled" in o.values else [{}])]  # fmt: skip


@pytest.mark.parametrize("optimizer", DECAYING, ids=repr)
def test_a_decay_of_zero_is_no_decay_wherever_x_is(optimizer):
    x = np.array([math.inf, -math.inf, 5.0])
    for weight_decay in (0.0, np.zeros(3), np.array([0, 0, 1e-3])):
        step, names = optimizer(weight_decay=weight_decay).step(1, x, np.ones(3), optimizer.state)
        assert np.isfinite(step).all()
        np.testing.assert_array_equal(step[:2], [step[0]] * 2)
        assert all(np.isfinite(value).all() for value in names.values())


def test_every_optimizer_of_pytorch_decays_weights():
    assert {o.label for o in OPTIMIZERS.values()} - {o.label for o in DECAYING} == {"Rprop", "AdaBelief", "Yogi"}


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.sgd,
        optimizers.momentum,
        optimizers.momentum(decoupled=True),
        optimizers.momentum(lr_in_velocity=True),
    ],
    ids=repr,
)
def test_a_first_step_with_weight_decay(optimizer):
    # x = 1, g = 1, η = .1, λ = .3: 1 - .1 (1 + .3), wherever the decay joins.
    assert optim.replay(optimizer(lr=0.1, weight_decay=0.3), [1.0], 1.0)["x"][1] == pytest.approx(0.87, rel=1e-14)


def test_rprop_grows_while_the_sign_stays_up_to_its_bounds():
    run = optim.replay(optimizers.rprop(lr=0.1, up=2, down=0.5, high=3, low=0.8), [5, 1e-9, 3, -1, -1, -1, 1, 0, 2.0])
    np.testing.assert_allclose(run["s"], [1, 2, 3, 1.5, 1.5, 3, 1.5, 1.5, 1.5])
    np.testing.assert_allclose(run["step"], [-0.1, -0.2, -0.3, 0, 0.15, 0.3, 0, 0, -0.15], atol=1e-16)


def test_a_velocity_that_holds_the_learning_rate_keeps_the_old_one():
    plan = schedules.staircase(gamma=0.1, steps_per_stair=1)
    inside, outside = (
        optim.replay(optimizers.momentum(lr=0.1, lr_in_velocity=switch), [1.0, 1.0], schedule=plan)["x"]
        for switch in (True, False)
    )
    np.testing.assert_allclose(inside, [0, -0.1, -0.2], rtol=1e-14)
    np.testing.assert_allclose(outside, [0, -0.1, -0.119], rtol=1e-14)


@pytest.mark.parametrize(("switch", "f"), [(False, 1.2206), (True, 2.5018)])
def test_under_a_staircase_the_two_momenta_end_apart(switch, f):
    plan = schedules.staircase(gamma=0.1, steps_per_stair=20)
    run = optim.trace(optimizers.momentum(lr=0.03, lr_in_velocity=switch), surfaces.quadratic, steps=50, schedule=plan)
    assert run["f"][-1] == pytest.approx(f, abs=5e-5)


def test_a_centred_average_of_steady_gradients_sees_no_variance():
    run = optim.replay(optimizers.rmsprop(beta=0.5, centered=True, eps=0.1, lr=0.1), np.full(80, 3.0))
    assert run["effective_lr"][-1] == pytest.approx(1, rel=1e-9)


def test_a_centred_variance_is_never_negative():
    # By rounding v - ḡ² came out as -1.8e-15 at step 331, and its root as nan.
    run = optim.replay(optimizers.rmsprop(beta=0.9, centered=True), np.full(2000, 3.7))
    assert (run["effective_lr"] > 0).all()
    assert np.isfinite(run["x"]).all()


def test_radam_needs_no_epsilon_while_it_does_not_trust_v():
    run = optim.replay(optimizers.radam(lr=0.1, eps=0), np.zeros(6))
    assert run["step"][:5].tolist() == [0] * 5
    assert run["effective_lr"][:5].tolist() == [0.1] * 5
    assert np.isnan(run["step"][5])


@pytest.mark.parametrize("beta2", [0.0, 0.5, 2 / 3, np.array([0.6, 0.7, 0.8])], ids=str)
def test_radam_warns_of_nothing_where_it_never_trusts_v(beta2):
    radam = optimizers.radam(beta2=beta2)
    for t in (1, 2, 100):
        _, names = radam.step(t, 1.0, 2.0, radam.state)
        assert np.isfinite(names["r"]).all()


def test_adabelief_takes_steady_gradients_fast_and_adam_does_not():
    steady = np.full(50, 0.5)
    belief = optim.replay(optimizers.adabelief(lr=0.01, beta1=0, eps=1e-8), steady)["step"][-1]
    adam = optim.replay(optimizers.adam(lr=0.01), steady)["step"][-1]
    assert adam == pytest.approx(-0.01, rel=1e-6)
    assert belief < -1


# Published runs.


@pytest.mark.parametrize(
    ("t", "m_hat", "v_hat", "x"),
    [
        (10, (-1.68081441205, 1.15632347411), (3.02557319068, 56.5892705919), (-7.03723190860745, -0.609968486832149)),
        (20, (-1.25684465113, -1.70647707499), (2.1886065049, 36.9263646499), (-4.30859952102912, 0.159562990466898)),
        (40, (-0.434872589768, -0.41288349237), (1.213646683, 20.182961088), (-0.546378383954416, -0.105591061433777)),
    ],
)
def test_a_worked_example_of_adam(t, m_hat, v_hat, x):
    run = optim.trace(optimizers.adam(lr=0.3), surfaces.quadratic(a=0.2, b=10), (-10, 1.5), 50)
    np.testing.assert_allclose(run["m_hat"][t - 1], m_hat, rtol=1e-11)
    np.testing.assert_allclose(run["v_hat"][t - 1], v_hat, rtol=1e-11)
    np.testing.assert_allclose(run["x"][t], x, rtol=1e-13)


@pytest.mark.parametrize(
    ("optimizer", "x"),
    [
        (optimizers.sgd(lr=0.4), (-0.943467, -0.000073)),
        (optimizers.momentum(lr=0.6, beta=0.5), (0.007188, 0.002553)),
        (optimizers.adagrad(lr=0.4, eps=1e-6, eps_inside=True), (-2.382563, -0.158591)),
        (optimizers.rmsprop(lr=0.4, beta=0.9, eps=1e-6, eps_inside=True), (-0.010599, 0.000000)),
    ],
    ids=repr,
)
def test_the_traces_printed_in_dive_into_deep_learning(optimizer, x):
    run = optim.trace(optimizer, surfaces.quadratic(a=0.2, b=4), (-5, -2), 20)
    np.testing.assert_allclose(run["x"][20], x, atol=5.1e-7, rtol=0)


def test_adams_first_steps_without_correction_are_too_large():
    steps = {
        corrected: optim.replay(optimizers.adam(lr=1, eps=0, bias_correction=corrected), np.full(100, 2.0))["step"]
        for corrected in (True, False)
    }
    np.testing.assert_allclose(steps[True], -1, rtol=1e-12)
    np.testing.assert_allclose(
        -steps[False][[0, 1, 4, 9, 19]], [3.1623, 4.2496, 5.7971, 6.5279, 6.2409], rtol=0, atol=5.1e-5
    )
    assert steps[False].argmin() + 1 == 12
    assert -steps[False].min() == pytest.approx(6.5685, abs=5.1e-5)


@pytest.mark.parametrize(
    ("eps", "eps_hat", "first"),
    [
        (1e-8, False, 32),
        (1e-7, False, 34),
        (1e-6, False, 52),
        (1e-4, False, None),
        (1e-8, True, 36),
        (1e-7, True, 51),
        (1e-6, True, 121),
    ],
)
def test_epsilon_decides_when_adam_leaves_the_plain(eps, eps_hat, first):
    adam = optimizers.adam(lr=0.05, eps=eps, eps_hat=eps_hat)
    below = optim.trace(adam, surfaces.gaussian_wells, (0.75, 1), 1000)["f"] < -1
    assert (np.argmax(below) if below.any() else None) == first


def test_gradient_descent_hardly_moves_on_the_plain():
    run = optim.trace(optimizers.sgd(lr=0.05), surfaces.gaussian_wells, (0.75, 1), 1000)
    assert 1e-6 < np.hypot(*(run["x"][-1] - run["x"][0])) < 3e-6 * sqrt(2)


def test_amsgrad_reaches_the_optimum_where_adam_returns_to_the_worst_point():
    # f_t = C x if t mod 3 = 1 else -x on [-1, 1]; the sum falls towards x = -1.  β1 = 0, β2 = 1 / (1 + C²), lr α / √t.
    C = 4.0
    alpha = 0.9 * sqrt(1 - 1 / (1 + C * C))
    ends = {}
    for optimizer in (
        optimizers.adam(lr=alpha, beta1=0, beta2=1 / (1 + C * C), eps=0, bias_correction=False),
        optimizers.amsgrad(lr=alpha, beta1=0, beta2=1 / (1 + C * C), eps=0, bias_correction=False),
    ):
        x, state, at_the_end_of_cycles = 1.0, optimizer.state, []
        for t in range(1, 3001):
            step, state = optimizer.step(t, x, C if t % 3 == 1 else -1.0, state)
            x = float(np.clip(x + step / sqrt(t), -1, 1))
            if t % 3 == 0:
                at_the_end_of_cycles.append(x)
        ends[optimizer.label] = np.array(at_the_end_of_cycles)
    np.testing.assert_allclose(ends["Adam"], 1, rtol=1e-12)
    assert ends["AMSGrad"][-1] == pytest.approx(-1, abs=0.02)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("part", [1e-6, 1e-3, 1.0, 1e3, 1e6])
def test_adadelta_starts_with_the_smaller_of_its_scale_and_the_gradient_and_grows(rho, part):
    scale = np.sqrt(1e-6 / (1 - rho))
    steps = -optim.replay(optimizers.adadelta(rho=rho, eps=1e-6), np.full(300, part * scale))["step"]
    expected = scale * min(part, 1.0)
    assert steps[0] == pytest.approx(expected / np.sqrt(2) if part == 1 else expected, rel=1e-5)
    assert (np.diff(steps) >= -1e-12 * scale * min(part, 1)).all()


@pytest.mark.parametrize("eps_inside", [False, True])
@pytest.mark.parametrize("part", [1e-3, 1.0, 1e3])
def test_adagrads_first_step_is_its_learning_rate_for_gradients_well_above_epsilon(eps_inside, part):
    eps = 1e-10
    size = np.sqrt(eps) if eps_inside else eps
    step = optim.replay(optimizers.adagrad(lr=1.0, eps=eps, eps_inside=eps_inside), np.array([-part * size]))["step"]
    assert step[0] == pytest.approx(part / np.hypot(part, 1) if eps_inside else part / (part + 1))
    assert (step[0] > 0.99) == (part > 1)


def test_radam_divides_only_beyond_5_gradients():
    nearby = 0.7678067796924252 + np.spacing(0.7678067796924252) * np.arange(-50, 51)
    last = {name: rows[6] for name, rows in optim.replay(optimizers.radam(beta2=nearby), np.ones((7, 101))).items()}
    exactly = last["rho"] == 5
    assert exactly.any()
    assert (last["r"][exactly] == 0).all()
    assert (last["r"][last["rho"] > 5] > 0).all()
