"""The scan of vectors: exact where it can be, near enough where it can't, and whole whatever happens to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import qa.scan
from qa.columns import STATE
from qa.errors import IndexUnusable
from qa.models import Vectors
from qa.rows import IndexRow
from qa.scan import VectorScan
from qa.types import Filters

DAY = date(2025, 11, 20).toordinal()


def make_vectors(count: int, dimensions: int = 96, seed: int = 1) -> Vectors:
    """Unit vectors in 20 clusters, as texts on 20 subjects would have."""
    chance = np.random.default_rng(seed)
    centres = np.random.default_rng(0).standard_normal((20, dimensions))
    rows = centres[chance.integers(20, size=count)] + 0.7 * chance.standard_normal((count, dimensions))
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def make_rows(keys: Sequence[int]) -> list[IndexRow]:
    """A passage a key; every third article is the Herald's, the fourths are undated, the others a day apart."""
    return [
        IndexRow(
            key, f"a{key // 10}", "", "", "", "Herald" if key // 10 % 3 == 0 else "Gazette",
            0 if key // 10 % 4 == 0 else DAY + key // 10, "en",
        )
        for key in keys
    ]  # fmt: skip


def put(scan: VectorScan, keys: Sequence[int], vectors: Vectors, revision: int, dead: Sequence[int] = ()) -> None:
    scan.publish(scan.write([(make_rows(keys), vectors)] if keys else [], dead), revision, "model")


def nearest(keys: Sequence[int], vectors: Vectors, vector: Vectors, k: int) -> list[int]:
    """By comparing with all, in the precision in which they are kept."""
    kept = np.rint(vectors / np.abs(vectors).max(axis=1, keepdims=True) * 127)
    cosines = (kept @ vector / np.linalg.norm(kept, axis=1)).astype(np.float32)
    return [keys[index] for index in np.lexsort((keys, -cosines))[:k]]


@pytest.fixture
def scan(tmp_path: Path) -> VectorScan:
    return VectorScan.create(tmp_path / "scan")


@pytest.fixture
def small_shortlist(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """So that few vectors are enough for the codes to matter."""
    monkeypatch.setattr(qa.scan, "SHORTLIST", 200)
    monkeypatch.setattr(qa.scan, "BLOCK", 512)
    return iter([None])


def test_empty_scan_finds_nothing(scan: VectorScan) -> None:
    assert scan.search(make_vectors(1)[0], 5) == []
    assert scan.cosines(make_vectors(1)[0], [1, 2]) == {}
    assert (scan.count(), scan.revision(), scan.model) == (0, -1, "")


@pytest.mark.parametrize("dimensions", [1, 63, 64, 100, 384])
def test_few_vectors_are_searched_exactly(scan: VectorScan, dimensions: int) -> None:
    keys, vectors = list(range(1, 301)), make_vectors(300, dimensions)
    put(scan, keys, vectors, 1)
    for vector in make_vectors(5, dimensions, seed=2):
        assert [key for key, _ in scan.search(vector, 10)] == nearest(keys, vectors, vector, 10)


def test_cosines_are_of_the_vectors_as_they_are_kept(scan: VectorScan) -> None:
    """[.6, .8] against [1, 0] and [0, 1], which bytes hold exactly; a key that isn't there has none."""
    put(scan, [3, 5], np.array([[1, 0], [0, 1]], dtype=np.float32), 1)
    vector = np.array([0.6, 0.8], dtype=np.float32)
    assert scan.search(vector, 2) == [(5, pytest.approx(0.8)), (3, pytest.approx(0.6))]
    assert scan.cosines(vector, [5, 4, 9, 3, 5]) == {3: pytest.approx(0.6), 5: pytest.approx(0.8)}


def test_codes_choose_a_shortlist_that_holds_the_nearest(scan: VectorScan, small_shortlist: None) -> None:
    """Of 5,000 vectors 200 are read; recall@10 against comparing with all, over 50 questions."""
    keys, vectors = list(range(1, 5001)), make_vectors(5000)
    for start in range(0, 5000, 700):  # block by block, in runs that aren't blocks
        put(scan, keys[start : start + 700], vectors[start : start + 700], start)
    questions = make_vectors(50, seed=3)
    found = [{key for key, _ in scan.search(vector, 10)} for vector in questions]
    right = [len(one & set(nearest(keys, vectors, vector, 10))) for one, vector in zip(found, questions, strict=True)]
    assert sum(right) / 500 >= 0.95


def test_filters_are_exact_however_few_pass(scan: VectorScan, small_shortlist: None) -> None:
    keys, vectors = list(range(3000)), make_vectors(3000)
    put(scan, keys, vectors, 1)
    vector = make_vectors(1, seed=4)[0]
    for filters, passes in (
        (Filters(article_ids=("a7", "a9")), lambda key: key // 10 in (7, 9)),
        (Filters(publishers=("Nobody",)), lambda key: False),
        (Filters(published_to=date.fromordinal(DAY + 9)), lambda key: key // 10 % 4 and key // 10 <= 9),
        (Filters(published_from=date.fromordinal(DAY + 293)), lambda key: key // 10 % 4 and key // 10 >= 293),
        (
            Filters(as_of=date.fromordinal(DAY + 9), include_undated=True, publishers=("Herald",)),
            lambda key: (key // 10 % 4 == 0 or key // 10 <= 9) and key // 10 % 3 == 0,
        ),
    ):
        own = [key for key in keys if passes(key)]
        expected = nearest(own, vectors[own], vector, 20) if own else []
        found = [key for key, _ in scan.search(vector, 20, filters)]
        if len(own) <= 200:
            assert found == expected, filters
        else:
            assert len(set(found) & set(expected)) >= 18, filters


def test_the_dead_are_not_found_and_keep_no_place(scan: VectorScan) -> None:
    keys, vectors = list(range(1, 101)), make_vectors(100)
    put(scan, keys, vectors, 1)
    first = [key for key, _ in scan.search(vectors[0], 3)]
    put(scan, [], vectors, 2, dead=first)
    assert scan.count() == 97
    assert [key for key, _ in scan.search(vectors[0], 3)] == nearest(
        keys, np.where(np.isin(keys, first)[:, np.newaxis], -vectors[0], vectors), vectors[0], 3
    )


def test_one_who_reads_sees_what_another_wrote_when_it_looks_again(tmp_path: Path, scan: VectorScan) -> None:
    reader, vectors = VectorScan.open(tmp_path / "scan"), make_vectors(40)
    put(scan, list(range(1, 21)), vectors[:20], 1)
    assert (reader.count(), reader.revision()) == (0, -1)
    reader.reload()
    assert (reader.count(), reader.revision(), reader.model) == (20, 1, "model")
    put(scan, list(range(21, 41)), vectors[20:], 2)
    assert reader.search(vectors[30], 1)[0][0] != 31
    reader.reload()
    assert reader.search(vectors[30], 1)[0][0] == 31


def test_what_is_put_in_again_is_there_once(scan: VectorScan) -> None:
    """A writer that was killed before it published begins its batch anew."""
    vectors = make_vectors(30)
    put(scan, list(range(1, 21)), vectors[:20], 1)
    scan.write([(make_rows(range(21, 26)), vectors[:5])], ())  # killed here
    put(scan, list(range(15, 31)), vectors[14:], 2)
    assert scan.count() == 30
    assert [scan.search(vector, 1)[0][0] for vector in vectors] == list(range(1, 31))


def test_a_key_out_of_order_is_refused(scan: VectorScan) -> None:
    vectors = make_vectors(3)
    put(scan, [1, 5], vectors[:2], 1)
    with pytest.raises(IndexUnusable, match="higher key"):
        put(scan, [3], vectors[2:], 2)


def test_files_are_written_anew_when_most_is_gone(
    tmp_path: Path, scan: VectorScan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads the old ones goes on, and then sees the new ones."""
    monkeypatch.setattr(qa.scan, "SPARSE", 10)
    keys, vectors = list(range(1, 101)), make_vectors(100)
    put(scan, keys, vectors, 1)
    reader = VectorScan.open(tmp_path / "scan")
    put(scan, [101], vectors[:1], 2, dead=keys[:60])
    assert scan.count() == 41
    assert (tmp_path / "scan" / "1-vector").stat().st_size == 41 * 96
    assert not list((tmp_path / "scan").glob("0-*"))
    assert reader.search(vectors[0], 1)[0][0] == 1
    reader.reload()
    assert [key for key, _ in reader.search(vectors[70], 1)] == [71]
    assert reader.search(vectors[0], 1)[0][0] == 101


def test_a_byte_a_component_is_near_enough(scan: VectorScan) -> None:
    """Of 384 components, as the model has: the cosine errs by less than .003 and by .001 on average."""
    vectors, vector = make_vectors(2000, 384), make_vectors(1, 384, seed=5)[0]
    put(scan, list(range(2000)), vectors, 1)
    found = scan.cosines(vector, range(2000))
    errors = np.abs(np.array([found[key] for key in range(2000)]) - vectors @ vector)
    assert errors.max() < 0.003
    assert errors.mean() < 0.001


@pytest.mark.parametrize("name", ["0-key", "0-vector", "0-code", "0-gone"])
def test_file_that_was_cut_short_is_unusable(tmp_path: Path, scan: VectorScan, name: str) -> None:
    put(scan, [1, 2, 3], make_vectors(3), 1)
    path = tmp_path / "scan" / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IndexUnusable, match=name):
        VectorScan.open(tmp_path / "scan")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"layout": 99}', '{"layout": 1, "rows": 7, "unknown": 1}'])
def test_state_that_cannot_be_read_is_unusable(tmp_path: Path, scan: VectorScan, text: str) -> None:
    (tmp_path / "scan" / STATE).write_text(text)
    with pytest.raises(IndexUnusable):
        VectorScan.open(tmp_path / "scan")


def test_vectors_of_another_length_are_refused(scan: VectorScan) -> None:
    put(scan, [1], make_vectors(1), 1)
    assert scan.search(make_vectors(1, 64)[0], 1) == []
    assert scan.cosines(make_vectors(1, 64)[0], [1]) == {}
    with pytest.raises(IndexUnusable, match="96 dimensions, not 64"):
        put(scan, [2], make_vectors(1, 64), 2)
