"""Questions that no single span answers: an overview of a topic, what is new about it, how many articles mention it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from qa.compose import Composition, cite
from qa.overlap import Analyse, compare
from qa.passages import sentence_spans
from qa.types import Article, Hit, Quotation, Sentence, place_sentences


@dataclass(frozen=True, slots=True)
class KeySentence:
    """The sentence of a hit that has most of the topic's words, and the share of them that its passage has, 0–1."""

    quotation: Quotation
    hit: Hit
    share: float


def key_sentences(
    topic: str, hits: Sequence[Hit], articles: Mapping[str, Article], analyse: Analyse
) -> list[KeySentence]:
    """One of each article that has all names of the topic and half of its words, in the order of the hits."""
    found: dict[str, KeySentence] = {}
    passages = [f"{articles[hit.passage.article_id].title or ''}\n{hit.passage.text}" for hit in hits]
    for hit, lacks in zip(hits, compare(topic, passages, analyse), strict=True):
        if hit.passage.article_id not in found and lacks.names == lacks.figures == 0 and lacks.words <= 0.5:
            found[hit.passage.article_id] = KeySentence(_best_sentence(topic, hit, analyse), hit, 1 - lacks.words)
    return list(found.values())


def newest_first(found: Iterable[KeySentence], articles: Mapping[str, Article]) -> list[KeySentence]:
    """By the day of the article, undated ones last; those of one day as they were."""

    def age(item: KeySentence) -> int:
        published = articles[item.quotation.article_id].published
        return -published.toordinal() if published else 0

    return sorted(found, key=age)


def compose_overview(found: Sequence[KeySentence], articles: Mapping[str, Article]) -> Composition:
    """Each sentence with its citation."""
    citations = tuple(
        cite(number, item.quotation, articles, item.share, item.hit) for number, item in enumerate(found, 1)
    )
    sentences = [Sentence(item.quotation.text, 0, 0, (number,)) for number, item in enumerate(found, 1)]
    return Composition(place_sentences(sentences), citations, ())


def _best_sentence(topic: str, hit: Hit, analyse: Analyse) -> Quotation:
    passage = hit.passage
    spans = sentence_spans(passage.text)
    lacks = compare(topic, [passage.text[start:end] for start, end in spans], analyse)
    start, end = min(zip(spans, lacks, strict=True), key=lambda pair: pair[1].words)[0]  # of equals the first
    return Quotation(passage.article_id, passage.start + start, passage.start + end, passage.text[start:end])
