"""The Train-a-network page in a browser: it trains by itself, stops, bends at a moved value, and holds up nobody."""

import re
import time

from playwright.sync_api import Page, expect

from .conftest import settle

LONG = "/train_a_network?run=SGD,lr=0.1&run=Adam,lr=0.01&steps=400&hidden=8"


def told(page: Page) -> str:
    return page.get_by_test_id("stProgress").first.inner_text()


def finished(page: Page) -> None:
    expect(page.get_by_test_id("stProgress").first).to_have_text(
        re.compile(r"Step (\d+) of \1 \(epoch [\d.]+\)\.$"), timeout=60_000
    )


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def step(page: Page) -> int:
    return int(re.search(r"Step (\d+) of", told(page))[1])


def test_it_trains_stops_bends_and_goes_on_and_its_curves_tell_step_and_value(open_page):
    page = open_page(LONG)
    finished(page)
    settle(page)
    chart = page.locator(".st-key-train-loss-curves svg.marks")
    chart.scroll_into_view_if_needed()
    box = chart.locator("g.mark-line path").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tip = page.locator(".tip")
    expect(tip).to_be_visible()
    assert re.search(r"step\s*\d+", tip.inner_text())
    assert "training loss" in tip.inner_text()
    press(page, "Again from the same weights")
    expect(page.get_by_test_id("stProgress").first).to_contain_text("left")
    first = step(page)
    page.wait_for_function(f"!document.querySelector('[data-testid=stProgress]').innerText.includes('Step {first} of')")
    press(page, "Pause")
    expect(page.get_by_test_id("stProgress").first).to_contain_text("Paused")
    page.wait_for_function("location.search.includes('at=')")
    at = step(page)
    page.wait_for_timeout(800)
    assert step(page) == at, "what is paused stays"
    slider = page.get_by_role("group", name="SGD", exact=True).get_by_role("slider", name="η")
    slider.press("ArrowRight")
    page.wait_for_function("location.search.includes('event=')")
    press(page, "Go on")
    finished(page)
    settle(page)
    assert f"event={at}%2C1%2Clr%3D0.12" in page.url
    assert "at=" not in page.url
    expect(page.locator(".st-key-train-loss-curves svg.marks").get_by_text("η 0.1 → 0.12").first).to_be_visible()


def test_a_left_page_stops_its_work(open_page):
    page = open_page(LONG + "&steps=2000&batch=256")
    finished(page)
    press(page, "Again from the same weights")
    page.get_by_text("On surfaces", exact=True).click()
    page.get_by_role("menuitem", name="Plateaus").click()
    expect(page.get_by_role("heading", name="Plateaus", exact=True)).to_be_visible()
    page.evaluate("() => { window.changed = 0; new MutationObserver(() => changed++).observe("
                  "document.querySelector('[data-testid=stApp]'), { attributes: true }) }")  # fmt: skip

    def runs():
        """How often the app begins or ends to run in a while, once it stands still; a training ticks many times."""
        settle(page)
        page.evaluate("window.changed = 0")
        page.wait_for_timeout(1500)
        return page.evaluate("changed")

    # Plateaus may still come to a part that is late.
    assert not all(runs() for _ in range(4)), "nothing runs any more"


def test_anothers_slider_answers_while_a_network_trains(open_page):
    other = open_page("/plateaus")
    training = open_page(
        "/train_a_network?run=SGD,lr=0.01&run=Adam,lr=0.001&run=Momentum,lr=0.001&batch=1438&steps=2000&curvature=on"
        "&at=1"  # opened paused
    )
    press(training, "Go on")
    expect(training.get_by_test_id("stProgress").first).to_contain_text("left")
    slider = other.get_by_role("group").get_by_role("slider", name="η").first
    slider.focus()
    taken = []
    for _ in range(3):
        before = other.url
        begun = time.perf_counter()
        slider.press("ArrowRight")
        other.wait_for_function("before => location.href !== before", arg=before)
        taken.append(time.perf_counter() - begun)
        settle(other)
    print(f"answers after {sorted(taken)} s")
    assert sorted(taken)[1] < 2
