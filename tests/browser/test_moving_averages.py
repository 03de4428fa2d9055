"""The Moving averages page as a visitor uses it."""

import csv
import io
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import optim
from ui.moving_averages import series

from .conftest import sending, settle

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


def said(page: Page) -> str:
    """What the chart of the weights says of the point that is pointed at."""
    return page.evaluate(f"document.querySelector('.st-key-{KEY}-weights svg.marks').textContent")


def point_at(page: Page, chart: str, part: float, height: float = 60) -> None:
    """Move the pointer over a chart's plot, so far from its left."""
    plot = page.locator(f".st-key-{KEY}-{chart} svg.marks .root > g > path.background")
    plot.scroll_into_view_if_needed()
    frame = plot.bounding_box()
    for nudge in (2, 0):
        page.mouse.move(frame["x"] + frame["width"] * part + nudge, frame["y"] + height)


@pytest.mark.parametrize("visit", ["moving_averages"], indirect=True)
def test_it_opens_on_the_lectures_picture(visit):
    page = visit.page
    expect(page.get_by_role("heading", name="Moving averages", exact=True)).to_be_visible()
    _, *curves = lines(page, "curves")
    assert len(curves) == 6, "three averages, each with and without correction"
    expected = optim.ema(series.seattle().values, 0.9, bias_correction=True)
    for row in curves[2]:
        assert row["corrected"] == pytest.approx(expected[row["t"] - 1], rel=1e-12)
    for chart in ("bias", "weights", "noise", "lag", "factor", "steps", "inside", "map"):
        assert page.locator(f".st-key-{KEY}-{chart} svg.marks").count() == 1
        assert page.locator(f".st-key-{KEY}-{chart} g.mark-line path[d]").count() > 0


def test_a_moved_beta_moves_its_curve_alone_keeps_the_views_and_can_be_taken_away(open_page):
    page = open_page("/moving_averages")
    page.evaluate("document.querySelectorAll('svg.marks').forEach((svg) => { svg.kept = true; })")
    before, shape = lines(page, "curves"), drawn(page, "curves")
    page.locator(f".st-key-{KEY}-entry-1 input[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    changed(page, "curves", shape)
    settle(page)
    after = lines(page, "curves")
    assert [now != old for now, old in zip(after, before, strict=True)] == [False] + [True] * 2 + [False] * 4
    expect(page).to_have_url(re.compile(r"beta=0\.4&beta=0\.9&beta=0\.98"))
    kept = "[...document.querySelectorAll('svg.marks')].every((svg) => svg.kept)"
    assert page.evaluate(kept), "a chart was built anew, where new data would have done"
    with page.expect_download() as download:
        page.get_by_role("button", name="Averages as CSV").click()
    content = download.value.path().read_bytes()
    assert download.value.suggested_filename == "moving-averages.csv"
    assert content.startswith(b"\xef\xbb\xbf"), "Excel would garble β"
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert header[:3] == ["day", "temperature (°C)", "β = 0.4, corrected (°C)"]
    values = series.seattle().values
    assert [float(row[1]) for row in rows] == values.tolist()
    np.testing.assert_allclose([float(row[2]) for row in rows], optim.ema(values, 0.4, True), rtol=1e-12)


def test_the_other_convention_keeps_the_thumbs_where_they_mean(open_page):
    page = open_page("/moving_averages?beta=0.5&beta=0.9&beta=0.98")
    page.get_by_role("radio", name="α", exact=True).click()
    expect(page).to_have_url(re.compile("written="))
    settle(page)
    sliders = page.locator("[class*=st-key-averages-entry-] input[type=range]")
    texts = [slider.get_attribute("aria-valuetext") for slider in sliders.all()]
    assert texts == ["0.5", "0.1", "0.02"]
    sliders.nth(1).focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"beta=0\.5&beta=0\.92&beta=0\.98"))


def test_the_weights_are_those_of_one_of_the_averages_and_beta_is_scrubbed_in_the_browser(open_page):
    page = open_page("/moving_averages?beta=0.3&beta=0.95", listen=sending(sent := []))
    page.wait_for_timeout(1000)
    sent.clear()
    assert "β = 0.95 ·" in said(page)
    color = f"document.querySelectorAll('.st-key-{KEY}-weights g.mark-line path')[2].getAttribute('stroke')"
    assert page.evaluate(color) == page.evaluate(
        f"[...document.querySelectorAll('.st-key-{KEY}-curves g.mark-line path')].at(-1).getAttribute('stroke')"
    )
    shape = drawn(page, "weights")
    slider = page.locator(f".st-key-{KEY}-weights .vega-bindings input")
    expect(slider).to_be_visible()
    slider.focus()
    page.wait_for_timeout(1000)  # what came into sight with it has been told
    sent.clear()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    changed(page, "weights", shape)
    assert "β = 0.95 ·" not in said(page)
    assert page.evaluate(color) == "#1B2430", "another β is none of the averages, and has none of their colours"
    assert not sent, "the server heard of it"


def test_the_player_leaves_the_weights_alone_and_pointing_tells_names_step_values_and_the_weights_behind(open_page):
    page = open_page("/moving_averages")
    page.get_by_label("Step cursor").fill("10")
    assert "β = 0.9 ·" in said(page)
    assert page.locator(f".st-key-{KEY}-map .vega-bindings").is_hidden()
    tip = page.locator("#vg-tooltip-element.visible")
    named = {"curves": "β = 0.9: ", "bias": "β = 0.9: ", "factor": " η", "steps": "with correction", "inside": "√v̂"}
    for chart, name in named.items():
        point_at(page, chart, 0.5)
        expect(tip).to_contain_text(name)
        text = tip.inner_text()
        assert re.search(r"(step|day)\s+\d+", text), chart
        assert not re.search(r"place|slot|kind|_text|m_hat|#[0-9A-Fa-f]{6}|undefined|NaN", text), chart
        page.mouse.move(0, 0)
        expect(tip).to_have_count(0)
    point_at(page, "weights", 0.03)
    page.wait_for_function(
        "!document.querySelector('.st-key-averages-weights svg.marks').textContent.includes('t = 245')"
    )
    text = said(page)
    t = int(re.search(r"t = (\d+)", text)[1])
    assert t < 20
    average = optim.ema(series.seattle().values[:t], 0.9, bias_correction=True)[-1]
    assert float(re.search(r"average (-?[\d.]+)", text)[1]) == pytest.approx(average, abs=0.005)
    assert float(re.search(r"1 − βᵗ = ([\d.]+)", text)[1]) == pytest.approx(1 - 0.9**t, abs=5e-5)
    bars = page.evaluate(
        f"[...document.querySelectorAll('.st-key-{KEY}-weights g.mark-rect path')].map(e => e.__data__.datum.weight)"
    )
    np.testing.assert_allclose(bars, 0.1 * 0.9 ** np.arange(t), rtol=1e-9)
    plot = page.locator(f".st-key-{KEY}-map svg.marks .root > g > path.background")
    plot.scroll_into_view_if_needed()
    frame = plot.bounding_box()
    page.mouse.click(frame["x"] + frame["width"] * 0.25, frame["y"] + frame["height"] * 0.25)
    expect(page).to_have_url(re.compile("start="))
    settle(page)


def test_a_visitors_file_is_averaged_and_a_bad_one_or_one_too_large_is_refused_in_words(open_page):
    page = open_page("/moving_averages?series=Your own&values=1,2,4")
    upload = page.locator("[data-testid=stFileUploader] input[type=file]")
    upload.set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": b"day,load\n1,10\n2,\n3,30\n4,40\n"})
    expect(page.get_by_test_id("stAlert")).to_contain_text("Averaged: mine.csv, load. Values: 4. Missing: 1.")
    settle(page)
    assert [row["y"] for row in lines(page, "curves")[0] if row["y"] == row["y"]] == [10, 30, 40]
    assert page.locator(f".st-key-{KEY}-curves g.mark-rect path").count() >= 1, "the gap is shown"
    upload.set_input_files({"name": "bad.csv", "mimeType": "text/csv", "buffer": b"PK\x03\x04\x00\x00nonsense"})
    expect(page.get_by_test_id("stAlert")).to_contain_text("could not be used")
    settle(page)
    upload.set_input_files({"name": "big.csv", "mimeType": "text/csv", "buffer": b"1\n" * 3_000_000})
    expect(page.get_by_test_id("stFileUploader")).to_contain_text("File must be 5.0MB or smaller.")
    settle(page)
    assert len(lines(page, "curves")) == 7


def test_a_caption_leads_to_adam(open_page):
    page = open_page("/moving_averages?series=Constant&beta=0.9&beta=0.999&show=all")
    page.get_by_role("link", name="first steps").click()
    expect(page.get_by_role("heading", name="What it does to Adam")).to_be_in_viewport()
