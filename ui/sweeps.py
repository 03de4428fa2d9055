"""Escape times over the values of a hyperparameter, or over seeds: many runs in one sweep, for the small charts.

What a run escapes from is said by a criterion: a value that, called with a row of ``optim.sweep``, tells which of its
runs are out.  A time is nan where that never happened within the steps.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import numpy as np

import optim
from optim.formula import Array
from optim.optimizers import Optimizer
from optim.schedules import Schedule
from optim.surfaces import Surface

from .cache import Point
from .experiment import Setting
from .lineup import Entry


class Criterion(Hashable, Protocol):
    """Tells which runs of a row are out."""

    def __call__(self, row: dict[str, Array]) -> Any: ...


@dataclass(frozen=True)
class Fallen:
    """Out is who has come down to this loss."""

    level: float

    def __call__(self, row: dict[str, Array]) -> Any:
        return row["f"] <= self.level


class Given(NamedTuple):
    """What all runs of a sweep have in common."""

    surface: Surface
    start: Point
    steps: int
    schedule: Schedule
    noise: float
    seed: int


def given(now: Setting, entry: Entry) -> Given:
    """What the runs of a sweep of one optimizer of the line-up have in common."""
    return Given(now.surface, now.start, now.steps, entry.schedule, now.noise, now.seed)


class Axis(NamedTuple):
    """Values of one hyperparameter of the optimizer, or starts with ``name`` = "start"."""

    name: str
    values: tuple[Any, ...]


@lru_cache(maxsize=512)
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
    return tuple(np.split(run["hit"], ends[:-1]))


@lru_cache(maxsize=64)
def over_seeds(optimizer: Optimizer, given: Given, out: Criterion, seeds: int = 200) -> Array:
    """The step at which each of the first ``seeds`` seeds was out, from ``given.seed`` on; in order, nan last."""
    many = np.arange(given.seed, given.seed + seeds)
    more = {"schedule": given.schedule, "noise": given.noise, "seed": many}
    return np.sort(optim.sweep(optimizer, given.surface, given.start, given.steps, event=out, **more)["hit"])


def first(run: dict[str, Array], out: Criterion) -> int | None:
    """The step at which a trace was first out."""
    held = np.asarray(out(run | {"x": np.moveaxis(run["x"], 1, 0)}))
    return int(np.argmax(held)) if held.any() else None
