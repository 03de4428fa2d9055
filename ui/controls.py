"""Signatures -> widgets -> configured formulas.

A hyperparameter's value lives in the session under ``key.name``, whether its widget is on the page or not, so that
presets, links and resets only have to write it there.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import streamlit as st

from optim.formula import Formula, Hyperparameter

from .share import text

F = TypeVar("F", bound=Formula)

TICKS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
"""Ten marks a decade, about equally far apart on a log scale."""

UNICODE = {
    r"\eta": "η", r"\beta": "β", r"\beta_1": "β₁", r"\beta_2": "β₂", r"\varepsilon": "ε", r"\lambda": "λ",
    r"\gamma": "γ",
    r"\rho": "ρ", "G_0": "G₀", r"\mu": "μ", r"\sigma": "σ",
}  # fmt: skip


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
    return UNICODE.get(meaning.symbol, meaning.symbol)


def set_values(formula: Formula, key: str) -> None:
    """Put a formula's values into the session, for its widgets to show."""
    for name, value in formula.values.items():
        st.session_state[f"{key}.{name}"] = value


def read(formula: F, key: str) -> F:
    """The formula with the session's values; one that is not allowed, which no widget sends, yields to the default."""
    values: dict[str, Any] = {}
    for name in formula.values:
        value = st.session_state.get(f"{key}.{name}", formula.values[name])
        try:
            values[name] = formula.hyperparameters[name].check(name, value)
        except (TypeError, ValueError):
            values[name] = st.session_state[f"{key}.{name}"] = formula.values[name]
    return formula(**values)


def widget(meaning: Hyperparameter, key: str, moved: Callable[[], None], label: str = "") -> None:
    """The widget of one hyperparameter whose value is in the session under ``key``; ``moved`` is called on a change."""
    if meaning.scale == "switch":
        short, _, long = meaning.meaning.partition(":")
        st.toggle(short[:1].upper() + short[1:], key=key, help=long.strip() or None, on_change=moved,
                  persist_state="session")  # fmt: skip
        return
    slide(label or f"{symbol(meaning)} · {meaning.meaning}", marks(meaning), key, moved)


def slide(label: str, options: tuple[float, ...], key: str, moved: Callable[[], None], **more: Any) -> Any:
    """A slider over marks, and over the present value where it is none of them."""
    value = st.session_state[key]
    stops = options if value in options else tuple(sorted({*options, value}))
    return st.select_slider(label, stops, key=key, format_func=text, on_change=moved, persist_state="session", **more)
