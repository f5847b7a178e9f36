"""Where articles differ, as a table: each side with its value, who says so, when, and in which words."""

from __future__ import annotations

from collections.abc import Mapping

from qa.types import Citation, Disagreement, DisagreementKind, Side
from ui.citations import cite_button
from ui.fields import NOT_STATED, escape, escape_field, escape_quoted, write_date
from ui.independence import count_sources

MEANINGS: Mapping[DisagreementKind, str] = {
    "conflict": "The articles give different values.",
    "update": "Later articles give another value; the newest may be a later count of the same thing.",
    "undated": "The articles give different values, and not all state a date, so none can be called the newer.",
}
COLUMNS = ("Side", "Value", "Publisher", "Date", "Quotation")


def render_disagreement(disagreement: Disagreement, known: Mapping[int, Citation]) -> str:
    """One group of rows for each side, named by letters; of citations that aren't known nothing is shown."""
    head = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
    sides = "".join(_side(name_side(place), side, known) for place, side in enumerate(disagreement.sides))
    return (
        f'<section class="disagreement"><h3>The articles differ on {escape(disagreement.about)}</h3>'
        f'<p class="hint">{MEANINGS[disagreement.kind]}</p>'
        f"<table><thead><tr>{head}</tr></thead>{sides}</table></section>"
    )


def name_side(place: int) -> str:
    """A at place 0, B at place 1 and so on; AA comes after Z."""
    rounds, letter = divmod(place, 26)
    return (name_side(rounds - 1) if rounds else "") + chr(ord("A") + letter)


def _side(letter: str, side: Side, known: Mapping[int, Citation]) -> str:
    citations = [known[number] for number in side.citations if number in known]
    if not citations:
        return ""
    rows = f'rowspan="{len(citations)}"'
    head = (
        f'<th scope="rowgroup" {rows} data-label="Side"><span class="letter">{letter}</span> '
        f'<span class="hint">{count_sources(citations)}</span></th>'
        f'<td {rows} data-label="Value"><strong>{escape(side.value)}</strong></td>'
    )
    said = [f"{head if place == 0 else ''}{_said(citation)}" for place, citation in enumerate(citations)]
    return f'<tbody class="side">{"".join(f"<tr>{cells}</tr>" for cells in said)}</tbody>'


def _said(citation: Citation) -> str:
    publisher = escape_field(citation.publisher or NOT_STATED)
    day = write_date(citation.published) if citation.published else NOT_STATED
    return (
        f'<td data-label="Publisher">{publisher}</td><td data-label="Date">{day}</td>'
        f'<td data-label="Quotation" dir="auto">{escape_quoted(citation.quotation.text)}{cite_button(citation)}</td>'
    )
