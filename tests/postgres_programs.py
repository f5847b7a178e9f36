"""Where PostgreSQL's programs are; names no package, so that it can be asked before any is installed."""

from __future__ import annotations

import shutil
from pathlib import Path


def find_in_folders() -> Path | None:
    """The folder that Debian's packages have them in, the newest version's; it isn't on the path."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    return max(folders, key=lambda folder: int(folder.parent.name), default=None)


def find_programs() -> Path:
    """The folder that holds them; FileNotFoundError where there is none."""
    found = find_in_folders() or shutil.which("postgres")
    if found is None:
        raise FileNotFoundError("the tests need PostgreSQL; install it, on Debian with: apt-get install postgresql")
    return found if isinstance(found, Path) else Path(found).resolve().parent
