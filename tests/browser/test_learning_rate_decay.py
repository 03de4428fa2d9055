"""The Learning-rate decay page as a visitor uses it."""

import re

from playwright.sync_api import Page, expect

from .conftest import settle

KEY = "decay"

SHAPES = """
(chart) => [...document.querySelectorAll(`.st-key-decay-${chart} g.mark-line path`)].map((e) => e.getAttribute("d"))
"""


def drawn(page: Page, chart: str) -> list[str]:
    """The shape of each line of a chart."""
    return page.evaluate(SHAPES, chart)


def changed(page: Page, chart: str, before: list[str]) -> list[str]:
    """The same, once it has changed."""
    page.wait_for_function(f"(before) => JSON.stringify(({SHAPES})('{chart}')) !== JSON.stringify(before)", arg=before)
    settle(page)
    return drawn(page, chart)


def test_a_moved_slider_moves_its_line_alone_and_keeps_the_views(open_page):
    page = open_page("/learning_rate_decay")
    page.evaluate("document.querySelectorAll('svg.marks').forEach((svg) => { svg.kept = true; })")
    before = drawn(page, "rates")
    assert len(before) == 6
    card = page.get_by_role("group", name="Exponential", exact=True)
    card.get_by_role("slider", name="γ").press("ArrowRight")
    after = changed(page, "rates", before)
    assert [now != old for now, old in zip(after, before, strict=True)] == [False, False, True, False, False, False]
    expect(page).to_have_url(re.compile(r"schedule=Exponential%2Cgamma%3D0\.96"))
    expect(page.get_by_text("γ 0.95 → 0.96")).to_be_visible()
    assert page.evaluate("[...document.querySelectorAll('svg.marks')].every((svg) => svg.kept)")


def test_pointing_tells_step_epoch_and_learning_rate(open_page):
    page = open_page("/learning_rate_decay?schedule=Staircase,steps_per_stair=80&steps=400&batches=20")
    plot = page.locator(f".st-key-{KEY}-rates svg.marks .root > g > path.background").first
    frame = plot.bounding_box()
    # The stairs of 80 steps begin at every fifth of the axis: at its second fifth η is a quarter of itself.
    for nudge in (2, 0):
        page.mouse.move(frame["x"] + frame["width"] * 160 / 399 + nudge, frame["y"] + frame["height"] / 2)
    tip = page.locator(".tip")
    expect(tip).to_be_visible()
    for row in ("Staircase", "step161", "epoch8", "learning rate η0.025"):
        expect(tip).to_contain_text(row)


def test_schedules_are_added_and_adams_start_follows_a_click(open_page):
    page = open_page("/learning_rate_decay?schedule=Constant")
    page.get_by_role("combobox", name="Add a schedule").click()
    page.get_by_role("option", name="Cosine", exact=True).click()
    expect(page.get_by_role("group", name="Cosine", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"schedule=Constant&schedule=Cosine%2Ctotal%3D400"))
    settle(page)
    plot = page.locator(f".st-key-{KEY}-map svg .root > g > path.background")
    plot.scroll_into_view_if_needed()
    frame = plot.bounding_box()
    page.mouse.click(frame["x"] + frame["width"] / 4, frame["y"] + frame["height"] / 4)
    expect(page).to_have_url(re.compile(r"start=-1(\.0\d)?%2C(1|0\.9\d|1\.0\d)"))
    settle(page)
