"""The Trajectories page as a visitor uses it."""

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from optim import surfaces
from ui import words

from ..reading import read
from .conftest import field, sending, settle

KEY = "trajectories"

# Each line's rows, read from the data that the map's marks were drawn from.
ROWS = f"""
() => Object.fromEntries([...document.querySelectorAll(".st-key-{KEY}-map g.mark-line path")]
  .map((path) => path.__data__?.mark?.items ?? []).filter((items) => items.length > 1)
  .map((items) => [items[0].datum.run, items.map((item) => [item.datum.x, item.datum.y])]))
"""


def rows(page: Page) -> dict[str, list[list[float]]]:
    """Run -> the points of its path on the map."""
    return page.evaluate(ROWS)


def slider(page: Page, entry: int = 1):
    """The learning-rate slider of a card."""
    return page.locator(f".st-key-{KEY}-{entry}-lr input[type=range]")


def drawn(page: Page) -> str:
    """The shape of the map's lines."""
    return page.evaluate(
        f"[...document.querySelectorAll('.st-key-{KEY}-map g.mark-line path')].map(p => p.getAttribute('d')).join()"
    )


def changed(page: Page, before: str) -> None:
    """Wait until the map's lines have another shape."""
    page.wait_for_function(
        f"(d) => [...document.querySelectorAll('.st-key-{KEY}-map g.mark-line path')]"
        ".map(p => p.getAttribute('d')).join() !== d",
        arg=before,
    )
    settle(page)


@pytest.mark.parametrize("visit", [KEY], indirect=True)
def test_it_opens_on_a_finished_picture(visit):
    page = visit.page
    expect(page.get_by_role("heading", name="Trajectories", exact=True)).to_be_visible()
    assert set(rows(page)) == {"SGD", "Momentum", "AdaGrad", "RMSProp", "Adam"}
    assert all(len(points) == 51 and points[0] == [-10, 1.5] for points in rows(page).values())
    expect(page.locator("table.table tbody tr")).to_have_count(5)
    assert page.locator(".st-key-trajectories-map g.mark-image image").count() == 1


def test_a_slider_moved_by_keyboard_moves_its_path_alone_and_table_and_copied_link_follow_and_back_undoes(open_page):
    page = open_page()
    before, shape = rows(page), drawn(page)
    slider(page).focus()
    page.keyboard.press("ArrowLeft")
    changed(page, shape)
    after = rows(page)
    assert after["SGD"] != before["SGD"]
    assert {name for name in after if after[name] != before[name]} == {"SGD"}
    # One step down the slider is η = 0.15: x shrinks by 1 - 0.15 · 0.2 at each step.
    assert abs(after["SGD"][1][0] - -10 * (1 - 0.15 * 0.2)) < 1e-12
    expect(page).to_have_url(re.compile(r"run=SGD%2Clr%3D0\.15"))
    with page.expect_download() as download:
        page.get_by_text("Runs as CSV").click()
    frame = pd.read_csv(download.value.path())
    assert len(frame) == 5 * 51
    assert frame[frame["run"] == "SGD"]["x"].tolist() == [point[0] for point in after["SGD"]]
    copy = open_page(page.evaluate("location.pathname + location.search"))
    assert rows(copy) == after
    assert copy.locator("table.table").inner_text() == page.locator("table.table").inner_text()
    shape = drawn(page)
    slider(page).press("ArrowLeft")
    changed(page, shape)
    page.wait_for_function("location.search.includes('0.12')")
    shape = drawn(page)
    page.go_back()
    changed(page, shape)
    assert rows(page) == after
    assert "0.15" in page.locator(f"[class*='st-key-{KEY}-1-lr']").first.inner_text()


def test_a_held_key_moves_a_slider_without_setbacks(open_page):
    page = open_page()
    shape = drawn(page)
    slider(page, 5).focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(60)
    page.wait_for_function("location.search.includes('Adam%2Clr%3D1')")
    changed(page, shape)
    expect(page.locator(f".st-key-{KEY}-5-lr")).to_contain_text("1")
    assert slider(page, 5).input_value() == slider(open_page("/?run=Adam,lr=1")).input_value()
    expect(page.get_by_role("radio", checked=True)).to_have_count(1)  # the axis; no preset is lit


def test_the_arrows_lead_through_the_experiments(open_page):
    page = open_page()
    caption = page.locator(f".st-key-{KEY}-caption")
    opening = caption.inner_text()
    page.get_by_role("button", name="Next experiment").first.click()
    page.wait_for_function("location.search.includes('lr%3D0.21')")
    settle(page)
    assert caption.inner_text() != opening
    page.get_by_role("button", name="Previous experiment").first.click()
    page.wait_for_function("location.search === ''")
    settle(page)
    expect(caption).to_have_text(opening)


def test_the_cursor_plays_and_scrubs_without_the_server_and_stays_where_it_is_when_a_value_moves(open_page):
    page = open_page(listen=sending(sent := []))
    shape = drawn(page)
    page.locator(f".st-key-{KEY}-steps input[type=range]").press("ArrowRight")
    changed(page, shape)
    expect(page.locator(".player output")).to_have_text("step 60 of 60")  # it reaches as far as the runs
    page.wait_for_timeout(1000)
    sent.clear()
    shape = drawn(page)
    cursor = page.get_by_label("Step cursor")
    cursor.focus()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    changed(page, shape)
    expect(page.locator(".player output")).to_have_text("step 30 of 60")
    walked = page.evaluate(
        f"[...document.querySelectorAll('.st-key-{KEY}-loss g.mark-line path')]"
        ".map(p => Math.max(...(p.__data__?.mark?.items ?? []).map(i => i.datum.step)))"
    )
    assert 30 in walked, "the curves follow the same cursor"
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('.player .step').valueAsNumber > 35")
    page.get_by_role("button", name="Pause").click()
    stopped = cursor.input_value()
    page.wait_for_timeout(300)
    assert cursor.input_value() == stopped
    page.wait_for_timeout(1000)
    assert 1 <= len(sent) <= 5, "the server hears of the cursor where it comes to rest, and of no step before"
    cursor.press("Home")
    for _ in range(10):
        cursor.press("ArrowRight")
    shape = drawn(page)
    slider(page).press("ArrowLeft")
    changed(page, shape)
    expect(page.locator(".player output")).to_have_text("step 10 of 60")
    assert all(v == "10" for v in page.eval_on_selector_all(".vega-bind input", "all => all.map(e => e.value)"))


def test_a_click_on_the_map_moves_the_start_and_letters_in_its_field_do_not(open_page):
    page = open_page()
    shape = drawn(page)
    field(page, "Start x").focus()
    page.keyboard.type("abc")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    settle(page)
    assert rows(page)["SGD"][0] == [-10, 1.5]
    frame = page.locator(f".st-key-{KEY}-map svg .root > g > path.background").bounding_box()
    page.mouse.click(frame["x"] + frame["width"] * 0.75, frame["y"] + frame["height"] * 0.25)
    changed(page, shape)
    assert abs(float(field(page, "Start x").input_value()) - 5.5) < 0.1
    assert abs(float(field(page, "Start y").input_value()) - 1.5) < 0.05
    start = rows(page)["Adam"][0]
    assert start == [float(field(page, f"Start {axis}").input_value()) for axis in "xy"]


def test_dark_mode_draws_a_dark_map_and_so_does_a_theme_that_changes(open_page):
    image = f"""() => {{ const e = document.querySelector(".st-key-{KEY}-map g.mark-image image");
                 return e?.getAttribute("href") ?? e?.getAttribute("xlink:href") }}"""
    page = open_page(scheme="dark")
    background = page.locator("[data-testid=stApp]").evaluate("e => getComputedStyle(e).backgroundColor")
    assert background == "rgb(18, 22, 28)"
    dark = page.evaluate(image)
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"dark => ({image})() && ({image})() !== dark", arg=dark)
    settle(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"dark => ({image})() === dark", arg=dark)
    settle(page)


def test_on_a_phone_a_tap_tells_and_a_second_one_moves_the_start(open_page):
    page = open_page(phone=True)
    shape, tip, surface = drawn(page), page.locator(".tip"), surfaces.quadratic
    frame = page.locator(f".st-key-{KEY}-map svg .root > g > path.background").bounding_box()
    (left, right), (bottom, top) = surface.x_range, surface.y_range

    def tap(x: float, y: float) -> None:
        across, up = (x - left) / (right - left), (y - bottom) / (top - bottom)
        page.touchscreen.tap(frame["x"] + across * frame["width"], frame["y"] + (1 - up) * frame["height"])

    x, y = rows(page)["SGD"][1]
    tap(x, y)
    expect(tip).to_contain_text(re.compile(r"^SGD\s*step\s*1\s*x\s*−9.62\s*y\s*−1.35\s*loss f"))
    page.wait_for_timeout(500)
    assert drawn(page) == shape
    tap(6, 2)
    expect(tip).to_contain_text(re.compile(r"^x\s*6\D.*f\s*23.*tap again to start here$", re.DOTALL))
    page.wait_for_timeout(500)
    assert drawn(page) == shape
    tap(6, 2)
    changed(page, shape)
    expect(tip).to_be_hidden()
    assert rows(page)["SGD"][0] == pytest.approx([6, 2], abs=0.1)
    curve = page.locator(f".st-key-{KEY}-loss svg.marks")
    curve.scroll_into_view_if_needed()
    curve.tap()
    expect(tip).to_contain_text(re.compile(r"^\w+\s*step\s*\d+\s*loss f\s*[\d.]+"))
    expect(tip).not_to_contain_text("tap again")


def test_a_bad_link_is_named_and_the_page_stands(open_page):
    page = open_page("/?run=SGD,lr=abc&surface=Moon&steps=1000000000")
    notice = page.get_by_test_id("stAlert")
    expect(notice).to_contain_text("SGD: lr = 'abc': it must be a finite number at least 0. 0.001 stands in.")
    expect(notice).to_contain_text("“Moon” is not known; Quadratic stands in.")
    expect(notice).to_contain_text("steps = 1000000000: it must be a whole number at least 1 and at most 20000.")
    assert set(rows(page)) == {"SGD"}


@pytest.mark.parametrize(
    ("code", "surface"),
    [
        ("Rosenbrock,b=7", surfaces.rosenbrock(b=7)),
        ("Gaussian+wells", surfaces.gaussian_wells),
        ("Saturated+neuron", surfaces.saturated_neuron),
        ("Ackley", surfaces.ackley),
    ],
)
def test_a_map_tells_the_loss_at_the_pointer(open_page, code, surface):
    page = open_page(f"/?surface={code}&run=SGD,lr=1e-6")
    frame = page.locator(f".st-key-{KEY}-map svg .root > g > path.background").bounding_box()
    page.mouse.move(frame["x"] + frame["width"] * 0.9, frame["y"] + frame["height"] * 0.2)
    tip = page.locator(".tip")
    expect(tip).to_contain_text("f")
    said = tip.inner_text().split()
    told = dict(zip(said[::2], map(read, said[1::2]), strict=True))
    x, y, f = (told[name] for name in (*surface.axes, "f"))
    # The place is told to four digits, the loss at the very place.
    near = [float(surface.at((x * (1 + a), y * (1 + b)))[0]) for a in (-1e-3, 1e-3) for b in (-1e-3, 1e-3)]
    assert min(near) - 1e-3 * abs(f) <= f <= max(near) + 1e-3 * abs(f)


def test_a_chart_tells_numbers_as_sentences_do_and_every_digit_of_a_step(browser):
    numbers = [sign * mantissa * 10.0**power for sign in (1, -1) for mantissa in (1, 1.2346, 7.25, 9.9996)
               for power in range(-20, 21)] + [0.0, -0.0, 0.0005, 1e6]  # fmt: skip
    steps = [1, 999, 2000, 12_345, 19_999, 100_001]
    source = Path(words.__file__).with_name("pointer.js").read_text("utf-8")
    function = re.search(r"^const number = .*?^};$", source, re.DOTALL | re.MULTILINE)[0]
    page = browser.new_page()
    told = page.evaluate(f"numbers => {{ {function} return numbers.map(number) }}", numbers + steps)
    page.close()
    expected = [
        f"{x:,.0f}".replace("-", "−") if x.is_integer() and 1 <= abs(x) < 1e6 else words.number(x) for x in numbers
    ]
    assert told == expected + [f"{step:,}" for step in steps]


def test_the_cursor_on_20_000_steps_stops_where_every_line_has_a_point(open_page):
    page = open_page("/?surface=Rosenbrock&start=-1.2,1&run=SGD,lr=0.001&run=Adam,lr=0.1&steps=20000")
    cursor = page.get_by_label("Step cursor")
    shape = drawn(page)
    for _ in range(10):
        cursor.press("ArrowLeft")
    changed(page, shape)
    expect(page.locator(".player output")).to_have_text("step 19,200 of 20,000")
    for chart in ("map", "loss", "gradient"):
        dots = page.evaluate(
            f"[...document.querySelectorAll('.st-key-{KEY}-{chart} g.mark-symbol path')]"
            ".map(p => p.__data__?.datum?.step).filter(step => step !== undefined)"
        )
        assert dots == [19200, 19200], "the dots are at the step that the cursor names"
    # The server is told the step at which the cursor rests, and writes out the next one.
    page.wait_for_function("document.querySelector('input[aria-label=\"Step t\"]').value === '19201'")
    cursor.press("End")
    expect(page.locator(".player output")).to_have_text("step 20,000 of 20,000")


def test_axes_have_their_numbers_as_sentences_do(open_page):
    page = open_page("/?surface=Soft-plus plateau,k=20&start=2.8,2.8&run=Adam,lr=0.1&steps=2000")
    texts = page.locator("svg.marks .role-axis-label text").all_text_contents()
    assert {"10⁻⁵⁹", "2,000"} <= {*texts}
    for text in filter(None, texts):
        assert re.fullmatch(r"−?(\d{1,3}(,\d{3})*(\.\d+)?|(\d(\.\d{1,3})?·)?10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", text), text
