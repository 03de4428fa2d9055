"""Kinds of gradients, and the steps that Adam makes of them."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from optim import Hyperparameter, Optimizer, replay, theory

STEPS = 200
SPIKE, EVERY = 20.0, 75
"""How much larger a spike is, and how many steps lie between two."""

SIZE = Hyperparameter("", "gradient size", low=1e-30, high=1e30, scale="log", slider=(1e-10, 10))

t = np.arange(1, STEPS + 1)

STREAMS: dict[str, Callable[[], np.ndarray]] = {
    "steady": lambda: np.ones(STEPS),
    "alternating": lambda: np.where(t % 2 == 1, 1.0, -1.0),
    "noisy": lambda: np.random.default_rng(0).standard_normal(STEPS),
    "spiky": lambda: np.where(t % EVERY == 0, SPIKE, 1.0),
}
"""Gradients g_1 ... g_200 of size about 1."""

ABOUT = {
    "steady": "g = 1 at every step",
    "alternating": "1, −1, 1, −1, …",
    "noisy": "white noise of mean 0 and variance 1",
    "spiky": f"1, and {SPIKE:g} at every {EVERY}th step",
}


class Steps(NamedTuple):
    """What Adam makes of all streams: each array is (200, streams)."""

    g: np.ndarray
    m: np.ndarray
    """m̂, or m without correction."""
    root: np.ndarray
    """What m̂ is divided by; see ``divisor``."""
    step: np.ndarray
    """m̂ over that: the step, in units of −η."""


@lru_cache(maxsize=256)
def steps(adam: Optimizer, size: float, corrected: bool) -> Steps:
    """Adam's steps on every stream."""
    g = size * np.stack([stream() for stream in STREAMS.values()], axis=1)
    # In units of η, and without a pull towards 0: the gradients come from no point.
    run = replay(adam(lr=1.0, weight_decay=0.0, bias_correction=corrected), g)
    with np.errstate(divide="ignore"):
        return Steps(g, run["m_hat"], 1 / run["effective_lr"], -run["step"])


def divisor(adam: Optimizer) -> str:
    """What m̂ is divided by, by where ε is added: to √v̂ or inside the root, after the correction or before."""
    before = adam.values["eps_hat"]
    if adam.values["eps_inside"]:
        return "√(v̂ + ε/(1 − β₂ᵗ))" if before else "√(v̂ + ε)"
    return "√v̂ + ε/√(1 − β₂ᵗ)" if before else "√v̂ + ε"


def peak(beta1: float, beta2: float) -> int | None:
    """The t at which (1 - β1ᵗ) / √(1 - β2ᵗ) is greatest; None if it only rises towards 1.

    With a = -ln β1 and b = -ln β2 its logarithm rises at t as long as 2a / (e^(at) - 1) > b / (e^(bt) - 1).  The ratio
    of the two is 2 at t = 0 and falls if a > b, so that there is one peak; else it never falls below 2.
    """
    if beta1 >= beta2:
        return None
    low, high = 0, 1
    while _size(high + 1, beta1, beta2) > _size(high, beta1, beta2):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        rises = _size(middle + 1, beta1, beta2) > _size(middle, beta1, beta2)
        low, high = (middle, high) if rises else (low, middle)
    return high


def _size(t: int, beta1: float, beta2: float) -> float:
    return float(theory.adam_bias_factor(t, beta1, beta2))
