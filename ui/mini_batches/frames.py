"""Runs on mini-batches as tidy tables: what is drawn is thinned, what is computed never is."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa

from optim import Array, theory

from .. import frames
from ..frames import Box
from ..runs import Run, made_of
from . import data, entries
from .data import COUNTS
from .entries import Look
from .measures import Noise
from .setting import Setting
from .training import Plan, Record

POINTS = 80
"""What a line of costs over all examples is thinned to."""


def across(plan: Plan, axis: str, steps: np.ndarray) -> Array:
    """Where so many updates stand on an axis: themselves, or the epochs or examples that they have seen."""
    if axis == "updates":
        return steps.astype(float)
    seen = data.seen(plan.data, plan.size, steps)
    return seen / COUNTS[plan.data] if axis == "epochs" else seen.astype(float)


def end(now: Setting) -> float:
    """Where an axis ends."""
    return float({"updates": now.updates, "epochs": now.epochs}.get(now.axis, now.epochs * COUNTS[now.data]))


def costs(now: Setting, looks: Sequence[Look]) -> dict[str, pa.Table]:
    """Of each run the cost over all examples, and that of each mini-batch."""
    found = list(zip(looks, now.plans, now.records, strict=True))
    log, last = now.scale == "log", end(now)
    box = _window([record for *_, record in found], last, log)
    drawn: dict[str, pa.Table] = {}
    for i, (look, plan, record) in enumerate(found):
        shown = look.name, plan, now.axis, last, box, log
        drawn[f"batch{i}"] = made_of(record.batch, shown, partial(_batch, record, *shown))
        drawn[f"full{i}"] = made_of(record.full, shown, partial(_full, record, *shown))
    return drawn


def _batch(record: Record, name: str, plan: Plan, axis: str, last: float, box: Box, log: bool) -> pa.Table:
    """The cost of each mini-batch."""
    steps = np.arange(len(record.batch))
    inside = steps[across(plan, axis, steps) <= last]
    keep = inside[frames.thin(record.batch[inside])]
    return _curve(f"{name}: mini-batch", plan, axis, keep, record.batch[keep], box, log)


def _full(record: Record, name: str, plan: Plan, axis: str, last: float, box: Box, log: bool) -> pa.Table:
    """The cost over all examples."""
    near = np.flatnonzero(across(plan, axis, record.looks) <= last)
    near = near[_spread(across(plan, axis, record.looks[near]), last)]
    return _curve(f"{name}: all examples", plan, axis, record.looks[near], record.full[near], box, log)


def _spread(x: Array, last: float) -> np.ndarray:
    """Indices of about ``POINTS`` of these places, about equally far apart, the last among them."""
    wanted = np.linspace(0, last, POINTS + 1)
    return np.unique(np.minimum(np.searchsorted(x, wanted), len(x) - 1))


def _window(found: Sequence[Record], last: float, log: bool) -> Box:
    """All of every sound run, and the beginnings of those that diverge."""
    parts = [np.concatenate([record.batch, record.full]) for record in found if record.diverged is None]
    seen = np.concatenate([*parts, *(record.full[:1] for record in found)])
    seen = seen[np.isfinite(seen) & ((seen > 0) | (not log))]
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (1.0, 1.0)
    if log:
        # Single examples may have costs of almost 0: two decades below the lowest cost of all examples are shown.
        floor = min((float(np.nanmin(record.full)) for record in found), default=low)
        return Box(0, last, max(low, 1e-2 * floor, 1e-300), 2 * high)
    return Box(0, last, low - 0.02 * (high - low), high + 0.05 * (high - low) + 1e-300)


def _curve(name: str, plan: Plan, axis: str, steps: np.ndarray, y: Array, box: Box, log: bool) -> pa.Table:
    x = across(plan, axis, steps)
    with np.errstate(all="ignore"):
        height = np.log10(np.where(y > 0, y, np.nan)) if log else y
    inner = box._replace(bottom=np.log10(box.bottom), top=np.log10(box.top)) if log else box
    where, at = frames.clip(np.stack([x, height], axis=1), inner)
    step = np.interp(where, np.arange(len(steps)), steps) if len(where) else where
    return _table(name, axis, step, at[:, 0], 10 ** at[:, 1] if log else at[:, 1])


def _table(name: str, axis: str, step: Array, x: Array, y: Array) -> pa.Table:
    """One row per point; against updates the step is the place."""
    other = {} if axis == "updates" else {"x": x}
    return pa.table({"run": pa.array([name] * len(step), pa.string()), "step": step, **other, "y": y})


def accuracies(now: Setting, looks: Sequence[Look]) -> dict[str, pa.Table]:
    """Of each run the share of the test's digits that it reads correctly."""
    drawn: dict[str, pa.Table] = {}
    for i, (look, plan, record) in enumerate(zip(looks, now.plans, now.records, strict=True)):
        x = across(plan, now.axis, record.looks)
        near = np.flatnonzero(x <= end(now))
        near = near[_spread(x[near], end(now))]
        steps = record.looks[near].astype(float)
        drawn[f"accuracy{i}"] = _table(look.name, now.axis, steps, x[near], record.accuracy[near])
    return drawn


def walks(now: Setting, looks: Sequence[Look]) -> list[Run]:
    """The geyser's paths over slope and intercept, with the cost over all examples along them."""
    found: list[Run] = []
    for look, record in zip(looks, now.records, strict=True):
        f = made_of(record.path, "cost", partial(_cost, record.path))
        found.append(Run(*look, {"x": record.path, "f": f, "step": record.step}))
    return found


@np.errstate(all="ignore")
def _cost(path: Array) -> Array:
    return data.bowl().at(path.T)[0]


def noise(found: Noise, now: Setting, looks: Sequence[Look]) -> dict[str, pa.Table]:
    """The noise of the gradient against batch size: theory, measurements, and the page's own batch sizes."""
    total = COUNTS[now.data]
    sizes = np.unique(np.concatenate([np.geomspace(1, total - 1, 60), found.sizes]))
    own = [(data.size_of(now.data, entry.size), look) for entry, look in zip(now.entries, looks, strict=True)]
    own = [(size, look) for size, look in own if size < total]
    return {
        "theory": pa.table({"x": sizes, "y": theory.batch_noise(found.sigma, sizes, total)}),
        "infinite": pa.table({"x": sizes, "y": found.sigma / np.sqrt(sizes)}),
        "measured": pa.table({"x": found.sizes, "y": found.measured}),
        "own": pa.table(
            {
                "x": pa.array([float(size) for size, _ in own], pa.float64()),
                "y": pa.array([float(theory.batch_noise(found.sigma, size, total)) for size, _ in own], pa.float64()),
                "color": pa.array([look.color for _, look in own], pa.string()),
            }
        ),
    }


def table(now: Setting) -> pd.DataFrame:
    """Every update of every run, for the CSV; the cost over all examples where it was measured."""
    parts: list[pd.DataFrame] = []
    for name, plan, record in zip(entries.names(now.entries), now.plans, now.records, strict=True):
        update = np.arange(len(record.batch))
        full, accuracy = np.full((2, len(update)), np.nan)
        full[record.looks], accuracy[record.looks] = record.full, record.accuracy
        columns = {
            "run": name,
            "batch size B": data.size_of(plan.data, plan.size),
            "update": update,
            "epochs": across(plan, "epochs", update),
            "examples": across(plan, "examples", update),
            "cost of the mini-batch": record.batch,
            "cost over all examples": full,
        }
        if plan.data == data.DIGITS:
            columns["test accuracy"] = accuracy
        else:
            columns |= {"slope a": record.path[:, 0], "intercept b": record.path[:, 1]}
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
