"""A short answer as a pattern on normalised text: numbers however their thousands are set apart, words as words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from eval.words import norm, says

NUMBER = re.compile(
    r"(?<![\w.,])(?P<whole>\d{1,3}(?:[, ]\d{3})+|\d+)(?P<decimals>[.]\d+)?(?![\w]|[.,]\d)(?P<percent>\s?%)?"
)
PERCENT = "(?: ?%|[ -]per ?cent)"


def pattern_of(answer: str) -> str:
    """The regular expression of a short answer, for text after `norm` and with case ignored.

    "3,000 people" is found in "3000 people" and "3 000 people", not in "13,000 people" or "3,000.5 people".
    """
    text = norm(answer)
    pieces, at = [], 0
    for found in NUMBER.finditer(text):
        pieces += [re.escape(text[at : found.start()]), _number(found)]
        at = found.end()
    pieces.append(re.escape(text[at:]))
    before = r"(?<![\w.,])" if NUMBER.match(text) else r"(?<!\w)" if text[:1].isalnum() else ""
    after = r"(?!\w|[.,]\d)" if text[-1:].isdigit() else r"(?!\w)" if text[-1:].isalnum() else ""
    return before + "".join(pieces) + after


def says_valid(text: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns that are regular expressions is in the text; eval.checks names those that aren't."""
    return says(text, filter(_is_pattern, patterns))


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _number(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found["whole"])
    decimals = found["decimals"] or ""
    percent = PERCENT if found["percent"] else ""
    if len(digits) < 4 or digits.startswith("0"):
        return digits + re.escape(decimals) + percent
    head = len(digits) % 3 or 3
    groups = [digits[:head], *(digits[at : at + 3] for at in range(head, len(digits), 3))]
    return "[, .]?".join(groups) + re.escape(decimals) + percent
