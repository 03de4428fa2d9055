"""What the page averages: a real series, made ones that isolate one effect each, and the visitor's own.

A made series is a formula like every other: its keyword-only arguments are its sliders.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import numpy as np

from optim.formula import Formula, Hyperparameter

DATA = Path(__file__).parent / "data"

LENGTH = Hyperparameter("n", "number of values", low=2, high=5000, scale="whole", slider=(20, 5000))
WHEN = Hyperparameter("t_0", "step at which it happens", low=1, high=5000, scale="whole", slider=(1, 5000))
LEVEL = Hyperparameter(r"\mu", "level", low=-1e6, high=1e6, slider=(-10, 10))
SLOPE = Hyperparameter("c", "slope per step", low=-1e6, high=1e6, scale="log", slider=(0.001, 10))
PERIOD = Hyperparameter("T", "period in steps", low=2, high=1e6, scale="log", slider=(2, 1000))
NOISE = Hyperparameter(r"\sigma", "noise", low=0, high=1e6, scale="log", slider=(0.001, 10))
SEED = Hyperparameter("", "seed of the noise", low=0, high=99_999, scale="whole")


@dataclass(frozen=True, eq=False)
class Series:
    """Values θ_1, θ_2, ... and how to speak of them.

    Series are made by cached functions, so that the same series is the same object and what is computed from it can be
    cached by it.
    """

    values: np.ndarray
    noise: np.ndarray | None = None
    """The part of the values that is noise, where that is known because it was made."""
    axis: str = "value θ"
    time: str = "step"
    note: str = ""


class Made(Formula):
    """A recipe for a series: the part that is meant, to which its noise is added."""


MADE: dict[str, Made] = {}
SEATTLE = "Seattle temperatures"
OWN = "Your own"


def made(label: str, latex: str) -> Callable[[Callable[..., np.ndarray]], Made]:
    """Register a recipe: ``(t, **hyperparameters) -> values``."""

    def register(function: Callable[..., np.ndarray]) -> Made:
        MADE[label] = Made(function, label, latex, "made for this page")
        return MADE[label]

    return register


@made("Constant", r"\theta_t = \mu")
def constant(
    t: np.ndarray,
    *,
    level: Annotated[float, LEVEL] = 1.0,
    length: Annotated[int, LENGTH] = 200,
    noise: Annotated[float, NOISE] = 0.0,
    seed: Annotated[int, SEED] = 0,
) -> np.ndarray:
    """Nothing to follow: what an average gets wrong here is its start at 0, and nothing else."""
    return np.full(len(t), level)


@made("Step", r"\theta_t = [\,t \ge t_0\,]")
def step(
    t: np.ndarray,
    *,
    when: Annotated[int, WHEN] = 50,
    length: Annotated[int, LENGTH] = 500,
    noise: Annotated[float, NOISE] = 0.0,
    seed: Annotated[int, SEED] = 0,
) -> np.ndarray:
    """A jump from 0 to 1: after 1/(1−β) steps an average has followed about 63 % of it."""
    return (t >= when).astype(float)


@made("Impulse", r"\theta_t = [\,t = t_0\,]")
def impulse(
    t: np.ndarray,
    *,
    when: Annotated[int, WHEN] = 50,
    length: Annotated[int, LENGTH] = 500,
    noise: Annotated[float, NOISE] = 0.0,
    seed: Annotated[int, SEED] = 0,
) -> np.ndarray:
    """A single 1: the uncorrected average draws its own weights, (1 − β)βⁿ."""
    return (t == when).astype(float)


@made("Sine with noise", r"\theta_t = \sin(2\pi t / T) + \sigma \cdot \text{noise}")
def sine(
    t: np.ndarray,
    *,
    period: Annotated[float, PERIOD] = 200.0,
    length: Annotated[int, LENGTH] = 500,
    noise: Annotated[float, NOISE] = 0.5,
    seed: Annotated[int, SEED] = 0,
) -> np.ndarray:
    """A slow wave under white noise: less noise is bought with a later wave."""
    return np.sin(2 * np.pi * t / period)


@made("Linear ramp", r"\theta_t = c\,t")
def ramp(
    t: np.ndarray,
    *,
    slope: Annotated[float, SLOPE] = 1.0,
    length: Annotated[int, LENGTH] = 500,
    noise: Annotated[float, NOISE] = 0.0,
    seed: Annotated[int, SEED] = 0,
) -> np.ndarray:
    """A straight line: an average runs parallel to it, β/(1 − β) steps late."""
    return slope * t


@lru_cache(maxsize=64)
def make(recipe: Made) -> Series:
    """The series of a recipe."""
    length, sigma, seed = (recipe.values[name] for name in ("length", "noise", "seed"))
    t = np.arange(1, length + 1)
    noise = sigma * np.random.default_rng(seed).standard_normal(length)
    values = recipe.function(t, **recipe.values) + noise
    return Series(values, noise, note=recipe.doc)


@lru_cache(maxsize=1)
def seattle() -> Series:
    """The mean of each day's highest and lowest temperature, 2012 to 2015."""
    with (DATA / "seattle.csv").open(encoding="utf-8") as file:
        values = [(float(row["temp_max"]) + float(row["temp_min"])) / 2 for row in csv.DictReader(file)]
    note = (
        "Seattle, 1 January 2012 to 31 December 2015: the mean of each day's highest and lowest temperature. "
        "Source: NOAA, by way of vega-datasets; public domain."
    )
    return Series(np.array(values), axis="temperature θ, °C", time="day", note=note)


@lru_cache(maxsize=32)
def own(values: tuple[float, ...]) -> Series:
    """A visitor's numbers."""
    return Series(np.array(values))
