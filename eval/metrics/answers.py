"""Every metric of an answer, and the one strict number."""

from __future__ import annotations

from collections.abc import Sequence

from eval.cases import Case, Corpus
from eval.metrics.citations import measure_citations
from eval.metrics.correctness import measure_correctness
from eval.metrics.invariants import measure_invariants
from eval.metrics.measure import Measure, flag, not_applicable
from eval.metrics.refusal import measure_refusal
from eval.metrics.support import CHECKS, measure_support
from eval.metrics.writing import measure_writing
from qa.types import Answer, Hit

GOOD = ("answer_correct", "gold_citation_recall", "quote_exact", "sides_presented", *CHECKS)


def measure_answer(case: Case, answer: Answer, corpus: Corpus, hits: Sequence[Hit] = ()) -> dict[str, Measure]:
    """Every metric of what was answered, by name; `hits` is what was found for it."""
    measures = {
        **measure_correctness(case, answer, corpus, hits),
        **measure_citations(case, answer, corpus),
        **measure_refusal(case, answer, corpus),
        **measure_support(answer, hits, corpus),
        **measure_invariants(answer, corpus),
        **measure_writing(answer),
    }
    return {"fully_good": fully_good(case, measures), **measures}


def fully_good(case: Case, measures: dict[str, Measure]) -> Measure:
    """1 when correct, every group cited, every quotation exact, nothing written unsupported, both sides shown."""
    if not case.answerable:
        return not_applicable("unanswerable")
    values = {name: measures[name].value for name in GOOD}
    short = [name for name, value in values.items() if value is not None and value < 1]
    return flag(not short, f"fails: {', '.join(short)}" if short else "")
