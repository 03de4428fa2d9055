"""Tables to take away."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import download

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\n-1"]


def read(frame):
    text = download.text(frame)
    assert text.startswith("\ufeff"), "Excel takes it for UTF-8"
    return list(csv.reader(io.StringIO(text[1:], newline="")))


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_text_that_a_spreadsheet_would_compute_is_a_text(text):
    header, row = read(pd.DataFrame({text: [text]}))
    assert header == row == [f"'{text}"]


@given(st.lists(st.floats(), min_size=1))
def test_numbers_stay_numbers_to_the_last_bit(values):
    _, *rows = read(pd.DataFrame({"run": "η = 1", "y": values}))
    assert [row[0] for row in rows] == ["η = 1"] * len(values)
    assert [repr(float(row[1] or "nan")) for row in rows] == list(map(repr, values))
