"""A formula as a graph: the function run on symbols that record what was computed from what.

``of(formula)`` runs a registered formula once, with a symbol for every argument, and returns its outputs as nodes: the
operation, a NumPy function by name, and what it was applied to.  Equal nodes are the same object, so what a formula
computes once is in the graph once.  From the graph the formula can be computed (``evaluate``), rewritten (``simplify``)
and typeset.

Nothing in a formula is written for this.  NumPy hands its ufuncs, ``where`` and ``clip`` to the symbols; a Python
``if`` on a symbol runs the formula once for each answer and joins the outputs with ``where``; arrays of a formula's own
become rows of nodes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import cache
from inspect import signature
from threading import Lock
from types import MappingProxyType
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from .averages import power
from .formula import Formula, expect, short
from .optimizers import Optimizer
from .surfaces import Surface

SYMBOL = "symbol"


class UndecidedError(TypeError):
    """Code asked whether a symbol is true; inside ``of`` both answers are followed."""

    def __init__(self, asked: "Node") -> None:
        super().__init__(f"{asked!r} is neither true nor false: it depends on symbols.")
        self.asked = asked


class _Traced(NDArrayOperatorsMixin):
    """What NumPy's functions, and with them Python's operators, may be applied to."""

    ndim: int

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options or ufunc.nout != 1:
            return NotImplemented
        return apply(ufunc.__name__, inputs)

    def __array_function__(self, function: Any, _: Any, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        if function is np.ndim:
            return self.ndim
        if function not in (np.where, np.clip) or len(args) != 3 or options:
            return NotImplemented
        return apply(function.__name__, args)

    @property
    def real(self) -> "_Traced":
        return self

    __hash__ = object.__hash__  # pyright: ignore[reportAssignmentType]  # its == makes a node


class Node(_Traced):
    """An operation on nodes and numbers; or, with ``op == SYMBOL``, an argument of the formula by name."""

    ndim = 0

    def __init__(self, op: str, args: tuple[Any, ...]) -> None:
        self.op, self.args = op, args

    def __bool__(self) -> bool:
        if self not in _answers.get():
            raise UndecidedError(self)
        return _answers.get()[self]

    def __repr__(self) -> str:
        return self.args[0] if self.op == SYMBOL else f"{self.op}({', '.join(map(repr, self.args))})"


class Row(_Traced):
    """An array of the formula's own after a symbol has met it: nodes and numbers side by side."""

    ndim = 1

    def __init__(self, items: Iterable[Any]) -> None:
        self.items = tuple(items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)


Value = Node | float

_answers: ContextVar[Mapping[Node, bool]] = ContextVar(
    "answers to the ifs of the formula being run", default=MappingProxyType({})
)
_nodes: WeakValueDictionary[tuple[Any, ...], Node] = WeakValueDictionary()
_making = Lock()


def _key(arg: Any) -> int | str:
    """Equal for the same node and for numbers equal to the last bit."""
    return id(arg) if isinstance(arg, Node) else repr(arg)


def _node(op: str, args: tuple[Any, ...]) -> Node:
    key = (op, *map(_key, args))
    with _making:
        node = _nodes.get(key)
        if node is None:
            node = _nodes[key] = Node(op, args)
        return node


def symbol(name: str) -> Node:
    """The symbol of that name, the same object each time.

    >>> symbol("x") * 2 + 1
    add(multiply(x, 2.0), 1.0)
    """
    return _node(SYMBOL, (name,))


def apply(op: str, inputs: Sequence[Any]) -> Any:
    """What the NumPy function of that name makes of nodes and numbers; of numbers only, a number.

    >>> apply("maximum", [symbol("x"), 0]), apply("maximum", [3, 0])
    (maximum(x, 0.0), 3.0)
    """
    lengths = [len(list(i)) for i in inputs if np.ndim(i)]
    if lengths:
        columns = (i if np.ndim(i) else [i] * lengths[0] for i in inputs)
        return Row(apply(op, items) for items in zip(*columns, strict=True))
    args = tuple(i if isinstance(i, Node) else float(i) for i in inputs)
    if not any(isinstance(arg, Node) for arg in args):
        return float(function(op)(*args))
    if op == "where" and (not isinstance(args[0], Node) or _key(args[1]) == _key(args[2])):
        return args[2] if _key(args[0]) == "0.0" else args[1]
    return _node(op, args)


def function(op: str) -> Callable[..., Any]:
    """The function on numbers that an operation stands for.

    Raises:
        ValueError: NumPy has none of that name.

    >>> function("maximum")
    <ufunc 'maximum'>
    """
    found = power if op == "power" else getattr(np, str(op), None)
    if not callable(found):
        raise ValueError(f"op = {short(op)}: it must be the name of a function of NumPy's, such as 'maximum'.")
    return found


def of(formula: Formula) -> Mapping[str, Value]:
    """The outputs of a formula by name, as nodes over its arguments; every hyperparameter, switches too, is a symbol.

    Returns:
        Of an optimizer ``step`` and its names, over t, x, g and the state's names; of a schedule ``factor``, over t;
        of a surface ``f``, ``gx`` and ``gy``, over x and y.

    Raises:
        TypeError: it is no formula.

    >>> from optim import surfaces
    >>> of(surfaces.monkey_saddle)["gy"]
    multiply(multiply(-6.0, x), y)
    """
    return _of(type(expect("formula", formula, Formula, "optimizers.adam")), formula.function)


@cache
def _of(kind: type[Formula], function: Callable[..., Any]) -> Mapping[str, Value]:
    parameters = signature(function).parameters.values()
    given = [symbol(p.name) for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    named = {p.name: symbol(p.name) for p in parameters if p.kind is p.KEYWORD_ONLY}

    def run() -> dict[str, Value]:
        if issubclass(kind, Surface):
            f, (gx, gy) = function((symbol("x"), symbol("y")), **named)
            return {"f": f, "gx": gx, "gy": gy}
        outputs = function(*given, **named)
        return {"step": outputs[0], **outputs[1]} if issubclass(kind, Optimizer) else {"factor": outputs}

    return MappingProxyType(_both_ways(run, {}))


def _both_ways(run: Callable[[], dict[str, Value]], answers: Mapping[Node, bool]) -> dict[str, Value]:
    """What ``run`` returns, its ifs answered in every way that ``answers`` leaves open."""
    before = _answers.set(answers)
    try:
        return run()
    except UndecidedError as question:
        asked = question.asked
    finally:
        _answers.reset(before)
    yes, no = (_both_ways(run, {**answers, asked: answer}) for answer in (True, False))
    joined: dict[tuple[int | str, int | str], Value] = {}
    return {name: _joined(asked, yes[name], no[name], joined) for name in yes}


def _joined(asked: Node, yes: Value, no: Value, joined: dict[tuple[int | str, int | str], Value]) -> Value:
    """``yes`` where ``asked`` holds, else ``no``; what the two have in common is not repeated."""
    key = _key(yes), _key(no)
    if key not in joined:
        match yes, no:
            case Node(), Node() if yes.op == no.op != SYMBOL:
                args = (_joined(asked, *pair, joined) for pair in zip(yes.args, no.args, strict=True))
                joined[key] = apply(yes.op, tuple(args))
            case _:
                joined[key] = apply("where", (asked, yes, no))
    return joined[key]


def order(outputs: Iterable[Any]) -> list[Node]:
    """All nodes that the outputs are made of, each once, after its arguments.

    >>> order([symbol("a") * symbol("b") + 1])
    [a, b, multiply(a, b), add(multiply(a, b), 1.0)]
    """
    found: dict[Node, None] = {}
    waiting = [node for node in outputs if isinstance(node, Node)][::-1]
    while waiting:
        node = waiting[-1]
        below = [arg for arg in node.args if isinstance(arg, Node) and arg not in found]
        if below and node not in found:
            waiting += reversed(below)
        else:
            found[waiting.pop()] = None
    return list(found)


def symbols(value: Any) -> set[str]:
    """The names of the symbols in a node.

    >>> sorted(symbols(symbol("a") * symbol("b") + 1))
    ['a', 'b']
    """
    return {node.args[0] for node in order([value]) if node.op == SYMBOL}


def evaluate_all(
    outputs: Iterable[Any], values: Mapping[str, Any], known: Mapping[Node, Any] | None = None
) -> dict[Node, Any]:
    """What every node is worth where each symbol has its value; the nodes ``known`` are taken as they are given.

    The operations are those of the formula, in its order, so the numbers are the function's to the last bit.
    Values may themselves be nodes: that substitutes.

    Raises:
        ValueError: a symbol has no value.

    >>> worth = evaluate_all([symbol("a") * symbol("b")], {"a": 2.0, "b": 3.0})
    >>> {node: float(value) for node, value in worth.items()}
    {a: 2.0, b: 3.0, multiply(a, b): 6.0}
    """
    expect("values", values, Mapping, "{'x': 1.0}")
    worth: dict[Node, Any] = dict(known or {})
    for node in order(outputs):
        if node not in worth:
            if node.op == SYMBOL:
                if node.args[0] not in values:
                    raise ValueError(f"values: there is none for the symbol {node}.")
                worth[node] = values[node.args[0]]
            else:
                worth[node] = function(node.op)(*(worth[a] if isinstance(a, Node) else a for a in node.args))
    return worth


def evaluate(value: Any, values: Mapping[str, Any]) -> Any:
    """What a node is worth where each symbol has its value: a number, or an array if a value is one.

    >>> evaluate(symbol("a") * symbol("b") + 1, {"a": 2.0, "b": np.array([1.0, 3.0])}).tolist()
    [3.0, 7.0]
    """
    return evaluate_all([value], values)[value] if isinstance(value, Node) else value


def program(value: Any, values: Mapping[str, float]) -> list[list[Any]]:
    """The operations behind a node as data that another language can run; the symbols in ``values`` are numbers in it.

    Each is ``[op, place, ...]``, with the places of its arguments in the list, which stand before it, or
    ``["number", 2.5]`` or ``["symbol", "x"]``.  The last is the node's own.

    >>> program(symbol("x") * symbol("a"), {"a": 2.0})
    [['symbol', 'x'], ['number', 2.0], ['multiply', 0, 1]]
    """
    expect("values", values, Mapping, "{'x': 1.0}")
    steps: list[list[Any]] = []
    places: dict[int | str, int] = {}

    def place(arg: Any) -> int:
        if _key(arg) not in places:
            steps.append([SYMBOL, arg.args[0]] if isinstance(arg, Node) else ["number", float(arg)])
            places[_key(arg)] = len(steps) - 1
        return places[_key(arg)]

    whole = evaluate(value, {name: values.get(name, symbol(name)) for name in symbols(value)})
    for node in order([whole]):
        if node.op != SYMBOL:
            args = [place(arg) for arg in node.args]
            places[_key(node)] = len(steps)
            steps.append([node.op, *args])
    place(whole)
    return steps


def simplify(
    outputs: Mapping[str, Value], values: Mapping[str, Any], known: Mapping[Node, Any] | None = None
) -> dict[str, Value]:
    """The outputs as short as they are where some symbols have these values; equal to them for finite numbers.

    A switch, and a value of 0, stands as it is and takes its term with it.  Other values only decide: which branch of
    a ``where`` is taken, and which argument of a maximum or minimum counts, if that depends on ``values`` alone.  Truth
    values in ``known`` decide too.

    >>> from optim import optimizers
    >>> simplify(of(optimizers.sgd), {"weight_decay": 0.0})["step"]
    multiply(negative(lr), g)
    """
    expect("outputs", outputs, Mapping, "graph.of(optimizers.adam)")
    expect("values", values, Mapping, "{'lr': 0.1}")
    single = {name: value for name, value in values.items() if np.ndim(value) == 0}
    standing = {symbol(name): float(value) for name, value in single.items() if value == 0 or type(value) is bool}
    shorter = _short(outputs.values(), single, {**standing, **(known or {})})
    return {name: shorter.get(value, value) if isinstance(value, Node) else value for name, value in outputs.items()}


def _short(outputs: Iterable[Any], values: Mapping[str, Any], known: Mapping[Node, Any]) -> dict[Node, Any]:
    named = dict.fromkeys(value for value in outputs if isinstance(value, Node))
    short, kept = dict(known), dict(known)
    for node in order(named):
        if node not in short:
            args = [short[arg] if isinstance(arg, Node) else arg for arg in node.args]
            short[node] = node if node.op == SYMBOL else _shorter(node.op, args, values, kept)
        if node in named and isinstance(short[node], Node):
            kept[short[node]] = short[node]  # what has a name keeps it inside the branches of a where
    return short


def _shorter(op: str, args: list[Any], values: Mapping[str, Any], known: Mapping[Node, Any]) -> Any:
    match op, args:
        case ("add" | "subtract", [a, float(0.0)]) | ("multiply" | "divide", [a, float(1.0)]):
            return a
        case ("add", [float(0.0), a]) | ("multiply", [float(1.0), a]):
            return a
        case ("subtract", [float(0.0), a]):
            return apply("negative", [a])
        case ("multiply", [float(0.0), _] | [_, float(0.0)]) | ("divide", [float(0.0), _]):
            return 0.0
        case ("sqrt", [Node(op="multiply", args=(a, b))]) if a is b:
            return apply("absolute", [a])
        case ("power", [float(0.0), Node(op="symbol", args=("t",))]):  # t counts from 1
            return 0.0
        case ("maximum" | "minimum", [a, b]) if _decided(args, values):
            return a if evaluate(a, values) == evaluate(apply(op, args), values) else b
        case (
            "divide",
            [Node(op="multiply", args=(a, Node(op="where", args=(c, *tops)))), Node(op="where", args=(d, *bottoms))],
        ) if c is d:
            yes, no = (_shorter("divide", list(pair), values, known) for pair in zip(tops, bottoms, strict=True))
            return apply("multiply", [a, apply("where", [c, yes, no])])
        case ("where", [Node() as c, yes, no]):
            if _decided([c], values):
                return yes if evaluate(c, values) else no
            yes = _short([yes], values, {**known, **_granted(c, values), c: 1.0}).get(yes, yes)
            no = _short([no], values, {**known, c: 0.0}).get(no, no)
            return apply(op, [c, yes, no])
        case _:
            return apply(op, args)


def _decided(args: list[Any], values: Mapping[str, Any]) -> bool:
    return all(name in values for arg in args for name in symbols(arg))


def _granted(condition: Node, values: Mapping[str, Any]) -> dict[Node, Any]:
    """What follows where a condition holds: of a > b that a is their maximum, of a <= b that a/b is at most 1."""
    match condition.op, condition.args:
        case "greater", (a, b):
            return {apply("maximum", pair): a for pair in ((a, b), (b, a))}
        case "less_equal", (a, b) if _decided([b], values) and evaluate(b, values) > 0:
            return {apply("minimum", (apply("divide", (a, b)), 1.0)): apply("divide", (a, b))}
        case _:
            return {}
