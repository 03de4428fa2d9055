"""The rows of the Plateaus page's tables: column -> HTML."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from optim import Array
from optim.denominators import Denominator
from optim.ends import outcome

from .. import cards, controls, html, lineup, palette, parts, runs
from ..lineup import Entry
from ..words import number
from ..words import outcome as ending
from . import basins, duel, escapes
from .basins import OTHERS, Basins
from .setting import Setting

Row = dict[str, str]


def never(steps: int) -> str:
    """Said of a run that does not escape."""
    return f"not by step {steps:,}"


def compared(weighed: Denominator, steps: int, axes: tuple[str, str]) -> list[Row]:
    """What ε is added to at first, and in how many of the steps ε is the larger."""
    size, bound, symbol = weighed.size[:steps], weighed.bound, escape(weighed.symbol)
    added = ~np.isnan(size)
    first = [next(iter(size[added[:, i], i]), np.nan) for i in range(2)]

    def row(title: str, cells: Sequence[str]) -> Row:
        return {f"{weighed.bound_symbol} = {number(float(bound))}": title, **dict(zip(axes, cells, strict=True))}

    def counted(title: str, held: np.ndarray) -> Row:
        return row(title, [f"{held[:, i].sum():,} of {added[:, i].sum():,}" for i in range(2)])

    rows = [
        row(f"{symbol} when first used", ["–" if np.isnan(value) else number(float(value)) for value in first]),
        counted(f"steps with {symbol} &lt; {weighed.bound_symbol}", size < bound),
    ]
    return rows + [counted(f"steps with {symbol} = 0, not drawn", size == 0)] * bool((size == 0).any())


def ends(now: Setting) -> list[Row]:
    """When each run escapes, and where it ends."""
    rows: list[Row] = []
    for run, step, end in zip(now.runs, now.escapes, now.outcomes, strict=True):
        x, f = run.trace["x"], run.trace["f"]
        lost = end.kind == "diverged"
        with np.errstate(all="ignore"):
            slope, moved = float(np.hypot(*now.surface.at(x[-1])[1])), float(np.hypot(*(x[-1] - x[0])))
        rows.append(
            {
                "Optimizer": parts.named(run),
                "Escapes at step": _at(step, now.steps),
                "Outcome": ending(end, place=True),
                "Final loss": "–" if lost else number(float(f[-1])),
                "Final ‖g‖": "–" if lost else number(slope),
                "Distance from the start": "–" if lost else number(moved),
            }
        )
    return rows


def _at(step: int | None, steps: int) -> str:
    return never(steps) if step is None else f"{step:,}"


def tenfold(now: Setting) -> list[Row]:
    """When each run with an ε escapes, and when it would with ten times that ε."""
    rows: list[Row] = []
    for run, entry, step in zip(now.runs, now.lineup, now.escapes, strict=True):
        eps = entry.optimizer.values.get("eps")
        if eps is None or not np.isfinite(10 * eps):
            continue
        later = escapes.escape(runs.trace(entry.optimizer(eps=10 * eps), now.given(entry)), now.level)
        rows.append(
            {
                "Optimizer": parts.named(run),
                "ε": number(eps),
                "Escapes at step": _at(step, now.steps),
                "with 10 ε": _at(later, now.steps),
                "Steps later": "–" if step is None or later is None else number(later - step),
            }
        )
    return rows


def rates(now: Setting, found: duel.Duel, axis: int) -> list[Row]:
    """The effective learning rates of a duel, and what the runs came to."""
    return [
        {
            "Optimizer": parts.named(run),
            "Escapes at step": _at(escapes.escape(run.trace, now.level), now.steps),
            "Effective η, first": number(float(duel.rate(run, axis)[0])),
            "Effective η, last": number(float(duel.rate(run, axis)[-1])),
            "Outcome": ending(outcome(now.surface, run.trace, schedule), place=True),
        }
        for run, schedule in zip(found.runs, found.schedules, strict=True)
    ]


def earliest(now: Setting, times: Sequence[Mapping[str, Array]]) -> list[Row]:
    """The earliest escape over the values tried of each hyperparameter, its own among them."""
    charts = [chart for chart in escapes.SWEEPS if any(chart in by for by in times)]
    optimizers = [entry.optimizer for entry in now.lineup]
    heads = cards.distinct([f"Earliest over {escapes.symbols(optimizers, chart)}" for chart in charts])
    return [
        {"Optimizer": parts.named(run)}
        | {
            head: _earliest(entry, chart, by.get(chart), step, now.steps)
            for head, chart in zip(heads, charts, strict=True)
        }
        for run, entry, by, step in zip(now.runs, now.lineup, times, now.escapes, strict=True)
    ]


def _earliest(entry: Entry, chart: str, steps: Array | None, present: int | None, last: int) -> str:
    if steps is None:
        return "–"
    best = escapes.best(entry.optimizer, chart, steps, present)
    if best is None:
        return never(last)
    meaning = entry.optimizer.hyperparameters[escapes.swept(entry.optimizer)[chart]]
    return f"{best.step:,} with {controls.value(meaning, best.value)}"


def shares(now: Setting, found: Mapping[str, Basins]) -> list[Row]:
    """The legend of the maps of basins: each colour's place, its depth, and the share of either map that has it."""
    names = dict(zip((entry.id for entry in now.lineup), lineup.names(now.lineup), strict=True))
    known = next(iter(found.values())).minima
    colors = basins.colors(len(known), palette.theme())
    labels = [f"{basins.letter(i)}: near the minimum ({number(m.x)}, {number(m.y)})" for i, m in enumerate(known)]
    depths = [number(round(m.f, 9)) for m in known] + ["–"] * len(OTHERS)
    heads = [f"{names[entry.id]} ({role})" for role in found if (entry := now.chosen(role))]
    rows: list[Row] = []
    for i, parts_of in enumerate(zip(*(one.shares() for one in found.values()), strict=True)):
        if i < len(known) or any(parts_of):
            row = {f"At step {now.steps:,}": html.dot(colors[i], [*labels, *OTHERS][i]), "f there": depths[i]}
            rows.append(row | dict(zip(heads, (f"{100 * part:.1f} %" for part in parts_of), strict=True)))
    return rows
