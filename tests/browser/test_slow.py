"""A visitor who is faster than the server: what was pressed while it stood still is all done once it goes on.

Streamlit merges the messages that wait for a run, and a page's callbacks ask for parts of it alone; neither may lose
what another message asked for.
"""

import re
import signal
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import running, sending, settle


@pytest.fixture(scope="module")
def frozen(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Saddle points after two moves of sliders, and then actions that the server hears of all at once."""
    with running() as (url, process):
        context = browser.new_context(
            viewport={"width": 1400, "height": 1000}
        )  # one for all: its scripts stay compiled

        def during(*actions: Callable[[Page], None], sent: list | None = None) -> Page:
            sent = [] if sent is None else sent
            for left in context.pages:
                left.close()
            page = context.new_page()
            for event, heard in sending(sent).items():
                page.on(event, heard)
            page.goto(f"{url}/saddle_points")
            settle(page)
            for _ in range(2):
                move(page)
                settle(page)
            page.wait_for_timeout(700)  # what is in sight is told after a while: it too has been heard
            settle(page)
            process.send_signal(signal.SIGSTOP)
            sent.clear()
            try:
                for act in actions:
                    act(page)
                    page.wait_for_timeout(350)  # as long as it takes to tell what is in sight
            finally:
                process.send_signal(signal.SIGCONT)
            page.wait_for_timeout(1000)
            settle(page)
            return page

        yield during
        context.close()


def move(page: Page) -> None:
    page.locator("[data-testid=stSlider] input[type=range]").first.press("ArrowRight")


def scroll(page: Page) -> None:
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, main.scrollTop ? 0 : main.scrollHeight)")


def back(page: Page) -> None:
    page.evaluate("history.back()")


def lecture(page: Page) -> None:
    page.get_by_role("button", name="Lecture view").click()


def other(page: Page) -> None:
    page.get_by_test_id("stTopNavSection").filter(has_text="On surfaces").first.click()
    page.get_by_test_id("stTopNavDropdownLink").filter(has_text="Plateaus").first.click()


def test_another_page_comes_and_the_one_that_was_left_says_no_more(frozen):
    """What waits before the choice is a race of Streamlit's own: the run that it stops may name its page once more."""
    sent, heard = [], []
    page = frozen(other, scroll, lambda page: heard.extend(sent), sent=sent)
    assert len(heard) == 1  # the choice
    expect(page.locator("h1")).to_have_text("Plateaus")
    assert page.url.endswith("/plateaus")


def test_the_lecture_view_comes(frozen):
    page = frozen(move, scroll, lecture)
    assert page.url.endswith("&view=lecture")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()


@pytest.mark.parametrize("actions", [[move, back, scroll], [scroll, scroll, back]])
def test_the_page_is_the_one_of_the_address_that_back_leads_to(frozen, actions):
    page = frozen(*actions)
    wanted = re.search(r"gamma%3D([\d.]+)", page.url)
    expect(page.get_by_test_id("stSliderThumbValue").first).to_have_text(wanted.group(1) if wanted else "1")


def test_two_parts_that_speak_at_once_are_both_heard(open_page):
    """A busy browser puts what it has to say in one message, in the name of one of the parts."""
    said = []
    page = open_page("/saddle_points", listen={"console": lambda message: said.append(message.text)})
    page.evaluate("const later = setTimeout; window.setTimeout = (f, ms, ...args) => later(f, ms || 2500, ...args)")
    move(page)
    scroll(page)
    page.wait_for_timeout(3000)
    settle(page)
    assert any("Multiple different fragmentIds" in text for text in said)
    assert "gamma" in page.url
    assert page.locator("[class*=st-key-saddles-late-sweeps] .stVegaLiteChart").count()
