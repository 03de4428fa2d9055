"""Formulas as readers see them, made from the functions that run: LaTeX, symbols in Unicode, source.

``box`` is a formula as a paper prints it, with its switches as they stand; ``worked`` is one step of it in numbers;
``code`` is its source; ``latex`` and ``plain`` are the symbols of its names.
"""

import ast
import inspect
import math
import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from numbers import Real
from types import FunctionType
from typing import Any, TypeGuard

import numpy as np

from .formula import Domain, Formula, expect
from .graph import SYMBOL, Node, Value, apply, evaluate, evaluate_all, of, order, simplify, symbol, symbols
from .optimizers import Optimizer
from .schedules import Schedule

DIGITS = (4, 5, 6, 8, 10, 12, 15, 17)
"""How many significant digits the numbers of an equation may have: the fewest that make it right; 17 are all."""

_DIGITS = Domain(low=1, high=17, whole=True)

PLAIN = range(-3, 6)
"""The powers of ten at which a number is written out, in prose and on axes too; any other stands as m · 10ᵖ."""

# Symbols.

QUANTITIES = {
    "v_max": r"v^{\max}",
    "g_mean": r"\bar g",
    "mu_product": r"\bar\mu",
    "delta": r"\Delta",
    "rho_inf": r"\rho_\infty",
    "E_g2": "E[g^2]",
    "E_delta2": r"E[\Delta^2]",
    "effective_lr": r"\eta^{\text{eff}}",
}
"""Quantities of the optimizers whose symbol is not to be read off their name."""

HYPERPARAMETERS = {"lr": r"\eta", "eps": r"\varepsilon", "weight_decay": r"\lambda"}
"""Hyperparameters that have the same symbol everywhere and another name."""

GREEK = frozenset(
    ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
     "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega")
)  # fmt: skip
ACCENTS = {"hat": "\N{COMBINING CIRCUMFLEX ACCENT}", "bar": "\N{COMBINING MACRON}", "tilde": "\N{COMBINING TILDE}"}
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def latex(name: str, index: str = "") -> str:
    """The symbol of a quantity or hyperparameter in LaTeX, by its name in the code: m_hat is \\hat m, beta1 \\beta_1.

    A name that is no symbol stands as a word.  ``index`` is put below: the time.

    Raises:
        TypeError: name or index is no text.

    >>> print(latex("m_hat", "t"), latex("beta1"), latex("lr"))
    \\hat m_t \\beta_1 \\eta
    """
    expect("name", name, str, "'beta1'")
    expect("index", index, str, "'t'")
    found = QUANTITIES.get(name) or HYPERPARAMETERS.get(name) or _letter(name) or rf"\text{{{_escaped(name)}}}"
    return found + (f"_{{{index}}}" if len(index) > 1 else f"_{index}" if index else "")


def _letter(name: str) -> str:
    """A letter, Latin or Greek, with its digit and accent, as LaTeX; nothing if the name is something else."""
    match = re.fullmatch(r"([A-Za-z]|[a-z]{2,}?)_?(\d?)(?:_(hat|bar|tilde))?", name)
    if not match or not (len(match[1]) == 1 or match[1] in GREEK):
        return ""
    letter = match[1] if len(match[1]) == 1 else rf"\{match[1]}"
    return (rf"\{match[3]} {letter}" if match[3] else letter) + (f"_{match[2]}" if match[2] else "")


def _escaped(name: str) -> str:
    return name.replace("_", r"\_")


def plain(name: str) -> str:
    """The symbol in Unicode, by its LaTeX or by its name in the code: η, β₁, v₀, m̂.

    Raises:
        TypeError: it is no text.

    >>> plain("beta1"), plain("v_max"), plain("weight_decay")
    ('β₁', 'max v', 'λ')
    """
    text = name if re.search(r"[\\^{\[]", expect("name", name, str, "'beta1'")) else latex(name)
    text = re.sub(r"\\text\{([^}]*)\}", r"\1", text).replace(r"\_", "_")
    text = re.sub(r"\\(hat|bar|tilde) ?(\\?[A-Za-z]+)", lambda m: _greek(m[2]) + ACCENTS[m[1]], text)
    text = re.sub(r"(\w+)\^\{\\max\}", r"max \1", text)
    text = re.sub(r"\\([A-Za-z]+) ?", lambda m: _greek(m[1]), text)
    text = re.sub(r"_\{?(\d+|∞)\}?", lambda m: m[1].translate(SUBSCRIPTS), text)
    text = re.sub(r"\^\{?(\d+)\}?", lambda m: m[1].translate(SUPERSCRIPTS), text)
    return unicodedata.normalize("NFC", re.sub(r"\^\{?(\w+)\}?", r" \1", text))


def _greek(command: str) -> str:
    """The letter that a LaTeX command stands for; what stands for none, as it is."""
    word = command.removeprefix("\\")
    letter = word.lower().removeprefix("var")
    if letter not in GREEK:
        return {"infty": "∞"}.get(word, word)
    return unicodedata.lookup(
        f"GREEK {'SMALL' if word.islower() else 'CAPITAL'} LETTER {letter.replace('lambda', 'lamda')}"
    )


def parted(value: Decimal) -> tuple[Decimal, int]:
    """A number as it is written, m · 10ᵖ: (m, p), where p is 0 if the number is written out.

    >>> parted(Decimal("0.00020")), parted(Decimal("0.0020"))
    ((Decimal('2'), -4), (Decimal('0.002'), 0))
    """
    power = value.adjusted() if value and value.adjusted() not in PLAIN else 0
    return value.scaleb(-power).normalize() + 0, power


def number(value: float, digits: int) -> str:
    """A number in LaTeX with so many significant digits, 17 being all that it has; infinity and nan are "diverged".

    Raises:
        TypeError, ValueError: it is no number, or digits no whole number from 1 to 17.

    >>> print(number(1.23456e-7, 4), number(125300.0, 4), sep="; ")
    1.235 \\cdot 10^{-7}; 125{,}300
    """
    digits = _DIGITS.check_one("digits", digits)
    if not math.isfinite(expect("value", value, Real, "0.1")):
        return r"\text{diverged}"
    mantissa, power = parted(Decimal(f"{value:.{digits - 1}e}" if digits < 17 else repr(float(value))))
    text, ten = f"{mantissa:,f}".replace(",", "{,}"), rf"10^{{{power}}}"
    return {"1": ten, "-1": f"-{ten}"}.get(text, rf"{text} \cdot {ten}") if power else text


# Nodes.

SUM, PRODUCT, ATOM = range(3)
"""How tightly a piece of LaTeX holds together."""

RELATIONS = {
    "greater": ">", "greater_equal": r"\ge", "less": "<", "less_equal": r"\le", "equal": "=", "not_equal": r"\ne",
}  # fmt: skip
FUNCTIONS = {"maximum": r"\max", "minimum": r"\min", "cos": r"\cos", "sin": r"\sin", "tanh": r"\tanh", "log": r"\ln"}
CONSTANTS = {math.pi: r"\pi", 2 * math.pi: r"2\pi", math.e: "e", 0.5: r"\tfrac12"}


@dataclass(frozen=True)
class Writer:
    """Nodes -> LaTeX.  A node with a name, or with a number in its place, is written so wherever it occurs."""

    written: Mapping[Node, str]
    dots: bool = False
    """Whether every product has its dot, as one of numbers needs."""

    def text(self, value: Value, least: int = SUM) -> str:
        """The formula of a value, in parentheses where it binds less tightly than ``least``.

        >>> x = symbol("x")
        >>> print(Writer({x: "x"}).text(x * x / 2))
        \\frac{x^2}{2}
        """
        text, binds = self._text(value)
        return text if binds >= least else _parentheses(text)

    def _text(self, value: Value) -> tuple[str, int]:
        if not isinstance(value, Node) or value in self.written:
            text = self.written[value] if isinstance(value, Node) else CONSTANTS.get(value) or number(value, 17)
            return text, PRODUCT if text.startswith("-") or r"\cdot" in text else ATOM
        match value.op, value.args:
            case (("add" | "subtract"), _):
                return self._sum(value)
            case (("multiply" | "divide" | "negative"), _):
                return self._product(value)
            case "power", (a, b):
                return self._power(a, self.text(b)), ATOM
            case "square", (a,):
                return self._power(a, "2"), ATOM
            case "exp", (a,):
                return f"e^{{{self.text(a)}}}", ATOM
            case "sqrt", (a,):
                return rf"\sqrt{{{self.text(a)}}}", ATOM
            case "absolute", (a,):
                return _parentheses(self.text(a), "|", "|"), ATOM
            case "log1p", (a,):
                return rf"\ln{_parentheses(f'1 + {self.text(a, PRODUCT)}')}", ATOM
            case "floor", (a,):
                return rf"\left\lfloor {self.text(a)} \right\rfloor", ATOM
            case "floor_divide", (a, b):
                return rf"\lfloor {self.text(a, PRODUCT)} / {self.text(b, ATOM)} \rfloor", ATOM
            case "remainder", (a, b):
                return rf"{self.text(a, PRODUCT)} \bmod {self.text(b, ATOM)}", SUM
            case "clip", (a, low, high):
                inside = rf"\max{_parentheses(f'{self.text(a)}, {self.text(low)}')}"
                return rf"\min{_parentheses(f'{inside}, {self.text(high)}')}", ATOM
            case "where", _:
                cases = list(self._cases(value))
                gap = "[6pt]" if all(r"\frac" in case for case in cases) else ""
                return r"\begin{dcases} " + rf" \\{gap} ".join(cases) + r" \end{dcases}", ATOM
            case op, (a, b) if op in RELATIONS:
                return f"{self.text(a)} {RELATIONS[op]} {self.text(b)}", SUM
            case op, args:
                name = FUNCTIONS.get(op, rf"\operatorname{{{op}}}")
                return name + _parentheses(", ".join(map(self.text, args))), ATOM

    def definition(self, node: Node) -> str:
        """The formula of a node that has a name.

        >>> x, twice = symbol("x"), symbol("x") * 2
        >>> writer = Writer({x: "x", twice: "m"})
        >>> print(writer.text(twice), "=", writer.definition(twice))
        m = 2\\, x
        """
        others = {other: name for other, name in self.written.items() if other is not node}
        return Writer(others, self.dots).text(node)

    def _cases(self, value: Value) -> Iterator[str]:
        while isinstance(value, Node) and value.op == "where" and value not in self.written:
            condition, yes, value = value.args
            yield f"{self.text(yes)} & {self.text(condition)}"
        yield rf"{self.text(value)} & \text{{otherwise}}"

    def _sum(self, value: Node) -> tuple[str, int]:
        first, *rest = (self._product(term, sign)[0] for sign, term in _collected(self._terms(value)))
        signed = (f" - {text[1:]}" if text.startswith("-") else f" + {text}" for text in rest)
        return first + "".join(signed), SUM if rest else PRODUCT

    def _terms(self, value: Value, sign: float = 1) -> Iterator[tuple[float, Value]]:
        """The terms of a sum, each with its sign."""
        if isinstance(value, Node) and value.op in ("add", "subtract") and value not in self.written:
            left, right = value.args
            yield from self._terms(left, sign)
            yield from self._terms(right, sign if value.op == "add" else -sign)
        else:
            yield sign, value

    def _product(self, value: Value, sign: float = 1) -> tuple[str, int]:
        own, factors = self._factors(value)
        # Numbers stand first in a product, and cases last.
        ordered = sorted(self._fractions(factors), key=lambda one: self._is(one, "where") + isinstance(one, Node))
        powers = [list(same) for _, same in groupby(ordered, id)]
        pieces = [
            self._factor(base) if not more else (self._power(base, f"{1 + len(more)}"), ATOM) for base, *more in powers
        ]
        if sign * own > 0 and len(pieces) == 1 and pieces[0][1] > SUM:
            return pieces[0]
        text = self._joined([text if binds > SUM else _parentheses(text) for text, binds in pieces]) or "1"
        if sign * own > 0:
            return text, PRODUCT
        return "-" + (_parentheses(text) if text.startswith("-") else text), PRODUCT

    def _factors(self, value: Value) -> tuple[float, list[Value]]:
        """The sign of a product, and its factors but those that are 1."""
        if not isinstance(value, Node):
            return math.copysign(1, value), [] if abs(value) == 1 else [abs(value)]
        match value.op, value.args:
            case _ if value in self.written:
                return 1, [value]
            case "negative", (a,):
                sign, factors = self._factors(a)
                return -sign, factors
            case "multiply", (a, b):
                (left, before), (right, after) = self._factors(a), self._factors(b)
                return left * right, before + after
            case "divide", (Node(op="negative", args=(a,)) as top, b) if top not in self.written:
                return -1, [apply("divide", [a, b])]
            case "divide", (a, Node(op="negative", args=(b,)) as bottom) if bottom not in self.written:
                return -1, [apply("divide", [a, b])]
            case _:
                return 1, [value]

    def _fractions(self, factors: Iterable[Value]) -> list[Value]:
        """The factors, where what stands before a fraction 1/a, or else behind it, is its numerator."""
        found: list[Value] = []
        for factor in factors:
            if found and self._is_inverse(factor) and not self._is(found[-1], "divide"):
                found[-1] = apply("divide", [found[-1], factor.args[1]])
            elif found and self._is_inverse(found[-1]):
                found[-1] = apply("divide", [factor, found[-1].args[1]])
            else:
                found.append(factor)
        return found

    def _is(self, value: Value, op: str) -> bool:
        return isinstance(value, Node) and value.op == op and value not in self.written

    def _is_inverse(self, value: Value) -> TypeGuard[Node]:
        match value:
            case Node(op="divide", args=(float(1.0), _)):
                return value not in self.written
            case _:
                return False

    def _factor(self, value: Value) -> tuple[str, int]:
        match value:
            case Node(op="divide", args=(a, b)) if value not in self.written:
                return rf"\frac{{{self.text(a)}}}{{{self.text(b)}}}", ATOM
            case _:
                return self._text(value)

    def _power(self, base: Value, exponent: str) -> str:
        text = self.text(base, ATOM)
        if not text.startswith(("(", r"\left(")) and re.search(
            r"\^|^\\(frac|e|operatorname|max|min|cos|sin|tanh|ln|begin)", text
        ):
            text = _parentheses(text)
        return f"{text}^{exponent}" if len(exponent) == 1 else f"{text}^{{{exponent}}}"

    def _joined(self, factors: Iterable[str]) -> str:
        text = ""
        for factor in factors:
            if text and factor.startswith("-"):
                factor = _parentheses(factor)
            if text and (self.dots or factor[0].isdigit() or factor.startswith(r"\begin")):
                text += r" \cdot "
            elif text and not (text.endswith(")") and factor.startswith(("(", r"\left("))):
                text += r"\, "
            text += factor
        return text


def _collected(terms: Iterable[tuple[float, Value]]) -> list[tuple[float, Value]]:
    """The terms, the numbers among them as one, in the place of the first; none where they add up to 0."""
    found = list(terms)
    constant = sum(sign * term for sign, term in found if not isinstance(term, Node))
    collected: list[tuple[float, Value]] = []
    for sign, term in found:
        if isinstance(term, Node):
            collected.append((sign, term))
        elif constant:
            collected.append((math.copysign(1, constant), abs(constant)))
            constant = 0
    return collected


def _parentheses(text: str, left: str = "(", right: str = ")") -> str:
    tall = re.search(r"\\(frac|begin|left)", text)
    return rf"\left{left}{text}\right{right}" if tall else f"{left}{text}{right}"


def _aligned(rows: Iterable[str], gap: str) -> str:
    """Equations one below the other; a single one as it is."""
    lines = list(rows)
    if len(lines) == 1:
        return lines[0].replace("&", "", 1)
    return r"\begin{aligned} " + rf" \\{gap} ".join(lines) + r" \end{aligned}"


# Formulas.


def box(formula: Formula) -> str:
    """The formula as a paper prints it, in LaTeX, with its switches as they stand and without the terms that are 0.

    It is what the function computes.  LaTeX that is declared with a formula goes before.

    >>> from optim import optimizers, schedules
    >>> print(box(optimizers.sgd), box(schedules.exponential), sep="\\n")
    x_{t+1} = x_t - \\eta\\, g_t
    \\eta_t = \\eta\\, \\gamma^{\\lfloor (t - 1) / n \\rfloor}
    """
    if expect("formula", formula, Formula, "optimizers.adam").latex:
        return formula.latex
    match formula:
        case Optimizer():
            return _aligned(_lines(formula), "[4pt]")
        case Schedule():
            factor = simplify(of(formula), formula.values)["factor"]
            names = {symbol("t"): "t", **_hyperparameters(formula)}
            lr = symbol("lr")
            return rf"\eta_t = {Writer({**names, lr: latex('lr')}).text(apply('multiply', [lr, factor]))}"
        case _:
            names = {symbol("x"): "x", symbol("y"): "y", **_hyperparameters(formula)}
            return f"f = {Writer(names).text(simplify(of(formula), formula.values)['f'])}"


def _hyperparameters(formula: Formula) -> dict[Node, str]:
    return {symbol(name): meaning.symbol for name, meaning in formula.hyperparameters.items()}


@lru_cache(maxsize=256)
def _outputs(optimizer: Optimizer) -> dict[str, Value]:
    """The step and the names as they stand; a learning rate of 0, which would leave nothing to show, as one near it."""
    lr = optimizer.values["lr"]
    return simplify(of(optimizer), {**optimizer.values, "lr": lr if np.ndim(lr) else lr or 1e-100})


def _named(outputs: Mapping[str, Value]) -> dict[str, Node]:
    """The quantities that are computed, by name; the first of several names for one."""
    names: dict[Node, str] = {}
    for name, value in outputs.items():
        if name != "step" and isinstance(value, Node) and value.op != SYMBOL:
            names.setdefault(value, name)
    return {name: node for node, name in names.items()}


def _lines(optimizer: Optimizer) -> list[str]:
    """The rows of the box.

    A quantity has its own line if it has a symbol of its own and, where it is a state, the next step needs it.  Behind
    it in its row stands what is only a fraction of it, such as its bias-corrected self, and where it starts, if not
    at 0.
    """
    outputs = _outputs(optimizer)
    used = set(order(outputs.values()))
    lines: dict[str, Node] = {}
    for name, node in _named(outputs).items():
        needed = symbol(name) in used if name in optimizer.state else r"\text" not in latex(name)
        if needed:
            lines[name] = node
    writer = Writer({
        symbol("t"): "t", symbol("x"): "x_t", symbol("g"): "g_t", **_hyperparameters(optimizer),
        **{symbol(name): latex(name, "t-1") for name in optimizer.state},
        **_tomorrow(lines, optimizer),
        **{node: _symbol(name, node, optimizer) for name, node in lines.items()},
    })  # fmt: skip
    rows: dict[Node, str] = {}
    for name, node in _in_order(lines):
        equation = f"{_symbol(name, node, optimizer)} &= {writer.definition(node)}"
        whole = node.args[0] if node.op == "divide" and name not in optimizer.state else None
        if isinstance(whole, Node) and whole in rows:
            rows[whole] += f" & {equation}"
        else:
            rows[node] = equation
    for name, start in optimizer.state.items():
        if name not in lines and symbol(name) in used:  # it becomes the gradient itself, or what has a row already
            rows[symbol(name)] = f"{latex(name, 't')} &= {writer.text(outputs[name])}"
        if (row := lines.get(name, symbol(name))) in rows and not np.ndim(start) and start != 0:
            rows[row] += f" & {latex(name, '0')} &= {number(float(start), 17)}"
    step = writer.text(apply("add", [symbol("x"), outputs["step"]]))
    return [*rows.values(), f"x_{{t+1}} &= {step}"]


def _symbol(name: str, node: Node, optimizer: Optimizer) -> str:
    """The symbol of a quantity at time t, or of one that is always the same."""
    return latex(name, "" if symbols(node) <= optimizer.values.keys() else "t")


def _tomorrow(lines: Mapping[str, Node], optimizer: Optimizer) -> dict[Node, str]:
    """What depends on nothing but the time may be used one step ahead: its node at t + 1, and its symbol there."""
    given = {name: symbol(name) for name in optimizer.values}
    return {
        evaluate(node, {**given, "t": symbol("t") + 1}): latex(name, "t+1")
        for name, node in lines.items()
        if symbols(node) <= {"t", *given}
    }


def _in_order(lines: Mapping[str, Node]) -> Iterator[tuple[str, Node]]:
    """The lines, each after those it refers to."""
    waiting = dict(lines)
    while waiting:
        later = set(waiting.values())
        name = next(name for name, node in waiting.items() if later.isdisjoint(order(node.args)))
        yield name, waiting.pop(name)


def worked(
    optimizer: Optimizer,
    t: int,
    x: float,
    g: float,
    state: Mapping[str, float],
    lr_factor: float = 1.0,
    axis: str = "x",
) -> str:
    """The step of one coordinate at time t in LaTeX: each quantity, its formula in numbers, its value.

    The numbers have four digits, or as many more as the equation needs to be right to four.  It says ≈ where its two
    sides, as they are printed, differ.

    Args:
        state: the optimizer's, before the step.
        lr_factor: what a schedule multiplies the learning rate by.

    Raises:
        TypeError, ValueError: it is no optimizer, or the state lacks something.

    >>> from optim import optimizers
    >>> print(worked(optimizers.sgd(lr=0.1), t=1, x=2.0, g=3.0, state={}))
    \\begin{aligned} g_t &= 3 \\\\[9pt] x_{t+1} &= 2 - 0.1 \\cdot 3 = 1.7 \\end{aligned}
    """
    lr = expect("optimizer", optimizer, Optimizer, "optimizers.adam").values["lr"]
    before = zip(optimizer.state, optimizer.kept(state), strict=True)
    given = {**optimizer.values, "t": t, "x": x, "g": g, **dict(before), "lr": lr * lr_factor}
    values = {name: np.float64(value) for name, value in given.items()}
    with np.errstate(all="ignore"):
        outputs = _outputs(optimizer)
        decided = {node: float(value) for node, value in evaluate_all(outputs.values(), values).items()
                   if node.op in RELATIONS}  # fmt: skip
        outputs = simplify(outputs, {}, decided)
        end = apply("add", [symbol("x"), outputs["step"]])
        worth = evaluate_all([*outputs.values(), end], values)
        lines = dict(_in_order(_named(outputs)))
        known = {node: worth[node] for node in (*map(symbol, values), *lines.values()) if node in worth}
        equations = [_equation("g_t", symbol("g"), values["g"], {})]
        if lr_factor != 1:
            product = apply("multiply", [symbol("lr"), symbol("factor")])
            parts = {symbol("lr"): lr, symbol("factor"): lr_factor}
            equations.append(_equation(latex("lr", "t"), product, values["lr"], parts))
        equations += (
            _equation(_symbol(name, node, optimizer), node, worth[node], known) for name, node in lines.items()
        )
        # As many digits as it takes to see that it moved.
        digits = next((d for d in DIGITS if _rounded(worth[end], d) != _rounded(x, d)), DIGITS[0])
        equations.append(_equation(f"{axis}_{{t+1}}", end, worth[end], known, digits))
    return _aligned(equations, "[9pt]")


def _equation(left: str, node: Node, value: float, known: Mapping[Node, float], least: int = DIGITS[0]) -> str:
    """``left`` = the node's formula, with numbers for what is known = its value; of a symbol the value alone."""
    right, shown = number(value, least), _rounded(value, least)
    if node.op == SYMBOL or not np.isfinite(value):
        return f"{left} &{_relation(value, shown)} {right}"
    inputs = {part: known[part] for part in order(node.args) if part in known}
    parts, printed, digits = inputs, dict(inputs), least
    for digits in DIGITS:
        parts = {other: _rounded(value, digits) for other, value in inputs.items()}
        printed = evaluate_all([node], {}, parts)
        if number(printed[node], least) == right:
            break
    formula = Writer({other: number(value, digits) for other, value in inputs.items()}, dots=True).text(node)
    if "diverged" in formula or formula == right:
        return f"{left} &{_relation(value, shown)} {right}"
    terms = [abs(printed[arg]) for arg in node.args if isinstance(arg, Node) and node.op in ("add", "subtract")]
    relation = r"\approx" if _underflows(node, parts) else _relation(printed[node], shown, max(terms, default=0.0))
    return f"{left} &= {formula} {relation} {right}"


def _underflows(node: Node, known: Mapping[Node, float]) -> bool:
    """Whether a number on the way to the node's value is smaller than floats are."""
    try:
        with np.errstate(under="raise"):
            evaluate_all([node], {}, known)
    except FloatingPointError:
        return True
    return False


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def _relation(reached: float, shown: float, terms: float = 0.0) -> str:
    """= or ≈: whether the two are equal, and more than what rounding leaves of a sum of terms of that size."""
    equal = abs(reached - shown) <= 1e-9 * abs(shown) and (shown == 0 or abs(shown) > 1e-13 * terms)
    return "=" if equal or not np.isfinite(shown) else r"\approx"


# Source.


def code(formula: Formula) -> str:
    """The source of the algorithm: the function's body under a short signature, then the functions that it calls.

    Of those that only see to arrays, which ask for a value's type, it has a line that says what they compute.

    >>> from optim import surfaces
    >>> print(code(surfaces.monkey_saddle))
    def monkey_saddle(p):
        x, y = p
        return x * x * x - 3 * x * y * y, (3 * (x * x - y * y), -6 * x * y)
    """
    own = expect("formula", formula, Formula, "optimizers.adam").function
    waiting: list[Callable[..., Any]] = [own]
    found, left_out = dict[Callable[..., Any], str](), list[str]()
    for function in waiting:
        if function is not own and "isinstance(" in inspect.getsource(function):
            left_out.append(f"# {_head(function)}: {str(inspect.getdoc(function)).splitlines()[0]}")
        else:
            found[function] = _source(function, function is not own)
            waiting += [called for called in _called(function) if called not in waiting]
    return "\n\n".join([*found.values(), *["\n".join(left_out)] * bool(left_out)])


def _definition(function: Callable[..., Any]) -> tuple[ast.FunctionDef, list[str]]:
    source = textwrap.dedent(inspect.getsource(function))
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    return definition, source.splitlines()


def _head(function: Callable[..., Any], values: bool = True) -> str:
    """The function's name and arguments without annotations; with the ``values`` of those that follow a star."""
    definition, _ = _definition(function)
    arguments = definition.args
    for argument in (*arguments.args, *arguments.kwonlyargs):
        argument.annotation = None
    if not values:
        arguments.kw_defaults = [None] * len(arguments.kwonlyargs)
    return f"{function.__name__}({ast.unparse(arguments)})"


def _source(function: Callable[..., Any], helper: bool) -> str:
    """The function without decorator, annotations and docstring."""
    definition, lines = _definition(function)
    head = textwrap.fill(f"def {_head(function, values=helper)}:", 100, subsequent_indent=" " * 8)
    first = definition.body[0]
    body = lines[first.end_lineno if ast.get_docstring(definition) else first.lineno - 1 : definition.end_lineno]
    body = body[next(i for i, line in enumerate(body) if line.strip()) :]
    return "\n".join([head, *(line.removesuffix("  # fmt: skip") for line in body)])


def _called(function: Callable[..., Any]) -> list[Callable[..., Any]]:
    """The functions of this package that its body names, in the order in which they occur."""
    body = ast.Module(_definition(function)[0].body, [])
    own = {*inspect.signature(function).parameters}
    known = {name: value for name, value in inspect.getmodule(function).__dict__.items() if name not in own}
    found: dict[tuple[int, int], Callable[..., Any]] = {}
    for node in ast.walk(body):
        match node:
            case ast.Name(id=name):
                value = known.get(name)
            case ast.Attribute(value=ast.Name(id=module), attr=name):  # averages.power
                value = getattr(known.get(module), name, None)
            case _:
                continue
        value = value.function if isinstance(value, Formula) else value
        if isinstance(value, FunctionType) and value.__module__.startswith(f"{__package__}."):
            found[node.lineno, node.col_offset] = value
    return list(dict.fromkeys(found[place] for place in sorted(found)))
