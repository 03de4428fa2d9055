"""Where a run ended, judged by the gradient and the Hessian there."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .descent import DIVERGED
from .formula import Array
from .surfaces import Surface

End = Literal["minimum", "maximum", "saddle", "flat", "still moving", "diverged"]

NEAR = 0.01
"""How much of the map's diagonal counts as "there"."""

FLAT = 1e-3
"""How much of the spread of f over the map counts as "level"."""


def judge(surface: Surface, x: ArrayLike, step: ArrayLike) -> End:
    """What the point x is, for a run about to take ``step`` from it.

    - ``diverged``: x or f is not finite, or a coordinate exceeds ``DIVERGED``.
    - ``flat``: neither slope nor curvature, over the whole map, changes f by more than ``FLAT`` of its spread there.
    - ``minimum``, ``maximum``, ``saddle``: Newton's step -H⁻¹ g says that a stationary point is within ``NEAR`` of the
      map's diagonal, Newton's next step is at most half of it, the run's own is no longer than ``NEAR`` either, and the
      signs of H's eigenvalues say which kind it is.  (On an exponential slope Newton's steps are all of one length.)
    - ``still moving``: anything else.

    Args:
        x, step: (2,).
    """
    x, step = np.asarray(x, dtype=np.float64), np.asarray(step, dtype=np.float64)
    if not (np.abs(x) <= DIVERGED).all():
        return "diverged"
    f, g = surface.at(x)
    hessian = surface.hessian(x)
    if not (np.isfinite(f) and np.isfinite(g).all() and np.isfinite(hessian).all()):
        return "diverged"
    eigenvalues = np.linalg.eigvalsh(hessian)
    diagonal = float(np.hypot(surface.x_range[1] - surface.x_range[0], surface.y_range[1] - surface.y_range[0]))
    level = FLAT * _spread(surface)
    if np.hypot(*g) * diagonal <= level and np.abs(eigenvalues).max() * diagonal**2 / 2 <= level:
        return "flat"
    if np.abs(eigenvalues).min() <= 1e-12 * np.abs(eigenvalues).max():
        return "still moving"
    newton = np.asarray(np.linalg.solve(hessian, g), dtype=np.float64)
    if max(np.hypot(*newton), np.hypot(*step)) > NEAR * diagonal or not _closes_in(
        surface, x - newton, newton, diagonal
    ):
        return "still moving"
    if eigenvalues[0] > 0:
        return "minimum"
    return "maximum" if eigenvalues[1] < 0 else "saddle"


def _closes_in(surface: Surface, there: Array, newton: Array, diagonal: float) -> bool:
    """Whether Newton's step from where the first one led is much shorter, as it is near a stationary point."""
    hessian = surface.hessian(there)
    if not np.isfinite(hessian).all() or np.linalg.det(hessian) == 0:
        return False
    again = float(np.hypot(*np.linalg.solve(hessian, surface.at(there)[1])))
    return again <= max(float(np.hypot(*newton)) / 2, 1e-6 * diagonal)


def _spread(surface: Surface) -> float:
    """The middle half of f's values over the map: a scale that a steep corner does not spoil."""
    grid = np.stack(np.meshgrid(np.linspace(*surface.x_range, 41), np.linspace(*surface.y_range, 41)))
    low, high = np.percentile(surface.at(grid)[0], (25, 75))
    return float(high - low)
