"""A reader of the LaTeX that formulas are typeset in: what a reader would compute from it, by a parser of its own."""

import re
from collections.abc import Mapping, Sequence
from functools import cache, reduce
from typing import Any

import numpy as np

FUNCTIONS = {
    r"\cos": np.cos, r"\sin": np.sin, r"\tanh": np.tanh, r"\ln": np.log,
    r"\max": lambda *of: reduce(np.maximum, of), r"\min": lambda *of: reduce(np.minimum, of),
    r"\operatorname{sign}": np.sign, r"\operatorname{copysign}": np.copysign,
}  # fmt: skip
RELATIONS = {">": np.greater, "<": np.less, r"\le": np.less_equal, r"\ge": np.greater_equal, "=": np.equal}
CONSTANTS = {r"\pi": np.pi, "e": np.e}
SPACE = re.compile(r"(?:\s|\\[,!]|\\qquad|\\quad)*")
compiled = cache(re.compile)


def equations(latex: str) -> list[tuple[str, str]]:
    """The sides of each equation of a block, in the order in which they are read."""
    body = re.sub(r"^\\begin\{aligned\}|\\end\{aligned\}$", "", latex.strip())
    found = []
    for row in _split(body, r"\\\\(?:\[\d+pt\])?"):
        cells = [part for cell in _split(row, "&") for part in _split(cell, r", \\quad")]
        text = re.sub(r"(?<=\S)\s*\0\s*(?==|\\approx)", " ", "\0".join(cells))
        found += [re.split(r"\s=\s|=", equation, maxsplit=1) for equation in text.split("\0")]
    return [(left.strip(), right.strip()) for left, right in found]


def _split(text: str, separator: str) -> list[str]:
    """Parts between separators that stand in no cases."""
    kept = re.split(r"(\\begin\{d?cases\}.*?\\end\{d?cases\})", text)
    cells = [""]
    for i, piece in enumerate(kept):
        first, *rest = [piece] if i % 2 else re.split(separator, piece)
        cells[-1] += first
        cells += rest
    return cells


def read(latex: str, values: Mapping[str, Any], terms: Sequence[Mapping[str, float]] = (), **where: str) -> Any:
    """What a formula is worth where its symbols, as they are typeset, have these values: numbers, or arrays of them.

    Args:
        terms: the values over which a sum runs that does not count.
        where: symbols that follow from those of each term, such as x_i = "s i".
    """
    reader = _Reader(latex, {name: np.float64(value) for name, value in {**CONSTANTS, **values}.items()}, terms, where)
    with np.errstate(all="ignore"):
        result = reader.sum()
    assert reader.take("$"), f"{latex!r} is not understood from {latex[reader.at :]!r} on"
    return result


class _Reader:
    def __init__(self, latex, values, terms=(), where=None):
        self.latex, self.values, self.at = latex, values, 0
        self.terms, self.where = terms, where or {}
        bound = {name for term in terms for name in term}
        names = sorted({*values, *bound, *self.where}, key=len, reverse=True)
        whole = {name: "(?![A-Za-z])" for name in names if re.fullmatch(r"\\.*[A-Za-z]", name)}
        self.name = "|".join(re.escape(name) + whole.get(name, "") for name in names)

    def take(self, pattern):
        match = compiled(pattern).match(self.latex, SPACE.match(self.latex, self.at).end())
        if match:
            self.at = match.end()
        return match

    def need(self, pattern):
        match = self.take(pattern)
        assert match, f"{pattern} expected at {self.latex[self.at :]!r}"
        return match

    def sum(self):
        total = -self.product() if self.take("-") else self.product()
        while sign := self.take(r"[+-]"):
            total = total + self.product() if sign[0] == "+" else total - self.product()
        return total

    def product(self):
        product = self.power()
        while True:
            if self.take("/"):
                product = product / self.power()
            elif self.take(r"\\bmod"):
                product = product % self.power()
            else:
                self.take(r"\\cdot(?![A-Za-z])")
                if self.take(r"(?=$|[-+)}\]|,&<>=]|\\(right|end|rfloor|le|ge|\\|approx|bmod)(?![A-Za-z]))"):
                    return product
                product = product * self.power()

    def power(self):
        base = self.atom()
        return base ** self.argument() if self.take(r"\^") else base

    def argument(self):
        """What a command or a power applies to: a group, or one sign."""
        if self.take(r"\{"):
            value = self.sum()
            self.need(r"\}")
            return value
        digit = self.take(r"\d")
        return np.float64(digit[0]) if digit else self.atom()

    def atom(self):
        if number := self.take(r"(?:\d{1,3}(?:\{,\}\d{3})+|\d{1,3})(?:\.\d+)?"):
            return np.float64(number[0].replace("{,}", ""))
        if self.take(r"\\sigma(?=\()"):
            return 1 / (1 + np.exp(-self.atom()))
        if name := self.take(self.name):
            return self.values[name[0]]
        if self.take(r"\\t?frac(?![A-Za-z])"):
            return self.argument() / self.argument()
        if self.take(r"\\sqrt"):
            return np.sqrt(self.argument())
        if self.take(r"\\begin\{d?cases\}"):
            return self.cases()
        if self.take(r"\\lfloor|\\left\\lfloor"):
            value = self.sum()
            self.need(r"\\rfloor|\\right\\rfloor")
            return np.floor(value)
        if self.take(r"\||\\left\|"):
            value = self.sum()
            self.need(r"\||\\right\|")
            return abs(value)
        if self.take(r"\["):  # Iverson's
            holds = self.condition()
            self.need(r"\]")
            return np.float64(holds)
        if counted := self.take(r"\\sum_\{(\w)=(-?\d+)\}\^\{(\d+)\}"):
            return self.total([{counted[1]: i} for i in range(int(counted[2]), int(counted[3]) + 1)])
        if listed := self.take(r"\\sum_\{\(([^()]*)\)\}"):
            assert all(listed[1].split(", ") == list(term) for term in self.terms)
            return self.total(self.terms)
        if function := self.take("|".join(map(re.escape, FUNCTIONS))):
            if opening := self.take(r"\\left\(|\("):
                arguments = [self.sum()]
                while self.take(","):
                    arguments.append(self.sum())
                self.need(r"\\right\)" if len(opening[0]) > 1 else r"\)")
                return FUNCTIONS[function[0]](*arguments)
            return FUNCTIONS[function[0]](self.product())
        opening = self.need(r"\\left\(|\(")
        value = self.sum()
        self.need(r"\\right\)" if len(opening[0]) > 1 else r"\)")
        return value

    def total(self, terms):
        """A sum over terms: what follows is read again for each of them."""
        begin, total = self.at, 0.0
        for term in terms:
            self.at = begin
            self.values |= term
            self.values |= {name: read(text, self.values) for name, text in self.where.items()}
            total = total + self.product()
        return total

    def cases(self):
        branches = []
        while True:
            value = self.sum()
            self.need("&")
            holds = bool(self.take(r"\\text\{otherwise\}")) or self.condition()
            branches.append((holds, value))
            if self.take(r"\\end\{d?cases\}"):
                return reduce(lambda below, branch: np.where(*branch, below), reversed(branches), np.nan)[()]
            self.need(r"\\\\(?:\[\d+pt\])?")

    def condition(self):
        left, holds = self.sum(), True
        while relation := self.take(r">|<|=|\\le(?![A-Za-z])|\\ge(?![A-Za-z])"):
            right = self.sum()
            holds, left = holds & RELATIONS[relation[0]](left, right), right
        return holds
