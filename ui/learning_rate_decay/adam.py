"""Adam's first steps with and without bias correction, with and without warm-up."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from optim import Array, ends, schedules, theory

from .. import palette, runs
from ..runs import Given, Run
from .setting import WELLS, Setting

STEPS = 100

KINDS = {
    "with correction": (True, False),
    "without correction": (False, False),
    "with correction and warm-up": (True, True),
    "without correction, with warm-up": (False, True),
}
"""Name -> whether bias is corrected, and whether there is a warm-up."""


def _parts(now: Setting, kind: str) -> tuple[Any, Given]:
    corrected, warm = KINDS[kind]
    plan = schedules.warm_up(warmup=now.warmup) if warm else schedules.constant
    return now.adam(bias_correction=corrected), Given(WELLS, now.start, STEPS, plan, 0.0, 0)


def four(now: Setting) -> list[Run]:
    """The four runs; without correction the line is dashed, and with warm-up it has another colour."""
    theme = palette.theme()
    colors = {False: palette.of("Adam", theme), True: palette.of("Warm-up", theme)}
    return [
        Run(kind, colors[warm], 0 if corrected else 1, runs.trace(*_parts(now, kind)))
        for kind, (corrected, warm) in KINDS.items()
    ]


def outcomes(now: Setting) -> list[ends.Outcome]:
    """What each of them came to."""
    return [runs.outcome(*_parts(now, kind)) for kind in KINDS]


def lengths(now: Setting, trace: Mapping[str, Array]) -> Array:
    """The steps t = 1 ... ``STEPS`` in units of η, in the coordinate that moves farther; nan for η = 0."""
    eta = now.adam.values["lr"]
    size = np.abs(trace["step"][:STEPS]).max(axis=1)
    with np.errstate(over="ignore"):
        return size / eta if eta else np.full(STEPS, np.nan)


def longest(now: Setting, corrected: bool, warm: bool) -> tuple[float, int]:
    """The longest step for a constant gradient in units of η by the closed form, and the first t that has it."""
    t = np.arange(1.0, STEPS + 1)
    values = now.adam.values
    factor = np.ones(STEPS) if corrected else theory.adam_bias_factor(t, values["beta1"], values["beta2"])
    size = np.asarray(factor) * (schedules.warm_up(warmup=now.warmup).at(t) if warm else 1.0)
    # Of lengths that differ by rounding only, the first.
    first = int(np.argmax(size >= size.max() * (1 - 1e-12)))
    return float(size[first]), first + 1
