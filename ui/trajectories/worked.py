"""A step written out with its numbers, by running the optimizer on numbers that remember how they were made."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from optim.optimizers import Optimizer

SYMBOLS = {
    "m_hat": (r"\hat m_t", "m̂"),
    "v_hat": (r"\hat v_t", "v̂"),
    "s_hat": (r"\hat s_t", "ŝ"),
    "v_max": (r"v^{\max}_t", "max v"),
    "g_mean": (r"\bar g_t", "ḡ"),
    "m_bar": (r"\bar m_t", "m̄"),
    "effective_lr": (r"\text{rate}_t", "effective_lr"),
    "ahead": (r"\text{ahead}_t", "g + βv"),
    "delta": (r"\Delta_t", "Δ"),
    "rho": (r"\rho_t", "ρ"),
    "mu_product": (r"\textstyle\prod\mu_t", "∏μ"),
    "E_g2": ("E[g^2]_t", "E[g²]"),
    "E_delta2": (r"E[\Delta^2]_t", "E[Δ²]"),
}
"""Quantities whose name is not already their symbol, in LaTeX and in Unicode."""

FUNCTIONS = {"maximum": r"\max", "minimum": r"\min"}

SUM, PRODUCT, POWER, ATOM = range(1, 5)


class Term(NDArrayOperatorsMixin):
    """A number and how it was made; arithmetic and NumPy's ufuncs on Terms make Terms."""

    def __init__(self, value: Any, symbol: str = "", made: tuple[str, tuple[Any, ...]] | None = None) -> None:
        self.value, self.symbol, self.made = value, symbol, made

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **_: Any) -> "Term":
        if method != "__call__":
            return NotImplemented
        return Term(ufunc(*(_value(i) for i in inputs)), made=(ufunc.__name__, inputs))

    def __array_function__(self, function: Any, _: Any, inputs: Any, __: Any) -> Any:
        if function is not np.where:
            return NotImplemented
        condition, yes, no = inputs
        return yes if condition else no

    def __bool__(self) -> bool:
        return bool(self.value)

    def __float__(self) -> float:
        return float(self.value)

    __hash__ = object.__hash__


def _value(item: Any) -> Any:
    return item.value if isinstance(item, Term) else item


def equations(
    optimizer: Optimizer, t: int, x: float, g: float, state: Mapping[str, float], factor: float, axis: str = "x"
) -> str:
    """The update of one coordinate at time t as aligned LaTeX: each named quantity, its formula in numbers, its value.

    ``state`` is the optimizer's before the step; ``factor`` is the schedule's.
    """
    values = {
        name: Term(value, optimizer.hyperparameters[name].symbol) if isinstance(value, float) else value
        for name, value in optimizer.values.items()
    }
    if factor != 1:
        values["lr"] = values["lr"] * Term(factor)
    past = (Term(value, symbol(name, "{t-1}")) for name, value in state.items())
    with np.errstate(all="ignore"):
        step, names = optimizer.function(Term(t, "t"), Term(x, f"{axis}_t"), Term(g, "g_t"), *past, **values)
        end = x + _value(step)
    named = list(names.values())
    lines = [rf"g_t &= {number(g)}"]
    for name, term in names.items():
        if isinstance(term, Term) and term.made:
            lines.append(rf"{symbol(name)} &= {_latex(term, named)[0]} = {number(term.value)}")
    change = _latex(step, named)[0]
    lines.append(rf"{axis}_{{t+1}} &= {_signed(number(x), change)} = {number(end)}")
    return r"\begin{aligned} " + r" \\[9pt] ".join(lines) + r" \end{aligned}"


def symbol(name: str, time: str = "t") -> str:
    """The LaTeX of a quantity at a time."""
    return SYMBOLS[name][0].replace("_t", "_" + time) if name in SYMBOLS else f"{name}_{time}"


def plain(name: str) -> str:
    """A quantity's symbol in Unicode."""
    return SYMBOLS[name][1] if name in SYMBOLS else name


def number(value: Any) -> str:
    """Four significant digits in LaTeX."""
    value = float(value)
    if not np.isfinite(value):
        return r"\text{nan}" if np.isnan(value) else (r"\infty" if value > 0 else r"-\infty")
    text = f"{value:.4g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    return text


def _latex(item: Any, named: list[Any], top: bool = True) -> tuple[str, int]:
    """The formula in numbers and how tightly it binds; what has a line of its own stands as its value."""
    given = not isinstance(item, Term) or item.made is None or (not top and any(item is other for other in named))
    if given:
        text = number(_value(item))
        loose = text.startswith("-") or "cdot" in text
        return text, PRODUCT if loose else ATOM
    name, inputs = item.made
    parts = [_latex(i, named, top=False) for i in inputs]

    def bound(i: int, strength: int) -> str:
        text, binds = parts[i]
        return text if binds >= strength else rf"\left({text}\right)"

    match name:
        case "add":
            return _signed(parts[0][0], bound(1, SUM)), SUM
        case "subtract":
            return f"{bound(0, SUM)} - {_unsigned(bound(1, PRODUCT))}", SUM
        case "multiply":
            if inputs[0] is inputs[1] or (parts[0] == parts[1] and parts[0][1] == SUM):
                return f"{bound(0, ATOM)}^2", POWER
            return rf"{bound(0, PRODUCT)} \cdot {_unsigned(bound(1, PRODUCT))}", PRODUCT
        case "divide":
            return rf"\frac{{{parts[0][0]}}}{{{parts[1][0]}}}", ATOM
        case "power":
            return f"{bound(0, ATOM)}^{{{parts[1][0]}}}", POWER
        case "square":
            return f"{bound(0, ATOM)}^2", POWER
        case "negative":
            return f"-{bound(0, PRODUCT)}", PRODUCT
        case "sqrt":
            return rf"\sqrt{{{parts[0][0]}}}", ATOM
        case "absolute":
            return rf"\left|{parts[0][0]}\right|", ATOM
        case _:
            function = FUNCTIONS.get(name, rf"\operatorname{{{name}}}")
            inside = ", ".join(text for text, _ in parts)
            return rf"{function}\left({inside}\right)", ATOM


def _signed(left: str, right: str) -> str:
    """The sum of two formulas, whose second may begin with a minus."""
    return f"{left} - {right[1:]}" if right.startswith("-") else f"{left} + {right}"


def _unsigned(text: str) -> str:
    return rf"\left({text}\right)" if text.startswith("-") else text
