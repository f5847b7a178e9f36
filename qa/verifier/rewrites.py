"""A sentence said otherwise, by rule, so that what supports the one supports the other."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from qa.english.numerals import WORDS

Rewrite = Callable[[str, random.Random], str | None]

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_SPELLED = {word: value for word, value in WORDS.items() if 2 <= value <= 20}
_DIGITS = {str(value): word for word, value in _SPELLED.items()}
# Either may stand for the other in nearly every sentence.
_ALIKE = """
    began|started; purchased|bought; approximately|about; located|situated; created|made; received|got;
    required|needed; assisted|helped; large|big; however|but; numerous|many; roughly|about; nearly|almost;
    obtained|got; following|after; prior to|before; in addition|also; additionally|also; primarily|mainly;
    mostly|mainly; generally|usually; often|frequently; children|kids; difficult|hard; started|began;
    bought|purchased; said|stated; stated|said; shows|demonstrates; demonstrated|showed; established|founded;
    founded|established; built|constructed; constructed|built; resides|lives; passed away|died; announced|said;
    replaced|took the place of; due to|because of; because of|owing to; although|though; while|although;
    became|turned into; important|significant; significant|important; area|region; employs|uses; utilized|used;
    uses|makes use of; allows|lets; permits|allows; provides|gives; attempted|tried; attempt|try;
    commonly|often; famous|well-known; within|inside; entire|whole; whole|entire; several|a number of;
    displays|shows; killed|slain; main|principal; wrote|penned; film|movie; movie|film; car|vehicle;
    company|firm; quickly|fast; rapidly|quickly; huge|enormous; ended|finished; completed|finished;
    considered|regarded as; amount|quantity; ordered|placed an order for; item|product; arrived|came;
    works|functions; tasty|delicious; wonderful|great; inexpensive|cheap; broken|not working; can not|cannot; do
    not|don't; does not|doesn't; is not|isn't; don't|do not; can't|cannot; didn't|did not; wasn't|was not;
    It's|It is; it's|it is; I'm|I am; I've|I have
"""
_SYNONYMS = [tuple(pair.split("|")) for pair in " ".join(_ALIKE.split()).split("; ")]
_LEAD = re.compile(
    r"^(?:In|On|At|During|After|Before|Since|By|For|With|According to|Meanwhile|However|Also|Additionally|Moreover"
    r"|Furthermore|Therefore|Thus|Finally|Although)\b[^,]{0,60}, (?=\w)"
)
_BRACKETS = re.compile(r" ?\([^()]{2,80}\)|\[[^\]]{1,20}\]")
_ASIDE = re.compile(
    r"(?<=\w), (?!and |or |but )[^,]{4,60},"
    r"(?= (?:is|are|was|were|has|have|had|will|would|can|could|which|who|\w+ed|\w+s) )"
)
_TAIL = re.compile(
    r"(?:, (?:which|who|where|while|whereas|although|with|including|such as|making|as well as|but|and)\b"
    r"| (?:because|although|which|when|while|after|before|until|despite) )[^;]{8,}?(?=[.!?]$)"
)
_SAID = re.compile(r"^(?:[A-Z]\w+ ){1,3}(?:said|says|stated|reported|noted|announced|wrote) (?:that )?(?=\w)")
_WHO_SAYS = re.compile(r", (?:according to [^,]{3,50}|(?:he|she|they|[A-Z]\w+) (?:said|says|added))(?=[.,]|$)")
_ADVERB = re.compile(
    r" (?:also|very|really|just|often|usually|generally|primarily|particularly|especially|subsequently|eventually"
    r"|quickly|recently|originally|actually|currently|simply|quite)(?= \w)"
)
_PASSIVE = re.compile(
    r"^(?P<what>[A-Z][^,.;()]{2,60}?) (?:was|were) "
    r"(?P<verb>(?!based|used|called|named)\w{3,}(?:ed|ilt|ade|eld|ound|ought|aught)) by (?P<who>[^,.;()]{3,50})[.]$"
)
_DATE = re.compile(rf"\b(?P<month>{_MONTHS}) (?P<day>\d{{1,2}}), (?P<year>\d{{4}})\b")
_DATE2 = re.compile(rf"\b(?P<day>\d{{1,2}}) (?P<month>{_MONTHS}) (?P<year>\d{{4}})\b")
_DETERMINER = re.compile(
    r"(?:The|A|An|This|These|Those|It|He|She|They|There|Its|His|Her|Their|In|On|At|We|You|My|Our) "
)


def _cut(pattern: re.Pattern[str], with_: str = "") -> Rewrite:
    def rewrite(sentence: str, chance: random.Random) -> str | None:
        found = list(pattern.finditer(sentence))
        if not found:
            return None
        one = chance.choice(found)
        return sentence[: one.start()] + with_ + sentence[one.end() :]

    return rewrite


def _say_number(sentence: str, chance: random.Random) -> str | None:
    """ "seven" for "7" and the other way round"""
    found = [
        m
        for m in re.finditer(r"(?<![\w.,$£€%-])(?:\d{1,2}|[a-z]+)(?![\w%.,:-])", sentence)
        if m[0] in _DIGITS or m[0] in _SPELLED
    ]
    if not found:
        return None
    one = chance.choice(found)
    return sentence[: one.start()] + (_DIGITS.get(one[0]) or str(_SPELLED[one[0]])) + sentence[one.end() :]


def _say_date(sentence: str, chance: random.Random) -> str | None:
    if _DATE.search(sentence):
        form = chance.choice((r"\g<day> \g<month> \g<year>", r"\g<month> \g<year>"))
        return _DATE.sub(form, sentence, count=1)
    return _DATE2.sub(r"\g<month> \g<day>, \g<year>", sentence, count=1) if _DATE2.search(sentence) else None


def _say_percent(sentence: str, _: random.Random) -> str | None:
    if re.search(r"\d ?%", sentence):
        return re.sub(r"(?<=\d) ?%", " percent", sentence)
    return re.sub(r"(?<=\d) per ?cent\b", "%", sentence) if re.search(r"\d per ?cent\b", sentence) else None


def _say_synonyms(sentence: str, chance: random.Random) -> str | None:
    """Up to three words by others that mean the same"""
    pairs = [pair for pair in _SYNONYMS if re.search(rf"\b{pair[0]}\b", sentence)]
    for old, new in chance.sample(pairs, min(3, len(pairs))):
        sentence = re.sub(rf"\b{old}\b", new, sentence, count=1)
    return sentence if pairs else None


def _say_actively(sentence: str, _: random.Random) -> str | None:
    found = _PASSIVE.match(sentence)
    if not found or re.search(r"\b(?:that|which|who)\b", sentence):
        return None
    who = found["who"]
    return f"{who[:1].upper()}{who[1:]} {found['verb']} {_inside(found['what'])}."


def _inside(text: str) -> str:
    return text[:1].lower() + text[1:] if _DETERMINER.match(text) else text


def join(first: str, second: str, chance: random.Random) -> str | None:
    """Two sentences as one."""
    if len(first.split()) + len(second.split()) > 45 or first[-1:] != "." or second[-1:] != ".":
        return None
    return f"{first[:-1]}{chance.choice((', and ', '; ', ', while ', ' and '))}{_inside(second)}"


REWRITES: dict[str, Rewrite] = {
    "lead": lambda sentence, chance: _capital(_cut(_LEAD)(sentence, chance)),
    "brackets": _cut(_BRACKETS),
    "aside": _cut(_ASIDE),
    "tail": _cut(_TAIL),
    "said": lambda sentence, chance: _capital(_cut(_SAID)(sentence, chance)),
    "who says": _cut(_WHO_SAYS),
    "adverb": _cut(_ADVERB),
    "number": _say_number,
    "date": _say_date,
    "percent": _say_percent,
    "synonyms": _say_synonyms,
    "active": _say_actively,
}


def _capital(sentence: str | None) -> str | None:
    return sentence[:1].upper() + sentence[1:] if sentence else None


def rewrite(sentence: str, chance: random.Random, most: int = 3) -> str:
    """The sentence after up to so many rewrites; as it is where none applies."""
    done = 0
    for name in chance.sample(list(REWRITES), len(REWRITES)):
        said = REWRITES[name](sentence, chance)
        if said and said != sentence and len(said.split()) >= 5:
            sentence, done = said, done + 1
        if done == most:
            break
    return sentence
