"""Every schedule: values by hand, and what each promises about its shape."""

import math

import numpy as np
import pytest

import optim
from optim import OPTIMIZERS, SCHEDULES, optimizers, schedules, surfaces
from optim.optimizers import LearningRate, Optimizer

every_schedule = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=lambda schedule: schedule.label)


def _factors(schedule, steps):
    return np.array([schedule.at(t) for t in range(1, steps + 1)])


BY_HAND = [
    (schedules.constant, [1, 1, 1]),
    # The course's table, at α0 = 1: 1 / (1 + 1 · epoch), with epochs counted from 1.
    (schedules.inverse_time(decay=1, from_one=True), [1 / 2, 1 / 3, 1 / 4, 1 / 5]),
    (schedules.inverse_time(decay=1), [1, 1 / 2, 1 / 3]),
    (schedules.inverse_time(decay=0.5, steps_per_epoch=2), [1, 1, 2 / 3, 2 / 3, 1 / 2]),
    (schedules.exponential, [1, 0.95, 0.9025]),
    (schedules.exponential(from_one=True), [0.95, 0.9025]),
    (schedules.exponential(gamma=0.5, steps_per_epoch=3, from_one=True), [0.5, 0.5, 0.5, 0.25]),
    (schedules.square_root(k=2), [2, math.sqrt(2), 2 / math.sqrt(3), 1]),
    (schedules.square_root(k=1, steps_per_epoch=2), [1, 1, math.sqrt(0.5), math.sqrt(0.5), math.sqrt(1 / 3)]),
    (schedules.staircase(gamma=0.1, steps_per_stair=2), [1, 1, 0.1, 0.1, 0.01]),
    (schedules.cosine_warmup(warmup=2, total=6), [0.5, 1, 0.5 + math.sqrt(0.125), 0.5, 0.5 - math.sqrt(0.125), 0, 0]),
    (schedules.cosine_warmup(warmup=0, total=2, floor=0.2), [0.6, 0.2, 0.2]),
    (schedules.cosine_warmup(warmup=1, total=1), [1, 0, 0]),
    (schedules.cosine_warmup(warmup=4, total=2, floor=0.5), [0.25, 0.5, 0.75, 1, 0.5]),
    (schedules.linear(total=4), [1, 0.75, 0.5, 0.25, 0, 0]),
    (schedules.linear(start=0.5, end=2, total=3), [0.5, 1, 1.5, 2, 2]),
    (schedules.polynomial(power=2, total=4), [1, 0.5625, 0.25, 0.0625, 0, 0]),
    (schedules.polynomial(power=0.5, total=4, floor=0.5),
     [1, 0.5 + math.sqrt(3) / 4, 0.5 + math.sqrt(0.125), 0.75, 0.5]),
    # n = 0.3 · 10 - 1 = 2 steps up, 7 down.
    (schedules.one_cycle(total=10, low=0.2, end=0.3, straight=True), [0.2, 0.6, 1, *(1 - 0.1 * np.arange(1, 8)), 0.3]),
    (schedules.one_cycle(total=7, rise=3 / 7, low=0.2, end=0.4),
     [0.2, 0.6, 1, 0.7 + 0.3 * math.sqrt(0.5), 0.7, 0.7 - 0.3 * math.sqrt(0.5), 0.4]),
    # A peak between two steps, n = 2.5, is never stood on.
    (schedules.one_cycle(total=10, rise=0.35, low=0.2, end=0.35, straight=True), [0.2, 0.52, 0.84, 0.95, 0.85]),
    # No rise: T steps down to the end.  Only rise: the end comes after the T-th.
    (schedules.one_cycle(total=4, rise=0, end=0.2, straight=True), [0.8, 0.6, 0.4, 0.2, 0.2]),
    (schedules.one_cycle(total=4, rise=1, low=0.1, end=0.2, straight=True), [0.1, 0.4, 0.7, 1, 0.2]),
    (schedules.one_cycle(total=1, low=0.5, end=0.1, straight=True), [0.1, 0.1]),
    (schedules.one_cycle(total=1, rise=1, low=0.5, end=0.1, straight=True), [1, 0.1]),
    (schedules.one_cycle(total=2, rise=0.5, low=0.5, end=0.1, straight=True), [1, 0.1, 0.1]),
    (schedules.one_cycle(total=3, rise=0, end=0.1, straight=True), [0.7, 0.4, 0.1, 0.1]),
    (schedules.cosine, [1, 0.5 * (1 + math.cos(math.pi / 100)), 0.5 * (1 + math.cos(math.pi / 50))]),
    (schedules.cosine(total=1), [1, 0, 0]),
    (schedules.cosine(total=2, floor=0.2), [1, 0.6, 0.2, 0.2]),
    (schedules.cosine(total=3), [1, 0.75, 0.25, 0, 0]),
    (schedules.multi_step(gamma=0.5, first=1, second=3, third=100), [1, 0.5, 0.5, 0.25, 0.25]),
    (schedules.multi_step(gamma=0.5, first=2, second=0, third=2), [0.5, 0.5, 0.125]),
    (schedules.inverse_sqrt_warmup(warmup=4), [0.25, 0.5, 0.75, 1, math.sqrt(0.8), math.sqrt(2 / 3)]),
    (schedules.inverse_sqrt_warmup(warmup=1), [1, math.sqrt(0.5), math.sqrt(1 / 3), 0.5]),
    (schedules.inverse_sqrt_warmup(warmup=0), [1, math.sqrt(0.5), math.sqrt(1 / 3), 0.5]),
    (schedules.warmup_stable_decay(warmup=2, decay=4, total=8, floor=0.2), [0.5, 1, 1, 1, 0.8, 0.6, 0.4, 0.2, 0.2]),
    (schedules.warmup_stable_decay(warmup=0, decay=2, total=4), [1, 1, 0.5, 0, 0]),
    (schedules.warmup_stable_decay(warmup=1, decay=1, total=3), [1, 1, 0, 0]),
    (schedules.warmup_stable_decay(warmup=0, decay=3, total=3), [2 / 3, 1 / 3, 0, 0]),
    (schedules.warmup_stable_decay(warmup=0, decay=9, total=2), [0.5, 0, 0]),
    (schedules.warmup_stable_decay(warmup=0, decay=1, total=1), [0, 0]),
    (schedules.warmup_stable_decay(warmup=2, decay=9, total=4, floor=0.5), [0.5, 1, 0.75, 0.5, 0.5]),
    (schedules.warmup_stable_decay(warmup=3, decay=1, total=2, floor=0.5), [1 / 3, 2 / 3, 1, 0.5]),
    (schedules.linear(total=1), [1, 0, 0]),
    (schedules.polynomial(power=2, total=1), [1, 0, 0]),
    (schedules.cosine_warmup(warmup=0, total=1), [0, 0]),
    (schedules.cosine_warmup(warmup=3, total=3), [1 / 3, 2 / 3, 1, 0]),
    (schedules.warm_up(warmup=4), [0.25, 0.5, 0.75, 1, 1]),
    (schedules.warm_up(warmup=1), [1, 1]),
    (schedules.warm_up(warmup=0), [1, 1]),
    (schedules.triangular(low=0.2, half=2), [0.2, 0.6, 1, 0.6, 0.2, 0.6, 1, 0.6, 0.2]),
    (schedules.triangular(low=0, half=1), [0, 1, 0, 1, 0]),
    (schedules.warm_restarts(period=2), [1, 0.5, 1, 0.5]),
    (schedules.warm_restarts(period=2, floor=0.5), [1, 0.75, 1, 0.75]),
    (schedules.warm_restarts(period=1, growth=2),
     [1, 1, 0.5, 1, 0.5 + math.sqrt(0.125), 0.5, 0.5 - math.sqrt(0.125), 1]),
]  # fmt: skip


def test_every_schedule_has_values_by_hand():
    assert {schedule.label for schedule, _ in BY_HAND} == set(SCHEDULES)


@pytest.mark.parametrize(("schedule", "factors"), BY_HAND, ids=repr)
def test_values_by_hand(schedule, factors):
    np.testing.assert_allclose(_factors(schedule, len(factors)), factors, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", ["first", "second", "third"])
def test_a_milestone_may_be_any_step_up_to_a_billion(name):
    for step in 0, 10**9:
        assert schedules.multi_step(**{name: step}).values[name] == step
    for step in -1, 10**9 + 1:
        with pytest.raises(ValueError, match="it must be a whole number at least 0 and at most 1000000000"):
            schedules.multi_step(**{name: step})


@every_schedule
def test_factors_are_finite_and_not_negative(schedule):
    factors = _factors(schedule, 400)
    assert np.isfinite(factors).all()
    assert (factors >= 0).all()
    assert np.isfinite(schedule.at(10_000_000))


@pytest.mark.parametrize(
    "schedule",
    [
        schedules.inverse_time,
        schedules.exponential,
        schedules.square_root,
        schedules.staircase,
        schedules.cosine_warmup(warmup=0),
        schedules.cosine,
        schedules.multi_step,
        schedules.inverse_sqrt_warmup(warmup=0),
        schedules.warmup_stable_decay(warmup=0),
        schedules.linear,
        schedules.polynomial,
        schedules.one_cycle(rise=0),
    ],
    ids=lambda schedule: schedule.label,
)
def test_decays_never_rise(schedule):
    factors = _factors(schedule, 300)
    assert (np.diff(factors) <= 0).all()
    assert factors[-1] < 0.7


def test_pytorchs_cosine_starts_at_the_full_rate():
    assert schedules.cosine(total=100).at([1, 2]) == pytest.approx([1, 0.99975], abs=5e-6)


@pytest.mark.parametrize("growth", [1, 2, 3, 10])
@pytest.mark.parametrize("period", [1, 3, 50])
def test_warm_restarts_return_to_the_top_exactly_when_a_period_ends(growth, period):
    tops = [1]
    while tops[-1] + period * growth ** (len(tops) - 1) <= 10_000_000 and len(tops) < 40:
        tops.append(tops[-1] + period * growth ** (len(tops) - 1))
    schedule = schedules.warm_restarts(period=period, growth=growth)
    for i, top in enumerate(tops):
        assert schedule.at(top) == pytest.approx(1, abs=1e-12)
        length = period * growth ** (i - 1)
        if i and length > 1:
            assert schedule.at(top - 1) == pytest.approx(
                0.5 * (1 + math.cos(math.pi * (length - 1) / length)), abs=1e-9
            )


def test_an_array_hyperparameter_gives_one_factor_per_run():
    schedule = schedules.warm_restarts(period=[3, 4, 5], growth=[1, 2, 3])
    one = [schedules.warm_restarts(period=p, growth=n) for p, n in [(3, 1), (4, 2), (5, 3)]]
    for t in range(1, 60):
        np.testing.assert_array_equal(schedule.at(t), [s.at(t) for s in one])


@every_schedule
def test_at_takes_arrays_of_t_and_always_returns_float64(schedule):
    t = np.arange(1, 121)
    together = schedule.at(t)
    assert together.dtype == np.float64
    np.testing.assert_array_equal(together, _factors(schedule, 120))
    assert isinstance(schedule.at(1), np.float64)
    assert schedule.at(t.reshape(2, 60)).shape == (2, 60)
    for name, hyperparameter in schedule.hyperparameters.items():
        if hyperparameter.scale != "switch":
            several = schedule(**{name: [schedule.values[name]] * 3})
            np.testing.assert_array_equal(several.at(t[:, None]), np.repeat(together[:, None], 3, axis=1))
            assert several.at(1).shape == (3,)


@pytest.mark.parametrize(("t", "error"), [(0, ValueError), ([1, 1.5], ValueError), ("1", TypeError), (True, TypeError)])
def test_at_refuses_what_is_no_step(t, error):
    with pytest.raises(error, match=r"^t = .*: it must be a whole number at least 1\.$"):
        schedules.constant.at(t)


def test_steps_that_do_not_broadcast_with_the_schedules_are_named():
    with pytest.raises(ValueError, match=r"^these shapes do not broadcast to .*: t \(2,\), Cosine \(3,\)\.$"):
        schedules.cosine(total=[1, 2, 3]).at([1, 2])


def test_a_schedule_multiplies_the_learning_rate_of_each_step():
    run = optim.trace(
        optimizers.sgd(lr=0.1), surfaces.quadratic, steps=5, schedule=schedules.staircase(steps_per_stair=2)
    )
    lr = 0.1 * np.array([[1], [1], [0.5], [0.5], [0.25], [0.25]])
    np.testing.assert_allclose(run["step"], -lr * run["g"], rtol=1e-15)
    np.testing.assert_allclose(run["effective_lr"], np.repeat(lr, 2, axis=1), rtol=1e-15)


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=lambda optimizer: optimizer.label)
def test_under_a_schedule_step_and_effective_lr_shrink_together(optimizer):
    plan = schedules.exponential(gamma=0.5)
    gradients = np.random.default_rng(4).normal(size=(6, 3))
    plain, planned = (optim.replay(optimizer, gradients, schedule=s) for s in (schedules.constant, plan))
    factor = plan.at(np.arange(1, 7))[:, None]
    np.testing.assert_allclose(planned["effective_lr"], factor * plain["effective_lr"], rtol=1e-13)
    for name in plain.keys() - {"x", "step", "effective_lr"}:
        np.testing.assert_array_equal(planned[name], plain[name])
    if optimizer.label != "AdamW":  # whose decay depends on where the shorter steps lead
        np.testing.assert_allclose(planned["step"], factor * plain["step"], rtol=1e-13)


def test_a_state_may_hold_the_learning_rate():
    # Keras' velocity: the first gradient moves at .1 and, carried on with β = 1, at .1 again, though η is .01 by then.
    def velocity(t, x, g, v=0.0, *, lr: LearningRate = 0.1):
        """Steps that add up."""
        v = v - lr * g
        return v, {"v": v, "effective_lr": lr}

    adding = Optimizer(velocity, "Adding", "v", "this test")
    run = optim.replay(adding, [1.0, 1.0], schedule=schedules.exponential(gamma=0.1))
    np.testing.assert_allclose(run["step"], [-0.1, -0.11], rtol=1e-14)
    np.testing.assert_allclose(run["effective_lr"], [0.1, 0.01], rtol=1e-14)
