"""The exponential moving average, and the correction of its bias towards the zero it starts from."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .formula import FINITE, YES_NO, Array, Domain, Number, broadcast, real_numbers

_BETA = Domain(low=0, high=1, open_high=True)


def ema_step(mean: Any, value: Any, beta: Any) -> Any:
    """One step of the average: m_t = β m_{t-1} + (1 - β) g_t.

    >>> ema_step(4.0, 8.0, beta=0.75)
    5.0
    """
    return beta * mean + (1 - beta) * value


def debias(mean: Any, beta: Any, t: Number) -> Any:
    """The average corrected for its start at 0: m̂_t = m_t / (1 - βᵗ), t = 1, 2, ... (Kingma & Ba 2015, section 3).

    >>> float(debias(ema_step(0.0, 8.0, beta=0.75), beta=0.75, t=1))
    8.0
    """
    return mean / (1 - power(beta, t))


def power(base: Any, exponent: Number) -> Any:
    """base^exponent, to the last bit the same for one exponent as for many.

    Python's own power of a float may differ from NumPy's in the last bit, and NumPy's own between a single exponent
    of 2 or 1/2, for which it takes the square or the root, and an array of exponents with such a one in it.

    >>> power(0.5, np.array([1.0, 2.0, 3.0])).tolist()
    [0.5, 0.25, 0.125]
    """
    raised: Array = np.power(base, exponent)
    if isinstance(exponent, np.ndarray):
        square: Array = np.square(base)
        root: Array = np.sqrt(base)
        return np.where(exponent == 2, square, np.where(exponent == 0.5, root, raised))
    return raised


def ema(series: ArrayLike, beta: ArrayLike, bias_correction: bool = False, *, start_at_first: bool = False) -> Array:
    """The exponential moving average of ``series`` along axis 0, started at v_0 = 0.

    v_t = β v_{t-1} + (1 - β) θ_t, and with ``bias_correction`` v_t / (1 - βᵗ); t counts from 1.

    A nan is a gap: the average stays as it was, while the weight of what it has seen still falls by β.  So the next
    value counts for more, and the corrected average is the weighted mean of the values that are there.  With
    ``bias_correction`` this is pandas' ``ewm(adjust=True, ignore_na=False)``, with ``start_at_first`` its
    ``adjust=False``; both are nan until the first value.

    Args:
        series: (n, *shape), finite or nan.
        beta: 0 <= β < 1; a number, or an array that broadcasts against ``shape``: several averages at once.
        bias_correction: divide by 1 - βᵗ, the sum of the weights so far.
        start_at_first: begin with v_1 = θ_1 instead of v_0 = 0, which leaves no bias to correct.

    Returns:
        (n, *shape broadcast with beta).

    Raises:
        TypeError, ValueError: an argument is not as above, or both ways to start are asked for.

    >>> ema([4.0, 0.0, 8.0], beta=0.75).tolist()
    [1.0, 0.75, 2.5625]
    >>> ema([3.0, 3.0, 3.0], beta=0.75, bias_correction=True).tolist()
    [3.0, 3.0, 3.0]
    """
    YES_NO.check("bias_correction", bias_correction)
    YES_NO.check("start_at_first", start_at_first)
    if bias_correction and start_at_first:
        raise ValueError("An average that starts at its first value has no bias to correct: choose one of the two.")
    gaps = _gaps(series)
    values = np.asarray(FINITE.check("series", np.where(gaps, 0, series) if gaps.any() else series))
    if values.ndim == 0:
        raise ValueError("series: it must have at least one axis.")
    beta = np.asarray(_BETA.check("beta", beta))
    out = np.empty((len(values), *broadcast("these shapes", {"series": values.shape[1:], "beta": beta.shape})))
    if gaps.any():
        return _ema_with_gaps(values, gaps, beta, bias_correction, start_at_first, out)
    rows: Iterable[Any] = values
    if out.ndim == 1:  # Python's own floats go the same steps in a fraction of the time
        rows, beta = values.tolist(), float(beta)
    mean: Any = 0.0
    for t, value in enumerate(rows):
        out[t] = mean = value if start_at_first and t == 0 else ema_step(mean, value, beta)
    t = np.arange(1.0, len(out) + 1).reshape(-1, *(out.ndim - 1) * [1])
    return debias(out, beta, t) if bias_correction else out


def _gaps(series: ArrayLike) -> NDArray[np.bool_]:
    try:
        return np.isnan(real_numbers(series))
    except (TypeError, OverflowError):
        # Not numbers: the check of the series says so.
        return np.zeros((), bool)


def _ema_with_gaps(
    values: Array, gaps: NDArray[np.bool_], beta: Array, bias_correction: bool, start_at_first: bool, out: Array
) -> Array:
    """The average kept as a weighted mean: after a long gap, sums of weights would underflow to 0 / 0."""
    from_zero = not (bias_correction or start_at_first)
    mean, weight, seen = np.zeros(()), np.full((), float(from_zero)), np.full((), from_zero)
    for t, (value, gap) in enumerate(zip(values, gaps, strict=True)):
        weight = beta * weight
        total = weight + (1 - beta)
        mean = np.where(gap, mean, (weight * mean + (1 - beta) * value) / total)
        weight = np.where(gap, weight, total if bias_correction else 1.0)
        seen = seen | ~gap
        out[t] = np.where(seen, mean, np.nan)
    return out
