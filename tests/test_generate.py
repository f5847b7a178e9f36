"""Answers in a model's words: what is borne out is shown, and whatever a model does, nothing else is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.errors import WriterFailed
from qa.generate import MADE_UP
from qa.library import Library
from qa.settings import Settings
from qa.types import Answer
from tests.conftest import OpenLibrary
from tests.fakes import ScriptedWriter

QUESTION = "Where did the ferry Aurelia run aground?"
QUOTED = "The ferry Aurelia ran aground off Brannock Island on Tuesday night with 140 people aboard."
TRUE = "The ferry Aurelia ran aground off Brannock Island [{}]."

Ask = Callable[..., tuple[Answer, ScriptedWriter]]


@pytest.fixture
def ask(open_library: OpenLibrary, articles: Path) -> Ask:
    """Asks with a scripted model; {} in a reply is the number under which the quotation was offered."""

    def ask_it(*replies: str | Exception, **settings: object) -> tuple[Answer, ScriptedWriter]:
        probe = ScriptedWriter("NO ANSWER")
        with open_library(articles.parent / "probe", llm=probe) as library:
            library.add([articles])
            library.ask(QUESTION)
        [number] = re.findall(rf"\[(\d+)\] {re.escape(QUOTED)}", probe.asked[0].user)
        writer = ScriptedWriter(*(r.replace("{}", number) if isinstance(r, str) else r for r in replies))
        library = open_library(articles.parent / "probe", llm=writer, settings=Settings(strictness=0, **settings))  # type: ignore[arg-type]
        return library.ask(QUESTION), writer

    return ask_it


def test_what_is_borne_out_is_shown_with_its_quotation(ask: Ask) -> None:
    """All 8 words of the sentence are in the quotation: support 1."""
    answer, _ = ask(TRUE)
    [sentence] = answer.sentences
    assert (sentence.text, sentence.generated, sentence.support) == (TRUE.replace(" [{}]", ""), True, 1.0)
    assert answer.citation(sentence.citations[0]).quotation.text == QUOTED
    assert answer.notes[0] == "Worded by scripted. Each sentence was checked against the quotations behind it."
    assert [model.role for model in answer.provenance.models] == ["embedder", "reader", "writer", "verifier"]
    assert Answer.from_json(answer.to_json()) == answer


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("The ferry Aurelia ran aground off Sallow Rocks [{}].", "“Sallow Rocks” is not in the quotations"),
        ("The ferry Aurelia ran aground with 410 people aboard [{}].", "“410” is not what the quotations give"),
        ("The ferry Aurelia never ran aground off Brannock Island [{}].", "“never” stands on one side only"),
        ("The weather was dreadful and every sailor prayed [{}].", "the quotations don't bear it out"),
        ("The ferry Aurelia ran aground off Brannock Island.", "it names no quotation"),
        ("The ferry Aurelia ran aground off Brannock Island [99].", "it names no quotation"),
    ],
)
def test_what_is_not_borne_out_is_withheld_and_quoted_instead(ask: Ask, reply: str, told: str) -> None:
    answer, writer = ask(reply)
    assert [sentence.text for sentence in answer.sentences if sentence.generated] == []
    assert QUOTED in answer.text
    assert answer.withheld[0].reason == told
    assert told in writer.asked[1].user  # it was asked for once more, with the reason


@pytest.mark.parametrize("number", ["", " [99]"])
def test_an_offered_sentence_needs_no_number(ask: Ask, number: str) -> None:
    """To the letter it is what was offered, so that it is known which it is."""
    answer, writer = ask(QUOTED + number)
    [sentence] = answer.sentences
    assert answer.citation(sentence.citations[0]).quotation.text == QUOTED
    assert sentence.generated
    assert len(writer.asked) == 1
    other, _ = ask(QUOTED.replace("140", "140,") + number)
    assert not any(sentence.generated for sentence in other.sentences)


def test_a_second_try_that_is_borne_out_is_shown(ask: Ask) -> None:
    answer, writer = ask("The ferry Aurelia ran aground off Sallow Rocks [{}].", TRUE)
    assert [(s.text, s.generated) for s in answer.sentences] == [(TRUE.replace(" [{}]", ""), True)]
    assert len(answer.withheld) == 1
    assert len(writer.asked) == 2
    assert "1 sentence was withheld, as the articles don't bear it out." in answer.notes


def test_a_made_up_number_is_removed_and_the_rest_stands(ask: Ask) -> None:
    answer, _ = ask(TRUE.replace("[{}]", "[{}][99]"))
    assert [sentence.generated for sentence in answer.sentences] == [True]
    assert len(answer.sentences[0].citations) == 1
    assert "Made-up source numbers were removed: 99." in answer.notes
    assert [(item.text, item.reason) for item in answer.withheld] == [("[99]", MADE_UP)]


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("", "scripted gave no answer; it is quoted instead."),
        ("NO ANSWER", "scripted gave no answer; it is quoted instead."),
        ('{"sentences": [', "scripted gave no answer; it is quoted instead."),
        (WriterFailed("scripted can't be reached"), "scripted can't be reached; the answer is quoted instead."),
    ],
)
def test_a_model_that_fails_leaves_the_quotations(ask: Ask, reply: str | Exception, told: str) -> None:
    answer, _ = ask(reply)
    assert answer.status == "answered"
    assert not any(sentence.generated for sentence in answer.sentences)
    assert QUOTED in answer.text
    assert told in answer.notes


def test_a_model_that_fails_at_the_second_try_leaves_the_quotations(ask: Ask) -> None:
    answer, _ = ask("It sank off Sallow Rocks [{}].", WriterFailed("scripted took longer than 60 seconds"))
    assert [sentence.generated for sentence in answer.sentences if sentence.text == QUOTED] == [False]
    assert "scripted took longer than 60 seconds; the answer is quoted instead." in answer.notes


def test_lenient_shows_it_marked(ask: Ask) -> None:
    answer, _ = ask("The ferry Aurelia ran aground off Sallow Rocks [{}].", lenient=True)
    [sentence] = answer.sentences
    assert sentence.generated
    assert sentence.doubt == "“Sallow Rocks” is not in the quotations"
    assert ("lenient", True) in answer.provenance.settings


def test_what_answers_something_else_is_no_answer(ask: Ask) -> None:
    """Borne out by what it cites, but what the program took for the answer isn't in it."""
    answer, writer = ask(TRUE)
    [number] = re.findall(r"\[(\d+)\] She bakes ninety loaves", writer.asked[0].user)
    answer, _ = ask(f"She bakes ninety loaves every morning [{number}].")
    assert QUOTED in answer.text
    assert not any(sentence.generated for sentence in answer.sentences)


def test_a_refusal_asks_no_model(open_library: OpenLibrary, articles: Path) -> None:
    writer = ScriptedWriter(TRUE)
    library = open_library(llm=writer, settings=Settings(strictness=1))
    library.add([articles])
    assert library.ask(QUESTION).status == "refused"
    assert writer.asked == []


def test_closing_the_library_closes_the_model(open_library: OpenLibrary, articles: Path) -> None:
    writer = ScriptedWriter(TRUE)
    library: Library = open_library(llm=writer)
    library.add([articles])
    library.ask(QUESTION)
    library.close()
    assert writer.closed
