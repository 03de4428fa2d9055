"""Tables to take away: CSV as spreadsheets read it."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a text begins with that a spreadsheet computes."""


def button(label: str, name: str, make: Callable[[], pd.DataFrame]) -> None:
    """A button that saves a table as ``name``.csv.

    The table is made on the click, in a thread that has no session: ``make`` must bring along all that it needs.
    """
    icon = ":material/download:"
    st.download_button(label, lambda: text(make()), f"{name}.csv", "text/csv", icon=icon, on_click="ignore")


def text(table: pd.DataFrame) -> str:
    """The CSV, each number to its last bit.

    It begins with a byte-order mark, without which Excel garbles η; and no text in it, be it a visitor's own, is
    computed as a formula.
    """
    safe = table.rename(columns=_harmless)
    for name in safe.select_dtypes(exclude="number"):
        safe[name] = safe[name].map(_harmless)
    return "\ufeff" + safe.to_csv(index=False, lineterminator="\r\n")


def _harmless(cell: str) -> str:
    """The text, behind an apostrophe where a spreadsheet would compute it: the apostrophe says that it is a text."""
    return f"'{cell}" if cell.lstrip()[:1] in _FORMULA or cell[:1] in ("\t", "\r") else cell
