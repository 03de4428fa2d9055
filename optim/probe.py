"""What an optimizer does with gradients made to find out: facts that need not be declared, because they are measured.

They hold for whatever formula is registered, built in or not.
"""

from functools import lru_cache
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np

from .formula import Array, expect, fit, real_numbers

if TYPE_CHECKING:
    from .optimizers import Optimizer

STEPS = 50
"""Long enough for a warm-up such as RAdam's."""

SIZES = (1e40, 1e50)
"""Gradients beside which any ε is as good as 0, and whose squares and fourth powers are still finite."""


def expected(optimizer: object) -> "Optimizer":
    """The optimizer, if it is one.

    Raises:
        TypeError: it is something else.

    >>> from optim import schedules
    >>> expected(schedules.constant)
    Traceback (most recent call last):
    TypeError: optimizer = constant(): it must be one of kind Optimizer, such as optimizers.adam.
    """
    from .optimizers import Optimizer  # which imports this module

    return expect("optimizer", optimizer, Optimizer, "optimizers.adam")


def stream(gradients: object) -> Array:
    """The gradients of steps 1, 2, ... as an array.

    Raises:
        TypeError, ValueError: they are no numbers, or there is none.

    >>> stream([1, 2])
    array([1., 2.])
    """
    try:
        found = real_numbers(gradients)
    except (TypeError, OverflowError):
        raise TypeError("gradients: they must be an array of numbers, (steps, *shape).") from None
    if found.ndim == 0 or len(found) == 0:
        raise ValueError("gradients: there must be at least one, along axis 0.")
    return found


def respond(optimizer: "Optimizer", gradients: Array, x: Array | None = None, **values: Any) -> dict[str, Array]:
    """``step`` and whatever the optimizer names, each (steps, *shape), for gradients of that shape.

    Args:
        x: where each gradient is seen, of the same shape; by default the path from 0 that the steps make.
        values: hyperparameters in place of the optimizer's own, not validated; the state may start at them.

    Raises:
        TypeError, ValueError: it is no optimizer, there are no gradients, or x is of another shape.

    >>> from optim import optimizers
    >>> respond(optimizers.momentum(lr=1.0, beta=0.5), np.array([8.0, 0.0, 0.0]))["step"].tolist()
    [-8.0, -4.0, -2.0]
    """
    values, gradients = {**expected(optimizer).values, **values}, stream(gradients)
    if x is not None:
        fit(gradients.shape, {"x": x})
        x = np.broadcast_to(x, gradients.shape)
    positional = list(signature(optimizer.function).parameters.values())[3:]
    state = {p.name: values.get(p.default, p.default) for p in positional if p.kind is p.POSITIONAL_OR_KEYWORD}
    at: Any = np.zeros(gradients.shape[1:])
    kept: dict[str, Array] = {}
    with np.errstate(all="ignore"):
        for i, g in enumerate(gradients):
            step, names = optimizer.function(i + 1, at if x is None else x[i], g, *state.values(), **values)
            for name, value in {"step": step, **names}.items():
                kept.setdefault(name, np.empty(gradients.shape))[i] = value
            state = {name: names[name] for name in state}
            at = at + step
    return kept


def adaptive(optimizer: "Optimizer") -> bool:
    """Whether its effective learning rate depends on the gradients: on their size, their signs or their course.

    >>> from optim import optimizers
    >>> adaptive(optimizers.adam), adaptive(optimizers.momentum)
    (True, False)
    """
    return _adaptive(plain(optimizer))


def normalises(optimizer: "Optimizer") -> bool:
    """Whether the step of a constant gradient does not depend on its size, for a gradient far above ε.

    >>> from optim import optimizers
    >>> normalises(optimizers.adam), normalises(optimizers.lion), normalises(optimizers.momentum)
    (True, True, False)
    """
    return _normalises(plain(optimizer))


def plain(optimizer: "Optimizer") -> "Optimizer":
    """With its own switches and the default numbers: what kind of algorithm it is does not hang on their values.

    >>> from optim import optimizers
    >>> plain(optimizers.adam(lr=0.3, eps_inside=True))
    adam(eps_inside=True)
    """
    return expected(optimizer)(**{n: v for n, v in optimizer.defaults.items() if type(v) is not bool})


@lru_cache(maxsize=256)
def _adaptive(optimizer: "Optimizer") -> bool:
    one, t = np.ones(STEPS), np.arange(1.0, STEPS + 1)
    rates = respond(optimizer, np.stack([one, 2 * one, (-1) ** t, 1 / t], axis=1))["effective_lr"]
    return bool((rates != rates[:, :1]).any())


@lru_cache(maxsize=256)
def _normalises(optimizer: "Optimizer") -> bool:
    step = respond(optimizer, np.full((STEPS, 2), SIZES))["step"][-1]
    return bool(np.isclose(step[0], step[1], rtol=1e-6, atol=0.0))
