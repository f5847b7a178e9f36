"""What the assistant does with languages that it can't judge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from qa.library import Library
from qa.types import Filters

pytestmark = pytest.mark.both

LATE = date(2100, 1, 1)
GERMAN = "Wie viele Menschen waren an Bord der Fähre Aurelia?"


def test_a_foreign_question_is_refused_with_the_nearest_passages(library: Library) -> None:
    answer = library.ask(GERMAN, strictness=0.01)
    assert (answer.status, answer.confidence) == ("refused", 0)
    assert answer.nearest
    assert answer.notes[0].startswith("The question seems to be in German; this assistant reads English only")


def test_at_strictness_0_a_foreign_question_is_answered_without_confidence(library: Library) -> None:
    answer = library.ask(GERMAN, strictness=0)
    assert (answer.status, answer.confidence) == ("answered", 0)
    assert "German" in answer.notes[0]


def test_an_article_in_another_language_goes_behind_english_ones() -> None:
    from qa.assistant import _language_notes, _unjudged
    from qa.types import Answer, Article, Citation, Quotation

    english = Article("a", "a.txt", "One.", ((0, 4),), language="en")
    german = replace(english, id="b", language="de")
    articles = {"a": english, "b": german}
    answer = Answer("Q?", "refused", nearest=(Citation(1, Quotation("b", 0, 4, "One.")),))
    assert _unjudged("en", articles) == {"b"}
    assert _unjudged("de", articles) == {"a", "b"}
    assert _language_notes("en", answer, articles) == [
        "Some passages shown are in German, which this assistant does not judge."
    ]


def test_a_refusal_says_what_was_searched(library: Library) -> None:
    """All passages of the library, of which the nearest were looked at; the filters are told of."""
    answer = library.ask("Who painted the ceiling of the chapel?", strictness=0.99)
    count = sum(library.count_passages().values())
    assert answer.status == "refused"
    assert answer.notes == (f"Searched {count} passages and looked at the {min(count, 10)} nearest.",)
    filtered = library.ask("Who painted it?", strictness=0.99, filters=Filters(include_undated=True, published_to=LATE))
    assert filtered.notes[-1].startswith(f"Searched {count} passages, as far as the filters allow it, and looked at")
    assert library.ask("Who painted it?", strictness=0).notes == ()
