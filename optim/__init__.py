"""Optimizers, learning-rate schedules and loss surfaces as formulas, and the one loop that runs them.

import optim
from optim import optimizers, surfaces

run = optim.trace(optimizers.adam(lr=0.3), surfaces.quadratic(a=0.2, b=10.0), start=(-10.0, 1.5), steps=50)
run["x"], run["m_hat"], run["effective_lr"]
"""

from . import optimizers, schedules, surfaces, theory
from .averages import ema
from .descent import replay, sweep, trace
from .formula import Formula, Hyperparameter
from .optimizers import OPTIMIZERS
from .schedules import SCHEDULES
from .surfaces import SURFACES

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "SURFACES",
    "Formula",
    "Hyperparameter",
    "ema",
    "optimizers",
    "replay",
    "schedules",
    "surfaces",
    "sweep",
    "theory",
    "trace",
]
