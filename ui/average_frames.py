"""Averages as tidy frames: what is drawn is thinned, what is computed never is."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from . import measures
from .measures import Measured
from .series import Series

BUCKETS = 110
"""Parts of the time axis of which a line draws the lowest and the highest value."""
DOTS = 300
"""The same for the raw points."""
FIRST = 30
"""Steps that are always drawn: there the correction acts."""


def drawn(values: np.ndarray, buckets: int) -> np.ndarray:
    """Indices of values that show the shape of all: the first few, and the extremes of every part.

    A short series is drawn whole.
    """
    n = len(values)
    if n <= 2 * buckets:
        return np.arange(n)
    edges = np.linspace(0, n, buckets + 1).astype(int)
    extremes = [a + int(find(values[a:b])) for a, b in pairwise(edges) for find in (np.argmin, np.argmax)]
    return np.unique(np.concatenate([np.arange(FIRST), extremes, [n - 1]]))


def raw(series: Series, shown: int) -> pd.DataFrame:
    """The points behind."""
    values = series.values[:shown]
    keep = drawn(values, DOTS)
    return pd.DataFrame({"t": keep + 1, "y": values[keep]})


def curve(series: Series, beta: float, shown: int) -> pd.DataFrame:
    """One average, with and without correction."""
    plain, corrected = (average[:shown] for average in measures.averages(series, beta))
    keep = drawn(corrected, BUCKETS)
    return pd.DataFrame({"t": keep + 1, "corrected": corrected[keep], "plain": plain[keep]})


def scrubbed(series: Series, betas: Sequence[float], shown: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The averages for all βs at the same steps, and the steps: their place in ``betas`` is k."""
    keep = drawn(series.values[:shown], BUCKETS // 2)
    parts = []
    for k, beta in enumerate(betas):
        plain, corrected = measures.averages(series, beta)
        parts.append(pd.DataFrame({"k": k, "t": keep + 1, "corrected": corrected[keep], "plain": plain[keep]}))
    return pd.concat(parts, ignore_index=True), pd.DataFrame({"t": keep + 1})


def bias(betas: Sequence[float], last: int) -> pd.DataFrame:
    """1 − βᵗ at steps equally far apart on a log axis."""
    t = np.unique(np.geomspace(1, last, 70).round())
    parts = [pd.DataFrame({"slot": slot, "t": t, "y": 1 - beta**t}) for slot, beta in enumerate(betas)]
    return pd.concat(parts, ignore_index=True)


def found(betas: Iterable[float], measured: Iterable[Measured], kinds: Sequence[str]) -> pd.DataFrame:
    """What was measured, by kind, where there was something to measure."""
    rows = [
        {"beta": beta, "gap": 1 - beta, "kind": kind, "y": getattr(one, kind), "slot": slot}
        for slot, (beta, one) in enumerate(zip(betas, measured, strict=True))
        for kind in kinds
    ]
    frame = pd.DataFrame(rows, columns=["beta", "gap", "kind", "y", "slot"])
    return frame[np.isfinite(frame["y"])].reset_index(drop=True)


def table(series: Series, betas: Sequence[float]) -> pd.DataFrame:
    """Every value of every average, for the CSV."""
    columns = {"t": np.arange(1, len(series.values) + 1), "value": series.values}
    for beta in betas:
        plain, corrected = measures.averages(series, beta)
        columns |= {f"ema_{beta:g}": plain, f"ema_{beta:g}_corrected": corrected}
    return pd.DataFrame(columns)
