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
        "",
        Entry(SLOW, FULL),
        Entry(SLOW, 16),
        Entry(SLOW, 1),
    ),
    _preset(
        "The same, update by update",
        "",
        Entry(SLOW, FULL),
        Entry(SLOW, 16),
        Entry(SLOW, 1),
        axis="updates",
        updates=60,
    ),
    _preset(
        "Digits: five batch sizes",
        "",
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
        "",
        Entry(FAST, 64),
        Entry(FAST, 64, shuffled=False),
        Entry(FAST, FULL),
        data=DIGITS,
        epochs=5,
    ),
    _preset(
        "η for one batch size is not η for another",
        "",
        Entry(optimizers.sgd(lr=1.0), FULL),
        Entry(optimizers.sgd(lr=1.0), 16),
        Entry(optimizers.sgd(lr=0.01), 1),
    ),
    _preset(
        "Adam on mini-batches",
        "",
        Entry(FAST, 64),
        Entry(optimizers.momentum(lr=0.05), 64),
        Entry(optimizers.adam(lr=0.01), 64),
        data=DIGITS,
        model="32 hidden units",
        epochs=5,
    ),
)
