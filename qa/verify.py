"""Whether the quotations of a stored answer still hold, without any model."""

from __future__ import annotations

from qa.ledger import Ledger
from qa.types import Answer, Check, CheckState, Citation, Quotation, Sentence


def verify_answer(answer: Answer, ledger: Ledger) -> list[Check]:
    """One check a citation, then one a nearest passage, against the newest revision.

    A quoted sentence that isn't a quotation that it cites is a check of its own, "reworded"; so is one that cites
    nothing, number 0 and "gone".
    """
    revision = ledger.revision()
    cited = [*answer.citations, *answer.nearest]
    checks = [Check(citation, _state_of(citation, ledger, revision)) for citation in cited]
    texts = {citation.number: citation.quotation.text for citation in answer.citations}
    for sentence in answer.sentences:
        if not sentence.citations:
            checks.append(Check(_as_citation(sentence), "gone"))
        elif not sentence.generated and sentence.text not in [texts.get(number) for number in sentence.citations]:
            checks.append(Check(_as_citation(sentence), "reworded"))
    return checks


def _as_citation(sentence: Sentence) -> Citation:
    number = sentence.citations[0] if sentence.citations else 0
    return Citation(number, Quotation("", sentence.start, sentence.end, sentence.text), title="The answer")


def _state_of(citation: Citation, ledger: Ledger, revision: int) -> CheckState:
    """The state of the quotation; "misnamed" where it holds but isn't of what the citation says it is."""
    state = _state(citation.quotation, ledger, revision)
    article = ledger.article(citation.quotation.article_id)
    if state != "valid" or article is None:
        return state
    said = (citation.title, citation.publisher, citation.published, citation.url)
    return state if said == (article.title, article.publisher, article.published, article.url) else "misnamed"


def _state(quotation: Quotation, ledger: Ledger, revision: int) -> CheckState:
    article = ledger.article(quotation.article_id)
    newest = ledger.living(article.source, revision) if article else None
    if newest is None:
        return "gone"
    if newest.text[quotation.start : quotation.end] == quotation.text:
        return "valid"
    return "moved" if quotation.text and quotation.text in newest.text else "changed"
