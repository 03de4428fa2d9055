"""The Plateaus page's sentences: one template each, of numbers that its tests compute anew."""

import math

import numpy as np

from optim import schedules
from optim.denominators import Denominator

from ..lineup import Entry
from ..words import exact, number
from .basins import Basins
from .setting import Setting

ROUNDING = 1e-9
"""How much lower than at the listed minimum a run's loss may be."""

LIMIT_LR = {"exactly": "", "at most": "at most ", "at least": "at least "}


def start(now: Setting) -> str:
    """Loss and slope at the start, and what an escape is."""
    with np.errstate(all="ignore"):
        f, g = now.surface.at(now.start)
        norm = float(np.hypot(*g))
    return (
        f"At the start f = {number(float(f))} and the gradient norm ‖g‖ = {number(norm)}. "
        f"A run escapes at the first step with f ≤ {number(now.level, 6)}."
    )


def beyond(now: Setting) -> str:
    """That nothing is as low as the level; empty where something is, or where the surface has no lowest point."""
    if not now.surface.minima:
        return ""
    lowest = float(now.surface.at(now.surface.minima[0])[0])
    if now.level >= lowest - ROUNDING * max(1, abs(lowest)):
        return ""
    return f"No run can escape: the lowest loss of this surface is {number(lowest)}."


def limit(entry: Entry, weighed: Denominator) -> str:
    """What the optimizer is where ε is much larger than what it is added to; nothing where that is not known."""
    if not weighed.bound:
        return "With ε = 0 nothing is added."
    if weighed.limit is None:
        return ""
    decay = ", weight decay apart," if entry.optimizer.values.get("weight_decay") else ""
    corrected = "bias-corrected " if weighed.corrected else ""
    velocity = ""
    if weighed.beta:
        velocity = f" and velocity βv + {'(1 − β)' if weighed.average else ''}g, β = {exact(float(weighed.beta))}"
    # A schedule changes η from step to step, and what overflows has no number.
    value = float(weighed.limit_lr)
    equals = f" = {number(value)}" if math.isfinite(value) and entry.schedule == schedules.constant else ""
    rate = LIMIT_LR[weighed.limit_lr_is] + weighed.limit_lr_symbol + equals
    return (
        f"Where {weighed.bound_symbol} is much larger than {weighed.symbol}, the step is{decay} about that of "
        f"{corrected}{weighed.limit} with learning rate {rate}{velocity}."
    )


def apart(one: Basins, other: Basins) -> str:
    """How much two maps of basins differ."""
    return f"The two maps differ at {100 * float((one.kinds != other.kinds).mean()):.1f} % of the starts."
