"""Questions with their answers as statements, by rule: "When did Rollo settle?", "911" -> "Rollo settled in 911."

Only what the rules can read becomes a statement. Their words are the questioner's, who read the evidence: paraphrases
that people wrote.
"""

from __future__ import annotations

import re

from qa.english.verbs import bases

LONGEST = 30  # words of a statement
_BE = r"(?:is|are|was|were)"
_HELPER = re.compile(r"(?:is|are|was|were|has|have|had|can|could|will|would|may|might|must|should)$")
_KINDS = r"(?:(?:kind|type|sort|name|form)s? of )?"
_ASKED = re.compile(
    r"(?P<prep>in|on|at|from|during|by|for|to|with)? ?"
    r"(?P<word>who|what|which|when|where|how many|how much|how long)\b ?(?P<rest>.*)$",
    re.IGNORECASE,
)
_TIME = re.compile(r"(?:1[0-9]|20)\d\d$")
_DAY = re.compile(
    r"(?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|September|October|November|December) \d"
)
_PREPOSITION = re.compile(
    r"(?:in|on|at|from|during|by|for|to|with|since|after|before|near|around|about|between|until)\b", re.I
)
_DO = re.compile(r"(?P<help>do|does|did) (?P<said>.+)$")
_NOUNS = re.compile(
    r"^(?P<noun>(?:[\w'’-]+ ){1,4}?)"
    r"(?P<help>do|does|did|is|are|was|were|has|have|had|can|could|will|would) (?P<said>.+)$"
)
_THE = re.compile(r"(?:[Tt]he|[Aa]n?|[Hh]is|[Hh]er|[Ii]ts|[Tt]heir|[Tt]his|[Tt]hat|[Ss]ome|[Mm]ost) |[A-Z\d]")
_PARTICIPLE = re.compile(
    r"(?:\w{3,}ed|built|held|found|known|made|born|written|taken|given|seen|sold|sent|set|won|lost|paid|led|shown|"
    r"chosen|drawn|spoken|worn|broken|thrown|fought|brought|bought|taught|caught|located|called)$"
)


def state(question: str, answer: str) -> str | None:
    """The statement; None where the rules can't make one that reads well."""
    question = " ".join(question.strip().rstrip("?. ").split())
    answer = " ".join(answer.strip().rstrip(".,;: ").split())
    asked = _ASKED.match(question)
    if not asked or not answer or len(answer.split()) > 12 or "?" in question:
        return None
    preposition, word, rest = (asked["prep"] or "").lower(), asked["word"].lower(), asked["rest"]
    said = _state(preposition, word, rest, answer)
    if said is None:
        return None
    said = " ".join(said.split())
    words = said.split()
    if not 4 <= len(words) <= LONGEST or re.search(r"\b(?:who|what|which one|how)$", said, re.I):
        return None
    return said[:1].upper() + said[1:] + "."


def _state(preposition: str, word: str, rest: str, answer: str) -> str | None:
    if word in ("when", "where", "how long"):
        return _state_circumstance(word, rest, _with_preposition(word, answer))
    if word in ("how many", "how much") or preposition:
        return _state_counted(preposition, word, rest, answer)
    if _DO.match(rest):
        return _state_object(rest, answer)
    if re.match(r"(?:may|might|can|could|will|would|should|must|has|have|had) ", rest):
        return None
    if word in ("what", "which"):
        other = _NOUNS.match(rest)
        if other and not _HELPER.match(rest.split()[0]) and not re.match(r"(?:do|does|did)$", rest.split()[0]):
            return _state_chosen(other["noun"].strip(), other["help"], other["said"], answer)
    first = rest.split()[0] if rest else ""
    if re.fullmatch(_BE, first) and _THE.match(rest[len(first) + 1 :]):
        return _state_equal(first, rest[len(first) + 1 :], answer)
    if word == "which":
        return None
    return (
        f"{answer} {rest}" if first.islower() and not re.fullmatch(rf"{_BE}|do|does|did", first) else None
    )  # who wrote it, what is made of iron


def _with_preposition(word: str, answer: str) -> str:
    if _PREPOSITION.match(answer) or word == "how long":
        return answer if _PREPOSITION.match(answer) else f"for {answer}"
    if word == "when":
        return f"in {answer}" if _TIME.match(answer) else f"on {answer}" if _DAY.match(answer) else answer
    return f"in {answer}" if answer[:1].isupper() else f"at {answer}"


def _state_circumstance(word: str, rest: str, answer: str) -> str | None:
    """When did S V -> S Ved in A; where was S built -> S was built in A."""
    if found := _DO.match(rest):
        clause = _inflect(found["help"], found["said"])
        return f"{clause} {answer}" if clause else None
    first, _, said = rest.partition(" ")
    if not _HELPER.match(first) or not said:
        return None
    parts = _before_participle(said)
    if re.search(r"\b(?:be|from|located)\b", said) or "last time" in said:
        return None
    if parts:
        return f"{parts[0]} {first} {parts[1]} {answer}"
    return f"{said} {first} {answer}" if word != "how long" and _THE.match(said) and len(said.split()) <= 6 else None


def _state_counted(preposition: str, word: str, rest: str, answer: str) -> str | None:
    """How many X did S V -> S Ved A X; how many X are there -> there are A X; in what year did S V -> S Ved in A."""
    counted = word.startswith("how")
    found = _NOUNS.match(rest)
    if counted and not preposition and not found:
        words = rest.split()
        return (
            f"{answer} {rest}"
            if len(words) > 2
            and not re.match(r"do|did|is|are|was|were", words[0])
            and not answer.lower().endswith(words[0].lower())
            else None
        )
    if not found or (found["noun"].strip().lower() in ("",)):
        return None
    noun = found["noun"].strip()
    if preposition == "" and not counted:
        return None
    told = answer if not counted or noun.split()[0].lower() in answer.lower() else f"{answer} {noun}"
    if preposition:
        told = told if _PREPOSITION.match(told) else f"{preposition} {told}"
    if found["help"] in ("do", "does", "did"):
        clause = _inflect(found["help"], found["said"])
        if not clause:
            return None
        return f"{clause} {told}" if preposition else _after_verb(found["help"], found["said"], told)
    parts = _before_participle(found["said"])
    if found["said"] in ("there",) or found["said"].startswith("there "):
        return f"there {found['help']} {told}{found['said'][5:]}"
    if preposition:
        return f"{parts[0]} {found['help']} {parts[1]} {told}" if parts else None
    return f"{told} {found['help']} {found['said']}" if not _THE.match(found["said"]) else None


def _state_object(rest: str, answer: str) -> str | None:
    """What did S V P -> S Ved A P"""
    found = _DO.match(rest)
    return _after_verb(found["help"], found["said"], answer) if found else None


def _state_chosen(noun: str, helper: str, said: str, answer: str) -> str | None:
    """What N did S V -> S Ved A; which N was built by S -> A was built by S"""
    if re.search(r"\b(?:of|year|time|day|date)$", noun):
        return None
    if helper in ("do", "does", "did"):
        return _after_verb(helper, said, answer)
    return None if _THE.match(said) else f"{answer} {helper} {said}"


def _state_equal(helper: str, said: str, answer: str) -> str | None:
    """What was the capital -> the capital was A; what was the capital called -> the capital was called A"""
    parts = _before_participle(said)
    if parts:
        return f"{parts[0]} {helper} {parts[1]} {answer}"
    return f"{said} {helper} {answer}" if len(said.split()) <= 14 and not re.search(r" \w+ing\b", said) else None


def _before_participle(said: str) -> tuple[str, str] | None:
    words = said.split()
    at = next((i for i, word in enumerate(words) if i and _PARTICIPLE.match(word)), None)
    return (" ".join(words[:at]), " ".join(words[at:])) if at else None


def _inflect(helper: str, said: str) -> str | None:
    """ "did", "the Normans settle there" -> "the Normans settled there" """
    return _after_verb(helper, said, "")


def _after_verb(helper: str, said: str, told: str) -> str | None:
    words = said.split()
    known = bases()
    at = next((i for i, word in enumerate(words) if i and word in known), None)
    if at is None or at > 7:
        return None
    verb = words[at]
    if helper == "did":
        verb = known[verb]
    elif helper == "does":
        verb = (
            verb + ("es" if re.search(r"(?:s|sh|ch|x|z|o)$", verb) else "s") if verb[-1] != "y" else verb[:-1] + "ies"
        )
    after = words[at + 1 :]
    if after and (after[0] == "to" or _PREPOSITION.fullmatch(after[-1])):
        return " ".join([*words[:at], verb, *after, told])
    return " ".join([*words[:at], verb, told, *after])
