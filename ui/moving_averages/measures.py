"""What an average does to a series, measured: how much noise it keeps, how late it is, when its correction is over."""

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

import optim

from .series import Series

WITHIN = 0.01
"""The correction has stopped mattering once it changes the average by at most this share."""

SETTLED = 1e-3
"""What is measured is measured from where the start at 0 weighs at most this much."""

AROUND = 31
"""Values of the centred mean that stands for what is meant, where noise is not known."""

ENOUGH = 30
"""Values that a measurement needs."""


class Measured(NamedTuple):
    """Of one average: each is nan where the series is too short for it, or has nothing of that kind."""

    noise: float
    """Mean square of the averaged noise over that of the noise itself."""
    whole: float
    """Variance of the average over that of the series."""
    lag: float
    """Steps by which the series without its noise must be shifted right to lie best on its average."""


STARTS = {"plain": {}, "corrected": {"bias_correction": True}, "first": {"start_at_first": True}}
"""What the kinds of averages are to ``optim.ema``."""


@lru_cache(maxsize=512)
def average(series: Series, beta: float, kind: str) -> np.ndarray:
    """The average of one kind: ``plain`` starts at 0, ``corrected`` too and is corrected for it, ``first`` starts at
    the first value."""
    return optim.ema(series.values, beta, **STARTS[kind])


def weight(beta: float, t: np.ndarray | float) -> Any:
    """1 − βᵗ for t >= 1, the sum of the weights, to full precision for β close to 1 too."""
    return -np.expm1(np.multiply(t, math.log(beta) if beta else -math.inf))


def last_step(beta: float, within: float = WITHIN) -> int:
    """The first t with βᵗ <= within: there the correction, a division by 1 − βᵗ, changes the average by no more."""
    if beta == 0:
        return 1
    guess = max(1, math.ceil(math.log(within) / math.log(beta)))
    # The logarithms may be rounded across a whole number.
    return next((t for t in (guess - 1, guess, guess + 1) if t >= 1 and beta**t <= within * (1 + 1e-12)), guess)


def half_life(beta: float) -> float:
    """ln ½ / ln β: after so many steps a weight has halved."""
    return math.log(0.5) / math.log(beta) if beta else 0.0


@lru_cache(maxsize=64)
def parts(series: Series) -> tuple[np.ndarray, np.ndarray]:
    """The series without its noise, and its noise: as made, or else a centred mean of 31 values and the rest.

    The first has no gaps; the noise of a missing value is nan.
    """
    values = series.values
    if series.noise is not None:
        return values - series.noise, series.noise
    present = np.isfinite(values)
    level = values[present].mean()
    total = np.concatenate([[0.0], np.cumsum(np.where(present, values - level, 0.0))])
    count = np.concatenate([[0], np.cumsum(present)])
    half = min(AROUND // 2, (len(values) - 1) // 2)
    t = np.arange(len(values))
    # Near the ends the mean stays centred and becomes narrower.
    reach = np.minimum(half, np.minimum(t, len(values) - 1 - t))
    around = count[t + reach + 1] - count[t - reach]
    mean = (total[t + reach + 1] - total[t - reach]) / np.maximum(around, 1)
    smooth = level + np.interp(t, t[around > 0], mean[around > 0])
    return smooth, values - smooth


@lru_cache(maxsize=256)
def measure(series: Series, betas: tuple[float, ...]) -> tuple[Measured, ...]:
    """What each β does to this series; all in one pass over it."""
    smooth, noise = parts(series)
    present = np.isfinite(series.values)
    streams = [np.where(present, series.values, 0.0), np.where(present, noise, 0.0), present, smooth - smooth[0]]
    passed = optim.ema(np.stack(streams, axis=1)[..., None], np.array(betas))
    found = []
    for i, beta in enumerate(betas):
        values, kept, shares, follows = passed[..., i].T
        with np.errstate(invalid="ignore", divide="ignore"):
            values, kept = values / shares, kept / shares
        scale = np.abs(series.values[present]).max()
        # Below this a mean square is rounding.
        least = np.square(1e-12 * scale)
        here = present & (np.arange(len(present)) >= last_step(beta, SETTLED))
        found.append(
            Measured(
                _ratio(np.square(kept[here]), np.square(noise[here]), least),
                _ratio(np.square(_centred(values[here])), np.square(_centred(series.values[here])), least),
                _lag(smooth, follows + smooth[0], beta, least),
            )
        )
    return tuple(found)


def _centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean() if len(values) else values


def _ratio(above: np.ndarray, below: np.ndarray, least: float) -> float:
    if len(below) < ENOUGH or below.mean() <= least:
        return math.nan
    return float(above.mean() / below.mean())


def _lag(series: np.ndarray, average: np.ndarray, beta: float, least: float) -> float:
    """The shift k, in parts of a step, at which Σ (average_t − series_{t−k})² is least.

    It is measured from where the start weighs little, or from the beginning if the series begins at rest: then nothing
    tells its start.  It is nan if less than half of the average's variance is explained by a shifted series: fast
    changes are not delayed by an average but removed.
    """
    shifts = min(math.ceil(2 * beta / (1 - beta)) + 5, len(series) // 2)
    rests = series[1] == series[0]
    first = 1 if rests else max(last_step(beta, SETTLED), shifts)
    t = np.arange(first, len(series) - 1)
    if len(t) < max(ENOUGH, 0 if rests else shifts) or series.var() <= least:
        return math.nan
    late = average[t]
    # From one step to the left, so that the least of these has neighbours.
    miss = np.array([np.square(late - series[np.maximum(t - k, 0)]).mean() for k in range(-1, shifts + 1)])
    k = int(np.argmin(miss))
    if k in (0, len(miss) - 1) or miss[k] > 0.5 * late.var():
        return math.nan
    left, here, right = miss[k - 1 : k + 2]
    # A parabola through three misses is no closer than that.
    return round(max(0.0, k - 1 + float((left - right) / (2 * (left - 2 * here + right)))), 2)
