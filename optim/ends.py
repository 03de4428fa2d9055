"""How a run ended, by one definition: whether it is at rest, and what is there; and where a surface's minima are."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .batch import broadcasts
from .descent import DIVERGED
from .formula import Array, Formula, expect, expect_trace, short
from .schedules import Schedule, constant
from .surfaces import Point, Surface, points

Trace = Mapping[str, Array]
F = TypeVar("F", bound=Formula)

NEAR = 0.01
"""How much of the map's diagonal counts as "there"."""

STILL = 1e-3
"""How much of the map's diagonal a run at rest may move: about a pixel."""

FLAT = 1e-3
"""How much of the spread of f over the map counts as "level"."""

AHEAD = 10_000
"""For how many more steps a run at rest must stay where it is."""

SHORTEST = 10
"""At least how many steps a run is judged by."""

BOUNCE = 5
"""How many of its longest steps wide an oscillation may be in which rest ends."""

GRID = 64
"""Points along each side of the map from which minima are searched."""

Kind = Literal[
    "diverged",
    "left the map",
    "minimum",
    "local minimum",
    "maximum",
    "saddle",
    "flat",
    "at rest",
    "oscillating",
    "near a minimum",
    "near a local minimum",
    "near a saddle",
    "creeping",
    "moving",
]


@dataclass(frozen=True)
class Outcome:
    """What a run came to.

    ``diverged`` and ``left the map`` come before all else.  A run at rest is in a ``minimum``, in a ``local minimum``
    (above the lowest that the surface lists), on a ``maximum`` or ``saddle``, where it is ``flat``, or merely
    ``at rest``, as with a learning rate of 0.  One that is not is ``oscillating``; or, over the last quarter of its
    steps, ``near a minimum``, ``near a local minimum`` or ``near a saddle`` and not sure to stay; or ``creeping``, by
    less than ``NEAR`` of the map's diagonal; or ``moving``.
    """

    kind: Kind
    step: int | None = None
    """The first step at which it had diverged, or from which on it was off the map."""
    place: Point | None = None
    """The minimum, maximum or saddle point that it is at or near."""
    amplitude: float | None = None
    """Half of what lies between the two sides of an oscillation."""

    @property
    def at_rest(self) -> bool:
        """Whether the run stays where it is."""
        return self.kind in ("minimum", "local minimum", "maximum", "saddle", "flat", "at rest")


class Minimum(NamedTuple):
    """A local minimum."""

    x: float
    y: float
    f: float


def diverged(trace: Trace) -> Any:
    """The first row of a run at which f is not finite or a coordinate is beyond ``DIVERGED``; None if there is none.

    Of many runs, an array of their shape with nan where there is none.

    Raises:
        TypeError: it is no trace.

    >>> from optim import optimizers, surfaces, trace
    >>> diverged(trace(optimizers.sgd(lr=0.3), surfaces.quadratic, steps=50))
    20
    >>> diverged(trace(optimizers.sgd(lr=[0.1, 0.3]), surfaces.quadratic, steps=50))
    array([nan, 20.])
    """
    expect_trace(trace)
    return _or_none(_diverged(trace))


def _diverged(trace: Trace) -> Array:
    sound = np.isfinite(trace["f"]) & (np.abs(trace["x"]) <= DIVERGED).all(axis=1)
    return np.where(sound.all(axis=0), np.nan, np.argmin(sound, axis=0))


def _or_none(row: Array) -> Any:
    """As it is for many runs, (*runs,) with nan; of a single one a whole number or None."""
    return row if row.ndim else None if np.isnan(row) else int(row)


def left(trace: Trace, surface: Surface) -> Any:
    """The row from which on a run is off the surface's map until it ends or has diverged; None if it is on it then,
    or is to be after its next step, as one that jumps over the map is at every other.

    Of many runs, an array of their shape with nan in place of None.

    Raises:
        TypeError: trace or surface is none.

    >>> from optim import optimizers, surfaces, trace
    >>> left(trace(optimizers.sgd(lr=0.3), surfaces.quadratic, steps=50), surfaces.quadratic)
    2
    """
    expect_trace(trace, "step")
    expect("surface", surface, Surface, "surfaces.beale")
    x, gone = trace["x"], _diverged(trace)
    last = np.where(np.isnan(gone), len(x) - 1, gone)
    on = surface.contains(np.moveaxis(x, 1, 0)) & (np.arange(len(x)).reshape(-1, *(1,) * gone.ndim) <= last)
    first = np.where(on.any(axis=0), len(on) - np.argmax(on[::-1], axis=0), 0)
    with np.errstate(all="ignore"):
        back = np.isnan(gone) & surface.contains(x[-1] + trace["step"][-1])
    return _or_none(np.where(back | (first > last), np.nan, first))


def outcome(surface: Surface, trace: Trace, schedule: Schedule = constant) -> Any:
    """What a run came to, judged by the last quarter of its steps and by the surface where it ends.

    A run is at rest if its next step is 0, for want of a gradient or of a learning rate that its schedule does not give
    back; or if it has had no gradient, has not moved, and its steps do not grow; or if it has stayed within ``STILL``
    of the map's diagonal and is to stay for ``AHEAD`` more steps: along curvatures that pull it back its
    steps do not grow and Newton's step to the stationary point is no longer than that; along others, nor is what so
    many steps come to that grow as the last ones do.  Where its effective learning rate rises within as many steps,
    divided by gradients that vanish or by a schedule that comes back, to more than 2 over the curvature, rest may end
    in an oscillation some steps wide: there the longest step of the run must be short against ``NEAR`` as well.  In its
    first steps an optimizer may be another than later, as RAdam is before it divides: of a run that short only a step
    of 0 is rest.

    Args:
        trace: of runs on the surface, as ``optim.trace`` returns it.
        schedule: that of the runs.

    Returns:
        An ``Outcome``; of many runs, an array of them of the runs' shape.

    Raises:
        TypeError, ValueError: surface, trace or schedule is none, or its hyperparameters do not broadcast to the runs.

    >>> from optim import optimizers, surfaces, trace
    >>> outcome(surfaces.saddle, trace(optimizers.sgd(lr=0.1), surfaces.saddle, start=(1, 0), steps=500))
    Outcome(kind='saddle', step=None, place=(0.0, 0.0), amplitude=None)
    """
    expect("surface", surface, Surface, "surfaces.beale")
    expect_trace(trace, "g", "step", "effective_lr")
    expect("schedule", schedule, Schedule, "schedules.cosine")
    runs = trace["f"].shape[1:]
    for name, what in (("surface", surface), ("schedule", schedule)):
        if not broadcasts(what.shape, runs):
            raise ValueError(
                f"{name}: the shape of {short(what)} is {what.shape}; it must broadcast to the runs', {runs}."
            )
    found = np.empty(runs, dtype=object)
    for i in np.ndindex(runs):
        one = {name: rows[..., *i] for name, rows in trace.items()}
        found[i] = _outcome(_of_run(surface, runs, i), one, _of_run(schedule, runs, i))
    return found[()]


def _of_run(formula: F, runs: tuple[int, ...], i: tuple[int, ...]) -> F:
    values = {name: np.broadcast_to(v, runs)[i] for name, v in formula.values.items() if np.ndim(v)}
    return formula(**values) if values else formula


def _outcome(surface: Surface, trace: Trace, schedule: Schedule) -> Outcome:
    if (step := diverged(trace)) is not None:
        return Outcome("diverged", step)
    if (step := left(trace, surface)) is not None:
        return Outcome("left the map", step)
    diagonal, end = surface.diagonal, trace["x"][-1]
    # Where the next step leads is known, though it has not been taken: there are as many steps as rows.
    rows = len(trace["f"])
    last = max(min(max(SHORTEST, rows // 4), rows) // 2 * 2, 1)
    path = np.vstack([trace["x"], end + trace["step"][-1]])[-last - 1 :]
    extent = np.ptp(path, axis=0)
    there = _there(surface, end)
    near = np.hypot(*(path - (there.place or end)).T).max() <= NEAR * diagonal
    place = there.place if near else None
    if _idle(trace, path, last, schedule) or (
        rows > 2 * SHORTEST
        and np.hypot(*extent) <= STILL * diagonal
        and _to_go(there, path) <= STILL * diagonal
        and not (
            BOUNCE * np.abs(trace["step"]).max() > NEAR * diagonal and _poised(surface, there, trace, last, schedule)
        )
    ):
        return Outcome(there.kind, place=there.place)
    if (amplitude := _amplitude(path)) > STILL * diagonal / 2:
        return Outcome("oscillating", place=place, amplitude=amplitude)
    if place and there.kind != "maximum":
        return Outcome(cast("Kind", f"near a {there.kind}"), place=place)
    return Outcome("creeping" if np.hypot(*extent) <= NEAR * diagonal else "moving")


class _There(NamedTuple):
    """What the surface is at a point."""

    kind: Kind
    place: Point | None
    directions: Array
    """The Hessian's eigenvectors, in columns."""
    left: Array | float = math.nan
    """Newton's step to ``place`` along each of those that are curved upwards; nan along the others."""


def _there(surface: Surface, x: Array) -> _There:
    """The stationary point within ``NEAR`` of x, if there is one, and its kind by the signs of the curvatures."""
    diagonal, level = surface.diagonal, FLAT * _spread(surface)
    g, hessian = surface.at(x)[1], surface.hessian(x)
    if not np.isfinite(hessian).all():
        return _There("at rest", None, np.eye(2))
    curvatures, directions = np.linalg.eigh(hessian)
    slopes, steepest = directions.T @ g, np.abs(curvatures).max()
    curved = np.abs(curvatures) > 1e-12 * steepest
    upward = curved & (curvatures > 0)
    newton = np.divide(slopes, curvatures, out=np.zeros(2), where=curved)
    left = np.where(upward, np.abs(newton), np.nan)
    if np.hypot(*g) * diagonal <= level and steepest * diagonal**2 / 2 <= level:
        return _There("flat", None, directions)
    level_across = bool((np.abs(slopes[~curved]) * diagonal <= level).all())
    if level_across and np.hypot(*newton) <= NEAR * diagonal:
        place = x - directions @ newton
        if not all(_constant_along(surface, place, direction) for direction in directions.T[~curved]):
            return _There("flat", None, directions)
        found = _polished(surface, place) if _converges(surface, place, newton) else None
        if found and math.dist(x, found) <= NEAR * diagonal:
            place = found
            if upward[curved].all():
                return _There(_rank(surface, place), place, directions, left)
            return _There("saddle" if upward.any() else "maximum", place, directions, left)
    for known in surface.minima:
        if np.hypot(x[0] - known[0], x[1] - known[1]) <= NEAR * diagonal:
            # A cusp, which has no Hessian to speak of.
            return _There("minimum", known, np.eye(2), np.abs(x - known))
    return _There("at rest", None, directions)


def _newton(surface: Surface, p: Array) -> Array:
    """Newton's step -H⁻¹ g from p, by the pseudo-inverse: none along directions without curvature."""
    return -np.linalg.pinv(surface.hessian(p), rcond=1e-12) @ surface.at(p)[1]


def _converges(surface: Surface, place: Array, newton: Array) -> bool:
    """Whether Newton's step from where the first one led is much shorter, as it is near a stationary point.

    On an exponential slope Newton's steps are all of one length.
    """
    if not np.isfinite(surface.hessian(place)).all():
        return False
    return bool(np.hypot(*_newton(surface, place)) <= max(np.hypot(*newton) / 2, 1e-6 * surface.diagonal))


def _polished(surface: Surface, p: Array) -> Point:
    """The stationary point that Newton's method finds from close by; the listed one where it is that."""
    for _ in range(5):
        p = p + _newton(surface, p)
    for known in (*surface.minima, *surface.saddles):
        if np.hypot(p[0] - known[0], p[1] - known[1]) <= 1e-6 * surface.diagonal:
            return float(known[0]), float(known[1])
    return float(p[0]), float(p[1])


def _rank(surface: Surface, place: Point) -> Kind:
    """A minimum, or a local one: above the lowest that the surface lists."""
    if not surface.minima:
        return "minimum"
    lowest = surface.at(np.transpose(surface.minima))[0].min()
    return "local minimum" if surface.at(place)[0] > lowest + 1e-6 * _spread(surface) else "minimum"


def _to_go(there: _There, path: Array) -> float:
    """How far a run may still come in ``AHEAD`` more steps, by the latest ones."""
    steps = np.abs(np.diff(path @ there.directions, axis=0))
    half = len(steps) // 2
    before, after = steps[:half].sum(axis=0), steps[half:].sum(axis=0)
    rounding = 4 * np.finfo(float).eps * (np.abs(path) @ np.abs(there.directions)).max(axis=0) * len(steps)
    pulled_back = np.isfinite(there.left) & (after <= before + rounding)
    with np.errstate(all="ignore"):
        growth = after / before
        count = AHEAD / (len(steps) - half)
        series = np.where(growth - 1 > 1e-9, growth * (growth**count - 1) / (growth - 1), count)
        pace = after * series
    return float(np.hypot(*np.where(pulled_back, there.left, pace)))


def _idle(trace: Trace, path: Array, last: int, schedule: Schedule) -> bool:
    """Whether nothing moves the run: no gradient, or no learning rate."""
    if not trace["g"][-last:].any() and not np.ptp(path, axis=0).any():
        return bool((np.abs(trace["step"][-1]) <= np.abs(trace["step"][-last])).all())
    if trace["step"][-1].any() or (trace["effective_lr"][-1] * trace["g"][-1]).any():
        return False
    later = schedule.at(len(trace["f"]) + np.arange(AHEAD))
    return bool(later[0] or not later.any())  # a factor of 0 may be one of a cycle


def _poised(surface: Surface, there: _There, trace: Trace, last: int, schedule: Schedule) -> bool:
    """Whether rest may end by itself: the effective learning rate rises, or a gradient is held in balance by others.

    A divided learning rate rises while the gradients vanish, faster than most schedules fall, and a schedule may rise
    again; the steps grow once it is 2 over the curvature.  Away from stationary points a run that is not out of
    learning rate rests because weight decay, or an average of past gradients, makes up for it.
    """
    rows = len(trace["f"])
    factors, later = schedule.at(np.arange(rows - last, rows) + 1.0), schedule.at(rows + np.arange(AHEAD) + 1.0)
    used = np.flatnonzero(factors)
    if not used.size:
        return bool(later.any())
    first, end = used[0], used[-1]
    with np.errstate(all="ignore"):
        rates = np.log(trace["effective_lr"][-last:][[first, end]] / factors[[first, end], None])
        pace = (rates[1] - rates[0]) / max(end - first, 1)
        ahead = np.arange(1.0, AHEAD + 1)[:, None]
        still = (-1e-6 if there.kind == "at rest" else 1e-6) / last
        rises = ahead * (pace - still) + np.log(later / factors[-1])[:, None] > 0
        if there.kind == "at rest":
            return bool(rises.any())
        curvature = np.abs(np.linalg.eigvalsh(surface.hessian(trace["x"][-1]))).max()
        return bool((rises & (rates[1] + ahead * pace + np.log(later)[:, None] > np.log(2 / curvature))).any())


def _amplitude(path: Array) -> float:
    """Half the width of the path along the coordinate that moves most; 0 if it turns less than twice or dies out."""
    x = path[:, np.argmax(np.ptp(path, axis=0))]
    half = len(x) // 2
    steps = np.diff(x)
    signs = np.sign(steps[steps != 0])
    first, second = np.ptp(x[:half]), np.ptp(x[half:])
    turns = int((signs[1:] != signs[:-1]).sum())
    return float(np.ptp(x) / 2 * (turns >= 2 and second >= first / 2))


@lru_cache(maxsize=256)
def _spread(surface: Surface) -> float:
    """The middle half of f's values over the map: a scale that a steep corner does not spoil."""
    grid = np.stack(np.meshgrid(np.linspace(*surface.x_range, 41), np.linspace(*surface.y_range, 41)))
    low, high = np.percentile(surface.at(grid)[0], (25, 75))
    return float(high - low)


def _same(surface: Surface) -> Surface:
    if expect("surface", surface, Surface, "surfaces.beale").shape:
        raise ValueError(f"surface: {short(surface)} is many, {surface.shape}; the minima asked for are those of one.")
    return surface


def minima(surface: Surface) -> tuple[Minimum, ...]:
    """The local minima on the surface's map, the deepest first; of a line of minima, or a cusp, the listed one.

    Newton's method from a grid of points, as long as the Hessian is positive definite and in steps of at most a
    twentieth of the map: a minimum is where it comes to rest.  On a plain or an exponential slope it never does.

    Raises:
        TypeError, ValueError: it is no surface, or many.

    >>> from optim import surfaces
    >>> [(round(m.x, 2), round(m.y, 2), round(m.f, 2)) for m in minima(surfaces.two_pits)]
    [(-0.94, 0.0, -2.06), (0.91, 0.0, -1.09)]
    """
    return _minima(_same(surface))


@lru_cache(maxsize=64)
def _minima(surface: Surface) -> tuple[Minimum, ...]:
    diagonal = surface.diagonal
    middles = (np.arange(GRID) + 0.5) / GRID
    spans = (low + (high - low) * middles for low, high in (surface.x_range, surface.y_range))
    p = np.stack(np.meshgrid(*spans)).reshape(2, -1)
    length = np.inf
    with np.errstate(all="ignore"):
        for _ in range(60):
            newton, definite = _newtons(surface, p)
            newton, p = newton[:, definite], p[:, definite]
            length = np.hypot(*newton)
            p = p - newton * np.minimum(1, diagonal / 20 / length)
            if (length <= 1e-12 * diagonal).all():
                break
    p = np.hstack([p[:, length <= 1e-9 * diagonal], np.reshape(surface.minima, (-1, 2)).T])
    p = p[:, surface.contains(p)]
    found: list[Minimum] = []
    while p.size:
        x, y = p[:, 0]
        found.append(Minimum(float(x), float(y), float(surface.at((x, y))[0])))
        p = p[:, np.hypot(p[0] - x, p[1] - y) > 1e-5 * diagonal]
    return tuple(sorted(found, key=lambda m: (round(m.f, 9), m.x, m.y)))


def _newtons(surface: Surface, p: Array) -> tuple[Array, NDArray[np.bool_]]:
    """H⁻¹ g at p of shape (2, n), and where H is positive definite."""
    g = surface.at(p)[1]
    (a, b), (_, c) = surface.hessian(p)
    determinant = a * c - b * b
    return np.stack([c * g[0] - b * g[1], a * g[1] - b * g[0]]) / determinant, (a > 0) & (determinant > 0)


def distance_to_minimum(surface: Surface, x: ArrayLike) -> Array | None:
    """How far x is from the nearest of the surface's listed minima, or from the line of minima through it.

    Args:
        x: (2, *runs).

    Returns:
        (*runs,); None where the surface lists no minimum.

    Raises:
        TypeError, ValueError: an argument is not as above, or the surface is many.

    >>> from optim import surfaces
    >>> float(distance_to_minimum(surfaces.quadratic, (3, 4)))
    5.0
    >>> float(distance_to_minimum(surfaces.quadratic(b=0), (3, 4)))  # every (0, y) is a minimum
    3.0
    """
    x = points(x, "x")
    if not _same(surface).minima:
        return None
    away = [
        np.hypot(*np.tensordot(across, x - np.reshape(place, (2, *(1,) * (x.ndim - 1))), 1))
        for place, across in zip(surface.minima, _across(surface), strict=True)
    ]
    return np.min(away, axis=0)


@lru_cache(maxsize=256)
def _across(surface: Surface) -> tuple[Array, ...]:
    """For each listed minimum the projection (2, 2) that takes out the directions in which f does not change."""
    found: list[Array] = []
    for place in np.asarray(surface.minima, dtype=np.float64):
        projection, hessian = np.eye(2), surface.hessian(place)
        if np.isfinite(hessian).all():
            for direction in np.linalg.eigh(hessian)[1].T:
                if _constant_along(surface, place, direction):
                    projection = projection - np.outer(direction, direction)
        found.append(projection)
    return tuple(found)


def _constant_along(surface: Surface, place: Array, direction: Array) -> bool:
    """Whether f does not change over the map along the line through a place."""
    line = place[:, None] + direction[:, None] * np.linspace(-1, 1, 9) * surface.diagonal
    with np.errstate(all="ignore"):
        f, g = surface.at(line)
        # By the slope too: where f is large everywhere, rounding hides what it changes by.
        change = max(np.ptp(f), 2 * surface.diagonal * np.abs(direction @ g).max())
        return bool(change <= 1e-9 * _spread(surface))
