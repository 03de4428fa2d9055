"""The Plateaus page's presets, in the order of a lecture."""

from optim import optimizers, surfaces

from .. import lineup
from ..page import Preset
from .setting import Setting

PRESETS = (
    Preset(
        "ε decides",
        Setting.of(
            surfaces.gaussian_wells,
            (0.75, 1.0),
            100,
            lineup.of(
                optimizers.sgd(lr=0.05),
                optimizers.momentum(lr=0.05),
                optimizers.rmsprop(lr=0.05, beta=0.9),
                optimizers.adam(lr=0.05),
                optimizers.adam(lr=0.05, eps=1e-6),
                optimizers.adam(lr=0.05, eps=1e-4),
            ),
            epsilon=5,
            left=6,
            right=4,
        ),
        "One Adam with three values of ε: it escapes at step 32 with 10⁻⁸ and at step 52 with 10⁻⁶; with 10⁻⁴ "
        "it stays on the plateau, as SGD does.",
    ),
    Preset(
        "The tanh step",
        Setting.of(
            surfaces.tanh_step,
            (1.5, 1.0),
            120,
            lineup.of(
                optimizers.sgd(lr=0.05),
                optimizers.momentum(lr=0.05),
                optimizers.adam(lr=0.05),
                optimizers.adam(lr=0.05, eps=1e-4),
                optimizers.adam(lr=0.05, eps=1e-3),
            ),
            epsilon=4,
            left=2,
            right=3,
        ),
        "ε is compared with each coordinate by itself: the slope is 1 along y and 6·10⁻⁶ along x. With ε = 0.001 Adam "
        "still settles y, but hardly moves along x.",
    ),
    Preset(
        "AdaGrad against RMSProp",
        Setting.of(
            surfaces.softplus_plateau,
            (2.5, 1.5),
            150,
            lineup.of(
                optimizers.sgd(lr=0.05),
                optimizers.adagrad(lr=0.05),
                optimizers.rmsprop(lr=0.05, beta=0.9),
            ),
            left=2,
            right=3,
        ),
        "AdaGrad's effective learning rate starts above 1,000, because its gradients are tiny; then it falls. AdaGrad "
        "escapes at step 54, RMSProp at step 11.",
    ),
    Preset(
        "A saturated neuron",
        Setting.of(
            surfaces.saturated_neuron,
            (-1.0, -9.0),
            300,
            lineup.of(
                optimizers.sgd(lr=10.0),
                optimizers.momentum(lr=10.0),
                optimizers.adagrad(lr=0.1),
                optimizers.rmsprop(lr=0.1, beta=0.9),
                optimizers.adam(lr=0.1),
            ),
            right=5,
        ),
        "A neuron whose output is close to 0 for every input has almost no gradient. SGD does not escape, although its "
        "η is a hundred times Adam's; Momentum escapes at step 203 and leaves the map.",
    ),
    Preset(
        "Rolling through the small pit",
        Setting.of(
            surfaces.two_pits,
            (1.6, 1.4),
            150,
            lineup.of(
                optimizers.sgd(lr=0.01),
                optimizers.momentum(lr=0.005),
                optimizers.momentum(lr=0.01),
                optimizers.adam(lr=0.05),
                optimizers.adam(lr=0.2),
            ),
            right=3,
        ),
        "Momentum ends in the small pit with η = 0.005 and rolls through it into the deep one with 0.01. Adam does the "
        "same with 0.05 and 0.2.",
    ),
    Preset(
        "Four minima",
        Setting.of(
            surfaces.himmelblau,
            (0.0, -1.0),
            150,
            lineup.of(
                optimizers.sgd(lr=0.005),
                optimizers.momentum(lr=0.005),
                optimizers.rmsprop(lr=0.1, beta=0.9),
                optimizers.adam(lr=0.2),
            ),
        ),
        "All four minima are equally deep. SGD's basins have smooth borders; Momentum, which can roll past a minimum, "
        "frays them.",
    ),
)
