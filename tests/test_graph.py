"""The graph of a formula is the formula: it computes the same numbers to the last bit, whatever the switches."""

import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from optim import OPTIMIZERS, SCHEDULES, SURFACES, graph
from optim.graph import UndecidedError, evaluate, symbol
from optim.schedules import Schedule

RUNS = 400


def switched(formulas):
    """Every formula with its switches in every position."""
    for formula in formulas:
        names = [name for name, h in formula.hyperparameters.items() if h.scale == "switch"]
        for positions in itertools.product([False, True], repeat=len(names)):
            yield formula(**dict(zip(names, positions, strict=True)))


def every(*registries):
    return pytest.mark.parametrize("formula", list(switched(f for r in registries for f in r.values())), ids=repr)


def drawn(formula, rng):
    """Values from the whole of each domain that its slider covers, both ends and 0 among them."""
    values = {}
    for name, h in formula.hyperparameters.items():
        if h.scale != "switch":
            low, high = h.slider
            some = low + (high - low) * rng.random(RUNS) ** 3
            some[:3] = low, high, h.low if h.low > -np.inf and not h.open_low else low
            values[name] = np.rint(some) if h.scale == "whole" else rng.permutation(some)
    return values


def evaluated(outputs, values):
    """What each output is worth, what they share computed once."""
    worth = graph.evaluate_all(outputs.values(), values)
    return {name: worth[node] if isinstance(node, graph.Node) else node for name, node in outputs.items()}


def same(ours, theirs):
    assert np.array_equal(*np.broadcast_arrays(ours, theirs), equal_nan=True)


@every(OPTIMIZERS)
def test_an_optimizer_is_its_graph(formula):
    for t in 1, 2, 7, 300:
        assert_graphed(formula, t)


def assert_graphed(formula, t):
    """The graph computes what the function does, to the last bit."""
    rng = np.random.default_rng(t)
    x, g, *past = rng.normal(size=(2 + len(formula.state), RUNS)) * 10.0 ** rng.integers(-12, 6, RUNS)
    g[:9] = 0, 0, 0, np.inf, np.nan, 1, 1, 1, 1
    x[:9] = 0, np.inf, np.nan, 0, 0, np.inf, -np.inf, np.nan, 0
    state = {name: np.abs(a) for name, a in zip(formula.state, past, strict=True)}
    some = drawn(formula, rng)
    for values in ({}, some, *({name: float(value[i]) for name, value in some.items()} for i in range(3))):
        optimizer = formula(**values)
        with np.errstate(all="ignore"):
            step, names = optimizer.step(t, x, g, state)
            outputs = graph.of(optimizer)
            given = {"t": t, "x": x, "g": g, **state, **optimizer.values}
            assert outputs.keys() == {"step", *names}
            ours = evaluated(outputs, given)
            for name, theirs in {"step": step, **names}.items():
                same(ours[name], theirs)


@every(SCHEDULES)
def test_a_schedule_is_its_graph(formula):
    rng = np.random.default_rng(1)
    for t in (1, 2, 5, 6, 50, 51, 99, 100, 101, 400):
        for values in ({}, drawn(formula, rng)):
            schedule = formula(**values)
            with np.errstate(all="ignore"):
                theirs = schedule.function(t, **schedule.values)
                same(evaluate(graph.of(schedule)["factor"], {"t": t, **schedule.values}), theirs)


@every(SURFACES)
def test_a_surface_is_its_graph(formula):
    rng = np.random.default_rng(2)
    p = np.stack([rng.uniform(*formula.x_range, RUNS), rng.uniform(*formula.y_range, RUNS)])
    p[:, :5] = [[0, 0, 1, np.inf, 300], [0, 1, 0, 1, 300]]
    for values in ({}, drawn(formula, rng)):
        surface = formula(**values)
        with np.errstate(all="ignore"):
            f, g = surface.at(p)
            ours = evaluated(graph.of(surface), {"x": p[0], "y": p[1], **surface.values})
            for name, theirs in (("f", f), ("gx", g[0]), ("gy", g[1])):
                same(ours[name], theirs)


# What a node is.

x, y, t = symbol("x"), symbol("y"), symbol("t")


def test_equal_nodes_are_one_node():
    assert x + 1 is x + 1.0
    assert np.sqrt(x * y) is np.sqrt(x * y)
    assert x * 0.0 is not x * -0.0
    assert x + y is not y + x
    assert symbol("x") is x


def test_what_nobody_holds_is_forgotten():
    before = len(graph._nodes)
    held = np.exp(symbol("forgotten") + 17)
    assert len(graph._nodes) == before + 3
    del held
    assert len(graph._nodes) == before


def test_numpy_and_python_make_the_same_nodes():
    assert np.float64(2) * x is 2 * x
    assert -x is np.negative(x)
    assert abs(x) is np.abs(x)
    assert x // 2 is np.floor_divide(x, 2)
    assert (x <= 1) is np.less_equal(x, 1)
    assert repr(np.where(x > 0, np.clip(x, 0, 1), x % 2)) == (
        "where(greater(x, 0.0), clip(x, 0.0, 1.0), remainder(x, 2.0))"
    )


def test_arrays_meet_symbols_item_by_item():
    row = np.array([1.0, 2.0, 3.0]) * x + np.array([0.0, 1.0, 2.0])
    assert np.ndim(row) == 1
    assert [evaluate(item, {"x": 5.0}) for item in row] == [5, 11, 17]
    assert evaluate(sum(np.where(row > 6, row, 0) * row), {"x": 5.0}) == 11**2 + 17**2


def test_a_symbol_is_neither_true_nor_false():
    with pytest.raises(UndecidedError, match=r"greater\(x, 0.0\) is neither true nor false"):
        bool(x > 0)


def test_arrays_of_different_lengths_do_not_meet():
    with pytest.raises(ValueError, match="argument 2 is longer"):
        _ = np.ones(2) * x + np.ones(3)


@pytest.mark.parametrize(
    "function",
    [
        np.cumsum,
        np.linalg.norm,
        np.add.reduce,
        np.modf,
        lambda a: np.add(a, 1, out=a),
        np.where,
        lambda a: np.clip(a, 0, None),
        lambda a: np.clip(a, 0, 1, out=a),
        lambda a: np.interp(a, [0, 1], [0, 1]),
    ],
)
def test_what_cannot_be_followed_is_refused(function):
    with pytest.raises(TypeError):
        function(x)


def schedule(function):
    return Schedule(function, "Test", "", "")


def test_ifs_are_followed_both_ways():
    def nested(t):
        if t < 3:
            return 1 / t if t > 1 else 5.0
        return 7.0 if t != 4 else 1 + t

    factor = graph.of(schedule(nested))["factor"]
    for at in (1, 2, 3, 4, 5):
        assert evaluate(factor, {"t": at}) == nested(at)


def test_an_answer_holds_throughout_a_run():
    def twice(t):
        first = 1.0 if t > 5 else 2.0
        return first + (10.0 if t > 5 else 20.0)

    assert repr(graph.of(schedule(twice))["factor"]) == "where(greater(t, 5.0), 11.0, 22.0)"


def test_what_the_answers_have_in_common_is_not_repeated():
    def late(t):
        start = t + 1 if t == 1 else t
        return np.sqrt(start) * np.sqrt(start)

    assert repr(graph.of(schedule(late))["factor"]).count("where") == 2
    assert len(graph.order(graph.of(schedule(late)).values())) == 6


def test_formulas_may_be_traced_at_the_same_time():
    def slow(i):
        def factor(t):
            first = t * 2 if t > i else t + 1
            time.sleep(1e-3)
            return first if t > i else -first

        return graph.of(schedule(factor))["factor"]

    with ThreadPoolExecutor(8) as pool:
        found = map(repr, pool.map(slow, range(16)))
    assert list(found) == [f"where(greater(t, {i}.0), multiply(t, 2.0), negative(add(t, 1.0)))" for i in range(16)]


# Computing and rewriting.


def test_order_puts_arguments_first():
    shared = x + 1
    nodes = graph.order([np.sqrt(shared) * shared, shared])
    assert [repr(node) for node in nodes] == [
        "x", "add(x, 1.0)", "sqrt(add(x, 1.0))", "multiply(sqrt(add(x, 1.0)), add(x, 1.0))",
    ]  # fmt: skip
    assert graph.order([3.0]) == []


def test_deep_graphs_need_no_recursion():
    node = x
    for _ in range(5000):
        node = node + 1
    assert evaluate(node, {"x": 0.5}) == 5000.5


def test_values_that_are_nodes_substitute():
    assert evaluate(np.exp(t * x), {"t": t + 1, "x": 2.0}) is np.exp((t + 1) * 2)
    assert evaluate(np.where(t > 1, x, y), {"t": 2.0, "x": x, "y": y}) is x
    assert evaluate(4.0, {}) == 4


def test_known_nodes_are_taken_as_given():
    node = np.sqrt(x + y) * 2
    assert graph.evaluate_all([node], {"x": 1.0, "y": 3.0}, {x + y: 25.0})[node] == 10


@pytest.mark.parametrize(
    ("node", "values", "short"),
    [
        (x * y + t, {"x": 0.0}, t),
        (t + y * x, {"x": 0.0}, t),
        (t - x, {"x": 0.0}, t),
        (x - t, {"x": 0.0}, -t),
        (x / t, {"x": 0.0}, 0.0),
        ((1 - x) * y, {"x": 0.0}, y),
        (y / (1 - x), {"x": 0.0}, y),
        (y / (1 - x**t), {"x": 0.0}, y),
        (t + y, {"y": 2.0}, t + y),
        (t + y, {"y": True}, t + 1),
        (t + y, {"y": np.zeros(3)}, t + y),
        (np.where(x > 1, t, y), {"x": 2.0}, t),
        (np.where(x > 1, t, y), {"x": 0.5}, y),
        (np.where(x > 1, t, t), {}, t),
        (np.where(x > t, t, y), {"x": 2.0}, np.where(x > t, t, y)),
        (np.maximum(x, 1) * t, {"x": 3.0}, x * t),
        (np.maximum(x, 1) * t, {"x": 0.5}, t),
        (np.minimum(x, 1) * t, {"x": 3.0}, t),
        (np.maximum(x, t), {"x": 3.0}, np.maximum(x, t)),
        (np.sqrt(t * t), {}, abs(t)),
        (np.where(t > x, np.maximum(t, x), np.maximum(x, t)), {}, np.where(t > x, t, np.maximum(x, t))),
        (np.where(t > x, 1, np.where(t > x, y, t)), {}, np.where(t > x, 1, t)),
        (np.where(t > x, (t > x) * y, (t > x) + t), {}, np.where(t > x, y, t)),
        (np.where(t <= x, np.minimum(t / x, 1), 1), {"x": 3.0}, np.where(t <= x, t / x, 1)),
        (np.where(t <= x, np.minimum(t / x, 1), 1), {"x": 0.5}, np.where(t <= x, t / x, 1)),
        (np.where(t <= x, np.minimum(t / x, 1), 1), {"x": -3.0}, np.where(t <= x, np.minimum(t / x, 1), 1)),
        # At t = -1 the quotient by -0 is infinite.
        (np.where(t <= x, np.minimum(t / x, 1), 1), {"x": -0.0}, np.where(t <= -0.0, np.minimum(t / -0.0, 1), 1)),
        (y * np.where(t > 5, x, 1) / np.where(t > 5, t, 1), {}, y * np.where(t > 5, x / t, 1)),
        (y * np.where(t > 5, x, 1) / np.where(t > 6, t, 1), {}, y * np.where(t > 5, x, 1) / np.where(t > 6, t, 1)),
    ],
)  # fmt: skip
def test_simplify(node, values, short):
    found = graph.simplify({"f": node}, values)["f"]
    assert found is short or (not isinstance(short, graph.Node) and found == short), found


def test_what_has_a_name_keeps_it_in_branches():
    r = np.where(t > 5, t - 5, 0)
    short = graph.simplify({"r": r, "f": np.where(t > 5, r * x, 1)}, {})
    assert short["f"] is np.where(t > 5, r * x, 1)
    assert graph.simplify({"f": np.where(t > 5, r * x, 1)}, {})["f"] is np.where(t > 5, (t - 5) * x, 1)


@every(OPTIMIZERS, SCHEDULES)
def test_what_is_simplified_computes_the_same(formula):
    rng = np.random.default_rng(3)
    outputs = graph.of(formula)
    given = {name: abs(rng.normal()) for node in outputs.values() for name in graph.symbols(node)}
    for i in range(4):
        values = {name: some[i] for name, some in drawn(formula, rng).items()}
        worth = {**given, "t": np.array([1.0, 2.0, 9.0, 70.0]), **formula(**values).values}
        with np.errstate(all="ignore"):
            short = evaluated(graph.simplify(outputs, formula(**values).values), worth)
            for name, long in evaluated(outputs, worth).items():
                np.testing.assert_allclose(*np.broadcast_arrays(short[name], long), rtol=1e-12)


def run_program(steps: list[list[Any]], values: dict[str, float]) -> Any:
    """What a program computes, by NumPy."""
    worth: list[Any] = []
    for op, *args in steps:
        if op in ("number", "symbol"):
            worth.append(args[0] if op == "number" else values[args[0]])
        else:
            worth.append(graph.function(op)(*(worth[place] for place in args)))
    return worth[-1]


@pytest.mark.parametrize("surface", SURFACES.values(), ids=lambda surface: surface.label)
def test_a_program_computes_a_surface_to_the_last_bit(surface):
    # Any values but the defaults, so that none of them is built in.
    changed = {name: 0.9 * value for name, value in surface.values.items() if isinstance(value, float)}
    surface = surface(**changed)
    steps = json.loads(json.dumps(graph.program(graph.of(surface)["f"], surface.values)))
    for share in (0.1, 0.37, 0.81):
        x, y = (low + share * (high - low) for low, high in (surface.x_range, surface.y_range))
        assert float(run_program(steps, {"x": x, "y": y})) == float(surface.at((x, y))[0])
