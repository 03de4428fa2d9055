"""Cards of a comparison: a name in the colour of its lines, a button for a twin and one to remove it, and sliders."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple, Protocol, TypeVar

import streamlit as st

from optim import Formula

from . import controls, html, share
from .page import Page, part

Change = Callable[[Any], Any]


class Entry(Protocol):
    """A frozen dataclass."""

    @property
    def id(self) -> int:
        """Distinguishes it from the others of a line-up while its values move."""
        ...


T = TypeVar("T", bound=Entry)


def numbered(entries: Iterable[T]) -> tuple[T, ...]:
    """A line-up, its ids from 1."""
    return tuple(_with(entry, i) for i, entry in enumerate(entries, start=1))


def add(entries: tuple[T, ...], entry: T, most: int, at: int | None = None) -> tuple[T, ...]:
    """The line-up with one more, at its end or at a place in it; a full one as it is."""
    if len(entries) >= most:
        return entries
    place = len(entries) if at is None else at
    new = _with(entry, max((other.id for other in entries), default=0) + 1)
    return (*entries[:place], new, *entries[place:])


def place(entries: Sequence[Entry], i: int) -> int:
    """Where the entry with this id stands."""
    return next(place for place, entry in enumerate(entries) if entry.id == i)


def without(entries: tuple[T, ...], i: int) -> tuple[T, ...]:
    """The line-up without the entry with this id."""
    return tuple(entry for entry in entries if entry.id != i)


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, those that occur more than once with numbers behind them."""
    counts = Counter(names)
    return tuple(name if counts[name] == 1 else f"{name} #{names[: i + 1].count(name)}" for i, name in enumerate(names))


def changes(
    before: tuple[T, ...],
    after: tuple[T, ...],
    names: Callable[[tuple[T, ...]], Sequence[str]],
    formula: Callable[[T], Formula],
    further: Callable[[T, T], Iterable[str]],
) -> list[str]:
    """What differs between two states of a line-up: ``SGD: η 0.19 → 0.2``; by their names then where labels repeat.

    ``further`` says what differs between an entry before and after, apart from the values of its formula.
    """
    olds, news = ({entry.id: entry for entry in entries} for entries in (before, after))
    called, labels = dict(zip(olds, names(before), strict=True)), [formula(entry).label for entry in before]
    parts = [f"{name} is new" for entry, name in zip(after, names(after), strict=True) if entry.id not in olds]
    parts += [f"{name} is gone" for entry, name in zip(before, names(before), strict=True) if entry.id not in news]
    for entry in after:
        old = olds.get(entry.id)
        if old is None or old == entry:
            continue
        was, now = formula(old), formula(entry)
        name = called[entry.id] if labels.count(was.label) > 1 else was.label
        if was.label != now.label:
            parts.append(f"{name} → {now.label}")
        own = controls.changes(was, now) if was.label == now.label else []
        parts += [f"{name}: {what}" for what in (*own, *further(old, entry))]
    return parts


def _with(entry: Any, i: int) -> Any:
    return replace(entry, id=i)


class Head(NamedTuple):
    """What stands at the top of a card."""

    name: str
    most: int | None = None
    """How many there may be, where there are so many."""
    note: str = ""
    """Behind the name."""


def head(entries: Sequence[Entry], names: Sequence[str], i: int, most: int, note: str = "") -> Head | None:
    """The head of the card of the entry with this id, of at most so many; None where it is gone."""
    full = most if len(entries) >= most else None
    return next((Head(name, full, note) for entry, name in zip(entries, names, strict=True) if entry.id == i), None)


@contextmanager
def card(page: Page[Any], i: int, head: Callable[[Any], Head | None], twin: Change, remove: Change) -> Iterator[None]:
    """The card of the entry with this id; what is drawn inside the block is in it.

    ``head`` makes its head of a Setting, if the entry is in it; ``twin`` and ``remove`` are changes of the Setting.
    """
    with st.container(key=f"{page.key}-entry-{i}", border=True, gap=None):
        _head(page, i, head, twin, remove)
        yield


# A part of its own: the name of a card may follow from the values of others, its sliders do not.
@part(shows=lambda now, i, head, *_: head(now))
def _head(page: Page[Any], now: Any, i: int, head: Callable[[Any], Head | None], twin: Change, remove: Change) -> None:
    """The name of an entry, and buttons to copy and to remove it."""
    if (shown := head(now)) is None:
        return
    said, full = share.escape(shown.name), shown.most is not None

    def button(label: str, icon: str, kind: str, change: Change, **more: Any) -> None:
        st.button(label, key=f"{page.key}.card-{i}.{kind}", icon=f":material/{icon}:", type="tertiary",
                  on_click=page.act, args=(change,), **more)  # fmt: skip

    with st.container(key=f"{page.key}-head-{i}", horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f"**{said}** {shown.note}".rstrip())
        # Their labels are for screen readers; the style hides them.
        help = f"At most {shown.most}." if full else "A copy, to change one value"
        button(f"A twin of {said}", "content_copy", "twin", twin, disabled=full, help=help)
        button(f"Remove {said}", "close", "remove", remove, help="Remove")


def stripes(page: Page[Any], colors: dict[int, str]) -> None:
    """The colour of its lines on each card's edge and sliders, by its id."""
    html.style_of(rule for i, color in colors.items() for rule in html.accent(f"{page.key}-entry-{i}", color))


def adder(page: Page[Any], label: str, options: list[str], add: Callable[[Any, str], Any], most: int | None) -> None:
    """A box that adds what is selected in it; with ``most`` the line-up is full, and has so many."""
    view = page.view("add", lambda now: None, lambda now, chosen: add(now, chosen) if chosen else now)
    words = label if most is None else f"At most {most}"
    st.selectbox(
        label, options, None, placeholder=words, disabled=most is not None, label_visibility="collapsed", **view
    )
