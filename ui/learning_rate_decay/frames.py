"""Schedules, losses and distances as tidy tables: what is drawn is thinned, what is computed never is."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from optim import Array

from .. import frames
from ..frames import Box
from ..runs import Run
from . import plans, quadratic
from .plans import Look
from .setting import Setting

STAIRS = 150
"""A learning rate that changes at most so often is drawn by its changes alone; others are thinned to as many."""
SMOOTH = 60
"""What an expected loss is thinned to."""
ROUGH = 90
"""What the loss of one run is thinned to."""
STEPPED = 60
"""The same of a line of shares."""


def span(first: int, steps: int, batches: int) -> pa.Table:
    """The two ends of the axis, in steps and in epochs."""
    return pa.table({"step": [first, max(steps, first + 1)], "epoch": [0.0, max(steps - first, 1) / batches]})


def rate(name: str, lr: Array, batches: int, log: bool) -> pa.Table:
    """The learning rate of the steps t = 1 ... N; a log axis has no place for 0."""
    n = len(lr)
    changes = np.flatnonzero(lr[1:] != lr[:-1]) + 1
    keep = np.unique(np.array([0, *changes, n - 1])) if len(changes) <= STAIRS else some(n, STAIRS)
    y = np.where(lr[keep] > 0, lr[keep], np.nan) if log else lr[keep]
    return pa.table({"run": _named(name, keep), "step": keep + 1, "epoch": keep / batches, "y": y})


def losses(now: Setting, found: Sequence[Run]) -> dict[str, pa.Table]:
    """The expected loss under each schedule, and that of one run, against step."""
    expected, singles = now.expected, [run.trace["f"] for run in found]
    box = frames.window([*found, *found], [*expected, *singles], log=True)
    drawn: dict[str, pa.Table] = {}
    for i, (run, mean, single) in enumerate(zip(found, expected, singles, strict=True)):
        named = run._replace(name=f"{run.name}: expected"), run._replace(name=f"{run.name}: one run")
        drawn[f"expected{i}"] = _epochs(_curve(named[0], mean, box, SMOOTH), now.batches)
        drawn[f"single{i}"] = _epochs(_curve(named[1], single, box, ROUGH), now.batches)
    return drawn


def _curve(run: Run, y: Array, box: Box, most: int) -> pa.Table:
    """A curve on a log axis, thinned to so many points; what the axis has no place for is a gap."""
    keep = some(len(y), most)
    with np.errstate(all="ignore"):
        height = np.log10(np.where(y[keep] > 0, y[keep], np.nan))
    _, at = frames.clip(
        np.stack([keep, height], axis=1), box._replace(bottom=np.log10(box.bottom), top=np.log10(box.top))
    )
    return pa.table({"run": _named(run.name, at), "step": at[:, 0], "y": 10 ** at[:, 1]})


def _epochs(table: pa.Table, batches: int) -> pa.Table:
    return table.append_column("epoch", pa.array(table["step"].to_numpy() / batches))


def level(y: float, text: str) -> pa.Table:
    """A level with its name."""
    return pa.table({"y": [y], "text": [text]})


def around(now: Setting, found: Sequence[Run]) -> dict[str, pa.Table]:
    """The second half of each run, as far as it is within four standard deviations of the ball, and its ring of two."""
    kept = [quadratic.axis(now.surface, now.lr, now.noise, name) for name in "ab"]
    box = Box(-4 * kept[0], 4 * kept[0], -4 * kept[1], 4 * kept[1])
    turn = np.linspace(0, 2 * np.pi, 73)
    drawn = {
        "ring": pa.table({"x": 2 * kept[0] * np.cos(turn), "y": 2 * kept[1] * np.sin(turn)}),
        "corners": pa.table({"x": [box.left, box.right], "y": [box.bottom, box.top]}),
    }
    half = now.steps // 2
    for i, run in enumerate(found):
        keep = half + frames.bends(run.trace["x"][half:], box)
        where, at = frames.clip(run.trace["x"][keep], box)
        if not where.size:
            # One point makes no line; of none at all the console would warn.
            where, at = np.zeros(1), np.zeros((1, 2))
        step = np.interp(where, np.arange(len(keep)), keep) if len(where) else where
        drawn[f"path{i}"] = pa.table({"run": _named(run.name, at), "step": step, "x": at[:, 0], "y": at[:, 1]})
    return drawn


def radii(now: Setting, looks: Sequence[Look]) -> dict[str, pa.Table]:
    """The ball's radius against η by the closed form and as measured, and how far each schedule's runs end."""
    surface, noise, edge = now.surface, now.noise, quadratic.edge(now.surface)
    lr = np.geomspace(0.004, 0.999, 60) * edge
    lr = np.unique([*lr, now.lr]) if 0 < now.lr < edge else lr
    rates, ball = quadratic.measured(now.a, now.b, now.seed)
    present = float(quadratic.ball(surface, now.lr, noise))
    shown = bool(np.isfinite(present) and present > 0)
    rows: list[dict[str, Any]] = []
    for look, schedule in zip(looks, now.schedules, strict=True):
        given = now.given(schedule)
        x, y = float(quadratic.rates(given)[-1]), quadratic.distance(given)
        if lr[0] <= x and np.isfinite(y) and 0 < y <= 100 * float(quadratic.ball(surface, lr[-1], noise)):
            rows.append({"run": look.name, "x": x, "y": y, "color": look.color})
    schema = {"run": pa.string(), "x": pa.float64(), "y": pa.float64(), "color": pa.string()}
    return {
        "theory": pa.table({"x": lr, "y": quadratic.ball(surface, lr, noise)}),
        "measured": pa.table({"x": rates, "y": ball * noise}),
        "edge": pa.table({"x": [edge], "text": ["stability edge 2/max(a, b)"]}),
        "now": pa.table(
            {"x": pa.array([now.lr] * shown, pa.float64()), "y": pa.array([present] * shown, pa.float64())}
        ),
        "ends": pa.Table.from_pylist(rows, pa.schema(schema)),
    }


def share(name: str, f: Array) -> pa.Table:
    """The share of seeds that end at or below each loss; those that diverged are never."""
    at = np.sort(f[np.isfinite(f)])
    part = np.arange(1, len(at) + 1) / len(f)
    # A log axis has no place for 0.
    at, part = at[at > 0], part[at > 0]
    keep = some(len(at), STEPPED)
    return pa.table({"run": _named(name, keep), "x": at[keep], "y": part[keep]})


def lengths(name: str, y: Array) -> pa.Table:
    """The lengths of Adam's steps; a log axis has no place for 0."""
    fine = np.isfinite(y) & (y > 0) & (y < 1e6)
    t = np.flatnonzero(fine) + 1
    return pa.table({"run": _named(name, t), "step": t, "y": y[fine]})


def some(count: int, most: int) -> np.ndarray:
    """Indices of at most so many of ``count`` rows, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def _named(name: str, rows: np.ndarray) -> pa.Array:
    return pa.array([name] * len(rows), pa.string())


def table(now: Setting) -> pd.DataFrame:
    """Every step under every schedule, for the CSV."""
    step = np.arange(now.steps + 1)
    parts = []
    for name, schedule, trace, expected in zip(
        plans.names(now.plans), now.schedules, now.singles, now.expected, strict=True
    ):
        columns = {
            "schedule": name,
            "step": step,
            "epoch": step / now.batches,
            "learning rate η": [np.nan, *quadratic.rates(now.given(schedule))],
            "x": trace["x"][:, 0],
            "y": trace["x"][:, 1],
            "loss f": trace["f"],
            "expected loss": expected,
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
