"""A long single run as one Python loop over floats, which is written from the graphs of its optimizer and its surface.

On one number NumPy takes the better part of a microsecond for what Python's floats take some thirty nanoseconds for.
The operations are the formulas' own, in their own order, so the numbers are those of the loop in ``descent`` to the
last bit.  What depends on t alone is computed beforehand, for all t at once.
"""

import math
from collections.abc import Mapping
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np

from . import graph
from .formula import Array, Formula
from .graph import SYMBOL, Node
from .optimizers import Optimizer
from .surfaces import Surface

CHUNK = 4096
"""Rows that are held as Python's objects at a time."""

OVER = "_over_t"

_INFIX = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "greater": ">", "less": "<", "equal": "==",
    "greater_equal": ">=", "less_equal": "<=", "not_equal": "!=",
}  # fmt: skip
_WRITTEN = {
    "negative": "-{}", "absolute": "abs({})", "sqrt": "sqrt({})", "copysign": "copysign({}, {})",
    "where": "{1} if {0} else {2}", "maximum": "{0} if {0} >= {1} or {0} != {0} else {1}",
    "minimum": "{0} if {0} <= {1} or {0} != {0} else {1}",
}  # fmt: skip
_KNOWN = {"sqrt": math.sqrt, "copysign": math.copysign}


class _Part:
    """The lines of one formula, written for one coordinate or for both.

    Args:
        given: the names in the loop of the symbols that change with the run.
        fixed: the values of all others: a number, or an array over t.
    """

    def __init__(self, prefix: str, given: Mapping[str, str], fixed: Mapping[str, Any], scope: dict[str, Any]) -> None:
        self.lines: list[str] = []
        self._prefix, self._given, self._scope = prefix, given, scope
        self._names: dict[Any, str] = {}
        self._fixed: dict[Node, Any] = {graph.symbol(name): value for name, value in fixed.items()}

    def fixed(self, node: Any) -> Any:
        """The value of what does not change with the run; None of what does."""
        if not isinstance(node, Node):
            return node
        if node not in self._fixed:
            self._fixed[node] = None
            if node.op != SYMBOL:
                args = [self.fixed(arg) for arg in node.args]
                if all(arg is not None for arg in args):
                    self._fixed[node] = graph.function(node.op)(*args)
                elif node.op == "where" and args[0] is not None and np.ndim(args[0]) == 0:
                    self._fixed[node] = self.fixed(node.args[1] if args[0] else node.args[2])
        return self._fixed[node]

    def name(self, node: Any) -> str:
        """The name of a value in the loop, once the lines that compute it are written."""
        value = self.fixed(node)
        key = node if isinstance(node, Node) else repr(node)
        if key not in self._names:
            if value is not None:
                self._names[key] = f"{self._prefix}c{len(self._names)}"
                if np.ndim(value):
                    self._scope[self._names[key] + OVER] = value.tolist()
                else:
                    self._scope[self._names[key]] = float(value)
            elif node.op == SYMBOL:
                self._names[key] = self._given[node.args[0]]
            elif node.op == "where" and (asked := self.fixed(node.args[0])) is not None and np.ndim(asked) == 0:
                self._names[key] = self.name(node.args[1] if asked else node.args[2])
            else:
                text = self._text(node.op, [self.name(arg) for arg in node.args])
                self._names[key] = f"{self._prefix}{len(self._names)}"
                self.lines.append(f"{self._names[key]} = {text}")
        return self._names[key]

    def _text(self, op: str, args: list[str]) -> str:
        if op in _INFIX:
            return f"{args[0]} {_INFIX[op]} {args[1]}"
        if op in _WRITTEN:
            return _WRITTEN[op].format(*args)
        self._scope[op] = graph.function(op)
        return f"float({op}({', '.join(args)}))"


@lru_cache(maxsize=256)
def _compiled(source: str) -> CodeType:
    return compile(source, "a single run", "exec")


def record(
    optimizer: Optimizer, surface: Surface, start: Array, factors: Any, count: int, noise: Array | None = None
) -> dict[str, Array] | None:
    """The first ``count`` rows of a run, each name (count, 2) and ``f`` (count,).

    Args:
        surface: its hyperparameters, too, may be arrays over t, (count,).
        factors: of the schedule: 1.0, or (count,).
        noise: of the gradients, (count, 2).

    Returns:
        None where no such loop can be written, or where it divides by 0 or takes the root of a negative number, for
        which Python raises and NumPy has an answer.
    """
    try:
        with np.errstate(all="ignore"):
            return _run(optimizer, surface, start, factors, count, noise)
    except (ArithmeticError, ValueError, TypeError, AttributeError, KeyError):
        return None


def _run(
    optimizer: Optimizer, surface: Surface, start: Array, factors: Any, count: int, noise: Array | None
) -> dict[str, Array]:
    scope: dict[str, Any] = dict(_KNOWN)
    land = _Part("f", {"x": "x0", "y": "x1"}, _numbers(surface, count), scope)
    ground = [land.name(graph.of(surface)[name]) for name in ("f", "gx", "gy")]
    if noise is not None:
        for i in range(2):
            scope[f"n{i}{OVER}"] = noise[:, i].tolist()
            land.lines.append(f"g{i} = {ground[1 + i]} + n{i}")
        ground[1:] = "g0", "g1"
    outputs, numbers = graph.of(optimizer), _numbers(optimizer, count)
    fixed = {**numbers, "t": np.arange(1, count + 1), "lr": numbers["lr"] * factors}
    states = list(optimizer.state)
    sides = [
        _Part(f"{side}", {"x": f"x{i}", "g": ground[1 + i], **{name: f"s{k}{i}" for k, name in enumerate(states)}},
              fixed, scope)
        for i, side in enumerate("pq")
    ]  # fmt: skip
    moving = [name for name, node in outputs.items() if sides[0].fixed(node) is None]
    kept = {name: [side.name(outputs[name]) for side in sides] for name in {*moving, *states, "step"}}
    carried = ["x0", "x1", *(f"s{k}{i}" for k in range(len(states)) for i in range(2))]
    row = ["x0", "x1", *ground, *(one for name in moving for one in kept[name])]
    over = [name.removesuffix(OVER) for name in scope if name.endswith(OVER)]
    then = [f"x{i} + {kept['step'][i]}" for i in range(2)] + [one for name in states for one in kept[name]]
    head = (
        f"for {', '.join(over)}, in zip({', '.join(f'{name}{OVER}[a:b]' for name in over)}):"
        if over
        else "for _ in range(a, b):"
    )
    lines = [*land.lines, *sides[0].lines, *sides[1].lines, f"put(({', '.join(row)},))",
             f"{', '.join(carried)} = {', '.join(then)}"]  # fmt: skip
    state = ", ".join(carried)
    body = "\n".join(f"        {line}" for line in lines)
    source = f"def run(a, b, put, {state}):\n    {head}\n{body}\n    return {state}\n"
    exec(_compiled(source), scope)

    now = [*map(float, start), *(float(optimizer.state[name]) for name in states for _ in range(2))]
    table = np.empty((count, len(row)))
    for begin in range(0, count, CHUNK):
        rows: list[tuple[float, ...]] = []
        now = scope["run"](begin, min(begin + CHUNK, count), rows.append, *now)
        table[begin : begin + CHUNK] = rows
    found = {"x": table[:, :2], "f": table[:, 2], "g": table[:, 3:5]}
    found |= {name: table[:, 5 + 2 * i : 7 + 2 * i] for i, name in enumerate(moving)}
    for name, node in outputs.items():
        if name not in found:
            found[name] = np.broadcast_to(np.reshape(sides[0].fixed(node), (-1, 1)), (count, 2)).astype(float)
    return {name: np.ascontiguousarray(found[name]) for name in ["x", "f", "g", *outputs]}


def _numbers(formula: Formula, count: int) -> dict[str, Any]:
    """The hyperparameters of a single run, or arrays of them over t.

    Raises:
        TypeError: one is another array.
    """
    return {
        name: value if isinstance(value, bool) or np.shape(value) == (count,) else float(value)
        for name, value in formula.values.items()
    }
