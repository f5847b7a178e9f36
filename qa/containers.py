"""Files that hold several articles -> their members: archives, and files of records. Nothing is written to disk.

Archives are read as streams and within limits (members, bytes, depth), so that a bomb ends as a message. Records are
brought to our own field names, so that one of them is the same bytes however its file calls its columns.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from qa.errors import ArticleUnreadable
from qa.files import ARCHIVES, FORMATS, RECORD, check_file, container_kind, is_container
from qa.records import ROLES, WHOLE_BYTES, canonical, check_columns, check_roles, read_records
from qa.settings import Settings

HEADER_BYTES = 1_000_000  # of a tar archive's long names; they are read whole
BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, gzip.BadGzipFile, lzma.LZMAError, EOFError, OSError),
    *(ValueError, OverflowError, NotImplementedError, RuntimeError, IndexError, KeyError, MemoryError),
)
NAME_TYPES = (
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
)
DAMAGED = "download or make it again"


@dataclass(frozen=True, slots=True)
class Member:
    """One article's bytes: `source` as in Article, `suffix` the format of `data`."""

    source: str
    suffix: str
    data: bytes


@dataclass(slots=True)
class _Budget:
    """What may still be read of one outermost container."""

    members: int
    unpacked: int


def read_members(
    file: Path | bytes, *, source: str, name: str, settings: Settings, fields: Mapping[str, str] | None = None
) -> Iterator[Member | ArticleUnreadable]:
    """The articles in an archive or file of records, as a stream; a bad one is an error in its place.

    `fields` says which column has a role of ROLES, such as {"text": "story"}. Raises ArticleUnreadable for a container
    that can't be read itself, for an unknown role, and for a column that no record has.
    """
    budget = _Budget(settings.max_members, settings.max_unpacked_bytes)
    reading = _Reading(settings, check_roles(fields or {}, source), budget)
    found = False
    for item in reading.read(file, source, name, depth=1):
        found = True
        if budget.members <= 0:
            reason = f"holds more than {settings.max_members:,} articles; the rest is left out"
            yield ArticleUnreadable(source, reason, "split it, or set QA_MAX_MEMBERS higher")
            return
        budget.members -= 1
        yield item
    if not found:
        raise ArticleUnreadable(source, "holds no articles", f"put files in it: {' '.join(sorted(FORMATS))}")


class _Reading:
    def __init__(self, settings: Settings, fields: Mapping[str, str], budget: _Budget) -> None:
        self._settings = settings
        self._fields = fields
        self._budget = budget

    def read(self, file: Path | bytes, source: str, name: str, depth: int) -> Iterator[Member | ArticleUnreadable]:
        kind = container_kind(name) or ""
        if isinstance(file, Path):
            check_file(file)
        try:
            with open(file, "rb") if isinstance(file, Path) else io.BytesIO(file) as stream:
                if kind == ".zip":
                    yield from self._zip(stream, source, depth)
                elif kind in ARCHIVES:
                    yield from self._tar(stream, source, kind, depth)
                else:
                    yield from self._records(stream, source, kind)
        except BROKEN as error:
            what = str(error) or type(error).__name__
            raise ArticleUnreadable(source, f"can't be read to its end ({what[:200]})", DAMAGED) from error

    # Archives

    def _zip(self, stream: IO[bytes], source: str, depth: int) -> Iterator[Member | ArticleUnreadable]:
        with zipfile.ZipFile(stream) as archive:
            for info in archive.infolist():
                if info.is_dir() or not _is_wanted(info.filename):
                    continue
                inner = f"{source}!/{clean_name(info.filename)}"
                if info.flag_bits & 1:
                    yield ArticleUnreadable(inner, "is encrypted", "unpack the archive with its password and add that")
                    continue
                try:
                    with archive.open(info) as member:
                        data = self._take(member, inner)
                except ArticleUnreadable as error:
                    yield error
                except BROKEN as error:
                    yield ArticleUnreadable(inner, f"can't be unpacked ({error})", DAMAGED)
                else:
                    yield from self._member(data, inner, info.filename, depth)

    def _tar(self, stream: IO[bytes], source: str, kind: str, depth: int) -> Iterator[Member | ArticleUnreadable]:
        plain: Any = stream if kind == ".tar" else gzip.GzipFile(fileobj=stream)
        limited = _Limited(plain, self._settings.max_unpacked_bytes, source)
        with tarfile.open(fileobj=limited, mode="r|", tarinfo=_SmallHeader) as archive:
            for info in archive:
                if not info.isreg() or not _is_wanted(info.name):
                    continue
                inner = f"{source}!/{clean_name(info.name)}"
                member = archive.extractfile(info)
                try:
                    data = self._take(member, inner) if member is not None else b""
                except ArticleUnreadable as error:
                    yield error
                else:
                    yield from self._member(data, inner, info.name, depth)

    def _take(self, member: IO[bytes], source: str) -> bytes:
        """The bytes of a member, within the limits."""
        most = WHOLE_BYTES if is_container(source) else self._settings.max_article_bytes
        data = member.read(most + 1)
        self._budget.unpacked -= len(data)
        if self._budget.unpacked < 0:
            raise _too_much(source, self._settings.max_unpacked_bytes)
        if len(data) > most:
            raise ArticleUnreadable(source, f"is larger than {most:,} bytes", "unpack the archive and split it")
        return data

    def _member(self, data: bytes, source: str, name: str, depth: int) -> Iterator[Member | ArticleUnreadable]:
        if not is_container(name):
            empty = ArticleUnreadable(source, "is empty", "remove it, or fetch the article again")
            yield Member(source, Path(name).suffix.lower(), data) if data else empty
        elif container_kind(name) in ARCHIVES and depth >= self._settings.max_archive_depth:
            reason = f"is an archive within {depth} others"
            yield ArticleUnreadable(source, reason, "unpack it and add that, or set QA_MAX_ARCHIVE_DEPTH higher")
        else:
            try:
                yield from self.read(data, source, name, depth + 1)
            except ArticleUnreadable as error:
                yield error

    # Records

    def _records(self, stream: IO[bytes], source: str, kind: str) -> Iterator[Member | ArticleUnreadable]:
        names: set[str] = set()
        for row, record in enumerate(read_records(stream, source, kind, self._settings), 1):
            place = f"{source}#{row}"
            if isinstance(record, str):
                yield ArticleUnreadable(place, record, "correct that row")
                continue
            if row == 1:
                check_columns(self._fields, record, source)
            values = canonical(record, self._fields)
            name = values.pop("id", "") or values.get("url", "")
            if name and name not in names:
                names.add(name)
                place = f"{source}#{_clean_text(name)}"
            data = json.dumps(values, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
            if not values.get("text"):
                yield _textless(place, record, self._fields)
            elif len(data) > self._settings.max_article_bytes:
                reason = f"is larger than {self._settings.max_article_bytes:,} bytes"
                yield ArticleUnreadable(place, reason, "split it, or set QA_MAX_ARTICLE_BYTES higher")
            else:
                yield Member(place, RECORD, data)


def _textless(place: str, record: Mapping[str, Any], fields: Mapping[str, str]) -> ArticleUnreadable:
    """Why a record is no article: its text is empty, or no column is known as one."""
    names = [fields["text"].lower()] if "text" in fields else ROLES["text"]
    if any(str(name).strip().lower() in names for name in record):
        return ArticleUnreadable(place, "has no text: that field of it is empty", "fill it in, or leave the row out")
    columns = ", ".join(map(str, list(record)[:20]))
    return ArticleUnreadable(place, f"has no text (its columns: {columns})", "name it: --field text=COLUMN")


class _SmallHeader(tarfile.TarInfo):
    """A header of a tar archive; ValueError where it announces names that would fill the memory."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        header = super().frombuf(buf, encoding, errors)
        if header.type in NAME_TYPES and header.size > HEADER_BYTES:
            raise ValueError(f"a header of {header.size:,} bytes")
        return header


class _Limited(io.RawIOBase):
    """A stream that ends with an error where more comes out of it than allowed."""

    def __init__(self, stream: IO[bytes], most: int, source: str) -> None:
        super().__init__()
        self._stream, self._left, self._most, self._source = stream, most, most, source

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise _too_much(self._source, self._most)
        return data


def _too_much(source: str, most: int) -> ArticleUnreadable:
    reason = f"unpacks to more than {most:,} bytes"
    return ArticleUnreadable(source, reason, "unpack a part of it, or set QA_MAX_UNPACKED_BYTES higher")


def _is_wanted(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    hidden = any((part.startswith(".") and part not in (".", "..")) or part == "__MACOSX" for part in parts)
    return not hidden and (Path(parts[-1]).suffix.lower() in FORMATS or is_container(parts[-1]))


def clean_name(name: str) -> str:
    """The path of a member without what leads out of the archive: it is a name only, no file is written."""
    parts = (part for part in name.replace("\\", "/").split("/") if part not in ("", ".", ".."))
    return _clean_text("/".join(parts))


def _clean_text(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", "�", text).encode("utf-8", "backslashreplace").decode()[:1_000]
