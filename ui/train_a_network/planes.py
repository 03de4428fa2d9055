"""The plane of a path's first two principal directions, the loss around the path there, and what the plane leaves out.

Li, Xu, Taylor, Studer & Goldstein 2018, Visualizing the Loss Landscape of Neural Nets, section 7.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from optim import Array, Task

from .. import maps
from ..runs import once
from . import training
from .training import Plan

SIDE = 17
"""Losses computed along each side; the map between them is interpolated."""

Box = tuple[float, float, float, float]


class Plane(NamedTuple):
    """Two directions of length 1, from a point."""

    origin: Array
    directions: Array
    """(2, parameters)."""
    share: float
    """Of the path's squared distances from its mean that lie in the plane."""

    def project(self, path: Array) -> Array:
        """(n, 2) from (n, parameters)."""
        return (path - self.origin) @ self.directions.T


def plane(path: Array) -> Plane:
    """The plane that leaves out the least of a path, (n, parameters), by its principal components."""
    origin = path.mean(axis=0)
    _, sizes, directions = np.linalg.svd(path - origin, full_matrices=False)
    total = float((sizes**2).sum())
    two = np.zeros((2, path.shape[1]))
    two[: len(directions[:2])] = directions[:2]
    # A direction and its opposite are equally good: the path begins on the left, and below.
    first = (path[0] - origin) @ two.T
    two *= np.where(first > 0, -1, 1)[:, None]
    return Plane(origin, two, float((sizes[:2] ** 2).sum()) / total if total else 1.0)


def path(plan: Plan, step: int) -> tuple[list[int], Array]:
    """The steps at which a training's weights were kept, and these, up to a step."""
    kept = {s: w for s, w in list(training.of(plan).path.items()) if s <= step}
    return list(kept), np.array(list(kept.values()), dtype=float).reshape(len(kept), plan.task.network.parameters)


def box(points: list[Array]) -> Box:
    """Room around all points."""
    every = np.concatenate(points)
    low, high = every.min(axis=0), every.max(axis=0)
    room = np.maximum(0.12 * (high - low), 1e-6)
    (left, bottom), (right, top) = low - room, high + room
    return float(left), float(right), float(bottom), float(top)


@once(maxsize=32)
def losses(plan: Plan, step: int, around: Box, side: int) -> Array:
    """The loss over all examples on a grid of the plane of a training's path up to a step: (side, side)."""
    task: Task = plan.task
    flat = plane(path(plan, step)[1])
    xs, ys = np.linspace(*around[:2], side), np.linspace(*around[2:], side)
    rows = [flat.origin[:, None] + flat.directions.T @ np.stack([xs, np.full(side, y)]) for y in ys]
    return np.stack([task.network.mean_loss(row, task.examples) for row in rows])


def smooth(grid: Array) -> Array:
    """The grid's values between its points, (GRID, GRID), by cubic convolution: smooth level lines.

    None is beyond the grid's own: beside a cliff a loss would fall below 0.

    Keys 1981, Cubic Convolution Interpolation for Digital Image Processing; at the edges the outermost values go on.
    """
    weights = _weights(len(grid))
    return np.clip(weights @ grid @ weights.T, grid.min(), grid.max())


@lru_cache(maxsize=1)
def _weights(side: int) -> Array:
    """How much each of ``side`` values counts at each of GRID places between the first and the last."""
    places = np.linspace(0, side - 1, maps.GRID)
    left = np.minimum(places.astype(int), side - 2)
    s = places - left
    around = (
        s * (-1 + s * (2 - s)) / 2,
        1 + s * s * (3 * s - 5) / 2,
        s * (1 + s * (4 - 3 * s)) / 2,
        s * s * (s - 1) / 2,
    )
    weights = np.zeros((maps.GRID, side))
    for offset, weight in enumerate(around, start=-1):
        np.add.at(weights, (np.arange(maps.GRID), np.clip(left + offset, 0, side - 1)), weight)
    return weights
