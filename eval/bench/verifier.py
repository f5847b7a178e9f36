"""How well the verifier tells support, on what it was not trained on: python -m eval.bench.verifier --data DIR [--fit]

wice_dev and attributionbench_dev: claims with what they cite, by a threshold of other articles' claims, beside the
floor, which is the share of the claim's words that the sources have. Edits: how many are found when one in twenty
supported sentences of the same held-out pages is refused, by the network alone and together with the exact checks that
stand beside it (qa/english/faults.py). --fit makes the calibration of one half of the held-out pages and of the two
sets, each weighing the same; what is printed of the pages is of the other half, and of each set by numbers fitted
without the claim's article. --candidates: the judge by the share of words, by the trained verifier, by their mean.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from time import perf_counter

import numpy as np

from eval.bench.candidates import rows_of_paraphrases, rows_of_sets
from eval.bench.reading import Figure, line
from eval.bench.support_data import TUNING, read_sets
from eval.bench.support_data import Claim as SetClaim
from eval.bench.support_edits import read_paraphrases
from eval.bench.support_fit import (
    DRAWS,
    FOLDS,
    Bools,
    Floats,
    Judged,
    area,
    balanced_accuracy,
    calibration_error,
    cross_decide,
    fold_of,
    judge_claims,
)
from eval.intervals import Indices, bootstrap_of, wilson
from eval.readme import replace_between
from qa.english.faults import find_faults
from qa.reader.examples import draw
from qa.settings import Settings
from qa.support import CERTAIN
from qa.verifier.claims import SUMMARIES, Claim, make_claims, read_sources, read_summaries, shorten_summaries
from qa.verifiers import CALIBRATION, GRAPH, OpenVINOVerifier, Signs, Weights, load_openvino_verifier, read_weights

CARD = GRAPH.with_name("MODEL_CARD.md")
ALARMS = 0.05  # of the supported sentences, refused
SEED = 77
GOALS = {
    "number": 0.9, "entity": 0.9, "role": 0.9, "date": None, "unit": None, "negation": 0.8, "modality": 0.8,
    "comparison": None, "quantifier": None, "word": None, "stitched": None, "wrong answer": None, "taken out": None,
    "half": None, "added": None,
}  # fmt: skip
SENTENCES, ROUNDS = 20, 20


Fitted = tuple[list[Signs], Bools]  # what is told of claims, and which of them are supported


@dataclass(frozen=True, slots=True)
class Measured:
    """A set of claims as the floor sees them and as the verifier does."""

    judged: Judged
    signs: list[Signs]

    @classmethod
    def of(cls, claims: Sequence[SetClaim], verifier: OpenVINOVerifier) -> Measured:
        pairs = [(claim.sentence, "\n\n".join(claim.sources)) for claim in claims]
        return cls(judge_claims(claims), verifier.signs(pairs))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.verifier", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder of benchmark data")
    parser.add_argument("--weights", type=Path, default=GRAPH, help="other weights than those that are shipped (.xml)")
    parser.add_argument("--fit", action="store_true", help="fit the calibration first and store it beside the weights")
    parser.add_argument("--most", type=int, default=3_000, help="held-out claims")
    parser.add_argument("--card", action="store_true", help="write the figures into the model card")
    parser.add_argument("--candidates", action="store_true", help="also what the judge would be with other estimates")
    options = parser.parse_args(arguments)
    if not (options.data / "support").is_dir() or not (options.data / "reading").is_dir():
        print(f"no support and reading in {options.data}: give the benchmark's folder with --data", file=sys.stderr)
        return 1
    verifier = load_openvino_verifier(Settings.from_environment(), options.weights)
    claims = held_out_claims(options.data, options.most)
    signs = verifier.signs([(claim.sentence, claim.evidence) for claim in claims])
    first = in_first_half(claims)
    sets = {name: found for name, found in read_sets(options.data).items() if name in TUNING}
    measured = {name: Measured.of(found, verifier) for name, found in sets.items()}
    made = made_half(claims, signs)
    stored = options.weights.with_name(CALIBRATION)
    if options.fit:
        weights = fit_weights([made, *((one.signs, one.judged.supported) for one in measured.values())])
        record = {"weights": asdict(weights), "claims": {"made": len(made[0]), **{n: len(c) for n, c in sets.items()}}}
        stored.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    weights = read_weights(stored)
    second, second_signs = _taken(claims, signs, ~first)
    scores = probabilities_of(second_signs, weights)
    lines = []
    measures = (
        measure_sets(measured, made),
        measure_edits("network alone", second, scores),
        measure_edits("with the exact checks", second, scores, find_certain(second)),
        measure_order(second, scores),
        measure_speed(claims, options.weights),
    )
    for figures in measures:
        for figure in figures:
            lines.append(line(figure))
            print(lines[-1], flush=True)
    if options.candidates:
        judged = {name: one.judged for name, one in measured.items()}
        for row in (
            *rows_of_sets(sets, judged, cross_fit(measured, made)),
            *rows_of_paraphrases(read_paraphrases(), verifier),
        ):
            print(row, flush=True)
    if options.card:
        block = "\n".join(["```", *lines, "```"])
        CARD.write_text(replace_between(CARD.read_text(encoding="utf-8"), "results", block), encoding="utf-8")
    return 0


def held_out_claims(folder: Path, most: int) -> list[Claim]:
    """Claims made of pages that neither the reader nor the verifier was trained on, and summaries of such documents."""
    made = list(make_claims(read_sources(folder, held_out=True), SEED))
    made = sorted(made, key=lambda claim: draw(f"{claim.page}/{claim.sentence}"))[:most]
    summaries = sorted(read_summaries(folder, held_out=True), key=lambda claim: draw(f"{claim.page}/{claim.sentence}"))
    return [*made, *shorten_summaries(summaries[: most // 4], SEED)]


def in_first_half(claims: Sequence[Claim]) -> Bools:
    """Which claims are of pages that the calibration is fitted to; the others measure."""
    return np.array([draw(f"calibration/{claim.page}") < 0.5 for claim in claims])


def made_half(claims: Sequence[Claim], signs: Sequence[Signs]) -> Fitted:
    """What the calibration is fitted to, beside the sets."""
    fitted, own = _taken(claims, signs, in_first_half(claims))
    return own, np.array([claim.supported for claim in fitted])


def _taken(claims: Sequence[Claim], signs: Sequence[Signs], which: Bools) -> tuple[list[Claim], list[Signs]]:
    chosen = [index for index in range(len(claims)) if which[index]]
    return [claims[index] for index in chosen], [signs[index] for index in chosen]


def fit_weights(sets: Sequence[Fitted]) -> Weights:
    """A logistic regression in which every set weighs the same, and in each the supported and the unsupported."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    truth = np.concatenate([supported for _, supported in sets])
    shares = np.concatenate(
        [np.where(right, 0.5 / right.mean(), 0.5 / (1 - right.mean())) * (1000 / len(right)) for _, right in sets]
    )
    model = LogisticRegression(C=10.0, max_iter=2000)
    model.fit(np.array([astuple(one) for signs, _ in sets for one in signs]), truth, sample_weight=shares)
    slopes = dict(zip([field.name for field in fields(Signs)], model.coef_[0], strict=True))
    return Weights(
        **{name: round(float(slope), 4) for name, slope in slopes.items()},
        constant=round(float(model.intercept_[0]), 4),
    )


def probabilities_of(signs: Sequence[Signs], weights: Weights) -> Floats:
    return np.array([weights.probability(one) for one in signs])


def measure_sets(measured: Mapping[str, Measured], made: Fitted) -> Iterator[Figure]:
    """Balanced accuracy on the sets that no weight was trained on, and what it gains on the floor."""
    scores = cross_fit(measured, made)
    judged = {name: one.judged for name, one in measured.items()}
    said = cross_decide({name: (one, scores[name]) for name, one in judged.items()})
    floor = cross_decide({name: (one, one.overlaps()) for name, one in judged.items()})
    for name, one in judged.items():
        yield from _figures_of(name, one, scores[name], said[name], floor[name])


def cross_fit(measured: Mapping[str, Measured], made: Fitted) -> dict[str, Floats]:
    """The probability of each claim by numbers that were fitted without its article."""
    folds = {name: np.array([fold_of(cluster) for cluster in one.judged.clusters]) for name, one in measured.items()}
    scores = {name: np.zeros(len(one.signs)) for name, one in measured.items()}
    for fold in range(FOLDS):
        others = [
            ([sign for sign, own in zip(one.signs, folds[name], strict=True) if own != fold],
             one.judged.supported[folds[name] != fold])
            for name, one in measured.items()
        ]  # fmt: skip
        weights = fit_weights([made, *others])
        for name, one in measured.items():
            inside = folds[name] == fold
            scores[name][inside] = probabilities_of(one.signs, weights)[inside]
    return scores


def _figures_of(name: str, judged: Judged, scores: Floats, said: Bools, floor: Bools) -> Iterator[Figure]:
    truth, clusters, n = judged.supported, judged.clusters, len(judged.supported)

    def worth(drawn: Indices) -> float:
        return balanced_accuracy(truth[drawn], said[drawn])

    def gain(drawn: Indices) -> float:
        return worth(drawn) - balanced_accuracy(truth[drawn], floor[drawn])

    found, least = balanced_accuracy(truth, said), balanced_accuracy(truth, floor)
    goal = least if name.startswith("attribution") else None
    yield Figure(f"{name}: balanced accuracy", found, n, bootstrap_of(worth, clusters, draws=DRAWS), goal)
    yield Figure("  the floor's", least, n, None)
    goal = 0.04 if name.startswith("wice") else None
    yield Figure("  gain, paired", found - least, n, bootstrap_of(gain, clusters, draws=DRAWS), goal)
    yield Figure("  AUROC", area(truth, scores), n, None)
    yield Figure("  AUROC of the floor", area(truth, judged.overlaps()), n, None)


def measure_edits(
    title: str, claims: Sequence[Claim], scores: Floats, certain: Bools | None = None
) -> Iterator[Figure]:
    """How many of each kind are found when one in twenty supported sentences is refused.

    With `certain`, those in which an exact check found a fault that nothing excuses are refused whatever their score,
    and the threshold is such that one in twenty is refused by both together.
    """
    scores = scores if certain is None else np.where(certain, -1.0, scores)
    truth = np.array([claim.supported for claim in claims])
    made = np.array([claim.kind != SUMMARIES for claim in claims])
    kinds = np.array([claim.kind for claim in claims])
    right = scores[truth & made]
    least = (
        max(0.0, float(np.quantile(right, ALARMS))) if len(right) else 0.5
    )  # the checks may refuse more on their own
    refused = int((right < least).sum())
    yield Figure(f"{title}: false alarms", refused / max(1, len(right)), len(right), wilson(refused, len(right)))
    for kind, goal in GOALS.items():
        own = scores[(kinds == kind) & ~truth]
        if len(own):
            hits = int((own < least).sum())
            aim = None if certain is None else goal  # the goals are those of both together
            yield Figure(f"{title}: {kind} found", hits / len(own), len(own), wilson(hits, len(own)), aim)


def find_certain(claims: Sequence[Claim]) -> Bools:
    """Of which claims an exact check says that they are wrong, whatever the network makes of them."""
    found = [find_faults(claim.sentence, [claim.evidence]) for claim in claims]
    return np.array([any(fault.kind in CERTAIN for fault in faults) for faults in found])


def measure_order(claims: Sequence[Claim], scores: Floats) -> Iterator[Figure]:
    """How well the network alone tells the supported of held-out claims from the others, and how true it is."""
    truth = np.array([claim.supported for claim in claims])
    made = np.array([claim.kind != SUMMARIES for claim in claims])
    for name, which in (("made claims", made), ("summaries", ~made)):
        if which.any():
            found, right = scores[which], truth[which]
            pages = [claim.page for claim, own in zip(claims, which, strict=True) if own]

            def auroc(drawn: Indices, right: Bools = right, found: Floats = found) -> float:
                return area(right[drawn], found[drawn])

            n = int(which.sum())
            yield Figure(f"held-out {name}: AUROC", area(right, found), n, bootstrap_of(auroc, pages, draws=DRAWS))
            yield Figure("  calibration error", calibration_error(found, right), n, None)


def measure_speed(claims: Sequence[Claim], graph: Path) -> Iterator[Figure]:
    """Milliseconds for twenty sentences with their evidence, as it is computed by default, on two cores at most."""
    verifier = load_openvino_verifier(Settings.from_environment(threads=2), graph)
    pairs = [(claim.sentence, claim.evidence) for claim in claims]
    times = []
    for number in range(ROUNDS):
        run = [pairs[(number * SENTENCES + at) % len(pairs)] for at in range(SENTENCES)]
        began = perf_counter()
        verifier.supports(run)
        times.append(1000 * (perf_counter() - began))
    middle = bootstrap_of(lambda drawn: float(np.mean(np.array(times)[drawn])), [str(at) for at in range(ROUNDS)])
    yield Figure("milliseconds for 20 sentences, mean", float(np.mean(times)), ROUNDS, middle, 300, most=True)


if __name__ == "__main__":
    sys.exit(main())
