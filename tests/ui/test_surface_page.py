"""What the pages on a surface have in common: another surface, a start by a click, and what changed, in words."""

import re
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import optim
from optim import SURFACES, optimizers, schedules, surfaces
from ui import controls, lineup, surface_page, words
from ui.lineup import Entry
from ui.trajectories.presets import PRESETS
from ui.trajectories.setting import Setting

from .. import settings as random
from ..budget import cases
from ..reading import read

OPENING = PRESETS[0].setting


@st.composite
def moves(draw, page):
    """A Setting, and what it may become in a few moves of its controls."""
    before = draw(random.settings(page, most_steps=30))
    now = before
    for _ in range(draw(st.integers(1, 3))):
        other = draw(random.settings(page, most_steps=30))
        entry, new = draw(st.sampled_from(now.lineup)), draw(random.entries())
        kind = draw(st.sampled_from(["value", "schedule", "other", "add", "remove", "surface", "start", "page"]))
        if kind == "value":
            entry = replace(entry, optimizer=draw(random.formulas(entry.optimizer)))
        elif kind == "schedule":
            entry = replace(
                entry, schedule=new.schedule if draw(st.booleans()) else draw(random.formulas(entry.schedule))
            )
        elif kind == "other":
            entry = replace(entry, optimizer=new.optimizer)
        line = tuple(entry if old.id == entry.id else old for old in now.lineup)
        if kind == "add":
            line = lineup.add(line, new, draw(st.integers(0, len(line))))
        elif kind == "remove":
            line = tuple(old for old in line if old.id != entry.id) if len(line) > 1 else line
        now = replace(now, lineup=line)
        if kind == "surface":
            now = replace(now, surface=other.surface, start=other.start)
        elif kind == "start":
            now = replace(now, start=other.start)
        elif kind == "page":
            names = [f.name for f in fields(now) if f.compare and "meaning" in f.metadata]
            now = replace(now, **{name: getattr(other, name) for name in [draw(st.sampled_from(names))]})
    return before, now


def leaves(now):
    """Each value of a Setting by its place: for optimizers, schedules and the surface with their labels."""
    found = {("start",): now.start}
    found |= {(f.name,): getattr(now, f.name) for f in fields(now) if f.compare and "meaning" in f.metadata}
    formulas = {("surface",): now.surface}
    for entry in now.lineup:
        formulas |= {(entry.id, "optimizer"): entry.optimizer, (entry.id, "schedule"): entry.schedule}
    for place, formula in formulas.items():
        found[place] = formula.label
        found |= {(*place, formula.label, name): value for name, value in formula.values.items()}
    return found


@pytest.mark.parametrize("page", random.ON_SURFACES)
@cases(60)
@given(st.data())
def test_what_changed_and_what_that_did_is_true_of_the_runs(page, data):
    before, now = data.draw(moves(page))
    old, new = leaves(before), leaves(now)
    said = now.changes(before).replace("\\", "")
    what, effects = re.fullmatch(r"\*\*Changed\*\*: (.*?)\. ((?:.*\.)?)", said).groups()
    kept = {entry.id for entry in before.lineup} & {entry.id for entry in now.lineup}
    told = [place for place in old.keys() & new.keys()
            if old[place] != new[place] and (isinstance(place[0], str) or place[0] in kept)]  # fmt: skip
    phrases = what.split("; ") if what != "what is shown" else []
    come, gone = len(now.lineup) - len(kept), len(before.lineup) - len(kept)
    assert sum(phrase.endswith(" is new") for phrase in phrases) == come
    assert sum(phrase.endswith(" is gone") for phrase in phrases) == gone
    assert len(phrases) == len(told) + come + gone
    for place in told:
        one, other = old[place], new[place]
        if place == ("start",):
            assert any(p == "another start" or p.startswith("δ ") for p in phrases)
        elif isinstance(one, bool):
            assert any(phrase.endswith(f" {'on' if other else 'off'}") for phrase in phrases), place
        elif isinstance(one, str):
            assert any(re.search(rf"{one}.* → {other}", phrase, re.IGNORECASE) for phrase in phrases), place
        else:
            ends = [re.search(r"(\S+) → (\S+)$", phrase) for phrase in phrases]
            assert any(end and tells(end[1], one) and tells(end[2], other) for end in ends), place
    assert effects == now.effects(before).replace("\\", "")


def tells(text, value):
    """Whether a text is this number and, to 12 digits, no other."""
    try:
        return read(text) == pytest.approx(value, rel=1e-11, abs=1e-322)
    except ValueError:
        return False


@cases(60)
@given(moves("trajectories"))
def test_effects_are_the_outcomes_that_differ_now(pair):
    before, now = pair
    olds = {entry.id: words.outcome(end) for entry, end in zip(before.lineup, before.outcomes, strict=True)}
    expected = []
    for entry, name, end in zip(now.lineup, lineup.names(now.lineup), now.outcomes, strict=True):
        if entry.id in olds and olds[entry.id] != words.outcome(end):
            expected.append(f"{name}: {olds[entry.id]} → **{words.outcome(end)}**")
    assert now.effects(before).replace("\\", "") == "; ".join(expected) + "." * bool(expected)


@cases(60)
@given(moves("plateaus"))
def test_effects_on_plateaus_are_the_steps_of_escape_that_differ_now(pair):
    def out(now):
        for entry in now.lineup:
            run = optim.trace(entry.optimizer, now.surface, now.start, now.steps, schedule=entry.schedule,
                              noise=now.noise, seed=now.seed)  # fmt: skip
            sound = np.isfinite(run["f"]) & (np.abs(run["x"]) <= 1e6).all(axis=1)
            until = len(sound) if sound.all() else int(np.argmin(sound))
            yield entry.id, next((str(step) for step in range(until) if run["f"][step] <= now.level), "none")

    (before, now), names = pair, lineup.names(pair[1].lineup)
    olds = dict(out(before))
    told = [f"{name}: {olds[i]} → **{new}**" for name, (i, new) in zip(names, out(now), strict=True)
            if olds.get(i, new) != new]  # fmt: skip
    assert now.effects(before).replace("\\", "") == f"Step of escape: {'; '.join(told)}." * bool(told)


def test_the_stability_limit_is_crossed_in_words():
    sgd, *others = OPENING.lineup
    edge = replace(OPENING, lineup=(replace(sgd, optimizer=sgd.optimizer(lr=0.2)), *others))
    said = edge.changes(OPENING)
    assert said == "**Changed**: SGD\\: η 0.19 → 0.2. SGD: moving → **oscillating, ±1.5**."


def test_a_line_ups_changes_are_named():
    before = lineup.of(optimizers.sgd(lr=0.1), optimizers.adam(lr=0.1))
    after = (before[0], replace(before[1], schedule=schedules.staircase))
    assert lineup.changes(before, after) == ["Adam: constant → staircase schedule"]
    assert lineup.changes(before, before[:1]) == ["Adam is gone"]
    assert lineup.changes(before, lineup.add(before, Entry(optimizers.lion))) == ["Lion is new"]
    off = (before[0], replace(before[1], optimizer=before[1].optimizer(bias_correction=False)))
    assert lineup.changes(before, off) == ["Adam: bias correction off"]


@pytest.mark.parametrize("label", SURFACES)
def test_another_surface_starts_where_it_says_with_rates_that_stay_on_its_map(label):
    now = OPENING.on(SURFACES[label])
    assert now.start == pytest.approx(SURFACES[label].start)
    assert not any(end.kind in ("diverged", "left the map") for end in now.outcomes)


@cases(15)
@given(random.settings("trajectories", most_steps=20))
def test_the_tuned_rate_is_the_mark_whose_own_run_ends_lowest_on_the_map(now):
    entry = now.lineup[0]
    ends = {}
    for lr in controls.marks(entry.optimizer.hyperparameters["lr"])[1:]:
        more = {"schedule": entry.schedule, "noise": now.noise, "seed": now.seed}
        run = optim.trace(entry.optimizer(lr=lr), now.surface, now.start, now.steps, **more)
        if now.surface.contains(run["x"].T).all() and np.isfinite(run["f"][-1]):
            ends[lr] = run["f"][-1]
    best = now.best_rate(entry)
    if ends:
        assert best == min(ends, key=lambda lr: (ends[lr], lr))
    else:
        assert best == min(controls.marks(entry.optimizer.hyperparameters["lr"])[1:])
    assert lineup.tuned(now).lineup[0].optimizer.values["lr"] == best


@given(st.sampled_from(sorted(SURFACES)), st.floats(0, 1), st.floats(0, 1))
def test_a_click_starts_there_to_three_digits_of_the_map_and_never_off_it(label, u, v):
    surface = SURFACES[label]
    spans = np.array([surface.x_range, surface.y_range], dtype=float)
    x, y = spans[:, 0] + np.array([u, v]) * (spans[:, 1] - spans[:, 0])
    start = surface_page.start_at(replace(OPENING, surface=surface, start=surface.start), x, y).start
    assert np.abs(np.array(start) - (x, y)).max() <= 0.01 * (spans[:, 1] - spans[:, 0]).max()
    assert all(low <= at <= high for at, (low, high) in zip(start, spans, strict=True))


def test_a_preset_is_the_same_experiment_whatever_is_shown_of_it():
    assert replace(OPENING, scale="linear", inside=2, t=7) == OPENING
    assert replace(OPENING, steps=51) != OPENING
    assert replace(OPENING, scale="linear").query["scale"] == ["linear"]


def test_a_setting_takes_whole_numbers_for_a_start():
    now = Setting(surface=surfaces.beale, start=(1, 1), lineup=lineup.of(optimizers.sgd))
    assert now.start == (1.0, 1.0)
    assert all(type(value) is float for value in now.start)
