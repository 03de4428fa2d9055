"""The Mini-batches page's sentences: one template each, of numbers that its tests compute anew."""

import math
from collections.abc import Sequence

import numpy as np

from ..words import listed, number
from . import data, entries
from .data import COUNTS, FULL, GEYSER
from .measures import TARGETS, Reached, Time
from .setting import Setting
from .training import FIRST, MOST


def share(part: float) -> str:
    """``12.3 %``; "–" where there was no update."""
    return "–" if math.isnan(part) else f"{number(100 * part, 3)} %"


def duration(seconds: float) -> str:
    """``1.2 s``, ``35 ms``, ``40 µs``, with two digits."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1 or unit == "µs":
            return f"{number(seconds * factor, 2)} {unit}"
    raise AssertionError("the last unit takes all")


def size(which: int) -> str:
    """``B = 16``, ``the full batch``."""
    return "the full batch" if which == FULL else f"B = {which}"


def falls(now: Setting) -> str:
    """Whose cost never rose at first."""
    count = min(FIRST, *(plan.steps for plan in now.plans))
    steady = [name for name, record in zip(entries.names(now.entries), now.records, strict=True)
              if record.falls(count)]  # fmt: skip
    return f"The cost over all examples never rose up to update {count}: {listed(steady) or 'no run'}."


def edge(now: Setting) -> str:
    """Below which learning rate gradient descent's cost never rises, where that is known."""
    if now.data != GEYSER:
        return ""
    largest = float(np.linalg.eigvalsh(data.bowl().hessian((0.0, 0.0)))[-1])
    return f"With the full batch SGD's cost never rises if η is below 2/λ = {number(2 / largest, 3)}."


def cut(now: Setting) -> str:
    """Which runs are too long to be finished."""
    rows = zip(entries.names(now.entries), now.plans, now.records, strict=True)
    long = [name for name, plan, record in rows if now.epochs * plan.per_epoch > MOST and record.diverged is None]
    return f"Ended after {MOST:,} updates, before the last epoch: {listed(long)}." if long else ""


def rule(source: str) -> str:
    """What the rule of thumb says of these data."""
    rule = "up to about 2,000 examples a full batch, beyond that 64 to 512"
    return f"The rule of thumb: {rule}. There are {COUNTS[source]:,} here, so it says full batch."


def verdict(source: str, found: Sequence[Reached], times: Sequence[Time]) -> str:
    """What was measured of it."""
    target, speed = number(TARGETS[source]), {one.size: one.update for one in times}
    known = [one for one in found if math.isfinite(one.updates)]
    if not known:
        return f"No batch size reached a cost of {target}."
    seconds = {one.size: one.updates * speed[one.size] for one in known}
    fastest = min(seconds, key=lambda which: seconds[which])
    fewest = min(known, key=lambda one: one.epochs)
    body = (
        f"A cost of {target} takes the fewest epochs with {size(fewest.size)} ({number(fewest.epochs, 2)}), "
        f"and the least time with {size(fastest)} ({duration(seconds[fastest])})"
    )
    if FULL not in seconds:
        return f"{body}; the full batch did not reach it."
    if seconds[fastest] <= 0 or fastest == FULL:
        return f"{body}."
    ratio = number(seconds[FULL] / seconds[fastest], 2)
    return f"{body}; the full batch took {ratio} times as long."
