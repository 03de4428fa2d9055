"""Where a surface's saddle is, which way is out of it, how far a run is from the way in, and when it has escaped."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from optim import DIVERGED, SURFACES, Array
from optim.surfaces import Point, Surface

SADDLES = {label: surface for label, surface in SURFACES.items() if surface.saddles}


class WayOut(NamedTuple):
    """Where a saddle is, and which way is down from it."""

    saddle: Point
    axis: int
    """The coordinate along which a run escapes; the other is the stable one."""
    gamma: float | None
    """The downward curvature along it; None where the Hessian is zero and has no directions."""

    @property
    def stable(self) -> str:
        """What descends into the saddle."""
        return "stable ray" if self.gamma is None else "stable axis"


@lru_cache(maxsize=256)
def way_out(surface: Surface) -> WayOut:
    """The direction of the Hessian's lowest eigenvalue at the saddle, which is a coordinate's on all ``SADDLES``.

    The monkey saddle has no such direction: its stable ray, the one on which its own start is, is x ≥ 0, y = 0.
    """
    saddle = surface.saddles[0]
    curvatures, directions = np.linalg.eigh(surface.hessian(saddle))
    if not curvatures.any():
        return WayOut(saddle, 1, None)
    return WayOut(saddle, int(np.argmax(np.abs(directions[:, 0]))), -float(curvatures[0]) + 0.0)


def distance(surface: Surface, p: Array) -> Array:
    """How far p of shape (2, *runs) is from the points that descend into the saddle: an axis, or a ray."""
    way = way_out(surface)
    with np.errstate(invalid="ignore", over="ignore"):
        across = np.abs(p[way.axis] - way.saddle[way.axis])
        if way.gamma is not None:
            return across
        along = p[1 - way.axis] - way.saddle[1 - way.axis]
        return np.where(along >= 0, across, np.hypot(along, across))


def beside(surface: Surface, start: Point, delta: float) -> Point:
    """The start at another distance from the stable axis, on the same side of it."""
    way, moved = way_out(surface), list(start)
    saddle = way.saddle[way.axis]
    moved[way.axis] = saddle + (delta if start[way.axis] >= saddle else -delta)
    return moved[0], moved[1]


@dataclass(frozen=True)
class Escaped:
    """A run has escaped where it is at least ``radius`` from the stable axis, with a loss of at most ``ceiling``.

    Steps so long that they grow along the stable axis too climb: such a run is thrown out, and has not escaped.
    """

    surface: Surface
    radius: float
    ceiling: float

    def __call__(self, row: Mapping[str, Array]) -> Any:
        sound = (np.abs(row["x"]) <= DIVERGED).all(axis=0)
        return sound & (row["f"] <= self.ceiling) & (distance(self.surface, row["x"]) >= self.radius)


@lru_cache(maxsize=256)
def escaped(surface: Surface, start: Point, radius: float) -> Escaped:
    """The criterion from a start, whatever its distance from the stable axis.

    The ceiling is the highest loss on the map along the line through the start across the stable axis: it lies on the
    axis or at an end of that line.
    """
    way = way_out(surface)
    line = np.repeat(np.array(start)[:, None], 4, axis=1)
    line[way.axis, :3] = way.saddle[way.axis], *(surface.x_range, surface.y_range)[way.axis]
    return Escaped(surface, radius, float(surface.at(line)[0].max()))
