"""What the Plateaus page's charts are drawn from."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from optim import Array
from optim.denominators import Denominator

from .. import frames
from ..frames import Box
from ..runs import Run, made_of
from ..words import number

SPAN = {"root": (-14, 2, 10), "rates": (-4, 8, 4)}
"""By chart: the powers of ten that its log axis spans where they are enough, and the stride by which it grows."""


def window(chart: str, values: Array, steps: int) -> Box:
    """What a chart of positive values shows.  It grows in strides, so that the axis stands still while values move."""
    low, high, stride = SPAN[chart]
    with np.errstate(divide="ignore", invalid="ignore"):
        seen = np.log10(values[np.isfinite(values) & (values > 0)])
    if seen.size:
        low -= stride * max(0, int(np.ceil((low - seen.min()) / stride)))
        high += stride * max(0, int(np.ceil((seen.max() - high) / stride)))
    # What lies beyond these powers has hardly a digit left, or none.
    return Box(0, steps, 10.0 ** max(low, -300), 10.0 ** min(high, 300))


def line(run: Run, y: Array, box: Box) -> pa.Table:
    """A line on a log axis, with a gap where it is not positive."""
    return frames.line(run, made_of(y, "above 0", lambda: np.where(y > 0, y, np.nan)), box, log=True)


def bound(weighed: Denominator, box: Box) -> pa.Table:
    """The level of ε; none where ε is 0."""
    level = float(weighed.bound)
    known = [level] if level > 0 else []
    return pa.table(
        {
            "y": pa.array([min(y, box.top) for y in known], pa.float64()),
            "text": pa.array([f"{weighed.bound_symbol} = {number(y)}" for y in known], pa.string()),
        }
    )


def escape(step: int | None) -> pa.Table:
    """The step of escape; at step 0 nothing has been escaped from."""
    known = [step] if step else []
    return pa.table({"step": pa.array(known, pa.int64()), "text": pa.array(["escape" for _ in known], pa.string())})


def escapes(runs: Sequence[Run], ys: Sequence[Array], steps: Sequence[int | None]) -> pa.Table:
    """Where each line is at its run's escape."""
    found = [(step, float(y[step]), run.color) for run, y, step in zip(runs, ys, steps, strict=True) if step]
    return pa.table(
        {
            "step": pa.array([step for step, _, _ in found], pa.int64()),
            "y": pa.array([y for _, y, _ in found], pa.float64()),
            "color": pa.array([color for _, _, color in found], pa.string()),
        }
    )


def point(at: tuple[float, float]) -> pa.Table:
    """A point of a map."""
    return pa.table({"x": [at[0]], "y": [at[1]]})
