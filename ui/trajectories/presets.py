"""The Trajectories page's presets, in the order of a lecture."""

from optim import optimizers, surfaces

from .. import lineup
from ..page import Preset
from .setting import Setting

RAVINE = {"surface": surfaces.quadratic, "start": (-10.0, 1.5), "steps": 50}

PRESETS = (
    Preset(
        "The lecture's ravine",
        Setting(
            **RAVINE,
            lineup=lineup.of(
                optimizers.sgd(lr=0.18),
                optimizers.momentum(lr=0.03),
                optimizers.adagrad(lr=2.0),
                optimizers.rmsprop(lr=0.4, beta=0.9),
                optimizers.adam(lr=0.3),
            ),
        ),
        "SGD zigzags across the ravine while it creeps along it; the others trade the two directions differently.",
    ),
    Preset(
        "Just past the edge",
        Setting(
            **RAVINE,
            lineup=lineup.of(
                optimizers.sgd(lr=0.15),
                optimizers.sgd(lr=0.2),
                optimizers.sgd(lr=0.21),
                optimizers.momentum(lr=0.21),
            ),
        ),
        "SGD is stable up to η = 2 / 10 = 0.2 here: at the edge it bounces for ever, past it it diverges. "
        "Momentum with β = 0.9 may go on to 0.38.",
    ),
    Preset(
        "Adam uncorrected",
        Setting(**RAVINE, lineup=lineup.of(optimizers.adam(lr=0.3), optimizers.adam(lr=0.3, bias_correction=False))),
        "Without bias correction the first steps are too large, not too small: 3.2 times at t = 1, 6.6 at t = 12.",
    ),
    Preset(
        "Rosenbrock's valley",
        Setting(
            surface=surfaces.rosenbrock,
            start=(-1.2, 1.0),
            steps=500,
            lineup=lineup.of(
                optimizers.sgd(lr=0.0012),
                optimizers.momentum(lr=0.0005),
                optimizers.nesterov(lr=0.0005),
                optimizers.adam(lr=0.1),
            ),
        ),
        "Everyone falls into the valley at once. Following it to (1, 1) is where momentum pays.",
    ),
    Preset(
        "ε decides on a plateau",
        Setting(
            surface=surfaces.gaussian_wells,
            start=(0.75, 1.0),
            steps=100,
            lineup=lineup.of(
                optimizers.sgd(lr=0.05),
                optimizers.adam(lr=0.05),
                optimizers.adam(lr=0.05, eps=1e-6),
                optimizers.adam(lr=0.05, eps=1e-4),
            ),
        ),
        "Gradients at the start are about 1e-8. An ε above that size holds Adam back as if it were plain momentum.",
    ),
    Preset(
        "Stuck on a saddle",
        Setting(
            surface=surfaces.bounded_saddle,
            start=(1.5, 0.001),
            steps=100,
            lineup=lineup.of(
                optimizers.sgd(lr=0.05),
                optimizers.momentum(lr=0.05),
                optimizers.adagrad(lr=0.3),
                optimizers.rmsprop(lr=0.05, beta=0.9),
                optimizers.adam(lr=0.05),
            ),
        ),
        "All walk to the saddle first. Who leaves it, and when, depends on how a tiny gradient is scaled.",
    ),
)
