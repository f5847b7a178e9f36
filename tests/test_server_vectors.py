"""Vectors on a Chroma server: what a folder has not, such as a token, TLS, a server that fails, and others who write.

What it has in common with a folder is in tests/test_indexes.py.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

import qa.chroma_server
import qa.server_vectors
from qa.errors import IndexUnusable, SettingInvalid, VectorsDown
from qa.rows import IndexRow
from qa.server_vectors import ServerVectors
from qa.settings import Settings
from qa.types import Filters
from tests.certificates import make_certificate
from tests.chroma_server import ChromaRun, Front, front_of, running_chroma
from tests.fakes import WordEmbedder

TEXTS = ["Maduro sang a song", "Maduro hums", "Nobody sings"]
ROWS = [IndexRow(key, f"a{key}", text, f"h{key}", "", "Herald", 0, "en") for key, text in enumerate(TEXTS, 1)]
QUESTION = WordEmbedder().embed_question("Maduro")


def fill(vectors: ServerVectors, rows: Sequence[IndexRow] = ROWS, revision: int = 1) -> ServerVectors:
    vectors.update([(rows, WordEmbedder().embed([row.text for row in rows]))], (), revision, "words")
    return vectors


def keys_of(vectors: ServerVectors) -> list[int]:
    return [key for key, _ in vectors.search(QUESTION, 2)]


@pytest.fixture
def front(chroma: ChromaRun, tmp_path: Path) -> Iterator[Front]:
    with front_of(chroma, tmp_path / "front") as front:
        yield front


@pytest.fixture
def vectors(front: Front) -> Iterator[ServerVectors]:
    """Three passages, behind TLS and a token."""
    with closing(fill(ServerVectors.create(front.settings(), "passages"))) as vectors:
        yield vectors


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qa.chroma_server, "PATIENCE", 1.0)
    monkeypatch.setattr(qa.chroma_server, "PAUSE", 0.5)


# Who may speak with the server


def test_without_the_token_nothing_is_read(front: Front, vectors: ServerVectors, quick: None) -> None:
    with pytest.raises(VectorsDown, match=r"refuses: 401 .*; set QA_CHROMA_TOKEN"):
        ServerVectors.open(front.settings(chroma_token=""), "passages")


def test_who_trusts_other_certificates_says_nothing(front: Front, tmp_path: Path) -> None:
    other = make_certificate(tmp_path / "other")[0]
    for trusted in (str(other), ""):
        with pytest.raises(VectorsDown, match=r"CERTIFICATE_VERIFY_FAILED.*QA_CHROMA_CERTIFICATE"):
            ServerVectors.open(front.settings(chroma_certificate=trusted, chroma_seconds=1.0), "passages")
    assert front.calls == []


def test_the_token_is_told_nowhere(front: Front, caplog: pytest.LogCaptureFixture, quick: None) -> None:
    """Also where a server repeats it, as this one does of a token that it doesn't know."""
    caplog.set_level(logging.DEBUG)
    settings = front.settings(chroma_token="another-secret")
    with pytest.raises(VectorsDown) as refusal:
        ServerVectors.open(settings, "passages")
    with pytest.raises(SettingInvalid) as spaces:
        Settings(chroma_token="a secret\n")
    with pytest.raises(SettingInvalid) as in_the_address:
        Settings(chroma_url="http://somebody:secret@127.0.0.1:8000")
    told = [repr(settings), caplog.text, *(str(error.value) for error in (refusal, spaces, in_the_address))]
    assert "not with …" in told[2]
    assert not [text for text in told if "secret" in text]


def test_no_text_reaches_the_server(front: Front, vectors: ServerVectors) -> None:
    keys_of(vectors)
    sent = b"".join(front.bodies).decode()
    assert not [text for text in TEXTS if text in sent or json.dumps(text) in sent]
    assert '"article":"a1"' in sent


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000", "ftp://host", "http://", "http://host:port", "https://h/?q", "http://[h"]
)
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(SettingInvalid, match="QA_CHROMA_URL"):
        Settings(chroma_url=url)


def test_a_missing_file_of_certificates_is_told(front: Front, tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match=r"QA_CHROMA_CERTIFICATE.*No such file"):
        ServerVectors.open(front.settings(chroma_certificate=str(tmp_path / "none.pem")), "passages")


# A server that fails


def test_a_change_is_tried_until_it_goes_well(front: Front, vectors: ServerVectors) -> None:
    """What was lost on the way is sent again, also where the server had done it."""
    front.faults += ["503", "cut", "lost", "503"]
    new = [IndexRow(4, "a4", "Maduro", "h4", "", "", 0, "")]
    vectors.update([(new, WordEmbedder().embed(["Maduro"]))], [1], 2, "words")
    assert front.faults == []
    assert (vectors.revision(), vectors.count(), keys_of(vectors)) == (2, 3, [4, 2])


@pytest.mark.parametrize("fault", ["503", "cut"])
def test_a_question_is_tried_twice(front: Front, vectors: ServerVectors, quick: None, fault: str) -> None:
    front.faults.append(fault)
    assert keys_of(vectors) == [2, 1]
    front.faults += [fault, fault, fault]
    with pytest.raises(VectorsDown, match=f"the Chroma server {front.url} doesn't answer: .*; see that it runs"):
        vectors.search(QUESTION, 2)
    assert front.faults == [fault]


def test_after_a_failure_questions_do_not_wait_and_one_tries_again(
    front: Front, vectors: ServerVectors, quick: None
) -> None:
    front.faults += ["503", "503"]
    with pytest.raises(VectorsDown):
        vectors.search(QUESTION, 2)
    calls = len(front.calls)
    for ask in (lambda: vectors.search(QUESTION, 2), lambda: vectors.cosines(QUESTION, [1]), vectors.reload):
        with pytest.raises(VectorsDown, match="doesn't answer"):
            ask()
    assert len(front.calls) == calls
    assert "doesn't answer: 503" in vectors.down
    time.sleep(0.55)
    assert keys_of(vectors) == [2, 1]
    assert vectors.cosines(QUESTION, [2])
    assert vectors.down == ""


def test_a_refusal_of_one_call_stops_no_other(front: Front, vectors: ServerVectors) -> None:
    """Unlike one of all calls, as for a token that isn't valid any more."""
    front.most_results = 6
    with pytest.raises(VectorsDown, match="422"):
        vectors.search(QUESTION, 7)
    assert (vectors.down, keys_of(vectors)) == ("", [2, 1])
    front.tokens.clear()
    calls = len(front.calls)
    for _ in range(3):
        with pytest.raises(VectorsDown, match="set QA_CHROMA_TOKEN"):
            vectors.search(QUESTION, 2)
    assert len(front.calls) == calls + 1
    assert "refuses: 401" in vectors.down


def test_of_those_who_ask_at_once_one_tries_a_server_that_was_down(
    front: Front, vectors: ServerVectors, quick: None
) -> None:
    front.faults += ["503", "503"]
    with pytest.raises(VectorsDown):
        vectors.search(QUESTION, 2)
    time.sleep(0.55)
    front.faults.append("hang")
    calls = len(front.calls)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(vectors.search, QUESTION, 2) for _ in range(8)]
        waiting = [ask for ask in asked if not isinstance(_error_within(ask, 0.5), VectorsDown)]
        assert (len(waiting), len(front.calls)) == (1, calls + 1)
        front.released.set()
        assert waiting[0].result()


def test_a_question_waits_no_longer_than_it_may(front: Front) -> None:
    settings = front.settings(chroma_seconds=0.6)
    with closing(fill(ServerVectors.create(settings, "passages"))) as vectors:
        front.faults += ["hang", "hang", "hang"]
        started = time.monotonic()
        with pytest.raises(VectorsDown, match="doesn't answer"):
            vectors.search(QUESTION, 2)
        assert time.monotonic() - started < 0.7


def test_changes_are_given_up_too(front: Front, vectors: ServerVectors, quick: None) -> None:
    front.faults += ["503"] * 100
    with pytest.raises(VectorsDown, match="503 no healthy upstream"):
        fill(vectors, revision=2)
    assert vectors.revision() == 1
    front.faults.clear()
    fill(vectors, revision=2)
    assert (vectors.revision(), vectors.count()) == (2, 3)


def test_a_server_that_was_killed_keeps_what_it_had_acknowledged(tmp_path: Path) -> None:
    """The same index goes on once the server runs again."""
    with running_chroma(tmp_path) as chroma, closing(ServerVectors.create(chroma.settings(), "passages")) as vectors:
        fill(vectors)
        chroma.kill()
        with pytest.raises(VectorsDown, match="Connection refused"):
            vectors.search(QUESTION, 2)
        chroma.start()
        fill(vectors, [IndexRow(4, "a4", "Maduro", "h4", "", "", 0, "")], revision=2)  # which doesn't mind the pause
        assert (vectors.count(), keys_of(vectors)) == (4, [4, 2])


def test_one_that_was_never_reached_is_asked_when_it_is_needed(chroma: ChromaRun, front: Front) -> None:
    settings = front.settings()
    fill(ServerVectors.create(settings, "passages")).close()
    with closing(ServerVectors.later(settings, "passages")) as vectors:
        assert (vectors.revision(), vectors.model, vectors.count()) == (-1, "", 0)
        assert keys_of(vectors) == [2, 1]
        assert (vectors.revision(), vectors.model, vectors.count()) == (1, "words", 3)
    with closing(ServerVectors.later(settings, "passages")) as vectors:
        front.faults += ["503"] * 3  # a change is patient from its first call
        vectors.update((), [2], 2, "words")
        assert (vectors.revision(), keys_of(vectors)) == (2, [1, 3])


def test_another_server_at_that_address_is_no_lost_collection() -> None:
    """Which would be built anew."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        with pytest.raises(VectorsDown, match=r"404.*see QA_CHROMA_URL"):
            ServerVectors.open(Settings(chroma_url=f"http://127.0.0.1:{server.server_address[1]}"), "passages")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# What is sent


def test_records_go_in_as_few_calls_as_server_and_bytes_allow(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qa.server_vectors, "MOST_BYTES", 4 * WordEmbedder.dimensions * 40)
    rows = [replace(ROWS[0], key=key) for key in range(100)]
    with closing(fill(ServerVectors.create(front.settings(), "passages"), rows)) as vectors:
        assert [call.rpartition("/")[2] for call in front.calls].count("upsert") == 3
        assert vectors.count() == 100


def test_what_is_too_large_for_a_server_in_between_goes_in_halves(front: Front) -> None:
    front.most_bytes = 6_000
    rows = [replace(ROWS[0], key=key) for key in range(100)]
    with closing(fill(ServerVectors.create(front.settings(), "passages"), rows)) as vectors:
        assert vectors.count() == 100
        tries = len(front.calls)
        fill(vectors, [replace(ROWS[0], key=key) for key in range(100, 112)], revision=2)
        assert len(front.calls) - tries == 6  # it has learnt what fits: one call with records
        front.most_bytes = 100
        vectors.update((), range(100), 3, "words")
        assert vectors.count() == 12


def test_a_quota_of_results_is_kept_to_where_equal_ones_go_on(front: Front) -> None:
    rows = [replace(ROWS[1], key=key) for key in range(20, 0, -1)]
    with closing(fill(ServerVectors.create(front.settings(), "passages"), rows)) as vectors:
        assert keys_of(vectors) == [1, 2]
        front.most_results = 6
        assert len(set(keys_of(vectors))) == 2
        with pytest.raises(VectorsDown, match="refuses: 422 over the quota"):
            vectors.search(QUESTION, 7)


def test_a_record_that_is_too_large_alone_is_told(front: Front, vectors: ServerVectors) -> None:
    front.most_bytes = 200
    with pytest.raises(VectorsDown, match="refuses: 413"):
        fill(vectors, revision=2)


# Names, tenants, several collections


def test_tenants_and_databases_are_made_and_kept_apart(chroma: ChromaRun) -> None:
    here, there = chroma.settings(chroma_tenant="tenant-a"), chroma.settings(chroma_tenant="tenant-b")
    fill(ServerVectors.create(here, "passages")).close()
    with pytest.raises(IndexUnusable, match="does not exist"):
        ServerVectors.open(there, "passages")
    with closing(ServerVectors.create(there, "passages")) as vectors:
        assert vectors.count() == 0
    with closing(ServerVectors.open(here, "passages")) as vectors:
        assert vectors.count() == 3


def test_old_collections_are_found_by_their_names_and_deleted(
    chroma: ChromaRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.chroma_server, "PAGE", 2)  # so that there are several pages
    settings = chroma.settings()
    names = ["qa-one-1", "qa-one-2", "qa-one-3", "qa-two-1"]
    for name in names:
        ServerVectors.create(settings, name).close()
    assert ServerVectors.names(settings, "qa-one-") == names[:3]
    ServerVectors.delete(settings, "qa-one-2")
    ServerVectors.delete(settings, "qa-one-2")
    assert ServerVectors.names(settings, "qa-") == ["qa-one-1", "qa-one-3", "qa-two-1"]


def test_going_over_to_another_collection(chroma: ChromaRun) -> None:
    settings = chroma.settings()
    with closing(fill(ServerVectors.create(settings, "qa-1"))) as vectors:
        fill(ServerVectors.create(settings, "qa-2"), ROWS[:1], revision=7).close()
        with pytest.raises(IndexUnusable):
            vectors.switch("qa-3")
        assert (vectors.revision(), keys_of(vectors)) == (1, [2, 1])
        vectors.switch("qa-2")
        assert (vectors.revision(), keys_of(vectors)) == (7, [1])


def test_who_comes_late_brings_nothing_back(chroma: ChromaRun) -> None:
    """Of two processes that follow the ledger, the slower one still puts in what the other has seen die."""
    settings = chroma.settings()
    with (
        closing(fill(ServerVectors.create(settings, "passages"), ROWS[:2])) as slow,
        closing(ServerVectors.open(settings, "passages")) as quick,
    ):
        fill(quick, ROWS[2:], revision=3)
        quick.update((), [2], 3, "words")
        slow.update([(ROWS[1:2], WordEmbedder().embed([ROWS[1].text]))], [1], 2, "words")
        assert (slow.revision(), slow.count(), keys_of(slow)) == (3, 1, [3])


def test_a_collection_that_was_deleted_meanwhile_is_unusable(chroma: ChromaRun) -> None:
    settings = chroma.settings()
    with closing(fill(ServerVectors.create(settings, "passages"))) as vectors:
        ServerVectors.delete(settings, "passages")
        for use in (lambda: keys_of(vectors), vectors.stored, lambda: fill(vectors, revision=2)):
            with pytest.raises(IndexUnusable, match="run: qa rebuild"):
                use()


def test_many_articles_can_be_asked_of(chroma: ChromaRun) -> None:
    with closing(fill(ServerVectors.create(chroma.settings(), "passages"))) as vectors:
        ids = tuple(f"a{number}" for number in range(2, 20_000))
        assert [key for key, _ in vectors.search(QUESTION, 3, Filters(article_ids=ids))] == [2, 3]


def _error_within(asked: object, seconds: float) -> BaseException | None:
    """The error with which a question ends, if it does by then."""
    try:
        return asked.exception(seconds)  # type: ignore[attr-defined]
    except TimeoutError:
        return None
