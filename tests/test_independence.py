"""Sources are counted as one wherever they may be one."""

from __future__ import annotations

import pytest

from qa.types import Citation, Quotation
from ui.independence import count_sources, independent_sources

pytestmark = pytest.mark.both


def said(article: str, text: str, **known) -> Citation:
    return Citation(1, Quotation(article, 0, len(text), text), **known)


@pytest.mark.parametrize(
    ("citations", "line"),
    [
        ([said("a", "Ten.")], "1 source"),
        ([said("a", "Ten."), said("a", "Eleven.")], "1 source"),
        ([said("a", "Ten."), said("b", "Around ten.")], "2 independent sources"),
        ([said("a", "Ten.", copies=("c",))], "1 source; 1 other article carries a copy"),
        (
            [said("a", "Ten.", copies=("b", "c")), said("b", "About ten.")],
            "1 source (2 articles; copies and articles of one publisher count once); 1 other article carries a copy",
        ),
        (
            [said("a", "Ten.", publisher="Echo"), said("b", "About ten.", publisher="ECHO")],
            "1 source (2 articles; copies and articles of one publisher count once)",
        ),
        (
            [said("a", "Ten\npeople."), said("b", "Ten people.")],
            "1 source (2 articles; copies and articles of one publisher count once)",
        ),
    ],
)
def test_copies_and_articles_of_one_publisher_count_once(citations: list[Citation], line: str) -> None:
    assert count_sources(citations) == line


def test_what_two_have_in_common_with_a_third_makes_them_one() -> None:
    """a and b have nothing in common until c comes, which copies the one and has the publisher of the other."""
    apart = [said("a", "Ten.", copies=("c",)), said("b", "About ten.", publisher="Echo")]
    assert len(independent_sources(apart)) == 2
    (together,) = independent_sources([*apart, said("c", "Ten!", publisher="Echo")])
    assert {citation.quotation.article_id for citation in together} == {"a", "b", "c"}
