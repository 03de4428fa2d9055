"""A line through data, y ≈ a x + b, by least squares: its loss as a surface, and on mini-batches.

It is the loss of ``learning.Network((1, 1), loss="squared error")``, from a few means of the examples instead of all of
them.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray

from .batch import Place
from .datasets import Examples
from .formula import Array, Hyperparameter, Number, expect
from .learning import Batches
from .surfaces import Surface, ValueAndGradient, points


def least_squares(examples: Examples) -> Surface:
    """Half the mean squared error of y ≈ a x + b over all examples, as a surface over slope a and intercept b.

    It is the loss of ``Network((1, 1), loss="squared error")``: a quadratic with Hessian (mean x², mean x; mean x, 1).
    Its map shows the start (0, 0) and the minimum.

    Raises:
        TypeError, ValueError: the examples are none, have more than one input or output, or all inputs are equal, so
            that no slope is best.

    >>> from optim import datasets
    >>> least_squares(datasets.old_faithful()).minima[0]  # doctest: +ELLIPSIS
    (10.7296..., 33.4743...)
    """
    _check(examples)
    x, y = examples.inputs[:, 0], examples.targets[:, 0]
    deviation = x - x.mean()
    if not deviation.any():
        raise ValueError(f"{examples.label}: all inputs are equal, so that no slope is best.")
    slope = float(deviation @ y / (deviation @ deviation))
    intercept = float(y.mean() - slope * x.mean())
    floor = float(0.5 * np.mean((y - slope * x - intercept) ** 2))
    values = {
        "slope": slope,
        "intercept": intercept,
        "floor": floor,
        "mean": float(x.mean()),
        "square": float(x @ x / len(x)),
    }
    return Surface(
        _quadratic,
        f"Least squares on {examples.label}",
        r"f = \tfrac1{2n} \sum_i (a x_i + b - y_i)^2",
        "Legendre 1805, Nouvelles méthodes pour la détermination des orbites des comètes, appendix",
        values,
        x_range=_around(slope),
        y_range=_around(intercept),
        minima=((slope, intercept),),
        axes=("slope a", "intercept b"),
    )


def _around(end: float) -> tuple[float, float]:
    """A range with 0 and ``end``, half of what lies between them below and all of it above; never empty."""
    room = abs(end) or 1.0
    return min(0.0, end) - room / 2, max(0.0, end) + room


@dataclass(frozen=True)
class Line:
    """Half the mean squared error of y ≈ a x + b on mini-batches: (a, b) descends it as any surface.

    With x̄ and ȳ the means of a step's examples and δ = a x̄ + b - ȳ it is
    f = (δ² + a² var x - 2a cov(x, y) + var y) / 2, with ∂f/∂a = δ x̄ + a var x - cov(x, y) and ∂f/∂b = δ.
    It equals ``learning.Task`` but for rounding, and a single long run takes a twentieth of the time.

    Raises:
        TypeError, ValueError: the examples have more than one input or output, or the batches are not of them.

    >>> from optim import datasets, optimizers, trace
    >>> geyser = datasets.old_faithful().standardised()
    >>> line = Line(geyser, Batches(len(geyser), size=1, seed=0))
    >>> trace(optimizers.sgd(lr=0.1), line, (0.0, 0.0), steps=2720)["x"][-1].round()
    array([14., 71.])
    """

    examples: Examples
    batches: Batches

    def __post_init__(self) -> None:
        _check(self.examples)
        expect("batches", self.batches, Batches, "Batches(272, size=16)")
        if self.batches.examples != len(self.examples):
            raise ValueError(f"The batches are of {self.batches.examples} examples; there are {len(self.examples)}.")

    @property
    def label(self) -> str:
        return f"Line through {self.examples.label}"

    @property
    def dimensions(self) -> int:
        return 2

    @property
    def shape(self) -> tuple[int, ...]:
        """The runs that the batches' seeds span."""
        return self.batches.shape

    @property
    def start(self) -> tuple[float, float]:
        return (0.0, 0.0)

    def at(self, w: Array, t: int) -> tuple[Array, Array]:
        """Loss (*runs,) and gradient (2, *runs) on the examples of step t, at w of (2, *runs).

        >>> pair = Examples("Pair", [[1.0], [3.0]], [[2.0], [6.0]])
        >>> line = Line(pair, Batches(2, size=1, shuffle=False))
        >>> w = np.array([1.0, 0.0])  # y ≈ x
        >>> [(float(f), g.tolist()) for f, g in (line.at(w, t=1), line.at(w, t=2))]
        [(0.5, [-1.0, -1.0]), (4.5, [-9.0, -3.0])]
        """
        means = self._means(0 if self.batches.plain else self.batches.epoch(t))[..., (t - 1) % self.batches.per_epoch]
        f, g = _on_means(points(w, "w"), **_named(means))
        return f, np.stack(np.broadcast_arrays(*g))

    def along(self, steps: int) -> Surface | None:
        """What a single run sees at its first steps, as a surface whose numbers are arrays over t."""
        if self.shape:
            return None
        epochs = range(1 if self.batches.plain else -(-steps // self.batches.per_epoch))
        means = self._of(np.stack([self.batches.order(epoch) for epoch in epochs])).reshape(len(_NAMES), -1)
        return _ON_MEANS(**_named(means[:, np.arange(steps) % means.shape[1]]))

    def block(self, place: Place) -> Self:
        """That of some of the runs."""
        return replace(self, batches=self.batches.block(place))

    def _means(self, epoch: int) -> Array:
        """The means that each step of an epoch needs, (5, *seeds, steps); the last two epochs' are kept."""
        if epoch not in self._kept:
            if len(self._kept) > 1:
                self._kept.clear()
            order = np.broadcast_to(self.batches.order(epoch), (*self.shape, len(self.examples)))
            self._kept[epoch] = self._of(order)
        return self._kept[epoch]

    @cached_property
    def _kept(self) -> dict[int, Array]:
        return {}

    def _of(self, order: NDArray[np.intp]) -> Array:
        """The five means of each step that sees the examples in this order, (..., examples): (5, ..., steps)."""
        size = self.batches.size
        whole = order.shape[-1] // size * size
        cuts = [order[..., :whole].reshape(*order.shape[:-1], -1, size), order[..., None, whole:]]
        parts: list[Array] = []
        for index in (cut for cut in cuts if cut.size):
            x, y = self.examples.inputs[index, 0], self.examples.targets[index, 0]
            mean_x, mean_y = x.mean(axis=-1), y.mean(axis=-1)
            dx, dy = x - mean_x[..., None], y - mean_y[..., None]
            squares = [(one * other).mean(axis=-1) for one, other in ((dx, dx), (dx, dy), (dy, dy))]
            parts.append(np.stack([mean_x, mean_y, *squares]))
        return np.concatenate(parts, axis=-1)


def _check(examples: Examples) -> None:
    expect("examples", examples, Examples, "datasets.old_faithful()")
    if examples.inputs.shape[1:] != (1,) or examples.targets.shape[1:] != (1,):
        raise ValueError(f"{examples.label}: a line needs one input and one output.")


def _quadratic(
    p: Any,
    *,
    slope: Annotated[Number, Hyperparameter(r"\hat a", "slope of the best line")] = 0.0,
    intercept: Annotated[Number, Hyperparameter(r"\hat b", "intercept of the best line")] = 0.0,
    floor: Annotated[Number, Hyperparameter(r"f_{\min}", "its loss")] = 0.0,
    mean: Annotated[Number, Hyperparameter(r"\bar x", "mean of the inputs")] = 0.0,
    square: Annotated[Number, Hyperparameter(r"\overline{x^2}", "mean of the squared inputs")] = 1.0,
) -> ValueAndGradient:
    """Half the mean squared error of a line, about its minimum."""
    a, b = p[0] - slope, p[1] - intercept
    ga, gb = square * a + mean * b, mean * a + b
    return floor + (a * ga + b * gb) / 2, (ga, gb)


def _on_means(
    p: Any,
    *,
    mean_x: Annotated[Number, Hyperparameter(r"\bar x", "mean of the inputs")] = 0.0,
    mean_y: Annotated[Number, Hyperparameter(r"\bar y", "mean of the targets")] = 0.0,
    var_x: Annotated[Number, Hyperparameter(r"\operatorname{var} x", "variance of the inputs")] = 0.0,
    cov: Annotated[Number, Hyperparameter(r"\operatorname{cov}(x, y)", "their covariance with the targets")] = 0.0,
    var_y: Annotated[Number, Hyperparameter(r"\operatorname{var} y", "variance of the targets")] = 0.0,
) -> ValueAndGradient:
    """Half the mean squared error of a line on some examples; unlike ``_quadratic`` it needs no best line of theirs."""
    a, b = p
    delta = a * mean_x + b - mean_y
    within = np.maximum(a * (a * var_x - 2 * cov) + var_y, 0.0)  # a mean of squares, but for rounding
    return (delta * delta + within) / 2, (delta * mean_x + (a * var_x - cov), delta)


def _named(means: Array) -> dict[str, Array]:
    return dict(zip(_NAMES, means, strict=True))


_NAMES = ("mean_x", "mean_y", "var_x", "cov", "var_y")
_ON_MEANS = Surface(
    _on_means,
    "Least squares on some examples",
    r"f = \tfrac12 (\delta^2 + a^2 \operatorname{var} x - 2 a \operatorname{cov}(x, y) + \operatorname{var} y)",
    "the mean of squares about a mean, expanded",
)
