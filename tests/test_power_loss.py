"""Power loss: whatever of the last writes did not reach the disk, the next start is sound, and embeds nothing anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from qa.errors import LibraryDamaged
from qa.files import LEDGER
from qa.library import Library
from qa.settings import Settings
from qa.store import LEXICAL, LOCK
from qa.vector_places import VECTORS
from tests.conftest import BAKERY, FERRY, OpenLibrary
from tests.fakes import WordEmbedder

NEIGHBOURS = 1_000  # vectors from which on Chroma writes the graph of neighbours to files
NEIGHBOUR_FILES = ("data_level0.bin", "header.bin", "index_metadata.pickle", "length.bin", "link_lists.bin")
CUTS = 16
QUESTION = "Which bridge was closed by the council of Thornby in year 77?"


def open_at(folder: Path) -> Library:
    return Library.open(folder, settings=Settings(strictness=0, passage_tokens=30), load=lambda _: WordEmbedder())


def find(library: Library) -> list[str]:
    return [hit.passage.id for hit in library.search(QUESTION, k=3, rerank=False)]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The closed library of one article with more passages than Chroma keeps in memory, and of a later, short one."""
    folder = tmp_path_factory.mktemp("large")
    sentence = (
        "In year {0} the council of Thornby closed bridge number {1} for the {0}th time, and all {2} boats waited."
    )
    lines = "\n\n".join(sentence.format(n, n * 7 % 1_009, n * 13 % 997) for n in range(NEIGHBOURS + 200))
    (folder / "bridges.txt").write_text(lines)
    (folder / "ferry.txt").write_text(FERRY)
    with open_at(folder / "library") as library:
        library.add(folder / "bridges.txt")
        library.add(folder / "ferry.txt")
    return folder / "library"


def newest_files(folder: Path) -> list[Path]:
    """The files of the last commit, and of the one before as far as it was as quick."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size]
    last = max(path.stat().st_mtime for path in files)
    return [path for path in files if path.stat().st_mtime > last - 1]


def cut(path: Path, share: float) -> None:
    """Leaves so much of the file."""
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])


def test_words_whose_last_write_was_cut_short_are_built_again(
    open_library: OpenLibrary, library: Library, tmp_path: Path
) -> None:
    """Each file of the last commit in its turn."""
    before = library.search("Who owns the bakery?", rerank=False)
    library.close()
    (folder,) = (tmp_path / "library").glob(f"{LEXICAL}-*")
    files = newest_files(folder)
    assert len(files) > 5
    for number, path in enumerate(files):
        copy = tmp_path / f"copy-{number}"
        shutil.copytree(tmp_path / "library", copy)
        cut(copy / folder.name / path.relative_to(folder), (0.0, 0.5, 0.98)[number % 3])
        again = open_library(copy)
        assert again.search("Who owns the bakery?", rerank=False) == before, path.name
        assert all(finding.sound for finding in again.check()), path.name
        again.close()


@pytest.mark.parametrize(("name", "share"), [*zip(NEIGHBOUR_FILES, (0.5, 0.3, 0.97, 0.0, 0.99), strict=True)])
def test_neighbours_whose_last_write_was_cut_short_are_built_again(
    large: Path, tmp_path: Path, name: str, share: float
) -> None:
    """Chroma itself finds less then, or crashes the process."""
    shutil.copytree(large, tmp_path / "library")
    (path,) = (tmp_path / "library").glob(f"{VECTORS}-*/*/{name}")
    with open_at(large) as whole:
        before = find(whole)
    cut(path, share)
    with open_at(tmp_path / "library") as again:
        assert find(again) == before
        assert all(finding.sound for finding in again.check())
        assert again._model.current().embedded == 0  # type: ignore[attr-defined]
        assert again._store._numbers()[0] == "2", "it was not built again"


@pytest.mark.parametrize("share", [0.0, 0.98])
def test_vectors_whose_database_was_cut_short_are_built_again(large: Path, tmp_path: Path, share: float) -> None:
    shutil.copytree(large, tmp_path / "library")
    (path,) = (tmp_path / "library").glob(f"{VECTORS}-*/chroma.sqlite3")
    cut(path, share)
    with open_at(tmp_path / "library") as again:
        assert all(finding.sound for finding in again.check())
        assert again._model.current().embedded == 0  # type: ignore[attr-defined]


def test_neighbours_written_after_the_last_seal_are_built_again(large: Path, tmp_path: Path) -> None:
    """A kill while Chroma writes: files of the same size with other bytes."""
    shutil.copytree(large, tmp_path / "library")
    (path,) = (tmp_path / "library").glob(f"{VECTORS}-*/*/data_level0.bin")
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    path.write_bytes(content)
    with open_at(tmp_path / "library") as again:
        assert again._store._numbers()[0] == "2"


def test_neighbours_that_a_living_writer_has_not_sealed_yet_hinder_nobody(large: Path, tmp_path: Path) -> None:
    """Another process holds the library and is between writing the files and saying so: questions don't need them."""
    shutil.copytree(large, tmp_path / "library")
    (path,) = (tmp_path / "library").glob(f"{VECTORS}-*/*/length.bin")
    cut(path, 0.5)
    with FileLock(tmp_path / "library" / LOCK), open_at(tmp_path / "library") as again:
        assert again._store._numbers()[0] == "1"
        assert len(find(again)) == 3


def test_small_library_that_was_asked_is_not_built_again(open_library: OpenLibrary, library: Library) -> None:
    """Reading alone makes Chroma write the files of a graph that is still empty."""
    for _ in range(3):
        library.close()
        library = open_library()
        library.search("Who owns the bakery?", rerank=False)
    assert library._store._numbers()[0] == "1"


def test_copied_library_is_not_built_again(large: Path, tmp_path: Path) -> None:
    """Its files have other times and the same content."""
    shutil.copytree(large, tmp_path / "library", copy_function=shutil.copyfile)
    with open_at(tmp_path / "library") as again:
        assert again._store._numbers()[0] == "1"


def test_ledger_without_its_last_writes_is_an_older_state_or_the_newest(
    open_library: OpenLibrary, tmp_path: Path, articles: Path
) -> None:
    """Its log is cut at 16 places. SQLite brings the log to the disk at each commit (synchronous=FULL), so that a cut
    within what was acknowledged takes a disk that lies; even then there is no half state."""
    library = open_library()
    states: list[set[str]] = [set()]

    def publish(change: Callable[[], object]) -> None:
        change()
        states.append({article.text for article in library.articles()})

    publish(lambda: library.add(articles))
    for year in (1912, 1913, 1914):
        (articles / "bakery.txt").write_text(BAKERY.replace("1911", str(year)))
        publish(lambda: library.add(articles))
    publish(lambda: library.remove(library.articles()[0].id))
    log = (tmp_path / "library" / f"{LEDGER}-wal").read_bytes()
    reached = []
    for number in range(CUTS):
        copy = tmp_path / f"copy-{number}"
        shutil.copytree(tmp_path / "library", copy)
        (copy / f"{LEDGER}-wal").write_bytes(log[: len(log) * (number + 1) // CUTS])
        again = open_library(copy)
        revision = again._store.ledger.revision()
        assert {article.text for article in again.articles()} == states[revision]
        assert all(finding.sound for finding in again.check()), again.check()
        reached.append(revision)
        again.close()
    assert reached == sorted(reached)
    assert set(reached) == set(range(len(states)))


def test_indexes_ahead_of_the_ledger_are_built_again(open_library: OpenLibrary, articles: Path, tmp_path: Path) -> None:
    """The ledger falls back behind a batch that took as many passages out of the indexes as it put in."""
    folder = tmp_path / "library"
    library = open_library()
    for year in (1911, 1912):
        (articles / "bakery.txt").write_text(BAKERY.replace("1911", str(year)))
        library.add(articles)
    before = {path: path.read_bytes() for path in folder.glob(f"{LEDGER}*")}
    library._store.sweep()
    (articles / "bakery.txt").write_text(BAKERY.replace("1911", "1913"))
    library.add(articles)
    library.close()
    for path, content in before.items():
        path.write_bytes(content)
    again = open_library()
    assert all(finding.sound for finding in again.check()), again.check()
    assert again._store._numbers()[0] == "2", "they were not built again"
    assert any("1912" in hit.passage.text for hit in again.search("bakery", rerank=False))


def test_every_connection_to_the_ledger_waits_for_the_disk(library: Library) -> None:
    """What synchronous=FULL (2) promises with a write-ahead log: what was committed survives the loss of power."""
    with library._store.ledger._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


@pytest.mark.parametrize("lost", [20_000, 4_097])  # whole pages
def test_ledger_whose_file_was_cut_short_says_what_to_do(library: Library, tmp_path: Path, lost: int) -> None:
    library.close()
    path = tmp_path / "library" / LEDGER
    path.write_bytes(path.read_bytes()[:-lost])
    with pytest.raises(LibraryDamaged, match="restore that file from a backup, or move the folder away and add"):
        open_at(tmp_path / "library")


def test_ledger_that_lost_less_than_a_page_is_found_out(library: Library, tmp_path: Path) -> None:
    """SQLite reads the rest as zeros: opening tells only if it needs that page, else the check does."""
    library.close()
    path = tmp_path / "library" / LEDGER
    path.write_bytes(path.read_bytes()[:-4_095])
    try:
        with open_at(tmp_path / "library") as again:
            (finding,) = (finding for finding in again.check() if finding.part == "ledger")
        told = "" if finding.sound else finding.text
    except LibraryDamaged as error:
        told = str(error)
    assert "restore that file from a backup" in told
    assert "\n" not in told


def test_recovery_whose_index_cannot_be_written_builds_it_anew(
    open_library: OpenLibrary, library: Library, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch is left half-way, and Tantivy can't go on from what it left."""
    from qa.errors import IndexUnusable
    from qa.lexical import LexicalIndex

    (articles / "bakery.txt").write_text(BAKERY.replace("1911", "1912"))
    with monkeypatch.context() as patch:
        patch.setattr(type(library._store.ledger), "publish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            library.add(articles)
    library.close()
    update, failures = LexicalIndex.update, [IndexUnusable("a file is in the way")]

    def update_at_last(self: LexicalIndex, *arguments: object, **options: object) -> None:
        if failures:
            raise failures.pop()
        update(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(LexicalIndex, "update", update_at_last)
    again = open_library()
    assert not failures
    assert any("1912" in article.text for article in again.articles())
    assert all(finding.sound for finding in again.check())
