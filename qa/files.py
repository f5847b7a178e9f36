"""Which files hold articles, what their names say, and their bytes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from qa.errors import ArticleUnreadable
from qa.settings import Settings

TEXT = frozenset({".txt", ".text"})
MARKDOWN = frozenset({".md", ".markdown"})
HTML = frozenset({".html", ".htm", ".xhtml"})
MAIL = frozenset({".eml", ".mhtml", ".mht"})
PDF, DOCX, EPUB = ".pdf", ".docx", ".epub"
FORMATS = TEXT | MARKDOWN | HTML | MAIL | {PDF, DOCX, EPUB}
RECORD = ".record"  # one record of a file of records, in our own field names (qa/containers.py)
OWN = TEXT | MARKDOWN | {RECORD}  # read by nothing but this program
ARCHIVES = frozenset({".zip", ".tar", ".tar.gz", ".tgz"})
RECORDS = frozenset({".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet"})
CONTAINERS = ARCHIVES | RECORDS
LEDGER = "ledger.sqlite"  # of a library: a folder that holds one is no folder of articles


def find_files(paths: Iterable[Path]) -> list[Path]:
    """The files to read, each once: those named, whatever they are, and the supported ones in the folders named.

    A path that is missing or can't be opened is in the list too, so that reading it says what is wrong with it alone.
    """
    return list(dict.fromkeys(file for path in paths for file in (_walk(path) if path.is_dir() else [path])))


def read_bytes(path: Path, settings: Settings) -> bytes:
    """The bytes of an article's file; ArticleUnreadable if it isn't one, is empty, or is too large."""
    status = check_file(path)
    if status.st_size > settings.max_article_bytes:
        reason = f"is larger than {settings.max_article_bytes:,} bytes ({status.st_size:,})"
        raise ArticleUnreadable(str(path), reason, "split it, or set QA_MAX_ARTICLE_BYTES higher")
    with _explained(path):
        return path.read_bytes()


def check_file(path: Path) -> os.stat_result:
    """What the system says of the file; ArticleUnreadable if it is none, is empty, or may not be read."""
    with _explained(path):
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            path.open("rb").close()
    if not stat.S_ISREG(status.st_mode):
        what = "is a folder that can't be listed" if stat.S_ISDIR(status.st_mode) else "is not a regular file"
        raise ArticleUnreadable(str(path), what, "copy what it holds into a file and add that")
    if not status.st_size:
        raise ArticleUnreadable(str(path), "is empty", "remove it, or fetch the article again")
    return status


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    source = str(path)
    try:
        yield
    except FileNotFoundError as error:
        raise ArticleUnreadable(source, "does not exist", f"check the path with: ls {path.parent}") from error
    except PermissionError as error:
        raise ArticleUnreadable(source, "may not be read by you", f"allow it with: chmod u+r {path}") from error
    except OSError as error:
        raise ArticleUnreadable(source, f"can't be read ({error.strerror})", f"check it with: ls -l {path}") from error


def container_kind(name: str) -> str | None:
    """The suffix of CONTAINERS that the name ends with."""
    return next((suffix for suffix in sorted(CONTAINERS, key=len, reverse=True) if name.lower().endswith(suffix)), None)


def is_container(name: str) -> bool:
    """Whether a file of that name holds several articles."""
    return container_kind(name) is not None


def _walk(folder: Path) -> Iterator[Path]:
    """The supported files under a folder, sorted; links are followed, each folder is entered once, a library never."""
    entered: set[str] = set()
    unlisted: list[Path] = []
    for here, folders, files in os.walk(folder, followlinks=True, onerror=lambda e: unlisted.append(Path(e.filename))):
        real = os.path.realpath(here)
        new = real not in entered and LEDGER not in files
        folders[:] = sorted(name for name in folders if not name.startswith(".")) if new else []
        if new:
            entered.add(real)
            visible = (Path(here, name) for name in sorted(files) if not name.startswith("."))
            yield from (file for file in visible if file.suffix.lower() in FORMATS or is_container(file.name))
    yield from unlisted
