"""How long a moved slider takes to repaint: every page against a plain app and a tuned one, in the same browser.

    pip install -r requirements-dev.txt && python benchmarks/app.py [rounds]

A repaint is the time from the key press on a slider to the frame after the chart's marks changed.  The *plain
app* is one ``st.slider`` and one 50-point ``st.altair_chart`` line with Streamlit's default settings; the
*tuned app* is the same with the specification cached, the data sent by name and the collector kept out of the
way.  Rounds are interleaved, so that a noisy machine is noisy for all; trust the ratios, not the milliseconds.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]

PLAIN = """
import altair as alt, numpy as np, pandas as pd, streamlit as st
k = st.slider("k", 1, 200, 20)
x = np.arange(50)
st.altair_chart(alt.Chart(pd.DataFrame({"x": x, "y": np.sin(x * k / 100)})).mark_line().encode(x="x", y="y"))
"""

SLIDER = "[data-testid=stSidebar] [data-testid=stSlider] input[type=range]"
OPENING = "trajectories"
"""The page that stands at the bare address."""

SLIDERS = {"/": ".st-key-trajectories-1-lr input[type=range]"}
"""What is moved: the sidebar's first slider, and on Trajectories the first learning rate."""

PRESSES = 5
"""Measured presses each time that an app's tab is in front."""

TUNED = """
import gc
import altair as alt, numpy as np, pandas as pd, streamlit as st

@st.cache_resource
def settle():
    gc.collect()
    gc.freeze()

@st.cache_data
def spec():
    return alt.Chart(alt.NamedData("line")).mark_line().encode(x="x:Q", y="y:Q").to_dict()

settle()
k = st.slider("k", 1, 200, 20)
x = np.arange(50)
st.vega_lite_chart(spec() | {"datasets": {"line": pd.DataFrame({"x": x, "y": np.sin(x * k / 100)})}}, key="line")
"""

# Resolves with the milliseconds from the key press until the marks' geometry has changed and one more frame was drawn.
REPAINT = """
([selector, key]) => new Promise((resolve, reject) => {
  const look = () => [...document.querySelectorAll(selector)].map((e) => e.getAttribute("d")).join();
  const before = look();
  let began = null;
  const observer = new MutationObserver(() => {
    if (began === null || look() === before) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began), 0));
  });
  observer.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["d"] });
  document.addEventListener("keydown", () => { began = performance.now(); }, { once: true, capture: true });
  window.armed = true;
  setTimeout(() => { observer.disconnect(); reject(new Error("no repaint within 10 s")); }, 10000);
})
"""


@contextmanager
def serve(script: Path, port: int, cwd: Path) -> Iterator[str]:
    """A Streamlit server for ``script``, up and healthy."""
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port),
               "--server.headless", "true", "--server.address", "127.0.0.1", "--server.fileWatcherType", "none",
               "--browser.gatherUsageStats", "false"]  # fmt: skip
    server = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health")
                break
            except OSError:
                time.sleep(0.25)
        yield url
    finally:
        server.terminate()
        server.wait()


def ready(page: Page, url: str) -> None:
    """Open a page and wait until it is drawn."""
    page.goto(url)
    page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']", timeout=60_000)
    page.wait_for_selector("g.mark-line path[d]", state="attached", timeout=60_000)
    page.wait_for_timeout(1500)


def press(page: Page, slider: str, key: str) -> float:
    """Milliseconds from a key press on a slider to its repaint."""
    page.locator(slider).first.focus()
    page.evaluate("window.armed = false")
    handle = page.evaluate_handle(f"(a) => {{ window.result = ({REPAINT})(a); window.result.catch(() => 0); }}",
                                  ["g.mark-line path", key])  # fmt: skip
    handle.dispose()
    page.keyboard.press(key)
    took = page.evaluate("window.result")
    page.wait_for_selector("[data-test-script-state='notRunning']")
    page.wait_for_timeout(150)
    return took


def main(rounds: int) -> None:
    subjects = {"plain app": PLAIN, "tuned app": TUNED}
    stems = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
    pages = {f"page {stem}": "/" if stem == OPENING else f"/{stem}" for stem in stems}
    times: dict[str, list[float]] = {name: [] for name in [*subjects, *pages]}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened: dict[str, tuple[Page, str]] = {}
        for port, (name, script) in enumerate(subjects.items(), start=8611):
            file = folder / f"{name.split()[0]}.py"
            file.write_text(script)
            url = stack.enter_context(serve(file, port, folder))
            opened[name] = (browser.new_page(), "[data-testid=stSlider] input[type=range]")
            ready(opened[name][0], url)
        url = stack.enter_context(serve(ROOT / "app.py", 8610, ROOT))
        for name, path in pages.items():
            opened[name] = (browser.new_page(viewport={"width": 1400, "height": 1000}), SLIDERS.get(path, SLIDER))
            ready(opened[name][0], url + path)
        for _ in range(rounds):
            for name, (page, slider) in opened.items():
                page.bring_to_front()
                page.wait_for_timeout(500)
                # The first press after a change of tabs also pays for the tab's own repaint.
                took = [
                    press(page, slider, "ArrowLeft" if number % 2 else "ArrowRight") for number in range(PRESSES + 1)
                ]
                times[name] += took[1:]
        browser.close()
    plain = statistics.median(times["plain app"])
    print(f"{'':24} median    p95   ratio to the plain app   ({rounds * PRESSES} presses each, ms)")
    for name, values in times.items():
        p95 = statistics.quantiles(values, n=20)[-1]
        print(f"{name:24} {statistics.median(values):6.0f} {p95:6.0f}   {statistics.median(values) / plain:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
