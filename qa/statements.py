"""Which sentences of an article are whole, say something by themselves, and stand in it once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.passages import sentence_spans
from qa.types import Article, Span

WORDS = range(6, 61)  # of a sentence that can be asked about
ENDS = re.compile(r"[.!?…][\"'”’»)\]]*$")  # what doesn't end so is a headline or a caption
HALF = re.compile("[\ud800-\udfff]")  # half a character, which no file and no index can hold
LONGEST = 200_000  # characters of an article that are looked at
MOST = 200  # sentences of an article


def find_statements(article: Article) -> list[Span]:
    """The sentences of the kept text that can be asked about, in their order; of a long one some from everywhere."""
    spans = list(_sentences(article))
    return [span for span in spans[:: 1 + len(spans) // MOST] if _can_be_asked(article.text, *span)]


def _sentences(article: Article) -> Iterator[Span]:
    for first, last in article.kept:
        last = min(last, LONGEST)
        yield from ((first + start, first + end) for start, end in sentence_spans(article.text[first:last]))


def _can_be_asked(text: str, start: int, end: int) -> bool:
    quote = text[start:end]
    whole = len(quote.split()) in WORDS and "\n" not in quote and ENDS.search(quote) is not None
    return whole and not HALF.search(quote) and text.count(quote) == 1
