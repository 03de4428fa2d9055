"""One's own formulas, as README shows how to add them: what does not work is refused where it is given."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import optim
from optim import (
    Batches,
    Domain,
    Hyperparameter,
    Network,
    Task,
    conventions,
    curvature,
    datasets,
    denominators,
    descent,
    ends,
    graph,
    lines,
    optimizers,
    probe,
    surfaces,
    theory,
    typeset,
)
from optim.optimizers import OPTIMIZERS, LearningRate, optimizer
from optim.schedules import SCHEDULES, schedule
from optim.surfaces import SURFACES, surface
from optim.theory import Recurrence


def own(decorator, registry, function, label="Own"):
    try:
        return decorator(label, source="this test")(function)
    finally:
        registry.pop(label, None)


def positional(t, x, g, m=0.0, /, *, lr: LearningRate = 0.1):
    m = 0.9 * m + g
    return -lr * m, {"m": m, "effective_lr": lr}


def starred(t, x, g, *state, lr: LearningRate = 0.1):
    return -lr * g, {"effective_lr": lr}


def named(t, x, g, *, lr: LearningRate = 0.1, **more):
    return -lr * g, {"effective_lr": lr}


def without(t, x, g, *, lr: LearningRate):
    return -lr * g, {"effective_lr": lr}


def many(t, x, g, m=[0.0, 0.0], *, lr: LearningRate = 0.1):  # noqa: B006
    return -lr * g, {"m": m, "effective_lr": lr}


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (positional, "positional: t must be an ordinary or a keyword-only argument."),
        (starred, "starred: state must be an ordinary or a keyword-only argument."),
        (named, "named: more must be an ordinary or a keyword-only argument."),
        (without, "without: lr needs a default value."),
        (many, "many: m must start at a number or at a hyperparameter's name."),
    ],
)
def test_an_optimizer_whose_state_or_values_cannot_be_read_off_is_refused(function, sentence):
    with pytest.raises(TypeError) as caught:
        own(optimizer, OPTIMIZERS, function)
    assert str(caught.value) == sentence


def later(names):
    def function(t, x, g, m=0.0, *, lr: LearningRate = 0.1):
        return -lr * g, {"m": m, "effective_lr": lr} if t < 3 else names

    return own(optimizer, OPTIMIZERS, function)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ({"effective_lr": 0.1}, "function must return 'm' among its named quantities."),
        ({"m": 0.0}, "function must return 'effective_lr' among its named quantities."),
        (
            {"m": 0.0, "effective_lr": 0.1, "odd": 0.0},
            "'odd' is a quantity of some rows and not of others: each row must have the same.",
        ),
    ],
)
def test_what_is_named_in_some_rows_only_is_refused(names, sentence):
    with pytest.raises(ValueError, match=sentence):
        optim.trace(later(names), surfaces.beale, steps=4)


def test_a_surface_has_its_gradient_in_its_numbers_whatever_the_loss_is_in():
    step = own(surface, SURFACES, lambda p: (np.where(p[0].real > 0, 1, 0), (0.5 * p[0], 0.5 * p[1])))
    f, g = step.at([1, 3])
    assert (f, g.tolist()) == (1, [0.5, 1.5])
    flat = own(surface, SURFACES, lambda p: (1.0, (0.0, 0.0)))
    assert flat.at(np.ones((2, 4)))[0].tolist() == [1, 1, 1, 1]


def test_a_loss_that_is_one_for_all_runs_is_refused():
    with pytest.raises(TypeError, match=r"of 3 points must be of shape \(3,\)"):
        own(surface, SURFACES, lambda p: (np.sum(p**2), (2 * p[0], 2 * p[1])))


def power(absolute):
    def function(p):
        x, y = p
        size = absolute(x)
        return size**1.5 + y * y, (1.5 * np.sqrt(size) * np.where(x.real > 0, 1, -1), 2 * y)

    return own(surface, SURFACES, function)


def test_second_derivatives_are_right_or_refused():
    right = power(lambda x: np.where(x.real > 0, x, -x))
    np.testing.assert_allclose(right.hessian([0.25, 1]), [[1.5, 0], [0, 2]], rtol=1e-12)
    with pytest.raises(ValueError, match=r"np.where\(x.real > 0, x, -x\)"):
        power(np.abs).hessian([0.25, 1])

    def steep(p):  # neither a large loss nor a large gradient hides that |x| has no complex step
        x, y = p
        return 1e9 + 10 * x + x * abs(x) / 2 + y * y / 2, (10 + abs(x), y)

    with pytest.raises(ValueError, match="no second derivatives"):
        own(surface, SURFACES, steep).hessian([0.25, 1])
    plane = own(surface, SURFACES, lambda p: (p[0] + np.sin(p[1]), (1 + 0 * p[0], np.cos(p[1]))))
    assert plane.hessian([0, 0]).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("original", surfaces.SURFACES.values(), ids=list(surfaces.SURFACES))
def test_our_own_second_derivatives_are_not_refused(original):
    assert original.hessian(original.start).shape == (2, 2)


def test_a_schedule_may_ask_if_a_step_is_late():
    late = own(schedule, SCHEDULES, lambda t: 1.0 if t < 10 else 0.1)
    assert late.at([1, 9, 10, 20]).tolist() == [1, 1, 0.1, 0.1]
    run = optim.trace(optimizers.sgd(lr=0.1), surfaces.quadratic, steps=30, schedule=late)
    assert optim.ends.outcome(surfaces.quadratic, run, late).kind == "creeping"
    np.testing.assert_array_equal(run["effective_lr"][:, 0], [0.1] * 9 + [0.1 * 0.1] * 22)


def test_a_schedule_is_tried_at_its_first_step_and_asked_for_all_steps_at_once():
    asked = []
    harmonic = own(schedule, SCHEDULES, lambda t: asked.append(np.array(t).tolist()) or 1 / t)
    assert asked == [1]
    assert harmonic.at([1, 2, 4]).tolist() == [1, 0.5, 0.25]
    assert asked == [1, [1, 2], [1, 2, 4]]


@pytest.mark.parametrize("label", ["", "  ", "a,b"])
def test_a_label_is_text_that_can_be_seen(label):
    with pytest.raises(ValueError, match="is no label"):
        own(schedule, SCHEDULES, lambda t: 1.0, label)


@pytest.mark.parametrize("given", [None, "no", 1.0, [0.5]])
def test_an_event_says_yes_or_no(given):
    with pytest.raises(TypeError, match=r"it must say for each run whether it holds"):
        optim.sweep(optimizers.sgd, surfaces.beale, steps=2, event=lambda row: given)


def test_what_all_share_cannot_be_changed_by_one():
    batches = Batches(20, 4, seed=[0, 1])
    for shared in (
        batches.at(1),
        batches.order(0),
        batches.seed,
        Batches(20, 4).order(0),
        datasets.digits()[0].classes,
    ):
        with pytest.raises(ValueError, match="read-only"):
            shared[...] = 0
    beta = np.array([0.5, 0.9])
    recurrence = Recurrence.heavy_ball(beta)
    beta[0] = 0
    assert recurrence == Recurrence.heavy_ball(np.array([0.5, 0.9]))
    with pytest.raises(ValueError, match="read-only"):
        recurrence.beta[0] = 0


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: Task(Network((1, 1)), datasets.old_faithful()), "Cross-entropy is of probabilities: each target of"),
        (
            lambda: Network((1, 1), loss="squared error").accuracy(np.zeros(2), datasets.old_faithful()),
            "The examples of Old Faithful have no classes",
        ),
        (lambda: Network((64, 5)).accuracy(np.zeros(325), datasets.digits()[0]), "has 64 inputs and 5 outputs"),
        (lambda: Network((64, 5)).mean_loss(np.zeros(325), datasets.digits()[0]), "has 64 inputs and 5 outputs"),
        (
            lambda: Network((2, 1), loss="squared error").loss_and_gradient(
                np.zeros((3, 5)), np.ones((5, 4, 2)), np.ones((1, 1))
            ),
            r"targets: the shape is \(1, 1\); it must end with \(4, 1\)",
        ),
        (lambda: Network((2, 1)).outputs(np.zeros(3), np.ones(2)), r"inputs: the shape is \(2,\); it must end with"),
        (lambda: datasets.one_hot([-1], 3), "classes = -1: it must be a whole number at least 0 and at most 2"),
        (lambda: datasets.one_hot([3], 3), "classes = 3"),
        (lambda: Batches(20, 4).epoch(0), "t = 0: it must be a whole number at least 1"),
        (lambda: Batches(20, 4).at(0), "t = 0"),
        (lambda: Batches(20, 4).epoch(1.5), "t = 1.5: it must be a whole number at least 1"),
        (lambda: Batches(20, 4).order(1.5), "epoch = 1.5: it must be a whole number"),
    ],
)
def test_what_does_not_fit_together_is_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_a_class_is_a_number():
    with pytest.raises(TypeError, match="classes"):
        datasets.one_hot([True], 3)


SWEPT = optim.sweep(optimizers.adam(lr=[0.1, 0.2, 0.3]), surfaces.beale, steps=3)
RUN = optim.trace(optimizers.sgd, surfaces.beale, steps=3)
LINE = Task(Network((1, 1), loss="squared error"), datasets.old_faithful().standardised())


@pytest.mark.parametrize(
    "call",
    [
        ends.diverged,
        lambda trace: ends.left(trace, surfaces.beale),
        lambda trace: ends.outcome(surfaces.beale, trace),
    ],
)
@pytest.mark.parametrize("trace", [None, 5, {}, [1], SWEPT, {"x": RUN["x"]}, RUN | {"f": RUN["x"]}])
def test_what_is_no_trace_is_named(call, trace):
    with pytest.raises(
        TypeError, match=r"^trace = .*: it must be the record of a run, such as optim\.trace returns\.$"
    ):
        call(trace)


@pytest.mark.parametrize("given", [None, "adam", 5, [], {}, object(), surfaces.beale])
@pytest.mark.parametrize(
    "call",
    [
        lambda given: probe.respond(given, np.ones(3)),
        probe.adaptive,
        probe.normalises,
        probe.plain,
        lambda given: denominators.denominator(given, RUN),
        lambda given: denominators.measured(given, RUN),
    ],
)
def test_what_is_no_optimizer_is_named(call, given):
    with pytest.raises(TypeError, match=r"^optimizer = .*: it must be one of kind Optimizer, such as optimizers\.adam"):
        call(given)


@pytest.mark.parametrize("given", [None, "x", 5, [1], {}, optimizers.adam])
@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (ends.minima, "surface .* Surface"),
        (lambda given: ends.left(RUN, given), "surface .* Surface"),
        (lambda given: ends.distance_to_minimum(given, (0, 0)), "surface .* Surface"),
        (lines.least_squares, "examples .* Examples"),
        (lambda given: lines.Line(given, Batches(4, 2)), "examples .* Examples"),
        (lambda given: lines.Line(datasets.old_faithful(), given), "batches .* Batches"),
        (Network((64, 10)).check, "examples .* Examples"),
        (lambda given: Network((64, 10)).mean_loss(np.zeros(650), given), "examples .* Examples"),
        (lambda given: curvature.sharpness(given, LINE.start), "task .* Task"),
    ],
)
def test_a_wrong_object_is_named(call, kind, given):
    name, kind = kind.split(" .* ")
    with pytest.raises(TypeError, match=f"^{name} = .*: it must be one of kind {kind}, such as "):
        call(given)


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: graph.of("x"), TypeError, "formula = 'x': it must be one of kind Formula, such as optimizers.adam."),
        (lambda: graph.evaluate(graph.symbol("a"), 5), TypeError, "values = 5: it must be one of kind Mapping"),
        (lambda: graph.program(graph.symbol("a"), None), TypeError, "values = None: it must be one of kind Mapping"),
        (lambda: graph.simplify({}, []), TypeError, r"values = \[\]: it must be one of kind Mapping"),
        (lambda: graph.simplify("x", {}), TypeError, "outputs = 'x': it must be one of kind Mapping"),
        (lambda: LINE.at(None), TypeError, "w = None: it must be an array of numbers"),
        (lambda: LINE.hessian_product("w", LINE.start), TypeError, "w = 'w': it must be an array of numbers"),
        (lambda: Batches(5, 2).order("x"), TypeError, "epoch = 'x': it must be a whole number at least 0"),
        (lambda: Batches(5, 2).order(-1), ValueError, "epoch = -1: it must be a whole number at least 0"),
        (lambda: datasets.one_hot([0], None), TypeError, "count = None: it must be a whole number at least 1"),
        (lambda: probe.respond(optimizers.adam, None), TypeError, "gradients: they must be an array of numbers"),
        (
            lambda: lines.Line(datasets.old_faithful(), Batches(272, 4)).at(5, 1),
            ValueError,
            r"w: its shape is \(\); it must be \(2, \*runs\)",
        ),
        (
            lambda: probe.respond(optimizers.adam, np.ones((3, 2)), np.ones((4, 2))),
            ValueError,
            r"x = .* is no array of numbers of shape \(3, 2\)",
        ),
        (
            lambda: denominators.denominator(optimizers.adam, {}, "adam"),
            TypeError,
            "maker = 'adam': it must be a function or None",
        ),
        (lambda: graph.function("nope"), ValueError, "op = 'nope': it must be the name of a function of NumPy's"),
        (lambda: graph.function(None), ValueError, "op = None: it must be the name"),
        (lambda: graph.function("pi"), ValueError, "op = 'pi': it must be the name"),
        (lambda: typeset.latex(5), TypeError, "name = 5: it must be one of kind str"),
        (lambda: typeset.latex("m", 1), TypeError, "index = 1: it must be one of kind str"),
        (lambda: typeset.plain(None), TypeError, "name = None: it must be one of kind str"),
        (lambda: typeset.number("1", 3), TypeError, "value = '1': it must be one of kind Real"),
        (lambda: typeset.number(1.0, 18), ValueError, "digits = 18: it must be a whole number at least 1 and at most"),
        (lambda: typeset.number(1.0, 0), ValueError, "digits = 0: it must be a whole number at least 1"),
        (lambda: typeset.number(1.0, None), TypeError, "digits = None: it must be a whole number"),
        (lambda: datasets.digits()[0].take([5000]), IndexError, "index 5000 is out of bounds"),
        (lambda: datasets.digits()[0].take([]), ValueError, r"Digits: inputs: the shape is \(0, 64\)"),
        (lambda: graph.evaluate(graph.symbol("a"), {}), ValueError, "values: there is none for the symbol a."),
        (lambda: ends.distance_to_minimum(surfaces.beale, "x"), TypeError, "x = 'x': it must be float64 numbers"),
        (lambda: ends.distance_to_minimum(surfaces.saddle, None), TypeError, "x = None: it must be float64 numbers"),
        (
            lambda: ends.distance_to_minimum(surfaces.beale, [1, 2, 3]),
            ValueError,
            r"x: its shape is \(3,\); it must be",
        ),
        (lambda: optim.ema([1.0], 0.9, "no"), TypeError, "bias_correction = 'no': it must be True or False."),
        (lambda: optim.ema([1.0], 0.9, start_at_first=1), TypeError, "start_at_first = 1: it must be True or False."),
        (lambda: Recurrence.heavy_ball(0.9, "no"), TypeError, "average = 'no': it must be True or False."),
        (lambda: Recurrence.nesterov(0.9, "no"), TypeError, "average = 'no': it must be True or False."),
        (lambda: curvature.sharpness(LINE, [1, "a"]), ValueError, "w = .* is no array of numbers of shape"),
        (lambda: curvature.sharpness(LINE, np.zeros(3)), ValueError, r"w: its shape is \(3,\); the network 1–1 has 2"),
        (lambda: curvature.sharpness(LINE, LINE.start, scale="x"), ValueError, "scale = 'x' is no array of numbers"),
        (lambda: curvature.sharpness(LINE, LINE.start, scale=-1), ValueError, "scale = -1: it must be above 0"),
        (
            lambda: curvature.sharpness(LINE, LINE.start, vector=[1] * 3),
            ValueError,
            "vector = .* is no array of numbers",
        ),
        (lambda: curvature.sharpness(LINE, LINE.start, iterations=0), ValueError, "iterations = 0: it must be a whole"),
        (
            lambda: curvature.threshold(optimizers.sgd, lr=-1),
            ValueError,
            "lr = -1: it must be a finite number at least 0",
        ),
        (lambda: Network((1, 1)).outputs("x", np.ones((3, 1))), TypeError, "w = 'x': it must be an array of numbers"),
        (lambda: Network((1, 1)).outputs(np.array(1.0), np.ones((3, 1))), ValueError, r"w: its shape is \(\); "),
        (lambda: Network((1, 1)).outputs(np.ones(2), [[1.0]]), TypeError, r"inputs = \[\[1.0\]\]: it must be an array"),
        (
            lambda: Network((2, 1)).outputs(np.ones(3), np.ones((3, 1))),
            ValueError,
            r"inputs: the shape is \(3, 1\); it",
        ),
        (lambda: Network((1, 1)).layers(np.ones(5)), ValueError, r"w: its shape is \(5,\); the network 1–1 has 2 "),
        (
            lambda: Network((1, 1)).loss_and_gradient(np.ones(2), np.ones((3, 1)), None),
            TypeError,
            "targets = None: it must be an array",
        ),
        (
            lambda: LINE.network.hessian_product(np.ones(2), "v", np.ones((3, 1)), np.ones((3, 1))),
            TypeError,
            "v = 'v': it must be an array of numbers",
        ),
        (
            lambda: conventions.as_in(optimizers.adam, ["Keras"]),
            ValueError,
            r"Adam has no conventions of \['Keras'\]; it",
        ),
        (lambda: optimizers.adam.step(1, 0.0, 1.0, {}), ValueError, "state: 'm' is missing; Adam keeps m, v."),
        (lambda: optimizers.adam.step(1, 0.0, 1.0, 5), TypeError, "state = 5: it must be a mapping, such as a row."),
        (
            lambda: typeset.worked(optimizers.adam, 1, 0.0, 1.0, {"m": 0}),
            ValueError,
            "state: 'v' is missing; Adam keeps",
        ),
        (lambda: denominators.denominator(optimizers.adam, 5), TypeError, "trace = 5: it must be one of kind Mapping"),
        (lambda: optimizers.adam.denominator(RUN), ValueError, "trace: it has no 'v_hat'; it must be one of Adam."),
        (
            lambda: denominators.measured(optimizers.adam, {}),
            ValueError,
            "trace: it has no 'g'; it must be one of Adam.",
        ),
        (lambda: Domain(low=2, high=1), ValueError, "low = 2, high = 1: they must be numbers, low not above high."),
        (lambda: Domain(low=np.nan), ValueError, "low = nan, high = inf: they must be numbers, low not above high."),
        (lambda: Domain(high="1"), TypeError, "low = -inf, high = '1': they must be numbers, low not above high."),
        (
            lambda: Hyperparameter("a", "", scale="lg"),
            ValueError,
            "scale = 'lg': it must be one of linear, log, decay,",
        ),
        (
            lambda: Hyperparameter("a", "", slider=(2, 1)),
            ValueError,
            r"slider = \(2, 1\): it must be two rising numbers",
        ),
        (lambda: Hyperparameter("a", "", slider=5), ValueError, "slider = 5: it must be two rising numbers"),
        (
            lambda: Hyperparameter("a", "", low=1, slider=(0, 2)),
            ValueError,
            "slider = 0: it must be a finite number at",
        ),
        (
            lambda: Hyperparameter("a", "", scale="log", slider=(0, 2)),
            ValueError,
            r"slider = \(0, 2\): .* above 0 for the",
        ),
        (
            lambda: optim.sweep(optimizers.sgd, surfaces.beale, executor=ThreadPoolExecutor),
            TypeError,
            r"executor = .*: it must be an executor, such as ThreadPoolExecutor\(\)",
        ),
        (lambda: replace(optimizers.sgd, recurs=5), TypeError, "SGD: recurs = 5: it must be a function or None."),
        (
            lambda: replace(optimizers.sgd, divides="eps"),
            TypeError,
            "SGD: divides = 'eps': it must be a function or None.",
        ),
    ],
)
def test_a_wrong_argument_is_named(call, error, sentence):
    with pytest.raises(error, match=f"^{sentence}"):
        call()


def test_a_variance_of_what_is_no_number_is_none():
    assert np.isnan(
        theory.sgd_stationary_variance(np.array([np.nan, 1.0, 1.0]), [1.0, np.nan, 1.0], [1, 1, np.nan])
    ).all()


def test_a_replaced_fact_is_seen():
    assert repr(replace(surfaces.beale, start=(0, 0))) == "replace(beale(), start=(0.0, 0.0))"
    divided = replace(optimizers.nadam, divides=optim.denominators.adam)
    assert repr(divided) == "replace(nadam(), divides=adam)", "a function is named, not where it lies in memory"
    assert (
        repr(replace(optimizers.adam(lr=1), label="A", recurs=None)) == "replace(adam(lr=1.0), label='A', recurs=None)"
    )
    assert repr(own(surface, SURFACES, lambda p: (p[0], (1.0, 0.0)))) == "<lambda>()"


LRS = np.linspace(0.01, 0.1, 5)


@pytest.mark.parametrize("block", [descent.BLOCK, 3])
@pytest.mark.parametrize(
    "event",
    [
        lambda row: row["f"].min() < 1,
        lambda row: row["f"] < row["f"].mean(),
        lambda row: row["f"] < np.max(row["f"], keepdims=True),
        lambda row: (row["f"] < 1).any(),
        lambda row: any(row["f"] < 1),
        lambda row: np.any(row["f"] < 1),
        lambda row: row["f"] < row["f"][0],
        lambda row: row["x"][:, 0] < 1,
        lambda row: row["f"].argmin() == 0,
        lambda row: row["f"] < min(row["f"].tolist()),
        lambda row: len(row["f"]) > 1,
    ],
)
def test_an_event_that_asks_of_all_runs_together_is_refused_in_blocks_or_not(monkeypatch, event, block):
    monkeypatch.setattr(descent, "BLOCK", block)
    with pytest.raises(TypeError, match=r"^event: it must "):
        optim.sweep(optimizers.sgd(lr=LRS), surfaces.quadratic, steps=3, event=event)


def test_an_event_may_reduce_the_coordinates(monkeypatch):
    def event(row):
        return (np.abs(row["x"]).max(axis=0) < 9.5) & (np.linalg.norm(row["x"], axis=0) < row["x"].sum(axis=0) + 20)

    hit = lambda: optim.sweep(optimizers.sgd(lr=LRS), surfaces.quadratic, steps=40, event=event)["hit"]  # noqa: E731
    whole = hit()
    monkeypatch.setattr(descent, "BLOCK", 2)
    np.testing.assert_array_equal(hit(), whole)
    assert np.isfinite(whole).any()


def bowl(shape=()):
    return SimpleNamespace(
        label="Bowl", shape=shape, dimensions=3, start=np.ones(3), at=lambda x, t: ((x * x).sum(axis=0) / 2, x),
        along=lambda steps: None,
    )  # fmt: skip


def test_an_own_objective_needs_block_only_where_it_has_runs_of_its_own(monkeypatch):
    whole = optim.sweep(optimizers.sgd(lr=LRS), bowl(), steps=3)
    monkeypatch.setattr(descent, "BLOCK", 2)
    np.testing.assert_array_equal(optim.sweep(optimizers.sgd(lr=LRS), bowl(), steps=3)["x"], whole["x"])
    with pytest.raises(TypeError, match=r"^surface = .*: as it has runs of its own, it needs block\(place\)"):
        optim.sweep(optimizers.sgd(lr=LRS), bowl((5,)), steps=3)


@pytest.mark.parametrize("block", [descent.BLOCK, 2])
@pytest.mark.parametrize("beta1", [0.9, np.array([0.5, 0.7, 0.8, 0.9, 0.95])])
def test_an_event_may_ask_of_what_is_one_for_all_runs(monkeypatch, block, beta1):
    monkeypatch.setattr(descent, "BLOCK", block)
    nadam = optimizers.nadam(lr=LRS, beta1=beta1)
    product = optim.trace(nadam, surfaces.quadratic, steps=40)["mu_product"][:, 0] < 0.3
    assert product.any(axis=0).all()
    for event in (lambda row: row["mu_product"] < 0.3, lambda row: 2 * row["mu_product"] < 0.6):
        swept = optim.sweep(nadam, surfaces.quadratic, steps=40, event=event)
        np.testing.assert_array_equal(swept["hit"], product.argmax(axis=0))


def test_of_a_single_run_an_event_may_ask_what_it_likes():
    ends = [
        optim.sweep(optimizers.sgd(lr=0.1), surfaces.quadratic, steps=40, event=event)
        for event in (lambda row: row["f"].max() < 9, lambda row: row["f"] < 9)
    ]
    assert ends[0]["hit"] == ends[1]["hit"] > 1


@pytest.mark.parametrize("none", [np.zeros((0, 2)), 1.0])
def test_a_stream_has_at_least_one_gradient(none):
    for call in (optim.replay, optim.probe.respond):
        with pytest.raises(ValueError, match=r"gradients: there must be at least one, along axis 0\."):
            call(optimizers.adam, none)
