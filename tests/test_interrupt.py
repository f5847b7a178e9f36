"""Ctrl-C during `qa add` and its `--watch`: one line, nothing that was acknowledged is lost, the next one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from qa.examples import known_examples
from qa.library import Library
from tests.conftest import BAKERY, FERRY, ROOT, OpenLibrary

# The command with a model that costs nothing, which presses Ctrl-C when it is asked for its n-th batch.
COMMAND = """
import os, signal, sys
import qa.ingest, qa.library
from qa.__main__ import main
from tests.fakes import WordEmbedder

class Interrupting(WordEmbedder):
    calls = 0
    def embed(self, texts):
        Interrupting.calls += 1
        if Interrupting.calls == int(os.environ["INTERRUPT_AT"]):
            os.kill(os.getpid(), signal.SIGINT)
        return super().embed(texts)

qa.ingest.BATCH_PASSAGES = 1
qa.library.Library.open.__func__.__kwdefaults__["load"] = lambda _: Interrupting()
main()
"""


MILL = (
    "The old paper mill of Tarn Hollow will reopen as a museum next spring, the council decided. "
    "Volunteers have restored its water wheel over nine years of weekends."
)


def start(library: Path, *arguments: str | Path, interrupt_at: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", COMMAND, *map(str, arguments), "--library", str(library)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "INTERRUPT_AT": str(interrupt_at)}
    environment.pop("PYTHONUNBUFFERED", None)  # what is told must not depend on it
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(child: subprocess.Popen[str], text: str) -> None:
    """Reads on until it has written a line with that text."""
    assert child.stdout is not None
    lines = []
    for line in child.stdout:
        lines.append(line)
        if text in line:
            return
    raise AssertionError(f"{text!r} is not in {lines}")


def test_interrupted_add_says_so_and_goes_on_when_run_again(
    open_library: OpenLibrary, articles: Path, tmp_path: Path
) -> None:
    """Ctrl-C comes while the second of two batches is embedded: the first one stays."""
    folder = tmp_path / "library"
    child = start(folder, "add", articles, interrupt_at=2)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 130
    assert errors == "qa: interrupted; what was done is kept, run the same command again to go on\n"
    with open_library() as library:
        assert [article.text for article in library.articles()] == [BAKERY]
        assert all(finding.sound for finding in library.check())
    output, errors = start(folder, "add", articles).communicate(timeout=60)
    assert "1 added, 1 unchanged" in output, errors
    with open_library() as library:
        assert {article.text for article in library.articles()} == {BAKERY, FERRY}


def test_watching_adds_changes_prunes_and_ends_with_ctrl_c(
    open_library: OpenLibrary, articles: Path, tmp_path: Path
) -> None:
    with start(tmp_path / "library", "add", articles, "--watch", "--prune") as child:
        ending = threading.Timer(90, child.kill)  # what never comes isn't waited for
        ending.start()
        try:
            wait_for(child, "Watching; Ctrl-C ends it.")
            time.sleep(1)  # until it does
            (articles / "note.txt").write_text(MILL)
            wait_for(child, "1 added")
            (articles / "note.txt").write_text(MILL.replace("museum", "library"))
            wait_for(child, "1 updated")
            (articles / "ferry.txt").unlink()
            wait_for(child, "1 removed")
            time.sleep(1)  # until it watches again: within an add, Ctrl-C is an interruption
            child.send_signal(signal.SIGINT)
            assert (child.communicate(timeout=60)[1], child.returncode) == ("", 0)
        finally:
            ending.cancel()
            child.kill()
    with open_library() as library:
        assert {Path(article.source).name for article in library.articles()} == {"bakery.txt", "note.txt"}
        assert any("as a library next spring" in article.text for article in library.articles())


# A page that is looking for examples from its start, by a reader that takes its time.
SERVE = """
import sys, time
from qa.library import Library
from tests.fakes import WordEmbedder, WordReader
from ui.app import serve
from ui.examples import Examples

class SlowReader(WordReader):
    def read(self, question, passages):
        print("reading", flush=True)
        time.sleep(0.3)
        return super().read(question, passages)

start = Examples.start
Examples.start = lambda self: (start(self), self.render())
with Library.open(sys.argv[1], load=lambda _: WordEmbedder(), load_reader=lambda _: SlowReader()) as library:
    serve(library, port=0)
time.sleep(1)  # what still asked a closed library would be told of it
print("closed", flush=True)
"""


def test_serving_ends_in_the_midst_of_the_search_for_examples(library: Library, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVE, str(tmp_path / "library")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        ending = threading.Timer(90, child.kill)  # what never comes isn't waited for
        ending.start()
        try:
            wait_for(child, "reading")
            child.send_signal(signal.SIGINT)
            output, errors = child.communicate(timeout=60)
            assert (errors, child.returncode) == ("", 0)
            assert output.endswith("closed\n")
        finally:
            ending.cancel()
            child.kill()
    assert known_examples(library) is None
