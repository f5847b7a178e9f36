"""Names and other words: when two wordings say one thing."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

CONTAINED = 0.15  # the least share of a wording's content words that another must be to be contained in it
SHARED = 0.6  # the least F1 of the content words of two wordings of one thing
ALIKE = 0.75  # the least likeness of two spellings of one word: "Gaddafi", "Qaddafi"
SPELLED = 5  # letters of a word that may have several spellings

_FUNCTION = frozenset(
    "a an the of in on at to for from by with and or as is are was were be been it its his her their he she they this "
    "that these those which who whom there some any about into over after before than then so up out but".split()
)
_OPENERS = _FUNCTION | frozenset("we you i my our your if when while where what how why no not yes all one two".split())
_NEGATIONS = frozenset("not no never none neither nor without non cannot".split())
# What may stand within a name without a capital
_LINKS = frozenset("of the for de del da dos di du la le al el bin ibn ben van von der den ter y e".split())
_TITLES = frozenset(
    "mr mrs ms miss dr prof professor sir dame lord lady rev reverend president vice prime minister premier chancellor "
    "king queen prince princess pope sen senator rep representative congressman congresswoman gov governor mayor judge "
    "justice chief gen general colonel col captain capt lieutenant lt major maj sergeant sgt admiral adm commander "
    "officer detective secretary ambassador director chairman chairwoman ceo coach sheriff sheikh former ex acting "
    "leader spokesman spokeswoman attorney foreign defense defence interior treasury".split()
)
# What such a word opens the name of, instead of being a title: "Justice Department", "General Motors"
_BODIES = frozenset(
    "department ministry office force forces court courts council motors electric assembly mills dynamics".split()
)
# One place or body under several names, as written when dots, accents and capitals are gone
_ALIASES = {
    "us": "united states", "usa": "united states", "america": "united states",
    "united states of america": "united states",
    "uk": "united kingdom", "britain": "united kingdom", "great britain": "united kingdom",
    "uae": "united arab emirates", "un": "united nations", "eu": "european union", "nyc": "new york city",
    "new york city": "new york city", "dc": "washington dc", "la": "los angeles",
}  # fmt: skip
# A name with such a word before it is another's: "North Korea", "New York", "East Timor"
_APART = frozenset(
    "new north south east west northern southern eastern western central upper lower non anti pro inter san santa los "
    "las saint greater little old young st jr sr".split()
)
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:['’-][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")


def fold(text: str) -> str:
    """Lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark)).casefold()


def split_words(text: str) -> list[str]:
    """The words as written, without a possessive's ending; "U.N." is one."""
    return [_POSSESSIVE.sub("", word) for word in _WORD.findall(text)]


def normalise(text: str) -> list[str]:
    """Words folded, without articles and dots."""
    words = (fold(word).replace(".", "") for word in split_words(text))
    return [word for word in words if word not in ("a", "an", "the", "")]


def looks_like_name(text: str, start: int, end: int) -> bool:
    """Whether every word of that span but "of" and the like has a capital that isn't owed to a sentence's beginning."""
    words = split_words(text[start:end])
    while words and fold(words[0]) in ("the", "a", "an"):
        words = words[1:]
    if not words or len(words) > 8 or words[-1].lower() in _LINKS:
        return False
    if not words[0][0].isupper() or not all(_is_of_name(word) for word in words):
        return False
    return len(words) > 1 or not _opens_sentence(text, start) or _is_rare(text, words[0])


def _is_of_name(word: str) -> bool:
    return word[0].isupper() or word[0].isdigit() or word.lower() in _LINKS


def _opens_sentence(text: str, start: int) -> bool:
    before = text[max(0, start - 6) : start].rstrip(" \"'“”‘’(")
    return not before or before[-1] in ".!?:\n"


def _is_rare(text: str, word: str) -> bool:
    """Whether the word that opens a sentence is never written small in the text, and no word of grammar."""
    small = word.lower()
    return small not in _OPENERS and not re.search(rf"\b{re.escape(small)}\b", text)


def is_title(word: str) -> bool:
    """Whether it may stand before a name without being of it: "Governor"."""
    return fold(word) in _TITLES


def same_names(one: str, other: str) -> bool:
    """Whether one is the other, without titles or some of its words ("Maduro"), or its initials ("UN")."""
    first, second = _name_words(one), _name_words(other)
    if not first or not second:
        return one.strip() == other.strip()
    if first == second or _is_part(first, second) or _is_part(second, first):
        return True
    if first == _name_words(other.partition(",")[0]) or second == _name_words(one.partition(",")[0]):
        return True  # "Galveston, Texas"
    return _is_acronym(one, other) or _is_acronym(other, one)


def distinct_names(one: str, other: str) -> bool:
    """Whether two names share nothing: no word, no similar spelling, no initials."""
    if same_names(one, other):
        return False
    first = [word for word in _name_words(one) if word not in _LINKS]
    second = [word for word in _name_words(other) if word not in _LINKS]
    return bool(first and second) and not any(_are_alike(a, b) for a in first for b in second)


def same_words(one: str, other: str) -> bool:
    """Whether one wording contains the other, or most of their content words are shared, with the same negations.

    A word or two of a long clause are no wording of it.
    """
    first, second = normalise(one), normalise(other)
    if first == second:
        return bool(first) or one.strip() == other.strip()
    content = [[word for word in words if word not in _FUNCTION] for words in (first, second)]
    if not all(content) or _marks(first) != _marks(second):
        return False
    shorter, longer = sorted(map(len, content))
    if shorter >= CONTAINED * longer and (_holds(first, second) or _holds(second, first)):
        return True
    return _overlap(*content) >= SHARED


def _name_words(text: str) -> tuple[str, ...]:
    words = normalise(text)
    whole = _ALIASES.get(" ".join(words))
    if whole:
        return tuple(whole.split())
    if _BODIES.intersection(words):
        return tuple(words)
    kept = [word for word in words if word not in _TITLES]
    return tuple(kept or words)  # "the President" has nothing but a title


def _is_part(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    """Whether a name is the end of another, its beginning in several words, or its first and last word.

    One word at the beginning is more often another's name: the Boston Globe isn't Boston.
    """
    if len(part) >= len(whole):
        return False
    ends, begins = whole[-len(part) :] == part, len(part) > 1 and whole[: len(part)] == part
    if ends or begins:
        beside = whole[-len(part) - 1] if ends else whole[len(part)]
        return beside not in _APART
    return len(part) > 1 and part[0] == whole[0] and part[-1] == whole[-1]


def _is_acronym(short: str, long: str) -> bool:
    letters = "".join(normalise(short))
    written = re.sub(r"^(?:[Tt]he )|['’]s$|[^\w]", "", short)
    words = normalise(long)
    if len(letters) < 2 or len(words) < 2 or not written.isupper():
        return False
    initials = {"".join(word[0] for word in words), "".join(word[0] for word in words if word not in _LINKS)}
    return letters in initials


def _are_alike(one: str, other: str) -> bool:
    if one == other or (min(len(one), len(other)) == 1 and one[0] == other[0]):
        return True
    return min(len(one), len(other)) >= SPELLED and _likeness(one, other) >= ALIKE


def _likeness(one: str, other: str) -> float:
    first, second = sorted((one, other))  # the matcher's ratio depends on the order
    return SequenceMatcher(None, first, second).ratio()


def _marks(words: list[str]) -> set[str]:
    """What no two wordings of one thing can differ in: negation and figures."""
    negated = {"not"} if any(word in _NEGATIONS or word.endswith(("n't", "n’t")) for word in words) else set()
    return negated | {word for word in words if word[0].isdigit()}


def _holds(whole: list[str], part: list[str]) -> bool:
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))


def _overlap(one: list[str], other: list[str]) -> float:
    shared = sum(min(one.count(word), other.count(word)) for word in set(one))
    return 2 * shared / (len(one) + len(other))
