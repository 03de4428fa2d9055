"""Averages as tidy tables: what is drawn is thinned, what is computed never is."""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa

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


def raw(series: Series, shown: int) -> pa.Table:
    """The points behind."""
    values = series.values[:shown]
    keep = drawn(values, DOTS)
    return dots("t", keep + 1, values[keep])


def dots(name: str, x: np.ndarray, y: np.ndarray) -> pa.Table:
    """Points with a gap after each."""
    return pa.table({name: np.repeat(x, 2), "y": np.stack([y, np.full(len(y), np.nan)], axis=1).ravel()})


def curve(series: Series, beta: float, shown: int) -> pa.Table:
    """One average, with and without correction."""
    plain, corrected = (average[:shown] for average in measures.averages(series, beta))
    keep = drawn(corrected, BUCKETS)
    return pa.table({"t": keep + 1, "corrected": corrected[keep], "plain": plain[keep]})


def scrubbed(series: Series, betas: Sequence[float], shown: int) -> tuple[pa.Table, pa.Table]:
    """The averages for all βs at the same steps, and the steps: their place in ``betas`` is k."""
    keep = drawn(series.values[:shown], BUCKETS // 2)
    parts = []
    for k, beta in enumerate(betas):
        plain, corrected = (average[keep] for average in measures.averages(series, beta))
        parts.append(pa.table({"k": np.full(len(keep), k), "t": keep + 1, "corrected": corrected, "plain": plain}))
    return pa.concat_tables(parts), pa.table({"t": keep + 1})


def bias(betas: Sequence[float], last: int) -> pa.Table:
    """1 − βᵗ at steps equally far apart on a log axis."""
    t = np.unique(np.geomspace(1, last, 70).round())
    slots = range(len(betas))
    parts = [pa.table({"slot": np.full(len(t), slot), "t": t, "y": 1 - betas[slot] ** t}) for slot in slots]
    return pa.concat_tables(parts)


@lru_cache(maxsize=64)
def found(betas: tuple[float, ...], measured: tuple[Measured, ...], kinds: tuple[str, ...]) -> pa.Table:
    """What was measured, by kind, where there was something to measure."""
    rows = [
        {"beta": beta, "gap": 1 - beta, "kind": kind, "y": getattr(one, kind), "slot": slot}
        for slot, (beta, one) in enumerate(zip(betas, measured, strict=True))
        for kind in kinds
        if math.isfinite(getattr(one, kind))
    ]
    numbers = {name: pa.float64() for name in ("beta", "gap", "y")}
    return pa.Table.from_pylist(rows, pa.schema(numbers | {"kind": pa.string(), "slot": pa.int64()}))


def table(series: Series, betas: Sequence[float]) -> pd.DataFrame:
    """Every value of every average, for the CSV."""
    columns = {"t": np.arange(1, len(series.values) + 1), "value": series.values}
    for beta in betas:
        plain, corrected = measures.averages(series, beta)
        columns |= {f"ema_{beta:g}": plain, f"ema_{beta:g}_corrected": corrected}
    return pd.DataFrame(columns)
