"""A Chroma server of the tests' own, stopped by its process id; and what may stand before one: TLS, a token, faults."""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import httpx

from qa.settings import Settings
from tests.certificates import make_certificate

PATIENCE = 30  # seconds to start or stop
TOKEN = "a-token-that-nobody-may-see"
NUMBERS = itertools.count(1)  # each test has a database of its own


@dataclass
class ChromaRun:
    """`chroma run` with its data in `folder`."""

    folder: Path
    port: int
    host: str = "127.0.0.1"
    within: tuple[str, ...] = ()  # a command that runs its command elsewhere
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def settings(self, **others: object) -> Settings:
        """Those with which a new database on it is used."""
        return Settings(**{"chroma_url": self.url, "chroma_database": f"test-{next(NUMBERS)}", **others})  # type: ignore[arg-type]

    def start(self) -> None:
        command = [*self.within, str(Path(sys.executable).with_name("chroma")), "run"]
        command += ["--path", str(self.folder / "data"), "--host", self.host, "--port", str(self.port)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                httpx.get(f"{self.url}/api/v2/heartbeat", trust_env=False).raise_for_status()
                return
            except httpx.HTTPError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.05)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None


@contextmanager
def running_chroma(folder: Path, host: str = "127.0.0.1", within: tuple[str, ...] = ()) -> Iterator[ChromaRun]:
    """A server with new data in that folder."""
    folder.mkdir(parents=True, exist_ok=True)
    server = ChromaRun(folder, _free_port(), host, within)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@dataclass
class Front:
    """An https server before Chroma that wants the token; what it is told to do wrong it does, one fault a call."""

    url: str
    certificate: Path
    faults: list[str] = field(default_factory=list)  # "503", "cut" (the call never arrives), "lost" (its reply), "hang"
    tokens: list[str] = field(default_factory=lambda: [TOKEN])
    most_bytes: int = 1_000_000_000
    most_results: int = 1_000_000_000
    calls: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    released: Event = field(default_factory=Event)

    def settings(self, **others: object) -> Settings:
        own = {"chroma_url": self.url, "chroma_token": TOKEN, "chroma_certificate": str(self.certificate)}
        return Settings(**{**own, "chroma_database": f"test-{next(NUMBERS)}", **others})  # type: ignore[arg-type]


@contextmanager
def front_of(chroma: ChromaRun, folder: Path) -> Iterator[Front]:
    """Listens on a port of loopback."""
    certificate, key = make_certificate(folder)
    front = Front("", certificate)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(front, chroma.port))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    front.url = f"https://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield front
    finally:
        front.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(front: Front, port: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # a client that doesn't trust the certificate, or went away
                self.close_connection = True

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            front.calls.append(f"{self.command} {self.path}")
            front.bodies.append(body)
            fault = front.faults.pop(0) if front.faults else ""
            if self.headers["X-Chroma-Token"] not in front.tokens:
                self._reply(401, b"not with " + str(self.headers["X-Chroma-Token"]).encode())
            elif fault == "503":
                self._reply(503, b"no healthy upstream")
            elif len(body) > front.most_bytes:
                self._reply(413, b"too large")
            elif body and json.loads(body).get("n_results", 0) > front.most_results:
                self._reply(422, b"over the quota")
            elif fault in ("cut", "hang"):
                if fault == "hang":
                    front.released.wait(PATIENCE)
                self.close_connection = True
            else:
                status, answer = self._forward(body)
                if fault == "lost":
                    self.close_connection = True
                else:
                    self._reply(status, answer)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

        def _forward(self, body: bytes) -> tuple[int, bytes]:
            there = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            there.request(self.command, self.path, body, {"Content-Type": "application/json"})
            reply = there.getresponse()
            answer = reply.status, reply.read()
            there.close()
            return answer

        def _reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: tests look at `calls`."""

    return Handler


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
