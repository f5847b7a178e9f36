"""Candidates of articles that correct others: what is only reported to be corrected is dropped for what corrects it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from qa.english.corrections import is_withdrawn, withdrawn_spans
from qa.english.values import find_values, same
from qa.evidence import Candidate
from qa.passages import sentence_spans
from qa.types import Article, Quotation, Span, Value

# Words that open the right value: "The number is", "in fact"
_RIGHT = re.compile(
    r"\b(?:number|figure|toll|total|amount|sum|count|share|rate|price|cost|date|day|year|age|it|there|correct|actual|true)\b"
    r"[^.;:]{0,40}\b(?:is|was|were|are|be|been|read|stands? at)\b|\b(?:in fact|actually)\b",
    re.IGNORECASE,
)
_NEXT_WORD = re.compile(r"\W*(\w+)")


@dataclass(frozen=True, slots=True)
class Correction:
    """A value that is withdrawn and the one that stands for it, within a text; `quoted` are the sentences of both."""

    old: Span
    new: Span
    quoted: Span


def heed_corrections(candidates: Sequence[Candidate], articles: Mapping[str, Article]) -> list[Candidate]:
    """The candidates, best first, without those that nobody states any longer; the right value has their score.

    Who answers "seven" by "An earlier article said seven. The number is eight." means eight, and both are quoted.
    """
    kept: dict[Quotation, Candidate] = {}
    for candidate in candidates:
        heeded = _heed(candidate, articles[candidate.quotation.article_id].published)
        if heeded is not None:
            kept.setdefault(heeded.quotation, heeded)
    return list(kept.values())


def _heed(candidate: Candidate, published: date | None) -> Candidate | None:
    passage = candidate.hit.passage
    if not withdrawn_spans(passage.text):
        return candidate
    before = candidate.quotation.start - passage.start
    span = (before + candidate.span[0], before + candidate.span[1])
    for correction in _find_corrections(passage.text, published):
        if _meet(span, correction.new) or _meet(span, correction.old):
            return _corrected(candidate, correction)
    return None if is_withdrawn(passage.text, span) else candidate


def _meet(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _corrected(candidate: Candidate, correction: Correction) -> Candidate:
    """The candidate of the right value, with the sentences that say what it corrects."""
    passage, (start, end) = candidate.hit.passage, correction.quoted
    quotation = Quotation(passage.article_id, passage.start + start, passage.start + end, passage.text[start:end])
    new, old = ((first - start, last - start) for first, last in (correction.new, correction.old))
    return replace(candidate, quotation=quotation, span=new, corrects=old)


@lru_cache(maxsize=256)
def _find_corrections(text: str, published: date | None) -> tuple[Correction, ...]:
    return tuple(_corrections(text, published))


def _corrections(text: str, published: date | None) -> Iterator[Correction]:
    values = find_values(text, published=published)
    sentences = sentence_spans(text)
    withdrawn = [value for value in values if is_withdrawn(text, value.span)]
    standing = [value for value in values if value not in withdrawn]
    for old in withdrawn:
        at = next((i for i, (start, end) in enumerate(sentences) if start <= old.span[0] < end), None)
        if at is None:
            continue
        for own in sentences[at : at + 2]:
            alone = sum(_comparable(old, other) for other in withdrawn) == 1
            new = next((v for v in standing if _meet(v.span, own) and _corrects(text, own, old, v, alone=alone)), None)
            if new is not None:
                yield Correction(old.span, new.span, (sentences[at][0], own[1]))
                break


def _corrects(text: str, sentence: Span, old: Value, new: Value, *, alone: bool) -> bool:
    """Whether the value stands for the one withdrawn: it counts the same, or words say so where one is withdrawn."""
    if not _comparable(old, new) or same(old, new):
        return False
    if sentence[0] <= old.span[0] < sentence[1]:
        return alone
    counted = _next_word(text, old)
    alike = bool(counted) and counted == _next_word(text, new)
    return alike or (alone and _RIGHT.search(text, sentence[0], new.span[0]) is not None)


def _comparable(one: Value, other: Value) -> bool:
    return one.kind == other.kind and one.unit == other.unit


def _next_word(text: str, value: Value) -> str:
    found = _NEXT_WORD.match(text, value.span[1])
    return found[1].lower() if found else ""
