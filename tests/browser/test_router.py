"""The first visitor of a server may come by any page's link."""

from playwright.sync_api import Browser, expect

from .conftest import running, settle


def test_a_pages_link_goes_through_the_router_on_a_cold_server(browser: Browser):
    with running() as url:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
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
