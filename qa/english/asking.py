"""Questions that a sentence answers, made of its own words by rule: who, when, where, how many, how much, what.

Only plain statements are asked about: one subject, one verb whose form is known, and nothing that an earlier sentence
must explain. What the rules can't read gives no question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from qa.english.attribution import attribution_of
from qa.english.plurals import is_plural
from qa.english.referents import opening_reference
from qa.english.values import find_values
from qa.english.verbs import AUX, base_of

Sort = Literal["who", "when", "where", "how many", "how much", "what"]

WORDS = range(5, 15)  # of a question
LONGEST_SUBJECT = 7  # words
LONGEST_OBJECT = 9
_WEEKDAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DAYS = re.compile(rf"{_WEEKDAY}|{_MONTH}")
_DATE = re.compile(
    rf"\b(?P<how>on|in|since) (?:{_WEEKDAY}(?: (?:morning|afternoon|evening|night))?"
    rf"|\d{{1,2}} {_MONTH}(?: \d{{4}})?|{_MONTH}(?: \d{{1,2}}\b)?(?:,? \d{{4}})?|(?:19|20)\d\d)\b(?! (?:and|or|to)\b)"
)
_PLACE = re.compile(
    r"\b(?:in|at|near|off|outside|inside) (?:the )?(?:[a-z]+ (?:[a-z]+ )?(?:of|at|in|on) )?(?:the )?"
    r"[A-Z][\w'’.-]*(?: (?:of )?[A-Z][\w'’.-]*)*(?: [a-z]+)?$"
)
_DATELINE = re.compile(r"[A-Z][\w .'’-]{1,40}(?:, [A-Z][\w. ]+)? (?:\([\w ]+\) )?(?:—|–|--|-) ")
_SAID = re.compile(
    r", (?:according to [^,]{1,80}|(?:[\w.'’-]+ ){1,6}(?:said|says|announced|reported|confirmed)"
    rf"(?: (?:on )?{_WEEKDAY}| (?:yesterday|today|in a statement))?)$"
)
# Who says so, before the statement.
_FRONT = re.compile(
    r"(?:[\w.'’-]+ ){1,5}?(?:say|says|said|claim|claims|confirmed|announced)(?: on \w+day)?(?: that)? "
    r"(?=[A-Z\d]|the |an? )"
)
_LEAD = re.compile(
    r"(?:(?:In|On|At|During|After|Before|Since|By|For|With|Last|Late|Early) [^,]{1,50}"
    r"|Meanwhile|However|Earlier|Later|Also|Furthermore|Instead|Still), "
)
_ASIDE = re.compile(r"^(?P<subject>(?:[^\s,]+ ){0,6}[^\s,]+), (?P<aside>[^,]{3,70}), (?=[a-z])")
_ADVERB = re.compile(r"\b(?:also|thus|today|now|already|then|only|just|still|later|yesterday|recently|twice|again) ")
_COMMA = re.compile(r", (?!(?:19|20)\d\d\b)")
_CLAUSE = re.compile(
    r" (?:after|before|when|while|because|which|who|whose|where|although|though|until|unless|if|than|but|so|that|as"
    r"|following|despite|amid|and (?=(?:was|were|is|are|has|have|had|will|then|he|she|it|they|\w+ed|\w+ing"
    r"|\d+ (?:was|were)|(?:[\w'’-]+ ){1,4}?(?:was|were|has|have|had|will|\w+ed))\b))\b"
)
_PHRASE = re.compile(
    r"(?:^| )(?:in|on|at(?! (?:least|most)\b)|to(?= (?:the|an?|[A-Z\d]))|from|for|with|by|into|during|against|near"
    r"|off|over|under|since|within|between)\b"
)
_OBJECT_ENDS = re.compile(
    r" (?:in|on|at|to|from|for|with|by|into|during|against|near|off|over|under|about|between|out)\b"
)
_STRANGE = re.compile(r"[“”\"()\[\];:—–…?!*|<>/\\\n]|--|\b(?:not|never|no|nor|neither)\b|n['’]t\b")
_PRONOUN = re.compile(
    r"\b(?:he|she|it|they|him|them|this|that|these|those|we|i|you|us|our|my|your|there|here|then|such|same|another"
    r"|others?|both|ones?|latter|former)\b",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:his|her|its|their|himself|herself|itself|themselves)\b")
_NO_SUBJECT = re.compile(r"\b(?:to|that|which|who|whom|where|when|after|before|while|if|because|as|or|than)\b")
_DETERMINER = re.compile(r"(?:The|A|An|His|Her|Its|Their|Some|Many|Several|Most|At|About|More|Up|Nearly|Over)$")
_OBJECT = re.compile(
    r"(?:an?|the) (?!(?:\w+ )?(?:day|week|month|year|hour|time|night|morning|end|figure|number|text)s?\b)"
)
_TITLE = re.compile(
    r"\b(?:President|Minister|Captain|Mayor|Judge|Professor|Dr|Senator|Governor|King|Queen|Pope|Secretary|Commissioner"
    r"|Inspector|Coach|Director|Prefect|General|Colonel|Bishop|Sheriff|Chancellor|Commander)\b"
)
_HAVE = {"has": "does", "have": "do", "had": "did"}
_HAVING = re.compile(
    r"(?:\d|an?$|the$|about$|at$|more$|one$|two$|three$|four$|five$|six$|seven$|eight$|nine$|ten$|some$|over$)"
)
_NAME = r"(?:[A-Z][\w'’-]*[a-z]|[A-Z]\.)"
_PERSON = re.compile(rf"{_NAME}(?: {_NAME}){{1,2}}$")
_NO_PERSON = re.compile(
    r"\b(?:Group|Wire|Island|Islands|Party|Union|Council|Court|Bank|University|Team|United|City|Company|Ferries|News"
    r"|Department|House|Police|Army|Navy|Guard|Club|School|Line|Lines|Air|Airways|Committee|Agency|Office|Ministry"
    r"|Hospital|Museum|Foundation|Institute|Association|Federation|Authority|Bridge|River|Street|Square|Park|North"
    r"|South|East|West|New|Festival|Theatre|Cup|League|Times|Post|Daily|Herald|Gazette)\b|s$"
)


@dataclass(frozen=True, slots=True)
class Posed:
    """A question, of what sort it is, and the words of the sentence that answer it."""

    sort: Sort
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class _Statement:
    """Subject, auxiliary ("" where the verb is simply past), verb and the rest: "the ferry", "was", "built", …"""

    subject: str
    aux: str
    verb: str
    rest: str

    def ask(self, words: str, rest: str) -> str:
        """The question that opens with those words and keeps that rest, or as much of it as is short."""
        base = self.verb if self.aux else base_of(self.verb) or ""
        return _shorten(f"{words} {self.aux or 'did'} {self.subject} {base}", rest)


def questions_about(sentence: str, text: str) -> list[Posed]:
    """Questions that the sentence answers; `text` is its article's, which shows whether a word is a name."""
    if opening_reference(sentence):
        return []
    read = _read(sentence, text)
    if read is None:
        return []
    statement, lead = read
    found = [*_ask_amounts(statement), *_ask_date(statement, lead), *_ask_place(statement), *_ask_object(statement)]
    found += _ask_subject(statement)
    return [posed for posed in found if _reads_well(posed)]


def _read(sentence: str, text: str) -> tuple[_Statement, str] | None:
    """The statement, and what stood before its subject."""
    plain = _DATELINE.sub("", sentence, count=1) if _DATELINE.match(sentence) else sentence
    plain = _SAID.sub("", plain.rstrip(". "))
    lead = _LEAD.match(plain)
    body = plain[lead.end() :] if lead else plain
    body = _ASIDE.sub(r"\g<subject> ", _ADVERB.sub("", _FRONT.sub("", body, count=1)))
    body = _CLAUSE.split(_COMMA.split(body)[0])[0]
    if _STRANGE.search(body) or attribution_of(body):
        return None
    words = body.split()
    at = next((i for i, word in enumerate(words) if i and (AUX.match(word) or base_of(word))), 0)
    subject = _as_inside(words[:at], text, opens=lead is None) if at else ""
    if not subject or at > LONGEST_SUBJECT or _NO_SUBJECT.search(subject) or _PRONOUN.search(subject):
        return None
    aux, rest = (words[at], words[at + 1 :]) if AUX.match(words[at]) else ("", words[at + 1 :])
    verb = "" if aux else words[at]
    if _PHRASE.match(subject.lower()) or (aux and not rest):
        return None
    if aux in _HAVE and _HAVING.match(rest[0]):
        aux, verb, rest = _HAVE[aux], "have", rest
    elif not aux and _is_relative(words[at:]):
        return None
    return _Statement(subject, aux, verb, " ".join(rest)), lead[0].rstrip(", ") if lead else ""


def _is_relative(words: list[str]) -> bool:
    """Whether the first verb may only tell which subject it is: "boats suspected of smuggling were sunk"."""
    return any(AUX.match(word) or base_of(word) for word in words[1:])


def _as_inside(words: list[str], text: str, *, opens: bool) -> str:
    """The words as they are written within a sentence; "" where that can't be told."""
    first, rest = words[0], words[1:]
    if not opens or not first[:1].isupper():
        return " ".join(words)
    if _DETERMINER.match(first):
        return " ".join([first.lower(), *rest])
    named = re.escape(first)
    if re.search(rf"(?<=[a-z,] ){named}\b", text) or (rest and rest[0][:1].isupper()):
        return " ".join(words)
    return " ".join([first.lower(), *rest]) if re.search(rf"\b{named.lower()}\b", text) else ""


def _shorten(beginning: str, rest: str) -> str:
    """The question without the last of its phrases, as long as it is too long."""
    while len(f"{beginning} {rest}".split()) >= WORDS.stop and (ends := list(_PHRASE.finditer(rest))):
        rest = rest[: ends[-1].start()]
    return " ".join(f"{beginning} {rest}".split()) + "?"


# The questions


def _ask_amounts(said: _Statement) -> Iterator[Posed]:
    """How many or how much: of the subject where it is counted, else of what the verb has."""
    for value in find_values(said.subject):
        if value.kind == "number" and not value.unit and value.span[0] == 0:
            counted = said.subject[value.span[1] :].strip()
            if counted and said.verb != "have" and is_plural(counted.split()[-1]):
                question = _shorten(f"How many {counted} {said.aux or said.verb}", said.rest)
                yield Posed("how many", question, value.text)
            return
    for value in find_values(said.rest):
        before, after = said.rest[: value.span[0]].strip(), said.rest[value.span[1] :]
        if len(before.split()) > 3 or not after.startswith((" ", "")) or after.startswith("-"):
            return
        if value.kind == "money":
            yield Posed("how much", said.ask("How much", f"{before} {after}"), value.text)
            return
        if value.kind != "number" or value.unit or _DATE.search(f" {said.rest[max(0, value.span[0] - 9) :]}"):
            continue
        words = after.split()
        end = next((i for i, word in enumerate(words[:4], 1) if is_plural(word)), 0)
        if end and words[end:][:1] != ["and"] and not _PHRASE.search(" ".join(words[:end])):
            counted, remainder = _whole_noun(words, end)
            yield Posed("how many", said.ask(f"How many {counted}", f"{before} {remainder}"), value.text)
        return


def _whole_noun(words: list[str], end: int) -> tuple[str, str]:
    """What is counted, with "of …" or "suspected of …" behind it, and what follows."""
    counted, remainder = " ".join(words[:end]), " ".join(words[end:])
    if re.match(r"(?:of|\w+ed|\w+ing)\b", remainder):
        return f"{counted} {remainder}", ""
    return counted, remainder


def _ask_date(said: _Statement, lead: str) -> Iterator[Posed]:
    if found := _DATE.search(said.rest):
        rest = f"{said.rest[: found.start()]} {said.rest[found.end() :]}"
        wh = "Since when" if found["how"] == "since" else "When"
        yield Posed("when", said.ask(wh, rest), found[0])
    elif lead and (found := _DATE.fullmatch(lead[0].lower() + lead[1:])) and found["how"] != "since":
        yield Posed("when", said.ask("When", said.rest), found[0])


def _ask_place(said: _Statement) -> Iterator[Posed]:
    rest = _DATE.sub("", said.rest).strip()
    if said.aux != "will" and (found := _PLACE.search(rest)) and not _DAYS.search(found[0]):
        yield Posed("where", said.ask("Where", rest[: found.start()]), found[0])


def _ask_object(said: _Statement) -> Iterator[Posed]:
    """What the subject did it to: right behind the verb, up to the next preposition."""
    before = ""
    rest = said.rest
    if said.aux and not said.verb:
        before, _, rest = rest.partition(" ")
        if said.aux in ("was", "were", "is", "are") and not before.endswith("ing"):
            return
    if not _OBJECT.match(rest):
        return
    end = _OBJECT_ENDS.search(rest)
    thing = rest[: end.start()] if end else rest
    remainder = rest[end.start() :] if end else ""
    if 1 < len(thing.split()) <= LONGEST_OBJECT and not re.match(r" to (?!the |an? |[A-Z\d])", remainder):
        yield Posed("what", said.ask("What", f"{before} {remainder}"), thing)


def _ask_subject(said: _Statement) -> Iterator[Posed]:
    person = _TITLE.search(said.subject) or (_PERSON.match(said.subject) and not _NO_PERSON.search(said.subject))
    if person and said.verb != "have" and said.aux not in ("is", "are", "were", "have") and not _OWN.search(said.rest):
        yield Posed("who", _shorten(f"Who {said.aux or said.verb}", said.rest), said.subject)


def _reads_well(posed: Posed) -> bool:
    """Whether it is neither too short nor too long, names something, and speaks of nothing that was said before."""
    question = posed.question
    if len(question.split()) not in WORDS or _PRONOUN.search(question.partition(" ")[2]):
        return False
    return any(word[:1].isupper() and not _DAYS.match(word) for word in question.split()[1:])
