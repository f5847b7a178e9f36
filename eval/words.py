"""Text as the metrics compare it: normalised characters, and how many words a question shares with its evidence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_TYPOGRAPHY = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)

_STOP_WORDS = """
a about after all also an and any are as at be been before being but by can could did do does for from had has
have he her him his how i in into is it its itself many may me more most much my no not of off on one only or other
our out over said say says she should so some such than that the their them then there these they this those
through to under up was we were what when where which while who whom whose why will with within would you
your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


def norm(text: str) -> str:
    """NFKC, straight quotation marks and hyphens, every run of white space as one space."""
    # The typography goes first: NFKC decomposes ″ into two ′ and would leave a pair of apostrophes.
    return " ".join(unicodedata.normalize("NFKC", text.translate(_TYPOGRAPHY)).split())


def says(text: str, patterns: Iterable[str]) -> bool:
    """Whether the normalised text matches one of the patterns, case ignored."""
    text = norm(text)
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def first_words(text: str, count: int) -> str:
    """The first `count` words of the normalised text."""
    return " ".join(norm(text).split()[:count])


def content_words(text: str) -> frozenset[str]:
    """The lower-case words and numbers that carry meaning; possessive endings are cut off."""
    words = re.findall(r"\w+(?:[-,.]\w+)*", norm(text).lower().replace("'s", ""))
    return frozenset(word for word in words if word not in STOP_WORDS)


def question_overlap(question: str, quotes: Iterable[str]) -> float:
    """The largest Jaccard overlap, 0–1, of the question's content words with those of one gold quotation.

    "Which song did Maduro sing?" has {song, maduro, sing}; with "Maduro sang a song" {maduro, sang, song} it shares
    2 of 4 words: 0.5.
    """
    asked = content_words(question)
    return max((_jaccard(asked, content_words(quote)) for quote in quotes), default=0.0)


def _jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right) if left | right else 0.0
