"""Escapes as tables for the charts."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from . import frames
from .experiment import Setting
from .frames import Box, Run
from .saddles import Escape, delta, way_out

STEPPED = 60
"""What a line of shares is thinned to."""


def window(now: Setting, escapes: Sequence[Escape]) -> Box:
    """What the chart of distances shows: from where the runs are up to the map's edge, or beyond the radius."""
    way, edges = way_out(now.surface), (now.surface.x_range, now.surface.y_range)
    edge = max(abs(end - way.saddle[way.axis]) for end in edges[way.axis])
    radius, start = now.more["radius"], delta(now)
    far = np.concatenate([escape.distance[:2] for escape in escapes])
    low = min(value for value in (start, radius, *far) if value > 0)
    return Box(0, len(escapes[0].distance) - 1, max(low / 2, 1e-18), max(3 * radius, edge))


def distances(escapes: Sequence[Escape], box: Box) -> dict[str, pa.Table]:
    """Every run's distance against step, and the theory's."""
    drawn = {f"curve{i}": series(escape.run, escape.distance, box, log=True) for i, escape in enumerate(escapes)}
    lines = [series(e.run, e.predicted.distance, box, log=True) for e in escapes if e.predicted]
    gap = pa.table({"step": [np.nan], "y": [np.nan]})
    parts = [part for line in lines if len(line) for part in (line.select(["step", "y"]), gap)]
    return drawn | {"theory": pa.concat_tables(parts) if parts else gap.slice(1)}


def series(run: Run, y: np.ndarray, box: Box, log: bool = False) -> pa.Table:
    """One quantity of a run against step; what a log axis has no place for is a gap."""
    return frames.line(run, np.where(y > 0, y, np.nan) if log else y, box, log)


def level(y: float, text: str) -> pa.Table:
    """A level with its name."""
    return pa.table({"y": [y], "text": [text]})


def share(hits: np.ndarray, steps: int) -> pa.Table:
    """The share of ``hits`` that have happened by each step; those that are nan never did."""
    at, count = np.unique(hits[np.isfinite(hits)], return_counts=True)
    keep = np.unique(np.linspace(0, len(at) - 1, min(len(at), STEPPED)).round().astype(int)) if len(at) else []
    part = count.cumsum() / len(hits)
    last = part[-1] if len(at) else 0.0
    return pa.table({"step": [0.0, *at[keep], steps], "y": [0.0, *part[keep], last]})


def quantile(hits: np.ndarray, part: float) -> float:
    """The step by which this part of all seeds is out, given theirs in order; nan where it never is."""
    return float(hits[max(int(np.ceil(part * len(hits))) - 1, 0)])


def times(
    escapes: Sequence[Escape], values: Sequence[float], swept: Sequence[np.ndarray], present: Sequence[float]
) -> dict[str, pa.Table]:
    """Escape times against ``values``; the present one is a dot, or, where it is not out, one of the triangles."""
    drawn = {f"times{i}": frames.times(values, steps) for i, steps in enumerate(swept)}
    shown = [(escape, x) for escape, x in zip(escapes, present, strict=True) if min(values) <= x <= max(values)]
    dots = [(x, max(escape.at, 1), escape.run.color) for escape, x in shown if escape.at is not None]
    columns = zip(*dots, strict=True) if dots else ([], [], [])
    types = (pa.float64(), pa.float64(), pa.string())
    drawn["now"] = pa.table(
        {n: pa.array(list(c), t) for n, c, t in zip(("x", "y", "color"), columns, types, strict=True)}
    )
    stuck = [(escape.run, [x], np.array([np.nan])) for escape, x in shown if escape.at is None]
    everyone = [(escape.run, values, steps) for escape, steps in zip(escapes, swept, strict=True)]
    drawn["never"] = frames.never(*zip(*everyone, *stuck, strict=True))
    return drawn


def fence(now: Setting) -> pa.Table:
    """The line at which a run counts as out, cut at the map's edge."""
    way, radius, box = way_out(now.surface), now.more["radius"], now.box
    far = 4 * max(abs(edge) for edge in box)
    center = np.array(way.saddle)
    if way.gamma is None:
        turn = np.linspace(np.pi / 2, 3 * np.pi / 2, 33)
        around = radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        parts = [center + np.concatenate([[[far, radius]], around, [[far, -radius]]])]
    else:
        ends = np.array([-far, far])
        along = [np.stack([ends, np.full(2, side * radius)], axis=1) for side in (-1, 1)]
        parts = [center + (line if way.axis else line[:, ::-1]) for line in along]
    gap = np.full((1, 2), np.nan)
    rows = np.concatenate([row for part in parts for row in (frames.clip(part, box)[1], gap)])
    return pa.table({"x": rows[:, 0], "y": rows[:, 1]})
