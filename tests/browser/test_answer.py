"""What a reader does with an answer: look behind a number without leaving it, and say what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_page import SONG, UNANSWERABLE, ask

pytestmark = [pytest.mark.browser, pytest.mark.models]


def test_a_number_shows_its_words_to_pointer_and_keyboard(open_page: Callable[..., Page]):
    """The card stays while the pointer is on it, Escape hides it, no edge cuts it off, and no one hears it twice."""
    page = open_page(viewport={"width": 400, "height": 800})
    cite = ask(page, SONG).locator(".cite").first
    card = page.locator(".hover-card")
    cite.hover()
    expect(card.locator(".words")).to_contain_text("Imagine")
    expect(card).to_contain_text("Attack of the Fanboy · date not stated")
    box = card.bounding_box()
    assert box is not None
    assert min(box["x"], box["y"], 400 - box["x"] - box["width"]) >= 0
    card.hover()
    page.wait_for_timeout(400)
    expect(card).to_be_visible()
    page.mouse.move(2, 2)
    expect(card).to_have_count(0)
    cite.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(cite).to_be_focused()
    expect(card).to_be_visible()
    expect(card).to_have_attribute("aria-hidden", "true")
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("#quotation")).to_be_focused()
    expect(card).to_have_count(0)


def test_feedback_is_given_by_keyboard_and_kept(page: Page):
    """On a sentence and on a refusal; an answer that was tampered with gets a message, and the form stays."""
    answer = ask(page, SONG)
    answer.get_by_role("button", name="Feedback on sentence 1").press("Enter")
    form = answer.get_by_role("form", name="Feedback on sentence 1")
    expect(form.get_by_label("Right")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(form.get_by_label("Wrong")).to_be_checked()
    form.get_by_label("Note, if you like").fill("It was <another> song.")
    answer.evaluate("answer => { answer.dataset.signed = answer.dataset.signed.replace('Imagine', 'Yesterday'); }")
    form.get_by_role("button", name="Send").press("Enter")
    expect(form.get_by_role("status")).to_contain_text("no answer that was given here")
    answer.evaluate("answer => { answer.dataset.signed = answer.dataset.signed.replace('Yesterday', 'Imagine'); }")
    form.get_by_role("button", name="Send").press("Enter")
    expect(form.get_by_role("status")).to_contain_text("qa feedback export")
    expect(answer.get_by_role("button", name="Feedback on sentence 1")).to_be_focused()
    answer.get_by_role("button", name="Feedback on sentence 1").press("Enter")
    expect(form.get_by_label("Right")).to_be_focused()
    refusal = ask(page, UNANSWERABLE)
    expect(page.locator("form.feedback")).to_have_count(0)
    refusal.get_by_role("button", name="Feedback on this refusal").click()
    expect(refusal.get_by_label("Should have refused")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(refusal.get_by_role("button", name="Feedback on this refusal")).to_be_focused()


@pytest.mark.parametrize("width", [400, 1200])
def test_stages_move_nothing(open_page: Callable[..., Page], width: int):
    """Their line is as high before, while and after an answer comes, and the steps are in their order."""
    page = open_page(viewport={"width": width, "height": 800})
    line = page.locator(".block.stages-panel")
    page.evaluate(
        """() => {
          const line = document.querySelector(".block.stages-panel");
          window.heights = [line.offsetHeight];
          new MutationObserver(() => window.heights.push(line.offsetHeight))
            .observe(line, {subtree: true, childList: true, characterData: true, attributes: true});
        }"""
    )
    ask(page, SONG)
    steps = [re.compile(f"{name} .* m?s") for name in ("Searching", "Reading", "Checking", "Total")]
    expect(line.locator("li")).to_have_text(steps)
    assert len(page.evaluate("window.heights")) > 2
    assert len(set(page.evaluate("window.heights"))) == 1
