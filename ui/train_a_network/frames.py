"""What the Train-a-network page's charts are drawn from."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from optim import Array, Optimizer
from optim.denominators import Denominator

from .. import controls, lineup, share
from ..frames import thin
from ..lineup import Look as Line
from .rates import Found
from .setting import Setting
from .training import EVERY, Look, Training

Value = Callable[[Look], float]


def looked(training: Training, step: int) -> list[Look]:
    """What was measured of a training up to a step."""
    return [look for look in training.looks if look.step <= step]


def curve(line: Line, looks: Sequence[Look], value: Value, log: bool = False) -> pa.Table:
    """A value of a training against step; what an axis cannot show is a gap."""
    return points(line.name, [look.step for look in looks], [value(look) for look in looks], log)


def points(name: str, steps: Sequence[int], values: Sequence[float], log: bool = False) -> pa.Table:
    """Points of a line; at most as many as can be distinguished."""
    y = np.array(values, dtype=float)
    y = np.where(np.isfinite(y) & ((y > 0) | (not log)), y, np.nan)
    keep = thin(y) if y.size else np.empty(0, int)
    names = pa.array([name] * len(keep), pa.string())
    return pa.table({"run": names, "step": np.array(steps, dtype=float)[keep], "y": y[keep]})


def bounds(line: Line, one: Training, steps: int, log: bool) -> pa.Table | None:
    """The threshold of a training's sharpness at each look, over all steps; None where none is known."""
    looks = range(0, steps + 1, EVERY)
    found = [one.threshold(step) for step in looks]
    known = [value for value in found if value is not None]
    return points(f"{line.name}: threshold", looks, known, log) if len(known) == len(looks) else None


def events(now: Setting, only: Sequence[int] | None = None) -> pa.Table:
    """The values that were changed on the way, while it trained; those at one step stand below one another."""
    rows: list[tuple[int, str, str, int]] = []
    for entry, look, one in zip(now.lineup, lineup.looks(now.lineup), now.trainings, strict=True):
        last = one.reached - 1 if one.diverged(now.steps) else now.steps
        for event in now.events:
            if event.id == entry.id and (only is None or entry.id in only) and event.step <= last:
                meaning = entry.optimizer.hyperparameters[event.name]
                text = controls.change(meaning, event.old, event.new)
                rows.append((event.step, text, look.color, sum(row[0] == event.step for row in rows)))
    step, text, color, row = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pa.table(
        {"step": pa.array(step, pa.int64()), "text": pa.array(text, pa.string()),
         "color": pa.array(color, pa.string()), "row": pa.array(row, pa.int64())}
    )  # fmt: skip


def weighed(optimizer: Optimizer, row: Mapping[str, Any]) -> Denominator | None:
    """What ε is added to at one row; None where that cannot be determined from this row alone."""
    if optimizer.divides is None:
        return None
    trace = {name: np.broadcast_to(value, row["x"].shape)[None] for name, value in row.items()}
    found = optimizer.denominator(trace)
    return None if found is None or "without" in found.symbol else found


def bins(values: Array) -> pa.Table:
    """Which share of the values lies in each of four bins a decade, from 10⁻¹⁴ to 10²; others in the first or last."""
    edges = np.logspace(-14, 2, 65)
    with np.errstate(divide="ignore", invalid="ignore"):
        known = np.clip(values[np.isfinite(values)], edges[0], edges[-1] * 0.999)
    counts, _ = np.histogram(known, edges)
    return pa.table({"low": edges[:-1], "y": counts / max(1, values.size)})


def over_rates(name: str, found: Found) -> pa.Table:
    """Losses against learning rate; what diverged is a gap."""
    y = np.where(np.isfinite(found.losses) & (found.losses > 0), found.losses, np.nan)
    return pa.table({"run": pa.array([name] * len(y), pa.string()), "x": found.rates, "y": y})


def picks(found: Sequence[tuple[Line, Found]]) -> pa.Table:
    """The rates that the rules pick, and what they come to; those that diverge are not on the chart."""
    rows = [
        (pick.rate, pick.loss, line.color, MARKS[pick.rule])
        for line, one in found
        for pick in one.picks
        if np.isfinite(pick.loss)
    ]
    x, y, color, shape = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pa.table({"x": pa.array(x, pa.float64()), "y": pa.array(y, pa.float64()),
                     "color": pa.array(color, pa.string()), "shape": pa.array(shape, pa.string())})  # fmt: skip


MARKS = {"steepest": "triangle-up", "minimum/10": "square", "valley": "diamond"}
"""How what a rule picks is marked."""


def path(name: str, steps: Sequence[int], points: Array | None) -> pa.Table:
    """A path in the plane; none of what diverged."""
    at = np.empty((0, 2)) if points is None else points
    names = pa.array([name] * len(at), pa.string())
    return pa.table({"run": names, "step": np.array(steps[: len(at)], float), "x": at[:, 0], "y": at[:, 1]})


def ends(colors: Sequence[str], points: Sequence[Array]) -> pa.Table:
    """Where paths end."""
    at = np.array(points).reshape(-1, 2)
    return pa.table({"x": at[:, 0], "y": at[:, 1], "color": pa.array(colors, pa.string())})


def table(now: Setting) -> pd.DataFrame:
    """Every step of every training, for the CSV; what is measured every few steps is empty between."""
    parts: list[pd.DataFrame] = []
    for name, one in zip(lineup.names(now.lineup), now.trainings, strict=True):
        shown = min(one.reached, now.reached)
        looks = {look.step: look for look in looked(one, shown)}
        steps = np.arange(shown + 1)
        # As it is for the step from each row: its values may have been changed on the way.
        encoded = [share.encode(one.optimizer(step)) for step in steps.tolist()]
        columns: dict[str, object] = {"run": name, "optimizer": encoded, "step": steps}
        columns["loss of the mini-batch"] = one.losses[: shown + 1]
        for title, of in (("training loss", "loss"), ("test accuracy", "accuracy"), ("sharpness", "sharpness")):
            columns[title] = [getattr(looks[step], of) if step in looks else np.nan for step in steps.tolist()]
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)
