"""Which digits are misread by all networks, by some, and by one alone."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from optim import optimizers
from optim.datasets import digits
from tests.drawing import drawn
from ui import lineup
from ui.lineup import Look
from ui.train_a_network import parts, words
from ui.train_a_network.setting import Setting


@given(wrong=st.integers(1, 8).flatmap(lambda n: arrays(bool, (n, 20))))
def test_misread_digits_are_counted_one_by_one(wrong):
    read = [{*np.flatnonzero(one).tolist()} for one in wrong]
    every, some = set.intersection(*read), set.union(*read)
    assert words.alike(wrong) == f"Misread by every network: {len(every)} of 20 digits. By at least one: {len(some)}."
    rows = words.misread([Look(str(i), "#000", 0) for i in range(len(wrong))], wrong)
    for i, row in enumerate(rows):
        others = set().union(*(other for j, other in enumerate(read) if j != i))
        name, *counts = row.values()
        assert re.sub("<[^>]+>", "", name) == str(i)
        assert counts == [str(len(read[i])), str(len(read[i] - others))]


def test_networks_that_diverged_are_left_out():
    wild, zero = optimizers.sgd(lr=100.0), optimizers.sgd(lr=0.0)
    now = Setting(lineup=lineup.of(wild, zero), hidden="8", steps=20, loss="squared error")
    for one in now.trainings:
        one.go(20, math.inf)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts.parts, "guess", lambda page, question, answer: answer())
        found = drawn(parts.guess, now)
        none = drawn(parts.guess, replace(now, lineup=now.lineup[:1]))
    test = digits()[1]
    wrong = (now.network.outputs(now.network.initial("He", 0), test.inputs).argmax(axis=1) != test.classes).sum()
    counts = f"Misread by every network: {wrong} of 359 digits. By at least one: {wrong}."
    assert found.texts == ["Diverged, and left out: SGD, η = 100.", counts]
    assert found.rows == [{"optimizer": "SGD, η = 0", "misread": str(wrong), "by no other": str(wrong)}]
    assert (none.texts, none.rows) == (["Diverged, and left out: SGD.", words.NONE_LEFT], [])
