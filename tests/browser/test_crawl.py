"""Whatever can be pressed is pressed in a real browser, on every page there is.

Nothing may be raised, on the server or in the browser; no control may be dead, nor spring back; and a copied link shows
what was left.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, TimeoutError, expect

from ..settings import ON_SURFACES, PAGES
from .conftest import settle

ADDRESSES = {name: "/" if name == "trajectories" else f"/{name}" for name in PAGES}

# What a visitor sees: link, words, the shapes of the charts, and what a button may have done to itself.
SEEN = """
() => [location.search, document.body.innerText, document.querySelectorAll("details[open]").length,
       [...document.querySelectorAll("svg.marks path, svg.marks image")].map((e) => e.getAttribute("d")
         ?? e.getAttribute("href")?.length ?? e.getAttribute("xlink:href")?.length).join()].join("|")
"""

# The keys of the visible elements of a kind; one that was given another value by the server is another version of it.
KEYS = r"""
(all) => [...new Set(all.filter((e) => e.checkVisibility())
  .map((e) => e.closest("[class*='st-key-'].stElementContainer, [class*='st-key-'][data-testid=stElementContainer]"))
  .map((e) => [...(e?.classList ?? [])].find((name) => name.startsWith("st-key-"))?.replace(/-v\d+$/, ""))
  .filter(Boolean))]
"""

# A machine without a network has no fonts from elsewhere.
NETWORK = re.compile(r"Failed to load resource|net::ERR")

RESTING = re.compile(r"-(reset|tune)$")
"""Buttons that have nothing to do where all is as it should be."""


@pytest.fixture
def crawled(open_page: Callable[..., Page], request: pytest.FixtureRequest) -> Iterator[tuple[Page, list[str]]]:
    """A page, opened and scrolled through, and a list of faults that ends empty."""
    page = open_page(ADDRESSES[request.param])
    faults: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not NETWORK.search(message.text):
            faults.append(f"console {message.type}: {message.text[:200]}")

    page.on("console", said)
    page.on("pageerror", lambda error: faults.append(f"page error: {str(error)[:200]}"))
    page.reload()
    settle(page)
    through(page)
    yield page, faults
    assert page.get_by_test_id("stException").count() == 0
    assert not faults


def through(page: Page) -> None:
    """Scroll through the page: what is slow is drawn where it is in sight."""
    for chart in page.get_by_test_id("stMain").locator("[data-testid=stHeading]").all():
        chart.scroll_into_view_if_needed()
        page.wait_for_timeout(100)
    settle(page)


def keys(page: Page, test_id: str) -> list[str]:
    """The keys of the elements of a kind that are on the page now."""
    return page.locator(f"[data-testid={test_id}]").evaluate_all(KEYS)


def element(page: Page, key: str) -> Locator:
    """The element of a key, whatever its version."""
    return page.locator(f".{key}, [class*='{key}-v']").first


def still(page: Page) -> None:
    """Wait until the script has run; there may be no chart, where nothing is compared."""
    page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']")
    assert page.get_by_test_id("stException").count() == 0


def changes(page: Page, act: Callable[[], object]) -> bool:
    """Whether an action changes anything that a visitor sees."""
    before = page.evaluate(SEEN)
    act()
    try:
        page.wait_for_function(f"(before) => ({SEEN})() !== before", arg=before, timeout=4000)
    except TimeoutError:
        return False
    still(page)
    return True


def slide(control: Locator) -> None:
    thumb = control.locator("input[type=range]").last
    thumb.press("ArrowLeft" if int(thumb.input_value()) > int(thumb.get_attribute("min") or 0) else "ArrowRight")


def choose(control: Locator) -> None:
    """Another option than the present one."""
    box = control.get_by_role("combobox")
    now = box.input_value()
    control.get_by_role("button", name="Open").click()
    options = control.page.get_by_role("option").all()
    next(option for option in options if option.inner_text().strip() != now).click()


def increase(control: Locator) -> None:
    more = control.get_by_role("button", name="Increment")
    (more if more.is_enabled() else control.get_by_role("button", name="Decrement")).click()


# What is done to each kind of control, and how its value is read.
KINDS: dict[str, tuple[Callable[[Locator], object], Callable[[Locator], str]]] = {
    "stSlider": (slide, lambda control: control.locator("input[type=range]").last.input_value()),
    "stNumberInput": (increase, lambda control: control.locator("input").input_value()),
    "stCheckbox": (
        lambda control: control.locator("label").first.click(),
        lambda control: str(control.locator("input").is_checked()),
    ),
    "stButtonGroup": (
        lambda control: control.get_by_role("radio", checked=False).first.click(),
        lambda control: control.get_by_role("radio", checked=True).inner_text(),
    ),
    "stSelectbox": (choose, lambda control: control.get_by_role("combobox").input_value()),
}


@pytest.mark.parametrize("crawled", PAGES, indirect=True)
def test_every_control_moves_stays_and_does_something(crawled, open_page):
    page, faults = crawled
    for i in range(page.locator("details:visible > summary").count()):
        fold = page.locator("details:visible > summary").nth(i)
        if not changes(page, fold.click):
            faults.append(f"nothing unfolds: {fold.inner_text()}")
    pressed = 0
    for kind, (act, value) in KINDS.items():
        for key in keys(page, kind):
            if key.endswith("-preset"):
                continue  # it would undo all that was moved
            control = element(page, key)
            if control.count() == 0 or control.locator(":disabled").count() > 2:
                continue  # a choice before it took it away
            pressed += 1
            control.scroll_into_view_if_needed()
            before = value(control)
            if not changes(page, lambda control=control, act=act: act(control)):
                faults.append(f"dead: {key}")
                continue
            if control.count() == 0:
                faults.append(f"gone: {key}")
                continue
            page.wait_for_timeout(50)
            if value(control) == before:
                faults.append(f"sprang back to {before}: {key}")
    assert pressed >= 8
    through(page)
    copy = open_page(page.url.removeprefix(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2]))
    through(copy)
    for what in ("[data-testid=stMain] table", "[data-testid=stSidebar] [data-testid=stSliderThumbValue]"):
        expect(copy.locator(what)).to_have_text(page.locator(what).all_text_contents())


@pytest.mark.parametrize("crawled", PAGES, indirect=True)
def test_every_button_does_something(crawled):
    page, faults = crawled
    for fold in page.locator("details:visible > summary").all():
        fold.click()
        settle(page)
    found = sorted(
        (key for key in keys(page, "stButton") if "lecture" not in key),
        key=lambda key: ("remove" in key, "preset" in key, key),
    )
    for key in found:
        if element(page, key).count() == 0:
            page.goto(page.url.split("?")[0])
            settle(page)
        button = element(page, key).locator("button:visible").last
        if button.count() == 0 or button.is_disabled():
            continue
        button.scroll_into_view_if_needed()
        if not changes(page, button.click) and not RESTING.search(key):
            faults.append(f"dead: {key}")
    assert len(found) >= 2


@pytest.mark.parametrize("crawled", PAGES, indirect=True)
def test_experiments_follow_one_another_and_come_round(crawled):
    page, _ = crawled
    box = page.get_by_label("Experiment").first
    first, names = box.input_value(), []
    for _ in range(30):
        assert changes(page, page.get_by_role("button", name="Next experiment").click)
        names.append(box.input_value())
        if names[-1] == first:
            break
    assert names[-1] == first
    assert len(set(names)) == len(names) >= 3
    assert changes(page, page.get_by_role("button", name="Previous experiment").click)
    assert box.input_value() == names[-2]


@pytest.mark.parametrize("crawled", PAGES, indirect=True)
def test_the_lecture_view_has_no_sidebar_and_is_left_again(crawled):
    page, _ = crawled
    page.get_by_role("button", name="Lecture view").click()
    page.wait_for_url(re.compile("view=lecture"))
    expect(page.get_by_test_id("stSidebar")).not_to_be_visible()
    page.get_by_role("button", name="Leave the lecture view").click()
    expect(page.get_by_test_id("stSidebar")).to_be_visible()


@pytest.mark.parametrize("crawled", PAGES, indirect=True)
def test_the_player_plays_and_stops(crawled):
    page, _ = crawled
    player = page.locator(".player").first
    player.scroll_into_view_if_needed()
    step = player.locator(".step")
    step.press("Home")
    player.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('.player .step').valueAsNumber > 0")
    player.get_by_role("button", name="Pause").click()
    stopped = step.input_value()
    settle(page)
    page.wait_for_timeout(200)
    assert step.input_value() == stopped


@pytest.mark.parametrize("crawled", PAGES, indirect=True)
def test_every_chart_can_be_taken_away(crawled):
    page, faults = crawled
    title, names = page.locator("h1").inner_text().strip(), set()
    for i, chart in enumerate(page.locator(".stVegaLiteChart").all()):
        chart.scroll_into_view_if_needed()
        chart.locator("svg.marks").hover()
        for kind in ("SVG", "PNG") if i == 0 else ("SVG",):
            with page.expect_download() as download:
                page.get_by_role("button", name=kind, exact=True).click()
            name, file = download.value.suggested_filename, Path(download.value.path())
            assert re.fullmatch(rf"[\w-]+\.{kind.lower()}", name)
            if kind == "PNG":
                assert file.read_bytes().startswith(b"\x89PNG")
                continue
            names.add(name)
            drawn = file.read_text("utf-8")
            if title not in drawn:
                faults.append(f"no title: {name}")
            legend = chart.evaluate(
                "(e) => [...document.querySelectorAll('.legend')].filter((legend) =>"
                " legend.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING).pop()?.innerText ?? ''"
            )
            faults += [f"{name} does not name {run}" for run in legend.split("\n") if run.strip() not in drawn]
    assert len(names) >= 3, "the names say which chart it is"


@pytest.mark.parametrize("crawled", PAGES, indirect=True)
def test_the_numbers_can_be_taken_away(crawled, request):
    page, _ = crawled
    button = page.get_by_test_id("stDownloadButton").get_by_role("button").last
    with page.expect_download() as download:
        button.click()
    assert re.fullmatch(r"[a-z-]+\.csv", download.value.suggested_filename)
    frame = pd.read_csv(download.value.path())
    assert len(frame) > 10
    if request.node.callspec.params["crawled"] in ON_SURFACES:
        assert set(frame["run"]) == {
            name.strip() for name in page.locator(".legend").first.locator(".swatch").all_inner_texts()
        }
