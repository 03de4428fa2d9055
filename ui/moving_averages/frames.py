"""Averages as tidy tables: what is drawn is thinned, what is computed never is."""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from optim import theory

from ..words import number
from . import measures
from .gradients import STEPS, Steps
from .measures import Measured, average
from .series import Series
from .setting import Setting

BUCKETS = 110
"""Parts of the time axis of which a line draws the lowest and the highest value."""
DOTS = 300
"""The same for the raw points."""
FIRST = 30
"""Steps that are always drawn: there the correction acts."""
POINTED = 140
"""Places of a chart that can be pointed at."""
GAPS = 200
"""Gaps that are drawn, the longest first."""

KINDS = {"corrected": "corrected", "plain": "from 0", "first": "from the first value"}
"""What the kinds of averages are called."""


def drawn(values: np.ndarray, buckets: int) -> np.ndarray:
    """Indices of values that show the shape of all: the first few, and the extremes of every part.

    A short series is drawn whole.  Missing values are passed over where there are others.
    """
    n = len(values)
    if n <= 2 * buckets:
        return np.arange(n)
    edges = np.linspace(0, n, buckets + 1).astype(int)
    known = np.isfinite(values)
    low, high = np.where(known, values, np.inf), np.where(known, values, -np.inf)
    extremes = [
        a + i for a, b in pairwise(edges) for i in (int(np.argmin(low[a:b])), int(np.argmax(high[a:b])))
    ]  # fmt: skip
    return np.unique(np.concatenate([np.arange(FIRST), extremes, [n - 1]]))


def raw(series: Series, shown: int) -> pa.Table:
    """The points behind."""
    values = series.values[:shown]
    keep = drawn(values, DOTS)
    keep = keep[np.isfinite(values[keep])]
    return dots("t", keep + 1, values[keep])


def gaps(series: Series, shown: int) -> pa.Table:
    """From and to where values are missing."""
    missing = np.concatenate([[False], np.isnan(series.values[:shown]), [False]])
    edges = np.flatnonzero(missing[1:] != missing[:-1]).reshape(-1, 2)
    longest = edges[np.sort(np.argsort(edges[:, 0] - edges[:, 1], kind="stable")[:GAPS])]
    return pa.table({"t": longest[:, 0] + 0.5, "end": longest[:, 1] + 0.5})


def dots(name: str, x: np.ndarray, y: np.ndarray) -> pa.Table:
    """Points with a gap after each."""
    return pa.table({name: np.repeat(x, 2), "y": np.stack([y, np.full(len(y), np.nan)], axis=1).ravel()})


def curve(series: Series, beta: float, shown: int, kinds: Sequence[str]) -> pa.Table:
    """One average, in each of the ways to start it."""
    found = {kind: average(series, beta, kind)[:shown] for kind in kinds}
    keep = drawn(found[kinds[0]], BUCKETS)
    return pa.table({"t": keep + 1, **{kind: values[keep] for kind, values in found.items()}})


def pointed(now: Setting) -> pa.Table:
    """What to show on pointing at a step: its value, and each average by its name."""
    series, shown = now.series, now.shown
    keep = np.unique(np.linspace(0, shown - 1, min(shown, POINTED)).round().astype(int))
    columns = {"t": keep + 1, "value": [_text(series.values[i]) for i in keep]}
    for place, beta in enumerate(now.betas):
        found = [(KINDS[kind], average(series, beta, kind)) for kind in now.kinds]
        columns[f"average{place}"] = [
            f"{now.name(beta)}: " + ", ".join(f"{_text(values[i])} {name}" for name, values in found) for i in keep
        ]
    return pa.table(columns)


def _text(value: Any) -> str:
    return number(float(value)) if math.isfinite(value) else "none"


@lru_cache(maxsize=32)
def missing(series: Series, shown: int) -> pa.Table:
    """The steps without a value."""
    t = 1 + np.flatnonzero(np.isnan(series.values[:shown]))
    return pa.table({"t": t, "none": np.ones(len(t), bool)})


def scrubbed(series: Series, betas: tuple[float, ...], shown: int) -> tuple[pa.Table, pa.Table]:
    """The averages for all βs at the same steps, and the steps: their place in ``betas`` is k."""
    keep = drawn(series.values[:shown], BUCKETS // 2)
    parts = []
    for k, beta in enumerate(betas):
        found = {kind: average(series, beta, kind)[keep] for kind in ("corrected", "plain")}
        parts.append(pa.table({"k": np.full(len(keep), k), "t": keep + 1, **found}))
    return pa.concat_tables(parts), pa.table({"t": keep + 1})


def bias(now: Setting, last: float) -> tuple[pa.Table, pa.Table]:
    """1 − βᵗ at steps equally far apart on a log axis, and what to show on pointing at one."""
    t = np.unique(np.geomspace(1, last, 70).round())
    sums = [measures.weight(beta, t) for beta in now.betas]
    lines = [pa.table({"place": np.full(len(t), place), "t": t, "y": y}) for place, y in enumerate(sums)]
    texts = {
        f"average{place}": [f"{now.name(beta)}: {number(float(value))}" for value in y]
        for place, (beta, y) in enumerate(zip(now.betas, sums, strict=True))
    }
    return pa.concat_tables(lines), pa.table({"t": t, **texts})


def found(now: Setting, measured: Sequence[Measured], kinds: Sequence[str]) -> pa.Table:
    """What was measured on the averages, where there was something to measure."""
    names = {"noise": "noise kept", "whole": "variance of the whole kept", "lag": "lag"}
    rows = [
        {
            "name": now.name(beta), "gap": 1 - beta, "kind": kind, "y": getattr(one, kind), "place": place,
            "text": f"{names[kind]}: {number(getattr(one, kind))}",
        }
        for place, (beta, one) in enumerate(zip(now.betas, measured, strict=True))
        for kind in kinds
        if math.isfinite(getattr(one, kind))
    ]  # fmt: skip
    texts = {name: pa.string() for name in ("name", "kind", "text")}
    return pa.Table.from_pylist(
        rows, pa.schema(texts | {"gap": pa.float64(), "y": pa.float64(), "place": pa.int64()})
    )  # fmt: skip


def factor(beta1: float, beta2: float, peak: int | None, last: float) -> pa.Table:
    """Adam's step without correction over that with it, for a constant gradient."""
    t = np.unique(np.concatenate([np.geomspace(1, last, 140).round(), [peak or 1.0]]))
    y = np.asarray(theory.adam_bias_factor(t, beta1, beta2))
    return pa.table({"t": t, "y": y, "text": [f"{number(float(value))} η" for value in y]})


def inside(corrected: Steps, plain: Steps, stream: int) -> pa.Table:
    """Of one stream: the gradient, m̂, what it is divided by, and the step, all with and without correction."""
    columns = {"t": np.arange(1, STEPS + 1), "g": corrected.g[:, stream]}
    for name, run in (("", corrected), ("0", plain)):
        columns |= {
            "m" + name: run.m[:, stream],
            "root" + name: run.root[:, stream],
            "step" + name: run.step[:, stream],
        }
    for name in [*columns][1:]:
        columns[f"{name}_text"] = [number(float(value)) for value in columns[name]]
    return pa.table(columns)


def table(now: Setting) -> pd.DataFrame:
    """Every value of every average, for the CSV."""
    series = now.series
    unit = f" ({series.unit})" if series.unit else ""
    columns = {"value" if series.name == series.time else series.name: series.values}
    for beta in now.betas:
        columns |= {f"{now.name(beta)}, {name}": average(series, beta, kind) for kind, name in KINDS.items()}
    time = {series.time: np.arange(1, len(series.values) + 1)}
    return pd.DataFrame(time | {name + unit: values for name, values in columns.items()})
