"""Whether the quotations of a stored answer still hold, without any model."""

from __future__ import annotations

from qa.ledger import Ledger
from qa.types import Answer, Check, CheckState, Citation, Quotation, Sentence


def verify_answer(answer: Answer, ledger: Ledger) -> list[Check]:
    """One check a citation, then one a nearest passage, against the newest revision.

    A quoted sentence that isn't the quotation that it cites makes that "changed"; one that cites nothing is a check of
    its own, number 0 and "gone".
    """
    revision = ledger.revision()
    altered = _find_altered(answer)
    checks = [
        Check(citation, "changed" if citation.number in altered else _state(citation.quotation, ledger, revision))
        for citation in answer.citations
    ]
    checks += [Check(citation, _state(citation.quotation, ledger, revision)) for citation in answer.nearest]
    return checks + [Check(_uncited(sentence), "gone") for sentence in answer.sentences if not sentence.citations]


def _find_altered(answer: Answer) -> set[int]:
    """The numbers that quoted sentences cite without saying what the quotation says."""
    texts = {citation.number: citation.quotation.text for citation in answer.citations}
    return {
        number
        for sentence in answer.sentences
        if not sentence.generated and sentence.text not in [texts.get(number) for number in sentence.citations]
        for number in sentence.citations
    }


def _uncited(sentence: Sentence) -> Citation:
    return Citation(0, Quotation("", sentence.start, sentence.end, sentence.text))


def _state(quotation: Quotation, ledger: Ledger, revision: int) -> CheckState:
    article = ledger.article(quotation.article_id)
    newest = ledger.living(article.source, revision) if article else None
    if newest is None:
        return "gone"
    if newest.text[quotation.start : quotation.end] == quotation.text:
        return "valid"
    return "moved" if quotation.text and quotation.text in newest.text else "changed"
