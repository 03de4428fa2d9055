"""AdaGrad beside RMSProp: each as alone, at every learning rate that there can be."""

import numpy as np
import pytest
from hypothesis import given

import optim
from optim import optimizers, schedules, surfaces
from ui import lineup
from ui.lineup import Entry
from ui.plateaus.duel import FASTER, duel, flatter, rate
from ui.plateaus.escapes import escape
from ui.plateaus.setting import Setting
from ui.words import number

from ... import settings as random
from ...budget import cases

START = (0.75, 1.0)


def setting(*line_up):
    return Setting.of(surfaces.gaussian_wells, START, 100, lineup.of(*line_up))


def test_each_run_of_a_duel_moves_as_alone():
    found, _, added = duel(setting(optimizers.sgd(lr=1.0), optimizers.adagrad(lr=0.05), optimizers.rmsprop(lr=0.04)))
    assert added == []
    assert [run.name for run in found] == ["AdaGrad, η = 0.05", "AdaGrad, η = 0.5", "AdaGrad, η = 5",
                                           "RMSProp, η = 0.04"]  # fmt: skip
    alone = [optimizers.adagrad(lr=lr) for lr in (0.05, 0.5, 5.0)] + [optimizers.rmsprop(lr=0.04)]
    for run, optimizer in zip(found, alone, strict=True):
        trace = optim.trace(optimizer, surfaces.gaussian_wells, START, 100)
        np.testing.assert_array_equal(run.trace["x"], trace["x"])
        np.testing.assert_array_equal(rate(run, 1), trace["effective_lr"][:, 1])
    g = found[0].trace["g"]
    np.testing.assert_allclose(
        found[0].trace["effective_lr"], 0.05 / (np.sqrt(np.cumsum(g * g, axis=0)) + 1e-10), rtol=1e-9
    )


def test_what_a_larger_rate_would_have_done_is_what_the_runs_did():
    found, _, added = duel(setting(optimizers.adagrad(lr=0.05)))
    assert added == ["RMSProp"]
    assert [escape(run.trace, -1.0) for run in found] == [36, 3, None, 10]
    assert rate(found[0], 0)[0] > 1e6, "tiny gradients make the rate huge, not small"
    assert not surfaces.gaussian_wells.contains(found[2].trace["x"][1])


def test_a_schedule_is_part_of_the_effective_rate():
    plan = schedules.SCHEDULES["Inverse time"]
    now = setting(Entry(optimizers.adagrad(lr=0.05), plan))
    run = duel(now).runs[0]
    trace = optim.trace(optimizers.adagrad(lr=0.05), now.surface, START, 100, schedule=plan)
    np.testing.assert_allclose(-run.trace["effective_lr"] * trace["g"], trace["step"], rtol=1e-9, atol=1e-30)


@pytest.mark.parametrize(("lr", "rates"), [(0.0, [0.0]), (1e307, [1e307, 1e308]), (1e308, [1e308])])
def test_multiples_that_are_the_same_or_overflow_are_left_out(lr, rates):
    found, *_ = duel(setting(optimizers.adagrad(lr=lr)))
    assert [run.name for run in found[:-1]] == [f"AdaGrad, η = {number(rate)}" for rate in rates]
    assert len(found) == len(rates) + 1


@cases(100)
@given(now=random.settings("plateaus", most_steps=20))
def test_every_duel_has_adagrad_and_rmsprop(now):
    found, _, added = duel(now)
    labels = {entry.optimizer.label for entry in now.lineup}
    assert {*added} == {"AdaGrad", "RMSProp"} - labels
    assert 2 <= len(found) <= len(FASTER) + 1
    axis = flatter(found[0])
    slope = np.abs(found[0].trace["g"][0])
    assert slope[axis] == 0 or slope[axis] <= slope[1 - axis] or slope[1 - axis] == 0
