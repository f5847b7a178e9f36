"""Whether a served page takes requests, as a proxy asks it: real HTTP on loopback; only the models are fakes."""

from __future__ import annotations

import gc
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa.errors import ModelMissing
from qa.library import Library
from tests.conftest import FERRY, OpenLibrary
from tests.fakes import WordReader
from tests.serving import FERRY_QUESTION, TOKEN, private, served
from ui.accounts import read_accounts
from ui.front import Replica
from ui.watching import Asked, Watch

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


def tell(http: httpx.Client) -> tuple[int, Any]:
    answer = http.get("/ready")
    return answer.status_code, answer.json()


def test_a_replica_is_ready_once_its_models_are_loaded_and_while_its_ledger_answers(
    open_library: OpenLibrary, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whoever asks is told, and nothing of the articles."""
    loading = threading.Event()

    def load_reader(_: object) -> WordReader:
        loading.wait(30)
        return WordReader()

    library = open_library(load_reader=load_reader)
    library.add(articles)
    replica, accounts = Replica(library), read_accounts(token_file=private(tmp_path / "tokens", TOKEN))
    with served(library, accounts, replica=replica) as blocks, httpx.Client(base_url=blocks.local_url) as http:
        assert http.get("/config").status_code == 401
        replica.start()
        assert tell(http) == (503, {"status": "not ready", "reason": "starting"})
        loading.set()
        replica.stop()
        assert tell(http) == (200, {"status": "ready", "degraded": []})
        monkeypatch.setattr(Library, "degraded", lambda self: ("vectors",))
        assert tell(http) == (200, {"status": "ready", "degraded": ["vectors"]})
        assert http.get("/health").json() == {"status": "alive"}
        library.close()
        assert tell(http) == (503, {"status": "not ready", "reason": "ledger"})
        assert http.get("/health").status_code == 200
        replica.draining = True
        assert tell(http) == (503, {"status": "not ready", "reason": "draining"})


def test_models_that_could_not_be_loaded_are_tried_again(open_library: OpenLibrary, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ui.front.AGAIN", 0.01)
    tries: list[int] = []

    def load_reader(_: object) -> WordReader:
        tries.append(1)
        if len(tries) < 3:
            raise ModelMissing("there is no reader yet")
        return WordReader()

    replica = Replica(open_library(load_reader=load_reader))
    replica.start()
    for _ in range(500):
        if not replica.loaded:
            threading.Event().wait(0.01)
    replica.stop()
    assert (replica.loaded, len(tries)) == (True, 3)


def test_a_ledger_that_never_answers_makes_a_replica_not_ready(library: Library, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ui.front.PATIENCE", 0.1)
    ended = threading.Event()
    monkeypatch.setattr(Library, "lag", lambda self: ended.wait(30))
    replica = Replica(library)
    replica.start()
    replica.stop()
    with served(library, replica=replica) as blocks, httpx.Client(base_url=blocks.local_url, timeout=10) as http:
        for _ in range(4):  # also when as many wait as may
            assert tell(http) == (503, {"status": "not ready", "reason": "ledger"})
        ended.set()


def test_each_request_has_an_id_that_its_answer_and_its_record_name(library: Library):
    asked: list[Asked] = []
    watch = Watch()
    watch.tell.append(asked.append)
    with served(library, replica=Replica(library), watch=watch) as blocks:
        body = {"data": [FERRY_QUESTION, None, None, None, None, False, None]}
        with httpx.Client(base_url=blocks.local_url, timeout=30) as http:
            for given in ("from-the-proxy/1", "no id", ""):
                http.post("/gradio_api/run/ask", json=body, headers={"X-Request-ID": given})
            told = [http.get("/config", headers={"X-Request-ID": given}) for given in ("a", "~")]
    assert asked[0].origin.request_id == "from-the-proxy/1"
    assert all(re.fullmatch("[0-9a-f]{32}", item.origin.request_id) for item in asked[1:])
    assert told[0].headers["X-Request-ID"] == "a"
    assert re.fullmatch("[0-9a-f]{32}", told[1].headers["X-Request-ID"])


def test_the_lag_is_what_the_indexes_lack(library: Library, open_library: OpenLibrary, tmp_path: Path):
    other = open_library()
    (tmp_path / "again.txt").write_text(FERRY.replace("Aurelia", "Boreas"), encoding="utf-8")
    library.add(tmp_path / "again.txt")
    assert (library.lag(), other.lag()) == (0, 1)
    other.ask(FERRY_QUESTION)
    assert other.lag() == 0
