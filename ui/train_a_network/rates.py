"""Short runs over learning rates: which is best, and what the rules say that are read off a range test."""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

import optim
from optim import Task, averages
from optim.formula import Array
from optim.optimizers import Optimizer
from optim.schedules import Schedule

from .. import controls
from ..runs import once

UPDATES = 100
"""Of a short run, and of the range test."""
LOWEST, HIGHEST = 1e-5, 10.0
SMOOTHING = 0.9
"""β of the average, corrected for its start, of the range test's losses."""


class Pick(NamedTuple):
    """What a rule picks, and how good that is."""

    rule: str
    rate: float
    loss: float
    """Over all examples after a short run at that rate; inf where it diverges."""


class Found(NamedTuple):
    """The loss after a short run for each learning rate, and what the rules pick."""

    rates: Array
    losses: Array
    test: Array
    """The range test's smoothed losses, (UPDATES,), at the rates of ``raised``."""
    picks: tuple[Pick, ...]

    @property
    def best(self) -> Pick:
        """The lowest loss of all that were measured, the rules' own among them."""
        i = int(np.argmin(self.losses))
        return min([Pick("best", float(self.rates[i]), float(self.losses[i])), *self.picks], key=lambda pick: pick.loss)


def marks(optimizer: Optimizer) -> tuple[float, ...]:
    """The learning rates tried: three a decade of the slider's marks, from 10⁻⁵ to 10."""
    return tuple(rate for rate in controls.marks(optimizer.hyperparameters["lr"])
                 if LOWEST <= rate <= HIGHEST and f"{rate:e}"[:3] in ("1.0", "2.0", "5.0"))  # fmt: skip


def raised() -> Array:
    """The learning rate of each step of the range test: from 10⁻⁵ to 10, by the same factor at each step."""
    return np.geomspace(LOWEST, HIGHEST, UPDATES)


def _raise(t: Any) -> Any:
    """By the same factor at each step."""
    return (HIGHEST / LOWEST) ** ((t - 1) / (UPDATES - 1))


RANGE_TEST = Schedule(
    _raise, "Range test", r"\eta_t = \eta_1\, q^{t-1}", "Smith 2017, Cyclical Learning Rates, section 3.3"
)


@once(maxsize=64)
def found(optimizer: Optimizer, task: Task, start: str) -> Found:
    """From the same weights and on the same mini-batches: short runs at many rates, the range test, the rules."""
    seed = 0 if task.batches is None else int(task.batches.seed)
    w = task.network.initial(start, seed)
    test = optim.trace(optimizer(lr=LOWEST), task, w, UPDATES - 1, schedule=RANGE_TEST)["f"]
    smooth = averages.ema(np.where(np.isfinite(test), np.minimum(test, 1e9), 1e9), SMOOTHING, bias_correction=True)
    picked = rules(smooth)
    rates = np.array([*marks(optimizer), *picked.values()])
    end = optim.sweep(optimizer(lr=rates), task, w, UPDATES)
    losses = task.network.mean_loss(end["x"], task.examples)
    losses = np.where(np.isnan(end["diverged"]) & np.isfinite(losses), losses, np.inf)
    own = len(rates) - len(picked)
    picks = (Pick(rule, rate, float(loss)) for (rule, rate), loss in zip(picked.items(), losses[own:], strict=True))
    return Found(rates[:own], losses[:own], smooth, tuple(picks))


def rules(smooth: Array) -> dict[str, float]:
    """What is read off a range test.

    "steepest": where the smoothed loss falls fastest against log η, before its minimum; "minimum/10": a tenth of where
    it is lowest (both of Howard & Gugger 2020, fastai); "valley": the middle of the longest falling subsequence, the
    default of fastai.

    Args:
        smooth: (UPDATES,), at the rates of ``raised``.
    """
    rates, low = raised(), int(np.argmin(smooth))
    slope = np.gradient(smooth)[: low + 1]
    return {
        "steepest": float(rates[int(np.argmin(slope))]),
        "minimum/10": float(max(rates[low] / 10, LOWEST)),
        "valley": float(rates[_valley(smooth)]),
    }


def _valley(values: Array) -> int:
    """The middle of the longest falling subsequence, in steps from its first to its last."""
    length = np.ones(len(values), int)
    for i in range(1, len(values)):
        longer = length[:i][values[:i] > values[i]]
        length[i] = 1 + (longer.max() if longer.size else 0)
    end = int(np.argmax(length))
    return end - int(length[end]) + 1 + int(length[end] - 1) // 2


@lru_cache(maxsize=64)
def best(optimizer: Optimizer, task: Task, start: str) -> float:
    """The mark with the lowest loss after a short run; the smallest of the equally good."""
    one = found(optimizer, task, start)
    return float(one.rates[int(np.argmin(one.losses))])
