"""What the Trajectories page alone shows: where the runs ended, and the inside of one optimizer."""

import math
from typing import Any

import numpy as np
import streamlit as st

from optim import Optimizer, replay, typeset
from optim.ends import Outcome, distance_to_minimum
from optim.probe import plain

from .. import charts, controls, frames, html, palette, parts, runs, words
from ..lineup import Entry
from ..page import Page, folded, part
from ..runs import Run
from .charts import inside_spec
from .setting import WITHIN, Setting


@part(shows=folded("guess", lambda now: now.race))
def guess(page: Page[Any], now: Setting) -> None:
    """What another learning rate would have come to."""

    def answer() -> None:
        rows = zip(now.runs, now.lineup, strict=True)
        html.table([{"Optimizer": parts.named(run), **other_rates(now, entry)} for run, entry in rows])
        st.caption("The loss after the last step, unless the run diverged or left the map.")

    question = "which of these runs end lower with a learning rate ten times larger, and which with a tenth?"
    parts.guess(page, question, answer)


def other_rates(now: Setting, entry: Entry) -> dict[str, str]:
    """The final loss with a tenth of the learning rate, with it, and with ten times it; of a lost run its outcome."""
    found: dict[str, str] = {}
    for name, factor in (("η / 10", 0.1), ("η", 1.0), ("10 η", 10.0)):
        lr = factor * entry.optimizer.values["lr"]
        cell = "–"
        if math.isfinite(lr):
            optimizer, given = entry.optimizer(lr=lr), now.given(entry)
            end = runs.outcome(optimizer, given)
            lost = end.kind in ("diverged", "left the map")
            cell = words.outcome(end) if lost else words.number(runs.trace(optimizer, given)["f"][-1])
        found[name] = cell
    return found


@part(shows=lambda now: (now.race, now.within))
def ends(page: Page[Any], now: Setting) -> None:
    """Where every run ended, in numbers and in a word."""
    html.table([_row(now, run, end) for run, end in zip(now.runs, now.outcomes, strict=True)])


def _row(now: Setting, run: Run, end: Outcome) -> dict[str, str]:
    trace, lowest = run.trace, parts.lowest_loss(now.surface)
    lost = end.kind == "diverged"
    with np.errstate(all="ignore"):
        length = np.hypot(*np.diff(trace["x"], axis=0).T).sum()
        distance = distance_to_minimum(now.surface, trace["x"][-1])
    row = {
        "Optimizer": parts.named(run),
        "Final loss": "–" if lost else words.number(trace["f"][-1]),
        "Path length": "–" if lost else words.number(length, 3),
    }
    if lowest is not None and distance is not None:
        above = np.flatnonzero(~(trace["f"] - lowest <= now.within))
        since = above[-1] + 1 if len(above) else 0
        nearest = "nearest " * (len(now.surface.minima) > 1)
        row[f"Distance to the {nearest}minimum"] = "–" if lost else words.number(float(distance), 3)
        row[f"f − f* ≤ {words.number(now.within)} from step"] = f"{since:,}" if since <= now.steps else "not at the end"
    return row | {"Outcome": words.outcome(end)}


@part(shows=lambda now: now.surface.label)
def tolerance(page: Page[Any], now: Setting) -> None:
    """How near to the lowest loss the table asks for."""
    if now.surface.minima:
        label = "Tolerance on f − f*"
        controls.slide(page, "within", controls.at("within"), label, controls.marks(WITHIN), width=320)


def _inside_shows(now: Setting) -> Any:
    entry = now.chosen("inside")
    return entry and (now.t, entry, now.given(entry))


@part(shows=_inside_shows)
def inside(page: Page[Any], now: Setting) -> None:
    """One optimizer's quantities against step, and one of its steps written out."""
    entry = now.chosen("inside")
    assert entry, "the line-up is not empty"
    t = min(now.t, now.steps)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        parts.chooser(page, "inside")
        lens = (lambda now: min(now.t, now.steps)), controls.at("t")[1]
        controls.number(page, "t", lens, "Step t", 1, now.steps, width=160)
    trace, groups = now.traces[now.lineup.index(entry)], _groups(entry.optimizer)
    for column, (title, names) in zip(st.columns(len(groups)), groups.items(), strict=True):
        with column:
            labels = tuple(map(typeset.plain, names))
            st.caption(f"{title}: {', '.join(labels)}")
            axis = "log" if names == ["effective_lr"] and (trace["effective_lr"] > 0).any() else "linear"
            spec = inside_spec(tuple(names), labels, now.surface.axes, axis, palette.theme())
            data = {"inside": frames.inside(trace, names, now.surface.axes, 0.0 if axis == "log" else -np.inf)}
            alt = f"{title} of {entry.optimizer.label} against step."
            charts.draw(spec, data, key=f"{page.key}.{title}", alt=alt)
    # Side by side where both fit, and else one below the other.
    with st.container(horizontal=True, gap="medium", key=f"{page.key}-worked"):
        for axis, name in enumerate(now.surface.axes):
            state = {
                key: float(trace[key][t - 2, axis]) if t > 1 else float(first)
                for key, first in entry.optimizer.state.items()
            }
            x, g = (float(trace[key][t - 1, axis]) for key in "xg")
            with st.container(width="content"):
                st.caption(f"Step {t:,} for the coordinate {name}")
                # x where one of the optimizer's own quantities, such as RMSProp's b, has that letter.
                letter = "x" if name in trace else name
                st.latex(typeset.worked(entry.optimizer, t, x, g, state, float(entry.schedule.at(t)), letter))


def _groups(optimizer: Optimizer) -> dict[str, list[str]]:
    """The optimizer's quantities by unit, found by doubling the gradients: those of g, those of g², and the rate."""
    gradients = np.linspace(1.0, 2.0, 8)
    once, twice = (replay(plain(optimizer), scale * gradients) for scale in (1, 2))
    titles = {1: "Gradients", 2: "Squares", None: "Effective learning rate"}
    groups: dict[str, list[str]] = {titles[1]: ["g"], titles[2]: [], titles[None]: ["effective_lr"]}
    for name in once:
        if name not in ("x", "g", "step", "effective_lr") and once[name].any():
            ratio = twice[name][-1] / once[name][-1] if once[name][-1] else 1.0
            groups.setdefault(titles.get(round(np.log2(abs(ratio) or 1.0)), "Other quantities"), []).append(name)
    return {title: names for title, names in groups.items() if names}
