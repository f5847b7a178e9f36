"""Ledger, vector index and lexical index in one folder, kept in step.

The ledger is the truth. A batch is written there unpublished, then both indexes follow, then the ledger publishes it.
Whatever a kill leaves undone, the next start finishes from the ledger; an index that is lost is built again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from qa.errors import IndexUnusable, LibraryBusy, LibraryDamaged, LibraryMissing, LibraryReadOnly
from qa.ledger import Addition, IndexRow, Ledger
from qa.lexical import LexicalIndex, move_into_place
from qa.types import Filters
from qa.vectors import VectorIndex

LEDGER, LEXICAL, VECTORS, LOCK = "ledger.sqlite", "lexical", "vectors", "write.lock"
MODEL, EMBEDDER = "model", "embedder"  # facts: the key of the vectors in use, and what names their model
PATIENCE = 10  # seconds to wait for another process that makes or repairs the library
GRACE = timedelta(seconds=60)  # dead passages stay indexed so long: no question takes longer to read


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `check`: what was looked at, whether it is sound, and what was seen."""

    part: str
    sound: bool
    text: str


class Store:
    """Owns a library's folder; safe to use from several threads."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self._folder = folder
        self._lock = FileLock(folder / LOCK, thread_local=False)
        self._writing = threading.RLock()  # the file lock tells processes apart, this one threads
        self._refreshing = threading.Lock()
        self.ledger = ledger
        self.lexical: LexicalIndex
        self.vectors: VectorIndex
        self._loaded = False

    @classmethod
    def open(cls, folder: Path, *, create: bool = True) -> Store:
        """The store in that folder, recovered if its last writer was killed; LibraryMissing unless `create`."""
        _prepare_folder(folder, create=create)
        if not (folder / LEDGER).exists():
            with _locked(FileLock(folder / LOCK), folder, PATIENCE):
                Ledger.open(folder / LEDGER).close()
        store = cls(folder, Ledger.open(folder / LEDGER))
        try:
            store._open_indexes()
        except BaseException:
            store.ledger.close()
            raise
        return store

    def close(self) -> None:
        self.vectors.close()
        self.ledger.close()

    # Reading

    def refresh(self) -> int:
        """The newest published revision, with indexes that have reached it, whichever process wrote it."""
        revision = self.ledger.revision()
        if min(self.lexical.revision(), self.vectors.revision()) >= revision:
            return revision
        with self._refreshing:
            self.lexical.reload()
            if self.vectors.revision() < revision:
                self.vectors.reload()
            if min(self.lexical.revision(), self.vectors.revision()) < revision:
                with self.writing():
                    self._recover()
        return revision

    def search_words(self, question: str, k: int, revision: int, filters: Filters | None) -> list[tuple[int, float]]:
        """(passage key, BM25 score), at least k of them seen at that revision if there are so many."""
        return self.lexical.search(question, k + self.ledger.count_unseen(revision), filters)

    def search_vectors(
        self, vector: npt.NDArray[np.float32], k: int, revision: int, filters: Filters | None
    ) -> list[tuple[int, float]]:
        """(passage key, cosine), at least k of them seen at that revision if there are so many."""
        return self.vectors.search(vector, k + self.ledger.count_unseen(revision), filters)

    # Writing

    @contextmanager
    def writing(self, patience: float = 0) -> Iterator[None]:
        """Holds the library for writing; LibraryBusy when another process still does after `patience` seconds."""
        with self._writing, _locked(self._lock, self._folder, patience):
            yield

    def publish(self, additions: Sequence[Addition], dead_ids: Iterable[str] = ()) -> int:
        """Makes the additions and the ends of those articles the newest revision, all at once; their vectors exist."""
        with self.writing():
            self._finish_pending()
            number = self.ledger.write(additions, dead_ids)
            self._sync(number)
            self.ledger.publish(number)
            self.sweep(datetime.now(UTC) - GRACE)
        return number

    def sweep(self, published_before: datetime | None = None) -> None:
        """Takes dead passages out of the indexes and the ledger: all, or those that died before that moment."""
        revision = self.ledger.revision()
        moment = published_before.replace(tzinfo=None) if published_before else None
        dead = self.ledger.dead_keys(revision, moment)
        if dead:
            self.vectors.update((), dead, revision, self._model())
            self.lexical.update((), dead, revision)
            self.ledger.forget_passages(dead)  # last: a kill before it only repeats the deletions

    def purge(self, ids: Sequence[str]) -> None:
        """Ends those articles and deletes every trace; indexes are built anew, since theirs keep deleted words."""
        with self.writing():
            self.publish((), ids)
            self.sweep()
            self.ledger.purge(ids)
            self.rebuild()

    def rebuild(self, model: str | None = None) -> None:
        """Builds both indexes from the ledger beside the old ones and swaps them in; embeds nothing.

        With `model`, the library's vectors are that model's from here on; the ledger must hold them all.
        """
        with self.writing():
            self._finish_ledger()
            revision = self.ledger.revision()
            lexical, vectors = self._new(LEXICAL), self._new(VECTORS)
            LexicalIndex.create(lexical).update(self.ledger.rows_born(-1, revision), (), revision)
            fresh = VectorIndex.create(vectors)
            fresh.update(self._runs(-1, revision, model or self._model()), (), revision, model or self._model())
            fresh.close()
            if model is not None:
                self.ledger.set_fact(MODEL, model)
            self._swap_in(lexical, vectors)

    # Health

    def check(self) -> list[Finding]:
        """Whether ledger and indexes are sound and agree."""
        revision, model = self.refresh(), self._model()
        problems = self.ledger.problems(revision, model)
        count = self.ledger.count_passages(revision)
        text = (
            "; ".join(problems)
            or f"revision {revision}, {len(self.ledger.sources(revision))} articles, {count} passages"
        )
        findings = [Finding("ledger", not problems, text)]
        for name, index in (("words", self.lexical), ("vectors", self.vectors)):
            wrong = self._wrong(index, revision)
            findings.append(Finding(name, not wrong, wrong or f"revision {index.revision()}, {index.count()} passages"))
        return findings

    def _wrong(self, index: LexicalIndex | VectorIndex, revision: int) -> str:
        """Why an index can't serve that revision, or nothing."""
        if index.revision() < revision:
            return f"at revision {index.revision()}, the ledger at {revision}; run: qa rebuild"
        if isinstance(index, VectorIndex) and index.model != self._model():
            return f"holds vectors of {index.model}, the library uses {self._model()}; run: qa rebuild"
        # Passages that died lately may or may not be there still.
        least, most, count = (
            self.ledger.count_passages(revision),
            self.ledger.count_indexed(index.revision()),
            index.count(),
        )
        if not least <= count <= most:
            return f"holds {count} passages, the ledger {least}; run: qa rebuild"
        return ""

    # Recovery

    def _open_indexes(self) -> None:
        """Loads the indexes; repairs what a killed writer left, unless its successor is at it already."""
        try:
            self._load_indexes()
        except IndexUnusable as error:
            with self.writing(patience=PATIENCE):
                self._recover_from(error)
            return
        if self.ledger.pending() is not None or self._faults():
            try:
                with self.writing():
                    self._recover()
            except LibraryBusy:
                # Its writer is alive: what is published can be read meanwhile, if the indexes have it.
                if self._faults():
                    raise

    def _load_indexes(self) -> None:
        self.lexical = LexicalIndex.open(self._folder / LEXICAL)
        self.vectors = VectorIndex.open(self._folder / VECTORS)
        self._loaded = True

    def _faults(self) -> bool:
        revision = self.ledger.revision()
        return bool(self._wrong(self.lexical, revision) or self._wrong(self.vectors, revision))

    def _recover_from(self, error: IndexUnusable) -> None:
        """Builds the indexes anew, unless another process has just done so."""
        try:
            self._load_indexes()
            self._recover()
        except IndexUnusable:
            self.rebuild()
            if self._faults():
                raise LibraryDamaged(f"the indexes can't be built again: {error}") from error

    def _recover(self) -> None:
        """Finishes what a killed writer left; builds indexes anew that don't fit the ledger."""
        self._finish_pending()
        if self._faults():
            self.rebuild()

    def _finish_pending(self) -> None:
        number = self.ledger.pending()
        if number is not None:
            self._sync(number)
            self.ledger.publish(number)

    def _finish_ledger(self) -> None:
        """Publishes a batch without its indexes, which are about to be built anew."""
        number = self.ledger.pending()
        if number is not None:
            self.ledger.publish(number)

    def _sync(self, number: int) -> None:
        """Brings both indexes to that revision."""
        self.lexical.update(self.ledger.rows_born(self.lexical.revision(), number), (), number)
        self.vectors.update(self._runs(self.vectors.revision(), number, self._model()), (), number, self._model())

    def _runs(self, after: int, upto: int, model: str) -> Iterator[tuple[list[IndexRow], npt.NDArray[np.float32]]]:
        for rows in self.ledger.rows_born(after, upto):
            vectors = self.ledger.vectors([row.text_sha256 for row in rows], model)
            present = [row for row in rows if row.text_sha256 in vectors]  # `check` reports any that are missing
            if present:
                yield present, np.stack([vectors[row.text_sha256] for row in present])

    def _model(self) -> str:
        return self.ledger.fact(MODEL) or ""

    def _new(self, name: str) -> Path:
        return self._folder / f"{name}.new"

    def _swap_in(self, lexical: Path, vectors: Path) -> None:
        if self._loaded:
            self.lexical.replace_with(lexical)
            self.vectors.replace_with(vectors)
        else:
            move_into_place(lexical, self._folder / LEXICAL)
            move_into_place(vectors, self._folder / VECTORS)
            self._load_indexes()


def _prepare_folder(folder: Path, *, create: bool) -> None:
    if not (folder / LEDGER).exists() and not create:
        raise LibraryMissing(f"no library at {folder}; make one with: qa --library {folder} add PATH")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryReadOnly(
            f"can't make the folder {folder}: {error.strerror}; choose another with --library"
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise LibraryReadOnly(
            f"the library {folder} can't be written, and its indexes need to; "
            f"copy the folder to where you can write, or run: chmod -R u+w {folder}"
        )


@contextmanager
def _locked(lock: FileLock, folder: Path, patience: float = 0) -> Iterator[None]:
    try:
        with lock.acquire(timeout=patience):
            yield
    except Timeout:
        raise LibraryBusy(
            f"another process is writing to the library {folder}; try again when it has finished"
        ) from None
