"""`qa ask --llm` in a real terminal and in a pipe: sentences as they come, and Ctrl-C; the model is over real HTTP."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, OpenLibrary
from tests.talking import LIE, LOAVES, QUESTION, SAFE, TRUE, Talk, asked_of, bare, drip, numbered, serve_model

# The command with the models of the tests.
COMMAND = """
from qa.library import Library
from qa.__main__ import main
from tests.fakes import WordEmbedder, WordReader, WordVerifier

fakes = {"load": WordEmbedder, "load_reader": WordReader, "load_verifier": WordVerifier}
Library.open.__func__.__kwdefaults__.update({name: lambda _, fake=fake: fake() for name, fake in fakes.items()})
main()
"""
SECONDS = 60  # for anything to appear


class Terminal:
    """What a command writes to a terminal of its own."""

    def __init__(self, child: subprocess.Popen[bytes], screen: int) -> None:
        self.child, self._screen, self.seen = child, screen, ""

    def read_until(self, text: str) -> str:
        """All that has appeared once the text has."""
        deadline = time.monotonic() + SECONDS
        while text not in self.seen and time.monotonic() < deadline:
            try:
                self.seen += os.read(self._screen, 4_096).decode().replace("\r\n", "\n")
            except OSError:  # it has ended
                break
        assert text in self.seen
        return self.seen


@pytest.fixture
def folder(open_library: OpenLibrary, articles: Path, tmp_path: Path) -> Path:
    with open_library(tmp_path / "asked") as library:
        library.add([articles])
    return tmp_path / "asked"


def command(folder: Path, talk: Talk) -> tuple[list[str], dict[str, str]]:
    asked = ["ask", QUESTION, "--library", str(folder), "--strictness", "0"]
    llm = ["--llm", f"openai-like/{talk.address}/lava-1b"]
    return [sys.executable, "-c", COMMAND, *asked, *llm], {**os.environ, "PYTHONPATH": str(ROOT)}


@contextmanager
def in_terminal(folder: Path, talk: Talk) -> Iterator[Terminal]:
    screen, end = pty.openpty()
    line, environment = command(folder, talk)
    with subprocess.Popen(line, env=environment, stdin=end, stdout=end, stderr=end, start_new_session=True) as child:
        os.close(end)
        try:
            yield Terminal(child, screen)
        finally:
            child.kill()
            os.close(screen)


def says(*pieces: str | threading.Event) -> Callable[[dict[str, Any]], Iterator[str]]:
    """A model that writes these, and waits where an event stands."""

    def say(body: dict[str, Any]) -> Iterator[str]:
        for piece in pieces:
            if isinstance(piece, str):
                yield numbered(piece, asked_of(body))
            else:
                piece.wait(SECONDS)

    return say


def test_sentences_appear_as_they_come(folder: Path) -> None:
    go = threading.Event()
    with serve_model(says(f"{TRUE} {SAFE} It ", go, f"sank. {LIE}")) as talk, in_terminal(folder, talk) as terminal:
        one, two = bare(TRUE, SAFE)
        seen = terminal.read_until(f"{two[:-1]}. [2]\n")
        assert seen == f"{one} [1]\n{two} [2]\n"
        go.set()
        seen = terminal.read_until("Withheld: ")
        assert terminal.child.wait(SECONDS) == 0
    assert seen.count(one) == 1
    assert "Sources:\n  [1]" in seen
    assert "prayed" not in seen


def test_what_it_falls_back_to_comes_behind_a_line_that_says_so(folder: Path) -> None:
    with (
        serve_model(says(LOAVES)) as talk,
        in_terminal(folder, talk) as terminal,
    ):
        seen = terminal.read_until("quoted instead.\n")
    first, _, rest = seen.partition("\nThat doesn't answer it; this does:\n\n")
    assert first == f"{bare(LOAVES)[0]} [1]\n"
    assert rest.startswith("The ferry Aurelia ran aground off Brannock Island on Tuesday night")
    assert "the answer is quoted instead" in rest


def test_a_pipe_gets_the_end_alone(folder: Path) -> None:
    with serve_model(says(LOAVES)) as talk:
        line, environment = command(folder, talk)
        run = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=SECONDS)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("The ferry Aurelia ran aground off Brannock Island on Tuesday night")
    assert "ninety loaves" not in run.stdout


def test_control_c_ends_the_models_work(folder: Path) -> None:
    def say(body: dict[str, Any]) -> Iterator[str]:
        yield numbered(f"{TRUE} ", asked_of(body))
        yield from drip("lava", 0.02)

    with serve_model(say) as talk, in_terminal(folder, talk) as terminal:
        terminal.read_until(bare(TRUE)[0])
        started = time.monotonic()
        terminal.child.send_signal(signal.SIGINT)
        assert "qa: interrupted" in terminal.read_until("again to go on\n")
        assert terminal.child.wait(SECONDS) == 130
        assert time.monotonic() - started < 10
        assert talk.cut_off.wait(10)
        assert "Traceback" not in terminal.seen
