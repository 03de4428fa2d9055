"""Plateaus: gradients are tiny, or a small pit lies on the way; which runs escape, when, and what ε does to it."""

import streamlit as st

from ui import parts, process, surface_page
from ui.page import Page
from ui.plateaus import parts as own
from ui.plateaus.presets import PRESETS

process.enter()

LEAD = (
    "On a plateau the gradient is almost zero, and gradient descent, whose steps are proportional to it, hardly moves. "
    "Adam and RMSProp divide each step by √v, the root mean square of the recent gradients, and escape. But they add a "
    "small constant **ε** to √v, against a division by zero. **Move the ε slider** beside the map: the further ε is "
    "above √v, the later Adam escapes, if it does."
)

page = Page("plateaus", PRESETS)
surface_page.begin(page, "Plateaus", LEAD, own.start_widgets)
parts.legend(page)
chart, epsilon = st.columns([3, 2], gap="medium")
with chart:
    parts.map_of(page)
    parts.cursor(page)
with epsilon:
    own.epsilon(page)
own.guess(page)
own.compared(page)

st.header("When each run escapes")
own.ends(page)

curves, rates = st.columns([1, 2], gap="medium")
with curves:
    st.header("Loss and gradient")
    parts.curves(page, late=True)
    parts.scale(page)
with rates:
    st.header("AdaGrad beside RMSProp")
    st.caption(
        "The effective learning rate is what multiplies the gradient. AdaGrad divides η by the root of a sum of "
        "squares, which never falls; RMSProp by the root of a moving average, which can. Diamonds: escapes."
    )
    own.duel(page, late=True)

st.header("Escape time over η, β and ε")
own.sweeps(page, late=True)

st.header("Which start ends where")
st.caption(
    "Every tile is a start, coloured by where its run ends: near a minimum if within 1 % of the map's diagonal from "
    "it. The circle is the start above."
)
for column, role in zip(st.columns(2, gap="medium"), ("left", "right"), strict=True):
    with column:
        own.basin_of(page, role)
        own.basin(page, role, late=True)
own.shares(page, late=True)

parts.how_it_works(page)
parts.csv(page)
page.close()
