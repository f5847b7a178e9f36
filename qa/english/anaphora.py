"""Words of a question that stand for something told before it: "he", "its", "there", "that operation"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qa.english.attribution import quoted_spans
from qa.english.mentions import BE, COMPANY, DO, GRAMMAR, Mention, is_company
from qa.english.phrasings import JOINT, POSSESSIVE
from qa.english.plurals import is_plural
from qa.english.referents import names_no_person
from qa.types import Span

Wants = Literal["person", "thing", "several", "place", "named"]

_PRONOUNS = re.compile(
    r"(?<![\w’'-])(?:(?P<person>he|she|him|her|his)|(?P<thing>its?)|(?P<several>they|them|their)|(?P<place>there))"
    r"(?![\w-])",
    re.IGNORECASE,
)
_SEXES = {"he": "m", "him": "m", "his": "m", "she": "f", "her": "f"}
# "It" that stands for nothing, or for what follows.
_EMPTY_IT = re.compile(
    r"\bit(?:['’]s)?\b(?=.*\b(?:rain|snow|late|dark|cold|warm|o['’]clock|sunny|weather)\w*)"
    r"|\b(?:what|which) (?:time|day|date|month|year) (?:is|was) it\b"
    r"|\b(?:is|was|isn't|wasn't|be|been|why['’]s|how['’]s)\b[^?]{0,12}? it\b.*? (?:that|to|who|whether|if|when)\b"
    r"|\b(?:does|did|will|would|could|can|has|may|might) it (?:\w+ )?"
    r"(?:take|cost|mean|matter|seem|feel|help|appear|happen)\w*\b.*? (?:that|to|if|when)\b"
    r"|\b(?:does|did|will|would|could|can|has|may|might) it (?:\w+ )?take\b(?! (?:effect|place|part|off|over))"
    r"|(?<!of )(?<!in )(?<!on )(?<!for )(?<!with )\bit (?:is|was|['’]s|will be|would be|has been|seems|appears"
    r"|turns out|takes|took|matters|happens)\b"
    r"|(?<!who )\b(?:make|made|makes|call|take|took) it\b|\bhow (?:is|was|are|['’]s) it going\b|\bit (?:that|who)\b"
    r"|\b(?:do|did|does|done|doing) it(?= ?[?.,!]|$| (?:in|on|at|again|for|with|to|so|alone|himself|herself)\b)"
    r"|\b(?:does|did) it (?:matter|seem|feel|happen)\b|^who (?:is|was) it\b",
    re.IGNORECASE,
)
# Who was killed on them is not what they were killed on.
_ON_THEM = re.compile(
    r"^how many [a-z]+ (?:(?!(?:that|who|which|if|when|because|say|said|think)\b)[a-z]+ ){1,4}"
    r"(?:on|in|aboard|inside|at|near|from|by|under) them\b",
    re.IGNORECASE,
)
_BEING = r"(?:is|are|was|were|be|been|being|has|have|had|will|would|could|may|might|can|isn't|aren't|wasn't|weren't)"
_EMPTY_THERE = re.compile(
    rf"\b{_BEING} there\b|\bthere(?:['’]s| {_BEING})\b|\bhow many .{{0,40}}\bare there\b|\b(?:hi|hello|hey) there\b",
    re.IGNORECASE,
)
_SINGLE_QUOTED = re.compile(r"[‘'](?=\w)[^'’‘]*[’'](?!\w)")
_ANYBODY = re.compile(r"\b(?:some|any|every|no)(?:one|body)\b|\bno one\b|\bpeople\b", re.IGNORECASE)
_SUBJECT_ASKED = re.compile(
    r"(?:who|whose|(?:which|what) (?!(?:did|does|do|is|are|was|were|has|will)\b)\w+(?: \w+)?)\b(?! (?:did|does|do)\b)"
    r"(?!.*\b(?:did|does|do)\b)",
    re.IGNORECASE,
)
_ASKED_THEMSELVES = re.compile(
    r"(?:which|how many|what) (?!(?:did|does|do|will|would|has|have|can)\b)\w+(?: \w+){0,2} "
    r"(?:said|say|says|lost|had|have|left|want|wanted|think)\b",
    re.IGNORECASE,
)
_FIRST_AUX = re.compile(rf"\b(?:{'|'.join(sorted(BE | DO | {'can'}, key=len, reverse=True))})\b", re.IGNORECASE)
MOST_BETWEEN = 3  # words between a subject and its object
_JOINING = set(
    "that if whether when because as while until after before said say says why how where which and than once although "
    "though unless or but".split()
)
_JOINED = re.compile(rf"\b(?:{'|'.join(_JOINING)}) $", re.IGNORECASE)
_FRONTED = re.compile(r"^[^,?]*, ")
_PHRASE = re.compile(
    r"(?<![\w’'-])(?P<article>that|this|these|those|the) (?P<noun>(?-i:[a-z])[\w-]+)(?P<owner>['’]s)?(?![\w-])",
    re.IGNORECASE,
)
# After these "that" joins a clause, and after a noun it opens a relative one.
_JOINS = re.compile(
    r"\b(?:sa(?:y|ys|id)|claim(?:s|ed)?|true|know[ns]?|think|thinks|thought|believe[sd]?|report(?:s|ed)?|mean[st]?"
    r"|show[sn]?|argue[sd]?|announce[sd]?|alleged?|den(?:y|ied|ies)|likely|possible|sure|so|such|fact|clear|case|told)"
    r" $",
    re.IGNORECASE,
)
_NO_NOUNS = GRAMMAR | set(
    "first second third last next same other day week month year time way rest most best whole world article articles "
    "morning afternoon evening night weekend summer winter spring autumn".split()
)
_GOES_ON = re.compile(r" (?:in|on|at|for|from|to|behind|between) ")
_ENDS = re.compile(r"\s*(?:[?.!,]|$|(?:in|on|at|by|from|with|for|end|begin)\b)")
_THAT = re.compile(
    r"\b(?:is|was|does|did|do|about|of|like|with|after|before|for|to|from|in|say|said|mean|know|prove|cause|caused|deny)"
    r" (?:that|this|these|those)(?= ?[?.!,]| ?$| (?:is|was|mean|happen|change|work|true|so|one)\b)"
    r"|^(?:and |but )?(?:that|this) (?:is|was)\b",
    re.IGNORECASE,
)
_IDENTITY = re.compile(r"(?:who|what)(?:['’]s| is| was| are| were) the\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reference:
    """Words of a question that stand for something else: what they want of it, and how they are to be replaced."""

    span: Span
    wants: Wants
    sex: str = ""
    noun: str = ""  # of "that operation"
    owner: bool = False  # "his", "the captain's"


def find_references(question: str, named: Sequence[Mention]) -> list[Reference]:
    """What needs the questions before, in order; nothing whose meaning the question itself can tell.

    `named` are the mentions of the question.
    """
    blanked = _blank(question)
    found: list[Reference] = []
    for match in _PRONOUNS.finditer(blanked):
        reference = _pronoun(blanked, match)
        if reference and not _is_bound(blanked, reference, named) and not _is_repeated(reference, found):
            found.append(reference)
    phrases = (_phrase(blanked, match, named) for match in _PHRASE.finditer(blanked))
    if first := next((phrase for phrase in phrases if phrase), None):  # pronouns after it stand for it
        found = [other for other in found if other.span[0] < first.span[0] or other.wants == "place"]
        found.append(first)
    return sorted(found, key=lambda reference: reference.span)


def points_back(question: str) -> bool:
    """Whether "that" or "this" stands for something told before: "Is that true?", not "Did he say that he left?"."""
    return _THAT.search(_blank(question)) is not None


def _is_repeated(reference: Reference, found: Sequence[Reference]) -> bool:
    """Whether an earlier word of the question stands for the same: "Did he say he would go"."""
    return any(
        other.wants == reference.wants and (not other.sex or not reference.sex or other.sex == reference.sex)
        for other in found
    )


def _blank(question: str) -> str:
    """The question with lines in the place of what it quotes."""
    for start, end in quoted_spans(question):
        question = f"{question[:start]}{'_' * (end - start)}{question[end:]}"
    return _SINGLE_QUOTED.sub(lambda found: "_" * len(found[0]), question)


def _pronoun(question: str, match: re.Match[str]) -> Reference | None:
    word, span = match[0].lower(), match.span()
    if match[0].isupper() and len(word) > 1:  # "IT"
        return None
    if match["place"]:
        empty = any(found.start() <= span[0] < found.end() for found in _EMPTY_THERE.finditer(question))
        return None if empty else Reference(span, "place")
    if match["thing"]:
        return None if word == "it" and _EMPTY_IT.search(question) else Reference(span, "thing", owner=word == "its")
    owner = POSSESSIVE.match(question, span[0]) is not None
    if match["several"]:
        return Reference(span, "several", owner=owner)
    return Reference(span, "person", sex=_SEXES[word], owner=owner)


def _is_bound(question: str, reference: Reference, named: Sequence[Mention]) -> bool:
    """Whether something in the question itself can be what is meant: before it, or after the phrase in front."""
    before, after = question[: reference.span[0]], question[reference.span[1] :]
    told = [mention for mention in named if mention.text.removeprefix("the ") in before]
    if reference.wants == "place":
        return any(mention.kind in ("place", "") for mention in told)
    if any(joint.end() <= reference.span[0] for joint in JOINT.finditer(question)):
        return True
    if reference.wants == "several" and _ON_THEM.search(question):
        return False
    if _ANYBODY.search(before) and reference.wants in ("person", "several"):
        return True
    told = [mention for mention in told if not _meets(mention, question, reference)]
    told = [mention for mention in told if not re.search(rf"{re.escape(mention.text[4:])} (?:of|on|about) $", before)]
    first = _FIRST_AUX.search(question)
    subject = first is not None and first.end() <= reference.span[0]
    if subject and first is not None and not question[first.end() : reference.span[0]].strip():  # "did he"
        return any(fits(mention, reference) for mention in told)
    if _ASKED_THEMSELVES.match(before) or (reference.owner and _SUBJECT_ASKED.match(before)):
        return True
    if reference.wants == "person" and not reference.owner:
        told = [mention for mention in told if fits(mention, reference)]
    elif reference.wants == "several" and any(map(is_plural, re.findall(r"[a-z'-]+", before))):
        return True
    if reference.wants != "person" and _JOINED.search(before):
        return True
    if (fronted := _FRONTED.match(question)) and reference.span[0] < fronted.end():
        told += [mention for mention in named if mention.text in after[fronted.end() - reference.span[1] :]]
    return bool(told)


def _meets(mention: Mention, question: str, reference: Reference) -> bool:
    """Whether the mention is the subject of a verb of which the pronoun is the object: "Did Rubio meet him"."""
    at = question.find(mention.text)
    between = question[at + len(mention.text) : reference.span[0]].split()
    if reference.owner or not mention.text[0].isupper() or not 1 <= len(between) <= MOST_BETWEEN:
        return False
    return not any(word.lower() in _JOINING | {"to", "or", "from"} or word.endswith("ing") for word in between)


def fits(mention: Mention, reference: Reference) -> bool:
    """Whether the words can stand for it, as far as is known of it."""
    if reference.wants == "person":
        other_sex = mention.sex and reference.sex and mention.sex != reference.sex
        may_be = mention.kind == "person" or (mention.kind == "" and not names_no_person(mention.text))
        return may_be and not mention.plural and not other_sex
    if reference.wants == "thing":
        return mention.kind != "person" and not mention.plural
    if reference.wants == "several":
        return mention.plural or mention.kind == "body"
    if reference.wants == "place":
        return mention.kind == "place"
    if mention.kind == "body" and reference.noun in COMPANY:
        return is_company(mention)
    return reference.noun in mention.nouns and len(mention.text.split()) > mention.text.startswith("the ")


def _phrase(question: str, match: re.Match[str], named: Sequence[Mention]) -> Reference | None:
    """ "that operation", "the company": a bare noun, of a question that names nothing else."""
    noun, article = match["noun"].lower(), match["article"].lower()
    before, after = question[: match.start()], question[match.end() :]
    if noun in _NO_NOUNS or re.match(r" (?:of|[A-Z]|that\b|which\b|who\b|called\b|named\b|whose\b)", after):
        return None
    if article == "that" and (_JOINS.search(before) or not _may_determine(before, after)):
        return None
    if article == "the" and (_IDENTITY.match(question) or _GOES_ON.match(after)):
        return None
    if any(mention.text[0].isupper() or re.search(r" [A-Z]", mention.text) for mention in named):
        return None
    return Reference(match.span(), "named", noun=noun, owner=bool(match["owner"]))


def _may_determine(before: str, after: str) -> bool:
    """Whether a noun after "that" ends there, instead of having a verb of its own."""
    last = re.findall(r"\w+", before.lower())[-1:]
    return not last or last[0] in BE | GRAMMAR or _ENDS.match(after) is not None
