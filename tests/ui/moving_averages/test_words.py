"""Every sentence, cell and label that is made from a series and its averages, recomputed by another way."""

import math
import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optim import OPTIMIZERS, optimizers, replay
from tests.drawing import drawn
from tests.reading import read, says
from ui.moving_averages import charts, measures, parts
from ui.moving_averages.gradients import STREAMS
from ui.moving_averages.measures import average
from ui.moving_averages.presets import PRESETS
from ui.moving_averages.series import MADE, Own
from ui.moving_averages.setting import averages

from ...budget import cases
from .test_setting import settings

USUAL = PRESETS[0].setting
SOME = cases(25)


def recursed(now, beta):
    """The average in its three ways, value by value; a missing value lets the weights fall."""
    plain, total, first, weight, kept = 0.0, 0.0, math.nan, 0.0, []
    for value in now.series.values.tolist():
        known = value == value
        plain = beta * plain + (1 - beta) * (value if known else 0.0)
        total = beta * total + (1 - beta) * known
        # pandas' adjust=False, ignore_na=False: what has been missed makes the old value count for less.
        if known:
            first = (
                value if first != first else (weight * beta * first + (1 - beta) * value) / (weight * beta + 1 - beta)
            )
            weight = 1.0
        else:
            weight *= beta
        kept.append((plain / total if total else math.nan, plain, first))
    return kept


@SOME
@given(settings())
def test_what_is_pointed_at_is_the_series_and_its_averages(now):
    data = drawn(parts.curves, now).data
    pointed = data["pointed"].to_pydict()
    whole = not np.isnan(now.series.values).any()
    places = {"corrected": 0, "from 0": 1, "from the first value": 2}
    for place, beta in enumerate(now.betas):
        kept = recursed(now, beta) if whole else []
        for t, value, text in list(zip(pointed["t"], pointed["value"], pointed[f"average{place}"], strict=True))[::7]:
            assert says(value, now.series.values[t - 1]) if value != "none" else math.isnan(now.series.values[t - 1])
            name, _, told = text.partition(": ")
            symbol, number = name.split(" = ")
            assert symbol == now.written
            assert read(number) == pytest.approx(1 - beta if now.alpha else beta, rel=1e-7)
            for part in told.split(", ") if whole else []:
                average, kind = part.split(" ", 1)
                size = abs(now.series.values[:t]).max()
                assert says(average, kept[t - 1][places[kind]]) or math.isclose(
                    read(average), kept[t - 1][places[kind]], rel_tol=1e-3, abs_tol=1e-6 * size
                )
    windows = data["windows"].to_pydict()
    for beta, text in zip(now.betas, windows["text"], strict=True):
        formula, _, number = text.partition(" = ")
        assert formula == ("1/α" if now.alpha else "1/(1 − β)")
        assert says(number, float(1 / (1 - Fraction(repr(beta)))))


@cases(100)
@given(settings())
def test_the_numbers_of_an_average_are_those_of_its_weights(now):
    bias = drawn(parts.bias, now).data["settled"].to_pydict()
    for place, (row, beta) in enumerate(zip(drawn(parts.numbers, now).rows, now.betas, strict=True)):
        exact = Fraction(repr(beta))
        window, span, half, tenth, within = list(row.values())[1:]
        assert says(window, float(1 / (1 - exact)))
        assert says(span, float((1 + exact) / (1 - exact)))
        if beta > 0:
            assert beta ** read(half) == pytest.approx(0.5, rel=1e-3) or beta < 1e-3
        assert says(tenth, float(1 - exact**10))
        t = int(within.removeprefix("t = ").replace(",", ""))
        assert bias["text"][place] == within
        assert bias["t"][place] == t
        # An average without correction is (1 − βᵗ) of the corrected one.
        assert beta**t <= 0.01 * (1 + 1e-9)
        assert t == 1 or beta ** (t - 1) > 0.01 * (1 - 1e-9)


@SOME
@given(settings())
def test_adams_steps_are_those_that_the_optimizer_takes(now):
    found = {}
    for corrected in (True, False):
        adam = now.adam(lr=1.0, weight_decay=0.0, bias_correction=corrected)
        found[corrected] = {name: -replay(adam, now.size * stream())["step"] for name, stream in STREAMS.items()}
    twelve = drawn(parts.steps, now).rows
    for row, corrected in zip(twelve, (True, False), strict=True):
        step = found[corrected][now.gradients]
        assert all(says(row[str(t)], step[t - 1], 3) for t in range(1, 13))
    for row, (name, step) in zip(drawn(parts.kinds, now).rows, found[True].items(), strict=True):
        size = np.abs(step[:200])
        assert row["gradients"].startswith(f"{name}: ")
        assert says(row["first step / η"], size[0], 3)
        longest, at = row["longest / η"].split(" at t = ")
        assert says(longest, size.max(), 3) or not np.isfinite(size).all()
        assert size[int(at) - 1] >= size.max() * (1 - 1e-8) or not np.isfinite(size).all()
        assert says(row["root mean square of the last 100"], math.sqrt(np.mean(size[100:] ** 2)), 3)


@cases(100)
@given(st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True))
def test_uncorrected_steps_on_a_constant_gradient_are_what_the_verdict_says(beta1, beta2):
    now = replace(USUAL, adam=OPTIMIZERS["Adam"](beta1=beta1, beta2=beta2))
    bare = optimizers.adam(lr=1.0, beta1=beta1, beta2=beta2, eps=0.0, bias_correction=False)
    step = -replay(bare, np.ones(300))["step"][:300]
    text = parts.verdict(now)
    first, longest = re.search(r"first step is (\S+) η, and (?:no step|the longest \*\*(\S+) η)", text).groups()
    assert says(first, step[0])
    assert step.max() <= (1 if longest is None else read(longest)) * (1 + 1e-3)
    if longest and int(text.split("t = ")[1].strip("*.").replace(",", "")) <= 300:
        assert says(longest, step.max())
    np.testing.assert_allclose(-replay(bare(bias_correction=True), np.ones(300))["step"][:300], 1, rtol=1e-6)


def test_a_lag_reads_the_same_in_the_table_and_at_its_dot():
    now = replace(USUAL, averages=averages(0.0, 0.5, 0.9))
    found = drawn(parts.trade, now)
    dots = found.data["now"].to_pydict()
    lags = [text.removeprefix("lag: ") for text in dots["text"] if text.startswith("lag: ")]
    assert [float(f"{float(lag):.3g}") for lag in lags] == [float(row["lag: measured ●"]) for row in found.rows]
    assert lags[0] == "0"


@pytest.mark.parametrize("made", MADE.values(), ids=lambda made: made.label)
def test_what_a_series_is_for_is_said_in_either_convention(made):
    assert "β" not in made.about
    assert "α" not in made.about
    assert r"\sigma \cdot \text{noise}" in made.about, "every one has a slider for it"


def test_what_is_said_of_made_series_holds_at_their_ends():
    # After a jump at any step, an uncorrected average is half-way after its half-life: 1 − βⁿ = 1/2 for n = 3.
    for when in (1, 30):
        assert average(MADE["Step"](when=when).series, 0.5 ** (1 / 3), "plain")[when + 1] == pytest.approx(0.5)
    # A wave of any period lags more, the less noise an average keeps.
    for period in (2.5, 3.0, 7.0, 200.0):
        turn = np.exp(-2j * np.pi / period)
        assert (np.diff([np.angle(1 / (1 - beta * turn)) for beta in np.linspace(0, 0.999, 50)]) < 0).all()
    # Where values are missing, an average that starts at 0 may be off for longer than its number says.
    gap = np.array([1.0, *[math.nan] * 49, 1.0])
    series = Own(f"[{', '.join(map(repr, gap.tolist()))}]", how=(("missing", ()),)).series
    assert measures.last_step(0.9) < 51
    assert average(series, 0.9, "plain")[50] < 0.99 * average(series, 0.9, "corrected")[50]


def test_what_is_left_of_a_weight_is_computed_for_each_beta():
    # It is 1/e for β close to 1 only: of β = 0.5 a quarter is left after its window of 2.
    look = {"title": "value θ", "time": "step", "theme": "light"}
    spec = charts.weights((0.5, 0.9), ("0.5", "0.9"), 0, 0, True, 5, 10, 0.0, 1.0, symbol="β", **look)
    assert "format(100 * pow(beta, 1 / (1 - beta)), '.2~r') + ' % left after 1/(1 − β) = '" in str(spec)


def test_a_number_is_written_as_in_prose_in_either_convention():
    now = replace(USUAL, averages=averages(0.999999999))
    assert (now.name(0.999999999), replace(now, written="α").name(0.999999999)) == ("β = 0.999999999", "α = 10⁻⁹")
