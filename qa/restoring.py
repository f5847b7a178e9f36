"""Which articles that were removed or replaced can be brought back."""

from __future__ import annotations

from collections.abc import Iterable

from qa.errors import ArticleMissing, QAError
from qa.ledger import Ledger
from qa.types import Article


def find_restorable(ids: Iterable[str], ledger: Ledger, revision: int) -> list[tuple[Article, Article | None]]:
    """The articles with those ids, or whose ids begin so, each with the version of it that is living at that revision.

    QAError when two versions of one are asked for.
    """
    found: dict[str, tuple[Article, Article | None]] = {}
    for id in ids:
        article = _find(id, ledger)
        living = ledger.living(article.source, revision)
        if found.setdefault(article.source, (article, living))[0].id != article.id:
            raise QAError(f"these are two versions of {article.source}; restore one of them")
    return list(found.values())


def _find(id: str, ledger: Ledger) -> Article:
    likely = ledger.listing.ids_like(id) if id else []
    whole = [id] if id in likely else likely
    if len(whole) > 1:
        raise ArticleMissing(f"{id} is the beginning of {len(whole)} ids; give more of it")
    article = ledger.article(whole[0]) if whole else None
    if article is None:
        raise ArticleMissing(f"no removed article {id}; what was purged can't be restored; see: qa list --removed")
    return article
