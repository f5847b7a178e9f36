"""Example questions are made of the library's own sentences, and the library answers each with that sentence."""

from __future__ import annotations

import pytest

from qa.english.asking import questions_about
from qa.examples import example_questions, known_examples
from qa.types import Answer
from tests.conftest import BAKERY, FERRY


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("Captain Idris Penhale founded the museum of Sallow in March 1911.", "When did Captain Idris Penhale found "
         "the museum of Sallow?", "in March 1911"),
        ("The harbour of Sallow was closed near Brannock Island.", "Where was the harbour of Sallow closed?",
         "near Brannock Island"),
        ("At least nine people died off the coast of Sallow, the mayor said.", "How many people died off the coast of "
         "Sallow?", "At least nine"),
        ("President Ada Quill has opened the bridge at Sallow.", "Who has opened the bridge at Sallow?",
         "President Ada Quill"),
        ("Maud Oakenshaw sold the bakery to Idris Penhale.", "What did Maud Oakenshaw sell to Idris Penhale?",
         "the bakery"),
    ],
)  # fmt: skip
def test_a_plain_statement_is_asked_about(sentence, question, answer):
    posed = {item.question: item.answer.casefold() for item in questions_about(sentence, sentence)}
    assert posed.get(question) == answer.casefold()


@pytest.mark.parametrize(
    "sentence",
    [
        "He sold the bakery of Quillmere in March 1911.",
        "“We sold the bakery of Quillmere in 1911,” said Maud.",
        "The bakery of Quillmere was not sold in 1911.",
        "The baker blorfed nine loaves in Quillmere.",
        "",
    ],
)
def test_what_the_rules_cannot_read_or_needs_an_earlier_sentence_gives_no_question(sentence):
    assert questions_about(sentence, sentence) == []


def test_each_example_is_answered_with_its_sentence(library):
    questions = example_questions(library)
    assert questions
    for question in questions:
        answer = library.ask(question)
        assert answer.status == "answered"
        assert any(citation.quotation.text in FERRY + BAKERY for citation in answer.citations)


def test_examples_are_kept_until_the_articles_change(library, monkeypatch, tmp_path):
    first = example_questions(library)
    monkeypatch.setattr(library, "ask", lambda _: pytest.fail("asked again"))
    assert example_questions(library) == first
    monkeypatch.undo()
    file = tmp_path / "quay.txt"
    text = "The mayor of Quay Ardent opened nine wells in the town of Ardent on Monday. Nobody knew where they were.\n"
    file.write_text(text + "The wells had been shut since a storm blew over the moor in the winter.", "utf-8")
    library.add(file)
    asked: list[str] = []
    ask = library.ask
    monkeypatch.setattr(library, "ask", lambda question: asked.append(question) or ask(question))
    example_questions(library)
    assert asked


def test_a_purge_forgets_the_examples_with_the_words_of_the_article(library, ferry):
    example_questions(library)
    assert library.remembered("examples") is not None
    library.remove(ferry.id, purge=True)
    assert library.remembered("examples") is None


def test_a_purge_during_the_search_leaves_no_word_of_the_article(library, ferry):
    def purge_once() -> None:
        if ferry.id in library.article_ids():
            library.remove(ferry.id, purge=True)

    ask, asked = library.ask, []

    def ask_and_purge(question: str) -> Answer:
        asked.append(question)
        answer = ask(question)
        purge_once()
        return answer

    library.ask = ask_and_purge
    example_questions(library)
    assert asked
    assert library.remembered("examples") == "{}"
    assert known_examples(library) is None


def test_an_empty_library_has_none(open_library):
    assert example_questions(open_library()) == []
