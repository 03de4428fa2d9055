"""What an average does to a series, measured: how much noise it keeps, how late it is, when its correction is over."""

import math
from functools import lru_cache
from typing import NamedTuple

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
    """Steps by which the series must be shifted right to lie best on its average."""


@lru_cache(maxsize=64)
def averages(series: Series, beta: float) -> tuple[np.ndarray, np.ndarray]:
    """The average without and with bias correction."""
    plain = optim.ema(series.values, beta)
    return plain, plain / (1 - np.power(beta, np.arange(1, len(plain) + 1)))


def last_step(beta: float, within: float = WITHIN) -> int:
    """The first t with βᵗ <= within: there the correction, a division by 1 − βᵗ, changes the average by no more."""
    if beta == 0:
        return 1
    guess = max(1, math.ceil(math.log(within) / math.log(beta)))
    # The logarithms may be rounded across a whole number.
    return next(t for t in (guess - 1, guess, guess + 1) if t >= 1 and beta**t <= within * (1 + 1e-12))


@lru_cache(maxsize=64)
def noise(series: Series) -> np.ndarray:
    """The series' noise: as made, or else what is left beside a centred mean of 31 values."""
    if series.noise is not None:
        return series.noise
    values = series.values
    half = min(AROUND // 2, (len(values) - 1) // 2)
    total = np.concatenate([[0.0], np.cumsum(values - values.mean())])
    t = np.arange(len(values))
    # Near the ends the mean stays centred and becomes narrower.
    reach = np.minimum(half, np.minimum(t, len(values) - 1 - t))
    return values - values.mean() - (total[t + reach + 1] - total[t - reach]) / (2 * reach + 1)


@lru_cache(maxsize=256)
def measure(series: Series, betas: tuple[float, ...]) -> tuple[Measured, ...]:
    """What each β does to this series; all in one pass over it."""
    both = np.stack([series.values, noise(series)], axis=1)
    passed = optim.ema(both[..., None], np.array(betas))
    return tuple(_measure(both, passed[..., i], beta) for i, beta in enumerate(betas))


def _measure(both: np.ndarray, passed: np.ndarray, beta: float) -> Measured:
    values, start = both[:, 0], last_step(beta, SETTLED)
    shifts = math.ceil(2 * beta / (1 - beta)) + 5
    # Below this a mean square is rounding.
    least = np.square(1e-12 * np.abs(values).max())
    kept, whole, lag = math.nan, math.nan, math.nan
    if len(values) - start >= ENOUGH:
        late, later = both[start:], passed[start:]
        kept = _ratio(np.square(later[:, 1]).mean(), np.square(late[:, 1]).mean(), least)
        whole = _ratio(later[:, 0].var(), late[:, 0].var(), least)
    first = max(start, shifts)
    if len(values) - first >= max(ENOUGH, shifts) and values[first - shifts :].var() > least:
        lag = _lag(values, passed[:, 0], first, shifts)
    return Measured(kept, whole, lag)


def _ratio(above: float, below: float, least: float) -> float:
    return float(above / below) if below > least else math.nan


def _lag(values: np.ndarray, average: np.ndarray, first: int, shifts: int) -> float:
    """The shift k, in parts of a step, at which Σ (average_t − values_{t−k})² is least.

    That is the greatest cross-correlation Σ average_t values_{t−k} less half the energy of the shifted series.  Without
    that a straight line, which correlates perfectly with every shift of itself, would have no lag.
    """
    late, n = average[first:], len(values)
    miss = np.array([np.square(late - values[first - k : n - k]).mean() for k in range(shifts + 1)])
    k = int(np.argmin(miss))
    if k in (0, shifts):
        return float(k)
    left, here, right = miss[k - 1 : k + 2]
    bend = left - 2 * here + right
    return k + float((left - right) / (2 * bend)) if bend > 0 else float(k)
