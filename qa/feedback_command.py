"""`qa feedback`: what people said of answers, as a table and as questions for the evaluation."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from qa.errors import FeedbackInvalid, QAError
from qa.opening import LibraryOption, open_library

feedback_app = typer.Typer(no_args_is_help=True, help="What people said of answers: right, wrong, and why.")


@feedback_app.command(name="list")
def list_feedback(library: LibraryOption = None) -> None:
    """List the feedback, oldest first."""
    from qa.terminal import print_feedback

    with open_library(library) as opened:
        given = opened.feedback()
    print_feedback(given)


@feedback_app.command()
def export(
    library: LibraryOption = None,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A new file; none is overwritten.")] = Path(
        "feedback.jsonl"
    ),
) -> None:
    """Write the feedback as questions for the evaluation, for you to review."""
    try:
        from eval.authoring.complete import is_unfilled
        from eval.authoring.feedback import lines_of_feedback, write_feedback
    except ModuleNotFoundError as error:
        raise QAError(
            f"the export needs {error.name}, which is not installed; run: pip install 'qa-articles[eval]'"
        ) from error

    with open_library(library) as opened:
        given, articles = opened.feedback(), opened.articles()
    if not given:
        raise FeedbackInvalid("nobody has given feedback on this library's answers; do it on the page: qa serve")
    lines = lines_of_feedback(given, articles)
    write_feedback(out, lines)
    waiting = sum(map(is_unfilled, lines))
    option = f" --library {shlex.quote(str(library))}" if library else ""
    sys.stdout.write(
        f"wrote {len(lines)} lines to {out}, of {len(given)} pieces of feedback: {len(lines) - waiting} ready, "
        f"{waiting} to be filled in.\n"
        "Read those that are ready; where answerable is null give answer.short and evidence, or set it to false; "
        "lines left so are not asked. Then run:\n"
        f"  qa eval --questions {shlex.quote(str(out))}{option}\n"
    )


@feedback_app.command()
def forget(
    ids: Annotated[list[int], typer.Argument(help="The ids that `qa feedback list` shows.")],
    library: LibraryOption = None,
) -> None:
    """Delete feedback for good."""
    with open_library(library) as opened:
        for id in ids:
            opened.forget_feedback(id)
    sys.stdout.write(f"forgot {len(ids)}\n")
