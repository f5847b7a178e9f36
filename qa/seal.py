"""Seals: what the files of a folder were like when they had reached the disk, so that damaged ones are noticed.

Chroma's files of neighbours need one: they are written in place and not brought to the disk, and reading a part of them
finds less, or crashes the process.
"""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

CHUNK = 1 << 20
WRITTEN = "index_metadata.pickle"  # Chroma writes it last
Seal = dict[str, tuple[int, int, int]]  # a file's name -> its size, time of change in ns, and checksum


def seal_files(folder: Path, last: Seal) -> Seal:
    """The seal of all files one folder deep, brought to the disk; what is as in the last one isn't read again."""
    seal: Seal = {}
    for name, path in _files(folder).items():
        known = last.get(name)
        if known is None or known[:2] != _state(path):
            bring_to_disk(path)
            known = (*_state(path), _checksum(path))
            bring_to_disk(path.parent)
        seal[name] = known
    return seal


def find_broken(folder: Path, seal: Seal) -> str | None:
    """The name of a file that isn't as sealed; None when all are. A copied file may have another time."""
    files = _files(folder)
    broken = sorted(files.keys() ^ seal.keys()) or [name for name in files if not _is_as(seal[name], files[name])]
    return broken[0] if broken else None


def write_seal(path: Path, seal: Seal) -> None:
    """Stores the seal in that file, all at once."""
    write_whole(path, json.dumps(seal))


def read_seal(path: Path) -> Seal:
    """The seal that was stored there; empty when none was, or when it can't be read."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return {name: (size, moment, checksum) for name, (size, moment, checksum) in values.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_whole(path: Path, text: str) -> None:
    """Replaces the file, so that whoever reads it and whatever is killed, it is the old one or the new."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    bring_to_disk(fresh)
    os.replace(fresh, path)
    bring_to_disk(path.parent)


def _files(folder: Path) -> dict[str, Path]:
    """The files of folders whose graph was written; before that, Chroma makes them anew whenever it reads."""
    written = (mark.parent for mark in sorted(folder.glob(f"*/{WRITTEN}")))
    return {path.relative_to(folder).as_posix(): path for place in written for path in sorted(place.iterdir())}


def _is_as(sealed: tuple[int, int, int], path: Path) -> bool:
    try:
        size, moment = _state(path)
        return size == sealed[0] and (moment == sealed[1] or _checksum(path) == sealed[2])
    except FileNotFoundError:  # another process has just removed it
        return False


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            checksum = zlib.crc32(chunk, checksum)
    return checksum


def bring_to_disk(path: Path) -> None:
    """Waits until a file's content, or a folder's names, have reached the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
