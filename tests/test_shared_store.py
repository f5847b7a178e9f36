"""A library on PostgreSQL that several machines share: copies follow, writers take turns, nothing is half there.

Each "machine" is a library of its own on the same database, with its own folder of copies.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import psycopg
import pytest
from filelock import FileLock

import qa.ingest
from qa.errors import LibraryBusy, LibraryMissing, LibraryReadOnly, LibraryUnreachable, ModelMismatch, SettingInvalid
from qa.ledger import Ledger
from qa.library import Library
from qa.settings import Settings
from qa.shared_store import SharedStore
from qa.store import LOCK
from qa.types import Ingested, Upload
from tests.conftest import BAKERY, FERRY, ROOT, OpenLibrary
from tests.fakes import WordEmbedder
from tests.postgres import FAST, PostgresServer, running_postgres

MILL = (
    "The old paper mill of Tarn Hollow will reopen as a museum next spring, the council decided. "
    "Volunteers have restored its water wheel over nine years of weekends."
)

Machine = Callable[..., Library]


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.create_library()


@pytest.fixture
def machine(url: str, open_library: OpenLibrary, tmp_path: Path) -> Machine:
    """Opens the library as a machine of that name does."""

    def open_on(name: str, url: str = url, **options: object) -> Library:
        settings = Settings(strictness=0, copies=str(tmp_path / name))
        return open_library(cast(Path, url), settings=settings, **options)

    return open_on


def store_of(library: Library) -> SharedStore:
    assert isinstance(library._store, SharedStore)
    return library._store


def stop_following(library: Library) -> SharedStore:
    """From now on its copy stays as it is, until `follow` is called."""
    store = store_of(library)
    assert store._follower is not None
    store._follower.close()
    store._follower = None
    return store


def texts(library: Library, question: str = "ferry bakery mill bread island museum") -> list[str]:
    return sorted(hit.passage.text for hit in library.search(question, k=50, rerank=False))


def knows(library: Library, word: str) -> bool:
    """Whether the word is in its copy, be it of a passage that is taken out: those keep their words."""
    return int(store_of(library).lexical._index.searcher().doc_freq("text", word)) > 0


def await_true(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# Following


def test_what_one_machine_adds_another_finds_at_once(machine: Machine) -> None:
    writer, reader = machine("a"), machine("b")
    assert texts(reader) == []
    writer.add([Upload("mill.txt", MILL.encode())])
    await_true(lambda: store_of(reader).reached() == 1, seconds=3)  # told of it: it looks by itself after five
    answer = reader.ask("When will the paper mill reopen as a museum?")
    assert (answer.provenance.revision, "paper mill" in answer.text) == (1, True)
    assert all(finding.sound for finding in [*reader.check(), *writer.check()])


def test_a_machine_that_is_behind_answers_at_the_revision_that_it_has(machine: Machine) -> None:
    writer, reader = machine("a"), machine("b")
    writer.add([Upload("ferry.txt", FERRY.encode())])
    await_true(lambda: store_of(reader).reached() == 1)
    store = stop_following(reader)
    writer.add([Upload("ferry.txt", FERRY.replace("140", "151").encode()), Upload("mill.txt", MILL.encode())])
    behind = reader.ask("How many people were aboard the ferry Aurelia?")
    assert behind.provenance.revision == 1
    assert "140 people" in behind.text
    assert "1 revisions behind" in reader.check()[-2].text
    store.follow()
    assert "151 people" in reader.ask("How many people were aboard the ferry Aurelia?").text
    assert len(texts(reader)) == 2


@pytest.mark.parametrize("lost", ["lexical", "vectors", "copy.json"])
def test_lost_copy_is_built_again_without_embedding(machine: Machine, tmp_path: Path, lost: str) -> None:
    with machine("a") as library:
        library.add([Upload("mill.txt", MILL.encode())])
        before = texts(library)
    (path,) = (tmp_path / "a").glob(f"*/{lost}*")
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    again = machine("a")
    assert texts(again) == before != []
    assert all(finding.sound for finding in again.check())
    assert again._model.current().embedded == 0  # type: ignore[attr-defined]


def test_a_copy_that_another_process_is_building_is_not_taken_for_broken(
    machine: Machine, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.shared_store.PATIENCE", 0.1)
    machine("a").add([Upload("mill.txt", MILL.encode())])
    (folder,) = (path.name for path in (tmp_path / "a").iterdir())
    (tmp_path / "b" / folder).mkdir(parents=True)
    with FileLock(tmp_path / "b" / folder / LOCK):
        with pytest.raises(LibraryBusy, match=r"is building this machine's copy .* QA_COPIES"):
            machine("b")
        assert texts(machine("a")) == [MILL]


def test_copy_lost_under_an_open_library_is_built_again(machine: Machine, tmp_path: Path) -> None:
    library = machine("a")
    library.add([Upload("mill.txt", MILL.encode())])
    for path in (tmp_path / "a").glob("*/*-*"):
        shutil.rmtree(path)
    library.add([Upload("ferry.txt", FERRY.encode())])
    assert len(texts(library)) == 2
    assert all(finding.sound for finding in library.check())


def test_the_dead_leave_every_copy_and_none_comes_back(machine: Machine) -> None:
    writer, reader = machine("a"), machine("b")
    writer.add([Upload("ferry.txt", FERRY.encode()), Upload("mill.txt", MILL.encode())])
    writer.remove(next(article.id for article in writer.articles() if "Aurelia" in article.text))
    for store in (store_of(writer), store_of(reader)):
        store.follow()
        store.sweep()
        assert (store.lexical.count(), store.vectors.count()) == (1, 1)
    assert texts(reader) == texts(writer)
    assert all(finding.sound for finding in [*reader.check(), *writer.check()])


def test_copy_that_slept_while_the_dead_were_forgotten_is_built_anew(machine: Machine) -> None:
    """Else it would keep passages of which the ledger knows nothing any more."""
    writer, sleeper = machine("a"), machine("b")
    writer.add([Upload("ferry.txt", FERRY.encode()), Upload("mill.txt", MILL.encode())])
    await_true(lambda: store_of(sleeper).reached() == 1)
    store = stop_following(sleeper)
    writer.remove(next(article.id for article in writer.articles() if "Aurelia" in article.text))
    store_of(writer).sweep()
    number = store._open
    store.follow()
    assert (store.lexical.count(), store.vectors.count(), store._open != number) == (1, 1, True)


def test_purge_leaves_no_word_in_any_copy(machine: Machine) -> None:
    writer, reader = machine("a"), machine("b")
    secret = FERRY.replace("Aurelia", "Xylophonia")
    writer.add([Upload("secret.txt", secret.encode()), Upload("mill.txt", MILL.encode())])
    await_true(lambda: store_of(reader).reached() == 1)
    id = next(article.id for article in writer.articles() if "Xylophonia" in article.text)
    writer.remove(id)
    assert knows(writer, "xylophonia")
    writer.remove(id, purge=True)
    await_true(lambda: not knows(reader, "xylophonia"))
    assert not knows(writer, "xylophonia")
    assert len(texts(reader)) == 1


def test_model_that_another_machine_changed_is_taken_over(machine: Machine) -> None:
    writer, reader = machine("a"), machine("b")
    for library in (writer, reader):
        library._model._load = lambda settings: WordEmbedder(settings.embedder)
    writer.add([Upload("mill.txt", MILL.encode())])
    await_true(lambda: store_of(reader).reached() == 1)
    writer.reembed("other")
    store_of(reader).follow()
    assert texts(reader) == texts(writer) != []
    assert (reader._model.current().name, store_of(reader).vectors.model) == ("other", writer._model.current().key)
    assert all(finding.sound for finding in reader.check())


def test_adding_with_a_model_that_was_changed_meanwhile_is_refused(machine: Machine) -> None:
    one, two = machine("a"), machine("b")
    one.add([Upload("ferry.txt", FERRY.encode())])

    def change(*_: object) -> None:
        two._model._load = lambda settings: WordEmbedder(settings.embedder)
        two.reembed("other")

    embeddings = one._store.ledger.embeddings
    put = embeddings.put
    embeddings.put = lambda *arguments: (put(*arguments), change())  # type: ignore[method-assign, assignment, return-value]
    with pytest.raises(ModelMismatch, match="run the same command again"):
        one.add([Upload("mill.txt", MILL.encode())])
    assert len(two.articles()) == 1


# Writing


def run_at_once(*calls: Callable[[], object]) -> None:
    failures: list[BaseException] = []

    def run(call: Callable[[], object]) -> None:
        try:
            call()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_several_write_at_once(machine: Machine) -> None:
    """Each its own articles, and all of one wire story: everything is there, copies are known as such."""
    libraries = [machine(name) for name in "abc"]
    story = "\n\n".join(FERRY for _ in range(2))

    def add(number: int) -> None:
        for turn in range(4):
            text = f"{story}\n\nThe editor of paper {number} adds remark {turn} on the ferry."
            libraries[number].add([Upload(f"paper{number}-{turn}.txt", text.encode())])

    run_at_once(*(lambda number=number: add(number) for number in range(3)))  # type: ignore[misc]
    ledger = libraries[0]._store.ledger
    assert (ledger.revision(), len(libraries[0].articles())) == (12, 12)
    assert ledger.count_passages(12) == sum(libraries[0].count_passages().values())
    for library in libraries:
        store_of(library).follow()
        assert all(finding.sound for finding in library.check()), library.check()
    (hit, *_) = libraries[2].search("ferry ran aground off Brannock Island", k=1, rerank=False)
    assert len(hit.copies) == 11


def test_two_writers_on_the_same_article_leave_one_version_living(machine: Machine) -> None:
    """And every version that was told of as stored is in the library's memory, each replaced by the next."""
    libraries = [machine(name) for name in "ab"]
    stored: list[str] = []

    def add(number: int) -> None:
        for turn in range(6):
            text = FERRY.replace("140 people", f"{100 + 10 * turn + number} people")
            report = libraries[number].add([Upload("ferry.txt", text.encode())])
            stored.extend(str(entry.article_id) for entry in report.entries)

    run_at_once(lambda: add(0), lambda: add(1))
    (living,) = libraries[0].articles()
    ledger = libraries[0]._store.ledger
    versions = [ledger.article(id) for id in ledger.versions(living.source)]
    assert {version.id for version in versions if version} == set(stored)
    assert len(set(stored)) == 12
    assert len({version.supersedes for version in versions if version}) == 12  # a chain from the first one on
    assert all(finding.sound for library in libraries for finding in library.check())


def test_the_same_article_added_by_two_is_stored_once(machine: Machine) -> None:
    libraries = [machine(name) for name in "ab"]
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def add(library: Library) -> None:
        library.warm()
        barrier.wait()
        outcomes.extend(entry.outcome for entry in library.add([Upload("mill.txt", MILL.encode())]).entries)

    run_at_once(*(lambda library=library: add(library) for library in libraries))  # type: ignore[misc]
    assert sorted(outcomes) == ["added", "unchanged"]
    assert len(libraries[0].articles()) == 1


def test_an_article_that_another_adds_before_its_turn_is_stored_once(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was compared with the library before, together with others of which one is published in between."""
    monkeypatch.setattr(qa.ingest, "BATCH_PASSAGES", 1)
    first, other = machine("a"), machine("b")
    uploads = [Upload(f"{name}.txt", text.encode()) for name, text in zip("abc", (FERRY, BAKERY, MILL), strict=True)]

    def add_last(entry: Ingested) -> None:
        if entry.source == "upload:a.txt":
            other.add(uploads[2:])

    report = first.add(uploads, tell=add_last)
    assert [entry.outcome for entry in report.entries] == ["added", "added", "unchanged"]
    assert len(first.articles()) == 3


def test_a_turn_that_was_lost_publishes_nothing(machine: Machine, url: str) -> None:
    """The connection that holds it breaks, another publishes: the batch is refused, not put on a wrong ground."""
    one, two = machine("a"), machine("b")
    one.add([Upload("ferry.txt", FERRY.encode())])
    store = store_of(one)
    with store.turn():
        before = store.newest()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
            )
        two.add([Upload("mill.txt", MILL.encode())])
        with pytest.raises(LibraryBusy, match="changed the library meanwhile"):
            store.ledger.append([], [one.articles()[0].id], before)
    assert len(one.articles()) == 2


STEPS = ["vectors are stored", "the ledger takes all", "the words follow", "the vectors follow"]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_next_start_after_a_kill_is_clean(
    machine: Machine, url: str, articles: Path, tmp_path: Path, step: str, moment: str
) -> None:
    with machine("a") as library:
        library.add(articles)
        before = {article.text for article in library.articles()}
    (articles / "ferry.txt").write_text(FERRY.replace("140", "151"))
    (articles / "mill.txt").write_text(MILL)
    command = [sys.executable, str(ROOT / "tests" / "kill_while_adding.py"), url, "add", str(articles), step, moment]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QA_COPIES": str(tmp_path / "a")}
    assert subprocess.run(command, env=environment, capture_output=True, timeout=60).returncode == -9
    again = machine("a")
    found = {article.text for article in again.articles()}
    stored = (step, moment) not in [*((STEPS[0], when) for when in ("before", "after")), (STEPS[1], "before")]
    assert (found == {FERRY.replace("140", "151"), BAKERY, MILL}) if stored else (found == before)
    assert all(finding.sound for finding in again.check()), again.check()
    again.add(articles)
    assert len(again.articles()) == 3


class Killed(BaseException):
    """Stands for a kill between two steps: nothing catches it."""


@contextmanager
def killed_after_step(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Indexes are brought forward by one revision, and the next is never begun."""

    def one_step(ledger: Ledger, after: int, upto: int, size: int) -> Iterator[int]:
        yield next(steps(ledger, after, upto, 1))
        raise Killed

    steps = Ledger.steps
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "steps", one_step)
        with pytest.raises(Killed):
            yield


def test_a_kill_while_a_copy_catches_up_loses_one_step(
    machine: Machine, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, behind = machine("a"), machine("b")
    store = stop_following(behind)
    stop_following(one)
    for path in sorted(articles.iterdir()):
        one.add([path])
    with killed_after_step(monkeypatch):
        store.follow()
    assert (store.lexical.revision(), store.vectors.revision()) == (1, 1)
    assert behind.search("bakery bread", rerank=False)
    store.follow()
    assert texts(behind) == texts(one)


@pytest.mark.parametrize("purged", [False, True])
def test_a_kill_while_a_copy_is_built_loses_one_step(
    machine: Machine, articles: Path, monkeypatch: pytest.MonkeyPatch, purged: bool
) -> None:
    """What was begun is gone on with, unless words of it were purged meanwhile."""
    one = machine("a")
    stop_following(one)
    for path in sorted(articles.iterdir()):
        one.add([path])
    with killed_after_step(monkeypatch):
        machine("b")
    if purged:
        one.remove(one.articles()[0].id, purge=True)
    asked = []
    rows_born = Ledger.rows_born
    monkeypatch.setattr(
        Ledger, "rows_born", lambda ledger, after, upto: asked.append(after) or rows_born(ledger, after, upto)
    )
    again = machine("b")
    assert asked[0] == (-1 if purged else 1)
    assert texts(again) == texts(one)
    assert not (purged and knows(again, "bakeri"))
    assert all(finding.sound for finding in again.check()), again.check()


# The server


def test_library_goes_on_after_the_server_was_restarted(tmp_path: Path, open_library: OpenLibrary) -> None:
    """While it is away questions are told so at once; afterwards nothing need be opened again."""
    place = Path("/var/tmp") / f"qa-test-{os.getpid()}"
    place.mkdir(mode=0o755)
    try:
        with running_postgres(place / "postgres", FAST) as server:
            library = open_library(
                cast(Path, server.create_library()), settings=Settings(strictness=0, copies=str(tmp_path / "copies"))
            )
            library.add([Upload("mill.txt", MILL.encode())])
            server.stop()
            with pytest.raises(LibraryUnreachable, match=r"can't be reached .* what was stored is kept") as failed:
                library.ask("When will the mill reopen?")
            assert "127.0.0.1" not in str(failed.value)  # which the page shows to visitors
            assert "postgresql://qa@127.0.0.1" in failed.value.__notes__[0]
            with pytest.raises(LibraryUnreachable):
                library.add([Upload("ferry.txt", FERRY.encode())])
            server.start()
            assert "paper mill" in library.ask("When will the paper mill reopen as a museum?").text
            library.add([Upload("ferry.txt", FERRY.encode())])
            assert len(texts(library)) == 2
            library.close()
    finally:
        shutil.rmtree(place)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda url: url.replace("/postgres?", "/nowhere?"), "there is no database .*createdb"),
        (lambda url: url, "no library in .*qa add --library 'postgresql://"),
        (lambda url: url.replace("127.0.0.1", "qa:secret@127.0.0.1").replace("qa@qa", "qa"), "no library in"),
    ],
)
def test_library_that_is_not_there_says_so(url: str, spoil: Callable[[str], str], said: str) -> None:
    """Nothing is made in a database that was only read, and no password is shown."""
    with pytest.raises(LibraryMissing, match=said) as failed:
        Library.open(spoil(url), create=False)
    assert "secret" not in str(failed.value)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()").fetchone() == (
            0,
        )


@pytest.mark.parametrize(
    "text",
    [
        "mysql://qa:secret@127.0.0.1/articles",
        "postgresql+psycopg2://qa:secret@127.0.0.1/articles",
        "postgresql://qa:secret@127.0.0.1:port/articles",
        "postgresql://qa:secret@127.0.0.1/articles?sslmod=require",
    ],
)
def test_what_is_no_url_of_ours_is_told_and_not_shown(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does a folder get its name."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingInvalid) as failed:
        Library.open(text)
    assert "secret" not in str(failed.value)
    assert not list(tmp_path.iterdir())


def test_schema_that_is_not_there_is_told(url: str) -> None:
    with pytest.raises(LibraryMissing, match="make it with: CREATE SCHEMA"):
        Library.open(url.replace("search_path%3D", "search_path%3Dno_"))


def test_a_library_of_an_older_schema_is_migrated_by_who_opens_it(machine: Machine, url: str) -> None:
    with machine("a") as library:
        library.add([Upload("mill.txt", MILL.encode())])
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER TABLE revisions DROP COLUMN passages")
        connection.execute("UPDATE alembic_version SET version_num = '0005'")
    libraries: list[Library] = []
    run_at_once(*(lambda name=name: libraries.append(machine(name)) for name in "ab"))  # type: ignore[misc]
    libraries[0].add([Upload("ferry.txt", FERRY.encode())])
    assert len(texts(libraries[0])) == 2
    assert all(finding.sound for library in libraries for finding in library.check())


def test_database_of_something_else_is_left_alone(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE articles (id int)")
    with pytest.raises(LibraryMissing, match=r"tables of something else \(articles\)"):
        Library.open(url)


def test_a_library_that_may_not_be_written_says_so(url: str, machine: Machine) -> None:
    """It can be asked."""
    machine("a").add([Upload("mill.txt", MILL.encode())])
    reader = machine("b", url=f"{url}%20-cdefault_transaction_read_only%3Don")
    assert "paper mill" in reader.ask("When will the paper mill reopen as a museum?").text
    with pytest.raises(LibraryReadOnly, match="let it own the database"):
        reader.remove(reader.articles()[0].id)


def test_dead_passages_are_forgotten_after_a_month(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """They cost little, and until then a copy that slept can follow."""
    library = machine("a")
    library.add([Upload("ferry.txt", FERRY.encode())])
    library.remove(library.articles()[0].id)
    ledger = library._store.ledger
    library.add([Upload("mill.txt", MILL.encode())])
    assert (ledger.count_indexed(), ledger.forgotten()) == (2, 0)
    monkeypatch.setattr("qa.shared_store.KEPT", timedelta(0))
    library.add([Upload("bakery.txt", BAKERY.encode())])
    assert ledger.count_indexed() == 2
    assert ledger.newest_before(datetime.now(UTC)) == 4
