"""What the page averages: a real series, made ones that isolate one effect each, and the visitor's own.

A made series is a formula like every other: its keyword-only arguments are its sliders.
"""

import csv
import math
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from optim import Formula, Hyperparameter

from .. import share, tables

DATA = Path(__file__).parent / "data"

LENGTH = Hyperparameter("n", "number of values", low=2, high=5000, scale="whole", slider=(20, 5000))
WHEN = Hyperparameter("t_0", "step at which it happens", low=1, high=5000, scale="whole", slider=(1, 5000))
LEVEL = Hyperparameter(r"\mu", "level", low=-1e6, high=1e6, slider=(-10, 10))
SLOPE = Hyperparameter("c", "slope per step", low=-1e6, high=1e6, scale="log", slider=(0.001, 10))
PERIOD = Hyperparameter("T", "period in steps", low=2, high=1e6, scale="log", slider=(2, 1000))
NOISE = Hyperparameter(r"\sigma", "noise", low=0, high=1e6, scale="log", slider=(0.001, 10))
SEED = Hyperparameter("", "seed of the noise", low=0, high=99_999, scale="whole")

OWN = "Your own"
EXAMPLE = "3 5 4 6 8 7 9 12 11 10 13 15 14 13 16 18 17 16 19 18 20 22 19 21 23"
"""What stands in the box for a visitor's own numbers, and in for numbers that cannot be read."""

PLAIN = 300
"""Up to so many values stand in a link as they are; more are packed."""
LONGEST = 7500
"""Characters of a link that values may take: of longer ones some mail programs and servers lose the end."""
UNPACKED = 10**6
"""Characters that packed values may have."""


@dataclass(frozen=True, eq=False)
class Series:
    """Values θ_1, θ_2, ... and how to speak of them.

    Series are made by cached functions, so that the same series is the same object and what is computed from it can be
    cached by it.
    """

    values: np.ndarray
    """(n,); nan where a value is missing."""
    noise: np.ndarray | None = None
    """The part of the values that is noise, where that is known because it was made."""
    name: str = "value"
    unit: str = ""
    time: str = "step"
    event: int | None = None
    """The step at which the one thing happens that happens in it."""

    @property
    def gaps(self) -> int:
        """How many values are missing."""
        return int(np.isnan(self.values).sum())

    @property
    def axis(self) -> str:
        """The title of an axis of its values; a visitor's own text is no part of it."""
        return f"temperature θ, {self.unit}" if self.time == "day" else "value θ"


@dataclass(frozen=True)
class Recorded:
    """A series that comes with the page."""

    label: str
    about: str
    read: Callable[[], Series]

    @property
    def series(self) -> Series:
        """Its values."""
        return self.read()


class Made(Formula):
    """A recipe for a series: the part that is meant, to which its noise is added."""

    @property
    def about(self) -> str:
        """Its formula and its docstring."""
        return f"${self.latex}$. {self.doc}"

    @property
    def series(self) -> Series:
        """Its values."""
        return make(self)


@dataclass(frozen=True)
class Own:
    """A visitor's own numbers: a column of the text or file that was given last."""

    content: str | bytes = EXAMPLE
    file: str = ""
    """The name of the file, if it is one."""
    column: str = ""
    """Empty: the one that ``tables`` takes for meant."""
    how: tuple[tuple[str, Any], ...] = ()
    """Arguments of ``tables.read`` that the visitor decided."""

    label = OWN

    @cached_property
    def _read(self) -> tuple[tables.Table | None, str]:
        try:
            return tables.read(self.content, **dict(self.how)), ""
        except tables.UnusableError as error:
            return None, str(error)

    @property
    def table(self) -> tables.Table | None:
        """All columns, if they could be read."""
        return self._read[0]

    @property
    def problem(self) -> str:
        """Why nothing can be averaged, as a sentence; empty if it can."""
        return self._read[1]

    @property
    def chosen(self) -> str:
        """The name of the column that is averaged."""
        table = self.table
        return "" if table is None else self.column if self.column in table.columns else table.default

    @cached_property
    def series(self) -> Series:
        """The values; those of an example if there are none."""
        if self.table is None:
            return Series(np.array([float(word) for word in EXAMPLE.split()]))
        column = self.table.columns[self.chosen]
        return Series(np.asarray(column.values), name=self.chosen, unit=column.unit)

    @cached_property
    def code(self) -> str:
        """The values as a link holds them, exactly, with nothing where there is a gap; empty if they are too long.

        Packed they are zlib's of the same text, in base64 for URLs, behind a tilde: four years of daily temperatures
        take some 4,000 characters.
        """
        text = ",".join("" if math.isnan(v) else share.text(float(v)) for v in self.series.values)
        if len(self.series.values) > PLAIN:
            text = "~" + urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
        return text if len(text) <= LONGEST else ""


def decoded(code: str) -> str:
    """The text of ``Own.code``, unpacked.

    Raises:
        ValueError: it is packed, but not whole.
    """
    if not code.startswith("~"):
        return code
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(urlsafe_b64decode(code[1:] + "=" * (-len(code[1:]) % 4)), UNPACKED).decode()
    except (ValueError, zlib.error):
        text = ""
    if not text or not unpacker.eof:
        raise ValueError("the packed values are not whole.")
    return text


Source = Recorded | Made | Own

MADE: dict[str, Made] = {}


def made(label: str, latex: str) -> Callable[[Callable[..., np.ndarray]], Made]:
    """Register a recipe: ``(t, **hyperparameters) -> values``."""

    def register(function: Callable[..., np.ndarray]) -> Made:
        MADE[label] = Made(function, label, latex, "made for this page")
        return MADE[label]

    return register


@made("Constant", r"\theta_t = \mu + \sigma \cdot \text{noise}")
def constant(
    t: np.ndarray,
    *,
    level: Annotated[float, LEVEL] = 1.0,
    length: Annotated[int, LENGTH] = 200,
    noise: Annotated[float, NOISE] = 0.0,
    seed: Annotated[int, SEED] = 0,
) -> np.ndarray:
    """Nothing to follow: apart from noise, an average can be wrong only because it starts at 0."""
    return np.full(len(t), level)


@made("Step", r"\theta_t = [\,t \ge t_0\,] + \sigma \cdot \text{noise}")
def step(
    t: np.ndarray,
    *,
    when: Annotated[int, WHEN] = 50,
    length: Annotated[int, LENGTH] = 500,
    noise: Annotated[float, NOISE] = 0.0,
    seed: Annotated[int, SEED] = 0,
) -> np.ndarray:
    """A jump from 0 to 1: apart from noise, an uncorrected average is half-way up after one half-life."""
    return (t >= when).astype(float)


@made("Impulse", r"\theta_t = [\,t = t_0\,] + \sigma \cdot \text{noise}")
def impulse(
    t: np.ndarray,
    *,
    when: Annotated[int, WHEN] = 50,
    length: Annotated[int, LENGTH] = 500,
    noise: Annotated[float, NOISE] = 0.0,
    seed: Annotated[int, SEED] = 0,
) -> np.ndarray:
    """A single 1: apart from noise, the uncorrected average draws its own weights."""
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
    """A wave under white noise: the less noise an average keeps, the later its wave."""
    return np.sin(2 * np.pi * t / period)


@made("Linear ramp", r"\theta_t = c\,t + \sigma \cdot \text{noise}")
def ramp(
    t: np.ndarray,
    *,
    slope: Annotated[float, SLOPE] = 1.0,
    length: Annotated[int, LENGTH] = 500,
    noise: Annotated[float, NOISE] = 0.0,
    seed: Annotated[int, SEED] = 0,
) -> np.ndarray:
    """A straight line: apart from noise and its start, an average lags by one step less than its window."""
    return slope * t


@lru_cache(maxsize=64)
def make(recipe: Made) -> Series:
    """The series of a recipe."""
    length, sigma, seed = (recipe.values[name] for name in ("length", "noise", "seed"))
    t = np.arange(1, length + 1)
    noise = sigma * np.random.default_rng(seed).standard_normal(length)
    return Series(recipe.function(t, **recipe.values) + noise, noise, event=recipe.values.get("when"))


@lru_cache(maxsize=1)
def seattle() -> Series:
    """The mean of each day's highest and lowest temperature, 2012 to 2015."""
    with (DATA / "seattle.csv").open(encoding="utf-8") as file:
        values = [(float(row["temp_max"]) + float(row["temp_min"])) / 2 for row in csv.DictReader(file)]
    return Series(np.array(values), name="temperature", unit="°C", time="day")


SEATTLE = Recorded(
    "Seattle temperatures",
    "The mean of each day's highest and lowest temperature, 2012 to 2015. Source: NOAA, by way of vega-datasets; "
    "public domain.",
    seattle,
)
SOURCES: dict[str, Source] = {SEATTLE.label: SEATTLE, **MADE}
