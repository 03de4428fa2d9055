"""Learning-rate schedules: one function each.

A schedule is ``(t, **hyperparameters) -> factor``: what the learning rate is multiplied by at step t = 1, 2, ...
Steps are grouped into epochs of ``steps_per_epoch``, and within an epoch the course's decays stand still.
Epochs are counted from 0, as in PyTorch and Keras, so that training starts at the learning rate itself; with
``from_one`` they are counted from 1, as in the course's table, whose first epoch is already decayed.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from .formula import Formula, Hyperparameter, Number, switch

FromOne = Annotated[bool, switch("count epochs from 1, so that the first is already decayed")]
StepsPerEpoch = Annotated[
    Number, Hyperparameter(r"n", "steps per epoch", low=1, high=1e9, scale="whole", slider=(1, 100))
]


@dataclass(frozen=True, eq=False, repr=False)
class Schedule(Formula):
    """A formula for the factor on the step at time t."""

    def at(self, t: int) -> Any:
        """The factor at step t = 1, 2, ...; an array if a hyperparameter is one."""
        return self.function(t, **self.values)


SCHEDULES: dict[str, Schedule] = {}


def schedule(label: str, *, latex: str, source: str) -> Callable[[Callable[..., Any]], Schedule]:
    """Register the decorated function under ``label``."""

    def register(function: Callable[..., Any]) -> Schedule:
        SCHEDULES[label] = Schedule(function, label, latex, source)
        return SCHEDULES[label]

    return register


_COURSE = "Ng 2017, Improving Deep Neural Networks, week 2: Learning Rate Decay"


def _epoch(t: int, steps_per_epoch: Any, from_one: bool) -> Any:
    return (t - 1) // steps_per_epoch + from_one


@schedule("Constant", latex=r"\eta_t = \eta", source="Robbins & Monro 1951 discuss when it is not enough")
def constant(t: int) -> Any:
    """The learning rate stays as it is."""
    return 1.0


@schedule("Inverse time", latex=r"\eta_t = \frac{\eta}{1 + d \cdot \text{epoch}}", source=_COURSE)
def inverse_time(
    t: int,
    *,
    decay: Annotated[Number, Hyperparameter("d", "decay rate", low=0, scale="log", slider=(1e-3, 10.0))] = 0.1,
    steps_per_epoch: StepsPerEpoch = 1,
    from_one: FromOne = False,
) -> Any:
    """Falls like 1 / epoch: quickly at first, then ever more slowly."""
    return 1 / (1 + decay * _epoch(t, steps_per_epoch, from_one))


@schedule("Exponential", latex=r"\eta_t = \eta\, \gamma^{\text{epoch}}", source=_COURSE)
def exponential(
    t: int,
    *,
    gamma: Annotated[
        Number,
        Hyperparameter(r"\gamma", "factor per epoch", low=0, open_low=True, high=1, slider=(0.5, 1.0)),
    ] = 0.95,
    steps_per_epoch: StepsPerEpoch = 1,
    from_one: FromOne = False,
) -> Any:
    """The same fraction is lost in every epoch (the course's 0.95^epoch)."""
    return np.power(gamma, _epoch(t, steps_per_epoch, from_one))


@schedule("Square root", latex=r"\eta_t = \eta\, \frac{k}{\sqrt{\text{epoch}}}", source=_COURSE)
def square_root(
    t: int,
    *,
    k: Annotated[Number, Hyperparameter("k", "factor", low=0, scale="log", slider=(0.1, 10.0))] = 1.0,
    steps_per_epoch: StepsPerEpoch = 1,
) -> Any:
    """Falls like 1 / √epoch; with one step per epoch it is the course's k / √(mini-batch number).

    Epochs are counted from 1 here by necessity: at epoch 0 the formula divides by 0.
    """
    return k / np.sqrt(_epoch(t, steps_per_epoch, from_one=True))


@schedule("Staircase", latex=r"\eta_t = \eta\, \gamma^{\lfloor (t-1) / n \rfloor}", source=_COURSE)
def staircase(
    t: int,
    *,
    gamma: Annotated[
        Number,
        Hyperparameter(r"\gamma", "factor at each stair", low=0, open_low=True, high=1, slider=(0.05, 1.0)),
    ] = 0.5,
    steps_per_stair: Annotated[
        Number, Hyperparameter("n", "steps per stair", low=1, high=1e9, scale="whole", slider=(1, 500))
    ] = 20,
) -> Any:
    """Level for n steps, then down by the same factor at once (PyTorch's StepLR)."""
    return np.power(gamma, (t - 1) // steps_per_stair)


@schedule(
    "Cosine with warm-up",
    latex=r"\eta_t = \eta \cdot \begin{cases} t / w & t \le w \\"
    r" f + (1-f)\,\tfrac12 \left(1 + \cos \pi \tfrac{t - w}{T - w}\right) & w < t < T \\ f & t \ge T \end{cases}",
    source="Loshchilov & Hutter 2017, SGDR, equation 5 (one cycle); linear warm-up: Goyal et al. 2017, section 2.2",
)
def cosine_warmup(
    t: int,
    *,
    warmup: Annotated[
        Number, Hyperparameter("w", "steps of warm-up", low=0, high=1e9, scale="whole", slider=(0, 200))
    ] = 5,
    total: Annotated[
        Number,
        Hyperparameter("T", "step at which the floor is reached", low=1, high=1e9, scale="whole", slider=(1, 1000)),
    ] = 100,
    floor: Annotated[Number, Hyperparameter("f", "final fraction", low=0, high=1, slider=(0.0, 1.0))] = 0.0,
) -> Any:
    """Rises in a straight line for w steps, then falls along half a cosine and stays at the floor.

    The first step is already at 1 / w of the learning rate: warm-up that starts at 0 wastes a step.
    """
    fallen = np.clip((t - warmup) / np.maximum(total - warmup, 1), 0, 1)
    rising = np.minimum(t / np.maximum(warmup, 1), 1)
    return np.where(t <= warmup, rising, floor + (1 - floor) * 0.5 * (1 + np.cos(math.pi * fallen)))
