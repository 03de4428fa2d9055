"""Many runs at once: the checked inputs of a batch, the blocks it is cut into, and the executors that run them."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol, Self, TypeVar, cast, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .formula import FINITE, Array, Domain, Formula, broadcast, expect, fixed, real_numbers, short
from .optimizers import Optimizer
from .schedules import Schedule
from .surfaces import Surface

Index = tuple[slice, ...]
Place = tuple[Index, tuple[int, ...]]

_SIGMA = Domain(low=0)
_SEED = Domain(low=0, high=2**53, whole=True)


@runtime_checkable
class Objective(Protocol):
    """What a run descends: a ``Surface``, or in its place a loss of more coordinates that may change from step to step,
    such as ``learning.Task``.

    One whose ``shape`` is not () also needs ``block(place)``, the objective of some of its runs, to be swept in blocks.
    """

    @property
    def label(self) -> str: ...
    @property
    def shape(self) -> tuple[int, ...]:
        """The runs that its own values span, by broadcasting."""
        ...

    @property
    def dimensions(self) -> int:
        """How many coordinates a point has."""
        ...

    @property
    def start(self) -> ArrayLike:
        """Where runs begin by default: (dimensions, *runs)."""
        ...

    def at(self, x: Array, t: int, /) -> tuple[Array, Array]:
        """Loss (*runs,) and gradient (dimensions, *runs) of step t = 1, 2, ... at x."""
        ...

    def along(self, steps: int, /) -> Surface | None:
        """What a single run sees at its first steps as a surface, its numbers arrays over t; None where there is none.
        Such a run is quicker, and the same to the last bit."""
        ...


@dataclass(frozen=True)
class Batch:
    """Everything that decides a batch of runs, with ``start`` of the full shape (dimensions, *runs)."""

    optimizer: Optimizer
    surface: Objective
    start: Array
    schedule: Schedule
    noise: Array
    seed: NDArray[np.int64]
    single: bool
    """One run is carried as a batch of one, so that it takes the same code paths, to the last bit, as many."""
    place: Place | None = None
    """Of a block: its index, and the shape of all runs."""

    @classmethod
    def of(
        cls,
        optimizer: Optimizer,
        surface: Objective,
        start: ArrayLike | None,
        schedule: Schedule,
        noise: ArrayLike,
        seed: ArrayLike,
    ) -> Self:
        """Check the arguments of ``trace``, ``sweep`` and ``descend``.

        Raises:
            TypeError, ValueError: one is not as they say.
        """
        expect("optimizer", optimizer, Optimizer, "optimizers.adam")
        if isinstance(surface, type) or not isinstance(surface, Objective):  # pyright: ignore[reportUnnecessaryIsInstance]
            expect("surface", surface, Surface, "surfaces.beale")
        expect("schedule", schedule, Schedule, "schedules.constant")
        point = np.asarray(FINITE.check("start", surface.start if start is None else start))
        if point.ndim == 0 or len(point) != surface.dimensions:
            raise ValueError(
                f"start: its shape is {point.shape}; it must be ({surface.dimensions}, *runs), coordinates first."
            )
        sigma = np.asarray(_SIGMA.check("noise", noise))
        seeds = np.asarray(_SEED.check("seed", seed)).astype(np.int64)
        shapes = {
            "start": point.shape[1:],
            optimizer.label: optimizer.shape,
            surface.label: surface.shape,
            schedule.label: schedule.shape,
            "noise": sigma.shape,
            "seed": seeds.shape,
        }
        runs = broadcast("these shapes", shapes)
        full = np.broadcast_to(_pad(point, len(runs) or 1), (len(point), *(runs or (1,))))
        if not isinstance(surface, Surface):
            # A run's coordinates lie together, as matrix products need them; elementwise steps keep it so.
            full = np.moveaxis(np.ascontiguousarray(np.moveaxis(full, 0, -1)), -1, 0)
        return cls(optimizer, surface, full, schedule, sigma, seeds, not runs)

    @property
    def runs(self) -> tuple[int, ...]:
        return self.start.shape[1:]

    @property
    def whole(self) -> Place | None:
        """The ``place`` of a block that is all of them; None of a single run, which may be asked whatever one likes."""
        return None if self.single else (tuple(slice(None) for _ in self.runs), self.runs)

    def squeeze(self, value: Array) -> Array:
        """An array over the runs, (..., *runs), without the axis that a single run was given."""
        return value[..., 0] if self.single else value

    def shown(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """A row to be read only, without that axis; what is not an array over coordinates or runs stays as it is."""
        return {name: _read_only(self.squeeze(value)) if np.ndim(value) else value for name, value in row.items()}

    def state(self, given: Mapping[str, Any]) -> dict[str, Array]:
        """The optimizer's state as ``descend`` takes it.

        Raises:
            TypeError, ValueError: it is no mapping, lacks something, or has what is not an array of these runs.
        """
        found: dict[str, Array] = {}
        for name, value in zip(self.optimizer.state, self.optimizer.kept(given), strict=True):
            try:
                found[name] = real_numbers(value)
            except (TypeError, ValueError, OverflowError):
                raise TypeError(f"state: {name!r} must be numbers, as in a row.") from None
        # What has fewer axes than others, such as NAdam's product of μ, has none for the coordinates.
        axes = max((value.ndim for value in found.values()), default=0)
        for name, value in found.items():
            if value.ndim == axes > 0:
                found[name] = value = _pad(value, len(self.runs))
            if not broadcasts(value.shape, self.start.shape):
                wanted = f"({len(self.start)}, *runs), here {self.squeeze(self.start).shape}"
                raise ValueError(f"state: the shape of {name!r} is {np.shape(given[name])}; it must be {wanted}.")
        return found

    def observe(self, t: int) -> Callable[[Array, int], dict[str, Array]]:
        """A function of x and t that gives loss and gradient there; to be called for each step in order, from t."""
        noise = None
        if self.noise.any():
            noise = islice(_draws(self.noise, self.seed, self.start.ndim - 1, len(self.start)), t - 1, None)

        def observe(x: Array, t: int) -> dict[str, Array]:
            f, g = self.surface.at(x, t)
            return {"f": f, "g": g if noise is None else g + next(noise)}

        return observe

    def drawn(self, count: int) -> Array:
        """The noise of a single run's first steps, (count, coordinates)."""
        draws = np.random.default_rng(int(self.seed)).standard_normal((count, len(self.start)))
        return self.noise * draws

    def block(self, index: Index) -> Self:
        """The batch of the runs at ``index``."""
        place = index, self.runs

        def of(formula: Any) -> Any:
            if not isinstance(formula, Formula):
                if formula.shape and not hasattr(formula, "block"):
                    raise TypeError(f"surface = {short(formula)}: as it has runs of its own, it needs block(place).")
                return formula.block(place) if hasattr(formula, "block") else formula
            return formula(**{name: cut(v, place) for name, v in formula.values.items() if np.ndim(v)})

        return replace(
            self,
            optimizer=of(self.optimizer),
            surface=of(self.surface),
            schedule=of(self.schedule),
            start=self.start[:, *index],
            noise=cut(self.noise, place),
            seed=cut(self.seed, place),
            place=place,
        )


def cut(value: Any, place: Place) -> NDArray[Any]:
    """The block's part of an array that broadcasts against all runs; its axes of length 1 stay."""
    array = np.asarray(value)
    axes = zip(*(lengths[::-1] for lengths in (*place, array.shape)), strict=False)
    where = [i if length == whole else slice(None) for i, whole, length in axes]
    return array[..., *where[::-1]]


class EventRow(Mapping[str, Any]):
    """A row of the loop as an event sees it: to be read only.

    Args:
        place: of a row for one block of runs.  In calculations with its arrays, whose last axes are the runs, an array
            over all runs means its part for the block.
    """

    def __init__(self, row: Mapping[str, Any], place: Place | None) -> None:
        self._row, self._place = row, place

    def __getitem__(self, name: str) -> NDArray[Any]:
        value = _read_only(np.asarray(self._row[name]))
        return value if self._place is None else _Part.of(value, self._place)

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)


class _Part(np.ndarray[Any, np.dtype[Any]]):
    """A quantity of one block's runs; what would depend on which runs those are is refused."""

    place: Place

    @classmethod
    def of(cls, value: Any, place: Place) -> NDArray[Any]:
        part = np.asarray(value).view(cls)
        part.place = place
        return part

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __len__(self) -> int:
        if self.ndim <= len(self.place[1]):
            self._refuse()
        return super().__len__()

    def __getitem__(self, key: Any) -> Any:
        return self._of_all(super().__getitem__(key))

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise TypeError("event: it must ask of all runs at once, as row['f'] <= 1e-6 does, not of one by one.")

    argmax = argmin = argsort = item = nonzero = tolist = _refuse  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        return repr(self.view(np.ndarray))

    def _of_all(self, result: Any) -> Any:
        """The result, if it has all the runs that this has."""
        axes = len(self.place[1])
        kept = self.ndim < axes or broadcasts(self.shape[-axes:], getattr(result, "shape", ())[-axes:])
        return result if kept else self._refuse()

    def __array_finalize__(self, obj: Any) -> None:
        if isinstance(obj, _Part):
            self.place = obj.place

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        arrays: list[Any] = [np.array(cast("Any", value)) if isinstance(value, list) else value for value in inputs]
        result: Any = self._calculate(getattr(ufunc, method), arrays, kwargs)
        if method == "__call__":  # of what is one for all runs, such as NAdam's product of μ, it is one
            return _Part.of(result, self.place) if isinstance(result, np.generic) else result
        # What any() and all() say may be asked on the way, but not be the answer.
        return result if type(result) is np.bool_ else self._of_all(result)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return self._of_all(self._calculate(func, args, kwargs))

    def _calculate(self, function: Callable[..., Any], args: Iterable[Any], kwargs: Mapping[str, Any]) -> Any:
        plain = {name: self._plain(value) for name, value in kwargs.items()}
        result = function(*[self._plain(value) for value in args], **plain)
        return _Part.of(result, self.place) if isinstance(result, np.ndarray) else result

    def _plain(self, value: Any) -> Any:
        match value:
            case _Part():
                return value.view(np.ndarray)
            case np.ndarray():
                return cut(value, self.place)
            case tuple() | list():
                items = [self._plain(item) for item in cast("Iterable[Any]", value)]
                return items if isinstance(value, list) else tuple(items)
            case _:
                return value


def blocks(runs: tuple[int, ...], size: int) -> Iterator[Index]:
    """Indices that together cover ``runs``, each of at most ``size`` runs.

    They cut along the leading axes only, so that hyperparameters given as a row and a column stay a row and a column.

    >>> list(blocks((5,), 2))
    [(slice(0, 2, None),), (slice(2, 4, None),), (slice(4, 6, None),)]
    """
    if math.prod(runs) <= size:
        yield tuple(slice(None) for _ in runs)
        return
    inner = math.prod(runs[1:])
    if inner > size:
        for i in range(runs[0]):
            for rest in blocks(runs[1:], size):
                yield (slice(i, i + 1), *rest)
    else:
        stride = size // inner
        for i in range(0, runs[0], stride):
            yield (slice(i, i + stride), *(slice(None) for _ in runs[1:]))


Result = TypeVar("Result")


def each(task: Callable[[Batch], Result], parts: Iterable[Batch], executor: Executor | None) -> Iterator[Result]:
    """The results of ``task`` for each part, in order, through the executor if there is one.

    An error keeps its type and gets a note that says which runs it concerns.
    """
    parts = list(parts)
    results = map(task, parts) if executor is None else iter(executor.map(task, parts))
    for part in parts:
        try:
            yield next(results)
        except Exception as error:
            index = part.place[0] if part.place else (slice(None),)
            error.add_note(f"In the runs [{', '.join(f'{i.start or 0}:{i.stop or str()}' for i in index)}].")
            raise


def _draws(noise: Array, seed: NDArray[np.int64], axes: int, coordinates: int) -> Iterator[Array]:
    """σ times standard normal draws, (coordinates, *runs) a step; runs of equal seed share a stream."""
    seeds, which = np.unique(seed, return_inverse=True)
    streams = [np.random.default_rng(int(s)) for s in seeds]
    while True:
        drawn = [stream.standard_normal((64, coordinates)) for stream in streams]
        chunk = np.moveaxis(np.reshape(drawn, (len(streams), 64, coordinates)), 0, -1)
        for draw in chunk:
            yield noise * _pad(draw[:, which.reshape(seed.shape)], axes)


def _read_only(value: Array) -> Array:
    return fixed(value.view())


def broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Whether arrays of a shape broadcast to another."""
    try:
        return np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False


def _pad(point: Array, axes: int) -> Array:
    """(coordinates, *runs) with axes of length 1 in front of the runs, so that they are as many as ``axes``."""
    return point.reshape(len(point), *(1,) * (axes - point.ndim + 1), *point.shape[1:])
