"""The `qa` command. Exit codes: 0 done or answered, 1 error, 2 usage, 3 refused, 130 interrupted."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from qa.errors import AnswerInvalid, QAError
from qa.feedback_command import feedback_app
from qa.kept_command import answers_app
from qa.moving_commands import export, import_
from qa.opening import LenientOption, LibraryOption, LlmOption
from qa.opening import open_library as _open
from qa.removing_commands import remove, restore
from qa.serve_command import answer_program, hash_password, serve
from qa.types import Answer, Filters, IngestReport

REFUSED = 3
MANY = 1_000_000
INTERRUPTED = 130  # what typer makes of Ctrl-C

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Answers from a folder of articles, every sentence tied to the characters that say it.",
)
app.add_typer(feedback_app, name="feedback")
app.add_typer(answers_app, name="answers")


def _show_version(wanted: bool) -> None:
    """Prints the version and ends."""
    if wanted:
        from importlib.metadata import version

        _print(f"qa {version('qa-articles')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DateOption = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], show_default=False)]


@app.command()
def add(
    paths: Annotated[list[str] | None, typer.Argument(help="Files, folders and addresses (http, https).")] = None,
    library: LibraryOption = None,
    field: Annotated[
        list[str] | None,
        typer.Option(help="A column of records by its role, as in text=story; may be repeated.", show_default=False),
    ] = None,
    feed: Annotated[list[str] | None, typer.Option(help="The address of a feed whose pages to add.")] = None,
    prune: Annotated[bool, typer.Option("--prune", help="Remove what is no longer in the folders given.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on adding what changes, until Ctrl-C.")] = False,
    allow_network: Annotated[bool, typer.Option("--allow-network", help="Let addresses and feeds be fetched.")] = False,
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Read and embed on the workers of a Ray cluster: HOST:PORT, auto, or local for one of this command's.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Add articles; unchanged ones are skipped, changed ones replace their old version."""
    from qa.terminal import print_report, show_progress

    if not paths and not feed:
        raise typer.BadParameter("give files, folders or addresses, or --feed", param_hint="PATHS")
    if ray and watch:
        raise typer.BadParameter("what changes is too little for a cluster: leave out --ray", param_hint="--watch")
    fields = _fields(field or [])
    with _open(library, create=True, allow_network=allow_network or None) as opened:
        with show_progress("Adding") as progress:
            reports = [opened.add_feed(address, progress=progress, ray=ray) for address in feed or ()]
            if paths:
                reports.append(opened.add(paths, fields=fields, prune=prune, progress=progress, ray=ray))
        for report in reports:
            print_report(report)
        if watch:
            _watch(opened, paths or (), fields, prune)
    entries = [entry for report in reports for entry in report.entries]
    if entries and all(entry.outcome == "skipped" for entry in entries):
        raise typer.Exit(1)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    library: LibraryOption = None,
    json: JsonOption = False,
    strictness: Annotated[
        float | None, typer.Option(min=0, max=1, help="The least confidence at which to answer; 0 always answers.")
    ] = None,
    publisher: Annotated[list[str] | None, typer.Option(help="Only from this publisher; may be repeated.")] = None,
    since: DateOption = None,
    until: DateOption = None,
    as_of: DateOption = None,
    undated: Annotated[bool, typer.Option(help="Let articles without a date pass the dates.")] = False,
    llm: LlmOption = None,
    lenient: LenientOption = False,
) -> None:
    """Answer a question with quotations; exit code 3 when the articles don't say."""
    from qa.terminal import print_answer, print_as_written

    filters = Filters(
        publishers=tuple(publisher or ()),
        published_from=_day(since),
        published_to=_day(until),
        as_of=_day(as_of),
        include_undated=undated,
    )
    with _open(library, llm=llm, lenient=lenient or None) as opened:
        if sys.stdout.isatty() and not json:
            with closing(opened.stream(question, filters=filters, strictness=strictness)) as events:
                answer = print_as_written(events)
        else:
            answer = opened.ask(question, filters=filters, strictness=strictness)
            _print(answer.to_json()) if json else print_answer(answer)
    if answer.status == "refused":
        raise typer.Exit(REFUSED)


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="Words or a question.")],
    library: LibraryOption = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 10,
    rerank: Annotated[bool, typer.Option(help="Order passages by their best sentence.")] = True,
    json: JsonOption = False,
) -> None:
    """Print the passages nearest to a question, best first."""
    from qa.terminal import print_hits

    with _open(library) as opened:
        hits = opened.search(question, k=k, rerank=rerank)
        titles = {id: opened.article(id).title for id in {hit.passage.article_id for hit in hits}}
    if json:
        from qa.formats import hit_to_dict

        _print_json([hit_to_dict(hit, titles[hit.passage.article_id]) for hit in hits])
    else:
        print_hits(hits, titles)


@app.command(name="list")
def list_articles(
    library: LibraryOption = None,
    json: JsonOption = False,
    removed: Annotated[bool, typer.Option("--removed", help="What was removed or replaced, for `qa restore`.")] = False,
) -> None:
    """List the articles."""
    from qa.terminal import print_articles

    with _open(library) as opened:
        articles = opened.browse(removed=True, most=MANY).listed if removed else opened.articles()
        counts = opened.count_passages()
    if json:
        _print_json([_article_values(article, counts) for article in articles])
    else:
        print_articles(articles, counts)


@app.command()
def show(
    id: Annotated[str, typer.Argument(help="An article's id, or its beginning.")],
    library: LibraryOption = None,
    dropped: Annotated[bool, typer.Option(help="Also what was taken for clutter, marked with ✂.")] = False,
) -> None:
    """Print an article as it was cleaned."""
    from qa.terminal import print_article

    with _open(library) as opened:
        article = opened.article(id)
    print_article(article, dropped=dropped)


app.command()(remove)
app.command()(restore)
app.command()(export)
app.command(name="import")(import_)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="An answer that `qa ask --json` printed; - for standard input.")],
    library: LibraryOption = None,
) -> None:
    """Check a stored answer's quotations against the articles, without any model; exit code 1 when one doesn't hold."""
    from qa.terminal import print_checks

    try:
        text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise AnswerInvalid(f"can't read {file}: {error.strerror}") from error
    answer = Answer.from_json(text)
    with _open(library) as opened:
        checks = opened.verify(answer)
    print_checks(checks)
    if any(check.state != "valid" for check in checks):
        raise typer.Exit(1)


@app.command()
def check(library: LibraryOption = None) -> None:
    """Report whether ledger, indexes and model are sound and agree; exit code 1 when not."""
    from qa.terminal import print_findings

    with _open(library) as opened:
        findings = opened.check()
    print_findings(findings)
    if not all(finding.sound for finding in findings):
        raise typer.Exit(1)


@app.command()
def reclean(library: LibraryOption = None) -> None:
    """Clean the stored articles again, after an update of this program; ids and offsets stay."""
    from qa.terminal import print_report, show_progress

    with _open(library) as opened, show_progress("Cleaning") as progress:
        report = opened.reclean(progress=progress)
    print_report(report)


@app.command()
def rebuild(library: LibraryOption = None) -> None:
    """Build both indexes anew from the ledger; nothing is embedded."""
    with _open(library) as opened:
        opened.rebuild()
    _print("The indexes were built anew.")


@app.command()
def reembed(
    model: Annotated[str | None, typer.Option(help="A model's folder, or its name.", show_default=False)] = None,
    precision: Annotated[str | None, typer.Option(help="f32 or bf16.", show_default=False)] = None,
    library: LibraryOption = None,
) -> None:
    """Change the embedding model; the old vectors serve until the switch. Goes on where it was interrupted."""
    from qa.terminal import show_progress

    with _open(library) as opened, show_progress("Embedding") as progress:
        count = opened.reembed(model, precision=precision, progress=progress)
    _print(f"Embedded {count} texts; the library uses the new vectors.")


app.command()(serve)
app.command(name="hash-password")(hash_password)
app.command(name="mcp")(answer_program)


@app.command(
    name="eval", context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
)
def evaluate(context: typer.Context) -> None:
    """Measure answers, citations and refusals on the evaluation set; `qa eval --help` has more."""
    try:
        from eval.__main__ import main as run

        code = run(context.args)
    except ModuleNotFoundError as error:
        raise QAError(
            f"the evaluation needs {error.name}, which is not installed; run: pip install 'qa-articles[eval]'"
        ) from error
    raise typer.Exit(code)


def _watch(opened: Any, paths: Sequence[str], fields: dict[str, str], prune: bool) -> None:
    from qa.sources import local_paths
    from qa.terminal import print_report
    from qa.watch import watch as watch_paths

    local = local_paths(paths)
    if not local:
        raise typer.BadParameter("--watch needs a file or folder that is there", param_hint="--watch")
    _print("Watching; Ctrl-C ends it.")
    sys.stdout.flush()  # and after each report: who reads a file or pipe is to know at once

    def tell(report: IngestReport) -> None:
        print_report(report)
        sys.stdout.flush()

    watch_paths(opened, local, tell=tell, fields=fields, prune=prune)


def _fields(given: Sequence[str]) -> dict[str, str]:
    """Role -> column, from texts such as "text=story"."""
    pairs = [text.partition("=") for text in given]
    for role, sign, column in pairs:
        if not (role and sign and column):
            raise typer.BadParameter("give a role and a column, as in text=story", param_hint="--field")
    return {role: column for role, _, column in pairs}


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _article_values(article: Any, counts: dict[str, int]) -> dict[str, Any]:
    ending = getattr(article, "ending", None)
    return {
        "id": article.id,
        "title": article.title,
        "publisher": article.publisher,
        "author": article.author,
        "published": article.published.isoformat() if article.published else None,
        "dated": article.dated,
        "url": article.url,
        "language": article.language,
        "source": article.source,
        "passages": counts.get(article.id, 0),
        **({"ended": ending.when.isoformat(), "replaced_by": ending.successor} if ending else {}),
    }


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def _print_json(value: Any) -> None:
    import json

    _print(json.dumps(value, ensure_ascii=False, indent=2))


def main() -> None:
    """Runs the command; an error that the user can do something about is one line, not a traceback."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        try:
            app()
        except SystemExit as ended:
            if ended.code == INTERRUPTED and sys.argv[1:2] != ["eval"]:  # which says itself that nothing was stored
                sys.stderr.write("qa: interrupted; what was done is kept, run the same command again to go on\n")
            raise
        finally:
            sys.stdout.flush()  # here, where a full disk can still be reported
    except (QAError, OSError) as error:
        if isinstance(error, OSError):  # what can't be written must not be tried again at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if not isinstance(error, BrokenPipeError):  # then the reader of our output left, and knows it
            sys.stderr.write("\n  ".join([f"qa: {error}", *getattr(error, "__notes__", ())]) + "\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
