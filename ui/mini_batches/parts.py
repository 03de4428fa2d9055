"""What the Mini-batches page shows: costs, paths or accuracies, the noise of gradients, times, the rule of thumb."""

import math
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np
import streamlit as st

from optim import learning, theory

from .. import charts as shared
from .. import controls, download, frames, html, palette, parts, player
from ..frames import Box
from ..page import Page, folded, part
from ..surface_page import clicked
from ..words import number
from . import charts, data, entries, measures, words
from . import frames as own
from .data import DIGITS, GEYSER
from .entries import Look
from .setting import Setting


def looks_of(now: Setting) -> list[Look]:
    """Name, colour and dashes of each run."""
    return entries.looks(now.entries)


def _named(look: Look) -> str:
    return html.swatch(f"3px {palette.BORDERS[look.dash]} {look.color}", look.name)


@part(shows=lambda now: entries.looks(now.entries))
def legend(page: Page[Any], now: Setting) -> None:
    """A swatch and a name for every run, dashed as its line is."""
    html.legend([_named(look) for look in looks_of(now)])


@part(shows=lambda now: None)
def axis(page: Page[Any], now: Setting) -> None:
    """What the costs are drawn against, and their own axis."""
    with st.container(horizontal=True, gap="medium"):
        controls.segments(page, "axis", controls.at("axis"), "Against", ["epochs", "updates", "examples"],
                          label_visibility="collapsed")  # fmt: skip
        controls.segments(page, "scale", controls.at("scale"), "Vertical axis", ["log", "linear"],
                          label_visibility="collapsed")  # fmt: skip


@part(shows=lambda now: (now.race, now.axis, now.scale))
def costs(page: Page[Any], now: Setting) -> None:
    """The cost over all examples of each run, and behind it that of its mini-batches."""
    looks = looks_of(now)
    spec = charts.costs_spec(now.axis, "log" if now.scale == "log" else "linear", frames.looks(looks))
    alt = f"The cost over all examples, and that of each mini-batch, against {now.axis}."
    shared.draw(spec, own.costs(now, looks), key=f"{page.key}.costs", alt=alt)


def side(page: Page[Any]) -> None:
    """The geyser's paths over its contours, or the digits' test accuracy."""
    if page.now.data == GEYSER:
        walks(page)
        cursor(page)
    else:
        accuracies(page)


@part(shows=lambda now: now.race)
def walks(page: Page[Any], now: Setting) -> None:
    """The paths over the cost's level lines."""
    found, surface = own.walks(now, looks_of(now)), data.bowl()
    spec = shared.map_spec(Box.of(surface), palette.theme(), frames.looks(found), 380, axes=surface.axes)
    alt = "The path of each run over the level lines of the cost, by slope and intercept."
    shared.draw(spec, parts.map_data(surface, now.start, found), key=f"{page.key}.map", alt=alt)


@part(shows=lambda now: max(len(record.batch) for record in now.records))
def cursor(page: Page[Any], now: Setting) -> None:
    """The step cursor of the map, in updates; a click on it is another start."""
    longest = max(len(record.batch) for record in now.records) - 1

    def picked(x: float, y: float) -> None:
        page.act(lambda now: replace(now, start=clicked(data.bowl(), x, y)))

    player.player(page.key, longest, Box.of(data.bowl()), picked)


@part(shows=lambda now: (now.race, now.axis))
def accuracies(page: Page[Any], now: Setting) -> None:
    """The share of the test's digits that each run reads correctly."""
    looks = looks_of(now)
    spec = charts.accuracies_spec(now.axis, frames.looks(looks))
    alt = f"The share of the test's digits that each run reads correctly, against {now.axis}."
    shared.draw(spec, own.accuracies(now, looks), key=f"{page.key}.accuracy", alt=alt)


@part(shows=lambda now: now.race)
def ends(page: Page[Any], now: Setting) -> None:
    """What each run costs, where it ends, and how often its cost rose."""
    html.sentences([escape(text) for text in (words.edge(now), words.cut(now)) if text])
    html.table([_end(now, *row) for row in zip(looks_of(now), now.plans, now.records, now.finals, strict=True)])
    st.caption("Rose: the share of updates with a higher cost than before, on the mini-batches that training sees, "
               "and over all examples in the first 200 updates.")  # fmt: skip


def _end(now: Setting, look: Look, plan: Any, found: Any, cost: float) -> dict[str, str]:
    # One that is too long to be finished says how far it came.
    cut = plan.steps < now.epochs * plan.per_epoch and not math.isnan(cost)
    row = {
        "Run": _named(look),
        "Updates per epoch": f"{plan.per_epoch:,}",
        f"Cost after epoch {now.epochs}": number(cost) + f" (epoch {number(plan.steps / plan.per_epoch, 3)})" * cut,
        "Mini-batch cost rose": words.share(found.rose_batch),
        "Cost rose": words.share(found.rose_full),
    }
    if now.data == DIGITS:
        row["Test accuracy"] = words.share(now.after(plan, found, found.accuracy))
    if any(record.diverged is not None for record in now.records):
        row["Outcome"] = "–" if found.diverged is None else f"diverged at update {found.diverged:,}"
    return row


@part(shows=lambda now: (now.data, now.model, now.seed, now.start, now.entries))
def noise(page: Page[Any], now: Setting) -> None:
    """The noise of the gradient against batch size."""
    found = measures.noise(now.data, now.model, now.seed, now.start)
    st.latex(r"\operatorname{RMS}\,\|g_B - g\| = \frac{\sigma}{\sqrt B}\sqrt{\frac{N-B}{N-1}}")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        alt = "The root mean square distance of a mini-batch's gradient from that of all examples, against batch size."
        data_ = own.noise(found, now, looks_of(now))
        shared.draw(charts.noise_spec(palette.theme()), data_, key=f"{page.key}.noise", alt=alt)
    with right:
        st.markdown(
            f"N = {data.COUNTS[now.data]:,} and σ = {number(found.sigma)} at the start of the runs. As long as B is "
            "much smaller than N, four times as many examples halve the noise. An epoch draws without replacement: "
            "the full batch has none."
        )
        st.caption(
            f"Line: theory. Dashed: σ/√B. Squares: measured on {measures.BATCHES} mini-batches of each size. "
            "Dots: the batch sizes of the runs above."
        )


@part(shows=lambda now: (now.data, now.model, now.seed))
def times(page: Page[Any], now: Setting) -> None:
    """The time of an update and of an epoch on this machine, and the rule of thumb, tested."""
    st.markdown(words.rule(now.data))

    def answer() -> None:
        with st.spinner("SGD runs once with each batch size and learning rate."):
            timed = measures.times(now.data, now.model)
            reached = measures.reached(now.data, now.model, now.seed)
        html.table(compared(timed, reached))
        target, rates = number(measures.TARGETS[now.data]), ", ".join(map(number, measures.RATES))
        st.caption(
            "Bold: the fewest epochs and the least time. SGD, timed once on this machine. Target: a cost of "
            f"{target}, with the best of the learning rates {rates}. The cost is measured after each update, or "
            f"about ten times in an epoch of 20 or more, for {measures.EPOCHS} epochs."
        )

    question = "which batch size reaches the same cost in the fewest epochs, and which in the least time?"
    parts.guess(page, question, answer)


def compared(timed: Sequence[measures.Time], reached: Sequence[measures.Reached]) -> list[dict[str, str]]:
    """What each batch size takes to the target; the fewest epochs and the least time are bold."""
    epochs = [one.epochs for one in reached]
    seconds = [one.updates * time.update for one, time in zip(reached, timed, strict=True)]
    never = {"Best η": "–", "Updates to the target": "not reached", "Epochs": "–", "Time": "–"}
    return [
        {
            "Batch size": entries.size_text(time.size),
            "An update": words.duration(time.update),
            "An epoch": words.duration(time.epoch),
            "Best η": number(one.lr),
            "Updates to the target": f"{one.updates:,.0f}",
            "Epochs": html.least(epochs, i, lambda value: number(value, 2)),
            "Time": html.least(seconds, i, words.duration),
        }
        | (never if np.isnan(one.updates) else {})
        for i, (time, one) in enumerate(zip(timed, reached, strict=True))
    ]


@part(shows=folded("how", lambda now: now.entries))
def how_it_works(page: Page[Any], now: Setting) -> None:
    """The mini-batches, and for each optimizer its formula and the function that ran."""
    section = st.expander("How it works", key=f"{page.key}.how", on_change="rerun", icon=":material/function:")
    if not section.open:
        return
    names = entries.names(now.entries)
    used = parts.boxes(zip(names, (entry.optimizer for entry in now.entries), strict=True))
    with section:
        first, *tabs = st.tabs(["Mini-batches", *used])
        with first:
            st.latex(r"J_B(w) = \frac1B \sum_{i \in B} L(f_w(x_i), y_i), \qquad g_B = \nabla J_B(w)")
            st.markdown(
                "An epoch takes every example once, B at a time; the last mini-batch may be smaller. Shuffled, the "
                "examples have a new order in each epoch, drawn from the seed: the same for every batch size."
            )
            parts.code(learning.Batches.at, theory.batch_noise)
        for tab, optimizer in zip(tabs, used.values(), strict=True):
            with tab:
                parts.explain(optimizer)


def csv(page: Page[Any]) -> None:
    """Every update of every run, made on the click: outside of the session, of what the page then shows."""
    latest = page.latest()
    download.button("Runs as CSV", f"{page.key}-runs", lambda: own.table(latest()))
