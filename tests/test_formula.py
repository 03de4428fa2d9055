"""A formula is read off its signature: what that reading accepts, refuses and says."""

import copy
import inspect
import math
import pickle
import pydoc
import re
from array import array
from collections import deque
from dataclasses import FrozenInstanceError, replace
from fractions import Fraction
from functools import partial
from types import MappingProxyType
from typing import Annotated

import numpy as np
import pandas as pd
import pytest

import optim
from optim import (
    OPTIMIZERS,
    SCHEDULES,
    SURFACES,
    Domain,
    Formula,
    Hyperparameter,
    Optimizer,
    Schedule,
    Surface,
    conventions,
    curvature,
    optimizers,
    schedules,
    surfaces,
    switch,
    typeset,
)
from optim.formula import register
from optim.optimizers import LearningRate

FORMULAS = [*OPTIMIZERS.values(), *SCHEDULES.values(), *SURFACES.values()]
every_formula = pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.label)


@every_formula
def test_a_registered_formula_is_fully_described(formula):
    assert formula.label
    latex = typeset.box(formula)
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") == latex.count(r"\right")
    assert latex.count(r"\begin{") == latex.count(r"\end{")
    assert len(formula.source) > 20
    assert formula.doc.endswith((".", ")"))
    assert "\n    " not in formula.doc.split("\n\n")[0], "the docstring comes dedented"
    for name, hyperparameter in formula.hyperparameters.items():
        assert hyperparameter.meaning, name
        assert hyperparameter.symbol or hyperparameter.scale == "switch", name


@every_formula
def test_what_a_page_shows_of_a_formula_has_symbols_and_words_not_names(formula):
    for text in (formula.doc, *(h.meaning for h in formula.hyperparameters.values())):
        assert not re.search(r"``|[β]\d|\de-?\d", text)
        assert not [name for name in formula.hyperparameters if "_" in name and name in text]


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
def test_pickle_brings_back_an_equal_formula(formula):
    array_names = [name for name, h in formula.hyperparameters.items() if h.scale != "switch"]
    other = {name: not value for name, value in formula.values.items() if name not in array_names}
    changed = formula(**{name: [formula.values[name]] * 3 for name in array_names[:-1]}, **other)
    changed = replace(changed, source="elsewhere")
    for one in (formula, changed):
        back = pickle.loads(pickle.dumps(one))
        assert back == one
        assert hash(back) == hash(one)
        assert back.function is one.function
        assert list(back.values) == list(one.values)
        assert {name: type(value) for name, value in back.values.items()} == {
            name: type(value) for name, value in one.values.items()
        }
        assert copy.deepcopy(one) == one


def halving(t, x, g, *, lr: LearningRate = 0.5):
    """A step for the tests below."""
    return -lr * g, {"effective_lr": lr}


def test_a_formula_without_decorator_pickles_too_unless_its_function_cannot():
    mine = Optimizer(halving, "Halving", "x", "this test")(lr=0.25)
    assert pickle.loads(pickle.dumps(mine)) == mine
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(Schedule(lambda t: 1.0, "Local", "x", "this test"))


@every_formula
def test_a_wrong_name_is_answered_with_the_right_ones(formula):
    known = ", ".join(formula.hyperparameters) or "none"
    with pytest.raises(TypeError) as caught:
        formula(learning_speed=1)
    assert str(caught.value) == f"{formula.label} has no hyperparameter 'learning_speed'; it has: {known}."


@every_formula
def test_every_domain_is_guarded(formula):
    for name, hyperparameter in formula.hyperparameters.items():
        message = f"{formula.label}: {name} = "
        if hyperparameter.scale == "switch":
            with pytest.raises(TypeError, match="must be True or False"):
                formula(**{name: 1})
            continue
        for bad in (math.nan, math.inf, -math.inf, [1.0, math.nan]):
            with pytest.raises(ValueError, match="must be") as caught:
                formula(**{name: bad})
            assert str(caught.value).startswith(message)
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
    ("values", "error", "message"),
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
        ({"lr": ["0.1"]}, TypeError, "Adam: lr = ['0.1']: it must be a finite number at least 0."),
        ({"lr": [True]}, TypeError, "Adam: lr = [True]: it must be a finite number at least 0."),
        ({"lr": [0.1, True]}, TypeError, "Adam: lr = [0.1, True]: it must be a finite number at least 0."),
        ({"lr": [0.1, 1j]}, TypeError, "Adam: lr = [0.1, 1j]: it must be a finite number at least 0."),
        ({"lr": [None, 0.1]}, TypeError, "Adam: lr = [None, 0.1]: it must be a finite number at least 0."),
        (
            {"lr": np.array(["1"])},
            TypeError,
            "Adam: lr = array(['1'], dtype='<U1'): it must be a finite number at least 0.",
        ),
        ({"lr": np.array([True])}, TypeError, "Adam: lr = array([ True]): it must be a finite number at least 0."),
        ({"lr": np.True_}, TypeError, "Adam: lr = np.True_: it must be a finite number at least 0."),
        (
            {"lr": np.datetime64(1, "s")},
            TypeError,
            "Adam: lr = np.datetime64('1970-01-01T00:00:01'): it must be a finite number at least 0.",
        ),
        (
            {"lr": 10**400},
            ValueError,
            "Adam: lr = 1" + 56 * "0" + "...: it must be a finite number at least 0, within float64.",
        ),
        (
            {"lr": [10**5000]},
            ValueError,
            "Adam: lr = a very long list: it must be a finite number at least 0, within float64.",
        ),
        (
            {"lr": [1, 2], "beta1": [0.1, 0.2, 0.3]},
            ValueError,
            "Adam: these values do not broadcast to one shape of runs: lr (2,), beta1 (3,).",
        ),
        ({"bias_correction": 1}, TypeError, "Adam: bias_correction = 1: it must be True or False."),
        ({"bias_correction": "no"}, TypeError, "Adam: bias_correction = 'no': it must be True or False."),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(values, error, message):
    with pytest.raises(error) as caught:
        optimizers.adam(**values)
    assert str(caught.value) == message


HIDDEN = np.ma.array([0.1, 99.0], mask=[0, 1])
ENDLESS = []
ENDLESS.append(ENDLESS)


@pytest.mark.parametrize(
    "value",
    [HIDDEN, np.ma.masked, np.timedelta64(5, "s"), "1", b"1", bytearray(b"ab"), memoryview(b"ab"), True, np.True_,
     None, 1j, np.array([True]), np.array([0.1, True], dtype=object), {0.1}, deque([0.1, True]), ENDLESS],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_no_real_number_is_none_in_a_list_either(value):
    for hidden in (value, [value], ([0.1, 0.2], value), [[value]], np.array([None, value], dtype=object)[1:]):
        with pytest.raises(TypeError, match=r"^Adam: lr = .*: it must be a finite number at least 0\.$"):
            optimizers.adam(lr=hidden)


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        ([Fraction(1, 4), np.float32(0.5), np.int8(1)], [0.25, 0.5, 1]),
        ([np.array(0.5), 1], [0.5, 1]),
        ([np.array([1, 2]), (3, 4)], [[1, 2], [3, 4]]),
        (np.array([Fraction(1, 2), 3], dtype=object), [0.5, 3]),
        (range(2), [0, 1]),
        (array("d", [0.5]), [0.5]),
        (pd.Series([0.5, 2]), [0.5, 2]),
        (pd.DataFrame({"a": [0.5], "b": [2]}), [[0.5, 2]]),
    ],
)
def test_numbers_in_lists_and_arrays_of_all_kinds_are_numbers(value, numbers):
    assert optimizers.adam(lr=value).values["lr"].tolist() == numbers


@pytest.mark.parametrize(
    "value", [10**400, Fraction(10**400), np.longdouble("1e400")], ids=lambda value: type(value).__name__
)
@pytest.mark.parametrize("within", [lambda v: v, lambda v: [v], lambda v: np.array([v], dtype=object)[:1]])
def test_a_number_beyond_float64_is_named_and_warns_of_nothing(value, within):
    with pytest.raises(ValueError, match=r"^Adam: lr = .*: it must be a finite number at least 0, within float64\.$"):
        optimizers.adam(lr=within(value))


@pytest.mark.parametrize(("value", "message"), [([1, 2], "one number, "), ([[1, 2], [3]], ""), ([1, [2]], "")])
def test_a_list_in_the_place_of_one_number_is_named(value, message):
    with pytest.raises(
        TypeError, match=rf"^n = {re.escape(str(value))}: it must be {message}a whole number at least 1\.$"
    ):
        Domain(low=1, whole=True).check_one("n", value)


def test_hyperparameters_are_given_by_name():
    with pytest.raises(TypeError, match=r"^Adam takes its hyperparameters by name, such as lr=0.1\.$"):
        optimizers.adam(0.1, 0.9)
    with pytest.raises(TypeError, match=r"^Beale takes its hyperparameters by name\.$"):
        surfaces.beale([1, 2])


def test_a_long_bad_value_is_cut_short_in_the_message():
    for length, shown in ((56, "a" * 56 + "']"), (57, "a" * 55 + "...")):
        with pytest.raises(TypeError, match=rf"^Adam: lr = \['{re.escape(shown)}: it must be"):
            optimizers.adam(lr=["a" * length])
    with pytest.raises(TypeError) as caught:
        optimizers.adam(lr=["a" * 100])
    assert str(caught.value) == f"Adam: lr = ['{'a' * 55}...: it must be a finite number at least 0."


@pytest.mark.parametrize(
    ("domain", "sentence"),
    [
        (Domain(), "a finite number"),
        (Domain(low=0), "a finite number at least 0"),
        (Domain(low=0, open_low=True), "a finite number above 0"),
        (Domain(high=2.5), "a finite number at most 2.5"),
        (Domain(low=0, high=1, open_high=True), "a finite number at least 0 and below 1"),
        (Domain(low=1, whole=True), "a whole number at least 1"),
        (Hyperparameter("n", "count", scale="whole"), "a whole number"),
        (Hyperparameter("n", "count", low=1, whole=True, scale="log"), "a whole number at least 1"),
        (switch("?"), "True or False"),
    ],
)
def test_the_domain_reads_as_the_end_of_a_sentence(domain, sentence):
    assert domain.allowed == sentence


def test_values_come_back_as_plain_numbers_or_arrays_that_cannot_be_changed():
    number = Domain().check("a", np.float32(0.5))
    assert type(number) is float
    assert number == 0.5
    whole = Domain(whole=True).check("a", 3.0)
    assert type(whole) is int
    assert whole == 3
    flag = switch("").check("a", np.True_)
    assert flag is True

    mine = np.array([1.0, 2.0])
    kept = Domain().check("a", mine)
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


def test_formulas_are_equal_if_all_their_fields_are():
    swept = optimizers.adam(lr=[0.1, 0.2])
    assert swept == optimizers.adam(lr=[0.1, 0.2])
    assert {swept: 1}[optimizers.adam(lr=[0.1, 0.2])] == 1
    others = [
        optimizers.adam(lr=[0.1, 0.3]),
        optimizers.adam(lr=[[0.1], [0.2]]),
        optimizers.adam(lr=0.1),
        optimizers.amsgrad(lr=[0.1, 0.2]),
        optimizers.adam(lr=[0.1, 0.2], bias_correction=False),
        Formula(optimizers.adam.function, "Adam", optimizers.adam.latex, optimizers.adam.source, swept.values),
        *(replace(swept, **{name: "other"}) for name in ("label", "latex", "source")),
        surfaces.beale,
        *(replace(surfaces.beale, **{name: (-1, 1)}) for name in ("x_range", "y_range", "start")),
        replace(surfaces.beale, axes=("w", "b")),
        *(replace(surfaces.beale, **{name: ((1, 1),)}) for name in ("minima", "saddles")),
        "adam",
    ]
    for i, other in enumerate(others):
        assert swept != other
        assert all(other != another for another in others[:i])
    assert len({swept, *others}) == len(others) + 1


def test_values_are_checked_wherever_they_come_from():
    slow = MappingProxyType({"lr": "slow"})
    with pytest.raises(TypeError, match=r"^Adam: lr = 'slow': it must be a finite number at least 0\.$"):
        replace(optimizers.adam, values=slow)
    with pytest.raises(TypeError, match=r"^Adam: values = 5: it must be one of kind Mapping, such as {'lr': 0\.1}\.$"):
        replace(optimizers.adam, values=5)
    for made in (
        lambda: replace(optimizers.adam, function=optimizers.sgd.function),
        lambda: Optimizer(optimizers.sgd.function, "Adam", "", "this test", optimizers.adam.values),
    ):
        with pytest.raises(TypeError, match=r"^Adam has no hyperparameter 'beta1'; it has: lr, weight_decay\.$"):
            made()


def test_a_domain_is_open_where_it_says_and_whole_where_its_slider_is():
    low, high = Domain(low=0, open_low=True), Domain(high=1, open_high=True)
    for domain, bound, inside in ((low, 0.0, 5e-324), (high, 1.0, 0.5)):
        assert domain.check("x", inside) == inside
        with pytest.raises(ValueError, match=r"^x = [01]: it must be a finite number"):
            domain.check("x", bound)
    counted = Hyperparameter("n", "steps", scale="whole")
    assert counted.check("n", 2.0) == 2
    with pytest.raises(ValueError, match=r"^n = 1\.5: it must be a whole number"):
        counted.check("n", 1.5)


@pytest.mark.parametrize("kind", [Formula, Optimizer, Schedule, Surface])
@pytest.mark.parametrize(
    "other",
    [optimizers.adam, surfaces.beale, partial(halving), Optimizer, 3],
    ids=["optimizer", "surface", "partial", "class", "number"],
)
def test_a_formula_is_of_a_plain_function(kind, other):
    with pytest.raises(TypeError, match=r"^Mine: function = .*: it must be a plain function\.$"):
        kind(other, "Mine", "", "this test")


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (typeset.box, "Formula"),
        (typeset.code, "Formula"),
        (conventions.known, "Formula"),
        (lambda other: conventions.as_in(other, "Keras"), "Formula"),
        (conventions.convention, "Formula"),
        (lambda other: typeset.worked(other, 1, 1.0, 1.0, {}), "Optimizer"),
        (curvature.threshold, "Optimizer"),
    ],
)
@pytest.mark.parametrize("other", [3, None, "Adam", optimizers.adam.function])
def test_what_is_no_formula_is_named(call, kind, other):
    with pytest.raises(TypeError, match=rf"^\w+ = .*: it must be one of kind {kind}, such as optimizers\.adam\.$"):
        call(other)


def test_a_signature_is_read_once_for_all_copies():
    assert optimizers.adam.hyperparameters is optimizers.adam(lr=1).hyperparameters
    assert optimizers.adam.defaults is optimizers.adam(lr=1).defaults
    assert inspect.signature(optimizers.adam) is inspect.signature(optimizers.adam(lr=1))
    assert optimizers.adam.__doc__ is optimizers.adam(lr=1).__doc__


def test_a_formula_prints_as_the_call_that_makes_it():
    assert repr(optimizers.momentum) == "momentum()"
    assert repr(surfaces.quadratic(a=1)) == "quadratic(a=1.0)"
    assert repr(optimizers.momentum(average=True, lr=[0.001, 1])) == "momentum(lr=array([0.001, 1.   ]), average=True)"
    assert repr(schedules.staircase(steps_per_stair=20, gamma=0.25)) == "staircase(gamma=0.25)"


def test_the_shape_is_what_the_values_broadcast_to():
    assert optimizers.adam.shape == ()
    assert optimizers.adam(lr=[[1.0], [2.0]], beta1=[0.1, 0.2, 0.3]).shape == (2, 3)


def test_an_argument_without_a_hyperparameter_is_a_mistake_of_the_author():
    def bare(p, *, a: float = 1.0):
        """Nothing."""

    with pytest.raises(TypeError, match=r"bare: a needs an Annotated\[...\] with a Hyperparameter"):
        _ = Formula(bare, "Bare", "x", "here").hyperparameters


def test_the_reading_of_a_signature():
    # What else an annotation holds is not read: of two hyperparameters the first counts.
    second = Hyperparameter("b", "second")

    def line(
        p,
        *,
        a: Annotated[float, "other", Hyperparameter("a", "slope"), second] = 2.0,
        up: Annotated[bool, switch("?"), second] = True,
    ):
        """A line."""

    formula = Formula(line, "Line", "a p", "here")
    assert list(formula.hyperparameters) == ["a", "up"]
    assert [h.meaning for h in formula.hyperparameters.values()] == ["slope", "?"]
    assert formula.defaults == {"a": 2.0, "up": True}
    assert formula.doc == "A line."


def test_a_bool_in_the_signature_makes_a_switch():
    def line(p, *, up: Annotated[bool, Hyperparameter("", "upwards")] = True):
        """A line."""

    assert Formula(line, "Line", "x", "here").hyperparameters["up"] == switch("upwards")


def test_a_default_outside_its_domain_is_a_mistake_of_the_author():
    def bare(p, *, a: Annotated[float, Hyperparameter("a", "slope", low=1)] = 0.5):
        """Nothing."""

    with pytest.raises(ValueError, match=r"^bare: a = 0.5: it must be a finite number at least 1\.$"):
        Formula(bare, "Bare", "x", "here")


# What help() shows.


def test_signature_and_help_show_names_defaults_and_docstring():
    signature = inspect.signature(optimizers.momentum)
    assert str(signature) == (
        "(*, lr=0.001, beta=0.9, dampening=0.0, weight_decay=0.0, average=False, lr_in_velocity=False, decoupled=False)"
    )
    assert inspect.signature(optimizers.momentum(lr=1)) == signature
    text = pydoc.render_doc(optimizers.momentum, renderer=pydoc.plaintext)
    assert f"momentum{signature}" in text
    assert "Heavy ball" in text
    assert "lr: learning rate; a finite number at least 0." in text
    assert "average: " in text
    assert "A formula for the next step." in Optimizer.__doc__


@every_formula
def test_every_formula_documents_itself(formula):
    assert inspect.getdoc(formula).startswith(f"{formula.function.__name__}(")
    assert formula.doc in inspect.getdoc(formula)
    assert list(inspect.signature(formula).parameters) == list(formula.values)


# One's own.


def _throwaway(**names):
    def mine(t, x, g, *, lr: LearningRate = 0.5):
        """Mine."""
        return -lr * g, {"effective_lr": lr} | names

    return mine


@pytest.mark.parametrize("name", ["x", "f", "g", "step"])
def test_an_optimizer_may_not_name_what_every_row_has(name):
    with pytest.raises(ValueError, match=f"^mine names a quantity '{name}'"):
        optim.optimizer("Mine", latex="x", source="this test")(_throwaway(**{name: 1.0}))
    assert "Mine" not in OPTIMIZERS


@pytest.mark.parametrize("name", ["x", "f", "g", "step"])
def test_nor_may_it_behind_a_switch_or_at_a_later_step(name):
    def late(t, x, g, *, lr: LearningRate = 0.5):
        return -lr * g, {"effective_lr": lr} | ({name: 0.0} if t > 1 else {})

    def hidden(t, x, g, *, lr: LearningRate = 0.5, on: Annotated[bool, switch("?")] = False):
        return -lr * g, {"effective_lr": lr} | ({name: 0.0} if on else {})

    for optimizer in (Optimizer(late, "Late", "", "here"), Optimizer(hidden, "Hidden", "", "here")(on=True)):
        for run in (optim.trace, optim.sweep):
            with pytest.raises(ValueError, match=rf"^\w+ names a quantity '{name}'"):
                run(optimizer, surfaces.beale, steps=2)


FORMS = {
    optim.optimizer: "(t, x, g, *state, **hyperparameters) -> (step, names)",
    optim.schedule: "(t, **hyperparameters) -> factor",
    optim.surface: "(p, **hyperparameters) -> (f, (df/dx, df/dy))",
}


def _stepping(step, **names):
    def stepping(t, x, g, *, lr: LearningRate = 0.5):
        return step, {"effective_lr": lr} | names

    return stepping


@pytest.mark.parametrize(
    ("decorator", "function", "why"),
    [
        (optim.optimizer, _stepping(np.ones(3)), "step = array([1., 1., 1.]) is no array of numbers of shape (2, 1)"),
        (optim.optimizer, _stepping("a"), "step = 'a' is no array of numbers of shape (2, 1)"),
        (optim.optimizer, _stepping(0.0, m=None), "m = None is no array of numbers of shape (2, 1)"),
        (optim.schedule, lambda t: "a", "factor = 'a' is no array of numbers of shape ()"),
        (optim.schedule, lambda t: [1.0, 2.0], "factor = [1.0, 2.0] is no array of numbers of shape ()"),
        (optim.schedule, optimizers.adam.function, "adam() missing 2 required positional arguments: 'x' and 'g'"),
        (optim.schedule, surfaces.beale.function, "cannot unpack non-iterable int object"),
        (optim.surface, optimizers.adam.function, "adam() missing 2 required positional arguments: 'x' and 'g'"),
        (optim.surface, schedules.constant.function, "cannot unpack non-iterable float object"),
        (optim.surface, lambda p: (p[0], ("a", p[1])), "df/dx = 'a' is no array of numbers of shape (3,)"),
    ],
)
def test_a_function_of_another_form_is_refused(decorator, function, why):
    with pytest.raises(TypeError) as caught:
        decorator("Mine", source="this test")(function)
    assert str(caught.value) == f"{function.__name__} must be of the form {FORMS[decorator]}: {why}."
    assert not any("Mine" in registry for registry in (OPTIMIZERS, SCHEDULES, SURFACES))


def test_an_optimizer_that_is_not_as_promised_is_refused():
    def forgets(t, x, g, m=0.0, *, lr: LearningRate = 0.5):
        return -lr * g, {"effective_lr": lr}

    def hides(t, x, g, *, lr: LearningRate = 0.5):
        return -lr * g, {}

    def rateless(t, x, g):
        return -g, {"effective_lr": 1.0}

    def unstarted(t, x, g, m, *, lr: LearningRate = 0.5):
        return -lr * g, {"m": m, "effective_lr": lr}

    def misnamed(t, x, g, m="start", *, lr: LearningRate = 0.5):
        return -lr * g, {"m": m, "effective_lr": lr}

    def stateless(t, x, g, m=None, *, lr: LearningRate = 0.5):
        return -lr * g, {"m": 0.0, "effective_lr": lr}

    for function, error, message in [
        (stateless, TypeError, "stateless: m must start at a number or at a hyperparameter's name"),
        (forgets, ValueError, "forgets must return 'm' among its named quantities"),
        (hides, ValueError, "hides must return 'effective_lr' among its named quantities"),
        (rateless, TypeError, "rateless needs the hyperparameter lr"),
        (unstarted, TypeError, "unstarted: m must start at a number or at a hyperparameter's name"),
        (misnamed, TypeError, "misnamed: m must start at a number or at a hyperparameter's name"),
    ]:
        with pytest.raises(error, match=f"^{message}"):
            Optimizer(function, "Mine", "x", "this test")


def test_an_optimizer_is_tried_once_for_all_copies_at_one_point_of_the_plane():
    trials = []

    def mine(t, x, g, m="start", n=0.0, *, lr: LearningRate = 0.5, start: LearningRate = 7.0):
        trials.append((t, x.shape, g.shape, m, n))
        return -lr * g, {"m": m, "n": n, "effective_lr": lr}

    Optimizer(mine, "Mine", "x", "this test")(lr=2)
    assert trials == [(1, (2, 1), (2, 1), 7, 0)]


@pytest.mark.parametrize(
    ("decorator", "registry", "function"),
    [
        (optim.optimizer, OPTIMIZERS, _throwaway()),
        (optim.schedule, SCHEDULES, lambda t: 1.0),
        (optim.surface, SURFACES, lambda p: (p[0] ** 2, (2 * p[0], 0 * p[1]))),
    ],
    ids=["optimizer", "schedule", "surface"],
)
def test_a_label_is_given_once(decorator, registry, function):
    made = decorator("Mine", latex="x", source="this test")(function)
    try:
        assert registry["Mine"] is made
        with pytest.raises(ValueError, match=r"^'Mine' is already the label of .*\."):
            decorator("Mine", latex="x", source="this test")(function)
        assert registry["Mine"] is made
    finally:
        registry.pop("Mine")


def test_what_pages_and_users_import_is_public():
    assert all(hasattr(optim, name) for name in optim.__all__)
    assert {"Optimizer", "optimizer", "Schedule", "schedule", "Surface", "surface", "averages", "ends"} <= {
        *optim.__all__
    }


@pytest.mark.parametrize("label", ["Warm-up, stable", "a;b", "lr=1", 3, None])
def test_a_label_is_text_without_a_mark_of_links(label):
    registry = {}
    with pytest.raises(ValueError, match=rf"^{label!r} is no label: it must be text without ',', ';' and '='\.$"):
        register(registry, replace(optimizers.sgd, label=label))
    assert not registry
