"""Trainings: what a network, its mini-batches and an optimizer come to, step by step and no further than was asked.

A training follows from its plan to the last bit, so it is kept for all visitors, who each see as much of it as they
have come to.  It goes on in portions, one at a time in the whole server, so that the others' sliders are not held up.
"""

import itertools
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock, RLock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import optim
from optim import DIVERGED, Array, Optimizer, Schedule, Task, curvature
from optim.datasets import digits

EVERY = 10
"""Steps between two looks at the loss over all examples, the test and the sharpness."""
KEPT = 100
"""Steps between the places that a training can be taken up from."""
DENSE, SPARSE = 400, 50
"""The path's weights are kept at each look up to the one step, and then every so many."""
FIRST, ITERATIONS = 20, 4
"""Products with the Hessian for the first look at the sharpness, and for the others, which begin where it ended."""
PATIENCE = 1.0
"""Seconds to wait for a turn."""
STILL = 1e-10
RESTING = 50
"""A training stands still once no weight has moved by more than that for so many steps."""

Change = tuple[int, str, Any]
"""From the step with this number on the hyperparameter of this name has this value."""
Row = Mapping[str, Any]

_turn = Lock()


class Plan(NamedTuple):
    """All that decides a training."""

    task: Task
    start: str
    """The initialisation; the seed is that of the mini-batches."""
    optimizer: Optimizer
    schedule: Schedule
    changes: tuple[Change, ...]
    curvature: bool


class Look(NamedTuple):
    """What is measured every few steps."""

    step: int
    loss: float
    """Over all examples to train on."""
    accuracy: float
    """On the test."""
    norms: tuple[float, ...]
    """Of the gradient's part in each layer."""
    sharpness: float
    """nan where it is not measured: off, or between steps 0 and 10."""


class Place(NamedTuple):
    """Where a training can be taken up: before the row of its step."""

    x: Array
    state: Row
    vector: Array | None = None
    """The eigenvector that was last found."""
    quiet: int = 0
    """Steps since a weight moved."""


class Training:
    """One training, as far as it is.  Row s is after s steps; what it says of a step is never changed again."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.losses: list[float] = []
        """Of each step's mini-batch."""
        self.looks: list[Look] = []
        self.path: dict[int, NDArray[np.float32]] = {}
        """The weights at the looks, after step ``DENSE`` at some of them, to draw."""
        self.rest: str | None = None
        """Why it ended early: "diverged" or "still"."""
        self.seconds = 0.0
        """Spent on its steps."""
        self._places: dict[int, Place] = {}
        self._lock = RLock()
        seed = 0 if plan.task.batches is None else int(plan.task.batches.seed)
        self._at = Place(plan.task.network.initial(plan.start, seed), plan.optimizer.state)
        self._rows: Iterator[Row] | None = None

    @property
    def reached(self) -> int:
        """Its last row; -1 before the first."""
        return len(self.losses) - 1

    def done(self, step: int) -> bool:
        """Whether nothing is left to be computed up to this step."""
        return self.reached >= step or self.rest is not None

    def diverged(self, step: int) -> bool:
        """Whether it has diverged by this step."""
        return self.rest == "diverged" and self.reached <= step

    def go(self, step: int, until: float) -> None:
        """Go on to a step, or as far as it comes until a time of ``time.perf_counter``."""
        with self._lock:
            if self.plan.changes and self.reached < 0:
                self._fork()
            while not self.done(step) and time.perf_counter() < until:
                begun = time.perf_counter()
                self._record(self._next())
                self.seconds += time.perf_counter() - begun

    def row(self, step: int) -> Row:
        """The row of a step that it has come to, made again from the nearest place that was kept."""
        with self._lock:
            self.go(0, math.inf)
            step = min(step, self.reached)
            # Every change has a place of its own, so that none lies between.
            begin = max(s for s in self._places if s <= step)
            rows = self._from(begin, self._places[begin])
            return next(itertools.islice(rows, step - begin, None))

    def optimizer(self, step: int) -> Optimizer:
        """As it is for the step from row ``step``."""
        values = {name: value for at, name, value in self.plan.changes if at <= step}
        return self.plan.optimizer(**values)

    def _from(self, step: int, place: Place) -> Iterator[Row]:
        plan, optimizer = self.plan, self.optimizer(step)
        return optim.descend(optimizer, plan.task, place.x, t=step + 1, state=place.state, schedule=plan.schedule)

    def _next(self) -> Row:
        step = self.reached + 1
        changed = any(change[0] == step for change in self.plan.changes)
        # From weights that are no numbers no run begins: it goes on as it was, and ends with this row.
        if (self._rows is None or changed or step % KEPT == 0) and np.isfinite(self._at.x).all():
            self._places[step] = self._at
            if self._rows is None or changed:
                self._rows = self._from(step, self._at)
        assert self._rows, "it begins with numbers"
        return next(self._rows)

    def _record(self, row: Row) -> None:
        step, f, vector = self.reached + 1, float(row["f"]), self._at.vector
        if not (np.isfinite(f) and np.abs(row["x"]).max() <= DIVERGED):
            self.rest = "diverged"
        elif step < EVERY or step % EVERY == 0:
            look, vector = self._look(step, row)
            self.looks.append(look)
            if step <= DENSE or step % SPARSE == 0:
                self.path[step] = row["x"].astype(np.float32)
        quiet = self._at.quiet + 1 if np.abs(row["step"]).max() <= STILL else 0
        if quiet >= RESTING and self.rest is None and all(at <= step for at, *_ in self.plan.changes):
            self.rest = "still"
        state = {name: row[name] for name in self.plan.optimizer.state}
        self._at = Place(row["x"] + row["step"], state, vector, quiet)
        self.losses.append(f)

    def _look(self, step: int, row: Row) -> tuple[Look, Array | None]:
        """What is measured at a row, and the eigenvector that goes with it."""
        task, rate = self.plan.task, self.rate(step)
        network, (train, test) = task.network, digits()
        full = task.batches is None or task.batches.size == len(train)
        loss = float(row["f"]) if full else float(network.mean_loss(row["x"], train))
        norms = tuple(float(np.sqrt((w * w).sum() + (b * b).sum())) for w, b in network.layers(row["g"]))
        sharp, vector = np.nan, self._at.vector
        if self.plan.curvature and (rate or not self.plan.optimizer.adaptive) and step % EVERY == 0:
            products = ITERATIONS if vector is not None else FIRST
            with np.errstate(over="ignore"):  # where ε is next to nothing and some v̂ are 0
                scale = np.asarray(row["effective_lr"]) / rate if rate else 1.0
            found = curvature.sharpness(task, row["x"], scale=scale, vector=vector, iterations=products)
            sharp, vector = found.value, None if np.isnan(found.value) else found.vector
        return Look(step, loss, float(network.accuracy(row["x"], test)), norms, sharp), vector

    def rate(self, step: int) -> float:
        """The learning rate with its schedule, for the step from row ``step``."""
        return float(self.optimizer(step).values["lr"] * self.plan.schedule.at(step + 1))

    def threshold(self, step: int) -> float | None:
        """The sharpness above which that step would diverge on a quadratic; None where no closed form is known."""
        edge = curvature.threshold(self.optimizer(step), self.rate(step), step + 1)
        return None if edge is None else float(edge)

    def _fork(self) -> None:
        """Begin where the training is kept that has all changes but the last ones, if it has come so far."""
        last = self.plan.changes[-1][0]
        before = of(self.plan._replace(changes=tuple(change for change in self.plan.changes if change[0] < last)))
        with before._lock:
            begin = max((step for step in before._places if step <= last), default=0)
            if before.reached >= last and begin:
                self.losses, self.looks = before.losses[:begin], [look for look in before.looks if look.step < begin]
                self.path = {step: w for step, w in before.path.items() if step < begin}
                self._places = {step: place for step, place in before._places.items() if step <= begin}
                self._at = before._places[begin]


@lru_cache(maxsize=160)
def of(plan: Plan) -> Training:
    """The training of a plan.

    So many are kept that those of twenty visitors who train eight networks each do not push out one another.
    """
    return Training(plan)


@contextmanager
def turn(seconds: float) -> Iterator[float]:
    """Until when to compute: for about so many seconds, or not at all where others take longer.

    A visitor who waits for a turn computes and draws nothing: many who train load a server little more than one.
    """
    if not _turn.acquire(timeout=PATIENCE):
        yield -math.inf
        return
    try:
        yield time.perf_counter() + seconds
    finally:
        _turn.release()


def advance(trainings: list[Training], step: int, seconds: float) -> None:
    """Bring trainings on towards a step, those first that are furthest behind, for about so many seconds."""
    if all(one.done(step) for one in trainings):
        return
    with turn(seconds) as until:
        for one in trainings:
            one.go(0, math.inf if until > 0 else until)
        while (left := [one for one in trainings if not one.done(step)]) and time.perf_counter() < until:
            last = min(left, key=lambda one: one.reached)
            last.go(min(step, last.reached + EVERY), until)


def left(trainings: list[Training], step: int) -> float:
    """About how many seconds of computing are left to a step."""
    return sum(
        max(0, step - one.reached) * one.seconds / max(1, one.reached) for one in trainings if not one.done(step)
    )
