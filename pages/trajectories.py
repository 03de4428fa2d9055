"""Trajectories: one surface and one start, walked by several optimizers, each with its own values."""

import streamlit as st

from ui import process, report
from ui.experiment import Experiment, Preset

process.enter()

experiment = Experiment(
    "trajectories",
    {
        "The lecture's ravine": Preset(
            "surface=Quadratic&start=-10,1.5&steps=50&run=SGD,lr=0.18&run=Momentum,lr=0.03&run=AdaGrad,lr=2"
            "&run=RMSProp,lr=0.4,beta=0.9&run=Adam,lr=0.3",
            "SGD zigzags across the ravine while it creeps along it; the others trade the two directions differently.",
        ),
        "Just past the edge": Preset(
            "surface=Quadratic&start=-10,1.5&steps=50&run=SGD,lr=0.15&run=SGD,lr=0.2&run=SGD,lr=0.21&run=Momentum,lr=0.21",
            "SGD is stable up to η = 2 / 10 = 0.2 here: at the edge it bounces for ever, past it it diverges. "
            "Momentum with β = 0.9 may go on to 0.38.",
        ),
        "Adam uncorrected": Preset(
            "surface=Quadratic&start=-10,1.5&steps=50&run=Adam,lr=0.3&run=Adam,lr=0.3,bias_correction=False",
            "Without bias correction the first steps are too large, not too small: 3.2 times at t = 1, 6.6 at t = 12.",
        ),
        "Rosenbrock's valley": Preset(
            "surface=Rosenbrock&start=-1.2,1&steps=500&run=SGD,lr=0.0012&run=Momentum,lr=0.0005&run=Nesterov,lr=0.0005"
            "&run=Adam,lr=0.1",
            "Everyone falls into the valley at once. Following it to (1, 1) is where momentum pays.",
        ),
        "ε decides on a plateau": Preset(
            "surface=Gaussian wells&start=0.75,1&steps=100&run=SGD,lr=0.05&run=Adam,lr=0.05&run=Adam,lr=0.05,eps=1e-06"
            "&run=Adam,lr=0.05,eps=0.0001",
            "Gradients at the start are about 1e-8. An ε above that size holds Adam back as if it were plain momentum.",
        ),
        "Stuck on a saddle": Preset(
            "surface=Bounded saddle&start=1.5,0.001&steps=100&run=SGD,lr=0.05&run=Momentum,lr=0.05&run=AdaGrad,lr=0.3"
            "&run=RMSProp,lr=0.05,beta=0.9&run=Adam,lr=0.05",
            "All walk to the saddle first. Who leaves it, and when, depends on how a tiny gradient is scaled.",
        ),
    },
)

report.begin(experiment, "Trajectories")
chart, curves = st.columns([3, 2], gap="medium")
with chart:
    report.map_of(experiment)
    report.cursor(experiment)
with curves:
    report.curves(experiment)
    report.scale(experiment)

st.subheader("Where they ended")
report.ends(experiment)
report.tolerance(experiment)
st.subheader("Inside one optimizer")
report.inside(experiment)
report.how_it_works(experiment)
report.csv(experiment)
