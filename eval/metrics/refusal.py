"""Refusals: positive is "refused", and a question is better refused than answered wrongly."""

from __future__ import annotations

from eval.cases import Case, Corpus
from eval.metrics.correctness import answer_correct
from eval.metrics.measure import Measure, flag, not_applicable
from qa.types import Answer


def measure_refusal(case: Case, answer: Answer, corpus: Corpus) -> dict[str, Measure]:
    """Every metric of refusing, by name."""
    return {
        "refusal_recall": refusal_recall(case, answer),
        "refusal_precision": refusal_precision(case, answer),
        "false_refusal": false_refusal(case, answer),
        "answered_unanswerable": answered_unanswerable(case, answer),
        "given_right": given_right(case, answer, corpus),
        "refusal_score": refusal_score(case, answer, corpus),
    }


def refusal_recall(case: Case, answer: Answer) -> Measure:
    """For an unanswerable question: 1 when it is refused."""
    return flag(answer.status == "refused") if not case.answerable else not_applicable("answerable")


def refusal_precision(case: Case, answer: Answer) -> Measure:
    """For a refusal: 1 when the question is unanswerable."""
    return flag(not case.answerable) if answer.status == "refused" else not_applicable("answered")


def false_refusal(case: Case, answer: Answer) -> Measure:
    """For an answerable question: 1 when it is refused; lower is better."""
    return flag(answer.status == "refused") if case.answerable else not_applicable("unanswerable")


def answered_unanswerable(case: Case, answer: Answer) -> Measure:
    """For an unanswerable question: 1 when it is answered, the dangerous error; lower is better."""
    return flag(answer.status == "answered") if not case.answerable else not_applicable("answerable")


def given_right(case: Case, answer: Answer, corpus: Corpus) -> Measure:
    """For an answer that is given: 1 when the question can be answered and the answer is correct."""
    if answer.status == "refused":
        return not_applicable("refused")
    return flag(answer_correct(case, answer, corpus).value == 1)


def refusal_score(case: Case, answer: Answer, corpus: Corpus) -> Measure:
    """+1 for a correct answer or a right refusal, 0 for refusing an answerable question, -1 for a wrong answer."""
    if answer.status == "refused":
        value = 0.0 if case.answerable else 1.0
    else:
        value = 1.0 if answer_correct(case, answer, corpus).value == 1 else -1.0
    return Measure(value, value, 1)
