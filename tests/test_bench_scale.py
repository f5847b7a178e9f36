"""The benchmark of large libraries: made articles, exact search, and its sums."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from eval.bench.chroma import find_exactly, ratio_of_percentiles, recalls
from eval.bench.growth import random_vectors
from eval.bench.recombine import (
    DAYS,
    FIRST_DAY,
    LANGUAGES,
    PUBLISHERS,
    RUN,
    SHARES,
    Sources,
    filters_of,
    make_article,
    make_articles,
)

SUBJECTS, EACH = 12, 20


@pytest.fixture(scope="module")
def sources() -> Sources:
    """Passages on a dozen subjects, each in an article of its own: those on one subject lie near each other."""
    centres = np.repeat(random_vectors(1, SUBJECTS), EACH, axis=0)
    vectors = centres + 0.5 * random_vectors(2, SUBJECTS * EACH)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    sentences = [
        [
            f"Sentence {place} of passage {number} is about subject {number // EACH} and nothing else."
            for place in range(7)
        ]
        for number in range(SUBJECTS * EACH)
    ]
    return Sources.of(sentences, np.arange(SUBJECTS * EACH), vectors)


def subject_of(sentence: str) -> str:
    return sentence.split("subject ")[1].split()[0]


def test_an_article_is_the_same_in_every_run(sources: Sources) -> None:
    first, again = make_article(sources, 5), make_article(sources, 5)
    assert (first.title, first.passages, first.publisher) == (again.title, again.passages, again.publisher)
    assert np.array_equal(first.vectors, again.vectors)


def test_a_larger_library_begins_with_the_smaller_one(sources: Sources) -> None:
    small, large = (list(make_articles(sources, 0, size)) for size in (100, 300))
    assert [made.passages for made in large[: len(small)]] == [made.passages for made in small]
    assert 100 <= sum(len(made.passages) for made in small) < 100 + len(small[-1].passages)


def test_passages_are_distinct_runs_of_whole_sentences(sources: Sources) -> None:
    texts = [text for made in make_articles(sources, 0, 500) for text in made.passages]
    known = {sentence for own in sources.sentences for sentence in own}
    assert len(set(texts)) >= 0.99 * len(texts)
    for text in texts:
        runs = text.split("\n\n")
        sentences = [f"{part}." for run in runs for part in run.removesuffix(".").split(". ")]
        assert len(runs) == 3
        assert all(len(run) >= RUN for run in runs)
        assert known.issuperset(sentences)


def test_a_made_vector_is_nearest_to_its_subject(sources: Sources) -> None:
    """The runs of a passage come from near passages, and its vector stays among them."""
    for made in make_articles(sources, 0, 200):
        for text, vector in zip(made.passages, made.vectors, strict=True):
            subjects = [subject_of(run) for run in text.split("\n\n")]
            nearest = [str(place // EACH) for place in np.argsort(-(sources.vectors @ vector))[:5]]
            assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
            assert len(set(subjects)) == 1
            assert nearest.count(subjects[0]) >= 3


def test_publishers_and_languages_have_the_shares_that_filters_ask_for(sources: Sources) -> None:
    made = [make_article(sources, number) for number in range(3000)]
    for share, publisher, language in zip(SHARES, PUBLISHERS, LANGUAGES, strict=True):
        assert np.mean([one.publisher == publisher for one in made]) == pytest.approx(share, rel=0.4)
        assert np.mean([one.language == language for one in made]) == pytest.approx(share, rel=0.4)


@pytest.mark.parametrize("share", SHARES)
def test_filters_pass_their_share_of_articles(share: float) -> None:
    """With an article on each day of the period; 2 % more have no date, so a little more of the dated ones pass."""
    days = [FIRST_DAY + timedelta(days=number) for number in range(DAYS)]
    found = filters_of(share, [str(number) for number in range(1000)])
    first, last = found["dates"].published_from, found["dates"].published_to
    assert first is not None
    assert last is not None
    assert sum(first <= day <= last for day in days) / DAYS == pytest.approx(share, rel=0.05)
    assert sum(day <= (found["as of"].as_of or date.min) for day in days) / DAYS == pytest.approx(share, rel=0.05)
    assert len(set(found["articles"].article_ids)) == 1000 * share


def test_exact_search_finds_the_nearest_in_order() -> None:
    """Against (1, 0): the second vector is the question itself, the third is nearer than the first."""
    vectors = np.array([[0, 1], [1, 0], [0.8, 0.6]], dtype=np.float32)
    assert find_exactly(vectors[1:2], vectors, 2).tolist() == [[1, 2]]


def test_recall_counts_what_was_found_of_what_is_nearest() -> None:
    assert recalls([[1, 2, 3], [7, 8, 9]], [[3, 2], [1, 7]]) == [1.0, 0.5]


def test_percentiles_are_compared_not_single_questions() -> None:
    """95th percentiles of 1 … 101 and twice that are 96 and 192, whatever the order."""
    times = list(range(1, 102))
    assert ratio_of_percentiles([2 * time for time in reversed(times)], times) == 2
