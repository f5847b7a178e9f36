"""`qa serve`: the page, `qa hash-password` for those who sign in to it, and `qa mcp` for programs that start it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from qa.errors import QAError
from qa.opening import LenientOption, LibraryOption, LlmOption, open_library


def serve(
    library: LibraryOption = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 7860,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    example: Annotated[
        list[str] | None, typer.Option(help="A question to offer in place of found ones; may be repeated.")
    ] = None,
    auth: Annotated[
        list[str] | None, typer.Option(metavar="USER:HASH", help="Who may sign in; may be repeated.")
    ] = None,
    auth_file: Annotated[Path | None, typer.Option(help="A file of lines USER:HASH, private to you.")] = None,
    token_file: Annotated[Path | None, typer.Option(help="A file with a token for programs on each line.")] = None,
    questions: Annotated[
        int | None,
        typer.Option(
            min=0, help="A minute for each visitor; 0: no limit. 60 with accounts, else 0.", show_default=False
        ),
    ] = None,
    uploads: Annotated[
        int | None,
        typer.Option(
            min=0, help="A minute for each visitor; 0: no limit. 300 with accounts, else 0.", show_default=False
        ),
    ] = None,
    max_files: Annotated[int, typer.Option(min=1, help="The most files added at once.")] = 1_000,
    max_megabytes: Annotated[int, typer.Option(min=1, help="The largest file that is taken.")] = 100,
    certificate: Annotated[
        Path | None, typer.Option(help="A PEM file, to serve by https; with --key.", show_default=False)
    ] = None,
    key: Annotated[Path | None, typer.Option(help="The certificate's key.", show_default=False)] = None,
    runs: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="A folder of runs of the evaluation, for the tab Quality; eval-runs and eval/runs, unless given.",
            show_default=False,
        ),
    ] = None,
    drain: Annotated[float, typer.Option(min=0, help="Seconds after SIGTERM in which requests are still taken.")] = 5,
    log: Annotated[
        Literal["json", "text"] | None,
        typer.Option(help="A line for each answer, on standard error, without its words.", show_default=False),
    ] = None,
    log_questions: Annotated[
        bool, typer.Option("--log-questions", help="Log the words of questions too; with --log.")
    ] = False,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Where Prometheus may read metrics; 0 takes a free one.", show_default=False
        ),
    ] = None,
    metrics_host: Annotated[
        str, typer.Option(help="The address of the metrics; they ask for no password.")
    ] = "127.0.0.1",
    mcp: Annotated[bool, typer.Option("--mcp", help="Give programs tools too, at /mcp (needs an extra).")] = False,
    llm: LlmOption = None,
    lenient: LenientOption = False,
) -> None:
    """Serve the page; to others than this machine only with --auth, --auth-file or --token-file."""
    if (certificate is None) != (key is None):
        raise typer.BadParameter("give both, or neither", param_hint="--certificate and --key")
    if log_questions and log is None:
        raise typer.BadParameter("needs --log", param_hint="--log-questions")
    from ui.accounts import read_accounts, refuse_open
    from ui.limits import Limits

    accounts = read_accounts(auth or (), auth_file, token_file)
    refuse_open(host, accounts)
    if mcp:
        check_mcp()
    if accounts:
        questions, uploads = 60 if questions is None else questions, 300 if uploads is None else uploads
    limits = Limits.of(questions or 0, uploads or 0, max_files, max_megabytes)
    from ui.app import serve as serve_page
    from ui.operation import Operation
    from ui.quality_tab import RUNS

    with open_library(library, create=True, llm=llm, lenient=lenient or None) as opened:
        serve_page(
            opened,
            host=host,
            port=port,
            open_browser=browser,
            examples=example or (),
            accounts=accounts,
            limits=limits,
            mcp=mcp,
            certificate=(certificate, key) if certificate and key else None,
            runs=(runs,) if runs else RUNS,
            operation=Operation(drain, log, log_questions, metrics_port, metrics_host),
        )


def answer_program(library: LibraryOption = None) -> None:
    """Answer a program that starts this by MCP, over stdin and stdout, until it closes stdin."""
    check_mcp()
    from ui.mcp import answer_standard_input

    with open_library(library) as opened:
        answer_standard_input(opened)


def check_mcp() -> None:
    """QAError when the extra isn't installed."""
    try:
        import mcp  # noqa: F401
    except ModuleNotFoundError as error:
        raise QAError(f"MCP needs {error.name}, which is not installed; run: pip install 'qa-articles[mcp]'") from error


def hash_password() -> None:
    """Print the hash of a password for `qa serve --auth`; it is asked for, or read from standard input."""
    from ui.accounts import hash_password as hash_it
    from ui.accounts import read_password

    sys.stdout.write(hash_it(read_password()) + "\n")
