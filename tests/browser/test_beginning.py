"""A page over nothing yet: it leads to its articles, and then offers questions that they answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import findings
from tests.browser.test_page import BRIDGE, upload

pytestmark = [pytest.mark.browser, pytest.mark.models]

WIDTHS = (400, 1280)


def place_below(page: Page, width: int) -> object:
    """Where that begins which stands below the examples, in a window of that width."""
    page.set_viewport_size({"width": width, "height": 900})
    return page.locator("#narrow").bounding_box()


def test_a_new_library_leads_to_its_articles_and_offers_questions_of_them(open_page: Callable[..., Page]):
    """By the keyboard; a button asks its question, and what is below doesn't move when the buttons come."""
    page = open_page("empty_server")
    leads = page.locator(".no-articles").get_by_role("button", name="Articles")
    expect(leads).to_be_visible()
    found = findings(page, "an empty library")
    leads.press("Enter")
    expect(page.get_by_role("tab", name="Articles")).to_be_focused()
    upload(page, "orlinbrook.txt", BRIDGE)
    page.get_by_role("tab", name="Ask").click()
    expect(page.get_by_text("Looking for questions that these articles answer")).to_be_visible()
    before = [place_below(page, width) for width in WIDTHS]
    example = page.locator("button.example").first
    expect(example).to_be_visible(timeout=90_000)
    assert [place_below(page, width) for width in WIDTHS] == before
    found += findings(page, "examples")
    question = example.inner_text()
    example.press("Enter")
    expect(page.get_by_label("Question")).to_have_value(question)
    answer = page.locator(".answer-panel article.answer", has=page.locator(".asked", has_text=question))
    expect(answer.locator(".cite").first).to_be_visible(timeout=90_000)
    page.reload()
    expect(page.locator("button.example").first).to_have_text(question)
    assert found == [], "\n".join(found)
