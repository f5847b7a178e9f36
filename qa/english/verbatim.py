"""What a sentence may bring only from its texts: other letters, words in quotation marks, addresses, a question."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from qa.english.attribution import quoted_spans
from qa.english.wording import normalise

# Marks that English is printed with; what else isn't ASCII may look like a letter, hide one or strike it out.
_PRINTED = frozenset("“”‘’«»–—−…·•×°€£¥¢")
_WORD = re.compile(r"\w+")
_UNIT = re.compile(r"\d*k?m[²³]")
_SINGLE = re.compile(r"(?<!\w)‘([^‘’]*(?:’\w[^‘’]*)*)’(?!\w)")
_ADDRESS = re.compile(
    r"\b\w+://\S+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[\w-]{2,}(?:\.[\w-]{2,})*\.[a-z]{2,}\b(?:/\S*)?"
    # a number to call: no ISO date, no span of years, no thousands
    r"|\b(?!\d{4}-\d\d-\d\d\b|\d{4}[-/]\d{4}\b|\d{1,3}(?: \d{3})+\b)\d[\d ()/-]{5,}\d\b"
)
_READER = re.compile(r"\b(?:you|yours?|yourself|click|visit|please)\b", re.IGNORECASE)


def not_in(sentence: str, texts: Sequence[str]) -> Iterator[str]:
    """What of the sentence had to be taken from the texts as it stands, and wasn't."""
    whole = unicodedata.normalize("NFC", " ".join(" ".join(texts).split()))
    said = unicodedata.normalize("NFC", sentence)
    yield from _foreign(said, whole)
    told = f" {' '.join(normalise(whole))} "
    yield from (words for words in _quoted(said) if f" {' '.join(normalise(words))} " not in told)
    small = whole.casefold()
    yield from (found[0] for found in _ADDRESS.finditer(said) if found[0].casefold() not in small)
    if "?" in said and "?" not in whole:
        yield "?"
    if (reader := _READER.search(said)) and not _READER.search(whole):
        yield reader[0]


def _foreign(said: str, whole: str) -> Iterator[str]:
    """Words with a letter that isn't ASCII, and marks that English isn't printed with."""
    known = set(_WORD.findall(whole.casefold()))
    yield from (
        word
        for word in _WORD.findall(said)
        if not (word.isascii() or word.casefold() in known or _UNIT.fullmatch(word))
    )
    marks = (mark for mark in said if not (mark.isascii() or mark.isalnum() or mark in _PRINTED or mark in whole))
    yield from (f"U+{ord(mark):04X}" for mark in marks)


def _quoted(said: str) -> Iterator[str]:
    """What stands between quotation marks, one name or word apart."""
    inner = [said[start:end] for start, end in quoted_spans(said)]
    inner += [found[1] for found in _SINGLE.finditer(said)]
    yield from (words.strip('“”"') for words in inner if len(normalise(words)) > 1)
