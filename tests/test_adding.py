"""Adding that is watched: row by row as the files are stored, and to its end, whatever becomes of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from qa import ingest
from qa.errors import LibraryBusy
from qa.library import Library
from qa.models import Vectors
from qa.types import Ingested, Upload
from tests.conftest import BAKERY, FERRY, OpenLibrary
from tests.fakes import WordEmbedder
from tests.pages import Page, assert_harmless
from ui import adding, tables
from ui.adding import add_watched

pytestmark = pytest.mark.both

FILES = [Upload("a.txt", FERRY.encode()), Upload("<b>.txt", BAKERY.encode())]
LOST = Ingested("upload:c.mov", "skipped", reason="did not arrive", remedy="add it again")


class HeldEmbedder(WordEmbedder):
    """Embeds one batch each time it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = threading.Semaphore(0)

    def embed(self, texts: Sequence[str]) -> Vectors:
        assert self.let.acquire(timeout=30)
        return super().embed(texts)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> HeldEmbedder:
    monkeypatch.setattr(ingest, "BATCH_PASSAGES", 1)
    monkeypatch.setattr(adding, "PAUSE", 0.01)
    return HeldEmbedder()


def wait_for(words: str, shown: Iterator[str]) -> str:
    """The first of what is shown that says so."""
    return next(html for html in shown if words in html)


def test_a_row_comes_with_each_file_that_is_stored(open_library: OpenLibrary, held: HeldEmbedder):
    """Of three files one didn't come; the end is the report that `add` gives."""
    library = open_library(load=lambda _: held)
    shown = add_watched(library, FILES, [LOST])
    first = next(shown)
    assert "1 of 3 files done" in first
    assert "a.txt" not in first
    held.let.release()
    second = wait_for("2 of 3 files done", shown)
    assert 'max="3" value="2"' in second
    assert "a.txt" in second
    assert "b&gt;.txt" not in second
    assert_harmless(second)
    assert [article.source for article in library.articles()] == ["upload:a.txt"]
    held.let.release()
    *_, end = shown
    assert "3 of 3" not in end
    assert Page(end).text.startswith("2 added, 1 skipped")
    assert "<b>.txtAdded" in Page(end).text


def test_who_leaves_does_not_end_what_was_begun(open_library: OpenLibrary, held: HeldEmbedder):
    library = open_library(load=lambda _: held)
    shown = add_watched(library, FILES, [])
    next(shown)
    shown.close()  # type: ignore[attr-defined]
    assert library.articles() == []  # closing waited for nothing: the server's loop does it
    held.let.release(2)
    *_, end = add_watched(library, [Upload("c.txt", b"")], [])  # this waits for it
    assert Page(end).text
    assert len(library.articles()) == 2


def test_of_an_archive_nobody_knows_how_many_it_holds():
    shown = tables.render_adding((LOST,), None)
    assert "1 article done so far" in shown
    assert "value=" not in shown


@pytest.mark.parametrize(
    ("error", "told"),
    [(LibraryBusy("another process writes to it; try again"), "another process writes"), (ValueError("x"), "log says")],
)
def test_a_failure_is_told(library: Library, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str):
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(library, "add", fail)
    *_, end = add_watched(library, FILES, [])
    assert told in end
    assert "problem" in end
