"""Closed forms to hold the runs against: stability edges, escape times, bias factors.

All are elementwise over arrays, and a single value is the same as in an array.  λ is a curvature of a quadratic, γ the
downward curvature of a strict saddle f = (x² - γ y²) / 2, and a rate is the factor by which the distance shrinks per
step, so that below 1 is convergence.  Gradient descent, heavy ball and Nesterov's look-ahead are one recurrence; see
``Recurrence``.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from .averages import power
from .formula import YES_NO, Array, ByValue, Number, fixed


@dataclass(frozen=True, eq=False)
class Recurrence(ByValue):
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

    def __post_init__(self) -> None:
        for name in ("beta", "gradient", "velocity"):
            value: Number = getattr(self, name)
            if isinstance(value, np.ndarray):  # a copy: nobody else's change of theirs is ours
                object.__setattr__(self, name, fixed(value.copy()))

    @classmethod
    def heavy_ball(cls, beta: Number, average: bool = False, symbol: str = "β") -> Self:
        """The step is the velocity β v + g, or with ``average`` β v + (1 - β) g; with β = 0 it is gradient descent.

        >>> float(Recurrence.heavy_ball(0.5).edge), float(Recurrence.heavy_ball(0.5, average=True).edge)
        (3.0, 6.0)
        """
        YES_NO.check("average", average)
        formula = _formula(beta, f"2(1 + {symbol})", f"(1 − {symbol})" if average else "")
        return cls(beta, 0.0, 1 - beta if average else 1.0, formula)

    @classmethod
    def nesterov(cls, beta: Number, average: bool = False, symbol: str = "β") -> Self:
        """The step is g + β v, or with ``average`` (1 - β) g + β v, where v is that of ``heavy_ball``.

        >>> round(float(Recurrence.nesterov(0.9).edge), 3)
        1.357
        """
        YES_NO.check("average", average)
        ahead = f"(1 + 2{symbol})"
        formula = _formula(beta, f"2(1 + {symbol})", f"((1 − {symbol}){ahead})" if average else ahead)
        scale = 1 - beta if average else 1.0
        return cls(beta, scale, beta * scale, formula)

    def total(self, c: Number) -> Number:
        """The sum of the roots of s² - total s + product = 0, which x_k = sᵏ must satisfy.

        >>> Recurrence.heavy_ball(0.5).total(0.25)
        1.25
        """
        return 1 + self.beta - (self.gradient + self.velocity) * c

    def product(self, c: Number) -> Number:
        """The product of those roots.

        >>> Recurrence.heavy_ball(0.5).product(0.25)
        0.5
        """
        return self.beta * (1 - self.gradient * c)

    def first(self, c: Number) -> Number:
        """x_1 / x_0: the first step is taken from rest.

        >>> Recurrence.heavy_ball(0.5).first(0.25)
        0.75
        """
        return 1 - (self.gradient + self.velocity) * c

    @property
    def edge(self) -> Number:
        """The c at which a root passes -1: the iterates converge if and only if 0 < c < this, given 0 <= β < 1.

        2 (1 + β) / (b + a (1 + β)), as long as a β < a + b.
        """
        return _over(2 * (1 + self.beta), self.velocity + self.gradient * (1 + self.beta))

    def rate(self, c: Number) -> Number:
        """The larger root in size: the factor per step in the end, below 1 where the iterates converge.

        Where the roots coincide x_k is k sᵏ, a little slower than its rate.

        >>> Recurrence().rate(np.array([0.25, 1.0, 2.5])).tolist()
        [0.75, 0.0, 1.5]
        >>> Recurrence.heavy_ball(0.81).rate(np.array([0.02, 1.0, 3.0])).tolist()  # √β where the roots are complex
        [0.9, 0.9, 0.9]
        """
        total, product = np.abs(self.total(c)), self.product(c)
        with np.errstate(over="ignore", invalid="ignore"):
            # In units of a power of 2, which leaves every digit as it is: the square of a large total would overflow.
            unit = np.maximum(np.frexp(total)[1], 0)
            total, product = np.ldexp(total, -unit), np.ldexp(product, -2 * unit)
            gap = total * total - 4 * product
            real = (total + np.sqrt(np.maximum(gap, 0))) / 2
            return np.ldexp(np.where(gap < 0, np.sqrt(np.maximum(product, 0)), real), unit)[()]

    def growth(self, c: Number) -> Number:
        """``rate`` by its name at a saddle, c = -ηγ: the factor per step by which the distance grows in the end.

        Source: O'Neill & Wright 2019, Behavior of accelerated gradient methods near critical points of nonconvex
        functions.

        >>> round(float(Recurrence.heavy_ball(0.9).growth(-0.01)), 6)
        1.064659
        """
        return self.rate(c)

    def distance(self, k: Number, c: Number, y0: Number) -> Number:
        """y_k at a saddle or on no curvature, c <= 0: y0 (A s₁ᵏ + (1 - A) s₂ᵏ), where s₁ is the growth.

        A = (first - s₂) / (s₁ - s₂).  It has the sign of y0 throughout.  nan where c > 0.

        >>> Recurrence().distance(np.array([0, 1, 2, 3]), c=-1.0, y0=0.5).tolist()
        [0.5, 1.0, 2.0, 4.0]
        """
        far = self._far(k, c, y0)
        return np.where(np.less_equal(c, 0), np.where(np.equal(y0, 0), 0.0, far), np.nan)[()]

    def escape_steps(self, c: Number, y0: Number, radius: Number = 1.0) -> Number:
        """The first k at which |y_k| >= radius; infinite where that never happens, nan where c > 0.

        From y0 = 0 nothing escapes without noise.

        >>> heavy, ahead = Recurrence.heavy_ball(0.9), Recurrence.nesterov(0.9)
        >>> [float(method.escape_steps(-0.01, 1e-4)) for method in (Recurrence(), heavy, ahead)]
        [926.0, 152.0, 146.0]
        """
        start = np.abs(y0)
        with np.errstate(all="ignore"):
            growth, _, share = self._parts(c)
            # y_k rises, and (1 - A) s₂ᵏ >= 0: by the time that the first term alone is outside, so is y_k.
            # One more, lest the logarithms be rounded down to a whole number.
            last = np.ceil((np.log(radius) - np.log(start) - np.log(share)) / np.log(growth)) + 1
            last = np.where(np.greater(self.first(c), 1), last, np.inf)
            last = np.where(start >= radius, 0.0, last)
            inside = np.zeros(last.shape)
            while (open_ := (inside < (k := np.floor((inside + last) / 2))) & (k < last)).any():
                outside = np.greater_equal(self._far(k, c, start), radius)
                last, inside = np.where(open_ & outside, k, last), np.where(open_ & ~outside, k, inside)
        return np.where(np.greater(c, 0) | np.isnan(c + start + radius), np.nan, last)[()]

    def _parts(self, c: Number) -> tuple[Number, Number, Number]:
        """s₁, s₂ and A of ``distance``, for c <= 0."""
        growth = self.growth(c)
        other = self.product(c) / growth
        return growth, other, (self.first(c) - other) / (growth - other)

    def _far(self, k: Number, c: Number, y0: Number) -> Number:
        """y_k from y0, for c <= 0.  s₁ᵏ in two halves: it may overflow where y_k does not."""
        with np.errstate(all="ignore"):
            growth, other, share = self._parts(c)
            half = np.floor_divide(k, 2)
            return y0 * share * power(growth, half) * power(growth, k - half) + y0 * (1 - share) * power(other, k)


def _over(above: Number, below: Number) -> Number:
    """above / below, with x / 0 infinite and 0 / 0 nan for single values too."""
    with np.errstate(all="ignore"):
        return np.divide(above, below)[()]


def _formula(beta: Number, above: str, below: str) -> str:
    """The edge in symbols; without momentum it is gradient descent's 2."""
    if not np.any(beta):
        return "2"
    return f"{above}/{below}" if below else above


def heavy_ball_stable_lr(lam: Number, beta: Number) -> Number:
    """(2 + 2β) / λ: heavy ball with v = βv + g converges on curvature λ if and only if 0 < η < this.

    Source: Polyak 1964; Goh 2017, Why Momentum Really Works, Distill.

    >>> float(heavy_ball_stable_lr(10.0, 0.9))
    0.38
    """
    return _over(Recurrence.heavy_ball(beta).edge, lam)


def gd_distance(k: Number, lr: Number, gamma: Number, y0: Number) -> Number:
    """y_k = (1 + ηγ)ᵏ y0, with the sign of y0: gradient descent's distance from a strict saddle after k steps.

    >>> float(gd_distance(3, lr=0.5, gamma=2.0, y0=1.0))
    8.0
    """
    return Recurrence().distance(k, -lr * gamma, y0)


def sgd_moments(lr: Array, lam: Number, x0: Number, sigma: Number) -> tuple[Array, Array]:
    """Mean and variance of SGD's x_0 ... x_steps on curvature λ, exactly, for gradients λx + σξ with standard normal ξ.

    The mean is multiplied by 1 - η_k λ at each step, the variance by its square, and η_k² σ² is added.

    Args:
        lr: η_1, η_2, ... of shape (steps, *runs), against which the others broadcast.

    Returns:
        Two arrays of (steps + 1, *runs).

    Source: Zhang et al. 2019, Which Algorithmic Choices Matter at Which Batch Sizes? Insights From a Noisy Quadratic
    Model, section 3.

    >>> mean, variance = sgd_moments(np.array([0.5, 0.5]), lam=1.0, x0=8.0, sigma=2.0)
    >>> mean.tolist(), variance.tolist()
    ([8.0, 4.0, 2.0], [0.0, 1.0, 1.25])
    """
    runs = np.broadcast_shapes(*(np.shape(value) for value in (lr[0] if len(lr) else 0.0, lam, x0, sigma)))
    mean, variance = (np.empty((len(lr) + 1, *runs)) for _ in range(2))
    mean[0], variance[0] = x0, 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for k, eta in enumerate(lr):
            factor = 1 - eta * lam
            mean[k + 1] = factor * mean[k]
            variance[k + 1] = factor * factor * variance[k] + np.square(eta * sigma)
    return mean, variance


def sgd_stationary_variance(lr: Number, lam: Number, sigma: Number) -> Number:
    """ησ² / (λ (2 - ηλ)): the variance that SGD's x keeps on curvature λ at constant η: the ball around the minimum.

    It is the v that a step leaves as it is, v = (1 - ηλ)² v + η²σ²; see ``sgd_moments``.  For small η it is ησ² / 2λ,
    proportional to η.  Infinite where none is kept: for ηλ >= 2, and without curvature.  0 for η = 0: nothing moves.
    Source: Zhang et al. 2019, as above; Mandt, Hoffman & Blei 2017, Stochastic Gradient Descent as Approximate Bayesian
    Inference, section 4, for small η.

    >>> sgd_stationary_variance(np.array([0.02, 0.5, 2.0]), lam=1.0, sigma=3.0).round(3).tolist()
    [0.091, 3.0, inf]
    """
    c = np.multiply(lr, lam)
    kept = ~(np.less_equal(lam, 0) | (c >= 2))  # nan stays nan
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        variance = lr * np.square(sigma) / np.where(kept, lam * (2 - c), 1.0)
    return np.where(np.equal(lr, 0), 0.0, np.where(kept, variance, np.inf))[()]


def batch_noise(sigma: Number, size: Number, examples: Number) -> Number:
    """σ/√B · √((N - B)/(N - 1)): how far the mean gradient of B of N examples, drawn without replacement, is from that
    of all, as a root mean square.

    σ is the same for single examples.  The second factor is that of a finite population: all of them have no noise.
    A batch of more than all is all.

    Source: Cochran 1977, Sampling Techniques, theorem 2.2.

    >>> batch_noise(2.0, np.array([1, 16, 1000]), examples=1000).round(3).tolist()
    [2.0, 0.496, 0.0]
    """
    rest = np.maximum(np.subtract(examples, size), 0.0)
    return (sigma * np.sqrt(rest / (np.maximum(np.subtract(examples, 1.0), 1.0) * size)))[()]


def adam_bias_factor(t: Number, beta1: Number = 0.9, beta2: Number = 0.999) -> Number:
    """(1 - β1ᵗ) / √(1 - β2ᵗ): Adam's step t without bias correction over η, for a constant gradient.

    With the correction it is 1.  Source: Kingma & Ba 2015, Adam, section 3.

    >>> adam_bias_factor(np.array([1, 12, 1000])).round(3).tolist()
    [3.162, 6.569, 1.258]
    """
    return _over(1 - power(beta1, t), np.sqrt(1 - power(beta2, t)))


def adam_steady_step(lr: Number, g: Number, eps: Number = 1e-8) -> Number:
    """η |g| / (|g| + ε): the corrected step for a constant gradient: η for any g well above ε, and less near it.

    >>> adam_steady_step(0.3, np.array([1e-10, 1e-8, 1.0])).round(3).tolist()
    [0.003, 0.15, 0.3]
    """
    size = np.abs(g)
    return _over(lr * size, size + eps)


def ema_weight(beta: Number, age: Number) -> Number:
    """(1 - β) βⁿ: the weight in a moving average of the value n steps back.

    >>> ema_weight(0.5, np.array([0, 1, 2])).tolist()
    [0.5, 0.25, 0.125]
    """
    return (1 - beta) * power(beta, age)


def ema_window(beta: Number) -> Number:
    """1 / (1 - β): about how many values an average covers; after that many a weight has fallen to about 1 / e.

    >>> float(ema_window(0.75))
    4.0
    """
    return _over(1, 1 - beta)


def ema_lag(beta: Number) -> Number:
    """β / (1 - β): how many steps an average trails behind a straight line, and the mean age of what it averages.

    >>> float(ema_lag(0.75))
    3.0
    """
    return _over(beta, 1 - beta)


def ema_variance_ratio(beta: Number, t: Number | None = None) -> Number:
    """The variance of a corrected average of t values of white noise, over the variance of one value.

    (1 - β) / (1 + β) · (1 + βᵗ) / (1 - βᵗ): the sum of the squared weights; 1 at t = 1, without t its limit.

    >>> float(ema_variance_ratio(0.6)), float(ema_variance_ratio(0.6, t=1))
    (0.25, 1.0)
    """
    limit = _over(1 - beta, 1 + beta)
    if t is None:
        return limit
    power_t = power(beta, t)
    return limit * _over(1 + power_t, 1 - power_t)
