"""Which digits are misread by all networks, by some, and by one alone."""

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ui.lineup import Look
from ui.train_a_network import words


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
