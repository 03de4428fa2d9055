"""What other learning rates come to, for random settings."""

import math

import numpy as np
from hypothesis import given

import optim
from optim import ends
from ui import words
from ui.trajectories.parts import other_rates

from ... import settings as random
from ...budget import cases


@cases(100)
@given(now=random.settings("trajectories", most_steps=60))
def test_each_cell_is_the_end_of_its_own_run(now):
    for entry in now.lineup:
        cells = other_rates(now, entry).values()
        for cell, factor in zip(cells, (0.1, 1.0, 10.0), strict=True):
            lr = factor * entry.optimizer.values["lr"]
            if not math.isfinite(lr):
                assert cell == "–"
                continue
            more = {"schedule": entry.schedule, "noise": now.noise, "seed": now.seed}
            run = optim.trace(entry.optimizer(lr=lr), now.surface, now.start, now.steps, **more)
            end = ends.outcome(now.surface, run)
            lost = end.kind in ("diverged", "left the map")
            assert cell == (f"{end.kind} at step {end.step}" if lost else words.number(float(run["f"][-1])))
            assert lost or np.isfinite(run["f"][-1])
