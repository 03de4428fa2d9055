"""Moving averages: what β averages over, why the average is corrected, and what that does to Adam."""

import streamlit as st

from ui import process
from ui.moving_averages import parts, sidebar
from ui.moving_averages.presets import PRESETS
from ui.page import Page

process.enter()

page = Page("averages", PRESETS)
now = page.open(
    "Moving averages",
    "A moving average is a weighted mean of all values so far: the newest has weight 1 − β, and each older one β "
    "times the weight of the one after it. Move a β in the sidebar: closer to 1 the curve becomes smoother, and later. "
    "An average that starts at 0 stays too close to 0 at first, unless it is divided by 1 − βᵗ. With Adam's usual "
    "values of β the same start makes its first steps too long, not too short.",
)
with st.sidebar:
    sidebar.series(page)
    st.header("Averages")
    sidebar.averages(page)
sidebar.notice(now)
parts.convention(page)
chart, correction = st.columns([3, 2], gap="medium")
with chart:
    parts.curves(page)
with correction:
    parts.bias(page)
parts.guess(page)
parts.numbers(page)

st.header("What it does to Adam")
st.markdown(
    "Adam divides an average m̂ of the gradients (decay rate β₁) by the root of an average v̂ of their squares (β₂); ε "
    "keeps it from dividing by 0. Its step is −η times the ratio."
)
parts.adam(page)
left, right = st.columns(2, gap="medium")
with left:
    parts.factor(page)
with right:
    parts.surface(page)
    parts.walk(page)
    parts.cursor(page)
parts.streams(page)
parts.steps(page, late=True)
parts.kinds(page, late=True)

st.header("The weights behind one value")
st.caption("Point at the chart to choose t. The slider under it changes the average in this chart only.")
parts.weighed(page)
parts.weights(page, late=True)

st.header("What β trades: noise against lag")
parts.trade(page, late=True)

parts.how_it_works(page)
parts.csv(page)
page.close()
