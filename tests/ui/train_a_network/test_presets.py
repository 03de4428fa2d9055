"""Each preset's caption against its own trainings."""

import math
from itertools import islice

import numpy as np
import pytest

import optim
from optim import OPTIMIZERS
from ui import lineup
from ui.train_a_network import frames, words
from ui.train_a_network.presets import PRESETS
from ui.train_a_network.setting import Setting

NAMES = [preset.name for preset in PRESETS]


def trained(name):
    now = next(preset.setting for preset in PRESETS if preset.name == name)
    for one in now.trainings:
        one.go(now.steps, math.inf)
    return now, now.trainings


def losses(trainings):
    return [one.looks[-1].loss for one in trainings]


@pytest.mark.slow
def test_four_optimizers():
    _, found = trained("Four optimizers")
    sgd, *others = losses(found)
    assert sgd > max(others)
    assert losses(found)[3] == min(others)


@pytest.mark.slow
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
        "2/η = 10", "2/η = 5", "2(1 + β₁)/((1 − β₁) η) = 3,800", "2(1 + β₁)/((1 − β₁) η) = 1,267",
    ]  # fmt: skip


@pytest.mark.slow
def test_the_curvature_follows_the_rate():
    _, (constant, halved) = trained("The curvature follows η")
    sharp = {look.step: look.sharpness for look in halved.looks}
    assert constant.losses[:301] == halved.losses[:301]
    assert (halved.threshold(299), halved.threshold(300)) == (5, 10)
    assert sharp[300] == pytest.approx(5.7, abs=0.1)
    assert max(sharp[step] for step in range(300, 701, 10)) > 10
    assert max(look.sharpness for look in constant.looks if look.step >= 300 and look.step % 10 == 0) < 7


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


@pytest.mark.slow
def test_a_plateau_of_sigmoids():
    _, (sgd, momentum, adam) = trained("A plateau of sigmoids")
    assert sgd.looks[-1].loss > 2.29
    assert momentum.looks[-1].loss > 2.29
    assert adam.looks[-1].loss < 1.6
    early = sgd.looks[0]
    assert early.norms[0] < 1e-3 * early.norms[-1]


@pytest.mark.slow
def test_adam_beside_adamw():
    _, found = trained("Adam beside AdamW")
    plain, coupled, decoupled, strong = losses(found)
    assert coupled > 5 * plain
    assert decoupled < 1.5 * plain
    assert strong < coupled


@pytest.mark.slow
def test_epsilon_bites():
    now, found = trained("ε bites")
    assert losses(found)[2] == max(losses(found))
    weighed = frames.weighed(now.lineup[2].optimizer, found[2].row(now.steps))
    assert weighed.bound == 0.1
    assert (weighed.size < 0.1).mean() > 0.9


def test_every_preset_is_held():
    here = {name for name in globals() if name.startswith("test_")}
    assert len(here) - 3 == len(NAMES)


def test_the_link_to_the_plateaus_is_whole():
    from urllib.parse import parse_qs

    from ui.plateaus.presets import PRESETS as OTHERS
    from ui.plateaus.setting import Setting as Plateaus

    look = next(preset.look for preset in PRESETS if preset.name == "A plateau of sigmoids")
    query = look.partition("/plateaus?")[2].partition(")")[0]
    problems: list[str] = []
    assert Plateaus.parse(parse_qs(query), OTHERS[0].setting, problems).surface.label == "Saturated neuron"
    assert not problems


@pytest.mark.parametrize("label", sorted(label for label, one in OPTIMIZERS.items() if "eps" in one.values))
def test_what_epsilon_is_added_to_follows_from_one_row_or_is_none(label):
    now = Setting(lineup=lineup.of(OPTIMIZERS[label]), hidden="8", batch=32)
    (one,), optimizer = now.trainings, OPTIMIZERS[label]
    one.go(20, math.inf)
    rows = list(islice(optim.descend(optimizer, now.task, now.network.initial("He", 0)), 21))
    trace = {name: np.stack([np.broadcast_to(row[name], rows[0]["x"].shape) for row in rows]) for name in rows[0]}
    whole, found = optimizer.denominator(trace), frames.weighed(optimizer, one.row(20))
    assert (found is None) == (label in ("AdaMax", "AdaBelief"))
    if found:
        np.testing.assert_array_equal(found.size[-1], whole.size[-1])
        assert (found.symbol, found.bound) == (whole.symbol, whole.bound)
