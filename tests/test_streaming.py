"""Answers while a language model writes them: what is told of, in which order, until when, and how it is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path

import pytest

from qa.errors import WriterFailed
from qa.generate import load_writing
from qa.library import Library
from qa.prompts import Prompt
from qa.settings import Settings
from qa.store import Store
from qa.types import Answer, Event
from tests.answers import answer_of, quote
from tests.conftest import OpenLibrary
from tests.fakes import WordEmbedder, WordReader, WordVerifier
from tests.talking import ABOARD, LIE, LOAVES, QUESTION, SAFE, TRUE, WRONG, Talk, bare, drip, numbered, serve_model

BOTH = "Where did the ferry Aurelia run aground and who owns the bakery in the town of Quillmere?"

Reply = str | list[str | float | Exception]


class SlowWriter:
    """Writes one reply after the other, the last again and again; a number is how many seconds it says nothing."""

    name = "slow"

    def __init__(self, *replies: Reply) -> None:
        self._replies = [[reply] if isinstance(reply, str) else reply for reply in replies]
        self.asked, self.ended = 0, 0

    def write(self, prompt: Prompt) -> Generator[str, None, None]:
        reply = self._replies[min(self.asked, len(self._replies) - 1)]
        self.asked += 1
        try:
            for piece in reply:
                if isinstance(piece, Exception):
                    raise piece
                if isinstance(piece, str):
                    yield from (f"{word} " for word in numbered(piece, prompt.user).split(" "))
                    continue
                until = time.monotonic() + piece
                while time.monotonic() < until:
                    time.sleep(0.02)
                    yield ""
        finally:
            self.ended += 1

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def stream(open_library: OpenLibrary, articles: Path) -> Callable[..., list[Event]]:
    """All events of a question that is answered in a model's words."""

    def stream_it(writer: SlowWriter, question: str = QUESTION, **settings: object) -> list[Event]:
        library = open_library(llm=writer, settings=Settings(strictness=0, **settings))  # type: ignore[arg-type]
        library.add([articles])
        return list(library.stream(question))

    return stream_it


def shown(events: list[Event]) -> list[list[str]]:
    """The sentences that were to be seen, each time that they changed while the model wrote."""
    seen: list[list[str]] = []
    for event in events:
        said = [sentence.text for sentence in event.so_far.sentences] if event.so_far else None
        if said is not None and seen[-1:] != [said]:
            seen.append(said)
    return seen


def last(events: list[Event]) -> Answer:
    assert events[-1].answer
    return events[-1].answer


def test_each_sentence_is_told_of_under_the_numbers_that_it_keeps(stream: Callable[..., list[Event]]) -> None:
    events = stream(SlowWriter(f"{TRUE} {SAFE} {ABOARD}"))
    one, two, three = bare(TRUE, SAFE, ABOARD)
    assert shown(events) == [[], [one], [one, two], [one, two, three]]
    assert [item.citations for item in last(events).sentences] == [(1,), (2,), (1,)]
    for so_far in (event.so_far for event in events if event.so_far):
        assert so_far.sentences == last(events).sentences[: len(so_far.sentences)]
        assert so_far.citations == last(events).citations[: len(so_far.citations)]
        assert so_far.question == QUESTION
    assert {event.stage for event in events if event.so_far} == {"write"}
    assert [event.stage for event in events if not event.so_far] == ["retrieve", "read", "write", "compose"]


def test_it_is_told_of_before_the_model_has_ended(open_library: OpenLibrary, articles: Path) -> None:
    writer = SlowWriter([f"{TRUE} It ", 60.0])
    library = open_library(llm=writer)
    library.add([articles])
    events = library.stream(QUESTION)
    assert any(event.so_far and event.so_far.sentences for event in events)
    assert writer.ended == 0
    events.close()
    assert writer.ended == 1


def test_a_lie_is_in_no_event_and_what_follows_it_waits(stream: Callable[..., list[Event]]) -> None:
    """It is asked for once more, and its second try has its place."""
    events = stream(SlowWriter(f"{TRUE} {LIE} {SAFE}", ABOARD))
    one, two, three = bare(TRUE, ABOARD, SAFE)
    assert shown(events) == [[], [one], [one, two], [one, two, three]]
    assert [sentence.text for sentence in last(events).sentences] == [one, two, three]
    assert not any("prayed" in repr(event.so_far) for event in events)
    assert [item.text for item in last(events).withheld] == bare(LIE)


def test_what_no_longer_answers_gives_way_to_the_quotations(stream: Callable[..., list[Event]]) -> None:
    """It is borne out, but what the program took for the answer isn't in it."""
    events = stream(SlowWriter(LOAVES))
    assert shown(events) == [[], bare(LOAVES)]
    assert not any(sentence.generated for sentence in last(events).sentences)
    assert "What slow wrote was not borne out by the articles; the answer is quoted instead." in last(events).notes


def test_a_model_that_has_written_enough_is_stopped(stream: Callable[..., list[Event]]) -> None:
    started = time.monotonic()
    events = stream(SlowWriter([f"{TRUE} {SAFE} ", 60.0]), answer_sentences=1)
    assert [sentence.text for sentence in last(events).sentences] == bare(TRUE)
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    ("replies", "told", "said"),
    [
        ([[f"{TRUE} It ", 60.0]], "what it had written until then is shown", bare(TRUE)),
        ([[0.3, f"{TRUE} {LIE} {SAFE}"], [60.0]], "what it had written until then is shown", bare(TRUE, SAFE)),
        ([[0.3, LIE], [60.0]], "the answer is quoted instead", None),
        ([[60.0]], "the answer is quoted instead", None),
    ],
)
def test_all_that_is_written_for_an_answer_has_one_time(
    stream: Callable[..., list[Event]], replies: list[Reply], told: str, said: list[str] | None
) -> None:
    """Its second tries too; what was verified by then is kept if it answers."""
    started = time.monotonic()
    events = stream(SlowWriter(*replies), llm_seconds=0.7)
    answer, writing = last(events), [event for event in events if event.stage == "write"]
    assert 700 <= writing[-1].milliseconds < 3_000
    assert time.monotonic() - started < 20
    assert f"slow took longer than 0.7 seconds; {told}." in answer.notes
    assert [item.text for item in answer.sentences if item.generated] == (said or [])
    assert answer.sentences


def test_both_parts_of_a_question_share_the_time(stream: Callable[..., list[Event]]) -> None:
    writer = SlowWriter([f"{TRUE} It ", 60.0])
    answer = last(stream(writer, BOTH, llm_seconds=0.7))
    assert writer.asked == 1
    assert [sentence.generated for sentence in answer.sentences] == [True, False]
    assert "Quillmere" in answer.text
    assert "slow took longer than 0.7 seconds; the answer is quoted instead." in answer.notes


def test_putting_the_question_in_full_takes_of_that_time(open_library: OpenLibrary, articles: Path) -> None:
    """A quarter at most; 0.9 of 4 seconds here, which leaves 3.1."""
    writer = SlowWriter([0.9, "Did Idris Penhale say that the steering had failed?"], [60.0])
    library = open_library(llm=writer, settings=Settings(strictness=0, llm_seconds=4))
    library.add([articles])
    ferry = next(article for article in library.articles() if "Aurelia" in article.text)
    said = quote(ferry, "Captain Idris Penhale said that the steering had failed without warning.")
    answer = library.ask(
        "And the steering?", history=[answer_of(said, question="Did Idris Penhale say it had failed?")]
    )
    timings = dict(answer.provenance.timings)
    assert writer.asked == 2
    assert timings["reread"] >= 900
    assert 3_900 <= timings["reread"] + timings["write"] < 4_700


def test_what_is_told_of_both_parts_is_told_once(stream: Callable[..., list[Event]]) -> None:
    answer = last(stream(SlowWriter("NO ANSWER"), BOTH))
    assert answer.notes.count("slow gave no answer; it is quoted instead.") == 1


def test_a_model_that_breaks_off_leaves_what_it_has_written(stream: Callable[..., list[Event]]) -> None:
    answer = last(stream(SlowWriter([f"{TRUE} It sank ", WriterFailed("slow failed (ReadError)")])))
    assert [sentence.text for sentence in answer.sentences] == bare(TRUE)
    assert "slow failed (ReadError); what it had written until then is shown." in answer.notes


def test_unchecked_sentences_are_said_to_be(articles: Path, tmp_path: Path) -> None:
    """As in the evaluation, which tells what checks are worth."""
    writing = partial(load_writing, llm=SlowWriter(WRONG), load_verifier=lambda _: WordVerifier(), verified=False)
    store = Store.open(tmp_path / "unchecked", create=True)
    with Library(store, Settings(strictness=0), lambda _: WordEmbedder(), lambda _: WordReader(), writing) as library:
        library.add([articles])
        answer = library.ask(QUESTION)
    assert [sentence.text for sentence in answer.sentences] == bare(WRONG)
    assert answer.notes[0] == "Worded by slow. Its sentences were not checked."


# Stopping, over real HTTP


@pytest.fixture
def dripping() -> Iterator[Talk]:
    """A model that writes on and on, after a second in which it says nothing."""

    def say(_: object) -> Iterator[str]:
        time.sleep(1)
        yield from drip("lava", 0.05)

    with serve_model(say) as talk:
        yield talk


def test_who_closes_the_events_ends_the_models_work(open_library: OpenLibrary, articles: Path, dripping: Talk) -> None:
    """Also before it has said anything."""
    library = open_library(settings=Settings(strictness=0, llm=f"openai-like/{dripping.address}/lava-1b"))
    library.add([articles])
    events = library.stream(QUESTION)
    assert any(dripping.asked for _ in events)
    started = time.monotonic()
    events.close()
    assert time.monotonic() - started < 0.5
    assert dripping.cut_off.wait(10)
