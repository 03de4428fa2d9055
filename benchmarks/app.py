"""How long a moved slider takes to repaint: every page against a plain app and a tuned one, in the same browser.

    pip install -r requirements-dev.txt && python benchmarks/app.py [rounds]

A repaint is the time from the key press on a slider to the frame after the first chart's marks changed, and the page
is done after the last change of any chart.  The plain and the tuned app are those of ``subjects.py``.  Rounds are
interleaved, so that a noisy machine is noisy for all; trust the ratios, not the milliseconds.
"""

import os
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright
from subjects import APPS, PAGES, ROOT, serve

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]

SLIDERS = ("[data-testid=stSidebar] [class*='-lr'] input[type=range]", "[data-testid=stSidebar] input[type=range]")
"""What may be moved on a page: a learning rate, or else any slider of the sidebar; the first that moves a line is."""

PRESSES = 5
"""Measured presses each time that an app's tab is in front."""

# Resolves with the milliseconds from the key press until the marks' geometry first changed and one more frame was
# drawn, and until it last changed before half a second of quiet.
REPAINT = """
(selector) => new Promise((resolve, reject) => {
  const look = () => [...document.querySelectorAll(selector)].map((e) => e.getAttribute("d")).join();
  const before = look();
  let began = null, first = null, last = null, quiet = null;
  const observer = new MutationObserver(() => {
    if (began === null || (first === null && look() === before)) return;
    last = performance.now() - began;
    if (first === null) {
      first = last;
      requestAnimationFrame(() => setTimeout(() => { first = performance.now() - began; }, 0));
    }
    clearTimeout(quiet);
    quiet = setTimeout(() => { observer.disconnect(); resolve([first, Math.max(first, last)]); }, 500);
  });
  observer.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["d"] });
  document.addEventListener("keydown", () => { began = performance.now(); }, { once: true, capture: true });
  setTimeout(() => { if (first === null) { observer.disconnect(); reject(new Error("no repaint in 10 s")); } }, 10000);
})
"""


def ready(page: Page, url: str) -> None:
    """Open a page and wait until it is drawn."""
    page.goto(url)
    page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']", timeout=60_000)
    page.wait_for_selector("g.mark-line path[d]", state="attached", timeout=60_000)
    page.wait_for_timeout(1500)


def moving(page: Page) -> Locator:
    """A slider of a page that moves a line, two marks from where the page's preset has it.

    The first move away from a preset also changes its caption and the box it was chosen in; all others do not.
    """
    look = "() => [...document.querySelectorAll('g.mark-line path')].map((e) => e.getAttribute('d')).join()"
    for selector in SLIDERS:
        for slider in page.locator(selector).all():
            before = page.evaluate(look)
            slider.press("ArrowRight")
            page.wait_for_timeout(2000)
            moved = page.evaluate(look) != before
            slider.press("ArrowRight" if moved else "ArrowLeft")
            page.wait_for_timeout(1000)
            if moved:
                return slider
    raise RuntimeError(f"No slider of {page.url} moves a line.")


def press(page: Page, slider: Locator, key: str) -> tuple[float, float]:
    """Milliseconds from a key press on a slider to its repaint, and until the page is done."""
    slider.focus()
    page.evaluate(f"(a) => {{ window.result = ({REPAINT})(a); window.result.catch(() => 0); }}", "g.mark-line path")
    page.keyboard.press(key)
    took = page.evaluate("window.result")
    page.wait_for_selector("[data-test-script-state='notRunning']")
    return took[0], took[1]


def main(rounds: int) -> None:
    times: dict[str, list[tuple[float, float]]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened: dict[str, tuple[Page, Locator]] = {}
        for app, script in APPS.items():
            file = folder / f"{app}.py"
            file.write_text(script)
            url, _ = stack.enter_context(serve(file, folder))
            page = browser.new_page()
            ready(page, url)
            opened[f"{app} app"] = (page, page.locator("[data-testid=stSlider] input[type=range]").first)
        url, _ = stack.enter_context(serve(ROOT / "app.py", ROOT))
        for stem, (path, query) in PAGES.items():
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            ready(page, f"{url}/{path}?{query}")
            opened[f"page {stem}"] = (page, moving(page))
        for _ in range(rounds):
            for name, (page, slider) in opened.items():
                page.bring_to_front()
                page.wait_for_timeout(500)
                # The first press after a change of tabs also pays for the tab's own repaint.
                took = [
                    press(page, slider, "ArrowLeft" if number % 2 else "ArrowRight") for number in range(PRESSES + 1)
                ]
                times.setdefault(name, []).extend(took[1:])
        browser.close()
    plain = statistics.median(first for first, _ in times["plain app"])
    print(f"{'':24} repaint: median    p95   ratio to the plain app   done: median   ({rounds * PRESSES} presses, ms)")
    for name, values in times.items():
        firsts, lasts = zip(*values, strict=True)
        median, p95 = statistics.median(firsts), statistics.quantiles(firsts, n=20)[-1]
        print(f"{name:24} {median:15.0f} {p95:6.0f}   {median / plain:22.2f}   {statistics.median(lasts):12.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
