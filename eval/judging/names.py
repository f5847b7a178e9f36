"""The names in a sentence, and whether a text has them: in part, as an acronym, as an adjective of the place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from eval.judging.amounts import WEEKDAYS, Amount, weekday_of
from eval.judging.tokens import Token
from eval.words import STOP_WORDS

_COURTESY = frozenset("mr mrs ms miss dr prof sir madam".split())
_MONTHS = frozenset(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec".split()
)
_LINKS = frozenset("of the and for in on at de la le du di von van der den to".split())
_SAME = (
    "us usa america american americans", "uk britain british britons england english", "eu europe european europeans",
    "un nations", "france french frenchman", "germany german germans", "netherlands dutch holland",
    "denmark danish danes",
    "spain spanish spaniards", "norway norwegian norwegians", "sweden swedish swedes", "switzerland swiss",
    "greece greek greeks", "poland polish poles", "turkey turkish turks", "ireland irish", "wales welsh",
    "china chinese",
    "scotland scottish scots", "russia russian russians", "ukraine ukrainian ukrainians", "israel israeli israelis",
)  # fmt: skip
_GROUP = {word: group.split()[0] for group in _SAME for word in group.split()}
_ADJECTIVES = re.compile(r"(?:ians?|eans?|ans?|ese|ish|is|i|ers?|n|s|ia|a|e|y)$")
_COMMON_ENDING = re.compile(
    r"(?:s|ing|ed|ly|tion|sion|ment|ness|ity|ance|ence|ism|ers?|ors?|ful|less|able|ible|ous|ive|al|ic|ary|hood|ship|th|ght)$"
)
_VERB_AFTER = frozenset("said says told won lost wants wanted denied added asked insisted confirmed".split())
_OPENERS = frozenset(
    """
although though while because since until unless despite during between among without another both either
neither each every several many most few nobody everybody someone nothing everything there here now today
yesterday tomorrow instead meanwhile however therefore moreover still yet once never always only even just
according thanks then thus hence police people officials man woman children no not yes one two three four five
six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty hundred half if as whether like
unlike first second last next early late new old court company government state city town president minister
mayor chief report video water fire snow rain
""".split()
)


@dataclass(frozen=True, slots=True)
class Name:
    """A run of capitalised words, ``tokens[first:last]``, in small letters; `sure` unless it may be a common word."""

    words: tuple[str, ...]
    first: int
    last: int
    sure: bool = True


def find_names(tokens: Sequence[Token], starts: Iterable[int] = (0,), quoted: Iterable[int] = ()) -> tuple[Name, ...]:
    """The names among the tokens; at `starts` and after an opening quotation mark (`quoted`) any word has a capital."""
    opening = {*starts, *quoted}
    names: list[Name] = []
    place = 0
    while place < len(tokens):
        if not _is_capital(tokens[place], place in opening):
            place += 1
            continue
        end = place + 1
        while end < len(tokens) and _joins(tokens, end):
            end += 1
        name = _name(tokens, place, end, place in opening)
        if name:
            names.append(name)
        place = end
    return tuple(names)


def _is_capital(token: Token, opens: bool) -> bool:
    if not token.text[0].isupper() or token.lower in _COURTESY or token.lower == "i" or token.lower.startswith("i'"):
        return False
    if token.lower in _MONTHS and token.lower != "may":
        return False  # dates are amounts
    return not (token.lower in STOP_WORDS and (opens or token.lower not in _GROUP))


def _joins(tokens: Sequence[Token], place: int) -> bool:
    """Whether the word continues the name before it: nothing but a space or a hyphen lies between them."""
    return _is_capital(tokens[place], False) and tokens[place].start - tokens[place - 1].end <= 1


def _name(tokens: Sequence[Token], first: int, last: int, opens: bool) -> Name | None:
    words = tuple(token.lower for token in tokens[first:last])
    if len(words) == len(words[0]) == 1:
        return None  # "8 °C"
    if not opens:
        return Name(words, first, last)
    head = words[0]
    alone = last == first + 1
    if not tokens[first].text.isupper() and (head in _OPENERS or head in STOP_WORDS):
        return None if alone else Name(words[1:], first + 1, last)
    if not alone or tokens[first].text.endswith("'s") or (tokens[first].text.isupper() and len(head) > 1):
        return Name(words, first, last)
    follows = tokens[last].lower if last < len(tokens) else ""
    sure = follows in _VERB_AFTER and not _COMMON_ENDING.search(head)
    return Name(words, first, last, sure)


def missing_words(
    name: Name, known: frozenset[str], initials: frozenset[str], amounts: Iterable[Amount]
) -> tuple[str, ...]:
    """The words of the name that a source hasn't got: `known` are the `name_key`s of its words."""
    if "".join(word[0] for word in name.words if word not in _LINKS) in known and len(name.words) > 1:
        return ()  # "World Health Organization" for "WHO"
    days = {weekday_of(amount) for amount in amounts if amount.kind == "date"}
    return tuple(word for word in name.words if not (name_key(word) in known or word in initials or word in days))


@lru_cache(maxsize=65536)
def name_key(word: str) -> str:
    """What a place and its adjective share ("Tolluria", "Tollurian" -> "tollur"); "Havlune" and "Havlind" stay two."""
    if word in _GROUP:
        return _GROUP[word]
    if word in WEEKDAYS or len(word) < 6:
        return word.removesuffix("s") if len(word) > 3 else word
    cut = _ADJECTIVES.sub("", word)
    return cut if len(cut) >= 4 else word


def acronyms(tokens: Sequence[Token]) -> frozenset[str]:
    """The initials of every run of two to five capitalised words: "European Central Bank" -> ecb, cb, ec."""
    found: set[str] = set()
    run: list[str] = []
    for token in tokens:
        if token.text[0].isupper():
            run.append(token.lower[0])
            found.update("".join(run[start:]) for start in range(max(0, len(run) - 5), len(run) - 1))
        elif token.lower not in _LINKS:
            run = []
    return frozenset(found)
