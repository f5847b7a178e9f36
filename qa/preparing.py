"""What comes before publishing: an article's bytes are read, cleaned, split and embedded, here or on other machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa.containers import Member
from qa.errors import ArticleUnreadable
from qa.isolated import IsolatedReading
from qa.models import Embedder
from qa.passages import split_passages
from qa.rows import Version
from qa.settings import Settings
from qa.types import Article, Ingested, Passage


@dataclass(frozen=True, slots=True)
class Job:
    """An article to read, and the version of it, with other bytes, that the library has at that revision."""

    member: Member
    old: Version | None
    revision: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article that was read, and notes on what was lost.

    Where it was split and embedded too, `vectors` has a row a passage, as the ledger keeps them.
    """

    article: Article
    notes: tuple[str, ...]
    passages: tuple[Passage, ...] | None = None
    vectors: npt.NDArray[np.float16] | None = None


Result = Prepared | ArticleUnreadable
Item = Job | Ingested  # an article to read, or what is known of a source without that
# Both in the order in which they come.
Prepare = Callable[[Iterable[Item]], Iterator[tuple[Job, Result] | Ingested]]


def read_here(reading: IsolatedReading, items: Iterable[Item]) -> Iterator[tuple[Job, Result] | Ingested]:
    """Each article as it was read; it is split and embedded later, if it is another one indeed."""
    for item in items:
        yield item if isinstance(item, Ingested) else (item, read_member(item.member, reading))


def read_member(member: Member, reading: IsolatedReading) -> Result:
    """The article, or why there is none."""
    try:
        return Prepared(*reading.article(member))
    except ArticleUnreadable as error:
        return error


def split_article(article: Article, embedder: Embedder, settings: Settings) -> tuple[Passage, ...]:
    """The passages, of as many of the embedder's tokens as the settings say."""
    return tuple(
        split_passages(
            article,
            count_tokens=embedder.count_tokens,
            tokens=settings.passage_tokens,
            overlap=settings.passage_overlap,
        )
    )
