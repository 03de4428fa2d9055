"""Escapes from a saddle point: how far a run is from the stable axis, when it has escaped, and what theory predicts."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from optim import Array, Optimizer, schedules
from optim.ends import diverged

from .. import runs
from ..lineup import Entry
from ..runs import Given, Run
from .geometry import distance, escaped, way_out


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


@lru_cache(maxsize=512)
def measure(
    optimizer: Optimizer, given: Given, radius: float, delta: float
) -> tuple[Array, int | None, Prediction | None]:
    """The last three of an ``Escape``."""
    trace = runs.trace(optimizer, given)
    far = distance(given.surface, np.moveaxis(trace["x"], 1, 0))
    at = runs.first(trace, escaped(given.surface, given.start, radius))
    gone = diverged(trace)
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
        np.asarray(recurrence.distance(np.arange(given.steps + 1.0), c, delta)),
        math.log(10) / math.log(growth) if growth > 1 else math.inf,
    )
