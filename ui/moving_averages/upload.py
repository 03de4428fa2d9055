"""A visitor's file or pasted text -> columns of numbers, or one sentence that says what is wrong with it."""

import codecs
import csv
import io
import math
from functools import lru_cache
from typing import NamedTuple

LARGEST = 5_000_000
"""Bytes of a file."""
COLUMNS = 100
ROWS = 20_000
BIGGEST = 1e100
"""A size whose square is still a number."""


class Column(NamedTuple):
    """Numbers in their order, and how many cells among them held none."""

    values: tuple[float, ...]
    skipped: int
    cut: bool
    """Whether there were more rows than are read."""

    @property
    def told(self) -> str:
        """What was left out, as a sentence; empty if nothing was."""
        parts = []
        if self.skipped:
            cells = "1 cell that is" if self.skipped == 1 else f"{self.skipped:,} cells that are"
            parts.append(f"Skipped {cells} empty, NaN, infinite or not a number; {len(self.values):,} values remain.")
        if self.cut:
            parts.append(f"Only the first {ROWS:,} rows were read.")
        return " ".join(parts)


Table = dict[str, Column]


class UnusableError(ValueError):
    """Why a text cannot be averaged, as one sentence."""


@lru_cache(maxsize=8)
def read(content: bytes | str, one_line: bool = False) -> Table:
    """The columns that hold numbers, by name.

    Args:
        content: a CSV file's bytes, or text; cells end at a tab, a semicolon or a comma, else at blanks.
        one_line: a single row of numbers is a series, as pasted numbers are.

    Raises:
        UnusableError: nothing in it can be averaged.
    """
    rows, semicolons = _cells(_decoded(content) if isinstance(content, bytes) else content)
    cut = len(rows) > ROWS + 1
    rows = rows[: ROWS + 1]
    width = max(map(len, rows))
    if len(rows) == 1 and one_line:
        rows, width = [[cell] for cell in rows[0]][:ROWS], 1
    if width > COLUMNS:
        raise UnusableError(f"It has {width:,} columns, and at most {COLUMNS} can be chosen from: keep those you need.")
    numbers = [[_number(row[i] if i < len(row) else "", semicolons) for i in range(width)] for row in rows]
    named = all(n is None for n in numbers[0]) and any(cell.strip() for cell in rows[0]) and len(rows) > 1
    body = numbers[1:] if named else numbers[:ROWS]
    table: Table = {}
    for i in range(width):
        fine = [row[i] for row in body if row[i] is not None]
        if len(fine) >= 2 and 2 * len(fine) >= sum(1 for row in rows if i < len(row) and row[i].strip()) - named:
            name = (rows[0][i].strip()[:60] if named and i < len(rows[0]) else "") or f"column {i + 1}"
            name = name if name not in table else f"{name} ({i + 1})"
            table[name] = Column(tuple(fine), len(body) - len(fine), cut)
    if table:
        if all(abs(value) > BIGGEST for column in table.values() for value in column.values):
            raise UnusableError(f"Its numbers are beyond ±{BIGGEST:g}, too large to square.")
        return {name: column for name, column in table.items() if max(map(abs, column.values)) <= BIGGEST} or _huge()
    count = sum(n is not None for row in body for n in row)
    if count and len(body) == 1:
        raise UnusableError("It has one row of numbers only: a moving average needs at least two, one below the other.")
    if count == 1:
        raise UnusableError("It has one number only: a moving average needs at least two.")
    raise UnusableError(
        "It has no column of numbers: at least half of a column's cells, and two of them, must be numbers."
    )


def _huge() -> Table:
    raise UnusableError(f"It has numbers beyond ±{BIGGEST:g}, too large to square.")


def _decoded(content: bytes) -> str:
    if len(content) > LARGEST:
        raise UnusableError(f"It has {len(content) / 1e6:.0f} MB, and at most {LARGEST / 1e6:.0f} MB are read.")
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableError(
            f"It is not UTF-8 text (at byte {error.start + 1:,}): save it as “CSV UTF-8” and try again."
        ) from None
    if "\0" in text:
        raise UnusableError("It is not a text file: export the table as CSV and try again.")
    return text


def _cells(text: str) -> tuple[list[list[str]], bool]:
    """Rows of cells, blank lines left out, and whether semicolons part them, which leaves the comma to the decimals."""
    lines = [line for line in text.splitlines() if line.strip(" \t,;")]
    if not lines:
        raise UnusableError("It is empty.")
    mark = next((mark for mark in "\t;," if mark in lines[0]), next((m for m in "\t;," if m in lines[-1]), None))
    if mark is None:
        return [line.split() for line in lines], False
    try:
        return list(csv.reader(io.StringIO("\n".join(lines)), delimiter=mark)), mark == ";"
    except csv.Error as error:
        raise UnusableError(f"It cannot be read as CSV: {error}.") from None


def _number(cell: str, decimal_comma: bool) -> float | None:
    """The finite number that a cell holds."""
    cell = cell.strip()
    if decimal_comma and "." not in cell:
        cell = cell.replace(",", ".")
    try:
        # Python reads 1_000 as a number; a table does not.
        value = math.nan if "_" in cell else float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
