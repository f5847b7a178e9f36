"""Claims as figures, the weights fitted to them, and what a measure of support is worth on a set."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import numpy.typing as npt

from eval.bench.support_data import Claim
from eval.intervals import Indices, Interval, bootstrap_of
from eval.judge import Weights, find_flags, parse_weights, probability
from eval.judging.aligned import lay
from eval.judging.features import NAMES, features

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
STRENGTH = 2.0  # inverse of the regularisation, for weights of claims that add up to one a kind
FOLDS = 5
DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Judged:
    """A set of claims as the judge sees them: a row of features each, and which of them a flag vetoes."""

    figures: Floats
    verbatim: Bools
    vetoed: Bools
    supported: Bools
    clusters: tuple[str, ...]
    milliseconds: float  # a claim, its sources read anew

    def probabilities(self, weights: Weights) -> Floats:
        """How probable support is by the words; 1 for a quotation."""
        return np.where(self.verbatim, 1.0, [probability(weights, row) for row in self.figures])

    def scores(self, weights: Weights) -> Floats:
        """The same, but below every threshold with a flag."""
        found = self.probabilities(weights)
        return np.where(self.vetoed, found - 1.0, found)

    def overlaps(self) -> Floats:
        """The floor: the share of the claim's content words that a source has, by length."""
        found: Floats = self.figures[:, NAMES.index("weighted")]
        return found


@dataclass(frozen=True, slots=True)
class Worth:
    """What saying "supported" from a threshold on is worth; intervals draw articles, `ece` is of the probabilities."""

    balanced: float
    interval: Interval
    auroc: float
    sensitivity: float  # of the supported, found so
    specificity: float
    f1_unsupported: float
    ece: float
    n: int


def judge_claims(claims: Sequence[Claim]) -> Judged:
    """Every claim laid beside its sources."""
    began = perf_counter()
    laid = [lay(claim.sentence, claim.sources) for claim in claims]
    flags = [find_flags(one, claim.sources) for one, claim in zip(laid, claims, strict=True)]
    figures = np.array([features(one, found) for one, found in zip(laid, flags, strict=True)])
    return Judged(
        figures,
        np.array([one.verbatim for one in laid]),
        np.array([bool(found) for found in flags]),
        np.array([claim.supported for claim in claims]),
        tuple(claim.cluster for claim in claims),
        1000 * (perf_counter() - began) / max(1, len(claims)),
    )


def fit_weights(training: Mapping[str, Sequence[Judged]], tuning: Sequence[Judged]) -> dict[str, object]:
    """The record of judge.json: each kind of training claims weighs the same, and so do its two outcomes."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    sets = [judged for kind in training.values() for judged in kind]
    figures = np.vstack([judged.figures for judged in sets])
    outcomes = np.concatenate([judged.supported for judged in sets])
    shares = np.concatenate(
        [_even(np.concatenate([judged.supported for judged in kind])) for kind in training.values()]
    )
    centre, spread = figures.mean(axis=0), figures.std(axis=0) + 1e-9
    model = LogisticRegression(C=STRENGTH, max_iter=3000)
    model.fit((figures - centre) / spread, outcomes, sample_weight=shares)
    slopes = model.coef_[0] / spread
    record: dict[str, object] = {
        "coefficients": {name: round(float(slope), 4) for name, slope in zip(NAMES, slopes, strict=True)},
        "intercept": round(float(model.intercept_[0] - slopes @ centre), 4),
        "threshold": 0.5,
    }
    weights = parse_weights(record)
    threshold = best_threshold([(judged.supported, judged.scores(weights)) for judged in tuning])
    return {**record, "threshold": threshold}


def _even(supported: Bools) -> Floats:
    """Weights that add up to 1, half of it for either outcome."""
    share = supported.mean()
    weights: Floats = np.where(supported, 0.5 / share, 0.5 / (1 - share)) / len(supported)
    return weights


def best_threshold(scored: Sequence[tuple[Bools, Floats]]) -> float:
    """The threshold, in steps of a hundredth, with the best mean balanced accuracy over the sets; 0.5 without one."""
    steps = [round(step / 100, 2) for step in range(1, 101)]
    if not scored:
        return 0.5
    return max(steps, key=lambda step: np.mean([balanced_accuracy(truth, scores >= step) for truth, scores in scored]))


def cross_decide(tuning: Mapping[str, tuple[Judged, Floats]]) -> dict[str, Bools]:
    """What is said of each claim of the sets by a threshold chosen without the articles of its fold."""
    folds = {name: np.array([fold_of(cluster) for cluster in judged.clusters]) for name, (judged, _) in tuning.items()}
    said = {name: np.zeros(len(scores), dtype=bool) for name, (_, scores) in tuning.items()}
    for fold in range(FOLDS):
        others = [
            (judged.supported[folds[name] != fold], scores[folds[name] != fold])
            for name, (judged, scores) in tuning.items()
        ]
        threshold = best_threshold(others)
        for name, (_, scores) in tuning.items():
            inside = folds[name] == fold
            said[name][inside] = scores[inside] >= threshold
    return said


def fold_of(cluster: str) -> int:
    return int(hashlib.sha256(cluster.encode()).hexdigest()[:8], 16) % FOLDS


def measure_worth(judged: Judged, said: Bools, scores: Floats, probabilities: Floats | None = None) -> Worth:
    """The measures of one set; `scores` order the claims, `probabilities` are compared with the truth."""
    truth = judged.supported

    def balanced(drawn: Indices) -> float:
        return balanced_accuracy(truth[drawn], said[drawn])

    wrong, claimed = ~truth, ~said
    f1 = 2 * (wrong & claimed).sum() / max(1, wrong.sum() + claimed.sum())
    return Worth(
        balanced_accuracy(truth, said),
        bootstrap_of(balanced, judged.clusters, draws=DRAWS),
        area(truth, scores),
        float(said[truth].mean()),
        float(claimed[wrong].mean()),
        float(f1),
        calibration_error(scores if probabilities is None else probabilities, truth),
        len(truth),
    )


def balanced_accuracy(truth: Bools, said: Bools) -> float:
    """The mean of both outcomes' accuracies; of one that doesn't occur, a half."""
    right = float(said[truth].mean()) if truth.any() else 0.5
    refused = float((~said[~truth]).mean()) if (~truth).any() else 0.5
    return (right + refused) / 2


def area(truth: Bools, scores: Floats) -> float:
    """How often a supported claim has the higher score of two, an unsupported one the lower; ties count a half.

    Truth 1, 0, 1 with scores 0.9, 0.5, 0.5: of two pairs one is right, one tied: 0.75.
    """
    high, low = scores[truth], np.sort(scores[~truth])
    below, upto = np.searchsorted(low, high, side="left"), np.searchsorted(low, high, side="right")
    return float((below + upto).sum() / (2 * max(1, len(high) * len(low))))


def calibration_error(probabilities: Floats, truth: Bools, *, bins: int = 10) -> float:
    """The mean distance of what was said and what is true, over bins of equal width, by their share."""
    places = np.minimum((probabilities * bins).astype(int), bins - 1)
    return sum(
        abs(float(probabilities[places == place].mean() - truth[places == place].mean()))
        * float((places == place).mean())
        for place in set(places.tolist())
    )
