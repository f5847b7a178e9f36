"""What the confidence is worth: does it tell the questions that can be answered from those that can't?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import mannwhitneyu

from eval.intervals import Indices, bootstrap_of
from eval.outcomes import Asked


@dataclass(frozen=True, slots=True)
class Confidence:
    """AUROC, 0–1, of the confidence and of the first hit's score for "can be answered", each with its 95 % interval.

    None where all questions are of one kind. How risk grows with coverage is worked out for the report.
    """

    auroc: float | None
    auroc_interval: tuple[float, float] | None
    score_auroc: float | None
    score_auroc_interval: tuple[float, float] | None
    n: int


def measure_confidence(asked: Sequence[Asked]) -> Confidence:
    """The measures of a whole run."""
    answerable = np.array([item.case.answerable for item in asked])
    clusters = [item.case.cluster for item in asked]
    confidence = np.array([item.answer.confidence for item in asked])
    first = np.array([item.hits[0].score if item.hits else 0.0 for item in asked])
    return Confidence(
        *_auroc(answerable, confidence, clusters),
        *_auroc(answerable, first, clusters),
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
