"""Answers as HTML, for the page: pure functions from records to strings.

All text goes through `fields.escape`. Buttons carry `data-article`, `data-start` and `data-end`: scripts/open.js
hands them to Python, which opens the article.
"""

from __future__ import annotations

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
    escape,
    escape_field,
    escape_quoted,
    link_to,
    name_article,
    web_address,
    write_date,
)
from ui.takeaway import render_takeaway

MAX_COPIES = 5  # of a passage that can be opened from its citation

_STAGES = {"retrieve": "Searched", "read": "Read", "compose": "Compared"}
_DISAGREEMENTS: Mapping[DisagreementKind, str] = {
    "conflict": "The articles give different values.",
    "update": "Later articles give another value; the newest may be a later count of the same thing.",
    "undated": "The articles give different values, and not all state a date, so none can be called the newer.",
}


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


def _duration(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
