"""What is known of the best candidate, and how sure that makes the answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qa.confidence import FEATURES, _alike, confidence_of, features
from qa.evidence import Candidate
from qa.lexical import english_terms
from qa.overlap import Analyse, Overlap, compare
from qa.types import Article, Hit, Passage, Quotation
from tests.fakes import WordEmbedder

TEXT = "The ferry Aurelia ran aground. Nobody was hurt."
ARTICLE = Article("a", "a.txt", f"{TEXT} In 2021 Captain Penhale sailed it.", ((0, 90),), title="Storm")
ANALYSE = Analyse(lambda text: [word.strip(".,?").lower() for word in text.split()])


def candidate(sentence: str, answer: str, score: float) -> Candidate:
    start = TEXT.index(sentence)
    at = sentence.index(answer)
    hit = Hit(Passage("a", 0, len(TEXT), TEXT), 0.25)
    quotation = Quotation("a", start, start + len(sentence), sentence)
    return Candidate(quotation, hit, (at, at + len(answer)), score, margin=score - 1, relevance=score + 1)


BEST = candidate("The ferry Aurelia ran aground.", "Aurelia", 4.0)
OTHER = candidate("Nobody was hurt.", "Nobody", 1.5)


def named(question: str, *candidates: Candidate) -> dict[str, float]:
    return dict(
        zip(FEATURES, features(question, candidates, {"a": ARTICLE}, ANALYSE, WordEmbedder()).tolist(), strict=True)
    )


def confidence(question: str, *candidates: Candidate) -> float:
    return confidence_of(question, candidates, {"a": ARTICLE}, ANALYSE, WordEmbedder())


def test_features_are_of_the_best_candidate() -> None:
    found = named("Which ferry ran aground?", BEST, OTHER)
    assert (found["lead"], found["margin"], found["relevance"]) == (2.5, 3, 5)
    assert found["names"] == found["figures"] == 0


def test_cosine_is_that_of_the_question_and_the_sentence() -> None:
    """Three words, all in the sentence; of its five "The" and "ran" share a place: 3 / √(3 × (1 + 1 + 1 + 2²))."""
    found = named("ferry Aurelia aground", BEST)
    assert found["cosine"] == pytest.approx(3 / (3 * 7) ** 0.5)


def test_cosines_of_another_embedder_say_nothing() -> None:
    """Of the sentence itself, and of other words, with a model that the coefficients weren't fitted with."""
    alike, other = ("The ferry Aurelia ran aground.", "What happened?")
    said = [confidence(asked, BEST) for asked in (alike, other)]
    assert said[0] == said[1]


def test_lead_is_over_other_words_only() -> None:
    again = replace(OTHER, quotation=BEST.quotation, span=(4, 17), score=3.9)  # "ferry Aurelia"
    assert named("Which ferry?", BEST, again, OTHER)["lead"] == 2.5
    assert named("Which ferry?", BEST)["lead"] == 10  # as if by the most that counts


def test_names_and_figures_may_stand_elsewhere_in_the_article() -> None:
    """Of "Captain Penhale 2021" the passage has nothing, the article all."""
    found = named("Which ferry did Captain Penhale sail 2021?", BEST)
    assert (found["names"], found["figures"]) == (1, 1)
    assert (found["article_names"], found["article_figures"]) == (0, 0)


def test_title_counts_for_the_passage() -> None:
    assert compare("storm ferry", [TEXT, f"{ARTICLE.title}\n{TEXT}"], ANALYSE) == [
        Overlap(words=0.5, names=0.0, figures=0.0),
        Overlap(words=0.0, names=0.0, figures=0.0),
    ]


def test_a_name_that_no_article_has_lowers_the_confidence() -> None:
    known, unknown = (confidence(f"Which ferry did {name} sail?", BEST, OTHER) for name in ("Penhale", "Marlowe"))
    assert unknown < known


def test_a_higher_score_raises_the_confidence() -> None:
    low, high = (
        confidence("Which ferry ran aground?", candidate("Nobody was hurt.", "Nobody", s)) for s in (-3.0, 5.0)
    )
    assert 0 < low < high < 1


def test_without_a_candidate_there_is_no_confidence() -> None:
    assert confidence("Who?") == 0


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Reed", "Ann Reed", True),
        ("“Ferry”", "the ferry, again", True),
        ("5", "15", False),
        ("10", "10,000", False),
        ("no", "November", False),
        ("", "anything", False),
    ],
)
def test_answers_are_alike_by_whole_words(one: str, other: str, alike: bool) -> None:
    assert _alike(one, other) is _alike(other, one) is alike


@pytest.mark.parametrize(
    ("asked", "text", "lacks"),
    [
        ("Austria", "Australia", 1),
        ("Niger", "Nigeria", 1),
        ("India", "Indiana", 1),
        ("Johnson", "Johnstown", 1),
        ("Martin", "Martinez", 1),
        ("Peru", "a Peruvian", 0),
        ("Venezuelans", "in Venezuela", 0),
        ("Spain", "the Spanish", 0),
        ("Kenya", "Kenyan", 0),
        ("London", "London's", 0),
    ],
)
def test_a_name_is_there_or_the_people_of_the_place(asked: str, text: str, lacks: float) -> None:
    assert compare(f"Who governs {asked}?", [text], Analyse(english_terms()))[0].names == lacks
