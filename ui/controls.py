"""Widgets of a page's Setting: one for each hyperparameter, read off its meaning."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import streamlit as st

from optim import Formula, Hyperparameter, typeset

from . import words
from .page import Page
from .share import text

TICKS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
"""Ten marks a decade, about equally far apart on a log scale."""

Path = tuple[str | int, ...]
"""Where a value stands in a Setting: names of its fields and of a formula's hyperparameters, or an entry's id."""

Lens = tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]
"""How a widget gets its value from a Setting, and the Setting with another value there."""


def at(*path: str | int) -> Lens:
    """The value at a path."""
    return lambda now: _get(now, path), lambda now, value: _put(now, path, value)


def _get(thing: Any, path: Path) -> Any:
    for step in path:
        thing = thing.values[str(step)] if isinstance(thing, Formula) else _child(thing, step)
    return thing


def _put(thing: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    step, *rest = path
    if isinstance(thing, Formula):
        return thing(**{str(step): value})
    new = _put(_child(thing, step), tuple(rest), value)
    if isinstance(step, str):
        return replace(thing, **{step: new})
    return tuple(new if item.id == step else item for item in thing)


def _child(thing: Any, step: str | int) -> Any:
    """A field by its name, or one of several by its id.

    Raises:
        KeyError: there is none (any more).
    """
    if isinstance(step, str) and not hasattr(thing, step):
        raise KeyError(step)
    return getattr(thing, step) if isinstance(step, str) else {item.id: item for item in thing}[step]


@cache
def marks(meaning: Hyperparameter) -> tuple[float, ...]:
    """The values that a hyperparameter's slider stops at."""
    low, high = meaning.slider
    match meaning.scale:
        case "log":
            first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
            values = [float(f"{tick * 10.0**power:.3g}") for power in range(first, last + 1) for tick in TICKS]
            zero = [0.0] if meaning.low == 0 and not meaning.open_low else []
            return tuple(zero + [value for value in values if low <= value <= high])
        case "decay":
            gaps = [float(f"{tick * 10.0**power:.3g}") for power in range(-8, 1) for tick in TICKS]
            return tuple(sorted(round(1 - gap, 9) for gap in gaps if 1 - high - 1e-12 <= gap <= 1 - low))
        case "whole":
            values = {round(tick * 10**power) for power in range(8) for tick in TICKS} | {0}
            return tuple(sorted(value for value in values if low <= value <= high))
        case _:
            step = float(f"{(high - low) / 50:.1g}")
            grid = {round(step * i, 9) for i in range(math.ceil(low / step), math.floor(high / step) + 1)}
            return tuple(sorted({float(low), *grid, float(high)}))


def symbol(meaning: Hyperparameter) -> str:
    """The symbol in plain Unicode."""
    return typeset.plain(meaning.symbol)


def value(meaning: Hyperparameter, value: Any) -> str:
    """``η = 0.2``, ``bias correction off``."""
    if meaning.scale == "switch":
        return f"{meaning.meaning.partition(':')[0]} {'on' if value else 'off'}"
    return f"{symbol(meaning)} = {words.exact(value)}"


def change(meaning: Hyperparameter, old: Any, new: Any) -> str:
    """``η 0.19 → 0.2``, ``bias correction off``."""
    if meaning.scale == "switch":
        return value(meaning, new)
    return f"{symbol(meaning)} {words.exact(old)} → {words.exact(new)}"


def changes(before: Formula, after: Formula) -> list[str]:
    """What differs between two states of a formula."""
    return [
        change(meaning, before.values[name], after.values[name])
        for name, meaning in after.hyperparameters.items()
        if before.values[name] != after.values[name]
    ]


def widget(page: Page[Any], name: str, lens: Lens, meaning: Hyperparameter) -> None:
    """The widget of one hyperparameter."""
    short, _, long = meaning.meaning.partition(":")
    if meaning.scale == "switch":
        st.toggle(capitalized(short), lens[0](page.now), help=long.strip() or None, **page.view(name, *lens))
    else:
        slide(page, name, lens, label(meaning), marks(meaning))


def label(meaning: Hyperparameter) -> str:
    """What a hyperparameter's slider is called: half a card is wide enough for some 24 characters."""
    short = meaning.meaning.partition(":")[0]
    return capitalized(short) if symbol(meaning) == short else f"{symbol(meaning)} · {short}"


def slide(page: Page[Any], name: str, lens: Lens, label: str, options: tuple[Any, ...], **more: Any) -> None:
    """A slider over marks, and over the present value where it is none of them."""
    value, known = lens[0](page.now), page.options(name)
    # A mark that was added stays: a slider in hand must not become another one.
    stops = known if {*options, value} <= {*known} else tuple(sorted({*options, value}))
    # Streamlit takes floats less than 5e-12 apart for equal, and so ε = 1e-12 for 0; a fraction it compares exactly.
    st.select_slider(label, stops, Fraction(value), format_func=text, **page.view(name, *lens, stops), **more)


def number(page: Page[Any], name: str, lens: Lens, label: str, low: float, high: float, **more: Any) -> None:
    """A field for a number; emptied, it takes its value back."""
    get, put = lens
    view = page.view(name, get, lambda now, value: now if value is None else put(now, value), (low, high))
    # Emptied, a field with a default would fall back to that, whatever it has been since it was drawn.
    st.session_state.setdefault(view["key"], get(page.now))
    st.number_input(label, low, high, None, **view, **more)


def choose(page: Page[Any], name: str, lens: Lens, label: str, options: Sequence[Any], **more: Any) -> None:
    """A box to select one of ``options`` from."""
    labels = tuple(map(more.get("format_func", str), options))
    view = page.view(name, *lens, options=labels)
    st.selectbox(label, options, list(options).index(lens[0](page.now)), **view, **more)


def segments(page: Page[Any], name: str, lens: Lens, label: str, options: Sequence[str], **more: Any) -> None:
    """A few options side by side."""
    view = page.view(name, *lens, options=tuple(options))
    st.segmented_control(label, options, default=lens[0](page.now), required=True, **view, **more)


def capitalized(words: str) -> str:
    """With a capital letter; a symbol, such as ε, keeps its case."""
    return words[:1].upper() + words[1:] if words[:1].isascii() else words
