"""A formula is read off its signature: what that reading accepts, refuses and says."""

import math
import pickle
import re
from dataclasses import FrozenInstanceError
from typing import Annotated

import numpy as np
import pytest

from optim import OPTIMIZERS, SCHEDULES, SURFACES, Formula, Hyperparameter, optimizers, schedules, surfaces
from optim.formula import switch

FORMULAS = [*OPTIMIZERS.values(), *SCHEDULES.values(), *SURFACES.values()]
every_formula = pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.label)


@every_formula
def test_a_registered_formula_is_fully_described(formula):
    assert formula.label
    assert formula.latex.count("{") == formula.latex.count("}") > 0 or formula.latex
    assert formula.latex.count(r"\left") == formula.latex.count(r"\right")
    assert formula.latex.count(r"\begin{") == formula.latex.count(r"\end{")
    assert len(formula.source) > 20
    assert formula.doc.endswith((".", ")"))
    assert "\n    " not in formula.doc.split("\n\n")[0], "the docstring comes dedented"
    for name, hyperparameter in formula.hyperparameters.items():
        assert hyperparameter.meaning, name
        assert hyperparameter.symbol or hyperparameter.scale == "switch", name


@every_formula
def test_defaults_and_slider_ends_lie_in_the_domain(formula):
    assert formula(**formula.defaults).values == formula.values
    for name, hyperparameter in formula.hyperparameters.items():
        if hyperparameter.scale != "switch":
            low, high = hyperparameter.slider
            assert low < high
            hyperparameter.check(name, [low, high])
            if hyperparameter.scale == "log":
                assert low > 0


@every_formula
def test_survives_pickling_with_its_values(formula):
    array_names = [name for name, h in formula.hyperparameters.items() if h.scale != "switch"]
    changed = formula(**{name: [formula.values[name]] * 3 for name in array_names})
    back = pickle.loads(pickle.dumps(changed))
    assert type(back) is type(formula)
    assert back.function is formula.function
    assert list(back.values) == list(changed.values)
    for name, value in back.values.items():
        np.testing.assert_array_equal(value, changed.values[name])


@every_formula
def test_a_wrong_name_is_told_the_right_ones(formula):
    known = ", ".join(formula.hyperparameters) or "none"
    with pytest.raises(TypeError) as caught:
        formula(learning_speed=1)
    assert str(caught.value) == f"{formula.label} has no hyperparameter 'learning_speed'; it has: {known}."


@every_formula
def test_every_domain_is_guarded(formula):
    for name, hyperparameter in formula.hyperparameters.items():
        told = f"{formula.label}: {name} = "
        if hyperparameter.scale == "switch":
            with pytest.raises(TypeError, match="must be True or False"):
                formula(**{name: 1})
            continue
        for bad in (math.nan, math.inf, -math.inf, [1.0, math.nan]):
            with pytest.raises(ValueError, match="must be") as caught:
                formula(**{name: bad})
            assert str(caught.value).startswith(told)
        for end, is_open, beyond in (
            (hyperparameter.low, hyperparameter.open_low, -math.inf),
            (hyperparameter.high, hyperparameter.open_high, math.inf),
        ):
            if math.isfinite(end):
                outside = end if is_open else np.nextafter(end, beyond)
                with pytest.raises(ValueError, match="must be"):
                    formula(**{name: outside})
                inside = end if not is_open else np.nextafter(end, -beyond)
                if hyperparameter.scale != "whole":
                    assert formula(**{name: inside}).values[name] == inside
        if hyperparameter.scale == "whole":
            with pytest.raises(ValueError, match=f"{name} = 1.5: it must be a whole number"):
                formula(**{name: 1.5})


@pytest.mark.parametrize(
    ("values", "error", "told"),
    [
        ({"lr": -1}, ValueError, "Adam: lr = -1: it must be a finite number at least 0."),
        ({"lr": [0.1, -2.5, -3]}, ValueError, "Adam: lr = -2.5: it must be a finite number at least 0."),
        ({"beta1": 1}, ValueError, "Adam: beta1 = 1: it must be a finite number at least 0 and below 1."),
        ({"beta2": math.nan}, ValueError, "Adam: beta2 = nan: it must be a finite number at least 0 and below 1."),
        ({"lr": "fast"}, TypeError, "Adam: lr = 'fast': it must be a finite number at least 0."),
        ({"lr": "0.1"}, TypeError, "Adam: lr = '0.1': it must be a finite number at least 0."),
        ({"lr": b"1"}, TypeError, "Adam: lr = b'1': it must be a finite number at least 0."),
        ({"lr": None}, TypeError, "Adam: lr = None: it must be a finite number at least 0."),
        ({"lr": True}, TypeError, "Adam: lr = True: it must be a finite number at least 0."),
        ({"lr": 1j}, TypeError, "Adam: lr = 1j: it must be a finite number at least 0."),
        ({"lr": [[1], [1, 2]]}, TypeError, "Adam: lr = [[1], [1, 2]]: it must be a finite number at least 0."),
        ({"bias_correction": 1}, TypeError, "Adam: bias_correction = 1: it must be True or False."),
        ({"bias_correction": "no"}, TypeError, "Adam: bias_correction = 'no': it must be True or False."),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(values, error, told):
    with pytest.raises(error) as caught:
        optimizers.adam(**values)
    assert str(caught.value) == told


def test_a_long_bad_value_is_cut_short_in_the_message():
    for length, shown in ((56, "a" * 56 + "']"), (57, "a" * 55 + "...")):
        with pytest.raises(TypeError, match=rf"^Adam: lr = \['{re.escape(shown)}: it must be"):
            optimizers.adam(lr=["a" * length])
    with pytest.raises(TypeError) as caught:
        optimizers.adam(lr=["a" * 100])
    assert str(caught.value) == f"Adam: lr = ['{'a' * 55}...: it must be a finite number at least 0."


@pytest.mark.parametrize(
    ("hyperparameter", "told"),
    [
        (Hyperparameter("", ""), "a finite number"),
        (Hyperparameter("", "", low=0), "a finite number at least 0"),
        (Hyperparameter("", "", low=0, open_low=True), "a finite number above 0"),
        (Hyperparameter("", "", high=2.5), "a finite number at most 2.5"),
        (Hyperparameter("", "", low=0, high=1, open_high=True), "a finite number at least 0 and below 1"),
        (Hyperparameter("", "", low=1, scale="whole"), "a whole number at least 1"),
        (Hyperparameter("", "", scale="whole"), "a whole number"),
        (switch("?"), "True or False"),
    ],
)
def test_the_domain_reads_as_the_end_of_a_sentence(hyperparameter, told):
    assert hyperparameter.allowed == told


def test_values_come_back_as_plain_numbers_or_arrays_that_cannot_be_changed():
    number = Hyperparameter("", "").check("a", np.float32(0.5))
    assert type(number) is float
    assert number == 0.5
    whole = Hyperparameter("", "", scale="whole").check("a", 3.0)
    assert type(whole) is int
    assert whole == 3
    flag = switch("").check("a", np.True_)
    assert flag is True

    mine = np.array([1.0, 2.0])
    kept = Hyperparameter("", "").check("a", mine)
    mine[0] = 7
    assert kept.tolist() == [1, 2]
    assert kept.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 7


def test_calling_a_formula_changes_a_copy_only():
    before = dict(optimizers.adam.values)
    fast = optimizers.adam(lr=0.5)
    faster = fast(lr=0.7)
    assert (fast.values["lr"], faster.values["lr"]) == (0.5, 0.7)
    assert fast(beta1=0.5).values["lr"] == 0.5
    assert dict(optimizers.adam.values) == before
    with pytest.raises(TypeError):
        fast.values["lr"] = 3
    with pytest.raises(FrozenInstanceError):
        fast.label = "Eve"
    with pytest.raises(FrozenInstanceError):
        fast.hyperparameters["lr"].low = -1


def test_formulas_are_equal_if_function_and_values_are():
    swept = optimizers.adam(lr=[0.1, 0.2])
    assert swept == optimizers.adam(lr=[0.1, 0.2])
    assert {swept: 1}[optimizers.adam(lr=[0.1, 0.2])] == 1
    others = [
        optimizers.adam(lr=[0.1, 0.3]),
        optimizers.adam(lr=[[0.1], [0.2]]),
        optimizers.adam(lr=0.1),
        optimizers.amsgrad(lr=[0.1, 0.2]),
        optimizers.adam(lr=[0.1, 0.2], bias_correction=False),
        surfaces.beale,
        "adam",
    ]
    for other in others:
        assert swept != other
    assert len({swept, *others}) == 8
    for one, other in ((surfaces.quadratic, surfaces.saddle), (schedules.exponential, schedules.staircase)):
        name = next(iter(one.values))
        assert one(**{name: [0.6, 0.7]}) == one(**{name: [0.6, 0.7]}) != other
        assert len({one(**{name: [0.6, 0.7]}), one(**{name: [0.6, 0.7]}), one}) == 2


def test_a_signature_is_read_once_for_all_copies():
    assert optimizers.adam.hyperparameters is optimizers.adam(lr=1).hyperparameters
    assert optimizers.adam.defaults is optimizers.adam(lr=1).defaults


def test_a_formula_prints_as_the_call_that_makes_it():
    assert repr(surfaces.quadratic(a=1)) == "quadratic(a=1.0, b=10.0)"
    assert repr(schedules.staircase) == "staircase(gamma=0.5, steps_per_stair=20)"
    assert repr(optimizers.momentum) == "momentum(lr=0.001, beta=0.9, average=False)"


def test_the_shape_is_what_the_values_broadcast_to():
    assert optimizers.adam.shape == ()
    assert optimizers.adam(lr=[[1.0], [2.0]], beta1=[0.1, 0.2, 0.3]).shape == (2, 3)


def test_an_argument_without_a_hyperparameter_is_a_mistake_of_the_author():
    def bare(p, *, a: float = 1.0):
        """Nothing."""

    with pytest.raises(TypeError, match=r"bare: a needs an Annotated\[...\] with a Hyperparameter"):
        _ = Formula(bare, "Bare", "x", "here").hyperparameters


def test_the_reading_of_a_signature():
    def line(
        p, *, a: Annotated[float, "other", Hyperparameter("a", "slope")] = 2.0, up: Annotated[bool, switch("?")] = True
    ):
        """A line."""

    formula = Formula(line, "Line", "a p", "here")
    assert list(formula.hyperparameters) == ["a", "up"]
    assert formula.hyperparameters["a"].meaning == "slope"
    assert formula.defaults == {"a": 2.0, "up": True}
    assert formula.doc == "A line."


def test_formulas_are_values():
    assert optimizers.adam(lr=0.3) == optimizers.adam(lr=0.3)
    assert hash(optimizers.adam(lr=0.3)) == hash(optimizers.adam(lr=0.3))
    assert optimizers.adam(lr=0.3) != optimizers.adam(lr=0.31)
    assert optimizers.adam(lr=0.3) != optimizers.amsgrad(lr=0.3)
    assert optimizers.adam(lr=[0.1, 0.2]) == optimizers.adam(lr=[0.1, 0.2])
    assert optimizers.adam(lr=[0.1, 0.2]) != optimizers.adam(lr=[[0.1], [0.2]])
