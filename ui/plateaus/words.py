"""The Plateaus page's sentences: one template each, of numbers that its tests compute anew."""

import math

import numpy as np

from optim.denominators import Denominator

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


def limit(weighed: Denominator) -> str:
    """What the optimizer is where ε is much larger than what it is added to; nothing where that is not known."""
    if not weighed.bound:
        return f"With ε = 0 nothing is added to {weighed.symbol}."
    if weighed.limit is None:
        return ""
    beta, velocity = exact(float(weighed.beta)), ""
    if weighed.average:
        velocity = f", β = {beta} and velocity βv + (1 − β)g; for a velocity βv + g, 1 − β times as much"
    elif weighed.beta:
        velocity = f", β = {beta} and velocity βv + g"
    return (
        f"Where {weighed.bound_symbol} is much larger than {weighed.symbol}, the step is about −{weighed.limit_step}: "
        f"{weighed.limit} with learning rate {LIMIT_LR[weighed.limit_lr_is]}{_equals(weighed)}{velocity}."
    )


def _equals(weighed: Denominator) -> str:
    """The limit's learning rate, as long as it does not overflow."""
    rate = float(weighed.limit_lr)
    return weighed.limit_lr_symbol + (f" = {number(rate)}" if math.isfinite(rate) else "")


def apart(one: Basins, other: Basins) -> str:
    """How much two maps of basins differ."""
    return f"The two maps differ at {100 * float((one.kinds != other.kinds).mean()):.1f} % of the starts."
