"""The Mini-batches page's sentences: one template each, of numbers that its tests compute anew."""

import math

import numpy as np

from ..words import listed, number
from . import data, entries
from .data import COUNTS, GEYSER
from .setting import Setting
from .training import MOST


def share(part: float) -> str:
    """``12.3 %``; "–" where there was no update."""
    return "–" if math.isnan(part) else f"{number(100 * part, 3)} %"


def duration(seconds: float) -> str:
    """``1.2 s``, ``35 ms``, ``40 µs``, with two digits."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1 or unit == "µs":
            return f"{number(seconds * factor, 2)} {unit}"
    raise AssertionError("the last unit takes all")


def edge(now: Setting) -> str:
    """Below which learning rate gradient descent's cost never rises, where that is known."""
    if now.data != GEYSER:
        return ""
    largest = float(np.linalg.eigvalsh(data.bowl().hessian((0.0, 0.0)))[-1])
    return (
        f"The largest curvature c of this cost is {number(largest, 3)}. SGD without weight decay never raises the cost "
        f"on the full batch if η is below 2/c = {number(2 / largest, 3)}."
    )


def cut(now: Setting) -> str:
    """Which runs are too long to be finished."""
    rows = zip(entries.names(now.entries), now.plans, now.records, strict=True)
    long = [name for name, plan, record in rows if now.epochs * plan.per_epoch > MOST and record.diverged is None]
    return f"Ended after {MOST:,} updates, before the last epoch: {listed(long)}." if long else ""


def rule(source: str) -> str:
    """What the rule of thumb says of these data."""
    rule = "the full batch for up to about 2,000 examples, and mini-batches of 64 to 512 for more"
    return f"The rule of thumb: {rule}. There are {COUNTS[source]:,} here: it says the full batch."
