"""`qa export` and `qa import`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.opening import LibraryOption, open_library

if TYPE_CHECKING:
    from qa.archive import Manifest


def export(
    file: Annotated[Path, typer.Argument(help="The archive to write; it holds the library's signing key.")],
    library: LibraryOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write the whole library into one file, to keep or to move; others may read and write meanwhile."""
    with open_library(library) as opened:
        manifest = opened.export_to(file, force=force)
    sys.stdout.write(
        f"wrote {_told(manifest)} to {file}, {file.stat().st_size:,} bytes. It holds all articles and the key that "
        "signs answers: keep it from others as you keep the library.\n"
    )


def import_(
    file: Annotated[Path, typer.Argument(help="An archive that `qa export` wrote.")],
    library: LibraryOption = None,
    check: Annotated[bool, typer.Option("--check", help="Only look whether the file is whole.")] = False,
) -> None:
    """Fill a new library, in a folder or on PostgreSQL, from an archive: it answers as the old one did."""
    from qa.archive import Archive
    from qa.moving import check_rows

    with Archive.open(file) as archive:
        if check:
            check_rows(archive)
            sys.stdout.write(f"{file} is whole: {_told(archive.manifest)}.\n")
            return
        with open_library(library, create=True) as opened:
            opened.import_from(archive)
    sys.stdout.write(f"the library now has {_told(archive.manifest)}.\n")


def _told(manifest: Manifest) -> str:
    return f"revision {manifest.revision}, {manifest.articles} articles, {manifest.passages} passages"
