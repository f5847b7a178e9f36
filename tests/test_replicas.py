"""Replicas behind a proxy: real processes and HTTP on loopback; only the models are fakes."""

from __future__ import annotations

import gc
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa.library import Library
from tests.postgres import PostgresServer
from tests.proxy import proxied
from tests.replicas import Running, wait_for
from tests.serving import BAKERY_QUESTION, FERRY_QUESTION, TOKEN, asking_of, private, read_stream
from ui.app import build_page
from ui.server import free_port

Start = Callable[..., Running]
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
def place(postgres: PostgresServer) -> str:
    """A library on PostgreSQL, of whose indexes each replica has its own copy, as on machines of their own."""
    return postgres.create_library()


@pytest.fixture
def start(library: Library, place: str, tmp_path: Path) -> Iterator[Start]:
    """Starts a replica over the library of two articles; all that still run are killed at the end."""
    running: list[Running] = []

    def start_one(port: int = 0, **options: Any) -> Running:
        running.append(Running(place, port or free_port("127.0.0.1"), tmp_path, **options))
        return running[-1]

    yield start_one
    for replica in running:
        replica.kill()


def ask(address: str, question: str = FERRY_QUESTION, history: tuple[str, ...] = (), **headers: str) -> httpx.Response:
    body = {"data": [question, None, None, None, None, False, list(history)]}
    return httpx.post(f"{address}/gradio_api/run/ask", json=body, headers=headers, timeout=60)


@pytest.mark.parametrize(("rounds", "people"), [(1, 4), pytest.param(8, 12, marks=pytest.mark.long)])
def test_a_rolling_restart_under_load_loses_no_request(start: Start, rounds: int, people: int):
    """They ask all the time, through a proxy, while one replica after the other ends and comes back."""
    replicas = [start(drain=0.7) for _ in range(2)]
    ended, waits, wrong = threading.Event(), list[float](), list[object]()

    def ask_on(address: str) -> None:
        while not ended.is_set():
            began = time.monotonic()
            try:
                told = ask(address)
                if told.status_code != 200 or told.json()["data"][0]["status"] != "answered":
                    wrong.append((told.status_code, told.text))
            except httpx.HTTPError as error:
                wrong.append(error)
            waits.append(time.monotonic() - began)
            time.sleep(0.05)

    for replica in replicas:
        replica.wait_until_ready()
    with proxied(*(replica.port for replica in replicas)) as proxy:
        wait_for(lambda: len(proxy.ready) == 2)
        askers = [threading.Thread(target=ask_on, args=(f"http://127.0.0.1:{proxy.port}",)) for _ in range(people)]
        for asker in askers:
            asker.start()
        try:
            for number in range(2 * rounds):
                replicas[number % 2].terminate()
                assert replicas[number % 2].wait() == 0
                replicas[number % 2] = start(replicas[number % 2].port, drain=0.7)
                replicas[number % 2].wait_until_ready()
                wait_for(lambda: len(proxy.ready) == 2)
        finally:
            ended.set()
            for asker in askers:
                asker.join()
    counts = ", ".join(f"{proxy.passed[replica.port]} at {replica.port}" for replica in replicas)
    print(f"{len(waits)} requests ({counts}), {len(wrong)} lost, the longest took {max(waits):.2f} s")
    assert wrong == []
    assert min(proxy.passed[replica.port] for replica in replicas) > 3


def test_what_began_at_one_replica_goes_on_at_another(start: Start, library: Library, tmp_path: Path):
    """Who has signed in, a conversation, a kept answer: none of it lies in the process."""
    tokens = private(tmp_path / "tokens", TOKEN)
    first, second = (start(tokens=tokens) for _ in range(2))
    for replica in (first, second):
        replica.wait_until_ready()
    assert [ask(replica.address).status_code for replica in (first, second)] == [401, 401]
    signed_in = {"Authorization": f"Bearer {TOKEN}"}
    [answer] = ask(first.address, "What did Captain Idris Penhale say?", **signed_in).json()["data"]
    [later] = ask(second.address, "What did he say about the steering?", (answer["signed"],), **signed_in).json()[
        "data"
    ]
    assert any('Read "he" as' in note for note in later["notes"])
    kept = library.keep_answer(library.ask(BAKERY_QUESTION))
    asking = asking_of(build_page(library))
    with httpx.Client(base_url=f"{second.address}/gradio_api", headers=signed_in, timeout=30) as http:
        sent = {"how": "arrive", "kept": kept, "turns": [answer["signed"]]}
        data = [sent if item.elem_id == "asked" else None for item in asking.inputs]
        body = {"data": data, "fn_index": asking._id, "session_hash": "session-of-anna"}
        assert http.post("/queue/join", json=body).status_code == 200
        shown = read_stream(http, "session-of-anna")
    assert "Kept on" in shown
    assert "What did Captain Idris Penhale say?" in shown


def test_a_replica_that_is_terminated_answers_what_it_was_asked(start: Start):
    """It says at once that it takes no more, takes some for a while, and ends when all are answered."""
    replica = start(slow=1.5, drain=0.8)
    replica.wait_until_ready()
    with ThreadPoolExecutor(2) as pool, socket.create_connection(("127.0.0.1", replica.port)) as silent:
        running = pool.submit(ask, replica.address)
        wait_for(lambda: replica.metrics()["qa_questions_in_progress"] == 1)
        replica.terminate()
        wait_for(lambda: replica.ready() == 503, seconds=0.6)
        told = httpx.get(f"{replica.address}/ready")
        assert (told.json()["reason"], told.headers["Connection"]) == ("draining", "close")
        assert httpx.get(f"{replica.address}/health").json() == {"status": "alive"}
        late = pool.submit(ask, replica.address, BAKERY_QUESTION, **{"X-Request-ID": "late-one"})
        wait_for(lambda: replica.ready() == 0)
        time.sleep(0.3)  # in which uvicorn, left to itself, closes what is silent
        silent.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert silent.recv(100).startswith(b"HTTP/1.1 200 OK")  # it was taken before the others were refused
        answers = [running.result(), late.result()]
    assert replica.wait() == 0
    assert [answer.json()["data"][0]["status"] for answer in answers] == ["answered", "answered"]
    assert [answer.headers["Connection"] for answer in answers] == ["close", "close"]
    with pytest.raises(httpx.ConnectError):
        ask(replica.address)
    assert [line["request_id"] for line in replica.lines] == [answer.headers["X-Request-ID"] for answer in answers]
    assert replica.lines[1]["request_id"] == "late-one"


def test_a_second_sigterm_ends_a_replica_at_once(start: Start):
    replica = start(slow=20)
    replica.wait_until_ready()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(ask, replica.address)
        wait_for(lambda: replica.metrics()["qa_questions_in_progress"] == 1)
        replica.terminate()
        wait_for(lambda: replica.ready() == 503)
        replica.terminate()
        assert replica.wait(2) == -signal.SIGTERM
        with pytest.raises(httpx.HTTPError):
            running.result()
