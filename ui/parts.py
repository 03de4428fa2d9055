"""The parts that several pages show: legend, map, step cursor, curves, how it works, and the runs as CSV."""

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from optim import Formula, Surface, typeset
from optim.surfaces import Point

from . import charts, controls, download, frames, html, lineup, maps, palette
from .frames import Box
from .lineup import Lineup, Look
from .page import Page, folded, part
from .player import player
from .runs import Run, made_of
from .surface_page import SurfaceSetting, start_at
from .words import no_line


@part(shows=lambda now: lineup.looks(now.lineup))
def legend(page: Page[Any], now: SurfaceSetting) -> None:
    """A swatch and a name for every run, dashed as its line is."""
    html.legend([named(look) for look in lineup.looks(now.lineup)])


def named(look: Run | Look) -> str:
    """A run's name behind a swatch of its line."""
    return html.swatch(f"3px {palette.BORDERS[look.dash]} {look.color}", look.name)


def box(surface: Surface) -> Box:
    """What a map of the surface shows."""
    return Box.of(surface)


@part(shows=lambda now: now.race)
def map_of(page: Page[Any], now: SurfaceSetting) -> None:
    """The contour map with the paths."""
    surface, found = now.surface, now.runs
    spec = charts.map_spec(box(surface), palette.theme(), frames.looks(found), axes=surface.axes)
    charts.draw(spec, map_data(surface, now.start, found), key=f"{page.key}.map", alt=map_alt(now))


def map_alt(now: SurfaceSetting) -> str:
    """A map's text alternative."""
    return f"Paths of the optimizers, which the legend names, over the level lines of {now.surface.label}."


def map_data(surface: Surface, start: Point, found: Sequence[Run]) -> dict[str, Any]:
    """What a map of the surface with these paths on it is drawn from."""
    edges, data, gone = box(surface), maps.tables(surface, palette.theme()), frames.exits(found, surface)
    levels = frames.legible(data["levels"], gone, edges)
    data = data | {"levels": levels, "start": frames.point(start), "exits": gone}
    return data | {f"path{i}": frames.path(run, edges) for i, run in enumerate(found)}


@part(shows=lambda now: (now.steps, now.surface))
def cursor(page: Page[Any], now: SurfaceSetting) -> None:
    """The step cursor, which reaches as far as the runs; a click on the map is another start for the whole page."""

    def picked(x: float, y: float) -> None:
        page.act(lambda now: start_at(now, x, y))

    def rested(step: int) -> None:
        page.act(lambda now: now.at_step(step))

    follows = type(now).at_step is not SurfaceSetting.at_step
    player(page.key, now.steps, box(now.surface), picked, rested if follows else None)


@part(shows=lambda now: (now.race, now.scale))
def curves(page: Page[Any], now: SurfaceSetting) -> None:
    """Loss and gradient norm against step; on a log axis it is the loss above the lowest, where there is a lowest."""
    found, log = now.runs, now.scale == "log"
    lowest = lowest_loss(now.surface)
    floor = (lowest or 0.0) * log
    losses = [made_of(run.trace["f"], ("above", floor), partial(np.subtract, run.trace["f"], floor)) for run in found]
    title = "loss f − f*" if log and lowest else "loss f"
    _curves(f"{page.key}.loss", title, found, losses, log and lowest is not None)
    norms = [made_of(run.trace["g"], "norm", partial(np.hypot, *np.moveaxis(run.trace["g"], 1, 0))) for run in found]
    gradient = "norm ‖g‖ of the noisy gradient" if now.noise else "gradient norm ‖g‖"
    _curves(f"{page.key}.gradient", gradient, found, norms, log)


def _curves(key: str, title: str, found: Sequence[Run], ys: list[np.ndarray], log: bool) -> None:
    window = frames.window(found, ys, log)
    data = {f"curve{i}": frames.line(run, y, window, log) for i, (run, y) in enumerate(zip(found, ys, strict=True))}
    if not any(map(len, data.values())):
        st.info(no_line(f"The {title}", window.bottom, window.top), icon=":material/block:")
        return
    spec = charts.curve_spec(title, "log" if log else "linear", frames.looks(found))
    charts.draw(spec, data, key=key, alt=f"{title} against step.")


@part(shows=lambda now: None)
def scale(page: Page[Any], now: SurfaceSetting) -> None:
    """The curves' axis."""
    controls.segments(
        page, "scale", controls.at("scale"), "Vertical axis", ["log", "linear"], label_visibility="collapsed"
    )


def lowest_loss(surface: Surface) -> float | None:
    """The least value of the surface, if it has one."""
    return float(surface.at(surface.minima[0])[0]) if surface.minima else None


def chooser(page: Page[Any], role: str, label: str = "Optimizer") -> None:
    """A box to select the optimizer that a picture is of."""
    now: SurfaceSetting = page.now
    names = dict(zip((entry.id for entry in now.lineup), lineup.names(now.lineup), strict=True))
    lens = (lambda now: now.chosen(role).id), (lambda now, i: replace(now, **{role: i}))
    controls.choose(
        page, role, lens, label, [entry.id for entry in now.fit(role)], format_func=lambda i: names.get(i, i), width=320
    )


def guess(page: Page[Any], question: str, answer: Callable[[], None]) -> None:
    """A question whose answer is not to be seen yet; it is drawn, and computed, once it is asked for."""
    label, key = f"Guess first: {question}", f"{page.key}.guess"
    section = st.expander(label, key=key, on_change="rerun", icon=":material/help:")
    if section.open:
        with section:
            answer()


@part(shows=folded("how", lambda now: (now.surface, now.lineup)))
def how_it_works(page: Page[Any], now: SurfaceSetting) -> None:
    """For each formula in use: its box with its switches as they stand, its notes, and the function that ran."""
    section = st.expander("How it works", key=f"{page.key}.how", on_change="rerun", icon=":material/function:")
    if not section.open:
        return
    used = boxes([*formulas(now.lineup), (now.surface.label, now.surface)])
    with section:
        for tab, formula in zip(st.tabs(list(used)), used.values(), strict=True):
            with tab:
                explain(formula)


def formulas(entries: Lineup) -> list[tuple[str, Formula]]:
    """The optimizers and the schedules of a line-up, each under the name that tells it from the others."""
    names = lineup.names(entries)
    schedules = [
        (f"{entry.schedule.label}: {name}", entry.schedule) for name, entry in zip(names, entries, strict=True)
    ]
    return [
        *zip(names, (entry.optimizer for entry in entries), strict=True),
        *(one for one in schedules if one[1].hyperparameters),
    ]


def boxes(named: Iterable[tuple[str, Formula]]) -> dict[str, Formula]:
    """One formula for each box that there is to show: under its label, or its name where several have that label."""
    found: dict[tuple[str, str], tuple[str, Formula]] = {}
    for name, formula in named:
        found.setdefault((formula.label, typeset.box(formula)), (name, formula))
    labels = [label for label, _ in found]
    return {label if labels.count(label) == 1 else name: formula for (label, _), (name, formula) in found.items()}


def explain(formula: Formula) -> None:
    """A formula's box with its switches as they stand, its notes, and the function that ran."""
    st.latex(typeset.box(formula))
    st.markdown(formula.doc)
    st.caption(f"Source: {formula.source}")
    st.code(typeset.code(formula))


def code(*things: Any) -> None:
    """The source of functions or classes, without the examples in their docstrings."""
    sources = "\n\n".join(textwrap.dedent(inspect.getsource(thing)) for thing in things)
    plain = re.sub(r"\n\s+>>> .*?(?=\n\s+\"\"\")", "", sources, flags=re.DOTALL)
    st.code(re.sub(r"(\"\"\"[^\n]+)\n\s+\"\"\"", r'\1"""', plain))


def csv(page: Page[Any]) -> None:
    """All rows of all runs to take away, of what the page shows at the click."""
    latest = page.latest()

    def make() -> pd.DataFrame:
        now: SurfaceSetting = latest()
        return frames.table(zip(lineup.names(now.lineup), now.traces, strict=True), now.surface.axes)

    download.button("Runs as CSV", f"{page.key}-runs", make)
