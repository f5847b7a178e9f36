"""AUROC and the risk–coverage curve, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eval.cases import Case
from eval.confidence import measure_confidence, risk_coverage
from eval.metrics import Measure
from eval.outcomes import Asked
from qa.types import CHOSEN, Answer, Hit, Passage


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


def test_the_curve_goes_from_the_surest_down():
    """Right, wrong, wrong (it can't be answered), right: risks 0, 1/2, 2/3, 1/2 at one to four sixths."""
    assert risk_coverage(RUN) == [(0.1667, 0.0), (0.3333, 0.5), (0.5, 0.6667), (0.6667, 0.5)]
    assert measure_confidence(RUN).aurc == pytest.approx((0.5 + 0.6667 + 0.5) / 4, abs=1e-4)


def test_an_overview_has_no_probability():
    """A wrong one at 1.0 would stand first; it is left out, and what is covered stays a share of all questions."""
    overview = asked("o", 1.0, correct=False)
    overview = replace(overview, answer=replace(overview.answer, notes=(CHOSEN,)))
    assert risk_coverage([overview, RUN[0]]) == [(0.5, 0.0)]


def test_auroc_counts_pairs_in_the_right_order():
    """Answerable .9 .8 .6 .1, unanswerable .7 .05: above .7 are two, above .05 all four: 6 of 8 pairs."""
    found = measure_confidence(RUN)
    assert found.auroc == 0.75
    assert found.auroc_interval[0] <= 0.75 <= found.auroc_interval[1]
    assert found.score_auroc == 0.5  # all hits score alike
    assert found.n == 6


def test_what_there_is_nothing_of_has_no_figure():
    found = measure_confidence([asked("a", 0.5, answered=False)])
    assert (found.auroc, found.auroc_interval, found.aurc, found.curve) == (None, None, None, ())
