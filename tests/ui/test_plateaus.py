"""The Plateaus page's numbers and sentences, from the same code as the page's, against runs of one's own."""

import numpy as np
import pytest

import optim
from optim import OPTIMIZERS, SURFACES, optimizers, schedules, surfaces
from ui import denominators, frames, plateau_report, plateau_words, plateaus
from ui.experiment import Setting
from ui.lineup import Entry

START = (0.75, 1.0)


def setting(*line_up, surface=surfaces.gaussian_wells, start=None, steps=100, level=None, noise=0.0):
    entries = [Entry(i, f"{o.label} {i}", "#000000", 0, o, schedules.constant) for i, o in enumerate(line_up, start=1)]
    level = plateaus.GOALS[surface.label].level if level is None else level
    return Setting(surface, start or surface.start, entries, steps, noise, 0, 0.01, "log", {"level": level})


def adam(eps):
    return optimizers.adam(lr=0.05, eps=eps)


def off(now):
    return plateau_words.escapes(now, now.runs())


def test_the_plateaus_published_escapes():
    """From (0.75, 1) Adam with lr 0.05 first has f < -1 after 32 steps with ε = 1e-8, 52 with 1e-6, never with 1e-4."""
    now = setting(adam(1e-8), adam(1e-6), adam(1e-4), optimizers.sgd(lr=0.05), steps=1000)
    assert now.start == START
    assert now.more["level"] == -1
    np.testing.assert_allclose(np.abs(now.surface.at(START)[1]), [4.1e-8, 5.9e-8], rtol=0.02)
    assert off(now) == [32, 52, None, None]
    gd = now.runs()[3].trace["x"]
    assert (np.abs(gd[-1] - gd[0]) < 3e-6).all(), "gradient descent moves under 3e-6 in either coordinate"
    assert (np.abs(gd[-1] - gd[0]) > 2e-6).all()


def test_the_sweep_over_epsilon_says_the_same_as_single_runs():
    now = setting(adam(1e-8))
    times = plateaus.over_epsilon(now, now.entries[0])
    assert len(times) == len(plateaus.EPSILONS) == 37
    assert plateaus.EPSILONS[0] == 1e-12
    assert plateaus.EPSILONS[-1] == 1
    for eps, time in zip(plateaus.EPSILONS[::4], times[::4], strict=True):
        alone = off(setting(adam(eps)))[0]
        assert (alone is None and np.isnan(time)) or alone == time
    assert times[plateaus.EPSILONS.index(1e-8)] == 32
    assert times[plateaus.EPSILONS.index(1e-6)] == 52
    assert np.isnan(times[plateaus.EPSILONS.index(1e-4)])


def test_an_own_epsilon_makes_no_difference_to_the_sweep():
    one, two = (setting(adam(eps)) for eps in (1e-3, 1e-8))
    assert plateaus.over_epsilon(one, one.entries[0]) is plateaus.over_epsilon(two, two.entries[0])


def test_those_that_differ_in_epsilon_only_share_a_curve():
    now = setting(adam(1e-8), optimizers.sgd(lr=0.1), adam(1e-4), optimizers.adam(lr=0.06), optimizers.rmsprop(lr=0.05))
    groups = [[entry.id for entry in group] for group in plateaus.kin(now.entries)]
    assert groups == [[1, 3], [4], [5]]


@pytest.mark.parametrize("label", plateaus.GOALS)
def test_at_the_usual_start_nobody_is_off_yet_and_somebody_can_get_off(label):
    surface, goal = SURFACES[label], plateaus.GOALS[label]
    assert surface.at(surface.start)[0] > goal.level
    grid = np.stack(np.meshgrid(np.linspace(*surface.x_range, 201), np.linspace(*surface.y_range, 201)))
    assert surface.at(grid)[0].min() < goal.level


def test_only_the_deeper_pit_is_below_its_level():
    level = plateaus.GOALS["Two pits"].level
    assert surfaces.two_pits.at((0.905317899, 0))[0] > level > surfaces.two_pits.at((-0.9363006, 0))[0]


def test_a_verdict_is_in_the_order_of_the_runs():
    now = setting(adam(1e-6), optimizers.rmsprop(lr=0.05, beta=0.9), adam(1e-8), optimizers.sgd(lr=0.05))
    told = " ".join(plateau_words.verdict(now, now.runs(), off(now)))
    assert told.startswith(
        "Off the plateau (f ≤ -1) first: <b>RMSProp 2</b> at step 10, then Adam 3 at step 32, then Adam 1 at step 52."
    )
    assert "Not within 100 steps: SGD 4 (moved 3.6e-07)." in told


def test_if_momentum_beats_adam_the_verdict_says_so():
    line_up = (optimizers.momentum(lr=0.01), optimizers.adam(lr=0.05), optimizers.adam(lr=0.2))
    now = setting(*line_up, surface=surfaces.two_pits, steps=150)
    times = off(now)
    told = " ".join(plateau_words.verdict(now, now.runs(), times))
    assert times == [37, None, 30]
    assert "Below the level (f ≤ -1.5) first: <b>Adam 3</b> at step 30, then Momentum 1 at step 37." in told
    slower = setting(line_up[0], line_up[1], surface=surfaces.two_pits, steps=150)
    assert "first: <b>Momentum 1</b> at step 37." in " ".join(plateau_words.verdict(slower, slower.runs(), off(slower)))


def test_a_tie_and_a_run_off_the_map_are_told():
    now = setting(adam(1e-8), adam(1e-8), optimizers.adagrad(lr=5.0))
    told = " ".join(plateau_words.verdict(now, now.runs(), off(now)))
    assert "first: <b>Adam 1</b> and <b>Adam 2</b> at step 32." in told
    assert "Off the map instead: AdaGrad 3." in told


def test_where_f_is_below_the_level_already_there_is_nothing_to_tell():
    now = setting(adam(1e-8), level=0.5)
    assert off(now) == [0]
    assert "nothing to get away from" in plateau_words.verdict(now, now.runs(), [0])[0]
    assert plateau_words.blame(now, now.runs(), [0]) == []


def test_epsilon_is_blamed_where_another_would_have_done_better():
    now = setting(adam(1e-8), adam(1e-6), adam(1e-4), optimizers.sgd(lr=0.05))
    told = plateau_words.blame(now, now.runs(), off(now))
    assert len(told) == 2
    assert told[0] == "Adam 2 loses 20 steps to its ε: with 2.2e-08 it would be off at step 32."
    assert told[1].startswith(
        "Adam 3 is held back by its ε, which outweighs √v̂ of x in all 100 steps: with ε = 2.2e-06"
    )
    assert off(setting(adam(2.15443e-8))) == [32]
    at = int(told[1].split("off at step ")[1].rstrip("."))
    assert off(setting(adam(2.15443e-6))) == [at]


def test_how_often_epsilon_rules_is_counted_over_the_steps_taken():
    now = setting(adam(1e-6))
    run = now.runs()[0]
    weighed = denominators.denominator(now.entries[0].optimizer, run.trace)
    v = optim.ema(run.trace["g"] ** 2, 0.999, bias_correction=True)
    np.testing.assert_allclose(weighed.size, np.sqrt(v), rtol=1e-9)
    expected = (np.sqrt(v[:100]) < 1e-6).sum(axis=0)
    count, zeros = plateau_words.ruled(weighed, 100)
    np.testing.assert_array_equal(count, expected)
    assert not zeros.any()
    told = " ".join(plateau_words.epsilon_told(now.entries[0], weighed, 100, ("x", "y")))
    assert "At the first step √v̂ is 4.1e-08 and 5.9e-08 (x and y), and ε is 1e-06." in told
    assert f"ε is the larger in {expected[0]} of the 100 steps" in told
    assert "about η m̂/ε: momentum (β = 0.9) with learning rate η/ε = 5e+04" in told


@pytest.mark.parametrize(("eps", "sentence"), [
    (0.0, "With ε = 0 there is nothing to shade"),
    (1.0, "ε is the larger in all 100 steps."),
    (1e-12, "ε is the smaller in every one of the 100 steps."),
])  # fmt: skip
def test_the_ends_of_the_slider_are_told_in_words(eps, sentence):
    now = setting(adam(eps))
    weighed = denominators.denominator(now.entries[0].optimizer, now.runs()[0].trace)
    assert sentence in " ".join(plateau_words.epsilon_told(now.entries[0], weighed, 100, ("x", "y")))


def test_a_zero_that_no_log_axis_shows_is_told():
    now = setting(optimizers.adam(lr=0.05), surface=surfaces.himmelblau, start=(0.0, -1.0))
    weighed = denominators.denominator(now.entries[0].optimizer, now.runs()[0].trace)
    assert weighed.size[0, 1] == 0
    assert "√v̂ is 0 in 1 of the 100 steps" in " ".join(
        plateau_words.epsilon_told(now.entries[0], weighed, 100, ("x", "y"))
    )


def test_an_axis_of_decades_has_room_for_all_values_and_stands_still():
    assert plateau_report.decades(np.array([1e-8, 5.0])) == (-14, 2)
    assert plateau_report.decades(np.array([1e-12, 0.3])) == (-14, 2)
    assert plateau_report.decades(np.array([1e-15, 5.0])) == (-24, 2)
    assert plateau_report.decades(np.array([1e-3, 101.0])) == (-14, 12)
    assert plateau_report.decades(np.array([0.0, np.nan, np.inf])) == (-14, 2)
    assert plateau_report.decades(np.array([1e-320, 1e300])) == (-300, 300)


def test_times_are_told_with_the_values_of_epsilon_they_hold_for():
    now = setting(adam(1e-8))
    found = [plateaus.over_epsilon(now, now.entries[0])]
    told = plateau_words.times_told(now, now.runs(), found)
    never = min(eps for eps, t in zip(plateaus.EPSILONS, found[0], strict=True) if np.isnan(t))
    slack = max(eps for eps, t in zip(plateaus.EPSILONS, found[0], strict=True) if t <= 1.1 * 32 + 1)
    assert told[1] == (
        f"Adam 1 is off at step 32 at the earliest, with ε up to {slack:.2g} at most a tenth later, "
        f"and with ε from {never:.2g} never."
    )


def test_where_there_is_no_plateau_nobody_is_said_to_be_off_one():
    now = setting(optimizers.adam(lr=0.2), optimizers.adagrad(lr=0.2), surface=surfaces.two_pits, steps=60)
    runs, times, duel = now.runs(), off(now), plateaus.duel(now)
    told = [*plateau_words.verdict(now, runs, times), *plateau_words.blame(now, runs, times)]
    told += plateau_words.times_told(now, runs, [plateaus.over_epsilon(now, entry) for entry in now.entries])
    told += plateau_words.rates_told(now, duel, plateau_words.escapes(now, duel.runs), 0)
    assert any("is down at step" in sentence for sentence in told)
    assert not any("plateau" in sentence or "off at" in sentence for sentence in told)


def test_adagrad_beside_rmsprop_walks_as_alone():
    now = setting(optimizers.sgd(lr=1.0), optimizers.adagrad(lr=0.05), optimizers.rmsprop(lr=0.04))
    duel = plateaus.duel(now)
    assert duel.absent == []
    assert [run.name for run in duel.runs] == [
        "AdaGrad, η = 0.05",
        "AdaGrad, η = 0.5",
        "AdaGrad, η = 5",
        "RMSProp, η = 0.04",
    ]
    alone = [optimizers.adagrad(lr=lr) for lr in (0.05, 0.5, 5.0)] + [optimizers.rmsprop(lr=0.04)]
    for run, rate, optimizer in zip(duel.runs, duel.rates, alone, strict=True):
        trace = optim.trace(optimizer, now.surface, START, 100)
        np.testing.assert_array_equal(run.trace["x"], trace["x"])
        np.testing.assert_array_equal(rate, trace["effective_lr"])
    g = duel.runs[0].trace["g"]
    np.testing.assert_allclose(duel.rates[0], 0.05 / (np.sqrt(np.cumsum(g * g, axis=0)) + 1e-10), rtol=1e-9)


def test_what_a_larger_rate_would_have_done_is_what_the_runs_did():
    now = setting(optimizers.adagrad(lr=0.05))
    duel = plateaus.duel(now)
    assert duel.absent == ["RMSProp"]
    times = plateau_words.escapes(now, duel.runs)
    assert times == [36, 3, None, 10]
    told = plateau_words.rates_told(now, duel, times, 0)
    assert told[0] == "RMSProp is not in the line-up; it only walks here."
    assert "starts at 1.2e+06" in told[1], "tiny gradients make the rate huge, not small"
    assert told[-1] == (
        "AdaGrad is off at step 36; with η × 10 it is off at step 3; with η × 100 it overshoots and is off the map "
        "since step 1. RMSProp is off at step 10."
    )
    assert frames.left(duel.runs[2].trace, now.box) == 1


def test_a_schedule_is_part_of_the_effective_rate():
    plan = schedules.SCHEDULES["Inverse time"]
    now = setting(optimizers.adagrad(lr=0.05))
    now = now._replace(entries=[now.entries[0]._replace(schedule=plan)])
    rates = plateaus.duel(now).rates[0]
    trace = optim.trace(optimizers.adagrad(lr=0.05), now.surface, START, 100, schedule=plan)
    np.testing.assert_allclose(-rates * trace["g"], trace["step"], rtol=1e-9, atol=1e-30)


@pytest.mark.parametrize("label", plateaus.GOALS)
def test_every_sentence_stands_for_every_optimizer_at_the_ends_of_its_rate(label):
    surface = SURFACES[label]
    for lr in (0.0, 1e-5, 100.0):
        now = setting(*(optimizer(lr=lr) for optimizer in OPTIMIZERS.values()), surface=surface, steps=20)
        runs, times = now.runs(), off(now)
        told = [*plateau_words.verdict(now, runs, times), *plateau_words.blame(now, runs, times)]
        duel = plateaus.duel(now)
        told += plateau_words.rates_told(now, duel, plateau_words.escapes(now, duel.runs), 0)
        fit = plateaus.with_epsilon(now.entries)
        told += plateau_words.times_told(now, [now.run(e) for e in fit], [plateaus.over_epsilon(now, e) for e in fit])
        for entry in fit:
            weighed = denominators.denominator(entry.optimizer, now.run(entry).trace)
            told += plateau_words.epsilon_told(entry, weighed, 20, surface.axes)
        assert all(sentence.endswith((".", ". ")) for sentence in told)
        assert not any("nan" in sentence for sentence in told)
