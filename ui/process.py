"""What is done once per server process."""

import gc

import streamlit as st

from . import charts  # noqa: F401  loads Altair and pandas before the heap is frozen


@st.cache_resource(show_spinner=False)
def settle() -> None:
    """Keep the modules that start-up loaded out of every later garbage collection."""
    gc.collect()
    gc.freeze()
