"""The labels and marks of the Plateaus page's charts, and its maps of basins, computed anew for random settings."""

import math
from unittest.mock import patch

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

import optim
from optim import optimizers, surfaces
from ui import lineup
from ui.plateaus import basins, escapes, parts, tables
from ui.plateaus.basins import ABOVE, BELOW, DIVERGED, OTHERS, OUTSIDE
from ui.plateaus.setting import Setting

from ... import settings as random
from ...budget import cases
from ...drawing import drawn
from ...reading import says

SOME = cases(60)
FEW = cases(15)


def run_of(now, optimizer, schedule, start=None):
    more = {"schedule": schedule, "noise": now.noise, "seed": now.seed}
    return optim.trace(optimizer, now.surface, now.start if start is None else start, now.steps, **more)


def out(now, trace):
    """The step of escape, by hand."""
    for step, (x, f) in enumerate(zip(trace["x"], trace["f"], strict=True)):
        if not (math.isfinite(f) and max(abs(x)) <= 1e6):
            return None
        if f <= now.level:
            return step
    return None


@SOME
@given(random.settings("plateaus", most_steps=60))
@example(
    Setting.of(surfaces.himmelblau, (3.0, 2.0), 1, lineup.of(optimizers.adam, optimizers.adagrad(eps=0.0)), epsilon=2)
)
def test_the_chart_of_epsilon_has_its_level_and_the_escape(now):
    entry = now.chosen("epsilon")
    with patch.object(parts.parts, "chooser"), patch.object(parts.controls, "slide"):
        seen = drawn(parts.epsilon, now)
    if entry is None:
        assert seen.texts == [parts.NO_EPSILON]
        assert not any("eps" in entry.optimizer.values for entry in now.lineup)
        return
    trace = run_of(now, entry.optimizer, entry.schedule)
    size = entry.optimizer.denominator(trace).size
    if not seen.charts:
        (said,) = seen.texts
        assert "is never between" in said
        plain = (size > 1e-290) & (size < 1e290)
        assert not (plain[1:] & plain[:-1]).any()
        return
    step = out(now, trace)
    assert seen.data["escape"].to_pylist() == ([{"step": step, "text": "escape"}] if step else [])
    eps = entry.optimizer.values["eps"]
    if not eps:
        assert not len(seen.data["epsilon"])
        return
    (level,) = seen.data["epsilon"].to_pylist() or [{"text": "ε = 0"}]
    symbol, _, value = level["text"].partition(" = ")
    amounts = {
        "ε": eps,
        "√ε": math.sqrt(eps),
        "√(ε/(1 − β₂))": math.sqrt(eps / (1 - entry.optimizer.values.get("beta2", 0))),
    }
    assert says(value, amounts[symbol])


@SOME
@given(random.settings("plateaus", most_steps=60))
@example(Setting.of(surfaces.himmelblau, (3.0, 2.0), 1, lineup.of(optimizers.adagrad(lr=0.0))))
def test_the_duel_is_between_these_two(now):
    seen = drawn(parts.duel, now)
    labels = {entry.optimizer.label for entry in now.lineup}
    missing = [label for label in ("AdaGrad", "RMSProp") if label not in labels]
    said = [f"Not in your line-up, added for comparison: {', '.join(missing)}."] * bool(missing)
    assert seen.texts[len(seen.texts) - len(said) :] == said
    names = [row["Optimizer"] for row in seen.rows]
    first = next(
        (e for label in ("AdaGrad", "RMSProp") for e in now.lineup if e.optimizer.label == label), now.lineup[0]
    )
    own = {label: next((e for e in now.lineup if e.optimizer.label == label), None) for label in ("AdaGrad", "RMSProp")}
    lr = {label: (entry or first).optimizer.values["lr"] for label, entry in own.items()}
    multiples = {"AdaGrad": [k * lr["AdaGrad"] for k in (1, 10, 100)], "RMSProp": [lr["RMSProp"]]}
    expected = [(label, rate) for label, rates in multiples.items() for rate in dict.fromkeys(rates) if rate < math.inf]
    for name, (label, rate) in zip(names, expected, strict=True):
        kind, _, value = name.partition(", η = ")
        assert kind == label
        assert says(value, rate)
    if not seen.charts:
        assert seen.texts[0].startswith("The effective learning rate is never between")
        return
    slope = np.abs(run_of(now, optimizers.sgd(lr=0.0), first.schedule)["g"][0])
    axis = 1 if (slope[1] < slope[0] and slope[1] > 0) or slope[0] == 0 < slope[1] else 0
    found = []
    for label, rate in expected:
        entry = own[label] or lineup.Entry(optimizers.adagrad if label == "AdaGrad" else optimizers.rmsprop(beta=0.9))
        trace = run_of(now, entry.optimizer(lr=rate), entry.schedule)
        step = out(now, trace)
        if step:
            found.append((step, trace["effective_lr"][step, axis]))
    marks = seen.data["escape"].to_pandas()
    assert list(marks["step"]) == [step for step, _ in found]
    np.testing.assert_allclose(marks["y"], [y for _, y in found], rtol=1e-9)


@FEW
@given(random.settings("plateaus", most_steps=30))
@example(Setting.of(surfaces.gaussian_wells, (0.75, 1.0), 20, lineup.of(optimizers.adam(lr=0.05, eps=0))))
def test_the_sweeps_mark_the_present_values(now):
    seen = drawn(parts.sweeps, now)
    for chart, sweep in escapes.SWEEPS.items():
        who = [entry for entry in now.lineup if chart in escapes.swept(entry.optimizer)]
        if not who:
            assert f"over-{chart}" not in seen.charts
            continue
        marks = seen.charts[f"over-{chart}"]["now"].to_pandas()
        for k, entry in enumerate(who):
            value = entry.optimizer.values[escapes.swept(entry.optimizer)[chart]]
            step = out(now, run_of(now, entry.optimizer, entry.schedule))
            own, ends = sweep.place(value), [sweep.place(at) for at in sweep.values]
            assert marks["x"][k] == min(max(own, min(ends)), max(ends))  # 0 has no place on a log axis
            assert (step is None and math.isnan(marks["y"][k])) or marks["y"][k] == max(step, 1)
    assert seen.texts[0].endswith(f"▲: not escaped by step {now.steps:,}.")


def test_two_decay_rates_of_one_symbol_have_columns_of_their_own():
    momentum, rmsprop = optimizers.momentum(lr=0.05), optimizers.rmsprop(lr=0.05)
    now = Setting.of(surfaces.gaussian_wells, (0.75, 1.0), 20, lineup.of(momentum, rmsprop))
    times = [escapes.over(entry.optimizer, now.given(entry), now.level) for entry in now.lineup]
    with patch.object(escapes, "symbols", lambda _, chart: {"eta": "η", "epsilon": "ε"}.get(chart, "β")):
        rows = tables.earliest(now, times)
    heads = ["Earliest over η", "Earliest over ε", "Earliest over β #1", "Earliest over β #2"]
    assert [list(row)[1:] for row in rows] == [heads] * 2


@FEW
@given(random.settings("plateaus", most_steps=25), st.data())
def test_a_tile_has_the_colour_of_its_own_run(now, data):
    entry = now.chosen("left")
    found = basins.chosen(now, "left")
    side = len(found.kinds)
    spans = now.surface.x_range, now.surface.y_range
    near = 0.01 * math.hypot(*(high - low for low, high in spans))
    for _ in range(4):
        row, column = (data.draw(st.integers(0, side - 1)) for _ in range(2))
        start = [low + (high - low) * (i + 0.5) / side for i, (low, high) in zip((column, row), spans, strict=True)]
        trace = run_of(now, entry.optimizer, entry.schedule, start)
        kind = [*range(len(found.minima)), *OTHERS][found.kinds[row, column]]
        (x, y), f = trace["x"][-1], trace["f"][-1]
        sound = np.isfinite(trace["f"]) & (np.abs(trace["x"]) <= 1e6).all(axis=1)
        if not sound.all():
            assert kind == DIVERGED
            continue
        distances = [math.hypot(x - m.x, y - m.y) for m in found.minima]
        if any(abs(distance - near) < 1e-9 for distance in distances):
            continue
        inside = [i for i, distance in enumerate(distances) if distance <= near]
        if not all(low <= at <= high for at, (low, high) in zip((x, y), spans, strict=True)):
            assert kind == OUTSIDE
        elif inside:
            assert kind in inside
        else:
            assert kind == (BELOW if f <= now.level else ABOVE)
