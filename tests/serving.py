"""The page's server in this process, and how to reach it: what the tests of serving share."""

from __future__ import annotations

import base64
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from gradio_client import Client

from qa.library import Library
from tests.conftest import ROOT
from ui.accounts import Accounts
from ui.app import build_page, tools_endpoint
from ui.front import Replica
from ui.limits import Limiter, Limits
from ui.server import launch
from ui.watching import Watch

PASSWORD = "rye bread: ninety loaves"
TOKEN = "a-token-of-more-than-twenty-letters"
FERRY_QUESTION = "Which captain said that the steering had failed?"
BAKERY_QUESTION = "Who owns the bakery in the town of Quillmere?"
OPENED = re.compile(r"\{[^}]*\}")


@contextmanager
def served(
    library: Library,
    accounts: Accounts | None = None,
    limits: Limits | None = None,
    *,
    mcp: bool = False,
    certificate: tuple[Path, Path] | None = None,
    replica: Replica | None = None,
    watch: Watch | None = None,
) -> Iterator[Any]:
    """The page, served, with or without the tools at /mcp; its address is `local_url`."""
    limits = limits or Limits()
    limiter = Limiter(limits.questions_per_minute)
    blocks = build_page(library, limits=limits, limiter=limiter, watch=watch)
    before = [tools_endpoint(library, limiter, watch)] if mcp else ()
    launch(blocks, accounts=accounts, limits=limits, before=before, certificate=certificate, replica=replica)
    try:
        yield blocks
    finally:
        blocks.close(verbose=False)


def private(file: Path, text: str) -> Path:
    file.write_text(text + "\n", encoding="utf-8")
    file.chmod(0o600)
    return file


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def client(address: str, **options: Any) -> Client:
    return Client(address, verbose=False, analytics_enabled=False, **options)


def qa(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qa", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, input=given, capture_output=True, text=True, timeout=120)


def routes(found: Any) -> Iterator[tuple[str, set[str]]]:
    """Every route of the app as a path that it fits, and its methods."""
    for route in found:
        if getattr(route, "methods", None):
            yield OPENED.sub("x", route.path).replace("//", "/x/"), route.methods - {"OPTIONS"}
        elif hasattr(route, "original_router"):
            yield from routes(route.original_router.routes)


def asking_of(blocks: Any) -> Any:
    """The page's own handler of questions."""
    return next(
        fn
        for fn in blocks.fns.values()
        if inspect.isgeneratorfunction(fn.fn) and "asked" in [item.elem_id for item in fn.inputs]
    )


def read_stream(http: httpx.Client, session: str) -> str:
    """All that the stream of a session tells until its event is complete, or the server has nothing for it."""
    lines = []
    with http.stream("GET", "/queue/data", params={"session_hash": session}) as stream:
        for line in stream.iter_lines():
            lines.append(line)
            told = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
            if told.get("msg") in ("process_completed", "close_stream", "unexpected_error"):
                break
    return "\n".join(lines)
