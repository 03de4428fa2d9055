"""The Plateaus page as a visitor uses it."""

import re

from playwright.sync_api import Page, expect

from .conftest import settle

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


def tiles(page: Page) -> list[str]:
    """The images of the two maps of starts."""
    return page.eval_on_selector_all(
        f"[class*='st-key-{KEY}-basins-'] g.mark-image image",
        "all => all.map(e => e.getAttribute('href') ?? e.getAttribute('xlink:href'))",
    )


def epsilon_line(page: Page) -> float:
    """How far down the chart the line of ε is."""
    return page.locator(f".st-key-{KEY}-epsilon-chart g.mark-rule line").first.evaluate(
        "e => e.getBoundingClientRect().top - e.closest('svg').getBoundingClientRect().top"
    )


def cells(page: Page, table: int = 0) -> list[list[str]]:
    rows = page.locator("table.table").nth(table).locator("tbody tr")
    return [row.locator("td").all_inner_texts() for row in rows.all()]


def test_it_opens_on_a_finished_picture(open_page):
    page = open_page(LINK)
    expect(page.get_by_role("heading", name="Plateaus", exact=True)).to_be_visible()
    page.locator(f".st-key-{KEY}-basins-right g.mark-image image").wait_for(state="attached")
    settle(page)
    assert [row[1] for row in cells(page)] == ["not within 100 steps"] * 2 + ["10", "32", "52", "not within 100 steps"]
    for chart in ("map", "loss", "gradient", "epsilon-chart", "times", "rates"):
        assert "L" in shape(page, chart), chart
    one, two = tiles(page)
    assert one != two
    assert "?" not in page.url


def test_epsilon_moved_beside_its_picture_moves_the_region_the_card_and_the_link(open_page):
    page = open_page(LINK)
    page.locator(f".st-key-{KEY}-basins-right g.mark-image image").wait_for(state="attached")
    settle(page)
    page.locator(f".st-key-{KEY}-card-5 summary").click()
    page.locator(f".st-key-{KEY}-5-eps").wait_for()
    settle(page)
    before, low = shape(page, "epsilon-chart"), epsilon_line(page)
    slider = page.locator(f".st-key-{KEY}-eps input[type=range]")
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(80)
    page.wait_for_function("location.search.includes('2.5e-06')")
    changed(page, "epsilon-chart", before)
    assert epsilon_line(page) < low - 5, "the region grows upwards"
    expect(page.locator(f".st-key-{KEY}-5-eps")).to_contain_text("2.5e-06")
    expect(page.locator(f".st-key-{KEY}-eps")).to_contain_text("2.5e-06")
    page.wait_for_function("document.querySelector('table.table').innerText.includes('2.5e-06')")
    assert int(cells(page)[4][1]) > 52
    expect(page).to_have_url(re.compile(r"eps%3D2\.5e-06"))


def test_the_cards_epsilon_moves_the_picture(open_page):
    page = open_page(LINK)
    page.locator(f".st-key-{KEY}-card-5 summary").click()
    card = page.locator(f".st-key-{KEY}-5-eps input[type=range]")
    card.wait_for()
    settle(page)
    low = epsilon_line(page)
    card.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("location.search.includes('8e-07')")
    expect(page.locator(f".st-key-{KEY}-eps")).to_contain_text("8e-07")
    settle(page)
    assert epsilon_line(page) > low


def test_a_held_key_on_either_epsilon_is_not_set_back_by_the_other(open_page):
    for slider in (f".st-key-{KEY}-eps", f".st-key-{KEY}-5-eps"):
        page = open_page(LINK)
        page.locator(f".st-key-{KEY}-basins-right g.mark-image image").wait_for(state="attached")
        page.locator(f".st-key-{KEY}-card-5 summary").click()
        page.locator(f".st-key-{KEY}-5-eps").wait_for()
        settle(page)
        page.locator(f"{slider} input[type=range]").focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")
            page.wait_for_timeout(60)
        page.wait_for_function("location.search.includes('eps%3D3e-06')")
        for either in (f".st-key-{KEY}-eps", f".st-key-{KEY}-5-eps"):
            expect(page.locator(either)).to_contain_text("3e-06")


def test_a_learning_rate_moves_its_own_line_and_the_table(open_page):
    page = open_page(LINK)
    page.locator(f".st-key-{KEY}-basins-right g.mark-image image").wait_for(state="attached")
    settle(page)
    before, maps = shape(page, "map"), tiles(page)
    page.locator(f".st-key-{KEY}-4-lr input[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    changed(page, "map", before)
    page.wait_for_function("location.search.includes('lr%3D0.04')")
    settle(page)
    assert int(cells(page)[3][1]) > 32, "shorter steps take longer"
    assert tiles(page)[0] == maps[0]
    assert tiles(page)[1] != maps[1], "the right map is of the optimizer that moved"


def test_the_cursor_scrubs_all_charts_without_the_server(open_page):
    page = open_page(LINK)
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.reload()
    settle(page)
    page.locator(f".st-key-{KEY}-basins-right g.mark-image image").wait_for(state="attached")
    page.wait_for_timeout(1000)
    sent.clear()
    before, rates = shape(page, "map"), shape(page, "rates")
    page.get_by_label("Step cursor").focus()
    for _ in range(70):
        page.keyboard.press("ArrowLeft")
    changed(page, "map", before)
    expect(page.locator(".player output")).to_have_text("step 30 of 100")
    assert shape(page, "rates") != rates
    walked = page.evaluate(
        f"[...document.querySelectorAll('.st-key-{KEY}-epsilon-chart g.mark-line path')]"
        ".map(p => Math.max(...(p.__data__?.mark?.items ?? []).map(i => i.datum.step)))"
    )
    assert 30 in walked
    assert not sent, "the server heard of the cursor"


def test_the_cursor_reaches_as_far_as_the_runs(open_page):
    page = open_page(LINK)
    before = shape(page, "loss")
    page.locator(f".st-key-{KEY}-steps input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    changed(page, "loss", before)
    expect(page.locator(".player output")).to_have_text("step 120 of 120")


def test_a_click_on_the_map_moves_the_start_and_one_on_the_tiles_does_not(open_page):
    page = open_page(LINK)
    before = shape(page, "map")
    frame = page.locator(f".st-key-{KEY}-map svg .root > g > path.background").bounding_box()
    page.mouse.click(frame["x"] + frame["width"] * 0.75, frame["y"] + frame["height"] * 0.25)
    changed(page, "map", before)
    page.wait_for_function("location.search.includes('start=')")
    assert abs(float(page.get_by_label("Start x").input_value()) - 1) < 0.05
    settle(page)
    before = shape(page, "map")
    page.locator(f".st-key-{KEY}-basins-left svg.marks").click()
    page.wait_for_timeout(500)
    settle(page)
    assert shape(page, "map") == before


def test_another_optimizer_for_a_map_is_in_the_link(open_page):
    page = open_page(LINK)
    page.locator(f".st-key-{KEY}-basins-right g.mark-image image").wait_for(state="attached")
    settle(page)
    maps = tiles(page)
    # A list closes when the page scrolls under it.
    page.locator(f".st-key-{KEY}-left-pick").scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    page.locator(f".st-key-{KEY}-left-pick button").click()
    page.get_by_role("option", name="SGD").click()
    page.wait_for_function("location.search.includes('run=')")
    settle(page)
    page.wait_for_timeout(300)
    assert tiles(page)[0] != maps[0]
    assert tiles(page)[1] == maps[1]
    assert "left=" not in page.url, "SGD, the first, is the usual one"
    copy = open_page(page.evaluate("location.pathname + location.search"))
    copy.locator(f".st-key-{KEY}-basins-right g.mark-image image").wait_for(state="attached")
    assert tiles(copy) == tiles(page)


def test_dark_mode_draws_dark_tiles(open_page):
    pages = [open_page(LINK, scheme=scheme) for scheme in ("dark", "light")]
    for page in pages:
        page.locator(f".st-key-{KEY}-basins-right g.mark-image image").wait_for(state="attached")
    dark, light = map(tiles, pages)
    assert dark[0] != light[0]
    assert dark[1] != light[1]


def test_it_fits_a_phone(open_page):
    page = open_page(LINK, width=390)
    page.locator(f".st-key-{KEY}-basins-right g.mark-image image").wait_for(state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for chart in ("map", "epsilon-chart", "times", "rates", "basins-left"):
        assert page.locator(f".st-key-{KEY}-{chart} svg.marks").first.bounding_box()["width"] <= 390
