"""Moving averages: what β remembers, why it is corrected, and what that does to Adam."""

import streamlit as st

from ui import average_report as report
from ui import process
from ui.averaging import Averaging
from ui.experiment import Preset

process.enter()

page = Averaging(
    "averages",
    {
        "The lecture's picture": Preset(
            "series=Seattle temperatures&beta=0.5&beta=0.9&beta=0.98",
            "Daily temperatures: β = 0.9 averages about 10 days, 0.98 about 50. The dashed curve of β = 0.98 starts "
            "far too low, because v₀ = 0; divided by 1 − βᵗ it starts where the days do.",
        ),
        "β = 0.5: nervous": Preset(
            "series=Seattle temperatures&beta=0.5&correction=with&show=120",
            "A window of 2 days: the average follows every cold snap, and a third of white noise's variance remains.",
        ),
        "β = 0.98: smooth but late": Preset(
            "series=Seattle temperatures&beta=0.98&correction=with&show=all",
            "A window of 50 days: the weather is gone, the seasons remain, and every summer's peak comes weeks late.",
        ),
        "No correction, and why momentum gets away with it": Preset(
            "series=Constant&beta=0.9&show=60",
            "With β = 0.9 the sum of weights is 0.65 after 10 steps, 0.90 after 22 and 0.99 after 44: momentum only "
            "starts with steps that are too small, and soon has made up for it.",
        ),
        "Adam's first steps": Preset(
            "series=Constant&beta=0.9&beta=0.999&show=all",
            "A constant gradient as Adam's two averages see it: m is there after 44 steps, v after 4,603. Their "
            "ratio makes the uncorrected [first steps](#what-it-does-to-adam) up to 6.57 times too large.",
        ),
    },
)

st.title("Moving averages")
page.open()
with st.sidebar:
    page.sidebar()
page.offer()
page.notice()
report.convention(page)
chart, correction = st.columns([3, 2], gap="medium")
with chart:
    report.curves(page)
with correction:
    report.bias(page)

st.subheader("The weights behind one value")
st.caption("Point at the chart to choose t, and drag the slider under it to choose the average.")
report.weights(page)

st.subheader("What β trades: noise against lag")
report.trade(page)

st.subheader("What it does to Adam")
report.sliders(page)
report.steps(page)
report.how_it_works(page)
report.csv(page)
