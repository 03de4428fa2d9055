"""Escape: the first step at which a run's loss is at or below a level, for one run or over a hyperparameter's values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from optim.descent import DIVERGED
from optim.ends import diverged
from optim.formula import Array
from optim.optimizers import Optimizer

from .. import controls, runs
from ..runs import Axis, Given


@dataclass(frozen=True)
class Below:
    """The criterion: the loss is at or below ``level``, and the run has not diverged."""

    level: float

    def __call__(self, row: Mapping[str, Array]) -> Any:
        return (row["f"] <= self.level) & (np.abs(row["x"]).max(axis=0) <= DIVERGED)


def escape(trace: Mapping[str, Array], level: float) -> int | None:
    """The step at which a trace escapes; None if it never does, or has diverged before."""
    step, gone = runs.first(trace, Below(level)), diverged(trace)
    return None if step is None or (gone is not None and gone < step) else step


class Sweep(NamedTuple):
    """One kind of hyperparameter, and the values of it that are tried: round ones, which are marks of its slider."""

    scale: Literal["log", "decay"]
    values: tuple[float, ...]


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
"""By chart: the learning rate, ε, and an optimizer's first and second decay rate."""


def swept(optimizer: Optimizer) -> dict[str, str]:
    """Chart -> the hyperparameter that it is over, for those that the optimizer has."""
    meanings = optimizer.hyperparameters
    decays = [name for name, meaning in meanings.items() if meaning.scale == "decay"]
    found = {"eta": "lr", "epsilon": "eps", **dict(zip(("first", "second"), decays, strict=False))}
    return {chart: name for chart, name in found.items() if name in meanings}


def over(optimizer: Optimizer, given: Given, level: float) -> dict[str, Array]:
    """Chart -> the step of escape for each of its values in place of the optimizer's own; nan: not within the steps."""
    charts = swept(optimizer)
    axes = tuple(Axis(name, SWEEPS[chart].values) for chart, name in charts.items())
    return dict(zip(charts, runs.times(optimizer, given, Below(level), axes), strict=True))


class Best(NamedTuple):
    """The earliest escape over the values tried."""

    step: int
    value: float
    """The one nearest to the optimizer's own among those that are equally good."""


def best(optimizer: Optimizer, chart: str, steps: Array) -> Best | None:
    """The earliest of ``steps``, those of ``over``; None if there is no escape for any of the values."""
    if np.isnan(steps).all():
        return None
    own, sweep = optimizer.values[swept(optimizer)[chart]], SWEEPS[chart]
    good = [value for value, step in zip(sweep.values, steps, strict=True) if step == np.nanmin(steps)]
    return Best(int(np.nanmin(steps)), min(good, key=lambda value: abs(_place(value, sweep) - _place(own, sweep))))


def _place(value: float, sweep: Sweep) -> float:
    """Where a value stands on its chart's axis; what is 0 there stands at the far end."""
    return float(np.log10(max(1 - value if sweep.scale == "decay" else value, 1e-300)))


def symbols(optimizers: list[Optimizer], chart: str) -> str:
    """The symbols that a chart's hyperparameter has in these optimizers, each once: ``β₁ or β``."""
    names = [(optimizer, swept(optimizer)[chart]) for optimizer in optimizers if chart in swept(optimizer)]
    return " or ".join(dict.fromkeys(controls.symbol(o.hyperparameters[name]) for o, name in names))
