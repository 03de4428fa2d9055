"""The widgets of the Moving averages page: the series, a visitor's own numbers and how they were read, the averages."""

from dataclasses import replace
from typing import Any

import streamlit as st

from .. import controls, html, palette, share, tables
from ..page import Page, part
from ..words import number
from .series import LONGEST, OWN, SEED, SOURCES, Made, Own
from .setting import BETA, MOST, STARTS, Setting, complement

ENCODINGS = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "utf-16": "UTF-16", "latin-1": "ISO 8859-1"}
MARKS = {".": "point", ",": "comma"}
THOUSANDS = {"": "none", ".": "point", ",": "comma", "'": "apostrophe", " ": "blank", "\xa0": "no-break blank"}
HEADERS = range(6)
"""Numbers of lines that may name the columns; 0: none does."""
FIRST = 5
"""Values that are shown of what was read."""


@part(shows=lambda now: None)
def series(page: Page[Any], now: Setting) -> None:
    """The series and its values."""
    lens = (lambda now: now.source.label), (lambda now, label: now.on(label))
    controls.choose(page, "series", lens, "Series", [*SOURCES, OWN])
    if isinstance(now.source, Own):
        _own(page, now.source)
    else:
        st.caption(now.source.about)
    if isinstance(now.source, Made):
        for name, meaning in now.source.hyperparameters.items():
            key = f"{now.source.label}.{name}"
            if name != "seed":
                controls.widget(page, key, controls.at("source", name), meaning)
            elif now.source.values["noise"]:
                low, high = int(SEED.low), int(SEED.high)
                controls.number(page, key, controls.at("source", name), "Seed of the noise", low, high)
    lens = controls.at("show")
    options = ["60", "120", "365", "all"]
    controls.segments(page, "show", lens, "Show the first", options, help="All values are averaged.")


def _own(page: Page[Any], own: Own) -> None:
    """A file or text, which column of it, and whatever was judged in reading it."""

    def dropped(now: Setting, file: Any) -> Setting:
        # An empty file is a file all the same.
        return now.given(Own(file.getvalue(), file.name)) if file else now

    st.file_uploader(
        "File",
        max_upload_size=tables.LARGEST // 10**6,
        help=f"A table as text (CSV, TSV, …), up to {tables.LARGEST // 10**6} MB; one of its columns is averaged.",
        **page.view("upload", lambda now: None, dropped),
    )
    text = own.content if isinstance(own.content, str) else ""
    lens = (lambda now: now.own.content if isinstance(now.own.content, str) else ""), _typed
    st.text_area("Or paste numbers", text, height=110, max_chars=tables.LARGEST,
                 placeholder=f"The numbers are those of {share.escape(own.file)}." if own.file else None,
                 help="In a row, or one below the other; or a table with names above its columns; or a Python list.",
                 **page.view("pasted", *lens))  # fmt: skip
    if own.table and len(own.table.columns) > 1:
        lens = (lambda now: now.own.chosen), (lambda now, name: now.given(replace(now.own, column=name)))
        controls.choose(page, "column", lens, "Column", list(own.table.columns), help="Type to search.")
    _judged(page, own)


def _typed(now: Setting, text: str) -> Setting:
    return now.given(Own(text))


def _judged(page: Page[Any], own: Own) -> None:
    """A box for everything that was judged in reading the text; those in doubt are open to the eye."""
    table = own.table
    doubtful = table.doubtful if table else frozenset[str]()
    options: dict[str, tuple[str, dict[Any, str]]] = {
        "encoding": ("Encoding", ENCODINGS if isinstance(own.content, bytes) else {}),
        "separator": ("Separator", tables.SEPARATORS),
        "decimal": ("Decimal mark", MARKS),
        "thousands": ("Thousands mark", THOUSANDS),
        "header": ("Names of the columns", {i: f"in line {i}" if i else "none" for i in HEADERS}),
        "missing": ("Marks of missing values", {(): "no number is one"}),
    }
    sure = [name for name in options if name not in doubtful and options[name][1]]
    for name in (name for name in options if name in doubtful):
        _choice(page, own, name, *options[name])
    with st.expander("How it was read", key=f"{page.key}.how-read", type="compact"):
        for name in sure:
            _choice(page, own, name, *options[name])


def _choice(page: Page[Any], own: Own, name: str, label: str, options: dict[Any, str]) -> None:
    """One argument of ``tables.read``: as judged, or as the visitor decides."""

    def get(now: Setting) -> Any:
        return dict(now.own.how).get(name)

    def put(now: Setting, value: Any) -> Setting:
        how = {key: other for key, other in now.own.how if key != name}
        return now.given(replace(now.own, how=tuple((how if value is None else how | {name: value}).items())))

    judged = getattr(own.table, name, None) if get(page.now) is None else None
    known = "as judged" if judged is None else f"as judged: {_named(judged, options)}"
    chosen = get(page.now)
    every = [None, *options, *([chosen] if chosen is not None and chosen not in options else [])]
    controls.choose(page, f"read.{name}", (get, put), label, every,
                    format_func=lambda value: known if value is None else _named(value, options))  # fmt: skip


def _named(value: Any, options: dict[Any, str]) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(number, value)) or "no number is one"
    if value in options:
        return options[value]
    return f"in line {value}" if isinstance(value, int) else str(value)


def notice(now: Setting) -> None:
    """What was read of a visitor's numbers, or why nothing was; and what the link does not hold."""
    own = now.source
    if not isinstance(own, Own):
        return
    if own.problem:
        what = "file" if own.file else "text"
        st.error(f"This {what} could not be used. {share.escape(own.problem)} An example stands in.")
        return
    st.info("\n".join(f"- {share.escape(sentence)}" for sentence in read(own)))


def read(own: Own) -> list[str]:
    """What was read, in sentences."""
    table, values = own.table, own.series.values
    assert table, "it was read"
    column = table.columns[own.chosen]
    first = ", ".join("none" if value != value else share.text(float(value)) for value in values[:FIRST])
    rest = ", …" if len(values) > FIRST else "."
    name = f"{own.file}, {own.chosen}" if own.file else own.chosen
    unit = f" ({column.unit})" if column.unit else ""
    mark = f" Decimal mark: “{table.decimal}”." if table.decimal else ""
    sentences = [
        f"Averaged: {name}{unit}. Values: {len(values):,}. Missing: {column.gaps:,}. First: {first}{rest}{mark}",
        *table.notes,
    ]
    if not own.code:
        sentences.append(f"The link does not hold these values: packed, they take more than {LONGEST:,} characters.")
    return sentences


@part(shows=lambda now: None)
def averages(page: Page[Any], now: Setting) -> None:
    """A slider for each average, in its colour, and how they start and are written."""
    html.style_of(
        rule
        for place, average in enumerate(now.averages)
        for rule in html.accent(f"{page.key}-entry-{average.id}", getattr(palette.AVERAGES[place], palette.theme()))
    )
    marks = controls.marks(BETA)
    for place, average in enumerate(now.averages, start=1):
        get, put = controls.at("averages", average.id, "beta")
        options, label = marks, "β · weight of the past"
        lens: controls.Lens = (get, put)
        if now.alpha:
            options, label = tuple(sorted(map(complement, marks))), "α · weight of the newest value"
            lens = (lambda now, get=get: complement(get(now))), (lambda now, a, put=put: put(now, complement(a)))
        with st.container(key=f"{page.key}-entry-{average.id}", border=True, gap=None):
            with st.container(
                key=f"{page.key}-head-{average.id}", horizontal=True, vertical_alignment="center", gap="xsmall"
            ):
                st.markdown(f"**Average {place}**")
                if len(now.averages) > 1:
                    st.button(f"Remove average {place}", key=f"{page.key}.{average.id}.remove", icon=":material/close:",
                              type="tertiary", help="Remove", on_click=page.act,
                              args=(lambda now, i=average.id: now.less(i),))  # fmt: skip
            controls.slide(page, f"{average.id}.beta", lens, label, options)
    full = len(now.averages) >= MOST
    st.button("Add an average", key=f"{page.key}.more", icon=":material/add:", width="stretch", disabled=full,
              help=f"At most {MOST}." if full else None, on_click=page.act, args=(Setting.more,))  # fmt: skip
    controls.segments(page, "correction", controls.at("correction"), "Start", list(STARTS), format_func=STARTS.get,
                      help="Corrected: v₀ = 0, and divided by the sum of the weights, 1 − βᵗ. At 0: v₀ = 0, not "
                      "corrected. At θ₁: v₁ = θ₁, the first value.")  # fmt: skip
    controls.segments(page, "written", controls.at("written"), "Written with", ["β", "α"],
                      help="β weighs the past: v ← βv + (1 − β)θ. α = 1 − β weighs the newest value.")  # fmt: skip
