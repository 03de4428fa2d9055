"""Runs as tidy frames for the charts, cut where a chart ends but never moved."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from optim.descent import DIVERGED

POINTS = 250
"""What one line of a chart is thinned to: more cannot be told apart at its width."""


class Run(NamedTuple):
    """A trace with the look of its line."""

    name: str
    color: str
    dash: int
    trace: Mapping[str, np.ndarray]


class Box(NamedTuple):
    """What a chart shows: left, right, bottom, top."""

    left: float
    right: float
    bottom: float
    top: float


def diverged(run: Mapping[str, np.ndarray]) -> int | None:
    """The first row at which the run had diverged."""
    sound = np.isfinite(run["f"]) & (np.abs(run["x"]) <= DIVERGED).all(axis=1)
    return None if sound.all() else int(np.argmin(sound))


def thin(count: int) -> np.ndarray:
    """Indices of at most ``POINTS`` of ``count`` rows, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, POINTS)).round().astype(int))


def clip(points: np.ndarray, box: Box) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The parts of a polyline inside a box.

    Args:
        points: (n, 2).

    Returns:
        Indices into the polyline (fractional where the box cuts a segment), the points there (m, 2), and the number of
        the connected part to which each belongs.
    """
    low, high = np.array([box.left, box.bottom]), np.array([box.right, box.top])
    a, b = points[:-1], points[1:]
    with np.errstate(all="ignore"):
        # Liang & Barsky: the segment a + s (b - a) is inside for s between the last entry and the first exit.
        span = b - a
        ends = np.stack([(low - a) / span, (high - a) / span])
        still = span == 0
        inside = (a >= low) & (a <= high)
        enter = np.where(still, np.where(inside, 0, np.inf), ends.min(axis=0)).max(axis=1).clip(0)
        leave = np.where(still, np.inf, ends.max(axis=0)).min(axis=1).clip(max=1)
    if (inside.all() and (b[-1:] >= low).all() and (b[-1:] <= high).all()) and np.isfinite(points).all():
        return np.arange(len(points)), points, np.zeros(len(points), dtype=int)
    seen = (enter <= leave) & np.isfinite(a).all(axis=1) & np.isfinite(b).all(axis=1)
    cuts: list[tuple[int, float]] = []
    part: list[int] = []
    for i in np.flatnonzero(seen):
        if not cuts or cuts[-1] != (i - 1, 1.0) or enter[i] > 0:
            cuts.append((i, float(enter[i])))
            part.append(part[-1] + 1 if part else 0)
        cuts.append((i, float(leave[i])))
        part.append(part[-1])
    whole, share = np.array([i for i, _ in cuts], dtype=int), np.array([s for _, s in cuts], dtype=float)
    return whole + share, a[whole] + share[:, None] * (b[whole] - a[whole]), np.array(part)


def lines(runs: Sequence[Run], ys: Sequence[np.ndarray], box: Box, log: bool = False) -> pd.DataFrame:
    """Curves against step: one row per visible point.  With ``log`` they are cut, and stay straight, on a log axis."""
    curves = []
    for run, y in zip(runs, ys, strict=True):
        keep = thin(len(y))
        with np.errstate(all="ignore"):
            height = np.log10(y[keep]) if log else y[keep]
        curves.append((run, np.stack([keep, height], axis=1), keep))
    inner = box._replace(bottom=np.log10(box.bottom), top=np.log10(box.top)) if log else box
    frame = _tidy(curves, inner)
    if log:
        frame["y"] = 10 ** frame["y"]
    return frame


def paths(runs: Sequence[Run], box: Box) -> pd.DataFrame:
    """Trajectories over the map: one row per visible point."""
    curves = []
    for run in runs:
        # Once it has diverged a run is told of by its mark: its next crossings of the map are beyond a float's digits.
        keep = thin(len(run.trace["x"]))
        if (gone := diverged(run.trace)) is not None:
            keep = keep[keep <= gone]
        curves.append((run, run.trace["x"][keep], keep))
    return _tidy(curves, box)


def _tidy(curves: Sequence[tuple[Run, np.ndarray, np.ndarray]], box: Box) -> pd.DataFrame:
    columns: dict[str, list[Any]] = {name: [] for name in ("run", "color", "dash", "part", "step", "x", "y")}
    for run, points, steps in curves:
        where, at, part = clip(points, box)
        columns["run"] += [run.name] * len(where)
        columns["color"] += [run.color] * len(where)
        columns["dash"] += [run.dash] * len(where)
        columns["part"] += [f"{run.name} {p}" for p in part]
        columns["step"] += np.interp(where, np.arange(len(steps)), steps).tolist()
        columns["x"] += at[:, 0].tolist()
        columns["y"] += at[:, 1].tolist()
    return pd.DataFrame(columns)


def left(trace: Mapping[str, np.ndarray], box: Box) -> int | None:
    """The step at which a run left the box for good; none if it is inside at its end."""
    x, y = trace["x"].T
    within = (x >= box.left) & (x <= box.right) & (y >= box.bottom) & (y <= box.top)
    return None if within[-1] else len(within) - int(np.argmax(within[::-1]))


def exits(runs: Sequence[Run], box: Box) -> pd.DataFrame:
    """Where runs crossed the map's edge for good, with the sentence that says so."""
    rows: list[dict[str, Any]] = []
    for run in runs:
        step, gone = left(run.trace, box), diverged(run.trace)
        if step is None:
            continue
        _, at, _ = clip(run.trace["x"][step - 1 : step + 1], box)
        x, y = at[-1] if len(at) else run.trace["x"][step - 1]
        text = f"{run.name} leaves at step {step}" + (f", diverged by step {gone}" if gone is not None else "")
        rows.append({"run": run.name, "color": run.color, "x": x, "y": y, "text": text})
    return pd.DataFrame(rows, columns=["run", "color", "x", "y", "text"])


def point(at: tuple[float, float]) -> pd.DataFrame:
    """The start, with the words that tell it."""
    return pd.DataFrame([{"x": at[0], "y": at[1], "text": f"({at[0]:.4g}, {at[1]:.4g})"}])


def inside(trace: Mapping[str, np.ndarray], names: Sequence[str]) -> pd.DataFrame:
    """Quantities of one run against step, both coordinates: one row per finite point."""
    keep = thin(len(trace["f"]))
    parts = []
    for name in names:
        for axis, coordinate in enumerate("xy"):
            value = trace[name][keep, axis]
            fine = np.isfinite(value) & (np.abs(value) < 1e30)
            parts.append(
                pd.DataFrame({"quantity": name, "coordinate": coordinate, "step": keep[fine], "y": value[fine]})
            )
    return pd.concat(parts, ignore_index=True)


def table(runs: Sequence[Run]) -> pd.DataFrame:
    """Every row of every run, for the CSV."""
    parts = []
    for run in runs:
        columns: dict[str, Any] = {"run": run.name, "step": np.arange(len(run.trace["f"])), "f": run.trace["f"]}
        for name, value in run.trace.items():
            if name != "f":
                columns |= {f"{name}_x": value[:, 0], f"{name}_y": value[:, 1]}
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)
