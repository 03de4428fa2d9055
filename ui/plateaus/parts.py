"""The parts of the Plateaus page: ε and what it is added to, escapes, effective learning rates, sweeps and basins."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import streamlit as st

from optim import typeset
from optim.denominators import Denominator

from .. import charts, controls, html, lineup, palette, parts, runs, surface_page
from .. import frames as shared
from ..lineup import Entry
from ..page import Page, folded, part
from ..runs import Run
from ..words import marks, no_line
from . import basins as tiles
from . import duel as duels
from . import escapes, frames, tables, words
from .charts import basin_spec, rates_spec, root_spec
from .escapes import SWEEPS
from .setting import LEVEL, Setting

NO_EPSILON = "No optimizer of the line-up has an ε. Add Adam, RMSProp or AdaGrad in the sidebar."


def start_widgets(page: Page[Any], now: Setting) -> None:
    """Widgets for the start and the level."""
    surface_page.start_widgets(page, now)
    same = "The step of escape is the first with a loss at or below this level, in all tables and charts."
    low, high = float(LEVEL.low), float(LEVEL.high)
    lens = controls.at("level")
    controls.number(page, "level", lens, "Escaped when f ≤", low, high, step=0.05, format="%.6g", help=same)


def _epsilon_shows(now: Setting) -> Hashable:
    entry = now.chosen("epsilon")
    return entry and (entry, now.given(entry), now.level, lineup.names(now.lineup))


def _weighed(now: Setting) -> Denominator | None:
    entry = now.chosen("epsilon")
    return entry and entry.optimizer.denominator(runs.trace(entry.optimizer, now.given(entry)))


@part(shows=_epsilon_shows)
def epsilon(page: Page[Any], now: Setting) -> None:
    """What ε is added to, over one optimizer's run; ε can be moved right here."""
    entry, weighed = now.chosen("epsilon"), _weighed(now)
    if entry is None or weighed is None:
        st.info(NO_EPSILON)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        parts.chooser(page, "epsilon")
        controls.slide(page, "eps", _own_epsilon(entry), "ε", controls.marks(entry.optimizer.hyperparameters["eps"]))
    trace, theme = runs.trace(entry.optimizer, now.given(entry)), palette.theme()
    names = [f"{weighed.symbol} of {axis}" for axis in now.surface.axes]
    sizes = [Run(name, getattr(palette.COORDINATES[c], theme), 0, trace) for name, c in zip(names, "xy", strict=True)]
    shade = html.swatch(f"9px solid {getattr(palette.FAINT, theme)}38", f"below {weighed.bound_symbol}")
    html.legend([*(parts.named(size) for size in sizes), *[shade] * bool(np.any(weighed.bound))])
    box = frames.window("root", weighed.size, now.steps)
    data = {f"size{i}": frames.line(size, weighed.size[:, i], box) for i, size in enumerate(sizes)}
    if not any(map(len, data.values())):
        st.info(no_line(weighed.symbol, box.bottom, box.top), icon=":material/block:")
        return
    data |= {"epsilon": frames.bound(weighed, box), "escape": frames.escape(escapes.escape(trace, now.level))}
    alt = "What ε is added to against step, and the region where ε is larger."
    charts.draw(root_spec(weighed.symbol, box, theme), data, key=f"{page.key}.epsilon-chart", alt=alt)


def _own_epsilon(entry: Entry) -> controls.Lens:
    """The ε of an entry; none once it is gone or has become an optimizer without."""

    def get(now: Setting) -> float | None:
        found = lineup.find(now, entry.id)
        return found.optimizer.values.get("eps") if found else None

    return get, controls.at("lineup", entry.id, "optimizer", "eps")[1]


@part(shows=folded("guess", lambda now: (now.race, now.level)))
def guess(page: Page[Any], now: Setting) -> None:
    """What a larger ε costs."""

    def answer() -> None:
        rows = tables.tenfold(now)
        html.table(rows) if rows else st.info(NO_EPSILON)

    parts.guess(page, "how many steps later does each optimizer escape with an ε ten times larger?", answer)


@part(shows=_epsilon_shows)
def compared(page: Page[Any], now: Setting) -> None:
    """The same in numbers, what a large ε makes of the optimizer, and its formula."""
    entry, weighed = now.chosen("epsilon"), _weighed(now)
    if entry is None or weighed is None:
        return
    table, sentence = st.columns([3, 2], gap="medium")
    with table:
        html.table(tables.compared(weighed, now.steps, now.surface.axes))
    with sentence:
        html.sentences([words.limit(entry, weighed)])
        with st.popover("Formula", icon=":material/function:"):
            st.latex(typeset.box(entry.optimizer))


@part(shows=lambda now: (now.race, now.level))
def ends(page: Page[Any], now: Setting) -> None:
    """The step at which every run escapes, and where it ends."""
    html.sentences([words.start(now), words.beyond(now)])
    html.table(tables.ends(now))


@part(shows=lambda now: (now.race, now.level))
def duel(page: Page[Any], now: Setting) -> None:
    """AdaGrad's effective learning rates beside RMSProp's, in the flatter of the two coordinates."""
    both = duels.duel(now)
    found, added = both.runs, both.added
    axis = duels.flatter(found[0])
    rates = [duels.rate(run, axis) for run in found]
    html.legend([parts.named(run) for run in found])
    box = frames.window("rates", np.concatenate(rates), now.steps)
    data = {f"rate{i}": frames.line(run, y, box) for i, (run, y) in enumerate(zip(found, rates, strict=True))}
    if any(map(len, data.values())):
        data["escape"] = frames.escapes(found, rates, [escapes.escape(run.trace, now.level) for run in found])
        spec = rates_spec(f"effective learning rate in {now.surface.axes[axis]}", box, shared.looks(found))
        alt = "Effective learning rates of AdaGrad and RMSProp against step."
        charts.draw(spec, data, key=f"{page.key}.rates", alt=alt)
    else:
        st.info(no_line("The effective learning rate", box.bottom, box.top), icon=":material/block:")
    html.table(tables.rates(now, both, axis))
    if added:
        st.caption(f"Not in your line-up, added for comparison: {', '.join(added)}.")


@part(shows=lambda now: (now.race, now.level))
def sweeps(page: Page[Any], now: Setting) -> None:
    """The step of escape over each hyperparameter, all else as it is; one sweep for each optimizer."""
    found, outs = now.runs, now.escapes
    optimizers = [entry.optimizer for entry in now.lineup]
    times = [escapes.over(entry.optimizer, now.given(entry), now.level) for entry in now.lineup]
    html.legend([parts.named(run) for run in found])
    cells = [*st.columns(2, gap="medium"), *st.columns(2, gap="medium")]
    for cell, (chart, sweep) in zip(cells, SWEEPS.items(), strict=True):
        drawn = [j for j, by in enumerate(times) if chart in by]
        if not drawn:
            continue
        places, shown = [sweep.place(value) for value in sweep.values], [found[j] for j in drawn]
        own = [sweep.place(optimizers[j].values[escapes.swept(optimizers[j])[chart]]) for j in drawn]
        steps = [times[j][chart] for j in drawn]
        data = {f"times{k}": shared.times(places, one) for k, one in enumerate(steps)}
        data["never"] = shared.never(shown, [places] * len(drawn), steps)
        data["now"] = shared.present(shown, own, places, [outs[j] for j in drawn])
        title = escapes.symbols(optimizers, chart)
        spec = charts.times_spec(title, sweep.scale, min(places), max(places), now.steps, shared.looks(shown))
        with cell:
            charts.draw(spec, data, key=f"{page.key}.over-{chart}", alt=f"Step of escape against {title}.")
    st.caption(f"Each line changes one value of one optimizer and keeps the rest. {marks(now.steps)}")
    html.table(tables.earliest(now, times))


def _chosen(now: Setting) -> Hashable:
    return lineup.names(now.lineup), now.left, now.right


@part(shows=lambda now, role: _chosen(now))
def basin_of(page: Page[Any], now: Setting, role: str) -> None:
    """Whose basins a map shows."""
    parts.chooser(page, role)


def _basin_shows(now: Setting, role: str) -> Hashable:
    entry = now.chosen(role)
    return entry and (entry.optimizer, now.given(entry), now.level)


@part(shows=_basin_shows)
def basin(page: Page[Any], now: Setting, role: str) -> None:
    """Which start ends in which minimum, for one optimizer."""
    theme, surface, found = palette.theme(), now.surface, tiles.chosen(now, role)
    data = {
        "basins": tiles.image(found, surface, theme),
        "minima": tiles.letters(found.minima),
        "start": frames.point(now.start),
    }
    spec = basin_spec(parts.box(surface), surface.axes, theme)
    alt = "A map of starts, coloured by where they end; the table beneath it gives the shares."
    charts.draw(spec, data, key=f"{page.key}.basins.{role}", alt=alt)


@part(shows=lambda now: (_basin_shows(now, "left"), _basin_shows(now, "right"), _chosen(now)))
def shares(page: Page[Any], now: Setting) -> None:
    """The legend of both maps, with the shares of the starts, and how much they differ."""
    found = {role: tiles.chosen(now, role) for role in ("left", "right")}
    html.table(tables.shares(now, found))
    st.caption(words.apart(found["left"], found["right"]))
