"""AdaGrad, with its own and larger learning rates, beside RMSProp on the same plateau."""

from typing import Any, NamedTuple

import numpy as np

from optim import Array, Schedule, optimizers

from .. import palette, runs
from ..lineup import Entry
from ..runs import Run
from ..words import number
from .setting import Setting

FASTER = (1.0, 10.0, 100.0)
"""AdaGrad's learning rates, as multiples of its own."""


class Duel(NamedTuple):
    """The runs, AdaGrad's first."""

    runs: list[Run]
    schedules: list[Schedule]
    """That of each run."""
    added: list[str]
    """Which of the two are not in the line-up."""


def duel(now: Setting) -> Duel:
    """AdaGrad and RMSProp as the line-up has them.

    One that is not in it gets the other's learning rate, or that of the first optimizer, and RMSProp β = 0.9.
    A multiple of the learning rate that overflows is left out.
    """
    entries = {entry.optimizer.label: entry for entry in reversed(now.lineup)}
    known = next((entries[o.label] for o in (optimizers.adagrad, optimizers.rmsprop) if o.label in entries),
                 now.lineup[0])  # fmt: skip
    lr = known.optimizer.values["lr"]
    found, schedules, added = [], [], []
    for optimizer, multiples in ((optimizers.adagrad(lr=lr), FASTER), (optimizers.rmsprop(lr=lr, beta=0.9), (1.0,))):
        entry = entries.get(optimizer.label)
        if entry is None:
            entry = Entry(optimizer)
            added.append(optimizer.label)
        several = _at(now, entry, multiples)
        found += several
        schedules += [entry.schedule] * len(several)
    return Duel(found, schedules, added)


def _at(now: Setting, entry: Entry, multiples: tuple[float, ...]) -> list[Run]:
    """The runs of an entry with multiples of its learning rate, each once."""
    label, own = entry.optimizer.label, entry.optimizer.values["lr"]
    with np.errstate(over="ignore"):
        rates = [lr for lr in dict.fromkeys(own * multiple for multiple in multiples) if np.isfinite(lr)]
    together = runs.trace(entry.optimizer(lr=np.array(rates)), now.given(entry))
    color = palette.of(label, palette.theme())
    return [
        Run(f"{label}, η = {number(rate)}", color, i, {name: value[..., i] for name, value in together.items()})
        for i, rate in enumerate(rates)
    ]


def flatter(run: Run) -> int:
    """The coordinate whose slope at the start is the smaller, as long as it has one."""
    slope: Any = np.abs(run.trace["g"][0])
    return int(np.argmin(np.where(slope > 0, slope, np.inf)))


def rate(run: Run, axis: int) -> Array:
    """The effective learning rate in one coordinate, (steps + 1,)."""
    return run.trace["effective_lr"][:, axis]
