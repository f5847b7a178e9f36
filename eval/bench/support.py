"""Fits the support judge and measures it on public claims: python -m eval.bench.support --data DIR [--fit]"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt

from eval.aligned import lay
from eval.bench.support_data import TUNING, Claim, read_sets, read_training
from eval.judge import WEIGHTS, Weights, find_flags, parse_weights, probability
from eval.support_features import NAMES, features

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
STRENGTH = 2.0  # inverse of the regularisation, for weights that add up to the number of kinds
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """A set of claims as the judge sees them: a row of features each, and which of them a flag vetoes."""

    figures: Floats
    verbatim: Bools
    vetoed: Bools
    supported: Bools
    clusters: tuple[str, ...]
    milliseconds: float

    def scores(self, weights: Weights) -> Floats:
        """The probability of each claim; that of a quotation is 1, and below any threshold with a flag."""
        found = np.array([probability(weights, row) for row in self.figures])
        return np.where(self.verbatim, 1.0, np.where(self.vetoed, found - 1.0, found))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.support", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="the folder of benchmark data, with support/ and reading/"
    )
    parser.add_argument("--fit", action="store_true", help="fit the weights first and store them in eval/judge.json")
    options = parser.parse_args(arguments)
    sets = read_sets(options.data)
    if not sets:
        print(
            f"no sets of claims in {options.data}/support: give the folder of benchmark data with --data",
            file=sys.stderr,
        )
        return 1
    judged = {name: judge_claims(claims) for name, claims in sets.items()}
    if options.fit:
        training = {name: judge_claims(claims) for name, claims in read_training(options.data).items()}
        record = fit_weights(training, [judged[name] for name in TUNING if name in judged])
        WEIGHTS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    weights = parse_weights(json.loads(WEIGHTS.read_text(encoding="utf-8")))
    for name, claims in judged.items():
        print(name, balanced_accuracy(claims, weights))
    return 0


def balanced_accuracy(judged: Judged, weights: Weights) -> float:
    return _balanced(judged.supported, judged.scores(weights) >= weights.threshold)


def judge_claims(claims: Sequence[Claim]) -> Judged:
    """Every claim laid beside its sources."""
    began = perf_counter()
    laid = [lay(claim.sentence, claim.sources) for claim in claims]
    flags = [find_flags(one.sentence, claim.sources) for one, claim in zip(laid, claims, strict=True)]
    figures = np.array([features(one, found) for one, found in zip(laid, flags, strict=True)])
    return Judged(
        figures,
        np.array([one.verbatim for one in laid]),
        np.array([bool(found) for found in flags]),
        np.array([claim.supported for claim in claims]),
        tuple(claim.cluster for claim in claims),
        1000 * (perf_counter() - began) / max(1, len(claims)),
    )


def fit_weights(training: Mapping[str, Judged], tuning: Sequence[Judged]) -> dict[str, object]:
    """The record of judge.json: each kind of training claims weighs the same, and so do its two outcomes."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # it has no stubs

    figures = np.vstack([judged.figures for judged in training.values()])
    outcomes = np.concatenate([judged.supported for judged in training.values()])
    shares = np.concatenate([_even(judged.supported) for judged in training.values()])
    centre, spread = figures.mean(axis=0), figures.std(axis=0) + 1e-9
    model = LogisticRegression(C=STRENGTH, max_iter=3000).fit(
        (figures - centre) / spread, outcomes, sample_weight=shares
    )
    slopes = model.coef_[0] / spread
    intercept = float(model.intercept_[0] - slopes @ centre)
    record: dict[str, object] = {
        "coefficients": {name: round(float(slope), 4) for name, slope in zip(NAMES, slopes, strict=True)},
        "intercept": round(intercept, 4),
        "threshold": 0.5,
    }
    weights = parse_weights(record)
    scored = [(judged.supported, judged.scores(weights)) for judged in tuning]
    return {**record, "threshold": best_threshold(scored)}


def _even(supported: Bools) -> Floats:
    """Weights that add up to 1, half of it for either outcome."""
    share = supported.mean()
    weights: Floats = np.where(supported, 0.5 / share, 0.5 / (1 - share)) / len(supported)
    return weights


def best_threshold(scored: Sequence[tuple[Bools, Floats]]) -> float:
    """The threshold, in steps of a hundredth, with the best mean balanced accuracy over the sets."""
    steps = [round(step / 100, 2) for step in range(1, 100)]
    return max(steps, key=lambda step: np.mean([_balanced(supported, scores >= step) for supported, scores in scored]))


def _balanced(supported: Bools, said: Bools) -> float:
    return float((said[supported].mean() + (~said[~supported]).mean()) / 2)


if __name__ == "__main__":
    sys.exit(main())
