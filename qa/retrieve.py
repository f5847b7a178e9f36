"""Question -> the passages that may answer it: words and vectors searched, fused, copies collapsed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from qa.errors import VectorsDown
from qa.models import QuestionEmbedder, Vectors
from qa.rows import Candidate
from qa.settings import Settings
from qa.store import Store
from qa.types import Filters, Hit, Passage

HALF = 1_000  # characters after which earliness is a half
LOOKS = 20  # passages that are looked at more closely; nobody reads so far that it would matter in the others


def retrieve(
    question: str,
    *,
    store: Store,
    embedder: QuestionEmbedder,
    settings: Settings,
    revision: int,
    k: int,
    filters: Filters | None = None,
    tell_down: Callable[[VectorsDown], None] = lambda _: None,
) -> list[Hit]:
    """At most k passages seen at that revision, best first, one of each group of copies; scores in 0–1.

    While the vectors can't be searched words alone find them, and `tell_down` hears why.
    """
    depth, weight = max(settings.candidates, k), settings.vector_weight
    vector = embedder.embed_question(question)
    words = dict(store.search_words(question, depth, revision, filters))
    try:
        cosines = _cosines(vector, words, depth, store, revision, filters)
    except VectorsDown as error:
        tell_down(error)
        cosines, weight = {}, 0.0
    found = store.ledger.candidates(words.keys() | cosines.keys(), revision)
    words = {key: score for key, score in words.items() if key in found}
    cosines = {key: cosine for key, cosine in cosines.items() if key in found}
    fused = fuse(words, cosines, weight)
    ranked = sorted(found.values(), key=lambda item: (-fused.get(item.key, 0.0), item.article_id, item.start))
    best = _collapse(ranked, max(k, LOOKS))
    passages = store.ledger.passages([item.key for item in best], revision)
    best = [item for item in best if item.key in passages]  # a passage may be purged by now
    bonus = look_closer(question, {item.key: passages[item.key] for item in best[:LOOKS]}, store, settings)
    most = 1 + settings.pair_weight + settings.earliness_weight
    scores = {item.key: (fused[item.key] + bonus.get(item.key, 0.0)) / most for item in best}
    best.sort(key=lambda item: (-scores[item.key], item.article_id, item.start))
    return _count_copies({item.label: Hit(passages[item.key], scores[item.key]) for item in best[:k]}, store, revision)


def _cosines(
    vector: Vectors, words: Mapping[int, float], depth: int, store: Store, revision: int, filters: Filters | None
) -> dict[int, float]:
    """Cosine by key: of the nearest, and also of what words found and the vectors alone would not have."""
    cosines = dict(store.search_vectors(vector, depth, revision, filters))
    return cosines | store.cosines(vector, list(words.keys() - cosines.keys()))


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


def look_closer(question: str, best: Mapping[int, Passage], store: Store, settings: Settings) -> dict[int, float]:
    """Key -> what is added to the fused score: for words that stand together, and for coming early in the article."""
    stems = store.lexical.terms(question)
    weights = store.lexical.rarity(dict.fromkeys(stems))
    begins = store.ledger.begins({passage.article_id for passage in best.values()})
    bonus = {}
    for key, passage in best.items():
        pairs = share_pairs(stems, store.lexical.terms(passage.text), weights)
        early = earliness(passage.start - begins.get(passage.article_id, 0))
        bonus[key] = settings.pair_weight * pairs + settings.earliness_weight * early
    return bonus


def share_pairs(question: Sequence[str], passage: Sequence[str], weights: Mapping[str, float]) -> float:
    """The share of the question's neighbouring words that are neighbours in the passage too, 0–1; all are stems.

    BM25 doesn't know who did what to whom. A pair weighs as much as the more common of its words.

    >>> weights = {"harrison": 3.0, "ford": 4.0, "chest": 2.0}
    >>> share_pairs(["harrison", "ford", "chest"], ["chest", "harrison", "ford"], weights)
    0.6
    """
    wanted = {(left, right): min(weights[left], weights[right]) for left, right in pairwise(question)}
    found = set(pairwise(passage))
    total = sum(wanted.values())
    return sum(weight for pair, weight in wanted.items() if pair in found) / total if total else 0.0


def earliness(characters: int) -> float:
    """1 at the beginning of the kept text, a half after HALF characters: reports say first what they are about."""
    return HALF / (HALF + characters)


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
