"""Fits how the reader's findings are ranked and how far they can be trusted: python -m eval.bench.calibrate --data DIR

Questions that the reader was not trained on are put to libraries: newsqa's to all reports and to the half of them that
doesn't answer, those of held-out Wikipedia pages to small libraries with and without an answer. Prints the tables and
writes qa/reader/calibration.json. What is printed was measured on articles that the fit did not see.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from eval.bench import data
from eval.bench.cases import Case, make_cases, make_news_cases, read_held_out
from eval.bench.data import RememberingEmbedder
from eval.bench.reading import exact_match, token_f1
from eval.bench.remember import RememberingReader
from eval.bench.tune import answer_within
from eval.intervals import cluster_bootstrap
from qa.compose import decide
from qa.confidence import FEATURES, features
from qa.english.questions import understand
from qa.evidence import CALIBRATION, Candidate, Weights, weigh
from qa.lexical import english_terms
from qa.models import Embedder, load_embedder, load_reader
from qa.overlap import Analyse
from qa.reader.examples import draw, holds_answer
from qa.settings import Settings

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FOLDS = 5
BINS = 10
MOST_WRONG = 0.10  # of the questions that aren't answered: the default strictness is the least that keeps to it
STRENGTH = 1.0  # of the data against the prior that no feature matters
PRIOR = 1e-4  # that no column matters; more would hold back the hit's score, whose unit is large
COLUMNS = ("span", "nothing", "relevance", "hit")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The best candidate of a case: what is known of it, and whether it answers."""

    case: Case
    row: Numbers
    right: bool


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.calibrate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder of benchmark data")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "qa-bench", help="for vectors")
    parser.add_argument("--weights", type=Path, help="another reader than the one that is shipped (.xml)")
    parser.add_argument("--write", type=Path, default=CALIBRATION, help="where the coefficients go")
    options = parser.parse_args(arguments)
    if not (options.data / "newsqa").is_dir() or not (options.data / "reading").is_dir():
        print(f"no newsqa and reading in {options.data}: give the benchmark's folder with --data", file=sys.stderr)
        return 1
    settings = Settings.from_environment()
    embedder = RememberingEmbedder(load_embedder(Settings(precision="f32")), options.cache / "vectors.npz")
    reader = RememberingReader(load_reader(settings, options.weights), options.cache, settings.precision or "bf16")
    cases = list(make_cases(read_held_out(options.data / "reading"), embedder, reader, settings))
    news = list(make_news_cases(data.read_newsqa(options.data / "newsqa"), embedder, reader, settings))
    reader.save()
    analyse = Analyse(english_terms())
    print_open("newsqa, open corpus", news)
    everything = [*cases, *news]
    ranking, passages = fit_ranking(everything, spans_of), fit_ranking(news, passages_of)
    apart = cross_judge(everything, analyse, embedder)
    print_calibration(apart, cross_fit(apart))
    verdicts = [judge(case, ranking, analyse, embedder) for case in everything]
    embedder.save()
    save(options.write, ranking, passages, verdicts, embedder)
    return 0


# Ranking


def fit_ranking(cases: Sequence[Case], of: Callable[[Case], tuple[Numbers, Flags]]) -> Weights:
    """The weights that make what is right for answered questions the most probable of all; spans or passages."""
    from scipy.optimize import minimize

    groups = [(rows, right) for rows, right in map(of, cases) if right.any() and not right.all()]

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        total, slope = PRIOR * float(weights @ weights), 2 * PRIOR * weights
        for rows, right in groups:
            scores = rows @ weights
            shares = np.exp(scores - scores.max())
            chosen = shares * right
            total -= np.log(chosen.sum() / shares.sum()) / len(groups)
            slope = slope + rows.T @ (shares / shares.sum() - chosen / chosen.sum()) / len(groups)
        return float(total), slope

    found = minimize(loss, np.array([0.5, 0.0, 0.5, 10.0]), jac=True, method="L-BFGS-B")
    return Weights(**{name: float(value) for name, value in zip(COLUMNS, found.x, strict=True)})


def spans_of(case: Case) -> tuple[Numbers, Flags]:
    """(a row of COLUMNS for each proposed span, whether it is right)"""
    rows, right = [], []
    for hit, reading in zip(case.hits, case.readings, strict=True):
        start = hit.passage.start
        for span in reading.spans:
            rows.append([span.score, reading.nothing, reading.relevance, hit.score])
            right.append(case.right(hit.passage.article_id, start + span.start, start + span.end))
    return np.array(rows).reshape(-1, len(COLUMNS)), np.array(right, dtype=bool)


def passages_of(case: Case) -> tuple[Numbers, Flags]:
    """(a row of COLUMNS for each hit with spans, by its best one; whether it holds an answer)"""
    rows, right = [], []
    for hit, reading in zip(case.hits, case.readings, strict=True):
        if reading.spans:
            passage = hit.passage
            rows.append([reading.spans[0].score, reading.nothing, reading.relevance, hit.score])
            right.append(case.right(passage.article_id, passage.start, passage.end))
    return np.array(rows).reshape(-1, len(COLUMNS)), np.array(right, dtype=bool)


# Confidence


def judge(case: Case, ranking: Weights, analyse: Analyse, embedder: Embedder) -> Verdict:
    candidates, _ = weigh(case.hits, case.readings, ranking, ranking)
    decision = decide(understand(case.question.text), candidates, articles=case.articles, terms=analyse.terms)
    rivals = decision.rivals(candidates)[0]
    return Verdict(
        case, features(case.question.text, rivals, case.articles, analyse, embedder), is_right(case, rivals[0])
    )


def cross_judge(cases: Sequence[Case], analyse: Analyse, embedder: Embedder) -> list[Verdict]:
    """Each case judged by a ranking that was fitted on questions about other articles."""
    folds = [fold_of(case) for case in cases]
    rankings = [
        fit_ranking([case for case, fold in zip(cases, folds, strict=True) if fold != left], spans_of)
        for left in range(FOLDS)
    ]
    return [judge(case, rankings[fold], analyse, embedder) for case, fold in zip(cases, folds, strict=True)]


def fold_of(case: Case) -> int:
    return int(FOLDS * draw(case.question.subject))


def is_right(case: Case, best: Candidate) -> bool:
    """Whether the quoted sentence holds an answer, where it is marked or in the same words."""
    quotation = best.quotation
    if case.right(quotation.article_id, quotation.start, quotation.end):
        return True
    gold = case.kind == "answered" and quotation.article_id in case.question.gold
    return gold and holds_answer(quotation.text, case.question.answers)


def fit_confidence(verdicts: Sequence[Verdict]) -> tuple[Numbers, float]:
    """(weights, constant) of a logistic model of the features, in their own units."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    rows = np.array([verdict.row for verdict in verdicts])
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    model = LogisticRegression(C=STRENGTH, max_iter=2000)
    model.fit((rows - mean) / spread, [verdict.right for verdict in verdicts])
    weights = model.coef_[0] / spread
    return weights, float(model.intercept_[0] - (weights * mean).sum())


def cross_fit(verdicts: Sequence[Verdict]) -> Numbers:
    """The probability of each verdict by a model that saw no question about the same article."""
    folds = np.array([fold_of(verdict.case) for verdict in verdicts])
    found = np.zeros(len(verdicts))
    for fold in range(FOLDS):
        weights, constant = fit_confidence([v for v, other in zip(verdicts, folds, strict=True) if other != fold])
        inside = np.flatnonzero(folds == fold)
        rows = np.array([verdicts[index].row for index in inside.tolist()])
        found[inside] = 1 / (1 + np.exp(-(rows @ weights + constant)))
    return found


def expected_calibration_error(probabilities: Numbers, right: Flags) -> float:
    """The mean distance of what was said and what came true, over BINS bins of equal width, by their share."""
    places = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    return sum(
        abs(float(probabilities[places == place].mean() - right[places == place].mean()))
        * float((places == place).mean())
        for place in set(places.tolist())
    )


# Tables


def print_open(name: str, cases: Sequence[Case]) -> None:
    """How the best span and the ranking do, each fold of articles by weights fitted on the others."""
    answered = [case for case in cases if case.kind == "answered"]
    folds = [fold_of(case) for case in answered]
    measures: dict[str, list[float]] = {}
    clusters: list[str] = []
    for fold in range(FOLDS):
        others = [case for case, other in zip(answered, folds, strict=True) if other != fold]
        ranking, passages = fit_ranking(others, spans_of), fit_ranking(others, passages_of)
        for case in (case for case, other in zip(answered, folds, strict=True) if other == fold):
            candidates, hits = weigh(case.hits, case.readings, ranking, passages)
            clusters.append(min(case.question.gold))
            values = {
                "exact match": exact_match(candidates[0].answer, case.question.answers),
                "token-F1": token_f1(candidates[0].answer, case.question.answers),
                "sentence right": float(is_right(case, candidates[0])),
                "within 200 words": float(answer_within(case.question, hits, 200)),
                "  before reading": float(answer_within(case.question, case.hits, 200)),
                "within 1,000 words": float(answer_within(case.question, hits, 1000)),
                "  before reading ": float(answer_within(case.question, case.hits, 1000)),
            }
            for measure, value in values.items():
                measures.setdefault(measure, []).append(value)
    print(f"\n{name}: {len(clusters)} questions, {len(cases[0].hits)} passages read")
    for measure, found in measures.items():
        low, high = cluster_bootstrap(found, clusters)
        print(f"  {measure:20} {sum(found) / len(found):.3f} [{low:.3f}–{high:.3f}]")


def print_calibration(verdicts: Sequence[Verdict], probabilities: Numbers) -> None:
    """How true the probabilities are, and what each threshold costs."""
    right = np.array([verdict.right for verdict in verdicts])
    kinds = np.array([verdict.case.kind for verdict in verdicts])
    answered = kinds == "answered"
    others = [kind for kind in dict.fromkeys(kinds.tolist()) if kind != "answered"]
    print(f"\nconfidence: {dict(Counter(kinds.tolist()))}; expected calibration error "
          f"{expected_calibration_error(probabilities, right):.3f}")  # fmt: skip
    print("  said   came true   n")
    for low in np.arange(0, 1, 1 / BINS):
        inside = (probabilities >= low) & (probabilities < low + 1 / BINS)
        if inside.any():
            print(f"  {probabilities[inside].mean():.2f}   {right[inside].mean():.2f}        {inside.sum()}")
    print("  threshold  right  wrong  refused | wrongly answered: all, " + ", ".join(others) + " | right of all shown")
    for threshold in np.arange(0.1, 0.95, 0.05):
        shown = probabilities >= threshold
        risks = "  ".join(f"{shown[kinds == kind].mean():.3f}" for kind in others)
        print(
            f"  {threshold:.2f}       {(shown & right)[answered].mean():.3f}  {(shown & ~right)[answered].mean():.3f}  "
            f"{(~shown)[answered].mean():.3f}   | {shown[~answered].mean():.3f}  {risks} | {right[shown].mean():.3f}"
        )
    least = np.quantile(probabilities[~answered], 1 - MOST_WRONG)
    print(f"  {MOST_WRONG:.0%} of the unanswerable are answered at {least:.3f}")


def save(path: Path, ranking: Weights, passages: Weights, verdicts: Sequence[Verdict], embedder: Embedder) -> None:
    """Writes the coefficients, and on what they were fitted."""
    weights, constant = fit_confidence(verdicts)
    cosine = float(np.mean([verdict.row[FEATURES.index("cosine")] for verdict in verdicts]))
    record: dict[str, Any] = {
        "questions": dict(sorted(Counter(verdict.case.kind for verdict in verdicts).items())),
        "ranking": {name: round(getattr(ranking, name), 4) for name in COLUMNS},
        "passages": {name: round(getattr(passages, name), 4) for name in COLUMNS},
        "confidence": {
            "weights": {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)},
            "constant": round(constant, 4),
            "embedder": embedder.digest,
            "cosine": round(cosine, 4),
        },
    }
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
