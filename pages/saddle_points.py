"""Saddle points: which optimizer escapes from one, when, and what theory predicts."""

import streamlit as st

from ui import parts, process, surface_page
from ui.page import Page
from ui.saddle_points import parts as own
from ui.saddle_points.presets import PRESETS

process.enter()

LEAD = """
At a **saddle point** the gradient is zero, yet it is no minimum: the loss rises along one axis, the *stable axis*, and
falls across it. A run that starts at a tiny distance δ from the stable axis first descends towards the saddle, and
escapes when its distance has grown to r. Move **δ** in the sidebar, from 10⁻⁴ down to 10⁻¹²: some optimizers need many
more steps, and others hardly any.
"""

page = Page("saddles", PRESETS)
surface_page.begin(page, "Saddle points", LEAD, own.start)
parts.legend(page)
chart, curves = st.columns(2, gap="medium")
with chart:
    own.map_of(page)
    parts.cursor(page)
    st.caption("Dashed: the escape radius r.")
with curves:
    own.distances(page)
own.guess(page)
own.verdict(page)
own.meter(page)
own.closed_form(page)

st.header("What the escape time depends on")
own.sweeps(page, late=True)

st.header("What noise does")
own.seeds(page, late=True)

st.header("Curvature along the path")
own.curvature(page, late=True)

parts.how_it_works(page)
parts.csv(page)
page.close()
