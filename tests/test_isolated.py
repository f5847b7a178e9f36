"""Reading in a process of its own: what a hostile file can't do to the one that adds it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from eval.bench.files import PARAGRAPHS, good_files
from qa.articles import article_from_bytes
from qa.containers import Member
from qa.errors import ArticleUnreadable
from qa.isolated import IsolatedReading
from qa.settings import Settings
from tests.conftest import ROOT

PAGE = Member("a.html", ".html", good_files()[".html"])


@pytest.mark.parametrize("suffix", [".txt", ".html", ".pdf", ".docx", ".epub", ".eml"])
def test_it_reads_what_reading_here_reads(suffix: str) -> None:
    data = good_files()[suffix]
    with IsolatedReading(Settings()) as reading:
        assert reading.article(Member("a", suffix, data)) == article_from_bytes(data, source="a", suffix=suffix)


def test_a_file_that_takes_too_long_is_given_up_and_the_next_is_read() -> None:
    with IsolatedReading(Settings(read_seconds=0.000_1)) as reading:
        with pytest.raises(ArticleUnreadable, match="takes longer than"):
            reading.article(PAGE)
        reading._settings = Settings()
        assert reading.article(PAGE)[0].title == "Bridge"


def test_a_process_that_died_is_started_again() -> None:
    with IsolatedReading(Settings()) as reading:
        reading.article(PAGE)
        assert reading._child is not None
        os.kill(reading._child.pid, signal.SIGKILL)
        reading._child.wait()
        assert reading.article(PAGE)[0].title == "Bridge"


def test_nesting_without_end_ends() -> None:
    started = time.monotonic()
    data = b"<div>" * 100_000 + PARAGRAPHS[0].encode()
    with IsolatedReading(Settings(read_seconds=5)) as reading:
        with suppress(ArticleUnreadable):
            assert reading.article(Member("a.html", ".html", data))[0].kept_text
        assert time.monotonic() - started < 20
        assert reading.article(PAGE)[0].title == "Bridge"


def test_a_parser_that_eats_memory_is_refused_it_and_the_next_is_read() -> None:
    """A page of 5 MB needs more than what is left of 150 MB beside what the parser itself takes."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS) * 5_500
    page = f"<html><body><article>{body}</article></body></html>".encode()
    with IsolatedReading(Settings(read_memory_bytes=150_000_000, read_seconds=60)) as reading:
        with pytest.raises(ArticleUnreadable, match=r"memory|crash"):
            reading.article(Member("big.html", ".html", page))
        assert reading.article(PAGE)[0].title == "Bridge"


def test_one_line_of_ten_megabytes_is_stored_unchanged() -> None:
    text = "The council closed the <b>bridge</b>\u202e on Monday. " * 200_000
    with IsolatedReading(Settings(read_seconds=120)) as reading:
        assert reading.article(Member("a.txt", ".txt", text.encode()))[0].text == text


@pytest.mark.parametrize("suffix", [".txt", ".md", ".record"])
def test_large_texts_are_under_the_limits_too(suffix: str) -> None:
    data = ("The council closed the bridge on Monday. " * 100_000).encode()
    data = json.dumps({"text": data.decode()}).encode() if suffix == ".record" else data
    with (
        IsolatedReading(Settings(read_seconds=0.000_1)) as reading,
        pytest.raises(ArticleUnreadable, match="takes longer than"),
    ):
        reading.article(Member("a", suffix, data))


def test_damaged_files_are_articles_or_messages() -> None:
    """In a process of its own, since its peak of memory counts. The whole run: make nightly."""
    command = [sys.executable, "-m", "eval.bench.hostile", "--files", "108", "--seed", "7", "--bombs", "laughs"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=ROOT)
    assert run.returncode == 0, run.stdout + run.stderr
