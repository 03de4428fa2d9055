"""Cards of a comparison: a name in the colour of its lines, a button for a twin and one to remove it, and sliders."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from . import html, share
from .page import Page

Change = Callable[[Any], Any]


@contextmanager
def card(page: Page[Any], i: int, name: str, twin: Change, remove: Change, most: int | None = None) -> Iterator[None]:
    """The card of the entry with this id; what is drawn inside the block is in it.

    ``twin`` and ``remove`` are changes of the Setting; with ``most`` the line-up is full, and has so many.
    """
    said = share.escape(name)

    def button(label: str, icon: str, kind: str, change: Change, **more: Any) -> None:
        st.button(label, key=f"{page.key}.card-{i}.{kind}", icon=f":material/{icon}:", type="tertiary",
                  on_click=page.act, args=(change,), **more)  # fmt: skip

    with st.container(key=f"{page.key}-entry-{i}", border=True, gap=None):
        with st.container(key=f"{page.key}-head-{i}", horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.markdown(f"**{said}**")
            # Their labels are for screen readers; the style hides them.
            help = "A twin, to change one value of" if most is None else f"At most {most}."
            button(f"A twin of {said}", "content_copy", "twin", twin, disabled=most is not None, help=help)
            button(f"Remove {said}", "close", "remove", remove, help="Remove")
        yield


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
