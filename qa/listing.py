"""Lists of a ledger's articles without their texts: narrowed by words, ordered, cut into pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa

from qa.copies import Copies, Share
from qa.schema import alive, articles, in_groups, revisions
from qa.types import Dated

Order = Literal["newest", "title", "publisher", "date"]

OPENING = 400  # characters
UPLOAD = "upload:"  # begins the source of one; its folders are the visitor's own, and part of its name


@dataclass(frozen=True, slots=True)
class Heading:
    """What articles are found and ordered by; the higher `place`, the later the article came, or was removed."""

    id: str
    title: str | None
    publisher: str | None
    published: date | None
    source: str
    place: int
    opening: str = ""  # of an article without a title, where words are looked for


@dataclass(frozen=True, slots=True)
class Ending:
    """When an article that no question sees any more went, in UTC, and the id and title of what took its place."""

    revision: int
    when: datetime
    successor: str | None = None
    successor_title: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """An article as a list shows it: `opening` is the beginning of its kept text, where it has no title."""

    id: str
    source: str
    title: str | None
    publisher: str | None
    published: date | None
    url: str | None
    language: str | None
    author: str | None
    dated: Dated | None
    opening: str = ""
    passages: int = 0
    copies: tuple[Share, ...] = ()
    ending: Ending | None = None


@dataclass(frozen=True, slots=True)
class ListPage:
    """Some of the articles that were found: the first of them is number `start` of `found`, of `total` that there are.

    `start` counts from 0.
    """

    listed: tuple[Listed, ...]
    start: int
    found: int
    total: int


class Listing:
    """Reads the lists of one ledger's database."""

    def __init__(self, engine: sa.Engine, copies: Copies) -> None:
        self._engine, self._copies = engine, copies

    def page(
        self,
        revision: int,
        words: str = "",
        *,
        order: Order = "newest",
        start: int = 0,
        most: int,
        removed: bool = False,
    ) -> ListPage:
        """Those of the articles whose title, publisher and file name have all the words, from number `start` on.

        The opening of an article stands for a title that it doesn't have. With `removed` those that were
        removed or replaced and can be restored. A start behind the end gives the last page.
        """
        wanted = words.casefold().split()
        opening = _opening() if wanted else sa.literal("")  # reading all of them takes as long as all the rest
        headings = self._removed(revision, opening) if removed else self._living(revision, opening)
        found = sorted(filter(_having(wanted), headings), key=ORDERS[order])
        start = max(0, min(start, (len(found) - 1) // most * most))
        listed = self._listed([heading.id for heading in found[start : start + most]], revision)
        return ListPage(listed, start, len(found), len(headings))

    def endings(self, ids: Sequence[str], revision: int) -> dict[str, Ending]:
        """Id -> how the article went, for those that aren't seen at that revision."""
        later = articles.alias()
        came = (later.c.source == articles.c.source) & (later.c.born == articles.c.died) & (later.c.id != articles.c.id)
        columns = (articles.c.id, revisions.c.number, revisions.c.published_at, later.c.id, later.c.title)
        query = sa.select(*columns).join(revisions, revisions.c.number == articles.c.died).outerjoin(later, came)
        found: dict[str, Ending] = {}
        with self._engine.connect() as connection:
            for group in in_groups([id for id in ids if id.isascii()]):
                last = articles.c.key.in_(_last_rows(revision).where(articles.c.id.in_(group)))
                rows = connection.execute(query.where(last, articles.c.died <= revision))
                found.update((row[0], Ending(*row[1:])) for row in rows)
        return found

    def publishers(self, revision: int) -> list[str]:
        """The publishers that articles of that revision name, those with most articles first."""
        name = articles.c.publisher
        query = sa.select(name).where(alive(articles, revision), name != "").group_by(name)
        with self._engine.connect() as connection:
            return list(connection.scalars(query.order_by(sa.func.count().desc(), name)))

    def ids_like(self, prefix: str) -> list[str]:
        """The ids, of the living and the dead, that begin so."""
        if not prefix.isascii():  # half a character can't even be looked for
            return []
        with self._engine.connect() as connection:
            query = sa.select(articles.c.id).where(articles.c.id.startswith(prefix, autoescape=True))
            return list(connection.scalars(query.distinct()))

    def _living(self, revision: int, opening: sa.ColumnElement[str]) -> list[Heading]:
        # An article that was cleaned again, or removed and restored, keeps its place.
        came = sa.select(articles.c.id, sa.func.min(articles.c.key).label("place")).group_by(articles.c.id).subquery()
        columns = (*(articles.c[name] for name in FOUND_BY), came.c.place, opening)
        query = sa.select(*columns).join(came, came.c.id == articles.c.id).where(alive(articles, revision))
        with self._engine.connect() as connection:
            return [Heading(*row) for row in connection.execute(query)]

    def _removed(self, revision: int, opening: sa.ColumnElement[str]) -> list[Heading]:
        """All versions that were removed or replaced."""
        columns = (*(articles.c[name] for name in FOUND_BY), articles.c.died, opening)
        query = sa.select(*columns).where(articles.c.key.in_(_last_rows(revision)), articles.c.died <= revision)
        with self._engine.connect() as connection:
            return [Heading(*row) for row in connection.execute(query)]

    def _listed(self, ids: Sequence[str], revision: int) -> tuple[Listed, ...]:
        shares, counts = self._copies.shares(ids, revision)
        endings = self.endings(ids, revision)
        columns = [articles.c[name] for name in FIELDS]
        found: dict[str, Any] = {}
        with self._engine.connect() as connection:
            for group in in_groups(ids):
                query = sa.select(*columns, _opening().label("opening")).where(articles.c.id.in_(group))
                found.update((row.id, row) for row in connection.execute(query.order_by(articles.c.key)))
        return tuple(
            _listed_of(found[id], counts.get(id, 0), shares.get(id, ()), endings.get(id)) for id in ids if id in found
        )


FOUND_BY = ("id", "title", "publisher", "published", "source")  # a Heading's, but for its place
FIELDS = ("id", "source", "title", "publisher", "published", "url", "language", "author", "dated")
ORDERS: dict[Order, Callable[[Heading], Any]] = {
    "newest": lambda heading: -heading.place,
    "title": lambda heading: (not heading.title, (heading.title or "").casefold(), heading.place),
    "publisher": lambda heading: (not heading.publisher, (heading.publisher or "").casefold(), -heading.place),
    "date": lambda heading: (-(heading.published.toordinal() if heading.published else 0), -heading.place),
}


def _listed_of(row: Any, passages: int, shares: Sequence[Share], ending: Ending | None) -> Listed:
    return Listed(**row._mapping, passages=passages, copies=tuple(shares), ending=ending)


def _last_rows(revision: int) -> sa.Select[tuple[int]]:
    """The newest row of each version: one that was cleaned again, or removed and restored, has several."""
    return sa.select(sa.func.max(articles.c.key)).where(articles.c.born <= revision).group_by(articles.c.id)


def _having(wanted: Sequence[str]) -> Callable[[Heading], bool]:
    def has_all(heading: Heading) -> bool:
        source = heading.source
        file = source.removeprefix(UPLOAD) if source.startswith(UPLOAD) else re.split(r"[/\\]", source)[-1]
        text = f"{heading.title or heading.opening} {heading.publisher or ''} {file}".casefold()
        return all(word in text for word in wanted)

    return has_all


def _opening() -> sa.ColumnElement[str]:
    """The beginning of the first kept span of an article without a title; empty for others."""
    first, last = (articles.c.kept[0, at].as_integer() for at in (0, 1))
    length = sa.case((last - first < OPENING, last - first), else_=OPENING)
    opening = sa.func.substr(articles.c.text, first + 1, length)
    return sa.case((sa.func.coalesce(articles.c.title, "") == "", sa.func.coalesce(opening, "")), else_="")
