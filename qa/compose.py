"""Sentences that may answer -> an answer by quotation with its disagreements, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa.quantities import Quantity, compatible, find_quantities
from qa.scoring import Candidate
from qa.types import (
    Article,
    Citation,
    Disagreement,
    DisagreementKind,
    Hit,
    Quotation,
    Sentence,
    Side,
    Span,
    place_sentences,
)

COMPANION = 0.5  # a further sentence is quoted when it is this probable, measured against the best one
SIDE = 0.25  # the least probability at which an article, asked alone, has a say in a disagreement
VOICES = 4  # the most articles that are asked alone
REACH = 6  # words between a number and the noun that it counts

_COUNTED = re.compile(r"\b(?:how many|number of|how much)\s+((?:[\w.'’-]+\s+){0,3}[\w.'’-]+)", re.IGNORECASE)
_VERBS = set(
    "is are was were be been do does did has have had will would can could may might must should and or in of the to "
    "on at by from for with that which who".split()
)

Terms = Callable[[str], list[str]]
AskAlone = Callable[[str], Sequence[Candidate]]  # article id -> its sentences, the most probable first


@dataclass(frozen=True, slots=True)
class Composition:
    """What an answer says: its sentences, what they cite, and where articles differ."""

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A sentence that gives a count of what was asked."""

    candidate: Candidate
    quantity: Quantity

    @property
    def value(self) -> str:
        start, end = self.quantity.span
        return self.candidate.quotation.text[start:end]


def compose_answer(
    question: str,
    candidates: Sequence[Candidate],
    figures: Sequence[Figure],
    *,
    articles: dict[str, Article],
    most: int,
) -> Composition:
    """Up to `most` sentences, best first, each cited; more only to show every side of a disagreement."""
    sides = find_sides(figures)
    shown = _choose(candidates, sides, most)
    citations = tuple(
        cite(number, item.quotation, articles, item.probability, item.hit) for number, item in enumerate(shown, 1)
    )
    counts = {figure.candidate.quotation: figure.quantity.span for figure in figures}
    sentences = [
        Sentence(item.quotation.text, 0, 0, (number,), emphasis=_emphasis(counts.get(item.quotation)))
        for number, item in enumerate(shown, 1)
    ]
    disagreements = (_disagreement(question, sides, shown, articles),) if len(sides) > 1 else ()
    return Composition(place_sentences(sentences), citations, disagreements)


def nearest_passages(hits: Sequence[Hit], *, articles: dict[str, Article], most: int) -> tuple[Citation, ...]:
    """The best hits as citations, for a refusal."""
    return tuple(
        cite(
            number,
            Quotation(hit.passage.article_id, hit.passage.start, hit.passage.end, hit.passage.text),
            articles,
            hit.score,
            hit,
        )
        for number, hit in enumerate(hits[:most], 1)
    )


def cite(number: int, quotation: Quotation, articles: dict[str, Article], score: float, hit: Hit) -> Citation:
    """The quotation with what its article states about itself, and who else carries the passage."""
    article = articles[quotation.article_id]
    return Citation(
        number,
        quotation,
        article.title,
        article.publisher,
        article.published,
        article.url,
        min(max(score, 0.0), 1.0),
        article.source,
        hit.copies,
        hit.publishers,
    )


def find_figures(question: str, candidates: Sequence[Candidate], *, ask_alone: AskAlone, terms: Terms) -> list[Figure]:
    """One figure an article that counts what the question asks the number of, the answer's own first.

    Nothing unless the best sentence is such a count: else the question, or the answer, is about something else. The
    figures of one article are one voice, and it must stand on its own: `ask_alone` gives the candidates of an article
    as if it were the only one that was found, and the best of them must be the count.
    """
    for noun in reversed(_asked_nouns(question)):  # in "U.S. troops deployed" only the second word is ever counted
        asked = terms(noun)
        if not candidates or _figure(candidates[0], asked, terms) is None:
            continue
        ids = dict.fromkeys(
            candidate.quotation.article_id for candidate in candidates if _figure(candidate, asked, terms) is not None
        )
        voices = [_figure(ask_alone(id)[0], asked, terms) for id in list(ids)[:VOICES]]
        return [voice for voice in voices if voice is not None and voice.candidate.probability >= SIDE]
    return []


def confidence_of(candidates: Sequence[Candidate], figures: Sequence[Figure]) -> float:
    """The probability of the best sentence, 0–1; each of several articles that give a figure is judged alone.

    A sentence is taken for less probable the more another rivals it, but a second figure is no doubt about the first.
    """
    rivals = [figure.candidate for figure in figures] if len(figures) > 1 else []
    return max((candidate.probability for candidate in [*candidates[:1], *rivals]), default=0.0)


def find_sides(figures: Sequence[Figure]) -> list[list[Figure]]:
    """The figures in groups that can't all be true; one group, or none, when they agree."""
    sides: list[list[Figure]] = []
    for figure in figures:
        for side in sides:
            if all(compatible(figure.quantity, other.quantity) for other in side):
                side.append(figure)
                break
        else:
            sides.append([figure])
    return sides


def _figure(candidate: Candidate, asked: Sequence[str], terms: Terms) -> Figure | None:
    quantity = _count_of(asked, candidate.quotation.text, terms)
    return None if quantity is None else Figure(candidate, quantity)


def _emphasis(span: Span | None) -> tuple[Span, ...]:
    return () if span is None else (span,)


def _asked_nouns(question: str) -> list[str]:
    """The words right after "how many", up to the verb."""
    match = _COUNTED.search(question)
    nouns: list[str] = []
    for word in match[1].split() if match else ():
        if word.lower() in _VERBS:
            break
        nouns.append(word)
    return nouns


def _count_of(asked: Sequence[str], sentence: str, terms: Terms) -> Quantity | None:
    """The first number of the sentence that is followed closely by what was asked, as in "10,000 U.S. troops"."""
    for quantity in find_quantities(sentence):
        following = re.split(r"[,;:!?]\s", sentence[quantity.span[1] :], maxsplit=1)[0]
        near = terms(" ".join(following.split()[:REACH]))
        # "speedboats" are boats.
        if any(word.endswith(noun) for word in near for noun in asked):
            return quantity
    return None


def _choose(candidates: Sequence[Candidate], sides: Sequence[Sequence[Figure]], most: int) -> list[Candidate]:
    """The best sentence, one for each side, and companions that are nearly as probable; no text twice."""
    wanted = [candidates[0]]
    if len(sides) > 1:
        wanted += [side[0].candidate for side in sides]
    least = COMPANION * candidates[0].probability
    wanted += [candidate for candidate in candidates[1:most] if candidate.probability >= least]
    shown = {candidate.quotation.text: candidate for candidate in reversed(wanted)}  # of equal texts the first stays
    return sorted(shown.values(), key=wanted.index)[: max(most, len(sides))]


def _disagreement(
    question: str, sides: Sequence[Sequence[Figure]], shown: Sequence[Candidate], articles: dict[str, Article]
) -> Disagreement:
    ordered = sorted(sides, key=lambda side: _published_day(side[0], articles))
    numbers = {item.quotation: number for number, item in enumerate(shown, 1)}
    return Disagreement(
        about=" ".join(["how many", *_asked_nouns(question)]),
        kind=_kind([side[0] for side in sides], articles),
        sides=tuple(
            Side(side[0].value, tuple(numbers[quoted] for quoted in map(_quoted, side) if quoted in numbers))
            for side in ordered
        ),
    )


def _quoted(figure: Figure) -> Quotation:
    return figure.candidate.quotation


def _kind(figures: Sequence[Figure], articles: dict[str, Article]) -> DisagreementKind:
    days = [articles[figure.candidate.quotation.article_id].published for figure in figures]
    if None in days:
        return "undated"
    return "conflict" if len(set(days)) == 1 else "update"


def _published_day(figure: Figure, articles: dict[str, Article]) -> int:
    published = articles[figure.candidate.quotation.article_id].published
    return published.toordinal() if published else 0
