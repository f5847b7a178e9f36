"""Citations as HTML: the number behind a sentence, and the card of a source with what it states about itself.

Buttons carry `data-article`, `data-start` and `data-end`: scripts/open.js hands them to Python, which opens the
article. The number's own card, which scripts/hover.js shows, is made of the source's.
"""

from __future__ import annotations

from qa.formats import copies_line
from qa.types import Citation, Quotation
from ui.fields import (
    MAX_FIELD,
    NOT_STATED,
    escape,
    escape_field,
    escape_quoted,
    link_to,
    name_article,
    web_address,
    write_date,
)

MAX_COPIES = 5  # of a passage that can be opened from its citation


def cite_button(citation: Citation) -> str:
    """The number, a button that says whose words it opens."""
    origin = ", ".join(part[:MAX_FIELD] for part in _origin(citation))
    label = f"Source {citation.number}: {origin}. Show it in the article."
    attributes = f'class="cite" {_target(citation.quotation)} aria-label="{escape(label)}"'
    return f'<button type="button" {attributes}>{citation.number}</button>'


def source_card(citation: Citation, *, quoted: bool) -> str:
    """Title, publisher, date and copies; the quotation to be seen, or, where the answer shows it, for scripts only."""
    title, publisher, day = (escape_field(part) for part in _origin(citation))
    quotation = escape_quoted(citation.quotation.text)
    shown = f'<blockquote dir="auto">{quotation}</blockquote>' if quoted else ""
    hidden = "" if quoted else f' data-quotation="{quotation}"'
    return (
        f'<li class="source" data-number="{citation.number:d}"{hidden}>'
        f'<button type="button" class="open" {_target(citation.quotation)}>'
        f'<span class="number" aria-hidden="true">{citation.number}</span><span class="title">{title}</span></button>'
        f'<p class="origin"><span class="named">{publisher} · {day}</span>{_link(citation.url)}</p>'
        f"{_copies(citation)}{shown}</li>"
    )


def _target(quotation: Quotation) -> str:
    article = escape(quotation.article_id)
    return f'data-article="{article}" data-start="{quotation.start:d}" data-end="{quotation.end:d}"'


def _origin(citation: Citation) -> list[str]:
    """Title, publisher and date in words, "not stated" where the article doesn't say."""
    return [
        name_article(citation),
        citation.publisher or f"publisher {NOT_STATED}",
        write_date(citation.published) if citation.published else f"date {NOT_STATED}",
    ]


def _copies(citation: Citation) -> str:
    """That other articles carry the passage too, with buttons that open them."""
    if not citation.copies:
        return ""
    buttons = "".join(
        f'<button type="button" class="copy" data-article="{escape(id)}">Copy {number}</button>'
        for number, id in enumerate(citation.copies[:MAX_COPIES], 1)
    )
    return f'<p class="copies">{escape_field(copies_line(citation))} {buttons}</p>'


def _link(url: str | None) -> str:
    address = web_address(url)
    return f" · {link_to(address)}" if address else ""
