"""Replicas of `qa serve` as processes of their own, with the word models, and what they printed."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from qa.library import Library
from qa.settings import Settings
from tests.fakes import WordEmbedder, WordReader

# Processes that begin with gradio imported, which takes each of them seconds otherwise.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["ui.app", "ui.metrics", "tests.replicas"])


class SlowReader(WordReader):
    """The reader of words, after that many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def read(self, question, passages):
        time.sleep(self._seconds)
        return super().read(question, passages)


def serve_replica(
    library: str, port: int, slow: float, drain: float, tokens: Path | None, output: Path, errors: Path
) -> None:
    """What a replica's process runs."""
    from ui.accounts import read_accounts
    from ui.app import serve
    from ui.operation import Operation

    for file, number in ((output, 1), (errors, 2)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    models = {"load": lambda _: WordEmbedder(), "load_reader": lambda _: SlowReader(slow)}
    accounts = read_accounts(token_file=tokens) if tokens else None
    operation = Operation(drain, "json", metrics_port=0)
    settings = Settings(strictness=0, copies=str(output.parent / f"copies-{port}"))
    with Library.open(library, settings=settings, **models) as opened:
        serve(opened, port=port, examples=["Who?"], accounts=accounts, operation=operation)


class Running:
    """One replica over that library; its output, and its copy of the indexes of one on PostgreSQL, lie in `folder`."""

    def __init__(
        self,
        library: str,
        port: int,
        folder: Path,
        *,
        slow: float = 0,
        drain: float = 0.5,
        tokens: Path | None = None,
    ) -> None:
        self.port, self.address = port, f"http://127.0.0.1:{port}"
        self._output, self._errors = (folder / f"{port}.{name}" for name in ("out", "err"))
        given = (library, port, slow, drain, tokens, self._output, self._errors)
        self.process = PROCESSES.Process(target=serve_replica, args=given)
        self.process.start()

    def wait_until_ready(self, seconds: float = 60) -> None:
        ends = time.monotonic() + seconds
        while self.ready() != 200:
            assert self.process.is_alive(), self.errors
            assert time.monotonic() < ends, self.errors
            time.sleep(0.05)

    def ready(self) -> int:
        """The status of /ready; 0 while nothing answers."""
        try:
            return httpx.get(f"{self.address}/ready", timeout=5).status_code
        except httpx.HTTPError:
            return 0

    def metrics(self) -> dict[str, float]:
        """Name and labels -> value, as Prometheus reads them."""
        address = re.search(r"Metrics at (\S+)", self.output)
        assert address
        lines = httpx.get(address[1]).text.splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}

    def terminate(self) -> None:
        assert self.process.pid
        os.kill(self.process.pid, signal.SIGTERM)

    def wait(self, seconds: float = 30) -> int | None:
        """The exit status, once the process has ended."""
        self.process.join(seconds)
        return self.process.exitcode

    def kill(self) -> None:
        self.process.kill()
        self.process.join(10)

    @property
    def output(self) -> str:
        return self._output.read_text(encoding="utf-8")

    @property
    def errors(self) -> str:
        return self._errors.read_text(encoding="utf-8", errors="replace")

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What was logged."""
        return [json.loads(line) for line in self.errors.splitlines()]


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)
