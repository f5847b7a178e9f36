"""What the ledger takes and gives: a batch's additions, rows for the indexes, and rows made into records."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from qa.types import Article, Passage, Span


@dataclass(frozen=True, slots=True)
class Addition:
    """An article that a batch brings in: its original bytes and its passages.

    `labels` has the label of the group that each passage is a copy of, or None, and `bands` what finds its own copies;
    both are empty, or as long as `passages`.
    """

    article: Article
    data: bytes
    passages: tuple[Passage, ...]
    labels: tuple[str | None, ...] = ()
    bands: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """What tells whether an article has changed."""

    id: str
    title: str | None
    bytes_sha256: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that an index found: where it is, and the label of the group of copies that it belongs to."""

    key: int
    article_id: str
    start: int
    label: str


@dataclass(frozen=True, slots=True)
class IndexRow:
    """What the indexes hold of a passage; `published` is a day number, 0 when the article states no date."""

    key: int
    article_id: str
    text: str
    text_sha256: str
    title: str
    publisher: str
    published: int
    language: str


def hash_text(text: str) -> str:
    """The SHA-256 that names a text's embedding."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def article_of(row: Any) -> Article:
    """The record of a row of `articles`."""
    kept: tuple[Span, ...] = tuple((start, end) for start, end in row.kept)
    return Article(
        row.id, row.source, row.text, kept, row.title, row.publisher, row.published, row.url, row.language,
        row.bytes_sha256, row.extractor, row.supersedes, row.author, row.dated,
    )  # fmt: skip


def index_row_of(row: Any, text: str) -> IndexRow:
    """What the indexes hold of a passage, from its row joined with its article's, and the article's text."""
    return IndexRow(
        key=row.key,
        article_id=row.id,
        text=text[row.start : row.end],
        text_sha256=row.text_sha256,
        title=row.title or "",
        publisher=row.publisher or "",
        published=row.published.toordinal() if row.published else 0,
        language=row.language or "",
    )
