"""Settings of the Saddle points page, and runs by hand to hold them against."""

import math

import numpy as np

import optim
from optim import schedules, surfaces
from ui import lineup
from ui.lineup import Entry
from ui.saddle_points.setting import Setting

STRICT = surfaces.saddle


def setting(*optimizers, surface=STRICT, start=(1.0, 1e-4), steps=300, plan=schedules.constant, **more) -> Setting:
    entries = lineup.of(*(Entry(optimizer, plan) for optimizer in optimizers))
    return Setting(surface=surface, start=start, steps=steps, lineup=entries, **more)


def out_at(optimizer, axis=1, center=0.0, radius=1.0, surface=STRICT, start=(1.0, 1e-4), steps=300, **more) -> float:
    """The first step with |x_axis - center| >= radius, by a trace; nan where there is none."""
    x = optim.trace(optimizer, surface, start, steps, **more)["x"][:, axis]
    there = np.flatnonzero(np.abs(x - center) >= radius)
    return float(there[0]) if len(there) else math.nan
