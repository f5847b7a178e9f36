"""What must always hold, whatever is asked: quotations are exact, citations lead somewhere, refusals claim nothing."""

from __future__ import annotations

from rapidfuzz import fuzz

from eval.cases import Corpus
from eval.metrics.measure import Measure, flag, not_applicable, share
from eval.words import norm
from qa.types import Answer, Citation

NEARLY = 95  # rapidfuzz's partial_ratio, 0–100, from which a quotation is altered; below, it is made up


def measure_invariants(answer: Answer, corpus: Corpus) -> dict[str, Measure]:
    """Every invariant, by name."""
    return {
        "quote_exact": quote_exact(answer, corpus),
        "quote_altered": quote_altered(answer, corpus),
        "quote_fabricated": quote_fabricated(answer, corpus),
        "citations_resolve": citations_resolve(answer, corpus),
        "refusal_bare": refusal_bare(answer),
        "sentences_cited": sentences_cited(answer),
    }


def quote_exact(answer: Answer, corpus: Corpus) -> Measure:
    """The share of quotations, those of the nearest passages included, that are their characters of the article."""
    shown = (*answer.citations, *answer.nearest)
    if not shown:
        return not_applicable("no quotation")
    altered = [citation.number for citation in shown if not _exact(citation, corpus)]
    return share(len(shown) - len(altered), len(shown), f"altered: {altered}" if altered else "")


def _exact(citation: Citation, corpus: Corpus) -> bool:
    quotation = citation.quotation
    article = corpus.articles.get(quotation.article_id)
    # No norm() here: the promise is character for character.
    return article is not None and article.text[quotation.start : quotation.end] == quotation.text


def quote_altered(answer: Answer, corpus: Corpus) -> Measure:
    """The share of quotations that are not exact but nearly stand in the article; lower is better."""
    return _inexact(answer, corpus, nearly=True)


def quote_fabricated(answer: Answer, corpus: Corpus) -> Measure:
    """The share of quotations of which the article has nothing alike; lower is better."""
    return _inexact(answer, corpus, nearly=False)


def _inexact(answer: Answer, corpus: Corpus, *, nearly: bool) -> Measure:
    shown = (*answer.citations, *answer.nearest)
    if not shown:
        return not_applicable("no quotation")
    found = [
        citation.number
        for citation in shown
        if not _exact(citation, corpus) and (_likeness(citation, corpus) >= NEARLY) == nearly
    ]
    return share(len(found), len(shown), f"{found}" if found else "")


def _likeness(citation: Citation, corpus: Corpus) -> float:
    article = corpus.articles.get(citation.quotation.article_id)
    quoted = norm(citation.quotation.text)
    return fuzz.partial_ratio(quoted, norm(article.text)) if article and quoted else 0.0


def citations_resolve(answer: Answer, corpus: Corpus) -> Measure:
    """The share of citations that lie within a known article, and of [n] marks that have a citation."""
    numbers = {citation.number for citation in answer.citations}
    marks = [number for sentence in answer.sentences for number in sentence.citations]
    marks += [number for item in answer.disagreements for side in item.sides for number in side.citations]
    shown = (*answer.citations, *answer.nearest)
    lost = [str(citation.number) for citation in shown if not _resolves(citation, corpus)]
    lost += [f"[{number}]" for number in marks if number not in numbers]
    if not shown and not marks:
        return not_applicable("no citation")
    total = len(shown) + len(marks)
    return share(total - len(lost), total, f"lost: {', '.join(lost)}" if lost else "")


def _resolves(citation: Citation, corpus: Corpus) -> bool:
    quotation = citation.quotation
    article = corpus.articles.get(quotation.article_id)
    return article is not None and 0 <= quotation.start < quotation.end <= len(article.text)


def refusal_bare(answer: Answer) -> Measure:
    """For a refusal: 1 when it claims nothing, so no sentences, citations or disagreements."""
    if answer.status != "refused":
        return not_applicable("answered")
    return flag(not (answer.sentences or answer.citations or answer.disagreements))


def sentences_cited(answer: Answer) -> Measure:
    """The share of answer sentences with a citation; an answer without sentences scores 0."""
    if answer.status == "refused":
        return not_applicable("refused")
    cited = [sentence for sentence in answer.sentences if sentence.citations]
    return share(len(cited), len(answer.sentences), "" if answer.sentences else "answered without a sentence")
