"""Citations held against the gold spans: no judge has a part in it, so a dump of the wrong passage scores 0."""

from __future__ import annotations

from eval.cases import Case, Corpus
from eval.metrics.correctness import answer_correct
from eval.metrics.measure import Measure, flag, hits_any, not_applicable, share
from eval.words import norm
from qa.types import Answer


def measure_citations(case: Case, answer: Answer, corpus: Corpus) -> dict[str, Measure]:
    """Every metric of what was cited, by name."""
    return {
        "gold_citation_recall": gold_citation_recall(case, answer, corpus),
        "gold_citation_precision": gold_citation_precision(case, answer, corpus),
        "unjudged_citations": unjudged_citations(case, answer, corpus),
        "citations_per_sentence": citations_per_sentence(answer),
        "distinct_sources": distinct_sources(answer),
        "stale_answer": stale_answer(case, answer, corpus),
    }


def gold_citation_recall(case: Case, answer: Answer, corpus: Corpus) -> Measure:
    """The share of groups that a citation hits; a refusal of an answerable question hits none."""
    if not case.evidence:
        return not_applicable("nothing to cite")
    found = [group.name for group in case.evidence if hits_any(answer.citations, group.spans, corpus)]
    return share(len(found), len(case.evidence), f"cited: {', '.join(found) or 'none'}")


def gold_citation_precision(case: Case, answer: Answer, corpus: Corpus) -> Measure:
    """The share of citations on a gold or `also_ok` span; an answer without citations scores 0."""
    if not case.evidence:
        return not_applicable("nothing to cite")
    if answer.status == "refused":
        return not_applicable("refused")
    if not answer.citations:
        return Measure(0.0, 0, 0, "answered without a citation")
    right = _on_gold(case, answer, corpus)
    return share(len(right), len(answer.citations), f"on gold: {right}")


def unjudged_citations(case: Case, answer: Answer, corpus: Corpus) -> Measure:
    """Of a correct answer, the share of citations that the gold says nothing of; lower is better.

    Gold is never exhaustive: what a correct answer cites beside it may be as good, and precision counts it as wrong.
    """
    if not case.evidence or not answer.citations or not answer_correct(case, answer, corpus).value:
        return not_applicable("no correct answer with citations")
    return share(len(answer.citations) - len(_on_gold(case, answer, corpus)), len(answer.citations))


def _on_gold(case: Case, answer: Answer, corpus: Corpus) -> list[int]:
    spans = [span for group in case.evidence for span in (*group.spans, *group.also_ok)]
    return [citation.number for citation in answer.citations if hits_any([citation], spans, corpus)]


def citations_per_sentence(answer: Answer) -> Measure:
    """Citations of an answer by its sentences."""
    if not answer.sentences:
        return not_applicable("no sentence")
    return share(sum(len(sentence.citations) for sentence in answer.sentences), len(answer.sentences))


def distinct_sources(answer: Answer) -> Measure:
    """1 when no citation repeats the words of another article that is cited already: a copy is no second source."""
    if not answer.citations:
        return not_applicable("no citation")
    articles: dict[str, set[str]] = {}
    for citation in answer.citations:
        articles.setdefault(norm(citation.quotation.text), set()).add(citation.quotation.article_id)
    repeated = [text[:60] for text, ids in articles.items() if len(ids) > 1]
    return flag(not repeated, f"from several articles: {repeated}" if repeated else "")


def stale_answer(case: Case, answer: Answer, corpus: Corpus) -> Measure:
    """Of answers where a report was superseded: 1 when it is cited and the later one is not; lower is better."""
    if not case.stale or answer.status == "refused":
        return not_applicable("refused" if case.stale else "nothing superseded")
    current = [span for group in case.evidence for span in group.spans]
    cites_old = hits_any(answer.citations, case.stale, corpus)
    return flag(cites_old and not hits_any(answer.citations, current, corpus))
