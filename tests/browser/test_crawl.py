"""Whatever can be pressed is pressed in a real browser, on every page there is.

Nothing may be raised, on the server or in the browser, and nothing fetched from elsewhere; no control may be dead, nor
spring back; Back undoes; and a copied link shows what was left, in another site's frame too.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Request, TimeoutError, expect

from ..settings import PAGES, PRESETS
from .conftest import address, settle

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

# A machine without a network has no fonts from elsewhere; and a busy one puts what two parts say in one message, which
# Streamlit remarks on and both parts are heard (test_slow).
NO_FAULT = re.compile(r"Failed to load resource|net::ERR|Multiple different fragmentIds")

# Where the charts, legends and players begin and end that begin on the screen.
ON_SCREEN = """
() => [...document.querySelectorAll(".stVegaLiteChart, .legend, .player")].filter((e) => e.checkVisibility())
  .map((e) => [e.classList[0], e.getBoundingClientRect().top, e.getBoundingClientRect().bottom])
  .filter(([_, top]) => top < innerHeight)
"""

SHORT = {"train_a_network": "hidden=8&steps=60"}
"""Where what a page computes takes long, a link to less of it."""

RESTING = re.compile(r"-(reset|tune)$")
"""Buttons that have nothing to do where all is as it should be."""


@dataclass
class Crawl:
    """A page, what was pressed last, and the faults found."""

    page: Page = field(init=False)
    pressed: str = "opened"
    faults: list[str] = field(default_factory=list)

    def fault(self, what: str) -> None:
        self.faults.append(f"{self.pressed}: {what}")


@pytest.fixture
def crawled(open_page: Callable[..., Page], request: pytest.FixtureRequest) -> Iterator["Crawl"]:
    """A page, opened and scrolled through, and a list of faults that ends empty."""
    crawl = Crawl()

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not NO_FAULT.search(message.text):
            crawl.fault(f"console {message.type}: {message.text[:200]}")

    def asked(request: Request) -> None:
        if urlsplit(request.url).hostname not in (None, "127.0.0.1"):
            crawl.fault(f"a request to {request.url[:200]}")

    def raised(error: Error) -> None:
        crawl.fault(f"page error: {str(error)[:200]}")

    heard = {"console": said, "request": asked, "pageerror": raised}
    crawl.page = open_page(request.param, listen=heard)
    through(crawl.page)
    yield crawl
    assert crawl.page.get_by_test_id("stException").count() == 0
    assert not crawl.faults


def through(page: Page) -> None:
    """Scroll through the page: what is slow is drawn where it is in sight."""
    for chart in page.get_by_test_id("stMain").locator("[data-testid=stHeading]").all():
        chart.scroll_into_view_if_needed()
        page.wait_for_timeout(100)
    settle(page)


def keys(page: Page, test_id: str) -> list[str]:
    """The keys of the elements of a kind that are on the page now; of cards that are alike those of the first."""
    found = page.locator(f"[data-testid={test_id}]").evaluate_all(KEYS)
    return list({re.sub(r"-\d+(?=-|$)", "-#", key): key for key in reversed(found)}.values())[::-1]


def element(page: Page, key: str) -> Locator:
    """The element of a key, whatever its version; Streamlit keeps one that was replaced for a while, hidden."""
    return page.locator(f".{key}, [class*='{key}-v']").filter(visible=True).first


def changes(page: Page, act: Callable[[], object]) -> bool:
    """Whether an action changes anything that a visitor sees."""
    page.evaluate(f"window.seen = ({SEEN})()")
    act()
    settle(page, charts=False)  # where nothing is compared there are none
    changed = f"({SEEN})() !== window.seen"
    if page.evaluate(changed):
        return True
    try:
        page.wait_for_function(changed, timeout=4000, polling=200)
    except TimeoutError:
        return False
    settle(page, charts=False)
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
        lambda control: ", ".join(control.get_by_role("radio", checked=True).all_inner_texts()),
    ),
    "stSelectbox": (choose, lambda control: control.get_by_role("combobox").input_value()),
}


def link(page: str, preset: str) -> str:
    setting = next(found.setting for found in PRESETS[page] if found.name == preset)
    return address(page, urlencode(setting.query, doseq=True))


@pytest.mark.parametrize(
    "crawled",
    [
        link("learning_rate_decay", "Too small from the start"),
        link("plateaus", "Rolling through the small pit"),
        link("saddle_points", "A little noise is enough"),
        link("train_a_network", "Zeros never part"),
    ],
    indirect=True,
)
def test_of_paths_escapes_and_norms_that_there_are_not_nothing_is_said(crawled):
    assert crawled.page.locator("svg.marks").count() > 3


@pytest.mark.parametrize("crawled", [address(page, SHORT.get(page, "")) for page in PAGES], ids=PAGES, indirect=True)
def test_every_control_moves_and_stays_the_link_follows_and_every_button_does_something(crawled, open_page):
    page = crawled.page
    lecture(crawled)
    # One card is unfolded for all: the app tester's crawl unfolds every optimizer's.
    fold = page.locator("details:visible > summary").first
    if not changes(page, fold.click):
        crawled.fault("nothing unfolds")
    pressed = 0
    for kind, (act, value) in KINDS.items():
        for key in keys(page, kind):
            if key.endswith(("-preset", "-add")):
                continue  # the one would undo all that was moved, the other is empty again at once
            control = element(page, key)
            if control.count() == 0 or control.locator(":disabled").count() > 2:
                continue  # a choice before it took it away
            pressed, crawled.pressed = pressed + 1, key
            control.scroll_into_view_if_needed()
            before = value(control)
            if not changes(page, lambda control=control, act=act: act(control)):
                crawled.fault("dead")
                continue
            if control.count() == 0:
                crawled.fault("gone")
                continue
            page.wait_for_timeout(50)
            if value(control) == before:
                crawled.fault(f"sprang back to {before}")
            if pressed == 1:
                undo(crawled, lambda control=control, value=value: value(control), before)
            if kind == "stNumberInput":
                empty(crawled, control.locator("input"))
    assert pressed >= 8
    through(page)
    embedded_copy(page, open_page)
    press_buttons(crawled)


def embedded_copy(page: Page, open_page: Callable[..., Page]) -> None:
    """The page's link in another site's frame: ``embed=true`` leaves out Streamlit's own frame, and nothing of ours."""
    here = urlsplit(page.url)
    copy = open_page(f"{here.path}?{here.query}&embed=true")
    expect(copy.get_by_role("heading", level=1)).to_have_text(page.get_by_role("heading", level=1).inner_text())
    expect(copy.get_by_test_id("stAlert")).to_have_count(page.get_by_test_id("stAlert").count())
    if (opener := copy.get_by_test_id("stExpandSidebarButton")).is_visible():
        opener.click()
    through(copy)
    for what in ("[data-testid=stMain] table:not(details *)", "[data-testid=stSliderThumbValue]:not(details *)"):
        shown, copied = (one.locator(what).filter(visible=True) for one in (page, copy))
        expect(copied).to_have_text(shown.all_text_contents())


def lecture(crawled: Crawl) -> None:
    """Into the lecture view and out of it: without the sidebar, and what is on a small screen is on it as a whole."""
    page, size = crawled.page, crawled.page.viewport_size
    page.set_viewport_size({"width": 1024, "height": 768})
    page.get_by_role("button", name="Lecture view").click()
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    settle(page)
    found = page.evaluate(ON_SCREEN)
    assert {"stVegaLiteChart", "legend"} <= {name for name, *_ in found}
    assert [name for name, _, bottom in found if bottom > 768] == []
    page.get_by_role("button", name="Leave the lecture view").click()
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    page.set_viewport_size(size)
    settle(page)


def undo(crawled: Crawl, value: Callable[[], str], before: str) -> None:
    """The browser's Back undoes the first change, and its Forward does it again."""
    page, after = crawled.page, value()
    for name, go, wanted in (("Back", page.go_back, before), ("Forward", page.go_forward, after)):
        go()
        if not comes(page, value, wanted):
            crawled.fault(f"{name} leaves {value()}, not {wanted}")
        settle(page)


def empty(crawled: Crawl, field: Locator) -> None:
    """An emptied field takes its value back."""
    before = field.input_value()
    field.fill("")
    field.press("Enter")
    if not comes(crawled.page, field.input_value, before):
        crawled.fault(f"emptied, it is {field.input_value()}, not {before}")


def comes(page: Page, value: Callable[[], str], wanted: str) -> bool:
    """Whether a value is as wanted, or becomes so."""
    for _ in range(40):
        if value() == wanted:
            return True
        page.wait_for_timeout(100)
    return False


def press_buttons(crawled: Crawl) -> None:
    """Press every button; what removes something comes last."""
    page = crawled.page
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
        crawled.pressed = key
        button.scroll_into_view_if_needed()
        if not changes(page, button.click) and not RESTING.search(key):
            crawled.fault("dead")
    assert len(found) >= 2
