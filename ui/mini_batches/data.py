"""The data and models of the Mini-batches page: what an optimizer is run on, at any batch size."""

from functools import lru_cache

import numpy as np

from optim import Array, Batches, Network, Surface, Task, datasets, lines
from optim.datasets import DataError, Examples
from optim.lines import Line

GEYSER, DIGITS = "Old Faithful", "Digits"
DATA = (GEYSER, DIGITS)
MODELS = ("softmax regression", "32 hidden units")
"""Of the digits; the geyser's model is a line."""

COUNTS = {GEYSER: 272, DIGITS: 1438}
"""Examples to train on."""
ORIGIN = (0.0, 0.0)
"""The geyser's usual start, slope and intercept."""
FULL = 0
"""The batch size that stands for all of them."""

ABOUT = {
    GEYSER: "272 eruptions of a geyser. A line predicts the minutes until the next from how long it lasted. The cost "
    "is half the mean squared error; the inputs have mean 0 and variance 1.",
    DIGITS: "1,438 handwritten digits of 8 × 8 pixels to train on, and 359 for the test. The cost is the mean "
    "cross-entropy.",
}


def size_of(data: str, size: int) -> int:
    """The batch size, all examples for ``FULL``."""
    return COUNTS[data] if size == FULL else min(size, COUNTS[data])


def sizes(data: str) -> tuple[int, ...]:
    """1, 2, 4, ... and all."""
    count = COUNTS[data]
    return (*(2**i for i in range(count.bit_length()) if 2**i < count), FULL)


def problem(data: str) -> str | None:
    """What is wrong with the data's file, if anything, as a sentence."""
    try:
        examples(data, ordered=False)
    except DataError as error:
        return str(error)
    return None


@lru_cache(maxsize=4)
def examples(data: str, ordered: bool) -> Examples:
    """The examples to train on, or with ``ordered`` the same in order of their class or target."""
    found = datasets.old_faithful().standardised() if data == GEYSER else datasets.digits()[0]
    return found.sorted() if ordered else found


def network(data: str, model: str) -> Network:
    """The model."""
    if data == GEYSER:
        return Network((1, 1), loss="squared error")
    return Network((64, 10) if model == MODELS[0] else (64, 32, 10))


@lru_cache(maxsize=64)
def task(data: str, model: str, size: int, shuffled: bool, seed: int) -> Task:
    """The model on mini-batches: shuffled anew in each epoch, or in order of their class or target."""
    found = examples(data, ordered=not shuffled)
    return Task(network(data, model), found, Batches(len(found), size_of(data, size), seed, shuffled))


@lru_cache(maxsize=64)
def line(size: int, shuffled: bool, seed: int) -> Line:
    """The geyser's task but for rounding, and quicker."""
    found = examples(GEYSER, ordered=not shuffled)
    return Line(found, Batches(len(found), size_of(GEYSER, size), seed, shuffled))


def start(data: str, model: str, seed: int, point: tuple[float, ...] = ORIGIN) -> Array:
    """The weights that all runs start from: the geyser's slope and intercept, ``point``; of the digits 0.

    With hidden units, which zeros would keep alike, they are He's.
    """
    if data == GEYSER:
        return np.array(point, dtype=float)
    return network(data, model).initial("zeros" if model == MODELS[0] else "He", seed)


@lru_cache(maxsize=1)
def bowl() -> Surface:
    """The geyser's cost over slope and intercept."""
    return lines.least_squares(examples(GEYSER, ordered=False))


def seen(data: str, size: int, steps: np.ndarray) -> np.ndarray:
    """How many examples so many steps have seen; the last mini-batch of an epoch may be smaller."""
    count, batch = COUNTS[data], size_of(data, size)
    per_epoch = -(-count // batch)
    return steps // per_epoch * count + np.minimum(steps % per_epoch * batch, count)
