"""Two names of a sentence that changed places: who did it to whom, or which of two is more."""

from __future__ import annotations

import re
from itertools import pairwise

from qa.english.named import NAME, NO_NAMES
from qa.english.verbs import base_of, bases, stem_of
from qa.english.wording import fold, split_words

_PASSIVE = re.compile(r"\b(?:was|were|is|are|been|being|be)\b(?: \w+){0,3}? by\b")
_MUTUAL = frozenset("meet marry marri merg divorc clash shar ti debat argu fight".split())  # both do it, as they come
_COMPARATIVE = re.compile(r"more|less|fewer|better|worse|\w{2,}er")


def swapped_names(sentence: str, nearest: str) -> list[str]:
    """Two names that changed places about one deed or comparison: told another way round, and not in the passive."""
    names = [found[0].rstrip(".,'’-") for found in NAME.finditer(sentence)]
    names = [name for name in names if fold(name) not in NO_NAMES]
    for first, second in pairwise(names):
        between = sentence[sentence.index(first) + len(first) : sentence.rindex(second)]
        a, b = nearest.find(first), nearest.find(second)
        if a < 0 or b < 0 or a == b:
            continue
        told = nearest[min(a + len(first), b + len(second)) : max(a, b)]
        passives = [_PASSIVE.search(text) is not None for text in (between, told)]
        turned = passives[0] == passives[1] if b < a else passives[0] > passives[1] and " by " not in told
        if turned and _deeds(between) & _deeds(told):
            return [f"{first} … {second}"]
    return []


def _deeds(between: str) -> set[str]:
    """What stands between two names that tells what one does to the other, or how it compares with it."""
    words = [fold(word) for word in split_words(between)]
    deeds = {
        stem_of(word)
        for word in words
        if (base_of(word) or word in bases() or word.endswith("ed")) and stem_of(word) not in _MUTUAL
    }
    return deeds | ({word for word in words if _COMPARATIVE.fullmatch(word)} if "than" in words else set())
