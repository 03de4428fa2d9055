"""Trainings: what they record is what the loop gives, however they were cut into portions or changed on the way."""

import math
import time
from itertools import islice

import numpy as np
import pytest

import optim
from optim import optimizers, schedules
from optim.datasets import digits
from ui import lineup
from ui.train_a_network import training
from ui.train_a_network.setting import Setting
from ui.train_a_network.training import Plan, Training

TRAIN, TEST = digits()


def plan(*changes, optimizer=None, schedule=schedules.constant, **more) -> Plan:
    optimizer = optimizer or optimizers.adam(lr=0.01)
    found = Setting(lineup=lineup.of(optimizer), **{"hidden": "8", "batch": 32, **more})
    return found.plan(found.lineup[0])._replace(changes=tuple(changes), schedule=schedule)


def trained(what: Plan, step: int) -> Training:
    one = Training(what)
    one.go(step, math.inf)
    return one


def test_it_records_what_the_loop_gives():
    what = plan(schedule=schedules.exponential(gamma=0.9, steps_per_epoch=5))
    one = trained(what, 137)
    start = what.task.network.initial("He", 0)
    rows = list(islice(optim.descend(what.optimizer, what.task, start, schedule=what.schedule), 138))
    assert one.losses == [row["f"] for row in rows]
    assert [look.step for look in one.looks] == [*range(11), *range(20, 131, 10)]
    last = one.looks[-1]
    x = rows[130]["x"]
    assert last.loss == what.task.network.mean_loss(x, TRAIN)
    assert last.accuracy == what.task.network.accuracy(x, TEST)
    whole = np.linalg.norm(rows[130]["g"])
    assert math.hypot(*last.norms) == pytest.approx(whole)
    assert len(last.norms) == 2
    for step in (0, 55, 100, 101, 137):
        assert (one.row(step)["x"] == rows[step]["x"]).all()
        assert (one.row(step)["v_hat"] == rows[step]["v_hat"]).all()
    assert one.rate(10) == pytest.approx(0.01 * 0.9**2)


def test_the_path_is_kept_densely_at_first(monkeypatch):
    monkeypatch.setattr(training, "DENSE", 40)
    one = trained(plan(), 160)
    assert list(one.path) == [*range(11), 20, 30, 40, 50, 100, 150]
    assert one.path[100] == pytest.approx(one.row(100)["x"], rel=1e-6)


def test_portions_do_not_show():
    whole, parts = trained(plan(), 60), Training(plan())
    for step in (0, 3, 3, 25, 60):
        parts.go(step, math.inf)
        assert parts.reached == step
    assert parts.losses == whole.losses
    assert [look[:4] for look in parts.looks] == [look[:4] for look in whole.looks]
    late = Training(plan())
    late.go(60, time.perf_counter() - 1)
    assert late.reached == -1


def test_a_change_holds_from_its_step_on():
    before, after = trained(plan(), 40), trained(plan((20, "lr", 0.1), (30, "beta1", 0.5)), 40)
    assert before.losses[:21] == after.losses[:21]
    assert before.losses[21] != after.losses[21]
    x, state = before.row(20)["x"], before.row(19)
    rows = islice(optim.descend(optimizers.adam(lr=0.1), plan().task, x, t=21, state=state), 10)
    assert [row["f"] for row in rows] == after.losses[20:30]
    assert after.rate(19) == 0.01
    assert after.rate(20) == 0.1


def test_a_change_of_what_is_known_goes_on_from_there_to_the_last_bit(monkeypatch):
    monkeypatch.setattr(training, "KEPT", 10)
    base, changed = plan(curvature="on"), plan((47, "lr", 0.05), curvature="on")
    training.of.cache_clear()
    training.of(base).go(60, math.inf)
    begun, descend = [], optim.descend
    monkeypatch.setattr(optim, "descend", lambda *run, t, **more: begun.append(t) or descend(*run, t=t, **more))
    forked = trained(changed, 60)
    assert begun == [41, 48], "from the place kept at step 40, and with the change at 47"
    training.of.cache_clear()
    alone = trained(changed, 60)
    assert forked.losses == alone.losses
    assert [look.sharpness for look in forked.looks] == [look.sharpness for look in alone.looks]
    assert forked.path.keys() == alone.path.keys()
    assert all((forked.path[step] == alone.path[step]).all() for step in alone.path)
    assert (forked.row(55)["x"] == alone.row(55)["x"]).all()


def test_a_training_that_diverges_ends_there():
    one = trained(plan(optimizer=optimizers.sgd(lr=100.0), loss="squared error"), 200)
    assert one.rest == "diverged"
    assert one.reached < 50
    assert one.done(200)
    assert np.abs(one.row(200)["x"]).max() > optim.DIVERGED


def test_one_that_is_no_number_where_a_change_or_a_place_would_be_ends_there(monkeypatch):
    # The gradient of weights from a pixel that is always 0 is 0, and 0 / √0 is no number.
    what = plan((1, "beta1", 0.5), optimizer=optimizers.amsgrad(eps=0.0, beta1=0.0), hidden="none")
    one = trained(what, 20)
    assert (one.rest, one.reached) == ("diverged", 1)
    assert np.isnan(one.row(1)["x"]).any()
    assert np.isnan(trained(plan(*what.changes, (1, "lr", 0.5), optimizer=what.optimizer), 9).losses[-1])
    monkeypatch.setattr(training, "KEPT", 1)
    one = trained(what._replace(changes=()), 20)
    assert one.row(one.reached)["f"] != one.row(one.reached)["f"]
    wild = trained(plan(optimizer=optimizers.sgd(lr=1e300), loss="squared error"), 20)
    assert wild.rest == "diverged"
    assert not np.isfinite(wild.row(wild.reached)["x"]).all() or np.abs(wild.row(wild.reached)["x"]).max() > 1e6


def test_a_training_in_which_nothing_moves_ends():
    one = trained(plan(optimizer=optimizers.sgd(lr=0.0)), 200)
    assert one.rest == "still"
    assert one.reached == training.RESTING - 1
    assert trained(plan(optimizer=optimizers.sgd(lr=1e-3)), 100).rest is None


def test_one_that_stands_still_waits_for_what_is_changed_later():
    one = trained(plan((100, "lr", 0.5), optimizer=optimizers.sgd(lr=0.0)), 200)
    assert (one.rest, one.reached) == (None, 200)
    assert one.losses[200] < one.losses[100] / 2
    off = trained(plan((100, "lr", 0.0), optimizer=optimizers.sgd(lr=0.5)), 200)
    assert (off.rest, off.reached) == ("still", 99 + training.RESTING)


def test_the_sharpness_of_what_is_not_adaptive_does_not_ask_for_a_learning_rate():
    still, moved = (trained(plan(optimizer=optimizers.sgd(lr=lr), curvature="on"), 0).looks[0] for lr in (0.0, 0.3))
    assert still.sharpness == pytest.approx(moved.sharpness, rel=1e-9)
    assert math.isnan(trained(plan(optimizer=optimizers.adam(lr=0.0), curvature="on"), 0).looks[0].sharpness)


def test_the_furthest_behind_goes_first_and_somebody_elses_turn_is_waited_for(monkeypatch):
    monkeypatch.setattr(training, "PATIENCE", 0.05)
    one, other = Training(plan()), Training(plan(seed=1))
    one.go(30, math.inf)
    training.advance([one, other], 40, 5.0)
    assert (one.reached, other.reached) == (40, 40)
    with training.turn(1.0):
        training.advance([one, other], 50, 5.0)
    assert (one.reached, other.reached) == (40, 40)


def test_the_sharpness_is_measured_only_when_asked():
    off, on = trained(plan(), 20), trained(plan(curvature="on"), 20)
    assert all(math.isnan(look.sharpness) for look in off.looks)
    found = optim.curvature.sharpness(
        on.plan.task, on.row(20)["x"], scale=on.row(20)["effective_lr"] / 0.01, iterations=60
    )
    assert on.looks[-1].sharpness == pytest.approx(found.value, rel=0.05)
    assert on.threshold(20) == pytest.approx(3800)


def test_where_epsilon_is_next_to_nothing_there_is_no_sharpness_and_no_warning():
    one = trained(plan(optimizer=optimizers.adam(lr=0.001, eps=5e-310), curvature="on"), 20)
    assert all(math.isnan(look.sharpness) for look in one.looks)
