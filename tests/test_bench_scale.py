"""The benchmark of large libraries: its made articles, building, exact search, sums and tables."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from eval.bench import libraries
from eval.bench.chroma import find_exactly, ratio_of_percentiles, recalls
from eval.bench.chroma_server import Passages, measure_chroma_server
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
from eval.bench.scale import Asked, disk_rows, filter_rows, nearest_of_ledger, pace_rows, slower_row
from eval.bench.speed import Row
from eval.bench.tables import by_size, list_table, size_table, write_report
from qa.store import MODEL, Store
from tests.chroma_server import ChromaRun
from tests.fakes import WordEmbedder

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


# Building


def ledger_of(folder: Path) -> tuple[list[str], int]:
    """The sources of a library in their order, and how many passages it has."""
    store = Store.open(folder, create=False)
    revision = store.ledger.revision()
    found = list(store.ledger.sources(revision)), store.ledger.count_passages(revision)
    assert all(finding.sound for finding in store.check())
    store.close()
    return found


def test_building_goes_on_where_it_was_stopped(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same articles, once each, as without a stop; the last ones come through Library.add."""
    monkeypatch.setattr(libraries, "BATCH", 50)
    monkeypatch.setattr(libraries, "STEP", 100)
    monkeypatch.setattr(libraries, "TAIL", 2)
    embedder, said = WordEmbedder(), list[str]()
    sources = Sources.of(sources.sentences, sources.articles, sources.vectors[:, : embedder.dimensions])
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    paces = libraries.build_library(whole, 400, sources, embedder, said.append)
    store = Store.open(stopped)
    store.ledger.set_facts({MODEL: embedder.key})
    list(islice(libraries._grow(store, 350, sources, embedder.key), 1))
    store.close()
    assert 100 <= ledger_of(stopped)[1] < 200
    libraries.build_library(stopped, 400, sources, embedder, said.append)
    (names, count), (own_names, own_count) = ledger_of(whole), ledger_of(stopped)
    assert [Path(name).name for name in names] == [Path(name).name for name in own_names]
    assert count == own_count == paces[-1].passages
    assert (paces[-1].whole, [pace.whole for pace in paces[:-1]]) == (True, [False] * (len(paces) - 1))
    lines = len(said)
    assert libraries.build_library(whole, 400, sources, embedder, said.append) == paces
    assert len(said) == lines


def test_exact_search_reads_the_ledger(sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In runs smaller than the library; the index of vectors, which holds few enough to be exact, agrees."""
    monkeypatch.setattr("eval.bench.scale.AT_ONCE", 30)
    store = Store.open(tmp_path / "library")
    store.ledger.set_facts({MODEL: "model"})
    list(libraries._grow(store, 200, sources, "model"))
    questions = sources.vectors[:20]
    found = [[key for key, _ in store.vectors.search(question, 10)] for question in questions]
    store.close()
    exact = nearest_of_ledger(tmp_path / "library", questions, "model")
    assert np.mean(recalls(found, exact)) > 0.95
    assert [own[0] for own in exact[:5]] == [own[0] for own in found[:5]]


# Sums and tables


def values(rows: list[Row]) -> dict[str, float]:
    return {row.name.partition(": ")[2]: row.value for row in rows}


def test_texts_and_originals_are_no_part_of_what_a_passage_costs() -> None:
    """10 passages: the ledger's 50,000 bytes less 20,000 and 10,000 are 20,000; 15,000 and 5,000 beside it."""
    parts = {"ledger": 50_000, "vectors": 15_000, "lexical": 4_000, "rest": 1_000}
    rows = disk_rows(10, 10, parts, texts=20_000, originals=10_000)
    found = values(rows)
    assert found["disk beside text and originals"] == 4
    assert (found["disk, ledger, own"], found["disk, text"], found["disk, originals, compressed"]) == (2, 2, 1)
    assert rows[1].met


def test_the_rate_is_that_of_the_articles_that_were_read() -> None:
    paces = [libraries.Pace(0, 100, 1), libraries.Pace(100, 300, 4), libraries.Pace(300, 320, 2, whole=True)]
    assert values(pace_rows(320, paces)) == {"adding, all but embedding": 10, "publishing alone, in large batches": 75}


def test_filters_are_held_against_the_questions_beside_them() -> None:
    times = {"dates, 1%": [30.0] * 9, "dates, 1%, plain": [10.0] * 9}
    assert values(filter_rows(100_000, times)) == {
        "search by dates, 1%, 95th percentile": 30,
        "search by dates, 1%, by that without": 3,
    }
    assert [row.met for row in filter_rows(100_000, times)] == [None, False]
    assert [row.met for row in filter_rows(10_000, times)] == [None, None]


def test_a_large_library_is_held_against_the_smallest() -> None:
    small, large = (Asked(1, 1, 1, 1, [1.0], [time] * 5) for time in (2.0, 7.0))
    row = slower_row(100, [large, large], 10, [small, small])
    assert (row.name, row.value, row.n, row.met) == (
        "100 passages: search, 95th percentile by that at 10",
        3.5,
        10,
        False,
    )


SIZED = [
    Row("10 passages: search, 95th percentile", 20, "ms", 5, 19, 21, at_most=60),
    Row("1000 passages: search, 95th percentile", 80, "ms", 5, 70, 90, at_most=60),
    Row("1000 passages: recall@10", 0.99, "", 5, 0.98, 1, at_least=0.98),
    Row("1000 passages: search by dates, 1%, by that without", 1.5, "", 5, 1, 2, at_most=2),
]


def test_sizes_stand_side_by_side_and_what_misses_is_bold() -> None:
    assert size_table(by_size(SIZED)).splitlines() == [
        "| figure | 10 | 1,000 | goal |",
        "| --- | --- | --- | --- |",
        "| search, 95th percentile | 20.0 ms | **80.0 ms** | at most 60 |",
        "| recall@10 |  | 0.990 | at least 0.98 |",
        "| search by dates, 1%, by that without |  | 1.50 | at most 2 |",
    ]


def test_a_report_shows_all_rows_and_its_plots(tmp_path: Path) -> None:
    about = {"cpu": "A Chip", "cores": 2, "load": [1.5, 1, 1], "measured": "2026-01-02T03:04:05"}
    plain = Row("new process: ratio", 0.2, "", 9, 0.1, 0.3, at_most=0.25)
    text = write_report(tmp_path / "results.json", about, [plain, *SIZED]).read_text()
    assert text.startswith("Measured on A Chip, 2 cores, load 1.5, 2026-01-02.")
    assert list_table([plain]) in text
    assert size_table(by_size(SIZED)) in text
    plots = sorted(path.name for path in (tmp_path / "plots").iterdir())
    assert plots == ["results-filters.svg", "results-latency.svg", "results-recall.svg"]
    assert all(f"(plots/{name})" in text for name in plots)
    assert all("<svg" in (tmp_path / "plots" / name).read_text() for name in plots)


def test_a_chroma_server_is_measured_beside_the_scan(sources: Sources, chroma: ChromaRun, tmp_path: Path) -> None:
    """Of so few passages a server finds all the nearest, and the scan but for what a byte a component can't tell."""
    passages = Passages.of(list(make_articles(sources, 0, 300)))
    rows = measure_chroma_server(chroma.settings(), tmp_path, passages, sources.vectors[:5], lambda _: None, (0.5,))
    found = {row.name: row.value for row in rows if "recall" in row.name or "fewer" in row.name}
    assert len(found) == 3 * 2 * (1 + 5)
    assert {value for name, value in found.items() if "fewer" in name} == {0}
    assert {value for name, value in found.items() if "server: recall" in name} == {1}
    assert min(value for name, value in found.items() if "folder: recall" in name) > 0.99
