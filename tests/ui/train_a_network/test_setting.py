"""The page's state: links, changes on the way, and what they do to the trainings."""

from dataclasses import replace

import pytest
from hypothesis import given

from optim import optimizers
from tests.data_settings import trainings
from ui import lineup
from ui.train_a_network import setting as module
from ui.train_a_network.presets import PRESETS
from ui.train_a_network.setting import Event, Setting

from ...budget import cases

USUAL = PRESETS[0].setting


def parsed(query: dict[str, list[str]]) -> tuple[Setting, list[str]]:
    problems: list[str] = []
    return Setting.parse(query, USUAL, problems), problems


@cases(200)
@given(trainings())
def test_a_setting_comes_back_from_its_link(before):
    after, problems = parsed(before.query)
    assert not problems
    assert after == before
    assert after.query == before.query
    assert after.plans == before.plans


def moved(now: Setting, i: int, **new: float) -> Setting:
    """What a moved slider makes of it."""
    line = tuple(replace(e, optimizer=e.optimizer(**new)) if e.id == i else e for e in now.lineup)
    return replace(now, lineup=line).since(now)


NOW = Setting(lineup=lineup.of(optimizers.sgd(lr=0.1), optimizers.adam(lr=0.01)))


def test_a_value_moved_on_the_way_is_an_event_and_the_first_values_stay():
    now = moved(replace(NOW, at=120, paused=True), 2, lr=0.05)
    assert now.events == (Event(120, 2, "lr", 0.01, 0.05),)
    assert now.plan(now.lineup[1]).optimizer.values["lr"] == 0.01
    assert now.plan(now.lineup[1]).changes == ((120, "lr", 0.05),)
    assert now.plan(now.lineup[0]) == NOW.plan(NOW.lineup[0])
    assert now.query["event"] == ["120,2,lr=0.05"]
    assert now.query["at"] == ["120"]
    assert now.query["run"] == ["SGD,lr=0.1", "Adam,lr=0.01"]


def test_a_value_moved_twice_at_a_step_is_one_event_and_moved_back_is_none():
    paused = replace(NOW, at=120, paused=True)
    twice = moved(moved(paused, 2, lr=0.05), 2, lr=0.2)
    assert twice.events == (Event(120, 2, "lr", 0.01, 0.2),)
    assert moved(twice, 2, lr=0.01).events == ()
    later = moved(replace(twice, at=200), 2, lr=0.01)
    assert later.events == (Event(120, 2, "lr", 0.01, 0.2), Event(200, 2, "lr", 0.2, 0.01))
    assert later.plan(later.lineup[1]).optimizer.values["lr"] == 0.01


@pytest.mark.parametrize("at", [None, 0])
def test_a_value_moved_at_the_end_or_before_the_first_step_holds_from_the_start(at):
    now = moved(replace(NOW, at=at, paused=at is not None), 2, lr=0.05)
    assert now.events == ()
    assert now.plan(now.lineup[1]).optimizer.values["lr"] == 0.05
    changed = moved(replace(NOW, at=120, paused=True), 2, lr=0.05)
    at_the_end = moved(replace(changed, at=None, paused=False), 2, lr=0.2)
    assert at_the_end.events == ()
    assert at_the_end.plan(at_the_end.lineup[1]).optimizer.values["lr"] == 0.2


def test_again_has_the_last_values_from_the_start_and_a_new_seed_other_weights():
    changed = moved(replace(NOW, at=120, paused=True), 2, lr=0.05)
    again = changed.again()
    assert (again.events, again.at, again.paused, again.seed) == ((), 0, False, 0)
    assert again.plan(again.lineup[1]).optimizer.values["lr"] == 0.05
    assert changed.again(7).task.batches.seed == 7
    assert changed.again(7).plan(again.lineup[1]).task != again.plan(again.lineup[1]).task


def test_the_events_of_what_is_removed_or_replaced_go():
    changed = moved(replace(NOW, at=120, paused=True), 2, lr=0.05)
    assert replace(changed, lineup=changed.lineup[:1]).since(changed).events == ()
    other = replace(changed.lineup[1], optimizer=optimizers.lion())
    assert replace(changed, lineup=(changed.lineup[0], other)).since(changed).events == ()
    assert replace(changed, batch=8).since(changed).events == changed.events


def test_a_pause_is_at_the_furthest_step_that_is_shown():
    now = replace(NOW, hidden="8", at=20, seed=92)  # which no other test has trained
    for one, step in zip(now.trainings, (25, 12), strict=True):
        one.go(step, float("inf"))
    paused = now.pause()
    assert (paused.at, paused.paused) == (20, True)
    assert paused.busy, "the other has to come there"
    assert not replace(paused, at=5).busy
    assert paused.go_on().busy


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"event": ["1,9,lr=1"]}, "at most 4"),
        ({"event": ["0,1,lr=1"]}, "event: step = 0: it must be a whole number at least 1 and at most 2000"),
        ({"event": ["5,1,size=1"]}, "SGD has no hyperparameter 'size'"),
        ({"event": ["5,1,lr=-1"]}, "SGD: lr = -1: it must be a finite number at least 0"),
        ({"event": ["9,1,lr=1", "5,1,lr=2"]}, "events must come in order"),
        ({"event": ["nonsense"]}, "event: place"),
        ({"batch": ["1439"]}, "batch = 1439: it must be a whole number at least 1 and at most 1438. 64 stands in"),
        ({"hidden": ["99"]}, "hidden = “99”: it must be 32, none, 8, 64, “32,16”, “64,64” or “16,16,16”."),
        ({"inside": ["0"]}, "inside = 0: it must be a whole number at least 1 and at most 4. The usual one stands in."),
        ({"event": [f"{t},1,lr={t}" for t in range(1, 141)]}, "event: of 140 changes the first 100 are kept."),
        ({"at": ["401"]}, "at = 401: it must be a whole number at least 0 and at most 400"),
        ({"speed": ["9"]}, "speed is not known here"),
        ({"steps": ["100", "200"]}, "steps is given 2 times; the first, “100”, counts."),
    ],
)
def test_what_is_wrong_with_a_link_is_said(query, message):
    now, problems = parsed(query)
    assert len(problems) == 1
    assert message in problems[0]
    assert now.plans


def test_events_of_an_empty_line_up_are_left_out_with_a_word():
    problems = []
    assert Setting.parse({"run": ["none"], "event": ["5,1,lr=1"]}, NOW, problems).events == ()
    assert problems == ["event: there is no optimizer to change. All events are left out."]


def test_what_changed_is_said():
    now = replace(moved(replace(NOW, at=120, paused=True), 2, lr=0.05), batch=8, activation="tanh")
    said = now.changes(NOW).replace("\\", "")
    for piece in ("Adam: η 0.01 → 0.05", "changes at step 120", "activation ReLU → tanh", "B 64 → 8"):
        assert piece in said


def test_the_examples_are_counted_right():
    assert len(NOW.task.examples) == module.EXAMPLES
