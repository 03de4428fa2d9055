"""A file or pasted text as people have it -> columns of numbers, and sentences on how it was read.

A CSV file does not say how it is written.  ``table_rows`` judges separator, header and what stands around the table,
``table_cells`` the decimal and thousands marks; the standard library splits the cells and pandas matches and converts
them.  Whatever could be read in two ways is decided, stated in ``Table.notes`` and named in ``Table.doubtful``, and
every decision can be overruled by a keyword of ``read``.

Why not a known sniffer: DuckDB's finds delimiter, quote, escape, header, types and formats of dates, CleverCSV's (Van
den Burg et al. 2019) delimiter, quote and escape.  Neither finds a decimal or thousands mark, and what goes wrong in
silence is just that: a column of ``1,1`` becomes two.
"""

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .table_cells import Numbers, Remarks, UnusableError, column_name, listing
from .table_json import records
from .table_rows import COLUMNS, ROWS, SEPARATORS, Grid, listed, tabled

__all__ = ["BIGGEST", "COLUMNS", "LARGEST", "ROWS", "SEPARATORS", "Column", "Table", "UnusableError", "read"]

LARGEST = 5_000_000
"""Bytes of a file."""
BIGGEST = 1e100
"""A size whose square is still a number."""


@dataclass(frozen=True, eq=False)
class Column:
    """The numbers of one column, in their places."""

    values: NDArray[np.float64]
    """(rows,), read-only; nan where the cell holds no number."""
    unit: str = ""
    """What stood at every number and was left out, such as ``%``."""

    @property
    def gaps(self) -> int:
        """How many cells hold no number."""
        return int(np.isnan(self.values).sum())


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of numbers by name, and how they were read: ``encoding`` to ``missing`` are arguments of ``read``."""

    columns: dict[str, Column]
    default: str
    """The column shown first."""
    notes: tuple[str, ...]
    """Sentences for the visitor: what was decided, left out or taken as missing."""
    doubtful: frozenset[str]
    """The arguments of ``read`` whose value could as well be another."""
    encoding: str
    separator: str
    decimal: str
    thousands: str
    header: int
    missing: tuple[float, ...]


@lru_cache(maxsize=4)
def read(
    content: bytes | str,
    *,
    encoding: str | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    header: int | None = None,
    missing: tuple[float, ...] | None = None,
) -> Table:
    """The columns that hold numbers; what is None is judged.

    Args:
        content: a file's bytes, or text: a table with or without names, numbers in a row or one below the other,
            Python's lists and tuples, NumPy's prints, JSON's records and columns.
        encoding: a codec's name; of use for bytes only.
        separator: one of ``SEPARATORS``.
        decimal: ``"."`` or ``","``.
        thousands: every mark that may group digits by three; ``""`` if none may.
        header: number of the line that names the columns, from 1; 0 if none does.
        missing: numbers that stand for missing values; ``()`` if none does.

    Raises:
        UnusableError: nothing in it can be averaged.
    """
    remarks = Remarks()
    text, encoding = _decoded(content, encoding, remarks)
    grid = records(text) or listed(text) if separator is None and header is None else None
    if grid:
        decimal = decimal or "."
    else:
        lines = text.split("\n", 2 * ROWS)
        grid = tabled(lines[: 2 * ROWS], separator, header, remarks)
    if len(grid.names) > COLUMNS:
        raise UnusableError(f"It has {len(grid.names):,} columns, and at most {COLUMNS:,} are read.")
    if len(grid.rows) > ROWS:
        remarks.add(f"Only the first {ROWS:,} rows were read.")
    numbers = Numbers(grid.names, grid.rows[:ROWS], decimal, thousands, remarks)
    values, missing = _without_sentinels(numbers.values, grid.names, missing, remarks)
    columns = _columns(values, numbers, grid, remarks)
    return Table(
        columns,
        _meant(columns, grid.names),
        tuple(remarks.notes),
        frozenset(remarks.doubtful),
        encoding,
        grid.separator,
        numbers.decimal,
        numbers.thousands,
        grid.header,
        missing,
    )


def _decoded(content: bytes | str, encoding: str | None, remarks: Remarks) -> tuple[str, str]:
    if len(content) > LARGEST:
        raise UnusableError(f"It has {len(content) / 1e6:.1f} MB, and at most {LARGEST / 1e6:.0f} MB are read.")
    if isinstance(content, str):
        text, encoding = content.encode(errors="replace").decode(), "utf-8"
    else:
        judged, encoding = encoding, encoding or _judged_encoding(content)
        try:
            text = content.decode(encoding, "replace" if encoding == "cp1252" else "strict")
        except (UnicodeError, LookupError):
            raise UnusableError(f"It is not text in {encoding[:20]}: save it as “CSV UTF-8” and try again.") from None
        if encoding == "cp1252" and judged is None:
            remarks.add("The file is not in UTF-8; it was read as Windows-1252.", "encoding")
    text = text.removeprefix("\ufeff").rstrip("\x1a")
    if re.search(r"[\x00-\x08\x0e-\x1f]", text):
        raise UnusableError("It is not a text file: export the table as CSV and try again.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = re.sub("[\u2007\u2009\u202f]", "\xa0", text)
        text = re.sub("(?<=[0-9])[’ʼ](?=[0-9]{3})", "'", text)
        text = re.sub("[−–﹣－](?=[0-9.,])", "-", text)
    return text, encoding


def _judged_encoding(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = content[:2000:2].count(0), content[1:2000:2].count(0)
    if max(even, odd) > 3 * min(even, odd) and max(even, odd) > 0.15 * min(2000, len(content)):
        # The high bytes of Latin text are 0.
        return "utf-16-le" if odd > even else "utf-16-be"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


_NINES = [float(f"{nines}{tail}") for nines in ("999", "9999", "99999") for tail in ("", ".9", ".99")]
_SENTINELS = np.array([-99.0, -99.9, -99.99, 99.99, *(sign * value for value in _NINES for sign in (-1, 1))])


def _without_sentinels(
    values: NDArray[np.float64], names: list[str], given: tuple[float, ...] | None, remarks: Remarks
) -> tuple[NDArray[np.float64], tuple[float, ...]]:
    """Numbers that stand for missing values, such as -999 far below all others, become gaps."""
    if given is not None:
        return np.where(np.isin(values, given), np.nan, values), given
    values = values.copy()
    taken: dict[float, list[str]] = {}
    kept: dict[float, list[str]] = {}
    for j in np.flatnonzero(np.isin(values, _SENTINELS).any(0)).tolist():
        column = values[:, j]
        marks = np.isin(column, _SENTINELS)
        others = column[~marks & ~np.isnan(column)]
        if len(others) < 2:
            continue
        spread = np.subtract(*np.quantile(others, [0.95, 0.05]))
        for value in np.unique(column[marks]):
            apart = np.abs(others - value).min()
            if apart >= 0.5 * abs(value) and (apart > 1.5 * spread or value < 0 <= others.min()):
                taken.setdefault(value, []).append(column_name(names, j))
                column[column == value] = np.nan
            elif value < min(0, others.min()) or value > 2 * others.max() > 0:
                kept.setdefault(value, []).append(column_name(names, j))
    for value, of in taken.items():
        remarks.add(f"{value:g} in {listing(of)} is far from all other values and was taken as missing.", "missing")
    for value, of in kept.items():
        remarks.add(f"{value:g} in {listing(of)} was kept as a value; it may stand for a missing one.", "missing")
    return values, tuple(map(float, taken))


def _columns(values: NDArray[np.float64], numbers: Numbers, grid: Grid, remarks: Remarks) -> dict[str, Column]:
    """The columns of which at least half of the cells that are not missing, and two, are numbers."""
    read = ~np.isnan(numbers.values)
    count = read.sum(0)
    columns: dict[str, Column] = {}
    huge, gaps, unread = [], [], []
    for j in np.flatnonzero((count >= 2) & (2 * count >= numbers.given.sum(0))).tolist():
        name = column_name(grid.names, j)
        name = name if name not in columns else f"{name} ({j + 1})"
        column = np.ascontiguousarray(values[:, j])
        column.flags.writeable = False
        if np.nanmax(np.abs(column), initial=0) > BIGGEST:
            huge.append(name)
            continue
        columns[name] = Column(column, numbers.units[j])
        if columns[name].gaps:
            gaps.append(f"{name}: {columns[name].gaps:,}")
        lost = numbers.given[:, j] & ~read[:, j]
        if lost.any():
            unread.append(f"“{numbers.text(int(lost.argmax()), j)[:30]}” in {name}")
    if huge and not columns:
        raise UnusableError(f"Its numbers are beyond ±{BIGGEST:g}, too large to square.")
    if not columns and count.sum() and (len(read) == 1 or count.sum() == 1):
        what = "one number" if count.sum() == 1 else "one row of numbers"
        raise UnusableError(f"It has {what} only: a moving average needs at least two values.")
    if not columns:
        raise UnusableError(
            "It has no column of numbers: at least half of a column's cells, and two of them, must be numbers."
        )
    if huge:
        remarks.add(f"Left out for numbers beyond ±{BIGGEST:g}: {listing(huge)}.")
    if gaps:
        remarks.add(f"Cells without a number keep their place as gaps ({listing(gaps)}).")
    if unread:
        remarks.add(f"Among the gaps are cells that hold something else: {listing(unread)}.")
    return columns


_CLOCK = re.compile(
    "unnamed.*|index|idx|.*_?id|nr|no|n|i|k|row|row ?num(?:ber)?|(?:global|train)?[ _]?steps?|epochs?|iter(?:ations?)?"
    "|batch(?:es)?|episodes?|seed|t|time|wall ?time|relative time.*|timestamps?|runtime|seconds|minutes?|hours?|hr"
    "|stunde|date|datum|day|days|doy|tag|month|mois|monat|mo|years?|jahr|ann[ée]e|yr|datetime|zeit|uhrzeit|mess_datum.*"
    "|stations?(?:[ _]?(?:id|no|nr|number))?|stations_id|usaf|wban|wmo|lat|latitude|lon|lng|longitude|elev|elevation"
    "|altitude|qn.*|qualit.*|.*flag",
    re.I,
)
_MEANT = re.compile("(?:train(?:ing)?[ _])?(?:value|loss|cost|error|wert)", re.I)


def _meant(columns: dict[str, Column], names: list[str]) -> str:
    """The column shown first: not a clock, counter, index, year or station, and a loss or value if there is one."""

    def rank(item: tuple[int, str]) -> tuple[int, int]:
        place, name = item
        # Weights & Biases writes "run - metric__MAX" beside "run - metric", trainers "train/global_step".
        stem = re.sub("__(?:MIN|MAX)$", "", name)
        last = re.split(" - |/", stem)[-1].strip(" _")
        index = name == "column 1" and not names[0] and any(names)
        if index or _CLOCK.fullmatch(last) or (place == 0 and _is_clock(columns[name].values, first=True)):
            return 4, place
        if _is_clock(columns[name].values, first=False):
            return 3, place
        if stem != name or re.fullmatch("(?:.* )?learning[ _]?rate|lr", last, re.I):
            return 2, place
        return (0 if _MEANT.fullmatch(last) else 1), place

    return min(enumerate(columns), key=rank)[1]


def _is_clock(values: NDArray[np.float64], first: bool) -> bool:
    """Whether numbers are constant, count evenly, or are dates, years or seconds since 1970."""
    known = values[~np.isnan(values)]
    step = np.diff(known)
    if not step.any():
        return True
    if len(known) < 3 or not (step >= 0).all():
        return False
    whole = bool((known == np.round(known)).all())
    if (step > 0).all() and (np.ptp(step) <= 1e-6 * step.max() or (first and whole) or known[0] > 1e8):
        return True
    # 20200131, 2020013112 and 202001311259.
    day = known // 10 ** np.clip(np.floor(np.log10(np.maximum(known, 1))) - 7, 0, None)
    month = day // 100 % 100
    days = (day >= 1.6e7) & (day < 2.2e7) & (month >= 1) & (month <= 12) & (day % 100 <= 31)
    return whole and bool(days.all() or ((known >= 1700) & (known <= 2100)).all())
