"""Ledger, vector index and lexical index in one folder, kept in step.

The ledger is the truth. A batch is written there unpublished, then both indexes follow, then the ledger publishes it.
Whatever a kill leaves undone, the next start finishes from the ledger; an index that is lost is built again.
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from qa.errors import IndexUnusable, LibraryBusy, LibraryDamaged, LibraryMissing, LibraryReadOnly, VectorsDown
from qa.files import LEDGER
from qa.ledger import Ledger
from qa.lexical import LexicalIndex
from qa.rows import Addition, IndexRow
from qa.server_vectors import ServerVectors
from qa.settings import Settings
from qa.types import Filters
from qa.vector_places import VectorFolder, Vectors, VectorServer

LEXICAL, LOCK = "lexical", "write.lock"
MODEL, EMBEDDER = "model", "embedder"  # facts: the key of the vectors in use, and what names their model
INDEXES = "indexes"  # fact: the number of the indexes in use
LIBRARY = "library"  # fact: what tells the library from others on the same server, and in one cache
Numbers = tuple[str, str]  # of the index of words and the one of vectors
DEFAULTS = Settings()
PATIENCE = 10  # seconds to wait for another process that makes or repairs the library
AT_ONCE = nullcontext()
GRACE = timedelta(seconds=60)  # dead passages stay indexed so long: no question takes longer to read


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `check`: what was looked at, whether it is sound, and what was seen."""

    part: str
    sound: bool
    text: str


class Store:
    """Owns a library's folder; safe to use from several threads."""

    def __init__(self, folder: Path, ledger: Ledger, settings: Settings) -> None:
        self._folder = folder
        self._place = VectorServer(settings, library_id(ledger)) if settings.chroma_url else VectorFolder(folder)
        self._lock = FileLock(folder / LOCK, thread_local=False)
        self._writing = threading.RLock()  # the file lock tells processes apart, this one threads
        self._held = 0  # how many times this thread is in `writing`
        self._refreshing = threading.Lock()
        self.ledger = ledger
        self.lexical: LexicalIndex
        self.vectors: Vectors
        self._open: Numbers | None = None  # of the indexes that are open
        self._lost = False  # whether the vectors were not there when they were last searched

    @classmethod
    def open(cls, folder: Path, settings: Settings = DEFAULTS, *, create: bool = True) -> Store:
        """The store in that folder, its vectors where the settings say; LibraryMissing unless `create`.

        It is recovered if its last writer was killed.
        """
        if not create and not (folder / LEDGER).exists():
            raise LibraryMissing(
                f"no library at {folder}; make one with: qa add --library {shlex.quote(str(folder))} PATH"
            )
        prepare_folder(folder)
        if not (folder / LEDGER).exists():
            with _locked(FileLock(folder / LOCK), folder, PATIENCE):
                Ledger.open(folder / LEDGER).close()
        ledger = Ledger.open(folder / LEDGER)
        try:
            store = cls(folder, ledger, settings)
            store._open_indexes()
        except BaseException:
            ledger.close()
            raise
        return store

    def close(self) -> None:
        self.vectors.close()
        self.ledger.close()

    # Reading

    def refresh(self) -> int:
        """The newest published revision, with indexes that have reached it, whichever process wrote it."""
        revision = self.ledger.revision()
        if self._has(revision):
            return revision
        try:
            with self._refreshing:
                self._reload()
            if not self._has(revision):  # outside `_refreshing`, which who writes may want
                with self._holding(PATIENCE):
                    self._recover()
        except IndexUnusable as error:  # lost since it was opened
            with self._holding(PATIENCE):
                self._recover_from(error)
        return revision

    def reached(self) -> int:
        """How far the indexes are; vectors that are out of reach are left out."""
        words = self.lexical.revision()
        return words if self.vectors.down else min(words, self.vectors.revision())

    def _has(self, revision: int) -> bool:
        """Whether the indexes in use are open, and at that revision; vectors that are out of reach are left out."""
        has_vectors = self.vectors.down or self.vectors.revision() >= revision
        return (
            bool(has_vectors)
            and not self._lost
            and self.lexical.revision() >= revision
            and self._open == self._numbers()
        )

    def _numbers(self) -> Numbers:
        """Of the indexes in use: one row of the ledger swaps both, for all processes."""
        number = self.ledger.fact(INDEXES) or "0"
        return number, number

    def search_words(self, question: str, k: int, revision: int, filters: Filters | None) -> list[tuple[int, float]]:
        """(passage key, BM25 score), at least k of them seen at that revision if there are so many."""
        return self.lexical.search(question, k + self._unseen(self.lexical, revision), filters)

    def search_vectors(
        self, vector: npt.NDArray[np.float32], k: int, revision: int, filters: Filters | None
    ) -> list[tuple[int, float]]:
        """(passage key, cosine), at least k of them seen at that revision if there are so many.

        VectorsDown when the server can't be reached, or the vectors aren't at that revision yet.
        """
        self._check_vectors(revision)
        with self._noting_loss():
            return self.vectors.search(vector, k + self._unseen(self.vectors, revision), filters)

    def cosines(self, vector: npt.NDArray[np.float32], keys: Sequence[int]) -> dict[int, float]:
        """Passage key -> cosine, for those of the keys that are there; VectorsDown."""
        with self._noting_loss():
            return self.vectors.cosines(vector, keys)

    def _check_vectors(self, revision: int) -> None:
        if self.vectors.down:
            self.vectors.reload()  # which fails at once while the failure is fresh
        if self.vectors.revision() < revision:
            raise VectorsDown("the vectors of the newest articles are still on their way to the Chroma server")

    @contextmanager
    def _noting_loss(self) -> Iterator[None]:
        """The collection was deleted, or another machine has replaced it: words answer until this one has followed."""
        try:
            yield
        except IndexUnusable as error:
            self._lost = True
            raise VectorsDown(str(error)) from error

    def _unseen(self, index: LexicalIndex | Vectors, revision: int) -> int:
        """How many passages the index holds that are not seen at that revision."""
        return max(0, index.count() - self.ledger.count_passages(revision))

    # Writing

    def writing(self, patience: float = 0) -> AbstractContextManager[None]:
        """Holds the library for writing; LibraryBusy when another process still does after `patience` seconds."""
        return self._holding(patience)

    def turn(self) -> AbstractContextManager[None]:
        """Keeps the newest revision as it is, for who is about to publish the next one."""
        return self._holding(0)

    def newest(self) -> int:
        """The revision on which the next one builds."""
        return self.refresh()

    @contextmanager
    def _holding(self, patience: float) -> Iterator[None]:
        """Holds the folder, so that only this thread changes what is in it."""
        with self._writing, _locked(self._lock, self._folder, patience):
            self._held += 1
            try:
                yield
            finally:
                self._held -= 1
                if not self._held and self._open is not None:
                    self.lexical.release()

    def publish(self, additions: Sequence[Addition], dead_ids: Iterable[str] = ()) -> int:
        """Makes the additions and the ends of those articles the newest revision, all at once; their vectors exist."""
        with self.writing():
            self.refresh()  # another process may have built the indexes anew since
            self._finish_pending()
            with suppress(IndexUnusable, VectorsDown):  # what is lost is built again below
                self.sweep(datetime.now(UTC) - GRACE)  # before the new revision, with which readers reload
            number = self.ledger.write(additions, dead_ids)
            try:
                self._sync(number)
            except IndexUnusable:  # its folder was lost under our hands
                self.rebuild()
            self.ledger.publish(number)
        return number

    def sweep(self, published_before: datetime | None = None) -> None:
        """Takes dead passages out of the indexes and the ledger: all, or those that died before that moment.

        Only while the library is held for writing.
        """
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
            self.rebuild()
            self.ledger.purge(ids)  # last: until then the same command finds the articles and does it all again

    def rebuild(
        self, facts: Mapping[str, str] | None = None, switching: AbstractContextManager[object] = AT_ONCE
    ) -> None:
        """Builds both indexes from the ledger beside the old ones and swaps them in; embeds nothing.

        `facts` become true with the swap: with another MODEL among them, the ledger must hold all its vectors.
        """
        with self._holding(0):
            self._finish_ledger()
            number = str(int(self._numbers()[0]) + 1)
            self._build_words(number)
            self._build_vectors(number, (facts or {}).get(MODEL, self._model()))
            with switching, self._refreshing:
                self.ledger.set_facts({**(facts or {}), INDEXES: number})
                self._load_indexes()
                self._lost = False
            self._remove_others((number, number))

    def _build_words(self, number: str) -> None:
        revision = self.ledger.revision()
        LexicalIndex.create(self._lexical_path(number)).update(self.ledger.rows_born(-1, revision), (), revision)

    def _build_vectors(self, number: str, model: str) -> None:
        revision = self.ledger.revision()
        with closing(self._place.create(number)) as fresh:
            fresh.update(self._runs(-1, revision, model), (), revision, model)

    def _remove_others(self, numbers: Numbers) -> None:
        """Deletes the indexes with other numbers."""
        for old in self._folder.glob(f"{LEXICAL}*"):
            if old != self._lexical_path(numbers[0]):
                shutil.rmtree(old, ignore_errors=True)
        if not self.vectors.down:  # which would be waited for in vain
            self._place.remove_others(numbers[1])

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
            if isinstance(index, ServerVectors) and index.down:
                findings.append(Finding(name, False, index.down))
                continue
            wrong = self._wrong(index, revision)
            findings.append(Finding(name, not wrong, wrong or _held(index.revision(), index.count(), count)))
        return [*findings, self._check_chroma(revision)]

    def _check_chroma(self, revision: int) -> Finding:
        try:
            stored = self.vectors.stored()
        except (IndexUnusable, VectorsDown) as error:
            return Finding("chroma", False, str(error))
        wrong = self._wrong_state(stored.revision, stored.count, stored.model, revision)
        return Finding(
            "chroma", not wrong, wrong or _held(stored.revision, stored.count, self.ledger.count_passages(revision))
        )

    def _wrong(self, index: LexicalIndex | Vectors, revision: int) -> str:
        """Why an index can't serve that revision, or nothing; of vectors that are out of reach nothing is known."""
        model = None if isinstance(index, LexicalIndex) else index.model
        if not isinstance(index, LexicalIndex) and index.down:
            return ""
        return self._wrong_state(index.revision(), index.count(), model, revision)

    def _wrong_state(self, reached: int, count: int, model: str | None, revision: int) -> str:
        """The same for what an index says of itself.

        That is read before the ledger, which goes ahead: what another process writes meanwhile is there first.
        """
        newest = self.ledger.pending() or self.ledger.revision()
        if reached < revision:
            return f"at revision {reached}, the ledger at {revision}; run: qa rebuild"
        if reached > newest:  # the ledger lost its last batch, with the disk or to a backup
            return f"at revision {reached}, the ledger only at {newest}; run: qa rebuild"
        if model not in (None, self._model()):
            return f"holds vectors of {model}, the library uses {self._model()}; run: qa rebuild"
        # Passages that died lately may or may not be there still.
        least, most = self.ledger.count_passages(revision), self.ledger.count_indexed()
        if not least <= count <= most:
            return f"holds {count} passages, the ledger {least}; run: qa rebuild"
        return ""

    # Recovery

    def _open_indexes(self) -> None:
        """Loads the indexes; repairs what a killed writer left, unless its successor is at it already."""
        revision = self.ledger.revision()  # read first: indexes that are opened later have reached it
        if not self._load_or_recover():
            return
        if self.ledger.pending() is not None or self._faults(revision) or self.vectors.damage():
            try:
                with self._holding(0):
                    self._reload()
                    self._recover()
            except LibraryBusy:
                # Its writer is alive: what is published can be read meanwhile, if the indexes have it.
                if self._faults(revision):
                    raise

    def _load_or_recover(self) -> bool:
        """Loads the indexes; False where they had to be repaired. A living writer may have them between two writes."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._load_indexes()
                return True
            except IndexUnusable as error:
                try:
                    with self._holding(0):
                        self._recover_from(error)
                    return False
                except LibraryBusy:
                    if time.monotonic() > deadline:
                        raise
            time.sleep(PATIENCE / 50)

    def _reload(self) -> None:
        """Sees what other processes have written."""
        self._load_indexes()
        self.lexical.reload()
        if self._lost or self.vectors.revision() < self.ledger.revision():
            with suppress(VectorsDown):
                self.vectors.reload()
                self._lost = False

    def _load_indexes(self) -> None:
        numbers = self._numbers()
        if self._open is None:
            self.lexical = LexicalIndex.open(self._lexical_path(numbers[0]))
            self.vectors = self._place.open(numbers[1])
        if self._open is not None and numbers[0] != self._open[0]:
            self.lexical.switch(self._lexical_path(numbers[0]))
        if self._open is not None and numbers[1] != self._open[1]:
            self._place.switch(self.vectors, numbers[1])
        self._open = numbers

    def _faults(self, revision: int) -> bool:
        return bool(self._wrong(self.lexical, revision) or self._wrong(self.vectors, revision))

    def _recover_from(self, error: IndexUnusable) -> None:
        """Builds the indexes anew, unless another process has just done so."""
        try:
            self._load_indexes()
            self._recover()
        except IndexUnusable:
            self.rebuild()
            if self._faults(self.ledger.revision()):
                raise LibraryDamaged(f"the indexes can't be built again: {error}") from error

    def _recover(self) -> None:
        """Finishes what a killed writer left; builds indexes anew that don't fit the ledger."""
        try:
            self._finish_pending()
        except IndexUnusable:
            self.rebuild()  # which publishes it too
        if isinstance(self.vectors, ServerVectors):
            self._follow_vectors()
        if self._faults(self.ledger.revision()) or self.vectors.damage():
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
        """Brings both indexes to that revision; vectors whose server is down follow when it is back."""
        self.lexical.update(self.ledger.rows_born(self.lexical.revision(), number), (), number, keep=True)
        with suppress(VectorsDown):
            self._put_vectors(number)

    def _put_vectors(self, number: int) -> None:
        if isinstance(self.vectors, ServerVectors):
            self.vectors.reload()  # which doesn't wait for a server that is away as long as `update` does
        self.vectors.update(self._runs(self.vectors.revision(), number, self._model()), (), number, self._model())

    def _follow_vectors(self) -> None:
        """Brings vectors whose server was down to the newest revision, if it is back."""
        revision = self.ledger.revision()
        with suppress(VectorsDown):
            self.vectors.reload()
            if self.vectors.revision() < revision:
                self._put_vectors(revision)

    def _runs(self, after: int, upto: int, model: str) -> Iterator[tuple[list[IndexRow], npt.NDArray[np.float32]]]:
        for rows in self.ledger.rows_born(after, upto):
            vectors = self.ledger.embeddings.get([row.text_sha256 for row in rows], model)
            present = [row for row in rows if row.text_sha256 in vectors]  # `check` reports any that are missing
            if present:
                yield present, np.stack([vectors[row.text_sha256] for row in present])

    def _model(self) -> str:
        return self.ledger.fact(MODEL) or ""

    def _lexical_path(self, number: str) -> Path:
        return self._folder / f"{LEXICAL}-{number}"


def library_id(ledger: Ledger) -> str:
    """What tells the library from others on the same server and in the same cache; made when first needed."""
    return ledger.fact(LIBRARY) or ledger.fact_once(LIBRARY, secrets.token_hex(8))


def _held(revision: int, count: int, seen: int) -> str:
    """What an index holds, and how much of it no question sees any more."""
    waiting = f", {count - seen} of them removed: they go with a later change" if count > seen else ""
    return f"revision {revision}, {count} passages{waiting}"


def prepare_folder(folder: Path) -> None:
    """Makes the folder if need be; LibraryReadOnly where it can't be made or written."""
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
