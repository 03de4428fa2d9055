"""The parts of the Train-a-network page."""

import math
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np
import pyarrow as pa
import streamlit as st

from optim.datasets import DataError, digits

from .. import charts as shared
from .. import controls, download, html, lineup, maps, palette, parts
from ..lineup import Entry
from ..lineup import Look as Line
from ..page import Page, folded, part
from ..words import number
from . import charts, frames, pictures, planes, rates, training, words
from .rates import Search
from .setting import SMALL, Setting

TICK, PORTION, AT_ONCE = 0.16, 0.1, 0.5
"""Seconds between two drawings while it trains, of training for each, and before the first."""
DRAWINGS = 40
"""A training takes at least so many drawings, so that there is time to stop it."""


def data() -> None:
    """Nothing is shown without the digits, but why they are not there."""
    try:
        digits()
    except DataError as error:
        st.error(str(error))
        st.stop()


@part(shows=lambda now: (now.race, now.at, now.paused, now.busy, now.layout))
def live(page: Page[Any], now: Setting) -> None:
    """The curves, which grow while it trains, and what starts and stops that."""
    training.advance(now.trainings, now.reached, AT_ONCE)
    goes_on = now.busy
    with st.container(key=f"{page.key}-train", horizontal=True, vertical_alignment="center", gap="small"):
        _buttons(page, now, goes_on)

    def tick() -> None:
        _advance(page)
        _progress(page)
        _curves(page)
        html.table(words.results(page.now))
        if goes_on and not page.now.busy:
            st.rerun()  # the other parts show what it came to

    st.fragment(tick, run_every=TICK if goes_on else None, key=f"{page.key}.tick")()


def _buttons(page: Page[Any], now: Setting, goes_on: bool) -> None:
    """Pause and go on; begin again, from the same weights or from others."""
    st.button("Again from the same weights", key=f"{page.key}.again", icon=":material/replay:",
              on_click=page.act, args=(Setting.again,))  # fmt: skip
    st.button("New seed", key=f"{page.key}.new", icon=":material/casino:", help="Other weights, other mini-batches.",
              on_click=page.act, args=(lambda now: now.again((now.seed + 1) % 100_000),))  # fmt: skip
    if now.paused:
        st.button("Go on", key=f"{page.key}.go-on", icon=":material/play_arrow:",
                  on_click=page.act, args=(Setting.go_on,))  # fmt: skip
    elif goes_on:
        st.button("Pause", key=f"{page.key}.pause", icon=":material/pause:",
                  on_click=page.act, args=(Setting.pause,))  # fmt: skip


def _advance(page: Page[Any]) -> None:
    """One portion of training, and the step that it may come to with the next."""
    now: Setting = page.now
    if now.at is not None and not now.paused:
        trainings = now.trainings
        if all(one.done(now.at) for one in trainings):
            page.advance(lambda now: replace(now, at=now.at + math.ceil(now.steps / DRAWINGS)))
        if page.now.reached >= now.steps or all(one.rest is not None for one in trainings):
            page.advance(lambda now: replace(now, at=None))
    training.advance(page.now.trainings, page.now.reached, PORTION)


def _progress(page: Page[Any]) -> None:
    now: Setting = page.now
    end = now.reached if now.paused else now.steps
    # Each drawing waits for its tick, and computes for a portion of it.
    seconds = TICK * max(DRAWINGS * (end - now.reached) / now.steps, training.left(now.trainings, end) / PORTION)
    st.progress(now.step / now.steps if now.busy or now.paused else 1.0, words.progress(now, seconds))


def _curves(page: Page[Any]) -> None:
    """Training loss and test accuracy."""
    now: Setting = page.now
    looks, theme = lineup.looks(now.lineup), palette.theme()
    lines = tuple((look.color, look.dash) for look in looks)
    found = [frames.looked(one, now.reached) for one in now.trainings]
    changed = frames.events(now)
    loss, accuracy = st.columns(2, gap="medium")
    with loss:
        data = {f"curve{i}": frames.curve(look, some, lambda look: look.loss, log=True)
                for i, (look, some) in enumerate(zip(looks, found, strict=True))}  # fmt: skip
        spec = charts.curves("training loss", "log", now.steps, lines, theme)
        shared.draw(spec, data | {"events": changed}, key=f"{page.key}.loss-curves", alt="Training loss against step.")
    with accuracy:
        data = {f"curve{i}": frames.curve(look, some, lambda look: look.accuracy)
                for i, (look, some) in enumerate(zip(looks, found, strict=True))}  # fmt: skip
        spec = charts.curves("test accuracy", "linear", now.steps, lines, theme, share=True)
        shared.draw(spec, data | {"events": changed}, key=f"{page.key}.accuracy", alt="Test accuracy against step.")


def _trained(now: Setting) -> Any:
    """The slice of a part that shows what the trainings have come to."""
    return now.race, now.progress


@part(shows=folded("guess", _trained))
def guess(page: Page[Any], now: Setting) -> None:
    """Whether the networks misread the same digits."""

    def answer() -> None:
        _, test = digits()
        networks = list(zip(lineup.looks(now.lineup), now.trainings, strict=True))
        diverged = [look.name for look, one in networks if one.diverged(now.reached)]
        sound = [(look, one.row(now.reached)["x"]) for look, one in networks if not one.diverged(now.reached)]
        left_out = [escape(words.left_out(diverged))] if diverged else []
        if not sound:
            html.sentences([*left_out, words.NONE_LEFT])
        else:
            wrong = np.array([now.network.outputs(x, test.inputs).argmax(axis=-1) != test.classes for _, x in sound])
            html.sentences([*left_out, words.alike(wrong)])
            html.table(words.misread([look for look, _ in sound], wrong))

    parts.guess(page, "how many digits of the test does every one of these networks misread?", answer)


@part(shows=lambda now: (_trained(now), now.busy))
def edge(page: Page[Any], now: Setting) -> None:
    """The sharpness beside its threshold, while it trains."""
    if now.curvature == "off":
        st.markdown(words.NOT_MEASURED)
        st.button("Measure the sharpness", key=f"{page.key}.measure", icon=":material/straighten:",
                  on_click=page.act, args=(lambda now: replace(now, curvature="on"),))  # fmt: skip
        return

    def tick() -> None:
        now: Setting = page.now
        kinds = {adaptive: [entry for entry in now.lineup if entry.optimizer.adaptive == adaptive]
                 for adaptive in (False, True)}  # fmt: skip
        shown = [adaptive for adaptive, entries in kinds.items() if entries]
        for column, adaptive in zip(st.columns(len(shown), gap="medium"), shown, strict=True):
            with column:
                _sharpness(page, now, kinds[adaptive], adaptive)
        st.caption(words.EDGE)
        html.table(words.sharpness(now))

    st.fragment(tick, run_every=3 * TICK if now.busy else None, key=f"{page.key}.edge-tick")()


def _sharpness(page: Page[Any], now: Setting, entries: list[Entry], adaptive: bool) -> None:
    """The sharpness of those whose effective learning rates are η, or of those whose adapt, beside the thresholds."""
    looks = {entry.id: look for entry, look in zip(now.lineup, lineup.looks(now.lineup), strict=True)}
    lines, bounds = [looks[entry.id] for entry in entries], list[Line]()
    data: dict[str, Any] = {"events": frames.events(now, [entry.id for entry in entries])}
    for i, entry in enumerate(entries):
        one, look = training.of(now.plan(entry)), looks[entry.id]
        measured = [seen for seen in frames.looked(one, now.reached) if seen.step % training.EVERY == 0]
        data[f"curve{i}"] = frames.curve(look, measured, lambda look: look.sharpness, adaptive)
        bound = frames.bounds(look, one, now.steps, adaptive)
        if bound is not None:
            data[f"bound{len(bounds)}"] = bound
            bounds.append(look)
    title = "sharpness of the scaled Hessian" if adaptive else "sharpness"
    curves, limits = (tuple((look.color, look.dash) for look in some) for some in (lines, bounds))
    spec = charts.sharpness(title, "log" if adaptive else "linear", now.steps, curves, limits, palette.theme())
    shared.draw(spec, data, key=f"{page.key}.{'scaled' if adaptive else 'plain'}", alt=f"The {title} against step.")


@part(shows=lambda now: (lineup.names(now.lineup), now.inside))
def inside_of(page: Page[Any], now: Setting) -> None:
    """Whose network is looked into."""
    names = dict(zip((entry.id for entry in now.lineup), lineup.names(now.lineup), strict=True))
    lens = (lambda now: now.chosen.id), (lambda now, i: replace(now, inside=i))
    controls.choose(page, "inside", lens, "Optimizer", list(names), format_func=lambda i: names.get(i, i), width=320)


def _inside(now: Setting) -> Any:
    entry = now.chosen
    if entry is None:
        return None
    plan = now.plan(entry)
    return plan, min(training.of(plan).reached, now.reached)


@part(shows=_inside)
def layers(page: Page[Any], now: Setting) -> None:
    """Gradient norms and √v̂, layer by layer."""
    entry, theme = now.chosen, palette.theme()
    assert entry, "the page stops before, if there is none"
    one = training.of(now.plan(entry))
    count = len(now.network.sizes) - 1
    html.legend([html.swatch(f"3px solid {charts.layer_color(i, theme)}", f"layer {i + 1}: {size}")
                 for i, size in enumerate(words.shapes(now.network))])  # fmt: skip
    left, right = st.columns(2, gap="medium")
    some = frames.looked(one, now.reached)
    with left:
        data: dict[str, Any] = {"events": frames.events(now, [entry.id])}
        for i in range(count):
            steps, values = [look.step for look in some], [look.norms[i] for look in some]
            data[f"curve{i}"] = frames.points(f"layer {i + 1}", steps, values, log=True)
        spec = charts.norms(now.steps, count, theme)
        shared.draw(spec, data, key=f"{page.key}.norms", alt="Gradient norm in each layer against step.")
        st.caption(words.norms(some))
    with right:
        _denominators(page, now, one)


def _denominators(page: Page[Any], now: Setting, one: training.Training) -> None:
    """Of which size √v̂ is, and where ε stands."""
    entry, theme, row = now.chosen, palette.theme(), one.row(now.reached)
    assert entry, "the page stops before, if there is none"
    if "eps" not in entry.optimizer.values:
        st.caption(words.NO_EPSILON)
        return
    weighed = frames.weighed(one.optimizer(now.reached), row)
    if weighed is None:
        st.caption(words.NOT_SHOWN)
        return
    found = now.network.layers(weighed.size[-1])
    data: dict[str, Any] = {
        f"bars{i}": frames.bins(np.concatenate([w.ravel(), b.ravel()])) for i, (w, b) in enumerate(found)
    }
    bound = float(weighed.bound)
    text = f"{weighed.bound_symbol} = {number(bound)}"
    data["epsilon"] = pa.table({"x": [min(max(bound, 1e-14), 100.0)], "text": [text]})
    spec = charts.histogram(f"{weighed.symbol} (values beyond the axis: at its ends)", len(found), theme)
    shared.draw(
        spec, data, key=f"{page.key}.roots", alt=f"How large {weighed.symbol} is in each layer, and where ε is."
    )
    st.caption(words.bitten(weighed, min(one.reached, now.reached)))


@part(shows=_inside)
def mistakes(page: Page[Any], now: Setting) -> None:
    """The digits of the test that are misclassified."""
    entry = now.chosen
    assert entry, "the page stops before, if there is none"
    one = training.of(now.plan(entry))
    if one.diverged(now.reached):
        html.sentences([words.NOTHING_READ])
        return
    _, test = digits()
    read = now.network.outputs(one.row(now.reached)["x"], test.inputs).argmax(axis=-1)
    assert test.classes is not None, "they are digits"
    wrong = np.flatnonzero(read != test.classes)
    html.sentences([words.mistakes(len(wrong), len(test))])
    if wrong.size:
        pictures.digits(test.inputs[wrong], test.classes[wrong], read[wrong])


def _searched(now: Setting) -> Any:
    return now.lineup, now.task, now.start, now.rates


@part(shows=_searched)
def which_rate(page: Page[Any], now: Setting) -> None:
    """The loss after short runs against η, and what the rules pick that are read off a range test."""
    if now.batch > SMALL and now.rates != "all":
        st.markdown(words.LONG)
        st.button("Search on these mini-batches", key=f"{page.key}.search", icon=":material/search:",
                  on_click=page.act, args=(lambda now: replace(now, rates="all"),))  # fmt: skip
        return
    searches, looks = now.searches, lineup.looks(now.lineup)
    _search(searches, AT_ONCE)
    goes_on = not all(one.found for one in searches)

    def tick() -> None:
        _search(searches, PORTION)
        found = [one.found for one in searches]
        done = [(look, one) for look, one in zip(looks, found, strict=True) if one]
        if len(done) < len(found):
            st.progress(sum(one.share for one in searches) / len(searches), "Searching the learning rates.")
        if not done:
            html.room()
            return
        data = {f"curve{i}": frames.over_rates(look.name, one) for i, (look, one) in enumerate(done)}
        data["picks"] = frames.picks(done)
        spec = charts.rates(tuple((look.color, look.dash) for look, _ in done), rates.UPDATES)
        alt = f"Training loss after {rates.UPDATES} updates against η."
        shared.draw(spec, data, key=f"{page.key}.rates", alt=alt)
        st.caption(words.RULES)
        html.table(words.rules(done))
        if len(done) == len(found):
            html.sentences([words.winner([one for _, one in done])])
            if goes_on:
                st.rerun()

    st.fragment(tick, run_every=TICK if goes_on else None, key=f"{page.key}.search-tick")()


def _search(searches: list[Search], seconds: float) -> None:
    """One portion of the searches, one after another."""
    if all(one.found for one in searches):
        return
    with training.turn(seconds) as until:
        for one in searches:
            one.go(until)


def _plane_shows(now: Setting) -> Any:
    return now.race, _inside(now), now.progress


@part(shows=_plane_shows)
def plane(page: Page[Any], now: Setting) -> None:
    """The paths in the plane of one path's first two principal directions."""
    entry, theme = now.chosen, palette.theme()
    assert entry, "the page stops before, if there is none"
    plan = now.plan(entry)
    step = min(training.of(plan).reached, now.reached)
    _, own = planes.path(plan, step)
    if training.of(plan).diverged(now.reached):
        st.info(words.NO_PLANE)
        return
    different = len(np.unique(own, axis=0))
    if different < 3:
        st.info(f"A plane needs three different points. Measured on this path: {different}.")
        return
    flat = planes.plane(own)
    paths = {i: planes.path(one, now.reached) for i, one in enumerate(now.plans)}
    ends = {i: flat.project(weights) for i, (_, weights) in paths.items()
            if len(weights) and not training.of(now.plans[i]).diverged(now.reached)}  # fmt: skip
    around = planes.box([flat.project(own), *ends.values()])
    grid = planes.losses(plan, step, around, planes.SIDE)
    xs, ys = (np.linspace(*side, maps.GRID) for side in (around[:2], around[2:]))
    relief = maps.shaded(xs, ys, planes.smooth(grid), theme)
    looks = lineup.looks(now.lineup)
    data: dict[str, Any] = {name: pa.Table.from_pandas(frame) for name, frame in relief.items()}
    for i, look in enumerate(looks):
        data[f"curve{i}"] = frames.path(look.name, paths[i][0], ends.get(i))
    data["ends"] = frames.ends([looks[i].color for i in ends], [ends[i][-1] for i in ends])
    spec = charts.plane(tuple((look.color, look.dash) for look in looks), around, theme)
    shared.draw(spec, data, key=f"{page.key}.plane", alt="The paths of the weights in a plane, over the training loss.")
    html.sentences(words.plane(now, flat.share))


@part(shows=folded("how", lambda now: (now.lineup, now.network)))
def how_it_works(page: Page[Any], now: Setting) -> None:
    """For each formula in use its box, its notes, and the function that ran; and the data."""
    section = st.expander("How it works", key=f"{page.key}.how", on_change="rerun", icon=":material/function:")
    if not section.open:
        return
    used = parts.boxes(parts.formulas(now.lineup))
    with section:
        st.markdown(words.NOTES)
        for tab, formula in zip(st.tabs(list(used)), used.values(), strict=True):
            with tab:
                parts.explain(formula)


def csv(page: Page[Any]) -> None:
    """All that was recorded of all trainings, made on the click."""
    latest = page.latest()
    download.button("Trainings as CSV", f"{page.key}-trainings", lambda: frames.table(latest()))


legend = parts.legend
