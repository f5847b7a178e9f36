"""Readings become candidates: whole sentences around the spans, scored and ordered over all hits."""

from __future__ import annotations

import math

import pytest

from qa.evidence import Weights, load_weights, read_hits, sigmoid, weigh
from qa.models import Reading, ReadSpan
from qa.types import Article, Hit, Passage
from tests.fakes import WordReader

TEXT = "The ferry ran aground. Captain Penhale said why. Nobody was hurt."
PLAIN = Weights(span=1.0, nothing=-1.0, relevance=0.5, hit=2.0)


def hit(start: int, text: str = TEXT, score: float = 0.5) -> Hit:
    return Hit(Passage("a", start, start + len(text), text), score)


def reading(*spans: tuple[str, float], nothing: float = 1.0, relevance: float = 2.0) -> Reading:
    places = [(TEXT.index(words), score, len(words)) for words, score in spans]
    return Reading(relevance, nothing, tuple(ReadSpan(at, at + length, score) for at, score, length in places))


def test_candidate_is_the_sentence_around_the_span() -> None:
    """5 for the span, 1 for "not here", half of 2 for relevance, twice 0.5 for the hit: 5 - 1 + 1 + 1 = 6."""
    ((candidate,), _) = weigh([hit(100)], [reading(("Penhale", 5.0))], PLAIN, PLAIN)
    assert candidate.quotation.text == "Captain Penhale said why."
    assert (candidate.quotation.start, candidate.quotation.end) == (123, 148)
    assert candidate.answer == "Penhale"
    assert (candidate.score, candidate.margin, candidate.relevance) == (6.0, 4.0, 2.0)


def test_span_over_two_sentences_quotes_both() -> None:
    ((candidate,), _) = weigh([hit(0)], [reading(("aground. Captain", 5.0))], PLAIN, PLAIN)
    assert candidate.quotation.text == "The ferry ran aground. Captain Penhale said why."
    assert candidate.answer == "aground. Captain"


def test_span_over_a_line_break_is_its_longer_part() -> None:
    text = "Harbour news\nThe ferry ran aground."
    found = Reading(0.0, 0.0, (ReadSpan(8, 22, 5.0),))  # "news\nThe ferry"
    ((candidate,), _) = weigh([hit(0, text)], [found], PLAIN, PLAIN)
    assert (candidate.quotation.text, candidate.answer) == ("The ferry ran aground.", "The ferry")


def test_best_span_of_a_sentence_stands_for_it() -> None:
    candidates, _ = weigh([hit(0)], [reading(("Penhale", 5.0), ("why", 4.0), ("ferry", 3.0))], PLAIN, PLAIN)
    assert [candidate.answer for candidate in candidates] == ["Penhale", "ferry"]


def test_hits_come_in_the_order_of_their_best_span() -> None:
    first, second = hit(0, score=0.9), hit(500, score=0.1)
    _, ranked = weigh([first, second], [reading(("why", 0.0)), reading(("why", 9.0))], PLAIN, PLAIN)
    assert [found.passage.start for found in ranked] == [500, 0]
    assert [found.score for found in ranked] == [pytest.approx(sigmoid(9.2)), pytest.approx(sigmoid(1.8))]


def test_hits_keep_their_order_for_what_asks_nothing() -> None:
    """The reader prefers the second: for a question it comes first, for a statement only its candidates do."""
    texts = ("Bread is baked at noon.", "The ferry Aurelia ran aground off Sallow.")
    hits = [Hit(Passage(text, 0, len(text), text), 0.5) for text in texts]
    articles = {text: Article(text, text, text, ((0, len(text)),)) for text in texts}
    for asked, first in (("Where did the ferry Aurelia run?", 1), ("The ferry Aurelia ran aground.", 0)):
        candidates, ranked = read_hits(asked, hits, articles, WordReader())
        assert candidates[0].quotation.text == texts[1]
        assert ranked[0].passage.text == texts[first]


def test_passages_have_weights_of_their_own() -> None:
    """The first has the better span, the second the higher relevance, which alone counts for passages."""
    relevance = Weights(span=0.0, nothing=0.0, relevance=1.0, hit=0.0)
    readings = [reading(("why", 9.0), relevance=1.0), reading(("why", 0.0), relevance=2.0)]
    candidates, ranked = weigh([hit(0), hit(500)], readings, PLAIN, relevance)
    assert [found.passage.start for found in ranked] == [500, 0]
    assert candidates[0].hit.passage.start == 0


def test_passage_without_spans_comes_last() -> None:
    candidates, ranked = weigh([hit(0), hit(500)], [reading(), reading(("why", -9.0))], PLAIN, PLAIN)
    assert len(candidates) == 1
    assert [(found.passage.start, found.score > 0) for found in ranked] == [(500, True), (0, False)]


def test_sigmoid_does_not_overflow() -> None:
    assert (sigmoid(-math.inf), sigmoid(-1e9), sigmoid(0), sigmoid(1e9)) == (0, 0, 0.5, 1)


def test_shipped_weights_prefer_better_spans_of_better_hits() -> None:
    weights = load_weights("ranking")
    assert weights.span > 0
    assert weights.hit > 0
