"""In the browser: the nearest point of a chart in words, charts as pictures, and names for screen readers."""

from pathlib import Path

from streamlit.components.v2 import component

_HTML = """
<div class="tip" role="tooltip" hidden></div>
<div class="tip-dot" hidden></div>
<div class="take" hidden>
  <button type="button" title="Save this chart as a picture">PNG</button>
  <button type="button" title="Save this chart as a drawing">SVG</button>
</div>
"""

_CSS = """
.tip, .tip-dot { position: fixed; z-index: 1000; pointer-events: none; }
.tip { padding: .35rem .6rem; border-radius: 6px; font-size: .82rem; line-height: 1.45; max-width: 18rem;
       background: var(--st-background-color); color: var(--st-text-color); border: 1px solid var(--st-border-color);
       box-shadow: 0 2px 10px #0003; font-variant-numeric: tabular-nums; }
.tip div { display: flex; justify-content: space-between; gap: .9rem; }
.tip b { font-weight: 600; }
.tip[hidden], .tip-dot[hidden] { display: none; }
.tip-dot { width: 11px; height: 11px; margin: -5.5px 0 0 -5.5px; border-radius: 50%; border: 2.5px solid;
           background: var(--st-background-color); }
.take { position: fixed; z-index: 999; display: flex; gap: .2rem; }
.take[hidden] { display: flex; visibility: hidden; }
.take button { font: inherit; font-size: .72rem; padding: .1rem .4rem; cursor: pointer; border-radius: 4px;
               border: 1px solid var(--st-border-color); background: var(--st-background-color);
               color: var(--st-text-color); }
.stVegaLiteChart:focus-visible, .take button:focus-visible {
  outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
"""

_pointer = component(
    "pointer", html=_HTML, css=_CSS, js=Path(__file__).with_suffix(".js").read_text("utf-8"), isolate_styles=False
)


def pointer(key: str) -> None:
    """Once per page: it serves all of the page's charts."""
    _pointer(key=f"{key}.pointer")
