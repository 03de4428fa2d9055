"""Mini-batches: batch, mini-batch and one-example descent side by side, and what a batch size is worth."""

import streamlit as st

from ui import process
from ui.mini_batches import data, parts, sidebar
from ui.mini_batches.presets import PRESETS
from ui.page import Page

process.enter()

LEAD = (
    "Gradient descent may take its gradient from all examples, from a mini-batch of B of them, or from one. A smaller "
    "batch is cheaper and noisier: more updates for the same number of examples, each in a less exact direction. "
    "**Move B** on a card, and look at the cost against epochs and against updates."
)

page = Page("batches", PRESETS)
now = page.open("Mini-batches", LEAD)
with st.sidebar:
    sidebar.setup(page)
    st.subheader("Runs")
    sidebar.cards(page)
if problem := data.problem(now.data):
    st.error(problem)
    st.stop()
if not now.entries:
    st.info("There is no run. Add an optimizer in the sidebar, or pick an experiment above.")
    st.stop()
parts.legend(page)
left, right = st.columns([3, 2], gap="medium")
with left:
    parts.costs(page)
    parts.axis(page)
    st.caption(
        "Bold: the cost over all examples. Thin: the cost of each mini-batch, as training sees it. A log axis "
        "leaves out costs of almost 0."
    )
with right:
    parts.side(page)
parts.ends(page)

st.subheader("The noise of a mini-batch's gradient")
parts.noise(page, late=True)

st.subheader("Time, and the rule of thumb")
parts.times(page)

parts.how_it_works(page)
parts.csv(page)
page.close()
