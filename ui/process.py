"""What is done once per server process."""

import gc
import runpy
from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from . import charts  # noqa: F401  loads Altair and pandas before the heap is frozen

_settled = False
_tour: list[st.Page] = []


def settle() -> None:
    """Keep the modules that start-up loaded out of every later garbage collection."""
    global _settled
    if not _settled:
        _settled = True
        gc.collect()
        gc.freeze()


def enter() -> None:
    """Go through the router, where a page's file was run without it.

    Until ``st.navigation`` has once been called in a server, Streamlit takes the link of a page in ``pages`` straight
    to its file.  The first visitor after a cold start may well come by such a link.
    """
    if not _settled:
        runpy.run_path(str(Path(__file__).parents[1] / "app.py"), run_name="__main__")
        st.stop()


def tour(sections: Mapping[str, Sequence[st.Page]]) -> Mapping[str, Sequence[st.Page]]:
    """The router's sections as they are; their order is that in which a lecture goes through the pages."""
    _tour[:] = [page for section in sections.values() for page in section]
    return sections


def beside(title: str, by: int) -> st.Page | None:
    """The page so many places after the one of this title, in a round."""
    titles = [page.title for page in _tour]
    return _tour[(titles.index(title) + by) % len(_tour)] if title in titles else None
