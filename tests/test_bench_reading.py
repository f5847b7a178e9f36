"""The measures of the reader's benchmarks, by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eval.bench.calibrate import expected_calibration_error, fit_confidence, fit_ranking, passages_of, spans_of
from eval.bench.cases import Case
from eval.bench.data import Question
from eval.bench.reading import Figure, auroc, exact_match, line, refuse_as_others, token_f1
from qa.models import Reading, ReadSpan
from qa.reader.examples import draw
from qa.types import Hit, Passage


@pytest.mark.parametrize(
    ("answer", "golds", "exact", "f1"),
    [
        ("The Old Bridge!", ["old bridge"], 1, 1),
        ("old stone bridge", ["bridge", "old bridge"], 0, 0.8),  # 2 of 3 and 2 of 2
        ("", [""], 1, 1),
        ("bridge", [""], 0, 0),
        ("ferry", ["bridge"], 0, 0),
    ],
)
def test_answers_are_compared_as_squad_does(answer: str, golds: list[str], exact: float, f1: float) -> None:
    assert exact_match(answer, golds) == exact
    assert token_f1(answer, golds) == pytest.approx(f1)


def test_auroc_is_the_share_of_pairs_in_order() -> None:
    assert auroc(np.array([3, 1, 2, 0]), np.array([True, True, False, False])) == 0.75
    assert auroc(np.array([1, 1]), np.array([True, False])) == 0.5


def test_calibration_error_by_hand() -> None:
    """Said .95 and .85, half of both came true: .45 and .35 off, half of the questions each."""
    said = np.array([0.95, 0.95, 0.85, 0.85])
    assert expected_calibration_error(said, np.array([True, False, True, False])) == pytest.approx(0.4)
    assert expected_calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0


def test_margin_is_chosen_on_other_pages() -> None:
    """Pages of both halves; answers are right above a margin of 1, and questions below can't be answered."""
    pages = [name for name in "abcdefgh" for _ in range(2)]
    margins = np.array([0.5, 2.0] * 8)
    values, refusable = np.array([0.0, 1.0] * 8), np.array([True, False] * 8)
    assert len({draw(page) < 0.5 for page in pages}) == 2
    assert refuse_as_others(values, margins, refusable, pages) == [1.0] * 16
    assert refuse_as_others(values, margins, refusable, ["a"] * 16) == [0.0, 1.0] * 8  # nothing to choose by


def test_goal_may_be_the_least_or_the_most() -> None:
    assert line(Figure("F1", 0.6, 9, (0.5, 0.7), 0.58)).endswith("n = 9  goal 0.58 met")
    assert line(Figure("ms", 250.0, 9, (200, 300), 200, most=True)).endswith("goal 200 NOT met")
    assert line(Figure("F1", 0.6, 9, (0.5, 0.7))).endswith("n = 9")


def case(number: int, *, right_first: bool) -> Case:
    """Two hits with a span each; the reader prefers the first, the relevance the second."""
    hits = [Hit(Passage(name, 0, 9, "x" * 9), 0.5) for name in "ab"]
    readings = [Reading(0.0, 0.0, (ReadSpan(0, 3, 2.0),)), Reading(2.0, 0.0, (ReadSpan(0, 3, 0.0),))]
    gold = "a" if right_first else "b"
    question = Question(f"Q{number}?", "made up", str(number), frozenset([gold]), ("xxx",), ((0, 3),))
    return Case(question, "answered", hits, readings, {})


@pytest.mark.parametrize("of", [spans_of, passages_of])
@pytest.mark.parametrize("right_first", [True, False])
def test_ranking_learns_whom_to_believe(right_first: bool, of: Callable[[Case], Any]) -> None:
    weights = fit_ranking([case(number, right_first=right_first) for number in range(8)], of)
    assert (weights.span > weights.relevance) is right_first


def test_half_of_the_answer_is_enough_and_another_article_never() -> None:
    asked = case(1, right_first=True)
    assert asked.right("a", 1, 9)
    assert not asked.right("a", 2, 9)
    assert not asked.right("b", 0, 9)


def test_confidence_learns_the_telling_feature() -> None:
    from eval.bench.calibrate import Verdict

    asked = case(1, right_first=True)
    rows = [np.eye(8)[0] * value for value in (0.0, 1.0, 0.1, 0.9) * 10]
    verdicts = [Verdict(asked, row, bool(row[0] > 0.5)) for row in rows]
    weights, constant = fit_confidence(verdicts)
    assert weights[0] * 0.9 + constant > 0 > weights[0] * 0.1 + constant
