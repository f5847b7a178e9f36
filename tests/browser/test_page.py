"""What a reader does with the page: ask, follow a citation, be refused, add an article, come back."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from qa.types import REFUSAL, Answer
from tests.browser.conftest import place

pytestmark = [pytest.mark.browser, pytest.mark.models]

SONG = "What song did Maduro sing at a rally?"
UNANSWERABLE = "Who won the 2026 football world cup?"
BRIDGE = (
    "The village of Orlinbrook opened its new footbridge on 3 May 2024. "
    "Mayor Petra Vandersloot said that the Orlinbrook footbridge cost 4.2 million euros. "
    "It is 212 metres long and crosses the river Maren near the old mill. "
    "The bridge replaces a ferry that had carried passengers across the river since 1911.\n"
)


def ask(page: Page, question: str) -> Locator:
    """Asks by Enter and waits for the answer, or the refusal, to that question."""
    box = page.get_by_label("Question")
    box.fill(question)
    box.press("Enter")
    answer = page.locator(".answer-panel article.answer", has=page.locator(".asked", has_text=question))
    expect(answer).to_be_visible(timeout=90_000)
    return answer


def upload(page: Page, name: str, text: str) -> Locator:
    """Adds a file on the other tab and waits for its row in the table of outcomes."""
    page.get_by_role("tab", name="Articles").click()
    file = {"name": name, "mimeType": "text/plain", "buffer": text.encode()}
    page.locator(".drop input[data-files]").set_input_files(file)
    row = page.locator(".report tbody tr", has_text=name)
    expect(row).to_be_visible(timeout=90_000)
    return row


def test_a_citation_opens_the_article_at_the_quoted_words(page: Page):
    answer = ask(page, SONG)
    expect(answer).to_contain_text("Imagine")
    cite = answer.locator(".cite").first
    expect(cite).to_have_text("1")
    cite.click()
    mark = page.locator("#quotation")
    expect(mark).to_be_in_viewport()
    expect(mark).to_be_focused()
    assert mark.text_content() == answer.locator(".sentence").first.evaluate(
        "sentence => [...sentence.childNodes].filter(n => !n.matches?.('button')).map(n => n.textContent).join('')"
    )
    expect(page.locator(".stages")).to_contain_text("ms")


def test_the_keyboard_alone_reaches_a_citation(page: Page):
    """Tab from the question leads to the citations, in any number of steps; Enter opens one."""
    ask(page, SONG)
    page.get_by_label("Question").focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('cite')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#quotation")).to_be_focused()


def test_a_question_without_an_answer_is_refused(page: Page):
    refusal = ask(page, UNANSWERABLE)
    expect(refusal).to_contain_text(REFUSAL)
    expect(refusal.locator(".sentence")).to_have_count(0)
    nearest = refusal.locator(".source")
    expect(nearest.first).to_be_visible()
    nearest.first.locator("button.open").click()
    expect(page.locator("#quotation")).to_be_visible()


def test_a_new_question_folds_the_last_answer_away(page: Page):
    ask(page, SONG)
    refusal = ask(page, UNANSWERABLE)
    expect(page.locator("article.answer:visible")).to_have_count(1)
    expect(refusal).not_to_contain_text("Imagine at a rally")
    expect(page.locator("[data-shown]:visible")).to_have_count(0)


def test_an_empty_question_gets_a_message_and_no_traceback(page: Page):
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".problem")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("Traceback")


def test_an_uploaded_article_is_answered_from_at_once(page: Page):
    row = upload(page, "orlinbrook.txt", BRIDGE)
    expect(row).to_contain_text("Added")
    page.get_by_role("tab", name="Ask").click()
    answer = ask(page, "How much did the Orlinbrook footbridge cost?")
    expect(answer).to_contain_text("4.2 million euros")
    answer.locator(".cite").first.click()
    expect(page.locator("#quotation")).to_contain_text("4.2 million euros")


def test_an_unusable_file_is_reported_with_a_reason_and_a_remedy(page: Page):
    row = upload(page, "empty.txt", "\n")
    expect(row).to_contain_text("Skipped")
    expect(row.locator("[data-label=Why]")).to_have_text(re.compile(r"\w+.*; \w+"))


def test_articles_are_listed_narrowed_and_opened(page: Page):
    page.get_by_role("tab", name="Articles").click()
    titles = page.locator(".articles button.open")
    expect(titles.nth(1)).to_be_visible()
    title = titles.first.inner_text()
    titles.first.click()
    expect(page.locator(".source-text:visible h2")).to_have_text(title)
    page.locator("#find textarea, #find input").fill("zzzz")
    expect(page.get_by_text("No article has these words")).to_be_visible()


def test_an_answer_can_be_copied_saved_and_linked_to(open_page: Callable[..., Page]):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    answer = ask(page, SONG)
    answer.get_by_role("button", name="Copy as Markdown").click()
    expect(answer.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as download:
        answer.get_by_role("link", name="Save as JSON").click()
    saved = Answer.from_json(download.value.path().read_bytes())
    assert download.value.suggested_filename == "answer.json"
    assert (saved.question, saved.markdown()) == (SONG, copied)
    answer.get_by_role("link", name="Link to this question").click()
    again = page.locator(".answer-panel article.answer", has=page.locator(".asked", has_text=SONG))
    expect(again).to_contain_text("Imagine", timeout=90_000)
    assert "?q=" in page.url
    expect(page.get_by_label("Question")).to_have_value(SONG)


def test_a_day_narrows_what_is_answered_from(page: Page):
    """As of a day before any article nothing is left to answer from, and it says why; what is no day is told."""
    ask(page, SONG)
    page.get_by_text("Narrow by publisher and date").click()
    day = page.get_by_label("As of (hides what came later)")
    day.fill("1999-12-31")
    refusal = ask(page, SONG)
    expect(refusal).to_contain_text(REFUSAL)
    expect(refusal).to_contain_text("state no date")
    day.fill("someday")
    page.get_by_label("Question").press("Enter")
    expect(page.locator(".problem")).to_contain_text("no day")


def test_two_readers_do_not_see_each_other(open_page: Callable[..., Page]):
    first, second = open_page(), open_page()
    ask(first, SONG)
    ask(second, UNANSWERABLE)
    expect(first.locator("article.answer")).to_contain_text("Imagine")
    expect(second.locator("article.answer")).to_contain_text(REFUSAL)


@pytest.mark.parametrize(
    ("tampered", "shown"),
    [({"article": "no such article"}, ".problem"), ({"start": "5", "end": "99999999"}, ".source-text")],
)
def test_what_the_browser_sends_is_checked(page: Page, tampered: dict[str, str], shown: str):
    """An id or a place that no article has gets a message or the article without a highlight, never a traceback."""
    cite = ask(page, SONG).locator(".cite").first
    cite.evaluate("(button, values) => Object.assign(button.dataset, values)", tampered)
    expect(page.locator("#quotation")).to_be_visible()
    cite.click()
    expect(page.locator("#quotation")).to_have_count(0)
    expect(page.locator(f".source-panel {shown}:visible")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_narrow_screen(open_page: Callable[..., Page], scheme: str):
    page = open_page(viewport={"width": 400, "height": 800}, color_scheme=scheme)
    answer = ask(page, SONG)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    answer.locator(".cite").first.click()
    expect(page.locator("#quotation")).to_be_in_viewport()
    page.get_by_role("button", name="Back to the answer").click()
    expect(answer.locator(".cite").first).to_be_in_viewport()
    page.get_by_role("tab", name="Articles").click()
    expect(page.locator(".articles")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_pages_elsewhere_cannot_reach_the_server_by_a_name_of_their_own(server: str) -> None:
    """A page of evil.example could have its name point to this address, and read the library in a visitor's browser."""
    request = urllib.request.Request(f"{server}/config", headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(request, timeout=30)
    assert urllib.request.urlopen(f"{server}/config", timeout=30).status == 200


def test_a_removed_article_is_answered_from_again_after_undo(page: Page):
    upload(page, "thornmere.txt", BRIDGE.replace("Orlinbrook", "Thornmere").replace("4.2", "6.7"))
    question = "How much did the Thornmere footbridge cost?"
    remove = page.get_by_role("button", name=re.compile("^Remove .*Thornmere"))
    expect(remove).to_be_visible()  # by then the box is emptied, so that what was added is in the list
    page.locator("#find textarea, #find input").fill("thornmere")
    expect(page.locator(".articles button.open")).to_have_count(1)
    remove.click()
    told = page.locator(".removed")
    expect(told).to_contain_text("Removed “")
    expect(page.get_by_text("No article has these words")).to_be_visible()
    page.get_by_role("tab", name="Ask").click()
    expect(ask(page, question)).not_to_contain_text("6.7 million")
    page.get_by_role("tab", name="Articles").click()
    told.get_by_role("button", name="Undo").click()
    expect(told).to_contain_text("in the library again")
    page.get_by_role("tab", name="Ask").click()
    page.reload()
    expect(ask(page, question)).to_contain_text("6.7 million euros")


def test_escape_leads_from_a_source_back_to_its_number(page: Page):
    ask(page, "What song did Maduro sing at a rally?")
    number = page.locator(".sentence button[data-article]").first
    number.press("Enter")
    mark = page.locator("#quotation:visible")
    expect(mark).to_be_focused()
    mark.press("Escape")
    expect(number).to_be_focused()


def test_at_twice_the_size_the_steps_leave_the_button_alone(open_page: Callable[..., Page]):
    """A window of 1280 at 200 % is 640 wide."""
    page = open_page(viewport={"width": 640, "height": 450})
    ask(page, "What song did Maduro sing at a rally?")
    total = place(page.locator(".stages .total"))
    button = place(page.get_by_role("button", name="New conversation"))
    assert total["bottom"] <= button["y"] or total["right"] <= button["x"]


def test_the_focus_ring_of_a_tab_is_whole(page: Page):
    """It lies within the tab, as what holds the tabs cuts off the rest."""
    tab = page.get_by_role("tab", name="Ask")
    tab.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(tab).to_be_focused()
    ring = tab.evaluate("e => [getComputedStyle(e).outlineWidth, getComputedStyle(e).outlineOffset]")
    assert ring == ["3px", "-3px"]
