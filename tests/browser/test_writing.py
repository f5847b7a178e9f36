"""The page while a language model writes: sentences one by one, nothing moves, and what stops it."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import place, served
from tests.browser.test_accessibility import findings
from tests.conftest import BAKERY, FERRY
from tests.talking import ABOARD, LOAVES, QUESTION, SAFE, TRUE, Talk, asked_of, bare, numbered, serve_model

pytestmark = pytest.mark.browser

SERVE = """
import os, sys
from qa.library import Library
from qa.settings import Settings
from tests.fakes import WordEmbedder, WordReader, WordVerifier
from ui.app import serve

fakes = {"load": WordEmbedder, "load_reader": WordReader, "load_verifier": WordVerifier}
settings = Settings(strictness=0, llm=f"openai-like/{os.environ['TALKING']}/lava-1b")
given = {name: lambda _, fake=fake: fake() for name, fake in fakes.items()}
with Library.open(sys.argv[1], settings=settings, **given) as library:
    library.add(sys.argv[2:])
    serve(library, port=0, examples=("Where did the ferry run aground?",))
"""


@dataclass
class Script:
    """What the model writes, as the test says it; None ends a reply."""

    talk: Talk
    said: queue.Queue[str | None] = field(default_factory=queue.Queue)

    def say(self, *said: str | None) -> None:
        for piece in said:
            self.said.put(piece)


@pytest.fixture(scope="module")
def model() -> Iterator[Script]:
    """A model that writes what the test has it write, and a word now and then, so that it notices who left."""
    said: queue.Queue[str | None] = queue.Queue()

    def say(body: dict[str, Any]) -> Iterator[str]:
        while True:
            try:
                piece = said.get(timeout=0.1)
            except queue.Empty:
                yield " "
                continue
            if piece is None:
                return
            yield numbered(piece, asked_of(body))

    with serve_model(say) as talk:
        yield Script(talk, said)


@pytest.fixture(scope="module")
def writing(model: Script, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page whose answers that model words."""
    folder = tmp_path_factory.mktemp("writing")
    (folder / "ferry.txt").write_text(FERRY)
    (folder / "bakery.txt").write_text(BAKERY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TALKING", model.talk.address)
        with served(folder, SERVE, folder / "ferry.txt", folder / "bakery.txt") as address:
            yield address


@pytest.fixture
def page(open_page: Callable[..., Page], writing: str, model: Script) -> Iterator[Page]:
    model.talk.cut_off.clear()
    yield open_page("writing")
    while not model.said.empty():
        model.said.get()


def ask(page: Page) -> Locator:
    """Asks, and gives the sentences that are shown."""
    box = page.get_by_label("Question")
    box.fill(QUESTION)
    box.press("Enter")
    expect(page.locator(".stages .running")).to_contain_text("Writing")
    return page.locator(".answer-panel .sentence")


# Each sentence that a screen reader would be told of: what is added to a live region.
HEAR = """() => {
  window.heard = [];
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (!change.target.closest?.("[aria-live=polite]")) continue;
      for (const node of change.addedNodes) window.heard.push(node.textContent);
    }
  }).observe(document.body, { subtree: true, childList: true });
}"""


@pytest.mark.parametrize("width", [1280, 400])
def test_sentences_appear_one_by_one_and_nothing_moves_at_the_end(page: Page, model: Script, width: int):
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(HEAR)
    sentences = ask(page)
    expect(page.locator(".answer-panel .asked")).to_have_text(QUESTION)
    model.say(f"{TRUE} {SAFE} It")
    expect(sentences).to_have_count(2)
    expect(sentences.first.locator("span.cite")).to_have_text("1")
    expect(page.locator(".answer-panel button")).to_have_count(0)
    before = [place(sentences.nth(at)) for at in range(2)]
    shown = [sentences.nth(at).element_handle() for at in range(2)]
    model.say(" ran aground on Tuesday night with 140 people aboard [ran]. ", None)
    button = page.locator(".answer-panel button.cite")
    expect(button).to_have_count(3)
    assert [place(sentences.nth(at)) for at in range(2)] == before
    assert [sentences.nth(at).evaluate("(now, before) => now === before", shown[at]) for at in range(2)] == [True] * 2
    expect(page.locator("[aria-live=polite]:visible .sentence")).to_have_count(0)
    heard = [said for said in page.evaluate("window.heard") if "Aurelia" in said or "Lifeboats" in said]
    assert [said.partition(".")[0] + "." for said in heard] == bare(TRUE, SAFE)
    button.first.click()
    expect(page.locator("#quotation")).to_be_focused()


def test_axe_finds_nothing_while_it_is_written(page: Page, model: Script):
    sentences = ask(page)
    model.say(f"{TRUE}\n{ABOARD}\n")
    expect(sentences).to_have_count(2)
    assert findings(page, "an answer that is being written") == []
    model.say(None)
    expect(page.locator(".answer-panel .confidence")).to_be_visible()


def test_what_no_longer_answers_is_replaced(page: Page, model: Script):
    sentences = ask(page)
    model.say(f"{LOAVES}\n")
    expect(sentences.first).to_contain_text("ninety loaves")
    model.say(None)
    expect(page.locator(".answer-panel .notes")).to_contain_text("the answer is quoted instead")
    expect(sentences.first).to_contain_text("The ferry Aurelia ran aground off Brannock Island on Tuesday night")
    expect(page.locator(".answer-panel article")).not_to_contain_text("ninety loaves")


def test_stop_ends_the_models_work_and_leaves_the_page_as_it_is(page: Page, model: Script):
    """The question stays in its box, and can be asked again."""
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_be_hidden()
    sentences = ask(page)
    model.say(f"{TRUE} It")
    expect(sentences).to_have_count(1)
    stop.click()
    assert model.talk.cut_off.wait(10)
    expect(page.locator(".stages")).to_have_text("Stopped before the answer was whole.")
    expect(stop).to_be_hidden()
    expect(page.get_by_label("Question")).to_be_focused()
    expect(page.get_by_label("Question")).to_have_value(QUESTION)
    expect(sentences).to_have_count(1)
    page.get_by_label("Question").press("Enter")
    expect(sentences).to_have_count(0)
    model.say(SAFE, TRUE, None)
    expect(page.locator(".answer-panel .confidence")).to_be_visible()
    expect(page.locator(".earlier > details")).to_have_count(0)  # what was stopped is no answer


def test_a_new_conversation_ends_the_models_work(page: Page, model: Script):
    ask(page)
    page.get_by_role("button", name="New conversation").click()
    assert model.talk.cut_off.wait(10)
    expect(page.get_by_text("Answers quote the articles word for word")).to_be_visible()


def test_closing_the_tab_ends_the_models_work(page: Page, model: Script):
    ask(page)
    page.close()
    assert model.talk.cut_off.wait(10)
