"""A line-up of optimizers to compare: each with its own values and schedule, in its own colour."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, Protocol

import streamlit as st

from optim import OPTIMIZERS, SCHEDULES, Optimizer, Schedule, conventions, schedules

from . import cards as shared
from . import controls, palette, share
from .page import Page, part

MOST = 8
OWN = "your own"
"""Conventions that are no framework's."""


@dataclass(frozen=True)
class Entry:
    """One optimizer of a line-up."""

    optimizer: Optimizer
    schedule: Schedule = schedules.constant
    id: int = field(default=0, compare=False)
    """Distinguishes it from the others while its values move; unique in its line-up."""
    origin: "Entry | None" = field(default=None, compare=False, repr=False)
    """As it was when it came into the line-up."""

    @property
    def code(self) -> str:
        """``Adam,lr=0.3``, and behind a semicolon the schedule where it is not constant."""
        plan = f";{share.encode(self.schedule)}" if self.schedule.label != schedules.constant.label else ""
        return share.encode(self.optimizer) + plan


Lineup = tuple[Entry, ...]


class Look(NamedTuple):
    """How an entry's lines and its name look."""

    name: str
    color: str
    dash: int


def of(*optimizers: Optimizer | Entry) -> Lineup:
    """A line-up, numbered from 1."""
    entries = (o if isinstance(o, Entry) else Entry(o) for o in optimizers)
    return shared.numbered(replace(entry, origin=entry) for entry in entries)


def parse(codes: Sequence[str], problems: list[str]) -> Lineup:
    """The line-up of a link, whose ``none`` is an empty one."""
    if list(codes) == ["none"]:
        return ()
    if len(codes) > MOST:
        problems.append(f"{len(codes)} optimizers: at most {MOST} are shown.")
    return of(*(_entry(code, problems) for code in codes[:MOST]))


def codes(entries: Lineup) -> list[str]:
    """The same in a link."""
    return [entry.code for entry in entries] or ["none"]


def _entry(code: str, problems: list[str]) -> Entry:
    first, _, second = code.partition(";")
    optimizer = share.decode(first, OPTIMIZERS, OPTIMIZERS["SGD"], problems)
    plan = share.decode(second, SCHEDULES, schedules.constant, problems) if second else schedules.constant
    return Entry(optimizer, plan)


def add(entries: Lineup, entry: Entry, at: int | None = None) -> Lineup:
    """The line-up with one more, at its end or at a place in it."""
    return shared.add(entries, replace(entry, origin=entry), MOST, at)


def looks(entries: Lineup) -> list[Look]:
    """Name, colour and dashes of each."""
    return _looks(entries, palette.theme())


@lru_cache(maxsize=512)
def _looks(entries: Lineup, theme: palette.Theme) -> list[Look]:
    labels = [entry.optimizer.label for entry in entries]
    return [
        Look(name, palette.of(label, theme), labels[:i].count(label) % len(palette.DASHES))
        for i, (name, label) in enumerate(zip(names(entries), labels, strict=True))
    ]


@lru_cache(maxsize=512)
def names(entries: Lineup) -> tuple[str, ...]:
    """Labels, distinguished by the values in which optimizers of the same label differ."""
    found: list[str] = []
    for entry in entries:
        peers = [peer for peer in entries if peer.optimizer.label == entry.optimizer.label]
        values = entry.optimizer.values
        differing = [name for name in values if len({peer.optimizer.values[name] for peer in peers}) > 1]
        parts = _apart(entry, peers, differing)
        if len({peer.schedule for peer in peers}) > 1:
            parts.append(entry.schedule.label.lower())
        found.append(", ".join([entry.optimizer.label, *parts]))
    return shared.distinct(found)


def _apart(entry: Entry, peers: Sequence[Entry], differing: Sequence[str]) -> list[str]:
    """What distinguishes it from its peers: values, or ``as in Keras`` for several that are frameworks' conventions."""
    known = conventions.known(entry.optimizer)
    theirs = [name for name in differing if any(name in values for values in known.values())]

    def follows(optimizer: Optimizer) -> bool:
        convention = optimizer.convention()
        return convention is not None and all(optimizer.values[n] == known[convention][n] for n in theirs)

    if len(theirs) < 2 or not all(follows(peer.optimizer) for peer in peers):
        return [_value(entry.optimizer, name) for name in differing]
    rest = [_value(entry.optimizer, name) for name in differing if name not in theirs]
    return [*rest, f"as in {_source(entry.optimizer.convention())}"]


def _source(framework: str | None) -> str:
    return "the paper" if framework == "paper" else framework or OWN


def sources(optimizer: Optimizer) -> dict[str, list[str]]:
    """The frameworks that it can be set as in, those with the same conventions together: ``PyTorch, Optax``."""
    known = conventions.known(optimizer)
    alike = [[other for other in known if known[other] == values] for values in known.values()]
    return {", ".join(map(_source, names)): names for names in alike}


@lru_cache(maxsize=512)
def source(optimizer: Optimizer) -> str:
    """Which of them it is at present, or "your own"."""
    found = optimizer.convention()
    return next((label for label, names in sources(optimizer).items() if found in names), OWN)


def _value(optimizer: Optimizer, name: str) -> str:
    return controls.value(optimizer.hyperparameters[name], optimizer.values[name])


def changes(before: Lineup, after: Lineup) -> list[str]:
    """What differs between two states of a line-up: ``SGD: η 0.19 → 0.2``."""
    return shared.changes(before, after, names, lambda entry: entry.optimizer, _further)


def _further(old: Entry, new: Entry) -> list[str]:
    was, now = old.schedule, new.schedule
    if was.label != now.label:
        return [f"{was.label.lower()} → {now.label.lower()} schedule"]
    return [f"{now.label.lower()} schedule, {change}" for change in controls.changes(was, now)]


class Setting(Protocol):
    """What the cards need of a page's Setting, which is a dataclass."""

    @property
    def lineup(self) -> Lineup: ...

    tunes: ClassVar[bool]
    """Whether there is such a thing as the best learning rate."""
    tuning: ClassVar[str]
    """What it is."""

    def best_rate(self, entry: Entry) -> float: ...


def find(now: Setting, i: int) -> Entry | None:
    """The entry with this id."""
    return next((entry for entry in now.lineup if entry.id == i), None)


def place(now: Setting, i: int) -> int:
    """Where in the line-up it stands."""
    return next(place for place, entry in enumerate(now.lineup) if entry.id == i)


def tuned(now: Any) -> Any:
    """The Setting with the best learning rate for each."""
    return replace(now, lineup=tuple(tune(now, entry).lineup[i] for i, entry in enumerate(now.lineup)))


def cards(page: Page[Any]) -> None:
    """A card with the sliders of each optimizer, and a way to add another."""
    now: Setting = page.now
    stripes(page)
    for entry in now.lineup:
        card(page, entry.id)

    def added() -> None:
        optimizer = OPTIMIZERS[st.session_state[f"{page.key}.add"]]
        page.act(lambda now: replace(now, lineup=add(now.lineup, Entry(optimizer(lr=_rate(now, optimizer))))))

    full = len(now.lineup) >= MOST
    st.menu_button(
        "Add an optimizer", list(OPTIMIZERS), key=f"{page.key}.add", icon=":material/add:", width="stretch",
        disabled=full, help=f"At most {MOST}." if full else None, on_click=added,
    )  # fmt: skip
    if now.tunes:
        st.button(
            "Tune all learning rates", key=f"{page.key}.tune", icon=":material/tune:", width="stretch",
            on_click=page.act, args=(tuned,),
            help=now.tuning,
        )  # fmt: skip


def _rate(now: Setting, optimizer: Optimizer) -> float:
    """The learning rate of an optimizer that is added: the best, or, where there is none, that of the others."""
    if now.tunes:
        return now.best_rate(Entry(optimizer))
    return now.lineup[0].optimizer.values["lr"] if now.lineup else optimizer.defaults["lr"]


@part(shows=lambda now: looks(now.lineup))
def stripes(page: Page[Any], now: Any) -> None:
    """The colour of its paths on each card's edge and sliders."""
    shared.stripes(page, {e.id: look.color for e, look in zip(now.lineup, looks(now.lineup), strict=True)})


def _head(now: Setting, i: int) -> shared.Head | None:
    entry = find(now, i)
    return entry and shared.head(now.lineup, names(now.lineup), i, MOST, _whose(entry))


def _card_shows(now: Setting, i: int) -> Hashable:
    entry = find(now, i)
    return entry and (entry.optimizer.label, entry.schedule.label)


@part(shows=_card_shows)
def card(page: Page[Any], now: Setting, i: int) -> None:
    """The sliders of one optimizer: those of η, β and ε in sight, the rest folded below."""
    entry = now.lineup[place(now, i)]
    meanings = entry.optimizer.hyperparameters
    shown = [key for key, meaning in meanings.items() if key in ("lr", "eps") or meaning.scale == "decay"]

    def slider(key: str) -> None:
        controls.widget(page, f"{i}.{key}", controls.at("lineup", i, "optimizer", key), meanings[key])

    def button(label: str, icon: str, act: Callable[[Any, Entry], Any]) -> None:
        st.button(label, key=f"{page.key}.card-{i}.{act.__name__}", icon=f":material/{icon}:", type="tertiary",
                  on_click=page.act, args=(_on_entry(i, act),))  # fmt: skip

    with shared.card(page, i, lambda now: _head(now, i), _on_entry(i, twin), _on_entry(i, remove)):
        with st.container(key=f"{page.key}-grid-{i}", gap=None):
            for key in shown:
                slider(key)
        more = st.expander(_folded(entry, shown), key=f"{page.key}.card-{i}.more", on_change="rerun", type="compact")
        if not more.open:
            return
        with more:
            _conventions(page, i)
            for key in meanings:
                if key not in shown:
                    slider(key)
            _schedule(page, i)
            for key, meaning in entry.schedule.hyperparameters.items():
                lens = controls.at("lineup", i, "schedule", key)
                controls.widget(page, f"{i}.{entry.schedule.label}.{key}", lens, meaning)
            _exact(page, i)
            with st.container(horizontal=True, gap="xsmall"):
                button("Reset", "restart_alt", reset)
                if now.tunes:
                    button("Tune", "tune", tune)


def _exact(page: Page[Any], i: int) -> None:
    """A field for values between the sliders' marks, as a link has them."""

    def put(now: Any, code: str) -> Any:
        problems: list[str] = []
        entry, old = _entry(code.replace(" ", ""), problems), find(now, i)
        if old is None:
            return now
        if problems:
            page.say(" ".join(problems))
            return now
        return _with(now, replace(old, optimizer=entry.optimizer, schedule=entry.schedule))

    lens = (lambda now: controls.at("lineup", i)[0](now).code), put
    st.text_input("Type exact values", lens[0](page.now), max_chars=300, **page.view(f"card-{i}.code", *lens))


def _conventions(page: Page[Any], i: int) -> None:
    """Whose conventions an entry follows; another's set its switches and what they start differently."""
    get, put = controls.at("lineup", i, "optimizer")
    optimizer = get(page.now)
    known, present = sources(optimizer), source(optimizer)
    if len(known) < 2 and present in known:
        return

    def as_in(now: Any, label: str) -> Any:
        return put(now, conventions.as_in(get(now), known[label][0])) if label in known else now

    options = [*known, *([OWN] if present == OWN else [])]
    help = "Sets the switches, and the numbers that frameworks start differently. η stays."
    lens = (lambda now: source(get(now))), as_in
    controls.choose(page, f"card-{i}.conventions", lens, "Conventions as in", options, help=help)


def _schedule(page: Page[Any], i: int) -> None:
    """The schedule of an entry; another one starts at its defaults."""
    get, put = controls.at("lineup", i, "schedule")
    lens = (lambda now: get(now).label), (lambda now, label: put(now, SCHEDULES[label]))
    controls.choose(page, f"card-{i}.schedule", lens, "Learning-rate schedule", list(SCHEDULES))


def _folded(entry: Entry, shown: Sequence[str]) -> str:
    """What the folded part of a card holds.  A name that changed would fold it: to the browser it were another."""
    rest = [meaning for name, meaning in entry.optimizer.hyperparameters.items() if name not in shown]
    parts = ["Conventions"] * any(meaning.scale == "switch" for meaning in rest)
    parts += [controls.symbol(meaning) for meaning in rest if meaning.scale != "switch"]
    return ", ".join([*parts, "schedule" if parts else "Schedule"])


def _whose(entry: Entry) -> str:
    """Whose conventions a card has, where there are several."""
    switches = any(meaning.scale == "switch" for meaning in entry.optimizer.hyperparameters.values())
    framework = entry.optimizer.convention()
    text = f"as in {_source(framework)}" if framework else "own conventions"
    return f":small[· {text}]" if switches else ""


def _on_entry(i: int, act: Callable[[Any, Entry], Any]) -> Callable[[Any], Any]:
    """The same for a Setting: act on the entry, as it is by then."""

    def change(now: Any) -> Any:
        entry = find(now, i)
        return act(now, entry) if entry else now

    return change


def _with(now: Any, entry: Entry) -> Any:
    return replace(now, lineup=tuple(entry if e.id == entry.id else e for e in now.lineup))


def reset(now: Any, entry: Entry) -> Any:
    """Back to the values it came with."""
    origin = entry.origin or entry
    return _with(now, replace(entry, optimizer=origin.optimizer, schedule=origin.schedule))


def tune(now: Any, entry: Entry) -> Any:
    """The best learning rate."""
    return _with(now, replace(entry, optimizer=entry.optimizer(lr=now.best_rate(entry))))


def twin(now: Any, entry: Entry) -> Any:
    """The same once more, beside it."""
    return replace(now, lineup=add(now.lineup, entry, place(now, entry.id) + 1))


def remove(now: Any, entry: Entry) -> Any:
    """The line-up without it."""
    return replace(now, lineup=shared.without(now.lineup, entry.id))
