"""The pages in the order in which a lecture goes through them, which is the router's."""

from collections.abc import Mapping, Sequence

import streamlit as st

Sections = Mapping[str, Sequence[st.Page]]

_pages: list[st.Page] = []


def of(sections: Sections) -> Sections:
    """The router's sections as they are, remembered."""
    _pages[:] = [page for section in sections.values() for page in section]
    return sections


def beside(title: str, by: int) -> st.Page | None:
    """The page so many places after the one of this title, in a round; None where the router has no such page."""
    titles = [page.title for page in _pages]
    return _pages[(titles.index(title) + by) % len(_pages)] if title in titles else None
