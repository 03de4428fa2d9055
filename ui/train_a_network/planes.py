"""The plane of a path's first two principal directions, the loss around the path there, and what the plane leaves out.

Li, Xu, Taylor, Studer & Goldstein 2018, Visualizing the Loss Landscape of Neural Nets, section 7.
"""

from typing import NamedTuple

import numpy as np

from optim import Task
from optim.formula import Array

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
    """The steps and weights of a training's looks, up to a step."""
    one = training.of(plan)
    steps = [look.step for look in list(one.looks) if look.step <= step]
    return steps, np.array(one.path[: len(steps)], dtype=float).reshape(len(steps), -1)


def box(points: list[Array]) -> Box:
    """Room around all points."""
    every = np.concatenate(points)
    low, high = every.min(axis=0), every.max(axis=0)
    room = np.maximum(0.12 * (high - low), 1e-6)
    (left, bottom), (right, top) = low - room, high + room
    return float(left), float(right), float(bottom), float(top)


@once(maxsize=32)
def losses(plan: Plan, step: int, around: Box) -> Array:
    """The loss over all examples on a grid of the plane of a training's path up to a step: (SIDE, SIDE)."""
    task: Task = plan.task
    flat = plane(path(plan, step)[1])
    xs, ys = np.linspace(*around[:2], SIDE), np.linspace(*around[2:], SIDE)
    rows = [flat.origin[:, None] + flat.directions.T @ np.stack([xs, np.full(SIDE, y)]) for y in ys]
    return np.stack([task.network.mean_loss(row, task.examples) for row in rows])


def smooth(grid: Array) -> Array:
    """The grid's values between its points, by straight lines: (PIXELS, PIXELS)."""
    fine, coarse = np.linspace(0, 1, maps.PIXELS), np.linspace(0, 1, SIDE)
    wide = np.array([np.interp(fine, coarse, row) for row in grid])
    return np.array([np.interp(fine, coarse, column) for column in wide.T]).T
