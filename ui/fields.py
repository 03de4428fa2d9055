"""The plain values of a page's Setting, its numbers and words: what they mean, how they changed, a link and back."""

from collections.abc import Mapping
from dataclasses import Field, field, fields
from typing import Any

from optim import Hyperparameter

from . import controls, share
from .page import Query


def number(meaning: Hyperparameter, usual: Any, compare: bool = True) -> Any:
    """A number of a Setting: what it means, and what it is where a link does not say.

    One that is not to ``compare`` only says what is shown: it makes no other experiment.
    """
    return field(default=usual, compare=compare, metadata={"meaning": meaning})


def word(*options: str) -> Any:
    """One of a few words, usually the first."""
    return field(default=options[0], metadata={"options": options})


def choice(*options: str) -> Any:
    """How something is shown, in one of a few words; usually the first.  It makes no other experiment."""
    return field(default=options[0], compare=False, metadata={"options": options})


def own(kind: Any) -> list[Field[Any]]:
    """The fields of a Setting that say something of themselves."""
    return [one for one in fields(kind) if one.metadata]


def changes(before: Any, now: Any, titles: Mapping[str, str] = {}) -> list[str]:
    """What differs: ``steps 100 → 200``; of words ``loss cross-entropy → squared error``, with their titles, if any."""
    found: list[str] = []
    for one in own(now):
        old, new = getattr(before, one.name), getattr(now, one.name)
        if one.compare and old != new:
            title = f"{titles.get(one.name, '')} {old} → {new}".strip()
            found.append(controls.change(one.metadata["meaning"], old, new) if "meaning" in one.metadata else title)
    return found


def query(now: Any, *always: str) -> dict[str, list[str]]:
    """A Setting's plain values in its link; what is as usual is left out, but for what ``always`` stands there."""
    values = {one.name: (getattr(now, one.name), one.default) for one in own(now)}
    return {name: [share.text(value)] for name, (value, usual) in values.items() if value != usual or name in always}


def parse(kind: Any, query: Query, problems: list[str]) -> dict[str, Any]:
    """The plain values that a link gives; ``problems`` gets what is wrong with one."""
    found: dict[str, Any] = {}
    for one in own(kind):
        if not (raw := query.get(one.name)):
            continue
        if "meaning" in one.metadata:
            found[one.name] = share.number(raw[0], one.name, one.metadata["meaning"], one.default, problems)
        else:
            found[one.name] = share.choice(raw[0], one.name, one.metadata["options"], str(one.default), problems)
    return found
