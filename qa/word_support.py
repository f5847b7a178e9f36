"""How far evidence bears out a sentence, by the words that it has."""

from __future__ import annotations

from collections.abc import Sequence

from qa.english.verbs import base_of
from qa.english.wording import normalise

_SMALL = frozenset("of in on at to for from by with and or but as is are was were be been it its he she they".split())


class WordVerifier:
    """The share of a sentence's content words that its evidence has; what a trained verifier must beat."""

    name = "words"
    digest = ""

    def supports(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """One share, 0-1, for each (sentence, evidence)."""
        return [_share(_content(sentence), _content(evidence)) for sentence, evidence in pairs]


def _content(text: str) -> set[str]:
    return {base_of(word) or word.rstrip("s") for word in normalise(text) if word not in _SMALL}


def _share(wanted: set[str], given: set[str]) -> float:
    return len(wanted & given) / len(wanted) if wanted else 0.0
