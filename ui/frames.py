"""Runs as tidy tables for the charts, cut where a chart ends but never moved.

They are Arrow's, the form in which Streamlit sends them: a pandas frame would only be converted.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
import pandas as pd
import pyarrow as pa

from optim import Surface, ends, typeset

from . import words
from .runs import Run, made_of

POINTS = 500
"""What one line of a chart is thinned to: more cannot be distinguished at its width."""
NEAR = 0.0005
"""Of a map's width: points that are as near to a line as that cannot be seen beside it."""
WIDE, NARROW, HIGH = 480, 300, 360
"""Pixels of a map's plot on a laptop's screen: alone and beside another chart; and its height."""
STOPS = 250
"""Where the cursor stops on the way through a longer run: there every line has a point."""


class Line(Protocol):
    """What has a line of its own on the charts."""

    @property
    def color(self) -> str: ...

    @property
    def dash(self) -> int: ...


def looks(runs: Sequence[Line]) -> tuple[tuple[str, int], ...]:
    """Colour and dashes of each run's line."""
    return tuple((run.color, run.dash) for run in runs)


class Box(NamedTuple):
    """What a chart shows: left, right, bottom, top."""

    left: float
    right: float
    bottom: float
    top: float

    @classmethod
    def of(cls, surface: Surface) -> Self:
        """What the surface's map shows."""
        return cls(*surface.x_range, *surface.y_range)


def stops(steps: int) -> int:
    """At how many steps the cursor stops after the first: at all of a short run, or equally far apart."""
    return steps if steps <= POINTS else STOPS


def _stops(last: int) -> np.ndarray:
    return np.arange(stops(last) + 1) * last // max(stops(last), 1)


def thin(values: np.ndarray) -> np.ndarray:
    """Indices of the values that a curve draws: of a short run all, and of a longer one some ``POINTS`` of them.

    The cursor's stops are among them, and so the first and the last; and between the stops the least and the greatest
    value: no excursion is left out.
    """
    last = len(values) - 1
    every = _stops(last)
    if last <= POINTS:
        return every
    finite = np.isfinite(values)
    low, high = np.where(finite, values, np.inf), np.where(finite, values, -np.inf)
    parts = pairwise([*every[::2], last + 1])
    extremes = [a + i for a, b in parts for i in (low[a:b].argmin(), high[a:b].argmax())]
    return np.unique([*every, *extremes])


def bends(points: np.ndarray, box: Box) -> np.ndarray:
    """The same for a path, (n, 2): between the cursor's stops the points that are farthest from the line so far.

    Distances are those on the map, as far as one map beyond its edges.
    """
    last = len(points) - 1
    keep = _stops(last)
    if last <= POINTS:
        return keep
    low, size = np.array([box.left, box.bottom]), np.array([box.right - box.left, box.top - box.bottom])
    at = np.nan_to_num(np.clip((points - low) / size, -1, 2)).T.copy()
    keep = np.unique([*keep, *at.argmin(axis=1), *at.argmax(axis=1)])
    while room := POINTS - len(keep):
        starts, ways, lengths = at[:, keep[:-1]], np.diff(at[:, keep]), np.diff(keep)
        (from_x, from_y), (way_x, way_y) = at[:, :-1] - starts.repeat(lengths, axis=1), ways.repeat(lengths, axis=1)
        along = (from_x * way_x + from_y * way_y) / np.maximum(way_x * way_x + way_y * way_y, 1e-300)
        along = along.clip(0, 1)
        distance = np.hypot(from_x - along * way_x, from_y - along * way_y)
        farthest = np.maximum.reduceat(distance, keep[:-1])
        # Half of the room at a time: the second bend of a part may be larger than the first of another.
        chosen = np.argsort(-farthest)[: (room + 1) // 2]
        chosen = chosen[farthest[chosen] > NEAR]
        if not chosen.size:
            break
        keep = np.unique([*keep, *(keep[i] + distance[keep[i] : keep[i + 1]].argmax() for i in chosen)])
    return keep


def clip(points: np.ndarray, box: Box) -> tuple[np.ndarray, np.ndarray]:
    """The parts of a polyline inside a box.

    Args:
        points: (n, 2).

    Returns:
        Indices into the polyline (fractional where the box cuts a segment), and the points there (m, 2).  Between parts
        that are not connected stands a point of nan, with the index before it.
    """
    low, high = np.array([box.left, box.bottom]), np.array([box.right, box.top])
    if ((points >= low) & (points <= high)).all():
        return np.arange(len(points), dtype=float), points
    a, b = points[:-1], points[1:]
    with np.errstate(all="ignore"):
        # Liang & Barsky: the segment a + s (b - a) is inside for s between the last entry and the first exit.
        span = b - a
        ends = np.stack([(low - a) / span, (high - a) / span])
        still = span == 0
        inside = (a >= low) & (a <= high)
        enter = np.where(still, np.where(inside, 0, np.inf), ends.min(axis=0)).max(axis=1).clip(0)
        leave = np.where(still, np.inf, ends.max(axis=0)).min(axis=1).clip(max=1)
    seen = (enter <= leave) & np.isfinite(a).all(axis=1) & np.isfinite(b).all(axis=1)
    i = np.flatnonzero(seen)
    if not i.size:
        return np.empty(0), np.empty((0, 2))
    start, end = i + enter[i], i + leave[i]
    before = np.concatenate([[np.nan], end[:-1]])
    # A part begins where the one before does not end: with a point of its own, and behind a gap unless it is the first.
    begins = (before != i) | (enter[i] > 0)
    gap = begins & (np.arange(len(i)) > 0)
    keep = np.stack([gap, begins, np.ones_like(gap)], axis=1)
    where = np.stack([before, start, end], axis=1)[keep]
    along = [a[i] + share[i, None] * (b[i] - a[i]) for share in (enter, leave)]
    return where, np.stack([np.full((len(i), 2), np.nan), *along], axis=1)[keep]


def line(run: Run, y: np.ndarray, box: Box, log: bool = False) -> pa.Table:
    """A curve against step: one row per visible point.  With ``log`` it is cut, and stays straight, on a log axis."""
    return made_of(y, ("line", run.name, box, log), lambda: _line(run.name, y, box, log))


def _line(name: str, y: np.ndarray, box: Box, log: bool) -> pa.Table:
    keep = thin(y)
    with np.errstate(all="ignore"):
        height = np.log10(y[keep]) if log else y[keep]
    inner = box._replace(bottom=np.log10(box.bottom), top=np.log10(box.top)) if log else box
    where, at = clip(np.stack([keep, height], axis=1), inner)
    return _rows(name, keep, where, {"y": 10 ** at[:, 1] if log else at[:, 1]})


def path(run: Run, box: Box) -> pa.Table:
    """A trajectory over the map: one row per visible point."""
    return made_of(run.trace["x"], ("path", run.name, box), lambda: _path(run, box))


def _path(run: Run, box: Box) -> pa.Table:
    keep = bends(run.trace["x"], box)
    # Once it has diverged a run is shown by its mark: its next crossings of the map are beyond a float's digits.
    if (gone := ends.diverged(run.trace)) is not None:
        keep = keep[keep <= gone]
    where, at = clip(run.trace["x"][keep], box)
    # The loss where a step ended; where the map's edge cuts a line there is none to show.
    loss = np.where(where % 1 == 0, run.trace["f"][keep][where.astype(int)], np.nan)
    return _rows(run.name, keep, where, {"x": at[:, 0], "y": at[:, 1], "f": loss})


def _rows(name: str, steps: np.ndarray, where: np.ndarray, values: Mapping[str, np.ndarray]) -> pa.Table:
    step = np.interp(where, np.arange(len(steps)), steps)
    return pa.table({"run": pa.array([name] * len(where), pa.string()), "step": step, **values})


def with_points(data: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of a chart, in which lines without a point have one of another line's, under no name.

    One point makes no line; of none at all the console warns.  A line is a table with ``run`` and without ``color``.
    """
    found: dict[str, np.ndarray] = {}
    for name, table in data.items():
        if isinstance(table, pa.Table) and "run" in table.column_names and "color" not in table.column_names:
            places = [table[axis].to_numpy() for axis in ("step", "x", "y") if axis in table.column_names]
            found[name] = np.isfinite(np.array(places, dtype=float).sum(axis=0))
    some = next((data[name].slice(int(seen.argmax()), 1) for name, seen in found.items() if seen.any()), None)
    if some is None:
        return dict(data)
    one = some.set_column(some.column_names.index("run"), "run", pa.array([None], pa.string()))
    return {name: one if name in found and not found[name].any() else table for name, table in data.items()}


def times(xs: Sequence[float], steps: np.ndarray) -> pa.Table:
    """Escape times against a hyperparameter; nan, which is never, is a gap."""
    return pa.table({"x": np.array(xs, dtype=float), "y": np.maximum(steps, 1)})


def never(runs: Sequence[Run], xs: Sequence[Sequence[float]], steps: Sequence[np.ndarray]) -> pa.Table:
    """The values at which runs never escaped, a row for each line; a run may be there more than once."""
    found = [np.asarray(x, dtype=float)[np.isnan(y)] for x, y in zip(xs, steps, strict=True)]
    names = list(dict.fromkeys(run.name for run in runs))
    rows = [names.index(run.name) for run, at in zip(runs, found, strict=True) for _ in at]
    colors = [run.color for run, at in zip(runs, found, strict=True) for _ in at]
    return pa.table(
        {
            "x": np.concatenate([*found, np.empty(0)]),
            "row": pa.array(rows, pa.int64()),
            "color": pa.array(colors, pa.string()),
        }
    )


def present(runs: Sequence[Run], own: Sequence[float], xs: Sequence[float], steps: Sequence[int | None]) -> pa.Table:
    """Each run's own value and escape time; one that never escaped is in its line's row, as in ``never``.

    ``xs`` are those of the axis; a value beyond it stands at its end.
    """
    return pa.table(
        {
            "x": np.clip(own, min(xs), max(xs)),
            "y": pa.array([None if step is None else max(step, 1) for step in steps], pa.float64()),
            "row": pa.array(range(len(runs)), pa.int64()),
            "color": pa.array([run.color for run in runs], pa.string()),
        }
    )


def window(runs: Sequence[Run], ys: Sequence[np.ndarray], log: bool) -> Box:
    """What a chart of curves against step shows: all of every sound run; one that diverges leaves at the top."""
    sound = [y for run, y in zip(runs, ys, strict=True) if ends.diverged(run.trace) is None]
    seen = np.concatenate([*sound, *(y[:1] for y in ys)])
    seen = seen[(np.abs(seen) < 1e300) & ((seen > 0) | (not log))]
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (1e-18, 1.0)
    steps = max(len(y) for y in ys) - 1
    if log:
        # Below 1e-18 all is 0, unless all is that small, as on a plateau; two decades at least have labels to show.
        low = max(low, 1e-18 * min(high, 1.0))
        return Box(0, steps, low, max(30 * high, 100 * low))
    room = max(high - low, 1e-12, 1e-9 * abs(high))
    return Box(0, steps, low - 0.02 * room, high + 0.05 * room)


def exits(runs: Sequence[Run], surface: Surface) -> pa.Table:
    """Where runs crossed the map's edge for good, with the sentence that says so, in ``lines`` lines of about twice
    ``half`` pixels; one that is about several runs is ``shared``."""
    box = Box.of(surface)
    rows: list[dict[str, Any]] = []
    for run in runs:
        step, gone = ends.left(run.trace, surface), ends.diverged(run.trace)
        if step is None:
            continue
        _, at = clip(run.trace["x"][step - 1 : step + 1], box)
        x, y = at[-1] if len(at) else run.trace["x"][step - 1]
        does = f"leaves the map at step {step:,}" + (f", diverges at {gone:,}" if gone is not None else "")
        if gone == step:  # it is nowhere, or too far away to be anywhere
            does = f"diverges at step {step:,}"
        gap = " " if len(run.name) + len(does) < 32 else "\n"
        text = f"{run.name}{gap}{does}"
        rows.append({"run": run.name, "color": run.color, "x": x, "y": y, "text": text, "step": step, "gone": gone})
    _share_texts(rows, box)
    schema = {"run": pa.string(), "color": pa.string(), "x": pa.float64(), "y": pa.float64(), "text": pa.string(),
              "shared": pa.bool_(), "half": pa.float64(), "lines": pa.int64()}  # fmt: skip
    return pa.Table.from_pylist(rows, pa.schema(schema))


def _share_texts(rows: list[dict[str, Any]], box: Box) -> None:
    """Exits whose sentences would lie over one another share one, at the last of them."""
    crowds = [[row] for row in rows]
    while pair := next(
        (two for two in combinations(crowds, 2) if _overlap(*(_area(_sentence(one), one[-1], box) for one in two))),
        None,
    ):
        first, second = pair
        first += second
        crowds = [crowd for crowd in crowds if crowd is not second]
    for crowd in crowds:
        text, shared = _sentence(crowd), len(crowd) > 1
        for row in crowd:
            row |= {"text": text if row is crowd[-1] else "", "shared": shared} | _size(text)


def _sentence(crowd: list[dict[str, Any]]) -> str:
    if len(crowd) == 1:
        return crowd[0]["text"]
    does = "diverge" if all(row["gone"] == row["step"] for row in crowd) else "leave the map"
    steps = {row["step"] for row in crowd}
    return f"{len(crowd)} runs {does}{', the first' * (len(steps) > 1)} at step {min(steps):,}"


def _size(text: str) -> dict[str, float]:
    """About half the pixels of a sentence's longest line, and how many lines it has."""
    texts = text.split("\n")
    return {"half": 3.4 * max(map(len, texts)), "lines": len(texts)}


Area = tuple[float, float, float, float]
"""The middle of a text, and half its width and height, in pixels of a map of a laptop's size."""


def _area(text: str, at: Mapping[str, Any], box: Box, wide: float = WIDE) -> Area:
    """Where the sentence of an exit lies; see ``charts.map_spec``."""
    half, lines = _size(text).values()
    x, y = _pixels(at, box, wide)
    away = (11 + 7 * lines) * (1 if y < HIGH / 2 else -1)
    return float(np.clip(x, half, max(half, wide - half))), y + away, half, 7 * lines


def _pixels(at: Mapping[str, Any], box: Box, wide: float) -> tuple[float, float]:
    return wide * (at["x"] - box.left) / (box.right - box.left), HIGH * (box.top - at["y"]) / (box.top - box.bottom)


def _overlap(one: Area, other: Area) -> bool:
    (x, y, half, thick), (x2, y2, half2, thick2) = one, other
    return abs(x - x2) < half + half2 and abs(y - y2) < thick + thick2


def legible(levels: pa.Table, found: pa.Table, box: Box) -> pa.Table:
    """The names of levels over which no sentence of ``exits`` lies, on a wide map or a narrow one."""
    said, named = [row for row in found.to_pylist() if row["text"]], levels.to_pylist()
    covered: set[int] = set()
    for wide in (WIDE, NARROW):
        areas = [_area(row["text"], row, box, wide) for row in said]
        names = [(*_pixels(row, box, wide), 2.8 * len(row["text"]), 6.0) for row in named]
        covered |= {i for i, name in enumerate(names) if any(_overlap(name, area) for area in areas)}
    return levels.filter(pa.array([i not in covered for i in range(len(named))], pa.bool_()))


def point(at: tuple[float, float]) -> pa.Table:
    """The start, with the words that describe it."""
    return pa.table({"x": [at[0]], "y": [at[1]], "text": [words.point(at)]})


def inside(
    trace: Mapping[str, np.ndarray], names: Sequence[str], axes: tuple[str, str], above: float = -np.inf
) -> pa.Table:
    """Quantities of one run against step, both coordinates by name: one row per finite point above a value."""
    parts = []
    for name in names:
        for axis, coordinate in enumerate(axes):
            keep = thin(trace[name][:, axis])
            value = trace[name][keep, axis]
            fine = (value > above) & (np.abs(value) < 1e30)
            labels = {"quantity": [name] * int(fine.sum()), "coordinate": [coordinate] * int(fine.sum())}
            text = {key: pa.array(texts, pa.string()) for key, texts in labels.items()}
            parts.append(pa.table({**text, "step": keep[fine], "y": value[fine]}))
    return pa.concat_tables(parts)


NAMES = {"g": "gradient", "step": "update", "effective_lr": "effective learning rate"}
"""What a table calls the quantities that are more than a symbol of the optimizer's formula."""


def table(traces: Iterable[tuple[str, Mapping[str, np.ndarray]]], axes: tuple[str, str] = ("x", "y")) -> pd.DataFrame:
    """Every row of every run, for the CSV."""
    parts = []
    for name, trace in traces:
        columns: dict[str, Any] = {"run": name, "step": np.arange(len(trace["f"])), "loss f": trace["f"]}
        for quantity, value in trace.items():
            title = NAMES.get(quantity, typeset.plain(quantity))
            for coordinate, axis in enumerate(axes):
                if quantity != "f":
                    columns[axis if quantity == "x" else f"{title} ({axis})"] = value[:, coordinate]
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)
