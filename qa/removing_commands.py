"""`qa remove` and `qa restore`."""

from __future__ import annotations

from typing import Annotated

import typer

from qa.opening import LibraryOption, open_library


def remove(
    ids: Annotated[list[str], typer.Argument(help="Articles' ids, or their beginnings.")],
    library: LibraryOption = None,
    purge: Annotated[bool, typer.Option("--purge", help="Delete every trace, old versions included.")] = False,
) -> None:
    """Remove articles, so that no question sees them; without --purge, `qa restore` brings them back."""
    from qa.terminal import print_report

    with open_library(library) as opened:
        report = opened.remove(ids, purge=purge)
    print_report(report)


def restore(
    ids: Annotated[list[str], typer.Argument(help="Ids that `qa list --removed` shows, or their beginnings.")],
    library: LibraryOption = None,
) -> None:
    """Bring removed articles back as they were, all of those named or none."""
    from qa.terminal import print_report

    with open_library(library) as opened:
        report = opened.restore(ids)
    print_report(report)
