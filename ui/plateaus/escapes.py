"""Escape: the first step at which a run's loss is at or below a level; of one run, and over many values."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np

from optim import DIVERGED, Array, Optimizer
from optim.ends import diverged
from optim.probe import plain, respond

from .. import controls, runs
from ..runs import Axis, Given


@dataclass(frozen=True)
class Below:
    """The criterion: the loss is at or below ``level``, and the run has not diverged."""

    level: float

    def __call__(self, row: Mapping[str, Array]) -> Any:
        f = row["f"]
        return (f <= self.level) & np.isfinite(f) & (np.abs(row["x"]).max(axis=0) <= DIVERGED)


def escape(trace: Mapping[str, Array], level: float) -> int | None:
    """The step at which a trace escapes; None if it never does, or has diverged before."""
    step, gone = runs.first(trace, Below(level)), diverged(trace)
    return None if step is None or (gone is not None and gone < step) else step


class Sweep(NamedTuple):
    """One kind of hyperparameter, and the values of it that are tried: round ones, which are marks of its slider."""

    scale: Literal["log", "decay"]
    values: tuple[float, ...]

    def place(self, value: float) -> float:
        """Where a value stands on its axis: itself, or 1 - β."""
        return 1 - value if self.scale == "decay" else value


def _round(first: int, last: int, ticks: tuple[float, ...]) -> list[float]:
    """Ticks of every decade from 10^first to 10^last, both included."""
    found = [float(f"{tick * 10.0**power:.3g}") for power in range(first, last + 1) for tick in ticks]
    return [value for value in found if value <= 10.0**last]


SWEEPS = {
    "eta": Sweep("log", tuple(_round(-5, 2, (1, 2, 5)))),
    "epsilon": Sweep("log", tuple(_round(-12, 0, (1, 2, 5)))),
    "first": Sweep("decay", tuple(sorted(round(1 - gap, 9) for gap in _round(-4, 0, (1, 1.5, 2, 3, 5, 8))))),
    "second": Sweep("decay", tuple(sorted(round(1 - gap, 9) for gap in _round(-4, 0, (1, 1.5, 2, 3, 5, 8))))),
}
"""By chart: the learning rate, ε, and the decay rates of the gradient's average and of its square's."""


@lru_cache(maxsize=512)
def swept(optimizer: Optimizer) -> dict[str, str]:
    """Chart -> the hyperparameter that it is over, for those that the optimizer has.

    A decay rate on which the effective learning rate depends is that of the squares; where that does not distinguish
    two decay rates, it is the second.
    """
    return _swept(plain(optimizer))


@lru_cache(maxsize=256)
def _swept(optimizer: Optimizer) -> dict[str, str]:
    meanings = optimizer.hyperparameters
    decays = [name for name, meaning in meanings.items() if meaning.scale == "decay"]
    squares = [name for name in decays if _scales(optimizer, name)]
    if len(decays) > 1 and len(squares) in (0, len(decays)):
        squares = decays[1:]
    first = [name for name in decays if name not in squares]
    found = {"eta": ["lr"], "epsilon": ["eps"], "first": first, "second": squares}
    return {chart: names[0] for chart, names in found.items() if names and names[0] in meanings}


def _scales(optimizer: Optimizer, name: str) -> bool:
    """Whether a decay rate changes the effective learning rate, for gradients that grow."""
    gradients = np.arange(1.0, 11.0)
    one, other = (respond(optimizer, gradients, None, **{name: decay}).get("effective_lr") for decay in (0.5, 0.9))
    return one is not None and other is not None and bool((one != other).any())


def over(optimizer: Optimizer, given: Given, level: float) -> dict[str, Array]:
    """Chart -> the step of escape for each of its values in place of the optimizer's own; nan: not within the steps."""
    charts = swept(optimizer)
    axes = tuple(Axis(name, SWEEPS[chart].values) for chart, name in charts.items())
    return dict(zip(charts, runs.times(optimizer, given, Below(level), axes), strict=True))


class Best(NamedTuple):
    """The earliest escape over the values tried and the optimizer's own."""

    step: int
    value: float
    """The one nearest to the optimizer's own among those that are equally good."""


def best(optimizer: Optimizer, chart: str, steps: Array, present: int | None) -> Best | None:
    """The earliest of ``steps``, those of ``over``, and of ``present``, the optimizer's own; None without an escape."""
    sweep, own = SWEEPS[chart], optimizer.values[swept(optimizer)[chart]]
    least = np.nanmin([*steps, np.inf])
    if present is not None and present <= least:
        return Best(present, own)
    if np.isinf(least):
        return None
    good = [sweep.values[i] for i in np.flatnonzero(steps == least)]
    return Best(int(least), min(good, key=lambda value: abs(_log(sweep.place(value)) - _log(sweep.place(own)))))


def _log(place: float) -> float:
    """On the axis; what is 0 stands at its far end."""
    return math.log10(max(place, 1e-300))


def symbols(optimizers: list[Optimizer], chart: str) -> str:
    """The symbols that a chart's hyperparameter has in these optimizers, each once: ``β, β₁``."""
    names = [(optimizer, swept(optimizer)[chart]) for optimizer in optimizers if chart in swept(optimizer)]
    return ", ".join(dict.fromkeys(controls.symbol(o.hyperparameters[name]) for o, name in names))
