"""Escapes as tables for the charts."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from optim import Array

from .. import frames, parts
from ..frames import Box
from ..runs import Run, made_of
from .escapes import Escape
from .geometry import WayOut
from .setting import Setting
from .sweeps import VALUES, Swept

STEPPED = 60
"""What a line of shares is thinned to."""


def window(now: Setting, found: Sequence[Escape]) -> Box:
    """What the chart of distances shows: from where the runs are up to the map's edge, or beyond the radius."""
    way, edges = now.way, (now.surface.x_range, now.surface.y_range)
    edge = max(abs(end - way.saddle[way.axis]) for end in edges[way.axis])
    first = [next(iter(escape.distance[escape.distance > 0]), now.radius) for escape in found]
    near = min(first, default=now.radius)
    return Box(0, now.steps, max(min(near, now.radius) / 2, 1e-18), max(3 * now.radius, edge))


def distances(found: Sequence[Escape], box: Box) -> dict[str, pa.Table]:
    """Every run's distance against step, and the closed forms' as one line with gaps."""
    drawn = {f"curve{i}": series(escape.run, escape.distance, box, log=True) for i, escape in enumerate(found)}
    lines = (series(e.run, e.predicted.distance, box, log=True) for e in found if e.predicted)
    theory = [line.select(["step", "y"]) for line in lines if len(line)]
    gap = pa.table({"step": [np.nan], "y": [np.nan]})
    # Of no points at all the console would warn, and one makes no line.
    nothing = [table.select(["step", "y"]).slice(0, 1) for table in drawn.values() if len(table)][:1] or [gap]
    return drawn | {"theory": pa.concat_tables([table for line in theory for table in (line, gap)] or nothing)}


def series(run: Run, y: Array, box: Box, log: bool = False) -> pa.Table:
    """One quantity of a run against step; what a log axis has no place for is a gap."""
    shown = made_of(y, "above 0", lambda: np.where(y > 0, y, np.nan)) if log else y
    return frames.line(run, shown, box, log)


def level(y: float, text: str) -> pa.Table:
    """A level with its name."""
    return pa.table({"y": [float(y)], "text": [text]})


def share(hits: Array, steps: int) -> pa.Table:
    """The share of ``hits``, which are in order, that have happened by each step; those that are nan never did."""
    at, count = np.unique(hits[np.isfinite(hits)], return_counts=True)
    keep = np.unique(np.linspace(0, len(at) - 1, min(len(at), STEPPED)).round().astype(int)) if len(at) else []
    part = count.cumsum() / len(hits)
    last = part[-1] if len(at) else 0.0
    return pa.table({"step": [0.0, *at[keep], steps], "y": [0.0, *part[keep], last]})


def quantile(hits: Array, part: float) -> float:
    """The step by which this part of all seeds is out, given theirs in order; nan where it never is."""
    return float(hits[max(int(np.ceil(part * len(hits))) - 1, 0)])


def times(chart: str, found: Sequence[Escape], swept: Sequence[Swept]) -> dict[str, pa.Table]:
    """Steps of escape on one of the small charts, and the present values, at the axis' end if beyond it."""
    xs = place(chart, np.array(VALUES[chart])).tolist()
    own = place(chart, np.array([by.present for by in swept])).tolist()
    runs = [escape.run for escape in found]
    drawn = {f"times{i}": frames.times(xs, by.steps) for i, by in enumerate(swept)}
    drawn["never"] = frames.never(runs, [xs] * len(runs), [by.steps for by in swept])
    drawn["now"] = frames.present(runs, own, xs, [escape.at for escape in found])
    return drawn


def place(chart: str, values: Array) -> Array:
    """Where values stand on the x axis, which is 1 − β on a chart of a β."""
    return 1 - values if chart.startswith("beta") else values


def edge(edges: Array, name: str) -> pa.Table:
    """A stability edge by step, in pieces where it moves, and its name at the last."""
    until = np.unique(np.linspace(0, len(edges) - 1, 60).astype(int)[1:]) if np.ptp(edges) else [len(edges) - 1]
    text = [*[""] * (len(until) - 1), name]
    return pa.table({"step": [0, *until[:-1]], "until": until, "y": edges[until], "text": text})


def fence(now: Setting) -> pa.Table:
    """The points at the escape radius, cut at the map's edge."""
    way, radius, box = now.way, now.radius, parts.box(now.surface)
    center, lines = np.array(way.saddle), _fence(way, radius, 4 * max(map(abs, box)))
    gap = np.full((1, 2), np.nan)
    rows = np.concatenate([row for line in lines for row in (frames.clip(center + line, box)[1], gap)])
    return pa.table({"x": rows[:, 0], "y": rows[:, 1]})


def _fence(way: WayOut, radius: float, far: float) -> list[Array]:
    """The same around a saddle at 0, as lines of shape (n, 2) that reach ``far``."""
    if way.gamma is None:
        turn = np.linspace(np.pi / 2, 3 * np.pi / 2, 33)
        around = radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        return [np.concatenate([[[far, radius]], around, [[far, -radius]]])]
    along = [np.stack([[-far, far], np.full(2, side * radius)], axis=1) for side in (-1, 1)]
    return along if way.axis else [line[:, ::-1] for line in along]
