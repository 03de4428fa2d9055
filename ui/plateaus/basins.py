"""Which start ends in which minimum: one sweep over a grid of starts, judged at its ends, as a small image."""

import base64
import io
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from PIL import Image

import optim
from optim.ends import NEAR
from optim.formula import Array
from optim.optimizers import Optimizer
from optim.schedules import Schedule
from optim.surfaces import Surface

from .palette import Shade, Theme

SIDE = 64
"""Starts along each side of the map."""
SWIFT = 400
"""Up to how many steps: longer runs have fewer starts, so that the reader need not wait."""

ABOVE, BELOW, OUTSIDE, DIVERGED = "above the level", "below the level, still moving", "off the map", "diverged"
OTHERS = (ABOVE, BELOW, OUTSIDE, DIVERGED)
"""What a run may be at its end that is in no minimum."""

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


class Minimum(NamedTuple):
    """A local minimum."""

    x: float
    y: float
    f: float


class Basins(NamedTuple):
    """Where the runs from a grid of starts ended."""

    kinds: np.ndarray
    """(side, side), y first and upwards: the place of one of ``minima``, or past them of one of ``OTHERS``."""
    minima: tuple[Minimum, ...]

    def shares(self) -> list[float]:
        """The share of the starts of each kind."""
        counts = np.bincount(self.kinds.ravel(), minlength=len(self.minima) + len(OTHERS))
        return [float(share) for share in counts / self.kinds.size]


def starts(surface: Surface, side: int) -> Array:
    """The centres of side × side tiles of the map: (2, side, side)."""
    across, up = (
        low + (high - low) * (np.arange(side) + 0.5) / side for low, high in (surface.x_range, surface.y_range)
    )
    return np.stack(np.meshgrid(across, up))


def fine(steps: int) -> int:
    """How many starts along each side runs of so many steps are given."""
    return SIDE if steps <= SWIFT else round(SIDE * (SWIFT / steps) ** 0.5)


@lru_cache(maxsize=64)
def minima(surface: Surface) -> tuple[Minimum, ...]:
    """The local minima on the surface's map, the deepest first.

    Newton's method from a grid of points, as long as the Hessian is positive definite and in steps of at most a
    twentieth of the map: a minimum is where it comes to rest.  On a plain or an exponential slope it never does.
    """
    p = starts(surface, SIDE).reshape(2, -1)
    diagonal = _diagonal(surface)
    length = np.full(p.shape[1], np.inf)
    with np.errstate(all="ignore"):
        for _ in range(60):
            newton, definite = _newton(surface, p)
            newton, p = newton[:, definite], p[:, definite]
            length = np.hypot(*newton)
            p = p - newton * np.minimum(1, diagonal / 20 / np.maximum(length, 1e-300))
            if (length <= 1e-12 * diagonal).all():
                break
    p = p[:, (length <= 1e-9 * diagonal) & _inside(surface, p)]
    found: list[Minimum] = []
    while p.size:
        x, y = p[:, 0]
        found.append(Minimum(float(x), float(y), float(surface.at((x, y))[0])))
        p = p[:, np.hypot(p[0] - x, p[1] - y) > 1e-5 * diagonal]
    return tuple(sorted(found, key=lambda m: (round(m.f, 9), m.x, m.y)))


def _newton(surface: Surface, p: Array) -> tuple[Array, np.ndarray]:
    """H⁻¹ g, and where H is positive definite."""
    g = surface.at(p)[1]
    (a, b), (_, c) = surface.hessian(p)
    determinant = a * c - b * b
    return np.stack([c * g[0] - b * g[1], a * g[1] - b * g[0]]) / determinant, (a > 0) & (determinant > 0)


def _inside(surface: Surface, p: Array) -> np.ndarray:
    (left, right), (bottom, top) = surface.x_range, surface.y_range
    return (p[0] >= left) & (p[0] <= right) & (p[1] >= bottom) & (p[1] <= top)


def _diagonal(surface: Surface) -> float:
    return float(np.hypot(surface.x_range[1] - surface.x_range[0], surface.y_range[1] - surface.y_range[0]))


@lru_cache(maxsize=64)
def _ends(
    optimizer: Optimizer, surface: Surface, steps: int, schedule: Schedule, noise: float, seed: int
) -> dict[str, Array]:
    grid = starts(surface, fine(steps))
    return optim.sweep(optimizer, surface, grid, steps, schedule=schedule, noise=noise, seed=seed)


@lru_cache(maxsize=64)
def basins(
    optimizer: Optimizer, surface: Surface, steps: int, schedule: Schedule, noise: float, seed: int, level: float
) -> Basins:
    """Where the runs from all over the map have come after ``steps`` steps.

    In a minimum is who is within ``NEAR`` of the map's diagonal of it.
    """
    end = _ends(optimizer, surface, steps, schedule, noise, seed)
    found = minima(surface)
    n = len(found)
    with np.errstate(invalid="ignore"):
        kinds = np.where(end["f"] <= level, n + OTHERS.index(BELOW), n + OTHERS.index(ABOVE))
        for i, m in enumerate(found):
            kinds[np.hypot(end["x"][0] - m.x, end["x"][1] - m.y) <= NEAR * _diagonal(surface)] = i
        kinds[~_inside(surface, end["x"])] = n + OTHERS.index(OUTSIDE)
    kinds[~np.isnan(end["diverged"])] = n + OTHERS.index(DIVERGED)
    return Basins(kinds, found)


def colors(count: int, theme: Theme) -> list[str]:
    """The colours of ``count`` minima and, behind them, of ``OTHERS``."""
    shades = [COLORS[i % len(COLORS)] for i in range(count)]
    return [getattr(shade, theme) for shade in (*shades, *(OTHER_COLORS[other] for other in OTHERS))]


def image(found: Basins, surface: Surface, theme: Theme) -> pa.Table:
    """The image, a pixel for each start, and the corners that it spans."""
    pixels = Image.fromarray(found.kinds[::-1].astype(np.uint8), "P")
    shades = colors(len(found.minima), theme)
    pixels.putpalette([value for shade in shades for value in bytes.fromhex(shade[1:])])
    file = io.BytesIO()
    pixels.save(file, "PNG")
    url = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    (left, right), (bottom, top) = surface.x_range, surface.y_range
    return pa.table({"x": [left], "x2": [right], "y": [bottom], "y2": [top], "url": [url]})


def letters(found: Sequence[Minimum]) -> pa.Table:
    """The minima's places with their letters."""
    names = [letter(i) for i in range(len(found))]
    points = {"x": [m.x for m in found], "y": [m.y for m in found]}
    return pa.table(
        {name: pa.array(at, pa.float64()) for name, at in points.items()} | {"text": pa.array(names, pa.string())}
    )


def letter(i: int) -> str:
    """A, B, C, ..."""
    return chr(ord("A") + i % 26)
