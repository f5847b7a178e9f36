"""A real server over the seeds in a process of its own, and a page in real Chromium that may reach nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.conftest import CACHE, ROOT
from tests.eval_runs import good, refused, store, wrong

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SERVE = """
import sys
from qa.library import Library
from ui.app import serve

with Library.open(sys.argv[1]) as library:
    library.add(sys.argv[2:])
    serve(library, port=0, examples=("What song did Maduro sing at a rally?",))
"""
SERVE_NOTHING = """
import sys
from pathlib import Path
from qa.library import Library
from ui.app import serve

with Library.open(sys.argv[1]) as library:
    serve(library, port=0, runs=[Path(sys.argv[1]).parent / "runs"])
"""
FERRIES = "Which of the two ferries carried more people in the end?"  # what a run was asked
expect.set_options(timeout=30_000)


def place(locator: Locator) -> dict[str, float]:
    """Where it is in the window: x, y, width, height, right, bottom."""
    found: dict[str, float] = locator.evaluate("element => element.getBoundingClientRect().toJSON()")
    return found


def find_chromium() -> str:
    """The browser's path: QA_CHROMIUM, else the first known name on the PATH; the test fails when there is none."""
    named = os.environ.get("QA_CHROMIUM")
    known = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = named or next(filter(None, map(shutil.which, known)), None)
    if path is None or not Path(path).exists():
        pytest.fail(f"no Chromium at {path or 'any known name'}: apt-get install chromium, or set QA_CHROMIUM", False)
    return path


def wait_for_address(process: subprocess.Popen[bytes], log: Path, seconds: float = 240) -> str:
    """The address that the server printed, once it has."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        written = log.read_text(encoding="utf-8", errors="replace")
        found = re.search(r"http://127\.0\.0\.1:\d+", written)
        if found:
            return found[0]
        if process.poll() is not None:
            pytest.fail(f"the server ended with {process.returncode}:\n{written[-3000:]}", False)
        time.sleep(0.1)
    return pytest.fail(f"no address after {seconds:.0f} s:\n{written[-3000:]}", False)


@contextmanager
def served(folder: Path, program: str, *articles: Path) -> Iterator[str]:
    """The address of a page over the articles, served by a process of its own that must report no traceback."""
    log = folder / "server.log"
    command = [sys.executable, "-c", program, str(folder / "library"), *map(str, articles)]
    with log.open("wb") as output:
        environment = {**os.environ, "QA_CACHE": str(CACHE)}
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield wait_for_address(process, log)
        finally:
            process.terminate()
            process.wait(30)
    assert "Traceback" not in log.read_text(encoding="utf-8", errors="replace")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page over the seeds."""
    with served(tmp_path_factory.mktemp("served"), SERVE, *sorted((ROOT / "seeds").iterdir())) as address:
        yield address


@pytest.fixture(scope="session")
def empty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page over nothing yet, and over three runs of the evaluation."""
    folder = tmp_path_factory.mktemp("empty")
    for day, lines in enumerate(
        ([good("q1"), refused("q2")], [good("q1"), wrong("q3")], [wrong("q1", question=FERRIES), good("q3")]), 1
    ):
        run = store(folder / "runs" / f"run-{day}", lines, about={"started": f"2026-01-0{day}T09:00:00", "own": True})
        (run / "report.html").write_text(f"<!doctype html><title>r</title><p>The report of day {day}.</p>")
    with served(folder, SERVE_NOTHING) as address:
        yield address


# Of a module, not of the session: while Playwright runs, its event loop is in the way of tests that start their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Opens the page in a fresh browser profile; any request to another host, or any script error, fails the test."""
    contexts: list[BrowserContext] = []
    hosts: set[str] = set()
    outside: list[str] = []
    errors: list[str] = []

    def note(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob", "about") and parts.netloc not in hosts:
            outside.append(url)

    def open_one(server: str = "server", **options: object) -> Page:
        address = request.getfixturevalue(server)
        hosts.add(urlsplit(address).netloc)
        context = browser.new_context(**{"service_workers": "block", **options})
        contexts.append(context)
        context.on("request", lambda request: note(request.url))
        page = context.new_page()
        page.on("websocket", lambda socket: note(socket.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        expect(page.get_by_label("Question")).to_be_visible()
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert outside == []
    assert errors == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()
