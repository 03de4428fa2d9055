"""What the Saddle points page alone shows: map, distances, escape times, what they depend on, seeds, curvature."""

import math
from dataclasses import replace
from html import escape as escaped
from typing import Any

import numpy as np
import streamlit as st

from optim import Array, theory
from optim.ends import Outcome, left

from .. import charts, controls, html, lineup, palette, parts, share
from .. import frames as shared
from ..frames import Box
from ..page import Page, folded, part
from ..runs import Run
from ..surface_page import coordinate
from ..words import marks, no_line, number, outcome
from . import charts as specs
from . import frames, words
from .curvature import along
from .escapes import Escape
from .setting import DELTA, RADIUS, Setting
from .sweeps import SEEDS, VALUES, Swept, decade, over_seeds, swept

LITTLE = 1e-3
"""The noise that is offered."""


def start(page: Page[Any], now: Setting) -> None:
    """The distance from the stable axis, the place along it, and the escape radius."""
    axis, stable = 1 - now.way.axis, now.way.stable
    lens = (lambda now: now.delta), (lambda now, delta: now.beside(delta))
    help = "Distance from the stable axis, along which descent leads into the saddle. At exactly 0 the start is on it."
    if now.way.gamma is None:
        help = "Distance from y = 0. Descent leads into the saddle along the half with x ≥ 0, the stable ray."
    controls.slide(page, "delta", lens, "Start δ", controls.marks(DELTA), help=help)
    coordinate(page, now, axis, f"Start {now.surface.axes[axis]}")
    help = f"A run has escaped at the first step at which it is r away from the {stable}, without having climbed."
    controls.slide(page, "radius", controls.at("radius"), "Escape radius r", controls.marks(RADIUS), help=help)


@part(shows=lambda now: now.race)
def map_of(page: Page[Any], now: Setting) -> None:
    """The contour map with the paths, and the escape radius."""
    found = now.runs
    spec = specs.map_spec(parts.box(now.surface), palette.theme(), shared.looks(found), now.surface.axes)
    data = parts.map_data(now.surface, now.start, found) | {"radius": frames.fence(now)}
    charts.draw(spec, data, key=f"{page.key}.map", alt=parts.map_alt(now))


@part(shows=lambda now: now.race)
def verdict(page: Page[Any], now: Setting) -> None:
    """Which runs escaped first, and which did not."""
    html.sentences([escaped(sentence) for sentence in words.verdict(now, now.escapes)])


@part(shows=lambda now: now.race)
def distances(page: Page[Any], now: Setting) -> None:
    """The distance from the stable axis against step, on a log axis, with the closed forms over it."""
    found, way = now.escapes, now.way
    box = frames.window(now, found)
    data = frames.distances(found, box)
    if not any(len(data[f"curve{i}"]) for i in range(len(found))):
        st.info(" ".join(words.nothing(now, found, box)), icon=":material/block:")
        return
    name, saddle = now.surface.axes[way.axis], way.saddle[way.axis]
    title = f"distance |{name} − {number(saddle, 3)}|" if saddle else f"distance |{name}|"
    if way.gamma is None:
        title = f"distance from the {way.stable}"
    data["radius"] = frames.level(max(now.radius, box.bottom), f"r = {number(now.radius)}")
    spec = specs.distance_spec(title, shared.looks([escape.run for escape in found]), palette.theme())
    charts.draw(spec, data, key=f"{page.key}.distance", alt=f"{title} against step, on a log axis.")
    st.caption(words.theory(now, found))


@part(shows=lambda now: now.race)
def meter(page: Page[Any], now: Setting) -> None:
    """When each run escaped, what theory predicts, and how the run ended."""
    found = now.escapes
    longest = max((escape.at for escape in found if escape.at is not None), default=0)
    html.table([_row(now, escape, longest, end) for escape, end in zip(found, now.outcomes, strict=True)])


def _row(now: Setting, escape: Escape, longest: int, end: Outcome) -> dict[str, str]:
    at, predicted = escape.at, escape.predicted.steps if escape.predicted else math.nan
    mark = predicted / longest if longest and predicted <= longest else None
    bar = "" if at is None else html.meter(f"{at:,}", at / longest if longest else 0.0, escape.run.color, mark)
    row = {
        "Optimizer": parts.named(escape.run),
        "Escapes at step": bar or f"not by step {now.steps:,}",
        "Closed form": _steps(predicted),
    }
    if now.surface.minima:
        return row | {"Outcome": outcome(end, place=True)}
    # Where f is unbounded below there is no minimum to end in.
    gone = left(escape.run.trace, now.surface)
    how = "diverges at " if end.kind == "diverged" and end.step == gone else ""
    return row | {"Leaves the map at step": "–" if gone is None else f"{how}{gone:,}"}


def _steps(steps: float) -> str:
    """A whole number of steps; infinite is never, and nan is unknown."""
    if math.isnan(steps):
        return "–"
    return "never" if math.isinf(steps) else f"{steps:,.0f}" if steps < 1e6 else number(steps)


TITLES = {"lr": "learning rate η", "beta": "", "beta2": "", "eps": "ε", "delta": "start δ"}
"""Of the small charts; on those of a β the line-up says which."""


@part(shows=folded("guess", lambda now: now.race))
def guess(page: Page[Any], now: Setting) -> None:
    """What a start closer to the stable axis costs."""

    def answer() -> None:
        measured = [decade(swept(now, entry)["delta"], now.radius) for entry in now.lineup]
        html.table([_cost(escape, steps) for escape, steps in zip(now.escapes, measured, strict=True)])
        st.caption("Measured: the mean per factor of 10, over the values of δ on the chart below up to r / 10. "
                   "Closed form: ln 10 / ln s₁, where s₁ is the growth per step.")  # fmt: skip

    parts.guess(page, "how many more steps does a δ ten times smaller cost each optimizer?", answer)


def _cost(escape: Escape, measured: float) -> dict[str, str]:
    predicted = escape.predicted.decade if escape.predicted else math.nan
    return {
        "Optimizer": parts.named(escape.run),
        "More steps, measured": "–" if math.isnan(measured) else number(round(measured, 1)),
        "Closed form": "–"
        if math.isnan(predicted)
        else "no escape"
        if math.isinf(predicted)
        else number(round(predicted, 1)),
    }


@part(shows=lambda now: now.race)
def sweeps(page: Page[Any], now: Setting) -> None:
    """The step of escape against each hyperparameter and against δ, by one sweep for each optimizer."""
    found = now.escapes
    by = [swept(now, entry) for entry in now.lineup]
    drawn = {chart: [i for i, own in enumerate(by) if chart in own] for chart in VALUES}
    drawn = {chart: places for chart, places in drawn.items() if places}
    rows = [list(drawn)[:3], list(drawn)[3:]]
    for row in rows:
        for column, chart in zip(st.columns(3), row, strict=False):
            shown, axes = [found[i] for i in drawn[chart]], [by[i][chart] for i in drawn[chart]]
            with column:
                _small(page, now, chart, shown, axes)
    st.caption(marks(now.steps))


def _small(page: Page[Any], now: Setting, chart: str, shown: list[Escape], by: list[Swept]) -> None:
    """The step of escape against one hyperparameter."""
    title = TITLES[chart] or ", ".join(dict.fromkeys(own.symbol for own in by))
    xs = frames.place(chart, np.array(VALUES[chart]))
    looks = shared.looks([escape.run for escape in shown])
    spec = charts.times_spec(
        title, "decay" if chart.startswith("beta") else "log", xs.min(), xs.max(), now.steps, looks
    )
    data = frames.times(chart, shown, by)
    charts.draw(spec, data, key=f"{page.key}.by-{chart}", alt=f"Step of escape against {title}.")
    if not TITLES[chart]:
        st.caption(share.escape(words.symbols(shown, by)))


@part(shows=lambda now: now.race)
def seeds(page: Page[Any], now: Setting) -> None:
    """How escape times are distributed over seeds; without noise there is nothing to distribute."""
    if not now.noise:
        st.markdown("Without noise every seed gives the same run.")
        noisy = lambda now: replace(now, noise=LITTLE)  # noqa: E731
        label = f"Add gradient noise σ = {number(LITTLE)}"
        st.button(label, icon=":material/grain:", key=f"{page.key}.add-noise", on_click=page.act, args=(noisy,))
        return
    found, hits = now.runs, [over_seeds(now, entry) for entry in now.lineup]
    left, right = st.columns(2, gap="medium")
    with left:
        data = {f"share{i}": frames.share(hit, now.steps) for i, hit in enumerate(hits)}
        spec = specs.shares_spec(now.steps, shared.looks(found))
        charts.draw(spec, data, key=f"{page.key}.shares", alt=f"Share of {SEEDS} seeds that have escaped, by step.")
    with right:
        html.table([_spread(now, run, hit) for run, hit in zip(found, hits, strict=True)])
        st.caption(f"{SEEDS} seeds, from the present one on. All optimizers see the same draws.")


def _spread(now: Setting, run: Run, hits: Array) -> dict[str, str]:
    """Quantiles over the seeds; one that is never reached is beyond the steps."""
    quantiles = {"5 % by step": 0.05, "50 % by step": 0.5, "95 % by step": 0.95}
    steps = {title: frames.quantile(hits, part) for title, part in quantiles.items()}
    return {
        "Optimizer": parts.named(run),
        **{title: f"{step:,.0f}" if np.isfinite(step) else f"> {now.steps:,}" for title, step in steps.items()},
        "Escaped": f"{np.isfinite(hits).sum()} of {len(hits)}",
    }


def _inside_shows(now: Setting) -> Any:
    entry = now.chosen("inside")
    return entry and (entry, now.given(entry), lineup.looks(now.lineup))


@part(shows=_inside_shows)
def curvature(page: Page[Any], now: Setting) -> None:
    """The Hessian's eigenvalues along one optimizer's path, and how near its steps are to growing."""
    entry = now.chosen("inside")
    assert entry, "the line-up is not empty"
    parts.chooser(page, "inside")
    run = next(run for own, run in zip(now.lineup, now.runs, strict=True) if own.id == entry.id)
    theme = palette.theme()
    found, look = along(now.surface, run), (run.color, run.dash)
    if len(found.felt) < 2:
        st.info("The run leaves the map, or diverges, at its first step.", icon=":material/block:")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        everything = Box(0, now.steps, -1e300, 1e300)
        data = {name: frames.series(run, getattr(found, name), everything) for name in ("large", "small")}
        data["zero"] = frames.level(0.0, "")
        spec, alt = specs.eigenvalues_spec(look, theme), "Eigenvalues of the Hessian along the path, against step."
        charts.draw(spec, data, key=f"{page.key}.eigenvalues", alt=alt)
        st.caption("Solid: the larger eigenvalue; dashed: the smaller. Where one is negative, f curves downwards.")
    with right:
        box = Box(0, now.steps, *specs.FELT)
        data = {"felt": frames.series(run, found.felt, box, log=True)}
        if not len(data["felt"]):
            st.info(no_line("Effective η × curvature", box.bottom, box.top), icon=":material/block:")
            return
        # The steps that were taken, not the one that the last row is about to take.
        felt = found.felt[: now.steps]
        recurrence = entry.optimizer.recurrence_at(np.arange(1.0, len(felt) + 1))
        if recurrence:
            edges = np.broadcast_to(recurrence.edge, felt.shape)
            data["edge"] = frames.edge(edges, words.edge_name(recurrence))
        spec = specs.edge_spec(look, theme, recurrence is not None)
        alt = f"Effective learning rate times curvature against step{', and the stability edge' * bool(recurrence)}."
        charts.draw(spec, data, key=f"{page.key}.edge", alt=alt)
        st.caption(f"{FELT} {share.escape(words.edge(run.name, felt, recurrence))}")


FELT = "Effective η × curvature: the largest eigenvalue of √D H √D, where D has the effective learning rates."


def closed_form(page: Page[Any]) -> None:
    """The recurrence behind the closed forms."""
    section = st.expander(
        "The closed form", key=f"{page.key}.closed-form", on_change="rerun", icon=":material/function:"
    )
    if not section.open:
        return
    with section:
        st.markdown(
            "On $f = \\tfrac12 (x^2 - \\gamma y^2)$ each coordinate moves by itself. Where the step is "
            "$-\\eta\\,(a\\, g_t + b\\, v_t)$ with $v_t = \\beta\\, v_{t-1} + g_t$, the distance follows a linear "
            "recurrence, and the larger of its two roots is the growth per step:"
        )
        st.latex(
            r"y_k = y_0 \left(A\, s_1^k + (1 - A)\, s_2^k\right), \qquad"
            r"s^2 - \left(1 + \beta + (a + b)\, \eta\gamma\right) s + \beta\, (1 + a\, \eta\gamma) = 0"
        )
        st.markdown(
            r"SGD: $\beta = a = 0$, $b = 1$, so $s_1 = 1 + \eta\gamma$. Momentum: $a = 0$, $b = 1$. Nesterov: $a = 1$, "
            r"$b = \beta$. Where the velocity is an average, $a$ and $b$ are times $1 - \beta$. On the other surfaces "
            r"$\gamma$ is the downward curvature at the saddle. The code that ran:"
        )
        parts.code(theory.Recurrence)
