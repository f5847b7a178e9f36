"""An answer by quotation: verbatim, cited, companions when nearly as probable, both sides when articles differ."""

from dataclasses import replace
from datetime import date

import pytest

from qa.compose import Composition, Figure, compose_answer, confidence_of, find_figures, nearest_passages
from qa.quantities import compatible, find_quantities
from qa.scoring import Candidate
from qa.types import Article, Hit, Passage, Quotation


def terms(text: str) -> list[str]:
    """Lower-case words without a final s: "boats" -> "boat"."""
    return [word.strip(".,?").lower().rstrip("s") for word in text.split()]


def article(id: str, text: str, published: date | None = None) -> Article:
    return Article(id, f"{id}.txt", text, ((0, len(text)),), title=id.upper(), published=published)


def candidate(article: Article, sentence: str, probability: float) -> Candidate:
    start = article.text.index(sentence)
    quotation = Quotation(article.id, start, start + len(sentence), sentence)
    return Candidate(quotation, Hit(Passage(article.id, 0, len(article.text), article.text), 0.5), probability)


def compose(question: str, *candidates: Candidate, articles: tuple[Article, ...], most: int = 3) -> Composition:
    """Asked alone, an article gives the candidates that it has among these, a little more probable."""

    def ask_alone(id: str) -> list[Candidate]:
        own = [candidate for candidate in candidates if candidate.quotation.article_id == id]
        return [replace(candidate, probability=candidate.probability + 0.01) for candidate in own]

    known = {article.id: article for article in articles}
    figures = find_figures(question, candidates, ask_alone=ask_alone, terms=terms)
    return compose_answer(question, candidates, figures, articles=known, most=most)


A = article("a", "Some words first. Navy ships sank nine speedboats in March. The weather was fine.")
B = article("b", "At least 21 fishing boats were sunk by ships. Nobody was hurt.")


def test_answer_is_the_quotation_with_its_offsets() -> None:
    made = compose("What sank?", candidate(A, "Navy ships sank nine speedboats in March.", 0.9), articles=(A,))
    (sentence,), (citation,) = made.sentences, made.citations
    assert sentence.text == citation.quotation.text == A.text[citation.quotation.start : citation.quotation.end]
    assert (sentence.citations, citation.number, citation.title, citation.score) == ((1,), 1, "A", 0.9)
    assert not sentence.generated


def test_companion_is_quoted_only_when_nearly_as_probable() -> None:
    best, near, far = (
        candidate(A, "Navy ships sank nine speedboats in March.", 0.9),
        candidate(B, "Nobody was hurt.", 0.8),
        candidate(A, "The weather was fine.", 0.4),
    )
    made = compose("What happened?", best, near, far, articles=(A, B))
    assert [s.text for s in made.sentences] == [best.quotation.text, near.quotation.text]
    assert len(compose("What happened?", best, near, articles=(A, B), most=1).sentences) == 1


def test_figures_that_differ_are_two_sides() -> None:
    """Nine and "at least 21" can't both be true; both sentences are quoted, their figures emphasised."""
    one = candidate(A, "Navy ships sank nine speedboats in March.", 0.9)
    other = candidate(B, "At least 21 fishing boats were sunk by ships.", 0.4)
    made = compose("How many boats were sunk?", one, other, articles=(A, B))
    (disagreement,) = made.disagreements
    assert (disagreement.about, disagreement.kind) == ("how many boats", "undated")
    assert [(side.value, side.citations) for side in disagreement.sides] == [("nine", (1,)), ("At least 21", (2,))]
    assert [s.text[slice(*s.emphasis[0])] for s in made.sentences] == ["nine", "At least 21"]


@pytest.mark.parametrize(
    ("days", "kind"),
    [((1, 1), "conflict"), ((1, 4), "update"), ((4, 1), "update")],
)
def test_dates_tell_an_update_from_a_conflict(days: tuple[int, int], kind: str) -> None:
    """Sides come in the order of their dates."""
    a, b = (article(old.id, old.text, date(2025, 11, day)) for old, day in zip((A, B), days, strict=True))
    one = candidate(a, "Navy ships sank nine speedboats in March.", 0.9)
    other = candidate(b, "At least 21 fishing boats were sunk by ships.", 0.4)
    (disagreement,) = compose("How many boats were sunk?", one, other, articles=(a, b)).disagreements
    assert disagreement.kind == kind
    assert [side.value for side in disagreement.sides] == (
        ["nine", "At least 21"] if days[0] <= days[1] else ["At least 21", "nine"]
    )


@pytest.mark.parametrize(
    "other",
    [
        "At least 8 fishing boats were sunk by ships.",  # can be nine
        "About 9 boats were sunk.",
        "It sank 21 lorries.",  # counts something else
        "In 2021 boats were rare.",
    ],
)
def test_figures_that_agree_or_count_otherwise_are_no_disagreement(other: str) -> None:
    b = article("b", other)
    one = candidate(A, "Navy ships sank nine speedboats in March.", 0.9)
    made = compose("How many boats were sunk?", one, candidate(b, other, 0.5), articles=(A, b))
    assert made.disagreements == ()


def test_improbable_sentence_is_no_side() -> None:
    one = candidate(A, "Navy ships sank nine speedboats in March.", 0.9)
    other = candidate(B, "At least 21 fishing boats were sunk by ships.", 0.1)
    assert compose("How many boats were sunk?", one, other, articles=(A, B)).disagreements == ()


def test_article_that_would_not_answer_alone_is_no_side() -> None:
    """Its best sentence is about something else: the count that it also holds is of other boats."""
    one = candidate(A, "Navy ships sank nine speedboats in March.", 0.9)
    about_harm = candidate(B, "Nobody was hurt.", 0.6)
    other = candidate(B, "At least 21 fishing boats were sunk by ships.", 0.4)
    assert compose("How many boats were sunk?", one, about_harm, other, articles=(A, B)).disagreements == ()


def test_second_figure_is_no_doubt_about_the_first() -> None:
    """Two articles give a count: the more probable one alone sets the confidence, not the tie between them."""
    best, rival = candidate(A, "The weather was fine.", 0.3), candidate(B, "Nobody was hurt.", 0.6)
    quantity = find_quantities("nine")[0]
    assert confidence_of([best], [Figure(best, quantity), Figure(rival, quantity)]) == 0.6
    assert confidence_of([best], [Figure(rival, quantity)]) == 0.3
    assert confidence_of([], []) == 0


def test_no_sides_when_the_answer_is_no_count() -> None:
    best = candidate(A, "The weather was fine.", 0.9)
    other = candidate(B, "At least 21 fishing boats were sunk by ships.", 0.8)
    assert compose("How many boats were sunk?", best, other, articles=(A, B)).disagreements == ()


def test_nearest_passages_are_quotations_too() -> None:
    hits = [Hit(Passage(B.id, 0, 45, B.text[:45]), 1.7), Hit(Passage(A.id, 0, 17, A.text[:17]), 0.1)]
    (nearest,) = nearest_passages(hits, articles={"a": A, "b": B}, most=1)
    assert (nearest.number, nearest.quotation.text, nearest.score) == (1, B.text[:45], 1.0)


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("10,000 troops", [(10_000, 10_000)]),
        ("around 15,000 troops", [(14_250, 15_750)]),
        ("at least 21 boats", [(21, float("inf"))]),
        ("up to 3.5 million people", [(0, 3_500_000)]),
        ("nine boats and twenty-two ships", [(9, 9), (22, 22)]),
        ("over three million Venezuelans", [(3_000_000, float("inf"))]),
        ("two hundred people", [(200, 200)]),
        ("a $500 fine, 12% more, F-35s, the 22nd unit, COVID-19", []),
        ("someone often attends", []),
        ("", []),
    ],
)
def test_counts_are_read_as_ranges(text: str, ranges: list[tuple[float, float]]) -> None:
    assert [(quantity.low, quantity.high) for quantity in find_quantities(text)] == ranges


def test_spans_cover_the_bound_and_the_number() -> None:
    text = "He lost more than 3 million votes."
    (quantity,) = find_quantities(text)
    assert text[slice(*quantity.span)] == "more than 3 million"


def test_rounded_counts_are_compatible() -> None:
    one, other = find_quantities("about 15,000 and 15,200")
    assert compatible(one, other)
    assert not compatible(*find_quantities("10,000 and around 15,000"))
