"""Trajectories: several optimizers on one surface from one start, each with its own values."""

import streamlit as st

from ui import parts, process, surface_page
from ui.page import Page
from ui.trajectories import parts as own
from ui.trajectories.presets import PRESETS

process.enter()

page = Page("trajectories", PRESETS)
surface_page.begin(
    page,
    "Trajectories",
    "Each line is one optimizer, from the same start on the same loss surface. Choose an experiment, then move η, β or "
    "ε in a card and watch its path. A click on the map moves the start. The best optimizer of one picture is rarely "
    "the best of the next.",
)
parts.legend(page)
chart, curves = st.columns([3, 2], gap="medium")
with chart:
    parts.map_of(page)
    parts.cursor(page)
with curves:
    parts.curves(page)
    parts.scale(page)
own.guess(page)

st.header("Where they ended")
own.ends(page)
own.tolerance(page)

st.header("Inside one optimizer")
own.inside(page, late=True)

parts.how_it_works(page)
parts.csv(page)
page.close()
