"""The page's state: links there and back, whatever the controls can reach; and what it says of itself."""

import base64
import math
import re
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optim import OPTIMIZERS, SURFACES, theory
from ui import controls
from ui.moving_averages import parts
from ui.moving_averages.gradients import STREAMS
from ui.moving_averages.presets import PRESETS
from ui.moving_averages.series import LONGEST, MADE, OWN, PLAIN, SEATTLE, Own
from ui.moving_averages.setting import BETA, CHOICES, KINDS, MOST, Setting, averages, complement

USUAL = PRESETS[0].setting
ADAM = OPTIMIZERS["Adam"]


def numbers(meaning, **more):
    low, high = max(meaning.low, -1e9), min(meaning.high, 1e9)
    if meaning.scale == "whole":
        return st.integers(int(low), int(high))
    return st.floats(low, high, exclude_min=meaning.open_low, exclude_max=meaning.open_high, **more)


@st.composite
def made(draw):
    recipe = draw(st.sampled_from(list(MADE.values())))
    return recipe(**{name: draw(numbers(meaning)) for name, meaning in recipe.hyperparameters.items()})


OWNS = st.lists(st.one_of(st.just(math.nan), st.floats(-1e90, 1e90)), min_size=2, max_size=12).filter(
    lambda values: sum(map(math.isfinite, values)) >= 2
)


@st.composite
def settings(draw):
    betas = draw(st.lists(numbers(BETA), min_size=1, max_size=MOST))
    surface = draw(st.sampled_from(list(SURFACES.values())))
    adam = ADAM(**{name: draw(numbers(ADAM.hyperparameters[name])) for name in ("lr", "beta1", "beta2", "eps")})
    return Setting(
        source=draw(st.one_of(st.just(SEATTLE), made())),
        averages=averages(*betas),
        **{name: draw(st.sampled_from(options)) for name, options in CHOICES.items()},
        weighed=draw(st.one_of(st.none(), st.integers(1, len(betas)))),
        adam=adam,
        size=draw(st.floats(1e-30, 1e30)),
        surface=surface,
        start=tuple(draw(st.floats(*map(float, ends))) for ends in (surface.x_range, surface.y_range)),
    )


def reopened(now):
    problems = []
    opened = Setting.parse(now.query, USUAL, problems)
    assert not problems
    return opened


@given(settings())
def test_a_link_opens_exactly_what_it_was_copied_from(now):
    opened = reopened(now)
    assert replace(opened, weighed=None) == replace(now, weighed=None)
    assert opened.place == now.place
    assert opened.query == now.query


@given(OWNS)
def test_a_link_holds_a_visitors_values_exactly_gaps_included(values):
    now = USUAL.given(Own(f"[{', '.join(map(repr, values))}]", how=(("missing", ()),)))
    assert not now.own.problem
    np.testing.assert_array_equal(now.series.values, values)
    opened = reopened(now)
    np.testing.assert_array_equal(opened.series.values, values)
    assert opened.source.label == OWN
    assert opened.own == opened.source


def listed(values):
    return USUAL.given(Own(f"[{', '.join(map(repr, values))}]", how=(("missing", ()),)))


def test_four_years_of_days_travel_in_a_link_bit_for_bit():
    values = [math.nan if i % 50 == 7 else float(value) for i, value in enumerate(SEATTLE.series.values)]
    assert len(values) == 1461
    now = listed(values)
    (code,) = now.query["values"]
    assert len(code) < LONGEST
    assert re.fullmatch(r"~[\w-]+", code), "nothing in it that a URL would escape"
    np.testing.assert_array_equal(reopened(now).series.values, values)


@given(st.integers(PLAIN + 1, 4 * PLAIN), st.integers(0, 2**32 - 1))
def test_packed_values_are_those_that_were_packed_or_are_too_long(count, seed):
    values = np.random.default_rng(seed).standard_normal(count) * 10.0 ** (seed % 90)
    now = listed(values.tolist())
    if now.query.get("values"):
        np.testing.assert_array_equal(reopened(now).series.values, values)
    else:
        assert count > 500, "500 numbers of 17 digits each do travel"
        problems = []
        assert Setting.parse(now.query, USUAL, problems).source == SEATTLE
        assert "too long to travel" in problems[0]


@pytest.mark.parametrize(
    "damage", ["~", "~!", "~eJw", "~AAAA", lambda code: code[:-9], lambda code: code[:40] + "_" + code[41:]]
)
def test_a_packed_link_that_lost_something_is_a_problem(damage):
    code = damage if isinstance(damage, str) else damage(listed([float(i * i) for i in range(400)]).query["values"][0])
    problems = []
    opened = Setting.parse({"series": [OWN], "values": [code]}, USUAL, problems)
    assert opened.source == SEATTLE
    assert "not whole" in problems[0]


def test_a_packed_link_cannot_unpack_to_more_than_is_read():
    bomb = "~" + base64.urlsafe_b64encode(zlib.compress(b"1," * 10**7, 9)).decode().rstrip("=")
    problems = []
    assert Setting.parse({"series": [OWN], "values": [bomb]}, USUAL, problems).source == SEATTLE
    assert "not whole" in problems[0]


@pytest.mark.parametrize(
    ("link", "expected"),
    [("1,2,4", [1, 2, 4]), ("1 2 4", [1, 2, 4]), ("3,-999,5", [3, -999, 5]), ("1,,4", [1, math.nan, 4])],
)
def test_values_of_old_and_of_written_links(link, expected):
    opened = Setting.parse({"series": [OWN], "values": [link]}, USUAL, [])
    np.testing.assert_array_equal(opened.series.values, expected)


def test_a_link_takes_a_beta_up_to_a_billionth_below_1():
    problems = []
    assert Setting.parse({"beta": ["0.999999999"]}, USUAL, problems).betas == (1 - 1e-9,)
    assert not problems
    Setting.parse({"beta": ["0.9999999999"]}, USUAL, problems)
    assert "beta" in problems[0]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"series": "Moon"}, "Moon"),
        ({"optimizer": "Adam"}, "optimizer is not known here"),
        ({"series": "Sine with noise,noise=-1"}, "noise"),
        ({"series": "Step,length=1e9"}, "length"),
        ({"series": OWN}, "too long"),
        ({"series": OWN, "values": "a,b"}, "values"),
        ({"beta": "1"}, "beta"),
        ({"beta": "nan"}, "beta"),
        ({"show": "7"}, "show"),
        ({"correction": "maybe"}, "correction"),
        ({"written": "γ"}, "written"),
        ({"weighed": "4"}, "weighed"),
        ({"gradients": "none"}, "gradients"),
        ({"size": "0"}, "size"),
        ({"adam": "Adam,beta1=2"}, "beta1"),
        ({"adam": "SGD"}, "SGD"),
        ({"surface": "Mars"}, "Mars"),
        ({"start": "1"}, "start"),
        ({"start": "1e9,0"}, "start x"),
    ],
)
def test_what_is_wrong_with_a_link_is_named_and_replaced(query, said):
    problems = []
    opened = Setting.parse({name: [value] for name, value in query.items()}, USUAL, problems)
    assert said in problems[0]
    assert reopened(opened) == opened, "what stands in is sound"


def test_more_averages_than_there_is_room_for_are_a_problem():
    problems = []
    assert len(Setting.parse({"beta": ["0.1"] * 9}, USUAL, problems).averages) == MOST
    assert "at most" in problems[0]


@given(st.sampled_from(controls.marks(BETA)))
def test_the_other_convention_there_and_back_is_the_same_beta(beta):
    assert complement(complement(beta)) == beta
    assert complement(beta) == pytest.approx(1 - beta, abs=1e-15)


def test_the_formula_keeps_its_correction_in_either_convention():
    for written, power in (("β", r"1 - \beta^t"), ("α", r"1 - (1 - \alpha)^t")):
        for correction, kinds in KINDS.items():
            shown = " ".join(parts.formulas(replace(USUAL, written=written, correction=correction)))
            assert (power in shown) == ("corrected" in kinds)
            assert ("v_0 = 0" in shown) == (kinds != ("first",))
            assert (r"v_1 = \theta_1" in shown) == (kinds == ("first",))


@given(st.integers(1, 5000), st.integers(2, 5000), st.sampled_from(CHOICES["show"]))
def test_a_step_beyond_what_is_shown_is_said(when, length, show):
    now = replace(USUAL, source=MADE["Step"](when=when, length=length), show=show)
    seen = bool(now.series.values[: now.shown].any())
    sentence = parts.beyond(now)
    assert seen == (sentence == "")
    assert ("its end" in sentence) == (when > length)


def test_other_series_have_nothing_that_could_be_missed():
    assert not parts.beyond(USUAL)


@given(st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True))
def test_the_verdict_on_uncorrected_steps_holds(beta1, beta2):
    now = replace(USUAL, adam=ADAM(beta1=beta1, beta2=beta2))
    sentence = parts.verdict(now)
    t = np.unique(np.geomspace(1, 1e6, 3000).round())
    size = theory.adam_bias_factor(t, beta1, beta2)
    assert f"the first step is {parts.number(float(size[0]))} η" in sentence
    if beta1 >= beta2:
        assert "no step is longer than η" in sentence
        assert size.max() <= 1 + 1e-12
    else:
        at = int(sentence.split("t = ")[1].strip("*.").replace(",", ""))
        longest = float(theory.adam_bias_factor(at, beta1, beta2))
        assert f"{parts.number(longest)} η" in sentence
        assert longest >= size.max() * (1 - 1e-12)


@pytest.mark.parametrize(
    ("beta1", "beta2", "first", "longest"),
    [
        (0.9, 0.999, "3.162", "6.569 η, at t = 12"),
        (0.99, 0.999, "0.3162", "2.089 η, at t = 136"),
        (0, 0, "1", "no step is longer"),
        (0.9, 0.9, "0.3162", "no step is longer"),
        (0, 0.999, "31.62", "31.62 η, at t = 1"),
        (0.99999, 0.999999, "0.01", "2.085 η, at t = 137,073"),
    ],
)
def test_verdicts_that_were_wrong(beta1, beta2, first, longest):
    sentence = parts.verdict(replace(USUAL, adam=ADAM(beta1=beta1, beta2=beta2)))
    assert f"the first step is {first} η" in sentence
    assert longest in sentence
    assert "too large" not in sentence


def test_averages_come_and_go_and_the_last_stays():
    now = USUAL
    for _ in range(MOST + 2):
        now = now.more()
    assert len(now.averages) == MOST
    assert len(set(now.betas)) == MOST
    for average in now.averages:
        now = now.less(average.id)
    assert len(now.averages) == 1


def test_a_visitors_numbers_are_kept_while_another_series_is_looked_at():
    mine = USUAL.given(Own("5 6 7"))
    away = mine.on("Step")
    assert away.source.label == "Step"
    assert away.on(OWN) == mine
    chosen = PRESETS[3].setting.keeping(mine)
    assert chosen == PRESETS[3].setting, "it is the preset all the same"
    assert chosen.on(OWN).series.values.tolist() == [5, 6, 7]
    other = USUAL.given(Own("1 2"))
    assert other.keeping(mine) == other


@given(settings(), settings())
def test_changes_name_the_values_that_changed(before, now):
    sentence = now.changes(before)
    assert sentence.startswith("**Changed**: ")
    assert now.changes(now) == "**Changed**: what is shown."
    for name in STREAMS:
        if name in (before.gradients, now.gradients) and before.gradients != now.gradients:
            assert name in sentence


def test_changes_give_a_moved_averages_window():
    now = replace(USUAL, averages=averages(0.5, 0.95, 0.98))
    sentence = now.changes(USUAL).replace("\\", "")
    assert "β = 0.9 → 0.95" in sentence
    assert "Window in days: 10 → **20**." in sentence
    both = replace(USUAL, averages=averages(0.5, 0.95, 0.99)).changes(USUAL)
    assert both.endswith("Window in days: 10 → **20**; 50 → **100**.")
    assert replace(USUAL, correction="first").changes(USUAL) == "**Changed**: start both → at θ₁."
