"""The store: after any kill the next start is clean; a lost index is built again; readers see whole revisions."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

import pytest
from filelock import FileLock

from qa.errors import LibraryBusy, LibraryMissing, LibraryReadOnly, QAError
from qa.library import Library
from qa.store import LEXICAL, LOCK, Store
from qa.vector_places import VECTORS
from tests.conftest import BAKERY, FERRY, ROOT, OpenLibrary
from tests.fakes import WordEmbedder
from tests.kill_while_adding import STEPS

NEW_FERRY = FERRY.replace("140 people", "151 people")
MILL = (
    "The old paper mill of Tarn Hollow will reopen as a museum next spring, the council decided. "
    "Volunteers have restored its water wheel over nine years of weekends."
)


def kill_during(verb: str, what: Path | str, folder: Path, step: str, moment: str) -> None:
    script = ROOT / "tests" / "kill_while_adding.py"
    command = [sys.executable, str(script), str(folder), verb, str(what), step, moment]
    run = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=60)
    assert run.returncode == -9, run.stderr.decode()


def answers(library: Library) -> set[str]:
    """The texts of all passages that any question could find."""
    return {hit.passage.text for hit in library.search("the of people bread mill ferry", k=50, rerank=False)}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", [step for step in STEPS if step != "the ledger takes all"])
def test_next_start_after_a_kill_is_clean(
    open_library: OpenLibrary, articles: Path, tmp_path: Path, step: str, moment: str
) -> None:
    """One article changed and one new: the library holds both changes or neither, and then takes them."""
    with open_library() as library:
        library.add(articles)
        before = {article.text for article in library.articles()}
    (articles / "ferry.txt").write_text(NEW_FERRY)
    (articles / "mill.txt").write_text(MILL)
    kill_during("add", articles, tmp_path / "library", step, moment)

    library = open_library()
    found = {article.text for article in library.articles()}
    assert found in (before, {NEW_FERRY, BAKERY, MILL})
    if step == "the dead are forgotten" or (step, moment) == ("the ledger publishes", "after"):
        assert found != before, "an acknowledged batch was lost"
    assert all(finding.sound for finding in library.check()), library.check()
    assert all(any(text in article for article in found) for text in answers(library))
    library.add(articles)
    assert {article.text for article in library.articles()} == {NEW_FERRY, BAKERY, MILL}
    assert all(finding.sound for finding in library.check()), library.check()
    assert sum("ferry Aurelia" in text for text in answers(library)) == 1


def test_embeddings_stored_before_a_kill_are_not_made_again(
    open_library: OpenLibrary, articles: Path, tmp_path: Path
) -> None:
    open_library().close()
    kill_during("add", articles, tmp_path / "library", "the ledger is written", "before")
    library = open_library()
    library.add(articles)
    model = library._model.current()
    assert model.embedded == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("index", [LEXICAL, VECTORS])
@pytest.mark.parametrize("damage", ["deleted", "emptied", "garbage"])
def test_lost_or_damaged_index_is_built_again(
    open_library: OpenLibrary, library: Library, tmp_path: Path, index: str, damage: str
) -> None:
    """Without one new embedding, and with the same answers."""
    before = library.search("Who owns the bakery?", rerank=False)
    library.close()
    (folder,) = (tmp_path / "library").glob(f"{index}-*")
    if damage == "deleted":
        shutil.rmtree(folder)
    for path in folder.rglob("*") if folder.exists() else ():
        if path.is_file():
            path.write_bytes(b"" if damage == "emptied" else b"\xff\x00garbage" * 100)
    again = open_library()
    assert again.search("Who owns the bakery?", rerank=False) == before
    assert all(finding.sound for finding in again.check())
    assert again._model.current().embedded == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("index", [LEXICAL, VECTORS])
def test_index_lost_under_an_open_library_is_built_again(
    library: Library, articles: Path, tmp_path: Path, index: str
) -> None:
    """The page is open, somebody deletes a folder, somebody uploads an article."""
    library.ask("Who owns the bakery?")
    shutil.rmtree(next((tmp_path / "library").glob(f"{index}-*")))
    (articles / "mill.txt").write_text(MILL)
    library.add(articles)
    assert "paper mill" in library.ask("When will the paper mill reopen as a museum?").text
    assert all(finding.sound for finding in library.check())


def test_interrupted_swap_of_indexes_is_repaired(open_library: OpenLibrary, library: Library, tmp_path: Path) -> None:
    """A kill between removing the old folder and renaming the new one."""
    library.close()
    next((tmp_path / "library").glob("vectors-*")).rename(tmp_path / "library" / "vectors-99")
    assert all(finding.sound for finding in open_library().check())


def test_index_that_misses_passages_is_noticed(open_library: OpenLibrary, library: Library) -> None:
    store: Store = library._store
    revision = store.ledger.revision()
    store.lexical.update((), [1], revision)
    store.vectors.update((), [1], revision, "")
    assert [finding.part for finding in library.check() if not finding.sound] == ["words", "vectors", "chroma"]
    library.rebuild()
    assert all(finding.sound for finding in library.check())


def test_second_writer_is_told_so(library: Library, tmp_path: Path, articles: Path) -> None:
    """Another process holds the lock; asking still works."""
    (articles / "mill.txt").write_text(MILL)
    with FileLock(tmp_path / "library" / LOCK), pytest.raises(LibraryBusy, match="another process is writing"):
        library.add(articles)
    assert len(library.articles()) == 2
    assert library.ask("Who owns the bakery?").citations


def test_reader_sees_what_another_process_publishes(
    open_library: OpenLibrary, library: Library, tmp_path: Path
) -> None:
    """A reader that is already open answers from the new revision at its next question."""
    library.ask("Who owns the bakery?")
    (tmp_path / "mill.txt").write_text(MILL)
    run_elsewhere(tmp_path / "library", f"add({str(tmp_path / 'mill.txt')!r})")
    answer = library.ask("When will the paper mill reopen as a museum?")
    assert answer.provenance.revision == 2
    assert "paper mill" in answer.text
    assert any("paper mill" in hit.passage.text for hit in library.search("mill", rerank=False))


def test_dead_passages_are_swept_and_never_seen(library: Library, articles: Path) -> None:
    (articles / "ferry.txt").write_text(NEW_FERRY)
    library.add(articles)
    assert not any("140 people" in text for text in answers(library))
    store: Store = library._store
    assert store.lexical.count() > store.ledger.count_passages(2)  # within the grace period the dead are still there
    said = [finding.text for finding in library.check() if finding.part in ("words", "vectors", "chroma")]
    assert ["of them removed" in text for text in said] == [True] * 3, said
    store.sweep()
    assert not any("removed" in finding.text for finding in library.check())
    assert store.lexical.count() == store.vectors.count() == store.ledger.count_passages(2)
    assert all(finding.sound for finding in library.check())


@contextmanager
def asking(library: Library, threads: int = 4) -> Iterator[None]:
    """Asks from several threads for as long as the block runs; an error or a quotation that doesn't hold fails."""
    failures: list[BaseException] = []
    done = threading.Event()

    def ask() -> None:
        try:
            while not done.is_set():
                answer = library.ask("How many people were aboard the ferry Aurelia?")
                assert answer.citations
                for quotation in (citation.quotation for citation in answer.citations):
                    text = library.article(quotation.article_id).text
                    assert text[quotation.start : quotation.end] == quotation.text
        except BaseException as error:
            failures.append(error)

    running = [threading.Thread(target=ask) for _ in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in running:
            thread.join()
    assert failures == []


def test_articles_change_while_many_ask(library: Library, articles: Path) -> None:
    """Every quotation is one of a version that was published."""
    with asking(library):
        for number in range(10):
            (articles / "ferry.txt").write_text(FERRY.replace("140", str(150 + number)))
            library.add(articles)


def test_indexes_are_rebuilt_while_many_ask(library: Library) -> None:
    """A search waits for the swap, it doesn't fall into it."""
    with asking(library):
        for _ in range(5):
            library.rebuild()


ELSEWHERE = (
    "import sys; from qa.library import Library; from qa.settings import Settings\n"
    "from tests.fakes import WordEmbedder\n"
    "with Library.open(sys.argv[1], settings=Settings(), load=lambda _: WordEmbedder({name!r})) as library:\n"
    "    library.{call}\n"
)


def run_elsewhere(folder: Path, call: str, name: str = "words") -> None:
    """Does something to the library in another process."""
    command = [sys.executable, "-c", ELSEWHERE.format(call=call, name=name), str(folder)]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, timeout=60)


def test_library_that_another_process_rebuilt_goes_on(library: Library, articles: Path, tmp_path: Path) -> None:
    """It asks, adds and removes as before; only one generation of indexes is left."""
    run_elsewhere(tmp_path / "library", "rebuild()")
    (articles / "mill.txt").write_text(MILL)
    library.add(articles)
    assert "paper mill" in library.ask("When will the paper mill reopen as a museum?").text
    run_elsewhere(tmp_path / "library", "rebuild()")
    library.remove(library.articles()[0].id)
    assert all(finding.sound for finding in library.check())
    assert len([path for path in (tmp_path / "library").iterdir() if path.is_dir()]) == 2


def test_model_that_another_process_changed_is_taken_over(library: Library, tmp_path: Path) -> None:
    library._model._load = lambda settings: WordEmbedder(settings.embedder)
    before = library.search("Who owns the bakery?", rerank=False)
    run_elsewhere(tmp_path / "library", "reembed('other')", name="other")
    assert library.search("Who owns the bakery?", rerank=False) == before
    assert library._model.current().name == "other"


def test_many_ask_while_the_model_changes(library: Library) -> None:
    library._model._load = lambda settings: WordEmbedder(settings.embedder)
    with asking(library):
        for name in ("one", "two", "one"):
            library.reembed(name)


def test_two_libraries_on_one_folder(open_library: OpenLibrary, library: Library, articles: Path) -> None:
    """In one process, where Chroma shares what it knows of a folder."""
    other = open_library()
    other.rebuild()
    (articles / "mill.txt").write_text(MILL)
    library.add(articles)
    assert "paper mill" in other.ask("When will the paper mill reopen as a museum?").text
    other.close()
    assert "paper mill" in library.ask("When will the paper mill reopen as a museum?").text


def test_article_purged_during_a_question_is_not_quoted(library: Library) -> None:
    for stages in (1, 2):
        (victim, *_) = library.articles()
        events = library.stream("Who was aboard the ferry or owns the bakery?")
        for _ in range(stages):
            next(events)
        library.remove(victim.id, purge=True)
        *_, last = events
        assert last.answer is not None


def test_several_processes_may_make_a_library_at_once(tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from qa.store import Store; Store.open(Path(sys.argv[1])).close()"
    command = [sys.executable, "-c", script, str(tmp_path / "library")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [(process.communicate(timeout=60)[1], process.returncode) for process in started] == [("", 0)] * 4


def test_missing_library_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(LibraryMissing, match=r"qa add --library .* PATH"):
        Store.open(tmp_path / "none", create=False)


@pytest.mark.parametrize("name", ["what?x", "per%41cent", "with space", "ünïcode", "a;b#c"])
def test_any_folder_name_will_do(tmp_path: Path, name: str) -> None:
    """Names that mean something in a URL; everything lies in the folder, nothing beside it."""
    Store.open(tmp_path / name).close()
    assert (tmp_path / name / "ledger.sqlite").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_ledger_damaged_behind_its_beginning_says_so(library: Library, tmp_path: Path) -> None:
    library.close()
    path = tmp_path / "library" / "ledger.sqlite"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(QAError, match="restore that file"):
        Library.open(tmp_path / "library").articles()


def test_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryReadOnly, match="choose another"):
        Store.open(tmp_path / "file" / "library")


def test_read_only_folder_says_so_and_loses_nothing(library: Library, tmp_path: Path) -> None:
    """As another user when the tests run as root, whom no permission stops."""
    library.close()
    folder = tmp_path / "library"
    folder.chmod(0o555)
    for parent in takewhile(lambda parent: not parent.stat().st_mode & 0o001, (tmp_path, *tmp_path.parents)):
        parent.chmod(0o755)  # the folders of this run, which others can't enter
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from qa.store import Store\n"
        "from qa.errors import LibraryReadOnly\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "try: Store.open(Path(sys.argv[1]))\n"
        "except LibraryReadOnly as error: print(error)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        [sys.executable, "-c", script, str(folder)], env=environment, capture_output=True, text=True, timeout=60
    )
    folder.chmod(0o755)
    assert "can't be written" in run.stdout, run.stderr
    with Library.open(folder, load=lambda _: None) as again:  # type: ignore[arg-type,return-value]
        assert len(again.articles()) == 2
