"""What the confidence is worth: does it tell what can be answered, and would answering less be answering better?

Risk and coverage after El-Yaniv and Wiener (2010): the answers are taken from the surest down; coverage is the share of
all questions that are answered, risk the share of wrong ones among these. AURC is the mean risk over the steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import mannwhitneyu

from eval.intervals import Indices, bootstrap_of
from eval.outcomes import Asked
from qa.types import CHOSEN


@dataclass(frozen=True, slots=True)
class Confidence:
    """AUROC, 0–1, of the confidence and of the first hit's score for "can be answered", each with its 95 % interval.

    None where all questions are of one kind. `curve` are the steps (coverage, risk) of what was answered, and `aurc` is
    the mean risk over them; None where nothing was answered.
    """

    auroc: float | None
    auroc_interval: tuple[float, float] | None
    score_auroc: float | None
    score_auroc_interval: tuple[float, float] | None
    aurc: float | None
    curve: tuple[tuple[float, float], ...]
    n: int


def measure_confidence(asked: Sequence[Asked]) -> Confidence:
    """The measures of a whole run."""
    answerable = np.array([item.case.answerable for item in asked])
    clusters = [item.case.cluster for item in asked]
    confidence = np.array([item.answer.confidence for item in asked])
    first = np.array([item.hits[0].score if item.hits else 0.0 for item in asked])
    curve = risk_coverage(asked)
    return Confidence(
        *_auroc(answerable, confidence, clusters),
        *_auroc(answerable, first, clusters),
        round(float(np.mean([risk for _, risk in curve])), 4) if curve else None,
        tuple(curve),
        len(asked),
    )


def _auroc(
    wanted: npt.NDArray[np.bool_], scores: npt.NDArray[np.float64], clusters: Sequence[str]
) -> tuple[float | None, tuple[float, float] | None]:
    if wanted.all() or not wanted.any():
        return None, None

    def area(drawn: Indices) -> float:
        labels, drawn_scores = wanted[drawn], scores[drawn]
        ours, others = drawn_scores[labels], drawn_scores[~labels]
        # A draw of one kind alone says nothing; half is what a coin gets.
        return (
            float(mannwhitneyu(ours, others).statistic) / (ours.size * others.size)
            if ours.size and others.size
            else 0.5
        )

    low, high = bootstrap_of(area, clusters, draws=500)
    return round(area(np.arange(len(wanted))), 4), (round(low, 4), round(high, 4))


def risk_coverage(asked: Sequence[Asked]) -> list[tuple[float, float]]:
    """(coverage, risk) after each answer from the surest down; an answered unanswerable question is wrong.

    Overviews are left out: their confidence is the share of the topic's words that was found, no probability.
    """
    answered = [item for item in asked if item.answer.status == "answered" and CHOSEN not in item.answer.notes]
    answered.sort(key=lambda item: (-item.answer.confidence, item.case.id))
    steps, wrong = [], 0
    for place, item in enumerate(answered, 1):
        wrong += item.measures["answer_correct"].value != 1
        steps.append((round(place / len(asked), 4), round(wrong / place, 4)))
    return steps
