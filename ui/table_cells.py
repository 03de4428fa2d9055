"""What a cell of a table holds, and cells -> numbers: decimal and thousands marks, units, missing values.

A decimal mark is judged on all cells of the table.  ``1,5`` can only be a decimal comma and ``1,234,567`` only have
commas between thousands; ``1,234`` may be either.  Where nothing else in the table settles it, a column of which all
whole numbers without a mark are below 1000 is taken to group its thousands, and a note says so.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MARKS = ".,' \xa0"
"""What may group digits by three; narrow blanks and typographic apostrophes are read as these."""
MISSING = (
    r"|#?n/?a|n\.a\.|<na>|-?nan|\(?null\)?|\\n|none|nil|nat|missing|k\. ?a\.|n\.v\.|[-–—]|-{2,3}|\.{1,3}|…|[?*/]"
    "|#(?:value|div/0|ref|null|num)!"
)
"""Cells that stand for no value, as a regular expression in lower case."""


class UnusableError(ValueError):
    """Why a text cannot be read as numbers, as one sentence."""


@dataclass
class Remarks:
    """What is decided on the way: sentences for the visitor, and the arguments that could as well be another."""

    notes: list[str] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)

    def add(self, sentence: str, doubt: str = "") -> None:
        self.notes.append(sentence)
        self.doubtful |= {doubt} - {""}


def column_name(names: list[str], j: int) -> str:
    """A column without a name has its number."""
    return names[j] or f"column {j + 1}"


def listing(names: list[str]) -> str:
    """At most three names, and how many more there are."""
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3:,} more"


def number_pattern(decimal: str, thousands: str) -> str:
    """The numbers of one notation, as a regular expression; without back-references, which Arrow does not have."""
    # Python and NumPy write 1. for 1.0; a comma at the end is a separator.
    fraction = r"(?:\.[0-9]*)?" if decimal == "." else "(?:,[0-9]+)?"
    exponent = "(?:[eE][-+]?[0-9]+)?"
    ways = [f"[0-9]+{fraction}{exponent}", f"[{decimal}][0-9]+{exponent}"]
    if marks := thousands.replace(decimal, ""):
        # Groups of two are India's: 12,34,567.
        ways.append(f"[1-9][0-9]{{0,2}}(?:[{marks}][0-9]{{2,3}})*[{marks}][0-9]{{3}}{fraction}")
    return f"[-+]?(?:{'|'.join(ways)})"


_MISSING = re.compile(MISSING, re.I)
_NUMBER = re.compile(rf"{number_pattern('.', MARKS)}|{number_pattern(',', MARKS)}|[-+]?inf(?:inity)?", re.I)
_WITH_UNIT = re.compile(
    r"(?P<before>[$€£¥₹]|CHF|EUR|USD|)[ \xa0]?"
    r"(?P<number>[-+]?[0-9.,](?:[0-9.,' \xa0]*[0-9.,])?(?:[eE][-+]?[0-9]+)?)[ \xa0]?"
    r"(?P<after>[^-+0-9.,:;|\"' \xa0()\[\]][^0-9;,|\" \xa0]{0,9}|)"
)
_BOOKED = re.compile("\\(([0-9][0-9.,' \xa0]*)\\)")
_DAY = (
    "[0-9]{4}[-/.][0-9]{1,2}(?:[-/.][0-9]{1,2})?|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:[0-9]{4}|[0-9]{2})"
    "|[0-9]{1,2}[- ][a-z]{3}[- ][0-9]{2,4}"
)
_HOUR = "[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?: ?[ap]m)?(?: ?(?:Z|UTC|[-+][0-9]{2}:?[0-9]{2}))?"
_TIME = re.compile(f"(?:{_DAY})(?:[T ,]+{_HOUR})?|{_HOUR}", re.I)


@lru_cache(maxsize=1 << 14)
def kind(cell: str) -> str:
    """What a cell holds, in whatever notation: "gap", "number", "time" or "text"."""
    cell = cell.strip(" \xa0")
    if _MISSING.fullmatch(cell):
        return "gap"
    if _NUMBER.fullmatch(cell):
        return "number"
    if _TIME.fullmatch(cell):
        return "time"
    return "number" if _unit(cell) or _BOOKED.fullmatch(cell) else "text"


def _unit(cell: str) -> str:
    """The one unit at a number: 12 %, 3.5 °C, $1,200."""
    found = _WITH_UNIT.fullmatch(cell)
    if not found or bool(found["before"]) == bool(found["after"]) or not _NUMBER.fullmatch(found["number"]):
        return ""
    return found["before"] or found["after"]


class Numbers:
    """The numbers of a table and the notation in which they are written.

    Args:
        rows: cells, all rows as long as ``names``.
        decimal: ``"."`` or ``","``; None if that is to be judged.
        thousands: the marks that may group digits; None for all.

    Attributes:
        values: (rows, columns), nan where there is no number.
        given: (rows, columns), where the cell is not a mark of a missing value.
        units: what stood at every number of a column and was left out.
        decimal, thousands: the marks found; that of most columns, and all.
    """

    def __init__(
        self, names: list[str], rows: list[list[str]], decimal: str | None, thousands: str | None, remarks: Remarks
    ) -> None:
        self._names, self._marks = names, MARKS if thousands is None else thousands
        self._shape = len(rows), len(names)
        self._texts = pd.Series([cell for row in rows for cell in row], dtype=str).str.strip(" \xa0\t")
        if (booked := self._texts.str.fullmatch(_BOOKED.pattern)).any():
            remarks.add(f"Numbers in parentheses, as “{self._texts[booked].iloc[0]}”, were read as negative ones.")
            self._texts = self._texts.mask(booked, "-" + self._texts.str.strip("()"))
        self.given = ~self._grid(self._texts.str.lower().str.fullmatch(MISSING))
        self._match()
        self.units = self._without_units(remarks)
        commas = np.full(len(names), decimal == ",") if decimal else self._commas(remarks)
        self.decimal = "," if 2 * commas.sum() > len(commas) else "."
        self.thousands = ""
        self.values = np.full(self._shape, np.nan)
        for mark, chosen in (".", self._point & ~commas), (",", self._comma & commas):
            texts = self._texts[chosen.ravel()]
            for other in self._marks.replace(mark, ""):
                if texts.str.contains(other, regex=False).any():
                    self.thousands += other
                    texts = texts.str.replace(other, "", regex=False)
            self.values[chosen] = texts.str.replace(mark, ".", regex=False).to_numpy(object).astype(float)
        self.values[np.isinf(self.values)] = np.nan

    def text(self, i: int, j: int) -> str:
        """The cell in row i of column j."""
        return str(self._texts.iloc[i * self._shape[1] + j])

    def _grid(self, flat: pd.Series) -> NDArray[np.bool_]:
        return flat.to_numpy(bool).reshape(self._shape)

    def _match(self) -> None:
        """Find the cells that are numbers with a decimal point, and those with a comma; many are both."""
        self._point = self._grid(self._texts.str.fullmatch(number_pattern(".", self._marks))) & self.given
        self._comma = self._point
        if self._texts.str.contains("[.,]").any():
            self._comma = self._grid(self._texts.str.fullmatch(number_pattern(",", self._marks))) & self.given

    def _without_units(self, remarks: Remarks) -> list[str]:
        """Take the unit from columns whose numbers all have the same."""
        units = [""] * len(self._names)
        given, numbers = self.given.sum(0), (self._point | self._comma).sum(0)
        for j in np.flatnonzero((2 * numbers < given) & (given > 1)).tolist():
            at = np.flatnonzero(self.given[:, j]) * len(units) + j
            unit, count = Counter(map(_unit, self._texts.iloc[at[:50]])).most_common(1)[0]
            if unit and 10 * count >= 9 * min(50, len(at)):
                units[j] = unit
                self._texts.iloc[at] = [
                    found["number"] if (found := _WITH_UNIT.fullmatch(text)) and _unit(text) == unit else text
                    for text in self._texts.iloc[at]
                ]
        for unit in dict.fromkeys(filter(None, units)):
            of = listing([column_name(self._names, j) for j, own in enumerate(units) if own == unit])
            remarks.add(f"The unit “{unit}” in {of} was left out: “12 {unit}” is read as 12.")
        if any(units):
            self._match()
        return units

    def _commas(self, remarks: Remarks) -> NDArray[np.bool_]:
        """Which columns have a decimal comma."""
        columns = np.arange(len(self._names))
        numbers = self._point | self._comma
        used = 2 * numbers.sum(0) >= np.maximum(self.given.sum(0), 1)
        point, comma = (self._point & ~self._comma).sum(0) * used, (self._comma & ~self._point).sum(0) * used
        either = self._point & self._comma & used
        either &= self._grid(self._texts.str.contains("[.,]"))
        unsettled = columns[either.any(0) & (point == 0) & (comma == 0)]
        grouped = [j for j in unsettled if self._grouped(numbers[:, j] & ~either[:, j], j)]
        sample = {j: self.text(int(either[:, j].argmax()), j) for j in unsettled}
        if point.any() or comma.any():
            commas = np.full(len(columns), comma.sum() > point.sum())
            contrary = columns[np.where(commas, point > comma, comma > point)]
            if len(contrary):
                of = listing([column_name(self._names, j) for j in contrary])
                rule, exception = ("comma", "point") if commas[0] else ("point", "comma")
                remarks.add(f"The decimal mark is the {rule}, but in {of} it is the {exception}.", "decimal")
                commas[contrary] ^= True
            # In a table whose decimal mark is known, another column that seems to group by it is worth a question.
            asked = [j for j in grouped if ("," in sample[j]) == commas[j]]
        else:
            asked = (grouped or [*unsettled])[:1]
            commas = np.full(len(columns), bool(asked) and ("," in sample[asked[0]]) != bool(grouped))
        for j in asked[:1]:
            whole, fraction = re.sub("[.,]", "", sample[j]), sample[j].replace(",", ".")
            now, other = (fraction, whole) if ("," in sample[j]) == commas[j] else (whole, fraction)
            of = column_name(self._names, j)
            remarks.add(f"“{sample[j]}” in {of} was read as {now}; it could also be {other}.", "decimal")
        return commas

    def _grouped(self, plain: NDArray[np.bool_], j: int) -> bool:
        """Whether a column's numbers without a mark are as they are where a mark groups thousands."""
        texts = self._texts.iloc[np.flatnonzero(plain) * self._shape[1] + j]
        return len(texts) > 0 and bool(texts.str.fullmatch("[-+]?[0-9]{1,3}").all())
