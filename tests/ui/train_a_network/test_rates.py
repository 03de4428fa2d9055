"""The search for a learning rate: short runs, the range test, and the rules that are read off it."""

import math
import time

import numpy as np
import pytest

import optim
from optim import optimizers
from ui import lineup
from ui.train_a_network import rates
from ui.train_a_network.rates import Found, Search
from ui.train_a_network.setting import Setting

NOW = Setting(lineup=lineup.of(optimizers.sgd(lr=0.1)), hidden="8", batch=32)
SGD = NOW.lineup[0].optimizer


@pytest.fixture(scope="module")
def found() -> Found:
    search = rates.of(SGD, NOW.task, "He")
    search.go(math.inf)
    return search.found


def test_the_marks_are_three_a_decade():
    marks = rates.marks(SGD)
    assert marks[:4] == (1e-5, 2e-5, 5e-5, 1e-4)
    assert marks[-1] == 10
    assert len(marks) == 19


def test_the_losses_are_those_of_runs_of_their_own(found):
    w = NOW.network.initial("He", 0)
    for i in (0, 9, 15):
        end = optim.sweep(SGD(lr=found.rates[i]), NOW.task, w, rates.UPDATES)["x"]
        assert found.losses[i] == NOW.network.mean_loss(end, NOW.task.examples)
    for pick in found.picks:
        end = optim.sweep(SGD(lr=pick.rate), NOW.task, w, rates.UPDATES)["x"]
        assert pick.loss == NOW.network.mean_loss(end, NOW.task.examples)
    assert found.best.loss == min(*found.losses, *(pick.loss for pick in found.picks))
    assert rates.best(SGD, NOW.task, "He") == found.rates[np.argmin(found.losses)]


def test_the_range_test_raises_the_rate_at_each_step(found):
    raised = rates.raised()
    assert raised[[0, -1]] == pytest.approx([1e-5, 10])
    w, losses = NOW.network.initial("He", 0), []
    for t, rate in enumerate(raised, start=1):
        f, g = NOW.task.at(w, t)
        losses.append(float(f))
        w = w - rate * g
    assert found.test[:60] == pytest.approx(optim.ema(losses, 0.9, True)[:60], rel=1e-9)


def test_a_search_in_portions_is_one_in_a_piece(found):
    search = Search(SGD(lr=rates.LOWEST), NOW.task, "He")
    shares = []
    while search.found is None:
        search.go(time.perf_counter() + 0.002)
        shares.append(search.share)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert (search.found.losses == found.losses).all()
    assert search.found.picks == found.picks


def test_the_rules_read_a_falling_and_rising_loss():
    raised = rates.raised()
    smooth = np.concatenate(
        [np.full(40, 2.0), np.linspace(1.9, 1.0, 10), np.linspace(0.5, 0.4, 20), np.linspace(1, 9, 30)]
    )
    picked = rates.rules(smooth)
    assert picked["steepest"] == pytest.approx(raised[49], rel=0.2)
    assert picked["minimum/10"] == pytest.approx(raised[69] / 10)
    # The longest falling subsequence has 31 losses, from one of the first 40 on; its middle is 15 before its end.
    assert picked["valley"] == pytest.approx(raised[54])


def test_what_diverges_is_infinitely_bad():
    steep = Setting(lineup=NOW.lineup, hidden="8", batch=32, loss="squared error")
    search = rates.of(SGD, steep.task, "He")
    search.go(math.inf)
    assert np.isinf(search.found.losses[-1])
    assert np.isfinite(search.found.losses[0])
