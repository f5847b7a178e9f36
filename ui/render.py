"""Records as HTML, for the page: pure functions from records to strings.

All text goes through `fields.escape`. Buttons carry `data-article`, `data-start` and `data-end`: page.js hands them to
Python, which opens the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from qa.formats import copies_line
from qa.types import (
    CHOSEN,
    REFUSAL,
    Answer,
    Article,
    Citation,
    Disagreement,
    DisagreementKind,
    Event,
    Quotation,
    Sentence,
    Span,
)
from ui.fields import (
    MAX_FIELD,
    MAX_QUOTED,
    NOT_STATED,
    describe,
    escape,
    escape_field,
    escape_quoted,
    link_to,
    name_article,
    web_address,
    write_date,
    write_dated,
)
from ui.takeaway import render_takeaway

MAX_SHOWN = 60_000  # characters of one article; a browser lays out millions of them only slowly
MAX_COPIES = 5  # of a passage that can be opened from its citation

_STAGES = {"retrieve": "Searched", "read": "Read", "compose": "Compared"}
_DISAGREEMENTS: Mapping[DisagreementKind, str] = {
    "conflict": "The articles give different values.",
    "update": "Later articles give another value; the newest may be a later count of the same thing.",
    "undated": "The articles give different values, and not all state a date, so none can be called the newer.",
}


# --- Answers


def render_answer(answer: Answer) -> str:
    """The answer with numbered citations, disagreements and sources, or the refusal with the nearest passages."""
    asked = f'<p class="asked">{escape(answer.question)}</p>'
    parts = _refusal(answer) if answer.status == "refused" else _answered(answer)
    body = f"{asked}{''.join(parts)}{_notes(answer.notes)}{render_takeaway(answer)}"
    return f'<article class="answer {answer.status}">{body}</article>'


def render_events(events: Sequence[Event]) -> str:
    """The stages that ended, each with its milliseconds, and whether there are more to come."""
    done = [
        f"<li>{escape(_STAGES.get(event.stage, event.stage))} {_duration(event.milliseconds)}</li>" for event in events
    ]
    if not events or events[-1].answer is None:
        done.append('<li class="running">Searching…</li>' if not events else '<li class="running">Working…</li>')
    return f'<ol class="stages" role="status">{"".join(done)}</ol>'


def render_error(message: str) -> str:
    """A message that something went wrong, for the reader, not the programmer."""
    return f'<p class="problem" role="alert">{escape(message)}</p>'


def _answered(answer: Answer) -> list[str]:
    known = {citation.number: citation for citation in answer.citations}
    said = {sentence.text for sentence in answer.sentences}
    return [
        f'<div class="sentences">{"".join(_sentence(sentence, known) for sentence in answer.sentences)}</div>',
        render_confidence(answer.confidence, disputed=bool(answer.disagreements), measured=CHOSEN not in answer.notes),
        *(_disagreement(disagreement, known) for disagreement in answer.disagreements),
        '<h3>Sources</h3><ol class="sources">',
        *(_source_card(citation, quoted=citation.quotation.text not in said) for citation in answer.citations),
        "</ol>",
    ]


def _refusal(answer: Answer) -> list[str]:
    parts = [f'<p class="refusal">{escape(REFUSAL)}</p>']
    if not answer.nearest:
        return parts
    return [
        *parts,
        "<h3>Nearest passages</h3>",
        '<p class="hint">These came closest to the question. They are not an answer to it.</p><ol class="sources">',
        *(_source_card(citation, quoted=True) for citation in answer.nearest),
        "</ol>",
    ]


def _sentence(sentence: Sentence, known: Mapping[int, Citation]) -> str:
    cites = "".join(_cite(known[number]) for number in sentence.citations if number in known)
    written = ""
    if sentence.generated:
        written = f'<span class="written">written by the language model, support {sentence.support:.2f}</span>'
    kind = "generated" if sentence.generated else "quoted"
    whole = len(sentence.text) <= MAX_QUOTED
    said = mark_spans(sentence.text, sentence.emphasis) if whole else escape_quoted(sentence.text)
    return f'<p class="sentence {kind}" dir="auto">{said}{cites}{written}</p>'


def mark_spans(text: str, spans: Iterable[Span]) -> str:
    """The text escaped, with the spans inside <mark>; the spans count characters of the text as it was."""
    parts, at = [], 0
    for start, end in sorted(spans):
        start, end = max(start, at), min(end, len(text))
        if start < end:
            parts += [escape(text[at:start]), f"<mark>{escape(text[start:end])}</mark>"]
            at = end
    return "".join([*parts, escape(text[at:])])


def _cite(citation: Citation) -> str:
    origin = ", ".join(part[:MAX_FIELD] for part in _origin(citation))
    label = f"Source {citation.number}: {origin}. Show it in the article."
    attributes = f'class="cite" {_target(citation.quotation)} aria-label="{escape(label)}"'
    return f'<button type="button" {attributes}>{citation.number}</button>'


def _target(quotation: Quotation) -> str:
    article = escape(quotation.article_id)
    return f'data-article="{article}" data-start="{quotation.start:d}" data-end="{quotation.end:d}"'


def _origin(item: Citation | Article) -> list[str]:
    """Title, publisher and date in words, "not stated" where the article doesn't say."""
    return [
        name_article(item),
        item.publisher or f"publisher {NOT_STATED}",
        write_date(item.published) if item.published else f"date {NOT_STATED}",
    ]


def _source_card(citation: Citation, *, quoted: bool) -> str:
    title, publisher, day = (escape_field(part) for part in _origin(citation))
    quotation = f'<blockquote dir="auto">{escape_quoted(citation.quotation.text)}</blockquote>' if quoted else ""
    return (
        f'<li class="source"><button type="button" class="open" {_target(citation.quotation)}>'
        f'<span class="number" aria-hidden="true">{citation.number}</span><span class="title">{title}</span></button>'
        f'<p class="origin">{publisher} · {day}{_link(citation.url)}</p>{_copies(citation)}{quotation}</li>'
    )


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
    if address is None:
        return ""
    return f" · {link_to(address)}"


def _disagreement(disagreement: Disagreement, known: Mapping[int, Citation]) -> str:
    rows = "".join(
        f'<tr><th scope="row" data-label="Value">{escape(side.value)}</th>{_side_cells(known[number])}</tr>'
        for side in disagreement.sides
        for number in side.citations
        if number in known
    )
    return (
        f'<section class="disagreement"><h3>The articles differ on {escape(disagreement.about)}</h3>'
        f'<p class="hint">{_DISAGREEMENTS[disagreement.kind]}</p><table><thead><tr><th scope="col">Value</th>'
        '<th scope="col">Publisher</th><th scope="col">Date</th><th scope="col">Quotation</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></section>"
    )


def _side_cells(citation: Citation) -> str:
    publisher = escape_field(citation.publisher or NOT_STATED)
    day = write_date(citation.published) if citation.published else NOT_STATED
    return (
        f'<td data-label="Publisher">{publisher}</td><td data-label="Date">{day}</td>'
        f'<td data-label="Quotation" dir="auto">{escape_quoted(citation.quotation.text)}{_cite(citation)}</td>'
    )


def render_confidence(confidence: float, *, disputed: bool = False, measured: bool = True) -> str:
    """The confidence, 0–1, as a word, a percentage and what it means; where it wasn't measured a share of words."""
    percent = round(100 * min(max(confidence, 0.0), 1.0))
    level, word = next((level, word) for least, level, word in _CONFIDENCES if percent >= least)
    if not measured:
        return f'<div class="confidence"><span>{percent}% of the topic\'s words were found.</span></div>'
    but = " But the articles differ here: see below." if disputed else ""
    return (
        f'<div class="confidence {level}"><span class="bar" aria-hidden="true"><i style="width:{percent}%"></i></span>'
        f"<strong>{word}</strong> <span>{percent}% confidence: of answers as sure as this, so many were right "
        f"when it was measured on other articles; a near miss can look as good.{but}</span></div>"
    )


_CONFIDENCES = ((90, "high", "Very likely"), (70, "fair", "Likely"), (50, "even", "Uncertain"), (0, "low", "Doubtful"))


def _notes(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    return f'<ul class="notes">{"".join(f"<li>{escape(note)}</li>" for note in notes)}</ul>'


# --- One article


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
        f'<div class="text">{before}{blocks}{after}</div></article>'
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


def _duration(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
