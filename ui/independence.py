"""How many sources stand behind citations: copies of one story, however many print them, are one."""

from __future__ import annotations

from collections.abc import Sequence

from qa.types import Citation


def independent_sources(citations: Sequence[Citation]) -> list[list[Citation]]:
    """The citations in groups that may go back to one source each.

    Together are those of one article, of copies of one passage, of one publisher, and those in the same words.
    """
    groups: list[tuple[set[tuple[str, str]], list[Citation]]] = []
    for citation in citations:
        marks, members = _marks(citation), [citation]
        for group in [group for group in groups if group[0] & marks]:
            groups.remove(group)
            marks, members = marks | group[0], [*group[1], *members]
        groups.append((marks, members))
    return [members for _, members in groups]


def _marks(citation: Citation) -> set[tuple[str, str]]:
    quotation = citation.quotation
    marks = {("article", id) for id in (quotation.article_id, *citation.copies)}
    marks.add(("words", " ".join(quotation.text.split())))
    return marks | ({("publisher", citation.publisher.casefold())} if citation.publisher else set())


def count_sources(citations: Sequence[Citation]) -> str:
    """How many sources there are, in words, and what doesn't count as one.

    >>> from qa.types import Quotation
    >>> count_sources([Citation(1, Quotation("a", 0, 4, "Rain"), copies=("b", "c"))])
    '1 source; 2 other articles carry copies'
    """
    count = len(independent_sources(citations))
    cited = {citation.quotation.article_id for citation in citations}
    copies = len({id for citation in citations for id in citation.copies} - cited)
    line = "1 source" if count == 1 else f"{count:,} independent sources"
    if len(cited) > count:
        line += f" ({len(cited):,} articles; copies and articles of one publisher count once)"
    if copies:
        line += f"; {copies:,} other {'article carries a copy' if copies == 1 else 'articles carry copies'}"
    return line
