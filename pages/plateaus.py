"""Plateaus: gradients are tiny, or a small pit lies on the way; who gets away, when, and what ε has to do with it."""

import streamlit as st

from ui import plateau_report, process, report
from ui.experiment import Preset
from ui.plateaus import Plateaus

process.enter()

experiment = Plateaus(
    "plateaus",
    {
        "ε decides": Preset(
            "surface=Gaussian wells&start=0.75,1&steps=100&run=SGD,lr=0.05&run=Momentum,lr=0.05"
            "&run=RMSProp,lr=0.05,beta=0.9&run=Adam,lr=0.05&run=Adam,lr=0.05,eps=1e-06&run=Adam,lr=0.05,eps=0.0001&epsilon=5&left=6&right=4",
            "Gradients are about 1e-8 at this start. The same Adam with three values of ε: off after 32 steps, after "
            "52, and not at all, not even in 1,000 steps.",
        ),
        "A saturated neuron": Preset(
            "surface=Saturated neuron&start=-1,-9&steps=300&run=SGD,lr=10&run=Momentum,lr=10&run=AdaGrad,lr=0.1"
            "&run=RMSProp,lr=0.1,beta=0.9&run=Adam,lr=0.1&right=5",
            "A neuron that says no to everything learns next to nothing from being wrong. SGD with a hundred times "
            "Adam's rate stays; Momentum gets away late, and far off the map.",
        ),
        "AdaGrad against RMSProp": Preset(
            "surface=Soft-plus plateau&start=2.5,1.5&steps=150&run=SGD,lr=0.05&run=AdaGrad,lr=0.05"
            "&run=RMSProp,lr=0.05,beta=0.9&left=2&right=3",
            "AdaGrad's rate is not small on a plateau: it starts above 1,000, since its gradients are tiny. But it "
            "only falls, and so it takes 54 steps where RMSProp takes 11.",
        ),
        "The tanh step": Preset(
            "surface=Tanh step&start=1.5,1&steps=120&run=SGD,lr=0.05&run=Momentum,lr=0.05&run=Adam,lr=0.05"
            "&run=Adam,lr=0.05,eps=0.0001&run=Adam,lr=0.05,eps=0.001&epsilon=4&left=2&right=3",
            "One coordinate has a slope of 1, the other of 6e-6. SGD settles the first and stays on the high plain; "
            "Adam goes down along both, unless ε is too large for the smaller.",
        ),
        "Rolling through the small pit": Preset(
            "surface=Two pits&start=1.6,1.4&steps=150&run=SGD,lr=0.01&run=Momentum,lr=0.005&run=Momentum,lr=0.01"
            "&run=Adam,lr=0.05&run=Adam,lr=0.2&right=3",
            "Momentum at η = 0.005 is caught by the small pit; at 0.01 it rolls through it into the deep one. So does "
            "Adam at 0.2, and not at 0.05.",
        ),
        "Four minima": Preset(
            "surface=Himmelblau&start=0,-1&steps=150&run=SGD,lr=0.005&run=Momentum,lr=0.005&run=RMSProp,lr=0.1,beta=0.9"
            "&run=Adam,lr=0.2",
            "All four minima are equally deep. Which one is reached follows from the start for SGD; momentum frays the "
            "borders, since a fast ball may roll across.",
        ),
    },
)

report.begin(experiment, "Plateaus")
chart, curves = st.columns([3, 2], gap="medium")
with chart:
    report.map_of(experiment)
    report.cursor(experiment)
with curves:
    report.curves(experiment)
    report.scale(experiment)

st.subheader("Who gets away, and when")
plateau_report.ends(experiment)

against, over = st.columns([3, 2], gap="medium")
with against:
    st.subheader("What ε is added to")
    st.caption("Drag ε upwards: where it is the larger, the step is no longer divided by the gradients' size.")
    plateau_report.epsilon(experiment)
with over:
    st.subheader("What ε costs")
    st.caption("The step of escape for every ε, all else as it is. Dots: the line-up's own.")
    plateau_report.times(experiment)

st.subheader("AdaGrad's rate beside RMSProp's")
st.caption("What the gradient is multiplied by: η/√G, which only falls, and η/√v. Diamonds: the step of escape.")
plateau_report.rates(experiment)

st.subheader("Which start ends where")
st.caption(
    "Every tile is a start, coloured by where its run has come. In a minimum is who is within 1 % of the map's "
    "diagonal of it; the circle is the start above."
)
plateau_report.basins(experiment)
report.how_it_works(experiment)
report.csv(experiment)
