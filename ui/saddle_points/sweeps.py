"""How the step of escape depends on each hyperparameter, on the start, and on the seed of the noise."""

import math
from typing import NamedTuple

import numpy as np

from optim import Array, Optimizer

from .. import controls, runs
from ..lineup import Entry
from ..runs import Axis
from .geometry import beside, escaped
from .setting import Setting

SEEDS = 200

VALUES: dict[str, tuple[float, ...]] = {
    "lr": tuple(float(f"{lr:.3g}") for lr in np.geomspace(1e-5, 100, 22)),
    "beta": tuple(1 - float(f"{gap:.3g}") for gap in np.geomspace(1e-4, 1, 21)),
    "beta2": tuple(1 - float(f"{gap:.3g}") for gap in np.geomspace(1e-4, 1, 21)),
    "eps": tuple(float(f"{eps:.3g}") for eps in np.geomspace(1e-12, 1, 25)),
    "delta": tuple(float(f"{delta:.3g}") for delta in np.geomspace(1e-12, 1, 25)),
}
"""Chart -> what it sweeps over."""


class Swept(NamedTuple):
    """The step of escape against one hyperparameter, or against δ, all else as it is."""

    symbol: str
    present: float
    steps: Array
    """At each of ``VALUES``; nan where the run does not escape."""


def swept(now: Setting, entry: Entry) -> dict[str, Swept]:
    """For each chart that has something of this optimizer; one sweep for all of them."""
    optimizer, given = entry.optimizer, now.given(entry)
    names = _swept_names(optimizer)
    starts = tuple(beside(given.surface, given.start, delta) for delta in VALUES["delta"])
    axes = [*(Axis(name, VALUES[chart]) for chart, name in names.items()), Axis("start", starts)]
    found = runs.times(optimizer, given, escaped(given.surface, given.start, now.radius), tuple(axes))
    symbols = [*(controls.symbol(optimizer.hyperparameters[name]) for name in names.values()), "δ"]
    presents = [*(optimizer.values[name] for name in names.values()), now.delta]
    rows = zip([*names, "delta"], symbols, presents, found, strict=True)
    return {chart: Swept(symbol, present, steps) for chart, symbol, present, steps in rows}


def _swept_names(optimizer: Optimizer) -> dict[str, str]:
    """Chart -> the hyperparameter that it shows: the first decay rate is on the first chart of a β."""
    meanings = optimizer.hyperparameters
    decays = [name for name, meaning in meanings.items() if meaning.scale == "decay"]
    charts = {"lr": "lr", **dict(zip(("beta", "beta2"), decays, strict=False)), "eps": "eps"}
    return {chart: name for chart, name in charts.items() if name in meanings}


def decade(delta: Swept, radius: float) -> float:
    """How many steps more a start ten times closer takes: the mean over the swept δ; nan where fewer than two escape.

    From the closest start that escapes to the farthest of those within a tenth of the radius.
    """
    deltas = np.array(VALUES["delta"])
    near = np.flatnonzero(np.isfinite(delta.steps) & (deltas <= radius / 10))
    if len(near) < 2:
        return math.nan
    first, last = near[0], near[-1]
    return float((delta.steps[first] - delta.steps[last]) / np.log10(deltas[last] / deltas[first]))


def over_seeds(now: Setting, entry: Entry) -> Array:
    """The step of escape under each of so many seeds, in order; nan, which is never, last."""
    given = now.given(entry)
    return runs.over_seeds(entry.optimizer, given, escaped(given.surface, given.start, now.radius), SEEDS)
