"""What the served page gives away: probed from outside by somebody who has signed in and means no good."""

from __future__ import annotations

import gc
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization

from qa.errors import SettingInvalid
from qa.library import Library
from tests.certificates import make_certificate
from tests.conftest import FERRY
from tests.serving import BAKERY_QUESTION, FERRY_QUESTION, TOKEN, asking_of, private, qa, read_stream, routes, served
from ui.accounts import read_accounts
from ui.headers import page_policy
from ui.limits import Limits
from ui.server import check_certificate

# Gradio leaves the event loops that it makes to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
SERVED = {  # everything that gradio's app answers to who has signed in
    *("/", "/config", "/favicon.ico", "/manifest.json", "/robots.txt", "/theme.css", "/assets/x", "/static/x"),
    *(f"/gradio_api/{name}" for name in ("app_id", "cancel", "info", "openapi.json", "reset", "startup-events")),
    *(f"/gradio_api/{name}" for name in ("upload", "upload_progress", "queue/data", "queue/join")),
    *(f"/gradio_api/{name}" for name in ("api/x", "api/x/", "run/x", "run/x/", "heartbeat/x")),
    *(f"/gradio_api/{name}" for name in ("call/x", "call/x/", "call/x/x", "call/v2/x", "call/v2/x/", "call/v2/x/x")),
}


@pytest.fixture(scope="module", autouse=True)
def collect_garbage() -> Iterator[None]:
    """Here, where its warnings are ignored, and not in the next file's tests."""
    yield
    gc.collect()


@pytest.fixture
def intruder(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, httpx.Client]]:
    """The page, and somebody who has signed in to it."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "received"))
    accounts = read_accounts(token_file=private(tmp_path / "tokens", TOKEN))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with (
        served(library, accounts, Limits(uploads_per_minute=3)) as blocks,
        httpx.Client(base_url=blocks.local_url, headers=headers, timeout=20) as http,
    ):
        yield blocks, http


def test_only_what_the_page_needs_is_served(intruder: tuple[Any, httpx.Client]):
    """A route that a newer gradio brings is refused, too, until somebody has looked at it."""
    blocks, http = intruder
    found = {path for path, _ in routes(blocks.app.routes)}
    assert len(found) > 60
    assert found > SERVED
    for path, methods in routes(blocks.app.routes):
        if path not in SERVED:
            for method in methods:
                assert http.request(method, path).status_code == 404, (method, path)


def test_no_file_of_the_machine_is_given_out(intruder: tuple[Any, httpx.Client], tmp_path: Path):
    """Neither by climbing out of the folders of the page, nor by naming what another visitor uploaded."""
    blocks, http = intruder
    secret = private(tmp_path / "secret.txt", "the secret of the intruder's test")
    [uploaded] = http.post("/gradio_api/upload", files={"files": ("mine.txt", secret.read_bytes())}).json()
    assert Path(uploaded).exists()
    up = "../" * 12
    climbs = [up, up.replace("/", "%2f"), up.replace(".", "%2e"), "..%5c" * 12, "/", "//", "%2f", "....//" * 12]
    folders = ("assets/", "static/", "svelte/", "gradio_api/file=", "gradio_api/file/", "gradio_api/stream/", "")
    for target in (str(secret), uploaded, "/etc/passwd"):
        names = [climb + target.lstrip("/") for climb in climbs] + [target, "file://" + target]
        for folder in folders:
            for name in names:
                answer = raw_get(blocks.server_port, f"/{folder}{name}")
                assert b"the secret of" not in answer, (folder, name)
                assert b"root:" not in answer, (folder, name)


def raw_get(port: int, path: str) -> bytes:
    """The whole answer to exactly that path, which a client would tidy up."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_nothing_is_fetched_for_a_caller(intruder: tuple[Any, httpx.Client]):
    """A server that notes each connection sees none, wherever its address is put in."""
    _, http = intruder
    seen: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as trap:
        address = f"http://127.0.0.1:{trap.getsockname()[1]}/x"

        def watch() -> None:
            while True:
                try:
                    trap.accept()[0].close()
                except OSError:
                    return
                seen.append("connection")

        threading.Thread(target=watch, daemon=True).start()
        for path in ("proxy=", "file=", "file/", "deep_link?session_hash=", "upload_progress?upload_id=", "call/ask/"):
            http.get(f"/gradio_api/{path}{address}")
        file = {"path": address, "url": address, "meta": {"_type": "gradio.FileData"}}
        for body in ({"data": [[file]]}, {"data": [[{"path": "x", "url": address}]]}):
            for path in ("run/add", "api/add", "call/add"):
                http.post(f"/gradio_api/{path}", json=body)
        http.post("/gradio_api/call/v2/ask", json={"question": address})
        http.post("/gradio_api/reset", json={"event_id": address})
        assert seen == []
        socket.create_connection(trap.getsockname()).close()
        for _ in range(100):
            if not seen:
                threading.Event().wait(0.02)
        assert seen == ["connection"]  # the trap works
        trap.shutdown(socket.SHUT_RDWR)


def test_uploads_are_counted_for_each_visitor(intruder: tuple[Any, httpx.Client]):
    _, http = intruder
    sent = [http.post("/gradio_api/upload", files={"files": ("a.txt", FERRY.encode())}) for _ in range(4)]
    assert [answer.status_code for answer in sent] == [200, 200, 200, 429]
    assert int(sent[3].headers["Retry-After"]) <= 60


@pytest.mark.parametrize(
    ("publishers", "told"),
    [
        (["The Herald"], "No article names the publisher The Herald"),
        (["\ud800"], "No article names the publisher \ufffd"),
        ([["x"], 7], "are texts"),
    ],
)
def test_publishers_may_be_chosen_in_a_session_that_is_new_to_the_server(
    library: Library, publishers: list[Any], told: str
):
    """As on a page that is still open after the server was started anew: it knows of no choices there."""
    with served(library) as blocks, httpx.Client(base_url=blocks.local_url + "gradio_api", timeout=30) as http:
        asking = asking_of(blocks)
        given = {"asked": {"how": "new", "question": FERRY_QUESTION, "turns": []}, "publishers": publishers}
        data = [given.get(item.elem_id) for item in asking.inputs]
        body = {"data": data, "fn_index": asking._id, "session_hash": "session-of-cleo"}
        content, sent = json.dumps(body), {"Content-Type": "application/json"}  # httpx would send no lone surrogate
        assert http.post("/queue/join", content=content, headers=sent).status_code == 200
        assert told in read_stream(http, "session-of-cleo")


def test_visitors_see_only_what_is_theirs(library: Library):
    """Two at once through the page's own handler: each event stream has one visitor's stages and answer alone."""
    with served(library) as blocks:
        asking = asking_of(blocks)
        streams: dict[str, str] = {}

        def ask(session: str, question: str) -> None:
            sent = {"how": "new", "question": question, "turns": []}
            data = [sent if item.elem_id == "asked" else None for item in asking.inputs]
            body = {"data": data, "fn_index": asking._id, "session_hash": session}
            with httpx.Client(base_url=blocks.local_url + "gradio_api", timeout=30) as http:
                for _ in range(3):
                    assert http.post("/queue/join", json=body).status_code == 200
                    streams[session] = streams.get(session, "") + read_stream(http, session)

        asked = {"session-of-anna": FERRY_QUESTION, "session-of-bert": BAKERY_QUESTION}
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(ask, asked, asked.values()))
        with httpx.Client(base_url=blocks.local_url + "gradio_api", timeout=30) as http:
            strange = read_stream(http, "session-of-nobody")
    anna, bert = streams["session-of-anna"], streams["session-of-bert"]
    assert "Idris Penhale" in anna
    assert "Maud Oakenshaw" in bert
    assert not re.search("Quillmere|Oakenshaw|bakery", anna)
    assert not re.search("Aurelia|Penhale|steering", bert)
    assert not re.search("Aurelia|Penhale|Quillmere|Oakenshaw|session-of-(anna|bert)", strange)


def test_answers_tell_the_browser_to_reach_nothing_else(intruder: tuple[Any, httpx.Client]):
    _, http = intruder
    page = http.get("/")
    policy = page.headers["Content-Security-Policy"]
    assert policy == page_policy(page.content)
    assert "default-src 'none'" in policy
    assert "connect-src 'self';" in policy
    assert "'unsafe-inline'" not in policy.partition("style-src")[0]
    assert policy.count("'sha256-") == len(re.findall(r"<script(?! [^>]*src=)", page.text))
    for answer in (page, http.get("/config"), http.get("/nothing"), httpx.get(http.base_url)):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "camera=()" in answer.headers["Permissions-Policy"]
        assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


def test_only_the_pages_own_scripts_are_allowed():
    """By the example of the specification: 'alert('Hello, world.');' has this hash."""
    assert "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='" in page_policy(
        b"<script>alert('Hello, world.');</script><script src=\"./x.js\"></script>"
    )
    assert "sha256" not in page_policy(b'<script type="module" src="./x.js"></script>')


def test_with_a_certificate_nothing_travels_in_the_open(library: Library, tmp_path: Path):
    """Who trusts the certificate is answered, who speaks plain HTTP or trusts others isn't."""
    certificate = make_certificate(tmp_path / "first")
    with served(library, certificate=certificate, mcp=True) as blocks:
        assert blocks.local_url.startswith("https://")
        trusting = ssl.create_default_context(cafile=str(certificate[0]))
        assert httpx.get(blocks.local_url, verify=trusting).status_code == 200
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(blocks.local_url)
        with pytest.raises(httpx.HTTPError):
            httpx.get(blocks.local_url.replace("https", "http"))


def test_a_certificate_that_cannot_serve_is_told(tmp_path: Path):
    file, key = make_certificate(tmp_path / "first")
    other = make_certificate(tmp_path / "other")[1]
    locked = make_certificate(tmp_path / "locked", serialization.BestAvailableEncryption(b"password"))
    for wrong in ((file, other), (key, file), (tmp_path / "none", key), locked):
        with pytest.raises(SettingInvalid, match="give PEM files that belong together"):
            check_certificate(*wrong)
    run = qa("serve", "--certificate", str(file), "--library", str(tmp_path / "new"))
    assert (run.returncode, "give both, or neither" in run.stderr) == (2, True)
