"""Closed forms to hold the runs against: stability edges, best rates, escape times, bias factors.

All are elementwise over arrays.  λ is a curvature of a quadratic, γ the downward curvature of a strict saddle
f = (x² - γ y²) / 2, and a rate is the factor by which the distance shrinks per step, so that below 1 is convergence.
Gradient descent, heavy ball and Nesterov's look-ahead are one recurrence; see ``Recurrence``.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .formula import Number


@dataclass(frozen=True)
class Recurrence:
    """What the iterates of momentum methods obey on a quadratic: x_{k+1} = total(c) x_k - product(c) x_{k-1}.

    The step is -η (a g + b v) with the velocity v = β v + g, from rest.  On curvature λ that depends on c = ηλ alone:
    total 1 + β - (a + b) c, product β (1 - a c), and x_1 = first(c) x_0 with first 1 - (a + b) c.  On a strict saddle
    λ is -γ, and c is negative.

    Source: Polyak 1964 (a = 0, b = 1); Lessard, Recht & Packard 2016, Analysis and Design of Optimization Algorithms
    via Integral Quadratic Constraints (a = 1, b = β); Ma & Yarats 2019, Quasi-hyperbolic momentum and Adam for deep
    learning (any a and b).
    """

    beta: Number = 0.0
    """β, the decay rate of the velocity."""
    gradient: Number = 0.0
    """a, the weight of the gradient itself in the step."""
    velocity: Number = 1.0
    """b, the weight of the velocity."""
    edge_formula: str = "2"
    """``edge`` in symbols."""

    @classmethod
    def heavy_ball(cls, beta: Number, average: bool = False, symbol: str = "β") -> Self:
        """The step is the velocity β v + g, or with ``average`` β v + (1 - β) g; with β = 0 it is gradient descent."""
        formula = _formula(beta, f"2(1 + {symbol})", f"(1 − {symbol})" if average else "")
        return cls(beta, 0.0, 1 - beta if average else 1.0, formula)

    @classmethod
    def nesterov(cls, beta: Number, average: bool = False, symbol: str = "β") -> Self:
        """The step is g + β v, or with ``average`` (1 - β) g + β v, where v is that of ``heavy_ball``."""
        ahead = f"(1 + 2{symbol})"
        formula = _formula(beta, f"2(1 + {symbol})", f"((1 − {symbol}){ahead})" if average else ahead)
        scale = 1 - beta if average else 1.0
        return cls(beta, scale, beta * scale, formula)

    def total(self, c: Number) -> Number:
        """The sum of the roots of s² - total s + product = 0, which x_k = sᵏ must satisfy."""
        return 1 + self.beta - (self.gradient + self.velocity) * c

    def product(self, c: Number) -> Number:
        """The product of those roots."""
        return self.beta * (1 - self.gradient * c)

    def first(self, c: Number) -> Number:
        """x_1 / x_0: the first step is taken from rest."""
        return 1 - (self.gradient + self.velocity) * c

    @property
    def edge(self) -> Number:
        """The c at which a root passes -1: the iterates converge if and only if 0 < c < this, given 0 <= β < 1.

        2 (1 + β) / (b + a (1 + β)), as long as a β < a + b.
        """
        return 2 * (1 + self.beta) / (self.velocity + self.gradient * (1 + self.beta))

    def rate(self, c: Number) -> Number:
        """The larger root in size: the factor per step in the end, below 1 where the iterates converge.

        Where the roots coincide x_k is k sᵏ, a little slower than its rate.
        """
        total, product = np.abs(self.total(c)), self.product(c)
        gap = total * total - 4 * product
        return np.where(gap < 0, np.sqrt(np.maximum(product, 0)), (total + np.sqrt(np.maximum(gap, 0))) / 2)[()]

    def growth(self, c: Number) -> Number:
        """``rate`` by its name at a saddle, c = -ηγ: the factor per step by which the distance grows in the end.

        Source: O'Neill & Wright 2019, Behavior of accelerated gradient methods near critical points of nonconvex
        functions.
        """
        return self.rate(c)

    def distance(self, k: Number, c: Number, y0: Number) -> Number:
        """y_k at a saddle or on no curvature, c <= 0: y0 (A s₁ᵏ + (1 - A) s₂ᵏ), where s₁ is the growth.

        A = (first - s₂) / (s₁ - s₂).  It has the sign of y0 throughout.  nan where c > 0.
        """
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            far = y0 * self._from_one(k, c)
        return np.where(np.greater(c, 0), np.nan, np.where(np.equal(y0, 0), 0.0, far))[()]

    def escape_steps(self, c: Number, y0: Number, radius: Number = 1.0) -> Number:
        """The first k at which |y_k| >= radius; infinite where that never happens, nan where c > 0.

        From y0 = 0 nothing escapes without noise.
        """
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            growth, first = self.growth(c), self.first(c)
            other = self.product(c) / growth
            share = (first - other) / (growth - other)
            wanted = radius / np.abs(y0)
            # y_k rises, and (1 - A) s₂ᵏ >= 0: by the time that the first term alone is outside, so is y_k.
            # One more, lest the logarithms be rounded down to a whole number.
            last = np.ceil(np.log(wanted / share) / np.log(growth)) + 1
            last = np.where(wanted > 1, np.where(first > 1, last, np.inf), 0.0)
            inside = np.zeros(last.shape)
            while (open_ := np.isfinite(last) & (last - inside > 1)).any():
                k = np.where(open_, np.floor((inside + last) / 2), last)
                outside = self._from_one(k, c) >= wanted
                last, inside = np.where(open_ & outside, k, last), np.where(open_ & ~outside, k, inside)
        return np.where(np.greater(c, 0), np.nan, last)[()]

    def _from_one(self, k: Number, c: Number) -> Number:
        """y_k from y_0 = 1, for c <= 0."""
        growth = self.growth(c)
        other = self.product(c) / growth
        share = (self.first(c) - other) / (growth - other)
        return share * np.power(growth, k) + (1 - share) * np.power(other, k)


def _formula(beta: Number, above: str, below: str) -> str:
    """The edge in symbols; without momentum it is gradient descent's 2."""
    if not np.any(beta):
        return "2"
    return f"{above}/{below}" if below else above


def gd_rate(lr: Number, lam: Number) -> Number:
    """|1 - ηλ|: on a quadratic x_k = (1 - ηλ)ᵏ x_0, exactly.

    Source: Goh 2017, Why Momentum Really Works, Distill.
    """
    return Recurrence().rate(lr * lam)


def gd_stable(lr: Number, lam: Number) -> NDArray[np.bool_] | bool:
    """Whether gradient descent converges on curvature λ: if and only if 0 < ηλ < 2.

    Source: Goh 2017, Why Momentum Really Works, Distill.
    """
    c = lr * lam
    return (c > 0) & (c < Recurrence().edge)


def best_gd(mu: Number, L: Number) -> tuple[Number, Number]:
    """The learning rate that is best for curvatures between μ and L, and the rate it gives.

    η = 2 / (μ + L), at which both ends converge alike: (κ - 1) / (κ + 1) with κ = L / μ.
    Source: Polyak 1964; Goh 2017, Why Momentum Really Works, Distill.
    """
    return 2 / (mu + L), (L - mu) / (mu + L)


def heavy_ball_rate(lr: Number, beta: Number, lam: Number) -> Number:
    """``Recurrence.rate`` of heavy ball on curvature λ: √β wherever the roots are complex, whatever η and λ.

    Distill's article prints 2√β there: a slip.
    Source: Polyak 1964; Goh 2017, Why Momentum Really Works, Distill.
    """
    return Recurrence.heavy_ball(beta).rate(lr * lam)


def heavy_ball_stable_lr(lam: Number, beta: Number) -> Number:
    """(2 + 2β) / λ: heavy ball with v = βv + g converges on curvature λ if and only if 0 < η < this.

    Source: Polyak 1964; Goh 2017, Why Momentum Really Works, Distill.
    """
    return Recurrence.heavy_ball(beta).edge / lam


def nesterov_stable_lr(lam: Number, beta: Number) -> Number:
    """(2 + 2β) / ((1 + 2β) λ): Nesterov's look-ahead converges on curvature λ if and only if 0 < η < this.

    For large β that is a third of heavy ball's edge.  Source: Lessard, Recht & Packard 2016.
    """
    return Recurrence.nesterov(beta).edge / lam


def best_heavy_ball(mu: Number, L: Number) -> tuple[Number, Number, Number]:
    """The learning rate and β that are best for curvatures between μ and L, and the rate they give.

    η = (2 / (√μ + √L))², β = ((√L - √μ) / (√L + √μ))², rate √β = (√κ - 1) / (√κ + 1) with κ = L / μ.
    Source: Polyak 1964, Some methods of speeding up the convergence of iteration methods.
    """
    low, high = np.sqrt(mu), np.sqrt(L)
    rate = (high - low) / (high + low)
    return np.square(2 / (low + high)), np.square(rate), rate


def gd_growth(lr: Number, gamma: Number) -> Number:
    """1 + ηγ: the factor by which gradient descent leaves a strict saddle, per step."""
    return Recurrence().growth(-lr * gamma)


def heavy_ball_growth(lr: Number, beta: Number, gamma: Number) -> Number:
    """``Recurrence.growth`` of heavy ball on a strict saddle."""
    return Recurrence.heavy_ball(beta).growth(-lr * gamma)


def nesterov_growth(lr: Number, beta: Number, gamma: Number) -> Number:
    """``Recurrence.growth`` of Nesterov's look-ahead on a strict saddle."""
    return Recurrence.nesterov(beta).growth(-lr * gamma)


def gd_escape_steps(lr: Number, gamma: Number, y0: Number, radius: Number = 1.0) -> Number:
    """The first step at which |y| >= radius, for gradient descent from y0: ⌈ln(r / |y0|) / ln(1 + ηγ)⌉."""
    return Recurrence().escape_steps(-lr * gamma, y0, radius)


def heavy_ball_escape_steps(lr: Number, beta: Number, gamma: Number, y0: Number, radius: Number = 1.0) -> Number:
    """The same for heavy ball from rest."""
    return Recurrence.heavy_ball(beta).escape_steps(-lr * gamma, y0, radius)


def nesterov_escape_steps(lr: Number, beta: Number, gamma: Number, y0: Number, radius: Number = 1.0) -> Number:
    """The same for Nesterov's look-ahead from rest, whose first step is (1 + β) times gradient descent's."""
    return Recurrence.nesterov(beta).escape_steps(-lr * gamma, y0, radius)


def gd_distance(k: Number, lr: Number, gamma: Number, y0: Number) -> Number:
    """y_k = (1 + ηγ)ᵏ y0, with the sign of y0: gradient descent's distance from a strict saddle after k steps."""
    return Recurrence().distance(k, -lr * gamma, y0)


def heavy_ball_distance(k: Number, lr: Number, beta: Number, gamma: Number, y0: Number) -> Number:
    """The same for heavy ball from rest."""
    return Recurrence.heavy_ball(beta).distance(k, -lr * gamma, y0)


def nesterov_distance(k: Number, lr: Number, beta: Number, gamma: Number, y0: Number) -> Number:
    """The same for Nesterov's look-ahead from rest."""
    return Recurrence.nesterov(beta).distance(k, -lr * gamma, y0)


def adam_bias_factor(t: Number, beta1: Number = 0.9, beta2: Number = 0.999) -> Number:
    """(1 - β1ᵗ) / √(1 - β2ᵗ): Adam's step t without bias correction over η, for a constant gradient.

    With the correction it is 1.  Source: Kingma & Ba 2015, Adam, section 3.
    """
    return (1 - np.power(beta1, t)) / np.sqrt(1 - np.power(beta2, t))


def adam_step_bound(lr: Number, beta1: Number = 0.9, beta2: Number = 0.999) -> Number:
    """η max(1, (1 - β1) / √(1 - β2)): the size of Adam's steps according to its paper.

    The second value is the step after one gradient that follows many zeros.  It is no bound on what several can do: at
    the default values a steady gradient that follows many zeros exceeds it from its second step to its 105th.  See
    ``adam_largest_step``.
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
