"""A library that many machines share: its ledger on PostgreSQL, and in a folder this machine's copy of its indexes.

The ledger goes ahead, the copies follow. A question is read at the newest revision that this machine's indexes have
reached, so it sees whole revisions, if not always the newest one.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import platformdirs
import sqlalchemy as sa

from qa.databases import TURN, VECTORS, shown
from qa.errors import IndexUnusable, LibraryBusy, LibraryReadOnly, QAError, VectorsDown
from qa.follower import Follower
from qa.ledger import Ledger
from qa.lexical import LexicalIndex
from qa.rows import Addition
from qa.seal import write_whole
from qa.settings import Settings
from qa.store import AT_ONCE, GRACE, INDEXES, MODEL, PATIENCE, Finding, Numbers, Store, library_id, prepare_folder
from qa.vector_places import Vectors, VectorServer

STATE, BUILDING = "copy.json", "building.json"
STEP = 10_000  # passages that both indexes take before they say how far they are: what a kill has them do again
AWAITED = 1.0  # seconds that a question waits for this copy to reach the newest revision, before it goes without
TURN_PATIENCE = 60  # seconds that a writer waits for the others
SWEPT = "vectors_swept"  # fact: up to where the dead were taken out of the collection on a server
# Bytes that must be free for a copy to be written. In one of three runs of eval.bench.faults a process froze while
# Tantivy committed without room; that the commit froze it is likely and wasn't proved.
ROOM = 64_000_000
KEPT = timedelta(days=30)  # so long the ledger knows the dead: a copy that is behind by more is built anew


@dataclass(frozen=True, slots=True)
class CopyState:
    """Of which generation the indexes are, which folders have them, and up to where the dead were taken out."""

    generation: str = ""
    number: str = "0"
    swept: int = 0


class SharedStore(Store):
    """Owns this machine's copy; processes may share it, and threads."""

    def __init__(self, folder: Path, ledger: Ledger, settings: Settings, url: sa.URL) -> None:
        super().__init__(folder, ledger, settings)
        self._url = url
        self._turns, self._in_turn = threading.RLock(), False
        self._follower: Follower | None = None
        self._hindrance = ""  # why the copy could not follow the last time

    @classmethod
    def open_at(cls, url: sa.URL, settings: Settings, *, create: bool = True) -> Self:
        """The store of that database, with this machine's copy in the folder of the settings, else the user's cache.

        The copy is built where there is none, which takes as long as `rebuild`. LibraryMissing unless `create`.
        """
        ledger = Ledger.open(url, create=create)
        try:
            copies = Path(settings.copies or Path(platformdirs.user_cache_dir("qa", appauthor=False)) / "copies")
            folder = copies.expanduser() / library_id(ledger)
            prepare_folder(folder)
            store = cls(folder, ledger, settings, url)
            store._open_copy()
        except BaseException:
            ledger.close()
            raise
        return store

    def close(self) -> None:
        if self._follower is not None:
            self._follower.close()
        super().close()

    # Reading

    def refresh(self) -> int:
        """The newest published revision that this machine's indexes have reached; waits a moment for the newest."""
        revision = self.ledger.revision()
        if self.reached() < revision and self._follower is not None and not self._hindrance:
            self._follower.wait(lambda: self.reached() >= revision, AWAITED)
        return min(revision, self.reached())

    def newest(self) -> int:
        """The revision on which the next one builds, whatever the indexes have."""
        return self.ledger.revision()

    def _check_vectors(self, revision: int) -> None:
        super()._check_vectors(revision)
        if self.vectors.model not in ("", self._model()):
            raise VectorsDown("the vectors are being built anew, for another model")

    def _numbers(self) -> Numbers:
        """The vectors on a server are those of all machines, so their number is the generation."""
        state = self._state()
        return state.number, state.generation if self._is_on_server else state.number

    @property
    def _is_on_server(self) -> bool:
        return isinstance(self._place, VectorServer)

    # Writing

    def writing(self, patience: float = 0) -> AbstractContextManager[None]:
        """Holds nothing: several may write, and take turns to publish."""
        return nullcontext()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Keeps the newest revision as it is; LibraryBusy when others publish for a minute."""
        with self._turns:
            if self._in_turn:
                yield
                return
            with self.ledger.lock(TURN, TURN_PATIENCE):
                self._in_turn = True
                try:
                    yield
                finally:
                    self._in_turn = False

    def publish(self, additions: Sequence[Addition], dead_ids: Iterable[str] = ()) -> int:
        """Makes the additions and the ends of those articles the newest revision, all at once; their vectors exist."""
        with self.turn():
            number = self.ledger.append(additions, dead_ids, self.ledger.revision())
            with suppress(QAError):  # what follows is stored already; the next batch has the dead forgotten
                self._forget_dead()
        with suppress(QAError, OSError):  # another process is at it, or `_follower` tries again and tells why
            self.follow()
        return number

    def _forget_dead(self) -> None:
        """Has the ledger forget those that died long ago, but none that the collection on a server still has."""
        upto = self.ledger.newest_before(self.ledger.now() - KEPT)
        self.ledger.forget_dead(min(upto, int(self.ledger.fact(SWEPT) or 0)) if self._is_on_server else upto)

    def sweep(self, published_before: datetime | None = None) -> None:
        """Takes dead passages out of this copy, and out of the ledger: all, or those that died before that moment."""
        with self._holding(PATIENCE):
            upto = self.ledger.newest_before(published_before) if published_before else self.ledger.revision()
            self._sweep_copy(upto)
        if self._is_on_server:
            with self.ledger.lock(VECTORS, PATIENCE):
                self._sweep_collection(upto)
        self.ledger.forget_dead(upto)

    def purge(self, ids: Sequence[str]) -> None:
        """Ends those articles and deletes every trace; all copies are built anew, since indexes keep deleted words."""
        with self.turn():
            self.publish((), ids)
            self.ledger.forget_dead(self.ledger.revision())
            self.ledger.set_facts({INDEXES: self._next_generation()})
            self.ledger.purge(ids)  # last: until then the same command finds the articles and does it all again
        self.follow()
        self.ledger.tell()

    def rebuild(
        self, facts: Mapping[str, str] | None = None, switching: AbstractContextManager[object] = AT_ONCE
    ) -> None:
        """Builds this copy from the ledger beside the old one and swaps it in; embeds nothing.

        `facts` become true with the swap: with another MODEL among them, other copies are built anew as they see it.
        """
        if facts is None and self._is_on_server and self._wrong(self.vectors, self.reached()):
            facts = {}  # a new collection, for all
        if facts is None:
            with self._holding(PATIENCE):
                self._rebuild_copy(self._generation(), self._model(), AT_ONCE)
            return
        with self.turn(), self._holding(PATIENCE):
            generation = self._next_generation()

            @contextmanager
            def switch() -> Iterator[None]:
                with switching:
                    self.ledger.set_facts({**facts, INDEXES: generation})
                    yield

            self._rebuild_copy(generation, facts.get(MODEL, self._model()), switch())
        self.ledger.tell()

    # Following

    def follow(self) -> None:
        """Brings this copy to the newest revision; LibraryBusy when another process of this machine is at it.

        LibraryReadOnly when the disk is full: questions go on at the revision that the copy has.
        """
        try:
            self._catch_up()
        except LibraryBusy:
            raise
        except Exception as error:
            self._hindrance = str(error) or type(error).__name__
            raise
        self._hindrance = ""

    def _catch_up(self) -> None:
        if self._is_current():
            return
        with self._holding(PATIENCE):
            self._check_room()
            try:
                with self._refreshing:
                    self._reload()
                if self._is_outdated():
                    raise IndexUnusable("the copy is of another generation")
                self._sync(self.ledger.revision())
                self._sweep_copy(self.ledger.newest_before(self.ledger.now() - GRACE))
            except IndexUnusable:
                self._check_room()
                self._rebuild_copy(self._generation(), self._model(), AT_ONCE)

    def _check_room(self) -> None:
        """LibraryReadOnly when the disk is full, or nearly: the indexes aren't touched then, nor taken for broken."""
        if shutil.disk_usage(self._folder).free < ROOM:
            raise LibraryReadOnly(
                f"the disk of this machine's copy {self._folder} is full; make room: until then questions are "
                f"answered as of revision {self.reached()}"
            )

    def _sync(self, number: int) -> None:
        """As for a folder, in steps; a library that is being closed follows no further."""
        for step in self.ledger.steps(self.reached(), number, STEP):
            if self._follower is not None and self._follower.ended:
                return
            super()._sync(max(step, self.lexical.revision()))

    def _open_copy(self) -> None:
        """Loads the copy, builds it where it is missing or damaged, and follows from now on."""
        try:
            with self._holding(PATIENCE):
                try:
                    self._load_indexes()
                    if self._is_outdated() or self._faults(self.reached()) or self.vectors.damage():
                        raise IndexUnusable("the copy can't be used")
                except IndexUnusable:
                    self._rebuild_copy(self._generation(), self._model(), AT_ONCE)
        except LibraryBusy as busy:  # another process of this machine follows: what it has can be read meanwhile
            try:
                self._load_indexes()
            except IndexUnusable:
                raise LibraryBusy(
                    f"another process is building this machine's copy of the library in {self._folder}; "
                    "try again when it has finished, or give this one a folder of its own with QA_COPIES"
                ) from busy
        with suppress(QAError, OSError):  # as in `publish`
            self.follow()
        self._follower = Follower(self._url, self.follow)

    def _is_current(self) -> bool:
        """Whether there is nothing to do: no new revision, no dead to take out, the folders in use are open."""
        due = self.ledger.newest_before(self.ledger.now() - GRACE) > self._state().swept
        moved = self._open != self._numbers()  # another process of this machine has built the copy anew
        behind = self.reached() < self.ledger.revision() or self.vectors.down
        return not (behind or due or moved or self._lost or self._is_outdated())

    def _is_outdated(self) -> bool:
        """Whether the copy can't be brought to the newest revision."""
        state = self._state()
        forgotten = self.ledger.forgotten() > state.swept and self.lexical.count() > 0
        return forgotten or state.generation != self._generation() or self.vectors.model not in ("", self._model())

    def _sweep_copy(self, upto: int) -> None:
        """Takes out of both indexes what died by that revision."""
        state = self._state()
        if upto <= state.swept:
            return
        dead = self.ledger.dead_keys(upto, after=state.swept)
        if dead:
            if not self._is_on_server:
                self.vectors.update((), dead, self.vectors.revision(), self._model())
            self.lexical.update((), dead, self.lexical.revision(), keep=True)
        self._write_state(CopyState(state.generation, state.number, upto))

    def _put_vectors(self, number: int) -> None:
        """As for a folder; a collection on a server is brought forward by one machine, and the others are told."""
        if not self._is_on_server:
            super()._put_vectors(number)
            return
        if self.vectors.revision() >= number and not self.vectors.down:
            return
        with suppress(LibraryBusy), self.ledger.lock(VECTORS, AWAITED):
            self.vectors.reload()
            if self.vectors.revision() < number:
                super()._put_vectors(number)
            self._sweep_collection(self.ledger.newest_before(self.ledger.now() - GRACE))
            self.ledger.tell()

    def _sweep_collection(self, upto: int) -> None:
        swept = int(self.ledger.fact(SWEPT) or 0)
        dead = self.ledger.dead_keys(upto, after=swept) if upto > swept else []
        if dead:
            self.vectors.update((), dead, self.vectors.revision(), self._model())
            self.ledger.set_facts({SWEPT: str(upto)})

    def _rebuild_copy(self, generation: str, model: str, switching: AbstractContextManager[object]) -> None:
        state = CopyState(generation, str(int(self._state().number) + 1), self.ledger.forgotten())
        self._build_indexes(state, model)
        if self._is_on_server:
            self._ensure_collection(generation, model)
        with switching, self._refreshing:
            self._write_state(state)
            self._load_indexes()
            self._lost = False
        (self._folder / BUILDING).unlink(missing_ok=True)
        self._remove_others(self._numbers())

    def _build_indexes(self, state: CopyState, model: str) -> None:
        """Those of this machine, in steps: what a kill has left of just these is gone on with."""
        words, vectors = self._begin(state, model)
        with closing(vectors) if vectors else nullcontext():
            reached = min(index.revision() for index in (words, vectors) if index)
            for step in self.ledger.steps(reached, self.ledger.revision(), STEP):
                upto = max(step, words.revision())
                words.update(self.ledger.rows_born(words.revision(), upto), (), upto)
                if vectors:
                    vectors.update(self._runs(vectors.revision(), upto, model), (), upto, model)

    def _begin(self, state: CopyState, model: str) -> tuple[LexicalIndex, Vectors | None]:
        """The indexes that a kill has left unfinished, else empty ones; no vectors of its own beside a server."""
        begun, words = json.dumps({**asdict(state), "model": model}), self._lexical_path(state.number)
        with suppress(OSError, IndexUnusable):
            if (self._folder / BUILDING).read_text(encoding="utf-8") == begun:
                vectors = None if self._is_on_server else self._place.open(state.number)
                if vectors is None or not vectors.damage():
                    return LexicalIndex.open(words), vectors
        empty = LexicalIndex.create(words), None if self._is_on_server else self._place.create(state.number)
        write_whole(self._folder / BUILDING, begun)
        return empty

    def _ensure_collection(self, generation: str, model: str) -> None:
        """Makes the collection of that generation, unless a machine has; none while the server is down."""
        with suppress(VectorsDown), self.ledger.lock(VECTORS, TURN_PATIENCE):
            try:
                with closing(self._place.open(generation)) as vectors:
                    if vectors.down or (vectors.revision() >= 0 and vectors.model in ("", model)):
                        return
            except IndexUnusable:
                pass  # there is none
            self.ledger.set_facts({SWEPT: str(self.ledger.forgotten())})  # it gets those of the dead that are known
            self._build_vectors(generation, model)

    def _generation(self) -> str:
        """Of the indexes that every copy should have."""
        return self.ledger.fact(INDEXES) or "0"

    def _next_generation(self) -> str:
        return str(int(self._generation()) + 1)

    def _state(self) -> CopyState:
        with suppress(OSError, ValueError, TypeError):
            return CopyState(**json.loads((self._folder / STATE).read_bytes()))
        return CopyState()

    def _write_state(self, state: CopyState) -> None:
        write_whole(self._folder / STATE, json.dumps(asdict(state)))

    # Health

    def check(self) -> list[Finding]:
        """Whether ledger and this copy are sound and agree."""
        newest = self.ledger.revision()
        behind = newest - self.reached()
        text = f"{self._folder} follows {shown(self._url)}" + (f", {behind} revisions behind" if behind > 0 else "")
        text += f"; {self._hindrance}" if self._hindrance else ""
        return [*super().check(), Finding("copy", not self._hindrance, text)]
