"""A measured value with the counts it came from, and what several metrics ask of an answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eval.cases import Corpus, GoldSpan
from qa.types import Answer, Citation


@dataclass(frozen=True, slots=True)
class Measure:
    """A value with the counts it came from; `value` is None where the metric does not apply."""

    value: float | None
    numerator: float
    denominator: float
    reason: str = ""


def share(numerator: float, denominator: float, reason: str = "") -> Measure:
    """The quotient; an empty denominator is 0, for it never counts as perfect."""
    return Measure(numerator / denominator if denominator else 0.0, numerator, denominator, reason)


def flag(value: bool, reason: str = "") -> Measure:
    """1 or 0."""
    return Measure(float(value), float(value), 1, reason)


def not_applicable(reason: str) -> Measure:
    """No value: the metric does not apply."""
    return Measure(None, 0, 0, reason)


def cited(answer: Answer, numbers: Iterable[int]) -> list[Citation]:
    """The citations with these numbers."""
    wanted = set(numbers)
    return [citation for citation in answer.citations if citation.number in wanted]


def hits_any(citations: Iterable[Citation], spans: Iterable[GoldSpan], corpus: Corpus) -> bool:
    """Whether one of the citations lies on one of the spans."""
    spans = tuple(spans)
    return any(_hits(citation, span, corpus) for citation in citations for span in spans)


def _hits(citation: Citation, span: GoldSpan, corpus: Corpus) -> bool:
    """Whether they share half of the shorter one: a word at the edge of the next sentence proves nothing."""
    quotation = citation.quotation
    if quotation.article_id != corpus.ids.get(span.article):
        return False
    shared = min(quotation.end, span.end) - max(quotation.start, span.start)
    return shared > 0 and 2 * shared >= min(quotation.end - quotation.start, span.end - span.start)
