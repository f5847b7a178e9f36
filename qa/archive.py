"""The file that a library is moved in: a ZIP archive of rows and bytes, refused unless every byte is as it was written.

Its members are stored as they are: what is read is never more than what the file holds, the file depends on no version
of a compressor, and any ZIP tool opens it. They are JSON lines, or bytes that lie one after the other: a member of
its own for each would need memory for all their names. The manifest tells their sizes and sums; the archive's comment
is the sum of all that stands before its digits. No time of writing is in it: an unchanged library gives the same file.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Self

from qa.errors import ArchiveInvalid, ArchiveUnwritten, LibraryTooNew
from qa.schema import VERSION as SCHEMA
from qa.seal import bring_to_disk

FORMAT, VERSION = "qa-library", 1
MANIFEST = "manifest.json"
SEAL = b"sha256:"  # begins the comment; 64 digits follow
DIGITS = 64
CHUNK = 1 << 20
LONGEST_LINE = 200_000_000  # bytes; articles have 20 million unless the settings allow more
MOST_MEMBERS, MOST_MANIFEST = 64, 1 << 20
END = 22  # bytes of the record at a ZIP archive's end, without its comment
LOCATOR, END64 = 20, 56  # and of the two before it in one of more than 4 GB
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the only time that members have
DAMAGED = "export the library again, or take another copy of the file"


@dataclass(frozen=True, slots=True)
class Member:
    """What the manifest says of a member; bytes of rows have none of their own."""

    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself; `keys` are the last ones that the tables gave, which are never given again."""

    program: str
    schema: str
    revision: int
    corpus_digest: str
    articles: int
    passages: int
    keys: Mapping[str, int]
    members: Mapping[str, Member]


class ArchiveWriter:
    """Writes the members of an archive, one after the other."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.members: dict[str, Member] = {}

    def write_lines(self, name: str, lines: Iterable[bytes]) -> None:
        """A member of those lines, each a row."""
        self._write(name, _whole_lines(lines), rows=True)

    def write_bytes(self, name: str, pieces: Iterable[bytes]) -> None:
        """A member of those bytes."""
        self._write(name, pieces, rows=False)

    def write_manifest(self, manifest: Manifest) -> None:
        """The last member."""
        values = {"format": FORMAT, "version": VERSION, **asdict(manifest)}
        self._write(MANIFEST, [json.dumps(values, indent=2, ensure_ascii=False).encode() + b"\n"], rows=False)

    def _write(self, name: str, pieces: Iterable[bytes], *, rows: bool) -> None:
        info = zipfile.ZipInfo(name, EARLIEST)
        info.create_system, info.external_attr = 3, 0o600 << 16  # as on Unix, wherever it is written
        count, size, digest = 0, 0, hashlib.sha256()
        with self._archive.open(info, "w", force_zip64=True) as member:
            for piece in _in_chunks(pieces):
                member.write(piece)
                digest.update(piece)
                size += len(piece)
                count += piece.count(b"\n") if rows else 0
        self.members[name] = Member(count, size, digest.hexdigest())


@contextmanager
def writing_archive(path: Path, *, force: bool = False) -> Iterator[ArchiveWriter]:
    """A new archive, there under its name once it is whole and on the disk; ArchiveUnwritten.

    Only its owner may read it. Without `force` what is there already isn't replaced.
    """
    if path.exists() and not force:
        raise ArchiveUnwritten(f"{path} is there already; choose another name, or replace it with --force")
    partial: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)  # of mode 600
        partial = Path(name)
        with open(handle, "w+b") as file:
            with zipfile.ZipFile(file, "w") as archive:
                archive.comment = SEAL + b"0" * DIGITS
                yield ArchiveWriter(archive)
            _seal(file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        bring_to_disk(path.parent)
    except OSError as error:
        raise ArchiveUnwritten(
            f"can't write {path} ({error.strerror}); nothing of it was left: make room there, or choose another place"
        ) from error
    finally:
        if partial is not None:
            with suppress(OSError):
                partial.unlink()


class Archive:
    """An archive that is whole and holds what its manifest says; close it, or use it with `with`."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.path = path
        self._file = file
        try:
            _check_seal(file)
            _check_directory(file)
            self._archive = zipfile.ZipFile(file)
            self.manifest = _manifest_of(self._read_manifest())
            self._check_members()
        except ValueError as error:
            raise ArchiveInvalid(f"{path} {error}; {DAMAGED}") from error
        except (zipfile.BadZipFile, EOFError, NotImplementedError, KeyError, RuntimeError) as error:
            raise ArchiveInvalid(f"{path} can't be read as `qa export` writes it; {DAMAGED}") from error

    @classmethod
    def open(cls, path: Path) -> Self:
        """ArchiveInvalid where it isn't whole, LibraryTooNew where a newer version of this program made it."""
        try:
            file = path.open("rb")
        except OSError as error:
            raise ArchiveInvalid(f"can't read {path} ({error.strerror}); give a file that `qa export` made") from error
        try:
            return cls(path, file)
        except OSError as error:
            file.close()
            raise ArchiveInvalid(f"can't read {path} ({error.strerror}); {DAMAGED}") from error
        except BaseException:
            file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._archive.close()
        self._file.close()

    def lines(self, name: str) -> Iterator[bytes]:
        """The rows of a member."""
        with self._archive.open(name) as member:
            while line := member.readline(LONGEST_LINE):
                if not line.endswith(b"\n"):
                    raise ArchiveInvalid(f"{self.path}: a line of {name} has no end; {DAMAGED}")
                yield line

    @contextmanager
    def stream(self, name: str) -> Iterator[IO[bytes]]:
        """The bytes of a member."""
        with self._archive.open(name) as member:
            yield member

    def _read_manifest(self) -> bytes:
        if self._archive.getinfo(MANIFEST).file_size > MOST_MANIFEST:
            raise ValueError("has a manifest that is none")
        return self._archive.read(MANIFEST)

    def _check_members(self) -> None:
        infos = self._archive.infolist()
        if sorted(info.filename for info in infos) != sorted((*self.manifest.members, MANIFEST)):
            raise ValueError("has other members than its manifest names")
        if any(info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size for info in infos):
            raise ValueError("has compressed members, which `qa export` doesn't write")
        if sum(info.file_size for info in infos) > self._file.seek(0, os.SEEK_END):
            raise ValueError("has members that lie in each other")
        for name, stated in self.manifest.members.items():
            if self._archive.getinfo(name).file_size != stated.bytes:
                raise ValueError(f"has another size of {name} than its manifest states")
            digest, rows = hashlib.sha256(), 0
            with self._archive.open(name) as member:
                while piece := member.read(CHUNK):
                    digest.update(piece)
                    rows += piece.count(b"\n") if stated.rows else 0
            if (digest.hexdigest(), rows) != (stated.sha256, stated.rows):
                raise ValueError(f"has another sum or number of rows of {name} than its manifest states")


def _whole_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, none longer than will be read again."""
    for line in lines:
        if len(line) >= LONGEST_LINE:
            raise ArchiveUnwritten(f"a row of {len(line):,} bytes is too long to be moved; remove its article")
        yield line + b"\n"


def _in_chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces that are worth a call."""
    waiting, size = list[bytes](), 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _seal(file: IO[bytes]) -> None:
    """Puts the sum of what stands before the last digits in their place."""
    file.flush()
    digits = _sum_before_digits(file)
    file.seek(-DIGITS, os.SEEK_END)
    file.write(digits)


def _check_seal(file: IO[bytes]) -> None:
    size = file.seek(0, os.SEEK_END)
    if size < END + len(SEAL) + DIGITS:
        raise ValueError("is no archive that `qa export` made, or is cut off")
    file.seek(-DIGITS - len(SEAL), os.SEEK_END)
    comment = file.read()
    if not comment.startswith(SEAL):
        raise ValueError("is no archive that `qa export` made, or is cut off")
    if comment[len(SEAL) :] != _sum_before_digits(file):
        raise ValueError("is damaged: its sum is another than when it was written")


def _sum_before_digits(file: IO[bytes]) -> bytes:
    left, digest = file.seek(0, os.SEEK_END) - DIGITS, hashlib.sha256()
    file.seek(0)
    while left and (piece := file.read(min(CHUNK, left))):
        digest.update(piece)
        left -= len(piece)
    return digest.hexdigest().encode()


def _check_directory(file: IO[bytes]) -> None:
    """Refuses a list of members that would fill the memory when it is read."""
    size = file.seek(0, os.SEEK_END)
    end = size - END - len(SEAL) - DIGITS
    file.seek(max(0, end - LOCATOR - END64))
    tail = file.read()[: min(end, LOCATOR + END64) + END]
    record, before = tail[-END:], tail[:-END]
    count, length = int.from_bytes(record[10:12], "little"), int.from_bytes(record[12:16], "little")
    if before[-LOCATOR:].startswith(b"PK\6\7"):
        count, length = int.from_bytes(before[32:40], "little"), int.from_bytes(before[40:48], "little")
    if not record.startswith(b"PK\5\6") or count > MOST_MEMBERS or length > MOST_MANIFEST:
        raise ValueError("has a directory that `qa export` doesn't write")


def _manifest_of(data: bytes) -> Manifest:
    """ValueError where it has another form, LibraryTooNew where its version is newer than this program knows."""
    try:
        values = json.loads(data)
        if not isinstance(values, dict) or values.get("format") != FORMAT:
            raise ValueError("is no archive of a library")
        _check_version(values)
        members = {name: _member_of(value) for name, value in values["members"].items()}
        keys = {str(name): _count(value) for name, value in values["keys"].items()}
        numbers = {name: _count(values[name]) for name in ("revision", "articles", "passages")}
        texts = {name: _text(values[name]) for name in ("program", "schema", "corpus_digest")}
        return Manifest(**texts, **numbers, keys=keys, members=members)  # type: ignore[arg-type]
    except (KeyError, TypeError, AttributeError, RecursionError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError("has a manifest that `qa export` doesn't write") from error


def _check_version(values: Mapping[str, Any]) -> None:
    version, schema = _count(values["version"]), _text(values["schema"])
    if version > VERSION or schema > SCHEMA:
        raise LibraryTooNew(
            f"the archive has format {version} and schema {schema:.20}, this program knows {VERSION}, {SCHEMA} "
            "and older; update the program"
        )


def _member_of(value: Mapping[str, Any]) -> Member:
    return Member(_count(value["rows"]), _count(value["bytes"]), _text(value["sha256"]))


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError("has a manifest with a number that can't be")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("has a manifest with a text that is none")
    return value
