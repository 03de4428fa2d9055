"""The Saddle points page as a visitor uses it."""

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import field, sending, settle

KEY = "saddles"
URL = "/saddle_points"
CHARTS = ["map", "distance", "by-lr", "by-beta", "by-beta2", "by-eps", "by-delta", "eigenvalues", "edge"]


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


def press(page: Page, name: str, key: str, times: int = 1) -> None:
    """Move a slider by keyboard."""
    page.locator(f".st-key-{KEY}-{name} input[type=range]").focus()
    for _ in range(times):
        page.keyboard.press(key)


def cells(page: Page) -> dict[str, list[str]]:
    """Optimizer -> what the meter says of it."""
    found = page.locator("table.table").first.locator("tbody tr").all()
    rows = [[cell.inner_text().strip() for cell in row.locator("td").all()] for row in found]
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("visit", ["saddle_points"], indirect=True)
def test_it_opens_on_a_finished_picture(visit):
    page = visit.page
    expect(page.get_by_role("heading", name="Saddle points", exact=True)).to_be_visible()
    for chart in CHARTS:
        assert shape(page, chart), chart
    assert cells(page) == {
        "SGD": ["189", "189", "198"],
        "Momentum": ["53", "53", "55"],
        "Nesterov": ["48", "48", "50"],
        "AdaGrad": ["57", "–", "120"],
        "RMSProp": ["8", "–", "14"],
        "Adam": ["20", "–", "29"],
    }
    bars = page.locator(".meter i").evaluate_all("all => all.map(e => e.getBoundingClientRect().width)")
    assert len(bars) == 6
    for bar, steps in zip(bars, (189, 53, 48, 57, 8, 20), strict=True):
        assert abs(bar / bars[0] - steps / 189) < 0.02
    assert page.evaluate("location.search") == ""


def test_a_slider_moves_its_line_its_bar_and_the_link(open_page):
    page = open_page(URL)
    before = {chart: shape(page, chart) for chart in CHARTS}
    press(page, "1-lr", "ArrowRight")
    changed(page, "distance", before["distance"])
    expect(page).to_have_url(re.compile(r"run=SGD%2Clr%3D0\.06"))
    page.wait_for_function("document.querySelector('.meter b').textContent === '159'")
    after = cells(page)
    assert after["SGD"] == ["159", "159", "166"]
    assert after["Adam"] == ["20", "–", "29"]
    expect(page.get_by_text("Step of escape: SGD: 189 → 159.")).to_be_visible()
    assert shape(page, "by-lr") == before["by-lr"], "what is swept over does not depend on where one stands"
    assert shape(page, "by-delta") != before["by-delta"]


def test_delta_goes_down_to_nothing_and_noise_helps(open_page):
    page = open_page(URL)
    before = shape(page, "by-lr")
    press(page, "delta", "Home")
    expect(page.get_by_text("No run is ever at a distance above 0")).to_be_visible()
    changed(page, "by-lr", before)
    assert all(row[0] == "not by step 300" for row in cells(page).values())
    assert page.locator(f".st-key-{KEY}-distance").count() == 0
    expect(page).to_have_url(re.compile("start=1%2C0&"))
    page.get_by_role("button", name="Add gradient noise σ = 0.001").click()
    page.locator(f".st-key-{KEY}-shares g.mark-line path").first.wait_for(state="attached")
    settle(page)
    assert all(row[0].isdigit() for row in cells(page).values())
    assert shape(page, "distance")
    expect(page).to_have_url(re.compile("noise=0.001"))


def test_the_cursor_scrubs_and_a_guess_is_answered_without_the_server(open_page):
    page = open_page(URL, listen=sending(sent := []))
    page.wait_for_timeout(1500)
    sent.clear()
    before = {chart: shape(page, chart) for chart in ("map", "distance", "eigenvalues", "edge")}
    page.get_by_label("Step cursor").focus()
    page.keyboard.press("Home")
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".player output")).to_have_text("step 9 of 300")
    for chart, old in before.items():
        changed(page, chart, old)
    assert not sent, "the server heard of the cursor"
    answer = page.locator(f".st-key-{KEY}-guess table")
    expect(answer).to_be_hidden()
    page.get_by_text("Guess first").click()
    expect(answer).to_be_visible()
    expect(answer.locator("tbody tr").first).to_contain_text("47.2")
    # It stays open while its numbers change.
    press(page, "1-lr", "ArrowRight")
    expect(answer.locator("tbody tr").first).to_contain_text("39.5")
    expect(answer).to_be_visible()


def test_a_click_on_the_map_moves_the_start(open_page):
    page = open_page(URL)
    before = shape(page, "distance")
    frame = page.locator(f".st-key-{KEY}-map svg .root > g > path.background").bounding_box()
    page.mouse.click(frame["x"] + frame["width"] * 0.25, frame["y"] + frame["height"] * 0.7)
    changed(page, "distance", before)
    x, y = (float(v) for v in re.search(r"start=([^&]*)", page.url)[1].split("%2C"))
    assert abs(x + 0.75) < 0.02
    assert abs(y + 0.6) < 0.02
    assert f"{-y:g}" in page.locator(f"[class*='st-key-{KEY}-delta']").first.inner_text()
    assert float(field(page, "Start x").input_value()) == x


def test_a_visitors_text_stays_text(open_page):
    page = open_page(f"{URL}?surface=<img src=x onerror=alert(1)>&run=<b>x</b>&radius=**far**")
    notice = page.get_by_test_id("stAlert")
    expect(notice).to_contain_text("“<img src=x onerror=alert(1)>” is not known; Saddle stands in.")
    expect(notice).to_contain_text("radius = '**far**': it must be a finite number above 0")
    assert page.locator("img[src=x]").count() == 0
