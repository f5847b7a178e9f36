"""What is only reported to be corrected is nobody's voice; the right value has it."""

from __future__ import annotations

from datetime import date

import pytest

from qa.compose import Composition, compose_answer, decide
from qa.corrections import heed_corrections
from qa.english.corrections import is_withdrawn, withdrawn_spans
from qa.english.questions import understand
from qa.evidence import Candidate
from qa.types import Article
from tests.test_compose import article, candidate, terms

TOLD = "Correction: An earlier article said that seven workers were killed in the fire."
RIGHT = "The number is eight; one of the injured died on Friday."
CORRECTION = article("c", f"{TOLD} {RIGHT}", date(2026, 6, 8))
OTHER = article("o", "Nine workers died when the warehouse burned down.", date(2026, 6, 3))


def answer(question: str, *candidates: Candidate, articles: tuple[Article, ...]) -> Composition:
    known = {article.id: article for article in articles}
    asked = understand(question)
    heeded = heed_corrections(sorted(candidates, key=lambda item: -item.score), known)
    return compose_answer(asked, decide(asked, heeded, articles=known, terms=terms), articles=known, most=3)


@pytest.mark.parametrize(
    ("text", "withdrawn"),
    [
        (TOLD, ["An earlier article said that seven workers were killed in the fire"]),
        ("An earlier version of this article, published on Monday, said nine; it was eight.", None),
        ("Initial reports said nine were killed.", ["Initial reports said nine were killed"]),
        ("Eight died, not seven.", [", not seven"]),
        ("The toll is eight, not seven as we had reported.", None),
        ("The toll is eight rather than the seven first reported.", ["rather than the seven first reported"]),
        ("The number was wrongly given as seven. It is eight.", ["wrongly given as seven"]),
        ("Seven workers were wrongly reported dead, but six were.", ["Seven workers were wrongly reported dead"]),
        ("Correction: We wrote that seven died. Eight did.", ["We wrote that seven died"]),
    ],
)
def test_statements_that_nobody_holds_any_longer_are_told(text: str, withdrawn: list[str] | None) -> None:
    spans = [text[start:end] for start, end in withdrawn_spans(text)]
    assert spans == withdrawn if withdrawn else spans
    at = next(text.lower().index(word) for word in ("nine", "seven") if word in text.lower())
    assert is_withdrawn(text, (at, at + 4))
    assert all(not is_withdrawn(text, (found, found + 5)) for found in [text.lower().find("eight")] if found >= 0)


@pytest.mark.parametrize(
    "text",
    [
        "As we reported on Monday, 12 workers died.",
        "An earlier report by the audit office found 40 percent of waste.",
        "The original version of the bill said 40 percent.",
        "“We wrote 12 letters about the error,” she said.",
        "Not only 3 but 4 workers died.",
        "He denied that 12 workers were killed.",
    ],
)
def test_other_reports_are_held(text: str) -> None:
    assert withdrawn_spans(text) == ()


def test_corrected_value_answers_and_is_the_newest_side() -> None:
    """The reader marked the "seven" of the correction; "seven" is no side, for nobody states it."""
    made = answer(
        "How many workers died?",
        candidate(CORRECTION, TOLD, "seven", 3.0),
        candidate(OTHER, OTHER.text, "Nine", 2.0),
        articles=(CORRECTION, OTHER),
    )
    assert [(s.text, s.text[slice(*s.emphasis[0])]) for s in made.sentences] == [
        (f"{TOLD} {RIGHT}", "eight"),
        (OTHER.text, "Nine"),
    ]
    (disagreement,) = made.disagreements
    assert (disagreement.kind, [side.value for side in disagreement.sides]) == ("update", ["Nine", "eight"])


def test_right_value_that_was_marked_itself_counts_what_was_corrected() -> None:
    """ "The number is eight" counts workers, as the "seven" did that it corrects."""
    made = answer(
        "How many workers died?",
        candidate(CORRECTION, RIGHT, "eight", 3.0),
        candidate(OTHER, OTHER.text, "Nine", 2.0),
        articles=(CORRECTION, OTHER),
    )
    assert [side.value for side in made.disagreements[0].sides] == ["Nine", "eight"]


def test_yes_no_question_is_decided_by_the_right_value() -> None:
    whole = CORRECTION.text
    made = answer("Did eight workers die?", candidate(CORRECTION, whole, whole, 3.0), articles=(CORRECTION,))
    assert [sentence.text for sentence in made.sentences] == [whole]


def test_value_beside_the_right_one_is_no_side() -> None:
    text = article("t", "Eight workers died, not seven, as had been reported.", date(2026, 6, 9))
    made = answer(
        "How many workers died?",
        candidate(text, text.text, "seven", 3.0),
        candidate(OTHER, OTHER.text, "Nine", 2.0),
        articles=(text, OTHER),
    )
    assert [side.value for side in made.disagreements[0].sides] == ["Nine", "Eight"]


def test_number_of_a_withdrawn_statement_is_not_taken_from_beside_the_span() -> None:
    text = article("t", "An earlier article said that seven workers died on Friday.", None)
    marked = candidate(text, text.text, "Friday", 3.0)
    decision = decide(understand("How many workers died?"), [marked], articles={"t": text}, terms=terms)
    assert decision.lead.value.text != "seven"


def test_what_is_withdrawn_without_a_right_value_answers_nothing() -> None:
    text = article("t", "An earlier article said that seven workers died.")
    assert heed_corrections([candidate(text, text.text, "seven", 3.0)], {"t": text}) == []
