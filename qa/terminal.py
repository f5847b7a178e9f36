"""Records as text in a terminal; control characters of articles are shown, never sent: they could steer it."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import get_args

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from qa.errors import QAError
from qa.formats import copies_line, source_name
from qa.ingest import Progress as Report
from qa.languages import language_name
from qa.listing import Ending, Listed
from qa.store import Finding
from qa.types import (
    Answer,
    Article,
    Check,
    Citation,
    Event,
    Feedback,
    Hit,
    Ingested,
    IngestReport,
    KeptAnswer,
    Outcome,
    Sentence,
)

# Characters that change the direction of what follows.
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


MOST = 300  # characters of a cell: a page may state a megabyte as its title


def printable(text: str, *, lines: bool = False) -> str:
    """The text with control and direction characters as <U+001B>; line breaks stay with `lines`, else are spaces."""
    return "".join(_printable_character(character, lines) for character in text)


def _printable_character(character: str, lines: bool) -> str:
    if character == "\n":
        return "\n" if lines else " "
    if character in "\t\r":
        return " "
    if unicodedata.category(character) in ("Cc", "Cs") or character in _DIRECTIONS:
        return f"<U+{ord(character):04X}>"
    return character


@contextmanager
def show_progress(verb: str) -> Iterator[Report]:
    """A bar on the terminal's error stream; nothing where that is not a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(verb, total=None)

        def report(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=escape(f"{verb} {printable(name)[:40]}".strip()))

        yield report


def print_answer(answer: Answer) -> None:
    """The answer with its sources, or the refusal with the nearest passages."""
    sys.stdout.write("\n".join(_answer_lines(answer)) + "\n")


def print_as_written(events: Iterable[Event]) -> Answer:
    """The answer, printed: each sentence of a language model once it may be shown, all else at the end."""
    shown: list[str] = []
    for event in events:
        said = [_sentence(sentence) for sentence in event.so_far.sentences] if event.so_far else []
        lines = _answer_lines(event.answer) if event.answer else said
        if event.answer and lines[: len(shown)] != shown:
            shown, lines = [], ["", "That doesn't answer it; this does:", "", *lines]
        if lines[: len(shown)] == shown:
            sys.stdout.write("".join(f"{line}\n" for line in lines[len(shown) :]))
            sys.stdout.flush()
            shown = lines
        if event.answer:
            return event.answer
    raise QAError("the question ended without an answer")


def _answer_lines(answer: Answer) -> list[str]:
    lines: list[str] = []
    if answer.status == "refused":
        lines += [answer.text, *(["", "Nearest passages:"] if answer.nearest else [])]
        lines += [_source(citation) for citation in answer.nearest]
    else:
        lines += [_sentence(sentence) for sentence in answer.sentences]
        for disagreement in answer.disagreements:
            lines += ["", f"The articles differ on {printable(disagreement.about)} ({disagreement.kind}):"]
            for side in disagreement.sides:
                marks = "".join(f" [{number}]" for number in side.citations)
                lines.append(f"  {printable(side.value)}{marks}")
        lines += ["", "Sources:", *(_source(citation) for citation in answer.citations)]
        lines += ["", f"Confidence {answer.confidence:.2f}"]
    lines += [f"Note: {printable(note)}" for note in answer.notes]
    return [*lines, *(f"Withheld: {printable(item.reason)}" for item in answer.withheld)]


def _sentence(sentence: Sentence) -> str:
    doubt = f"  (not borne out: {printable(sentence.doubt)})" if sentence.doubt else ""
    return printable(sentence.text) + "".join(f" [{number}]" for number in sentence.citations) + doubt


def _source(citation: Citation) -> str:
    quotation = citation.quotation
    place = f"{quotation.article_id}:{quotation.start}-{quotation.end}"
    also = copies_line(citation)
    lines = [
        f"  [{citation.number}] {printable(source_name(citation))}  {place}",
        f"      “{printable(quotation.text)}”",
    ]
    return "\n".join([*lines, f"      {printable(also)}"] if also else lines)


def print_hits(hits: Sequence[Hit], titles: dict[str, str | None]) -> None:
    """Passages, best first."""
    for hit in hits:
        passage = hit.passage
        title = titles[passage.article_id] or "untitled"
        sys.stdout.write(f"{hit.score:.3f}  {printable(title)}  {passage.id}\n{printable(passage.text)}\n\n")
    if not hits:
        sys.stdout.write("No passage was found.\n")


def print_articles(articles: Sequence[Article | Listed], counts: dict[str, int]) -> None:
    """A table of the articles; of those that went, when and how instead of how many passages."""
    endings = [item.ending if isinstance(item, Listed) else None for item in articles]
    last = "Removed" if any(endings) else "Passages"
    table = _table("Id", "Title", "Publisher", "Author", "Published", "Language", last, "Source")
    for article, ending in zip(articles, endings, strict=True):
        table.add_row(
            article.id,
            _cell(article.title or "untitled"),
            _cell(article.publisher or "not stated"),
            _cell(article.author or "not stated"),
            _dated(article) if article.published else "not stated",
            language_name(article.language) if article.language else "",
            _ended(ending) if ending else str(counts.get(article.id, 0)),
            _cell(article.source),
        )
    _console().print(table)


def _ended(ending: Ending) -> str:
    return f"{ending.when:%Y-%m-%d}" + (f", replaced by {ending.successor}" if ending.successor else "")


def print_article(article: Article, *, dropped: bool) -> None:
    """The article's kept text; with `dropped` the clutter too, its lines marked."""
    heading = [article.title or "untitled", article.publisher or "publisher not stated"]
    heading += [_dated(article)]
    heading += [f"by {article.author}"] if article.author else []
    heading += [article.url] if article.url and article.url != article.source else []
    heading += [article.source]
    sys.stdout.write("\n".join(printable(line) for line in heading) + "\n\n")
    at = 0
    for start, end in article.kept:
        if dropped:
            _write_dropped(article.text[at:start])
        sys.stdout.write(printable(article.text[start:end], lines=True) + "\n")
        at = end
    if dropped:
        _write_dropped(article.text[at:])


def _dated(article: Article | Listed) -> str:
    """The day, and how it is known unless the article says it itself."""
    if article.published is None:
        return "date not stated"
    day = article.published.isoformat()
    return f"{day} ({article.dated})" if article.dated not in (None, "stated") else day


def _write_dropped(text: str) -> None:
    for line in text.splitlines():
        if line.strip():
            sys.stdout.write(f"✂ {printable(line)}\n")


def print_report(report: IngestReport) -> None:
    """What became of each source, as a table, then the counts; unchanged sources are only counted."""
    shown = [entry for entry in report.entries if entry.outcome != "unchanged"]
    if shown:
        table = _table("Outcome", "Title", "Passages", "Source", "Reason")
        for entry in shown:
            table.add_row(
                entry.outcome, _cell(entry.title or ""), str(entry.passages), _cell(entry.source), _cell(_reason(entry))
            )
        _console().print(table)
    having = {outcome: len(report.having(outcome)) for outcome in get_args(Outcome)}
    counts = [f"{count} {outcome}" for outcome, count in having.items() if count]
    sys.stdout.write(f"{', '.join(counts) or 'nothing to add'}; revision {report.revision}\n")


def _reason(entry: Ingested) -> str:
    back = f"qa restore {entry.replaced} puts it back" if entry.replaced else ""
    return "; ".join(part for part in (entry.reason, entry.remedy, back) if part)


def print_checks(checks: Sequence[Check]) -> None:
    """One line a quotation."""
    for check in checks:
        quotation = check.citation.quotation
        sys.stdout.write(f"[{check.citation.number}] {check.state:<8} “{printable(quotation.text)}”\n")
    valid = sum(check.state == "valid" for check in checks)
    sys.stdout.write(f"{valid} of {len(checks)} quotations hold\n")


def print_findings(findings: Sequence[Finding]) -> None:
    """One line a part of the library."""
    for finding in findings:
        sys.stdout.write(f"{'ok ' if finding.sound else 'BAD'}  {finding.part:<8} {printable(finding.text)}\n")


def print_feedback(given: Sequence[Feedback]) -> None:
    """A table of what people said of answers."""
    table = _table("Id", "Given (UTC)", "Verdict", "Question", "Of", "Note")
    for item in given:
        of = "the answer" if item.sentence is None else item.answer.sentences[item.sentence].text
        moment = item.given.strftime("%Y-%m-%d %H:%M")
        table.add_row(str(item.id), moment, item.verdict, _cell(item.answer.question), _cell(of), _cell(item.note))
    if given:
        _console().print(table)
    else:
        sys.stdout.write("Nobody has given feedback yet.\n")


def print_kept(kept: Sequence[KeptAnswer]) -> None:
    """A table of the answers that were kept."""
    table = _table("Id", "Kept (UTC)", "Status", "Question")
    for item in kept:
        moment = item.kept.strftime("%Y-%m-%d %H:%M")
        table.add_row(item.id, moment, item.answer.status, _cell(item.answer.question))
    if kept:
        _console().print(table)
    else:
        sys.stdout.write("No answer was kept yet.\n")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _cell(text: str) -> str:
    return escape(printable(text if len(text) <= MOST else text[:MOST] + "…"))


def _console() -> Console:
    # Piped output is for programs: not wrapped to the width of a terminal that isn't there.
    return Console(width=None if sys.stdout.isatty() else 240)
