"""What the terminal shows of articles."""

from __future__ import annotations

from datetime import date

import pytest

from qa.terminal import MOST, print_articles
from qa.types import Article


def test_the_list_shows_what_is_known_of_an_article_and_how(capsys: pytest.CaptureFixture[str]) -> None:
    """A page may state a megabyte as its title: a cell takes no more than MOST characters of it."""
    known = Article(
        "a1", "a.txt", "x", ((0, 1),), title="T" * 1_000_000, publisher="The Herald", author="Ann Lee",
        published=date(2025, 11, 2), dated="file name", language="de",
    )  # fmt: skip
    print_articles([known, Article("a2", "b.txt", "x", ((0, 1),))], {"a1": 3})
    shown = capsys.readouterr().out
    for part in ("The Herald", "Ann Lee", "2025-11-02 (file", "German", "not stated"):
        assert part in shown
    assert shown.count("T") < MOST + 10
