"""The Mini-batches page's presets, in the order of a lecture."""

from typing import Any

from optim import optimizers

from ..page import Preset
from . import entries
from .data import DIGITS, FULL
from .entries import Entry
from .setting import Setting


def _preset(name: str, look: str, *line: Entry, **more: Any) -> Preset[Setting]:
    return Preset(name, Setting(entries=entries.of(*line), **more), look)


SLOW, FAST = optimizers.sgd(lr=0.1), optimizers.sgd(lr=0.5)

PRESETS = (
    _preset(
        "Batch, mini-batch, one example",
        "The full batch makes 10 updates in 10 epochs, and its cost is still 332; the lowest is 17.36. Batches of 16"
        " make 170 updates and end at 17.4, single examples make 2,720 and end at 19.5: there the noise keeps them "
        "moving.",
        Entry(SLOW, FULL),
        Entry(SLOW, 16),
        Entry(SLOW, 1),
    ),
    _preset(
        "The same, update by update",
        "Against updates the order is reversed: after 60 updates the cost is 17.37 with the full batch, 17.40 with "
        "batches of 16, 19.2 with single examples. The full batch's falls at every update; that of single examples "
        "rises at 42 % of the first 200.",
        Entry(SLOW, FULL),
        Entry(SLOW, 16),
        Entry(SLOW, 1),
        axis="updates",
        updates=60,
    ),
    _preset(
        "Digits: five batch sizes",
        "Costs after 5 epochs: 1.86 with the full batch, 0.88 with 256 examples in a batch, 0.39 with 64, 0.19 with "
        "16, 0.097 with 4. Against updates they hardly differ: after 200 of them all five are between 0.27 and 0.30.",
        Entry(FAST, FULL),
        Entry(FAST, 256),
        Entry(FAST, 64),
        Entry(FAST, 16),
        Entry(FAST, 4),
        data=DIGITS,
        epochs=5,
    ),
    _preset(
        "Sorted data, not shuffled",
        "In order of their class, the 64 digits of a batch are of one or two classes: the cost over all examples "
        "rises at 56 % of the first 200 updates. After 5 epochs the test accuracy is 48 %, and 96 % with shuffling.",
        Entry(FAST, 64),
        Entry(FAST, 64, shuffled=False),
        Entry(FAST, FULL),
        data=DIGITS,
        epochs=5,
    ),
    _preset(
        "η for one batch size is not η for another",
        "Both curvatures of this cost are 1, so that the full batch arrives in a single update with η = 1. With the "
        "same η, batches of 16 stay above it, at 18.6 after 10 epochs; single examples with η = 0.01 end at 17.47.",
        Entry(optimizers.sgd(lr=1.0), FULL),
        Entry(optimizers.sgd(lr=1.0), 16),
        Entry(optimizers.sgd(lr=0.01), 1),
    ),
    _preset(
        "Adam on mini-batches",
        "SGD, Momentum and Adam on the same mini-batches of 64: the costs after 5 epochs are 0.27, 0.15 and 0.11. "
        "Any optimizer may take part, each with its own batch size.",
        Entry(FAST, 64),
        Entry(optimizers.momentum(lr=0.05), 64),
        Entry(optimizers.adam(lr=0.01), 64),
        data=DIGITS,
        model="32 hidden units",
        epochs=5,
    ),
)
