"""The one loop, and what listens to it: ``descend`` hands out its rows, ``trace`` keeps them all, ``sweep`` keeps a
summary, and ``replay`` has no surface.

Row i holds where the run is after i steps (``x``), the loss ``f`` and gradient ``g`` there, the optimizer's state after
it has seen g at time t = i + 1, and the ``step`` it is about to take.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import single
from .batch import Batch, EventRow, Objective, Place, blocks, broadcasts, cut, each
from .formula import FINITE, FIRST, Array, Domain, Formula, expect, short
from .optimizers import Optimizer
from .probe import stream
from .schedules import Schedule, constant

Row = Mapping[str, Any]
Event = Callable[[Row], Any]

DIVERGED = 1e6
"""A run has diverged once a coordinate exceeds this, or it or the loss is no longer a finite number."""

STEPS = Domain(low=0, high=10_000_000, whole=True)
MAX_BYTES = 2**30
"""What one trace or replay may record."""

LONG = 50
"""Rows from which on it pays to write a loop for a run of its own."""

BLOCK = 4096
"""Points of the plane that a sweep carries at a time: their arrays fit in a core's cache together."""

_quiet = np.errstate(over="ignore", invalid="ignore", divide="ignore")


def trace(
    optimizer: Optimizer,
    surface: Objective,
    start: ArrayLike | None = None,
    steps: int = 100,
    *,
    schedule: Schedule = constant,
    noise: ArrayLike = 0.0,
    seed: ArrayLike = 0,
) -> dict[str, Array]:
    """Run ``optimizer`` on ``surface`` and keep every row.

    Args:
        surface: or in its place a task, such as ``learning.Task``, whose loss may change from step to step and whose
            points have as many coordinates as it has ``dimensions``: they then stand for the 2 below.
        start: (2, *runs); the surface's own by default.
        steps: how many to take.
        schedule: the factor on the learning rate at each step.
        noise: standard deviation σ of the normal noise on each coordinate of the gradient.
        seed: of the noise; an array gives each run a stream of its own.  Runs with equal seeds see equal draws.
            Hyperparameters, noise and seed broadcast against ``runs``.

    Returns:
        ``x``, ``g`` (with its noise), ``step`` and whatever the optimizer names, each (steps + 1, 2, *runs), and ``f``
        (steps + 1, *runs).  Nothing is clipped: a run that diverges goes on to inf or nan.

    Raises:
        ValueError, TypeError: an argument is not as above, or the record would exceed ``MAX_BYTES``.

    >>> from optim import optimizers, surfaces
    >>> run = trace(optimizers.sgd(lr=0.1), surfaces.quadratic(a=1, b=4), start=(1, 1), steps=2)
    >>> run["x"].round(3).tolist()
    [[1.0, 1.0], [0.9, 0.6], [0.81, 0.36]]
    """
    steps = STEPS.check_one("steps", steps)
    batch = Batch.of(optimizer, surface, start, schedule, noise, seed)
    record = _single(batch, steps + 1) or _record(_rows(batch), steps + 1)
    return {name: batch.squeeze(value) for name, value in record.items()}


def descend(
    optimizer: Optimizer,
    surface: Objective,
    start: ArrayLike | None = None,
    *,
    t: int = 1,
    state: Row | None = None,
    schedule: Schedule = constant,
    noise: ArrayLike = 0.0,
    seed: ArrayLike = 0,
) -> Iterator[Row]:
    """The rows of ``trace`` one after another, without end; what is not kept is forgotten.

    A run may stop after any row and go on later to the last bit as if it had not, or with other hyperparameters.

    Args:
        t: the first step: it tells schedule, bias correction and mini-batches where they are.
        state: the optimizer's, by name, each a number or (2, *runs); its own start by default.  A row will do, also
            that of a single run for many.
        Others: those of ``trace``.

    Raises:
        ValueError, TypeError: an argument is not as above; ``state`` lacks a quantity that the optimizer keeps.

    >>> from optim import optimizers, surfaces
    >>> adam, bowl = optimizers.adam(lr=0.1), surfaces.quadratic(a=1, b=4)
    >>> row = next(itertools.islice(descend(adam, bowl, start=(1, 1)), 9, None))  # at t = 10
    >>> rows = descend(adam(lr=0.01), bowl, row["x"] + row["step"], t=11, state=row)  # a smaller η from here on
    """
    t = FIRST.check_one("t", t)
    batch = Batch.of(optimizer, surface, start, schedule, noise, seed)
    return map(batch.shown, _quietly(_rows(batch, t, None if state is None else batch.state(state))))


def sweep(
    optimizer: Optimizer,
    surface: Objective,
    start: ArrayLike | None = None,
    steps: int = 100,
    *,
    event: Event | None = None,
    schedule: Schedule = constant,
    noise: ArrayLike = 0.0,
    seed: ArrayLike = 0,
    executor: Executor | None = None,
) -> dict[str, Array]:
    """Run many at once and keep only what a sweep needs: memory does not grow with ``steps``.

    Arguments are those of ``trace``; the runs are whatever start, hyperparameters, noise and seed broadcast to, and
    each ends with the very numbers it would have alone.

    Args:
        event: row -> for each run whether something holds there, e.g. ``lambda row: row["f"] <= 1e-6``.  It gets the
            rows of some of the runs at a time, to be read only; an array over all runs, such as a threshold for each,
            may be used in it as it is: in calculations with the row's arrays, runs last, it is cut to those runs.  It
            must ask of each run by itself: what counts, picks or reduces runs, such as ``row["f"].min()``, would depend
            on which of them are carried together, and is refused.
        executor: carries blocks of runs to threads, processes or machines; ``event`` must then be picklable wherever
            the executor's tasks must be.

    Returns:
        ``x`` (2, *runs) and ``f`` after the last step (of a task, on the mini-batch that would come next), the ``best``
        f on the way, and the first step at which ``event`` held (``hit``) and at which the run had ``diverged`` (see
        ``DIVERGED``); nan where that never happened.

    Raises:
        ValueError, TypeError: an argument is not as above.
        Exception: whatever ``event`` or the executor raises, with a note that names the runs.

    >>> from optim import optimizers, surfaces
    >>> bowl = surfaces.quadratic(a=1, b=4)
    >>> swept = sweep(optimizers.sgd(lr=[0.1, 0.2, 0.6]), bowl, start=(1, 1), event=lambda row: row["f"] < 0.01)
    >>> swept["hit"], swept["diverged"]
    (array([19., 9., nan]), array([nan, nan, 42.]))
    """
    steps = STEPS.check_one("steps", steps)
    if event is not None and not callable(event):
        raise TypeError(f"event = {short(event)}: it must be a function of a row, such as lambda row: row['f'] < 1.")
    if executor is not None and (isinstance(executor, type) or not hasattr(executor, "map")):
        raise TypeError(f"executor = {short(executor)}: it must be an executor, such as ThreadPoolExecutor().")
    batch = Batch.of(optimizer, surface, start, schedule, noise, seed)
    result = {name: np.empty(batch.runs) for name in ("f", "best", "hit", "diverged")}
    result["x"] = np.empty(batch.start.shape)
    indices = list(blocks(batch.runs, max(1, 2 * BLOCK // surface.dimensions)))
    parts = [batch] if len(indices) == 1 else map(batch.block, indices)
    summaries = each(partial(_summary, steps=steps, event=event), parts, executor)
    for index, summary in zip(indices, summaries, strict=True):
        for name, value in summary.items():
            result[name][..., *index] = value
    return {name: batch.squeeze(value) for name, value in result.items()}


def replay(
    optimizer: Optimizer, gradients: ArrayLike, start: ArrayLike = 0.0, *, schedule: Schedule = constant
) -> dict[str, Array]:
    """Feed ``optimizer`` the given gradients, whatever they come from.

    Args:
        gradients: (steps, *shape), at least one; what is not finite passes through.
        start: broadcasts to shape, as do the hyperparameters.

    Returns:
        ``x`` of shape (steps + 1, *shape); ``g``, ``step`` and whatever the optimizer names of (steps, *shape).

    Raises:
        ValueError, TypeError: an argument is not as above.

    >>> from optim import optimizers
    >>> replay(optimizers.momentum(lr=0.1, beta=0.5), [1.0, 1.0])["x"].tolist()
    [0.0, -0.1, -0.25]
    """
    expect("optimizer", optimizer, Optimizer, "optimizers.adam")
    expect("schedule", schedule, Schedule, "schedules.constant")
    seen = stream(gradients)
    x, shape = np.asarray(FINITE.check("start", start)), seen.shape[1:]
    for name, own in (("start", x.shape), (optimizer.label, optimizer.shape), (schedule.label, schedule.shape)):
        if not broadcasts(own, shape):
            raise ValueError(f"{name}: its shape {own} must broadcast to that of one gradient, {shape}.")
    rows = _descend(optimizer, np.broadcast_to(x, shape), lambda _, t: {"g": seen[t - 1]}, schedule)
    run = _record(rows, len(seen))
    return run | {"x": np.concatenate([run["x"], (run["x"][-1] + run["step"][-1])[None]])}


def _descend(
    optimizer: Optimizer,
    x: Array,
    observe: Callable[[Array, int], Row],
    schedule: Schedule,
    first: int = 1,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Row]:
    """The loop.  ``observe(x, t)`` gives the gradient as "g", and the loss as "f" where there is one."""
    state = optimizer.state if state is None else state
    for t in itertools.count(first):
        seen = observe(x, t)
        factor = schedule.function(t, **schedule.values)
        step, state = optimizer.step(t, x, seen["g"], state, factor)
        yield {"x": x, **seen, "step": step, **state}
        x = x + step
        # Without what the next row does not need: it then takes the same memory, still in the cache.
        state = {name: state[name] for name in optimizer.state}
        del seen, step


def _single(batch: Batch, count: int) -> dict[str, Array] | None:
    """The record of a long run of its own, by the loop over floats; None where there is none.

    There is none of another's formula: that may do what no graph shows, such as draw random numbers.
    """
    if not batch.single or count < LONG:
        return None
    surface, plan, t = batch.surface.along(count), batch.schedule, range(1, count + 1)
    if surface is None or not all(_ours(formula) for formula in (batch.optimizer, surface, plan)):
        return None
    if 16 * count * len(next(_quietly(_rows(batch)))) > MAX_BYTES:
        return None
    factors = 1.0 if plan == constant else np.array([float(plan.function(i, **plan.values)) for i in t])
    noise = batch.drawn(count) if batch.noise.any() else None
    found = single.record(batch.optimizer, surface, batch.start[:, 0], factors, count, noise)
    return None if found is None else {name: value[..., None] for name, value in found.items()}


def _ours(formula: Formula) -> bool:
    return str(formula.function.__module__).rpartition(".")[0] == __package__


def _rows(batch: Batch, first: int = 1, state: Mapping[str, Any] | None = None) -> Iterator[Row]:
    return _descend(batch.optimizer, batch.start, batch.observe(first), batch.schedule, first, state)


def _quietly(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows; what overflows on the way to one warns nobody."""
    take = _quiet(next)
    while True:
        yield take(rows)


@_quiet
def _summary(batch: Batch, steps: int, event: Event | None) -> dict[str, Array]:
    """Run one batch and keep its end, its best loss and the first steps of its events."""
    best, hit, diverged = (np.full(batch.runs, initial) for initial in (np.inf, np.nan, np.nan))
    all_sound = True
    rows = _rows(batch)
    x: Array = batch.start
    f: Array = x
    for t in range(steps + 1):
        row = next(rows)
        x, f = row["x"], row["f"]
        np.fmin(best, f, out=best)
        # One pass over each instead of several: what is not finite, or too large, makes a sum of squares so.
        all_sound = all_sound and bool(np.vdot(x, x) <= DIVERGED**2 and np.vdot(f, f) < np.inf)
        if not all_sound:
            sound = (np.abs(x).max(axis=0) <= DIVERGED) & np.isfinite(f)
            diverged[np.isnan(diverged) & ~sound] = t
        if event is not None:
            place = batch.place or (batch.whole if t == 0 else None)  # of runs that are all here one row shows enough
            hit[np.isnan(hit) & _held(event, row, batch.runs, place)] = t
        del row
    return {"x": x, "f": f, "best": best, "hit": hit, "diverged": diverged}


def _held(event: Event, row: Row, runs: tuple[int, ...], place: Place | None) -> NDArray[np.bool_]:
    given = event(EventRow(row, place))
    held = np.asarray(given)
    if place and isinstance(given, np.bool_):
        raise TypeError("event: it must say for each run whether it holds, not for any or all of them at once.")
    if held.dtype != np.bool_:
        raise TypeError(f"event = {short(given)}: it must say for each run whether it holds, as row['f'] < 1 does.")
    if place and held.shape != runs:
        held = cut(held, place)
    if not broadcasts(held.shape, runs):
        raise ValueError(f"event: it gave the shape {held.shape}; it must be one value for each run, as row['f'] has.")
    return held


@_quiet
def _record(rows: Iterator[Row], count: int) -> dict[str, Array]:
    """Keep ``count`` rows; whatever has fewer axes than x is spread over x's."""
    first = next(rows)
    shape = first["x"].shape
    size = 8 * count * len(first) * math.prod(shape)
    if size > MAX_BYTES:
        raise ValueError(
            f"a record of {count} rows of {len(first)} quantities for {math.prod(shape[1:])} runs takes {size:.2g} "
            f"bytes; at most {MAX_BYTES:.2g} are allowed. Take fewer steps, or sweep, which keeps no rows."
        )
    kept = {name: np.empty((count, *(shape[1:] if name == "f" else shape))) for name in first}
    for i, row in enumerate(itertools.islice(itertools.chain([first], rows), count)):
        if row.keys() != kept.keys():
            odd = min(row.keys() ^ kept.keys())
            raise ValueError(f"{odd!r} is a quantity of some rows and not of others: each row must have the same.")
        for name, value in row.items():
            kept[name][i] = value
    return kept
