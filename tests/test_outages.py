"""What a machine does when something around it fails: its copy can't be written, its clock is wrong, a part breaks.

Servers that stop: test_shared_store.py, test_vectors_in_store.py; `python -m eval.bench.faults` injects all for real.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import sqlalchemy as sa

from qa.errors import IndexUnusable, LibraryUnreachable
from qa.library import Library
from qa.settings import Settings
from qa.types import Upload
from tests.conftest import FERRY, OpenLibrary
from tests.postgres import PostgresServer
from tests.test_shared_store import MILL, await_true, stop_following, store_of, texts

FERRY_UPLOAD, MILL_UPLOAD = Upload("ferry.txt", FERRY.encode()), Upload("mill.txt", MILL.encode())

Machine = Callable[[str], Library]


@pytest.fixture
def machine(postgres: PostgresServer, open_library: OpenLibrary, tmp_path: Path) -> Machine:
    """Opens the library as a machine of that name does."""
    url = postgres.create_library()

    def open_on(name: str) -> Library:
        return open_library(cast(Path, url), settings=Settings(strictness=0, copies=str(tmp_path / name)))

    return open_on


def test_copy_on_a_full_disk_answers_as_of_what_it_has(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What is added is stored all the same; once there is room the copy follows by itself, and isn't built anew."""
    monkeypatch.setattr("qa.follower.RETRIES", (0.1,))
    library = machine("a")
    library.add([FERRY_UPLOAD])
    store = store_of(library)
    numbers = store._open

    def fail(*_: object, **__: object) -> None:
        raise IndexUnusable("An error occurred in a thread")

    with monkeypatch.context() as full:
        full.setattr(store.lexical, "update", fail)
        full.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
        assert library.add([MILL_UPLOAD]).revision == 2
        began = time.monotonic()
        answer = library.ask("How many people were aboard the ferry Aurelia?")
        assert time.monotonic() - began < 0.9  # it doesn't wait for what won't come
        assert ("140 people" in answer.text, answer.provenance.revision) == (True, 1)
        [finding] = [finding for finding in library.check() if finding.part == "copy"]
        assert not finding.sound
        assert "1 revisions behind" in finding.text
        assert "is full; make room: until then questions are answered as of revision 1" in finding.text
        await_true(lambda: "is full" in caplog.text)
    await_true(lambda: store.reached() == 2)
    assert store._open == numbers
    assert all(finding.sound for finding in library.check())


def test_following_goes_on_after_an_error_that_nobody_foresaw(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    writer, reader = machine("a"), machine("b")
    with monkeypatch.context() as broken:
        broken.setattr(store_of(reader), "_sync", lambda _: {}["nothing"])
        writer.add([MILL_UPLOAD])
        await_true(lambda: "KeyError" in caplog.text)
    await_true(lambda: store_of(reader).reached() == 1)
    assert texts(reader) == [MILL]


def test_what_is_stored_is_acknowledged_though_the_server_goes_right_after(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = machine("a")
    store = stop_following(library)

    def go_away() -> None:
        raise LibraryUnreachable("gone")

    with monkeypatch.context() as gone:
        gone.setattr(store, "_forget_dead", go_away)
        gone.setattr(store, "_catch_up", go_away)
        assert library.add([MILL_UPLOAD]).revision == 1
    store.follow()
    assert texts(library) == [MILL]


@pytest.mark.parametrize("days", [-1, 40])
def test_clock_of_a_machine_decides_nothing(machine: Machine, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Else one that is a month ahead would have the dead forgotten, and every copy that is behind built anew."""

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(days=days)  # type: ignore[arg-type]

    for module in ("qa.ledger", "qa.shared_store", "qa.store"):
        monkeypatch.setattr(f"{module}.datetime", Wrong)
    library = machine("a")
    ledger = library._store.ledger
    before = ledger.now()
    library.add([FERRY_UPLOAD])
    library.remove(library.articles()[0].id)
    library.add([MILL_UPLOAD])
    assert (ledger.count_indexed(), ledger.forgotten(), store_of(library).lexical.count()) == (2, 0, 2)
    assert abs(before - datetime.now(UTC).replace(tzinfo=None)) < timedelta(minutes=1)
    assert ledger.newest_before(ledger.now()) == 3
    assert ledger.newest_before(before) == 0


def test_server_soon_gives_back_the_locks_of_a_machine_that_is_gone(machine: Machine) -> None:
    """As it learns of that by asking; left to itself it would after two hours, in which nobody could publish."""
    with store_of(machine("a")).ledger._engine.connect() as connection:
        shown = [connection.scalar(sa.text(f"SHOW tcp_{name}")) for name in ("keepalives_idle", "user_timeout")]
    assert shown == ["5", "11000"]
