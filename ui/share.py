"""An experiment as text, and the page's state as its URL."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import streamlit as st

from optim.formula import Formula, Hyperparameter

F = TypeVar("F", bound=Formula)


def encode(formula: Formula) -> str:
    """``Label,name=value,...`` with the values that differ from the formula's defaults."""
    changed = (f"{name}={text(value)}" for name, value in formula.values.items() if value != formula.defaults[name])
    return ",".join([formula.label, *changed])


def text(value: Any) -> str:
    """A value as it stands in a link."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def exact(value: float) -> str:
    """A number as it stands in a link where every digit counts: as short as leads back to it."""
    return text(value) if float(text(value)) == value else repr(float(value))


def decode(code: str, registry: Mapping[str, F], fallback: F, problems: list[str]) -> F:
    """The formula that ``encode`` wrote; what is wrong with it is told in ``problems`` and replaced by its default."""
    label, *parts = code.split(",")
    if label not in registry:
        problems.append(f"“{label[:60]}” is not known; {fallback.label} stands in. Known: {', '.join(registry)}.")
        return fallback
    formula = registry[label]
    for part in parts:
        name, _, raw = part.partition("=")
        try:
            known = formula.hyperparameters.get(name)
            formula = formula(**{name: parse(raw, known) if known else raw})
        except (TypeError, ValueError) as error:
            stand_in = f" {text(formula.values[name])} stands in." if name in formula.values else ""
            problems.append(f"{error}{stand_in}")
    return formula


def parse(raw: str, meaning: Hyperparameter) -> Any:
    """The value that a link's text stands for, or the text itself, for the formula's check to refuse."""
    if meaning.scale == "switch":
        return {"True": True, "False": False}.get(raw, raw)
    try:
        return float(raw)
    except ValueError:
        return raw


def number(raw: str, name: str, meaning: Hyperparameter, fallback: Any, problems: list[str]) -> Any:
    """A page's own number from a link, or the fallback with a word in ``problems``."""
    try:
        return meaning.check(name, parse(raw, meaning))
    except (TypeError, ValueError) as error:
        problems.append(f"{error} {text(fallback)} stands in.")
        return fallback


def sync(page: str, load: Callable[[Mapping[str, list[str]], list[str]], None]) -> None:
    """Load the page's state from its URL, where that holds something new: on opening a link, or going back.

    ``load(query, problems)`` sets the state; with an empty query it sets the defaults.
    """
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    written = st.session_state.get(f"{page}.url")
    if written is None or (query and query != written):
        problems: list[str] = []
        load(query, problems)
        st.session_state[f"{page}.problems"] = problems
        st.session_state[f"{page}.opened"] = True
    if problems := st.session_state.get(f"{page}.problems"):
        st.warning("\n".join(f"- {escape(p)}" for p in problems), title="Part of this link could not be used")


def write(page: str, query: Mapping[str, str | Iterable[str]]) -> None:
    """Make the URL say what the page shows."""
    told = {name: [value] if isinstance(value, str) else list(value) for name, value in query.items()}
    if told != {name: st.query_params.get_all(name) for name in st.query_params}:
        st.query_params.from_dict(told)
    # What was wrong with a link stays told until the visitor changes something.
    if not st.session_state.pop(f"{page}.opened", False) and told != st.session_state.get(f"{page}.url"):
        st.session_state[f"{page}.problems"] = []
    st.session_state[f"{page}.url"] = told


def escape(message: str) -> str:
    """A visitor's own text must not act as Markdown."""
    return "".join("\\" + c if c in r"\`*_{}[]()<>#+-!|$~:" else c for c in message)
