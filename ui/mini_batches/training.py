"""One run of an optimizer on mini-batches, and what is measured of it."""

import math
from itertools import islice
from typing import NamedTuple

import numpy as np

import optim
from optim import DIVERGED, Array, Optimizer, datasets, ends

from .. import runs
from . import data
from .data import GEYSER, ORIGIN

MOST = 20_000
"""Updates of the longest run."""
LOOKS = 80
"""At how many updates of either axis the cost over all examples is measured."""
FIRST = 200
"""Updates after each of which it is measured as well, to count how often it rises."""


class Plan(NamedTuple):
    """All that decides a run."""

    data: str
    model: str
    optimizer: Optimizer
    size: int
    shuffled: bool
    seed: int
    epochs: int
    updates: int
    """It goes on for so many epochs and for so many updates, whichever is longer."""
    start: tuple[float, ...] = ORIGIN
    """The geyser's slope and intercept."""

    @property
    def per_epoch(self) -> int:
        """Updates of an epoch."""
        return -(-data.COUNTS[self.data] // data.size_of(self.data, self.size))

    @property
    def steps(self) -> int:
        """Updates in all."""
        return min(max(self.epochs * self.per_epoch, self.updates), MOST)


class Record(NamedTuple):
    """What a run came to.  Row i is after i updates."""

    batch: Array
    """(updates + 1,): the cost on the mini-batch of the next update, as training sees it."""
    looks: np.ndarray
    """The updates after which the cost over all examples was measured."""
    full: Array
    """That cost."""
    accuracy: Array
    """Of the test, at the same; nan for the geyser."""
    path: Array
    """(updates + 1, 2) for the geyser; empty for the digits."""
    step: Array
    """As long: the next update."""
    diverged: int | None
    """The update after which a weight or the cost was out of range: the last that is recorded."""

    @property
    def rose_batch(self) -> float:
        """The share of the updates with a higher cost on the next mini-batch than on this one."""
        return _rose(self.batch)

    @property
    def rose_full(self) -> float:
        """The share of the first ``FIRST`` updates that raised the cost over all examples."""
        return _rose(self.full[self.looks <= FIRST])


def _rose(f: Array) -> float:
    """The share of rises; what is but rounding is none.  nan where there is nothing to compare."""
    return float((np.diff(f) > 1e-12 * np.abs(f[:-1])).mean()) if len(f) > 1 else np.nan


def looks(plan: Plan) -> np.ndarray:
    """The updates after which the cost over all examples is measured."""
    spans = (min(plan.epochs * plan.per_epoch, plan.steps), min(plan.updates, plan.steps))
    spread = [np.linspace(0, span, min(span, LOOKS) + 1).round().astype(int) for span in spans]
    return np.unique(np.concatenate([*spread, np.arange(min(FIRST, plan.steps) + 1)]))


@runs.once(maxsize=64)
def record(plan: Plan) -> Record:
    """Run it."""
    return _geyser(plan) if plan.data == GEYSER else _digits(plan)


def _geyser(plan: Plan) -> Record:
    line = data.line(plan.size, plan.shuffled, plan.seed)
    run = optim.trace(plan.optimizer, line, plan.start, plan.steps)
    x, step, batch = run["x"], run["step"], run["f"]
    if (diverged := ends.diverged(run)) is not None:
        x, step, batch = (rows[: diverged + 1] for rows in (x, step, batch))
    at = looks(plan)
    at = at[at < len(batch)]
    with np.errstate(over="ignore", invalid="ignore"):
        costs = data.bowl().at(x[at].T)[0]
    return Record(batch, at, costs, np.full(len(at), np.nan), x, step, diverged)


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def _digits(plan: Plan) -> Record:
    task = data.task(plan.data, plan.model, plan.size, plan.shuffled, plan.seed)
    start = data.start(plan.data, plan.model, plan.seed)
    at, whole = looks(plan), task.full
    wanted = set(at.tolist())
    batch: list[float] = []
    full: list[float] = []
    accuracy: list[float] = []
    diverged = None
    for i, row in enumerate(islice(optim.descend(plan.optimizer, task, start), plan.steps + 1)):
        x, f = row["x"], float(row["f"])
        batch.append(f)
        if i in wanted:
            full.append(float(whole.at(x)[0]))
            accuracy.append(float(task.network.accuracy(x, datasets.digits()[1])))
        # Of a sum of squares that is small enough, no square is too large.
        if not math.isfinite(f) or not (np.vdot(x, x) <= DIVERGED**2 or np.abs(x).max() <= DIVERGED):
            diverged = i
            break
    at = at[at < len(batch)]
    none = np.empty((0, 2))
    return Record(np.array(batch), at, np.array(full), np.array(accuracy), none, none, diverged)
