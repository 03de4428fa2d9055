"""When the visitor's theme changes, by the menu or by the system, the page is drawn for it: Streamlit does not ask."""

from streamlit.components.v2 import component

_JS = """
let drawn = null;  // the paper's colour for which the page was drawn
export default function ({ setTriggerValue }) {
  const app = document.querySelector(".stApp"), paper = () => getComputedStyle(app).backgroundColor;
  let timer = null;
  const look = () => {
    if (paper() === drawn) return;
    drawn = paper();
    setTriggerValue("turned", drawn);
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(look, 120); };
  drawn ??= paper();
  const turned = new MutationObserver(soon);
  turned.observe(app, { attributes: true, attributeFilter: ["class"] });
  soon();
  return () => { clearTimeout(timer); turned.disconnect(); };
}
"""

_theme = component("theme", html="<span></span>", js=_JS, isolate_styles=False)


def follow_theme(key: str) -> None:
    """Once per page, outside of its parts: its message reruns all of the page."""
    _theme(key=f"{key}.theme", on_turned_change=lambda: None)
