"""A page in another site's frame: ``embed=true`` leaves out Streamlit's own frame, and nothing of the page's."""

import re

from playwright.sync_api import expect

from .conftest import address, settle


def test_an_embedded_link_shows_its_experiment_and_follows_a_moved_slider(open_page):
    page = open_page(address("trajectories", "embed=true&run=SGD,lr=0.1&steps=20"))
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    expect(page.locator(".player output")).to_have_text("step 20 of 20")
    if (opener := page.get_by_test_id("stExpandSidebarButton")).is_visible():
        opener.click()
    page.locator(".st-key-trajectories-1-lr input[type=range]").press("ArrowLeft")
    page.wait_for_function("location.search.includes('lr%3D0.08')")
    assert re.search(r"[?&]embed=true", page.url), "a reload, and a copied address, stay embedded"
    page.reload()
    settle(page)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    expect(page.locator(".legend").first).to_have_text("SGD")
    assert "lr%3D0.08" in page.url


def test_an_embedded_bad_link_is_named(open_page):
    page = open_page(address("trajectories", "embed=true&steps=0&moon=1"))
    notice = page.get_by_test_id("stAlert")
    expect(notice).to_contain_text("steps = 0: it must be a whole number at least 1")
    expect(notice).to_contain_text("moon is not known here")
    expect(notice).not_to_contain_text("embed")
