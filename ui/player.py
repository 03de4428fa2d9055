"""The step cursor that moves every chart of the page in the browser, and the click that moves the start on its map."""

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.components.v2 import component

from .charts import MOST_STEPS
from .frames import Box, stops

_HTML = """
<div class="player">
  <button type="button" class="play" aria-label="Play" title="Play or pause">
    <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M8 5v14l11-7z"/></svg>
  </button>
  <input class="step" type="range" min="0" value="0" step="1" aria-label="Step cursor">
  <output class="at" aria-live="off"></output>
</div>
"""

_CSS = """
.player { display: flex; align-items: center; gap: .75rem; font: inherit; color: var(--st-text-color); }
.play { width: 2.1rem; height: 2.1rem; flex: none; padding: 0; border-radius: 50%; cursor: pointer;
        border: 1px solid var(--st-border-color);
        background: var(--st-background-color); color: var(--st-primary-color); }
.play:hover { border-color: var(--st-primary-color); }
.play:focus-visible, .step:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.play svg { width: 1.25rem; height: 1.25rem; display: block; margin: auto; fill: currentColor; }
.step { flex: 1; min-width: 0; accent-color: var(--st-primary-color); }
.at { flex: none; min-width: 7.2rem; text-align: right; font-variant-numeric: tabular-nums; font-size: .875rem; }
[class*="-map"] svg.marks { cursor: crosshair; }
.vega-bindings:has(input[name=upto]) { display: none !important; }
"""

_JS = """
const PLAY = "M8 5v14l11-7z", PAUSE = "M7 5h4v14H7zM13 5h4v14h-4z";

export default function ({ parentElement, data, setTriggerValue }) {
  const $ = (selector) => parentElement.querySelector(selector);
  const slider = $(".step"), button = $(".play"), out = $(".at"), icon = $(".play path");
  const last = data.steps;
  // Every line has a point at each of the cursor's stops: what is shown there is exact.
  const stop = (i) => Math.floor(i * last / data.stops);
  const before = (step) => Math.min(data.stops, Math.ceil((step + 1) * data.stops / last) - 1);
  // A rerun keeps the cursor where it was; at the end it stays at the end, however long the runs become.
  const kept = parentElement.dataset ?? {};
  let step = kept.step === undefined || kept.step === "end" ? last : stop(before(Number(kept.step)));
  let timer = null;

  const show = () => {
    slider.max = data.stops;
    slider.value = before(step);
    out.textContent = `step ${step.toLocaleString("en")} of ${last.toLocaleString("en")}`;
    slider.setAttribute("aria-valuetext", out.textContent);
    kept.step = step === last ? "end" : String(step);
    // Past the end every chart draws everything, fractional last points included.
    const upto = step === last ? String(data.end) : String(step);
    for (const input of document.querySelectorAll(".vega-bindings input[name=upto]"))
      if (input.value !== upto) {
        input.value = upto;
        input.dispatchEvent(new Event("input", { bubbles: true }));
      }
  };
  const pause = () => {
    cancelAnimationFrame(timer);
    timer = null;
    icon.setAttribute("d", PLAY);
    button.setAttribute("aria-label", "Play");
  };
  const play = () => {
    if (step === last) step = 0;
    icon.setAttribute("d", PAUSE);
    button.setAttribute("aria-label", "Pause");
    // About eight seconds for a run, and in fewer, larger moves for a reader who asked for less motion.
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const from = step, began = performance.now(), pace = last / 8000;
    const tick = (now) => {
      let next = Math.min(last, from + Math.floor((now - began) * pace));
      if (calm && next < last) next -= next % Math.max(1, Math.round(last / 8));
      next = stop(before(next));
      if (next > step) { step = next; show(); }
      if (step < last) timer = requestAnimationFrame(tick); else { pause(); rest(); }
    };
    timer = requestAnimationFrame(tick);
  };

  // The server hears of the step where the cursor comes to rest, if anything is written out there.
  let resting = null;
  const rest = () => {
    clearTimeout(resting);
    if (data.rests) resting = setTimeout(() => setTriggerValue("rest", step), 400);
  };

  button.onclick = () => {
    if (timer === null) return play();
    pause();
    rest();
  };
  slider.oninput = () => { pause(); step = stop(Number(slider.value)); show(); };
  slider.onchange = () => rest();

  // A chart that is drawn anew starts at its end: bring it to the cursor.
  const observer = new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.nodeType === 1);
    if (added.some((node) => node.matches(".vega-bindings, .vega-bind") || node.querySelector(".vega-bind"))) show();
  });
  observer.observe(document.body, { childList: true, subtree: true });

  // The frame of the map's plot has the ranges of its axes: a click in it is a point of the plane.
  const clicked = (event) => {
    const frame = document.querySelector(`.${data.map} svg .root > g > path.background`)?.getBoundingClientRect();
    if (!frame || !event.target.closest(`.${data.map} svg`)) return;
    const [u, v] = [(event.clientX - frame.left) / frame.width, (frame.bottom - event.clientY) / frame.height];
    if (u < 0 || u > 1 || v < 0 || v > 1) return;
    const { left, right, bottom, top } = data.box;
    setTriggerValue("pick", { x: left + u * (right - left), y: bottom + v * (top - bottom) });
  };
  document.addEventListener("click", clicked);
  pause();
  show();
  return () => { pause(); observer.disconnect(); document.removeEventListener("click", clicked); };
}
"""

_player = component("step_cursor", html=_HTML, css=_CSS, js=_JS, isolate_styles=False)


def player(
    key: str,
    steps: int,
    box: Box,
    on_pick: Callable[[float, float], None],
    on_rest: Callable[[int], None] | None = None,
) -> None:
    """The cursor over ``steps`` steps: no message goes to the server while it moves.

    ``on_pick`` gets the point that was clicked on the page's map, whose element key is ``key.map``, and ``on_rest`` the
    step at which the cursor was let go.
    """

    def value(name: str) -> Any:
        """What the cursor says; nothing where another page has been opened meanwhile."""
        state = st.session_state.get(f"{key}.player")
        return state and state[name]

    def picked() -> None:
        if point := value("pick"):
            on_pick(point["x"], point["y"])

    def rested() -> None:
        if on_rest and (step := value("rest")) is not None:
            on_rest(int(step))

    ends = {"steps": steps, "stops": stops(steps), "end": MOST_STEPS}
    data = ends | {"map": f"st-key-{key}-map", "box": box._asdict(), "rests": on_rest is not None}
    _player(key=f"{key}.player", data=data, on_pick_change=picked, on_rest_change=rested)
