"""The ledger's tables, and opening a database that has them: created when new, migrated when older."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from qa.errors import RESTORE, LibraryBusy, LibraryDamaged, LibraryTooNew

VERSION = "0005"  # the newest file of qa/migrations/versions
BATCH = 500  # rows named in one statement; SQLite allows 32,766 variables

T = TypeVar("T")

tables = sa.MetaData()


class Digest(sa.types.TypeDecorator[str]):
    """A SHA-256, text in hexadecimal digits here and bytes in the database."""

    impl = sa.LargeBinary(32)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> bytes | None:
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: bytes | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else value.hex()


articles = sa.Table(
    "articles",
    tables,
    sa.Column("key", sa.Integer, primary_key=True),
    sa.Column("id", sa.String(20), nullable=False, index=True),
    sa.Column("source", sa.Text, nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("kept", sa.JSON, nullable=False),
    sa.Column("kept_sha256", sa.String(64), nullable=False, index=True),
    sa.Column("title", sa.Text),
    sa.Column("publisher", sa.Text),
    sa.Column("published", sa.Date),
    sa.Column("url", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("bytes_sha256", sa.String(64), nullable=False),
    sa.Column("extractor", sa.Text, nullable=False),
    sa.Column("supersedes", sa.String(20)),
    sa.Column("born", sa.Integer, nullable=False, index=True),
    sa.Column("died", sa.Integer, index=True),
    sa.Column("author", sa.Text),
    sa.Column("dated", sa.Text),  # how `published` is known
    # With all that is asked of them: the rows themselves hold long texts.
    sa.Index("ix_articles_publisher", "publisher", "born", "died"),
    sa.Index("ix_articles_published", "published", "born", "died"),
    sqlite_autoincrement=True,  # keys name passages in the indexes: never used twice
)
blobs = sa.Table(
    "blobs",
    tables,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),  # zlib
)
passages = sa.Table(
    "passages",
    tables,
    sa.Column("key", sa.Integer, primary_key=True),
    sa.Column("article_key", sa.ForeignKey("articles.key"), nullable=False, index=True),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("text_sha256", Digest, nullable=False, index=True),
    sa.Column("born", sa.Integer, nullable=False, index=True),
    sa.Column("died", sa.Integer, index=True),
    sa.Column("copy_of", Digest, index=True),  # the hash of the first passage of its group; null: no copy
    sqlite_autoincrement=True,
)
bands = sa.Table(  # what passages that may be copies of one another have in common (qa/duplicates.py)
    "bands",
    tables,
    sa.Column("band", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("passage_key", sa.Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
models = sa.Table(
    "models",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),  # "<digest of the weights>/<precision>"
)
embeddings = sa.Table(
    "embeddings",
    tables,
    sa.Column("text_sha256", Digest, primary_key=True),
    sa.Column("model_id", sa.ForeignKey("models.id"), primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),  # float16, little-endian
)
revisions = sa.Table(
    "revisions",
    tables,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("published_at", sa.DateTime),  # UTC; null while the batch is being published
    sa.Column("corpus_digest", sa.String(64), nullable=False),
)
facts = sa.Table(
    "facts",
    tables,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
feedback = sa.Table(  # what people said of answers; no part of any revision
    "feedback",
    tables,
    sa.Column("key", sa.Integer, primary_key=True),
    sa.Column("given", sa.DateTime, nullable=False),  # UTC
    sa.Column("revision", sa.Integer, nullable=False),  # the newest one then; the answer names its own
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("sentence", sa.Integer),  # its place in the answer; null: the whole answer
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),  # JSON, so that it can be shown as it was
    sqlite_autoincrement=True,  # an id that was forgotten never names another
)
kept_answers = sa.Table(  # to be shown again as they were; no part of any revision
    "kept_answers",
    tables,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("kept", sa.DateTime, nullable=False),  # UTC
    sa.Column("answer", sa.Text, nullable=False),  # JSON
)
versions = sa.Table("alembic_version", tables, sa.Column("version_num", sa.String(32), primary_key=True))


def alive(table: sa.Table, revision: int) -> sa.ColumnElement[bool]:
    """The condition that a row is seen at that revision."""
    return (table.c.born <= revision) & (table.c.died.is_(None) | (table.c.died > revision))


def in_groups(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values, BATCH at a time."""
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]


def with_texts(connection: sa.Connection, rows: Iterable[Any]) -> Iterator[tuple[Any, str]]:
    """Each passage's row with its article's text, which may be long: read once for rows that follow each other."""
    for key, own in groupby(rows, key=lambda row: row.article_key):
        text: str = connection.execute(sa.select(articles.c.text).where(articles.c.key == key)).scalar_one()
        for row in own:
            yield row, text


def open_engine(path: Path) -> sa.Engine:
    """An engine on that SQLite file, its tables as this program knows them; LibraryDamaged, LibraryBusy, LibraryTooNew.

    Whatever goes wrong with the file later is one of these errors too.
    """
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))  # a path may hold what a URL may not
    sa.event.listen(engine, "connect", _set_pragmas)
    sa.event.listen(engine, "begin", _begin)
    sa.event.listen(engine, "handle_error", lambda failed: _explain(path, failed))
    try:
        _prepare(engine, path)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _explain(path: Path, failed: sa.engine.ExceptionContext) -> None:
    """Makes an error of the file one that says what to do; errors of our own statements stay as they are."""
    error = failed.original_exception
    if isinstance(error, sqlite3.OperationalError):
        raise LibraryBusy(f"the ledger {path} can't be used now ({error}); check the disk, then try again") from error
    if type(error) is sqlite3.DatabaseError:
        raise LibraryDamaged(f"the ledger {path} can't be read ({error}); {RESTORE}") from error


def for_writing(engine: sa.Engine) -> sa.Engine:
    """The engine with transactions that take the write lock at once: one that reads first could not take it later."""
    return engine.execution_options(begin="BEGIN IMMEDIATE")


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _set_pragmas(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # sqlite3 itself begins no transaction before SELECT and CREATE: `_begin` does
    cursor = connection.cursor()
    for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare(engine: sa.Engine, path: Path) -> None:
    with for_writing(engine).begin() as connection:
        if not sa.inspect(connection).has_table(versions.name):
            tables.create_all(connection)
            connection.execute(versions.insert().values(version_num=VERSION))
            return
        version = connection.scalar(sa.select(versions.c.version_num))
    if version == VERSION:
        return
    if version is not None and version > VERSION:
        raise LibraryTooNew(f"{path} has schema {version}, this program knows {VERSION} and older; update the program")
    from qa.migrations import migrate

    migrate(for_writing(engine))
