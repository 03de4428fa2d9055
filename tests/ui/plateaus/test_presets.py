"""What the captions of the Plateaus page's presets say, held against their runs."""

import numpy as np
import pytest

from optim.ends import minima
from ui.plateaus import basins, escapes
from ui.plateaus.presets import PRESETS

from ...captions import states

BY_NAME = {preset.name: preset.setting for preset in PRESETS}


def says(name, *exact):
    """The numbers in a caption are these."""
    states(next(preset.look for preset in PRESETS if preset.name == name), *exact)


def by_label(name):
    """Label of the optimizer, and its place among those of the same label -> what it does."""
    now, found = BY_NAME[name], {}
    for entry, trace, out, end in zip(now.lineup, now.traces, now.escapes, now.outcomes, strict=True):
        label = entry.optimizer.label
        found[label, sum(key[0] == label for key in found)] = (trace, out, end)
    return found


def test_epsilon_decides():
    now = BY_NAME["ε decides"]
    assert now == PRESETS[0].setting, "the page opens on what the lab is named for"
    assert [entry.optimizer.values["eps"] for entry in now.lineup[3:]] == [1e-8, 1e-6, 1e-4]
    one, *others = (entry.optimizer for entry in now.lineup[3:])
    assert all(other(eps=one.values["eps"]) == one for other in others), "but for its ε the same Adam"
    sgd, _, _, first, second, stuck = now.escapes
    assert (sgd, stuck) == (None, None)
    says("ε decides", first, 1e-8, second, 1e-6, 1e-4)
    times = escapes.over(now.lineup[4].optimizer, now.given(now.lineup[4]), now.level)["epsilon"]
    assert (np.diff(times[~np.isnan(times)]) >= 0).all()
    assert np.isnan(times[np.argmax(np.isnan(times)) :]).all(), "the larger ε, the later it escapes, if it does"
    stuck = now.traces[5]["x"]
    assert np.hypot(*(stuck[-1] - stuck[0])) < 0.01
    assert np.hypot(*now.traces[0]["g"][0]) == pytest.approx(7.135e-8, rel=1e-3)


def test_the_tanh_step():
    now = BY_NAME["The tanh step"]
    along_x, along_y = np.abs(now.traces[0]["g"][0])
    says("The tanh step", along_y, along_x, now.lineup[4].optimizer.values["eps"])
    x = now.traces[4]["x"]
    assert abs(x[-1, 1]) < 0.05, "it settles y"
    assert abs(x[-1, 0] - x[0, 0]) < 0.1, "and does not move along x"


def test_adagrad_against_rmsprop():
    found = by_label("AdaGrad against RMSProp")
    adagrad, out, _ = found["AdaGrad", 0]
    assert (adagrad["effective_lr"][0] > 1000).all()
    says("AdaGrad against RMSProp", 1000, out, found["RMSProp", 0][1])
    assert (np.diff(adagrad["effective_lr"], axis=0) <= 0).all()


def test_a_saturated_neuron():
    now, found = BY_NAME["A saturated neuron"], by_label("A saturated neuron")
    rates = {entry.optimizer.label: entry.optimizer.values["lr"] for entry in now.lineup}
    assert rates["SGD"] == 100 * rates["Adam"]
    assert found["SGD", 0][1] is None
    _, out, end = found["Momentum", 0]
    assert end.kind == "left the map"
    says("A saturated neuron", 0, out)


def test_rolling_through_the_small_pit():
    found, pits = by_label("Rolling through the small pit"), minima(BY_NAME["Rolling through the small pit"].surface)
    deep, small = ((m.x, m.y) for m in pits)

    def near(label, place):
        return min((deep, small), key=lambda pit: np.hypot(*(found[label, place][0]["x"][-1] - pit)))

    rates = [entry.optimizer.values["lr"] for entry in BY_NAME["Rolling through the small pit"].lineup]
    says("Rolling through the small pit", *rates[1:])
    assert [near("Momentum", 0), near("Momentum", 1), near("Adam", 0), near("Adam", 1)] == [small, deep, small, deep]
    assert [found[key][1] is None for key in (("Momentum", 0), ("Momentum", 1), ("Adam", 0), ("Adam", 1))] == [
        True, False, True, False]  # fmt: skip


def borders(kinds):
    """How many neighbours are of another kind: the length of all borders, in tiles."""
    return int((kinds[1:] != kinds[:-1]).sum() + (kinds[:, 1:] != kinds[:, :-1]).sum())


def test_four_minima():
    now = BY_NAME["Four minima"]
    found = minima(now.surface)
    assert len(found) == 4
    assert all(abs(m.f) < 1e-9 for m in found)
    left, right = (basins.chosen(now, role) for role in ("left", "right"))
    assert [now.chosen(role).optimizer.label for role in ("left", "right")] == ["SGD", "Momentum"]
    assert borders(right.kinds) > 1.5 * borders(left.kinds)


def test_every_preset_is_tested():
    names = {name for name in globals() if name.startswith("test_")}
    assert len(names) == len(PRESETS) + 1
