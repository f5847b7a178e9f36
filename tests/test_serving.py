"""The page's server from outside: real HTTP and gradio_client on loopback; only the models are fakes."""

from __future__ import annotations

import gc
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError

from qa.errors import QAError, SettingInvalid
from qa.formats import answer_from_dict
from qa.library import Library
from tests.conftest import BAKERY, FERRY, ROOT, OpenLibrary
from tests.serving import BAKERY_QUESTION, FERRY_QUESTION, PASSWORD, TOKEN, basic, client, private, qa, routes, served
from ui.accounts import Accounts, check_password, hash_password, is_loopback, read_accounts
from ui.app import build_page
from ui.guard import GUESSES
from ui.limits import Limiter, Limits
from ui.server import free_port, launch

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


@pytest.fixture(scope="module")
def hashed() -> str:
    return hash_password(PASSWORD)


@pytest.fixture
def accounts(hashed: str, tmp_path: Path) -> Accounts:
    """One person and one program."""
    return read_accounts([f"anna:{hashed}"], token_file=private(tmp_path / "tokens", TOKEN))


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def test_a_free_port_is_found_on_addresses_of_both_kinds(host: str, family: socket.AddressFamily):
    if family is socket.AF_INET6 and not _has_ipv6():
        pytest.skip("this machine has no ::1")
    with socket.socket(family) as listening:
        listening.bind((host, free_port(host)))


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


# Accounts


def test_a_hash_fits_its_password_alone(hashed: str):
    assert PASSWORD not in hashed
    assert check_password(PASSWORD, hashed)
    assert not check_password(PASSWORD + " ", hashed)
    assert hash_password(PASSWORD) != hashed
    assert check_password("caf\u00e9 noir", hash_password("cafe\u0301 noir"))


@pytest.mark.parametrize(
    "text", ["", "x", "scrypt.1.1.1.a.b", "scrypt.32768.8.3.AAAA.BBBB", f"scrypt.{2**40}.8.3.{'A' * 22}.{'A' * 43}"]
)
def test_what_is_no_hash_is_told_and_not_shown(text: str):
    with pytest.raises(SettingInvalid, match="qa hash-password") as raised:
        check_password(PASSWORD, text)
    assert len(text) < 2 or text not in str(raised.value)


def test_accounts_do_not_show_what_they_hold(accounts: Accounts, hashed: str):
    assert hashed not in repr(accounts)
    assert accounts.check_password("anna", PASSWORD)
    assert not accounts.check_password("bert", PASSWORD)
    assert accounts.check_token(TOKEN)
    assert not accounts.check_token(TOKEN[:-1])


def test_a_file_of_accounts_is_read_when_it_is_private(tmp_path: Path, hashed: str):
    file = private(tmp_path / "accounts", f"# who may ask\n\nanna:{hashed}")
    assert read_accounts(file=file).check_password("anna", PASSWORD)
    file.chmod(0o644)
    with pytest.raises(SettingInvalid, match="chmod 600"):
        read_accounts(file=file)


@pytest.mark.parametrize("text", ["", "# nobody", "anna", "anna:not-a-hash", ":x", "anna:plain password"])
def test_a_line_that_is_no_account_is_named_and_not_shown(text: str, tmp_path: Path):
    with pytest.raises(SettingInvalid) as raised:
        read_accounts(file=private(tmp_path / "accounts", text))
    assert "accounts" in str(raised.value)
    assert "plain password" not in str(raised.value)


def test_a_short_token_is_refused(tmp_path: Path):
    with pytest.raises(SettingInvalid, match="line 1: a token needs at least 20"):
        read_accounts(token_file=private(tmp_path / "tokens", "short"))


def test_the_command_makes_a_hash_that_fits():
    run = qa("hash-password", given=PASSWORD + "\n")
    assert (run.returncode, run.stderr) == (0, "")
    assert check_password(PASSWORD, run.stdout.strip())
    short = qa("hash-password", given="short\n")
    assert (short.returncode, short.stdout, "at least 8" in short.stderr) == (1, "", True)


# Signing in


def test_other_addresses_are_refused_without_accounts(library: Library, tmp_path: Path):
    for host in ("0.0.0.0", "::", "192.0.2.7", ""):
        with pytest.raises(QAError, match="qa hash-password"):
            launch(build_page(library), host=host)
    run = qa("serve", "--host", "0.0.0.0", "--no-browser", "--library", str(tmp_path / "new"))
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
    assert "--auth USER:HASH" in run.stderr
    assert not (tmp_path / "new").exists()
    assert [host for host in ("127.0.0.1", "localhost", "::1", "[::1]", "127.8.8.8") if not is_loopback(host)] == []


def test_the_command_serves_to_who_signs_in_and_shows_no_secret(hashed: str, tmp_path: Path):
    files = {"--auth-file": f"anna:{hashed}", "--token-file": TOKEN}
    command = [sys.executable, "-m", "qa", "serve", "--no-browser", "--port", "0", "--drain", "0"]
    command += ["--library", str(tmp_path / "new")]
    for number, (option, text) in enumerate(files.items()):
        command += [option, str(private(tmp_path / str(number), text))]
    log = tmp_path / "log"
    with log.open("wb") as output:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            while not (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())):
                assert process.poll() is None, log.read_text()
                time.sleep(0.1)
            for headers in (basic("anna", PASSWORD), {"Authorization": f"Bearer {TOKEN}"}):
                assert httpx.get(found[0], headers=headers).status_code == 200
            for headers in ({}, basic("anna", TOKEN), {"Authorization": f"Bearer {PASSWORD}"}):
                assert httpx.get(found[0], headers=headers).status_code == 401
        finally:
            process.terminate()
            process.wait(30)
    assert not [secret for secret in (PASSWORD, TOKEN, hashed) if secret in log.read_text()]


def test_who_has_not_signed_in_gets_nothing_from_any_route(library: Library, accounts: Accounts):
    with served(library, accounts) as blocks, httpx.Client(base_url=blocks.local_url) as http:
        asked = [(method, path) for path, methods in routes(blocks.app.routes) for method in methods]
        assert len(asked) > 60
        answers = {(method, path): http.request(method, path) for method, path in asked}
        for what, answer in answers.items():
            assert answer.status_code == 401, what
            assert answer.text in ("", "Sign in with your name and password."), what
            assert answer.headers["WWW-Authenticate"].startswith("Basic "), what
        upload = http.post("/gradio_api/upload", files={"files": ("a.txt", b"text")})
        assert upload.status_code == 401
        assert http.get("/", headers={"Cookie": "access-token=x"}).status_code == 401
        assert http.get("/", headers=basic("anna", PASSWORD)).status_code == 200


def test_a_wrong_password_is_refused_and_guessing_is_slowed(library: Library, accounts: Accounts):
    with served(library, accounts) as blocks, httpx.Client(base_url=blocks.local_url) as http:
        assert http.get("/config", headers=basic("anna", PASSWORD)).status_code == 200
        wrong = [
            basic("anna", "wrong password"),
            basic("bert", PASSWORD),
            basic("", ""),
            {"Authorization": "Basic !"},
            {"Authorization": f"Bearer {PASSWORD}"},
            {"Authorization": f"Digest {TOKEN}"},
        ]
        assert {http.get("/config", headers=headers).status_code for headers in wrong} == {401}
        for number in range(5):
            refused = http.get("/config", headers=basic("anna", f"guess {number}"))
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) <= 60
        assert http.get("/config", headers=basic("anna", PASSWORD)).status_code == 200


def test_signing_in_uses_up_no_guesses(library: Library, hashed: str):
    """Of more people than one address may guess in a minute, all get in."""
    names = [f"reader{number}" for number in range(GUESSES + 2)]
    with (
        served(library, read_accounts([f"{name}:{hashed}" for name in names])) as blocks,
        httpx.Client(base_url=blocks.local_url) as http,
    ):
        assert {http.get("/config", headers=basic(name, PASSWORD)).status_code for name in names} == {200}


def test_who_guesses_can_not_pass_for_others(library: Library, accounts: Accounts):
    """Any program of this machine may state an address that it has not."""
    with served(library, accounts) as blocks, httpx.Client(base_url=blocks.local_url) as http:
        for number in range(11):
            headers = basic("anna", f"guess {number}") | {"X-Forwarded-For": f"10.0.0.{number}"}
            refused = http.get("/config", headers=headers)
        assert refused.status_code == 429


def test_programs_sign_in_with_a_token_or_a_password(library: Library, accounts: Accounts):
    with served(library, accounts) as blocks:
        for headers in ({"Authorization": f"Bearer {TOKEN}"}, basic("anna", PASSWORD)):
            program = client(blocks.local_url, headers=headers)
            assert program.predict(FERRY_QUESTION, api_name="/ask")["status"] == "answered"
        with pytest.raises((httpx.HTTPError, ValueError)):
            client(blocks.local_url)


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://example.org"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_page_elsewhere_cannot_act_here(library: Library, headers: dict[str, str]):
    with served(library) as blocks, httpx.Client(base_url=blocks.local_url, headers=headers) as http:
        assert http.post("/gradio_api/upload", files={"files": ("a.txt", b"text")}).status_code == 403
        assert http.get("/").status_code == (403 if "Origin" in headers else 200)  # to read, or to follow a link


def test_a_page_of_ours_may_act_here(library: Library):
    with served(library) as blocks, httpx.Client(base_url=blocks.local_url) as http:
        for headers in ({"Origin": blocks.local_url.rstrip("/")}, {"Sec-Fetch-Site": "same-origin"}):
            answer = http.post("/gradio_api/upload", files={"files": ("a.txt", b"text")}, headers=headers)
            assert answer.status_code == 200


# Endpoints


def test_ask_answers_as_the_command_does(library: Library):
    with served(library) as blocks:
        values = client(blocks.local_url).predict(question=FERRY_QUESTION, api_name="/ask")
    answer = answer_from_dict(values)
    assert (answer.question, answer.status) == (FERRY_QUESTION, "answered")
    assert "Captain Idris Penhale" in answer.text
    assert {check.state for check in library.verify(answer)} == {"valid"}


def test_ask_takes_filters(open_library: OpenLibrary, tmp_path: Path):
    library = open_library()
    for day, name in (("2024-05-03", "May"), ("2024-06-03", "June")):
        head = f'<title>Ferry</title><meta property="article:published_time" content="{day}">'
        head += f'<meta property="og:site_name" content="{name}">'
        page = f"<html><head>{head}</head><body><article><p>{FERRY} {name}.</p></article></body></html>"
        (tmp_path / f"{name}.html").write_text(page, encoding="utf-8")
        library.add(tmp_path / f"{name}.html")
    with served(library) as blocks:
        program = client(blocks.local_url)

        def published(**filters: Any) -> set[str]:
            values = program.predict(FERRY_QUESTION, api_name="/ask", **filters)
            return {item["published"] for item in values["citations"] + values["nearest"]}

        assert published(published_to="2024-05-31") == {"2024-05-03"}
        assert published(published_from="2024-06-01") == {"2024-06-03"}
        assert published(as_of="2024-05-31") == {"2024-05-03"}
        assert published(publishers=["June"]) == {"2024-06-03"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"question": " "}, "question"),
        ({"question": 5}, "question must be a text"),
        ({"published_to": "yesterday"}, "published_to can't be 'yesterday'; give a date such as 2025-11-20"),
        ({"publishers": "Reuters"}, "publishers must be a list of texts"),
    ],
)
def test_errors_are_messages(library: Library, wrong: dict[str, Any], message: str):
    with served(library) as blocks, pytest.raises(AppError, match=message) as raised:
        client(blocks.local_url).predict(**{"question": FERRY_QUESTION, **wrong}, api_name="/ask")
    assert "Traceback" not in str(raised.value)


def test_half_a_character_in_a_filter_is_no_error(library: Library):
    with served(library) as blocks:
        data = [FERRY_QUESTION, ["\ud800"], None, None, None, False, None]
        body, headers = json.dumps({"data": data}), {"Content-Type": "application/json"}
        told = httpx.post(f"{blocks.local_url}gradio_api/run/ask", content=body, headers=headers, timeout=30)
    assert told.json()["data"][0]["notes"][0] == "No article names the publisher \ufffd."


def test_search_lists_passages_as_the_command_does(library: Library):
    with served(library) as blocks:
        program = client(blocks.local_url)
        [hit] = program.predict("ninety loaves of rye bread", k=1, api_name="/search")
        with pytest.raises(AppError, match="from 1 to 1,000"):
            program.predict("ninety loaves", k=0, api_name="/search")
    assert list(hit) == ["article_id", "title", "start", "end", "text", "score"]
    assert library.article(hit["article_id"]).text[hit["start"] : hit["end"]] == hit["text"]
    assert "ninety loaves" in hit["text"]


def test_add_reports_each_file(open_library: OpenLibrary, tmp_path: Path):
    library = open_library()
    files = [private(tmp_path / "ferry.txt", FERRY), private(tmp_path / "empty.txt", "")]
    with served(library) as blocks:
        rows = client(blocks.local_url).predict([handle_file(str(file)) for file in files], api_name="/add")
    assert [(row["source"], row["outcome"]) for row in rows] == [
        ("upload:ferry.txt", "added"),
        ("upload:empty.txt", "skipped"),
    ]
    assert rows[1]["reason"]
    assert rows[1]["remedy"]
    assert [article.text.strip() for article in library.articles()] == [FERRY]


@pytest.mark.parametrize("typed", [True, False])
def test_add_takes_only_what_was_uploaded(open_library: OpenLibrary, tmp_path: Path, typed: bool):
    """A path on the server's disk and an address are neither read, nor deleted, nor fetched."""
    library, secret = open_library(), private(tmp_path / "secret.txt", FERRY)
    meta = {"meta": {"_type": "gradio.FileData"}} if typed else {}
    with served(library) as blocks, httpx.Client(base_url=blocks.local_url, timeout=30) as http:
        for path in (str(secret), "http://192.0.2.1/secret.txt", "", "a\0b", 5):
            body = {"data": [[{"path": path, **meta}]]}
            answer = http.post("/gradio_api/run/add", json=body)
            assert answer.status_code in (422, 500), path
    assert secret.exists()
    assert library.articles() == []


def test_endpoints_are_typed_and_the_pages_own_are_private(library: Library):
    with served(library) as blocks:
        found = client(blocks.local_url).view_api(return_format="dict", print_info=False)["named_endpoints"]
        openapi = httpx.get(blocks.local_url + "gradio_api/openapi.json").json()
    assert set(found) == {"/ask", "/search", "/add"}
    parameters = {item["parameter_name"]: item["type"] for item in found["/ask"]["parameters"]}
    assert list(parameters) == [
        "question",
        "publishers",
        "published_from",
        "published_to",
        "as_of",
        "include_undated",
        "history",
    ]
    assert parameters["question"] == {"type": "string"}
    answer = found["/ask"]["returns"][0]["type"]
    assert answer["properties"]["confidence"] == {"type": "number"}
    assert answer["properties"]["citations"]["items"]["properties"]["start_char_index"] == {"type": "integer"}
    named = [path for path in openapi["paths"] if "/call/v2/" in path]
    assert named == [f"/gradio_api/call/v2/{name}" for name in ("ask", "search", "add")]


def test_the_openapi_page_tells_how_to_ask_without_a_library(library: Library):
    """By its two addresses: one takes the parameters by name, the other sends the answer as an event."""
    with served(library) as blocks, httpx.Client(base_url=blocks.local_url + "gradio_api", timeout=30) as http:
        event = http.post("/call/v2/ask", json={"question": FERRY_QUESTION}).json()["event_id"]
        last = http.get(f"/call/ask/{event}").text.strip().rpartition("event: complete\ndata: ")[2]
    assert json.loads(last)[0]["question"] == FERRY_QUESTION


def test_visitors_at_once_get_their_own_answers(library: Library):
    with served(library) as blocks, ThreadPoolExecutor(6) as pool:
        programs = [client(blocks.local_url) for _ in range(6)]
        questions = [FERRY_QUESTION, BAKERY_QUESTION] * 3
        asked = zip(programs, questions, strict=True)
        answers = list(pool.map(lambda pair: pair[0].predict(pair[1], api_name="/ask"), asked))
    assert [answer["question"] for answer in answers] == questions
    for answer in answers:
        whole = FERRY if answer["question"] == FERRY_QUESTION else BAKERY
        assert answer["citations"][0]["cited_text"] in whole


# Limits


def test_a_limiter_lets_go_on_after_a_minute():
    now = [0.0]
    limiter = Limiter(2, clock=lambda: now[0])
    assert [limiter.take("a"), limiter.take("a"), limiter.take("a"), limiter.take("b")] == [0, 0, 60, 0]
    now[0] = 59.5
    assert limiter.take("a") == 1
    now[0] = 60.0
    assert limiter.take("a") == 0
    assert [Limiter(0).take("a") for _ in range(99)] == [0] * 99


def test_questions_are_counted_for_each_visitor(library: Library, hashed: str):
    accounts, limits = Accounts({"anna": hashed, "bert": hashed}), Limits(questions_per_minute=2)
    with served(library, accounts, limits) as blocks:
        anna, bert = (client(blocks.local_url, headers=basic(user, PASSWORD)) for user in ("anna", "bert"))
        anna.predict(FERRY_QUESTION, api_name="/ask")
        anna.predict(FERRY_QUESTION, api_name="/search")
        with pytest.raises(AppError, match=r"2 questions a minute; ask again in \d+ seconds"):
            anna.predict(FERRY_QUESTION, api_name="/ask")
        assert bert.predict(FERRY_QUESTION, api_name="/ask")["status"] == "answered"


def test_too_many_files_are_refused_and_none_is_kept(
    open_library: OpenLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    received = tmp_path / "received"
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(received))
    library, limits = open_library(), Limits(files=2)
    files = [private(tmp_path / f"{number}.txt", FERRY + str(number)) for number in range(3)]
    with served(library, limits=limits) as blocks:
        program, sent = client(blocks.local_url), [handle_file(str(file)) for file in files]
        with pytest.raises(AppError, match="3 files are too many at once; add at most 2"):
            program.predict(sent, api_name="/add")
        assert [path for path in received.rglob("*") if path.is_file()] == []
        assert library.articles() == []
        assert [row["outcome"] for row in program.predict(sent[:2], api_name="/add")] == ["added", "added"]
        assert [path for path in received.rglob("*") if path.is_file()] == []


def test_large_bodies_are_refused_before_they_are_read(library: Library):
    limits = Limits(file_bytes=1_000, request_bytes=1_000_000)
    with served(library, limits=limits) as blocks, httpx.Client(base_url=blocks.local_url) as http:
        assert http.post("/gradio_api/upload", files={"files": ("a.txt", b"x" * 999)}).status_code == 200
        assert http.post("/gradio_api/upload", files={"files": ("a.txt", b"x" * 1_001)}).status_code == 413
        large = http.post("/gradio_api/upload", content=b"x" * 1_000_001)
        assert (large.status_code, "at most 1 MB" in large.text) == (413, True)
        assert http.post("/gradio_api/upload", content=iter([b"x"])).status_code == 411


def test_only_uploads_may_be_large(library: Library):
    """What is asked stays in memory for long."""
    with served(library) as blocks, httpx.Client(base_url=blocks.local_url) as http:
        large = http.post("/gradio_api/queue/join", content=b"x" * 4_000_001)
        assert (large.status_code, "at most 4 MB" in large.text) == (413, True)
