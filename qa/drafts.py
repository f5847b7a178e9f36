"""What was found for a question, what could be said of it, and both joined to the answer that is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from qa.compose import Composition
from qa.english.questions import Asked
from qa.evidence import Candidate
from qa.overlap import Analyse
from qa.overview import choose, compose_overview, key_sentences, newest_first, opening_sentences
from qa.types import (
    CHOSEN,
    OPENINGS,
    Answer,
    Article,
    Citation,
    Disagreement,
    Filters,
    Hit,
    Sentence,
    Side,
    Withheld,
    place_sentences,
)

TOPICAL = ("overview", "news", "count-articles")  # kinds of question that no single span answers
WIDER = 4  # times as many passages are looked through for an overview
COUNTED = 1_000  # passages that are looked through to count the articles on something, or for all that is new


@dataclass(frozen=True, slots=True)
class Look:
    """The hits of one question with their articles; candidates once they were read, best first."""

    asked: Asked
    hits: Sequence[Hit]
    articles: Mapping[str, Article]
    filters: Filters | None = None  # that it was searched with
    candidates: Sequence[Candidate] = ()
    unjudged: frozenset[str] = field(default_factory=frozenset)  # articles in languages that the reader doesn't know


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer to one question, or to a part of one, before it is decided whether it is given."""

    asked: Asked
    composition: Composition | None
    confidence: float
    nearest: tuple[Citation, ...]
    notes: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()


def draft_overview(look: Look, analyse: Analyse, nearest: tuple[Citation, ...], most: int) -> Draft:
    """Key sentences of the articles on the topic; the number of these articles is told where it was asked.

    The confidence is the share of the topic's words that the best passage has.
    """
    asked = look.asked
    if asked.kind == "news" and not asked.topic:
        return _draft_news(look, nearest, most)
    topic = asked.topic or asked.text
    if not analyse.content(topic):
        return Draft(asked, None, 0.0, nearest)  # "her", "it": no word says what about
    judged = [hit for hit in look.hits if hit.passage.article_id not in look.unjudged]
    found = key_sentences(topic, judged, look.articles, analyse)
    if asked.kind == "count-articles":
        complete = ([item for item in items if item.share == 1][:1] for items in found)
        found = [items for items in complete if items]
    if asked.kind == "news":
        found = newest_first(found, look.articles)
    if not found:
        return Draft(asked, None, 0.0, nearest)
    notes = [CHOSEN, *([_count(asked, len(found), look)] if asked.kind == "count-articles" else [])]
    chosen = choose(found, most)
    quoted = len({item.quotation.article_id for item in chosen})
    if len(found) > quoted:
        notes.append(f"{quoted} of {len(found)} articles on this are quoted.")
    confidence = max(item.share for item in chosen)
    return Draft(asked, compose_overview(chosen, look.articles), confidence, nearest, tuple(notes))


def _draft_news(look: Look, nearest: tuple[Citation, ...], most: int) -> Draft:
    """What is new about anything: how each article begins, the newest first."""
    judged = [hit for hit in look.hits if hit.passage.article_id not in look.unjudged]
    found = newest_first(opening_sentences(judged), look.articles)
    if not found:
        return Draft(look.asked, None, 0.0, nearest)
    chosen = choose(found, most)
    quoted = len({item.quotation.article_id for item in chosen})
    more = (f"{quoted} of {len(found)} articles are quoted.",) if len(found) > quoted else ()
    return Draft(look.asked, compose_overview(chosen, look.articles), 1.0, nearest, (OPENINGS, *more))


def _count(asked: Asked, count: int, look: Look) -> str:
    least = "at least " if len(look.hits) >= COUNTED else ""
    copies = sum(len(hit.copies) for hit in look.hits)
    return f"Articles with a passage that has all words of “{asked.topic}”: {least}{count}" + (
        ", copies not counted." if copies else "."
    )


def join_drafts(question: str, drafts: Sequence[Draft], threshold: float) -> Answer:
    """The answer: every part whose confidence reaches the threshold; a refusal when none does.

    A question is as sure as its least sure part that is answered; what isn't is named in a note.
    """
    given = [draft for draft in drafts if draft.composition is not None and draft.confidence >= threshold]
    if not given:
        nearest = {citation.quotation: citation for draft in drafts for citation in draft.nearest}
        numbered = tuple(replace(citation, number=number) for number, citation in enumerate(nearest.values(), 1))
        return Answer(question, "refused", confidence=max(draft.confidence for draft in drafts), nearest=numbered)
    missing = [f"Not answered: “{draft.asked.text}”" for draft in drafts if draft not in given]
    whole = join_compositions([draft.composition for draft in given if draft.composition is not None])
    return Answer(
        question,
        "answered",
        whole.sentences,
        whole.citations,
        whole.disagreements,
        min(draft.confidence for draft in given),
        notes=(*dict.fromkeys(note for draft in given for note in draft.notes), *missing),
        withheld=tuple(item for draft in given for item in draft.withheld),
    )


def join_compositions(parts: Sequence[Composition]) -> Composition:
    """One after the other, with citations numbered through; a quotation that several have is cited once."""
    numbers: dict[object, int] = {}
    citations: list[Citation] = []
    sentences: dict[str, Sentence] = {}
    disagreements: list[Disagreement] = []
    for part in parts:
        renumbered = {}
        for citation in part.citations:
            if citation.quotation not in numbers:
                numbers[citation.quotation] = len(numbers) + 1
                citations.append(replace(citation, number=len(numbers)))
            renumbered[citation.number] = numbers[citation.quotation]
        for sentence in part.sentences:
            cited = tuple(renumbered[number] for number in sentence.citations)
            kept = sentences.get(sentence.text, replace(sentence, citations=(), emphasis=()))
            sentences[sentence.text] = replace(
                kept,
                citations=tuple(dict.fromkeys([*kept.citations, *cited])),
                emphasis=tuple(sorted({*kept.emphasis, *sentence.emphasis})),
            )
        disagreements += [
            replace(item, sides=tuple(Side(s.value, tuple(renumbered[n] for n in s.citations)) for s in item.sides))
            for item in part.disagreements
        ]
    return Composition(place_sentences(list(sentences.values())), tuple(citations), tuple(disagreements))
