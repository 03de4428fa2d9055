"""The Plateaus page as a visitor uses it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import field, sending, settle

KEY = "plateaus"
LINK = "/plateaus"


def shape(page: Page, chart: str) -> str:
    """The shape of a chart's lines."""
    return page.evaluate(
        f"[...document.querySelectorAll('.st-key-{KEY}-{chart} g.mark-line path')].map(p => p.getAttribute('d')).join()"
    )


def changed(page: Page, chart: str, before: str) -> None:
    """Wait until a chart's lines have another shape."""
    page.wait_for_function(
        f"(d) => [...document.querySelectorAll('.st-key-{KEY}-{chart} g.mark-line path')]"
        ".map(p => p.getAttribute('d')).join() !== d",
        arg=before,
    )
    settle(page)


def widget(page: Page, name: str) -> Locator:
    """A widget by its name in the page, whatever value it was given last."""
    return page.locator(f".st-key-{KEY}-{name}, [class*='st-key-{KEY}-{name}-v']").first


def press(page: Page, name: str, key: str, times: int = 1) -> None:
    """Press a key on a slider."""
    slider = widget(page, name).locator("input[type=range]")
    slider.focus()
    for _ in range(times):
        page.keyboard.press(key)
        page.wait_for_timeout(60)


TILES = f"""
() => [...document.querySelectorAll("[class*='st-key-{KEY}-basins-'] g.mark-image image")]
  .map((e) => e.getAttribute("href") ?? e.getAttribute("xlink:href"))
"""


def tiles(page: Page) -> list[str]:
    """The images of the two maps of starts."""
    return page.evaluate(TILES)


def finished(page: Page) -> Page:
    """The page with its last picture."""
    page.locator(f".st-key-{KEY}-basins-right g.mark-image image").wait_for(state="attached")
    settle(page)
    return page


def epsilon_line(page: Page) -> float:
    """How far down the chart the line of ε is."""
    return page.locator(f".st-key-{KEY}-epsilon-chart g.mark-rule.role-mark line").first.evaluate(
        "e => e.getBoundingClientRect().top - e.closest('svg').getBoundingClientRect().top"
    )


def escapes(page: Page) -> list[str]:
    """The column of escapes, by optimizer."""
    rows = page.locator("table.table").filter(has_text="Distance from the start").locator("tbody tr")
    return [row.locator("td").nth(1).inner_text() for row in rows.all()]


@pytest.mark.parametrize("visit", [KEY], indirect=True)
def test_it_opens_on_a_finished_picture_with_epsilon_and_its_chart_in_sight_at_once(visit):
    page = finished(visit.page)
    expect(page.get_by_role("heading", name="Plateaus", exact=True)).to_be_visible()
    assert escapes(page) == ["not by step 100"] * 2 + ["10", "32", "52", "not by step 100"]
    for chart in ("map", "loss", "gradient", "epsilon-chart", "over-eta", "over-epsilon", "over-first", "rates"):
        assert "L" in shape(page, chart), chart
    one, two = tiles(page)
    assert one != two
    assert "?" not in page.url
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    for what in (widget(page, "eps"), page.locator(f".st-key-{KEY}-map"), page.locator(f".st-key-{KEY}-epsilon-chart")):
        box = what.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 1000


def test_epsilon_moved_beside_its_chart_moves_the_region_the_card_and_the_link(open_page):
    page = finished(open_page(LINK))
    before, low = shape(page, "epsilon-chart"), epsilon_line(page)
    press(page, "eps", "ArrowRight", 4)
    page.wait_for_function("location.search.includes('2.5e-06')")
    changed(page, "epsilon-chart", before)
    assert epsilon_line(page) < low - 5, "the region grows upwards"
    for name in ("5-eps", "eps"):
        expect(widget(page, name)).to_contain_text("2.5e-06")
    finished(page)
    assert int(escapes(page)[4]) > 52
    expect(page).to_have_url(re.compile(r"eps%3D2\.5e-06"))
    # Neither slider sets back a key that is held on the other.
    press(page, "5-eps", "ArrowRight", 5)
    page.wait_for_function("location.search.includes('eps%3D8e-06')")
    for either in ("eps", "5-eps"):
        expect(widget(page, either)).to_contain_text("8e-06")


def test_a_learning_rate_moves_its_own_line_and_map_alone_and_so_does_another_optimizer_for_a_map(open_page):
    page = finished(open_page(LINK))
    before, maps = shape(page, "map"), tiles(page)
    press(page, "4-lr", "ArrowLeft")
    changed(page, "map", before)
    page.wait_for_function("location.search.includes('lr%3D0.04')")
    page.locator("[class*='basins-right']").first.scroll_into_view_if_needed()
    page.wait_for_function(
        "(url) => [...document.querySelectorAll(\"[class*='basins-right'] g.mark-image image\")]"
        ".every(e => (e.getAttribute('href') ?? e.getAttribute('xlink:href')) !== url)",
        arg=maps[1],
    )
    settle(page)
    assert int(escapes(page)[3]) > 32, "shorter steps take longer"
    assert tiles(page)[0] == maps[0], "the right map is of the optimizer that moved"
    maps = tiles(page)
    # A list closes when the page scrolls under it.
    widget(page, "left").scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    widget(page, "left").locator("button").first.click()
    page.get_by_role("option", name="SGD").click()
    page.wait_for_function(
        "(url) => [...document.querySelectorAll(\"[class*='basins-left'] g.mark-image image\")]"
        ".every(e => (e.getAttribute('href') ?? e.getAttribute('xlink:href')) !== url)",
        arg=maps[0],
    )
    settle(page)
    assert tiles(page)[1] == maps[1]
    assert "left=" not in page.url, "SGD, the first, is the usual one"
    copy = finished(open_page(page.evaluate("location.pathname + location.search")))
    assert tiles(copy) == tiles(page)


def test_the_cursor_scrubs_all_charts_without_the_server_and_reaches_as_far_as_the_runs(open_page):
    page = open_page(LINK, listen=sending(sent := []))
    finished(page)
    page.wait_for_timeout(1000)
    sent.clear()
    before, rates = shape(page, "map"), shape(page, "rates")
    page.get_by_label("Step cursor").focus()
    for _ in range(70):
        page.keyboard.press("ArrowLeft")
    changed(page, "map", before)
    expect(page.locator(".player output")).to_have_text("step 30 of 100")
    assert shape(page, "rates") != rates
    drawn = page.evaluate(
        f"[...document.querySelectorAll('.st-key-{KEY}-epsilon-chart g.mark-line path')]"
        ".map(p => Math.max(...(p.__data__?.mark?.items ?? []).map(i => i.datum.step)))"
    )
    assert 30 in drawn
    assert not sent, "the server heard of the cursor"
    page.get_by_label("Step cursor").press("End")
    before = shape(page, "map")
    press(page, "steps", "ArrowRight")
    changed(page, "map", before)
    expect(page.locator(".player output")).to_have_text("step 120 of 120")


def test_a_click_on_the_map_moves_the_start_and_one_on_the_tiles_does_not(open_page):
    page = finished(open_page(LINK))
    before = shape(page, "map")
    frame = page.locator(f".st-key-{KEY}-map svg .root > g > path.background").bounding_box()
    page.mouse.click(frame["x"] + frame["width"] * 0.75, frame["y"] + frame["height"] * 0.25)
    changed(page, "map", before)
    page.wait_for_function("location.search.includes('start=')")
    assert abs(float(field(page, "Start x").input_value()) - 1) < 0.05
    finished(page)
    before = shape(page, "map")
    page.locator(f".st-key-{KEY}-basins-left svg.marks").click()
    page.wait_for_timeout(500)
    settle(page)
    assert shape(page, "map") == before


def test_dark_mode_draws_dark_tiles(open_page):
    page = finished(open_page(LINK))
    light = tiles(page)
    assert len(light) == 2
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        f"light => {{ const now = ({TILES})(); return now.length === 2 && now.every((t, i) => t !== light[i]) }}",
        arg=light,
    )
    settle(page)
