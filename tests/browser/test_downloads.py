"""Every download of every page, pressed, and what is in it."""

import csv
import io
import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page

from ui import lineup
from ui.moving_averages import frames as averages

from ..settings import ON_SURFACES, PRESETS

SVG = "{http://www.w3.org/2000/svg}"
HREFS = ("href", "{http://www.w3.org/1999/xlink}href")


def table(button: Locator) -> tuple[str, list[str], list[list[str]]]:
    """What a button saves as CSV: its name, the header and the rows."""
    with button.page.expect_download() as download:
        button.click()
    content = download.value.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf"), "Excel would garble η and β"
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return download.value.suggested_filename, header, rows


def number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def test_every_table_opens_in_a_spreadsheet(visit):
    buttons = visit.page.get_by_test_id("stDownloadButton").get_by_role("button")
    assert buttons.count() >= 1
    for button in buttons.all():
        file, header, rows = table(button)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+\.csv", file), "the name says what it is and where from"
        assert len(set(header)) == len(header) > 1
        assert rows
        assert all(len(row) == len(header) for row in rows)
        for cell in [*header, *(cell for row in rows for cell in row)]:
            assert cell[:1] not in ("=", "+", "-", "@") or number(cell) is not None, f"{cell} is a formula"


@pytest.mark.parametrize("visit", ON_SURFACES, indirect=True)
def test_the_runs_are_those_on_the_page_to_the_last_bit(visit):
    now = PRESETS[visit.name][0].setting
    x, y = now.surface.axes
    file, header, rows = table(visit.page.get_by_role("button", name="Runs as CSV"))
    assert file.endswith("-runs.csv")
    assert header[:5] == ["run", "step", "loss f", x, y]
    assert {f"gradient ({x})", f"update ({y})", f"effective learning rate ({x})"} <= set(header)
    names = lineup.names(now.lineup)
    assert [row[:2] for row in rows] == [[one, str(step)] for one in names for step in range(now.steps + 1)]
    titles = {"loss f": ("f", ...), x: ("x", 0), y: ("x", 1), f"gradient ({y})": ("g", 1), f"update ({x})": ("step", 0)}
    for title, (quantity, coordinate) in titles.items():
        read = [float(row[header.index(title)] or "nan") for row in rows]
        traces = [trace[quantity] for trace in now.traces]
        expected = [trace if coordinate is ... else trace[:, coordinate] for trace in traces]
        np.testing.assert_array_equal(read, np.concatenate(expected))


def test_the_averages_are_those_on_the_page_to_the_last_bit(open_page):
    page = open_page("/moving_averages?series=Your own&values=1,,-3&beta=0.5&beta=0.9")
    _, header, rows = table(page.get_by_role("button", name="Averages as CSV"))
    assert header[:3] == ["step", "column 1", "β = 0.5, corrected"]
    assert [row[:2] for row in rows] == [["1", "1.0"], ["2", ""], ["3", "-3.0"]], "a gap is an empty cell"
    # Weights 1/2 of −3 and 1/8 of 1, the gap's 1/4 left out.
    assert float(rows[2][2]) == (-3 / 2 + 1 / 8) / (1 / 2 + 1 / 8)
    assert len(header) == 2 + 2 * len(averages.KINDS)


def pictures(page: Page, chart: Locator) -> dict[str, tuple[str, bytes]]:
    """What each of a chart's buttons saves, by keyboard: the file's name and content."""
    chart.press("Enter")
    found = {}
    for kind in ("PNG", "SVG"):
        with page.expect_download() as download:
            page.get_by_role("button", name=kind, exact=True).press("Enter")
        found[kind] = download.value.suggested_filename, download.value.path().read_bytes()
    page.keyboard.press("Escape")
    return found


def title_of(root: ElementTree.Element) -> str:
    return " ".join(text.text or "" for text in root.findall(f"{SVG}text[@font-weight='600']"))


def legend_of(root: ElementTree.Element) -> list[tuple[str, str]]:
    """Name and colour of a picture's legend."""
    texts = [text.text or "" for text in root.findall(f"{SVG}text") if text.get("font-weight") != "600"]
    return list(zip(texts, [line.get("stroke", "") for line in root.findall(f"{SVG}line")], strict=True))


RUNS = ["SGD", "Momentum", "RMSProp", "Adam, ε = 10⁻⁸", "Adam, ε = 10⁻⁶", "Adam, ε = 10⁻⁴"]
LEGENDS = {
    "plateaus-map": RUNS,
    "plateaus-loss": RUNS,
    "plateaus-over-eta": RUNS,
    "plateaus-epsilon-chart": ["√v̂ of x", "√v̂ of y", "below ε"],
    "plateaus-rates": ["AdaGrad, η = 0.05", "AdaGrad, η = 0.5", "AdaGrad, η = 5", "RMSProp, η = 0.05"],
    "plateaus-basins-left": [],
    "averages-bias": ["β = 0.5", "β = 0.9", "β = 0.98"],
    "averages-noise": [],
    "averages-map": ["with correction", "without correction"],
    "trajectories-loss": ["SGD", "Momentum", "AdaGrad", "RMSProp", "Adam"],
    "trajectories-Squares": [],
}
"""Legends of charts that stand below or beside the legends of others."""


def test_every_chart_is_saved_as_a_drawing_and_a_picture_with_its_name_and_legend(visit):
    page = visit.page
    heading = page.get_by_role("heading", level=1).inner_text()
    charts = page.locator(".stVegaLiteChart:has(svg.marks)")
    assert charts.count() > 1
    for chart in charts.all():
        found = pictures(page, chart)
        file, content = found["SVG"]
        root = ElementTree.fromstring(content)
        assert root.tag == f"{SVG}svg"
        assert title_of(root).startswith(heading)
        wide, high = (float(root.get(side, "nan")) for side in ("width", "height"))
        box = chart.locator("svg.marks").bounding_box()
        assert wide == pytest.approx(box["width"], abs=1)
        assert high > box["height"]
        for image in root.iter(f"{SVG}image"):
            assert any(image.get(href, "").startswith("data:image/png") for href in HREFS), "nothing is fetched"
        shown = chart.locator("image").evaluate_all(
            "all => all.filter((e) => e.href.baseVal.includes('svg+xml')).length"
        )
        reliefs = root.findall(f".//{SVG}svg[@class='relief']")
        assert [len(relief.findall(f"{SVG}path")) > 3 for relief in reliefs] == [True] * shown, "level lines are lines"
        key = chart.evaluate("e => e.closest('[class*=st-key-]:not(.stVegaLiteChart)').className")
        expected = next((names for known, names in LEGENDS.items() if f"st-key-{known} " in f"{key} "), None)
        assert expected in (None, [text for text, _ in legend_of(root)])
        other, content = found["PNG"]
        assert (file[-4:], other) == (".svg", file[:-4] + ".png")
        drawn = Image.open(io.BytesIO(content)).convert("RGB")
        assert drawn.size == (math.floor(2 * wide), math.floor(2 * high))
        head = drawn.crop((0, 0, drawn.width, int(2 * (high - box["height"]))))
        seen = {color for count, color in head.getcolors(1 << 24) if count > 40}
        for text, color in legend_of(root):
            opaque = color.startswith("rgb(")
            assert not opaque or tuple(map(int, re.findall(r"\d+", color))) in seen, f"{text} in {file}"
