"""What a text names that a later question may mean by "he", "there" or "that operation": English, by rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from qa.english.days import MONTHS, WEEKDAYS
from qa.english.given_names import MEN, WOMEN
from qa.english.phrasings import PREPOSITION, VERBS, WH
from qa.english.plurals import is_plural
from qa.english.referents import is_nation, names_no_person, names_office
from qa.english.verbs import base_of
from qa.english.wording import fold
from qa.types import Span

Kind = Literal["person", "place", "body", "thing", ""]
LONGEST = 2_000  # characters of a text that are looked at
MOST_WORDS = 4  # of a noun phrase, its article not counted

_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|(?:Mr|Mrs|Ms|Dr|St|Gen|Sen|Gov|Capt|Prof)\.(?= [A-Z])|\w+(?:[’'.-]\w+)*")
_LINKS = set("of de da del di du la le al el bin ibn ben van von der den for".split())
_ARTICLES = set("the a an this these those".split())
DO = set("do does did will would can could shall should might may must".split())
BE = set("is are was were has have had been".split())
GRAMMAR = {
    *DO, *BE, *PREPOSITION.split("|"), *WH.split("|"), *VERBS,
    *(
        "and or but nor not no yes to that than then so as if because while i you he she it we they him her them "
        "his its their my our your me us there here this these those some any all both each every many much more "
        "most such off into onto over out up down near between among along across behind beside beyond toward "
        "towards around above below per two three four five six seven eight nine ten via upon without inside "
        "outside despite what's who's be being am it's he's she's they're"
    ).split(),
}  # fmt: skip
# Capitalised words that open a question or a request and name nothing.
_OPENERS = GRAMMAR | set("a an the tell name list give show describe summarise summarize according in one two".split())
_BODIES = re.compile(
    r"(?:Group|Ferries|Instruments|Company|Inc|Ltd|Corp|Bank|Party|Union|Institute|Commission|Court|Department|Board"
    r"|Ministry|Directorate|Association|Agency|Council|Biologicals|Trading|Airlines|Motors|Police|Senate|Parliament"
    r"|Line|Shipping|Museum|Club|League|University|Pentagon|CIA|FBI|NATO|Congress|Committee|Center|Centre)$"
)
COMPANY = frozenset("company firm operator airline maker manufacturer".split())
_COMPANIES = re.compile(
    r"(?:Group|Ferries|Instruments|Company|Inc|Ltd|Corp|Biologicals|Trading|Airlines|Motors|Line|Shipping|Lines)$"
)
_PLACES = re.compile(
    r"(?:[Ii]sland|[Cc]ity|[Tt]own|[Vv]illage|[Cc]ountry|[Pp]rovince|[Vv]alley|[Pp]lant|[Ff]actory|[Ss]quare|[Pp]ort"
    r"|[Hh]arbour|[Ss]chool|[Mm]useum|[Hh]ospital|[Ss]tadium|[Dd]istrict|[Rr]egion|[Cc]lub)$"
)
_EVENTS = re.compile(r"^(?:Operation|Battle|Treaty)\b|(?:Cup|Festival|War|Trial|Games|Championship|Election)$")
_PLACE_BEFORE = re.compile(r"\b(?:in|at|near|off|around|throughout|outside|inside|across|within) (?:the )?$")
_SPEAKS = re.compile(
    r"['’]?,? (?:who\b|said\b|says\b|told\b|added\b|alleges\b|argued\b|claims\b|\d\d, |himself|herself)"
)
# What only persons do, or have done to them, right after the name: "was Fujimori arrested", "did Fujimori sing".
_LIVES = re.compile(
    r"(?: (?:was|is|has|had|been|be|get|got|to|ever|also|really|first))* (?:born|arrested|jailed|imprisoned|sentenced"
    r"|extradited|elected|married|marry|divorced?|resign(?:ed|s)?|sing|sang|sung|danced?|wear|wore|wept|smoked?|laugh(?:ed)?"
    r"|smiled?|tweet(?:ed)?|confess(?:ed)?|apologi[sz]ed?|assassinated|murdered|stabbed|beheaded|pardoned)\b"
)
_ADDRESSED = re.compile(
    r"\b(?:asks?|asked|tells?|told|warn(?:ed|s)?|urged?|thank(?:ed|s)?|invited?|interview(?:ed|s)?|marry|married|phoned?"
    r"|meet|met|dismiss(?:ed)?|sack(?:ed)?|fired?|hired?) $"
)
_OWNED = r"(?:the|an?|its|his|her|their|\w+['’]s)"
_ROLE_BEFORE = re.compile(rf"\b{_OWNED} (?:[\w-]+ ){{0,3}}?([a-z-]+), $")
_ROLE_AFTER = re.compile(rf", {_OWNED} (?:[\w-]+ ){{0,2}}?([a-z-]+)(?= (?:of|at|in|on|who|that)\b|[,.](?! [A-Z]))")
_MAN = re.compile(
    r"\b(?:Mr|Sir|Lord|King|Prince|chairman|spokesman|husband|father|son|brother|man|boy|himself|actor)\b"
)
_WOMAN = re.compile(
    r"\b(?:Mrs|Ms|Miss|Lady|Queen|Princess|Dame|chairwoman|spokeswoman|wife|mother|daughter|sister|woman|girl|herself"
    r"|actress)\b",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"(?:[A-Z]\.?){2,}")
_OFFICES = frozenset("CEO CFO COO CTO PM MP MEP".split())
_COUNTRIES = frozenset("US USA UK UAE".split())


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody or something that a text names; `nouns` are the words by which it can be called, in lower case."""

    text: str
    kind: Kind
    plural: bool = False
    sex: str = ""  # "m", "f" or unknown
    nouns: frozenset[str] = frozenset()
    subject: bool = False
    span: Span = field(default=(0, 0), compare=False)  # in its own text


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int
    owner: bool  # it has a possessive's ending
    glued: bool  # nothing but a space between it and the one before


def find_mentions(text: str, known: str = "") -> list[Mention]:
    """The names and the noun phrases of a text, in order; `known` are other texts that show where a phrase ends."""
    text = text[:LONGEST]
    tokens = [*_tokens(text)]
    found: list[Mention] = []
    at = 0
    while at < len(tokens):
        end = _phrase_end(tokens, at, known) if _opens_phrase(tokens, at) else at
        if end == at and _opens_name(text, tokens, at):
            end = _name_end(tokens, at)
            at += end > at + 1 and is_nation(tokens[at].text) and fold(tokens[at].text) not in MEN | WOMEN
        if end > at:
            found.append(_mention(text, tokens, at, end))
        at = max(end, at + 1)
    return _joined(text, [mention for mention in found if mention.nouns])


def _tokens(text: str) -> Iterator[_Token]:
    last = -1
    for match in _WORD.finditer(text):
        bare = re.sub(r"['’]s?$", "", match[0]) if re.search(r"['’]s$", match[0]) else match[0]
        owner = bare != match[0] or text[match.end() : match.end() + 1] in ("'", "’")
        yield _Token(bare, match.start(), match.start() + len(bare), owner, text[last : match.start()] == " ")
        last = match.end()


def _opens_phrase(tokens: Sequence[_Token], at: int) -> bool:
    follows = tokens[at + 1 : at + 2]
    return tokens[at].text.lower() in _ARTICLES and bool(follows) and follows[0].glued


def _phrase_end(tokens: Sequence[_Token], at: int, known: str) -> int:
    """After the noun phrase that an article opens, with the name that ends it: "the ferry Aurelia"."""
    end = at + 1
    while end < len(tokens) and end - at <= MOST_WORDS and _goes_on(tokens, at, end):
        end += 1
        if tokens[end - 1].owner:
            return end
    end = _without_verb(tokens, at, end, known)
    capital = end < len(tokens) and tokens[end].glued and tokens[end].text[0].isupper()
    if capital and not is_time(tokens[end].text):
        end = _name_end(tokens, end)
        after_do = _follows_do(tokens, at)
        if not after_do and end < len(tokens) and not tokens[end - 1].owner and _goes_on(tokens, end - 1, end):
            word = tokens[end].text
            end += not word.endswith(("ed", "s")) and base_of(word) is None  # "the Fellmere factory"
        return end
    return end if end > at + 1 else at


def _follows_do(tokens: Sequence[_Token], at: int) -> bool:
    """Whether the phrase is the subject of "does", or its end: "does the wreck of the Aurelia lie"."""
    words = [token.text.lower() for token in tokens[max(0, at - 4) : at]]
    whole = len(words) == 4 and words[0] in DO and words[1] in _ARTICLES and words[3] == "of"
    return bool(words) and (words[-1] in DO or whole)


def _goes_on(tokens: Sequence[_Token], at: int, end: int) -> bool:
    token = tokens[end]
    word = token.text
    if not token.glued or word.lower() in GRAMMAR | _ARTICLES or not word[0].islower():
        return False
    return end == at + 1 or not (word.endswith("ed") and len(word) > 4)


def _without_verb(tokens: Sequence[_Token], at: int, end: int, known: str) -> int:
    """Without the verb that ends it in "did the ferry sink" and "was the ferry built"."""
    words = [token.text.lower() for token in tokens[at + 1 : end]]
    if len(words) < 2:
        return end
    for count in range(len(words), 0, -1):
        if known and re.search(rf"\b{re.escape(' '.join(words[:count]))}\b", known):
            return at + 1 + count
    before = tokens[at - 1].text.lower() if at else ""
    followed = tokens[end].text.lower() if end < len(tokens) else ""
    return end - 1 if followed != "of" and (before in DO or (before in BE and not followed)) else end


def _opens_name(text: str, tokens: Sequence[_Token], at: int) -> bool:
    word = tokens[at].text
    if not word[0].isupper() or is_time(word) or (not at and word.lower() in _OPENERS):
        return False
    before = text[: tokens[at].start].rstrip(" \"'“‘(")
    if not before or before[-1] in ".!?:\n":  # a capital that the sentence gives
        return word.lower() not in _OPENERS and _name_end(tokens, at) > at + 1
    return word.lower() not in GRAMMAR or (word.isupper() and len(word) > 1)


def _name_end(tokens: Sequence[_Token], at: int) -> int:
    end = at + 1
    while end < len(tokens) and not tokens[end - 1].owner and tokens[end].glued:
        after = end
        while (
            after < len(tokens) and after - end < 2 and tokens[after].text in {*_LINKS, "the"} and tokens[after].glued
        ):
            after += 1
        joined = after < len(tokens) and tokens[after].glued and _is_of_name(tokens[after].text, numbered=after == end)
        if after > end and _is_office(tokens[end - 1].text):  # "the CEO of Apple" is no name
            break
        linked = [token.text for token in tokens[end:after]]
        if not joined or is_time(tokens[after].text) or (linked and (end - at > 2 or linked[0] in ("the", "for"))):
            break
        if linked[-1:] == ["the"] and end - at > 1:
            break
        end = after + 1
    return end


def _is_of_name(word: str, *, numbered: bool) -> bool:
    """Whether it may go on a name: a capital, or the number of "Flight 714"."""
    return word[0].isupper() or (numbered and word.isdigit() and len(word) < 4)


def _is_office(word: str) -> bool:
    return word in _OFFICES or names_office(word.lower())


def is_company(mention: Mention) -> bool:
    """Whether its name is that of a company."""
    return _COMPANIES.search(mention.text) is not None


def is_time(word: str) -> bool:
    """Whether the word names a day of the week or a month."""
    return word.lower() in MONTHS or word.lower() in WEEKDAYS


def _mention(text: str, tokens: Sequence[_Token], at: int, end: int) -> Mention:
    first, last = tokens[at], tokens[end - 1]
    written = text[first.start : last.end]
    named = any(token.text[0].isupper() for token in tokens[at + (first.text.lower() in _ARTICLES) : end])
    words = [token.text for token in tokens[max(0, at - 1) : at] if token.text.islower()] if named else []
    roles = [word for word in words if names_office(word) and text[first.start - 1 : first.start] == " "]
    roles += _appositions(text, first.start, last.end) if named else []
    nouns = frozenset(fold(token.text) for token in tokens[at:end] if token.text.lower() not in _ARTICLES) | {*roles}
    phrase = re.sub(r"^(?:an?|this|that|these|those|The) ", "the ", written, flags=re.IGNORECASE)
    if named and is_nation(written):
        nouns = frozenset()
    kind = _kind(text, first.start, last.end, written, roles, named)
    head = last.text if not named else next((t.text for t in reversed(tokens[at:end]) if t.text.islower()), "")
    before = tokens[at - 1].text.lower() if at else ""
    return Mention(
        phrase if first.text.lower() in _ARTICLES else written,
        kind,
        plural=bool(head) and is_plural(head) and head.islower(),
        sex=_sex(text, first.start, last.end, [token.text for token in tokens[at:end]])
        if kind in ("person", "")
        else "",
        nouns=nouns,
        subject=before in DO | BE or not at,
        span=(first.start, last.end),
    )


def _appositions(text: str, start: int, end: int) -> list[str]:
    """What the name is said to be: "its captain, Rolf Amdahl", "Amdahl, the captain of"."""
    before = _ROLE_BEFORE.search(text[max(0, start - 80) : start])
    after = _ROLE_AFTER.match(text[end : end + 80])
    return [found[1] for found in (before, after) if found]


def _kind(text: str, start: int, end: int, written: str, roles: Sequence[str], named: bool) -> Kind:
    nouns = [word for word in written.split() if word.islower() and word not in _ARTICLES]
    if any(map(names_office, [*roles, *nouns])) or written.split()[-1] in _OFFICES:
        return "person"
    if _BODIES.search(written):
        return "body"
    if _PLACES.search(written):
        return "place"
    if not named:
        return "thing"
    if _INITIALS.fullmatch(written):  # nobody is called by them: they may be a country's
        return "place" if written.replace(".", "") in _COUNTRIES else "body"
    if _EVENTS.search(written) or nouns or written.split()[0].lower() in _ARTICLES:
        return "thing"
    first = fold(re.split(r"[ -]", written)[0])
    title = written.split()[0].rstrip(".").lower()
    after = text[end : end + 40]
    if names_office(title) or first in MEN | WOMEN or _SPEAKS.match(after) or _LIVES.match(after):
        return "person"
    if _ADDRESSED.search(text[:start]) and not names_no_person(written):
        return "person"
    return "place" if _PLACE_BEFORE.search(text[:start]) else ""


def _sex(text: str, start: int, end: int, words: Sequence[str]) -> str:
    own = {fold(word) for word in words[:2]}
    around = f"{text[max(0, start - 14) : start]}{' '.join(words[:2])}"
    male, female = bool(own & MEN or _MAN.search(around)), bool(own & WOMEN or _WOMAN.search(around))
    return "" if male == female else "m" if male else "f"


def _joined(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """With "Rubio and Hegseth" after the two names, and "the captain of the ferry" in the place of "the captain"."""
    both, whole = [], []
    for at, one in enumerate(mentions):
        other = mentions[at + 1] if at + 1 < len(mentions) else None
        between = text[one.span[1] : other.span[0]] if other else ""
        if other and one.text.startswith("the ") and between in (" of ", " in "):
            third = mentions[at + 2] if at + 2 < len(mentions) else None
            if (
                third and third.text[0].isupper() and text[other.span[1] : third.span[0]] == " and "
            ):  # "Ostler and Wray"
                other = replace(other, text=f"{other.text} and {third.text}", span=(other.span[0], third.span[1]))
            one = replace(one, text=f"{one.text}{between}{other.text}", span=(one.span[0], other.span[1]))
        elif other and between == " and ":
            text_of_both, span = f"{one.text} and {other.text}", (one.span[0], other.span[1])
            both.append(replace(one, text=text_of_both, plural=True, nouns=one.nouns | other.nouns, span=span))
        whole.append(one)
    return [*whole, *both]
