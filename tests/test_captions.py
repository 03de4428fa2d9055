"""Numbers in a sentence are read back and compared as they are written."""

import pytest

from .captions import states


def test_numbers_in_a_sentence_are_rounded_as_they_are_written():
    states("At 0.52 and 1,263 (−7.1·10⁻⁸), with 10⁻⁴.", 0.5166, 1263, -7.14e-8, 1.2e-4)
    for wrong in (0.526, 0.514, 52):
        with pytest.raises(AssertionError):
            states("At 0.52.", wrong)
    with pytest.raises(AssertionError):
        states("At 189.", 190)
