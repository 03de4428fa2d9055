"""Legends and tables as HTML: one element each, where Streamlit's own would make a document of every cell."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape

import streamlit as st

STYLE = """
.table { width: 100%; border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
.table th { text-align: left; font-weight: 500; opacity: .8; }
.table th, .table td { padding: .35rem .6rem .35rem 0; border-bottom: 1px solid #8884; }
.table td { white-space: nowrap; }
.table th > span { display: block; width: max-content; max-width: 7.5em; }
@media (min-width: 768px) { .table th > span { width: auto; max-width: none; } }
.scrolls { overflow-x: auto; }
.sentences { margin: 0 0 .6rem; line-height: 1.6; }
.scrolls:focus-visible { outline: 2px solid var(--st-primary-color, #2F5D8A); outline-offset: 2px; }
.scrolls::-webkit-scrollbar { height: 8px; }
.scrolls::-webkit-scrollbar-thumb { background: #8888; border-radius: 4px; }
.room { height: 22rem; }
.legend { line-height: 1.8; font-size: .9rem; }
.swatch { display: inline-flex; align-items: center; gap: .45rem; margin-right: 1.1rem; white-space: nowrap; }
.swatch { vertical-align: middle; }
.swatch > span { width: 1.7rem; }
[class*="-grid-"] { display: grid !important; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: .1rem 1rem; }
[class*="-grid-"] > :last-child:nth-child(odd) { grid-column: 1 / -1; }
[class*="-grid-"] label, [class*="-grid-"] label > div { min-width: 0; max-width: 100%; overflow: hidden; }
[class*="-grid-"] label p { font-size: .77rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
[class*="-grid-"] [data-testid=stSlider] { padding-bottom: .2rem; }
[class*="-head-"] > :first-child { flex: 1 !important; }
[class*="-head-"] button [data-testid=stMarkdownContainer],
[class*="-presets"] :is(button, a) [data-testid=stMarkdownContainer] {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
[class*="-entry-"] summary { opacity: .85 !important; }
.katex-display { padding: 2px 4px; }
[class*="-worked"] .katex { font-size: 1.05em; }
[class*="-gallery"] .katex { font-size: .95em; }
[data-testid=stCaptionContainer] { color: inherit !important; opacity: .8; }
[data-testid=stSliderThumbValue] { color: inherit !important; }
svg.marks .role-axis-label text, svg.marks .role-axis-title text { fill: currentColor; fill-opacity: .8; }
[class*="-presets"] a { border: 1px solid #8884; border-radius: 6px; height: 2.5rem; padding: 0 .5rem; }
[class*="-presets"] .stElementContainer:has(> .stPageLink), [class*="-presets"] a { margin: 0 !important; }
[class*="-presets"] { flex-wrap: nowrap !important; }
[class*="-presets"] > :first-child { flex: 0 1 22rem !important; min-width: 0 !important; }
[class*="-caption"] { min-height: 2.7rem; border-left: 3px solid #8886; padding-left: .8rem; }
[class*="-caption"] p { font-size: .95rem; line-height: 1.4; }
[class*="-entry-"] { padding: .3rem .9rem .4rem !important; }
[data-testid=stSidebarHeader] { height: 2.75rem !important; margin-bottom: 0 !important; }
[data-testid=stMainBlockContainer] { padding-top: 4.25rem !important; }
[data-testid=stMainBlockContainer] h1 { padding: 0; }
@media (max-width: 1200px) { [data-testid=stMainBlockContainer] { padding-inline: 1.5rem !important; } }
@media (max-width: 767.98px) {
  [data-testid=stMainBlockContainer] { padding-inline: 1rem !important; padding-bottom: 50dvh !important; }
  [data-testid=stExpandSidebarButton]::after { content: "Sliders and pages"; margin-left: .4rem; font-size: .9rem; }
  [data-testid=stSidebar] { position: fixed !important; top: auto !important; bottom: 0 !important; left: 0 !important;
    height: 44dvh !important; width: 100vw !important; min-width: 100vw !important; max-width: 100vw !important;
    border-top: 1px solid #8886; box-shadow: 0 -4px 16px #0003; }
  [data-testid=stSidebar][data-collapsed=true] { transform: translateY(110%) !important; }
  [data-testid=stSidebarHeader] { position: absolute; top: 0; right: 0; z-index: 2; padding: 0 .75rem !important; }
  [data-testid=stSidebarCollapseButton] [data-testid=stIconMaterial] { rotate: -90deg; }
  [data-testid=stSidebarNav] { padding: .35rem 2.2rem .35rem 0; }
  [data-testid=stSidebarNavItems] { display: flex; flex-wrap: wrap; gap: .1rem; padding: 0; }
  [data-testid=stSidebarNavSeparator], [data-testid=stNavSectionHeader] { display: none; }
  [data-testid=stSidebarNavItems] > div { display: contents; }
  [data-testid=stSidebarNavLink] { padding: .1rem .35rem !important; }
  [data-testid=stSidebarNavLink] span, [data-testid=stSidebarNavLink] div { font-size: .82rem; line-height: 1.25; }
  [data-testid=stSidebarUserContent] { padding-top: .5rem !important; }
  [class*="-worked"] .katex { font-size: .78em; }
}
[data-testid=stElementToolbar]:has(+ * svg.marks), .stVegaLiteChart [data-testid=stElementToolbar],
[data-testid=stFullScreenFrame]:has(svg.marks) [data-testid=stElementToolbar] { display: none !important; }
[class*="-basins-"] g.mark-image image { image-rendering: pixelated; }
.meter { display: flex; align-items: center; gap: .5rem; }
.meter > b { flex: none; min-width: 2.1rem; text-align: right; font-weight: 400; }
.meter > span { position: relative; flex: 1; min-width: 5rem; height: .7rem; }
.meter i { position: absolute; top: 0; bottom: 0; left: 0; border-radius: 0 2px 2px 0; }
.meter u { position: absolute; top: -.25rem; bottom: -.25rem; border-left: 2px dotted currentColor; }
"""


LECTURE = """
[data-testid=stSidebar], [data-testid=stHeader], [data-testid=stExpandSidebarButton] { display: none !important; }
html { font-size: 18.5px !important; }
[data-testid=stMainBlockContainer] { padding: .8rem 1.5rem 1rem !important; }
svg.marks g.mark-line path { stroke-width: 3px; }
svg.marks g.role-axis-label text { font-size: 13px; }
svg.marks g.role-axis-title text { font-size: 15px; }
"""


def style(lecture: bool = False) -> None:
    """The look of what this module makes, once per page: a style that moves makes the browser restyle everything."""
    st.html(f"<style>{STYLE}{LECTURE if lecture else ''}</style>")


def room() -> None:
    """The place of what is drawn once it is in sight."""
    st.html('<div class="room"></div>')


def style_of(rules: Iterable[str]) -> None:
    """Rules of its own for one part of a page."""
    st.html(f"<style>{''.join(rules)}</style>")


def accent(card: str, color: str) -> Iterable[str]:
    """A stripe on the card of this class, and sliders in the same colour."""
    yield f".st-key-{card}{{border-left:4px solid {color}!important}}"
    yield f".st-key-{card} [role=group]>div>div:first-child{{background:{color}55!important}}"
    yield f".st-key-{card} div:has(>div>input[type=range]){{background:{color}!important}}"
    yield f".st-key-{card} [data-testid=stSliderThumbValue]{{color:inherit!important}}"


def swatch(line: str, name: str) -> str:
    """A name behind a sample of its line, which is a CSS border."""
    return f'<span class="swatch"><span style="border-top:{line}"></span>{escape(name)}</span>'


def dot(color: str, name: str) -> str:
    """A name behind a dot."""
    round_ = f"width:.5rem;height:.5rem;border-radius:50%;background:{color}"
    return f'<span class="swatch"><span style="{round_}"></span>{escape(name)}</span>'


def legend(swatches: Sequence[str]) -> None:
    """Swatches in a row."""
    st.html(f'<div class="legend">{"".join(swatches)}</div>')


def sentences(texts: Sequence[str]) -> None:
    """Sentences, themselves HTML, as one paragraph, where Markdown would be parsed anew at each move."""
    st.html(f'<p class="sentences">{" ".join(texts)}</p>')


def meter(text: str, part: float, color: str, mark: float | None = None) -> str:
    """A number, a bar over so large a part of the room beside it, and perhaps a mark at another part of it."""
    bar = f'<i style="width:{100 * part:.4g}%;background:{color}"></i>'
    other = "" if mark is None else f'<u style="left:{100 * mark:.4g}%"></u>'
    return f'<div class="meter"><b>{escape(text)}</b><span>{bar}{other}</span></div>'


def least(values: Sequence[float], i: int, text: Callable[[float], str]) -> str:
    """A cell with the i-th of a column's values, bold where no finite one is less and another is more."""
    cell = escape(text(values[i]))
    least = min(filter(math.isfinite, values), default=None)
    return f"<b>{cell}</b>" if values[i] == least and any(value != least for value in values) else cell


def table(rows: Sequence[Mapping[str, str]]) -> None:
    """Rows whose cells are HTML, under the names of their columns; what is wider than the screen scrolls."""
    # A word begins with a capital letter, a symbol such as f keeps its case.
    names = [re.sub("^[a-z](?=[a-z])", lambda first: first[0].upper(), name) for name in rows[0]]
    head = "".join(f"<th><span>{escape(name)}</span></th>" for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row.values())}</tr>" for row in rows)
    table = f'<table class="table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    label = escape(", ".join(names))
    st.html(f'<div class="scrolls" tabindex="0" role="group" aria-label="{label}">{table}</div>')
