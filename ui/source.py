"""One article as HTML, to be read: what cleaning left out folded away, the quotation marked."""

from __future__ import annotations

import re

from qa.types import Article, Quotation, Span
from ui.fields import NOT_STATED, describe, escape, escape_field, name_article, write_dated

MAX_SHOWN = 60_000  # characters of one article; a browser lays out millions of them only slowly


def render_source(article: Article, quotation: Quotation | None = None) -> str:
    """The article with what cleaning left out folded away and the quotation inside <mark id="quotation">."""
    start, end = shown_span(len(article.text), quotation)
    blocks = "".join(
        _block(article.text, block, kept=kept, quotation=quotation) for block, kept in split_kept(article, start, end)
    )
    before = f'<p class="hint">{start:,} characters before this are not shown.</p>' if start else ""
    rest = len(article.text) - end
    after = f'<p class="hint">{rest:,} characters after this are not shown.</p>' if rest else ""
    shown = f"{article.id}:{quotation.start}-{quotation.end}" if quotation else f"{article.id}:"
    return (
        f'<article class="source-text" data-shown="{escape(shown)}">{_source_head(article)}'
        # Focusable, so that the keyboard alone can scroll it.
        f'<div class="text" tabindex="0" role="region" aria-label="Text of the article">{before}{blocks}{after}</div>'
        "</article>"
    )


def shown_span(length: int, quotation: Quotation | None, most: int = MAX_SHOWN) -> Span:
    """Which characters of a text of that length are shown: at most `most`, the quotation's start among them."""
    if length <= most:
        return 0, length
    start = max(0, min(quotation.start - most // 2, length - most)) if quotation else 0
    return start, start + most


def split_kept(article: Article, start: int, end: int) -> list[tuple[Span, bool]]:
    """The text from start to end as spans that are the article (True) or were left out (False), in order.

    White space between two kept spans counts as kept, so that a quotation across them stays in one piece.
    """
    pieces: list[tuple[Span, bool]] = []

    def add(left: int, right: int, kept: bool) -> None:
        if pieces and pieces[-1][1] == kept:
            left = pieces.pop()[0][0]
        pieces.append(((left, right), kept))

    at = start
    for first, last in (*article.kept, (end, end)):
        first, last = min(max(first, at), end), min(last, end)
        if at < first:
            add(at, first, not article.text[at:first].strip())
        if first < last:
            add(first, last, True)
        at = max(at, last)
    return pieces


def _source_head(article: Article) -> str:
    title = escape_field(name_article(article))
    publisher = escape_field(article.publisher or f"publisher {NOT_STATED}")
    origin = " · ".join([publisher, write_dated(article), *describe(article)])
    return (
        '<button type="button" class="back" data-back>Back to the answer</button>'
        f'<h2 dir="auto">{title}</h2><p class="origin">{origin}</p>'
    )


def _block(text: str, block: Span, *, kept: bool, quotation: Quotation | None) -> str:
    start, end = block
    quoted = (max(start, quotation.start), min(end, quotation.end)) if quotation else (start, start)
    body = _lines(text[start:end])
    if quoted[0] < quoted[1]:
        name = ' id="quotation" tabindex="-1"' if quotation and quoted[0] == quotation.start else ""
        marked = f"<mark{name}>{_lines(text[slice(*quoted)])}</mark>"
        body = _lines(text[start : quoted[0]]) + marked + _lines(text[quoted[1] : end])
    if kept:
        return f'<div class="kept" dir="auto">{body}</div>'
    words = len(text[start:end].split())
    unfolded = " open" if quoted[0] < quoted[1] else ""
    summary = f"Left out, not part of the article ({words:,} {'word' if words == 1 else 'words'})"
    return f'<details class="dropped"{unfolded}><summary>{summary}</summary><div dir="auto">{body}</div></details>'


def _lines(text: str) -> str:
    """The text escaped; the breaks between its lines keep their characters but are laid out alike."""
    pieces = [escape(piece) for piece in re.split(r"(\s+)", text)]
    breaks = ("\n", "&#13;")
    return "".join(
        f'<span class="gap">{piece}</span>' if any(b in piece for b in breaks) else piece for piece in pieces
    )
