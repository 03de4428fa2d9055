"""The widgets of the Mini-batches page: data and model, how long, and a card for each run."""

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import streamlit as st

from optim import OPTIMIZERS

from .. import cards as shared
from .. import controls
from ..page import Page, part
from . import data, entries
from .data import DATA, GEYSER, MODELS
from .entries import Entry
from .setting import EPOCHS, SEED, UPDATES, Setting


@part(shows=lambda now: now.data)
def setup(page: Page[Any], now: Setting) -> None:
    """Widgets for the data, the model, the length of the runs, and the seed."""
    controls.segments(page, "data", (lambda now: now.data, lambda now, name: now.over(name)), "Data", list(DATA))
    st.caption(data.ABOUT[now.data])
    if now.data != GEYSER:
        controls.segments(page, "model", controls.at("model"), "Model", list(MODELS))
    with st.container(key=f"{page.key}-grid-setup", gap=None):
        controls.widget(page, "epochs", controls.at("epochs"), EPOCHS)
        controls.widget(page, "updates", controls.at("updates"), UPDATES)
    controls.number(page, "seed", controls.at("seed"), "Seed of the orders", int(SEED.low), int(SEED.high))


def cards(page: Page[Any]) -> None:
    """A card with the sliders of each run, and a way to add another."""
    now: Setting = page.now
    stripes(page)
    for entry in now.entries:
        card(page, entry.id)
    adder(page)


@part(shows=lambda now: entries.looks(now.entries))
def stripes(page: Page[Any], now: Setting) -> None:
    """The colour of its lines on each card's edge and sliders."""
    shared.stripes(page, {e.id: look.color for e, look in zip(now.entries, entries.looks(now.entries), strict=True)})


def _full(now: Setting) -> int | None:
    """How many runs there are if there may be no more."""
    return entries.MOST if len(now.entries) >= entries.MOST else None


def added(now: Setting, label: str) -> Setting:
    """The Setting with one more run, of this optimizer at its own values, on mini-batches of 16."""
    return replace(now, entries=shared.add(now.entries, Entry(OPTIMIZERS[label], 16), entries.MOST))


@part(shows=_full)
def adder(page: Page[Any], now: Setting) -> None:
    """A box that adds what is selected in it."""
    shared.adder(page, "Add an optimizer", list(OPTIMIZERS), added, _full(now))


def _card_shows(now: Setting, i: int) -> Hashable:
    entry = next((entry for entry in now.entries if entry.id == i), None)
    return entry and (entry.optimizer.label, now.data)


@part(shows=_card_shows)
def card(page: Page[Any], now: Setting, i: int) -> None:
    """Batch size, η, β, ε and the order of one run."""
    entry = now.entries[shared.place(now.entries, i)]

    def head(now: Setting) -> shared.Head | None:
        return shared.head(now.entries, entries.names(now.entries), i, entries.MOST)

    with shared.card(page, i, head, lambda now: twin(now, i), lambda now: remove(now, i)):
        get, put = controls.at("entries", i, "size")
        size: controls.Lens = (
            lambda now: entries.size_text(get(now)),
            lambda now, text: put(now, entries.size_from(text)),
        )
        marks = [*sorted({*data.sizes(now.data), entry.size} - {data.FULL}), data.FULL]
        options = [entries.size_text(size) for size in marks]
        view = page.view(f"{i}.size", *size, options=tuple(options))
        st.select_slider("B · batch size", options, size[0](now), **view)
        with st.container(key=f"{page.key}-grid-{i}", gap=None):
            for key, meaning in entry.optimizer.hyperparameters.items():
                if key in ("lr", "eps") or meaning.scale == "decay":
                    lens = controls.at("entries", i, "optimizer", key)
                    controls.widget(page, f"{i}.{entry.optimizer.label}.{key}", lens, meaning)
        lens = controls.at("entries", i, "shuffled")
        help = "Off: every epoch takes the examples in order of their class or target."
        st.toggle("Shuffle in each epoch", lens[0](now), help=help, **page.view(f"{i}.shuffled", *lens))


def twin(now: Setting, i: int) -> Setting:
    """The same run once more, beside it."""
    at = shared.place(now.entries, i)
    return replace(now, entries=shared.add(now.entries, now.entries[at], entries.MOST, at + 1))


def remove(now: Setting, i: int) -> Setting:
    """The line-up without it."""
    return replace(now, entries=shared.without(now.entries, i))
