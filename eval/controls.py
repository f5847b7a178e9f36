"""Answerers that take no thought, printed beside the system: a number means nothing until it beats them.

Copying is perfect by every measure of faithfulness, and refusing everything never says a wrong word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from qa.passages import sentence_spans
from qa.types import Answer, Citation, Hit, Quotation, Sentence, place_sentences

Control = Callable[[str, Sequence[Hit]], Answer]


def copy_top(question: str, hits: Sequence[Hit]) -> Answer:
    """The first two sentences of the best passage, each with itself as its citation; it refuses only without hits."""
    return _copy(question, hits, sentences=2)


def copy_passage(question: str, hits: Sequence[Hit]) -> Answer:
    """The whole best passage, sentence by sentence; it refuses only without hits."""
    return _copy(question, hits)


def _copy(question: str, hits: Sequence[Hit], *, sentences: int | None = None) -> Answer:
    if not hits:
        return always_refuse(question, hits)
    passage = hits[0].passage
    citations = tuple(
        Citation(number, Quotation(passage.article_id, passage.start + start, passage.start + end, text), score=1.0)
        for number, (start, end) in enumerate(sentence_spans(passage.text)[:sentences], 1)
        if (text := passage.text[start:end])
    )
    copied = [Sentence(citation.quotation.text, 0, 0, (citation.number,)) for citation in citations]
    return Answer(question, "answered", place_sentences(copied), citations, confidence=1.0)


def always_refuse(question: str, hits: Sequence[Hit]) -> Answer:
    """A refusal, whatever was found."""
    return Answer(question, "refused")


CONTROLS: Mapping[str, Control] = {
    "copy_top": copy_top,
    "copy_passage": copy_passage,
    "always_refuse": always_refuse,
}
