"""What the pages on a surface have in common: another surface, a start by a click, and what changed, in words."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from optim import SURFACES, optimizers, schedules, surfaces
from ui import lineup, share, surface_page, words
from ui.lineup import Entry
from ui.trajectories.presets import PRESETS
from ui.trajectories.setting import Setting

from .. import settings as random

OPENING = PRESETS[0].setting


@budget(max_examples=60, deadline=None)
@given(st.data())
def test_what_changed_and_what_that_did_is_true_of_the_runs(data):
    before = data.draw(random.settings("trajectories", most_steps=40))
    place = data.draw(st.integers(0, len(before.lineup) - 1))
    entry = before.lineup[place]
    optimizer = data.draw(random.formulas(entry.optimizer))
    line = list(before.lineup)
    line[place] = replace(entry, optimizer=optimizer)
    after = replace(before, lineup=tuple(line))
    said, effects = after.changes(before), after.effects(before)
    assert effects in said
    for name, new in optimizer.values.items():
        old, meaning = entry.optimizer.values[name], optimizer.hyperparameters[name]
        if old != new and meaning.scale != "switch":
            assert share.escape(f"{share.text(old)} → {share.text(new)}") in said
    names = lineup.names(after.lineup)
    for i, (old, new) in enumerate(zip(before.outcomes, after.outcomes, strict=True)):
        line_said = f"{share.escape(names[i])}: {words.outcome(old)} → **{words.outcome(new)}**"
        assert (line_said in effects) == (words.outcome(old) != words.outcome(new))
    assert (before == after) == ("what is shown" in said)


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
