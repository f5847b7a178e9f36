"""A ledger as an archive, and a ledger filled from one: whatever database either is in, the rows are the same.

What moves is the newest published revision with all that came before it: old versions of articles, which stored answers
are checked against, vectors, feedback, kept answers and the key that signs. What doesn't: a batch that isn't published,
and facts of the place where the library was. Indexes aren't in it: they are built from the rows, as `rebuild` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from qa.archive import DAMAGED, Archive, ArchiveWriter, Manifest, writing_archive
from qa.databases import for_writing
from qa.errors import AnswerInvalid, ArchiveInvalid, LibraryNotEmpty
from qa.moved_rows import Row, binary_of, line_of, row_of
from qa.schema import (
    POSTGRESQL,
    VERSION,
    alive,
    articles,
    bands,
    blobs,
    embeddings,
    facts,
    feedback,
    kept_answers,
    models,
    passages,
    revisions,
)

# In an order in which rows find what they name.
MOVED = (facts, models, revisions, articles, blobs, passages, bands, embeddings, feedback, kept_answers)
NUMBERED = (articles, passages, feedback)  # their keys are never used twice
BYTES = {blobs: "blobs.zlib", embeddings: "embeddings.float16"}
# Facts of a place: which index folders are in use, whose copies these are, which dead passages they were told of.
PLACE = frozenset({"indexes", "library", "forgotten", "vectors_swept"})
DIGESTS = "digests"  # fact: how corpus digests are made; an unpublished batch may have changed that
ROWS, LONG_ROWS = 1_000, 8  # fetched at once; of texts and originals, which may be large
WAITING = 4_000_000  # bytes of rows that are inserted at once


class Moving:
    """Writes and fills the tables of one ledger's database; both are one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine, self._writer = engine, for_writing(engine)

    def export_to(self, path: Path, *, force: bool = False) -> Manifest:
        """Writes the ledger as it is now, whoever writes to it meanwhile; ArchiveUnwritten."""
        with writing_archive(path, force=force) as archive, self._engine.connect() as connection:
            revision, digest = _newest(connection)
            for table in MOVED:
                _write_table(archive, connection, table, revision)
            manifest = Manifest(
                program=version("qa-articles"),
                schema=VERSION,
                revision=revision,
                corpus_digest=digest,
                articles=_count(connection, articles, revision),
                passages=_count(connection, passages, revision),
                keys={table.name: _last_key(connection, table) for table in NUMBERED},
                members=dict(archive.members),
            )
            archive.write_manifest(manifest)
        return manifest

    def import_from(self, archive: Archive) -> None:
        """Fills the empty ledger, or leaves it empty; ArchiveInvalid, LibraryNotEmpty."""
        check_rows(archive)
        try:
            with self._writer.begin() as connection:
                _check_empty(connection)
                for table in MOVED:
                    for rows in _batches(archive, table):
                        connection.execute(table.insert(), rows)
                for table in (*NUMBERED, models):
                    _set_last_key(connection, table, archive.manifest.keys.get(table.name, 0))
                if _newest(connection) != (archive.manifest.revision, archive.manifest.corpus_digest):
                    raise ArchiveInvalid(f"{archive.path} has another revision than its manifest names; {DAMAGED}")
        except sa.exc.DBAPIError as error:  # of the rows: what goes wrong with the database is a QAError already
            raise ArchiveInvalid(f"{archive.path} has rows that don't fit each other; {DAMAGED}") from error


def check_rows(archive: Archive) -> None:
    """ArchiveInvalid unless every row is one of its table, and the bytes of each are there."""
    known = {name for table in MOVED for name in (_lines_name(table), BYTES.get(table))}
    if unknown := archive.manifest.members.keys() - known:
        raise ArchiveInvalid(f"{archive.path} has a member {min(unknown):.40} that is no table's; {DAMAGED}")
    for table in MOVED:
        if archive.manifest.schema == VERSION and _lines_name(table) not in archive.manifest.members:
            raise ArchiveInvalid(f"{archive.path} lacks the table {table.name}; {DAMAGED}")
        lengths: dict[int, int] = {}
        for rows in _batches(archive, table):
            if table is embeddings and not all(_is_vector(row, lengths) for row in rows):
                raise ArchiveInvalid(f"{archive.path} has vectors that are none; {DAMAGED}")


def _is_vector(row: Row, lengths: dict[int, int]) -> bool:
    """Whether it has finite numbers, as many as the others of its model."""
    data: bytes = row["vector"]
    expected = lengths.setdefault(row["model_id"], len(data))
    return len(data) == expected > 0 == len(data) % 2 and bool(np.isfinite(np.frombuffer(data, "<f2")).all())


# Writing


def _newest(connection: sa.Connection) -> tuple[int, str]:
    """The newest published revision and its digest."""
    query = sa.select(revisions.c.number, revisions.c.corpus_digest).where(revisions.c.published_at.is_not(None))
    row = connection.execute(query.order_by(revisions.c.number.desc()).limit(1)).first()
    return (row.number, row.corpus_digest) if row else (0, "")


def _count(connection: sa.Connection, table: sa.Table, revision: int) -> int:
    return int(connection.scalar(sa.select(sa.func.count()).select_from(table).where(alive(table, revision))) or 0)


def _write_table(archive: ArchiveWriter, connection: sa.Connection, table: sa.Table, revision: int) -> None:
    binary = binary_of(table)
    columns = [_written(column, revision) for column in table.c]
    archive.write_lines(
        _lines_name(table), (line_of(row._asdict()) for row in _fetch(connection, table, columns, revision))
    )
    if binary is not None:
        archive.write_bytes(BYTES[table], (row[0] for row in _fetch(connection, table, [binary], revision)))


def _written(column: sa.Column[Any], revision: int) -> sa.ColumnElement[Any]:
    """The column as it is written: bytes by their number, an end that isn't published as none."""
    if column is binary_of(column.table):
        return sa.func.length(column).label(column.name)
    if column.name == "died":
        return sa.case((column <= revision, column)).label(column.name)
    return column


def _fetch(
    connection: sa.Connection, table: sa.Table, columns: Iterable[sa.ColumnElement[Any]], revision: int
) -> Iterator[sa.Row[Any]]:
    """The table's rows that move, in the order of their keys; never all of them in memory."""
    query = sa.select(*columns).where(_moves(connection, table, revision)).order_by(*table.primary_key.columns)
    size = LONG_ROWS if table in (articles, blobs) else ROWS
    yield from connection.execute(query, execution_options={"yield_per": size})


def _moves(connection: sa.Connection, table: sa.Table, revision: int) -> sa.ColumnElement[bool]:
    """The condition that a row is of a published revision, and of the library rather than of its place."""
    if table is facts and _has_pending(connection):
        return facts.c.name.not_in([*PLACE, DIGESTS])
    if table is facts:
        return facts.c.name.not_in(PLACE)
    if table is revisions:
        return revisions.c.published_at.is_not(None)
    if not _has_pending(connection):
        return sa.true()
    if table in (articles, passages):
        return table.c.born <= revision
    if table is blobs:
        return blobs.c.sha256.in_(sa.select(articles.c.bytes_sha256).where(articles.c.born <= revision))
    if table is bands:
        return bands.c.passage_key.not_in(sa.select(passages.c.key).where(passages.c.born > revision))
    if table is embeddings:
        texts = sa.select(passages.c.text_sha256)
        own, new = texts.where(passages.c.born <= revision), texts.where(passages.c.born > revision)
        return embeddings.c.text_sha256.in_(own) | embeddings.c.text_sha256.not_in(new)
    return sa.true()


def _has_pending(connection: sa.Connection) -> bool:
    """Whether a batch was written that isn't published."""
    query = sa.select(revisions.c.number).where(revisions.c.published_at.is_(None))
    return connection.scalar(query.limit(1)) is not None


def _lines_name(table: sa.Table) -> str:
    return f"{table.name}.jsonl"


# Filling


def _check_empty(connection: sa.Connection) -> None:
    """Refuses a library that holds anything, and clears what adding nothing may have left: a model, a key, vectors."""
    for table in (revisions, articles, feedback, kept_answers):
        if connection.execute(sa.select(table.primary_key.columns[0]).limit(1)).first() is not None:
            raise LibraryNotEmpty(
                "the library holds articles or answers already; import into a new one, with --library"
            )
    for table in (embeddings, models, blobs, bands):
        connection.execute(table.delete())
    connection.execute(facts.delete().where(facts.c.name.not_in(PLACE)))


def _batches(archive: Archive, table: sa.Table) -> Iterator[list[Row]]:
    """The rows of a table, so many at once as need little memory; ArchiveInvalid."""
    name, binary = _lines_name(table), binary_of(table)
    if name not in archive.manifest.members:
        return
    if binary is None:
        yield from _in_batches(_rows(archive, table))
        return
    with archive.stream(BYTES[table]) as stream:
        yield from _in_batches(_with_bytes(archive, _rows(archive, table), stream, binary.name))
        if stream.read(1):
            raise ArchiveInvalid(f"{archive.path} has more bytes than rows of {table.name}; {DAMAGED}")


def _rows(archive: Archive, table: sa.Table) -> Iterator[tuple[Row, int]]:
    """Each row, with the length of its line."""
    for number, line in enumerate(archive.lines(_lines_name(table)), 1):
        try:
            row = row_of(line, table)
            if table is facts and row["name"] in PLACE:
                raise ValueError("it is of another place")
        except (ValueError, AnswerInvalid) as error:
            what = " ".join(str(error).split())
            raise ArchiveInvalid(
                f"{archive.path} has a row {number} of {table.name} that can't be ({what:.200}); {DAMAGED}"
            ) from error
        yield row, len(line)


def _with_bytes(
    archive: Archive, rows: Iterable[tuple[Row, int]], stream: Any, column: str
) -> Iterator[tuple[Row, int]]:
    for row, size in rows:
        length = row[column]
        data = stream.read(length)
        if len(data) != length:
            raise ArchiveInvalid(f"{archive.path} has fewer bytes than its rows name; {DAMAGED}")
        yield {**row, column: data}, size + length


def _in_batches(rows: Iterable[tuple[Row, int]]) -> Iterator[list[Row]]:
    batch, waiting = list[Row](), 0
    for row, size in rows:
        batch.append(row)
        waiting += size
        if len(batch) == ROWS or waiting > WAITING:
            yield batch
            batch, waiting = [], 0
    if batch:
        yield batch


# Keys, which each database counts in its own way


def _last_key(connection: sa.Connection, table: sa.Table) -> int:
    """The last key that the table gave; 0 for none."""
    if connection.dialect.name == POSTGRESQL:
        last = connection.execute(sa.text(f"SELECT last_value, is_called FROM {_sequence(connection, table)}")).one()
        return int(last.last_value) if last.is_called else 0
    query = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    return int(connection.scalar(query, {"name": table.name}) or 0)


def _set_last_key(connection: sa.Connection, table: sa.Table, last: int) -> None:
    """The next key that the table gives comes after that one and after those that it has."""
    column = table.primary_key.columns[0]
    last = max(last, connection.scalar(sa.select(sa.func.max(column))) or 0)
    if not last:
        return
    if connection.dialect.name == POSTGRESQL:
        connection.execute(sa.select(sa.func.setval(_sequence(connection, table), last)))
    elif table.dialect_options["sqlite"]["autoincrement"]:
        values: Mapping[str, Any] = {"name": table.name, "last": last}
        connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
        connection.execute(sa.text("INSERT INTO sqlite_sequence VALUES (:name, :last)"), values)


def _sequence(connection: sa.Connection, table: sa.Table) -> str:
    column = table.primary_key.columns[0]
    return str(connection.scalar(sa.select(sa.func.pg_get_serial_sequence(table.name, column.name))))
