"""Lists of articles and outcomes of adding files as HTML tables: pure functions, escaped as in `fields`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from qa.copies import Share
from qa.listing import Listed, ListPage
from qa.types import Ingested, IngestReport, Outcome
from ui.fields import (
    MAX_FIELD,
    NOT_STATED,
    describe,
    escape,
    escape_field,
    name_article,
    name_file,
    write_dated,
    write_ending,
)

MAX_LISTED = 200  # files of a report
PAGE = 50  # articles
MAX_CARRIERS = 3


def render_articles(page: ListPage, *, narrowed: bool = False) -> str:
    """A page of the list as a table, each title a button that opens its article; beneath it the way to other pages."""
    if not page.listed:
        if narrowed:
            return '<p class="empty">No article has these words in its title, opening, publisher or file name.</p>'
        return '<p class="empty">No articles yet. Drop some files above, and they can be asked about.</p>'
    rows = "".join(map(_article_row, page.listed))
    return (
        '<p class="several"><label><input type="checkbox" class="all">Choose all on this page</label>'
        '<button type="button" class="remove" data-several disabled>Remove the chosen</button></p>'
        f'<table class="articles" data-from="{page.start:d}"><thead><tr><th scope="col"><span class="unseen">Choose'
        '</span></th><th scope="col">Title</th>'
        '<th scope="col">Publisher</th><th scope="col">Date</th><th scope="col">Passages</th>'
        '<th scope="col"><span class="unseen">Remove</span></th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{_turns(page)}"
    )


def _article_row(article: Listed) -> str:
    name = name_article(article)[:MAX_FIELD]
    choosing, removing = escape(f"Choose {name}"), escape(f"Remove {name}")
    return (
        f'<tr><td class="choice"><input type="checkbox" value="{escape(article.id)}" aria-label="{choosing}"></td>'
        f'{_named(article)}<td data-label="Passages">{article.passages:,}</td>'
        f'<td><button type="button" class="remove" data-remove="{escape(article.id)}" aria-label="{removing}">Remove'
        "</button></td></tr>"
    )


def render_removed_articles(page: ListPage) -> str:
    """A page of the articles that were removed, the last removed first, each with a button that brings it back."""
    if not page.listed:
        return '<p class="empty">No article was removed, or those that were are purged.</p>'
    rows = "".join(map(_removed_row, page.listed))
    return (
        f'<table class="gone" data-from="{page.start:d}"><thead><tr><th scope="col">Title</th>'
        '<th scope="col">Publisher</th><th scope="col">Date</th>'
        '<th scope="col"><span class="unseen">Restore</span></th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{_turns(page)}"
    )


def _removed_row(article: Listed) -> str:
    restoring = escape(f"Restore {name_article(article)[:MAX_FIELD]}")
    return (
        f"<tr>{_named(article)}"
        f'<td><button type="button" class="restore" data-restore="{escape(article.id)}" aria-label="{restoring}">'
        "Restore</button></td></tr>"
    )


def _named(article: Listed) -> str:
    """The cells of a row that say which article it is."""
    publisher = escape_field(article.publisher or NOT_STATED)
    day = write_dated(article) if article.published else NOT_STATED
    return (
        '<th scope="row" data-label="Title">'
        f'<button type="button" class="open" data-article="{escape(article.id)}">{escape_field(name_article(article))}'
        f'</button><p class="hint">{" · ".join(describe(article))}</p>{_ended(article)}{_carriers(article.copies)}</th>'
        f'<td data-label="Publisher">{publisher}</td><td data-label="Date">{day}</td>'
    )


def _ended(article: Listed) -> str:
    return f'<p class="hint">{write_ending(article.ending)}</p>' if article.ending else ""


def _carriers(shares: Sequence[Share]) -> str:
    """The articles that carry parts of one, each a button; of many the first, and how many there are."""
    if not shares:
        return ""
    shown = "".join(
        f'<li><button type="button" class="open" data-article="{escape(share.article_id)}">{escape_field(share.name)}'
        f"</button> ({max(1, round(100 * share.part))}%)</li>"
        for share in shares[:MAX_CARRIERS]
    )
    more = len(shares) - MAX_CARRIERS
    return f'<div class="hint">Also carried by<ul>{shown}{f"<li>and {more:,} more</li>" if more > 0 else ""}</ul></div>'


def _turns(page: ListPage) -> str:
    """Which of how many are shown, and buttons to the pages before and after."""
    last = page.start + len(page.listed)
    if page.found == len(page.listed):
        return ""
    before = _turn("Previous", max(0, page.start - PAGE), off=not page.start)
    after = _turn("Next", last, off=last >= page.found)
    return f'<p class="turns">{before}<span>{page.start + 1:,}–{last:,} of {page.found:,}</span>{after}</p>'


def _turn(name: str, start: int, *, off: bool) -> str:
    return f'<button type="button" data-start="{start:d}" data-turn{" disabled" if off else ""}>{name}</button>'


def render_removed(names: Sequence[str], ids: Sequence[str]) -> str:
    """That articles were removed, with the button that brings them back."""
    return _done("removed", ids, f"Removed {_name_all(names)}. {render_undo(ids)}")


def _done(what: str, ids: Sequence[str], told: str) -> str:
    """What was done, with the ids, by which its script (scripts/shelf.js) finds that it is told."""
    return f'<p class="removed" role="status" data-done="{what} {escape(" ".join(ids))}">{told}</p>'


def render_undo(ids: Sequence[str]) -> str:
    """The button that brings articles back."""
    return f'<button type="button" class="undo" data-restore="{escape(" ".join(ids))}">Undo</button>'


def render_restored(names: Sequence[str], ids: Sequence[str], replaced: Mapping[str, str]) -> str:
    """That articles are back, and in place of which others, as id -> name, with the button that brings those back."""
    are = "is" if len(names) == 1 else "are"
    instead = f", in place of {_name_all(list(replaced.values()))}. {render_undo(list(replaced))}" if replaced else "."
    return _done("restored", ids, f"{_name_all(names)} {are} in the library again{instead}")


def _name_all(names: Sequence[str]) -> str:
    """One by its name, several by their number."""
    return f"“{escape_field(names[0])}”" if len(names) == 1 else f"{len(names):,} articles"


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
    summary = f'<p class="summary" role="status">{", ".join(counts) or "Nothing to add"}</p>'
    return summary + _outcomes(entries)


def render_adding(entries: Sequence[Ingested], total: int | None) -> str:
    """What became of those that are stored so far, the newest first, and of how many; None where nobody knows.

    The bar measures where that says how far it is: not while the first are embedded, nor when the last are told.
    """
    done = len(entries)
    if total is None:
        words, measured = f"{done:,} {'article' if done == 1 else 'articles'} done so far", ""
    else:
        words = f"{done:,} of {total:,} {'file' if total == 1 else 'files'} done"
        measured = f' max="{total:d}" value="{done:d}"' if 0 < done < total else ""
    bar = f'<progress aria-label="Adding"{measured}></progress>'
    return f'<p class="summary">{words}</p><p class="hint">Reading and embedding…</p>{bar}{_outcomes(entries[::-1])}'


def _outcomes(entries: Sequence[Ingested]) -> str:
    """The outcomes as a table that scrolls, so that the list beneath it stays in reach."""
    rows = "".join(_report_row(entry) for entry in entries[:MAX_LISTED])
    more = len(entries) - MAX_LISTED
    rest = f'<p class="hint">{more:,} more are not listed.</p>' if more > 0 else ""
    return (
        '<div class="outcomes" tabindex="0" role="region" aria-label="What became of the files">'
        '<table class="report"><thead><tr><th scope="col">File</th><th scope="col">Outcome</th>'
        '<th scope="col">Title</th><th scope="col">Passages</th><th scope="col">Why, and what to do</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{rest}"
    )


def _report_row(entry: Ingested) -> str:
    why = "; ".join(part for part in (entry.reason, entry.remedy) if part)
    name = name_file(entry.source)
    return (
        f'<tr class="{entry.outcome}"><th scope="row" data-label="File">{escape_field(name)}</th>'
        f'<td data-label="Outcome"><span class="outcome">{entry.outcome.capitalize()}</span></td>'
        f'<td data-label="Title">{escape_field(entry.title or "–")}</td>'
        f'<td data-label="Passages">{entry.passages or "–"}</td>'
        f'<td data-label="Why">{escape_field(why) if why else "–"}{_put_back(entry, name)}</td></tr>'
    )


def _put_back(entry: Ingested, name: str) -> str:
    """The button that puts back what a file took the place of."""
    if entry.replaced is None:
        return ""
    label = escape(f"Put the old version back: {name[:MAX_FIELD]}")
    return (
        f'<button type="button" class="restore" data-restore="{escape(entry.replaced)}" aria-label="{label}">'
        "Put the old version back</button>"
    )
