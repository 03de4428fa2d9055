"""Every cell and label of the Trajectories page, computed anew for random settings."""

import math
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import assume, example, given

import optim
from optim import optimizers, surfaces, typeset
from optim.descent import replay
from optim.probe import plain
from ui import lineup
from ui.trajectories import parts
from ui.trajectories.presets import PRESETS
from ui.trajectories.setting import Setting
from ui.words import number, outcome

from ... import settings as random
from ...budget import cases
from ...drawing import drawn
from ...reading import read, says

SOME = cases(80)


def trace(now, entry):
    more = {"schedule": entry.schedule, "noise": now.noise, "seed": now.seed}
    return optim.trace(entry.optimizer, now.surface, now.start, now.steps, **more)


def away(surface, x):
    """How far a point is from the nearest minimum: on a ravine or a valley without walls that is a whole line."""
    values = surface.values
    if surface.label == "Quadratic":
        turn = math.radians(values["angle"])
        along = math.cos(turn) * x[0] + math.sin(turn) * x[1], math.cos(turn) * x[1] - math.sin(turn) * x[0]
        return math.hypot(*(u for u, curvature in zip(along, (values["a"], values["b"]), strict=True) if curvature))
    if surface.label == "Rosenbrock" and not values["b"]:
        return abs(x[0] - 1)
    return min(math.hypot(x[0] - a, x[1] - b) for a, b in surface.minima)


@SOME
@given(random.settings("trajectories", most_steps=60))
@example(Setting(surface=surfaces.quadratic(a=0.0), start=(5.0, 1.0), lineup=lineup.of(optimizers.sgd(lr=0.1))))
@example(Setting(surface=surfaces.quadratic(), start=(5.0, 1.0), lineup=lineup.of(optimizers.sgd(lr=100.0)), steps=150))
@example(Setting(surface=surfaces.ackley, start=(0.0, 0.0), lineup=lineup.of(optimizers.adam), steps=1))
def test_where_they_ended_is_what_the_runs_did(now):
    curvatures = [now.surface.values.get(name, 1.0) for name in ("a", "b")]
    # Where one curvature is a millionth of the other a line of minima is a matter of taste.
    assume(0 in curvatures or 1e-5 < curvatures[0] / curvatures[1] < 1e5)
    assume(now.surface.values.get("s", 1.0) > 1e-3)  # and so it is where a neuron's inputs are next to 0
    rows = drawn(parts.ends, now).rows
    for entry, name, row, end in zip(now.lineup, lineup.names(now.lineup), rows, now.outcomes, strict=True):
        run = trace(now, entry)
        assert row.pop("Optimizer") == name
        lost = end.kind == "diverged"
        loss, path = row.pop("Final loss"), row.pop("Path length")
        assert loss == path == "–" if lost else says(loss, run["f"][-1])
        length = 0.0
        for (a, b), (c, d) in zip(run["x"].tolist(), run["x"].tolist()[1:], strict=False):
            length += math.hypot(c - a, d - b)
        assert lost or says(path, length, 3)
        assert row.pop("Outcome") == outcome(end)
        if not now.surface.minima:
            assert not row
            continue
        lowest = min(float(now.surface.at(m)[0]) for m in now.surface.minima)
        since = row.pop(f"f − f* ≤ {number(now.within)} from step")
        stays = [all(f - lowest <= now.within for f in run["f"][step:]) for step in range(now.steps + 1)]
        assert since == (f"{stays.index(True):,}" if any(stays) else "not at the end")
        distance = away(now.surface, run["x"][-1])
        ((head, cell),) = row.items()
        assert head == f"Distance to the {'nearest ' * (len(now.surface.minima) > 1)}minimum"
        # A distance of the last digit of a coordinate can be computed in several ways.
        assert cell == "–" if lost else says(cell, distance, 3) or abs(read(cell) - distance) < 1e-13


UNITS = {
    "Gradients": 1,
    "Squares": 2,
}
"""The power of the gradient's unit."""


@SOME
@given(random.settings("trajectories", most_steps=20))
@example(
    Setting(
        surface=surfaces.quadratic,
        start=(1.0, 1.0),
        lineup=lineup.of(optimizers.radam(lr=1e11, beta2=0.0, weight_decay=1e11)),
    )
)
def test_inside_there_is_each_quantity_under_its_unit(now):
    entry = now.chosen("inside")
    with (
        patch.object(parts.parts, "chooser"),
        patch.object(parts.controls, "number"),
    ):
        seen = drawn(parts.inside, now)
    texts, charts = seen.texts, [data["inside"] for data in seen.charts.values()]
    run, optimizer = trace(now, entry), plain(entry.optimizer)
    random_gradients = np.random.default_rng(1).normal(size=12)
    one, thrice = (replay(optimizer, factor * random_gradients) for factor in (1, 3))
    labels = {typeset.plain(name): name for name in run}
    shown = [text.split(": ") for text in texts[: len(charts)]]
    for (title, names), table in zip(shown, charts, strict=True):
        for name in (labels[label] for label in names.split(", ")):
            with np.errstate(all="ignore"):
                power = np.log(np.abs(thrice[name][-1] / one[name][-1])) / np.log(3)
            if title in UNITS:
                assert power == pytest.approx(UNITS[title], abs=0.3)
            elif title == "Other quantities":
                assert not any(abs(power - unit) < 0.3 for unit in UNITS.values())
            for axis, coordinate in enumerate(now.surface.axes):
                rows = table.to_pandas()
                rows = rows[(rows["quantity"] == name) & (rows["coordinate"] == coordinate)]
                log = name == "effective_lr" and (run[name] > 0).any()  # an axis that has no 0
                kept = [(i, y) for i, y in enumerate(run[name][:, axis]) if abs(y) < 1e30 and (y > 0 or not log)]
                assert list(zip(rows["step"], rows["y"], strict=True)) == kept
    assert {"g", "effective_lr"} <= {labels[label] for _, names in shown for label in names.split(", ")}
    t = min(now.t, now.steps)
    assert texts[len(charts) :] == [f"Step {t:,} for the coordinate {axis}" for axis in now.surface.axes]


def test_what_is_squared_and_what_is_not():
    found = {}
    for optimizer in (optimizers.momentum, optimizers.adam, optimizers.adadelta, optimizers.rmsprop):
        now = replace(PRESETS[0].setting, lineup=lineup.of(optimizer))
        with patch.object(parts.parts, "chooser"), patch.object(parts.controls, "number"):
            found[optimizer.label] = dict(text.split(": ") for text in drawn(parts.inside, now).texts if ": " in text)
    assert found == {
        "Momentum": {"Gradients": "g, v", "Effective learning rate": "η eff"},
        "Adam": {"Gradients": "g, m, m̂", "Squares": "v, v̂", "Effective learning rate": "η eff"},
        "Adadelta": {
            "Gradients": "g",
            "Squares": "E[g²]",
            "Effective learning rate": "η eff",
            "Other quantities": "E[Δ²], Δ",
        },
        "RMSProp": {
            "Gradients": "g",
            "Squares": "v",
            "Effective learning rate": "η eff",
            "Other quantities": "b",
        },
    }
