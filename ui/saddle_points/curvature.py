"""The Hessian along a path: its eigenvalues, and how near an optimizer's steps are to growing."""

from typing import NamedTuple

import numpy as np

from optim import Array, Surface
from optim.ends import left

from ..runs import Run


class Curvature(NamedTuple):
    """Along one path, as long as it is on the map, by step."""

    small: Array
    """The Hessian's smaller eigenvalue."""
    large: Array
    felt: Array
    """λmax of √D H √D, where D has the effective learning rates: η λmax where they are all η.

    An oscillation grows where this is beyond the optimizer's edge: for heavy ball and Nesterov exactly, on a
    quadratic; for an adaptive optimizer if its effective learning rates stayed as they are (Cohen et al. 2022, Adaptive
    Gradient Methods at the Edge of Stability).
    """


def along(surface: Surface, run: Run) -> Curvature:
    """The curvatures until the run leaves the map for good."""
    steps = left(run.trace, surface)
    hessian = surface.hessian(run.trace["x"][:steps].T)
    root = np.sqrt(run.trace["effective_lr"][:steps].T)
    with np.errstate(all="ignore"):
        felt = eigenvalues(hessian * root[:, None] * root[None, :])[1]
    return Curvature(*eigenvalues(hessian), felt)


def eigenvalues(hessian: Array) -> tuple[Array, Array]:
    """Both of symmetric (2, 2, *runs), the smaller first."""
    (a, b), (_, d) = hessian
    with np.errstate(all="ignore"):
        middle, half = (a + d) / 2, np.hypot((a - d) / 2, b)
        return middle - half, middle + half
