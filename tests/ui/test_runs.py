"""What is made of a cached run is made once, and is gone with it."""

import gc

import numpy as np

from ui import runs
from ui.runs import MOST_MADE, made_of


def test_what_is_made_of_an_array_is_made_once_for_each_key():
    array, made = np.arange(3.0), []
    for key in ("a", "b", "a", "b"):
        found = made_of(array, key, lambda key=key: made.append(key) or [key])
        assert found == [key]
    assert made == ["a", "b"]
    other = np.arange(3.0)
    assert made_of(other, "a", lambda: "of the other") == "of the other"


def test_it_is_gone_with_the_array():
    array = np.arange(3.0)
    made_of(array, "a", lambda: 1)
    place = id(array)
    assert place in runs._made
    del array
    gc.collect()
    assert place not in runs._made


def test_of_one_array_only_so_much_is_kept():
    array, made = np.arange(3.0), []
    for key in [*range(MOST_MADE), 0, MOST_MADE, 0]:
        made_of(array, key, lambda key=key: made.append(key))
        assert len(runs._made[id(array)]) <= MOST_MADE
    assert made == [*range(MOST_MADE), MOST_MADE, 0]
