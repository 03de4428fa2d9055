"""Numbers and outcomes in words."""

import math
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from optim.ends import Outcome
from ui import charts, share, words

from ..reading import read


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.05, "0.05"),
        (-1.5, "−1.5"),
        (7.14e-8, "7.14·10⁻⁸"),
        (1e-4, "10⁻⁴"),
        (-1e-9, "−10⁻⁹"),
        (0.0, "0"),
        (-0.0, "0"),
        (2000.0, "2,000"),
        (123456.0, "123,500"),
        (9999.96, "10,000"),
        (1e6, "10⁶"),
        (1.018e301, "1.018·10³⁰¹"),
        (math.inf, "diverged"),
        (math.nan, "diverged"),
    ],
)
def test_a_number_has_four_digits_and_typeset_powers(number, text):
    assert words.number(number) == text


@given(st.integers(-300, 300), st.one_of(st.floats(1, 10), st.sampled_from([1.0, 9.9994, 9.9996, 9.99999])))
def test_an_axis_has_the_power_of_a_number_rounded_as_in_a_sentence(power, mantissa):
    value = mantissa * 10.0**power
    assume(abs(mantissa - 9.9995) > 1e-9)
    expression = re.search(r"floor\(log.*?LN10 \+ \S+?\)", charts.scientific("value"))[0]
    found = eval(expression, {"floor": math.floor, "log": math.log, "LN10": math.log(10), "value": value})
    assert found == int(f"{value:.3e}".partition("e")[2])


@given(st.floats(-1e307, 1e307), st.integers(2, 6))
def test_a_number_says_its_value_to_its_digits(number, digits):
    text = words.number(number, digits)
    assert read(text) == pytest.approx(number, rel=0.51 * 10.0 ** (1 - digits), abs=1e-323)
    assert "e" not in text
    assert "-" not in text


@given(st.floats(-1e307, 1e307))
def test_an_exact_number_leads_back_as_far_as_its_link_does(number):
    text = words.exact(number)
    assert read(text) == pytest.approx(number, rel=1e-11, abs=1e-322)
    digits = share.text(number).partition("e")[0].strip("-0").replace(".", "").strip("0")
    mantissa = text.partition("·")[0].strip("−0").replace(".", "").replace(",", "").strip("0")
    assert mantissa == digits or digits == "1"
    assert "e" not in text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0001, "10⁻⁴"),
        (2.5e-8, "2.5·10⁻⁸"),
        (0.9999, "0.9999"),
        (123456.789, "123,456.789"),
        (0.1 + 0.2, "0.30000000000000004"),
    ],
)
def test_an_exact_number_has_all_digits(number, text):
    assert words.exact(number) == text


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Outcome("diverged", 12), "diverged at step 12"),
        (Outcome("left the map", 7), "left the map at step 7"),
        (Outcome("oscillating", amplitude=1.5), "oscillating, ±1.5"),
        (Outcome("minimum", place=(3.0, 0.5)), "minimum (3, 0.5)"),
        (Outcome("saddle", place=(0.0, 0.0)), "saddle point (0, 0)"),
        (Outcome("moving"), "moving"),
        (Outcome("near a minimum", place=(1.0, 1.0)), "near a minimum"),
    ],
)
def test_an_outcome_in_words(outcome, text):
    assert words.outcome(outcome, place=True) == text
    assert words.outcome(outcome) == text.partition(" (")[0]


def test_names_with_commas_are_listed_with_semicolons():
    assert words.listed(["SGD"]) == "SGD"
    assert words.listed(["SGD", "Adam"]) == "SGD, Adam"
    assert words.listed(["Adam, ε = 1", "Adam, ε = 2"]) == "Adam, ε = 1; Adam, ε = 2"
