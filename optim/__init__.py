"""Optimizers, learning-rate schedules and loss surfaces as formulas, and the one loop that runs them.

>>> import optim
>>> from optim import optimizers, surfaces
>>> run = optim.trace(optimizers.adam(lr=0.3), surfaces.quadratic(a=0.2, b=10.0), start=(-10.0, 1.5), steps=50)
>>> run["x"].shape, run["x"][40].round(3).tolist()
((51, 2), [-0.546, -0.106])
>>> {"m_hat", "v_hat", "effective_lr"} <= run.keys()
True
"""

from . import (
    averages,
    conventions,
    curvature,
    datasets,
    denominators,
    ends,
    graph,
    learning,
    lines,
    optimizers,
    probe,
    schedules,
    surfaces,
    theory,
    typeset,
)
from .averages import ema
from .descent import DIVERGED, descend, replay, sweep, trace
from .formula import Array, Domain, Formula, Hyperparameter, switch
from .learning import Batches, Network, Task
from .optimizers import OPTIMIZERS, Optimizer, optimizer
from .schedules import SCHEDULES, Schedule, schedule
from .surfaces import SURFACES, Surface, surface

__all__ = [
    "DIVERGED",
    "OPTIMIZERS",
    "SCHEDULES",
    "SURFACES",
    "Array",
    "Batches",
    "Domain",
    "Formula",
    "Hyperparameter",
    "Network",
    "Optimizer",
    "Schedule",
    "Surface",
    "Task",
    "averages",
    "conventions",
    "curvature",
    "datasets",
    "denominators",
    "descend",
    "ema",
    "ends",
    "graph",
    "learning",
    "lines",
    "optimizer",
    "optimizers",
    "probe",
    "replay",
    "schedule",
    "schedules",
    "surface",
    "surfaces",
    "sweep",
    "switch",
    "theory",
    "trace",
    "typeset",
]
