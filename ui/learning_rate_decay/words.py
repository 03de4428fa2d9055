"""The Learning-rate decay page's sentences: one template each, of numbers that its tests compute anew."""

import math

import numpy as np

from ..words import exact, number
from . import adam, quadratic
from .setting import Setting


def epochs(now: Setting) -> str:
    """How steps and epochs are related here."""
    return (
        f"Steps per epoch: {now.batches:,}. Epochs in all: {number(now.steps / now.batches)}. A schedule that counts "
        "epochs is constant within each."
    )


def ball(now: Setting) -> str:
    """How far from the minimum SGD is in the long run at constant η."""
    edge = quadratic.edge(now.surface)
    if not now.lr:
        return "No ball: at η = 0 SGD does not move."
    if now.lr >= edge:
        return (
            f"No ball: η = {number(now.lr)} is at or above the stability edge 2/max(a, b) = {number(edge)}. "
            "At constant η SGD diverges there."
        )
    radius, level = quadratic.ball(now.surface, now.lr, now.noise), quadratic.level(now.given(now.schedules[0]))
    return (
        f"At constant η = {number(now.lr)} the root mean square distance from the minimum tends to "
        f"{number(radius, 3)}, and the expected loss to {number(level, 3)}."
    )


NOISELESS = "Without noise there is no ball: SGD converges at any constant η above 0 and below the stability edge."


def repairs(now: Setting) -> str:
    """What bias correction and warm-up each do to the first steps, for a constant gradient."""
    bare, at = adam.longest(now, corrected=False, warm=False)
    warm, later = adam.longest(now, corrected=False, warm=True)
    beta1, beta2 = (exact(now.adam.values[name]) for name in ("beta1", "beta2"))
    slowed = (
        f"A warm-up multiplies step t by min(t/w, 1): with w = {now.warmup} the longest is then {number(warm, 3)} η, "
        f"at t = {later}."
    )
    return (
        "For a constant gradient, ε and weight decay apart, every corrected step has length η. Without correction, "
        f"with β₁ = {beta1} and β₂ = {beta2}, the longest of the first {adam.STEPS} steps is "
        f"**{number(bare, 3)} η, at t = {at}**. " + (slowed if now.warmup else "With w = 0 there is no warm-up.")
    )


def quantiles(f: np.ndarray) -> tuple[float, float, float]:
    """The losses that 5 %, half and 95 % of the seeds do not exceed; those that diverged are above all others."""
    ordered = np.sort(np.where(np.isfinite(f), f, np.inf))
    low, middle, high = (float(ordered[max(math.ceil(part * len(f)) - 1, 0)]) for part in (0.05, 0.5, 0.95))
    return low, middle, high
