"""The Train-a-network page's presets, in the order of a lecture."""

from optim import optimizers

from .. import lineup
from ..page import Preset
from .setting import Setting

PRESETS = (
    Preset(
        "Four optimizers",
        Setting(
            lineup=lineup.of(
                optimizers.sgd(lr=0.1),
                optimizers.momentum(lr=0.05),
                optimizers.rmsprop(lr=0.005),
                optimizers.adam(lr=0.01),
            )
        ),
        "The same network from the same weights on the same mini-batches.",
    ),
)
