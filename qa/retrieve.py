"""Question -> the passages that may answer it: words and vectors searched, fused, copies collapsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from qa.models import QuestionEmbedder
from qa.rows import hash_text
from qa.settings import Settings
from qa.store import MODEL, Store
from qa.types import Filters, Hit, Passage


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
    vector = embedder.embed_question(question)
    depth = max(settings.candidates, k)
    words = dict(store.search_words(question, depth, revision, filters))
    cosines = dict(store.search_vectors(vector, depth, revision, filters))
    passages = store.ledger.passages(list(words.keys() | cosines.keys()), revision)
    words = {key: score for key, score in words.items() if key in passages}
    cosines = _all_cosines(vector, passages, cosines, store)
    scores = fuse(words, cosines, settings.vector_weight)
    labels = store.ledger.copies.labels(list(passages))
    ranked = sorted((Hit(passages[key], score) for key, score in scores.items()), key=_order)
    by_id = {passage.id: labels[key] for key, passage in passages.items() if key in labels}
    best = _collapse(ranked, by_id)
    return _count_copies(dict(list(best.items())[:k]), store, revision)


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


def _all_cosines(
    vector: npt.NDArray[np.float32], passages: Mapping[int, Passage], found: Mapping[int, float], store: Store
) -> dict[int, float]:
    """The cosine of every passage: those that the vector search didn't return come from the ledger."""
    hashes = {key: hash_text(passage.text) for key, passage in passages.items() if key not in found}
    vectors = store.ledger.embeddings.get(list(set(hashes.values())), store.ledger.fact(MODEL) or "")
    cosines = {key: cosine for key, cosine in found.items() if key in passages}
    for key, text_sha256 in hashes.items():
        if text_sha256 in vectors:
            cosines[key] = float(vectors[text_sha256] @ vector)
    return cosines


def _collapse(ranked: Iterable[Hit], labels: Mapping[str, str]) -> dict[str, Hit]:
    """Label of a group of copies -> the best of them, in the order given; `labels` by passage id."""
    best: dict[str, Hit] = {}
    for hit in ranked:
        best.setdefault(labels.get(hit.passage.id, hit.passage.id), hit)
    return best


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


def _order(hit: Hit) -> tuple[float, str]:
    return -hit.score, hit.passage.id
