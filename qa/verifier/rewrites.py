"""A sentence said otherwise, by rule, so that what supports the one supports the other."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from qa.english.numerals import WORDS
from qa.verifier.clauses import change_voice
from qa.verifier.synonyms import REPLACEABLE, SYNONYMS

Rewrite = Callable[[str, random.Random], str | None]

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_SPELLED = {word: value for word, value in WORDS.items() if 2 <= value <= 20}
_DIGITS = {str(value): word for word, value in _SPELLED.items()}
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
_FRONT = re.compile(
    r"^(?P<when>(?:In|On|During|After|Before|When|While|Since|At|By|For|Because|If) [^,;]{3,70}), (?P<what>[^,;]{12,})"
    r"(?P<end>[.!])$"
)
_BACK = re.compile(
    r"^(?P<what>[^,;]{12,}?) (?P<when>(?:in \d{4}|in [A-Z]\w+ \d{4}|on [A-Z]\w+ \d{1,2}|during the [^,;]{3,40}"
    r"|when [^,;]{8,50}|after [^,;]{8,50}|because [^,;]{8,60}))(?P<end>[.!])$"
)
_SAYS = re.compile(
    r"^(?P<who>(?:The |[A-Z])[^,;:]{1,50}?) (?:said|says|stated|reported|noted) (?:that )?(?P<what>[^“”\"]{12,})[.]$"
)
_TOLD = re.compile(
    r"^(?:According to (?P<who>[^,;:]{2,50}), (?P<what>[^“”\"]{12,})"
    r"|(?P<said>[^“”\"]{12,}), (?P<sayer>[^,;:]{2,50}?) (?:said|says)"
    r"|(?P<told>[^“”\"]{12,}), according to (?P<teller>[^,;:]{2,50}))[.]$"
)
_BESIDE = re.compile(r"^(?P<name>[A-Z]\w+(?: [A-Z]\w+){0,2}), (?P<what>(?:the|an?) [^,]{3,50}), (?P<rest>.+)$")
_OF = re.compile(
    r"\b[Tt]he (?P<what>[a-z]{4,}) of (?P<whose>[A-Z][a-z]+[a-rt-z])(?= (?:is|was|in|to|has|had|for|and|on)\b|[.,])"
)
_WHOSE = re.compile(
    r"(?:(?<=[a-z,] )(?<!\ba )(?<!\ban )(?<!\bthe )|^)(?P<whose>[A-Z][a-z]+[a-rt-z])['’]s (?P<what>[a-z]{4,})"
    r"(?= (?:is|was|in|of|to|has|had|for|and|on)\b|[.,])"
)
_TITLE = re.compile(
    r"\b(?:(?:Vice |[Ff]ormer |Acting )?(?:[Pp]resident|Prime Minister|Captain|Dr\.?|Mr\.?|Mrs\.?|Ms\.?|Sir|Professor"
    r"|General|Senator|Minister|Chancellor|Governor|Mayor|Judge|Colonel|Major|Lieutenant|Reverend|coach|[Aa]uthor"
    r"|[Dd]irector|[Aa]ctor|[Aa]ctress|[Ss]inger)) (?=[A-Z][a-z]+ [A-Z])"
)
_FIRST_NAME = re.compile(
    r"\b[A-Z][a-z]+ "
    r"(?=[A-Z][a-z]{3,} (?:said|says|told|wrote|argued|believed|married|played|sang|recalled|added|was born)\b)"
)
_PERSON = re.compile(
    r"[A-Z][a-z]+ (?:[A-Z]\.? )?[A-Z][a-z]+"
    r"(?= (?:was|is|had|has|said|says|told|became|wrote|won|played|began|made|[a-z]+ed)\b)"
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
    found = list(REPLACEABLE.finditer(sentence))
    for one in sorted(chance.sample(found, min(3, len(found))), key=lambda one: -one.start()):
        sentence = sentence[: one.start()] + chance.choice(SYNONYMS[one[0]]) + sentence[one.end() :]
    return sentence if found else None


def _move_back(sentence: str, _: random.Random) -> str | None:
    """ "In 1994, it sank." -> "It sank in 1994." """
    if found := _FRONT.match(sentence):
        when = found["when"]
        return f"{_upper(found['what'])} {when[:1].lower()}{when[1:]}{found['end']}"
    if found := _BACK.match(sentence):
        return f"{_upper(found['when'])}, {_inside(found['what'])}{found['end']}"
    return None


def _say_who_says(sentence: str, chance: random.Random) -> str | None:
    """The one who says it named first, last or by "according to" """
    if found := _SAYS.match(sentence):
        who, what = found["who"], found["what"]
    elif found := _TOLD.match(sentence):
        who = found["who"] or found["sayer"] or found["teller"]
        what = found["what"] or found["said"] or found["told"]
    else:
        return None
    forms = (
        f"According to {_inside(who)}, {_inside(what)}.",
        f"{_upper(what)}, {_inside(who)} said.",
        f"{_upper(what)}, according to {_inside(who)}.",
        f"{_upper(who)} said that {_inside(what)}.",
    )
    return chance.choice([form for form in forms if form != sentence])


def _say_beside(sentence: str, _: random.Random) -> str | None:
    """ "Ann Barrow, the mayor, …" -> "The mayor, Ann Barrow, …" """
    found = _BESIDE.match(sentence)
    return f"{_upper(found['what'])}, {found['name']}, {found['rest']}" if found else None


def _say_whose(sentence: str, _: random.Random) -> str | None:
    """ "the harbour of Sallow" and "Sallow's harbour" """
    if found := _OF.search(sentence):
        return f"{sentence[: found.start()]}{found['whose']}'s {found['what']}{sentence[found.end() :]}"
    found = _WHOSE.search(sentence)
    if not found:
        return None
    the = "the" if found.start() else "The"
    return f"{sentence[: found.start()]}{the} {found['what']} of {found['whose']}{sentence[found.end() :]}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def resolve(sentence: str, before: str, name: str | None = None) -> str | None:
    """The sentence with the name that "he" or "she" stands for, which is who the sentence before it is about."""
    about = _PERSON.match(before)
    if not about or not re.match(r"(?:He|She) (?!and\b)", sentence):
        return None
    return f"{name or about[0]} {sentence.split(' ', 1)[1]}"


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
    "voice": change_voice,
    "place": _move_back,
    "who says it": _say_who_says,
    "beside": _say_beside,
    "whose": _say_whose,
    "title": _cut(_TITLE),
    "first name": _cut(_FIRST_NAME),
}


def shorten(sentence: str, chance: random.Random) -> str | None:
    """The sentence without one part, its beginning, an aside or its end; None where it has none."""
    parts = [cut for cut in ("lead", "aside", "tail", "brackets") if REWRITES[cut](sentence, chance)]
    return REWRITES[chance.choice(parts)](sentence, chance) if parts else None


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
