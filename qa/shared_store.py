"""A library that many machines share: its ledger on PostgreSQL, and in a folder this machine's copy of its indexes.

The ledger goes ahead, the copies follow. A question is read at the newest revision that this machine's indexes have
reached, so it sees whole revisions, if not always the newest one.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import platformdirs
import sqlalchemy as sa

from qa.databases import shown
from qa.errors import IndexUnusable, LibraryBusy
from qa.follower import Follower
from qa.ledger import Ledger
from qa.rows import Addition
from qa.seal import write_whole
from qa.store import AT_ONCE, GRACE, INDEXES, MODEL, PATIENCE, Finding, Store, prepare_folder

LIBRARY = "library"  # fact: what tells this library's copies from those of others
STATE = "copy.json"
AWAITED = 1.0  # seconds that a question waits for this copy to reach the newest revision, before it goes without
TURN = 60  # seconds that a writer waits for the others
KEPT = timedelta(days=30)  # so long the ledger knows the dead: a copy that is behind by more is built anew


@dataclass(frozen=True, slots=True)
class CopyState:
    """Of which generation the indexes are, which folders have them, and up to where the dead were taken out."""

    generation: str = ""
    number: str = "0"
    swept: int = 0


class SharedStore(Store):
    """Owns this machine's copy; processes may share it, and threads."""

    def __init__(self, folder: Path, ledger: Ledger, url: sa.URL) -> None:
        super().__init__(folder, ledger)
        self._url = url
        self._turns, self._in_turn = threading.RLock(), False
        self._follower: Follower | None = None

    @classmethod
    def open_at(cls, url: sa.URL, folder: Path | None = None, *, create: bool = True) -> Self:
        """The store of that database, with its copy in the folder, the user's cache unless given.

        The copy is built where there is none, which takes as long as `rebuild`. LibraryMissing unless `create`.
        """
        ledger = Ledger.open(url, create=create)
        try:
            id = ledger.fact_once(LIBRARY, secrets.token_hex(8))
            place = (folder or Path(platformdirs.user_cache_dir("qa", appauthor=False)) / "copies") / id
            prepare_folder(place)
            store = cls(place, ledger, url)
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
        if self.reached() < revision and self._follower is not None:
            self._follower.wait(lambda: self.reached() >= revision, AWAITED)
        return min(revision, self.reached())

    def reached(self) -> int:
        """How far this machine's indexes are."""
        return min(self.lexical.revision(), self.vectors.revision())

    def newest(self) -> int:
        """The revision on which the next one builds, whatever the indexes have."""
        return self.ledger.revision()

    def _indexes(self) -> str:
        return self._state().number

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
            with self.ledger.turn(TURN):
                self._in_turn = True
                try:
                    yield
                finally:
                    self._in_turn = False

    def publish(self, additions: Sequence[Addition], dead_ids: Iterable[str] = ()) -> int:
        """Makes the additions and the ends of those articles the newest revision, all at once; their vectors exist."""
        with self.turn():
            number = self.ledger.append(additions, dead_ids, self.ledger.revision())
            self.ledger.forget_dead(self.ledger.newest_before(datetime.now(UTC) - KEPT))
        with suppress(LibraryBusy):  # another process of this machine brings the copy there
            self.follow()
        return number

    def sweep(self, published_before: datetime | None = None) -> None:
        """Takes dead passages out of this copy, and out of the ledger: all, or those that died before that moment."""
        with self._holding(PATIENCE):
            upto = self.ledger.newest_before(published_before) if published_before else self.ledger.revision()
            self._sweep_copy(upto)
            self.ledger.forget_dead(upto)

    def purge(self, ids: Sequence[str]) -> None:
        """Ends those articles and deletes every trace; all copies are built anew, since indexes keep deleted words."""
        with self.turn():
            self.publish((), ids)
            self.ledger.forget_dead(self.ledger.revision())
            self.ledger.set_facts({INDEXES: self._next_generation()})
            self.ledger.purge(ids)  # last: until then the same command finds the articles and does it all again
        self.follow()

    def rebuild(
        self, facts: Mapping[str, str] | None = None, switching: AbstractContextManager[object] = AT_ONCE
    ) -> None:
        """Builds this copy from the ledger beside the old one and swaps it in; embeds nothing.

        `facts` become true with the swap: with another MODEL among them, other copies are built anew as they see it.
        """
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

    # Following

    def follow(self) -> None:
        """Brings this copy to the newest revision; LibraryBusy when another process of this machine is at it."""
        if self._is_current():
            return
        with self._holding(PATIENCE):
            try:
                with self._refreshing:
                    self._reload()
                if self._is_outdated():
                    raise IndexUnusable("the copy is of another generation")
                self._sync(self.ledger.revision())
                self._sweep_copy(self.ledger.newest_before(datetime.now(UTC) - GRACE))
            except IndexUnusable:
                self._rebuild_copy(self._generation(), self._model(), AT_ONCE)

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
        except LibraryBusy:  # another process of this machine follows: what it has can be read meanwhile
            self._load_indexes()
        with suppress(LibraryBusy):
            self.follow()
        self._follower = Follower(self._url, self.follow)

    def _is_current(self) -> bool:
        """Whether there is nothing to do: no new revision, no dead to take out, the folders in use are open."""
        state = self._state()
        due = self.ledger.newest_before(datetime.now(UTC) - GRACE) > state.swept
        return self.reached() >= self.ledger.revision() and not (due or self._is_outdated() or self._moved(state))

    def _moved(self, state: CopyState) -> bool:
        """Whether another process of this machine has built the copy anew."""
        return self._number != state.number

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
            self.vectors.update((), dead, self.vectors.revision(), self._model())
            self.lexical.update((), dead, self.lexical.revision(), keep=True)
        self._write_state(CopyState(state.generation, state.number, upto))

    def _rebuild_copy(self, generation: str, model: str, switching: AbstractContextManager[object]) -> None:
        swept = self.ledger.forgotten()
        number = self._build(model)
        with switching, self._refreshing:
            self._write_state(CopyState(generation, number, swept))
            self._load_indexes()
        self._remove_others(number)

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
        return [*super().check(), Finding("copy", True, text)]
