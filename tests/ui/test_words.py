"""Numbers and outcomes in words."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optim.ends import Outcome
from ui import words

EXPONENTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def value(text: str) -> float:
    """The number that a reader takes from the text."""
    if text == "diverged":
        return math.nan
    power = re.fullmatch("(.*?)·?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", text)
    if power is None:
        return float(text.translate(EXPONENTS))
    mantissa, exponent = (part.translate(EXPONENTS) for part in power.groups())
    return float(f"{mantissa if mantissa not in ('', '-') else mantissa + '1'}e{exponent}")


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
        (123456.0, "123500"),
        (9999.96, "10000"),
        (1e6, "10⁶"),
        (1.018e301, "1.018·10³⁰¹"),
        (math.inf, "diverged"),
        (math.nan, "diverged"),
    ],
)
def test_a_number_has_four_digits_and_typeset_powers(number, text):
    assert words.number(number) == text


@given(st.floats(-1e307, 1e307), st.integers(2, 6))
def test_a_number_says_its_value_to_its_digits(number, digits):
    text = words.number(number, digits)
    assert value(text) == pytest.approx(number, rel=0.51 * 10.0 ** (1 - digits), abs=1e-323)
    assert "e" not in text
    assert "-" not in text


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
