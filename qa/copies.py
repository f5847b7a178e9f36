"""Which passages of the ledger are copies of one another: the look-up of likely originals, and the groups.

A group is named by its label, the hash of its first passage's text. A passage that is no copy is a group of its own, so
equal texts always share a label. How copies are told is the business of qa/duplicates.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from qa.schema import alive, articles, bands, in_groups, passages, with_texts

COMMON = 200  # passages that share one band: with more it is a phrase of the site, and no further ones are kept

LABEL = sa.func.coalesce(passages.c.copy_of, passages.c.text_sha256)


@dataclass(frozen=True, slots=True)
class Carrier:
    """An article that carries a passage of a group."""

    article_id: str
    publisher: str | None


@dataclass(frozen=True, slots=True)
class Share:
    """Another article that carries a part of one, 0–1 of its passages by their length, word for word or nearly."""

    article_id: str
    name: str  # its title, else its source
    part: float


@dataclass(frozen=True, slots=True)
class Original:
    """A passage that was there before: its text, the label of its group, its article."""

    text: str
    label: str
    article_id: str
    source: str


class Copies:
    """Reads the groups of one ledger's database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def common(self, found: Iterable[int]) -> set[int]:
        """Those of the bands that so many passages have that they tell nothing."""
        common: set[int] = set()
        with self._engine.connect() as connection:
            for group in in_groups(list(dict.fromkeys(found))):
                query = sa.select(bands.c.band).where(bands.c.band.in_(group)).group_by(bands.c.band)
                common.update(connection.scalars(query.having(sa.func.count() > COMMON)))
        return common

    def likely_originals(self, found: Iterable[int], revision: int, *, besides: str, most: int) -> list[Original]:
        """All passages of the `most` articles that share most bands with those, the source `besides` left out."""
        shared: Counter[int] = Counter()
        with self._engine.connect() as connection:
            for group in in_groups(list(dict.fromkeys(found))):
                query = (
                    sa.select(passages.c.article_key, sa.func.count())
                    .join(bands, bands.c.passage_key == passages.c.key)
                    .join(articles, articles.c.key == passages.c.article_key)
                    .where(bands.c.band.in_(group), alive(passages, revision), articles.c.source != besides)
                    .group_by(passages.c.article_key)
                )
                for key, count in connection.execute(query):
                    shared[key] += count
            if not shared:
                return []
            keys = sorted(shared, key=lambda key: (-shared[key], key))[:most]
            columns = (passages.c.article_key, passages.c.start, passages.c.end, LABEL.label("label"))
            rows = connection.execute(
                sa.select(*columns, articles.c.id, articles.c.source)
                .join(articles, articles.c.key == passages.c.article_key)
                .where(passages.c.article_key.in_(keys), alive(passages, revision))
                .order_by(passages.c.key)
            ).all()
            return [
                Original(text[row.start : row.end], row.label, row.id, row.source)
                for row, text in with_texts(connection, rows)
            ]

    def carriers(self, labels: Sequence[str], revision: int) -> dict[str, list[Carrier]]:
        """Label -> the articles of that revision that carry a passage of the group, in the order in which they came."""
        columns = (articles.c.key, articles.c.id, articles.c.publisher)
        found: dict[str, dict[str, Carrier]] = {label: {} for label in labels}
        with self._engine.connect() as connection:
            for group in in_groups(labels):
                either = passages.c.copy_of.in_(group) | passages.c.text_sha256.in_(group)
                query = (
                    sa.select(*columns, LABEL.label("label")).join(passages).where(either, alive(passages, revision))
                )
                for row in connection.execute(query.order_by(articles.c.key)):
                    if row.label in found:  # a passage with the text of a group's first one may be in another group
                        found[row.label].setdefault(row.id, Carrier(row.id, row.publisher))
        return {label: list(carriers.values()) for label, carriers in found.items()}

    def shares(self, ids: Sequence[str], revision: int) -> tuple[dict[str, list[Share]], dict[str, int]]:
        """For those articles of that revision: who carries parts of them, the largest first; how many passages."""
        columns = (articles.c.id, (passages.c.end - passages.c.start).label("length"), LABEL.label("label"))
        with self._engine.connect() as connection:
            rows: list[Any] = []
            for group in in_groups(ids):
                query = sa.select(*columns).join(passages).where(articles.c.id.in_(group), alive(passages, revision))
                rows += connection.execute(query).all()
        carriers = self.carriers(list(dict.fromkeys(row.label for row in rows)), revision)
        lengths, counts = Counter[str](), Counter(row.id for row in rows)
        shared: dict[str, Counter[str]] = {id: Counter() for id in counts}
        for row in rows:
            lengths[row.id] += row.length
            for carrier in carriers[row.label]:
                if carrier.article_id != row.id:
                    shared[row.id][carrier.article_id] += row.length
        names = self._names({other for found in shared.values() for other in found})
        return {
            id: [Share(other, names[other], length / lengths[id]) for other, length in found.most_common()]
            for id, found in shared.items()
        }, dict(counts)

    def _names(self, ids: Iterable[str]) -> dict[str, str]:
        with self._engine.connect() as connection:
            found: dict[str, str] = {}
            for group in in_groups(sorted(ids)):
                query = sa.select(articles.c.id, articles.c.title, articles.c.source).where(articles.c.id.in_(group))
                found.update((row.id, row.title or row.source) for row in connection.execute(query))
        return found


def forget_bands(connection: sa.Connection) -> None:
    """Deletes the bands of passages that are no more."""
    connection.execute(bands.delete().where(bands.c.passage_key.not_in(sa.select(passages.c.key))))
