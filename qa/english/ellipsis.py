"""Fragments such as "Why?", "And in 2024?", "What about Norway?" made whole by the question before them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.english.mentions import BE, DO
from qa.english.parallels import AUX, Rivals, change_name, change_phrase
from qa.english.phrasings import PREPOSITION, VERBS, WH
from qa.english.plurals import is_plural
from qa.english.roles import find_deed, may_be
from qa.english.verbs import base_of

LONGEST = 80  # characters of a fragment
_LEAD = re.compile(r"(?:(?:and|but|ok|okay|so|well|then|also|please)\b[ ,]*)+", re.IGNORECASE)
_ADVERBS = (
    r"(?:why|when|where|how|how long|how often|how come|since when|until when|by when|for how long|from where"
    r"|(?:at|by) what time|on (?:what|which) (?:day|date)|in (?:what|which) (?:year|month|city|country|town|place))"
)
_ADVERB = re.compile(
    rf"(?:exactly )?(?P<adverb>{_ADVERBS})(?:,? exactly| precisely)?"
    r"(?: (?:is|was|did|does) (?:that|this)(?: happen| so)?| did it happen"
    r"| did (?P<doer>he|she|they|it) do (?:it|that|this|so))?",
    re.IGNORECASE,
)
_ASKED = re.compile(rf"(?P<adverb>{_ADVERBS}) (?P<rest>(?:{AUX})\b.+)|(?P<whether>(?:{AUX}) .+)", re.IGNORECASE)
_SUBJECT = re.compile(rf"(?P<wh>who|which .+?|what .+?) (?P<verb>(?:{AUX})|[a-z]+) (?P<rest>.+)", re.IGNORECASE)
_COUNTED = re.compile(rf"how many (?P<noun>[a-z][\w -]*?) (?P<rest>(?P<aux>{AUX})\b.*)", re.IGNORECASE)
_OBJECT = re.compile(
    r"(?i:what|which|whom?|how many)(?: (?P<noun>[a-z][\w -]*?))? (?P<aux>did|does|do|will|would|can|could) "
    r"(?P<who>(?:the [a-z-]+|(?:the )?[A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*)*)) (?P<verb>[a-z]+)"
    r"(?P<rest>(?: (?:at|in|on|during|after|before|for|from|to|with|by|about|last) .+)?)",
)
_ELSE = re.compile(r"(?P<wh>who|what|where|when|why|how|which [a-z]+) else", re.IGNORECASE)
_EVENTS = (
    "fire|blaze|explosion|blast|crash|collision|accident|flood|earthquake|quake|storm|hurricane|avalanche|landslide"
    "|attack|shooting|bombing|raid|strike|riot|protest|war|battle|election|vote|match|game|race|final|trial|ceremony"
    "|festival|summit|meeting|rally|sinking|outage|spill|leak|robbery|murder|siege|coup|stampede|derailment"
)
_EVENT = rf"(?:the|an?) (?:[\w-]+ ){{0,2}}?(?:{_EVENTS})s?(?: (?:in|at|of|on|near) .+)?"
_CAUSED = re.compile(
    rf"(?:what|who) (?:(?:caused|triggered|sparked|set off) (?P<any>(?:the|an?) .+)"
    rf"|(?:started|prompted|provoked|led to) (?P<event>{_EVENT}))",
    re.IGNORECASE,
)
_IN_EVENT = re.compile(
    rf"(?:who|how many) .*\b(?:died|killed|hurt|injured|wounded|lost|affected|rescued|survived)\b.* (?:in|during|at) "
    rf"(?P<event>{_EVENT})",
    re.IGNORECASE,
)
_REST = re.compile(
    r"(?:(?:and )?(?:the|which|what|any) )?(?:others?|rest|former|latter|same|ones?|more|first|second|third|last|next)"
    r"(?: ones?)?|really|is (?:that|this) (?:so|true)|go on|(?:tell me )?more",
    re.IGNORECASE,
)
_OF_ASKING = set("one ones many much else exactly more".split())
_NOT_TOLD = re.compile(r"\b(?:when|while|after|before|because|that|which|who)\b")


@dataclass(frozen=True, slots=True)
class Completion:
    """A fragment made whole: the question and the words of it that are the fragment's; or what it may stand for."""

    question: str
    words: str
    rivals: Rivals = ()


def complete(fragment: str, before: str, span: str) -> Completion | None:
    """What a fragment asks after that question; None for what is no fragment, or can't be told.

    `span` is what the answer to it gave, "" where that isn't known.
    """
    if len(fragment) > LONGEST or not fragment.strip(" ?!.,"):
        return None
    text = fragment.strip(" ?!.,")
    lead = _LEAD.match(text)
    bare = text[lead.end() :] if lead else text
    last = before.strip(" ?!.,")
    whole = _ask_adverb(bare, last, span) or _ask_else(bare, last) or change_phrase(bare, last)
    rivals: Rivals = ()
    if not whole:
        whole, rivals = change_name(bare, last, led=lead is not None)
    if rivals:
        return Completion("", text, rivals)
    return Completion(f"{whole[0].upper()}{whole[1:]}?", text) if whole and whole.lower() != last.lower() else None


def is_fragment(question: str) -> bool:
    """Whether it is no whole question without another: "And before him?", "Which one?"; a topic alone is one."""
    text = question.strip(" ?!.,")
    if not text or len(text) > LONGEST:
        return False
    lead = _LEAD.match(text)
    bare = text[lead.end() :] if lead else text
    words = re.findall(r"[\w'’-]+", bare.lower())
    if not words:
        return lead is not None
    about = re.match(r"(?:what|how) about\b", bare, re.IGNORECASE)
    if _ADVERB.fullmatch(bare) or _ELSE.fullmatch(bare) or about:
        return True
    if any(re.fullmatch(AUX, word) or base_of(word) or word in VERBS or word.endswith("ed") for word in words):
        return False
    if re.fullmatch(WH, words[0]):  # "which one", unlike "who owns it"
        return all(re.fullmatch(f"{WH}|{PREPOSITION}", word) or word in _OF_ASKING for word in words)
    placed = re.match(rf"(?:{PREPOSITION})\b", bare, re.IGNORECASE) is not None
    return (lead is not None and len(words) <= 6) or placed or _REST.fullmatch(bare) is not None


def _ask_adverb(bare: str, last: str, span: str) -> str:
    if re.fullmatch(r"(?:by whom|who by)", bare, re.IGNORECASE):
        found = re.fullmatch(rf"(?:{_ADVERBS} )?((?:was|were|is|are|has|have) .+)", last, re.IGNORECASE)
        return f"by whom {found[1][0].lower()}{found[1][1:]}" if found else ""
    if re.fullmatch(r"why not", bare, re.IGNORECASE):
        found = re.fullmatch(r"(did|does|do|is|are|was|were|has|have|would|could|should) (.+)", last, re.IGNORECASE)
        return f"why {found[1].lower()}n't {found[2]}" if found else ""
    match = _ADVERB.fullmatch(bare)
    if not match:
        return ""
    adverb = match["adverb"].lower()
    adverb = "why" if adverb == "how come" else adverb
    deed = find_deed(last, span)
    if match["doer"] and not (deed and may_be(deed.doer, match["doer"])):
        return ""
    if asked := _ASKED.fullmatch(last):
        rest = asked["rest"] or f"{asked['whether'][0].lower()}{asked['whether'][1:]}"
        return f"{adverb} {rest}"
    if event := _find_event(last):
        several = is_plural(event.split(" of ")[0].split(" in ")[0].split(" at ")[0].split()[-1])
        is_place_or_time = re.match(r"(?:when|where|in|on|at|by what)", adverb)
        return f"{adverb} {'were' if several else 'was'} {event}" if is_place_or_time else ""
    counted = _COUNTED.fullmatch(last)
    follows = counted["rest"].split()[1:2] if counted else []
    if counted and follows and follows[0] not in ("the", "a") and follows[0][0].islower():
        return f"{adverb} {counted['aux']} {counted['noun']}{counted['rest'][len(counted['aux']) :]}"
    return _ask_of_answer(adverb, last, span)


def _find_event(last: str) -> str:
    """What happened, of a question for its cause or its victims: "the fire"."""
    found = _CAUSED.fullmatch(last) or _IN_EVENT.fullmatch(last)
    event = next((words for words in found.groups() if words), "") if found else ""
    return "" if _NOT_TOLD.search(event) else event


def _ask_of_answer(adverb: str, last: str, span: str) -> str:
    """When "who" or "what" was asked: with the answer in its place."""
    thing = span if 0 < len(span.split()) <= 6 else ""
    if found := _OBJECT.fullmatch(last):
        meant = thing if thing and thing[0].isupper() else f"the {found['noun']}" if found["noun"] else "that"
        return f"{adverb} {found['aux']} {found['who']} {found['verb']} {meant}{found['rest']}"
    found = _SUBJECT.fullmatch(last)
    if found is None or not thing or not thing[0].isupper():
        return ""
    verb = found["verb"].lower()
    if verb in DO | {"the", "a", "an"} or (found["wh"].lower() != "who" and not 1 < len(found["wh"].split()) <= 3):
        return ""
    if verb in BE:
        return f"{adverb} {verb} {thing} {found['rest']}" if not found["rest"].startswith("the ") else ""
    if base := base_of(verb):
        return f"{adverb} did {thing} {base} {found['rest']}"
    past = "was" if not verb.endswith("s") else "is"
    return f"{adverb} {past} it that {thing} {verb} {found['rest']}"


def _ask_else(bare: str, last: str) -> str:
    found = _ELSE.fullmatch(bare)
    if not found or not last.lower().startswith(f"{found['wh'].lower()} ") or " else" in last:
        return ""
    return f"{last[: found.end('wh')]} else{last[found.end('wh') :]}"
