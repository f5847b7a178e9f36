"""A conversation: it survives a reload and nothing else, goes on from what was said, and an answer can be kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import served
from tests.browser.test_page import SONG, UNANSWERABLE, ask
from tests.conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.models]

FOLLOW_UP = "Where did he sing it?"
LEFT_OPEN = "And before that?"  # what the rules can't tell
READING = "Which song did Maduro sing before “Imagine” at a rally?"
SERVE_WITH_MODEL = f"""
import sys
from qa.library import Library
from tests.fakes import ScriptedWriter
from ui.app import serve

with Library.open(sys.argv[1], llm=ScriptedWriter("NO ANSWER", {READING!r}, "NO ANSWER")) as library:
    library.add(sys.argv[2:])
    serve(library, port=0, examples=({SONG!r},))
"""
STORED = "qa-conversation"


def test_a_reload_keeps_the_conversation_with_its_citations(open_page: Callable[..., Page]):
    """The newest answer open, the others folded, in the tab in which they were asked; a new conversation has none."""
    page, other = open_page(), open_page()
    ask(page, SONG)
    ask(page, UNANSWERABLE)
    page.reload()
    newest = page.locator(".answer-panel article.answer")
    expect(newest.locator(".asked")).to_have_text(UNANSWERABLE)
    expect(page.locator("article.answer:visible")).to_have_count(1)
    page.locator(".earlier > details > summary", has_text=SONG).first.press("Enter")
    page.locator(".earlier .cite:visible").first.click()
    expect(page.locator("#quotation")).to_be_focused()
    other.reload()
    expect(other.get_by_text("Answers quote the articles word for word")).to_be_visible()
    expect(other.locator("article.answer")).to_have_count(0)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator("article.answer")).to_have_count(0)
    expect(page.get_by_label("Question")).to_be_focused()
    page.reload()
    expect(page.get_by_text("Answers quote the articles word for word")).to_be_visible()
    expect(page.locator("article.answer")).to_have_count(0)


def test_a_follow_up_shows_how_it_was_read_and_can_be_edited(page: Page):
    """What was edited, and what was written, are asked as they stand."""
    ask(page, SONG)
    box, read_as = page.get_by_label("Question"), page.get_by_label("Read as")
    newest = page.locator(".answer-panel .asked")
    box.fill(FOLLOW_UP)
    box.press("Enter")
    expect(read_as).to_have_value(re.compile("Maduro"))
    expect(page.locator(".rewriting mark").first).to_have_text("he")
    expect(newest).to_have_text(read_as.input_value())
    expect(box).to_be_focused()
    read_as.fill("Where did she sing it?")
    read_as.press("Enter")
    expect(newest).to_have_text("Where did she sing it?")
    expect(read_as).to_be_focused()
    page.get_by_role("button", name="Ask it as I wrote it").click()
    expect(newest).to_have_text(FOLLOW_UP)
    expect(read_as).to_be_hidden()
    expect(box).to_be_focused()
    expect(page.locator(".earlier > details")).to_have_count(3)


@pytest.fixture(scope="module")
def server_with_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page over the seeds, with a model that reads one question on."""
    seeds = sorted((ROOT / "seeds").iterdir())
    with served(tmp_path_factory.mktemp("with-model"), SERVE_WITH_MODEL, *seeds) as address:
        yield address


def test_what_a_model_read_is_shown_and_can_be_asked_as_it_was_written(open_page: Callable[..., Page]):
    page = open_page("server_with_model")
    ask(page, SONG)
    box, newest = page.get_by_label("Question"), page.locator(".answer-panel .asked")
    box.fill(LEFT_OPEN)
    box.press("Enter")
    expect(page.get_by_label("Read as")).to_have_value(READING)
    expect(page.locator(".rewriting")).to_contain_text("Read by the language model scripted.")
    expect(newest).to_have_text(READING)
    expect(page.locator(".answer-panel article.answer")).to_contain_text(f'Read by scripted as: "{READING}"')
    page.get_by_role("button", name="Ask it as I wrote it").click()
    expect(newest).to_have_text(LEFT_OPEN)
    expect(page.get_by_label("Read as")).to_be_hidden()


def test_a_kept_answer_has_an_address_of_its_own(open_page: Callable[..., Page]):
    """The keyboard alone keeps it; whoever opens the address sees it as it was, and a made-up one gets a message."""
    page = open_page()
    said = ask(page, SONG).locator(".sentences").inner_text()
    page.get_by_role("button", name="Keep this answer").press("Enter")
    link = page.get_by_role("link", name="Link to this kept answer")
    expect(link).to_be_focused()
    address = link.evaluate("link => link.href")
    reader = open_page()
    reader.goto(address)
    answer = reader.locator(".answer-panel article.answer")
    expect(answer.locator(".asked")).to_have_text(SONG)
    expect(reader.locator(".kept-state")).to_contain_text("1 of 1 quotations still hold")
    assert answer.locator(".sentences").inner_text() == said
    expect(reader.get_by_label("Question")).to_have_value("")
    ask(reader, UNANSWERABLE)
    assert "?a=" not in reader.url
    expect(reader.locator(".earlier > details > summary", has_text=SONG)).to_be_visible()
    reader.goto(address[:-1] + ("0" if address[-1] != "0" else "1"))
    expect(reader.locator(".problem")).to_contain_text("no kept answer at this address")


def test_an_earlier_answer_that_is_kept_says_so_at_its_place(page: Page):
    """Also after the newest was kept; each has an address of its own, and is told once."""
    ask(page, SONG)
    ask(page, UNANSWERABLE)
    page.locator(".answer-panel").get_by_role("button", name="Keep this answer").click()
    newest = page.locator(".answer-panel").get_by_role("link", name="Link to this kept answer")
    expect(newest).to_be_visible()
    page.locator(".earlier > details > summary", has_text=SONG).press("Enter")
    earlier = page.locator(".earlier > details", has_text=SONG)
    keep = earlier.get_by_role("button", name="Keep this answer")
    keep.press("Enter")
    link = earlier.get_by_role("link", name="Link to this kept answer")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    assert link.get_attribute("href") != newest.get_attribute("href")
    keep.click()
    keep.click()
    expect(page.get_by_role("link", name="Link to this kept answer")).to_have_count(2)


def test_what_was_forged_is_left_out(page: Page):
    """In the browser's storage, and of an answer that is to be kept: a message, and the rest stays."""
    ask(page, SONG)
    ask(page, UNANSWERABLE)
    page.locator(".answer-panel [data-signed]").evaluate("answer => { answer.dataset.signed = 'x'.repeat(99); }")
    page.get_by_role("button", name="Keep this answer").click()
    expect(page.locator(".answer-panel .keeping .problem")).to_contain_text("no answer that was given here")
    page.evaluate(
        """stored => {
          const [first, ...others] = JSON.parse(sessionStorage.getItem(stored));
          const forged = first.replace("Imagine", "Yesterday");
          sessionStorage.setItem(stored, JSON.stringify([first, forged, 7, { no: "answer" }, "x".repeat(100)]));
        }""",
        STORED,
    )
    page.reload()
    expect(page.locator(".answer-panel article.answer")).to_contain_text("Imagine")
    expect(page.locator(".earlier-panel .problem")).to_contain_text("4 answers of this conversation were left out")
    expect(page.locator("body")).not_to_contain_text("Yesterday")
    page.evaluate("stored => sessionStorage.setItem(stored, '{not json')", STORED)
    page.reload()
    expect(page.get_by_text("Answers quote the articles word for word")).to_be_visible()


def test_a_browser_that_stores_nothing_can_ask_and_follow_up(page: Page):
    page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('refused'); } });"
    )
    page.reload()
    ask(page, SONG)
    page.get_by_label("Question").fill(FOLLOW_UP)
    page.get_by_label("Question").press("Enter")
    expect(page.get_by_label("Read as")).to_have_value(re.compile("Maduro"))
    expect(page.locator(".earlier > details > summary", has_text=SONG)).to_be_visible()


def test_questions_in_quick_succession_each_get_their_answer(page: Page):
    """The second waits for the first, and goes on from it."""
    box = page.get_by_label("Question")
    box.fill(SONG)
    box.press("Enter")
    expect(page.locator(".stages").first).to_be_visible()
    box.fill(FOLLOW_UP)
    box.press("Enter")
    expect(page.locator(".answer-panel .asked")).to_have_text(
        re.compile("Where did .*Maduro sing Imagine"), timeout=60_000
    )
    expect(page.locator(".earlier > details")).to_have_count(1)
    expect(page.locator(".earlier > details > summary")).to_contain_text(SONG)


def test_back_and_forward_lead_through_the_addresses_of_questions(page: Page):
    """What an address asks is answered, the conversation stays, and nothing is asked twice by going back."""
    question = page.get_by_label("Question")
    ask(page, SONG)
    page.get_by_role("link", name="Link to this question").click()
    expect(page).to_have_url(re.compile(r"\?q="))  # the page before shows the same
    newest = page.locator(".answer-panel .asked")
    expect(newest).to_have_text(SONG)
    expect(question).to_have_value(SONG)
    page.goto(page.url.replace(quote(SONG, safe=""), quote(UNANSWERABLE, safe="")))
    expect(newest).to_have_text(UNANSWERABLE, timeout=90_000)
    page.go_back()
    expect(question).to_have_value(SONG)
    expect(newest).to_have_text(SONG)
    expect(page.locator(".earlier > details > summary")).to_have_count(2)
    page.go_forward()
    expect(question).to_have_value(UNANSWERABLE)
    expect(newest).to_have_text(UNANSWERABLE)
    expect(page.locator(".earlier > details > summary")).to_have_count(2)
