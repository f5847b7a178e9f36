"""Keeps a library in step with folders: what changes in them is added as it changes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from qa.errors import LibraryBusy
from qa.files import FORMATS, is_container
from qa.library import Library
from qa.types import IngestReport

QUIET_MILLISECONDS = 1_600  # files that are still being written settle in it
AGAIN_SECONDS = 2.0  # to wait for another process that writes to the library


def watch(
    library: Library,
    paths: Sequence[Path],
    *,
    tell: Callable[[IngestReport], None],
    fields: Mapping[str, str] | None = None,
    prune: bool = False,
    stop: threading.Event | None = None,
) -> None:
    """Adds what changes under the paths, until `stop` or Ctrl-C; with `prune` what is deleted there goes too.

    `tell` gets the report of each change. While another process writes to the library, the change waits.
    """
    from watchfiles import Change
    from watchfiles import watch as watch_files

    logging.getLogger("watchfiles").addHandler(logging.NullHandler())  # it tells of Ctrl-C, which is no news
    ended = stop or threading.Event()
    # Ctrl-C ends the watching, but never an `add` halfway: that is a KeyboardInterrupt like any other.
    for changes in watch_files(*paths, debounce=QUIET_MILLISECONDS, stop_event=ended, raise_interrupt=False):
        files = sorted({Path(name) for kind, name in changes if kind is not Change.deleted and _is_article(name)})
        present = [file for file in files if file.is_file()]
        deleted = any(kind is Change.deleted for kind, _ in changes)
        wanted = [path for path in paths if path.exists()] if prune and deleted else present
        if wanted:
            tell(_add(library, wanted, fields, prune, ended))


def _add(
    library: Library, paths: Sequence[Path], fields: Mapping[str, str] | None, prune: bool, ended: threading.Event
) -> IngestReport:
    while True:
        try:
            return library.add(paths, fields=fields, prune=prune)
        except LibraryBusy:
            if ended.wait(AGAIN_SECONDS):
                raise


def _is_article(name: str) -> bool:
    path = Path(name)
    return not path.name.startswith(".") and (path.suffix.lower() in FORMATS or is_container(path.name))
