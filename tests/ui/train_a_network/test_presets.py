"""Each preset's caption against its own trainings."""

import math

import numpy as np
import pytest

from ui.train_a_network import words
from ui.train_a_network.presets import PRESETS

NAMES = [preset.name for preset in PRESETS]


def trained(name):
    now = next(preset.setting for preset in PRESETS if preset.name == name)
    for one in now.trainings:
        one.go(now.steps, math.inf)
    return now, now.trainings


def losses(trainings):
    return [one.looks[-1].loss for one in trainings]


def test_four_optimizers():
    _, found = trained("Four optimizers")
    sgd, *others = losses(found)
    assert sgd > max(others)
    assert losses(found)[3] == min(others)


def test_a_smaller_rate_on_the_way():
    _, (changed, constant) = trained("A smaller η on the way")
    assert changed.losses[:401] == constant.losses[:401]
    assert changed.losses[401] != constant.losses[401]
    assert changed.looks[-1].loss == pytest.approx(0.20, abs=0.005)
    rest = [look.loss for look in constant.looks if look.step >= 400]
    assert min(rest) > 0.2
    assert max(rest) > 2 * min(rest)


@pytest.mark.slow
def test_the_edge_of_stability():
    now, found = trained("The edge of stability")
    for one in found:
        values = [look.sharpness for look in one.looks if look.step >= 450]
        assert 0.85 < np.median(values) / one.threshold(now.steps) < 1.25
    assert [row["threshold"] for row in words.sharpness(now)] == [
        "2/η = 10", "2/η = 5", "2(1 + β₁)/((1 − β₁) η) = 3800", "2(1 + β₁)/((1 − β₁) η) = 1267",
    ]  # fmt: skip


@pytest.mark.slow
def test_cross_entropy_flattens():
    now, found = trained("Cross-entropy flattens")
    for one in found:
        values = np.array([look.sharpness for look in one.looks if look.step % 10 == 0])
        assert values[0] < values.max()
        assert values[-1] < 0.75 * values.max()
        assert values.max() < one.threshold(now.steps)


def test_zeros_never_part():
    now, found = trained("Zeros never part")
    for one in found:
        w = one.row(now.steps)["x"]
        (first, first_bias), (second, second_bias) = now.network.layers(w)
        assert not first.any()
        assert not first_bias.any()
        assert not second.any()
        assert second_bias.any()
        assert all(look.accuracy < 0.13 for look in one.looks)


def test_a_plateau_of_sigmoids():
    _, (sgd, momentum, adam) = trained("A plateau of sigmoids")
    assert sgd.looks[-1].loss > 2.29
    assert momentum.looks[-1].loss > 2.29
    assert adam.looks[-1].loss < 1.6
    early = sgd.looks[0]
    assert early.norms[0] < 1e-3 * early.norms[-1]


def test_adam_beside_adamw():
    _, found = trained("Adam beside AdamW")
    plain, coupled, decoupled, strong = losses(found)
    assert coupled > 5 * plain
    assert decoupled < 1.5 * plain
    assert strong < coupled


def test_epsilon_bites():
    now, found = trained("ε bites")
    assert losses(found)[2] == max(losses(found))
    root = words.root(found[2].row(now.steps))
    assert (root < 0.1).mean() > 0.9


def test_every_preset_is_held():
    here = {name for name in globals() if name.startswith("test_")}
    assert len(here) - 1 == len(NAMES)
