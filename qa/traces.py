"""Which articles an answer holds words of: when one is purged, every trace of it goes."""

from __future__ import annotations

from collections.abc import Iterable

from qa.types import Answer, Citation, History

READ_FROM = "read_from"  # the setting that names the articles which a question's words were read on from


def traced_articles(answer: Answer) -> frozenset[str]:
    """The ids of the articles that it shows, of their copies, and of those from which its question was read on."""
    return _ids((*answer.citations, *answer.nearest)) | _before(answer)


def read_from(history: History) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The setting of an answer whose question was read on from those answers; none where they hold no words of any."""
    ids = sorted({id for answer in history for id in _ids(answer.citations) | _before(answer)})
    return ((READ_FROM, tuple(ids)),) if ids else ()


def _ids(citations: Iterable[Citation]) -> frozenset[str]:
    return frozenset(id for item in citations for id in (item.quotation.article_id, *item.copies))


def _before(answer: Answer) -> frozenset[str]:
    value = dict(answer.provenance.settings).get(READ_FROM)  # answers that no rewriting led to have none
    return frozenset(id for id in value if isinstance(id, str)) if isinstance(value, tuple) else frozenset()
