"""Numbers as articles write them: "around 15,000", "nine", "3.5 million"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.types import Span

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_MAGNITUDES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_WORDS = {word: value for value, word in enumerate(_SMALL)} | {word: 10 * at for at, word in enumerate(_TENS, 2)}

_LEAST = r"at least|more than|over|upwards? of|above|no fewer than|not less than"
_MOST = r"at most|up to|fewer than|less than|under|nearly|almost|below|no more than"
_ABOUT = r"about|around|approximately|roughly|some|an estimated|estimated|circa|close to"
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?:\b(?P<bound>{_LEAST}|{_MOST}|{_ABOUT})\s+)?"
    rf"(?<![\w.,$€£-])(?:(?P<digits>\d{{1,3}}(?:,\d{{3}})+|\d+)(?P<decimals>\.\d+)?"
    rf"|\b(?P<words>(?:{_WORD})(?:[- ](?:{_WORD}))?)\b)"
    rf"(?:[ -](?P<magnitude>{'|'.join(_MAGNITUDES)})\b)?(?![\w%]|[.,]\d)",
    re.IGNORECASE,
)
# "in 2021", "March 2021", at the end of what was read
_YEAR = re.compile(
    r"\b(?:(?i:in|since|until|till|by|from|of|during|after|before|early|late|mid)|[A-Z][a-z]{2,8}\.?|\d{1,2},?)"
    r"[ -](?:19|20)\d\d$"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text: `low` and `high` bound what it can mean ("at least 21": 21 to infinity)."""

    low: float
    high: float
    span: Span


def find_quantities(text: str) -> list[Quantity]:
    """The counts in a text, in order; money, percentages, years and parts of words are left out.

    "around 15,000" may mean 5 % more or less.
    """
    return [_quantity(match) for match in _NUMBER.finditer(text) if not _YEAR.search(text[: match.end()])]


def compatible(one: Quantity, other: Quantity) -> bool:
    """Whether both can be true of one count."""
    return one.low <= other.high and other.low <= one.high


def _quantity(match: re.Match[str]) -> Quantity:
    value = _value(match) * _MAGNITUDES.get((match["magnitude"] or "").lower(), 1)
    bound = (match["bound"] or "").lower()
    if re.fullmatch(_LEAST, bound):
        return Quantity(value, float("inf"), match.span())
    if re.fullmatch(_MOST, bound):
        return Quantity(0, value, match.span())
    slack = 0.05 * value if bound else 0
    return Quantity(value - slack, value + slack, match.span())


def _value(match: re.Match[str]) -> float:
    if match["digits"]:
        return float(match["digits"].replace(",", "") + (match["decimals"] or ""))
    return float(sum(_WORDS[word] for word in re.split("[- ]", match["words"].lower())))
