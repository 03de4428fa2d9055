"""What the Learning-rate decay page shows: schedules, losses, the ball, 200 seeds, and Adam's first steps."""

import math
from base64 import b64encode
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np
import streamlit as st

from optim import SCHEDULES, Schedule, theory, typeset

from .. import charts as shared
from .. import controls, download, frames, html, palette, parts, player, share
from ..page import Page, folded, part
from ..runs import Run
from ..surface_page import clicked
from ..words import number, outcome, spread
from . import adam, charts, plans, quadratic, words
from . import frames as own
from .plans import Look
from .setting import WARMUP, WELLS, Setting

SOME = 0.3
"""The noise that is offered where there is none."""


def looks_of(now: Setting) -> list[Look]:
    """Name, colour and dashes of each schedule."""
    return plans.looks(now.plans)


def runs_of(now: Setting) -> list[Run]:
    """One run of SGD under each schedule, with its name and look."""
    return [Run(*look, trace) for look, trace in zip(looks_of(now), now.singles, strict=True)]


def _named(look: Run | Look) -> str:
    return html.swatch(f"3px {palette.BORDERS[look.dash]} {look.color}", look.name)


@part(shows=lambda now: plans.looks(now.plans))
def legend(page: Page[Any], now: Setting) -> None:
    """A swatch and a name for every schedule, dashed as its line is."""
    html.legend([_named(look) for look in looks_of(now)])


@part(shows=lambda now: (now.plans, now.lr, now.steps, now.batches, now.scale))
def rates(page: Page[Any], now: Setting) -> None:
    """The learning rate of every step."""
    looks, log = looks_of(now), now.scale == "log"
    found = [quadratic.rates(now.given(schedule)) for schedule in now.schedules]
    if log and not any((lr > 0).any() for lr in found):
        st.info("Every learning rate is 0, which a log axis cannot show.", icon=":material/block:")
        return
    pairs = enumerate(zip(looks, found, strict=True))
    data = {f"rate{i}": own.rate(look.name, lr, now.batches, log) for i, (look, lr) in pairs}
    data["span"] = own.span(1, now.steps, now.batches)
    spec = charts.rates_spec("log" if log else "linear", frames.looks(looks))
    alt = "The learning rate under each schedule against step, and against epochs."
    shared.draw(spec, data, key=f"{page.key}.rates", alt=alt)


@part(shows=lambda now: None)
def scale(page: Page[Any], now: Setting) -> None:
    """The axis of the learning rate."""
    controls.segments(page, "scale", controls.at("scale"), "Axis of the learning rate", ["log", "linear"],
                      label_visibility="collapsed")  # fmt: skip


@part(shows=lambda now: now.descent)
def losses(page: Page[Any], now: Setting) -> None:
    """The expected loss under each schedule, one run behind it, and the level that constant η keeps."""
    data = own.losses(now, runs_of(now))
    level = float(quadratic.level(now.given(now.schedules[0])))
    kept = math.isfinite(level) and level > 0
    if kept:
        data["level"] = own.level(level, "constant η, stationary")
    data["span"] = own.span(0, now.steps, now.batches)
    spec = charts.losses_spec(frames.looks(looks_of(now)), palette.theme(), kept)
    alt = "The expected loss under each schedule and the loss of one run, against step and against epochs."
    shared.draw(spec, data, key=f"{page.key}.loss", alt=alt)


@part(shows=folded("guess", lambda now: now.descent))
def guess(page: Page[Any], now: Setting) -> None:
    """What another learning rate would have come to under each schedule."""

    def answer() -> None:
        factors = {"η / 4": 0.25, "η": 1.0, "4 η": 4.0}
        ends = {
            name: quadratic.expected(*(now.given(one)._replace(lr=factor * now.lr) for one in now.schedules))
            for name, factor in factors.items()
        }
        html.table([
            {"Schedule": _named(look), **{name: number(float(losses[i][-1]), 3) for name, losses in ends.items()}}
            for i, look in enumerate(looks_of(now))
        ])  # fmt: skip
        st.caption("The expected loss after the last step.")

    parts.guess(page, "which schedules end lower with a quarter of this η, and which with four times it?", answer)


@part(shows=lambda now: now.descent)
def ends(page: Page[Any], now: Setting) -> None:
    """What each schedule begins and ends with."""
    html.sentences([escape(words.epochs(now))])
    means = [float(expected[-1]) for expected in now.expected]
    html.table([
        {
            "Schedule": _named(run),
            "η at step 1": number(float(lr[0])),
            f"η at step {now.steps:,}": number(float(lr[-1])),
            "mean η": number(float(lr.mean())),
            "Expected loss at the end": html.least(means, i, number),
            "Loss of this run": number(float(run.trace["f"][-1])),
        }
        for i, (run, lr) in enumerate(zip(
            runs_of(now), (quadratic.rates(now.given(one)) for one in now.schedules), strict=True))
    ])  # fmt: skip


@part(shows=lambda now: now.plans)
def formulas(page: Page[Any], now: Setting) -> None:
    """The formula of each schedule, n being the steps of an epoch."""
    seen = {plan.schedule.label: plan.schedule for plan in now.plans}
    with st.container(horizontal=True, gap="medium"):
        for schedule in seen.values():
            with st.container(width="content"):
                st.caption(f"**{share.escape(schedule.label)}**")
                st.latex(typeset.box(schedule), width="content")
    st.caption("t = 1, 2, … is the step and n the number of mini-batches per epoch, or 1 where steps are counted.")


def _noiseless(page: Page[Any], name: str) -> None:
    """Why there is nothing to show without noise, and a way to have some."""
    st.markdown(words.NOISELESS)
    noisy = lambda now: replace(now, noise=SOME)  # noqa: E731
    st.button(f"Add gradient noise σ = {number(SOME)}", icon=":material/grain:", key=f"{page.key}.{name}.add-noise",
              on_click=page.act, args=(noisy,))  # fmt: skip


@part(shows=lambda now: now.descent)
def around(page: Page[Any], now: Setting) -> None:
    """Where the runs are in their second half, and the ball that constant η keeps."""
    if not now.noise:
        _noiseless(page, "around")
        return
    st.markdown(words.ball(now))
    if not 0 < now.lr < quadratic.edge(now.surface):
        return
    spec = charts.ball_spec(frames.looks(looks_of(now)), palette.theme())
    alt = "The second half of each run around the minimum, and the ellipse of two standard deviations at constant η."
    shared.draw(spec, own.around(now, runs_of(now)), key=f"{page.key}.around", alt=alt)
    st.caption("Lines: the second half of each run. Dashed: two standard deviations at constant η.")


@part(shows=lambda now: now.descent)
def radius(page: Page[Any], now: Setting) -> None:
    """The ball's radius against η: closed form, measurement, and where the schedules end."""
    if not now.noise:
        st.info("Without noise the radius is 0, which a log axis cannot show.", icon=":material/block:")
        return
    st.latex(r"\operatorname{Var} x_\infty = \frac{\eta\, \sigma^2}{\lambda\, (2 - \eta \lambda)}")
    data = own.radii(now, looks_of(now))
    spec = charts.radius_spec(palette.theme(), len(data["measured"]) > 0, len(data["ends"]) > 0)
    alt = "The root mean square distance from the minimum that SGD keeps, against the learning rate."
    shared.draw(spec, data, key=f"{page.key}.radius", alt=alt)
    st.caption(
        f"Line: the closed form, with λ = a along x and b along y. Squares: measured over {quadratic.SEEDS} seeds, at "
        "the learning rates that settle in time. Circle: constant η. Dots: each schedule's runs at their last step, "
        "if that is on the chart."
    )


@part(shows=lambda now: now.descent)
def seeds(page: Page[Any], now: Setting) -> None:
    """The final loss under each schedule, over 200 seeds."""
    if not now.noise:
        st.markdown("Without noise every seed gives the same run.")
        return
    looks, ends = looks_of(now), [quadratic.over_seeds(now.given(schedule))["f"] for schedule in now.schedules]
    left, right = st.columns([2, 3], gap="small")
    with left:
        data = {f"share{i}": own.share(look.name, f) for i, (look, f) in enumerate(zip(looks, ends, strict=True))}
        if not any(len(table) for table in data.values()):
            st.info("No final loss is above 0 and finite: there is nothing to draw.", icon=":material/block:")
        else:
            alt = f"The share of {quadratic.SEEDS} seeds that end at or below a loss, for each schedule."
            shared.draw(charts.shares_spec(frames.looks(looks)), data, key=f"{page.key}.shares", alt=alt)
    with right:
        html.table([_spread(*row) for row in zip(looks, ends, now.expected, strict=True)])
        st.caption(f"{quadratic.SEEDS} seeds, from the present one on. All schedules see the same draws.")


def _spread(look: Look, f: np.ndarray, expected: np.ndarray) -> dict[str, str]:
    low, middle, high = words.quantiles(f)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(f.mean())
    return {
        "Schedule": _named(look),
        "Median": number(middle, 3),
        "5 % to 95 %": spread(low, high, 3),
        "Mean": number(mean, 3),
        "Theory": number(float(expected[-1]), 3),
    }


@part(shows=lambda now: None)
def adam_widgets(page: Page[Any], now: Setting) -> None:
    """Adam's values and the warm-up."""
    with st.container(key=f"{page.key}-grid-adam"):
        for name in ("lr", "beta1", "beta2"):
            controls.widget(page, f"adam.{name}", controls.at("adam", name), now.adam.hyperparameters[name])
        controls.widget(page, "warmup", controls.at("warmup"), WARMUP)


def _adam_shows(now: Setting) -> Any:
    return now.adam, now.warmup, now.start


@part(shows=_adam_shows)
def repairs(page: Page[Any], now: Setting) -> None:
    """What bias correction and warm-up each do."""
    st.markdown(words.repairs(now))
    html.legend([_named(run) for run in adam.four(now)])


@part(shows=_adam_shows)
def lengths(page: Page[Any], now: Setting) -> None:
    """The length of each of Adam's steps."""
    found = adam.four(now)
    data = {f"length{i}": own.lengths(run.name, adam.lengths(now, run.trace)) for i, run in enumerate(found)}
    if not any(len(table) for table in data.values()):
        st.info("No step is above 0 and finite: there is nothing to draw.", icon=":material/block:")
        return
    data["one"] = own.level(1.0, "η")
    spec = charts.lengths_spec(frames.looks(found), palette.theme())
    alt = "Adam's first steps in units of η, with and without correction and warm-up."
    shared.draw(spec, data, key=f"{page.key}.lengths", alt=alt)
    st.caption("Of the two coordinates, the one that moves farther.")


@part(shows=_adam_shows)
def wells(page: Page[Any], now: Setting) -> None:
    """Adam's four paths on a surface whose start has almost no gradient."""
    found = adam.four(now)
    spec = shared.map_spec(parts.box(WELLS), palette.theme(), frames.looks(found), 360, axes=WELLS.axes)
    alt = f"The first {adam.STEPS} steps of Adam with and without correction and warm-up, on {WELLS.label}."
    shared.draw(spec, parts.map_data(WELLS, now.start, found), key=f"{page.key}.map", alt=alt)


@part(shows=lambda now: None)
def cursor(page: Page[Any], now: Setting) -> None:
    """The step cursor of Adam's charts; a click on the map is another start."""

    def picked(x: float, y: float) -> None:
        page.act(lambda now: replace(now, start=clicked(WELLS, x, y)))

    player.player(page.key, adam.STEPS, parts.box(WELLS), picked)


@part(shows=_adam_shows)
def compared(page: Page[Any], now: Setting) -> None:
    """The first and the longest of Adam's steps, and where they lead."""
    html.table([_steps(now, run, end) for run, end in zip(adam.four(now), adam.outcomes(now), strict=True)])


def _steps(now: Setting, run: Run, end: Any) -> dict[str, str]:
    size = adam.lengths(now, run.trace)
    known = np.isfinite(size)
    at = int(np.argmax(np.where(known, size, -1.0)))
    return {
        "Adam": _named(run),
        "First step / η": number(float(size[0]), 3) if known[0] else "–",
        "Longest / η": f"{number(float(size[at]), 3)} at t = {at + 1}" if known.any() else "–",
        f"Outcome at step {adam.STEPS}": outcome(end, place=True),
    }


@part(shows=lambda now: (now.steps, now.batches))
def gallery(page: Page[Any], now: Setting) -> None:
    """Every registered schedule: its curve at lengths that suit the run, and its formula."""
    with st.container(key=f"{page.key}-gallery"):
        for schedule in SCHEDULES.values():
            sketch, formula = st.columns([2, 3], gap="medium", vertical_alignment="center")
            plan = plans.Plan(plans.fitted(schedule, now.steps))
            sketch.html(_sketch(schedule.label, plan.within(now.batches), now.steps))
            formula.latex(typeset.box(schedule))


def _sketch(label: str, schedule: Schedule, steps: int) -> str:
    """A schedule's curve as a small drawing."""
    t = 1 + own.some(steps, 160)
    y = schedule.at(t) * np.ones(len(t))
    top = max(float(y.max()), 1e-300)
    x = 2 + 396 * (t - 1) / max(steps - 1, 1)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, 57 - 54 * y / top, strict=True))
    color = palette.of(label, palette.theme())
    line = f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>'
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 60">{line}</svg>'
    url = f"data:image/svg+xml;base64,{b64encode(drawing.encode()).decode()}"
    return f'<strong>{escape(label)}</strong><br><img src="{url}" width="100%" alt="The learning rate against step">'


@part(shows=folded("how", lambda now: now.plans))
def how_it_works(page: Page[Any], now: Setting) -> None:
    """For each schedule in use its notes and the function that ran; and the closed forms of the quadratic."""
    section = st.expander("How it works", key=f"{page.key}.how", on_change="rerun", icon=":material/function:")
    if not section.open:
        return
    used = parts.boxes(zip(plans.names(now.plans), (plan.schedule for plan in now.plans), strict=True))
    with section:
        *tabs, last = st.tabs([*used, "SGD on a noisy quadratic"])
        for tab, schedule in zip(tabs, used.values(), strict=True):
            with tab:
                parts.explain(schedule)
        with last:
            st.latex(r"x_{k+1} = (1 - \eta_k \lambda)\, x_k - \eta_k \sigma\, \xi_k, \qquad \xi_k \sim N(0, 1)")
            st.latex(r"v_{k+1} = (1 - \eta_k \lambda)^2\, v_k + \eta_k^2 \sigma^2")
            st.markdown("The variance $v$ that a constant $\\eta$ leaves as it is, is that of the ball.")
            parts.code(theory.sgd_moments, theory.sgd_stationary_variance)


def csv(page: Page[Any]) -> None:
    """Every step under every schedule, made on the click: outside of the session, of what the page then shows."""
    latest = page.latest()
    download.button("Runs as CSV", f"{page.key}-runs", lambda: own.table(latest()))
