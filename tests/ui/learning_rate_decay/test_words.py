"""Every sentence, cell and label that is made from the runs, recomputed at random settings by another way."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

import optim
from optim import ends, optimizers, schedules
from tests.data_settings import decays
from tests.drawing import drawn
from tests.reading import read, says
from ui.learning_rate_decay import adam, frames, parts, plans, quadratic, words
from ui.learning_rate_decay.presets import PRESETS
from ui.learning_rate_decay.setting import WELLS
from ui.words import outcome

from ...budget import cases

NOW = PRESETS[0].setting
SOME = cases(25)


def rates(now, schedule):
    return [now.lr * float(schedule.at(t)) for t in range(1, now.steps + 1)]


def expected(now, schedule):
    """The expected loss after each step, by the recurrences of mean and variance, number by number."""
    means, variances = [float(c) for c in now.surface.start], [0.0, 0.0]
    found = []
    with np.errstate(all="ignore"):
        for lr in [None, *rates(now, schedule)]:
            for i, curvature in enumerate((now.a, now.b)) if lr is not None else ():
                means[i] = float(np.float64(1 - lr * curvature) * means[i])
                variances[i] = float(
                    np.float64(1 - lr * curvature) ** 2 * variances[i] + np.float64(lr * now.noise) ** 2
                )
            parts_ = zip((now.a, now.b), means, variances, strict=True)
            found.append(float(0.5 * sum(c * (np.float64(m) ** 2 + v) for c, m, v in parts_)))
    return np.array(found)


def traced(now, schedule):
    return optim.trace(
        optimizers.sgd(lr=now.lr), now.surface, steps=now.steps, schedule=schedule, noise=now.noise, seed=now.seed
    )


def sound(f):
    return math.isfinite(f) and f < 1e150


@SOME
@given(decays())
def test_the_table_is_what_the_runs_came_to(now):
    found = drawn(parts.ends, now)
    names, means = plans.names(now.plans), [expected(now, schedule)[-1] for schedule in now.schedules]
    per_epoch, epochs = re.fullmatch(
        r"Steps per epoch: ([\d,]+)\. Epochs in all: (\S+)\. A schedule that counts epochs is constant within each\.",
        found.text,
    ).groups()
    assert (says(per_epoch, now.batches), says(epochs, now.steps / now.batches)) == (True, True)
    for row, name, schedule, mean in zip(found.rows, names, now.schedules, means, strict=True):
        lr, f = rates(now, schedule), traced(now, schedule)["f"]
        assert row["Schedule"] == name
        assert says(row["η at step 1"], lr[0])
        assert says(row[f"η at step {now.steps:,}"], lr[-1])
        assert says(row["mean η"], math.fsum(lr) / len(lr))
        if sound(mean):
            assert says(row["Expected loss at the end"], mean)
        if sound(f[-1]):
            assert says(row["Loss of this run"], f[-1])


@SOME
@given(decays())
def test_a_schedule_that_counts_epochs_is_constant_within_each(now):
    for plan, schedule in zip(now.plans, now.schedules, strict=True):
        if plan.has_epochs and not plan.stepwise:
            t = np.arange(now.steps)
            factor = schedule.at(t + 1) * np.ones(now.steps)
            assert (np.diff(factor)[np.diff(t // now.batches) == 0] == 0).all()


@cases(100)
@given(decays())
def test_the_ball_is_what_a_step_leaves_as_it_is(now):
    text = drawn(parts.around, now).text
    edge = 2 / max(now.a, now.b)
    if not now.noise:
        assert text == words.NOISELESS
        if 0 < now.lr < edge:
            assert max(abs(1 - now.lr * now.a), abs(1 - now.lr * now.b)) <= 1
        return
    if now.lr == 0:
        assert text == "No ball: at η = 0 SGD does not move."
        assert (traced(now, schedules.constant)["x"] == now.surface.start).all()
    elif now.lr >= edge:
        lr, at = re.fullmatch(
            r"No ball: η = (\S+) is at or above the stability edge 2/max\(a, b\) = (\S+)\. At constant η SGD diverges "
            r"there\.",
            text,
        ).groups()
        assert (says(lr, now.lr), says(at, edge)) == (True, True)
        factor = abs(1 - now.lr * max(now.a, now.b))
        assert factor >= 1 - 1e-12, "neither the mean nor the variance comes to rest"
    else:
        lr, radius, loss = re.match(
            r"At constant η = (\S+) the root mean square distance from the minimum tends to (\S+), "
            r"and the expected loss to (\S+)\. Lines",
            text,
        ).groups()
        kept = []
        for curvature in (now.a, now.b):
            fresh, shrink = (now.lr * now.noise) ** 2, now.lr * curvature * (2 - now.lr * curvature)
            kept.append(fresh / shrink if shrink else 0.0)  # v = (1 − ηλ)² v + η²σ²
        assert says(lr, now.lr)
        if min(kept) > 1e-290:
            assert says(radius, math.sqrt(sum(kept)), 3)
            assert says(loss, 0.5 * (now.a * kept[0] + now.b * kept[1]), 3)


@cases(100)
@given(decays())
def test_what_correction_and_warm_up_do_is_what_adam_does_on_a_constant_gradient(now):
    text = words.repairs(now)
    bare = now.adam(lr=1.0, eps=0.0, weight_decay=0.0, eps_inside=False, bias_correction=False)
    beta1, beta2 = now.adam.values["beta1"], now.adam.values["beta2"]
    found = re.fullmatch(
        r"For a constant gradient, ε and weight decay apart, every corrected step has length η\. Without correction, "
        r"with β₁ = (\S+) and β₂ = (\S+), the longest of the first 100 steps is \*\*(\S+) η, at t = (\d+)\*\*\. "
        r"(?:With w = 0 there is no warm-up\.|A warm-up multiplies step t by min\(t/w, 1\): with w = (\d+) the longest "
        r"is then (\S+) η, at t = (\d+)\.)",
        text,
    )
    said1, said2, size, at, w, warm, later = found.groups()
    assert (read(said1), read(said2)) == (pytest.approx(beta1, rel=1e-14), pytest.approx(beta2, rel=1e-14))
    corrected = -optim.replay(bare(bias_correction=True), np.ones(100))["step"][:100]
    np.testing.assert_allclose(corrected, 1, rtol=1e-6)
    steps = -optim.replay(bare, np.ones(100))["step"][:100]
    assert says(size, steps.max(), 3)
    assert steps[int(at) - 1] >= steps.max() * (1 - 1e-9)
    assert (w is None) == (now.warmup == 0)
    if w is not None:
        assert int(w) == now.warmup
        slowed = steps * np.minimum(np.arange(1, 101) / now.warmup, 1)
        assert says(warm, slowed.max(), 3)
        assert slowed[int(later) - 1] >= slowed.max() * (1 - 1e-9)


@SOME
@given(decays())
def test_adams_four_runs_are_described_as_they_are(now):
    rows, curves = drawn(parts.compared, now).rows, drawn(parts.lengths, now).data
    kinds = [(name, corrected, warm) for name, (corrected, warm) in adam.KINDS.items()]
    assert [row["Adam"] for row in rows] == ["with correction", "without correction", "with correction and warm-up",
                                             "without correction, with warm-up"]  # fmt: skip
    for i, (row, (_, corrected, warm)) in enumerate(zip(rows, kinds, strict=True)):
        plan = schedules.warm_up(warmup=now.warmup) if warm else schedules.constant
        with np.errstate(all="ignore"):
            run = optim.trace(now.adam(bias_correction=corrected), WELLS, now.start, adam.STEPS, schedule=plan)
        eta, size = now.adam.values["lr"], np.abs(run["step"][:100]).max(axis=1)
        if eta == 0:
            assert (row["First step / η"], row["Longest / η"]) == ("–", "–")
        elif sound(size.max() / eta):
            longest, at = re.fullmatch(r"(\S+) at t = (\d+)", row["Longest / η"]).groups()
            assert says(row["First step / η"], size[0] / eta, 3)
            assert says(longest, size.max() / eta, 3)
            assert size[int(at) - 1] == pytest.approx(size.max(), rel=1e-14)  # their quotients by η may be equal
            if curves:
                drawn_ = curves[f"length{i}"].to_pydict()
                np.testing.assert_allclose(drawn_["y"], size[np.array(drawn_["step"], int) - 1] / eta)
        assert row["Outcome at step 100"] == outcome(ends.outcome(WELLS, run), place=True)


@cases(30)
@given(decays(most_steps=40))
def test_the_seeds_are_ordered_and_counted(now):
    found = drawn(parts.seeds, now)
    if not now.noise:
        assert found.text == "Without noise every seed gives the same run."
        return
    several = np.arange(now.seed, now.seed + 200)
    for i, (row, schedule) in enumerate(zip(found.rows, now.schedules, strict=True)):
        f = optim.sweep(optimizers.sgd(lr=now.lr), now.surface, steps=now.steps, schedule=schedule, noise=now.noise,
                        seed=several)["f"]  # fmt: skip
        ordered = sorted(math.inf if math.isnan(value) else float(value) for value in f)
        assert says(row["Median"], ordered[99], 3)
        low, _, high = row["5 % to 95 %"].partition(" to ")
        assert (says(low, ordered[9], 3), says(high or low, ordered[189], 3)) == (True, True)
        if all(map(sound, ordered)):
            assert says(row["Mean"], math.fsum(ordered) / 200, 3)
        if sound(mean := expected(now, schedule)[-1]):
            assert says(row["Theory"], mean, 3)
        if found.data:
            shares = found.data[f"share{i}"].to_pydict()
            for loss, share in zip(shares["x"], shares["y"], strict=True):
                assert sum(other < loss for other in ordered) < round(200 * share) <= sum(x <= loss for x in ordered)


@SOME
@given(decays())
def test_lines_are_the_rates_and_losses_at_their_steps(now):
    found = drawn(parts.rates, now)
    every = [rates(now, schedule) for schedule in now.schedules]
    assert bool(found.texts) == (now.scale == "log" and not any(max(lr) > 0 for lr in every))
    for i, lr in enumerate(every if found.data else []):
        table = found.data[f"rate{i}"].to_pydict()
        drawn_ = [math.nan if now.scale == "log" and not lr[t - 1] else lr[t - 1] for t in table["step"]]
        np.testing.assert_allclose(table["y"], drawn_, rtol=1e-12)
        np.testing.assert_allclose(table["epoch"], (np.array(table["step"]) - 1) / now.batches)
    found = drawn(parts.losses, now)
    for i, schedule in enumerate(now.schedules):
        for name, f in (("expected", expected(now, schedule)), ("single", traced(now, schedule)["f"])):
            table = found.data[f"{name}{i}"].to_pydict()
            for step, y in zip(table["step"], table["y"], strict=True):
                if step == step and step == int(step) and y == y and sound(f[int(step)]) and f[int(step)] > 1e-300:
                    assert y == pytest.approx(f[int(step)], rel=1e-6)
    if not now.lr * now.noise or now.lr * now.noise**2 > 1e-300:  # or the level may be too small for a float
        assert ("level" in found.data) == (now.noise**2 > 0 and 0 < now.lr < 2 / max(now.a, now.b))


@cases(30)
@given(decays(most_steps=40), decays(most_steps=40))
def test_a_change_says_what_it_did_to_the_expected_losses(before, now):
    sentence = now.changes(before)
    news = [(plan.id, expected(now, one)[-1]) for plan, one in zip(now.plans, now.schedules, strict=True)]
    olds = {plan.id: expected(before, one)[-1] for plan, one in zip(before.plans, before.schedules, strict=True)}
    said = re.findall(r": (\S+) → \*\*(\S+)\*\*", sentence)
    kept = [(olds[i], new) for i, new in news if i in olds]
    assert len(said) <= len(kept)
    for old, new in said:
        assert any((says(old, a, 3) or not sound(a)) and (says(new, b, 3) or not sound(b)) for a, b in kept)
    assert now.changes(now) == "**Changed**: what is shown."


def test_sentences_at_their_corners():
    assert words.epochs(replace(NOW, steps=1, batches=1)).startswith("Steps per epoch: 1. Epochs in all: 1. ")
    assert "tends to 0.257, and the expected loss to 0.0596." in words.ball(NOW)
    assert "is at or above the stability edge 2/max(a, b) = 0.4." in words.ball(replace(NOW, lr=0.4))
    assert words.ball(replace(NOW, lr=0.0)) == "No ball: at η = 0 SGD does not move."
    # σ² is too small for a float, σ is not.
    assert "tends to 2.57·10⁻²⁰¹" in words.ball(replace(NOW, noise=1e-200))
    assert quadratic.ball(NOW.surface, 0.5, 1.0) == math.inf
    # 1 − 10⁻¹² is not 1.
    assert "β₂ = 0.999999999999" in words.repairs(replace(NOW, adam=NOW.adam(beta2=1 - 1e-12)))
    assert frames.share("s", np.array([0.0])).num_rows == 0
