"""The first visitor of a server may come by any page's link."""

from urllib.parse import urlencode

from playwright.sync_api import Browser, expect

from ..settings import PRESETS
from .conftest import running, settle


def test_a_pages_link_goes_through_the_router_on_a_cold_server(browser: Browser):
    with running() as (url, _):
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(60_000)
        page.goto(f"{url}/moving_averages?beta=0.7")
        settle(page)
        expect(page.get_by_role("heading", name="Moving averages", exact=True)).to_be_visible()
        for group in ("See", "On surfaces"):
            expect(page.get_by_role("button", name=group, exact=True)).to_be_visible()
        assert "beta=0.7" in page.url
        assert page.get_by_test_id("stMainBlockContainer").bounding_box()["width"] > 1000, "the router's wide layout"
        page.close()


def test_the_groups_of_the_navigation_lead_to_every_page(open_page):
    page = open_page("/moving_averages")
    page.get_by_text("On surfaces", exact=True).click()
    page.get_by_role("menuitem", name="Plateaus").click()
    expect(page.get_by_role("heading", name="Plateaus", exact=True)).to_be_visible()
    settle(page)
    page.get_by_text("See", exact=True).click()
    page.get_by_role("menuitem", name="Learning-rate decay").click()
    expect(page.get_by_role("heading", name="Learning-rate decay", exact=True)).to_be_visible()
    settle(page)


def test_next_leads_through_the_last_experiment_to_the_next_page_and_back_in_the_lecture_view(open_page):
    last_but_one = PRESETS["trajectories"][-2].setting
    page = open_page(f"/?{urlencode(last_but_one.query, doseq=True)}&view=lecture")
    page.get_by_role("button", name="Next experiment").click()
    settle(page)
    page.get_by_role("link", name="Next page: Moving averages").click()
    page.wait_for_url("**/moving_averages?view=lecture")
    settle(page)
    expect(page.get_by_role("heading", name="Moving averages", exact=True)).to_be_visible()
    page.get_by_role("link", name="Previous page: Trajectories").click()
    page.wait_for_url(lambda url: "moving_averages" not in url)
    settle(page)
    expect(page.get_by_role("heading", name="Trajectories", exact=True)).to_be_visible()
    assert "view=lecture" in page.url
    expect(page.get_by_role("link", name="Next page: Moving averages")).to_be_visible()


def test_the_opening_page_has_its_name_as_an_address_too(open_page):
    page = open_page("/trajectories?steps=30")
    expect(page.get_by_role("heading", name="Trajectories", exact=True)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".player output")).to_have_text("step 30 of 30")
