"""The served page and its endpoint while a language model writes, over real HTTP from the model to the visitor."""

from __future__ import annotations

import base64
import gc
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa.library import Library
from qa.settings import Settings
from tests.conftest import OpenLibrary
from tests.serving import asking_of, client, read_stream, served
from tests.talking import LIE, QUESTION, SAFE, TRUE, Say, Talk, asked_of, bare, drip, numbered, serve_model

# Gradio leaves the event loops that it makes to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
SECONDS = 30  # for anything to happen


@pytest.fixture(scope="module", autouse=True)
def collect_garbage() -> Iterator[None]:
    """Here, where its warnings are ignored, and not in the next file's tests."""
    yield
    gc.collect()


@pytest.fixture
def written(open_library: OpenLibrary, articles: Path) -> Callable[[Talk], Library]:
    """A library whose answers that model words."""

    def open_it(talk: Talk) -> Library:
        library = open_library(settings=Settings(strictness=0, llm=f"openai-like/{talk.address}/lava-1b"))
        library.add([articles])
        return library

    return open_it


def lying(body: dict[str, Any]) -> Iterator[str]:
    """First a lie, word by word; what it writes in its place is true."""
    again = "You wrote:" in asked_of(body)
    for word in numbered(SAFE if again else f"{LIE} {TRUE}", asked_of(body)).split(" "):
        time.sleep(0.05)
        yield f"{word} "


def endless(body: dict[str, Any]) -> Iterator[str]:
    yield numbered(f"{TRUE} It ", asked_of(body))
    yield from drip("lava", 0.05)


def silent(body: dict[str, Any]) -> Iterator[str]:
    time.sleep(3)
    yield from drip("lava", 0.05)


def visiting(blocks: Any) -> httpx.Client:
    return httpx.Client(base_url=blocks.local_url + "gradio_api", timeout=SECONDS)


def join(http: httpx.Client, blocks: Any, session: str) -> None:
    asking = asking_of(blocks)
    sent = {"how": "new", "question": QUESTION, "turns": []}
    data = [sent if item.elem_id == "asked" else None for item in asking.inputs]
    body = {"data": data, "fn_index": asking._id, "session_hash": session}
    assert http.post("/queue/join", json=body).status_code == 200


def test_the_page_is_sent_nothing_that_is_not_borne_out(written: Callable[[Talk], Library]):
    """Not even the answer that it can hand back, nor what is saved of it; all that travels is read here."""
    with serve_model(lying) as talk, served(written(talk)) as blocks:
        with visiting(blocks) as http:
            join(http, blocks, "session-of-anna")
            told = read_stream(http, "session-of-anna")
        assert len(talk.asked) == 2
    for said in bare(TRUE, SAFE):
        assert said in told
    assert told.index(bare(SAFE)[0]) < told.index(bare(TRUE)[0])  # the second try has the lie's place
    for word in ("prayed", "dreadful", "weather", "sailor"):
        assert word not in unpacked(told)


def unpacked(told: str) -> str:
    """With what stands in it as base64."""
    coded = re.findall(r"base64,([A-Za-z0-9+/=]+)", told)
    assert coded
    return told + "".join(base64.b64decode(text).decode() for text in coded)


def test_sentences_reach_the_page_before_the_answer(written: Callable[[Talk], Library]):
    go = threading.Event()

    def say(body: dict[str, Any]) -> Iterator[str]:
        yield numbered(f"{TRUE} It ", asked_of(body))
        go.wait(SECONDS)

    with serve_model(say) as talk, served(written(talk)) as blocks, visiting(blocks) as http:
        join(http, blocks, "session-of-anna")
        with http.stream("GET", "/queue/data", params={"session_hash": "session-of-anna"}) as stream:
            lines = stream.iter_lines()
            assert any(bare(TRUE)[0] in line for line in lines)
            assert not go.is_set()
            go.set()
            assert any('"process_completed"' in line for line in lines)


@pytest.mark.parametrize("say", [endless, silent])
def test_a_page_that_is_closed_ends_the_models_work(written: Callable[[Talk], Library], say: Say):
    with serve_model(say) as talk, served(written(talk)) as blocks:
        with visiting(blocks) as http:
            started = time.monotonic()
            join(http, blocks, "session-of-anna")
            with http.stream("GET", "/queue/data", params={"session_hash": "session-of-anna"}) as stream:
                lines = stream.iter_lines()  # kept, since it closes the connection when it goes
                assert any("Writing" in line for line in lines)
                wait_until(lambda: talk.asked)
        assert talk.cut_off.wait(SECONDS)
        assert time.monotonic() - started < 50  # at 60 it would have been given up


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert true()


@pytest.mark.parametrize("say", [endless, silent])
def test_a_program_that_disconnects_ends_the_models_work(written: Callable[[Talk], Library], say: Say):
    with serve_model(say) as talk, served(written(talk)) as blocks:
        with visiting(blocks) as http:
            started = time.monotonic()
            event = http.post("/call/v2/ask", json={"question": QUESTION}).json()["event_id"]
            with http.stream("GET", f"/call/ask/{event}") as stream:
                lines = stream.iter_lines()
                assert any(line.startswith("event: generating") for line in lines)
                wait_until(lambda: talk.asked)
        assert talk.cut_off.wait(SECONDS)
        assert time.monotonic() - started < 50  # at 60 it would have been given up


def test_a_program_gets_the_answer_at_the_end_alone(written: Callable[[Talk], Library]):
    with serve_model(lying) as talk, served(written(talk)) as blocks:
        answer = client(blocks.local_url).predict(question=QUESTION, api_name="/ask")
        with visiting(blocks) as http:
            event = http.post("/call/v2/ask", json={"question": QUESTION}).json()["event_id"]
            told = http.get(f"/call/ask/{event}").text
    assert [sentence["text"] for sentence in answer["sentences"]] == bare(SAFE, TRUE)
    last = told.strip().rpartition("event: complete\ndata: ")[2]
    assert [sentence["text"] for sentence in json.loads(last)[0]["sentences"]] == bare(SAFE, TRUE)
