"""For everyone: axe finds nothing serious, each control has a name, and keyboard and phone reach all of them."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from ..settings import ON_SURFACES, PAGES
from .conftest import address, field, settle

BARE = """
() => [...document.querySelectorAll("button, input, [role=slider], [role=combobox], .stVegaLiteChart, svg.marks")]
  .filter((e) => e.checkVisibility() && !e.closest("[aria-hidden=true], .vega-bindings"))
  .filter((e) => !(e.ariaLabel || e.labels?.length || e.innerText?.trim()) || / icon$/.test(e.innerText ?? ""))
  .map((e) => e.outerHTML.slice(0, 120))
"""


def serious(page: Page, **options: object) -> dict[str, list[str]]:
    """What axe holds against a page: rule -> elements."""
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return {
        violation["id"]: [node["html"][:160] for node in violation["nodes"]]
        for violation in found
        if violation["impact"] in ("serious", "critical")
    }


def test_axe_finds_nothing_serious_and_all_that_can_be_pressed_has_a_name(visit):
    page = visit.page
    assert not serious(page)
    page.wait_for_function("document.querySelectorAll('svg.marks:not([role=img])').length === 0")
    assert page.evaluate(BARE) == [], "something that can be pressed has no name"


@pytest.mark.parametrize("name", ON_SURFACES)
def test_a_slider_says_whose_it_is(open_page, name):
    page = open_page(address(name, "run=SGD,lr=0.1&run=Adam,lr=0.1&run=Adam,eps=1e-4,lr=0.1"))
    for card, sliders in (("SGD", 1), ("Adam, ε = 10⁻⁸", 4), ("Adam, ε = 10⁻⁴", 4)):
        group = page.get_by_role("group", name=card, exact=True)
        expect(group.get_by_role("slider")).to_have_count(sliders)
        expect(group.get_by_role("button", name=f"Remove {card}")).to_have_count(1)
    # The name follows the value that it holds.
    page.get_by_role("group", name="Adam, ε = 10⁻⁴").get_by_role("slider", name="ε").press("ArrowRight")
    expect(page.get_by_role("group", name="Adam, ε = 1.2·10⁻⁴", exact=True)).to_have_count(1)


def reached(page: Page, most: int = 150) -> list[str]:
    """The names of what the tab key goes through, from the top of the page to its end."""
    names = []
    for _ in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "() => { const e = document.activeElement; return e === document.body ? '' :"
            " e.ariaLabel || e.innerText?.trim() || e.labels?.[0]?.innerText || e.tagName }"
        )
        if not here and names:
            break
        names.append(here)
    return names


def test_the_keyboard_reaches_all_plays_moves_the_start_and_saves_a_chart(open_page):
    page = open_page()
    names = reached(page)
    for wanted in ("Start x", "ε · in the denominator", "Remove Adam", "Experiment", "Next experiment", "Step cursor",
                   "Play", "Runs as CSV", "loss f against step."):  # fmt: skip
        assert any(wanted in name for name in names), f"no tab stop at {wanted}: {names}"
    page.get_by_role("button", name="Play").press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    page.get_by_role("button", name="Pause").press("Enter")
    cursor = page.get_by_label("Step cursor")
    cursor.press("Home")
    expect(cursor).to_have_attribute("aria-valuetext", "step 0 of 50")
    field(page, "Start x").fill("4")
    field(page, "Start x").press("Enter")
    page.wait_for_function("location.search.includes('start=4')")
    settle(page)
    chart = page.locator(".st-key-trajectories-loss .stVegaLiteChart")
    chart.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="PNG")).to_be_focused()
    page.keyboard.press("Tab")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "trajectories-loss-f-against-step.svg"
    page.keyboard.press("Escape")
    expect(chart).to_be_focused()


def test_a_player_asked_for_less_motion_moves_in_few_steps(open_page):
    page = open_page()
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(
        "() => { window.seen = new Set(); new MutationObserver(() =>"
        " seen.add(document.querySelector('.player .at').textContent))"
        ".observe(document.querySelector('.player .at'), { childList: true, characterData: true, subtree: true }) }"
    )
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("seen.has('step 50 of 50')")
    assert 2 < page.evaluate("seen.size") <= 12


@pytest.mark.parametrize("name", PAGES)
def test_on_a_phone_in_the_dark_all_is_legible_no_chart_too_wide_and_the_sliders_are_under_it(open_page, name):
    page = open_page(address(name), width=390, scheme="dark")
    assert page.get_by_test_id("stApp").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(18, 22, 28)"
    assert not serious(page, runOnly=["color-contrast"])
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = page.locator("svg.marks").evaluate_all("all => all.map((svg) => svg.getBoundingClientRect().width)")
    assert max(wide) <= 390
    page.set_viewport_size({"width": 390, "height": 844})
    sheet = page.get_by_test_id("stSidebar")
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(sheet.get_by_role("slider").first).to_be_attached()
    page.wait_for_timeout(500)
    box = sheet.bounding_box()
    assert box["y"] >= 844 / 2, "the sheet leaves the upper half to the chart"
    nav = sheet.get_by_test_id("stSidebarNavItems").bounding_box()
    assert nav["height"] <= 90, "the pages take three low rows at most"
    slider = sheet.get_by_role("slider").last
    slider.scroll_into_view_if_needed()
    before = slider.input_value()
    slider.press("ArrowLeft" if before != "0" else "ArrowRight")
    page.wait_for_function("location.search.length > 1")
    settle(page)
    other = "Plateaus" if name != "plateaus" else "Trajectories"
    sheet.get_by_test_id("stSidebarNavItems").get_by_text(other).click()
    expect(page.get_by_role("heading", name=other, exact=True)).to_be_visible()
    expect(page.get_by_test_id("stExpandSidebarButton")).to_be_visible()
