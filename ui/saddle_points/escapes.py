"""Escapes from a saddle point: when a run was out, what theory predicts, and how both depend on each hyperparameter."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from optim import schedules
from optim.formula import Array, Hyperparameter
from optim.optimizers import Optimizer

from .. import controls, frames, runs
from ..lineup import Entry
from ..runs import Axis, Given, Run
from .geometry import beside, distance, escaped, way_out
from .setting import Setting

SEEDS = 200


class Prediction(NamedTuple):
    """What the linearised saddle says: exact on the strict one."""

    steps: float
    """Until the escape; infinite where it never comes."""
    distance: Array
    """After 0, 1, ... steps."""
    decade: float
    """How many steps more a start ten times closer takes, in the long run; infinite where the distance never grows."""


class Escape(NamedTuple):
    """One optimizer's way out."""

    entry: Entry
    run: Run
    distance: Array
    """From the stable axis after 0, 1, ... steps."""
    at: int | None
    """The step at which it had first escaped."""
    predicted: Prediction | None

    @property
    def moved(self) -> bool:
        """Whether it was ever off the stable axis."""
        return bool((self.distance > 0).any())


def escapes(now: Setting) -> list[Escape]:
    """Every optimizer's way out."""
    return [
        Escape(entry, run, *_escape(entry.optimizer, now.given(entry), now.radius, now.delta))
        for entry, run in zip(now.lineup, now.runs, strict=True)
    ]


@lru_cache(maxsize=512)
def _escape(
    optimizer: Optimizer, given: Given, radius: float, delta: float
) -> tuple[Array, int | None, Prediction | None]:
    trace = runs.trace(optimizer, given)
    far = distance(given.surface, np.moveaxis(trace["x"], 1, 0))
    at = runs.first(trace, escaped(given.surface, given.start, radius))
    gone = frames.diverged(trace)
    if at is not None and gone is not None and gone <= at:
        at = None
    return far, at, _predict(optimizer, given, radius, delta)


def _predict(optimizer: Optimizer, given: Given, radius: float, delta: float) -> Prediction | None:
    """What theory says of one optimizer; nothing of noise, schedules, adapted rates, or where there is no curvature."""
    gamma, recurrence = way_out(given.surface).gamma, optimizer.recurrence
    if gamma is None or recurrence is None or optimizer.adaptive or given.noise:
        return None
    if given.schedule.label != schedules.constant.label:
        return None
    c = -optimizer.values["lr"] * gamma
    growth = float(recurrence.growth(c))
    return Prediction(
        float(recurrence.escape_steps(c, delta, radius)),
        recurrence.distance(np.arange(given.steps + 1.0), c, delta),
        math.log(10) / math.log(growth) if growth > 1 else math.inf,
    )


# How the step of escape depends on each hyperparameter.

RATES = tuple(float(f"{lr:.3g}") for lr in np.geomspace(1e-5, 100, 22))
GAPS = tuple(float(f"{gap:.3g}") for gap in np.geomspace(1e-4, 1, 21))
"""1 − β."""
TINY = tuple(float(f"{tiny:.3g}") for tiny in np.geomspace(1e-12, 1, 25))
"""ε and δ."""


class Swept(NamedTuple):
    """One hyperparameter of one optimizer, or the start, and the step of escape at each of its values."""

    symbol: str
    present: float
    steps: Array
    """nan where a run does not escape."""


CHARTS = {"lr": RATES, "beta": GAPS, "beta2": GAPS, "eps": TINY, "delta": TINY}
"""The small charts and their x: values, or 1 − value on those of a β."""


def swept(now: Setting, entry: Entry) -> dict[str, Swept]:
    """For each of ``CHARTS`` that has something of this optimizer, by one sweep for all.

    A decay rate is on the first chart of a β, a second one on the second.
    """
    optimizer, given = entry.optimizer, now.given(entry)
    names = _hyperparameters(optimizer)
    axes = [Axis(name, tuple(1 - x for x in CHARTS[chart]) if chart.startswith("beta") else CHARTS[chart])
            for chart, name in names.items()]  # fmt: skip
    starts = Axis("start", tuple(beside(given.surface, given.start, delta) for delta in TINY))
    found = runs.times(optimizer, given, escaped(given.surface, given.start, now.radius), (*axes, starts))
    values = [(controls.symbol(optimizer.hyperparameters[name]), float(optimizer.values[name])) for name in names.values()]
    presents = [(s, 1 - value if chart.startswith("beta") else value) for chart, (s, value) in zip(names, values, strict=True)]
    return {
        chart: Swept(symbol, present, steps)
        for chart, (symbol, present), steps in zip([*names, "delta"], [*presents, ("δ", now.delta)], found, strict=True)
    }


def _hyperparameters(optimizer: Optimizer) -> dict[str, str]:
    """Chart -> the hyperparameter that it shows."""
    meanings = optimizer.hyperparameters
    decays = [name for name, meaning in meanings.items() if meaning.scale == "decay"]
    charts = {"lr": "lr", **dict(zip(("beta", "beta2"), decays, strict=False)), "eps": "eps"}
    return {chart: name for chart, name in charts.items() if name in meanings}


def decade(swept: Swept, radius: float) -> float:
    """How many steps more a start ten times closer takes: the mean between two swept starts; nan without two.

    They are the closest that escape, and the last that is at most a tenth of the radius.
    """
    deltas = np.array(TINY)
    near = np.flatnonzero(np.isfinite(swept.steps) & (deltas <= radius / 10))
    if len(near) < 2:
        return math.nan
    first, last = near[0], near[-1]
    return float((swept.steps[first] - swept.steps[last]) / np.log10(deltas[last] / deltas[first]))


def over_seeds(now: Setting, entry: Entry) -> Array:
    """The steps of escape under so many seeds, in order; nan, which is never, last."""
    given = now.given(entry)
    return runs.over_seeds(entry.optimizer, given, escaped(given.surface, given.start, now.radius), SEEDS)
