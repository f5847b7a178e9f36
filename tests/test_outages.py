"""What a machine does when something around it fails: its copy can't be written, its clock is wrong, a part breaks.

Servers that stop: test_shared_store.py, test_vectors_in_store.py; `python -m eval.bench.faults` injects all for real.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import cast

import httpx
import pytest
import sqlalchemy as sa

from eval.bench.fault_load import Call, Load
from eval.bench.faults import BEGIN, END, Report, judge, write_between
from qa.assistant import BY_WORDS
from qa.errors import IndexUnusable, LibraryUnreachable
from qa.library import Library
from qa.settings import Settings
from qa.types import Upload
from tests.conftest import FERRY, OpenLibrary
from tests.postgres import PostgresServer, running_postgres
from tests.serving import asking_of, read_stream, served
from tests.test_shared_store import MILL, await_true, stop_following, store_of, texts
from ui.conversation import Turn
from ui.front import Replica
from ui.server import free_port

FERRY_UPLOAD, MILL_UPLOAD = Upload("ferry.txt", FERRY.encode()), Upload("mill.txt", MILL.encode())

WHO = "How many people were aboard the ferry Aurelia?"
Machine = Callable[[str], Library]
# Gradio leaves the event loops that it makes to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def collect_garbage() -> Iterator[None]:
    """Here, where its warnings are ignored, and not in the next file's tests."""
    yield
    gc.collect()


@pytest.fixture
def machine(postgres: PostgresServer, open_library: OpenLibrary, tmp_path: Path) -> Machine:
    """Opens the library as a machine of that name does."""
    url = postgres.create_library()

    def open_on(name: str) -> Library:
        return open_library(cast(Path, url), settings=Settings(strictness=0, copies=str(tmp_path / name)))

    return open_on


def test_page_says_what_fails(open_library: OpenLibrary, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """By words alone while Chroma is away; a line, and 503 to a proxy, while PostgreSQL is; then it goes on."""
    with TemporaryDirectory() as place:
        Path(place).chmod(0o755)  # PostgreSQL isn't run by root
        with running_postgres(Path(place) / "postgres") as server:
            nobody = f"http://127.0.0.1:{free_port('127.0.0.1')}"
            settings = Settings(strictness=0, copies=str(tmp_path / "copies"), chroma_url=nobody, chroma_seconds=1)
            began = time.monotonic()
            library = open_library(cast(Path, server.create_library()), settings=settings)
            library.add([FERRY_UPLOAD])
            assert time.monotonic() - began < 30  # changes wait for Chroma for a minute, which nobody should here
            replica = Replica(library)
            replica.start()
            replica.stop()
            with served(library, replica=replica) as blocks, httpx.Client(base_url=blocks.local_url) as http:
                asking = asking_of(blocks)

                def shown(**sent: object) -> str:
                    data = [sent if item.elem_id == "asked" else None for item in asking.inputs]
                    session = f"session-{time.monotonic_ns()}"
                    body = {"data": data, "fn_index": asking._id, "session_hash": session}
                    http.post("/gradio_api/queue/join", json=body).raise_for_status()
                    with httpx.Client(base_url=f"{blocks.local_url}gradio_api", timeout=30) as stream:
                        return unescape(read_stream(stream, session))

                turn = Turn.of(library.ask(WHO), library.signing_key()).signed
                assert BY_WORDS in shown(how="new", question=WHO)
                server.stop()
                for sent in ({"how": "new", "question": WHO}, {"how": "arrive", "turns": [turn]}):
                    told = shown(**sent)
                    assert "the library's database can't be reached at the moment" in told
                    assert 'role=\\"alert\\"' in told
                assert http.get("/ready").status_code == 503
                await_true(lambda: f"{server.host}:{server.port}" in caplog.text)  # for who runs it
                server.start()
                assert "140 people" in shown(how="new", question=WHO)
                assert http.get("/ready").json() == {"status": "ready", "degraded": ["vectors"]}
            library.close()


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


# The bench


def test_bench_notices_what_was_lost_and_what_is_not_whole(machine: Machine) -> None:
    library = machine("a")
    [entry] = library.add([MILL_UPLOAD]).entries
    load = Load(library, library, stored={str(entry.article_id): MILL})
    report = Report()
    assert judge("nothing", load, report, library) == ("1 of 1", "sound")
    assert report.wrong == []
    load.stored["gone"] = FERRY
    assert judge("a loss", load, report, library)[0] == "1 of 2"
    assert report.wrong == ["a loss: 1 acknowledged articles are lost"]
    outcomes = [("an error", -1), ("by words alone", 7), ("answered", 6), ("answered", 7)]
    load.asked = [Call(10.0 + at, 0.5, outcome, revision) for at, (outcome, revision) in enumerate(outcomes)]
    assert (load.whole_after(10, 7), load.whole_after(10, 8), load.whole_after(14, 0)) == (3.0, None, None)


def test_bench_puts_its_table_between_the_marks_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Before.\n\n{BEGIN}\nold\n{END}\n\nAfter.\n", encoding="utf-8")
    write_between(page, "new")
    assert page.read_text(encoding="utf-8") == f"Before.\n\n{BEGIN}\n\nnew\n\n{END}\n\nAfter.\n"
