"""The indexes: they find, they filter alike, they say how far they are, and a damaged one is noticed.

Vectors lie in a folder or on a Chroma server; what stores rely on is tested of both.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from qa.errors import IndexUnusable
from qa.lexical import LexicalIndex
from qa.rows import IndexRow
from qa.server_vectors import ServerVectors
from qa.settings import Settings
from qa.types import Filters
from qa.vectors import VectorIndex
from tests.chroma_server import ChromaRun
from tests.fakes import WordEmbedder

DAY = date(2025, 11, 20)
ROWS = [
    IndexRow(1, "a1", "Nicolás Maduro sang a song", "h1", "At a rally", "Herald", DAY.toordinal(), "en"),
    IndexRow(2, "a2", "Maduro sings often", "h2", "", "Gazette", date(2025, 11, 25).toordinal(), "es"),
    IndexRow(3, "a3", "Maduro hums", "h3", "", "", 0, ""),
]

Search = Callable[[Filters | None], set[int]]


def fill_lexical(folder: Path, rows: Sequence[IndexRow] = ROWS) -> LexicalIndex:
    index = LexicalIndex.create(folder)
    index.update([rows], (), 1)
    return index


def fill_vectors(folder: Path, rows: Sequence[IndexRow] = ROWS) -> VectorIndex:
    index = VectorIndex.create(folder)
    index.update([(rows, WordEmbedder().embed([row.text for row in rows]))], (), 1, "words")
    return index


@dataclass
class Vectors:
    """Makes and opens indexes of vectors at one place; all are closed at the end."""

    folder: Path
    server: Settings | None
    opened: list[VectorIndex | ServerVectors] = field(default_factory=list)

    def create(self, name: str = "vectors") -> VectorIndex | ServerVectors:
        return self._keep(
            ServerVectors.create(self.server, name) if self.server else VectorIndex.create(self.folder / name)
        )

    def open(self, name: str = "vectors") -> VectorIndex | ServerVectors:
        return self._keep(
            ServerVectors.open(self.server, name) if self.server else VectorIndex.open(self.folder / name)
        )

    def fill(self, rows: Sequence[IndexRow] = ROWS) -> VectorIndex | ServerVectors:
        index = self.create()
        index.update([(rows, WordEmbedder().embed([row.text for row in rows]))], (), 1, "words")
        return index

    def _keep(self, index: VectorIndex | ServerVectors) -> VectorIndex | ServerVectors:
        self.opened.append(index)
        return index


@pytest.fixture(params=["folder", "server"])
def vectors(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Vectors]:
    chroma: ChromaRun | None = request.getfixturevalue("chroma") if request.param == "server" else None
    place = Vectors(tmp_path, chroma.settings() if chroma else None)
    yield place
    for index in place.opened:
        index.close()


@pytest.fixture(params=["words", "vectors", "vectors on a server"])
def search(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Search]:
    """The keys of all that each index finds for "Maduro"."""
    if request.param == "words":
        words = fill_lexical(tmp_path / "index")
        yield lambda filters: {key for key, _ in words.search("Maduro", 10, filters)}
        return
    server = request.getfixturevalue("chroma").settings() if request.param == "vectors on a server" else None
    index = Vectors(tmp_path, server).fill()
    question = WordEmbedder().embed_question("Maduro")
    yield lambda filters: {key for key, _ in index.search(question, 10, filters)}
    index.close()


@pytest.mark.parametrize(
    ("filters", "keys"),
    [
        (None, {1, 2, 3}),
        (Filters(), {1, 2, 3}),
        (Filters(publishers=("Herald", "Gazette")), {1, 2}),
        (Filters(publishers=("Nobody",)), set()),
        (Filters(languages=("es",)), {2}),
        (Filters(article_ids=("a1", "a3")), {1, 3}),
        (Filters(published_from=DAY), {1, 2}),
        (Filters(published_from=date(2025, 11, 21)), {2}),
        (Filters(published_to=DAY), {1}),
        (Filters(as_of=date(2025, 11, 24)), {1}),
        (Filters(as_of=date(2025, 11, 24), include_undated=True), {1, 3}),
        (Filters(publishers=("Gazette",), as_of=DAY), set()),
    ],
)
def test_filters_restrict_all_indexes_alike(search: Search, filters: Filters | None, keys: set[int]) -> None:
    assert search(filters) == keys


def test_words_are_found_by_their_stem_and_without_accents(tmp_path: Path) -> None:
    index = fill_lexical(tmp_path / "index")
    assert {key for key, _ in index.search("singing Nicolas", 5)} == {1, 2}
    assert [key for key, _ in index.search("Nicolas", 5)] == [1]
    assert [key for key, _ in index.search("sing", 5)] == [2]
    assert [key for key, _ in index.search("rallies", 5)] == [1]  # of the title


@pytest.mark.parametrize("question", ["", "the of and", "?!", '"unclosed AND (', "title:x [1 TO", "a" * 5000])
def test_odd_questions_find_nothing_and_break_nothing(tmp_path: Path, question: str) -> None:
    assert fill_lexical(tmp_path / "index").search(question, 5) == []


def test_putting_in_again_doubles_nothing(tmp_path: Path, vectors: Vectors) -> None:
    words, index = fill_lexical(tmp_path / "words"), vectors.fill()
    words.update([ROWS], (), 2)
    index.update([(ROWS, WordEmbedder().embed([row.text for row in ROWS]))], (), 2, "words")
    assert (words.count(), words.revision()) == (index.count(), index.revision()) == (3, 2)


def test_a_kept_writer_loses_nothing_and_is_released(tmp_path: Path) -> None:
    """What an interrupted update had put in is gone; another may write after the release."""
    words = LexicalIndex.create(tmp_path / "words")
    words.update([ROWS[:1]], (), 1, keep=True)

    def interrupted() -> Iterator[Sequence[IndexRow]]:
        yield ROWS[1:2]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        words.update(interrupted(), (), 2, keep=True)
    words.update([ROWS[2:]], (), 3, keep=True)
    assert ({key for key, _ in words.search("Maduro", 5)}, words.revision()) == ({1, 3}, 3)
    other = LexicalIndex.open(tmp_path / "words")
    with pytest.raises(IndexUnusable, match="can't be used"):
        other.update((), (), 4)
    words.release()
    other.update((), [1], 4)
    assert {key for key, _ in other.search("Maduro", 5)} == {3}


def test_the_dead_are_taken_out(tmp_path: Path, vectors: Vectors) -> None:
    words, index = fill_lexical(tmp_path / "words"), vectors.fill()
    words.update((), [2], 2)
    index.update((), [2], 2, "words")
    assert {key for key, _ in words.search("Maduro", 5)} == {1, 3}
    assert {key for key, _ in index.search(WordEmbedder().embed_question("Maduro"), 5)} == {1, 3}
    assert index.count() == index.stored().count == 2


def test_reopened_index_knows_how_far_it_is(tmp_path: Path, vectors: Vectors) -> None:
    fill_lexical(tmp_path / "words")
    vectors.fill().close()
    words, index = LexicalIndex.open(tmp_path / "words"), vectors.open()
    assert (words.revision(), index.revision(), index.model) == (1, 1, "words")
    assert words.count() == index.count() == 3
    assert index.damage() == ""


def test_cosines_come_nearest_first(vectors: Vectors) -> None:
    """ "Maduro hums" shares 1 of 2 words with "Maduro": 1 / (1 · √2) = .707."""
    index, question = vectors.fill(), WordEmbedder().embed_question("Maduro")
    found = index.search(question, 3)
    assert [key for key, _ in found] == [3, 2, 1]
    assert found[0][1] == pytest.approx(0.7071, abs=1e-3)
    assert index.cosines(question, [1, 3, 99]) == {key: cosine for key, cosine in found if key != 2}


def test_of_equal_vectors_the_first_keys_are_taken(vectors: Vectors) -> None:
    """As many copies of one passage as there are, more than are asked for; the nearer one is still the first."""
    rows = [IndexRow(key, f"a{key}", "Maduro hums", "h", "", "", 0, "") for key in range(1, 30)]
    index = vectors.fill([*rows, IndexRow(30, "a30", "Maduro", "g", "", "", 0, "")])
    assert [key for key, _ in index.search(WordEmbedder().embed_question("Maduro"), 5)] == [30, 1, 2, 3, 4]


def test_a_question_of_another_length_finds_nothing(vectors: Vectors) -> None:
    """It was embedded just before the library took another model; words still find."""
    index, longer = vectors.fill(), np.ones(WordEmbedder.dimensions + 1, dtype=np.float32)
    assert (index.search(longer, 3), index.cosines(longer, [1])) == ([], {})


def test_an_empty_index_finds_nothing(vectors: Vectors) -> None:
    index, question = vectors.create(), WordEmbedder().embed_question("Maduro")
    assert (index.search(question, 3), index.cosines(question, [1]), index.count()) == ([], {}, 0)


def test_what_another_has_written_is_seen_after_a_reload(vectors: Vectors) -> None:
    reader, question = vectors.fill(), WordEmbedder().embed_question("Maduro")
    writer = vectors.open()
    new = [IndexRow(4, "a4", "Maduro", "h4", "", "", 0, "")]
    writer.update([(new, WordEmbedder().embed(["Maduro"]))], [3], 2, "words")
    reader.reload()
    assert (reader.revision(), reader.count()) == (2, 3)
    assert [key for key, _ in reader.search(question, 1)] == [4]


def test_an_update_that_was_killed_is_behind_and_can_be_done_again(vectors: Vectors) -> None:
    index = vectors.fill(ROWS[:1])

    def killed() -> Iterator[tuple[Sequence[IndexRow], npt.NDArray[np.float32]]]:
        yield ROWS[1:2], WordEmbedder().embed([ROWS[1].text])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.update(killed(), (), 2, "words")
    again = vectors.open()
    assert again.revision() == 1
    again.update([(ROWS[1:], WordEmbedder().embed([row.text for row in ROWS[1:]]))], (), 2, "words")
    assert (again.revision(), again.count(), again.stored().count) == (2, 3, 3)


def test_missing_index_is_unusable(tmp_path: Path, vectors: Vectors) -> None:
    with pytest.raises(IndexUnusable):
        LexicalIndex.open(tmp_path / "nothing")
    with pytest.raises(IndexUnusable):
        vectors.open("nothing")


def test_damaged_words_are_unusable(tmp_path: Path) -> None:
    fill_lexical(tmp_path / "words")
    (tmp_path / "words" / "meta.json").write_text("{")
    with pytest.raises(IndexUnusable):
        LexicalIndex.open(tmp_path / "words")


@pytest.mark.parametrize("damage", [b"", b"garbage" * 1000])
def test_damaged_vectors_are_unusable(tmp_path: Path, damage: bytes) -> None:
    fill_vectors(tmp_path / "vectors").close()
    shutil.copytree(tmp_path / "vectors", tmp_path / "damaged")
    (tmp_path / "damaged" / "chroma.sqlite3").write_bytes(damage)
    index = VectorIndex.open(tmp_path / "damaged")  # questions can do without Chroma
    assert index.count() == 3
    assert "is not what was written" in index.damage()
    with pytest.raises(IndexUnusable, match="qa rebuild"):
        index.update((), [1], 2, "words")


def test_commit_of_words_that_was_killed_is_made_again(tmp_path: Path) -> None:
    """All its files are there but the last, meta.json: the next commit wants the names of some of them."""
    index = fill_lexical(tmp_path)
    before = (tmp_path / "meta.json").read_bytes()
    index.update((), (1,), 2)
    (tmp_path / "meta.json").write_bytes(before)
    again = LexicalIndex.open(tmp_path)
    assert (again.revision(), again.count()) == (1, 3)
    again.update((), (1,), 2)
    assert (again.revision(), again.count()) == (2, 2)


def test_places_without_a_vector_hold_nothing(tmp_path: Path) -> None:
    """Chroma would write there what the process had in memory, such as the text of a purged article."""
    index = fill_vectors(tmp_path)
    (places,) = tmp_path.glob("*/data_level0.bin")
    places.write_bytes(b"a purged text".ljust(places.stat().st_size, b"\1"))
    index.update((), (), 2, "words")
    index.close()
    assert set(places.read_bytes()) == {0}
    again = VectorIndex.open(tmp_path)
    assert len(again.search(WordEmbedder().embed_question("Maduro"), 10)) == 3
    again.close()


def test_reading_what_chroma_holds_leaves_nothing_in_places_without_a_vector(tmp_path: Path) -> None:
    """It makes its files of neighbours anew when it reads, until the graph was written: with what was in memory."""
    fill_vectors(tmp_path).close()
    index = VectorIndex.open(tmp_path)
    assert index.stored().count == 3
    index.close()
    (places,) = tmp_path.glob("*/data_level0.bin")
    assert set(places.read_bytes() + places.with_name("length.bin").read_bytes()) == {0}
