"""Hits -> sentences that may answer, with the span in them that does, the most probable first.

The reader reads each passage alone. What it finds is weighed by the coefficients in reader/calibration.json, which
eval/bench/calibrate.py fits on questions that the reader was not trained on.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from qa.english.orders import orders_machine
from qa.english.questions import is_question
from qa.models import Reader, Reading
from qa.passages import sentence_spans
from qa.types import Article, Hit, Quotation, Span

CALIBRATION = Path(__file__).parent / "reader" / "calibration.json"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Whole sentences of a hit and the span in them that may answer; `score` is a logit over all spans of the hits."""

    quotation: Quotation
    hit: Hit
    span: Span
    score: float
    margin: float  # by how much the reader's span beats "not here"
    relevance: float  # the reader's logit of the passage
    corrects: Span | None = None  # the value in the sentences that the span stands for

    @property
    def answer(self) -> str:
        start, end = self.span
        return self.quotation.text[start:end]


@dataclass(frozen=True, slots=True)
class Weights:
    """Of what a span, or a passage by its best one, is scored by: the reader's logits and the hit's score."""

    span: float
    nothing: float
    relevance: float
    hit: float

    def score(self, span: float, reading: Reading, hit: Hit) -> float:
        read = self.span * span + self.nothing * reading.nothing + self.relevance * reading.relevance
        return read + self.hit * hit.score


def read_hits(
    question: str, hits: Sequence[Hit], articles: Mapping[str, Article], reader: Reader
) -> tuple[list[Candidate], list[Hit]]:
    """(candidates, best first; the hits, the most probable to answer first, scores 0–1)

    What orders a machine about answers nothing. What asks nothing leaves the hits as they are: the reader was trained
    on questions.
    """
    titled = [(articles[hit.passage.article_id].title or "", hit.passage.text) for hit in hits]
    read, ranked = weigh(hits, reader.read(question, titled), load_weights("ranking"), load_weights("passages"))
    candidates = [candidate for candidate in read if not orders_machine(candidate.quotation.text)]
    return candidates, ranked if is_question(question) else list(hits)


def weigh(
    hits: Sequence[Hit], readings: Sequence[Reading], ranking: Weights, passages: Weights
) -> tuple[list[Candidate], list[Hit]]:
    """What `read_hits` returns, of readings that are there already; `ranking` is of spans."""
    candidates: dict[Quotation, Candidate] = {}
    best: list[float] = []
    for hit, reading in zip(hits, readings, strict=True):
        best.append(passages.score(reading.spans[0].score, reading, hit) if reading.spans else -math.inf)
        for candidate in _candidates(hit, reading, ranking):
            kept = candidates.get(candidate.quotation)
            if kept is None or candidate.score > kept.score:
                candidates[candidate.quotation] = candidate
    ranked = sorted(zip(hits, best, strict=True), key=lambda pair: -pair[1])
    return sorted(candidates.values(), key=_order), [replace(hit, score=sigmoid(score)) for hit, score in ranked]


def _candidates(hit: Hit, reading: Reading, weights: Weights) -> list[Candidate]:
    """A candidate for each span, best first."""
    passage = hit.passage
    sentences = sentence_spans(passage.text) or [(0, len(passage.text))]
    found = []
    for span in reading.spans:
        first, last = _within_block(passage.text, span.start, span.end)
        start, end = _around(sentences, first, last)
        text = passage.text[start:end]
        quotation = Quotation(passage.article_id, passage.start + start, passage.start + end, text)
        within = (first - start, last - start)
        score, margin = weights.score(span.score, reading, hit), span.score - reading.nothing
        found.append(Candidate(quotation, hit, within, score, margin, reading.relevance))
    return found


def _within_block(text: str, start: int, end: int) -> Span:
    """The longest part of those characters without a line break: what crosses one is no phrase."""
    parts = [(found.start() + start, found.end() + start) for found in re.finditer(r"[^\n]+", text[start:end])]
    return max(parts, key=lambda part: part[1] - part[0], default=(start, end))


def _around(sentences: Sequence[Span], start: int, end: int) -> Span:
    """The whole sentences that hold those characters."""
    starts = [first for first, _ in sentences]
    first = sentences[max(bisect_right(starts, start) - 1, 0)]
    last = sentences[max(bisect_right(starts, max(end - 1, start)) - 1, 0)]
    return min(first[0], start), max(last[1], end)


def sigmoid(logit: float) -> float:
    """The logistic function, without overflow."""
    return 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0


@cache
def load_weights(of: Literal["ranking", "passages"]) -> Weights:
    """What calibration.json says of ranking spans, or passages by their best one."""
    return Weights(**json.loads(CALIBRATION.read_text(encoding="utf-8"))[of])


def _order(candidate: Candidate) -> tuple[float, str, int]:
    return -candidate.score, candidate.quotation.article_id, candidate.quotation.start
