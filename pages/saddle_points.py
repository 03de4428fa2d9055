"""Saddle points: who gets away from one, when, and what theory says of it."""

import streamlit as st

from ui import process, report
from ui import saddle_report as saddle
from ui.experiment import Preset
from ui.player import player
from ui.saddles import RADIUS, SADDLES, Saddles

process.enter()

experiment = Saddles(
    "saddles",
    {
        "One saddle, six ways out": Preset(
            "surface=Saddle&start=1,0.0001&steps=300&run=SGD,lr=0.05&run=Momentum,lr=0.05&run=Nesterov,lr=0.05"
            "&run=AdaGrad,lr=0.05&run=RMSProp,lr=0.05,beta=0.9&run=Adam,lr=0.05",
            "All have η = 0.05. ",
        ),
        "The table of η = 0.01": Preset(
            "surface=Saddle&start=1,0.0001&steps=1300&run=SGD,lr=0.01&run=Momentum,lr=0.01&run=Nesterov,lr=0.01"
            "&run=Adam,lr=0.01&run=Adam,lr=0.01,bias_correction=False&run=RMSProp,lr=0.01,beta=0.9&run=AdaGrad,lr=0.01",
            "",
        ),
        "Exactly on the axis": Preset(
            "surface=Saddle&start=1,0&steps=300&run=SGD,lr=0.05&run=Momentum,lr=0.05&run=Nesterov,lr=0.05"
            "&run=AdaGrad,lr=0.05&run=RMSProp,lr=0.05,beta=0.9&run=Adam,lr=0.05",
            "",
        ),
        "A little noise is enough": Preset(
            "surface=Saddle&start=1,0&steps=300&noise=0.001&run=SGD,lr=0.05&run=Momentum,lr=0.05&run=Nesterov,lr=0.05"
            "&run=AdaGrad,lr=0.05&run=RMSProp,lr=0.05,beta=0.9&run=Adam,lr=0.05",
            "",
        ),
        "Escaping to a minimum": Preset(
            "surface=Bounded saddle&start=1.5,0.0001&steps=300&run=SGD,lr=0.05&run=Momentum,lr=0.02&run=AdaGrad,lr=0.3"
            "&run=RMSProp,lr=0.05,beta=0.9&run=Adam,lr=0.05",
            "",
        ),
        "Monkey saddle": Preset(
            "surface=Monkey saddle&start=1,0.001&steps=400&run=SGD,lr=0.05&run=Momentum,lr=0.05&run=Nesterov,lr=0.05"
            "&run=AdaGrad,lr=0.05&run=RMSProp,lr=0.05,beta=0.9&run=Adam,lr=0.05",
            "",
        ),
    },
    surfaces=SADDLES,
    more={"radius": (RADIUS, 1.0)},
    follow=saddle.FOLLOW,
    tunes=False,
)

st.title("Saddle points")
experiment.open()
with st.sidebar:
    experiment.sidebar()
experiment.offer()
now = experiment.read()
if not now.entries:
    st.info("The line-up is empty. Add an optimizer in the sidebar, or pick an experiment above.")
    st.stop()

report.legend(experiment)
chart, curves = st.columns([1, 1], gap="medium")
with chart:
    saddle.map_of(experiment)
    player(experiment.key, now.steps, now.box, experiment.start_at)
    saddle.verdict(experiment)
with curves:
    saddle.distances(experiment)
    saddle.meter(experiment)

st.subheader("What the time of escape depends on")
saddle.sweeps(experiment)
st.subheader("What noise does")
saddle.seeds(experiment)
st.subheader("Curvature along the path")
saddle.curvature(experiment)
saddle.how_it_works(experiment)
report.csv(experiment)
