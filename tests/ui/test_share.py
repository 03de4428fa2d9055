"""Links: what is written is read back, for every formula."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optim import OPTIMIZERS, SCHEDULES, SURFACES
from ui import controls, fields, share

from ..settings import PAGES, PRESETS

REGISTRIES = [OPTIMIZERS, SCHEDULES, SURFACES]
FORMULAS = [(registry, formula) for registry in REGISTRIES for formula in registry.values()]


@pytest.mark.parametrize(("registry", "formula"), FORMULAS, ids=[f.label for _, f in FORMULAS])
@given(data=st.data())
def test_a_formula_survives_its_link(registry, formula, data):
    values = {}
    for name, meaning in formula.hyperparameters.items():
        options = (True, False) if meaning.scale == "switch" else controls.marks(meaning)
        values[name] = data.draw(st.sampled_from(options))
    problems = []
    configured = formula(**values)
    assert share.decode(share.encode(configured), registry, formula, problems) == configured
    assert not problems


@pytest.mark.parametrize(("registry", "formula"), FORMULAS, ids=[f.label for _, f in FORMULAS])
def test_every_mark_of_every_slider_is_allowed(registry, formula):
    for name, meaning in formula.hyperparameters.items():
        if meaning.scale != "switch":
            marks = controls.marks(meaning)
            assert len(marks) >= 4
            assert list(marks) == sorted(set(marks))
            for value in marks:
                formula(**{name: value})


def test_decay_marks_are_even_in_the_log_of_what_they_forget():
    marks = controls.marks(OPTIMIZERS["Adam"].hyperparameters["beta1"])
    assert {0, 0.5, 0.9, 0.99, 0.999} <= set(marks)
    assert sum(0.9 <= m < 0.99 for m in marks) == sum(0.99 <= m < 0.999 for m in marks)


def test_defaults_are_left_out():
    assert share.encode(OPTIMIZERS["Adam"]) == "Adam"
    assert share.encode(OPTIMIZERS["Adam"](lr=0.3)) == "Adam,lr=0.3"


def test_every_kind_of_markdown_is_escaped():
    assert share.escape("a*b_[c](d)") == r"a\*b\_\[c\]\(d\)"


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_an_exact_number_comes_back_to_the_last_bit(value):
    assert float(share.text(value)) == value


def test_an_exact_number_is_short_where_it_can_be():
    assert [share.text(v) for v in (1, 1e-4, -10.0, 0.3)] == ["1", "0.0001", "-10", "0.3"]
    assert share.text(1.5707963267948966) == "1.5707963267948966"


@pytest.mark.parametrize("page", PAGES)
def test_a_link_that_gives_one_value_twice_is_told_which_counts(page):
    usual = PRESETS[page][0].setting
    for name in [own.name for own in fields.own(type(usual))]:
        problems = []
        type(usual).parse({name: ["first", "second"]}, usual, problems)
        assert f"{name} is given 2 times; the first, “first”, counts." in problems
