"""What the terminal shows of articles: no control or direction character of an article, no markup of rich's."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest

from qa.terminal import (
    MOST,
    print_answer,
    print_article,
    print_articles,
    print_checks,
    print_hits,
    print_report,
    printable,
)
from qa.types import (
    Answer,
    Article,
    Check,
    Citation,
    Disagreement,
    Hit,
    Ingested,
    IngestReport,
    Passage,
    Quotation,
    Sentence,
    Side,
)

HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07 \x9b2J \x00\x08 <script>alert(1)</script> [link=https://b.example]b[/link] [bold]x "
    "safe\u202egpj.exe \u2066in\u2069 \u200f\u061c \ud800 end"
)
DANGER = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

ARTICLE = Article(
    "a1", HOSTILE, f"{HOSTILE}\nsecond\x1b[2J line\n{HOSTILE}", ((0, len(HOSTILE)),), HOSTILE, HOSTILE,
    url=HOSTILE, author=HOSTILE,
)  # fmt: skip
CITED = Citation(1, Quotation("a1", 0, len(HOSTILE), HOSTILE), HOSTILE, HOSTILE, None, HOSTILE, 0.5)
ANSWER = Answer(
    HOSTILE,
    "answered",
    (Sentence(HOSTILE, 0, len(HOSTILE), (1,), 1.0, False),),
    (CITED,),
    (Disagreement(HOSTILE, "conflict", (Side(HOSTILE, (1,)), Side(HOSTILE, (1,)))),),
)
PRINTED: dict[str, Callable[[], None]] = {
    "answer": lambda: print_answer(ANSWER),
    "refusal": lambda: print_answer(Answer(HOSTILE, "refused", nearest=(CITED,))),
    "hits": lambda: print_hits([Hit(Passage("a1", 0, len(HOSTILE), HOSTILE), 0.5)], {"a1": HOSTILE}),
    "articles": lambda: print_articles([ARTICLE], {"a1": 1}),
    "article": lambda: print_article(ARTICLE, dropped=True),
    "report": lambda: print_report(
        IngestReport((Ingested(HOSTILE, "skipped", "a1", HOSTILE, 0, HOSTILE, HOSTILE),), 1)
    ),
    "checks": lambda: print_checks([Check(CITED, "valid")]),
}


@pytest.mark.parametrize("kind", list(PRINTED))
def test_hostile_text_is_shown_and_steers_nothing(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    PRINTED[kind]()
    shown = capsys.readouterr().out
    assert DANGER.findall(shown) == []
    together = "".join(shown.split())  # a table folds what is long
    assert "<U+001B>[31mred" in together
    assert "safe<U+202E>gpj.exe" in together
    assert "<script>alert(1)</script>" in together
    assert "[link=https://b.example]b[/link][bold]x" in together


def test_ten_megabytes_in_a_line_are_made_printable() -> None:
    assert printable("a\u202e" * 5_000_000) == "a<U+202E>" * 5_000_000


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
