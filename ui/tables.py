"""Lists of articles and outcomes of adding files as HTML tables: pure functions, escaped as in `fields`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import get_args

from qa.types import Article, Ingested, IngestReport, Outcome
from ui.fields import NOT_STATED, describe, escape, escape_field, name_article, write_dated

MAX_LISTED = 200


def render_articles(articles: Sequence[Article], passages: Mapping[str, int] | None = None) -> str:
    """The articles as a table, each title a button that opens it; `passages` counts them for an article id."""
    if not articles:
        return '<p class="empty">No articles yet. Drop some files above, and they can be asked about.</p>'
    rows = "".join(_article_row(article, (passages or {}).get(article.id)) for article in articles[:MAX_LISTED])
    more = len(articles) - MAX_LISTED
    rest = f'<p class="hint">{more:,} more are not listed; narrow the list above.</p>' if more > 0 else ""
    return (
        '<table class="articles"><thead><tr><th scope="col">Title</th><th scope="col">Publisher</th>'
        '<th scope="col">Date</th><th scope="col">Passages</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{rest}"
    )


def _article_row(article: Article, passages: int | None) -> str:
    title, publisher = escape_field(name_article(article)), escape_field(article.publisher or NOT_STATED)
    day = write_dated(article) if article.published else NOT_STATED
    return (
        '<tr><th scope="row" data-label="Title">'
        f'<button type="button" class="open" data-article="{escape(article.id)}">{title}</button>'
        f'<p class="hint">{" · ".join(describe(article))}</p></th>'
        f'<td data-label="Publisher">{publisher}</td><td data-label="Date">{day}</td>'
        f'<td data-label="Passages">{"–" if passages is None else f"{passages:,}"}</td></tr>'
    )


def render_report(report: IngestReport) -> str:
    """How many files became what; then what became of each, and where it was skipped why and what to do."""
    having = {outcome: report.having(outcome) for outcome in get_args(Outcome)}
    counts = [f"{len(entries):,} {outcome}" for outcome, entries in having.items() if entries]
    # Of a large archive, what needs the reader's eye comes first.
    entries = [
        *having["skipped"],
        *(entry for entry in report.entries if entry.outcome not in ("skipped", "unchanged")),
    ]
    entries += having["unchanged"]
    rows = "".join(_report_row(entry) for entry in entries[:MAX_LISTED])
    more = len(entries) - MAX_LISTED
    rest = f'<p class="hint">{more:,} more are not listed.</p>' if more > 0 else ""
    return (
        f'<p class="summary" role="status">{", ".join(counts) or "Nothing to add"}</p>'
        '<table class="report"><thead><tr><th scope="col">File</th><th scope="col">Outcome</th>'
        '<th scope="col">Title</th><th scope="col">Passages</th><th scope="col">Why, and what to do</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{rest}"
    )


def _report_row(entry: Ingested) -> str:
    why = "; ".join(part for part in (entry.reason, entry.remedy) if part)
    name = re.split(r"[/\\]", entry.source.removeprefix("upload:"))[-1] or entry.source
    return (
        f'<tr class="{entry.outcome}"><th scope="row" data-label="File">{escape_field(name)}</th>'
        f'<td data-label="Outcome"><span class="outcome">{entry.outcome.capitalize()}</span></td>'
        f'<td data-label="Title">{escape_field(entry.title or "–")}</td>'
        f'<td data-label="Passages">{entry.passages or "–"}</td>'
        f'<td data-label="Why">{escape_field(why) if why else "–"}</td></tr>'
    )
