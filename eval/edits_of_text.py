"""Edits that make a sentence wrong, to show that a measure of support can fail: number, name, negation, halves.

Every edit takes the sentence, the text of its article and a generator of chance, and gives the changed sentence, or
None where it doesn't apply. It knows nothing of the judge's rules but how numbers and names are found.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from eval.judging.amounts import WEEKDAYS, Amount, find_amounts, is_given
from eval.judging.names import Name, find_names
from eval.judging.tokens import sentence_ranges, tokenize

Edit = Callable[[str, str, random.Random], str | None]

SHORTEST = 8  # words of a sentence that is cut in halves, and of the one that lends its own
_ANOTHER = (2, 3, 4, 5, 7, 11)  # factors and, for small numbers, what is added: far from every rounding

_AUXILIARY = re.compile(
    r"\b(is|are|was|were|has|have|had|will|would|can|could|should|may|might|must|did|does|do)\b(?! not\b|n['’]t|['’])"
)
_NEGATION = re.compile(r"\b(is|are|was|were|has|have|had|will|would|could|should|did|does|do|must)(?: not\b|n['’]t\b)")
_NO_WORD = re.compile(r"\b(?:no|not|never|none|nobody|nothing|neither|nor|without|cannot)\b|n['’]t\b", re.IGNORECASE)
_PAST = re.compile(
    r"(?<=[a-z] )(?<!the )(?<!a )(?<!an )(?<!been )(?<!being )(said|told|took|gave|went|came|made|found|left|lost|won|"
    r"began|broke|brought|built|bought|fell|grew|held|kept|led|met|paid|rose|ran|sold|sent|sank|spent|spoke|stood|wrote|"
    r"cost|hit|put|set|[a-z]{3,}ed)\b"
)
_QUOTED = re.compile(r"[\"“][^\"“”]*[\"”]?")
_WORDS = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()


def edit_number(sentence: str, article: str, rng: random.Random) -> str | None:
    """Another number of the article, or one twice as large or more, in place of a number or of a date's day."""
    amounts = [amount for amount in find_amounts(sentence) if not amount.kind.startswith("ordinal")]
    if not amounts:
        return None
    amount = rng.choice(amounts)
    written = sentence[amount.start : amount.end]
    changed = _borrowed(amount, written, article, rng) if rng.random() < 0.5 else None
    changed = changed or _other_number(written, rng)
    if not changed or any(is_given(amount, [other]) for other in find_amounts(changed)):
        return None
    return sentence[: amount.start] + changed + sentence[amount.end :]


def _borrowed(amount: Amount, written: str, article: str, rng: random.Random) -> str | None:
    """An amount of the article of the same kind and form, whose value differs by a quarter or more."""
    others = sorted(
        {
            article[other.start : other.end]
            for other in find_amounts(article)
            if (other.kind, other.unit) == (amount.kind, amount.unit)
            and written[0].isdigit() == article[other.start].isdigit()
            and article[other.start : other.end].islower() == written.islower()
            and abs(other.value - amount.value) >= 0.25 * max(abs(amount.value), 1.0)
        }
    )
    return rng.choice(others) if others else None


def _other_number(written: str, rng: random.Random) -> str | None:
    digits = re.search(r"\d+(?:[,.:]\d+)*", written)
    if digits:
        return written[: digits.start()] + _other_digits(digits[0], rng) + written[digits.end() :]
    words = re.search(rf"\b(?:{'|'.join(_WORDS)})\b", written.lower())
    if not words:
        return None
    other = rng.choice([word for word in _WORDS if abs(_WORDS.index(word) - _WORDS.index(words[0])) > 1])
    other = other.capitalize() if written[words.start()].isupper() else other
    return written[: words.start()] + other + written[words.end() :]


def _other_digits(digits: str, rng: random.Random) -> str:
    """The first digit group changed: 2026 -> another year, 21:38 -> another hour, 3,000 -> 9,000, 68.4 -> 75.4."""
    whole, rest = re.fullmatch(r"(\d+)(.*)", digits, re.DOTALL).groups()  # type: ignore[union-attr]  # it starts so
    value = int(whole)
    if len(whole) == 4 and not rest and 1000 <= value <= 2100:
        return str(value - rng.choice(_ANOTHER))
    if rest.startswith(":"):
        return f"{(value + rng.choice(_ANOTHER)) % 24:02d}{rest}"
    if len(whole) <= 2:
        return f"{value + rng.choice(_ANOTHER) + value // 2}{rest}"
    return f"{value * rng.choice((2, 3, 4))}{rest}"


def edit_name(sentence: str, article: str, rng: random.Random) -> str | None:
    """Another name of the article, none of whose words are in the sentence, in place of a name."""
    tokens = tokenize(sentence)
    names = [name for name in find_names(tokens) if name.sure]
    if not names:
        return None
    name = rng.choice(names)
    own = {token.lower for token in tokens}
    others = [other for other in _names_of(article, name) if not {token.lower for token in tokenize(other)} & own]
    if not others:
        return None
    start, end = tokens[name.first].start, tokens[name.last - 1].end
    ending = "'s" if re.search(r"['’]s$", sentence[start:end]) else ""
    return sentence[:start] + rng.choice(others) + ending + sentence[end:]


def _names_of(article: str, like: Name) -> list[str]:
    """The names of the article with about so many words, as written, no possessive ending; a weekday for a weekday."""
    tokens = tokenize(article)
    starts = [start for start, _ in sentence_ranges(article, tokens)]
    found = {
        re.sub(r"['’]s$", "", article[tokens[name.first].start : tokens[name.last - 1].end])
        for name in find_names(tokens, starts)
        if name.sure and _form(name) == _form(like) and len(name.words) <= 3
    }
    return sorted(name for name in found if len(name) > 2)


def _form(name: Name) -> tuple[bool, bool]:
    return len(name.words) == 1, name.words[0] in WEEKDAYS


def edit_negation(sentence: str, article: str, rng: random.Random) -> str | None:
    """A "not" more or less outside quotation marks: the first that is there goes, else one comes to the first verb."""
    quoted = [match.span() for match in _QUOTED.finditer(sentence)]
    there = _first(_NEGATION, sentence, quoted)
    if there:
        return sentence[: there.start()] + there[1] + sentence[there.end() :]
    if _first(_NO_WORD, sentence, quoted):
        return None  # a second negation might make it true again
    auxiliary, past = _first(_AUXILIARY, sentence, quoted), _first(_PAST, sentence, quoted)
    if auxiliary:
        return f"{sentence[: auxiliary.end()]} not{sentence[auxiliary.end() :]}"
    if past:
        return f"{sentence[: past.start()]}never {sentence[past.start() :]}"
    return None


def _first(pattern: re.Pattern[str], text: str, quoted: list[tuple[int, int]]) -> re.Match[str] | None:
    outside = (m for m in pattern.finditer(text) if not any(start <= m.start() < end for start, end in quoted))
    return next(outside, None)


def edit_stitched(sentence: str, article: str, rng: random.Random) -> str | None:
    """The first half of the sentence and the second half of another sentence of the article."""
    words = sentence.split()
    if len(words) < SHORTEST:
        return None
    tokens = tokenize(article)
    own = {token.lower for token in tokenize(sentence)}
    others = []
    for start, end in sentence_ranges(article, tokens):
        other = article[tokens[start].start : tokens[end - 1].end]
        theirs = {token.lower for token in tokens[start:end]}
        if len(other.split()) >= SHORTEST and len(theirs & own) < 0.5 * len(theirs):
            others.append(other.split())
    if not others:
        return None
    other_words = rng.choice(others)
    return " ".join([*words[: len(words) // 2], *other_words[len(other_words) // 2 :]]) + "."


EDITS: Mapping[str, Edit] = MappingProxyType(
    {"number": edit_number, "name": edit_name, "negation": edit_negation, "stitched": edit_stitched}
)
