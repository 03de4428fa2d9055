"""SGD under a schedule on a noisy quadratic: one run, its expectation in closed form, and 200 seeds."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

import optim
from optim import Array, Schedule, Surface, optimizers, schedules, surfaces, theory

from .. import runs

SEEDS = 200
RATES = 15
"""Learning rates at which the ball is measured."""
LONGEST = 1500
"""Steps that a measurement of the ball may take."""
SETTLED = 0.02
"""It is measured where at most this share of the variance is still missing after them."""


class Given(NamedTuple):
    """What a run depends on."""

    surface: Surface
    """A quadratic."""
    lr: float
    steps: int
    schedule: Schedule
    noise: float
    seed: int

    @property
    def curvatures(self) -> Array:
        """a and b."""
        return np.array([self.surface.values["a"], self.surface.values["b"]])


def rates(given: Given) -> Array:
    """The learning rate of the steps t = 1 ... N."""
    return given.lr * given.schedule.at(np.arange(1, given.steps + 1)) * np.ones(given.steps)


@lru_cache(maxsize=64)
def draws(steps: int, seed: int) -> Array:
    """The noise that every run of this seed sees, for σ = 1: (steps, 2), the gradients at a minimum."""
    still = optim.trace(optimizers.sgd(lr=0.0), surfaces.quadratic, (0.0, 0.0), steps, noise=1.0, seed=seed)
    return still["g"][:-1]


@lru_cache(maxsize=64)
def singles(*several: Given) -> list[Mapping[str, Array]]:
    """One run each, of runs that differ in their schedules alone: ``x`` (steps + 1, 2) and ``f`` (steps + 1,).

    They are those of ``optim.trace``, by the recurrence x ← x - η_k (λx + σξ_k) for all schedules at once.
    """
    surface, _, steps, _, noise, seed = several[0]
    curvatures = several[0].curvatures[:, None]
    lr = np.stack([rates(given) for given in several], axis=1)
    x = np.empty((steps + 1, 2, len(several)))
    x[0] = np.array(surface.start)[:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        for k, xi in enumerate(noise * draws(steps, seed)[..., None]):
            x[k + 1] = x[k] - lr[k] * (curvatures * x[k] + xi)
        f = 0.5 * np.sum(curvatures * x * x, axis=1)
    return [{"x": x[..., i], "f": f[:, i]} for i in range(len(several))]


@lru_cache(maxsize=256)
def expected(*several: Given) -> list[Array]:
    """The expected loss after 0 ... N steps, ½ Σ λ (mean² + variance), of runs that differ in their schedules alone."""
    first = several[0]
    start, curvatures = np.array(first.surface.start)[:, None], first.curvatures[:, None]
    lr = np.stack([rates(given) for given in several], axis=1)
    mean, variance = theory.sgd_moments(lr[:, None], curvatures, start, first.noise)
    with np.errstate(over="ignore", invalid="ignore"):
        loss = 0.5 * np.sum(curvatures * (mean * mean + variance), axis=1)
    return list(loss.T)


def ball(surface: Surface, lr: Array | float, noise: float) -> Any:
    """The root mean square distance from the minimum that SGD keeps at a constant learning rate; infinite for none."""
    return np.hypot(*(axis(surface, lr, noise, name) for name in "ab"))


def axis(surface: Surface, lr: Array | float, noise: float, name: str) -> Any:
    """The standard deviation along the coordinate of this curvature, ``a`` or ``b``; infinite for none."""
    # In units of σ, whose square may be too small for a float.
    return noise * np.sqrt(theory.sgd_stationary_variance(lr, surface.values[name], 1.0))


def level(given: Given) -> float:
    """The expected loss in that ball: ½ Σ λ variance."""
    kept = theory.sgd_stationary_variance(given.lr, given.curvatures, given.noise)
    return 0.5 * float(given.curvatures @ kept)


@lru_cache(maxsize=64)
def over_seeds(given: Given) -> dict[str, Array]:
    """The ends of ``SEEDS`` runs, from the given seed on: ``f`` (seeds,), ``x`` (2, seeds)."""
    surface, lr, steps, schedule, noise, seed = given
    many = np.arange(seed, seed + SEEDS)
    return optim.sweep(optimizers.sgd(lr=lr), surface, surface.start, steps, schedule=schedule, noise=noise, seed=many)


def distance(given: Given) -> float:
    """The root mean square distance from the minimum at which those runs end."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sqrt(np.square(over_seeds(given)["x"]).sum(axis=0).mean()))


def edge(surface: Surface) -> float:
    """The learning rate from which on SGD diverges: 2 over the larger curvature."""
    return 2 / max(surface.values["a"], surface.values["b"])


@runs.once(maxsize=32)
def measured(a: float, b: float, seed: int) -> tuple[Array, Array]:
    """Learning rates, and the ball at each for noise of σ = 1: root mean square distances over ``SEEDS`` seeds.

    Each run starts at the minimum and goes on until the variance has settled in both coordinates; a learning rate that
    would need more than ``LONGEST`` steps for that is left out.
    """
    lr = np.geomspace(0.005, 0.95, RATES) * 2 / max(a, b)
    slowest = np.abs(1 - np.multiply.outer(lr, [a, b])).max(axis=1)
    with np.errstate(divide="ignore"):
        needed = np.ceil(np.log(SETTLED) / (2 * np.log(slowest)))
    lr, needed = lr[needed <= LONGEST], needed[needed <= LONGEST]
    if not len(lr):
        return lr, lr
    many = np.arange(seed, seed + SEEDS)
    end = optim.sweep(
        optimizers.sgd(lr=lr[:, None]), surfaces.quadratic(a=a, b=b), (0.0, 0.0), int(needed.max()),
        schedule=schedules.constant, noise=1.0, seed=many,
    )["x"]  # fmt: skip
    return lr, np.sqrt(np.square(end).sum(axis=0).mean(axis=1))
