"""Which estimate of support the judge should go by: python -m eval.bench.candidates --data DIR

The share of words, the trained verifier, and the mean of both. On public claims: balanced accuracy by a threshold of
other articles' claims, and what it gains on the floor. On the project's paraphrases, with the exact checks: sentences
wrongly withheld, and edits found, by the two thresholds that are best on the part "tuned".
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.bench.support_data import TUNING, read_sets
from eval.bench.support_edits import Sample, edit_samples, read_paraphrases
from eval.bench.support_fit import DRAWS, Bools, Floats, Judged, area, balanced_accuracy, cross_decide
from eval.bench.verifier import Measured, cross_fit, held_out_claims, made_half
from eval.intervals import Indices, bootstrap_of
from qa.english.faults import Fault, find_faults
from qa.models import Verifier
from qa.settings import Settings
from qa.support import judge_by
from qa.verifiers import GRAPH, load_openvino_verifier
from qa.word_support import WordVerifier

UNTOUCHED = "untouched"
STEPS = [round(step / 20, 2) for step in range(1, 20)]


@dataclass(frozen=True, slots=True)
class Texts:
    """Sentences of one kind: what the checks find in each, and each candidate's estimates."""

    faults: list[list[Fault]]
    estimates: Mapping[str, Floats]

    def withheld(self, candidate: str, least: float, doubted: float) -> float:
        """The share that isn't shown."""
        judged = zip(self.estimates[candidate], self.faults, strict=True)
        return float(
            np.mean(
                [bool(judge_by(support, faults, least=least, doubted=doubted).reason) for support, faults in judged]
            )
        )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.candidates", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder of benchmark data")
    parser.add_argument("--weights", type=Path, default=GRAPH, help="other weights than those that are shipped (.xml)")
    parser.add_argument("--most", type=int, default=4_000, help="held-out claims")
    options = parser.parse_args(arguments)
    if not (options.data / "support").is_dir() or not (options.data / "reading").is_dir():
        print(f"no support and reading in {options.data}: give the benchmark's folder with --data", file=sys.stderr)
        return 1
    trained = load_openvino_verifier(Settings.from_environment(), options.weights)
    claims = held_out_claims(options.data, options.most)
    signs = trained.signs([(claim.sentence, claim.evidence) for claim in claims])
    sets = {name: found for name, found in read_sets(options.data).items() if name in TUNING}
    measured = {name: Measured.of(found, trained) for name, found in sets.items()}
    scores = cross_fit(measured, made_half(claims, signs))
    shares = {
        name: np.array(WordVerifier().supports([(claim.sentence, "\n\n".join(claim.sources)) for claim in found]))
        for name, found in sets.items()
    }
    print("public claims: balanced accuracy, gain on the floor with its interval, AUROC")
    for row in rows_of_sets({name: one.judged for name, one in measured.items()}, shares, scores):
        print(row, flush=True)
    print("paraphrases: thresholds; wrongly withheld; found of each edit")
    for row in rows_of_paraphrases(read_paraphrases(), trained):
        print(row)
    return 0


def candidates_of(shares: Floats, trained: Floats) -> dict[str, Floats]:
    return {"words": shares, "trained": trained, "mean": (shares + trained) / 2}


def rows_of_sets(
    judged: Mapping[str, Judged], shares: Mapping[str, Floats], scores: Mapping[str, Floats]
) -> Iterator[str]:
    """A line for every set and candidate; `scores` are the trained verifier's, fitted without the claim's article."""
    floor = cross_decide({name: (one, one.overlaps()) for name, one in judged.items()})
    estimates = {name: candidates_of(shares[name], scores[name]) for name in judged}
    for candidate in ("words", "trained", "mean"):
        said = cross_decide({name: (one, estimates[name][candidate]) for name, one in judged.items()})
        for name, one in judged.items():
            truth, mine, least = one.supported, said[name], floor[name]

            def gain(drawn: Indices, truth: Bools = truth, mine: Bools = mine, least: Bools = least) -> float:
                return balanced_accuracy(truth[drawn], mine[drawn]) - balanced_accuracy(truth[drawn], least[drawn])

            everything = np.arange(len(truth))
            low, high = bootstrap_of(gain, one.clusters, draws=DRAWS)
            yield (
                f"  {candidate:8} {name:22} {balanced_accuracy(truth, mine):.3f}  {gain(everything):+.3f} "
                f"[{low:+.3f}–{high:+.3f}]  {area(truth, estimates[name][candidate]):.3f}  n = {len(truth)}"
            )


def rows_of_paraphrases(samples: Sequence[Sample], trained: Verifier) -> Iterator[str]:
    """A line for every candidate on either part; its thresholds are those that tell the tuned part best."""
    parts = {
        part: texts_of([sample for sample in samples if sample.part == part], trained) for part in ("tuned", "unseen")
    }
    for part, texts in parts.items():
        kinds = ", ".join(f"{kind} {len(found.faults)}" for kind, found in texts.items())
        yield f"  {part}: {kinds}"
        for candidate in ("words", "trained", "mean"):
            least, doubted = best_pair(parts["tuned"], candidate)
            shares = (f"{found.withheld(candidate, least, doubted):.3f}" for found in texts.values())
            yield f"    {candidate:8} {least:.2f}/{doubted:.2f}  {'  '.join(shares)}"


def texts_of(samples: Sequence[Sample], trained: Verifier) -> dict[str, Texts]:
    """The sentences as they are, then each kind of edit of them, beside the quotation of each."""
    groups = {UNTOUCHED: [(sample.text, sample) for sample in samples], **edit_samples(samples)}
    texts = {}
    for kind, found in groups.items():
        pairs = [(text, sample.quote) for text, sample in found]
        shares, probabilities = WordVerifier().supports(pairs), trained.supports(pairs)
        faults = [
            find_faults(text, [sample.quote], beside=sample.article.split("\n", 2)[:2])  # its title and publisher
            for text, sample in found
        ]
        texts[kind] = Texts(faults, candidates_of(np.array(shares), np.array(probabilities)))
    return texts


def best_pair(texts: Mapping[str, Texts], candidate: str) -> tuple[float, float]:
    """The least support and that of doubted sentences with the best mean of what is shown rightly and what is found."""

    def worth(pair: tuple[float, float]) -> float:
        found = [one.withheld(candidate, *pair) for kind, one in texts.items() if kind != UNTOUCHED]
        return float(np.mean(found)) - texts[UNTOUCHED].withheld(candidate, *pair)

    return max(((least, doubted) for least in STEPS for doubted in STEPS if doubted >= least), key=worth)


if __name__ == "__main__":
    sys.exit(main())
