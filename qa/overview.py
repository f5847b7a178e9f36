"""Questions that no single span answers: an overview of a topic, what is new about it, how many articles mention it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from qa.compose import Composition, cite
from qa.english.corrections import withdrawn_spans
from qa.english.orders import orders_machine
from qa.overlap import Analyse, compare
from qa.passages import sentence_spans
from qa.statements import ENDS
from qa.types import Article, Hit, Quotation, Sentence, place_sentences


@dataclass(frozen=True, slots=True)
class KeySentence:
    """The sentence of a hit with most of the topic's words; the shares of them, 0–1, that it and its passage have."""

    quotation: Quotation
    hit: Hit
    own_share: float
    share: float


def key_sentences(
    topic: str, hits: Sequence[Hit], articles: Mapping[str, Article], analyse: Analyse
) -> list[list[KeySentence]]:
    """Of each article those of passages with all names of the topic and half of its words; in the order of the hits."""
    found: dict[str, list[KeySentence]] = {}
    passages = [f"{articles[hit.passage.article_id].title or ''}\n{hit.passage.text}" for hit in hits]
    for hit, lacks in zip(hits, compare(topic, passages, analyse), strict=True):
        if lacks.names == lacks.figures == 0 and lacks.words <= 0.5:
            best = _best_sentence(topic, hit, analyse)
            if best is None:
                continue
            quotation, own_share = best
            item = KeySentence(quotation, hit, own_share, 1 - lacks.words)
            found.setdefault(hit.passage.article_id, []).append(item)
    return list(found.values())


def opening_sentences(hits: Sequence[Hit]) -> list[list[KeySentence]]:
    """Of each article the first whole sentence of the earliest of its hits, in the order of the hits."""
    first: dict[str, Hit] = {}
    for hit in hits:
        known = first.setdefault(hit.passage.article_id, hit)
        if hit.passage.start < known.passage.start:
            first[hit.passage.article_id] = hit
    found = []
    for hit in first.values():
        passage = hit.passage
        spans = [span for span in sentence_spans(passage.text) if not orders_machine(passage.text[slice(*span)])]
        whole = [span for span in spans if ENDS.search(passage.text[slice(*span)])]
        for start, end in (whole or spans)[:1]:
            if withdrawn_spans(passage.text[start:end]):  # what corrects it comes next
                end = next((last for first, last in spans if first >= end), end)
            text = passage.text[start:end]
            quotation = Quotation(passage.article_id, passage.start + start, passage.start + end, text)
            found.append([KeySentence(quotation, hit, 1.0, 1.0)])
    return found


def newest_first(found: Iterable[list[KeySentence]], articles: Mapping[str, Article]) -> list[list[KeySentence]]:
    """By the day of the article, undated ones last; those of one day as they were."""

    def age(items: list[KeySentence]) -> int:
        published = articles[items[0].quotation.article_id].published
        return -published.toordinal() if published else 0

    return sorted(found, key=age)


def choose(found: Sequence[list[KeySentence]], most: int) -> list[KeySentence]:
    """One of each article, then a second of each, and so on, up to `most`; those of one article as they stand in it.

    Only the first of an article may have fewer than half of the topic's words: its passage has the others. What an
    article repeats word for word from one before it is not said again.
    """
    useful = [[items[0], *(item for item in items[1:] if item.own_share >= 0.5)] for items in found]
    turns = [items[turn] for turn in range(most) for items in useful if turn < len(items)]
    said: dict[str, KeySentence] = {}
    for item in turns:
        said.setdefault(" ".join(item.quotation.text.split()), item)
    rounds = list(said.values())[:most]
    chosen = [[item for item in items if item in rounds] for items in useful]
    return [item for items in chosen for item in sorted(items, key=lambda item: item.quotation.start)]


def compose_overview(found: Sequence[KeySentence], articles: Mapping[str, Article]) -> Composition:
    """Each sentence with its citation."""
    citations = tuple(
        cite(number, item.quotation, articles, item.share, item.hit) for number, item in enumerate(found, 1)
    )
    sentences = [Sentence(item.quotation.text, 0, 0, (number,)) for number, item in enumerate(found, 1)]
    return Composition(place_sentences(sentences), citations, ())


def _best_sentence(topic: str, hit: Hit, analyse: Analyse) -> tuple[Quotation, float] | None:
    """(the sentence, the share of the topic's words that it has); None where each orders a machine about."""
    passage = hit.passage
    spans = [span for span in sentence_spans(passage.text) if not orders_machine(passage.text[slice(*span)])]
    if not spans:
        return None
    lacks = compare(topic, [passage.text[start:end] for start, end in spans], analyse)
    (start, end), least = min(zip(spans, lacks, strict=True), key=lambda pair: pair[1].words)  # of equals the first
    text = passage.text[start:end]
    return Quotation(passage.article_id, passage.start + start, passage.start + end, text), 1 - least.words
