"""The Mini-batches page as a visitor uses it."""

import re

from playwright.sync_api import Page, expect

from .conftest import settle

KEY = "batches"

ROWS = """
(chart) => [...document.querySelectorAll(`.st-key-batches-${chart} g.mark-line path`)]
  .map((path) => (path.__data__?.mark?.items ?? []).map((item) => item.datum.y))
"""
SHAPES = """
(chart) => [...document.querySelectorAll(`.st-key-batches-${chart} g.mark-line path`)].map((e) => e.getAttribute("d"))
"""


def drawn(page: Page, chart: str) -> list[str]:
    """The shape of each line of a chart: first the mini-batches', then those of all examples."""
    return page.evaluate(SHAPES, chart)


def changed(page: Page, chart: str, before: list[str]) -> list[str]:
    """The same, once it has changed."""
    page.wait_for_function(f"(before) => JSON.stringify(({SHAPES})('{chart}')) !== JSON.stringify(before)", arg=before)
    settle(page)
    return drawn(page, chart)


def test_a_moved_batch_size_moves_its_lines_alone_and_keeps_the_views(open_page):
    page = open_page("/mini_batches?run=SGD,lr=0.1;full&run=SGD,lr=0.1;64")
    page.evaluate("document.querySelectorAll('svg.marks').forEach((svg) => { svg.kept = true; })")
    before, shapes = page.evaluate(ROWS, "costs"), drawn(page, "costs")
    assert len(before) == 4
    page.get_by_role("group", name="SGD, B = 64", exact=True).get_by_role("slider", name="batch size").press(
        "ArrowLeft"
    )
    expect(page.get_by_role("group", name="SGD, B = 32", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"run=SGD%2Clr%3D0\.1%3B32"))
    changed(page, "costs", shapes)
    after = page.evaluate(ROWS, "costs")
    assert [now != old for now, old in zip(after, before, strict=True)] == [False, True, False, True]
    assert page.evaluate("[...document.querySelectorAll('svg.marks')].every((svg) => svg.kept)")


def test_another_axis_and_other_data(open_page):
    page = open_page("/mini_batches?run=SGD,lr=0.1;full&run=SGD,lr=0.1;128&epochs=2&updates=20")
    before = drawn(page, "costs")
    page.get_by_role("radio", name="updates", exact=True).click()
    changed(page, "costs", before)
    expect(page.locator(f".st-key-{KEY}-costs svg.marks")).to_contain_text("updates")
    plot = page.locator(f".st-key-{KEY}-costs svg.marks .root > g > path.background").first.bounding_box()
    for nudge in (2, 0):
        page.mouse.move(plot["x"] + plot["width"] / 2 + nudge, plot["y"] + 120)
    expect(page.locator(".tip")).to_contain_text(re.compile("updates(9|10|11)cost J"))
    page.get_by_role("radio", name="Digits", exact=True).click()
    expect(page.locator(f".st-key-{KEY}-accuracy g.mark-line path[d]").first).to_be_attached()
    expect(page).to_have_url(re.compile("data=Digits"))
    expect(page.locator(f".st-key-{KEY}-map")).to_have_count(0)
    settle(page)


def test_a_click_on_the_map_starts_there(open_page):
    page = open_page("/mini_batches?run=SGD,lr=0.1;full")
    before = drawn(page, "map")
    plot = page.locator(f".st-key-{KEY}-map svg .root > g > path.background")
    plot.scroll_into_view_if_needed()
    frame = plot.bounding_box()
    page.mouse.click(frame["x"] + frame["width"] * 0.9, frame["y"] + frame["height"] * 0.9)
    expect(page).to_have_url(re.compile(r"start=2[01](\.\d)?%2C-1[78]"))
    changed(page, "map", before)
