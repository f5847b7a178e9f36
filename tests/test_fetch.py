"""Addresses and feeds, from a real server on this machine."""

from __future__ import annotations

import gzip
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

import qa.download
import qa.network
from qa.articles import decode
from qa.errors import ArticleUnreadable
from qa.fetch import Link, fetch_page, find_feed_pages, is_address
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
LOGIN = "reader:s3cret pass"
OPENSSL = """[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = supplied
[extensions]
subjectAltName = DNS:{name}
"""
LINKING = "<html><head><link rel='alternate' type='application/rss+xml' href='/rss'></head><body>x</body></html>"
BROKEN_LINK = "<rss><channel><item><link>http://[x</link></item><item><link>/page</link></item></channel></rss>"


class Handler(BaseHTTPRequestHandler):
    seen: list[str]

    def do_GET(self) -> None:
        self.server.seen.append(self.path)  # type: ignore[attr-defined]
        self.server.logins.append(self.headers.get("Authorization"))  # type: ignore[attr-defined]
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
            "/untyped-page": ("", PAGE),
            "/untyped-pdf": ("application/octet-stream", "%PDF-1.4"),
            "/untyped-text": ("", FERRY),
            "/untyped-program": ("", "\x7fELF\0"),
            "/latin": ("text/plain; charset=ISO-8859-1", "Übermut tut selten gut, sagt “man”.".encode("cp1252")),
            "/japanese": (
                "text/html; charset=iso-2022-jp",
                "<p>渡し船は火曜日の夜に座礁した。</p>".encode("iso-2022-jp"),
            ),
            "/mistaken": ("text/plain; charset=iso-8859-1", "Übermut"),
            "/undecodable": ("text/plain; charset=utf-16", b"\xfcbers"),
            "/private-feed": ("text/xml", RSS.format("http://127.0.0.2:9")),
        }
        targets = {
            "/moved": "/page",
            "/inward": "http://127.0.0.2:9/admin",
            "/away": self.server.away,
            "/loop": "/loop",
            "/file": "file:///etc/passwd",
            "/nowhere": "http://[x",
        }
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
            if kind:
                self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body if isinstance(body, bytes) else body.encode())
        elif self.path == "/login":
            given = self.headers.get("Authorization") == f"Basic {b64encode(LOGIN.encode()).decode()}"
            self._send({}, PAGE.encode()) if given else self._refuse(401)
        elif self.path.startswith("http://"):  # as a proxy
            self._send({}, f"<p>{self.path} by proxy</p>".encode())
        else:
            status, _, after = self.path[1:].partition("/")
            self._refuse(int(status), unquote(after))

    def _refuse(self, status: int, retry_after: str = "") -> None:
        self.send_response(status)
        if retry_after:
            self.send_header("Retry-After", retry_after)
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


@contextmanager
def serve(certificate: Path | None = None) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as it:
        it.sent, it.seen, it.logins, it.away = 0, [], [], ""  # type: ignore[attr-defined]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            it.socket = context.wrap_socket(it.socket, server_side=True)
        thread = threading.Thread(target=it.serve_forever)
        thread.start()
        try:
            yield it
        finally:
            it.shutdown()
            thread.join()


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with serve() as it:
        yield it


@pytest.fixture
def base(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def public_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.1 plays a public address, all others are what they are."""
    real = qa.network.is_public
    monkeypatch.setattr(qa.network, "is_public", lambda ip: ip == "127.0.0.1" or real(ip))


@pytest.fixture(scope="module")
def make_certificate(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a self-signed certificate with its key in one file."""
    if shutil.which("openssl") is None:
        pytest.fail("openssl is missing; install it (apt-get install openssl), then run the tests again", False)
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    def make(name: str, *, until: str = "20991231235959Z") -> Path:
        (folder / "index.txt").write_text("")
        (folder / "openssl.cnf").write_text(OPENSSL.format(name=name))
        openssl(
            "req",
            "-new",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-config",
            "openssl.cnf",
            "-keyout",
            "key.pem",
            "-out",
            "request.pem",
        )
        openssl(
            *("ca", "-batch", "-selfsign", "-config", "openssl.cnf", "-keyfile", "key.pem", "-in", "request.pem"),
            *("-startdate", "20200101000000Z", "-enddate", until, "-out", "certificate.pem"),
        )
        both = folder / f"{name}-{until}.pem"
        both.write_text((folder / "key.pem").read_text() + (folder / "certificate.pem").read_text())
        return both

    return make


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
        ("untyped-program", "is no article but of no stated type"),
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
    monkeypatch.setattr(qa.download, "TOTAL_SECONDS", 0.3)
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


def test_a_certificate_that_is_not_accepted_is_told_and_can_be_trusted(
    make_certificate: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate("localhost")
    with serve(certificate) as server:
        address = f"https://localhost:{server.server_address[1]}/page"
        with pytest.raises(ArticleUnreadable, match=r"certificate is self-signed; .*SSL_CERT_FILE=FILE"):
            fetch_page(address, ALLOWED)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert fetch_page(address, ALLOWED).data == PAGE.encode()
        with pytest.raises(ArticleUnreadable, match="certificate is another host's"):
            fetch_page(address.replace("localhost", "127.0.0.1"), ALLOWED)


def test_an_expired_certificate_is_told(make_certificate: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate("localhost", until="20200201000000Z")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serve(certificate) as server, pytest.raises(ArticleUnreadable, match="certificate has expired"):
        fetch_page(f"https://localhost:{server.server_address[1]}/page", ALLOWED)


@pytest.mark.parametrize(
    ("after", "wait"),
    [
        ("90", "try again in 90 s"),
        ("3600", "try again in 60 minutes"),
        (format_datetime(datetime.now(UTC) + timedelta(hours=5)), r"try again in (29\d|300) minutes"),  # a while passes
        ("soon", "try again later"),
        ("-5", "try again later"),
    ],
    ids=["seconds", "an hour", "a moment", "no time", "less than nothing"],
)
@pytest.mark.parametrize("status", [429, 503])
def test_when_to_come_back_is_told(base: str, status: int, after: str, wait: str) -> None:
    with pytest.raises(ArticleUnreadable, match=wait):
        fetch_page(f"{base}/{status}/{quote(after)}", ALLOWED)


@pytest.mark.parametrize(
    ("path", "suffix"), [("untyped-page", ".html"), ("untyped-pdf", ".pdf"), ("untyped-text", ".txt")]
)
def test_a_page_without_a_type_is_looked_at(base: str, path: str, suffix: str) -> None:
    assert fetch_page(f"{base}/{path}", ALLOWED).suffix == suffix


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("latin", "Übermut tut selten gut, sagt “man”."),  # the label means Windows' encoding, as in browsers
        ("japanese", "<p>渡し船は火曜日の夜に座礁した。</p>"),  # ASCII bytes, and no meta tag
        ("mistaken", "Übermut"),  # it is UTF-8 whatever the server says
        ("undecodable", "übers"),
    ],
)
def test_a_page_is_decoded_as_its_server_states(base: str, path: str, text: str) -> None:
    assert decode(fetch_page(f"{base}/{path}", ALLOWED).data)[0] == text


# Logins


def stored_files(folder: Path) -> list[Path]:
    """The ledger's files among others; at least one."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert files
    return files


def test_a_login_is_used_and_never_stored_or_told(base: str, tmp_path: Path, open_library: OpenLibrary) -> None:
    library = open_library(settings=Settings(strictness=0, allow_network=True))
    given = base.replace("//", f"//{quote(LOGIN, safe=':')}@")
    names: list[str] = []
    report = library.add([f"{given}/login", f"{given}/404"], progress=lambda done, total, name: names.append(name))
    assert [entry.outcome for entry in report.entries] == ["added", "skipped"]
    told = f"{report} {names} {library.articles()}"
    assert f"{base}/login" in told
    assert "s3cret" not in told
    assert [file for file in stored_files(tmp_path) if b"s3cret" in file.read_bytes()] == []


@pytest.mark.parametrize(
    "address", ["http://reader:s3cret@[x/", "http://reader:s3cret/y@host/", "https://a:s3cret@h\0/"]
)
def test_a_login_in_what_is_no_address_is_not_told(address: str) -> None:
    with pytest.raises(ArticleUnreadable, match="is no web address") as caught:
        fetch_page(address, ALLOWED)
    assert "s3cret" not in str(caught.value)


def test_a_login_is_not_given_to_another_server(base: str, server: ThreadingHTTPServer) -> None:
    with serve() as other:
        server.away = f"http://127.0.0.1:{other.server_address[1]}/page"  # type: ignore[attr-defined]
        fetch_page(base.replace("//", "//reader:s3cret@") + "/away", ALLOWED)
        assert server.logins != [None]  # type: ignore[attr-defined]
        assert other.logins == [None]  # type: ignore[attr-defined]


# Where addresses may lead


@pytest.mark.usefixtures("public_loopback")
def test_a_public_address_does_not_lead_to_a_private_one(base: str) -> None:
    with pytest.raises(
        ArticleUnreadable, match=r"leads to http://127\.0\.0\.2:9/admin, which is on this machine or a private"
    ):
        fetch_page(f"{base}/inward", ALLOWED)


def test_a_private_address_may_lead_to_another_one(base: str) -> None:
    """The user named it, and what it links to is as near to it; nothing listens there, so that it isn't reached."""
    with pytest.raises(ArticleUnreadable, match="is on a server"):
        fetch_page(f"{base}/inward", ALLOWED)


@pytest.mark.usefixtures("public_loopback")
def test_a_public_feed_does_not_lead_to_a_private_page(base: str, open_library: OpenLibrary) -> None:
    """Through the library: that a link is a feed's must not be lost on the way."""
    library = open_library(settings=Settings(strictness=0, allow_network=True))
    entries = library.add_feed(f"{base}/private-feed").entries
    assert [(entry.outcome, "private network" in entry.reason) for entry in entries] == [
        ("skipped", True), ("added", False),
    ]  # fmt: skip


@pytest.mark.usefixtures("public_loopback")
def test_a_name_is_looked_up_once_so_that_it_cannot_change(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the first look-up gives a public address, every later one a private one."""
    real, answers = socket.getaddrinfo, iter(["127.0.0.1"])

    def look_up(host: str, port: int, *rest: object, **options: object) -> object:
        return real(next(answers, "127.0.0.2") if host == "news.example" else host, port, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    there = base.replace("127.0.0.1", "news.example")
    assert fetch_page(Link(f"{there}/page", public_only=True), ALLOWED).data == PAGE.encode()
    with pytest.raises(ArticleUnreadable, match=r"private network \(127\.0\.0\.2\)"):
        fetch_page(Link(f"{there}/page", public_only=True), ALLOWED)


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        *((ip, True) for ip in ("93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:93.184.215.14")),
        *((ip, True) for ip in ("64:ff9b::5db8:d70e", "2a00:1450:4001:82a::200e")),
        *((ip, False) for ip in ("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0")),
        *((ip, False) for ip in ("::1", "fe80::1%lo", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "224.0.0.1")),
        *((ip, False) for ip in ("2002:7f00:1::", "::")),
    ],
)  # fmt: skip
def test_public_addresses_are_told_from_others(ip: str, expected: bool) -> None:
    assert qa.network.is_public(ip) is expected


def test_a_slow_look_up_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qa.download, "TOTAL_SECONDS", 0.3)
    waiting = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: waiting.wait(30) and [])
    started = time.monotonic()
    with pytest.raises(ArticleUnreadable, match=r"takes longer than 0\.3 s"):
        fetch_page("http://news.example/", ALLOWED)
    waiting.set()
    assert time.monotonic() - started < 5


# Proxies


def test_the_proxy_of_the_environment_is_used(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", base)
    assert b"http://news.example/page by proxy" in fetch_page("http://news.example/page", ALLOWED).data
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert fetch_page(f"{base}/page", ALLOWED).data == PAGE.encode()
    with pytest.raises(ArticleUnreadable, match="private network"):
        fetch_page(Link("http://localhost:9/", public_only=True), ALLOWED)


@pytest.mark.parametrize(
    ("proxy", "reason"),
    [("http://127.0.0.1:1", "refuses connections, which is the proxy"), ("socks5://a:1", "isn't http or https")],
)
def test_a_proxy_that_does_not_work_is_told(proxy: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(ArticleUnreadable, match=f"{reason}; check HTTP_PROXY"):
        fetch_page("https://news.example/", ALLOWED)


# Feeds


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
