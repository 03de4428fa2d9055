"""The Moving averages page as a visitor uses it."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import optim
from ui import series

from .conftest import settle

KEY = "averages"

# The rows of every line of a chart, read from the marks that it was drawn from.
ROWS = """
(chart) => [...document.querySelectorAll(`.st-key-averages-${chart} g.mark-line path`)]
  .map((path) => (path.__data__?.mark?.items ?? []).map((item) => item.datum))
"""


def lines(page: Page, chart: str) -> list[list[dict]]:
    """The series, and then each average."""
    page.wait_for_function(
        "(chart) => document.querySelectorAll(`.st-key-averages-${chart} g.mark-line path`).length > 1", arg=chart
    )
    return page.evaluate(ROWS, chart)


def drawn(page: Page, chart: str) -> str:
    return page.eval_on_selector_all(
        f".st-key-{KEY}-{chart} g.mark-line path", "all => all.map(e => e.getAttribute('d')).join()"
    )


def changed(page: Page, chart: str, before: str) -> None:
    """Wait until a chart's lines have another shape."""
    page.wait_for_function(
        "([chart, d]) => [...document.querySelectorAll(`.st-key-averages-${chart} g.mark-line path`)]"
        ".map(e => e.getAttribute('d')).join() !== d",
        arg=[chart, before],
    )


def told(page: Page) -> str:
    """What the chart of the weights says of the point that is pointed at."""
    return page.evaluate(f"document.querySelector('.st-key-{KEY}-weights svg.marks').textContent")


def test_it_opens_on_the_lectures_picture(open_page):
    page = open_page("/moving_averages")
    expect(page.get_by_role("heading", name="Moving averages", exact=True)).to_be_visible()
    _, *curves = lines(page, "curves")
    assert len(curves) == 6, "three averages, each with and without correction"
    expected = optim.ema(series.seattle().values, 0.9, bias_correction=True)
    for row in curves[2]:
        assert row["corrected"] == pytest.approx(expected[row["t"] - 1], rel=1e-12)
    for chart in ("bias", "weights", "noise", "lag", "factor", "map"):
        assert page.locator(f".st-key-{KEY}-{chart} svg.marks").count() == 1
        assert page.locator(f".st-key-{KEY}-{chart} g.mark-line path[d]").count() > 0


def test_a_moved_beta_moves_its_curve_alone_and_keeps_the_views(open_page):
    page = open_page("/moving_averages")
    page.evaluate("document.querySelectorAll('svg.marks').forEach((svg) => { svg.kept = true; })")
    before, shape = lines(page, "curves"), drawn(page, "curves")
    page.locator(f".st-key-{KEY}-beta-1 input[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    changed(page, "curves", shape)
    settle(page)
    after = lines(page, "curves")
    assert [now != old for now, old in zip(after, before, strict=True)] == [False] * 3 + [True] * 2 + [False] * 2
    expect(page).to_have_url(re.compile(r"beta=0\.5&beta=0\.88&beta=0\.98"))
    kept = "[...document.querySelectorAll('svg.marks')].every((svg) => svg.kept)"
    assert page.evaluate(kept), "a chart was built anew, where new data would have done"


def test_beta_is_scrubbed_in_the_browser(open_page):
    page = open_page("/moving_averages")
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.reload()
    settle(page)
    page.wait_for_timeout(1000)
    sent.clear()
    assert "β = 0.9 ·" in told(page)
    shape = drawn(page, "weights")
    page.locator(f".st-key-{KEY}-weights .vega-bindings input").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    changed(page, "weights", shape)
    assert "β = 0.9 ·" not in told(page)
    assert not sent, "the server heard of it"


def test_pointing_at_the_curve_shows_the_weights_behind_its_value(open_page):
    page = open_page("/moving_averages")
    plot = page.locator(f".st-key-{KEY}-weights svg.marks .root > g > path.background")
    plot.scroll_into_view_if_needed()
    frame = plot.bounding_box()
    page.mouse.move(frame["x"] + frame["width"] * 0.02, frame["y"] + 60)
    page.mouse.move(frame["x"] + frame["width"] * 0.03, frame["y"] + 60)
    page.wait_for_function(
        "!document.querySelector('.st-key-averages-weights svg.marks').textContent.includes('t = 245')"
    )
    text = told(page)
    t = int(re.search(r"t = (\d+)", text)[1])
    assert t < 20
    average = optim.ema(series.seattle().values[:t], 0.9, bias_correction=True)[-1]
    assert float(re.search(r"average (-?[\d.]+)", text)[1]) == pytest.approx(average, abs=0.005)
    assert float(re.search(r"1 − βᵗ = ([\d.]+)", text)[1]) == pytest.approx(1 - 0.9**t, abs=5e-5)
    bars = page.evaluate(
        f"[...document.querySelectorAll('.st-key-{KEY}-weights g.mark-rect path')].map(e => e.__data__.datum.weight)"
    )
    np.testing.assert_allclose(bars, 0.1 * 0.9 ** np.arange(t), rtol=1e-9)


def test_a_visitors_file_is_averaged_and_a_bad_one_is_told(open_page):
    page = open_page("/moving_averages?series=Your own&values=1,2,4")
    upload = page.locator(f".st-key-{KEY}-upload input[type=file]")
    upload.set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": b"day,load\n1,10\n2,\n3,30\n4,40\n"})
    expect(page.get_by_label("Column").first).to_be_visible()
    settle(page)
    page.get_by_label("Column").first.click()
    page.get_by_role("option", name="load").click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("1")
    settle(page)
    assert [row["y"] for row in lines(page, "curves")[0] if row["y"] == row["y"]] == [10, 30, 40]
    page.get_by_role("button", name="Remove mine.csv").click()
    settle(page)
    upload.set_input_files({"name": "bad.csv", "mimeType": "text/csv", "buffer": b"\xff\xfe\x00\x01nonsense"})
    expect(page.get_by_test_id("stAlert")).to_contain_text("could not be used")
    settle(page)


def test_a_file_beyond_the_limit_is_refused_in_words(open_page):
    page = open_page("/moving_averages?series=Your own&values=1,2,4")
    big = {"name": "big.csv", "mimeType": "text/csv", "buffer": b"1\n" * 3_000_000}
    page.locator(f".st-key-{KEY}-upload input[type=file]").set_input_files(big)
    expect(page.get_by_test_id("stFileUploader")).to_contain_text("File must be 5.0MB or smaller.")
    settle(page)
    assert len(lines(page, "curves")) == 7


def test_every_preset_opens(open_page):
    page = open_page("/moving_averages")
    presets = page.get_by_role("radiogroup", name="Try this").get_by_role("radio")
    assert presets.count() == 5
    for number in range(1, 5):
        shape = drawn(page, "curves")
        presets.nth(number).click()
        changed(page, "curves", shape)
        settle(page)
    page.get_by_role("link", name="first steps").click()
    expect(page.get_by_role("heading", name="What it does to Adam")).to_be_in_viewport()


def test_dark_mode_and_a_phone(open_page):
    page = open_page("/moving_averages", width=390, scheme="dark")
    assert page.locator("[data-testid=stApp]").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(18, 22, 28)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for svg in page.locator("svg.marks").all():
        assert svg.bounding_box()["width"] <= 390
