"""JSON as programs write tables of it -> rows and names.

Records, one object each, in a list or one a line; an object of columns, each a list or an object from row to value; and
pandas' ``split``, which has the names and the rows apart.  Numbers keep the digits that they are written with.
"""

import json
from typing import Any

from .table_rows import Grid


def records(text: str) -> Grid | None:
    """The table of a JSON text; None if it is none."""
    text = text.strip()
    if text[:1] not in ("[", "{") or '"' not in text:
        return None
    try:
        found = _parsed(text)
    except (ValueError, RecursionError):
        try:
            found = [_parsed(line) for line in text.split("\n") if line.strip()]
        except (ValueError, RecursionError):
            return None
    return _grid(found)


def _parsed(text: str) -> Any:
    return json.loads(text, parse_float=str, parse_int=str)


def _grid(found: Any) -> Grid | None:
    if isinstance(found, dict):
        if isinstance(found.get("columns"), list) and isinstance(found.get("data"), list):
            return _rows(list(map(_cell, found["columns"])), [row for row in found["data"] if isinstance(row, list)])
        # An answer's envelope: what it holds beside the one list of records describes it.
        inner = [value for value in found.values() if _are_records(value)]
        if len(inner) == 1:
            return _grid(inner[0])
        columns = {name: value for name, value in found.items() if isinstance(value, list | dict)}
        if not columns:
            return None
        if all(isinstance(value, dict) for value in columns.values()) and _counted(columns):
            return _grid(list(columns.values()))  # by row, as pandas' "index"
        places = list(dict.fromkeys(place for value in columns.values() for place in _by_place(value)))
        cells = [[_by_place(value).get(place) for value in columns.values()] for place in places]
        return _rows(list(columns), cells)
    if not _are_records(found):
        return None
    flat = [_flat(record) for record in found]
    names = list(dict.fromkeys(name for record in flat for name in record))
    return _rows(names, [[record.get(name) for name in names] for record in flat])


def _counted(columns: dict[str, Any]) -> bool:
    """Whether numbers name the rows of a table that is written row by row: what is inside has names."""
    return all(map(str.isdecimal, columns)) and not all(
        str(name).isdecimal() for row in columns.values() for name in row
    )


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(record, dict) for record in value)


def _by_place(column: Any) -> dict[Any, Any]:
    return column if isinstance(column, dict) else dict(enumerate(column))


def _flat(record: dict[str, Any], before: str = "") -> dict[str, Any]:
    """A record whose records are spread over names with dots."""
    flat: dict[str, Any] = {}
    for name, value in record.items():
        flat |= _flat(value, f"{before}{name}.") if isinstance(value, dict) else {before + name: value}
    return flat


def _rows(names: list[str], rows: list[list[Any]]) -> Grid | None:
    if not names or not rows:
        return None
    width = len(names)
    return Grid(names, [[_cell(value) for value in [*row, *[None] * width][:width]] for row in rows], "", 0)


def _cell(value: Any) -> str:
    return "" if value is None else str(value)
