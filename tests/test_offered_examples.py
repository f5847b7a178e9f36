"""The examples that a page offers: found beside people's questions, never at their cost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from qa.examples import known_examples
from qa.library import Library
from qa.types import Answer
from tests.pages import HOSTILE, Page, assert_harmless
from ui import examples
from ui.examples import EMPTY, SEARCHING, Examples, render_examples
from ui.limits import Limiter

Offer = Callable[..., Examples]


@pytest.fixture
def limiter() -> Limiter:
    return Limiter(0)


@pytest.fixture
def offer(limiter: Limiter) -> Iterator[Offer]:
    """Starts examples over a library; all are stopped at the end."""
    started: list[Examples] = []

    def start(library: Library, *given: str) -> Examples:
        started.append(Examples(library, limiter, given))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.stop()


def wait_for(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def questions(shown: str) -> list[str | None]:
    return [button["data-ask"] for button in Page(shown).having("data-ask")]


def test_examples_are_found_when_the_page_wants_them(library: Library, offer: Offer):
    offered = offer(library)
    assert known_examples(library) is None
    assert offered.render() == (SEARCHING, True)
    wait_for(lambda: not offered.render()[1])
    found = known_examples(library)
    assert found
    assert questions(offered.render()[0]) == found


def test_examples_that_are_known_or_given_are_not_searched_for(library: Library, offer: Offer, monkeypatch):
    monkeypatch.setattr(library, "ask", lambda _: pytest.fail("asked"))
    assert questions(offer(library, "Who?").render()[0]) == ["Who?"]
    assert Examples(library, Limiter(0)).render() == ("", False)  # not served: nothing searches
    monkeypatch.undo()
    offered = offer(library)
    offered.render()
    wait_for(lambda: known_examples(library))
    monkeypatch.setattr(library, "ask", lambda _: pytest.fail("asked again"))
    assert questions(offer(library).render()[0]) == known_examples(library)


def test_an_empty_library_leads_to_the_articles(open_library, articles, offer: Offer):
    library = open_library()
    offered = offer(library)
    assert offered.render() == (EMPTY, False)
    library.add(articles)
    assert offered.render() == (SEARCHING, True)


def test_the_search_gives_way_to_people(library: Library, limiter: Limiter, offer: Offer, monkeypatch):
    """Nothing is tried until nobody has asked for a while."""
    monkeypatch.setattr(examples, "QUIET", 0.5)
    asked: list[float] = []
    ask = library.ask
    monkeypatch.setattr(library, "ask", lambda question: asked.append(time.monotonic()) or ask(question))
    limiter.count_question("somebody")
    offered = offer(library)
    offered.render()
    for _ in range(4):
        time.sleep(0.2)
        limiter.count_question("somebody")
    last = time.monotonic()
    assert asked == []
    wait_for(lambda: asked)
    assert asked[0] >= last + 0.45


def test_a_search_that_fails_is_logged_and_not_tried_again(library: Library, offer: Offer, monkeypatch, caplog):
    """Until the articles change."""

    def fail(_: str) -> Answer:
        raise RuntimeError("out of order")

    monkeypatch.setattr(library, "ask", fail)
    offered = offer(library)
    offered.render()
    wait_for(lambda: offered.render() == ("", False))
    assert "out of order" in caplog.text
    monkeypatch.undo()
    library.remove(library.articles()[0].id)
    assert offered.render() == (SEARCHING, True)
    wait_for(lambda: known_examples(library))


def test_it_ends_with_the_server(library: Library, limiter: Limiter, offer: Offer, monkeypatch):
    """In the midst of giving way, and between two questions."""
    monkeypatch.setattr(examples, "QUIET", 3600.0)
    limiter.count_question("somebody")
    waiting = offer(library)
    waiting.render()
    waiting.stop()
    monkeypatch.setattr(examples, "QUIET", 0.0)
    answering, go_on, ask = threading.Event(), threading.Event(), library.ask

    def slowly(question: str) -> Answer:
        answering.set()
        go_on.wait(30)
        return ask(question)

    monkeypatch.setattr(library, "ask", slowly)
    busy = offer(library)
    busy.render()
    assert answering.wait(30)
    threading.Timer(0.2, go_on.set).start()
    busy.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "examples"]
    assert known_examples(library) is None


@pytest.mark.parametrize("text", HOSTILE)
def test_what_an_article_says_is_no_markup_in_a_button(text: str):
    shown = render_examples([text])
    assert questions(shown) == [text]
    assert Page(shown).text == text
    assert_harmless(shown)
