"""Every cell, level and label of the Saddle points page, computed anew for random settings."""

import math
import re
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import optim
from optim import OPTIMIZERS, optimizers, schedules, surfaces
from ui import lineup
from ui.saddle_points import frames, parts, words
from ui.saddle_points.geometry import beside
from ui.saddle_points.setting import Setting
from ui.saddle_points.sweeps import SEEDS, VALUES, swept
from ui.words import number, outcome

from ...budget import cases
from ...drawing import drawn
from ...reading import read, says
from ...settings import formulas, settings
from .made import STRICT, setting

SOME = cases(80)
FEW = cases(20)


def out(now, optimizer, schedule, start=None, seed=None):
    """The step of escape of a fresh run, by hand."""
    start = now.start if start is None else start
    more = {"schedule": schedule, "noise": now.noise, "seed": now.seed if seed is None else seed}
    run = optim.trace(optimizer, now.surface, start, now.steps, **more)
    way, span = now.way, (now.surface.x_range, now.surface.y_range)[now.way.axis]
    line = np.repeat(np.array(now.start)[:, None], 3, axis=1)
    line[way.axis] = way.saddle[way.axis], *span
    ceiling = now.surface.at(line)[0].max()
    for step, (x, f) in enumerate(zip(run["x"], run["f"], strict=True)):
        if not (np.isfinite(f) and max(abs(x)) <= 1e6):
            return None
        far = abs(x[way.axis] - way.saddle[way.axis])
        if way.gamma is None and x[0] < 0:
            far = math.hypot(*x)
        if far >= now.radius and f <= ceiling:
            return step
    return None


@SOME
@given(settings("saddle_points"))
def test_the_meter_says_what_the_runs_did(now):
    rows, names = drawn(parts.meter, now).rows, lineup.names(now.lineup)
    for entry, name, row, escape, end in zip(now.lineup, names, rows, now.escapes, now.outcomes, strict=True):
        step = out(now, entry.optimizer, entry.schedule)
        assert row.pop("Optimizer") == name
        assert row.pop("Escapes at step") == (f"not by step {now.steps}" if step is None else str(step))
        cell = row.pop("Closed form")
        if escape.predicted is None:
            assert cell == "–"
        elif cell == "never":
            assert math.isinf(escape.predicted.steps)
        else:
            assert says(cell, escape.predicted.steps) or int(cell) == escape.predicted.steps
        if now.surface.minima:
            assert row == {"Outcome": outcome(end, place=True)}
            continue
        run = optim.trace(entry.optimizer, now.surface, now.start, now.steps, schedule=entry.schedule, noise=now.noise,
                          seed=now.seed)  # fmt: skip
        x = run["x"]
        off = ~(np.abs(x) <= 1.5).all(axis=1)
        if np.isfinite(x).all() and np.abs(x).max() <= 1e6:
            # One that jumps over the map has not left it.
            gone = off[-1] and not (np.abs(x[-1] + run["step"][-1]) <= 1.5).all()
            step = len(off) - int(np.argmin(off[::-1])) if gone else None
            assert row == {"Leaves the map at step": "–" if step is None else str(step)}


def test_a_run_of_no_numbers_has_not_left_the_map():
    now = Setting(surface=surfaces.monkey_saddle, start=(1.0, 0.0), lineup=lineup.of(optimizers.adam(eps=0.0)))
    (row,) = drawn(parts.meter, now).rows
    assert row["Leaves the map at step"] == "diverges at 1"


@SOME
@given(settings("saddle_points", most_steps=30))
@example(setting(optimizers.amsgrad, surface=surfaces.bounded_saddle, start=(0.0, 1e-300), steps=1, radius=0.01))
@example(setting(optimizers.sgd(lr=0.1), start=(1.0, 0.0), noise=1e-4, plan=schedules.SCHEDULES["Warm-up"], radius=3.0))
@example(setting(optimizers.sgd(lr=1e9), start=(1.0, 0.0), noise=1.0, steps=1))
def test_distances_are_drawn_or_it_is_said_why_not(now):
    seen = drawn(parts.distances, now)
    curves = [table for name, table in seen.data.items() if name.startswith("curve")]
    if curves:
        assert any(len(table) for table in curves)
        (level,) = seen.data["radius"].to_pylist()
        assert level["text"] == f"r = {number(now.radius)}"
        assert level["y"] == max(now.radius, frames.window(now, now.escapes).bottom)
        assert seen.texts == [words.theory(now, now.escapes)]
        return
    (said,) = seen.texts
    assert all(not (escape.distance > 0).any() for escape in now.escapes) == said.startswith(
        f"No run is ever at a distance above 0 from the {now.way.stable}."
    )
    if "in a row" in said:
        low, high = map(read, re.search(r"between (\S+) and (\S+) for", said).groups())
        for escape in now.escapes:
            inside = (escape.distance > low * 1.001) & (escape.distance < high * 0.999)
            assert not (inside[1:] & inside[:-1]).any()
    slope = re.search(r"the gradient across it is (\S+)\. Set", said)
    if slope:
        assert not now.noise
        assert says(slope[1], abs(now.surface.at(now.start)[1][now.way.axis]))


def costs(now):
    """The answer to the guess."""
    with patch.object(parts.parts, "guess", lambda page, question, answer: answer()):
        return drawn(parts.guess, now).rows


@FEW
@given(settings("saddle_points", most_steps=40))
def test_what_a_closer_start_costs_is_the_mean_over_its_chart(now):
    for entry, row in zip(now.lineup, costs(now), strict=True):
        steps = {delta: out(now, entry.optimizer, entry.schedule, beside(now.surface, now.start, delta))
                 for delta in VALUES["delta"] if delta <= now.radius / 10}  # fmt: skip
        found = {delta: step for delta, step in steps.items() if step is not None}
        if len(found) < 2:
            assert row["More steps, measured"] == "–"
            continue
        decades = math.log10(max(found)) - math.log10(min(found))
        cost = (found[min(found)] - found[max(found)]) / decades
        assert read(row["More steps, measured"]) == pytest.approx(cost, abs=0.0501, rel=6e-4)


@SOME
@given(settings("saddle_points", most_steps=5), st.sampled_from(["SGD", "Momentum", "Nesterov", "Adam"]), st.data())
def test_the_closed_form_of_the_cost_is_that_of_the_growth(now, label, data):
    values = data.draw(formulas(OPTIMIZERS[label])).values
    optimizer = OPTIMIZERS[label](**{**values, **({"weight_decay": 0.0} if "weight_decay" in values else {})})
    now = replace(now, noise=0.0, lineup=lineup.of(optimizer))
    for escape, row in zip(now.escapes, costs(now), strict=True):
        cell = row["Closed form"]
        if escape.predicted is None:
            assert cell == "–"
            continue
        values, recurrence = escape.entry.optimizer.values, escape.entry.optimizer.recurrence
        # The roots of the recurrence, as the page has it, by numpy.
        a, b, beta = recurrence.gradient, recurrence.velocity, recurrence.beta
        pull = values["lr"] * now.way.gamma
        growth = np.abs(np.roots([1, -(1 + beta + (a + b) * pull), beta * (1 + a * pull)])).max()
        assume(growth == 1 or growth > 1 + 1e-9)
        if growth <= 1:
            assert cell == "no escape"
        else:
            assert read(cell) == pytest.approx(math.log(10) / math.log(growth), rel=1e-3, abs=0.0501)


@FEW
@given(settings("saddle_points", most_steps=40))
def test_seeds_are_runs_of_their_own(now):
    now = replace(now, noise=now.noise or 0.01, lineup=now.lineup[:1])
    (entry,), (row,) = now.lineup, drawn(parts.seeds, now).rows
    hits = sorted(
        (math.inf if (step := out(now, entry.optimizer, entry.schedule, seed=now.seed + i)) is None else step)
        for i in range(SEEDS)
    )
    assert row["Escaped"] == f"{sum(map(math.isfinite, hits))} of {SEEDS}"
    for part in (5, 50, 95):
        # The first step by which at least this part of them are out.
        step = next(at for at in hits if sum(hit <= at for hit in hits) >= part / 100 * SEEDS)
        assert row[f"{part} % by step"] == (str(step) if math.isfinite(step) else f"> {now.steps}")


def test_without_noise_there_is_nothing_to_spread():
    assert drawn(parts.seeds, setting(optimizers.sgd)).texts == ["Without noise every seed gives the same run."]


@SOME
@given(settings("saddle_points", most_steps=40))
@example(setting(optimizers.sgd(lr=1e-20)))
@example(setting(optimizers.sgd(lr=0.01), surface=STRICT(gamma=1e12), steps=1))
def test_curvature_is_drawn_or_it_is_said_why_not(now):
    entry = now.chosen("inside")
    run = next(run for own, run in zip(now.lineup, now.runs, strict=True) if own.id == entry.id)
    with patch.object(parts.parts, "chooser"):
        seen = drawn(parts.curvature, now)
    if "eigenvalues" not in seen.charts:
        assert seen.texts == ["The run leaves the map, or diverges, at its first step."]
        assert not now.surface.contains(run.trace["x"][1])
        return
    for name, i in (("small", 0), ("large", 1)):
        drawn_ = seen.charts["eigenvalues"][name].to_pandas()
        for step, y in zip(drawn_["step"], drawn_["y"], strict=True):
            exact = np.linalg.eigvalsh(now.surface.hessian(run.trace["x"][int(step)]))[i]
            assert y == pytest.approx(exact, rel=1e-9, abs=1e-9 * (1 + abs(exact)))
        assert len(drawn_) > 1
    if "edge" not in seen.charts:
        assert seen.texts[1:] == [
            "Effective η × curvature is never between 10⁻¹² and 10¹² for two steps in a row: there is no line to draw."
        ]
        return
    assert len(seen.charts["edge"]["felt"])
    recurrence = entry.optimizer.recurrence_at(1)
    assert ("edge" in seen.charts["edge"]) == bool(recurrence)
    for row in seen.charts["edge"]["edge"].to_pylist() if recurrence else []:
        assert row["y"] == pytest.approx(entry.optimizer.recurrence_at(row["until"] + 1).edge)
        assert not row["text"] or says(row["text"].rpartition(" = ")[2].partition(" at step ")[0], row["y"], 3)


@FEW
@given(settings("saddle_points", most_steps=30))
def test_the_small_charts_mark_what_is_and_what_never_was(now):
    seen, escapes = drawn(parts.sweeps, now), now.escapes
    by = [swept(now, entry) for entry in now.lineup]
    for chart, values in VALUES.items():
        who = [i for i, own in enumerate(by) if chart in own]
        if not who:
            assert f"by-{chart}" not in seen.charts
            continue
        data = seen.charts[f"by-{chart}"]
        xs = [1 - v for v in values] if chart.startswith("beta") else list(values)
        now_, never = data["now"].to_pandas(), data["never"].to_pandas()
        assert len(now_) == len(who)
        for k, i in enumerate(who):
            at, present = escapes[i].at, by[i][chart].present
            place = 1 - present if chart.startswith("beta") else present
            assert now_["x"][k] == pytest.approx(min(max(place, min(xs)), max(xs)))
            assert (at is None and math.isnan(now_["y"][k])) or now_["y"][k] == max(at, 1)
            steps = by[i][chart].steps
            stuck = [x for x, step in zip(xs, steps, strict=True) if math.isnan(step)]
            assert never[never["row"] == k]["x"].tolist() == pytest.approx(stuck)
    assert f"▲: not escaped by step {now.steps}." in seen.texts[-1]
