"""What a part of a page draws, without a page around it: its texts, its tables, and the data of its charts."""

import re
from contextlib import ExitStack, nullcontext
from html import unescape
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest.mock import patch

import streamlit as st

from ui import charts, html


class Drawn(NamedTuple):
    texts: list[str]
    rows: list[dict[str, str]]
    """Of all tables; cells as text."""
    data: dict[str, Any]
    """Of all charts, by their names."""
    charts: dict[str, dict[str, Any]]
    """The data of each chart, by its key."""

    @property
    def text(self) -> str:
        return " ".join(self.texts)


def plain(cell: str) -> str:
    """HTML as text."""
    return unescape(re.sub(r"<[^>]+>", "", cell))


def _columns(spec: Any, **_: Any) -> list[nullcontext[None]]:
    return [nullcontext() for _ in range(spec if isinstance(spec, int) else len(spec))]


def drawn(part: Any, now: Any, *args: Any) -> Drawn:
    """Everything that a part draws for a Setting."""
    found = Drawn([], [], {}, {})
    page = SimpleNamespace(key="page", now=now, act=None, view=lambda name, *_, **__: {"key": name})

    def tell(text: str, *_: Any, **__: Any) -> None:
        found.texts.append(text)

    def chart(_: Any, data: dict[str, Any], *, key: str, **__: Any) -> None:
        found.data.update(data)
        found.charts[key.partition(".")[2]] = data

    with ExitStack() as stack:
        for name in ("markdown", "caption", "info"):
            stack.enter_context(patch.object(st, name, tell))
        for name in ("latex", "button", "html"):
            stack.enter_context(patch.object(st, name))
        stack.enter_context(patch.object(st, "columns", _columns))
        stack.enter_context(patch.object(st, "fragment", lambda draw, **_: draw))
        stack.enter_context(patch.object(st, "progress", lambda _, text: tell(text)))
        stack.enter_context(patch.object(html, "sentences", lambda texts: found.texts.extend(map(plain, texts))))
        rows = lambda new: found.rows.extend({key: plain(cell) for key, cell in row.items()} for row in new)  # noqa: E731
        stack.enter_context(patch.object(html, "table", rows))
        stack.enter_context(patch.object(charts, "draw", chart))
        part.__wrapped__(page, now, *args)
    return found
