"""Formulas and numbers as the text of a link, and back."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from optim import Domain, Formula, Hyperparameter, Surface

F = TypeVar("F", bound=Formula)


def encode(formula: Formula) -> str:
    """``Label,name=value,...`` with the values that differ from the formula's defaults."""
    changed = (f"{name}={text(value)}" for name, value in formula.values.items() if value != formula.defaults[name])
    return ",".join([formula.label, *changed])


def text(value: Any) -> str:
    """A value as it stands in a link: as short as leads back to it, to the last bit."""
    if not isinstance(value, float):
        return str(value)
    short = f"{value:.12g}"
    return short if float(short) == value else repr(value)


def decode(code: str, registry: Mapping[str, F], fallback: F, problems: list[str]) -> F:
    """The formula that ``encode`` wrote; ``problems`` gets what is wrong with it, and its default stands in."""
    label, *parts = code.split(",")
    if label not in registry:
        what = f"“{label[:60]}”" if label else "An empty name"
        problems.append(f"{what} is not known; {fallback.label} stands in. Known: {', '.join(registry)}.")
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


def parse(raw: str, meaning: Domain) -> Any:
    """The value that a link's text stands for, or the text itself, for the formula's check to refuse."""
    if isinstance(meaning, Hyperparameter) and meaning.scale == "switch":
        return {"True": True, "False": False}.get(raw, raw)
    try:
        return float(raw)
    except ValueError:
        return raw


def number(raw: str, name: str, meaning: Domain, fallback: Any, problems: list[str]) -> Any:
    """A page's own number from a link, or the fallback with a word in ``problems``."""
    try:
        return meaning.check(name, parse(raw, meaning))
    except (TypeError, ValueError) as error:
        problems.append(f"{error} {text(fallback)} stands in.")
        return fallback


def point(raw: str, surface: Surface, problems: list[str]) -> tuple[float, float]:
    """A point on a surface's map from a link, or its own start with a word in ``problems``."""
    parts = raw.split(",")
    if len(parts) != 2:
        own = ",".join(map(text, surface.start))
        problems.append(f"start = “{raw[:60]}”: it must be two numbers, as in 1,-0.5. {own} stands in.")
        return surface.start
    ranges = zip(parts, surface.axes, (surface.x_range, surface.y_range), surface.start, strict=True)
    x, y = (
        float(number(one, f"start {axis}", Domain(low=low, high=high), own, problems))
        for one, axis, (low, high), own in ranges
    )
    return x, y


def place(raw: str, name: str, count: int, problems: list[str]) -> int | None:
    """A place from 1 to ``count`` from a link; None, with a word in ``problems``, where it is none."""
    meaning = Domain(low=1, high=max(1, count), whole=True)
    try:
        return int(meaning.check_one(name, parse(raw, meaning)))
    except (TypeError, ValueError) as error:
        problems.append(f"{error} The usual one stands in.")
        return None


def choice(raw: str, name: str, options: Sequence[str], fallback: str, problems: list[str]) -> str:
    """One of a page's own options from a link, or the fallback with a word in ``problems``."""
    if raw in options:
        return raw
    *most, last = (f"“{option}”" if "," in option else option for option in options)
    problems.append(f"{name} = “{raw[:60]}”: it must be {', '.join(most)} or {last}. “{fallback}” stands in.")
    return fallback


def unknown(query: Mapping[str, Sequence[str]], known: Sequence[str], problems: list[str], *several: str) -> None:
    """Name what a link says that the page has no use for: names it does not know, and all values but the first of those
    names that are not of ``several`` values.
    """
    for name, values in query.items():
        if name not in (*several, *known):
            problems.append(f"{name[:60]} is not known here; known: {', '.join((*several, *known))}.")
        elif name not in several and len(values) > 1:
            problems.append(f"{name} is given {len(values)} times; the first, “{values[0][:60]}”, counts.")


def escape(message: str) -> str:
    """A visitor's own text must not act as Markdown."""
    return "".join("\\" + c if c in r"\`*_{}[]()<>#+-!|$~:" else c for c in message)
