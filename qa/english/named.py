"""Which names of a sentence none of some texts has: titles, months and words that only open a sentence apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from qa.english.common_words import COMMON_WORDS
from qa.english.days import MONTHS, WEEKDAYS
from qa.english.wording import fold, is_title, same_names, split_words

STEM = 4  # letters by which "Venezuelan" is known as of "Venezuela"
NAME = re.compile(r"[A-Z][\w’'.-]*(?:\s+(?:(?:of|the|de|del|al|bin|van|von)\s+)*[A-Z][\w’'.-]*)*")
SMALL_WORDS = frozenset(
    "a an the in on at of to for from by with and or but as after before when while if since until according during "
    "it its he she they his her their this that these those there here we i you one two three four five six seven "
    "eight nine ten some many most all both each no not neither however also then later earlier meanwhile".split()
)
# What is written short and said in full
_SHORT = {
    "sen": "senator", "rep": "representative", "gov": "governor", "gen": "general", "prof": "professor",
    "dr": "doctor", "capt": "captain", "lt": "lieutenant", "col": "colonel", "sgt": "sergeant", "adm": "admiral",
    "maj": "major", "pres": "president", "rev": "reverend", "st": "saint", "mt": "mount", "co": "company",
    "corp": "corporation", "dept": "department", "univ": "university", "jr": "junior", "sr": "senior",
}  # fmt: skip
_IN_FULL = {full: short for short, full in _SHORT.items()}
_MONTHS = frozenset([*MONTHS, *(month[:3] for month in MONTHS), "sept"])
NO_NAMES = SMALL_WORDS | COMMON_WORDS | _MONTHS | frozenset(WEEKDAYS)
_FORMS_OF_ADDRESS = frozenset("mr mrs ms miss".split())


def unknown_names(sentence: str, texts: Sequence[str]) -> list[str]:
    """The names of the sentence that none of the texts has, in whatever form."""
    words = {fold(word).replace(".", "") for text in texts for word in split_words(text)}
    whole = " ".join(texts)
    unknown = []
    for found in NAME.finditer(sentence):
        if sentence[: found.start()].endswith("°"):
            continue
        name = _without_opener(found[0].rstrip(".,'’-"), opens=_opens(sentence, found.start()))
        missing = [word for word in split_words(name) if not _is_known(word, words, whole)]
        if missing:
            unknown.append(name)
    return unknown


def mixed_names(sentence: str, texts: Sequence[str]) -> list[str]:
    """First names of one with last names of another: "Tom Kessler" of "Anna Kessler" and "Tom Bradley"."""
    told = [_words_of(found[0]) for text in texts for found in NAME.finditer(text)]
    plain = {word for text in texts for word in split_words(text) if word.islower()}
    pairs = [pair for found in NAME.finditer(sentence) for pair in pairwise(_words_of(found[0]))]
    return [f"{first} {last}" for first, last in pairs if first not in plain and _are_of_two(first, last, told)]


def _words_of(name: str) -> list[str]:
    """Without titles, forms of address, days and what isn't a name's own; nothing of "Apple's Tim Cook"."""
    if re.search(r"['’]s? ", name):
        return []
    words = [word for word in split_words(name) if word[0].isupper()]
    return [word for word in words if not is_title(word) and fold(word) not in NO_NAMES]


def _are_of_two(first: str, last: str, told: Sequence[Sequence[str]]) -> bool:
    """Whether each stands in longer names, the one before another word, the other behind one, and never together."""
    before = [name for name in told if first in name]
    behind = [name for name in told if last in name and len(name) > 1]
    return (
        bool(before and behind)
        and all(name[-1] != first and last not in name for name in before)
        and all(name[0] != last for name in behind)
    )


def _opens(text: str, at: int) -> bool:
    """Whether a sentence begins there."""
    before = text[:at].rstrip(" \"“‘'(")
    return not before or (before[-1] in ".!?:" and before != text[:at])


def _without_opener(name: str, *, opens: bool) -> str:
    """A sentence's first word has a capital whatever it is."""
    first, _, rest = name.partition(" ")
    plain = fold(first)
    return (
        rest if opens and (plain in SMALL_WORDS or plain in COMMON_WORDS or (rest == "" and _is_word(first))) else name
    )


def _is_word(word: str) -> bool:
    """Whether it may be a common word: a plural or a form of a verb, as sentences begin with; "Renn's" is none."""
    return word[1:].islower() and word.isalpha() and word.endswith(("s", "ed", "ing", "ly"))


def _is_known(word: str, words: set[str], whole: str) -> bool:
    plain = fold(word).replace(".", "")
    full = _SHORT.get(plain) or _IN_FULL.get(plain)
    if (
        plain in words
        or full in words
        or plain in SMALL_WORDS
        or plain in _FORMS_OF_ADDRESS
        or plain in _MONTHS
        or plain in WEEKDAYS
        or not plain[:1].isalpha()
    ):
        return True
    if len(plain) > STEM and any(_of_one_place(plain, other) for other in words):
        return True
    if word.isupper() or len(plain) < 3:
        capitals = [part for part in split_words(whole) if part[0].isupper()]
        return any(
            same_names(word, " ".join(capitals[at : at + size])) for size in (2, 3, 4) for at in range(len(capitals))
        )
    return any(same_names(word, other) for other in words)


def _of_one_place(one: str, other: str) -> bool:
    """Whether one may be the adjective of the other: "Venezuelan", "Venezuela"; "leaders", "leader"."""
    short, long = sorted((one, other), key=len)
    stem = short.rstrip("aeiouy")
    return len(stem) >= STEM and long.startswith(stem) and len(long) - len(stem) <= 4
