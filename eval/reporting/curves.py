"""The numbers behind the figures of a report: slices, curves and counts, each from the questions of one run."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from eval.cases import TYPES, UNANSWERABLE_KINDS
from eval.intervals import Interval, interval, wilson
from eval.outcomes import Run
from eval.report import applicable, mean
from eval.reporting.stored import Result, Stored
from qa.types import CHOSEN, OPENINGS

FEW = 30  # questions of a slice below which it only hints
FAITHFULNESS = ("support_cited", "citation_recall", "citation_precision", "support_any")  # the first that was measured
BINS = 5  # of the confidence


@dataclass(frozen=True, slots=True)
class Cell:
    """The mean of a metric over one slice; `n` is 0 where it doesn't apply to any question there."""

    value: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Point:
    """A named point of two means with their intervals."""

    name: str
    x: float
    y: float
    x_interval: Interval | None = None
    y_interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Risk:
    """Shares of all questions: at each coverage the share of the given answers that is wrong, most confident first.

    `area` is the mean risk over the curve (AURC); `tells_apart` the chance that a right answer is the more confident.
    """

    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    area: float
    tells_apart: float | None
    always_answer: Point | None
    n: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of like confidence: its mean, the share that is right, how many."""

    low: float
    high: float
    mean: float
    share: float
    n: int
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """Milliseconds of one step of answering, the first question left out."""

    name: str
    p50: float
    p95: float
    n: int


# Slices


def slices(run: Run, metrics: Sequence[str]) -> dict[str, dict[str, Cell]]:
    """Slice -> metric -> mean and n; the whole run first, then the types, then the unanswerable by kind."""
    order = [*TYPES, *UNANSWERABLE_KINDS]
    known = sorted(set(run.labels.values()), key=lambda label: (order.index(label) if label in order else 99, label))
    members = {"all": list(run.labels)}
    members |= {label: [id_ for id_, own in run.labels.items() if own == label] for label in known}
    return {
        name: {metric: _cell(run.values.get(metric, {}), ids) for metric in metrics} for name, ids in members.items()
    }


def _cell(values: Mapping[str, float | None], ids: Iterable[str]) -> Cell:
    found = [value for id_ in ids if (value := values.get(id_)) is not None]
    return Cell(mean(found), len(found))


# Copying


def copying(run: Run) -> tuple[str, list[Point]]:
    """The faithfulness metric and, of the run and each control, its mean by the share of copied words; [] without."""
    metric = next((name for name in FAITHFULNESS if applicable(run.values.get(name, {}))), "")
    answerers = {"this run": run.values, **run.controls}
    points = [_point(name, values, metric, run.clusters) for name, values in answerers.items()]
    return metric, [point for point in points if point]


def _point(
    name: str, values: Mapping[str, Mapping[str, float | None]], metric: str, clusters: Mapping[str, str]
) -> Point | None:
    x, y = applicable(values.get("copy_rate", {})), applicable(values.get(metric, {}))
    if not x or not y:
        return None
    return Point(name, mean(x.values()) or 0.0, mean(y.values()) or 0.0, interval(x, clusters), interval(y, clusters))


# Retrieval


def recall_curves(run: Run) -> dict[str, list[tuple[int, float, Interval]]]:
    """Metric before the @ -> (k, mean, interval) in the order of k, of what was measured at several k."""
    curves: dict[str, list[tuple[int, float, Interval]]] = {}
    for metric, found in run.values.items():
        parts = re.fullmatch(r"(evidence_recall|all_evidence)@(\d+)", metric)
        values = applicable(found)
        between = interval(values, run.clusters)
        if parts and between:
            curves.setdefault(parts[1], []).append((int(parts[2]), mean(values.values()) or 0.0, between))
    return {name: sorted(points) for name, points in curves.items() if len(points) > 1}


# Confidence


def is_right(asked: Result) -> bool:
    """Whether the answer is right; one to an unanswerable question never is."""
    return not asked.refused and asked.value("answer_correct") == 1


def risk_coverage(stored: Stored) -> Risk | None:
    """The curve of the answers that were given; None when there were none."""
    answered = _given(stored)
    if not answered:
        return None
    answered.sort(key=lambda item: (-confidence(item), item.id))
    wrong = np.array([not is_right(item) for item in answered], dtype=float)
    risk = wrong.cumsum() / np.arange(1, len(wrong) + 1)
    total = len(stored.asked)
    # Answers of one confidence can't be told apart, so the curve has a point only after the last of them.
    ends = [
        n
        for n, item in enumerate(answered)
        if n + 1 == len(answered) or confidence(answered[n + 1]) != confidence(item)
    ]
    return Risk(
        coverage=tuple((n + 1) / total for n in ends),
        risk=tuple(float(risk[n]) for n in ends),
        area=float(risk.mean()),
        tells_apart=auroc([confidence(item) for item in answered], [is_right(item) for item in answered]),
        always_answer=_always_answer(stored.run),
        n=len(answered),
    )


def _given(stored: Stored) -> list[Result]:
    """The answers whose confidence is a probability; that of an overview is the share of its topic's words."""
    answered = [item for item in stored.asked.values() if item.answer and not item.refused]
    return [item for item in answered if not {CHOSEN, OPENINGS} & {*(item.answer.get("notes") or ())}]


def confidence(asked: Result) -> float:
    return float(asked.answer.get("confidence") or 0.0)


def auroc(scores: Sequence[float], right: Sequence[bool]) -> float | None:
    """The chance that a right one has the higher score, ties half; None unless there are right and wrong ones."""
    good = sum(right)
    if not 0 < good < len(right):
        return None
    ranks = rankdata(scores)
    below = sum(rank for rank, is_good in zip(ranks, right, strict=True) if is_good) - good * (good + 1) / 2
    return float(below / (good * (len(right) - good)))


def _always_answer(run: Run) -> Point | None:
    """The control that never refuses: all are answered, and so many of the answers are wrong."""
    for name, values in run.controls.items():
        refused = applicable(values.get("false_refusal", {}))
        correct = applicable(values.get("answer_correct", {}))
        if correct and refused and not any(refused.values()):
            return Point(name, 1.0, 1 - sum(correct.values()) / len(run.labels))
    return None


def reliability(stored: Stored) -> list[Bin]:
    """The answers by confidence, in bins of .2; empty bins are left out."""
    answered = _given(stored)
    bins = []
    for number in range(BINS):
        inside = [item for item in answered if min(BINS - 1, int(confidence(item) * BINS)) == number]
        if inside:
            right = sum(map(is_right, inside))
            average = statistics.fmean(map(confidence, inside))
            between = wilson(right, len(inside))
            bins.append(Bin(number / BINS, (number + 1) / BINS, average, right / len(inside), len(inside), between))
    return bins


# What became of the questions


def losses(stored: Stored) -> dict[str, int]:
    """The answerable questions by the first step at which they were lost; the good ones last."""
    counts = dict.fromkeys(
        (
            *("not all evidence found", "found, but refused", "found, not all cited", "cited, but not said"),
            *("says something wrong", "right, with a flaw", "good"),
        ),
        0,
    )
    for item in stored.asked.values():
        if item.value("answer_correct") is not None:
            counts[_lost_at(item)] += 1
    return counts


def _lost_at(item: Result) -> str:
    full = item.value("fully_good")
    correct = item.value("answer_correct") == 1
    if full == 1 or (full is None and correct):
        return "good"
    found = [metric for metric in item.measures if metric.startswith("evidence_recall@")]
    deepest = max(found, key=lambda metric: int(metric.partition("@")[2]), default="")
    if (item.value(deepest) or 0.0) < 1 and deepest:
        return "not all evidence found"
    if item.refused:
        return "found, but refused"
    if (cited := item.value("gold_citation_recall")) is not None and cited < 1:
        return "found, not all cited"
    if correct:
        return "right, with a flaw"
    return "says something wrong" if _says_wrong(item) else "cited, but not said"


def _says_wrong(item: Result) -> bool:
    hit = item.value("forbidden_said")
    return hit == 1 if hit is not None else not item.reason("answer_correct").endswith("forbidden: []")


# Time


def stages(stored: Stored) -> tuple[float | None, list[Stage]]:
    """Milliseconds of the first question, and of every step over the others; the whole answer is the last."""
    asked = [item for item in stored.asked.values() if item.milliseconds is not None]
    if not asked:
        return None, []
    warm = asked[1:] or asked
    times: dict[str, list[float]] = {}
    for item in warm:
        timings = (item.answer.get("provenance") or {}).get("timings") or {}
        for name, milliseconds in timings.items():
            times.setdefault(name, []).append(float(milliseconds))
    times["whole answer"] = [item.milliseconds for item in warm if item.milliseconds is not None]
    return asked[0].milliseconds, [_stage(name, found) for name, found in times.items()]


def _stage(name: str, milliseconds: Sequence[float]) -> Stage:
    ordered = sorted(milliseconds)
    late = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return Stage(name, statistics.median(ordered), late, len(ordered))
