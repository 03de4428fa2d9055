"""What a chart says is legible at every width: no text is cut off, none stands on another, and no page is too wide."""

from .conftest import settle

FAULTS = """
() => {
  const found = [], seen = element => element.getClientRects().length && getComputedStyle(element).opacity > 0;
  for (const chart of document.querySelectorAll("svg.marks")) {
    const frame = chart.getBoundingClientRect();
    const texts = [...chart.querySelectorAll("text")].filter(text => text.textContent.trim() && seen(text))
      .map(text => [text.textContent, text.getBoundingClientRect(), text.getAttribute("font-size") === "10px"]);
    texts.forEach(([one, a, level], i) => {
      if (a.left < frame.left - 2 || a.right > frame.right + 2 || a.top < frame.top - 2 || a.bottom > frame.bottom + 2)
        found.push(`"${one}" is cut off`);
      for (const [other, b, beneath] of texts.slice(i + 1)) {
        const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        // A halo says the same as its text; and over the names of level lines there is written where a run leaves.
        if (one !== other && level === beneath && width > 2 && height > 3) found.push(`"${one}" stands on "${other}"`);
      }
    });
  }
  const main = document.querySelector("[data-testid=stMain]");
  if (main.scrollWidth > main.clientWidth + 1) found.push("the page scrolls sideways");
  return found;
}
"""

CUT = """
() => [...document.querySelectorAll(".katex-display, [data-testid=stWidgetLabel] p")]
  .filter(text => text.getClientRects().length && text.scrollWidth > text.clientWidth + 1).map(text => text.textContent)
"""


def test_no_formula_and_no_name_of_a_widget_is_cut_off(visit):
    assert visit.page.evaluate(CUT) == []


def test_no_text_of_a_chart_is_cut_off_or_covered(visit):
    page, size = visit.page, visit.page.viewport_size
    for width, height in ((1024, 6000), (390, 12_000)):  # so high that all parts are in sight
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(500)  # a chart is drawn anew at its new width after a while
        settle(page)
        assert page.evaluate(FAULTS) == [], width
    page.set_viewport_size(size)
    settle(page)
