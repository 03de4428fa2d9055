"""A line-up of optimizers to compare: each with its own values and schedule, in its own colour."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

import streamlit as st

from optim import OPTIMIZERS, SCHEDULES, schedules
from optim.optimizers import Optimizer
from optim.schedules import Schedule

from . import controls, palette, share
from .charts import DASHES

MOST = 8


class Entry(NamedTuple):
    """One optimizer of the line-up, as its sliders stand."""

    id: int
    name: str
    color: str
    dash: int
    optimizer: Optimizer
    schedule: Schedule

    @property
    def code(self) -> str:
        """``Adam,lr=0.3``, and behind a semicolon the schedule where it is not constant."""
        plan = f";{share.encode(self.schedule)}" if self.schedule.label != schedules.constant.label else ""
        return share.encode(self.optimizer) + plan


def load(key: str, codes: Iterable[str], problems: list[str]) -> None:
    """Replace the line-up; what is wrong with a code is told in ``problems``."""
    st.session_state[f"{key}.ids"] = []
    st.session_state[f"{key}.next"] = 0
    codes = list(codes)
    if len(codes) > MOST:
        problems.append(f"{len(codes)} optimizers: at most {MOST} are shown.")
    for code in codes[:MOST]:
        _add(key, code, problems)


def entries(key: str) -> list[Entry]:
    """The line-up as the session has it."""
    found: list[tuple[int, Optimizer, Schedule]] = []
    for i in st.session_state[f"{key}.ids"]:
        optimizer = controls.read(OPTIMIZERS[st.session_state[f"{key}.{i}.optimizer"]], f"{key}.{i}")
        plan = SCHEDULES.get(st.session_state[f"{key}.{i}.schedule"], schedules.constant)
        found.append((i, optimizer, controls.read(plan, f"{key}.{i}.{plan.label}")))
    labels = [optimizer.label for _, optimizer, _ in found]
    return [
        Entry(
            i,
            name,
            palette.of(optimizer.label),
            labels[:n].count(optimizer.label) % len(DASHES),
            optimizer,
            plan,
        )
        for n, (name, (i, optimizer, plan)) in enumerate(zip(_names(found), found, strict=True))
    ]


BestRate = Callable[[Optimizer], float] | None
"""Finds the best learning rate, on pages where there is such a thing."""


def show(key: str, best_rate: BestRate, moved: Callable[[int, bool], None]) -> None:
    """Cards with the sliders, and a way to add another.

    ``best_rate`` tunes an optimizer for the present experiment; without it there is nothing to tune.  ``moved`` hears
    of every changed value: the entry's id, and whether its card must be drawn anew.
    """
    shown = entries(key)
    # The stripe and the slider of a card carry the colour of its paths.
    rules = "".join(
        f".st-key-{card(key, e.id)}{{border-left:4px solid {e.color}!important}}"
        f".st-key-{card(key, e.id)} [role=group]>div>div:first-child{{background:{e.color}55!important}}"
        f".st-key-{card(key, e.id)} div:has(>div>input[type=range]){{background:{e.color}!important}}"
        f".st-key-{card(key, e.id)} [data-testid=stSliderThumbValue]{{color:{e.color}!important}}"
        for e in shown
    )
    st.html(f"<style>{rules}</style>")
    for entry in shown:
        st.fragment(_card, key=card(key, entry.id))(key, entry.id, best_rate, moved)
    full = len(shown) >= MOST
    st.menu_button(
        "Add an optimizer", list(OPTIMIZERS), key=f"{key}.add", icon=":material/add:", width="stretch", disabled=full,
        help=f"At most {MOST}." if full else None, on_click=_added, args=(key, best_rate),
    )  # fmt: skip
    if best_rate is None:
        return
    st.button(
        "Tune all learning rates", key=f"{key}.tune", icon=":material/tune:", width="stretch", on_click=tune,
        args=(key, best_rate), help="For each, the rate that ends lowest without leaving the map, found by a sweep.",
    )  # fmt: skip


def tune(key: str, best_rate: Callable[[Optimizer], float]) -> None:
    """Give every optimizer its best learning rate."""
    for entry in entries(key):
        st.session_state[f"{key}.{entry.id}.lr"] = best_rate(entry.optimizer)


def card(key: str, i: int) -> str:
    """The key of an entry's fragment, and the CSS class of its card."""
    return f"{key}-card-{i}"


def _card(key: str, i: int, best_rate: BestRate, moved: Callable[[int, bool], None]) -> None:
    entry = next((entry for entry in entries(key) if entry.id == i), None)
    if entry is None:
        return
    base, slid = f"{key}.{i}", partial(moved, i, False)
    rest = [name for name in entry.optimizer.hyperparameters if name != "lr"]
    with st.container(key=card(key, i), border=True, gap=None):
        lr = entry.optimizer.hyperparameters["lr"]
        controls.widget(lr, f"{base}.lr", slid, f"**{share.escape(entry.name)}** · learning rate {controls.symbol(lr)}")
        more = st.expander(_summary(entry), key=f"{base}.more", on_change="rerun", type="compact")
        if more.open:
            with more:
                for name in rest:
                    controls.widget(entry.optimizer.hyperparameters[name], f"{base}.{name}", slid)
                st.selectbox("Learning-rate schedule", list(SCHEDULES), key=f"{base}.schedule", persist_state="session",
                             on_change=_planned, args=(base, partial(moved, i, True)))  # fmt: skip
                for name, meaning in entry.schedule.hyperparameters.items():
                    controls.widget(meaning, f"{base}.{entry.schedule.label}.{name}", slid)
                with st.container(horizontal=True, gap="xsmall"):
                    for label, (icon, act) in ACTIONS.items():
                        if act is _tune and best_rate is None:
                            continue
                        st.button(
                            label,
                            key=f"{base}.{label}",
                            icon=icon,
                            type="tertiary",
                            on_click=_act,
                            args=(act, key, entry, best_rate),
                        )


def _summary(entry: Entry) -> str:
    """What the folded part of a card holds; no values, which would grow stale while a slider moves."""
    meanings = entry.optimizer.hyperparameters
    parts = [controls.symbol(m) for name, m in meanings.items() if name != "lr" and m.scale != "switch"]
    switches = ["switches"] * any(m.scale == "switch" for m in meanings.values())
    return ", ".join([*parts, *switches, "schedule"])


def _names(found: list[tuple[int, Optimizer, Schedule]]) -> list[str]:
    """Labels, told apart by the values in which optimizers of the same label differ."""
    names: list[str] = []
    for _, optimizer, plan in found:
        peers = [(o, s) for _, o, s in found if o.label == optimizer.label]
        differing = [n for n in optimizer.values if len({o.values[n] for o, _ in peers}) > 1]
        parts = [_told(optimizer, name) for name in differing]
        if len({share.encode(s) for _, s in peers}) > 1:
            parts.append(plan.label.lower())
        names.append(", ".join([optimizer.label, *parts]))
    counts = Counter(names)
    return [name if counts[name] == 1 else f"{name} #{names[: i + 1].count(name)}" for i, name in enumerate(names)]


def _told(optimizer: Optimizer, name: str) -> str:
    meaning, value = optimizer.hyperparameters[name], optimizer.values[name]
    if meaning.scale == "switch":
        return ("" if value else "no ") + meaning.meaning.partition(":")[0]
    return f"{controls.symbol(meaning)} = {share.text(value)}"


def _add(key: str, code: str, problems: list[str], at: int | None = None) -> None:
    state = st.session_state
    state[f"{key}.next"] = i = state.get(f"{key}.next", 0) + 1
    first, _, second = code.partition(";")
    optimizer = share.decode(first, OPTIMIZERS, OPTIMIZERS["SGD"], problems)
    plan = share.decode(second, SCHEDULES, schedules.constant, problems) if second else schedules.constant
    state[f"{key}.{i}.optimizer"] = optimizer.label
    state[f"{key}.{i}.initial"] = code
    _put(f"{key}.{i}", optimizer, plan)
    ids = state[f"{key}.ids"]
    state[f"{key}.ids"] = [*ids, i] if at is None else [*ids[:at], i, *ids[at:]]


def _put(base: str, optimizer: Optimizer, plan: Schedule) -> None:
    controls.set_values(optimizer, base)
    st.session_state[f"{base}.schedule"] = plan.label
    controls.set_values(plan, f"{base}.{plan.label}")


def _planned(base: str, moved: Callable[[], None]) -> None:
    """A schedule was chosen: its own values start at their defaults."""
    plan = SCHEDULES[st.session_state[f"{base}.schedule"]]
    if not all(f"{base}.{plan.label}.{name}" in st.session_state for name in plan.values):
        controls.set_values(plan, f"{base}.{plan.label}")
    moved()


def _added(key: str, best_rate: BestRate) -> None:
    """What is added gets the best rate, or, where there is none, the rate of the others."""
    optimizer, others = OPTIMIZERS[st.session_state[f"{key}.add"]], entries(key)
    usual = others[0].optimizer.values["lr"] if others else optimizer.defaults["lr"]
    _add(key, share.encode(optimizer(lr=best_rate(optimizer) if best_rate else usual)), [])


def _act(act: "Act", key: str, entry: Entry, best_rate: BestRate) -> None:
    act(key, entry, best_rate)
    st.rerun()


def _reset(key: str, entry: Entry, _: BestRate) -> None:
    """Back to the values it came with."""
    first, _, second = st.session_state[f"{key}.{entry.id}.initial"].partition(";")
    plan = share.decode(second, SCHEDULES, schedules.constant, []) if second else schedules.constant
    _put(f"{key}.{entry.id}", share.decode(first, OPTIMIZERS, entry.optimizer, []), plan)


def _tune(key: str, entry: Entry, best_rate: BestRate) -> None:
    assert best_rate, "the button is not there without it"
    st.session_state[f"{key}.{entry.id}.lr"] = best_rate(entry.optimizer)


def _duplicate(key: str, entry: Entry, _: BestRate) -> None:
    ids = st.session_state[f"{key}.ids"]
    if len(ids) < MOST:
        _add(key, entry.code, [], at=ids.index(entry.id) + 1)


def _remove(key: str, entry: Entry, _: BestRate) -> None:
    st.session_state[f"{key}.ids"] = [i for i in st.session_state[f"{key}.ids"] if i != entry.id]


Act = Callable[[str, Entry, BestRate], None]
ACTIONS: dict[str, tuple[str, Act]] = {
    "Reset": (":material/restart_alt:", _reset),
    "Tune": (":material/tune:", _tune),
    "Duplicate": (":material/content_copy:", _duplicate),
    "Remove": (":material/delete:", _remove),
}
"""What a card's buttons do."""
