"""Short runs over learning rates: which is best, and what the rules say that are read off a range test."""

from functools import lru_cache

import numpy as np

import optim
from optim import Task
from optim.formula import Array
from optim.optimizers import Optimizer

from .. import controls
from ..runs import once

SHORT = 100
"""Updates of a short run."""


def marks(optimizer: Optimizer) -> tuple[float, ...]:
    """The learning rates tried: three a decade of the slider's, from 10⁻⁵ to 10."""
    return tuple(rate for rate in controls.marks(optimizer.hyperparameters["lr"])
                 if 1e-5 <= rate <= 10 and f"{rate:e}"[0] in "125" and f"{rate:e}"[2] == "0")  # fmt: skip


@once(maxsize=64)
def losses(optimizer: Optimizer, task: Task, start: str, steps: int = SHORT) -> Array:
    """The loss over all examples after a short run from the same weights, for each rate; inf where it diverged."""
    rates = np.array(marks(optimizer))
    seed = 0 if task.batches is None else int(task.batches.seed)
    end = optim.sweep(optimizer(lr=rates), task, task.network.initial(start, seed), steps)
    loss = task.network.mean_loss(end["x"], task.examples)
    return np.where(np.isnan(end["diverged"]) & np.isfinite(loss), loss, np.inf)


@lru_cache(maxsize=64)
def best(optimizer: Optimizer, task: Task, start: str) -> float:
    """The learning rate with the lowest loss after a short run; the smallest of the equally good."""
    found = losses(optimizer, task, start)
    return marks(optimizer)[int(np.argmin(found))]
