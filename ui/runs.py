"""Every cached run and sweep.

Formulas are values, so the standard cache serves; Streamlit's own would hash the contents of every argument each time.
What a cache returns is shared by all visitors: read it, never write to it.

What a run escapes from is said by a criterion: a value that, called with a row of ``optim.sweep``, says which of its
runs are out.  The step of an escape is nan where it does not come within the steps.
"""

import weakref
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache, wraps
from threading import Lock
from typing import Any, NamedTuple, ParamSpec, TypeVar

import numpy as np

import optim
from optim import Array, Optimizer, Schedule, Surface, ends

from . import controls

LONG = 2000
"""Runs of more steps are kept by the dozen: each takes megabytes."""

Point = tuple[float, float]

Criterion = Callable[[Mapping[str, Array]], Any]
"""Says which runs of a row are out; hashable."""


class Run(NamedTuple):
    """A trace with its name and the look of its line."""

    name: str
    color: str
    dash: int
    trace: Mapping[str, Array]


class Given(NamedTuple):
    """What a run depends on beside its optimizer."""

    surface: Surface
    start: Point
    steps: int
    schedule: Schedule
    noise: float
    seed: int


class Axis(NamedTuple):
    """Values of one hyperparameter of the optimizer, or starts with ``name`` = "start"."""

    name: str
    values: tuple[Any, ...]


P = ParamSpec("P")
V = TypeVar("V")


def once(maxsize: int) -> Callable[[Callable[P, V]], Callable[P, V]]:
    """An ``lru_cache`` that makes a value once, however many visitors ask for it while it is being made."""

    def decorate(make: Callable[P, V]) -> Callable[P, V]:
        made, locks = lru_cache(maxsize)(make), lru_cache(maxsize)(lambda *_, **__: Lock())

        @wraps(make)
        def get(*args: P.args, **named: P.kwargs) -> V:
            with locks(*args, **named):
                return made(*args, **named)

        return get

    return decorate


_made: dict[int, dict[Hashable, Any]] = {}
MOST_MADE = 16
"""What is kept of one array: a chart whose window moves has a line for each."""


def made_of(array: Array, key: Hashable, make: Callable[[], V]) -> V:
    """What ``make`` makes of an array that nobody writes to, such as one of a cached run: made once while it lives.

    A slider moves one run of a picture, and the lines of the others stay as they are.
    """
    place = id(array)
    if place not in _made:
        _made[place] = {}
        weakref.finalize(array, _made.pop, place, None)
    made = _made[place]
    if key not in made:
        if len(made) >= MOST_MADE:
            made.clear()
        made[key] = make()
    return made[key]


def trace(optimizer: Optimizer, given: Given) -> dict[str, Array]:
    """One run, or one for each value of a hyperparameter that is an array."""
    return (_trace if given.steps <= LONG else _long_trace)(optimizer, given)


def _traced(optimizer: Optimizer, given: Given) -> dict[str, Array]:
    surface, start, steps, schedule, noise, seed = given
    return optim.trace(optimizer, surface, start, steps, schedule=schedule, noise=noise, seed=seed)


_trace = lru_cache(maxsize=512)(_traced)
_long_trace = lru_cache(maxsize=50)(_traced)


@lru_cache(maxsize=512)
def outcome(optimizer: Optimizer, given: Given) -> ends.Outcome:
    """What that run came to."""
    return ends.outcome(given.surface, trace(optimizer, given), given.schedule)


@lru_cache(maxsize=512)
def best_rate(optimizer: Optimizer, given: Given) -> float:
    """The mark of the slider's that ends lowest without leaving the map; the smallest of the equally good."""
    surface, start, steps, schedule, noise, seed = given
    (left, right), (bottom, top) = surface.x_range, surface.y_range

    def outside(row: Mapping[str, Array]) -> Any:
        x, y = row["x"]
        return ~((x >= left) & (x <= right) & (y >= bottom) & (y <= top))

    rates = controls.marks(optimizer.hyperparameters["lr"])[1:]
    more = {"schedule": schedule, "noise": noise, "seed": seed}
    run = optim.sweep(optimizer(lr=np.array(rates)), surface, start, steps, event=outside, **more)
    f = np.where(np.isnan(run["hit"]) & np.isfinite(run["f"]), run["f"], np.inf)
    return rates[int(np.argmin(f))]


@once(maxsize=512)
def times(optimizer: Optimizer, given: Given, out: Criterion, axes: tuple[Axis, ...]) -> tuple[Array, ...]:
    """For each axis the step at which each of its values was first out, all else as it is: one sweep for all axes."""
    ends = np.cumsum([len(axis.values) for axis in axes])
    start = np.repeat(np.array(given.start)[:, None], ends[-1], axis=1)
    values: dict[str, Array] = {}
    for axis, end in zip(axes, ends, strict=True):
        part = slice(end - len(axis.values), end)
        if axis.name == "start":
            start[:, part] = np.array(axis.values).T
        else:
            whole = values.setdefault(axis.name, np.full(ends[-1], float(optimizer.values[axis.name])))
            whole[part] = axis.values
    more = {"schedule": given.schedule, "noise": given.noise, "seed": given.seed}
    run = optim.sweep(optimizer(**values), given.surface, start, given.steps, event=out, **more)
    return tuple(np.split(_sound(run), ends[:-1]))


def _sound(run: Mapping[str, Array]) -> Array:
    """The hits of a sweep: what comes back after it had diverged, as under a decaying schedule, has not escaped."""
    return np.where(run["diverged"] < run["hit"], np.nan, run["hit"])


@lru_cache(maxsize=64)
def over_seeds(optimizer: Optimizer, given: Given, out: Criterion, seeds: int = 200) -> Array:
    """The step at which each of ``seeds`` seeds was out, from the given one on; in order, nan last."""
    many = np.arange(given.seed, given.seed + seeds)
    more = {"schedule": given.schedule, "noise": given.noise, "seed": many}
    run = optim.sweep(optimizer, given.surface, given.start, given.steps, event=out, **more)
    return np.sort(_sound(run))


@once(maxsize=64)
def over_starts(optimizer: Optimizer, given: Given, side: int) -> dict[str, Array]:
    """The ends of runs from a grid of side × side starts: the centres of the map's tiles."""
    surface, _, steps, schedule, noise, seed = given
    grid = tiles(surface, side)
    return optim.sweep(optimizer, surface, grid, steps, schedule=schedule, noise=noise, seed=seed)


def tiles(surface: Surface, side: int) -> Array:
    """The centres of side × side tiles of the map: (2, side, side)."""
    ranges = (surface.x_range, surface.y_range)
    return np.stack(np.meshgrid(*(low + (high - low) * (np.arange(side) + 0.5) / side for low, high in ranges)))


def first(run: Mapping[str, Array], out: Criterion) -> int | None:
    """The step at which a trace was first out."""
    held = np.asarray(out({**run, "x": np.moveaxis(run["x"], 1, 0)}))
    return int(np.argmax(held)) if held.any() else None
