"""Closed forms to hold the runs against: stability edges, best rates, escape times, bias factors.

All are elementwise over arrays.  λ is a curvature of a quadratic, γ the downward curvature of a strict saddle
f = (x² - γ y²) / 2, and a rate is the factor by which the distance shrinks per step, so that below 1 is convergence.
"""

import numpy as np
from numpy.typing import NDArray

from .formula import Number


def gd_rate(lr: Number, lam: Number) -> Number:
    """|1 - ηλ|: on a quadratic x_k = (1 - ηλ)ᵏ x_0, exactly.

    Source: Goh 2017, Why Momentum Really Works, Distill.
    """
    return np.abs(1 - lr * lam)


def gd_stable(lr: Number, lam: Number) -> NDArray[np.bool_] | bool:
    """Whether gradient descent converges on curvature λ: if and only if 0 < ηλ < 2.

    Source: Goh 2017, Why Momentum Really Works, Distill.
    """
    speed = lr * lam
    return (speed > 0) & (speed < 2)


def best_gd(mu: Number, L: Number) -> tuple[Number, Number]:
    """The learning rate that is best for curvatures between mu and L, and the rate it gives.

    η = 2 / (μ + L), at which both ends converge alike: (κ - 1) / (κ + 1) with κ = L / μ.
    Source: Polyak 1964; Goh 2017, Why Momentum Really Works, Distill.
    """
    return 2 / (mu + L), (L - mu) / (mu + L)


def heavy_ball_rate(lr: Number, beta: Number, lam: Number) -> Number:
    """The larger root, in size, of s² - (1 + β - ηλ) s + β = 0, which x_k = s^k must satisfy on a quadratic.

    √β wherever the roots are complex, whatever η and λ (Distill's article prints 2√β there: a slip).
    Where the roots coincide x_k is k s^k, a little slower than its rate.
    Source: Polyak 1964; Goh 2017, Why Momentum Really Works, Distill.
    """
    return _larger_root(np.abs(1 + beta - lr * lam), beta)


def heavy_ball_stable_lr(lam: Number, beta: Number) -> Number:
    """(2 + 2β) / λ: heavy ball with v = βv + g converges on curvature λ if and only if 0 < η < this, given β < 1.

    Source: Polyak 1964; Goh 2017, Why Momentum Really Works, Distill.
    """
    return (2 + 2 * beta) / lam


def nesterov_stable_lr(lam: Number, beta: Number) -> Number:
    """(2 + 2β) / ((1 + 2β) λ): Nesterov's look-ahead converges on curvature λ if and only if 0 < η < this, given β < 1.

    There a root of s² - (1 - ηλ)(1 + β) s + β(1 - ηλ) = 0 passes -1: for large β it is a third of heavy ball's edge.
    Source: the recurrence of Lessard, Recht & Packard 2016, Analysis and Design of Optimization Algorithms via Integral
    Quadratic Constraints.
    """
    return (2 + 2 * beta) / ((1 + 2 * beta) * lam)


def best_heavy_ball(mu: Number, L: Number) -> tuple[Number, Number, Number]:
    """The learning rate and β that are best for curvatures between mu and L, and the rate they give.

    η = (2 / (√μ + √L))², β = ((√L - √μ) / (√L + √μ))², rate √β = (√κ - 1) / (√κ + 1) with κ = L / μ.
    Source: Polyak 1964, Some methods of speeding up the convergence of iteration methods.
    """
    low, high = np.sqrt(mu), np.sqrt(L)
    rate = (high - low) / (high + low)
    return np.square(2 / (low + high)), np.square(rate), rate


def gd_growth(lr: Number, gamma: Number) -> Number:
    """1 + ηγ: the factor by which gradient descent leaves a strict saddle, per step."""
    return 1 + lr * gamma


def heavy_ball_growth(lr: Number, beta: Number, gamma: Number) -> Number:
    """The larger root of s² - (1 + β + ηγ) s + β = 0: heavy ball's factor per step, in the end.

    Source: O'Neill & Wright 2019, Behavior of accelerated gradient methods near critical points of nonconvex functions.
    """
    return _larger_root(1 + beta + lr * gamma, beta)


def nesterov_growth(lr: Number, beta: Number, gamma: Number) -> Number:
    """The larger root of s² - (1 + ηγ)(1 + β) s + β(1 + ηγ) = 0: the same for Nesterov's look-ahead.

    Source: O'Neill & Wright 2019, Behavior of accelerated gradient methods near critical points of nonconvex functions.
    """
    up = 1 + lr * gamma
    return _larger_root(up * (1 + beta), beta * up)


def gd_escape_steps(lr: Number, gamma: Number, y0: Number, radius: Number = 1.0) -> Number:
    """The first step at which |y| >= radius, for gradient descent from y0: ⌈ln(r / |y0|) / ln(1 + ηγ)⌉.

    Infinite from y0 = 0, from where nothing escapes without noise.
    """
    return heavy_ball_escape_steps(lr, 0.0, gamma, y0, radius)


def heavy_ball_escape_steps(lr: Number, beta: Number, gamma: Number, y0: Number, radius: Number = 1.0) -> Number:
    """The same for heavy ball starting at rest: y_k = y0 (A s₁ᵏ + (1 - A) s₂ᵏ) with the roots of ``heavy_ball_growth``.

    A = (1 + ηγ - s₂) / (s₁ - s₂), since the first step is gradient descent's.
    """
    up = 1 + lr * gamma
    return _first_outside(heavy_ball_growth(lr, beta, gamma), beta, up, y0, radius)


def nesterov_escape_steps(lr: Number, beta: Number, gamma: Number, y0: Number, radius: Number = 1.0) -> Number:
    """The same for Nesterov's look-ahead, whose first step is (1 + β) times gradient descent's."""
    speed = lr * gamma
    first = 1 + speed * (1 + beta)
    return _first_outside(nesterov_growth(lr, beta, gamma), beta * (1 + speed), first, y0, radius)


def gd_distance(k: Number, lr: Number, gamma: Number, y0: Number) -> Number:
    """y_k = (1 + ηγ)ᵏ y0: how far from a strict saddle gradient descent is after k steps."""
    return heavy_ball_distance(k, lr, 0.0, gamma, y0)


def heavy_ball_distance(k: Number, lr: Number, beta: Number, gamma: Number, y0: Number) -> Number:
    """y_k = y0 (A s₁ᵏ + (1 - A) s₂ᵏ), as in ``heavy_ball_escape_steps``: heavy ball from rest after k steps.

    With the velocity as an average, β v + (1 - β) g, η is (1 - β) times as large.
    Source: O'Neill & Wright 2019, Behavior of accelerated gradient methods near critical points of nonconvex functions.
    """
    return _distance(k, heavy_ball_growth(lr, beta, gamma), beta, 1 + lr * gamma, y0)


def nesterov_distance(k: Number, lr: Number, beta: Number, gamma: Number, y0: Number) -> Number:
    """The same for Nesterov's look-ahead, as in ``nesterov_escape_steps``."""
    speed = lr * gamma
    return _distance(k, nesterov_growth(lr, beta, gamma), beta * (1 + speed), 1 + speed * (1 + beta), y0)


def adam_bias_factor(t: Number, beta1: Number = 0.9, beta2: Number = 0.999) -> Number:
    """(1 - β1ᵗ) / √(1 - β2ᵗ): Adam's step t without bias correction over η, for a constant gradient.

    With the correction it is 1.  Source: Kingma & Ba 2015, Adam, section 3.
    """
    return (1 - np.power(beta1, t)) / np.sqrt(1 - np.power(beta2, t))


def adam_step_bound(lr: Number, beta1: Number = 0.9, beta2: Number = 0.999) -> Number:
    """η max(1, (1 - β1) / √(1 - β2)): the size of Adam's steps according to its paper.

    The second value is the step after one gradient that follows many zeros.  It is no bound on what several can do:
    after many zeros a steady gradient exceeds it from its second step on.  See ``adam_largest_step``.
    Source: Kingma & Ba 2015, Adam, section 2.1.
    """
    return lr * np.maximum(1, (1 - beta1) / np.sqrt(1 - beta2))


def adam_largest_step(lr: Number, beta1: Number = 0.9, beta2: Number = 0.999) -> Number:
    """η (1 - β1) / √((1 - β2)(1 - β1² / β2)): the longest step that any gradients can make Adam take once t is large.

    Infinite if β1² >= β2: there is no bound then.
    By Cauchy and Schwarz on m = (1 - β1) Σ β1ʲ g_{t-j} and v = (1 - β2) Σ β2ʲ g_{t-j}², with equality for gradients
    that grow by β2 / β1 at each step.
    """
    b1, b2 = np.asarray(beta1, dtype=np.float64), np.asarray(beta2, dtype=np.float64)
    bounded = b1 * b1 < b2
    room = np.where(bounded, 1 - b1 * b1 / np.where(bounded, b2, 1), 0)
    with np.errstate(divide="ignore"):
        # β1 = 0 leaves only the last gradient, whatever β2 is.
        reach = np.where(b1 == 0, 1, 1 / np.sqrt(room))[()]
    return lr * (1 - b1) / np.sqrt(1 - b2) * reach


def adam_steady_step(lr: Number, g: Number, eps: Number = 1e-8) -> Number:
    """η |g| / (|g| + ε): the corrected step for a constant gradient: η for any g well above ε, and less near it."""
    size = np.abs(g)
    return lr * size / (size + eps)


def ema_weight(beta: Number, age: Number) -> Number:
    """(1 - β) βⁿ: the weight in a moving average of the value n steps back."""
    return (1 - beta) * np.power(beta, age)


def ema_window(beta: Number) -> Number:
    """1 / (1 - β): about how many values an average remembers; after that many a weight has fallen to about 1 / e."""
    return 1 / (1 - beta)


def ema_lag(beta: Number) -> Number:
    """β / (1 - β): how many steps an average trails behind a straight line, and the mean age of what it averages."""
    return beta / (1 - beta)


def ema_variance_ratio(beta: Number, t: Number | None = None) -> Number:
    """The variance of a corrected average of t values of white noise, over the variance of one value.

    (1 - β) / (1 + β) · (1 + βᵗ) / (1 - βᵗ): the sum of the squared weights; 1 at t = 1, without t its limit.
    """
    limit = (1 - beta) / (1 + beta)
    if t is None:
        return limit
    power = np.power(beta, t)
    return limit * (1 + power) / (1 - power)


def _larger_root(total: Number, product: Number) -> Number:
    """The larger size of the roots of s² - total s + product = 0, for total, product >= 0."""
    gap = total * total - 4 * product
    return np.where(gap < 0, np.sqrt(product), (total + np.sqrt(np.maximum(gap, 0))) / 2)[()]


def _distance(k: Number, growth: Number, product: Number, first: Number, y0: Number) -> Number:
    """y0 (A s₁ᵏ + (1 - A) s₂ᵏ), where s₁ = growth, s₁ s₂ = product and y_1 = first y_0."""
    other = product / growth
    share = (first - other) / (growth - other)
    with np.errstate(over="ignore", invalid="ignore"):
        far = y0 * (share * np.power(growth, k) + (1 - share) * np.power(other, k))
    return np.where(np.equal(y0, 0), 0.0, far)[()]


def _first_outside(growth: Number, product: Number, first: Number, y0: Number, radius: Number) -> Number:
    """The first k with |y_k| >= radius, where y_k = y0 (A s₁ᵏ + (1 - A) s₂ᵏ), s₁ s₂ = product and y_1 = first y_0."""
    other = product / growth
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (first - other) / (growth - other)
        wanted = radius / np.abs(y0)
        # y_k rises, and (1 - A) s₂ᵏ >= 0: by the time that the first term alone is outside, so is y_k.
        # One more, lest the logarithms be rounded down to a whole number.
        last = np.ceil(np.log(wanted / share) / np.log(growth)) + 1
        last = np.where(wanted > 1, np.where(first > 1, last, np.inf), 0.0)
        inside = np.zeros(last.shape)
        while (open_ := np.isfinite(last) & (last - inside > 1)).any():
            k = np.where(open_, np.floor((inside + last) / 2), last)
            outside = share * np.power(growth, k) + (1 - share) * np.power(other, k) >= wanted
            last, inside = np.where(open_ & outside, k, last), np.where(open_ & ~outside, k, inside)
    return last[()]
