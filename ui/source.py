"""One article as HTML, to be read: what cleaning left out shown by a switch, the quotation marked."""

from __future__ import annotations

import re
from typing import Literal

from qa.listing import Ending
from qa.types import Article, Quotation, Span
from ui.fields import MAX_FIELD, NOT_STATED, describe, escape, escape_field, name_article, write_dated, write_ending

MAX_SHOWN = 60_000  # characters of one article; a browser lays out millions of them only slowly

Beside = Literal["answer", "list"]  # what an article is opened from


def render_source(
    article: Article, quotation: Quotation | None = None, beside: Beside = "answer", ending: Ending | None = None
) -> str:
    """The article with the quotation inside <mark id="quotation">; what cleaning left out is hidden by a switch.

    The switch is on where the quotation is of what was left out. An article with an ending is one that was removed.
    """
    start, end = shown_span(len(article.text), quotation)
    pieces = split_kept(article, start, end)
    blocks = "".join(_block(article.text, block, kept=kept, quotation=quotation) for block, kept in pieces)
    left_out = [block for block, kept in pieces if not kept]
    whole = any(_quoted(block, quotation) for block in left_out)
    words = sum(len(article.text[slice(*block)].split()) for block in left_out)
    tools = (_switch(words, on=whole) if words else "") + _changing(article, beside, ending)
    before = f'<p class="hint">{start:,} characters before this are not shown.</p>' if start else ""
    rest = len(article.text) - end
    after = f'<p class="hint">{rest:,} characters after this are not shown.</p>' if rest else ""
    shown = f"{article.id}:{quotation.start}-{quotation.end}" if quotation else f"{article.id}:"
    return (
        f'<article class="source-text{" whole" if whole else ""}" data-shown="{escape(shown)}">'
        f'{_source_head(article, beside, ending)}<p class="tools">{tools}</p>'
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


def _source_head(article: Article, beside: Beside, ending: Ending | None) -> str:
    title = escape_field(name_article(article))
    publisher = escape_field(article.publisher or f"publisher {NOT_STATED}")
    origin = " · ".join([publisher, write_dated(article), *describe(article)])
    removed = f'<p class="ended">{write_ending(ending)}: no question sees this article.</p>' if ending else ""
    back = "Back to the answer" if beside == "answer" else "Back to the list"
    return (
        f'<button type="button" class="back" data-back>{back}</button>'
        f'<h2 dir="auto">{title}</h2><p class="origin">{origin}</p>{removed}'
    )


def _switch(words: int, *, on: bool) -> str:
    """The switch that shows what was left out, in its place."""
    count = f"{words:,} {'word' if words == 1 else 'words'}"
    return (
        f'<button type="button" role="switch" class="switch" data-whole aria-checked="{"true" if on else "false"}">'
        f"Show what was left out ({count})</button>"
    )


def _changing(article: Article, beside: Beside, ending: Ending | None) -> str:
    """The button that takes an article out, or brings it back; none beside an answer."""
    if beside == "answer":
        return ""
    does = "restore" if ending else "remove"
    label = escape(f"{does.capitalize()} {name_article(article)[:MAX_FIELD]}")
    return (
        f'<button type="button" class="{does}" data-{does}="{escape(article.id)}" aria-label="{label}">'
        f"{does.capitalize()}</button>"
    )


def render_gone(article: Article) -> str:
    """What stands in place of an article that was open when it was removed."""
    return f'<p class="empty" data-gone="{escape(article.id)}">“{escape_field(name_article(article))}” was removed.</p>'


def _quoted(block: Span, quotation: Quotation | None) -> Span | None:
    """The part of the block that is quoted."""
    if quotation is None:
        return None
    start, end = max(block[0], quotation.start), min(block[1], quotation.end)
    return (start, end) if start < end else None


def _block(text: str, block: Span, *, kept: bool, quotation: Quotation | None) -> str:
    start, end = block
    quoted = _quoted(block, quotation)
    body = _lines(text[start:end])
    if quotation and quoted:
        name = ' id="quotation" tabindex="-1"' if quoted[0] == quotation.start else ""
        marked = f"<mark{name}>{_lines(text[slice(*quoted)])}</mark>"
        body = _lines(text[start : quoted[0]]) + marked + _lines(text[quoted[1] : end])
    if kept:
        return f'<div class="kept" dir="auto">{body}</div>'
    return f'<div class="dropped" role="note" aria-label="Left out, not part of the article" dir="auto">{body}</div>'


def _lines(text: str) -> str:
    """The text escaped; the breaks between its lines keep their characters but are laid out alike."""
    pieces = [escape(piece) for piece in re.split(r"(\s+)", text)]
    breaks = ("\n", "&#13;")
    return "".join(
        f'<span class="gap">{piece}</span>' if any(b in piece for b in breaks) else piece for piece in pieces
    )
