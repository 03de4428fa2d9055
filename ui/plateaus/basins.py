"""Which start ends in which minimum: one sweep over a grid of starts, judged at its ends, as a small image."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from optim import Optimizer, Surface
from optim.ends import NEAR, Minimum, minima

from .. import maps, runs
from ..palette import Shade, Theme
from ..runs import Given
from .setting import Setting

SIDE = 64
"""Starts along each side of the map."""
SWIFT = 400
"""Up to how many steps: longer runs have fewer starts, so that the reader need not wait."""

ABOVE, BELOW, OUTSIDE, DIVERGED = "elsewhere, f > level", "elsewhere, f ≤ level", "off the map", "diverged"
OTHERS = (ABOVE, BELOW, OUTSIDE, DIVERGED)
"""What a run that is in no minimum may be at its end."""

COLORS = (
    Shade("#432E86", "#8C6FE0"),
    Shade("#1F9E89", "#1F9E89"),
    Shade("#F2CE1B", "#FFE34D"),
    Shade("#D1495B", "#C23B50"),
    Shade("#7FB3E6", "#A9D0F5"),
    Shade("#7A4A12", "#9C6A2E"),
)
"""Of the minima, the deepest first."""
OTHER_COLORS = {
    ABOVE: Shade("#E3E7EC", "#222A34"),
    BELOW: Shade("#B5BEC9", "#46515F"),
    OUTSIDE: Shade("#F1E0C8", "#40331F"),
    DIVERGED: Shade("#1B2430", "#E4E8EE"),
}


class Basins(NamedTuple):
    """Where the runs from a grid of starts ended."""

    kinds: np.ndarray
    """(side, side), y first and upwards: the place of one of ``minima``, or past them of one of ``OTHERS``."""
    minima: tuple[Minimum, ...]

    def shares(self) -> list[float]:
        """The share of the starts of each kind."""
        counts = np.bincount(self.kinds.ravel(), minlength=len(self.minima) + len(OTHERS))
        return [float(share) for share in counts / self.kinds.size]


def fine(steps: int) -> int:
    """How many starts along each side runs of so many steps are given."""
    return SIDE if steps <= SWIFT else round(SIDE * (SWIFT / steps) ** 0.5)


def basins(optimizer: Optimizer, given: Given, level: float) -> Basins:
    """Where the runs from all over the map have come.

    A run is in a minimum if it ends within ``NEAR`` of the map's diagonal from it.
    """
    surface = given.surface
    # The start of the line-up is no part of it, nor of its key in the cache.
    end = runs.over_starts(optimizer, given._replace(start=surface.start), fine(given.steps))
    found = minima(surface)
    n = len(found)
    with np.errstate(invalid="ignore", over="ignore"):
        kinds = np.where(end["f"] <= level, n + OTHERS.index(BELOW), n + OTHERS.index(ABOVE))
        for i, m in enumerate(found):
            kinds[np.hypot(end["x"][0] - m.x, end["x"][1] - m.y) <= NEAR * surface.diagonal] = i
        kinds[~surface.contains(end["x"])] = n + OTHERS.index(OUTSIDE)
    kinds[~np.isnan(end["diverged"])] = n + OTHERS.index(DIVERGED)
    return Basins(kinds, found)


def chosen(now: Setting, role: str) -> Basins:
    """The basins of the optimizer that a map is of."""
    entry = now.chosen(role)
    assert entry, "the line-up is not empty"
    return basins(entry.optimizer, now.given(entry), now.level)


def colors(count: int, theme: Theme) -> list[str]:
    """The colours of ``count`` minima and, behind them, of ``OTHERS``."""
    shades = [COLORS[i % len(COLORS)] for i in range(count)]
    return [getattr(shade, theme) for shade in (*shades, *(OTHER_COLORS[other] for other in OTHERS))]


def image(found: Basins, surface: Surface, theme: Theme) -> pa.Table:
    """The image, a pixel for each start, and the corners that it spans."""
    url = maps.png(found.kinds, colors(len(found.minima), theme))
    (left, right), (bottom, top) = surface.x_range, surface.y_range
    return pa.table({"x": [left], "x2": [right], "y": [bottom], "y2": [top], "url": [url]})


def letters(found: Sequence[Minimum]) -> pa.Table:
    """The minima's places with their letters."""
    return pa.table(
        {
            "x": pa.array([m.x for m in found], pa.float64()),
            "y": pa.array([m.y for m in found], pa.float64()),
            "text": pa.array([letter(i) for i in range(len(found))], pa.string()),
        }
    )


def letter(i: int) -> str:
    """A, B, C, ..."""
    return chr(ord("A") + i % 26)
