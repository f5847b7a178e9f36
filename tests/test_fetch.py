"""Addresses and feeds, from a real server on this machine."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import qa.fetch
from qa.errors import ArticleUnreadable
from qa.fetch import fetch_page, find_feed_pages, is_address
from qa.settings import Settings
from tests.conftest import FERRY, OpenLibrary

PAGE = f"<html><head><title>Ferry aground</title></head><body><article><p>{FERRY}</p></article></body></html>"
RSS = (
    "<rss version='2.0'><channel><link>/home</link><item><title>A</title><link>{0}/page</link></item>"
    "<item><link>/page</link></item><item><link>javascript:alert(1)</link></item></channel></rss>"
)
ATOM = (
    "<feed xmlns='http://www.w3.org/2005/Atom'><link href='{0}/self'/><entry><link rel='edit' href='{0}/edit'/>"
    "<link href='{0}/page'/></entry></feed>"
)
BOMB = (
    "<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
    "<rss><channel><item><link>http://&b;/</link></item></channel></rss>"
)


JSON_FEED = json.dumps({"items": [{"id": "{0}/page"}, {"url": "/page"}, {"url": 7}, {"url": "http://\ud800/"}, 3]})
LINKING = "<html><head><link rel='alternate' type='application/rss+xml' href='/rss'></head><body>x</body></html>"
BROKEN_LINK = "<rss><channel><item><link>http://[x</link></item><item><link>/page</link></item></channel></rss>"


class Handler(BaseHTTPRequestHandler):
    seen: list[str]

    def do_GET(self) -> None:
        self.server.seen.append(self.path)  # type: ignore[attr-defined]
        base = f"http://127.0.0.1:{self.server.server_address[1]}"
        bodies = {
            "/page": ("text/html; charset=utf-8", PAGE),
            "/text": ("text/plain", FERRY),
            "/Text": ("text/plain", FERRY),
            "/image": ("image/png", "x"),
            "/empty": ("text/html", ""),
            "/rss": ("application/rss+xml", RSS.format(base)),
            "/atom": ("application/atom+xml", ATOM.format(base)),
            "/bomb": ("text/xml", BOMB),
            "/json": ("application/feed+json", JSON_FEED.replace("{0}", base)),
            "/linking": ("text/html", LINKING),
            "/broken-link": ("text/xml", BROKEN_LINK),
            "/nul": ("text/xml", "\0\0"),
            "/pdf": ("Application/PDF; x=y", "%PDF-1.4"),
        }
        targets = {"/moved": "/page", "/loop": "/loop", "/file": "file:///etc/passwd", "/nowhere": "http://[x"}
        if self.path in targets:
            self.send_response(302)
            self.send_header("Location", targets[self.path])
            self.end_headers()
        elif self.path == "/slow-head":
            self._drip(b"HTTP/1.0 200 OK\r\nX: ", times=1)
            self._drip(b"a")
        elif self.path == "/short":
            self._send({"Content-Length": "1000"}, b"half")
        elif self.path == "/packed":
            self._send({"Content-Encoding": "gzip"}, gzip.compress(b"a" * 20_000_000))
        elif self.path == "/endless":
            self._send({})
            self._drip(b"a" * 65_536, pause=0, times=2_000)
        elif self.path == "/slow":
            self._send({})
            self._drip(b"a")
        elif self.path in bodies:
            kind, body = bodies[self.path]
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body.encode())
        else:
            self.send_response(int(self.path[1:]))
            self.end_headers()

    def _send(self, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(200)
        for name, value in {"Content-Type": "text/html", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self._drip(body, pause=0, times=1)

    def _drip(self, first: bytes, *, pause: float = 0.05, times: int = 100) -> None:
        """Sends the bytes so often, or until the other side has hung up."""
        for _ in range(times):
            try:
                self.wfile.write(first)
            except OSError:
                return
            self.server.sent += len(first)  # type: ignore[attr-defined]
            time.sleep(pause)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as it:
        it.sent = 0  # type: ignore[attr-defined]
        it.seen = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=it.serve_forever)
        thread.start()
        yield it
        it.shutdown()
        thread.join()


@pytest.fixture
def base(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


ALLOWED = Settings(allow_network=True)


def test_nothing_is_looked_up_or_opened_unless_allowed(
    server: ThreadingHTTPServer, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **_: looked_up.append(given) or [])
    for fetch in (fetch_page, find_feed_pages):
        with pytest.raises(ArticleUnreadable, match=r"not allowed.*--allow-network"):
            fetch(f"{base}/page", Settings())
    assert (looked_up, server.seen) == ([], [])  # type: ignore[attr-defined]


def test_a_page_keeps_its_address_and_gets_its_format(base: str) -> None:
    page = fetch_page(f"{base}/moved#part", ALLOWED)
    assert (page.source, page.suffix, page.data) == (f"{base}/moved", ".html", PAGE.encode())
    assert fetch_page(f"{base}/text", ALLOWED).suffix == ".txt"
    assert fetch_page(f"{base}/pdf", ALLOWED).suffix == ".pdf"
    assert fetch_page(base.replace("http://127.0.0.1", "HTTP://LOCALHOST") + "/Text", ALLOWED).source.startswith(
        "http://localhost"
    )


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("404", "does not exist there"),
        ("403", "refuses access"),
        ("429", "too many requests"),
        ("503", "status 503"),
        ("image", "is no article but image/png"),
        ("empty", "is empty"),
        ("loop", "redirected more than"),
        ("file", "is no web address"),
        ("nowhere", "is no web address"),
        ("short", "breaks off"),
    ],
)
def test_what_cannot_be_had_says_why(base: str, path: str, reason: str) -> None:
    with pytest.raises(ArticleUnreadable, match=reason):
        fetch_page(f"{base}/{path}", ALLOWED)


@pytest.mark.parametrize("address", ["http://[x", "http://", "http://a:b/", "http://a b/", "javascript:1", "ftp://a/b"])
@pytest.mark.parametrize("fetch", [fetch_page, find_feed_pages])
def test_what_is_no_web_address_is_told(fetch: Callable[[str, Settings], object], address: str) -> None:
    with pytest.raises(ArticleUnreadable, match=r"is no (valid )?web address"):
        fetch(address, ALLOWED)


@pytest.mark.parametrize("path", ["page", "packed", "endless"])
def test_a_page_that_is_too_large_is_left_at_the_limit(server: ThreadingHTTPServer, base: str, path: str) -> None:
    """Of the endless page's 131 MB only what the sockets' buffers take is ever sent."""
    with pytest.raises(ArticleUnreadable, match="larger than 100 bytes"):
        fetch_page(f"{base}/{path}", Settings(allow_network=True, max_article_bytes=100))
    assert server.sent < 50_000_000  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["slow", "slow-head"])
def test_a_slow_server_is_left_in_time(base: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece comes well before a timeout of its own."""
    monkeypatch.setattr(qa.fetch, "TOTAL_SECONDS", 0.3)
    started = time.monotonic()
    with pytest.raises(ArticleUnreadable, match=r"takes longer than 0\.3 s"):
        fetch_page(f"{base}/{path}", ALLOWED)
    assert time.monotonic() - started < 3


def test_a_server_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/"
    with pytest.raises(ArticleUnreadable, match="refuses connections"):
        fetch_page(address, ALLOWED)

    def find_none(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", find_none)
    with pytest.raises(ArticleUnreadable, match="host that isn't found"):
        fetch_page("http://news.example/", ALLOWED)


def test_a_server_without_tls_is_told(base: str) -> None:
    with pytest.raises(ArticleUnreadable, match="can't be fetched securely"):
        fetch_page(base.replace("http:", "https:"), ALLOWED)


@pytest.mark.parametrize("feed", ["rss", "atom", "json", "linking", "broken-link"])
def test_a_feed_lists_its_articles_once(base: str, feed: str) -> None:
    assert find_feed_pages(f"{base}/{feed}", ALLOWED) == [f"{base}/page"]


@pytest.mark.parametrize("path", ["page", "bomb", "text", "nul"])
def test_what_is_no_feed_lists_nothing(base: str, path: str) -> None:
    """The entity of the bomb is not expanded, so its address has no host."""
    with pytest.raises(ArticleUnreadable, match="lists no articles"):
        find_feed_pages(f"{base}/{path}", ALLOWED)


def test_pages_and_feeds_are_added_and_read_again_only_when_changed(base: str, open_library: OpenLibrary) -> None:
    library = open_library(settings=Settings(strictness=0, allow_network=True))
    [added] = library.add_feed(f"{base}/rss").entries
    assert (added.outcome, library.articles()[0].url) == ("added", f"{base}/page")
    again = library.add([f"{base}/page", f"{base}/404"])
    assert [entry.outcome for entry in again.entries] == ["unchanged", "skipped"]


@pytest.mark.parametrize(("text", "expected"), [("HTTPS://a.example", True), ("a.txt", False), ("ftp://a", False)])
def test_addresses_are_told_from_paths(text: str, expected: bool) -> None:
    assert is_address(text) is expected
