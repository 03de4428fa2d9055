"""Learning-rate schedules: one function each.

A schedule is ``(t, **hyperparameters) -> factor``: what the learning rate is multiplied by at step t = 1, 2, ...
Steps are grouped into epochs of ``steps_per_epoch``; within an epoch the course's decays are constant.
Epochs are counted from 0, as in PyTorch and Keras, so that training starts at the learning rate itself; with
``from_one`` they are counted from 1, as in the course's table, whose first epoch is already decayed.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import numpy as np
from numpy.typing import ArrayLike

from . import averages
from .formula import FIRST, Array, Formula, Hyperparameter, Number, broadcast, fit, register, switch, tried


def _steps(symbol: str, meaning: str, most: int, low: int = 1) -> Hyperparameter:
    return Hyperparameter(symbol, meaning, low=low, high=1e9, scale="whole", slider=(low, most))


def _factor(meaning: str, least: float) -> Hyperparameter:
    return Hyperparameter(r"\gamma", meaning, low=0, open_low=True, high=1, slider=(least, 1.0))


FromOne = Annotated[bool, switch("epochs from 1: the first is already decayed")]
StepsPerEpoch = Annotated[Number, _steps("n", "steps per epoch", 100)]
Total = Annotated[Number, _steps("T", "duration: steps until the end value", 1000)]
Warmup = Annotated[Number, _steps("w", "steps of warm-up", 200, low=0)]
Floor = Annotated[Number, Hyperparameter("f", "final fraction", low=0, high=1, slider=(0.0, 1.0))]


@dataclass(frozen=True, eq=False, repr=False)
class Schedule(Formula):
    """A formula for the factor on the learning rate at time t.

    Raises:
        TypeError, ValueError: the function is not as this module's docstring says; found by one trial step.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        _try(self.function)

    def at(self, t: ArrayLike) -> Array:
        """The factor at step t = 1, 2, ..., in float64, of the shape to which t and the hyperparameters broadcast.

        Raises:
            TypeError, ValueError: t is no such step, or does not broadcast.

        >>> staircase(gamma=0.5, steps_per_stair=2).at([1, 2, 3, 4, 5]).tolist()
        [1.0, 1.0, 0.5, 0.5, 0.25]
        """
        t = FIRST.check("t", t)
        shape = broadcast("these shapes", {"t": np.shape(t), self.label: self.shape})
        if _elementwise(self.function):
            return np.broadcast_to(np.asarray(self.function(t, **self.values), dtype=np.float64), shape)[()]
        found, given = np.empty(shape), {"t": t, **self.values}
        for i in np.ndindex(shape):
            found[i] = self.function(**{name: np.broadcast_to(value, shape)[i] for name, value in given.items()})
        return found[()]


@cache
def _try(function: Callable[..., Any]) -> None:
    tried(function, "(t, **hyperparameters) -> factor", lambda factor: fit((), {"factor": factor}), 1)


@cache
def _elementwise(function: Callable[..., Any]) -> bool:
    """Whether it takes an array of steps, as none does that asks ``if t < 10``."""
    try:
        tried(function, "(t) -> factor", lambda factor: fit((2,), {"factor": factor}), np.array([1.0, 2.0]))
    except TypeError:
        return False
    return True


SCHEDULES: dict[str, Schedule] = {}


def schedule(label: str, *, latex: str = "", source: str) -> Callable[[Callable[..., Any]], Schedule]:
    """Register the decorated function under ``label``.

    >>> @schedule("Off after 100", latex=r"\\eta_t = \\eta\\,[t \\le 100]", source="this example")
    ... def off_after_100(t):
    ...     return np.where(t <= 100, 1.0, 0.0)
    >>> SCHEDULES.pop("Off after 100").at([100, 101]).tolist()
    [1.0, 0.0]
    """
    return lambda function: register(SCHEDULES, Schedule(function, label, latex, source))


_COURSE = "Ng 2017, Improving Deep Neural Networks, week 2: Learning Rate Decay"


def _line(share: Number) -> Number:
    return 1 - share


def _cosine(share: Number) -> Number:
    """From 1 to 0 along half a cosine, as the share goes from 0 to 1."""
    return 0.5 * (1 + np.cos(math.pi * share))


def _epoch(t: int, steps_per_epoch: Any, from_one: bool) -> Any:
    return (t - 1) // steps_per_epoch + from_one


@schedule("Constant", source="Robbins & Monro 1951 discuss when it is not enough")
def constant(t: int) -> Any:
    """The learning rate is constant."""
    return 1.0


@schedule("Inverse time", source=_COURSE)
def inverse_time(
    t: int,
    *,
    decay: Annotated[Number, Hyperparameter("d", "decay rate", low=0, scale="log", slider=(1e-3, 10.0))] = 0.1,
    steps_per_epoch: StepsPerEpoch = 1,
    from_one: FromOne = False,
) -> Any:
    """Falls like 1 / epoch: quickly at first, then more and more slowly."""
    return 1 / (1 + decay * _epoch(t, steps_per_epoch, from_one))


@schedule("Exponential", source=_COURSE)
def exponential(
    t: int,
    *,
    gamma: Annotated[Number, _factor("factor per epoch", 0.5)] = 0.95,
    steps_per_epoch: StepsPerEpoch = 1,
    from_one: FromOne = False,
) -> Any:
    """Falls by the same factor in every epoch (the course's 0.95^epoch)."""
    return averages.power(gamma, _epoch(t, steps_per_epoch, from_one))


@schedule("Square root", source=_COURSE)
def square_root(
    t: int,
    *,
    k: Annotated[Number, Hyperparameter("k", "factor", low=0, scale="log", slider=(0.1, 10.0))] = 1.0,
    steps_per_epoch: StepsPerEpoch = 1,
) -> Any:
    """Falls like 1 / √epoch; with one step per epoch it is the course's k / √(mini-batch number).

    Epochs are counted from 1, since the formula divides by 0 at epoch 0.
    """
    return k / np.sqrt(_epoch(t, steps_per_epoch, from_one=True))


@schedule("Staircase", source=_COURSE)
def staircase(
    t: int,
    *,
    gamma: Annotated[Number, _factor("factor at each stair", 0.05)] = 0.5,
    steps_per_stair: Annotated[Number, _steps("s", "steps per stair", 500)] = 20,
) -> Any:
    """Constant for s steps, then lower by the same factor each time (PyTorch's StepLR)."""
    return averages.power(gamma, (t - 1) // steps_per_stair)


@schedule(
    "Multi-step",
    latex=r"\eta_t = \eta\, \gamma^{[t > m_1] + [t > m_2] + [t > m_3]}",
    source="He et al. 2016, Deep Residual Learning for Image Recognition, section 3.4; PyTorch's MultiStepLR",
)
def multi_step(
    t: int,
    *,
    gamma: Annotated[Number, _factor("factor: that at each milestone", 0.05)] = 0.1,
    first: Annotated[Number, _steps("m_1", "steps before a fall", 1000, low=0)] = 30,
    second: Annotated[Number, _steps("m_2", "steps before a fall", 1000, low=0)] = 60,
    third: Annotated[Number, _steps("m_3", "steps before a fall", 1000, low=0)] = 90,
) -> Any:
    """Constant, and lower by the same factor after each of three milestones, in any order.

    One beyond the last step never comes.
    """
    return averages.power(gamma, sum(np.where(t > milestone, 1.0, 0.0) for milestone in (first, second, third)))


@schedule("Cosine", source="Loshchilov & Hutter 2017, SGDR, equation 5 (one cycle); PyTorch's CosineAnnealingLR")
def cosine(t: int, *, total: Total = 100, floor: Floor = 0.0) -> Any:
    """Starts at the learning rate itself and falls along half a cosine, in T steps, to the floor, where it stays.

    As in PyTorch, Keras and Optax; past step T PyTorch's rises again.
    """
    return floor + (1 - floor) * _cosine(np.minimum((t - 1) / total, 1))


@schedule(
    "Warm-up",
    source="Goyal et al. 2017, Accurate, Large Minibatch SGD, section 2.2; PyTorch's LinearLR from 1 / w",
)
def warm_up(t: int, *, warmup: Warmup = 5) -> Any:
    """Rises linearly for w steps to the learning rate and stays there; a warm-up of 0 is none.

    The first step has 1 / w of the learning rate.
    """
    return np.minimum(t / np.maximum(warmup, 1), 1)


@schedule(
    "Cosine with warm-up",
    latex=r"\eta_t = \eta \cdot \begin{cases} t / w & t \le w \\"
    r" f + (1-f)\,\tfrac12 \left(1 + \cos \pi \tfrac{t - w}{T - w}\right) & w < t < T \\ f & t \ge T \end{cases}",
    source="Loshchilov & Hutter 2017, SGDR, equation 5 (one cycle); linear warm-up: Goyal et al. 2017, section 2.2",
)
def cosine_warmup(t: int, *, warmup: Warmup = 5, total: Total = 100, floor: Floor = 0.0) -> Any:
    """Rises linearly for w steps, then falls along half a cosine to the floor and stays there.

    The first step has 1 / w of the learning rate; a warm-up from 0, as in Optax and Keras, would waste it.  So ours is
    theirs one step later: without warm-up it starts one step into the fall, "Cosine" at the learning rate itself.
    """
    fallen = np.clip((t - warmup) / np.maximum(total - warmup, 1), 0, 1)
    rising = np.minimum(t / np.maximum(warmup, 1), 1)
    return np.where(t <= warmup, rising, floor + (1 - floor) * _cosine(fallen))


@schedule(
    "Inverse square root with warm-up",
    source="Vaswani et al. 2017, Attention Is All You Need, equation 3, over its peak",
)
def inverse_sqrt_warmup(t: int, *, warmup: Warmup = 10) -> Any:
    """Rises linearly for w steps to the learning rate, then falls like 1 / √t.

    The paper's own factor at the peak is 1 / √(d w), with the model's width d.  A warm-up of 0 is one of 1: 1 / √t.
    """
    w = np.maximum(warmup, 1)
    return np.minimum(t / w, np.sqrt(w / t))


@schedule(
    "Warm-up–stable–decay",
    source="Zhai et al. 2022, Scaling Vision Transformers, section 3.5; Hu et al. 2024, MiniCPM, section 4",
)
def warmup_stable_decay(
    t: int,
    *,
    warmup: Warmup = 5,
    decay: Annotated[Number, _steps("d", "steps of decay", 500)] = 20,
    total: Total = 100,
    floor: Floor = 0.0,
) -> Any:
    """Rises linearly for w steps, stays, and falls along a line to the floor in the last d of T steps.

    Where the decay does not fit behind the warm-up it is shorter.
    """
    length = np.maximum(np.minimum(decay, total - warmup), 1)
    left = np.clip((total - t) / length, 0, 1)
    return np.where(t <= warmup, t / np.maximum(warmup, 1), floor + (1 - floor) * left)


@schedule(
    "Linear",
    latex=r"\eta_t = \eta \left(s + (e - s)\, \min\left(\tfrac{t-1}{T}, 1\right)\right)",
    source="Goyal et al. 2017, Accurate, Large Minibatch SGD, section 2.2 (upwards); PyTorch's LinearLR",
)
def linear(
    t: int,
    *,
    start: Annotated[Number, Hyperparameter("s", "factor at the start", low=0, slider=(0.0, 2.0))] = 1.0,
    end: Annotated[Number, Hyperparameter("e", "factor at the end", low=0, slider=(0.0, 2.0))] = 0.0,
    total: Total = 100,
) -> Any:
    """A straight line from one factor to another in T steps, constant from then on.

    PyTorch's defaults are a warm-up, from 1/3 to 1 in 5 steps; Optax's linear_schedule has none.
    """
    return start + (end - start) * np.minimum((t - 1) / total, 1)


@schedule(
    "Polynomial",
    latex=r"\eta_t = \eta \left(f + (1 - f) \left(1 - \min\left(\tfrac{t-1}{T}, 1\right)\right)^{p}\right)",
    source='Chen et al. 2018, DeepLab, section 4.1.1 (the "poly" policy, p = 0.9); PyTorch\'s PolynomialLR',
)
def polynomial(
    t: int,
    *,
    power: Annotated[Number, Hyperparameter("p", "power", low=0, open_low=True, scale="log", slider=(0.1, 10.0))] = 1.0,
    total: Total = 100,
    floor: Floor = 0.0,
) -> Any:
    """Falls to the floor in T steps: along a line for p = 1, below it for p > 1, above it for p < 1.

    PyTorch has no floor; Optax calls it the end value; Keras can repeat the fall.
    """
    return floor + (1 - floor) * averages.power(1 - np.minimum((t - 1) / total, 1), power)


@schedule(
    "One cycle",
    source="Smith & Topin 2018, Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates",
)
def one_cycle(
    t: int,
    *,
    total: Total = 100,
    rise: Annotated[Number, Hyperparameter("r", "rising share: that of the steps that rise", low=0, high=1)] = 0.3,
    low: Annotated[Number, Hyperparameter("l", "factor at the start", low=0, high=1, scale="linear")] = 0.04,
    end: Annotated[
        Number, Hyperparameter("e", "factor at the end", low=0, high=1, scale="log", slider=(1e-6, 1.0))
    ] = 4e-6,
    straight: Annotated[bool, switch("straight lines: as in the paper, not half cosines")] = False,
) -> Any:
    """A rise to the learning rate, then a fall to almost 0.

    The peak lies at r T, between two steps where that is not whole: with r = 0 the first step is a T-th into the fall.
    PyTorch's OneCycleLR without its third phase: l is 1 / div_factor, and e is l / final_div_factor.
    fastai uses half cosines, as here; the paper straight lines, and its momentum falls while the learning rate
    rises, which no factor on the learning rate can express.
    """
    peak = rise * total - 1
    rising = (t - 1) / np.where(peak > 0, peak, 1)
    length = total - 1 - peak
    falling = np.minimum((t - 1 - peak) / np.where(length > 0, length, 1), 1)
    fall = _line if straight else _cosine
    return np.where(t - 1 < peak, low + (1 - low) * (1 - fall(rising)), end + (1 - end) * fall(falling))


@schedule(
    "Warm restarts",
    latex=r"\begin{aligned} \eta_t &= \eta \left(f + (1-f)\, \tfrac12 \left(1 + \cos \pi"
    r" \tfrac{t - 1 - b_i}{T_i}\right)\right) \\[4pt]"
    r" T_i &= n^i\, T_0, \quad b_i = \textstyle\sum_{j<i} T_j \le t - 1 < b_{i+1} \end{aligned}",
    source="Loshchilov & Hutter 2017, SGDR: Stochastic Gradient Descent with Warm Restarts, equation 5",
)
def warm_restarts(
    t: int,
    *,
    period: Annotated[Number, _steps("T_0", "first period: steps before the first restart", 500)] = 50,
    growth: Annotated[
        Number, Hyperparameter("n", "growth: ratio of successive periods", low=1, high=10, scale="whole", slider=(1, 4))
    ] = 1,
    floor: Floor = 0.0,
) -> Any:
    """Falls along half a cosine and restarts at the learning rate; each period is n times as long as the last.

    As in PyTorch's CosineAnnealingWarmRestarts a period ends one step before its floor.
    """
    done = (t - 1) / period
    more = np.maximum(growth, 2)
    # Periods completed, from their lengths' sum (nⁱ - 1) / (n - 1); the logarithm of nⁱ may come out just below i.
    i = np.floor(np.log(1 + done * (more - 1)) / np.log(more) + 1e-9)
    longer = averages.power(more, i)
    grown = (done - (longer - 1) / (more - 1)) / longer
    return floor + (1 - floor) * _cosine(np.where(growth == 1, done % 1, grown))


@schedule(
    "Triangular",
    source="Smith 2017, Cyclical Learning Rates for Training Neural Networks, section 3; PyTorch's CyclicLR",
)
def triangular(
    t: int,
    *,
    low: Annotated[Number, Hyperparameter("l", "factor at the start", low=0, high=1)] = 0.1,
    half: Annotated[Number, _steps("s", "steps of a rise", 500)] = 20,
) -> Any:
    """Rises linearly for s steps to the learning rate, falls for s steps, and so on.

    PyTorch counts from its lower learning rate, base_lr; here the upper one, max_lr, is the learning rate.
    """
    place = (t - 1) / half - 2 * ((t - 1) // (2 * half))
    return low + (1 - low) * (1 - np.abs(place - 1))
