"""What the page says of a visitor's numbers, and the table to take away."""

import csv
import io
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import download
from ui.moving_averages import frames, sidebar
from ui.moving_averages.measures import average
from ui.moving_averages.presets import PRESETS
from ui.moving_averages.series import PLAIN, Own

USUAL = PRESETS[0].setting
VALUES = st.lists(st.one_of(st.just(math.nan), st.floats(-1e90, 1e90)), min_size=2, max_size=2 * PLAIN).filter(
    lambda values: sum(map(math.isfinite, values)) >= 2
)


@given(VALUES)
def test_what_was_read_is_said_as_it_is(values):
    own = Own(f"[{', '.join(map(repr, values))}]", file="mine.csv", how=(("missing", ()),))
    first, *rest = sidebar.read(own)
    assert first.startswith(f"Averaged: mine.csv, {own.chosen}.")
    assert f"Values: {len(values):,}. Missing: {sum(map(math.isnan, values)):,}." in first
    listed = first.split("First: ")[1].split(" Decimal")[0].removesuffix(".").removesuffix(", …").split(", ")
    expected = values[: sidebar.FIRST]
    assert [math.nan if word == "none" else float(word) for word in listed] == pytest.approx(
        expected, rel=1e-15, nan_ok=True
    )
    assert any("link does not hold" in sentence for sentence in rest) == (own.code == "")


def downloaded(now):
    text = download.text(frames.table(now))
    assert text.startswith("\ufeff")
    header, *rows = csv.reader(io.StringIO(text[1:]))
    return header, rows


def test_the_download_has_units_and_every_average():
    header, rows = downloaded(USUAL)
    assert header[:2] == ["day", "temperature (°C)"]
    assert "β = 0.9, from 0 (°C)" in header
    assert len(header) == 2 + 3 * len(frames.KINDS)
    for kind, name in frames.KINDS.items():
        column = [float(row[header.index(f"β = 0.9, {name} (°C)")]) for row in rows]
        np.testing.assert_array_equal(column, average(USUAL.series, 0.9, kind))
    assert "α = 0.1, corrected (°C)" in downloaded(replace(USUAL, written="α"))[0]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "plain"])
def test_no_cell_can_start_a_formula(name):
    own = Own(f'"{name}",other\n1,x\n-2,y\n3,z\n', how=(("header", 1),))
    header, rows = downloaded(USUAL.given(own))
    assert not [cell for cell in header if cell.lstrip()[:1] in ("=", "+", "-", "@", "＝") or cell[:1] in ("\t", "\r")]
    assert [float(row[1]) for row in rows] == [1, -2, 3], "a negative number is a number"


def test_a_column_called_as_the_time_is_a_column_of_its_own():
    header, rows = downloaded(USUAL.given(Own("step\n5\n6\n8\n")))
    assert len(set(header)) == len(header) == 2 + 3 * len(frames.KINDS)
    assert [row[:2] for row in rows] == [["1", "5.0"], ["2", "6.0"], ["3", "8.0"]]
