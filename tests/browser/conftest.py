"""The app in a real Chromium.

Where there is none, these tests skip with a word on how to get one; in CI a skip is a failure.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect, sync_playwright

from ..settings import PAGES

ROOT = Path(__file__).parents[2]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]

# A callback's parts run after the callback, and for a moment between the two nothing runs.  So the page stands still
# once it has done so for a while.
STILL = """
() => {
  const { testConnectionState, testScriptState } = document.querySelector("[data-testid='stApp']")?.dataset ?? {};
  const still = testConnectionState === "CONNECTED" && testScriptState === "notRunning"
    && !document.querySelector("[data-stale='true']");
  window.stillSince = still ? window.stillSince ?? performance.now() : undefined;
  return still && performance.now() - window.stillSince > 200;
}
"""


# A seventh of the processor time of a visit goes into fading in and out.
NO_FADING = """
const sheet = new CSSStyleSheet();
sheet.replaceSync("*, *::before, *::after { animation: none !important; transition: none !important }");
document.adoptedStyleSheets = [sheet];
"""


@contextmanager
def running() -> Iterator[tuple[str, subprocess.Popen]]:
    """A server of the app's own: its address, and the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port),
               "--server.headless", "true", "--server.address", "127.0.0.1",
               "--server.fileWatcherType", "none"]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                with urllib.request.urlopen(f"{url}/_stcore/health"):
                    break
            except OSError:
                time.sleep(0.25)
        yield url, process
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of the server that the tests share."""
    with running() as (url, _):
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sentence = "No Chromium found: apt-get install chromium, or set CHROMIUM to the path of one."
        if os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def tabs() -> dict[tuple[str, bool], list[Page]]:
    """Tabs that no test is using, by colour scheme and whether they are a phone's, each in a context of its own."""
    return {}


@contextmanager
def visits(browser: Browser, server: str, tabs: dict[tuple[str, bool], list[Page]]) -> Iterator[Callable[..., Page]]:
    """Opens an address of the app and waits until it stands still; nothing may have been raised on the page.

    ``listen`` is what hears which of Playwright's events, from the first on.  Each visit is a session of its own and
    finds nothing stored, but its tab may have been used before: then Chromium has compiled Streamlit's scripts, and a
    visit costs less than half the processor time.
    """
    taken: list[tuple[tuple[str, bool], Page, Mapping[str, Callable]]] = []

    def open_at(
        path: str = "/",
        width: int = 1400,
        scheme: str = "light",
        phone: bool = False,
        listen: Mapping[str, Callable] = MappingProxyType({}),
    ) -> Page:
        kind = scheme, phone
        free = tabs.setdefault(kind, [])
        if not free:
            context = browser.new_context(color_scheme=scheme, has_touch=phone, is_mobile=phone)
            context.add_init_script(NO_FADING)
            free.append(context.new_page())
        page = free.pop()
        taken.append((kind, page, listen))
        page.set_default_timeout(60_000)
        page.set_viewport_size({"width": 390, "height": 844} if phone else {"width": width, "height": 1000})
        for event, heard in listen.items():
            page.on(event, heard)
        page.goto(server + path)
        settle(page)
        return page

    yield open_at
    for kind, page, listen in taken:
        try:
            for event, heard in listen.items():
                page.remove_listener(event, heard)
            page.evaluate("localStorage.clear(), sessionStorage.clear()")
            page.goto("about:blank")  # the server's session ends
            page.emulate_media(reduced_motion="null", color_scheme=kind[0])
            tabs[kind].append(page)
        except Error:  # a test left it as nobody else can use it
            page.context.close()


@pytest.fixture
def open_page(browser: Browser, server: str, tabs: dict[tuple[str, bool], list[Page]]) -> Iterator[Callable[..., Page]]:
    """Visits of the test's own."""
    with visits(browser, server, tabs) as open_at:
        yield open_at


class Visit(NamedTuple):
    name: str
    page: Page


@pytest.fixture(scope="session", params=PAGES)
def visit(
    browser: Browser, server: str, tabs: dict[tuple[str, bool], list[Page]], request: pytest.FixtureRequest
) -> Iterator[Visit]:
    """A page all of whose parts have been in sight.

    One visit for all the tests that only look, or save what is there: each leaves the page as it found it.
    """
    with visits(browser, server, tabs) as open_at:
        page = open_at(address(request.param))
        # A training that goes on takes back what is late and out of sight.
        expect(page.get_by_text(" s left.")).to_have_count(0, timeout=60_000)
        settle(page)
        rooms = page.locator(".room")
        while left := rooms.count():
            page.evaluate("document.querySelector('.room')?.scrollIntoView()")
            page.wait_for_function("left => document.querySelectorAll('.room').length < left", arg=left)
            settle(page)
        yield Visit(request.param, page)


def address(name: str, query: str = "") -> str:
    """Where a page is; the first one is at the root."""
    return ("/" if name == "trajectories" else f"/{name}") + (query and f"?{query}")


def sending(sent: list) -> dict[str, Callable]:
    """For ``listen``: collects what a page sends to the server."""
    return {"websocket": lambda socket: socket.on("framesent", lambda frame: sent.append(frame))}


def settle(page: Page, charts: bool = True) -> None:
    """Wait until the script has run and, if there are any, the charts are drawn."""
    if charts:
        page.locator("g.mark-line path[d]").first.wait_for(state="attached")
    page.evaluate("delete window.stillSince")
    page.wait_for_function(STILL, polling=50)
    assert page.get_by_test_id("stException").count() == 0


def field(page: Page, label: str) -> Locator:
    """The number field of that label.

    By role, since Streamlit keeps a widget that was replaced beside its successor, hidden, until the next run.
    """
    return page.get_by_role("spinbutton", name=label)
