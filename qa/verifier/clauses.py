"""Who does what to whom, where a plain sentence shows it: said in the active, in the passive, and turned round."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace

_IRREGULAR = {
    "wrote": "written", "won": "won", "took": "taken", "gave": "given", "led": "led", "made": "made", "built": "built",
    "beat": "beaten", "sold": "sold", "bought": "bought", "held": "held", "found": "found", "drew": "drawn",
    "chose": "chosen", "taught": "taught", "caught": "caught", "fought": "fought", "met": "met", "saw": "seen",
    "shot": "shot", "lost": "lost", "sent": "sent", "told": "told", "brought": "brought", "left": "left",
    "drove": "driven", "broke": "broken", "overthrew": "overthrown", "struck": "struck", "sued": "sued", "hit": "hit",
}  # fmt: skip
_PAST = {participle: past for past, participle in _IRREGULAR.items()}
_NO_VERB = r"(?!based|named|called|used|hundred|indeed|speed|considered|need|limited|united|aged|red|bed|related)"
_VERB = rf"(?:{_NO_VERB}[a-z]{{2,}}ed|{'|'.join(_IRREGULAR)})"
_PARTICIPLE = rf"(?:{_NO_VERB}[a-z]{{2,}}ed|{'|'.join(_PAST)})"
_NAMED = r"[A-Z][\w’'.-]*\w(?: (?:(?:of|the|de|van|von|al|and) ){0,2}[A-Z][\w’'.-]*\w)*"
_THE = r"[Tt]he|[Aa]n?|[Ii]ts|[Hh]is|[Hh]er|[Tt]heir|[Ss]ome|[Mm]any|[Ss]everal|[Mm]ost|[Tt]wo|[Tt]hree|[Bb]oth|[Aa]ll"
_AFTER = r"in|on|at|for|after|during|before|because|when|as|from|since|with|while|under|within|near|to|over|against"
_STOP = rf"(?!(?:{_AFTER}|and|or|but|who|which|that|by|was|were|is|are|had|has)\b)"
_NOUN = rf"(?:(?:{_THE})(?: {_STOP}[\w’'-]+){{1,4}}?(?: of (?:the )?[\w’'-]+)?|{_NAMED})"
_REST = rf"(?P<rest>(?: (?:{_AFTER})\b|,)[^;]*?)?(?P<end>[.!])$"
_LEAD = r"^(?P<lead>(?:In|On|At|During|After|Before|By) [^,]{2,40}, )?"
_ACTIVE = re.compile(rf"{_LEAD}(?P<who>{_NOUN}) (?P<verb>{_VERB}) (?P<whom>{_NOUN}){_REST}")
_PASSIVE = re.compile(
    rf"{_LEAD}(?P<whom>{_NOUN}) (?P<be>was|were|is|are) (?P<by>(?:also |later |first |\w+ly )?)(?P<verb>{_PARTICIPLE})"
    rf" by (?P<who>{_NOUN}){_REST}"
)
_NOBODY = re.compile(
    r"(?:I|It|He|She|They|We|You|This|That|These|There|What|Who)$"
    r"|the (?:end|time|year|way|name|early|late|mid|following|middle|use|same|beginning|\d)"
    r"|(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
# After which the same is said, whoever is named first
_MUTUAL = frozenset({"met", "married", "fought", "joined", "resembled", "equalled", "matched", "accompanied"})


@dataclass(frozen=True, slots=True)
class Clause:
    """Who did it, the verb in the past, to whom, and what stands before and after."""

    who: str
    verb: str
    whom: str
    lead: str
    rest: str
    passive: bool
    be: str = ""


def clause_of(sentence: str) -> Clause | None:
    """The sentence as one deed of one to another; None where it isn't one."""
    for pattern, passive in ((_PASSIVE, True), (_ACTIVE, False)):
        found = pattern.match(sentence)
        if found and not any(_NOBODY.match(found[part]) for part in ("who", "whom")):
            verb = _PAST.get(found["verb"], found["verb"]) if passive else found["verb"]
            rest = f"{found['rest'] or ''}{found['end']}"
            present = passive and found["be"] in ("is", "are")
            if verb in _MUTUAL or present or re.match(r", (?:and|but|or|who|which|whose)\b", rest):
                return None
            return Clause(found["who"], verb, found["whom"], found["lead"] or "", rest, passive)
    return None


def say(clause: Clause, *, passive: bool) -> str:
    """The clause as a sentence."""
    who, whom = clause.who, clause.whom
    if passive:
        done = _IRREGULAR.get(clause.verb, clause.verb)
        said = f"{_open(whom, clause.lead)} {_be(whom)} {done} by {_inside(who)}"
    else:
        said = f"{_open(who, clause.lead)} {clause.verb} {_inside(whom)}"
    return f"{clause.lead}{said}{clause.rest}"


def change_voice(sentence: str, _: random.Random) -> str | None:
    """The same in the other voice."""
    clause = clause_of(sentence)
    return say(clause, passive=not clause.passive) if clause else None


def turn_round(sentence: str, chance: random.Random) -> str | None:
    """The other one does it, in either voice."""
    clause = clause_of(sentence)
    if clause is None:
        return None
    turned = replace(clause, who=clause.whom, whom=clause.who)
    return say(turned, passive=chance.random() < 0.5)


def _be(noun: str) -> str:
    plain = _inside(noun)
    several = re.match(r"(?:some|many|several|most|two|three|both|all)\b", plain)
    return "were" if several or (plain[0].islower() and re.search(r"\w[^sui\W]s$", plain)) else "was"


def _open(noun: str, lead: str) -> str:
    return _inside(noun) if lead else noun[:1].upper() + noun[1:]


def _inside(noun: str) -> str:
    return noun[:1].lower() + noun[1:] if re.match(rf"(?:{_THE}) ", noun) else noun
