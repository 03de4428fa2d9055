"""The one place that caches runs and maps.

Formulas are values, so the standard cache serves; Streamlit's own would hash the contents of every argument each time.
What it returns is shared by all visitors: read it, never write to it.
"""

from functools import lru_cache

import numpy as np
import pyarrow as pa

import optim
from optim.optimizers import Optimizer
from optim.schedules import Schedule
from optim.surfaces import Surface

from . import relief
from .palette import Theme

Point = tuple[float, float]


@lru_cache(maxsize=256)
def trace(
    optimizer: Optimizer, surface: Surface, start: Point, steps: int, schedule: Schedule, noise: float, seed: int
) -> dict[str, np.ndarray]:
    """One run."""
    return optim.trace(optimizer, surface, start, steps, schedule=schedule, noise=noise, seed=seed)


@lru_cache(maxsize=256)
def best_rate(optimizer: Optimizer, surface: Surface, start: Point, steps: int, rates: tuple[float, ...]) -> float:
    """The learning rate among ``rates`` that ends lowest without leaving the map; the smallest of the equally good."""
    (left, right), (bottom, top) = surface.x_range, surface.y_range

    def outside(row: dict[str, np.ndarray]) -> np.ndarray:
        x, y = row["x"]
        return ~((x >= left) & (x <= right) & (y >= bottom) & (y <= top))

    run = optim.sweep(optimizer(lr=np.array(rates)), surface, start, steps, event=outside)
    f = np.where(np.isnan(run["hit"]) & np.isfinite(run["f"]), run["f"], np.inf)
    return rates[int(np.argmin(f))]


@lru_cache(maxsize=64)
def map_frames(surface: Surface, theme: Theme) -> dict[str, pa.Table]:
    """What a map shows before anybody walks on it, in the form in which Streamlit sends it."""
    return {name: pa.Table.from_pandas(frame) for name, frame in relief.frames(surface, theme).items()}
