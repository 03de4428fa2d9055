"""Every sentence that is made from the runs, recomputed at random settings; and the cases that were once wrong."""

import math
import re

import numpy as np
import pytest
from hypothesis import given

import optim
from optim import optimizers, schedules, surfaces
from ui import controls
from ui.saddle_points import frames, words
from ui.saddle_points.curvature import along
from ui.saddle_points.geometry import distance
from ui.saddle_points.sweeps import swept

from ...budget import cases
from ...settings import settings
from .made import STRICT, setting


def said(now) -> str:
    return " ".join(words.verdict(now, now.escapes))


def nothing(now) -> list[str]:
    return words.nothing(now, now.escapes, frames.window(now, now.escapes))


@cases(200)
@given(settings("saddle_points"))
def test_the_verdict_is_what_the_runs_did(now):
    found = now.escapes
    text = said(now)
    steps = {escape.run.name: escape.at for escape in found}
    out = [at for at in steps.values() if at is not None]
    if out and len(out) == len(found) and max(out) == 0:
        assert text == "Every run starts at the escape radius or beyond it."
        assert all(distance(now.surface, np.array(now.start)) >= now.radius for _ in found)
        return
    first = [name for name, at in steps.items() if at is not None and at == min(out)]
    assert (f"First to escape, at step {min(out, default=0)}: {words.listed(first)}." in text) == bool(out)
    stuck = [name for name, at in steps.items() if at is None]
    assert (f"Not escaped by step {now.steps}: {words.listed(stuck)}." in text) == bool(stuck)
    thrown = [e.run.name for e in found if e.at is None and np.nanmax(e.distance) >= now.radius]
    assert (f"At the radius only while climbing or diverging: {words.listed(thrown)}." in text) == bool(thrown)


def test_the_verdict_at_its_corners():
    sgd, adam = optimizers.sgd(lr=0.05), optimizers.adam(lr=0.05)
    assert said(setting(sgd, adam)) == "First to escape, at step 20: Adam."
    assert said(setting(sgd)) == "First to escape, at step 189: SGD."
    assert said(setting(sgd, adam, steps=1)) == "Not escaped by step 1: SGD, Adam."
    assert said(setting(sgd, sgd)) == "First to escape, at step 189: SGD #1, SGD #2."
    assert said(setting(sgd, adam, start=(1.0, 1.0))) == "Every run starts at the escape radius or beyond it."
    assert said(setting(sgd, optimizers.sgd(lr=0.01))) == (
        "First to escape, at step 189: SGD, η = 0.05. Not escaped by step 300: SGD, η = 0.01."
    )
    # A run that diverges reaches any radius, and is never the first to escape.
    assert said(setting(optimizers.sgd(lr=100.0))) == (
        "Not escaped by step 300: SGD. At the radius only while climbing or diverging: SGD."
    )
    assert said(setting(optimizers.adam(eps=0.0), start=(1.0, 0.0))) == "Not escaped by step 300: Adam."


@cases(200)
@given(settings("saddle_points"))
def test_what_is_said_of_theory_is_what_is_drawn(now):
    found = now.escapes
    text = words.theory(now, found)
    assert text.startswith("Dotted") == bool(now.delta and any(escape.predicted for escape in found))
    assert ("Hessian" in text) == (now.surface.label == "Monkey saddle")
    if "exact gradients" in text:
        assert now.noise
    if "exact on this surface" in text:
        for escape in found:
            if escape.predicted:
                sound = np.isfinite(escape.distance) & (escape.distance < 1e6)
                # A start is only as far from the axis as a float can tell.
                np.testing.assert_allclose(escape.predicted.distance[sound], escape.distance[sound], rtol=1e-6)


def test_every_reason_for_no_closed_form_has_its_sentence():
    sgd, adam = optimizers.sgd(lr=0.05), optimizers.adam(lr=0.05)
    for now, sentence in (
        (setting(sgd, surface=surfaces.monkey_saddle), "the Hessian is zero"),
        (setting(sgd, noise=0.1), "it assumes exact gradients"),
        (setting(adam), "No closed form: one is known for SGD, Momentum and Nesterov, at a constant learning rate"),
        (setting(sgd, plan=schedules.exponential), "No closed form: one is known for SGD, Momentum and Nesterov"),
        (setting(optimizers.momentum(dampening=0.1)), "without weight decay or dampening"),
        (setting(sgd, start=(1.0, 0.0)), "From δ = 0"),
        (setting(sgd), "exact on this surface"),
        (setting(sgd, surface=surfaces.bounded_saddle), "holds near it"),
    ):
        assert sentence in words.theory(now, now.escapes)


def test_where_there_is_no_distance_to_draw():
    now = setting(optimizers.sgd(lr=0.05), start=(1.0, 0.0))
    assert not now.escapes[0].moved
    assert nothing(now)[1:] == ["At the start the gradient across it is 0.", "Set δ above 0, or add noise."]
    # π/2 is no floating-point number: weight decay or not, the sentence says only what the gradient is.
    sine = setting(optimizers.sgd(lr=0.05), surface=surfaces.sine_saddle, start=(math.pi / 2, 1.0))
    assert not sine.escapes[0].moved
    assert nothing(sine)[1] == "At the start the gradient across it is 6.123·10⁻¹⁷."
    on_ray = setting(optimizers.sgd(lr=0.05), surface=surfaces.monkey_saddle, start=(1.0, 0.0))
    assert nothing(on_ray)[0] == "No run is ever at a distance above 0 from the stable ray."
    noisy = setting(optimizers.sgd(lr=0.0), start=(1.0, 0.0), noise=0.1)
    assert not noisy.escapes[0].moved
    assert nothing(noisy) == ["No run is ever at a distance above 0 from the stable axis."]
    # A single point between two gaps is no line.
    late = setting(optimizers.sgd(lr=0.05), start=(1.0, 0.0), noise=0.1, steps=1)
    assert nothing(late)[0].startswith("The distance from the stable axis is never between ")


@cases(100)
@given(settings("saddle_points"))
def test_the_edge_is_counted_over_numbers_only(now):
    for entry, run in zip(now.lineup, now.runs, strict=True):
        felt = along(now.surface, run).felt[: now.steps]
        recurrence = entry.optimizer.recurrence_at(np.arange(1, len(felt) + 1))
        text = words.edge(run.name, felt, recurrence)
        if recurrence is None:
            assert text == f"No stability edge is known for {run.name} as it is set."
            continue
        beyond, steps = map(int, re.search(r"Steps at or beyond it: (\d+) of (\d+)\.", text).groups())
        assert steps == sum(map(math.isfinite, felt))
        edges = [entry.optimizer.recurrence_at(t).edge for t in range(1, len(felt) + 1)]
        assert beyond == sum(math.isfinite(value) and value >= edge for value, edge in zip(felt, edges, strict=True))


@pytest.mark.parametrize(
    ("optimizer", "text"),
    [
        (optimizers.sgd, "Stability edge: 2. "),
        (optimizers.momentum, "Stability edge: 2(1 + β) = 3.8. "),
        (optimizers.nadam, "Stability edge: 2(1 + β₁)/(1 + β₁ − 2β₁μₜ) = 3.53 at step 100. "),
        (optimizers.nadam(momentum_warmup=False), "Stability edge: 2(1 + β₁)/((1 − β₁)(1 + 2β₁)) = 13.6. "),
        (optimizers.adamw(weight_decay=0.0), "Stability edge: 2(1 + β₁)/(1 − β₁) = 38. "),
        (optimizers.adamw, "No stability edge is known for AdamW as it is set."),
        (optimizers.lion, "No stability edge is known for Lion as it is set."),
    ],
)
def test_edges_by_name(optimizer, text):
    now = setting(optimizer(lr=0.001), steps=100)
    felt = along(now.surface, now.runs[0]).felt[:100]
    assert words.edge(optimizer.label, felt, optimizer.recurrence_at(np.arange(1.0, 101))).startswith(text)


@cases(50)
@given(settings("saddle_points", most_steps=5))
def test_symbols_say_whose_value_a_chart_moves(now):
    found, by = now.escapes, [swept(now, entry) for entry in now.lineup]
    for chart in ("beta", "beta2"):
        who = [i for i, own in enumerate(by) if chart in own]
        text = words.symbols([found[i] for i in who], [by[i][chart] for i in who])
        groups = dict(part.split(": ", 1) for part in text.split(" · ") if part)
        for symbol, names in groups.items():
            assert names == words.listed([found[i].run.name for i in who if by[i][chart].symbol == symbol])
        assert {*groups} == {by[i][chart].symbol for i in who}
        for i in who:
            values, symbol = found[i].entry.optimizer.hyperparameters, by[i][chart].symbol
            assert symbol in {controls.symbol(meaning) for meaning in values.values() if meaning.scale == "decay"}
    decays = [sum(m.scale == "decay" for m in entry.optimizer.hyperparameters.values()) for entry in now.lineup]
    assert [("beta" in own) + ("beta2" in own) for own in by] == [min(count, 2) for count in decays]


def test_the_closed_form_is_right_to_the_step_where_the_run_only_falls():
    rng = np.random.default_rng(3)
    for _ in range(60):
        beta, lr, gamma = rng.uniform(0, 0.99), 10 ** rng.uniform(-3, 0), 10 ** rng.uniform(-1, 1)
        make = [optimizers.sgd, optimizers.momentum(beta=beta), optimizers.nesterov(beta=beta)][rng.integers(3)]
        now = setting(make(lr=lr), surface=STRICT(gamma=gamma), start=(0.0, 10 ** rng.uniform(-9, -0.5)), steps=400)
        (escape,) = now.escapes
        assert escape.predicted.steps == (math.inf if escape.at is None else escape.at) or (
            escape.at is None and escape.predicted.steps > 400
        )
        x = optim.trace(make(lr=lr), now.surface, now.start, 400)["x"][:, 1]
        assert escape.at == (int(np.argmax(np.abs(x) >= 1)) if (np.abs(x) >= 1).any() else None)


def test_a_change_says_what_it_did_to_the_escapes():
    before = setting(optimizers.sgd(lr=0.05), optimizers.adam(lr=0.05))
    assert before.effects(before) == ""
    closer = before.beside(1e-8)
    assert closer.start_change(before) == "δ 10⁻⁴ → 10⁻⁸"
    assert closer.effects(before) == "Step of escape: SGD: 189 → **none**; Adam: 20 → **21**."
    assert "δ 10⁻⁴ → 10⁻⁸" in closer.changes(before)
    elsewhere = setting(optimizers.sgd(lr=0.05), start=(0.5, 1e-4))
    assert elsewhere.start_change(before) == elsewhere.start_change(closer) == "another start"


@cases(60)
@given(settings("saddle_points"), settings("saddle_points"))
def test_effects_are_recomputed(before, now):
    olds = {escape.entry.id: escape.at for escape in before.escapes}
    text = now.effects(before)
    moved = [e for e in now.escapes if e.entry.id in olds and olds[e.entry.id] != e.at]
    assert text.count(" → ") == len(moved)
    for escape in moved:
        old, new = ("none" if at is None else str(at) for at in (olds[escape.entry.id], escape.at))
        assert f": {old} → **{new}**" in text
