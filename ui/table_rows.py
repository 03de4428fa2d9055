"""A text -> the rows of its table and the names above them: separator, what stands around the table, header.

Each candidate separator is tried on a sample.  The one under which most of the characters are explained wins: numbers,
times and marks of missing values in rows of one width, and the names above them.
"""

import csv
import math
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import NamedTuple

from .table_cells import Remarks, UnusableError, kind, number_pattern

COLUMNS = 2_000
ROWS = 100_000

_LIMIT = Lock()

SEPARATORS = {
    "\t": "tab",
    ";": "semicolon",
    "|": "vertical bar",
    ", ": "comma and blank",
    " ": "blank",
    ",": "comma",
    "": "none: one column",
}
"""What may part cells, and its name; of those that explain a text equally well the first is taken."""


@dataclass
class Grid:
    """Rows of cells, all as long as ``names``, where a column without a name has the empty one."""

    names: list[str]
    rows: list[list[str]]
    separator: str
    header: int
    """Number of the line of the names, from 1; 0 if there is none."""


class _Row(NamedTuple):
    cells: list[str]
    line: int
    blanks: int
    """How many blank lines stand above it."""


# -- lists and prints -------------------------------------------------------------------------------------------------

_ARGUMENT = re.compile(r"\b[a-z_]{1,30}=(?:<[^<>]{0,60}>|\([^()]{0,60}\)|[^][(){},=\s]{1,60})(?=\s?[,)])")
_SCALAR = re.compile(r"\b[A-Za-z_][\w.]{0,40}\(([-+\w.]{1,40}),?\s?\)")
_GROUP = re.compile(r"[\[(]([^][(){}]*)[\])]")
_NAME = re.compile(r"""(?:^|[\s{,;])(["']?)(\w[\w ./-]*)\1\s*[:=]\s*(?:[A-Za-z_][\w.]*\()?$""")
_VALUE = re.compile(rf"{number_pattern('.', '')}|[-+]?(?:inf|nan)|None|null|", re.I)


def listed(text: str) -> Grid | None:
    """Lists and tuples of Python, arrays as NumPy prints them, a dictionary of lists; None if it is none of these.

    One list is a column, lists with names are columns, and lists without are rows.
    """
    text = text.strip()
    lines = text.split("\n")
    if len(lines) > 1 and "[" not in text and [line.rstrip()[-1:] for line in lines].count(",") == len(lines) - 1:
        # A list of numbers that was wrapped: all lines but the last end with a comma.
        text = text if text.endswith(",") else f"[{text}]"
    if not text.endswith(("]", ")", "}", ";")):
        return None
    # np.float64(0.5) is 0.5, and tensor(0.5, device='cuda:0') too.
    text = _SCALAR.sub(r"\1", _ARGUMENT.sub("", text))
    names: list[str] = []
    rows: list[list[str]] = []
    around, end = [], 0
    for group in _GROUP.finditer(text):
        around.append(text[end : group.start()])
        end = group.end()
        name = _NAME.search(around[-1][-80:])
        for part in group[1].split(";"):
            if part := part.strip().removesuffix(","):
                cells = part.split(",", ROWS + 1) if "," in part else part.split(None, ROWS + 1)
                rows.append([cell.strip(" \n\t'\"") for cell in cells[: ROWS + 1]])
                names.append(name[2].strip() if name else "")
    if re.search(r"""[^][(){}\w\s.,:;="'/-]|(?<![A-Za-z0-9_])[0-9]""", "".join([*around, text[end:]])) or not rows:
        return None
    if any("..." in row for row in rows) and all(kind(cell) != "text" for row in rows for cell in row):
        raise UnusableError("NumPy left values out of this print (“...”): print all of them, or use tolist().")
    if not all(_VALUE.fullmatch(cell) for row in rows for cell in row):
        return None
    if "[" not in text and all(len(row) == 1 for row in rows) and "," not in text and ";" not in text:
        # Not tuples: (5.00) is a negative number to accountants.
        return None
    width = max(map(len, rows))
    rows = [row + [""] * (width - len(row)) for row in rows]
    if len(rows) == 1 or all(names):
        return Grid(names, [list(row) for row in zip(*rows, strict=True)], "", 0)
    return Grid([""] * width, rows, "", 0)


# -- lines -> rows ----------------------------------------------------------------------------------------------------


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let ``csv`` read cells beyond its usual 131,072 characters: a series pasted in one line, split at the wrong mark.

    The limit is the process's; others find it as it was.
    """
    with _LIMIT:
        usual = csv.field_size_limit(10_000_000)
        try:
            yield
        finally:
            csv.field_size_limit(usual)


def _split(lines: list[str], separator: str, numbers: list[int] | None = None) -> list[_Row]:
    """The rows of those lines that are not blank; ``numbers`` are the lines' own."""
    if separator == ", ":
        lines, separator = [re.sub(", +", "\x1f", line) for line in lines], "\x1f"
    elif separator in {" ", ""}:
        lines = [line.replace("\t", " ").strip(" ") for line in lines]
    # A lone quotation mark would swallow all that follows it.
    quoting = csv.QUOTE_NONE if sum(line.count('"') for line in lines) % 2 else csv.QUOTE_MINIMAL
    reader = csv.reader(lines, delimiter=separator or "\x1f", skipinitialspace=True, quoting=quoting)
    rows: list[_Row] = []
    blanks = 0
    try:
        with _long_cells():
            for cells in reader:
                # In a table of one column a cell of "" is a missing value.
                if not cells or (separator and len(cells) == 1 and not cells[0].strip()):
                    blanks += 1
                else:
                    rows.append(_Row(cells, numbers[reader.line_num - 1] if numbers else 0, blanks))
                    blanks = 0
    except csv.Error as error:
        raise UnusableError(f"It cannot be read as CSV: {error}.") from None
    return rows


def _best_run(weights: list[int]) -> tuple[int, int]:
    """The slice of the largest sum (Kadane); of equal ones that which ends last."""
    best, found, total, start = -math.inf, (0, 0), 0, 0
    for i, weight in enumerate(weights):
        if total < 0:
            total, start = 0, i
        total += weight
        if total >= best:
            best, found = total, (start, i + 1)
    return found


class _Sample(NamedTuple):
    """What a separator makes of a sample."""

    share: float
    """Of the characters, those explained."""
    width: int
    rows: list[list[str]]
    named: bool
    """Whether each of several columns has its name."""


def _understood(lines: list[str], separator: str) -> _Sample:
    rows = [row.cells for row in _split(lines, separator)]
    total = sum(len(line) + 1 for line in lines)
    best = _Sample(0, 1, [], False)
    for width, _ in Counter(map(len, rows)).most_common(4):
        if width == 1 and separator:
            continue
        start, end = _best_run([2 if len(row) == width else -1 for row in rows])
        while start < end - 1 and all(kind(cell) == "text" for cell in rows[start]):
            start += 1
        table = [row for row in rows[start:end] if len(row) == width and not all(kind(cell) == "text" for cell in row)]
        explained = sum(len(cell) + 1 for row in table for cell in row if kind(cell) != "text")
        names = rows[start - 1] if start and len(rows[start - 1]) in {width, max(2, width - 1)} else []
        explained += sum(len(name) + 1 for name in names if name and not re.search("[,;|\t]", name))
        if (len(table), explained) > (len(best.rows), best.share * total):
            best = _Sample(explained / total, width, table, width > 1 and len(list(filter(None, names))) == width)
    return best


def _counting(cells: list[str]) -> bool:
    """Whether they are whole numbers, each one more than the last."""
    if len(cells) < 2 or not all(re.fullmatch("-?[0-9]{1,15}", cell) for cell in cells):
        return False
    return all(int(b) - int(a) == 1 for a, b in pairwise(cells))


def _judged_separator(lines: list[str], given: str | None, remarks: Remarks) -> tuple[str, int]:
    """What parts the cells, and the width of the table."""
    lines = [line for line in lines if line.strip()]
    sample = lines[:240] + lines[240:][-60:]
    while len(sample) > 8 and sum(map(len, sample)) > 40_000:
        sample = sample[: len(sample) // 2]
    sample = [line[:100_000] for line in sample]
    if given is not None:
        return given, _understood(sample, given).width
    text = "\n".join(sample).replace("\t", " \t")
    mixed = bool(", " in text and re.search("[0-9],[0-9]", text))
    tried = {s: _understood(sample, s) for s in SEPARATORS if s in text and (s != ", " or mixed)}
    best = max(one.share for one in tried.values())
    tied = [s for s, one in tried.items() if one.share >= best - 0.02]
    choice = tied[0]
    one = tried[choice]
    rivals = [s for s in tied if s in {", ", " ", ",", ""}]
    if choice in rivals and len(rivals) > 1 and best > 0 and (mixed or not one.named):
        if "" in rivals and one.width == 2 and len(one.rows) > 1 and not one.named:
            # A pair of numbers, or one with a decimal comma or a blank between thousands?  A counter is a column.
            choice = choice if _counting([row[0] for row in one.rows]) else ""
        other = next(s for s in reversed(rivals) if s != choice)
        shown = next((line for line in reversed(sample) if other.strip() in line), "").strip()[:40]
        now, then = (
            f"the {SEPARATORS[s]} as separator" if s else "no separator, as one number" for s in (choice, other)
        )
        remarks.add(f"“{shown}” was read with {now}; it could also be read with {then}.", "separator")
    return choice, tried[choice].width


# -- rows -> the table among them -------------------------------------------------------------------------------------


def tabled(lines: list[str], separator: str | None, header: int | None, remarks: Remarks) -> Grid:
    """The table in a text, without what stands above and below it."""
    if declared := re.fullmatch('"?sep=(.)"? *', lines[0], re.I):
        separator = separator or (declared[1] if declared[1] in SEPARATORS else None)
        lines = ["", *lines[1:]]
    lines, numbers, comments = _uncommented(lines)
    if not any(line.strip(" \t,;|") for line in lines):
        raise UnusableError("It is empty.")
    separator, width = _judged_separator(lines, separator, remarks)
    rows = _split(lines, separator, numbers)
    while rows and separator and not any(map(str.strip, rows[-1].cells)):
        rows.pop()
    if not rows:
        raise UnusableError("It is empty.")
    if len(rows) == 1:
        rows = [rows[0]._replace(cells=rows[0].cells[: ROWS + 1])]
    above = 0
    if header:
        above = next((i for i, row in enumerate(rows) if row.line == header), len(rows)) + 1
        if above >= len(rows):
            raise UnusableError(f"Its line {header} cannot name the columns: no row stands below it.")
        width = len(rows[above - 1].cells)
    if not any(len(row.cells) == width for row in rows[above:]):
        width = Counter(len(row.cells) for row in rows[above:]).most_common(1)[0][0]
    if width > COLUMNS and len(rows) > 1:
        raise UnusableError(f"It has {width:,} columns, and at most {COLUMNS:,} are read.")

    start, end = (above + i for i in _best_run([2 if len(row.cells) == width else -1 for row in rows[above:]]))
    kinds = _kinds([row.cells for row in rows[start:end] if len(row.cells) == width])
    names = rows[above - 1].cells if header else []
    if not header:
        start += _first(rows[start:end], kinds)
    if header is None and start < end:
        names, header, start = _names(rows, start, kinds, comments, separator, remarks)
    end = start + _length(rows[start:end], kinds)
    _tell_left_out([row for row in rows[:start] if row.line != header], "above", remarks)
    _tell_left_out(rows[end:], "below", remarks)
    if start == end:
        raise UnusableError("It has no numbers.")
    grid = _shaped(rows[start:end], names, kinds, separator, remarks)
    grid.header = header or 0
    return grid


def _uncommented(lines: list[str]) -> tuple[list[str], list[int], dict[int, str]]:
    """The lines without comments and ruled lines, their numbers from 1, and the comments by their numbers."""
    comments: dict[int, str] = {}
    kept = []
    for number, line in enumerate(lines, start=1):
        if "#" in line and re.match(r"\s*#(?!N/?A|DIV|REF|VALUE|NU[LM])", line):
            comments[number] = line.lstrip("# ")
        elif "--" not in line or not re.fullmatch(r"[-|+:= ]{4,}", line):
            kept.append(number)
    return [lines[number - 1] for number in kept], kept, comments


def _shaped(rows: list[_Row], names: list[str], kinds: list[str], separator: str, remarks: Remarks) -> Grid:
    """Rows of one width under as many names."""
    width = len(kinds)
    if separator == "," and names and kinds[-1] != "gap" and (joined := _joined(rows, len(names), kinds)):
        remarks.add("The comma was taken both to part the cells and as the decimal mark.", "separator")
        cells = joined
    else:
        cells = _of_one_width(rows, width, separator, remarks)
        if names and len(names) not in {width - 1, width}:
            remarks.add(
                f"The names are {len(names):,}, but the cells below them {width:,}: no name was used.", "header"
            )
        if len(names) == width - 1:
            # No name stands above the index; or each row ends with a separator.
            names = [*names, ""] if kinds[-1] == "gap" else ["", *names]
        names = names if len(names) == width else []
    if len(rows) == 1 and not names and width > 1:
        # One row of numbers is a series; a word before it is its name.
        words = int(kinds[0] == "text")
        names, cells = cells[0][:words], [[cell] for cell in cells[0][words:]]
    elif separator:
        cells = [row for row in cells if row != names]
        inner = [row.line for row in rows[1:] if row.blanks]
        if 0 < len(inner) < 4:
            remarks.add(f"The blank line above line {inner[0]:,} was passed over, as if one table went on.", "header")
    elif len(rows) < 3 or not all(row.blanks for row in rows[1:]):
        # Between the values of a single column a blank line is a gap, unless all are spaced so.
        gaps = [0, *(row.blanks for row in rows[1:])]
        cells = [cell for row, gap in zip(cells, gaps, strict=True) for cell in [*([[""]] * gap), row]]
    names = [name.strip()[:60] for name in names] or [""] * len(cells[0])
    return Grid(names, cells, separator, 0)


def _kinds(rows: list[list[str]]) -> list[str]:
    """What the columns hold, judged on the lower half, where no titles are."""
    most = 20_000 // len(rows[0]) + 1
    lower = rows[len(rows) // 2 :]
    kinds: list[str] = []
    for sample in (lower[:: len(lower) // min(200, most) + 1], rows[:: len(rows) // most + 1]):
        counts = [
            Counter(one for cell in column if (one := kind(cell)) != "gap") for column in zip(*sample, strict=True)
        ]
        kinds = [count.most_common(1)[0][0] if count else "gap" for count in counts]
        if "number" in kinds:
            break
    return kinds


def _first(rows: list[_Row], kinds: list[str]) -> int:
    """Where the numbers begin: from there on most rows are of the columns' kinds."""
    weights: list[int] = []
    seen: list[list[str]] = []
    head = min(300, 20_000 // len(kinds) + 8)
    # Where words stand before a single column of numbers, a word among these may be a value that was lost.
    weak = kinds.count("number") == 1 and "time" not in kinds
    for i, row in enumerate(rows[:head]):
        own = list(map(kind, row.cells))
        new_table = row.blanks and i > 0
        if len(own) != len(kinds):
            weights.append(-1)
        elif new_table and _numbers_name(_same_width(rows[i : i + 9], kinds), kinds) in {"sure", "likely"}:
            weights.append(1 - 10**9)
        elif row.cells in seen:
            # A log that was continued repeats its names.
            weights.append(0)
        elif _words_above_numbers(own, kinds):
            seen.append(row.cells)
            weights.append(-(10**9) if new_table else -1 if weak else -4)
        else:
            fits = all(
                one in {column, "gap"} or column in {"text", "gap"} for one, column in zip(own, kinds, strict=True)
            )
            weights.append(1 if fits else -2)
    return _best_run([*weights, max(0, len(rows) - head)])[0]


def _same_width(rows: list[_Row], kinds: list[str]) -> list[list[str]]:
    return [row.cells for row in rows if len(row.cells) == len(kinds)]


def _words_above_numbers(own: list[str], kinds: list[str]) -> bool:
    return "time" not in own and all(
        one == "text" for one, column in zip(own, kinds, strict=True) if column == "number"
    )


def _names(
    rows: list[_Row], start: int, kinds: list[str], comments: dict[int, str], separator: str, remarks: Remarks
) -> tuple[list[str], int, int]:
    """The names above the numbers, the number of their line (0: there are none), and where the numbers begin."""
    width, first = len(kinds), rows[start]
    above = [row for row in rows[max(0, start - 2) : start] if _may_name(row.cells)]
    if not above or above[-1] is not rows[start - 1] or not _fits_above(above[-1], width, separator):
        above = []
    # Above a single column any line of words could be its name.
    title = bool(above) and width == 1 and bool(first.blanks or re.search("[ ;,]", above[-1].cells[0]))
    sure = _numbers_name(_same_width(rows[start : start + 30], kinds), kinds)
    shown = ", ".join(first.cells)[:40]
    if sure in {"sure", "likely"} and (not above or first.blanks or title or len(above[-1].cells) < width):
        if sure == "likely":
            remarks.add(f"The first row, “{shown}”, was taken for the columns' names, not for values.", "header")
        return first.cells, first.line, start + 1
    # A sentence that has as many words as there are columns looks like their names.
    sentence = separator == " " and sum(bool(re.fullmatch("(?:19|20)[0-9]{2}", cell)) for cell in first.cells) > 1
    if sure and (title or sentence or not above):
        remarks.add(f"The first row, “{shown}”, was read as values; it could also be the columns' names.", "header")
    if above:
        named = above[-1]
        if len(above) == 2 and len(above[0].cells) == len(named.cells) and not named.blanks and _are_units(named.cells):
            named = above[0]
        return named.cells, named.line, start
    # NumPy's savetxt writes the names as a comment.
    for line in [line for line in comments if line < first.line][-1:]:
        words = [row.cells for row in _split([comments[line]], separator)]
        if words and len(words[0]) == width and _may_name(words[0]) and (separator or " " not in words[0][0]):
            return words[0], line, start
    return [], 0, start


def _may_name(cells: list[str]) -> bool:
    """Whether a row above the numbers can name columns: mostly filled, with words or short whole numbers."""
    own = list(map(kind, cells))
    whole = all(re.fullmatch("[0-9]{1,4}", cell) for cell, one in zip(cells, own, strict=True) if one == "number")
    return "text" in own and "time" not in own and whole and 2 * own.count("gap") <= len(own)


def _fits_above(row: _Row, width: int, separator: str) -> bool:
    """Whether names are as many as the cells below; the index may lack one, and decimal commas may part cells too."""
    count = len(row.cells)
    index = count == width - 1 and (width > 2 or separator == " ")
    commas = separator == "," and width / 2 <= count < width
    return count == width or ((index or commas) and all(kind(cell) == "text" for cell in row.cells))


def _are_units(cells: list[str]) -> bool:
    """Whether a row below the names holds units: (mm), [°C], %, m/s."""
    unit = r"|-|[(\[].*[)\]]|[a-zA-Zµ]{0,3}[°%/‰][\w/²³°%-]*|[a-z]{1,3}"
    return any(cells) and all(re.fullmatch(unit, cell) for cell in cells)


def _numbers_name(rows: list[list[str]], kinds: list[str]) -> str:
    """Whether numbers in the first row are the columns' names (2019, 2020; pandas' 0, 1).

    Returns:
        "sure", "likely", "hardly", or "" if there is nothing to be said for it.
    """
    if len(rows) < 2:
        return ""
    first, rest = rows[0], rows[1:]
    at = [j for j, one in enumerate(kinds) if one == "number" and kind(first[j]) != "gap"]
    if not at or not all(re.fullmatch("[0-9]{1,4}", first[j]) for j in at):
        return ""
    own = [int(first[j]) for j in at]
    follow = len(own) > 1 and _counting([first[j] for j in at])
    years = all(1900 <= year <= 2100 for year in own) and own == sorted(set(own))
    if not first[0] and all(row[0] for row in rest[:2]) and (follow or years or own == [0]):
        return "sure"
    if any(_counting([first[j], *(row[j] for row in rest[:2])]) for j in at):
        return ""
    cells = [row[j] for j in at for row in rest if kind(row[j]) != "gap"]
    marked = all(re.search("[.,]", cell) for cell in cells)
    apart = years and 2 * sum(bool(re.fullmatch("(?:19|20)[0-9]{2}", cell)) for cell in cells) < len(cells)
    if (marked and (follow or years or own == [0])) or (apart and len(kinds) > 1):
        return "likely"
    return "hardly" if follow or apart else ""


_SUM = re.compile(r"(?:(?:sub|grand )?total|summe?|mean|average|gesamt|mittel|moyenne|somme)\b", re.I)


def _length(rows: list[_Row], kinds: list[str]) -> int:
    """How many rows there are before a second table, a line of words or a sum."""
    end = len(rows)
    for i, row in enumerate(rows[1:], start=1):
        if row.blanks and len(row.cells) == len(kinds) and _words_above_numbers(list(map(kind, row.cells)), kinds):
            end = i
            break
    while end and len(kinds) > 1 and kind(last := rows[end - 1].cells[0]) == "text":
        if kinds[0] == "text" and not _SUM.match(last):
            break
        end -= 1
    return end


def _tell_left_out(rows: list[_Row], where: str, remarks: Remarks) -> None:
    if rows:
        shown = " ".join(rows[0].cells).strip()[:40]
        count = "1 line" if len(rows) == 1 else f"{len(rows):,} lines"
        doubt = "header" if any(kind(cell) == "number" for row in rows for cell in row.cells) else ""
        remarks.add(f"Not read: {count} {where} the table, from “{shown}” on.", doubt)


def _joined(rows: list[_Row], names: int, kinds: list[str]) -> list[list[str]] | None:
    """Rows whose decimal commas were taken for separators, put together again; None if they are none.

    Then the names are fewer than the cells, and each missing one stands for a pair that was one number.
    """
    missing = len(kinds) - names
    at = [j for j, one in enumerate(kinds) if one == "number"][-2 * missing :]
    starts = set(at[::2])
    if missing < 1 or len(at) != 2 * missing or any(j + 1 != k for j, k in zip(at[::2], at[1::2], strict=True)):
        return None
    whole = _same_width(rows, kinds)
    if not all(
        re.fullmatch("-?[0-9]+", row[j]) and re.fullmatch("[0-9]+", row[j + 1]) for row in whole for j in starts
    ):
        return None
    joined = []
    for row in rows:
        cells = row.cells
        if len(cells) == len(kinds):
            cells = [
                f"{cell},{cells[j + 1]}" if j in starts else cell for j, cell in enumerate(cells) if j - 1 not in starts
            ]
        joined.append(cells if len(cells) == names else [""] * names)
    return joined


def _of_one_width(rows: list[_Row], width: int, separator: str, remarks: Remarks) -> list[list[str]]:
    """Cells that lack at the end are gaps; where there are too many, or blanks part them, no cell can be trusted."""
    cells, odd = [], []
    for row in rows:
        count = len(row.cells)
        if count == width:
            cells.append(row.cells)
        elif count > width and not any(row.cells[width:]):
            cells.append(row.cells[:width])
        elif count < width and separator != " ":
            cells.append(row.cells + [""] * (width - count))
        else:
            cells.append([""] * width)
            odd.append(row.line)
    if odd:
        lines = "1 line has" if len(odd) == 1 else f"{len(odd):,} lines have"
        fixed = " Columns of fixed width need a mark, such as NA, in empty cells." if separator == " " else ""
        remarks.add(f"{lines} another number of cells (line {odd[0]:,} first) and became gaps.{fixed}", "separator")
    return cells
