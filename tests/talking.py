"""A server of an OpenAI-like model over real HTTP on loopback, and what a test may have it say."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Say = Callable[[dict[str, Any]], int | Iterable[str]]  # a request's body -> a status, or the pieces of the reply

# Sentences about the two articles of conftest.py, with names in place of the numbers of what they cite.
QUESTION = "Where did the ferry Aurelia run aground?"
TRUE = "The ferry Aurelia ran aground off Brannock Island [ran]."
ABOARD = "It ran aground on Tuesday night with 140 people aboard [ran]."
SAFE = "Lifeboats brought everyone to the harbour of Sallow [boats]."
LOAVES = "She bakes ninety loaves every morning [loaves]."
LIE = "Every sailor prayed in dreadful weather [ran]."  # no reason for withholding it names a word of it
WRONG = "The ferry Aurelia ran aground off Sallow Rocks [ran]."
OFFERED = {"ran": "The ferry Aurelia ran", "boats": "Lifeboats brought", "loaves": "She bakes"}


def bare(*said: str) -> list[str]:
    """The sentences as they are shown."""
    return [re.sub(r" \[\w+\]", "", sentence) for sentence in said]


def numbered(said: str, prompt: str) -> str:
    """The sentences as a model writes them: with the numbers that the prompt offers."""
    for name, opening in OFFERED.items():
        found = re.search(rf"\[(\d+)\] {opening}", prompt)
        said = said.replace(f"[{name}]", f"[{found[1]}]" if found else "")
    return said


def asked_of(body: dict[str, Any]) -> str:
    """What the model was asked."""
    return str(body["messages"][1]["content"])


@dataclass
class Talk:
    """The server's address, the bodies and keys that it was sent, and whether a client cut it off."""

    address: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    cut_off: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serve_model(say: Say) -> Iterator[Talk]:
    """Serves until the block ends."""
    talk = Talk()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            talk.asked.append(body)
            talk.keys.append(str(self.headers["Authorization"]))
            said = say(body)
            if isinstance(said, int):
                self.send_response(said)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(b'{"error": {"message": "the key sk-secret is wrong"}}')
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            try:
                for piece in said:
                    self._send({"choices": [{"index": 0, "delta": {"role": "assistant", "content": piece}}]})
                self.wfile.write(b"data: [DONE]\n\n")
            except OSError:
                talk.cut_off.set()

        def _send(self, chunk: dict[str, Any]) -> None:
            whole = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", **chunk}
            self.wfile.write(f"data: {json.dumps(whole)}\n\n".encode())
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    talk.address = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield talk
    finally:
        server.shutdown()
        server.server_close()


def drip(text: str, seconds: float) -> Iterator[str]:
    """The words of a text, so many seconds apart, again and again."""
    while True:
        for word in text.split():
            time.sleep(seconds)
            yield f"{word} "
