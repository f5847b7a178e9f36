"""`qa answers`: the answers that were kept, as a list, one with the state of its quotations, and forgetting them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from qa.opening import LibraryOption, open_library

answers_app = typer.Typer(no_args_is_help=True, help="Answers that were kept, each at an address of its own.")
Id = Annotated[str, typer.Argument(help="An id that `qa answers list` shows.")]


@answers_app.command(name="list")
def list_answers(library: LibraryOption = None) -> None:
    """List the kept answers, oldest first."""
    from qa.terminal import print_kept

    with open_library(library) as opened:
        kept = opened.kept_answers()
    print_kept(kept)


@answers_app.command()
def show(
    id: Id,
    library: LibraryOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print an answer as it was, and whether its quotations still hold."""
    from qa.terminal import print_answer, print_checks, printable

    with open_library(library) as opened:
        kept = opened.kept_answer(id)
        checks = opened.verify(kept.answer)
    if json:
        sys.stdout.write(kept.answer.to_json() + "\n")
        return
    sys.stdout.write(f"{printable(kept.answer.question)}\nKept {kept.kept:%Y-%m-%d %H:%M} UTC\n\n")
    print_answer(kept.answer)
    if checks:
        sys.stdout.write("\n")
        print_checks(checks)


@answers_app.command()
def forget(
    ids: Annotated[list[str], typer.Argument(help="The ids that `qa answers list` shows.")],
    library: LibraryOption = None,
) -> None:
    """Delete kept answers for good."""
    with open_library(library) as opened:
        for id in ids:
            opened.forget_answer(id)
    sys.stdout.write(f"forgot {len(ids)}\n")
