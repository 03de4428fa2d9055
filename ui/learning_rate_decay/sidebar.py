"""The widgets of the Learning-rate decay page: the run, the quadratic, and a card for each schedule."""

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import streamlit as st

from optim import SCHEDULES

from .. import cards as shared
from .. import controls
from ..page import Page, part
from ..surface_page import NOISE, SEED, STEPS
from . import plans
from .plans import PER_EPOCH, Plan
from .setting import BATCHES, LR, Setting


@part(shows=lambda now: bool(now.noise))
def setup(page: Page[Any], now: Setting) -> None:
    """Widgets for η, steps and epochs, the quadratic, and the noise."""
    with st.container(key=f"{page.key}-grid-setup", gap=None):
        for name, meaning in (("lr", LR), ("steps", STEPS), ("batches", BATCHES), ("noise", NOISE)):
            controls.widget(page, name, controls.at(name), meaning)
        for name in "ab":
            controls.widget(page, name, controls.at(name), Setting.meaning(name))
        if now.noise:
            controls.number(page, "seed", controls.at("seed"), "Seed", int(SEED.low), int(SEED.high))


def cards(page: Page[Any]) -> None:
    """A card with the sliders of each schedule, and a way to add another."""
    now: Setting = page.now
    stripes(page)
    for plan in now.plans:
        card(page, plan.id)
    adder(page)


@part(shows=lambda now: plans.looks(now.plans))
def stripes(page: Page[Any], now: Setting) -> None:
    """The colour of its lines on each card's edge and sliders."""
    shared.stripes(page, {p.id: look.color for p, look in zip(now.plans, plans.looks(now.plans), strict=True)})


def added(now: Setting, label: str) -> Setting:
    """The Setting with one more schedule, whose lengths suit the run."""
    return replace(now, plans=shared.add(now.plans, Plan(plans.fitted(SCHEDULES[label], now.steps)), plans.MOST))


def _full(now: Setting) -> int | None:
    """How many schedules there are if there may be no more."""
    return plans.MOST if len(now.plans) >= plans.MOST else None


@part(shows=_full)
def adder(page: Page[Any], now: Setting) -> None:
    """A box that adds what is selected in it."""
    shared.adder(page, "Add a schedule", list(SCHEDULES), added, _full(now))


def _card_shows(now: Setting, i: int) -> Hashable:
    plan = next((plan for plan in now.plans if plan.id == i), None)
    return plan and plan.schedule.label


@part(shows=_card_shows)
def card(page: Page[Any], now: Setting, i: int) -> None:
    """The sliders of one schedule."""
    plan = now.plans[shared.place(now.plans, i)]
    meanings = {key: meaning for key, meaning in plan.schedule.hyperparameters.items() if key != PER_EPOCH}

    def widget(key: str) -> None:
        lens = controls.at("plans", i, "schedule", key)
        controls.widget(page, f"{i}.{plan.schedule.label}.{key}", lens, meanings[key])

    def head(now: Setting) -> shared.Head | None:
        return shared.head(now.plans, plans.names(now.plans), i, plans.MOST)

    with shared.card(page, i, head, lambda now: twin(now, i), lambda now: remove(now, i)):
        with st.container(key=f"{page.key}-grid-{i}", gap=None):
            for key, meaning in meanings.items():
                if meaning.scale != "switch":
                    widget(key)
        if plan.has_epochs:
            get, put = controls.at("plans", i, "stepwise")
            st.toggle("Count steps, not epochs", get(now), **page.view(f"{i}.stepwise", get, put))
        for key, meaning in meanings.items():
            if meaning.scale == "switch":
                widget(key)


def twin(now: Setting, i: int) -> Setting:
    """The same schedule once more, beside it."""
    at = shared.place(now.plans, i)
    return replace(now, plans=shared.add(now.plans, now.plans[at], plans.MOST, at + 1))


def remove(now: Setting, i: int) -> Setting:
    """The line-up without it."""
    return replace(now, plans=shared.without(now.plans, i))
