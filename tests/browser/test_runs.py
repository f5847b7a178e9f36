"""The tab Quality over runs of the evaluation: one is chosen, and held against another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import FERRIES
from tests.browser.test_accessibility import findings

pytestmark = pytest.mark.browser


def test_a_run_is_chosen_and_held_against_another(open_page: Callable[..., Page]):
    """The newest against the one before at first; both stay chosen while another tab is looked at."""
    page = open_page("empty_server")
    page.get_by_role("tab", name="Quality").click()
    figures = page.locator(".block.figures-panel")
    expect(figures.locator("caption")).to_contain_text("run-2")
    expect(figures).to_contain_text("No longer good: 1")
    figures.locator("summary", has_text=FERRIES).press("Enter")
    expect(figures.get_by_text("Nobody was hurt.").first).to_be_visible()
    expect(page.frame_locator("iframe.run").get_by_text("The report of day 3.")).to_be_visible()
    found = findings(page, "a run")
    for width in (1280, 400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_label("Compared with").click()
    page.get_by_role("option", name="run-1").click()
    expect(figures.locator("caption")).to_contain_text("run-1")
    page.get_by_role("tab", name="Ask").click()
    page.get_by_role("tab", name="Quality").click()
    expect(figures.locator("caption")).to_contain_text("run-1")
    page.get_by_label("Run", exact=True).click()
    page.get_by_role("option", name="run-1").click()
    expect(figures).to_contain_text("no earlier run to compare with")
    expect(page.frame_locator("iframe.run").get_by_text("The report of day 1.")).to_be_visible()
    assert found == [], "\n".join(found)
