"""Learning-rate decay: schedules as curves, the noisy end-game that they exist for, and warm-up."""

import streamlit as st

from ui import process
from ui.learning_rate_decay import parts, sidebar
from ui.learning_rate_decay.presets import PRESETS
from ui.page import Page

process.enter()

LEAD = (
    "A schedule changes the learning rate during a run. With noisy gradients, such as those of mini-batches, SGD at a "
    "constant η does not converge: it stays in a ball around the minimum, whose radius grows like √η. **Move η** or a "
    "schedule's own slider: a large η is fast at the start, a small one is exact at the end."
)

page = Page("decay", PRESETS)
page.open("Learning-rate decay", LEAD)
with st.sidebar:
    sidebar.setup(page)
    st.subheader("Schedules")
    sidebar.cards(page)
if not page.now.plans:
    st.info("There is no schedule. Add one in the sidebar, or pick an experiment above.")
    st.stop()
parts.legend(page)
left, right = st.columns(2, gap="medium")
with left:
    parts.rates(page)
    parts.scale(page)
with right:
    parts.losses(page)
    st.caption(
        "Bold: the expected loss, in closed form. Thin: one run. SGD on f = (a x² + b\u00a0y²)/2, with noise of "
        "standard deviation σ on each coordinate of the gradient."
    )
parts.guess(page)
parts.ends(page)
parts.formulas(page)

st.subheader("The ball around the minimum")
left, right = st.columns(2, gap="medium")
with left:
    parts.around(page, late=True)
with right:
    parts.radius(page, late=True)

st.subheader("The final loss over 200 seeds")
parts.seeds(page, late=True)

st.subheader("Warm-up beside bias correction")
parts.adam_widgets(page)
parts.repairs(page)
left, right = st.columns(2, gap="medium")
with left:
    parts.lengths(page)
with right:
    parts.wells(page)
    parts.cursor(page)
parts.compared(page)

st.subheader("Every schedule")
parts.gallery(page, late=True)

parts.how_it_works(page)
parts.csv(page)
page.close()
