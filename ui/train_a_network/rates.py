"""Short runs over learning rates: which is best, and what the rules say that are read off a range test."""

import math
import time
from collections.abc import Iterator, Mapping
from functools import lru_cache
from threading import RLock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import optim
from optim import DIVERGED, Array, Optimizer, Schedule, Task, averages

from .. import controls

UPDATES = 100
"""Of a short run, and of the range test."""
LOWEST, HIGHEST = 1e-5, 10.0
SMOOTHING = 0.9
"""β of the average, corrected for its start, of the range test's losses."""
CEILING = 1e9
"""What a loss of the range test counts for that is larger, or no number."""


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


class Search:
    """For one optimizer the range test, what the rules pick, and short runs at all rates: as far as it is.

    All start from the same weights and see the same mini-batches.
    """

    def __init__(self, optimizer: Optimizer, task: Task, start: str) -> None:
        self.task, self._optimizer, self._lock = task, optimizer, RLock()
        seed = 0 if task.batches is None else int(task.batches.seed)
        self._w = task.network.initial(start, seed)
        self._test: list[float] = []
        self._steps = 0
        self._diverged: NDArray[np.bool_] = np.zeros(0, bool)
        self._rows: Iterator[Mapping[str, Any]] = optim.descend(
            optimizer(lr=LOWEST), task, self._w, schedule=RANGE_TEST
        )
        self._picked: dict[str, float] = {}
        self.found: Found | None = None

    @property
    def share(self) -> float:
        """How much of it is done."""
        return 1.0 if self.found else self._steps / (UPDATES + 1)

    def go(self, until: float) -> None:
        """Go on until it is done, or until a time of ``time.perf_counter``."""
        with self._lock:
            while self.found is None and time.perf_counter() < until:
                row = next(self._rows)
                if not self._picked:
                    self._test.append(float(row["f"]))
                    if len(self._test) == UPDATES:
                        self._begin()
                else:
                    self._count(row)

    def _begin(self) -> None:
        """The range test is done: its rules' rates are measured with the others."""
        test = np.array(self._test)
        self._smooth = averages.ema(np.nan_to_num(np.minimum(test, CEILING), nan=CEILING), SMOOTHING, True)
        self._picked = rules(self._smooth)
        self._rates = np.array([*marks(self._optimizer), *self._picked.values()])
        self._rows = optim.descend(self._optimizer(lr=self._rates), self.task, self._w)
        self._diverged = np.zeros(len(self._rates), bool)

    def _count(self, row: Mapping[str, Any]) -> None:
        """A row of the short runs; after the last step, what they came to."""
        x, f = row["x"], row["f"]
        with np.errstate(invalid="ignore"):
            self._diverged |= ~(np.isfinite(f) & (np.abs(x).max(axis=0) <= DIVERGED))
        if self._steps == UPDATES:
            losses = self.task.network.mean_loss(x, self.task.examples)
            losses = np.where(~self._diverged & np.isfinite(losses), losses, np.inf)
            own = len(losses) - len(self._picked)
            picks = tuple(Pick(rule, rate, float(loss))
                          for (rule, rate), loss in zip(self._picked.items(), losses[own:], strict=True))  # fmt: skip
            self.found = Found(self._rates[:own], losses[:own], self._smooth, picks)
            self._rows = iter(())  # what the loop holds is needed no more
        self._steps += 1


@lru_cache(maxsize=160)
def search(optimizer: Optimizer, task: Task, start: str) -> Search:
    """The search for an optimizer, whose own learning rate does not matter."""
    return Search(optimizer, task, start)


def of(optimizer: Optimizer, task: Task, start: str) -> Search:
    """The same for all learning rates."""
    return search(optimizer(lr=LOWEST), task, start)


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


def best(optimizer: Optimizer, task: Task, start: str) -> float:
    """The mark with the lowest loss after a short run; the smallest of the equally good."""
    one = of(optimizer, task, start)
    one.go(math.inf)
    assert one.found, "it is done"
    return float(one.found.rates[int(np.argmin(one.found.losses))])
