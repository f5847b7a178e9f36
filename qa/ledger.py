"""The relational record of articles, passages, embeddings and revisions: the truth from which indexes are made.

A row is seen at revision r when ``born <= r`` and it has not died by r. What a batch writes is born at the revision
after the published one, so nobody sees it until `publish`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from qa import batches
from qa.copies import LABEL, Copies, forget_bands
from qa.databases import CHANNEL, Where, advisory_lock, for_writing, open_engine
from qa.embeddings import Embeddings
from qa.errors import RESTORE, LibraryBusy
from qa.feedback import GivenFeedback, forget_quoting
from qa.kept import KeptAnswers
from qa.listing import Listing
from qa.moving import Moving
from qa.rows import Addition, Candidate, IndexRow, Version, article_of, index_row_of
from qa.schema import (
    BATCH,
    POSTGRESQL,
    alive,
    articles,
    blobs,
    embeddings,
    facts,
    in_groups,
    passages,
    revisions,
    with_texts,
)
from qa.types import Article, Passage

REMEMBERED = "remembered: "  # begins the names of facts that may quote articles
FORGOTTEN = "forgotten"  # fact


class Ledger:
    """Owns the database; every method is one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine, self._writer = engine, for_writing(engine)
        self.copies = Copies(engine)
        self.embeddings = Embeddings(engine)
        self.feedback = GivenFeedback(engine)
        self.kept = KeptAnswers(engine)
        self.listing = Listing(engine, self.copies)
        self.moving = Moving(engine)

    @classmethod
    def open(cls, where: Where, *, create: bool = True) -> Ledger:
        """The ledger in that SQLite file or on PostgreSQL, created or migrated if need be.

        LibraryMissing unless `create`, LibraryDamaged, LibraryTooNew, LibraryUnreachable.
        """
        return cls(open_engine(where, create=create))

    @property
    def is_shared(self) -> bool:
        """Whether it lies on a server, where several may write at once."""
        return self._engine.dialect.name == POSTGRESQL

    def close(self) -> None:
        self._engine.dispose()

    # Facts about the library

    def fact(self, name: str) -> str | None:
        """A named fact about the library, such as its embedding model."""
        with self._engine.connect() as connection:
            value: str | None = connection.scalar(sa.select(facts.c.value).where(facts.c.name == name))
        return value

    def set_facts(self, values: Mapping[str, str]) -> None:
        """Sets all of them or, if it is killed, none."""
        with self._writer.begin() as connection:
            connection.execute(facts.delete().where(facts.c.name.in_(values)))
            connection.execute(facts.insert(), [{"name": name, "value": value} for name, value in values.items()])

    def fact_once(self, name: str, value: str, **others: str) -> str:
        """The named fact, which becomes `value` where it has none; of two processes that set it, the first does.

        `others` become true with it.
        """
        new = {name: value, **others}
        with suppress(sa.exc.IntegrityError), self._writer.begin() as connection:
            connection.execute(facts.insert(), [{"name": name, "value": value} for name, value in new.items()])
        return self.fact(name) or value

    # Revisions

    def revision(self) -> int:
        """The newest published revision; 0 for an empty library."""
        with self._engine.connect() as connection:
            return batches.published(connection)

    def pending(self) -> int | None:
        """The revision of a batch that was written but not published, if there is one."""
        with self._engine.connect() as connection:
            number: int | None = connection.scalar(
                sa.select(revisions.c.number).where(revisions.c.published_at.is_(None))
            )
        return number

    def corpus_digest(self, revision: int) -> str:
        """A hash of the ids of all articles at that revision."""
        with self._engine.connect() as connection:
            query = sa.select(revisions.c.corpus_digest).where(revisions.c.number == revision)
            return connection.scalar(query) or batches.NO_ARTICLES

    @contextmanager
    def lock(self, number: int, patience: float) -> Iterator[None]:
        """Holds an advisory lock of PostgreSQL; LibraryBusy when another has it for `patience` seconds.

        A lost connection ends it: transactions look again at what must not have changed.
        """
        with advisory_lock(self._engine, number, patience):
            yield

    def tell(self) -> None:
        """Has those who follow a ledger on PostgreSQL look at once."""
        with self._engine.begin() as connection:
            connection.execute(sa.select(sa.func.pg_notify(CHANNEL, "")))

    def write(self, additions: Sequence[Addition], dead_ids: Iterable[str] = ()) -> int:
        """Writes a batch as the next revision, unpublished: the additions, and the end of the articles named."""
        with self._writer.begin() as connection:
            return batches.write_batch(connection, additions, list(dead_ids), None)

    def append(self, additions: Sequence[Addition], dead_ids: Iterable[str], after: int) -> int:
        """Writes and publishes a batch in one transaction; LibraryBusy when the newest revision isn't `after`."""
        with self._writer.begin() as connection:
            if batches.published(connection) != after:
                raise LibraryBusy("another process has changed the library meanwhile; run the same command again")
            number = batches.write_batch(connection, additions, list(dead_ids), batches.now(connection))
            connection.execute(sa.select(sa.func.pg_notify(CHANNEL, str(number))))
        return number

    def publish(self, number: int) -> None:
        """Makes a written batch the newest revision: from here on it is acknowledged."""
        with self._writer.begin() as connection:
            statement = revisions.update().where(revisions.c.number == number)
            connection.execute(statement.values(published_at=batches.now(connection)))

    # Articles

    def articles(self, revision: int) -> list[Article]:
        """The articles of that revision, in the order in which they came."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(articles).where(alive(articles, revision)).order_by(articles.c.key))
            return [article_of(row) for row in rows]

    def article(self, id: str) -> Article | None:
        """The article with that id, alive or dead, or None when nothing of it is left."""
        if not id.isascii():  # half a character can't even be looked for
            return None
        with self._engine.connect() as connection:
            query = sa.select(articles).where(articles.c.id == id).order_by(articles.c.key.desc())
            row = connection.execute(query).first()
        return article_of(row) if row else None

    def was_alive(self, id: str, revision: int) -> bool:
        """Whether an article with that id was seen at that revision."""
        with self._engine.connect() as connection:
            query = sa.select(articles.c.key).where(articles.c.id == id, alive(articles, revision))
            return connection.scalar(query) is not None

    def versions(self, source: str) -> list[str]:
        """The ids of all articles that the source ever had."""
        with self._engine.connect() as connection:
            return list(connection.scalars(sa.select(articles.c.id).where(articles.c.source == source).distinct()))

    def matching_ids(self, prefix: str, revision: int) -> list[str]:
        """The ids of living articles that begin with `prefix`."""
        if not prefix.isascii():
            return []
        with self._engine.connect() as connection:
            query = sa.select(articles.c.id).where(articles.c.id.startswith(prefix, autoescape=True))
            return list(connection.scalars(query.where(alive(articles, revision))))

    def living(self, source: str, revision: int) -> Article | None:
        """The article of that source at that revision."""
        with self._engine.connect() as connection:
            query = sa.select(articles).where(articles.c.source == source, alive(articles, revision))
            row = connection.execute(query).first()
        return article_of(row) if row else None

    def versions_of(self, sources: Sequence[str], revision: int) -> dict[str, Version]:
        """Source -> its article's version at that revision, for those that have one."""
        columns = (articles.c.source, articles.c.id, articles.c.title, articles.c.bytes_sha256)
        found = {}
        with self._engine.connect() as connection:
            for group in in_groups(sources):
                query = sa.select(*columns).where(articles.c.source.in_(group), alive(articles, revision))
                for row in connection.execute(query):
                    found[row.source] = Version(row.id, row.title, row.bytes_sha256)
        return found

    def source_with(self, kept_sha256: str, revision: int, *, besides: str) -> str | None:
        """Another source whose article has that kept text."""
        with self._engine.connect() as connection:
            query = sa.select(articles.c.source).where(articles.c.kept_sha256 == kept_sha256, alive(articles, revision))
            source: str | None = connection.scalar(query.where(articles.c.source != besides).order_by(articles.c.key))
        return source

    def sources(self, revision: int) -> dict[str, str]:
        """Source -> id of every living article."""
        with self._engine.connect() as connection:
            query = sa.select(articles.c.source, articles.c.id).where(alive(articles, revision))
            return {row.source: row.id for row in connection.execute(query)}

    def purge(self, ids: Iterable[str]) -> None:
        """Deletes every row of dead articles with those ids, what only they used, and what quotes them."""
        gone = list(ids)
        with self._writer.begin() as connection:
            for group in in_groups(gone):
                dead = sa.select(articles.c.key).where(articles.c.id.in_(group), articles.c.died.is_not(None))
                connection.execute(passages.delete().where(passages.c.article_key.in_(dead)))
                connection.execute(articles.delete().where(articles.c.id.in_(group), articles.c.died.is_not(None)))
            used = sa.select(articles.c.bytes_sha256)
            connection.execute(blobs.delete().where(blobs.c.sha256.not_in(used)))
            hashes = sa.select(passages.c.text_sha256)
            connection.execute(embeddings.delete().where(embeddings.c.text_sha256.not_in(hashes)))
            forget_bands(connection)
            forget_quoting(connection, gone)
            connection.execute(facts.delete().where(facts.c.name.startswith(REMEMBERED)))
        if not self.is_shared:
            self._empty_log()

    def _empty_log(self) -> None:
        """Deleted rows would stay readable in it."""
        with closing(self._engine.raw_connection()) as raw:
            busy = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise LibraryBusy(
                "the articles are deleted, but another process still reads the ledger's log, which holds "
                "their text; run the same command again when it has finished"
            )

    # Passages

    def passages(self, keys: Sequence[int], revision: int) -> dict[int, Passage]:
        """The passages with those keys that are seen at that revision."""
        places: list[Any] = []
        texts: dict[int, tuple[str, str]] = {}
        columns = (passages.c.key, passages.c.start, passages.c.end, passages.c.article_key)
        with self._engine.connect() as connection:
            for group in in_groups(keys):
                query = sa.select(*columns).where(passages.c.key.in_(group), alive(passages, revision))
                places += connection.execute(query).all()
            for group in in_groups(sorted({place.article_key for place in places})):  # each text once: some are long
                query = sa.select(articles.c.key, articles.c.id, articles.c.text).where(articles.c.key.in_(group))
                texts.update({row.key: (row.id, row.text) for row in connection.execute(query)})
        found = {}
        for key, start, end, article_key in places:
            id, text = texts[article_key]
            found[key] = Passage(id, start, end, text[start:end])
        return found

    def candidates(self, keys: Iterable[int], revision: int) -> dict[int, Candidate]:
        """Key -> what ranking needs of the passage, for those of the keys that are seen at that revision."""
        columns = (passages.c.key, articles.c.id, passages.c.start, LABEL)
        found = {}
        with self._engine.connect() as connection:
            for group in in_groups(list(keys)):
                query = sa.select(*columns).join(articles).where(passages.c.key.in_(group), alive(passages, revision))
                for row in connection.execute(query):
                    found[row.key] = Candidate(*row)
        return found

    def begins(self, ids: Iterable[str]) -> dict[str, int]:
        """Article id -> where its kept text begins; a scraped page has its menus before that."""
        found = {}
        with self._engine.connect() as connection:
            for group in in_groups(sorted(ids)):
                query = sa.select(articles.c.id, articles.c.kept).where(articles.c.id.in_(group))
                found.update({id: kept[0][0] for id, kept in connection.execute(query) if kept})
        return found

    def count_passages(self, revision: int) -> int:
        """How many passages are seen at that revision."""
        with self._engine.connect() as connection:
            return batches.count_passages(connection, revision)

    def passage_counts(self, revision: int) -> dict[str, int]:
        """Article id -> how many passages of it are seen at that revision."""
        with self._engine.connect() as connection:
            query = sa.select(articles.c.id, sa.func.count()).join(passages).where(alive(passages, revision))
            return {row[0]: row[1] for row in connection.execute(query.group_by(articles.c.id))}

    def known_publishers(self, names: Sequence[str], revision: int) -> set[str]:
        """Those of the publishers that articles of that revision name."""
        known: set[str] = set()
        with self._engine.connect() as connection:
            for group in in_groups(names):
                query = sa.select(articles.c.publisher).where(articles.c.publisher.in_(group))
                known.update(connection.scalars(query.where(alive(articles, revision)).distinct()))
        return known

    def is_empty(self, revision: int) -> bool:
        """Whether no passage is seen at that revision."""
        with self._engine.connect() as connection:
            return connection.scalar(sa.select(passages.c.key).where(alive(passages, revision)).limit(1)) is None

    def count_undated(self, revision: int) -> int:
        """How many articles of that revision state no date."""
        with self._engine.connect() as connection:
            query = sa.select(sa.func.count()).select_from(articles).where(alive(articles, revision))
            return int(connection.scalar(query.where(articles.c.published.is_(None))) or 0)

    def count_indexed(self) -> int:
        """The most passages that an index can hold: the unpublished and the unswept dead included."""
        with self._engine.connect() as connection:
            return int(connection.scalar(sa.select(sa.func.count()).select_from(passages)) or 0)

    def rows_born(self, after: int, upto: int) -> Iterator[list[IndexRow]]:
        """The passages born in (after, upto], in runs, for an index that is at revision `after`."""
        columns = (
            passages.c.key, passages.c.start, passages.c.end, passages.c.text_sha256, passages.c.article_key,
            passages.c.born, articles.c.id, articles.c.title, articles.c.publisher, articles.c.published,
            articles.c.language,
        )  # fmt: skip
        order = (passages.c.born, passages.c.key)  # as in the index of `born`: nothing is sorted
        query = sa.select(*columns).join(articles).where(passages.c.born <= upto).order_by(*order).limit(BATCH)
        last = (after + 1, 0)
        while True:
            with self._engine.connect() as connection:
                page = connection.execute(query.where(sa.tuple_(*order) > last)).all()
                rows = [index_row_of(row, text) for row, text in with_texts(connection, page)]
            if not rows:
                return
            yield rows
            last = (page[-1].born, page[-1].key)

    def now(self) -> datetime:
        """The time (UTC) by the clock that dates revisions, which is not this machine's where a server has them."""
        with self._engine.connect() as connection:
            moment: datetime = connection.execute(sa.select(batches.now(connection))).scalar_one()
        return moment

    def steps(self, after: int, upto: int, size: int) -> Iterator[int]:
        """Revisions from `after` on, the last of them `upto`; between two at most `size` passages, or one revision."""
        born = sa.select(passages.c.born).where(passages.c.born <= upto).order_by(passages.c.born).offset(size).limit(1)
        while True:
            with self._engine.connect() as connection:
                beyond = connection.scalar(born.where(passages.c.born > after))
            after = upto if beyond is None else max(after + 1, beyond - 1)
            yield after
            if after >= upto:
                return

    def newest_before(self, moment: datetime) -> int:
        """The newest revision that was published before that moment (UTC); 0 when there is none."""
        query = sa.select(sa.func.max(revisions.c.number)).where(revisions.c.published_at < moment.replace(tzinfo=None))
        with self._engine.connect() as connection:
            return connection.scalar(query) or 0

    def dead_keys(self, revision: int, published_before: datetime | None = None, *, after: int = -1) -> list[int]:
        """Passages that died in (after, revision], at a revision published before that moment (UTC) if one is given."""
        query = sa.select(passages.c.key).where(passages.c.died <= revision, passages.c.died > after)
        if published_before is not None:
            query = query.join(revisions, revisions.c.number == passages.c.died)
            query = query.where(revisions.c.published_at < published_before)
        with self._engine.connect() as connection:
            return list(connection.scalars(query))

    def forget_passages(self, keys: Sequence[int]) -> None:
        """Deletes dead passages that no index holds any more; their articles stay, to check old answers against."""
        with self._writer.begin() as connection:
            for group in in_groups(keys):
                connection.execute(passages.delete().where(passages.c.key.in_(group), passages.c.died.is_not(None)))

    def forget_dead(self, revision: int) -> None:
        """Deletes passages that died by that revision, for ever unless an index was told of them before."""
        with self._writer.begin() as connection:
            deleted = connection.execute(passages.delete().where(passages.c.died <= revision)).rowcount
            if deleted:
                connection.execute(facts.delete().where(facts.c.name == FORGOTTEN))
                connection.execute(facts.insert().values(name=FORGOTTEN, value=str(revision)))

    def forgotten(self) -> int:
        """The revision by which `forget_dead` has deleted the dead."""
        return int(self.fact(FORGOTTEN) or 0)

    def problems(self, revision: int, model: str) -> list[str]:
        """What is wrong inside the ledger, as sentences; empty when it is sound."""
        found: list[str] = []
        if not self.is_shared:
            with self._engine.connect() as connection:
                state = connection.scalar(sa.text("PRAGMA quick_check"))
            if state != "ok":
                found.append(f"the file is damaged ({' '.join(str(state).split())}); {RESTORE}")
        missing = self.embeddings.count_missing(model, revision)
        if missing:
            found.append(f"{missing} passages have no embedding; run: qa reembed")
        return found
