"""What is said of how a run ended, against the run itself, a longer one and the surface around it."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import optim
from optim import optimizers, schedules
from optim.ends import NEAR, Outcome
from ui import lineup, words

from .. import settings as random
from ..budget import cases
from ..reading import read

LATER = 300


def around(surface, place, radius):
    """f on a circle around a point, less f there."""
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    ring = np.reshape(place, (2, 1)) + radius * np.stack([np.cos(turn), np.sin(turn)])
    with np.errstate(all="ignore"):
        return surface.at(ring)[0] - surface.at(place)[0]


CYCLE = lineup.Entry(optimizers.amsgrad, schedules.triangular(low=0.0, half=1), 1)


@cases(200)
@example(replace(random.PRESETS["plateaus"][0].setting, start=(0.0, 0.0), lineup=(CYCLE,), steps=2))
@given(st.sampled_from(random.ON_SURFACES).flatmap(lambda page: random.settings(page, most_steps=120)))
def test_an_outcome_is_what_the_run_did(now):
    diagonal = math.hypot(*(high - low for low, high in (now.surface.x_range, now.surface.y_range)))
    for entry, end in zip(now.lineup, now.outcomes, strict=True):
        more = {"schedule": entry.schedule, "noise": now.noise, "seed": now.seed}
        run = optim.trace(entry.optimizer, now.surface, now.start, now.steps, **more)
        x, text = run["x"], words.outcome(end)
        sound = [math.isfinite(f) and max(abs(at)) <= 1e6 for f, at in zip(run["f"], x, strict=True)]
        if not all(sound):
            assert text == f"diverged at step {sound.index(False)}"
            continue
        on = [bool(now.surface.contains(at)) for at in x]
        if not on[-1] and not now.surface.contains(x[-1] + run["step"][-1]):
            assert text == f"left the map at step {len(on) - on[::-1].index(True)}"
            continue
        assert not text.startswith(("diverged", "left"))
        quarter = x[-max(min(max(10, len(x) // 4), len(x)) // 2 * 2, 1) :]
        # Where the next step leads is known too.
        path = np.vstack([quarter, x[-1] + run["step"][-1]])
        if end.place is not None:
            assert np.hypot(*(quarter - end.place).T).max() <= 1.001 * NEAR * diagonal or end.at_rest
            assert math.hypot(*(x[-1] - end.place)) <= 1.001 * NEAR * diagonal
        if text.startswith("oscillating"):
            width = read(text.partition("±")[2])
            assert width == pytest.approx(max(np.ptp(path, axis=0)) / 2, rel=0.06)
            steps = np.diff(path[:, np.argmax(np.ptp(path, axis=0))])
            assert (steps > 0).any()
            assert (steps < 0).any()
        elif text in ("minimum", "local minimum", "near a minimum", "near a local minimum", "maximum", "saddle point",
                      "near a saddle"):  # fmt: skip
            rises = around(now.surface, end.place, 1e-3 * diagonal)
            tiny = 1e-9 * (abs(rises).max() + abs(float(now.surface.at(end.place)[0])) + 1e-300)
            if "minimum" in text:
                assert (rises >= -tiny).all()
            elif text == "maximum":
                assert (rises <= tiny).all()
            if "minimum" in text and now.surface.minima:
                lowest = min(float(now.surface.at(m)[0]) for m in now.surface.minima)
                above = float(now.surface.at(end.place)[0]) - lowest
                grid = np.stack(
                    np.meshgrid(*(np.linspace(*span, 41) for span in (now.surface.x_range, now.surface.y_range)))
                )
                low, high = np.percentile(now.surface.at(grid)[0], (25, 75))
                assert ("local" in text) == (above > 1e-6 * (high - low)) or math.isclose(above, 1e-6 * (high - low))
        elif text == "creeping":
            assert np.hypot(*np.ptp(quarter, axis=0)) <= 1.001 * NEAR * diagonal
        elif text == "moving":
            assert np.hypot(*np.ptp(path, axis=0)) > 0.999 * NEAR * diagonal
        if end.at_rest and not now.noise:
            later = optim.trace(entry.optimizer, now.surface, now.start, now.steps + LATER, **more)["x"][now.steps :]
            assert np.hypot(*(later - x[-1]).T).max() <= NEAR * diagonal


@pytest.mark.parametrize("kind", ["near a minimum", "near a local minimum", "near a saddle"])
def test_what_is_near_names_no_place(kind):
    assert words.outcome(Outcome(kind, place=(1.0, 2.0)), place=True) == kind
