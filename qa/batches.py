"""Writing a batch into the ledger's tables: the articles that come and go, and the revision at which they do."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from qa.rows import Addition, hash_text
from qa.schema import POSTGRESQL, alive, articles, bands, blobs, facts, in_groups, passages, revisions

DIGESTS, SUMS = "digests", "sum"  # fact: how corpus digests are made; libraries of 0.1.0 have another kind
NO_ARTICLES = "0" * 64  # the digest of a corpus without any


def published(connection: sa.Connection) -> int:
    """The newest published revision; 0 for an empty library."""
    query = sa.select(sa.func.max(revisions.c.number)).where(revisions.c.published_at.is_not(None))
    return connection.scalar(query) or 0


def now(connection: sa.Connection) -> Any:
    """The time in UTC: of the server, where there is one, as the clocks of its clients differ."""
    if connection.dialect.name == POSTGRESQL:
        return sa.func.timezone("UTC", sa.func.clock_timestamp())
    return sa.literal(datetime.now(UTC).replace(tzinfo=None))


def count_passages(connection: sa.Connection, revision: int) -> int:
    """As it was counted when the revision was written; counted now where an older version of this program wrote it."""
    query = sa.select(revisions.c.passages).where(revisions.c.number == revision)
    known: int | None = connection.scalar(query)
    if known is None:
        count = sa.select(sa.func.count()).select_from(passages).where(alive(passages, revision))
        known = int(connection.scalar(count) or 0)
    return known


def write_batch(
    connection: sa.Connection, additions: Sequence[Addition], dead_ids: Sequence[str], published_at: Any
) -> int:
    """Writes the additions and the ends of those articles as the next revision, and returns its number.

    `published_at` is None for a batch that the indexes must have first.
    """
    before = published(connection)
    number = before + 1
    digest, count = _corpus_digest(connection, before), count_passages(connection, before)
    ended, fewer = _end_articles(connection, dead_ids, number)
    digest = _sum_ids(ended, digest, sign=-1)
    digest = _sum_ids((addition.article.id for addition in additions), digest)
    for addition in additions:
        _insert_article(connection, addition, number)
    count += sum(len(addition.passages) for addition in additions) - fewer
    values = {"published_at": published_at, "corpus_digest": digest, "passages": count}
    connection.execute(revisions.insert().values(number=number, **values))
    return number


def _corpus_digest(connection: sa.Connection, number: int) -> str:
    """The digest of that revision, which is made anew where an older version of this program wrote it."""
    if connection.scalar(sa.select(facts.c.value).where(facts.c.name == DIGESTS)) == SUMS:
        return connection.scalar(sa.select(revisions.c.corpus_digest).where(revisions.c.number == number)) or "0"
    connection.execute(facts.delete().where(facts.c.name == DIGESTS))
    connection.execute(facts.insert().values(name=DIGESTS, value=SUMS))
    return _sum_ids(connection.scalars(sa.select(articles.c.id).where(alive(articles, number))), "0")


def _sum_ids(ids: Iterable[str], digest: str, sign: int = 1) -> str:
    """The digest with the hashes of those ids added, in any order: a batch costs the same in a large library."""
    total = int(digest, 16) + sign * sum(int(hashlib.sha256(id.encode()).hexdigest(), 16) for id in ids)
    return f"{total % 2**256:064x}"


def _end_articles(connection: sa.Connection, ids: Sequence[str], number: int) -> tuple[list[str], int]:
    """Ends those of the articles that live, and returns their ids, and how many passages they had."""
    ended, count = list[str](), 0
    for group in in_groups(ids):
        living = articles.c.id.in_(group) & articles.c.died.is_(None)
        ended += connection.scalars(sa.select(articles.c.id).where(living))
        own = passages.c.article_key.in_(sa.select(articles.c.key).where(living))
        count += connection.execute(
            passages.update().where(own, passages.c.died.is_(None)).values(died=number)
        ).rowcount
        connection.execute(articles.update().where(living).values(died=number))
    return ended, count


def _insert_article(connection: sa.Connection, addition: Addition, number: int) -> None:
    article = addition.article
    if not connection.scalar(sa.select(blobs.c.sha256).where(blobs.c.sha256 == article.bytes_sha256)):
        connection.execute(blobs.insert().values(sha256=article.bytes_sha256, data=zlib.compress(addition.data, 6)))
    values = {column.name: getattr(article, column.name) for column in articles.c if hasattr(article, column.name)}
    inserted = connection.execute(
        articles.insert().values(**values, kept_sha256=hash_text(article.kept_text), born=number)
    )
    key = inserted.inserted_primary_key[0] if inserted.inserted_primary_key else None
    if addition.passages:
        labels = addition.labels or (None,) * len(addition.passages)
        rows = [
            {
                "article_key": key,
                "start": passage.start,
                "end": passage.end,
                "text_sha256": hash_text(passage.text),
                "born": number,
                "copy_of": label,
            }
            for passage, label in zip(addition.passages, labels, strict=True)
        ]
        insert = passages.insert().returning(passages.c.key, sort_by_parameter_order=True)
        keys = connection.scalars(insert, rows).all()
        found = [
            {"band": band, "passage_key": key}
            for key, own in zip(keys, addition.bands or ((),) * len(keys), strict=True)
            for band in set(own)
        ]
        if found:
            connection.execute(bands.insert(), found)
