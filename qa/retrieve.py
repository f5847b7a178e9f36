"""Question -> the passages that may answer it: words and vectors searched, fused, copies collapsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from qa.models import QuestionEmbedder, Vectors
from qa.rows import Candidate
from qa.settings import Settings
from qa.store import Store
from qa.types import Filters, Hit


def retrieve(
    question: str,
    *,
    store: Store,
    embedder: QuestionEmbedder,
    settings: Settings,
    revision: int,
    k: int,
    filters: Filters | None = None,
) -> list[Hit]:
    """At most k passages seen at that revision, best first, one of each group of copies; scores in 0–1."""
    words, cosines, found = _search(
        question, embedder.embed_question(question), max(settings.candidates, k), store, revision, filters
    )
    scores = fuse(words, cosines, settings.vector_weight)
    ranked = sorted(found.values(), key=lambda item: (-scores.get(item.key, 0.0), item.article_id, item.start))
    best = _collapse(ranked, k)
    passages = store.ledger.passages([item.key for item in best], revision)
    hits = {item.label: Hit(passages[item.key], scores[item.key]) for item in best if item.key in passages}
    return _count_copies(hits, store, revision)  # a passage may be purged by now


def _search(
    question: str, vector: Vectors, depth: int, store: Store, revision: int, filters: Filters | None
) -> tuple[dict[int, float], dict[int, float], dict[int, Candidate]]:
    """(BM25 by key, cosine by key, candidate by key) of what both indexes find, seen at that revision.

    Every candidate has its cosine, also those that the vectors alone would not have found.
    """
    words = dict(store.search_words(question, depth, revision, filters))
    cosines = dict(store.search_vectors(vector, depth, revision, filters))
    cosines |= store.vectors.cosines(vector, list(words.keys() - cosines.keys()))
    found = store.ledger.candidates(words.keys() | cosines.keys(), revision)
    words = {key: score for key, score in words.items() if key in found}
    cosines = {key: cosine for key, cosine in cosines.items() if key in found}
    return words, cosines, found


def fuse(words: Mapping[int, float], cosines: Mapping[int, float], weight: float) -> dict[int, float]:
    """Key -> fused score, 0–1: BM25 as a share of the best, and the cosine, which has `weight` of the sum.

    Shares rather than ranks: how far the best passage leads in BM25 says much on news, and its rank doesn't.

    >>> fuse({1: 8.0, 2: 4.0}, {1: 0.5, 3: 1.0}, weight=0.25)
    {1: 0.875, 2: 0.375, 3: 0.25}
    """
    best = max(words.values(), default=0.0)
    scores: dict[int, float] = {}
    for key in sorted(words.keys() | cosines.keys()):
        share = words.get(key, 0.0) / best if best > 0 else 0.0
        scores[key] = (1 - weight) * share + weight * min(max(cosines.get(key, 0.0), 0.0), 1.0)
    return scores


def _collapse(ranked: Iterable[Candidate], k: int) -> list[Candidate]:
    """The best of each group of copies, in the order given, and no more than k."""
    best: dict[str, Candidate] = {}
    for candidate in ranked:
        best.setdefault(candidate.label, candidate)
    return list(best.values())[:k]


def _count_copies(hits: Mapping[str, Hit], store: Store, revision: int) -> list[Hit]:
    """The hits with the other articles that carry their passage, and all their publishers."""
    carriers = store.ledger.copies.carriers(list(hits), revision)
    return [
        replace(
            hit,
            copies=tuple(item.article_id for item in carriers[label] if item.article_id != hit.passage.article_id),
            publishers=tuple(dict.fromkeys(item.publisher for item in carriers[label] if item.publisher)),
        )
        for label, hit in hits.items()
    ]
