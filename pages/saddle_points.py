"""Saddle points: who gets away from one, when, and what theory says of it."""

import streamlit as st

from ui import process, report
from ui import saddle_report as saddle
from ui.experiment import Preset
from ui.saddles import RADIUS, SADDLES, Saddles

process.enter()

experiment = Saddles(
    "saddles",
    {
        "One saddle, six ways out": Preset(
            "surface=Saddle&start=1,0.0001&steps=300&run=SGD,lr=0.05&run=Momentum,lr=0.05&run=Nesterov,lr=0.05"
            "&run=AdaGrad,lr=0.05&run=RMSProp,lr=0.05,beta=0.9&run=Adam,lr=0.05",
            "At the same η = 0.05 SGD is out after 189 steps, Momentum after 53 and RMSProp after 8: who multiplies a "
            "tiny gradient waits until it has grown, who divides by its size does not.",
        ),
        "The table of η = 0.01": Preset(
            "surface=Saddle&start=1,0.0001&steps=1300&run=SGD,lr=0.01&run=Momentum,lr=0.01&run=Nesterov,lr=0.01"
            "&run=Adam,lr=0.01&run=Adam,lr=0.01,bias_correction=False&run=RMSProp,beta=0.9&run=AdaGrad",
            "SGD is out at step 926, Momentum at 152, Adam at 77, and at 18 without bias correction: its first steps "
            "are too long. AdaGrad, whose rate only falls, is later than SGD: 1,263.",
        ),
        "Exactly on the axis": Preset(
            "surface=Saddle&start=1,0&steps=300&run=SGD,lr=0.05&run=Momentum,lr=0.05&run=Nesterov,lr=0.05"
            "&run=AdaGrad,lr=0.05&run=RMSProp,lr=0.05,beta=0.9&run=Adam,lr=0.05",
            "On y = 0 the gradient has no part across it, and 0 divided by its own size is still 0: nobody leaves. The "
            "closed forms say never, too.",
        ),
        "A little noise is enough": Preset(
            "surface=Saddle&start=1,0&steps=400&noise=0.001&run=SGD,lr=0.05&run=Momentum,lr=0.05&run=Nesterov,lr=0.05"
            "&run=AdaGrad,lr=0.05&run=RMSProp,lr=0.05,beta=0.9&run=Adam,lr=0.05",
            "The same start with gradient noise σ = 0.001: all 200 seeds let everyone out within 400 steps, RMSProp at "
            "step 8 and Adam at step 20 under every one of them.",
        ),
        "Escaping to a minimum": Preset(
            "surface=Bounded saddle&start=1.5,0.0001&steps=300&run=SGD,lr=0.05&run=Momentum,lr=0.05"
            "&run=Nesterov,lr=0.05&run=AdaGrad,lr=0.05&run=RMSProp,lr=0.05,beta=0.9&run=Adam,lr=0.05",
            "All leave, and five of the six end in the minimum at (0, √10). AdaGrad is out at step 58, but its rate "
            "has fallen too far to arrive within 300.",
        ),
        "Monkey saddle": Preset(
            "surface=Monkey saddle&start=1,0.001&steps=300&run=SGD,lr=0.05&run=Momentum,lr=0.05&run=Nesterov,lr=0.05"
            "&run=AdaGrad,lr=0.05&run=RMSProp,lr=0.05,beta=0.9&run=Adam,lr=0.05",
            "All curvature is zero at this saddle: no straight lines. Momentum and Nesterov run through it and fall on "
            "the far side within 10 steps; SGD, which slows down before it, takes 116.",
        ),
    },
    surfaces=SADDLES,
    more={"radius": (RADIUS, 1.0)},
    follow=saddle.FOLLOW,
    tunes=False,
)

report.begin(experiment, "Saddle points")
chart, curves = st.columns([1, 1], gap="medium")
with chart:
    saddle.map_of(experiment)
    report.cursor(experiment)
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
