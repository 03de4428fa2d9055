"""The Learning-rate decay page's state: links to the last digit, what is wrong with one, names, and what changed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from optim import SCHEDULES, schedules
from tests.data_settings import decays
from ui import cards
from ui.learning_rate_decay import plans, quadratic
from ui.learning_rate_decay.plans import PER_EPOCH, Plan
from ui.learning_rate_decay.presets import PRESETS
from ui.learning_rate_decay.setting import Setting

from ...budget import cases

USUAL = PRESETS[0].setting


@cases(200)
@given(before=decays())
def test_a_setting_comes_back_from_its_link(before):
    problems = []
    after = Setting.parse(before.query, USUAL, problems)
    assert not problems
    assert after == before
    assert after.scale == before.scale
    assert after.query == before.query


@cases(60)
@given(now=decays(), before=decays())
def test_what_changed_is_a_sentence_for_any_two_settings(now, before):
    assert now.changes(before).startswith("**Changed**: ")
    assert "nan" not in now.changes(before).lower().replace("mini", "")


def problems_of(**query):
    problems = []
    now = Setting.parse({name: [value] if isinstance(value, str) else value for name, value in query.items()},
                        USUAL, problems)  # fmt: skip
    return now, " ".join(problems)


def test_what_is_wrong_with_a_link_is_named_and_the_rest_is_kept():
    now, problems = problems_of(schedule="Moon", lr="-1", steps="2.5", color="red", noise="0.5")
    for word in ("Moon", "lr = -1", "steps = 2.5", "color"):
        assert word in problems
    assert (now.lr, now.steps, now.noise) == (0.1, 400, 0.5)
    assert [plan.schedule.label for plan in now.plans] == ["Constant"]
    now, problems = problems_of(schedule="Cosine;step")
    assert "step" in problems
    assert not now.plans[0].stepwise
    now, problems = problems_of(schedule="Exponential,steps_per_epoch=3,gamma=0.5")
    assert PER_EPOCH in problems
    assert now.plans[0] == Plan(schedules.exponential(gamma=0.5))
    now, problems = problems_of(schedule=["Constant"] * 9)
    assert "9 schedules" in problems
    assert len(now.plans) == plans.MOST
    now, problems = problems_of(start="9,9")
    assert "start x" in problems
    assert problems_of(schedule="none")[0].plans == ()


def test_the_number_of_mini_batches_is_that_of_every_schedule_that_counts_epochs():
    now = replace(USUAL, batches=7)
    for plan, schedule in zip(now.plans, now.schedules, strict=True):
        if plan.has_epochs:
            assert schedule.values[PER_EPOCH] == (1 if plan.stepwise else 7)
        else:
            assert schedule == plan.schedule
    assert sum(plan.stepwise for plan in now.plans) == 1
    stepwise = next(s for plan, s in zip(now.plans, now.schedules, strict=True) if plan.stepwise)
    np.testing.assert_allclose(stepwise.at([1, 4, 100]), [1, 0.5, 0.1])


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ([schedules.constant, schedules.constant], ("Constant #1", "Constant #2")),
        ([schedules.exponential(gamma=0.9), schedules.exponential], ("Exponential, γ = 0.9", "Exponential, γ = 0.95")),
        ([schedules.exponential, Plan(schedules.exponential, stepwise=True)],
         ("Exponential", "Exponential, per step")),
        ([schedules.one_cycle, schedules.one_cycle(straight=True)],
         ("One cycle, straight lines off",
          "One cycle, straight lines on")),
    ],
)  # fmt: skip
def test_names_distinguish_schedules(line, names):
    assert plans.names(plans.of(*line)) == names


def test_changes_name_every_kind_of_change_and_its_effect():
    before = replace(USUAL, plans=plans.of(schedules.constant, schedules.exponential))
    first, second = before.plans
    now = replace(before, lr=0.2, plans=(first, replace(second, schedule=schedules.exponential(gamma=0.5))))
    said = now.changes(before)
    assert "γ 0.95 → 0.5" in said.replace("\\", "")
    assert "η 0.1 → 0.2" in said.replace("\\", "")
    assert "Constant: 0.0596 → **0.156**" in said
    stepwise = replace(before, plans=(first, replace(second, stepwise=True))).changes(before).replace("\\", "")
    assert "Exponential: counted in steps" in stepwise
    assert "Exponential is gone" in replace(before, plans=(first,)).changes(before)
    grown = replace(before, plans=cards.add(before.plans, Plan(schedules.cosine), 8))
    assert "Cosine is new" in grown.changes(before)
    assert "Expected final loss" not in grown.changes(before), "of those only that took part before"
    assert replace(before, scale="linear").changes(before) == "**Changed**: what is shown."


def test_an_added_schedule_suits_the_run():
    for steps in (1, 7, 400, 2000):
        for schedule in SCHEDULES.values():
            given = quadratic.Given(USUAL.surface, 0.1, steps, plans.fitted(schedule, steps), 1.0, 0)
            assert quadratic.rates(given).shape == (steps,)
    for label in ("Cosine", "Linear", "Polynomial", "One cycle", "Cosine with warm-up", "Warm-up–stable–decay"):
        factor = plans.fitted(SCHEDULES[label], 400).at(np.arange(1, 401))
        assert factor.max() > 0.9
        assert factor[-1] < 0.01
    # What is called like a length and is none, a rate of decay, stays as it is.
    assert plans.fitted(schedules.inverse_time, 400) == schedules.inverse_time


def test_an_empty_line_up_has_a_word_in_the_link():
    assert plans.codes(()) == ["none"]
