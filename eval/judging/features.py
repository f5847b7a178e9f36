"""How much of a sentence its sources say, in figures from words alone."""

from __future__ import annotations

from collections.abc import Sequence

from eval.judging.aligned import Laid
from eval.judging.tokens import Token

NAMES = (
    "two", "weighted", "weighted_best", "soft", "pairs", "gap", "alike", "number", "name", "negation"
)  # fmt: skip


def features(laid: Laid, flags: Sequence[str]) -> list[float]:
    """The figures in the order of NAMES; all within 0–1."""
    sentence = laid.sentence
    words = [token for token in sentence.tokens if token.content] or list(sentence.tokens)
    everywhere = frozenset().union(*(source.all_stems for source in laid.sources))
    best = laid.nearest[0].stems if laid.nearest else frozenset()
    two = best.union(*(beside.stems for beside in laid.nearest[1:2]))
    prefixes = {stem[:5] for stem in everywhere if len(stem) >= 5}
    covered = [token.stem in everywhere for token in words]
    pairs = frozenset().union(*(source.pairs for source in laid.sources))
    return [
        _share(words, two),
        _weighted(words, everywhere),
        _weighted(words, best),
        sum(ok or token.stem[:5] in prefixes for ok, token in zip(covered, words, strict=True)) / max(1, len(words)),
        len(sentence.pairs & pairs) / max(1, len(sentence.pairs)),
        _gap(covered) / max(1, len(words)),
        max((beside.alike for beside in laid.nearest), default=0.0),
        *(float(flag in flags) for flag in NAMES[-3:]),
    ]


def _share(words: Sequence[Token], stems: frozenset[str]) -> float:
    return sum(token.stem in stems for token in words) / max(1, len(words))


def _weighted(words: Sequence[Token], stems: frozenset[str]) -> float:
    """The share by length: a long word says more than a short one, and a name or number as much as the longest."""
    weights = [10.0 if not token.text.islower() else float(min(10, len(token.stem))) for token in words]
    got = sum(weight for token, weight in zip(words, weights, strict=True) if token.stem in stems)
    return got / max(1.0, sum(weights))


def _gap(covered: Sequence[bool]) -> int:
    """The longest run of content words that no source has."""
    longest = current = 0
    for ok in covered:
        current = 0 if ok else current + 1
        longest = max(longest, current)
    return longest
