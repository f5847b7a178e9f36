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
from eval.intervals import Indices, Interval, bootstrap_of
from qa.english.faults import Fault, find_faults
from qa.models import Verifier
from qa.support import judge_by
from qa.word_support import WordVerifier

UNTOUCHED = "untouched"
CANDIDATES = ("words", "trained", "mean")
STEPS = [round(step / 20, 2) for step in range(1, 21)]


@dataclass(frozen=True, slots=True)
class Texts:
    """Sentences of one kind: what the checks find in each, and each candidate's estimates."""

    faults: list[list[Fault]]
    estimates: Mapping[str, Floats]
    articles: list[str]

    def withheld(self, candidate: str, least: float, doubted: float) -> Bools:
        """Which aren't shown."""
        judged = zip(self.estimates[candidate], self.faults, strict=True)
        return np.array(
            [bool(judge_by(support, faults, least=least, doubted=doubted).reason) for support, faults in judged]
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
    for candidate in CANDIDATES:
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
    yield "paraphrases: thresholds (least, doubted); share withheld of each; found less withheld, and the gain on words"
    parts = {
        part: texts_of([sample for sample in samples if sample.part == part], trained) for part in ("tuned", "unseen")
    }
    pairs = {candidate: best_pair(parts["tuned"], candidate) for candidate in CANDIDATES}
    for part, texts in parts.items():
        kinds = ", ".join(f"{kind} {len(found.faults)}" for kind, found in texts.items())
        yield f"  {part}: {kinds}"
        words = {kind: found.withheld("words", *pairs["words"]) for kind, found in texts.items()}
        for candidate, pair in pairs.items():
            withheld = {kind: found.withheld(candidate, *pair) for kind, found in texts.items()}
            shares = "  ".join(f"{found.mean():.3f}" for found in withheld.values())
            gain, (low, high) = gain_of(texts, withheld, words)
            yield (
                f"    {candidate:8} {pair[0]:.2f}/{pair[1]:.2f}  {shares}  {worth_of(withheld):.3f}"
                f"  {gain:+.3f} [{low:+.3f}–{high:+.3f}]"
            )


def worth_of(withheld: Mapping[str, Bools]) -> float:
    """The mean share of the edits that is found, less the share of the untouched that is withheld."""
    return float(np.mean([found.mean() for kind, found in withheld.items() if kind != UNTOUCHED])) - float(
        withheld[UNTOUCHED].mean()
    )


def gain_of(
    texts: Mapping[str, Texts], withheld: Mapping[str, Bools], words: Mapping[str, Bools]
) -> tuple[float, Interval]:
    """How much more that is worth, and its interval; articles are drawn together."""
    kinds = np.array([kind for kind, found in texts.items() for _ in found.faults])
    mine, theirs = (np.concatenate(list(each.values())) for each in (withheld, words))

    def gain(drawn: Indices) -> float:
        parts = {kind: drawn[kinds[drawn] == kind] for kind in texts}
        return worth_of({kind: mine[part] for kind, part in parts.items()}) - worth_of(
            {kind: theirs[part] for kind, part in parts.items()}
        )

    articles = [article for found in texts.values() for article in found.articles]
    return gain(np.arange(len(kinds))), bootstrap_of(gain, articles, draws=DRAWS)


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
        estimates = candidates_of(np.array(shares), np.array(probabilities))
        texts[kind] = Texts(faults, estimates, [sample.article for _, sample in found])
    return texts


def best_pair(texts: Mapping[str, Texts], candidate: str) -> tuple[float, float]:
    """The least support and that of doubted sentences with the best mean of what is shown rightly and what is found."""

    def worth(pair: tuple[float, float]) -> float:
        return worth_of({kind: found.withheld(candidate, *pair) for kind, found in texts.items()})

    return max(((least, doubted) for least in STEPS for doubted in STEPS if doubted >= least), key=worth)
