"""Programs ask on from earlier answers by what the library signed, and by nothing else."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from gradio_client.exceptions import AppError

from qa.errors import QAError
from qa.library import Library
from qa.types import Answer, Article
from tests.conftest import OpenLibrary
from tests.serving import FERRY_QUESTION, client, served
from ui.conversation import MOST_TURNS
from ui.programs import read_history, signed_values
from ui.signing import sign_answer

pytestmark = pytest.mark.both

# Gradio leaves the event loops that it makes to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
HE = "What did he say about the steering?"


@pytest.fixture(scope="module", autouse=True)
def collect_garbage() -> Iterator[None]:
    """Here, where its warnings are ignored, and not in the next file's tests."""
    yield
    gc.collect()


@pytest.fixture
def page(library: Library) -> Iterator[Any]:
    with served(library) as blocks:
        yield blocks


def test_a_program_asks_on_from_an_answer(page: Any):
    """Without it the question is asked as it stands; what comes back can be sent again."""
    program = client(page.local_url)
    first = program.predict(FERRY_QUESTION, api_name="/ask")
    second = program.predict(HE, history=[first["signed"]], api_name="/ask")
    assert "Idris Penhale" in second["question"]
    assert any("he" in note for note in second["notes"])
    assert program.predict(HE, api_name="/ask")["question"] == HE
    third = program.predict(HE, history=[first["signed"], second["signed"]], api_name="/ask")
    assert "Idris Penhale" in third["question"]


def test_the_description_names_what_is_taken_and_given(page: Any):
    """By OpenAPI, and by the name of the parameter there."""
    with httpx.Client(base_url=page.local_url + "gradio_api", timeout=30) as http:
        asked = http.get("/openapi.json").json()["paths"]["/gradio_api/call/v2/ask"]["post"]
        taken = asked["requestBody"]["content"]["application/json"]["schema"]
        event = http.post("/call/v2/ask", json={"question": HE, "history": ["x"]}).json()["event_id"]
        refused = http.get(f"/call/ask/{event}").text
    assert "history" in str(taken)
    assert "`signed`" in asked.get("description", "") + asked.get("summary", "")
    assert "history[0] is no answer that this library gave" in refused


def test_what_the_library_did_not_say_is_refused(page: Any, library: Library, aboard: Answer):
    program, signed = client(page.local_url), sign_answer(aboard, library.signing_key())
    for made_up in (signed.replace("ferry", "barge"), sign_answer(aboard, b"k" * 32), "{}", ""):
        with pytest.raises(AppError, match=r"history\[1\] is no answer that this library gave; send the texts"):
            program.predict(HE, history=[signed, made_up], api_name="/ask")
    for wrong, why in ((signed, "a list of texts"), ([7], "must be a text"), ([signed] * (MOST_TURNS + 1), "at most")):
        with pytest.raises(AppError, match=why):
            program.predict(HE, history=wrong, api_name="/ask")


def test_another_library_and_a_purge_end_it(library: Library, open_library: OpenLibrary, tmp_path: Any, ferry: Article):
    signed = signed_values(library.ask(FERRY_QUESTION), library)["signed"]
    assert read_history(library, [signed])
    other = open_library(tmp_path / "other")
    with pytest.raises(QAError, match="no answer that this library gave"):
        read_history(other, [signed])
    library.remove(ferry.id)
    assert read_history(library, [signed])
    library.remove(ferry.id, purge=True)
    with pytest.raises(QAError, match="quotes an article that was deleted"):
        read_history(library, [signed])
