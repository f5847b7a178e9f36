"""The ledger's tables, the same in SQLite and PostgreSQL (qa/databases.py opens either)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, TypeVar

import sqlalchemy as sa

VERSION = "0006"  # the newest file of qa/migrations/versions
BATCH = 500  # rows named in one statement; SQLite allows 32,766 variables

T = TypeVar("T")
POSTGRESQL = "postgresql"  # a dialect's name

tables = sa.MetaData()


class Digest(sa.types.TypeDecorator[str]):
    """A SHA-256, text in hexadecimal digits here and bytes in the database."""

    impl = sa.LargeBinary(32)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> bytes | None:
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: bytes | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else value.hex()


class Characters(sa.types.TypeDecorator[str]):
    """Any text, ordered by code points. PostgreSQL holds no NUL: there it is written with the character SUB."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(sa.Text(collation="C" if dialect.name == POSTGRESQL else None))

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        if value is None or dialect.name != POSTGRESQL:
            return value
        return value.replace("\x1a", "\x1a1").replace("\0", "\x1a0")

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        if value is None or dialect.name != POSTGRESQL or "\x1a" not in value:
            return value
        return re.sub("\x1a([01])", lambda found: "\x1a" if found[1] == "1" else "\0", value)


# SQLite numbers rows itself only where the key is called INTEGER, which has 64 bits there.
Key = sa.BigInteger().with_variant(sa.Integer, "sqlite")

articles = sa.Table(
    "articles",
    tables,
    sa.Column("key", Key, primary_key=True),
    sa.Column("id", sa.String(20), nullable=False, index=True),
    sa.Column("source", Characters, nullable=False),
    sa.Column("text", Characters, nullable=False),
    sa.Column("kept", sa.JSON, nullable=False),
    sa.Column("kept_sha256", sa.String(64), nullable=False, index=True),
    sa.Column("title", Characters),
    sa.Column("publisher", Characters),
    sa.Column("published", sa.Date),
    sa.Column("url", Characters),
    sa.Column("language", Characters),
    sa.Column("bytes_sha256", sa.String(64), nullable=False),
    sa.Column("extractor", Characters, nullable=False),
    sa.Column("supersedes", sa.String(20)),
    sa.Column("born", sa.Integer, nullable=False, index=True),
    sa.Column("died", sa.Integer, index=True),
    sa.Column("author", Characters),
    sa.Column("dated", Characters),  # how `published` is known
    # With all that is asked of them: the rows themselves hold long texts.
    sa.Index("ix_articles_publisher", "publisher", "born", "died").ddl_if(dialect="sqlite"),
    sa.Index("ix_articles_source", "source").ddl_if(dialect="sqlite"),
    # PostgreSQL's trees take no entry of more than 2,704 bytes, which an address can have.
    sa.Index("ix_articles_publisher_hash", "publisher", postgresql_using="hash").ddl_if(dialect=POSTGRESQL),
    sa.Index("ix_articles_source_hash", "source", postgresql_using="hash").ddl_if(dialect=POSTGRESQL),
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
    sa.Column("key", Key, primary_key=True),
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
    sa.Column("passage_key", Key, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
models = sa.Table(
    "models",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", Characters, nullable=False, unique=True),  # "<digest of the weights>/<precision>"
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
    sa.Column("passages", Key),  # seen at that revision; null where an older version of this program wrote it
)
facts = sa.Table(
    "facts",
    tables,
    sa.Column("name", Characters, primary_key=True),
    sa.Column("value", Characters, nullable=False),
)
feedback = sa.Table(  # what people said of answers; no part of any revision
    "feedback",
    tables,
    sa.Column("key", Key, primary_key=True),
    sa.Column("given", sa.DateTime, nullable=False),  # UTC
    sa.Column("revision", sa.Integer, nullable=False),  # the newest one then; the answer names its own
    sa.Column("verdict", Characters, nullable=False),
    sa.Column("sentence", sa.Integer),  # its place in the answer; null: the whole answer
    sa.Column("note", Characters, nullable=False),
    sa.Column("answer", Characters, nullable=False),  # JSON, so that it can be shown as it was
    sqlite_autoincrement=True,  # an id that was forgotten never names another
)
kept_answers = sa.Table(  # to be shown again as they were; no part of any revision
    "kept_answers",
    tables,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("kept", sa.DateTime, nullable=False),  # UTC
    sa.Column("answer", Characters, nullable=False),  # JSON
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
