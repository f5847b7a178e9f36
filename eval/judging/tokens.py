"""A text as the support judge compares it: words with offsets, stems, and sentences as ranges of words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from eval.words import STOP_WORDS

# One character for one, so that offsets stay; "″" and its like mean the same as a quotation mark here.
_STRAIGHT = str.maketrans(
    {**dict.fromkeys("‘’‚‛′`", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑−", "-")}
)
_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|[%$£€]")
_INITIALS = re.compile(r"\b(?:[A-Za-z]\.){2,}")
_END = re.compile(r"[.!?…][\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9])|\n+")
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof st gen col sgt rep sen gov lt jr sr inc ltd co corp no vs etc approx jan feb mar apr jun jul "
    "aug sep sept oct nov dec".split()
)
_IRREGULAR = """
be is are was were been being am; have has had having; do does did done; say said says; tell told;
go went gone; come came; take took taken; give gave given; make made; get got gotten; see saw seen;
know knew known; think thought; find found; leave left; lose lost; win won; begin began begun;
break broke broken; bring brought; build built; buy bought; catch caught; choose chose chosen;
die dead death died dying deaths; draw drew drawn; drive drove driven; fall fell fallen; feel felt;
fight fought; fly flew flown; grow grew grown; hear heard; hold held; keep kept; lead led; lend lent;
mean meant; meet met; pay paid; rise rose risen; run ran; sell sold; send sent; shoot shot; show shown showed;
sink sank sunk; sit sat; speak spoke spoken; spend spent; stand stood; steal stole stolen; strike struck;
swear swore sworn; teach taught; throw threw thrown; wear wore worn; write wrote written; child children;
man men; woman women; person people; foot feet; injure injured injury injuries; kill killed killing;
lie lay lain; forbid forbade forbidden; bear bore born borne; hide hid hidden; shake shook shaken; wake woke;
freeze froze frozen; ride rode ridden; sing sang sung; drink drank
"""
_BASES = {word: group.split()[0] for group in _IRREGULAR.split(";") for word in group.split()}
_ENDINGS = (
    ("ations", "at"), ("ation", "at"), ("ments", ""), ("ment", ""), ("iness", ""), ("ness", ""), ("ities", ""),
    ("ity", ""), ("ingly", ""), ("edly", ""), ("ions", ""), ("ion", ""), ("ings", ""), ("ing", ""), ("ies", ""),
    ("ied", ""), ("ers", ""), ("ors", ""), ("ed", ""), ("er", ""), ("or", ""), ("es", ""), ("ly", ""), ("s", ""),
    ("e", ""),
    ("y", ""),
)  # fmt: skip
_STOP = STOP_WORDS | frozenset(_BASES[word] for word in STOP_WORDS if word in _BASES)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or number: as written, in small letters without a possessive ending, and its stem."""

    text: str
    lower: str
    stem: str
    start: int
    end: int

    @property
    def content(self) -> bool:
        """Whether it carries meaning by itself."""
        return self.lower not in _STOP and (len(self.lower) > 1 or self.lower.isdigit())


def straighten(text: str) -> str:
    """The text with straight quotation marks, apostrophes and hyphens, every offset kept."""
    return text.translate(_STRAIGHT)


def tokenize(text: str) -> tuple[Token, ...]:
    """The words and numbers of a text in order; "U.S." is one word, "well-known" are two."""
    straight = straighten(text)
    found = [match.span() for match in _INITIALS.finditer(straight)]
    masked = _INITIALS.sub(lambda match: "\0" * len(match[0]), straight)
    found += [match.span() for match in _WORD.finditer(masked)]
    return tuple(_token(straight, start, end) for start, end in sorted(found))


def _token(text: str, start: int, end: int) -> Token:
    written = text[start:end]
    lower = written.lower().replace(".", "") if _INITIALS.match(written) else written.lower()
    lower = lower.removesuffix("'s").removesuffix("'")
    return Token(written, lower, stem(lower), start, end)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The word without its commonest endings: "rescuers", "rescued" -> "rescu"; irregular forms by a table."""
    if word in _BASES:
        return _BASES[word]
    if len(word) < 4 or not word.isalpha():
        return word
    for ending, kept in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            base = word[: len(word) - len(ending)] + kept
            if base in _BASES or f"{base}e" in _BASES:
                return _BASES[base if base in _BASES else f"{base}e"]
            return _undouble(base.removesuffix("e") if len(base) > 4 else base)
    return word


def _undouble(base: str) -> str:
    return base[:-1] if len(base) > 4 and base[-1] == base[-2] and base[-1] not in "aeiouls" else base


def sentence_ranges(text: str, tokens: Sequence[Token]) -> tuple[tuple[int, int], ...]:
    """Ranges of tokens, one a sentence or line, in order; every token is in one."""
    cuts = [0, *(_cuts(straighten(text), tokens)), len(tokens)]
    return tuple((start, end) for start, end in pairwise(cuts) if end > start)


def _cuts(text: str, tokens: Sequence[Token]) -> Iterable[int]:
    place = 0
    for match in _END.finditer(text):
        while place < len(tokens) and tokens[place].start < match.end():
            place += 1
        last = tokens[place - 1] if place else None
        abbreviated = last and (
            last.lower.rstrip(".") in _ABBREVIATIONS or (len(last.text) == 1 and last.text.isupper())
        )
        if "\n" not in match[0] and match[0][0] == "." and abbreviated:
            continue
        if place:
            yield place
