"""Libraries whose vectors lie on a Chroma server: alone in a folder, or shared through PostgreSQL; the server goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from qa.assistant import BY_WORDS
from qa.library import Library
from qa.server_vectors import ServerVectors
from qa.settings import Settings
from qa.types import Upload
from tests.chroma_server import ChromaRun, running_chroma
from tests.conftest import FERRY, OpenLibrary
from tests.fakes import WordEmbedder
from tests.test_shared_store import MILL, await_true, store_of, texts

pytestmark = pytest.mark.both

FERRY_UPLOAD, MILL_UPLOAD = Upload("ferry.txt", FERRY.encode()), Upload("mill.txt", MILL.encode())
WHEN = "When will the paper mill reopen as a museum?"

Machine = Callable[..., Library]


@pytest.fixture
def settings(chroma: ChromaRun) -> Settings:
    return replace(chroma.settings(), strictness=0, chroma_seconds=1)


@pytest.fixture
def machine(place: str, open_library: OpenLibrary, settings: Settings, tmp_path: Path) -> Machine:
    """Opens the library as a machine of that name does; one in a folder has one machine."""

    def open_on(name: str, on: Settings = settings) -> Library:
        return open_library(cast(Path, place), settings=replace(on, copies=str(tmp_path / name)))

    return open_on


def collections(settings: Settings) -> list[str]:
    return ServerVectors.names(settings, "qa-")


def test_library_does_what_it_does_elsewhere(machine: Machine, settings: Settings) -> None:
    """Adds, replaces, removes, sweeps, changes the model and purges; of its collections one is left."""
    library = machine("a")
    library._model._load = lambda settings: WordEmbedder(settings.embedder)
    library.add([FERRY_UPLOAD, MILL_UPLOAD])
    assert "paper mill" in library.ask(WHEN).text
    assert BY_WORDS not in library.ask(WHEN).notes
    library.add([Upload("ferry.txt", FERRY.replace("140", "151").encode())])
    library._store.sweep()
    library.reembed("other")
    ferry = next(article for article in library.articles() if "151" in article.text)
    library.remove(ferry.id, purge=True)
    assert texts(library) == [MILL]
    assert all(finding.sound for finding in library.check()), library.check()
    assert len(collections(settings)) == 1
    assert library._store.vectors.stored().count == 1


def test_library_is_opened_again_without_embedding(machine: Machine) -> None:
    with machine("a") as library:
        library.add([FERRY_UPLOAD, MILL_UPLOAD])
        before = library.ask(WHEN)
    again = machine("a")
    assert all(finding.sound for finding in again.check()), again.check()
    assert again._model.current().embedded == 0  # type: ignore[attr-defined]
    assert again.ask(WHEN).text == before.text


def test_lost_collection_is_made_again(machine: Machine, settings: Settings) -> None:
    library = machine("a")
    library.add([FERRY_UPLOAD])
    (name,) = collections(settings)
    ServerVectors.delete(settings, name)
    assert "Aurelia" in library.ask("Who was aboard the ferry?").text  # by words at least
    library.add([MILL_UPLOAD])
    await_true(lambda: all(finding.sound for finding in library.check()))
    assert BY_WORDS not in library.ask(WHEN).notes
    assert len(texts(library)) == 2


@pytest.fixture
def own(tmp_path: Path) -> Iterator[ChromaRun]:
    """A server that the test may stop."""
    with running_chroma(tmp_path / "own-chroma") as server:
        yield server


def test_words_answer_alone_while_the_server_is_away(machine: Machine, own: ChromaRun) -> None:
    """Adding goes on too; what was added meanwhile is there when the server is back, with nothing opened again."""
    settings = replace(own.settings(), strictness=0, chroma_seconds=1)
    library = machine("a", settings)
    library.add([FERRY_UPLOAD])
    own.kill()
    answer = library.ask("How many people were aboard the ferry Aurelia?")
    assert "140 people" in answer.text
    assert BY_WORDS in answer.notes
    assert library.degraded()
    assert settings.chroma_url not in str(answer.to_json())
    library.add([MILL_UPLOAD])
    answer = library.ask(WHEN)
    assert ("paper mill" in answer.text, BY_WORDS in answer.notes) == (True, True)
    assert [finding.part for finding in library.check() if not finding.sound] == ["vectors", "chroma"]
    own.start()
    await_true(lambda: BY_WORDS not in library.ask(WHEN).notes, seconds=30)
    await_true(lambda: library._store.vectors.count() == 2)
    assert not library.degraded()
    assert all(finding.sound for finding in library.check()), library.check()


def test_library_is_opened_while_the_server_is_away(machine: Machine, own: ChromaRun) -> None:
    settings = replace(own.settings(), strictness=0, chroma_seconds=1)
    with machine("a", settings) as library:
        library.add([FERRY_UPLOAD])
    own.kill()
    library = machine("a", settings)
    assert "140 people" in library.ask("How many people were aboard the ferry Aurelia?").text
    own.start()
    await_true(lambda: BY_WORDS not in library.ask("Who was aboard the ferry Aurelia?").notes, seconds=30)


def test_the_dead_leave_a_collection_that_was_made_anew(machine: Machine, settings: Settings) -> None:
    """It gets them with the living, since those who are behind may want them; a later sweep takes them out."""
    library = machine("a")
    library.add([FERRY_UPLOAD, MILL_UPLOAD])
    library.remove(next(article.id for article in library.articles() if "mill" in article.text))
    library._store.sweep()
    library.remove(library.articles()[0].id)
    library.add([MILL_UPLOAD])
    (name,) = collections(settings)
    ServerVectors.delete(settings, name)
    library.ask(WHEN)
    await_true(lambda: BY_WORDS not in library.ask(WHEN).notes)
    assert library._store.vectors.stored().count == 2
    library._store.sweep()
    assert library._store.vectors.stored().count == 1
    assert all(finding.sound for finding in library.check()), library.check()


@pytest.mark.postgresql
def test_machines_share_one_collection(machine: Machine, settings: Settings) -> None:
    writer, reader = machine("a"), machine("b")
    writer.add([FERRY_UPLOAD, MILL_UPLOAD])
    await_true(lambda: store_of(reader).reached() == 1)
    assert texts(reader) == texts(writer) != []
    reader.remove(next(article.id for article in reader.articles() if "mill" in article.text), purge=True)
    await_true(lambda: len(collections(settings)) == 1)
    await_true(lambda: BY_WORDS not in writer.ask("Who was aboard the ferry Aurelia?").notes)
    assert texts(writer) == texts(reader) != []
    assert all(finding.sound for finding in [*writer.check(), *reader.check()])
