"""A connection that fails for a moment: no question is lost, and the page is never busy for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import wait_for_address
from tests.browser.test_accessibility import findings
from tests.conftest import BAKERY, CACHE, FERRY, ROOT

pytestmark = pytest.mark.browser

FIRST = "Which captain said that the steering had failed?"
SECOND = "Who owns the bakery in the town of Quillmere?"
# Nothing is answered while the file "hold" is there.
SERVE = """
import sys, time
from pathlib import Path
from qa.library import Library
from qa.settings import Settings
from tests.fakes import WordEmbedder, WordReader
from ui.app import serve

folder, port, *articles = sys.argv[1:]

class Held(WordReader):
    def read(self, question, passages):
        while (Path(folder) / "hold").exists():
            time.sleep(0.05)
        return super().read(question, passages)

models = {"load": lambda _: WordEmbedder(), "load_reader": lambda _: Held()}
with Library.open(Path(folder) / "library", settings=Settings(strictness=0), **models) as library:
    library.add(articles)
    serve(library, port=int(port), examples=("Who?",))
"""


class Server:
    """A server in a process of its own, which can be killed and started again at its address."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.hold = folder, folder / "hold"
        for name, text in (("ferry.txt", FERRY), ("bakery.txt", BAKERY)):
            (folder / name).write_text(text, encoding="utf-8")
        self.address = ""
        self.start()

    def start(self) -> None:
        port = str(urlsplit(self.address).port or 0)
        articles = [str(path) for path in self.folder.glob("*.txt")]
        log = self.folder / "server.log"
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE, str(self.folder), port, *articles],
                cwd=ROOT,
                env={**os.environ, "QA_CACHE": str(CACHE)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.address = wait_for_address(self.process, log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(30)


@contextmanager
def holding(server: Server) -> Iterator[None]:
    """Nothing is answered in the block."""
    server.hold.touch()
    try:
        yield
    finally:
        server.hold.unlink()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("losing"))
    yield server
    server.kill()


@pytest.fixture(scope="module")
def address(running: Server) -> str:
    return running.address


@pytest.fixture
def asking(open_page: Callable[..., Page]) -> Page:
    return open_page("address")


def put(page: Page, question: str) -> None:
    page.get_by_label("Question").fill(question)
    page.get_by_label("Question").press("Enter")


def expect_both_answered(page: Page) -> None:
    """The second as the newest, the first before it, and nothing said of a loss."""
    expect(page.locator(".answer-panel .asked")).to_have_text(SECOND)
    expect(page.locator(".earlier > details > summary")).to_contain_text([FIRST])
    expect(page.locator(".lost")).to_have_count(0)


def test_questions_outlive_a_server_that_is_killed_and_started_again(asking: Page, running: Server):
    """The one that was being answered, the one that waited, and what was being written."""
    with holding(running):
        put(asking, FIRST)
        expect(asking.locator(".stages .running")).to_have_text("Reading …")
        put(asking, SECOND)
        running.kill()
        expect(asking.get_by_text("Connection to the server was lost")).to_be_visible()
        asking.get_by_label("Question").fill("And what")
    running.start()
    lost = asking.get_by_role("alert")
    expect(lost).to_contain_text(f"Without an answer: {FIRST}, {SECOND}", use_inner_text=True)
    expect(asking.get_by_label("Question")).to_have_value("And what")
    assert findings(asking, "a lost connection") == []
    asking.reload()
    lost.get_by_role("button", name="Ask again").press("Enter")
    expect(asking.get_by_label("Question")).to_be_focused()
    expect_both_answered(asking)
    asking.reload()
    expect_both_answered(asking)


def test_the_question_is_in_the_box_again(asking: Page, running: Server):
    with holding(running):
        put(asking, FIRST)
        expect(asking.locator(".stages .running")).to_have_text("Reading …")
        running.kill()
    running.start()
    expect(asking.get_by_role("button", name="Ask again")).to_be_visible()
    expect(asking.get_by_label("Question")).to_have_value(FIRST)
    put(asking, SECOND)
    expect(asking.locator(".answer-panel .asked")).to_have_text(SECOND)
    expect(asking.locator(".earlier > details")).to_have_count(0)
    asking.reload()
    expect(asking.locator(".answer-panel .asked")).to_have_text(SECOND)
    expect(asking.locator(".lost")).to_have_count(0)


def test_an_answer_that_never_begins_is_told_and_asked_again(asking: Page):
    """Also while the server can't be reached; the page has not been busy for ever."""
    held: list[Route] = []
    asking.clock.install()
    asking.route("**/queue/join*", lambda route: held.append(route))
    with asking.expect_request("**/queue/join*"):
        put(asking, FIRST)
    put(asking, SECOND)
    asking.clock.fast_forward(61_000)
    lost = asking.get_by_role("alert")
    expect(lost).to_contain_text("Nothing has come from the server for a minute.")
    expect(asking.locator(".stages .running")).to_have_count(0)
    asking.route(asking.url, lambda route: route.abort())
    lost.get_by_role("button", name="Ask again").press("Enter")
    expect(lost).to_contain_text("The server can’t be reached.")
    asking.unroute_all()
    lost.get_by_role("button", name="Ask again").press("Enter")
    expect_both_answered(asking)


def test_a_server_that_refuses_a_question_does_not_stop_the_next(asking: Page, running: Server):
    """A queue that is full, or a fault of the program."""
    asking.route("**/queue/join*", lambda route: route.fulfill(status=503, body="{}", content_type="application/json"))
    put(asking, FIRST)
    lost = asking.get_by_role("alert").filter(has_text="No answer came.")
    expect(lost).to_contain_text(FIRST)
    asking.unroute_all()
    lost.get_by_role("button", name="Ask again").press("Enter")
    expect(asking.locator(".answer-panel .asked")).to_have_text(FIRST)
    put(asking, SECOND)
    expect_both_answered(asking)


def test_a_new_conversation_forgets_what_had_no_answer(asking: Page, running: Server):
    with holding(running):
        put(asking, FIRST)
        expect(asking.locator(".stages .running")).to_have_text("Reading …")
        asking.get_by_role("button", name="New conversation").click()
        expect(asking.locator(".stages .running")).to_have_count(0)
    asking.reload()
    expect(asking.get_by_text("Answers quote the articles word for word")).to_be_visible()
    expect(asking.locator(".lost")).to_have_count(0)
