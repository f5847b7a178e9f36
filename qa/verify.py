"""Whether the quotations of a stored answer still hold, without any model."""

from __future__ import annotations

from qa.ledger import Ledger
from qa.types import Answer, Check, CheckState, Quotation


def verify_answer(answer: Answer, ledger: Ledger) -> list[Check]:
    """One check a citation, then one a nearest passage, against the newest revision."""
    revision = ledger.revision()
    return [
        Check(citation, _state(citation.quotation, ledger, revision))
        for citation in (*answer.citations, *answer.nearest)
    ]


def _state(quotation: Quotation, ledger: Ledger, revision: int) -> CheckState:
    article = ledger.article(quotation.article_id)
    if article is None:
        return "gone"
    newest = ledger.living(article.source, revision)
    if newest is None:
        return "gone"
    if newest.id == article.id and newest.text[quotation.start : quotation.end] == quotation.text:
        return "valid"
    return "moved" if quotation.text and quotation.text in newest.text else "changed"
