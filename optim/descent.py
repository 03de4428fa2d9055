"""The one loop, and what listens to it: ``trace`` keeps every row, ``sweep`` only a summary, ``replay`` has no surface.

Row i holds where the run is after i steps (``x``), the loss ``f`` and gradient ``g`` there, the optimizer's state after
it has seen g at time t = i + 1, and the ``step`` it is about to take.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .formula import Array, Hyperparameter
from .optimizers import Optimizer
from .schedules import Schedule, constant
from .surfaces import Surface

Row = dict[str, Any]

DIVERGED = 1e6
"""A run has diverged once a coordinate exceeds this, or it or the loss is no longer a finite number."""

MAX_STEPS = 10_000_000
MAX_BYTES = 2**30
"""What one trace or replay may record."""

BLOCK = 4096
"""Runs that a sweep carries at a time: their arrays fit in a core's cache together."""

_quiet = np.errstate(over="ignore", invalid="ignore", divide="ignore")


def trace(
    optimizer: Optimizer,
    surface: Surface,
    start: ArrayLike | None = None,
    steps: int = 100,
    *,
    schedule: Schedule = constant,
    noise: ArrayLike = 0.0,
    seed: ArrayLike = 0,
) -> dict[str, Array]:
    """Run ``optimizer`` on ``surface`` and keep every row.

    Args:
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
    """
    steps = _whole("steps", steps, MAX_STEPS)
    setting = _Setting.of(optimizer, surface, start, schedule, noise, seed)
    return _record(setting.rows(), steps + 1, setting.squeeze)


def sweep(
    optimizer: Optimizer,
    surface: Surface,
    start: ArrayLike | None = None,
    steps: int = 100,
    *,
    event: Callable[[Row], Any] | None = None,
    schedule: Schedule = constant,
    noise: ArrayLike = 0.0,
    seed: ArrayLike = 0,
    executor: Executor | None = None,
) -> dict[str, Array]:
    """Run many at once and keep only what a sweep needs: memory does not grow with ``steps``.

    Arguments are those of ``trace``; the runs are whatever start, hyperparameters, noise and seed broadcast to, and
    each ends with the very numbers it would have alone.

    Args:
        event: row -> bool of the shape of ``row["f"]``: what ``hit`` waits for, e.g. ``lambda row: row["f"] <= 1e-6``.
            The rows are those of one block of runs at a time.
        executor: carries blocks of runs to threads, processes or machines; ``event`` must then be picklable wherever
            the executor's tasks must be.  A block that fails is tried once more.

    Returns:
        ``x`` (2, *runs) and ``f`` after the last step, the ``best`` f on the way, and the first step at which ``event``
        held (``hit``) and at which the run had ``diverged`` (see ``DIVERGED``); nan where that never happened.

    Raises:
        ValueError, TypeError: an argument is not as above.
        RuntimeError: a block failed twice; the message names its runs.
    """
    steps = _whole("steps", steps, MAX_STEPS)
    setting = _Setting.of(optimizer, surface, start, schedule, noise, seed)
    runs = setting.runs
    result = {name: np.empty(runs) for name in ("f", "best", "hit", "diverged")} | {"x": np.empty((2, *runs))}
    blocks = list(_blocks(runs, BLOCK))
    for index, part in zip(blocks, _carry(setting, blocks, steps, event, executor), strict=True):
        for name, value in part.items():
            result[name][..., *index] = value
    return {name: setting.squeeze(value) for name, value in result.items()}


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
    """
    try:
        stream = np.asarray(gradients, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError("gradients: they must be an array of numbers, (steps, *shape).") from None
    if stream.ndim == 0 or len(stream) == 0:
        raise ValueError("gradients: there must be at least one, along axis 0.")
    x, shape = _finite("start", start), stream.shape[1:]
    for name, own in (("start", x.shape), (optimizer.label, optimizer.shape), (schedule.label, schedule.shape)):
        if not _broadcasts(own, shape):
            raise ValueError(f"{name}: its shape {own} must broadcast to that of one gradient, {shape}.")
    x = np.array(np.broadcast_to(x, shape))
    run = _record(_descend(optimizer, x, lambda _, t: {"g": stream[t - 1]}, schedule), len(stream), lambda a: a)
    return run | {"x": np.concatenate([run["x"], (run["x"][-1] + run["step"][-1])[None]])}


def _descend(optimizer: Optimizer, x: Array, observe: Callable[[Array, int], Row], schedule: Schedule) -> Iterator[Row]:
    """The loop.  ``observe(x, t)`` gives the gradient as "g", and the loss as "f" where there is one."""
    state: Mapping[str, Any] = optimizer.state
    for t in itertools.count(1):
        seen = observe(x, t)
        factor = schedule.function(t, **schedule.values)
        step, state = optimizer.step(t, x, seen["g"], state, factor)
        yield {"x": x, **seen, "step": step, **state}
        x = x + step
        # Let go of what the next row does not need before making it: it then takes the same memory, still in the cache.
        state = {name: state[name] for name in optimizer.state}
        del seen, step


@dataclass(frozen=True)
class _Setting:
    """Everything that decides a batch of runs, with ``start`` of the full shape (2, *runs)."""

    optimizer: Optimizer
    surface: Surface
    start: Array
    schedule: Schedule
    noise: Array
    seed: NDArray[np.int64]
    squeeze: Callable[[Array], Array]

    @classmethod
    def of(
        cls,
        optimizer: Optimizer,
        surface: Surface,
        start: ArrayLike | None,
        schedule: Schedule,
        noise: ArrayLike,
        seed: ArrayLike,
    ) -> Self:
        point = _finite("start", surface.start if start is None else start)
        if point.ndim == 0 or len(point) != 2:
            raise ValueError(f"start: its shape is {point.shape}; it must be (2, *runs), coordinates first.")
        sigma = np.asarray(Hyperparameter("", "", low=0).check("noise", noise))
        seeds = np.asarray(Hyperparameter("", "", low=0, high=2**53, scale="whole").check("seed", seed)).astype(int)
        shapes = {
            "start": point.shape[1:],
            optimizer.label: optimizer.shape,
            surface.label: surface.shape,
            schedule.label: schedule.shape,
            "noise": sigma.shape,
            "seed": seeds.shape,
        }
        try:
            runs = np.broadcast_shapes(*shapes.values())
        except ValueError:
            told = ", ".join(f"{name} {shape}" for name, shape in shapes.items() if shape)
            raise ValueError(f"these shapes do not broadcast to one shape of runs: {told}.") from None
        # A single run is carried as one of one, so that it takes the same code paths, to the last bit, as many.
        squeeze: Callable[[Array], Array] = _same if runs else _first
        runs = runs or (1,)
        start = np.broadcast_to(_pad(point, len(runs), lead=1), (2, *runs))
        return cls(optimizer, surface, start, schedule, sigma, seeds, squeeze)

    @property
    def runs(self) -> tuple[int, ...]:
        return self.start.shape[1:]

    def rows(self) -> Iterator[Row]:
        noise = _draws(self.noise, self.seed, len(self.runs)) if self.noise.any() else None

        def observe(x: Array, _: int) -> Row:
            f, g = self.surface.at(x)
            return {"f": f, "g": g if noise is None else g + next(noise)}

        return _descend(self.optimizer, np.array(self.start), observe, self.schedule)

    def block(self, index: tuple[slice, ...]) -> "_Setting":
        def cut(value: Any) -> Any:
            if np.ndim(value) == 0:
                return value
            padded = _pad(np.asarray(value), len(index))
            return padded[tuple(i if n > 1 else slice(None) for i, n in zip(index, padded.shape, strict=True))]

        def cut_all(formula: Any) -> Any:
            return formula(**{name: cut(value) for name, value in formula.values.items() if np.ndim(value)})

        return replace(
            self,
            optimizer=cut_all(self.optimizer),
            surface=cut_all(self.surface),
            schedule=cut_all(self.schedule),
            start=self.start[:, *index],
            noise=cut(self.noise),
            seed=cut(self.seed),
        )


def _draws(noise: Array, seed: NDArray[np.int64], dimensions: int) -> Iterator[Array]:
    """σ times standard normal draws, (2, *runs) a step; runs of equal seed share a stream."""
    seeds, which = np.unique(seed, return_inverse=True)
    streams = [np.random.default_rng(int(s)) for s in seeds]
    while True:
        chunk = np.stack([stream.standard_normal((64, 2)) for stream in streams], axis=-1)
        for draw in chunk:
            yield noise * _pad(draw[:, which.reshape(seed.shape)], dimensions, lead=1)


def _blocks(runs: tuple[int, ...], size: int) -> Iterator[tuple[slice, ...]]:
    """Indices that together cover ``runs``, each of at most ``size`` runs.

    They cut along the leading axes only, so that hyperparameters given as a row and a column stay a row and a column.
    """
    if math.prod(runs) <= size:
        yield tuple(slice(None) for _ in runs)
        return
    inner = math.prod(runs[1:])
    if inner > size:
        for i in range(runs[0]):
            for rest in _blocks(runs[1:], size):
                yield (slice(i, i + 1), *rest)
    else:
        stride = size // inner
        for i in range(0, runs[0], stride):
            yield (slice(i, i + stride), *(slice(None) for _ in runs[1:]))


def _carry(
    setting: _Setting,
    blocks: list[tuple[slice, ...]],
    steps: int,
    event: Callable[[Row], Any] | None,
    executor: Executor | None,
) -> Iterator[dict[str, Array]]:
    """The summaries of the blocks in order; through the executor, if there is one, with one more try for each."""
    if executor is None:
        for index in blocks:
            yield _summary(setting.block(index), steps, event)
        return
    futures = [executor.submit(_summary, setting.block(index), steps, event) for index in blocks]
    for index, future in zip(blocks, futures, strict=True):
        try:
            yield future.result()
        except Exception:
            try:
                yield executor.submit(_summary, setting.block(index), steps, event).result()
            except Exception as error:
                where = ", ".join(f"{i.start or 0}:{'' if i.stop is None else i.stop}" for i in index)
                raise RuntimeError(f"the block of runs [{where}] failed twice: {error}") from error


@_quiet
def _summary(setting: _Setting, steps: int, event: Callable[[Row], Any] | None) -> dict[str, Array]:
    """Run one block and keep its end, its best loss and the first steps of its events."""
    _keep_freed_memory()
    runs = setting.runs
    best, hit, diverged = np.full(runs, np.inf), np.full(runs, np.nan), np.full(runs, np.nan)
    all_sound = True
    rows = setting.rows()
    x = f = setting.start
    for t in range(steps + 1):
        row = next(rows)
        x, f = row["x"], row["f"]
        np.fmin(best, f, out=best)
        all_sound = all_sound and _surely_sound(x, f)
        if not all_sound:
            _note(diverged, ~_sound(x, f), t)
        if event is not None:
            _note(hit, event(row), t)
        del row
    return {"x": x, "f": f, "best": best, "hit": hit, "diverged": diverged}


def _note(first: Array, held: Any, t: int) -> None:
    """Enter t for the runs in which something held for the first time."""
    held = np.asarray(held, dtype=bool)
    if not _broadcasts(held.shape, first.shape):
        raise ValueError(
            f"event: it gave the shape {held.shape}; it must be that of this block of runs, {first.shape}."
        )
    first[np.isnan(first) & held] = t


def _surely_sound(x: Array, f: Array) -> bool:
    """True only if no run has diverged: one pass over each instead of several.

    What is not finite, or too large, makes a sum of squares too large or nan.
    """
    return bool(np.vdot(x, x) <= DIVERGED**2 and np.vdot(f, f) < np.inf)


@cache
def _keep_freed_memory() -> None:
    """Let the C library keep what NumPy's temporaries free, instead of handing it back to the system each time.

    glibc returns free memory at the end of its heap beyond a threshold, and the next temporary faults it in page by
    page: half the time of a sweep.  Freeing one large block raises that threshold to twice its size (mallopt(3),
    M_MMAP_THRESHOLD).  Nothing touches the block, so it costs no memory; elsewhere this does nothing.
    """
    np.empty(2**21)


def _sound(x: Array, f: Array) -> NDArray[np.bool_]:
    """Where a run has not diverged; x is (2, *runs)."""
    return (np.abs(x).max(axis=0) <= DIVERGED) & np.isfinite(f)


@_quiet
def _record(rows: Iterator[Row], count: int, squeeze: Callable[[Array], Array]) -> dict[str, Array]:
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
        for name, value in row.items():
            kept[name][i] = value
    return {name: squeeze(value) for name, value in kept.items()}


def _whole(name: str, value: int, high: int) -> int:
    domain = Hyperparameter("", "", low=0, high=high, scale="whole")
    if np.ndim(value):
        raise TypeError(f"{name} = {value!r}: it must be one number, {domain.allowed}.")
    return int(domain.check(name, value))


def _finite(name: str, value: ArrayLike) -> Array:
    return np.asarray(Hyperparameter("", "").check(name, value))


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False


def _pad(value: NDArray[Any], dimensions: int, lead: int = 0) -> NDArray[Any]:
    """Insert axes of length 1 after the first ``lead``, so that ``dimensions`` follow them."""
    missing = dimensions - (value.ndim - lead)
    return value.reshape(*value.shape[:lead], *(1,) * missing, *value.shape[lead:])


def _same(value: Array) -> Array:
    return value


def _first(value: Array) -> Array:
    return value[..., 0]
