"""What one answer is worth: every metric of a question as a `Measure`, from the case, the answer and the hits.

A measure that does not apply has no value and says why; it is counted, never taken for a zero or a one. A summary is
the mean over the questions to which a metric applies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.cases import Case, Corpus, GoldSide, GoldSpan, Group
from eval.words import first_words, norm
from qa.types import Answer, Citation, Hit, Sentence

CUTS = (1, 3, 5, 10)  # the k of evidence_recall@k
COVERED = 0.9  # the share of a gold span that the passages must hold
ANSWER_WORDS = 80  # what a right answer has said by then; printing whole passages must not pay


@dataclass(frozen=True, slots=True)
class Measure:
    """A value with the counts it came from; `value` is None where the metric does not apply."""

    value: float | None
    numerator: float
    denominator: float
    reason: str = ""


def measure_hits(case: Case, hits: Sequence[Hit], corpus: Corpus) -> dict[str, Measure]:
    """Every metric of what was found, by name."""
    measures = {f"evidence_recall@{k}": evidence_recall(case, hits, corpus, k=k) for k in CUTS}
    return measures | {"rr@10": reciprocal_rank(case, hits, corpus)}


def measure_answer(case: Case, answer: Answer, corpus: Corpus) -> dict[str, Measure]:
    """Every metric of what was answered, by name."""
    return {
        "gold_citation_recall": gold_citation_recall(case, answer, corpus),
        "gold_citation_precision": gold_citation_precision(case, answer, corpus),
        "answer_correct": answer_correct(case, answer),
        "sides_presented": sides_presented(case, answer, corpus),
        "fully_good": fully_good(case, answer, corpus),
        "refusal_recall": refusal_recall(case, answer),
        "refusal_precision": refusal_precision(case, answer),
        "false_refusal": false_refusal(case, answer),
        "answered_unanswerable": answered_unanswerable(case, answer),
        "refusal_score": refusal_score(case, answer),
        "quote_exact": quote_exact(answer, corpus),
        "citations_resolve": citations_resolve(answer, corpus),
        "refusal_bare": refusal_bare(answer),
        "sentences_cited": sentences_cited(answer),
        "numbers_cited": numbers_cited(answer),
    }


# Retrieval


def evidence_recall(case: Case, hits: Sequence[Hit], corpus: Corpus, *, k: int) -> Measure:
    """The share of groups that the first k passages cover.

    The passages of an article count together: a span that a cut divides is covered by the two halves, for both are
    read. Of one span, 90 % of the characters must be there, so gold survives another splitting.
    """
    if not case.evidence:
        return _not_applicable("nothing to find")
    covered = [group.name for group in case.evidence if _covers(hits[:k], group, corpus)]
    return _share(len(covered), len(case.evidence), f"covered: {', '.join(covered) or 'none'}")


def reciprocal_rank(case: Case, hits: Sequence[Hit], corpus: Corpus, *, k: int = 10) -> Measure:
    """One divided by the rank at which some group is covered first; 0 when none is among the first k."""
    if not case.evidence:
        return _not_applicable("nothing to find")
    for rank in range(1, min(k, len(hits)) + 1):
        if any(_covers(hits[:rank], group, corpus) for group in case.evidence):
            return Measure(1 / rank, 1, rank, f"rank {rank}")
    return Measure(0.0, 0, 1, f"not among the first {k}")


def _covers(hits: Sequence[Hit], group: Group, corpus: Corpus) -> bool:
    return any(_covered_share(hits, span, corpus) >= COVERED for span in group.spans)


def _covered_share(hits: Sequence[Hit], span: GoldSpan, corpus: Corpus) -> float:
    places: set[int] = set()
    for hit in hits:
        if hit.passage.article_id == corpus.ids.get(span.article):
            places.update(range(max(span.start, hit.passage.start), min(span.end, hit.passage.end)))
    return len(places) / (span.end - span.start)


# Citations against gold


def gold_citation_recall(case: Case, answer: Answer, corpus: Corpus) -> Measure:
    """The share of groups that a citation hits; a refusal of an answerable question hits none."""
    if not case.evidence:
        return _not_applicable("nothing to cite")
    found = [group.name for group in case.evidence if _hits_any(answer.citations, group.spans, corpus)]
    return _share(len(found), len(case.evidence), f"cited: {', '.join(found) or 'none'}")


def gold_citation_precision(case: Case, answer: Answer, corpus: Corpus) -> Measure:
    """The share of citations on a gold or `also_ok` span; an answer without citations scores 0."""
    if not case.evidence:
        return _not_applicable("nothing to cite")
    if answer.status == "refused":
        return _not_applicable("refused")
    if not answer.citations:
        return Measure(0.0, 0, 0, "answered without a citation")
    spans = [span for group in case.evidence for span in (*group.spans, *group.also_ok)]
    right = [citation.number for citation in answer.citations if _hits_any([citation], spans, corpus)]
    return _share(len(right), len(answer.citations), f"on gold: {right}")


def _hits_any(citations: Iterable[Citation], spans: Iterable[GoldSpan], corpus: Corpus) -> bool:
    spans = tuple(spans)
    return any(_hits(citation, span, corpus) for citation in citations for span in spans)


def _hits(citation: Citation, span: GoldSpan, corpus: Corpus) -> bool:
    """Whether they share half of the shorter one: a word at the edge of the next sentence proves nothing."""
    quotation = citation.quotation
    if quotation.article_id != corpus.ids.get(span.article):
        return False
    shared = min(quotation.end, span.end) - max(quotation.start, span.start)
    return shared > 0 and 2 * shared >= min(quotation.end - quotation.start, span.end - span.start)


# Correctness


def answer_correct(case: Case, answer: Answer) -> Measure:
    """1 when the first 80 words say every vital nugget and the whole text says nothing forbidden."""
    if not case.answerable:
        return _not_applicable("unanswerable")
    if answer.status == "refused":
        return Measure(0.0, 0, 1, "refused")
    vital = [nugget for nugget in case.nuggets if nugget.vital]
    said = first_words(answer.text, ANSWER_WORDS)
    missing = [nugget.text for nugget in vital if not _says(said, nugget.any_of)]
    forbidden = [pattern for pattern in case.must_not_say if _says(answer.text, [pattern])]
    if missing or forbidden:
        return Measure(0.0, 0, 1, f"missing: {missing}; forbidden: {forbidden}")
    return Measure(1.0, 1, 1, "all vital nuggets")


def sides_presented(case: Case, answer: Answer, corpus: Corpus) -> Measure:
    """Of a conflict, the share of sides whose value is stated with a citation of its own evidence."""
    if not case.sides:
        return _not_applicable("no conflict")
    presented = [side.evidence for side in case.sides if _presents(answer, case, side, corpus)]
    return _share(len(presented), len(case.sides), f"presented: {', '.join(presented) or 'none'}")


def _presents(answer: Answer, case: Case, side: GoldSide, corpus: Corpus) -> bool:
    """In a sentence or among the disagreements: the value together with a citation of the side's group."""
    stated = [(sentence.text, sentence.citations) for sentence in answer.sentences]
    stated += [(shown.value, shown.citations) for item in answer.disagreements for shown in item.sides]
    (group,) = (group for group in case.evidence if group.name == side.evidence)
    return any(
        _says(text, side.value) and _hits_any(_cited(answer, numbers), group.spans, corpus) for text, numbers in stated
    )


def fully_good(case: Case, answer: Answer, corpus: Corpus) -> Measure:
    """1 when correct, every group cited, every quotation exact, no unsupported number, and both sides of a conflict."""
    if not case.answerable:
        return _not_applicable("unanswerable")
    parts = {
        "answer_correct": answer_correct(case, answer),
        "gold_citation_recall": gold_citation_recall(case, answer, corpus),
        "quote_exact": quote_exact(answer, corpus),
        "numbers_cited": numbers_cited(answer),
        "sides_presented": sides_presented(case, answer, corpus),
    }
    short = [name for name, measure in parts.items() if measure.value is not None and measure.value < 1]
    return Measure(float(not short), float(not short), 1, f"fails: {', '.join(short)}" if short else "")


def _says(text: str, patterns: Iterable[str]) -> bool:
    text = norm(text)
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


# Refusal


def refusal_recall(case: Case, answer: Answer) -> Measure:
    """For an unanswerable question: 1 when it is refused."""
    return _flag(answer.status == "refused") if not case.answerable else _not_applicable("answerable")


def refusal_precision(case: Case, answer: Answer) -> Measure:
    """For a refusal: 1 when the question is unanswerable."""
    return _flag(not case.answerable) if answer.status == "refused" else _not_applicable("answered")


def false_refusal(case: Case, answer: Answer) -> Measure:
    """For an answerable question: 1 when it is refused; lower is better."""
    return _flag(answer.status == "refused") if case.answerable else _not_applicable("unanswerable")


def answered_unanswerable(case: Case, answer: Answer) -> Measure:
    """For an unanswerable question: 1 when it is answered, the dangerous error; lower is better."""
    return _flag(answer.status == "answered") if not case.answerable else _not_applicable("answerable")


def refusal_score(case: Case, answer: Answer) -> Measure:
    """+1 for a correct answer or a right refusal, 0 for refusing an answerable question, -1 for a wrong answer."""
    if answer.status == "refused":
        value = 0.0 if case.answerable else 1.0
    else:
        value = 1.0 if answer_correct(case, answer).value == 1 else -1.0
    return Measure(value, value, 1)


# Invariants


def quote_exact(answer: Answer, corpus: Corpus) -> Measure:
    """The share of quotations, those of the nearest passages included, that are their characters of the article."""
    shown = (*answer.citations, *answer.nearest)
    if not shown:
        return _not_applicable("no quotation")
    altered = [citation.number for citation in shown if not _exact(citation, corpus)]
    return _share(len(shown) - len(altered), len(shown), f"altered: {altered}" if altered else "")


def _exact(citation: Citation, corpus: Corpus) -> bool:
    quotation = citation.quotation
    article = corpus.articles.get(quotation.article_id)
    # No norm() here: the promise is character for character.
    return article is not None and article.text[quotation.start : quotation.end] == quotation.text


def citations_resolve(answer: Answer, corpus: Corpus) -> Measure:
    """The share of citations that lie within a known article, and of [n] marks that have a citation."""
    numbers = {citation.number for citation in answer.citations}
    marks = [number for sentence in answer.sentences for number in sentence.citations]
    marks += [number for item in answer.disagreements for side in item.sides for number in side.citations]
    shown = (*answer.citations, *answer.nearest)
    lost = [str(citation.number) for citation in shown if not _resolves(citation, corpus)]
    lost += [f"[{number}]" for number in marks if number not in numbers]
    if not shown and not marks:
        return _not_applicable("no citation")
    total = len(shown) + len(marks)
    return _share(total - len(lost), total, f"lost: {', '.join(lost)}" if lost else "")


def _resolves(citation: Citation, corpus: Corpus) -> bool:
    quotation = citation.quotation
    article = corpus.articles.get(quotation.article_id)
    return article is not None and 0 <= quotation.start < quotation.end <= len(article.text)


def refusal_bare(answer: Answer) -> Measure:
    """For a refusal: 1 when it claims nothing, so no sentences, citations or disagreements."""
    if answer.status != "refused":
        return _not_applicable("answered")
    return _flag(not (answer.sentences or answer.citations or answer.disagreements))


def sentences_cited(answer: Answer) -> Measure:
    """The share of answer sentences with a citation; an answer without sentences scores 0."""
    if answer.status == "refused":
        return _not_applicable("refused")
    cited = [sentence for sentence in answer.sentences if sentence.citations]
    return _share(len(cited), len(answer.sentences), "" if answer.sentences else "answered without a sentence")


def numbers_cited(answer: Answer) -> Measure:
    """The share of generated sentences whose numbers all occur in the quotations that they cite."""
    generated = [sentence for sentence in answer.sentences if sentence.generated]
    if not generated:
        return _not_applicable("no generated sentence")
    supported = [sentence for sentence in generated if _numbers(sentence.text) <= _cited_numbers(answer, sentence)]
    return _share(len(supported), len(generated))


def _cited_numbers(answer: Answer, sentence: Sentence) -> set[str]:
    return {number for citation in _cited(answer, sentence.citations) for number in _numbers(citation.quotation.text)}


def _cited(answer: Answer, numbers: Iterable[int]) -> list[Citation]:
    wanted = set(numbers)
    return [citation for citation in answer.citations if citation.number in wanted]


def _numbers(text: str) -> set[str]:
    """The numbers written in digits, thousands separators taken out: "15,000" is "15000"."""
    return {number.replace(",", "") for number in re.findall(r"\d+(?:[.,]\d+)*", norm(text))}


def _share(numerator: int, denominator: int, reason: str = "") -> Measure:
    # An empty denominator never counts as perfect.
    return Measure(numerator / denominator if denominator else 0.0, numerator, denominator, reason)


def _flag(value: bool) -> Measure:
    return Measure(float(value), float(value), 1)


def _not_applicable(reason: str) -> Measure:
    return Measure(None, 0, 0, reason)
