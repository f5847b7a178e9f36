"""Who did what to whom in a question, and which of the two a later one speaks of: "Who shot Ann?", "Was he caught?"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from qa.english.mentions import GRAMMAR, Mention, find_mentions
from qa.english.phrasings import VERBS
from qa.english.verbs import base_of

Side = Literal["doer", "done_to", ""]

_NAME = r"(?:(?:the )?[A-Z][\w.’'-]*(?: (?:(?:of|de|von|bin|al) )?[A-Z][\w.’'-]*)*|the [a-z-]+)"
_DID = re.compile(
    rf"(?P<who>(?i:whom?) )?(?:.*?\b)?(?i:did|does|do|will|would|has|have) (?P<doer>{_NAME}) (?P<verb>[a-z]+)"
    rf"(?: (?P<done_to>{_NAME}))?(?: |$)"
)
_WHO_DID = re.compile(rf"(?P<who>(?i:who))(?: has| had)? (?P<verb>[a-z]+) (?P<done_to>{_NAME})(?: |$)")
_WAS_DONE = re.compile(
    rf"(?P<who>(?i:who) )?(?:.*?\b)?(?i:was|were|is|are) (?:(?P<done_to>{_NAME}) )?(?P<verb>[a-z]+)"
    rf"(?: by (?P<doer>{_NAME}))?(?: |$)"
)
_DONE = re.compile(r"\b(?:was|were|been|be|got) (?:he|she|they|it) ([a-z]+)")
_DOES = re.compile(r"\b(?:did|does|will|would) (?:he|she|they|it) ([a-z]+)")
_NO_VERBS = set("does wants needs always perhaps else".split())
_HARM = set(
    "shoot kill murder stab attack assassinate strangle poison wound injure kidnap abduct rape behead execute rob beat "
    "ambush".split()
)
# What these are done to is no person.
_MAKES = set("compos writ paint direct build found discover invent design mak publish film sculpt cod".split())
_VICTIMS = re.compile(
    r"\b(?:buried|burial|funeral|grave|die[ds]?|dead|death|surviv\w+|recover\w*|hospital|wounds?|injur(?:ed|ies)|killed"
    r"|widow\w*|autopsy|mourn\w*|memorial|coffin|obituary|laid to rest|last words)\b",
    re.IGNORECASE,
)
_CULPRITS = re.compile(
    r"\b(?:arrest\w*|charge[ds]?|convict\w*|sentenced?|jail\w*|prison|motives?|weapon|gun|rifle|knife|confess\w*"
    r"|plea\w*|trial|court|lawyers?|caught|suspect\w*|flee|fled|escaped?|surrender\w*|captured?|accused|bail"
    r"|extradit\w+|accomplices?|regret\w*|guilty|death penalty)\b",
    re.IGNORECASE,
)
# One who gives or takes something for something else: "What does Marland pay for a tonne of Cerovite?"
_TRADES = set("pay charge offer sell buy spend import export produce make ask want demand use order supply".split())
_ACTS = re.compile(
    r"\b(?:did|does|will|would|can|has|had) it (?:(?!be|been)\w+ )?(?:sa[iy]|pa[iy]|want|plan|offer|buy|bought|sell"
    r"|sold|den[iy]|ask|decid|announc|promis|refus|sign|employ|own|import|export|spen[dt]|earn|owe|demand|answer|agree|apologi[sz])\w*"
    r"|\b(?:based|founded|headquartered|bankrupt|insolvent|listed)\b"
    r"|\bits (?:shares?|profits?|revenues?|sales|chief|chairman|owners?|headquarters|employees|boss|ceo)\b",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"\b(?:do(?:es)?|did|will|would|can) it (?:\w+ )?(?:keep|last|cost|work|weigh|contain|taste|smell|look|measure"
    r"|expire|melt|spoil|protect|cure|prevent|consist)\b"
    r"|\b(?:is|was|will|can) it (?:be )?(?:made|used|stored|kept|grown|mined|built|taken|given|eaten|worn|sold|released"
    r"|published|shown|delivered|called|priced)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Deed:
    """The doer, the verb in its base form, "" where it isn't known, and whom or what it was done to; "" is not told."""

    doer: str
    verb: str
    done_to: str
    asked: Side = ""  # which of the two was asked for


def find_deed(question: str, given: str) -> Deed | None:
    """What the question says somebody did, `given` being the words that answered it; None where it says nothing so."""
    text = question.strip(" ?!.")
    if (found := _WHO_DID.match(text)) and (verb := _base(found["verb"])):
        return Deed(given, verb, found["done_to"], "doer")
    found = _DID.match(text)
    if found and found["verb"] not in GRAMMAR - VERBS:
        done_to = given if found["who"] and not found["done_to"] else found["done_to"]
        return Deed(found["doer"], found["verb"], done_to or "", "done_to" if found["who"] else "")
    found = _WAS_DONE.match(text)
    if found and (verb := _base(found["verb"])) and (found["done_to"] or found["who"]):
        return Deed(found["doer"] or "", verb, found["done_to"] or given, "" if found["done_to"] else "done_to")
    return None


def side_told(question: str, deed: Deed) -> Side:
    """Which of the two the question's words are about; nothing where they may be about either."""
    if re.search(r"\bdo(?:ne|ing)? (?:it|that|this|so)\b|\bby (?:him|her|them)\b", question):
        return "doer"
    if any(_is_form(found[1], deed.verb) for found in _DONE.finditer(question)):
        return "done_to"
    if any(_is_form(found[1], deed.verb) for found in _DOES.finditer(question)):
        return "doer"
    if deed.verb not in _HARM:
        return ""
    culprit = _CULPRITS.search(question) is not None
    victim = _VICTIMS.search(re.sub(r"death (?:penalty|sentence)", "", question)) is not None
    return "" if culprit == victim else "doer" if culprit else "done_to"


def makes(deed: Deed) -> bool:
    """Whether what was done to is a thing: whoever built it or wrote it."""
    return _stem(deed.verb) in _MAKES


def trades(deed: Deed) -> bool:
    """Whether the doer gives or takes something, so that "it" may be that as well."""
    return deed.verb in _TRADES


def side_of_trade(question: str) -> Side:
    """Whether "it" is who trades or what is traded; nothing where it may be either."""
    acts, is_so = _ACTS.search(question) is not None, _STATES.search(question) is not None
    return "" if acts == is_so else "doer" if acts else "done_to"


def may_be(words: str, pronoun: str) -> bool:
    """Whether the pronoun can stand for who is called so, as far as the name tells."""
    found: list[Mention] = find_mentions(f"Of {words}")
    if not found or pronoun.lower() == "they":
        return bool(words)
    kind, sex = found[0].kind, found[0].sex
    if pronoun.lower() == "it":
        return kind != "person"
    return kind in ("person", "") and sex in ("", "m" if pronoun.lower() == "he" else "f")


def _is_form(word: str, verb: str) -> bool:
    return _stem(word) == _stem(verb)


def _stem(word: str) -> str:
    """The verb without its end: "compos" of "composed" and of "compose"."""
    return re.sub(r"(?<=\w{2})(?:ied|ed|y|e)$", "", base_of(word) or word)


def _base(verb: str) -> str:
    """The verb that the past is of, by table or by its regular end; or the third person."""
    if base := base_of(verb):
        return base
    end = "ed" if verb.endswith("ed") else "s"
    return verb.removesuffix(end) if verb.endswith(end) and len(verb) > 4 and verb not in _NO_VERBS else ""
