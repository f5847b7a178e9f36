"""AUROC of the confidence, worked out by hand."""

from __future__ import annotations

from eval.cases import Case
from eval.confidence import measure_confidence
from eval.metrics import Measure
from eval.outcomes import Asked
from qa.types import Answer, Hit, Passage


def asked(id_: str, confidence: float, *, answerable=True, correct=True, answered=True, score=1.0) -> Asked:
    case = Case(id_, "dev", "single" if answerable else "unanswerable", "?", answerable)
    answer = Answer("?", "answered" if answered else "refused", confidence=confidence)
    measure = Measure(float(correct) if answerable else None, 0, 1)
    return Asked(case, answer, (Hit(Passage("a", 0, 1, "x"), score),), 1.0, {"answer_correct": measure}, {})


RUN = [
    asked("a", 0.9),
    asked("b", 0.8, correct=False),
    asked("c", 0.7, answerable=False),
    asked("d", 0.6),
    asked("e", 0.1, answered=False),
    asked("f", 0.05, answerable=False, answered=False),
]


def test_auroc_counts_pairs_in_the_right_order():
    """Answerable .9 .8 .6 .1, unanswerable .7 .05: above .7 are two, above .05 all four: 6 of 8 pairs."""
    found = measure_confidence(RUN)
    assert found.auroc == 0.75
    assert found.auroc_interval[0] <= 0.75 <= found.auroc_interval[1]
    assert found.score_auroc == 0.5  # all hits score alike
    assert found.n == 6


def test_what_there_is_nothing_of_has_no_figure():
    found = measure_confidence([asked("a", 0.5, answered=False)])
    assert (found.auroc, found.auroc_interval, found.score_auroc) == (None, None, None)
