"""What may be shown of a language model's words -> a composition: numbered anew, with the sides that it left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from qa.compose import Composition, cite
from qa.prompts import Offer
from qa.types import Article, Disagreement, Quotation, Sentence, Span, place_sentences


@dataclass(frozen=True, slots=True)
class Kept:
    """A sentence of the answer with the quotations that it cites."""

    text: str
    quotations: tuple[Quotation, ...]
    support: float = 1.0
    generated: bool = True
    doubt: str = ""


def compose_kept(
    kept: Sequence[Kept],
    quoted: Composition,
    offers: Sequence[Offer],
    articles: Mapping[str, Article],
    *,
    whole: bool,
) -> Composition:
    """The sentences with citations numbered by their first use; once it is whole, the sides that aren't cited too."""
    known = {citation.quotation: citation for citation in quoted.citations}
    cited = {quotation for item in kept for quotation in item.quotations}
    sides = _sides(quoted) if whole else []
    items = [*kept, *(side for side in sides if not cited.intersection(side.quotations))]
    numbers = {q: number for number, q in enumerate(dict.fromkeys(q for item in items for q in item.quotations), 1)}
    hits = {offer.quotation: offer.hit for offer in offers}
    emphasis = {sentence.text: sentence.emphasis for sentence in quoted.sentences}
    return Composition(
        place_sentences([_sentence(item, numbers, emphasis) for item in items]),
        tuple(
            replace(known[quotation], number=number)
            if quotation in known
            else cite(number, quotation, articles, hits[quotation].score, hits[quotation])
            for quotation, number in numbers.items()
        ),
        _renumber(quoted, numbers) if whole else (),
    )


def _sides(quoted: Composition) -> list[Kept]:
    """Each side of its disagreements as a quotation."""
    numbered = {citation.number: citation.quotation for citation in quoted.citations}
    numbers = [number for item in quoted.disagreements for side in item.sides for number in side.citations]
    sides = dict.fromkeys(numbered[number] for number in numbers)
    return [Kept(side.text, (side,), generated=False) for side in sides]


def _renumber(quoted: Composition, numbers: Mapping[Quotation, int]) -> tuple[Disagreement, ...]:
    """Its disagreements by the numbers of the answer in which it is told anew."""
    new = {citation.number: numbers.get(citation.quotation, 0) for citation in quoted.citations}
    return tuple(
        replace(
            item,
            sides=tuple(
                replace(side, citations=tuple(new[number] for number in side.citations)) for side in item.sides
            ),
        )
        for item in quoted.disagreements
    )


def _sentence(item: Kept, numbers: Mapping[Quotation, int], emphasis: Mapping[str, tuple[Span, ...]]) -> Sentence:
    return Sentence(
        item.text,
        0,
        0,
        tuple(numbers[quotation] for quotation in item.quotations),
        item.support,
        item.generated,
        () if item.generated else emphasis.get(item.text, ()),
        item.doubt,
    )
