"""Fusion by hand-worked numbers, and retrieval over a real store with an embedder that counts words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from qa.models import Vectors
from qa.retrieve import fuse, retrieve, share_pairs
from qa.rows import Addition, hash_text
from qa.settings import Settings
from qa.store import MODEL, Store
from qa.types import Article, Filters, Hit, Passage, article_id

pytestmark = pytest.mark.both

WORDS = ("lava", "ash", "river", "bridge")


class CountingEmbedder:
    """The vector of a text is how often it says each of WORDS, and a little of everything else."""

    name, digest, precision, key, dimensions = "counting", "0" * 64, "f32", "counting/f32", len(WORDS) + 1

    def embed(self, texts: Sequence[str]) -> Vectors:
        counts = [[*(text.lower().count(word) for word in WORDS), 0.1] for text in texts]
        rows = np.array(counts, dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def embed_question(self, question: str) -> Vectors:
        return self.embed([question])[0]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


EMBEDDER = CountingEmbedder()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "library")
    opened.ledger.set_facts({MODEL: EMBEDDER.key})
    yield opened
    opened.close()


def add(store: Store, *texts: str, published: date | None = None, source: str = "") -> list[str]:
    """Publishes one article of one passage for each text; returns their ids."""
    additions = []
    for number, text in enumerate(texts):
        name = f"{source}{number}"
        article = Article(
            article_id(name, text), name, text, ((0, len(text)),), published=published, bytes_sha256=hash_text(name)
        )
        passage = Passage(article.id, 0, len(text), text)
        additions.append(Addition(article, text.encode(), (passage,)))
    different = list(dict.fromkeys(texts))
    store.ledger.embeddings.put([hash_text(text) for text in different], EMBEDDER.embed(different), EMBEDDER.key)
    store.publish(additions)
    return [addition.article.id for addition in additions]


def ask(store: Store, question: str, *, k: int = 10, filters: Filters | None = None, **changed: object) -> list[Hit]:
    settings = Settings.from_environment({}, **changed)
    revision = store.ledger.revision()
    return retrieve(
        question, store=store, embedder=EMBEDDER, settings=settings, revision=revision, k=k, filters=filters
    )


def test_fused_score_is_a_weighted_sum_of_shares():
    """Passage 1: .75 * 8/8 + .25 * .5; passage 2: .75 * 4/8 + 0; passage 3: 0 + .25 * 1."""
    assert fuse({1: 8.0, 2: 4.0}, {1: 0.5, 3: 1.0}, 0.25) == {1: 0.875, 2: 0.375, 3: 0.25}


def test_weight_zero_is_words_alone_and_one_is_vectors_alone():
    words, cosines = {1: 2.0, 2: 1.0}, {1: 0.2, 2: 0.9}
    assert fuse(words, cosines, 0.0) == {1: 1.0, 2: 0.5}
    assert fuse(words, cosines, 1.0) == {1: 0.2, 2: 0.9}


def test_fusion_without_words_is_by_cosine_and_negative_cosines_count_as_none():
    assert fuse({}, {1: 0.5, 2: -0.4}, 0.5) == {1: 0.25, 2: 0.0}
    assert fuse({}, {}, 0.5) == {}


def test_pair_of_words_weighs_as_much_as_the_more_common_of_them():
    """Of (harrison, ford), which weighs 3, and (ford, chest), which weighs 2, one is there, or both, or none."""
    question, weights = ["harrison", "ford", "chest"], {"harrison": 3.0, "ford": 4.0, "chest": 2.0}
    assert share_pairs(question, ["actor", "harrison", "ford", "wax", "chest"], weights) == 3 / 5
    assert share_pairs(question, ["ford", "chest"], weights) == 2 / 5
    assert share_pairs(question, question, weights) == 1.0
    assert share_pairs(question, ["chest", "ford", "harrison"], weights) == 0.0
    assert share_pairs(["ford"], ["ford"], weights) == 0.0


def test_words_of_fewer_passages_weigh_more(store):
    """Four documents with the marker: two say lava, ln(1 + 2.5 / 2.5); none says gate, ln(1 + 4.5 / .5)."""
    add(store, "Lava reached the village.", "Lava cooled.", "The river rose.")
    assert store.lexical.rarity(["lava", "gate"]) == pytest.approx({"lava": math.log(2), "gate": math.log(10)})


def test_empty_library_has_no_hits(store):
    assert ask(store, "Where does the lava go?") == []


def test_best_passage_comes_first_with_scores_between_0_and_1(store):
    add(store, "Lava reached the village.", "The river rose.", "Lava and ash, lava and ash.")
    hits = ask(store, "lava village")
    assert hits[0].passage.text == "Lava reached the village."
    assert all(0 <= hit.score <= 1 for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_syndicated_copies_are_one_hit(store):
    """Two publishers printed the same passage: the reader gets it once, and k counts different texts."""
    ids = add(store, "Lava reached the village.", "Lava reached the village.", "Lava cooled.")
    hits = ask(store, "lava village", k=2)
    assert [hit.passage.text for hit in hits] == ["Lava reached the village.", "Lava cooled."]
    assert hits[0].passage.article_id == min(ids[:2])


def test_equal_scores_come_in_the_order_of_ids(store):
    """Same words in another order: BM25 and vectors can't tell them apart."""
    ids = add(store, "ash lava river", "river ash lava", "lava river ash")
    hits = ask(store, "lava")
    assert len({hit.score for hit in hits}) == 1
    assert [hit.passage.article_id for hit in hits] == sorted(ids)


def test_question_without_an_indexable_word_goes_by_vectors(store):
    """BM25 drops the stop word "the" and finds nothing; the nearest vectors are returned."""
    add(store, "Lava reached the village.", "The river rose.")
    assert len(ask(store, "the the?")) == 2


def test_passage_far_in_the_vectors_still_gets_its_exact_cosine(store):
    """Only one candidate comes from each index; the word's best hit is scored with the cosine from the ledger."""
    add(store, "bridge bridge bridge", "village bridge lava lava lava")
    hits = ask(store, "bridge village", candidates=1, vector_weight=0.5)
    found = {hit.passage.text: hit.score for hit in hits}
    question, passage = EMBEDDER.embed(["bridge village", "village bridge lava lava lava"])
    fused = 0.5 + 0.5 * float(question @ passage)
    # It has no pair of the question, for the order is another, and begins its article.
    assert found["village bridge lava lava lava"] == pytest.approx((fused + 0.3 * 0 + 0.1 * 1) / 1.4, abs=1e-3)


def test_words_that_stand_together_as_in_the_question_come_first(store):
    """The same words in the same number: neither BM25 nor this embedder can tell the passages apart."""
    add(store, "The river ash covers the lava bridge.", "The ash bridge covers the river lava.")
    assert len({hit.score for hit in ask(store, "river lava", pair_weight=0)}) == 1
    hits = ask(store, "river lava")
    assert hits[0].passage.text == "The ash bridge covers the river lava."
    assert hits[0].score - hits[1].score == pytest.approx(0.3 / 1.4)  # it has the only pair


def add_twice(store: Store, kept: tuple[tuple[int, int], ...]) -> None:
    """Publishes an article that says the same at the characters 1,000 and 2,000."""
    text = " " * 1000 + "Lava cooled." + " " * 988 + "Lava cooled!"
    article = Article(article_id("a", text), "a", text, kept, bytes_sha256="a")
    passages = tuple(Passage(article.id, start, start + 12, text[start : start + 12]) for start in (2000, 1000))
    texts = [passage.text for passage in passages]
    store.ledger.embeddings.put([hash_text(text) for text in texts], EMBEDDER.embed(texts), EMBEDDER.key)
    store.publish([Addition(article, b"", passages)])


@pytest.mark.parametrize(
    ("kept", "first", "second"),
    [
        (((0, 2012),), 1 / 2, 1 / 3),
        (((1000, 1012), (2000, 2012)), 1, 1 / 2),  # what stands before the kept text is no part of the article
    ],
)
def test_earlier_passage_of_an_article_comes_first(store, kept, first, second):
    """Earliness is a half after 1,000 characters of the article, a third after 2,000."""
    add_twice(store, kept)
    hits = ask(store, "lava")
    assert [hit.passage.start for hit in hits] == [1000, 2000]
    assert hits[0].score - hits[1].score == pytest.approx(0.1 * (first - second) / 1.4)


def test_without_the_two_weights_scores_are_the_fused_ones(store):
    add(store, "Lava reached the village.", "The village.")
    hits = ask(store, "lava village", vector_weight=0, pair_weight=0, earliness_weight=0)
    assert hits[0].score == 1.0


def test_passage_beyond_the_closer_look_stays_behind(store, monkeypatch):
    """The second by words and vectors has the question's pair; it comes first only where it is looked at."""
    add(store, "lava river", "river lava gate")
    assert [hit.passage.text for hit in ask(store, "river lava")] == ["river lava gate", "lava river"]
    monkeypatch.setattr("qa.retrieve.LOOKS", 1)
    assert [hit.passage.text for hit in ask(store, "river lava")] == ["lava river", "river lava gate"]


def test_removed_articles_are_not_hits_although_still_indexed(store):
    ids = add(store, "Lava reached the village.", "Lava cooled.")
    store.publish((), ids[:1])
    assert [hit.passage.article_id for hit in ask(store, "lava village")] == ids[1:]


def test_earlier_revision_sees_neither_later_articles_nor_later_removals(store):
    ids = add(store, "Lava reached the village.")
    add(store, "Lava cooled.", source="later")
    store.publish((), ids)
    hits = retrieve("lava", store=store, embedder=EMBEDDER, settings=Settings(), revision=1, k=5)
    assert [hit.passage.article_id for hit in hits] == ids


def test_filters_that_leave_nothing_leave_no_hits(store):
    add(store, "Lava reached the village.", published=date(2025, 11, 1))
    assert ask(store, "lava", filters=Filters(published_from=date(2025, 11, 2))) == []
    assert ask(store, "lava", filters=Filters(publishers=("Nobody",))) == []
    assert len(ask(store, "lava", filters=Filters(published_from=date(2025, 11, 1)))) == 1
