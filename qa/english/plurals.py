"""Whether a question's "which …" or "what …" asks for several things: English plurals, by rule and by table."""

from __future__ import annotations

import re
from itertools import pairwise

# Plurals without an -s ...
_PLURAL = set(
    "people men women children teeth feet mice geese oxen criteria phenomena media bacteria alumni cacti fungi "
    "nuclei policemen policewomen firefighters congressmen congresswomen spokesmen spokeswomen gunmen fishermen "
    "businessmen servicemen troops ones crises analyses theses hypotheses diagnoses bases oases parentheses "
    "classes losses glasses passes princesses actresses waitresses successes processes illnesses witnesses "
    "businesses addresses buses viruses campuses bonuses".split()
)
# ... and words with one that are none.
_SINGULAR = set(
    "news politics economics physics athletics gymnastics mathematics statistics electronics aerobics ethics "
    "logistics tactics linguistics series species headquarters means gas bus plus campus virus status census "
    "consensus corpus genius bonus chorus circus focus minus nexus radius surplus terminus versus atlas bias canvas "
    "chaos cosmos ethos pathos lens christmas texas kansas arkansas paris athens wales brussels caracas damascus "
    "honduras cyprus laos dallas las los james thomas charles earnings odds proceeds whereabouts remains "
    "thanks jones williams davis this his its us as thus "
    "perhaps sometimes always besides diabetes measles aids rabies alias".split()
)
# Plurals that stand before another noun: "which sports team", "what arms dealer", "which United States senator".
_MODIFIERS = set("sports arms weapons games sales goods drugs systems operations human rights".split())
# Verbs of one thing: "what causes floods", "which bus goes".
_DOES = set(
    "causes makes worries controls says claims happens concerns drives explains means keeps leads prompts helps shows "
    "sparks triggers scares links separates distinguishes sets gives gets comes goes takes needs remains looks seems "
    "appears matters hurts kills stops prevents allows lets threatens connects attracts angers upsets follows starts "
    "ends does is was has belongs lies stands sits exists occurs becomes contains holds runs works costs lives wants "
    "plays".split()
)
# Verbs as they follow a noun, where their form alone doesn't tell; those in -ed end a noun phrase anyway.
_DO = set(
    "want take make have go come say need use get give live work play belong appear support oppose include remain "
    "face hope plan seek call ask offer lead send speak like own produce follow border exist sell buy share stand won "
    "lost took made went came said got gave left sank fell ran saw met held led sent spoke began became broke "
    "wrote bought sold fought knew grew flew rose found killed hurt shot hit put set "
    "been given taken seen chosen written receive provide supply export import sign vote".split()
)
# In -ed, and no verb of a bare "what".
_ADJECTIVES = set(
    "armed wounded alleged suspected united unmanned injured unidentified related wanted advanced named limited "
    "hundred red detailed mixed sacred added".split()
)
_ADVERBS = set("too so more less very much all again".split())
_TWO_OR_MORE = set("two three four five six seven eight nine ten several various different many few all both".split())
_AUXILIARIES = set(
    "is are was were am be been being do does did has have had can could will would shall should may might must "
    "isn't aren't wasn't weren't don't doesn't didn't hasn't haven't hadn't can't couldn't "
    "won't wouldn't shouldn't".split()
)
_DETERMINERS = set("the a an this these those his her its their".split())
_PREPOSITIONS = set(
    "of in on at by for from with to into about against after before during over under between among near off since "
    "as than behind through throughout".split()
)
# What ends a noun phrase.
_STOPS = (
    _AUXILIARIES
    | _PREPOSITIONS
    | _DETERMINERS
    | set(
        "that who whom which whose where when why how and or but not he she it they we you i there if because".split()
    )
)
_WORD = re.compile(r"[\w'.&-]+")
_SHOWN = 12  # words looked at; no noun phrase of a plain question is as long


def is_plural(word: str) -> bool:
    """Whether the noun stands for several: "countries", "people"; "news" and "Texas" don't."""
    word = word.lower().rstrip(".'")
    if word in _PLURAL or word in _SINGULAR or "." in word or not re.search("[aeiouy]", word):  # "GPS", "U.S."
        return word in _PLURAL
    return len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "'s", "is", "us"))


def ends_noun_phrase(word: str, next_word: str) -> bool:
    """Whether the word is the plural that others led up to: "rivers" in "large rivers flow", not "sports"."""
    return is_plural(word) and word.lower() not in _MODIFIERS | {"states"} and not next_word[:1].isupper()


def asks_for_several(phrase: str, *, after_what: bool = False) -> bool:
    """Whether the noun phrase after "which" or "what" is a plural; after "what" a verb may stand in its place."""
    words = _WORD.findall(phrase)[:_SHOWN]
    if after_what and _starts_with_verb(words):
        return False
    if words[:1] == ["of"]:  # "which of the ships were lost": the verb alone tells how many
        return any(_is_plural_verb(*pair) for pair in pairwise(word.lower() for word in words))
    noun = ""
    for at, word in enumerate(words):
        lower = word.lower()
        if lower in _TWO_OR_MORE or (word.isdigit() and 1 < int(word) < 1000):
            return True
        if lower.endswith("'s"):  # "which country's ships"
            return False
        if lower in _STOPS or (noun and _is_verb(lower)):
            following = "".join(words[at + 1 : at + 2]).lower()
            return _is_several(noun, words, at) or (noun != "" and _is_plural_verb(lower, following))
        if is_plural(noun) and noun.lower() not in _MODIFIERS and not noun[0].isupper():
            return at == 1  # of "countries supply weapons" the subject, of "company installs systems" the verb
        noun = word
    return is_plural(noun)


def _starts_with_verb(words: list[str]) -> bool:
    """Whether "what" is the subject itself: "what causes floods", "what shifts during the day", "what delayed it"."""
    first, second = (*(word for word in words[:2]), "", "")[:2]
    if first.lower().endswith("ed"):
        return first.lower() not in _ADJECTIVES
    if (not is_plural(first) and first.lower() not in _DOES) or second.lower() in _AUXILIARIES:
        return False
    if (
        first.lower() in _DOES
        or second.lower().endswith("ly")
        or second.lower() in _ADVERBS
        or second[:1].isupper() > first[:1].isupper()
    ):
        return True
    return second.lower() in _STOPS - {"of"} and not _has_verb(words[2:])


def _is_several(noun: str, words: list[str], at: int) -> bool:
    """Whether the plural before `at` is the noun: "bus stops at" has its verb, "boats from Spain sank" not."""
    if not is_plural(noun) or (at > 1 and (noun.lower() in _DOES or words[at].lower() == "to")):
        return False
    return at == 1 or words[at].lower() not in _PREPOSITIONS | _DETERMINERS or _has_verb(words[at + 1 :])


def _has_verb(words: list[str]) -> bool:
    return any(_is_verb(word.lower()) or word.lower() in _AUXILIARIES for word in words)


def _is_verb(word: str) -> bool:
    return word.endswith("ed") or word in _DO or word in _DOES


def _is_plural_verb(word: str, next_word: str) -> bool:
    """Whether "are" or such is the noun's own verb: "were lost", not "(on what day) were the bodies found"."""
    return word in {"are", "were", "have"} and (next_word.endswith("ed") or next_word in _DO | _PREPOSITIONS)
