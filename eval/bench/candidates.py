"""Which estimate of support the judge should go by: the share of words, the trained verifier, or the mean of both.

On public claims: balanced accuracy by a threshold of other articles' claims, and what it gains on the floor. On the
project's paraphrases, with the exact checks: sentences wrongly withheld, and edits found, by the two thresholds that
are best on the part "tuned".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.bench.support_data import Claim
from eval.bench.support_edits import Sample, edit_samples
from eval.bench.support_fit import DRAWS, Bools, Floats, Judged, area, balanced_accuracy, cross_decide
from eval.intervals import Indices, bootstrap_of
from qa.english.faults import Fault, find_faults
from qa.models import Verifier
from qa.support import judge_by
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


def candidates_of(shares: Floats, trained: Floats) -> dict[str, Floats]:
    return {"words": shares, "trained": trained, "mean": (shares + trained) / 2}


def rows_of_sets(
    sets: Mapping[str, Sequence[Claim]], judged: Mapping[str, Judged], scores: Mapping[str, Floats]
) -> Iterator[str]:
    """A line for every candidate and set; `scores` are the trained verifier's, fitted without the claim's article."""
    yield "public claims: balanced accuracy; gain on the floor, paired; AUROC"
    shares = {
        name: np.array(WordVerifier().supports([(claim.sentence, "\n\n".join(claim.sources)) for claim in claims]))
        for name, claims in sets.items()
    }
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
    yield "paraphrases: thresholds (least, doubted); the share withheld of each"
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
