"""What a question means after others: "he", "there", "and in 2024?"."""

from __future__ import annotations

from dataclasses import replace

from qa.followups import rewrite_question
from qa.library import Library
from qa.types import Answer, Provenance


def asked(question: str) -> Answer:
    """A refused question, of which only the question is known."""
    return Answer(question, "refused")


def test_a_pronoun_is_read_as_whom_the_question_before_names() -> None:
    rewriting = rewrite_question("When did he resign?", [asked("What did Idris Penhale say?")])
    assert rewriting.asked == "When did he resign?"
    assert rewriting.question == "When did Idris Penhale resign?"
    assert rewriting.notes == ('Read "he" as "Idris Penhale", from the question before.',)


def test_an_answer_says_how_its_question_was_read(library: Library) -> None:
    before = library.ask("What did Captain Idris Penhale say?", strictness=0)
    answer = library.ask("What did he say about the steering?", strictness=0, history=[before])
    assert answer.question == "What did Captain Idris Penhale say about the steering?"
    assert answer.notes[0] == 'Read "he" as "Captain Idris Penhale", from the question before.'


def test_without_earlier_questions_the_answer_is_the_same(library: Library) -> None:
    plain, given = (
        replace(library.ask("What did he say of the steering?", **history), provenance=Provenance())
        for history in ({}, {"history": ()})
    )
    assert plain == given
    assert plain.question == "What did he say of the steering?"
    assert library.rewrite("What did he say?", []).changes == ()
