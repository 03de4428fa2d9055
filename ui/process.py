"""What is done once per server process."""

import gc
import runpy
from pathlib import Path

import streamlit as st

from . import charts  # noqa: F401  loads Altair and pandas before the heap is frozen

_settled = False


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
