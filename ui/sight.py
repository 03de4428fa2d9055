"""Which late parts of a page are in sight: the browser reports them, so that the server leaves the others alone."""

from collections.abc import Callable

import streamlit as st
from streamlit.components.v2 import component

_JS = """
export default function ({ data, setTriggerValue }) {
  const NEAR = 400;  // pixels: what is about to be scrolled to is drawn ahead
  let sent = null, timer = null, left = false;
  const look = () => {
    const inSight = [...document.querySelectorAll(`[class*="st-key-${data.key}-late-"]`)].filter((part) => {
      const { top, bottom } = part.getBoundingClientRect();
      return bottom > -NEAR && top < innerHeight + NEAR;
    });
    const prefix = `st-key-${data.key}-late-`;
    const nameOf = (part) => [...part.classList].find((name) => name.startsWith(prefix)).slice(prefix.length);
    const names = inSight.map(nameOf).sort(), seen = names.join(" ");
    if (seen === sent) return;
    sent = seen;
    setTriggerValue("seen", { names });
  };
  const soon = () => { clearTimeout(timer); if (!left) timer = setTimeout(look, 120); };
  // Another page was chosen: a slow server that hears of this one at the same time would forget the choice.
  const leave = (event) => {
    const link = event.target.closest("a[href]");
    if (!link || link.target || link.pathname === location.pathname) return;
    left = true;
    clearTimeout(timer);
  };
  document.addEventListener("click", leave, { capture: true });
  document.addEventListener("scroll", soon, { passive: true, capture: true });
  addEventListener("resize", soon);
  soon();
  return () => {
    clearTimeout(timer);
    document.removeEventListener("click", leave, { capture: true });
    document.removeEventListener("scroll", soon, { capture: true });
    removeEventListener("resize", soon);
  };
}
"""

_sight = component("sight", html="<span></span>", js=_JS, isolate_styles=False)


def sight(key: str, on_seen: Callable[[set[str] | None], None]) -> None:
    """Once per page: ``on_seen`` gets the names of the late parts in sight, whenever they change; None for a page that
    has been left."""

    def seen() -> None:
        state = st.session_state.get(f"{key}.sight")
        on_seen(set(state.seen["names"]) if state and state.seen else None)

    _sight(key=f"{key}.sight", data={"key": key}, on_seen_change=seen)
