"""What a written sentence says otherwise than the quotations behind it: English, by rule, each rule exact in its kind.

A figure, a date or a name that no quotation has; a "not", a "may" or an "alleges" that was lost or put in; a "rose" for
a "fell"; two names that changed places. What none of these sees is the verifier's to judge.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from qa.english.attribution import attribution_of
from qa.english.named import SMALL_WORDS, mixed_names, unknown_names
from qa.english.swaps import swapped_names
from qa.english.values import MEASURED, conflicting, find_values, same
from qa.english.verbatim import not_in
from qa.english.verbs import stem_of
from qa.english.wording import fold, normalise, split_words
from qa.types import Span, Value

FAR = 1.05  # by how much more two ends of a value may differ that are one, as in rounding
ALIKE = 0.7  # the least share of a sentence's words in a quotation that speaks of the same
TURNING = ("negation", "comparison", "roles")
# One figure in other words; both sides are read in the second ones
_WORDINGS = [
    (re.compile(pattern, re.IGNORECASE), plain)
    for pattern, plain in (
        (r"\bthrice\b", "three times"),
        (r"\btwice\b", "two times"),
        (r"\bonce(?= (?:a|an|per|every|each)\b)", "one time"),
        (r"\b(over|above|under|below) the age of (?=\d)", r"\1 "),
        (r"\b(?:aged? )?(\d+|[a-z]+teen|[a-z]+ty) (?:years? )?(?:or|and) (?:over|older|above)\b", r"at least \1"),
        (r"\b(?:a|one|the only|an only) single\b|\b(?:a|the) (?:lone|sole)\b", "one"),
        (r"\b(?:a couple|a pair|both) of\b", "two"),
    )
]
_BOUNDS = re.compile(
    r"\bno (?:more|fewer|less|later|earlier|longer|higher|lower) than\b|\b(?:not|never) (?:more|less|fewer) than\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|neither|nor|nobody|nothing|nowhere|without|cannot|hardly|scarcely|failed to|fails to"
    r"|refused to|refuses to|declined to|denied|denies|deny|ruled out|rejected|unable to|no longer)\b|n['’]t\b"
    r"|\b(?:is|are|was|were|do|does|did|has|have|had|would|could|should)nt\b",
    re.IGNORECASE,
)
# What denies without a "not", so that it may stand for one
_DENYING = re.compile(
    r"\b(?:unless|rather than|instead of|off the table|beyond repair|too \w+|cancel\w*|only|left out|lack\w*|refus\w+"
    r"|fail\w+|silent|avoid\w*|spared?|delay\w*|free of|unable|illegal|impossible|unknown|unclear|reject\w*|oppos\w+"
    r"|dismiss\w*|wait\w*|until|last)\b",
    re.IGNORECASE,
)
# What makes nothing, or nearly nothing, of what follows or of all that is said
_UNDOING = re.compile(
    r"\b(?:false|untrue|hoax|myth|fake[ds]?|pretend\w*|instead of|(?:would|could)(?: have|['’]ve)"
    r"|narrowly (?:avoid|escap|miss)\w*"
    r"|(?:almost|nearly) (?!\d|all\b|every|half\b|an?\b|one\b|two\b|the\b|[a-z]+(?:ty|teen)\b)[a-z])",
    re.IGNORECASE,
)
_OPPOSITE = re.compile(
    r"(?:un|non-?|il(?=l)|ir(?=r)|in(?=\w+(?:able|ible|ent|ant|ate|ive|al)$)|im(?=[mp]\w+(?:al|ble|e)$))(\w{4,})"
)
_MAYBE = re.compile(
    r"\b(?:may|(?i:might|could(?! (?:not|no|never|hardly|scarcely|barely)\b)|possibly|perhaps"
    r"|probably|likely|potentially|appears?|seems?|apparently|suspect\w*"
    r"|believed|thought to|feared|suspicion))\b(?! \d)",
)  # by its case: "May" is a month
_ALLOWED = re.compile(r"\b(?:can|allowed|permitted|free to|entitled|able to)\b", re.IGNORECASE)
_PERMITS = re.compile(r"may(?! (?:be|have|not|well|still)\b)")
# Under what condition; and words that leave something as open as it does
_CONDITION = re.compile(
    r"(?<!asked )(?<!even )(?<!as )(?<!see )\b(?:if|unless|provided that|in case)\b(?! not\b)", re.IGNORECASE
)
_OPEN = re.compile(
    r"\b(?:if|unless|whether|when|once|while|in case|should|would|can|must|provided|conditions?|conditional\w*"
    r"|depend\w*|without|as long as|until|otherwise|risk\w*|chance\w*)\b",
    re.IGNORECASE,
)
_PLANNED = re.compile(
    r"\b(?:will|shall|plans?|planned|planning|intends?|intended|(?<!n['’]t )(?<!not )expected|expects?"
    r"|scheduled|due|set to|aims?|hopes?"
    r"|propos\w+|about to|going to|is to|are to|promis\w+|vow\w*|pledg\w+|undertak\w+|threaten\w*|won['’]t)\b"
)
# A "will" that only says when or if: "becomes final if nobody complains", "stays shut until May"
_FUTURE = re.compile(r"(?:will|shall|won['’]t)")
_AHEAD = re.compile(
    r"\b(?:if|unless|until|till|tomorrow|next|as soon as|from now on|in future|remains?|stays?|continues?|keeps?)\b",
    re.IGNORECASE,
)
_LASTING = re.compile(r"\b(?:remains|stays|continues|keeps)\b")
_CLAIMED = re.compile(
    r"\b(?:alleg\w+|claim\w*|accus\w+|reportedly|supposedly|purported\w*|rumou?r\w*|suspect\w*|suspicions?"
    r"|reasons?|according|charged with|in the words of|quot\w+|recall\w*|urg\w+|jok\w+|point\w* out|confirm\w*"
    r"|add(?:s|ed)|explain\w*|acknowledg\w+|admit\w*|declar\w+|call(?:s|ed)?|describ\w+|put(?:s)?|wants?|think\w*"
    r"|ask\w*|said|says|say|told|insist\w*|argu\w+|assert\w*|conten\w+|believ\w+|deni\w+|estimat\w+"
    r"|report(?:s|ed)?|stated|states|announced|warned|testified|wrote|maintain\w*|shows?|showed|found|suggest\w*)\b",
    re.IGNORECASE,
)
_DOUBTED = re.compile(
    r"\b(?:alleg\w+|claim(?:s|ed)?|accus\w+|reportedly|supposedly|purported\w*|rumou?r\w*|suspect(?:s|ed)?)\b",
    re.IGNORECASE,
)
_OPPOSED = [
    tuple(re.compile(rf"\b(?:{side})\b", re.IGNORECASE) for side in pair)
    for pair in (
        (r"rose|rises?|rising|risen|increas\w+|grew|grows?|grown|climb\w*|gain\w*|jump\w*|soar\w*|up from|higher",
         r"fell|falls?|falling|fallen|decreas\w+|declin(?:e|es|ing) (?:in|by|to|of)|shr[aiu]nk\w*|drop(?:s|ped)?"
         r"|plung\w+|sank|slump\w*|down from|lower"),
        (r"(?<!no )more than|over|above|at least|no (?:fewer|less) than|exceed\w*",
         r"(?<!no )(?:less|fewer) than|under|below|at most|no more than|up to|nearly|almost"),
        (r"before|earlier than|prior to", r"after|later than|following"),
        (r"first", r"last|final"),
        (r"won|wins?|winning|beat|beats|defeated|defeats", r"lost|loses?|losing|was beaten|were beaten|was defeated"),
        (r"accept(?:s|ed)?|agreed|approved?|approves|allow(?:s|ed)?|support(?:s|ed)?|back(?:s|ed)|confirm(?:s|ed)?",
         r"reject(?:s|ed)?|refus(?:e|es|ed)|oppos(?:e|es|ed)|ban(?:s|ned)?|block(?:s|ed)|den(?:y|ies|ied)|disput(?:e|es|ed)"),
        (r"open(?:s|ed)?|began|begins?|start(?:s|ed)?", r"clos(?:e|es|ed)|end(?:s|ed)|finish(?:es|ed)?|stop(?:s|ped)"),
        (r"guilty|convicted", r"not guilty|acquitted|innocent|cleared"),
        (r"all|every|everyone|always", r"some|few|several|many|sometimes|a number of|half|most"),
        (r"cause[sd]?", r"prevent(?:s|ed)?"),
        (r"inside|within", r"outside"),
        (r"arriv(?:e|es|ed)|enter(?:s|ed)?|came", r"left|leaves?|depart(?:s|ed)?"),
        (r"alive|survived?", r"dead|died|killed"),
        (r"north(?:ern)?", r"south(?:ern)?"),
        (r"east(?:ern)?", r"west(?:ern)?"),
        (r"morning", r"evening|afternoon|night"),
        (r"buy|buys|bought", r"sell|sells|sold"),
    )
]  # fmt: skip
_CLAUSE = re.compile(r"[;—–]|,? (?:but|although|though|while|whereas) |, so (?!that\b)")
_SELF = re.compile(r"[^,.]{0,40}?,? (?:that )?(?:s?he|they|it|we|I)\b")  # "Rault said that she …"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a sentence: its kind, and the words of the sentence or of a quotation that show it."""

    kind: str  # "number", "name", "verbatim", "negation", "modality", "attribution", "comparison" or "roles"
    words: str


def find_faults(
    sentence: str, quotations: Sequence[str], *, beside: Sequence[str] = (), published: Sequence[date | None] = ()
) -> list[Fault]:
    """What the sentence says otherwise than the quotations, in the order of the kinds; nothing for a quotation itself.

    `beside` may be named too: the publishers and titles of the articles; `published` are their days, by which a
    "yesterday" is told, and which may be named as well.
    """
    plain = " ".join(sentence.split())
    if any(_is_whole(plain, " ".join(quotation.split())) for quotation in quotations):
        return []
    nearest, whole = _nearest(plain, quotations), " ".join(quotations)
    days = [*published, *[None] * (len(quotations) - len(published))]
    return [
        *_wrong_values(plain, quotations, days),
        *(Fault("name", name) for find in (unknown_names, mixed_names) for name in find(plain, [*quotations, *beside])),
        *(Fault("verbatim", words) for words in not_in(plain, [*quotations, *beside])),
        *_wrong_polarity(plain, nearest, whole),
        *_lost(plain, nearest, whole),
        *_turned(plain, nearest, quotations),
        *(Fault("roles", names) for names in swapped_names(plain, nearest)),
    ]


def contradicts(sentence: str, quotation: str) -> Fault | None:
    """What the sentence denies, or turns round, of a quotation that has most of its words; None where it doesn't."""
    if not on_the_same(sentence, quotation):
        return None
    turned = (fault for fault in find_faults(sentence, [quotation]) if fault.kind in TURNING)
    return next(turned, None)


def on_the_same(sentence: str, quotation: str) -> bool:
    """Whether the quotation has most of the sentence's words."""
    words = _content(sentence)
    return bool(words) and _shared(words, _content(quotation)) >= ALIKE * len(words)


def _is_whole(sentence: str, quotation: str) -> bool:
    """Whether the quotation has that very sentence, and nothing before it that says whose it is."""
    at = quotation.find(sentence)
    return at == 0 or (at > 0 and quotation[:at].rstrip(' "”’)')[-1:] in (".", "!", "?"))


def _nearest(sentence: str, quotations: Sequence[str]) -> str:
    """The quotation, or the clause of one, that has most of the sentence's words; the shortest of several."""
    words = _content(sentence)
    clauses = [clause for quotation in quotations for clause in [quotation, *_CLAUSE.split(quotation)] if clause]
    return max(clauses, key=lambda clause: (_shared(words, _content(clause)), -len(clause)), default="")


def _content(text: str) -> set[str]:
    return {stem_of(word) for word in normalise(text) if word not in SMALL_WORDS}


def _shared(one: set[str], other: set[str]) -> int:
    return len(one & other)


# Figures and dates


def _wrong_values(sentence: str, quotations: Sequence[str], days: Sequence[date | None]) -> list[Fault]:
    said, told = _in_plain_figures(sentence), [_in_plain_figures(quotation) for quotation in quotations]
    given = [value for text, day in zip(told, days, strict=False) for value in find_values(text, published=day)]
    stated = [day for day in days if day]
    lines = [f" {' '.join(normalise(quotation))} " for quotation in [*quotations, *told]]
    faults = []
    for value in find_values(said):
        verbatim = f" {' '.join(normalise(value.text))} " in "".join(lines) and value.kind != "money"  # "€5" isn't "$5"
        if verbatim and not _bounded_otherwise(value, given):
            continue
        if value.kind == "date" and any(value.low <= day.toordinal() <= value.high for day in stated):
            continue
        if not any(_is_said(value, other) for other in given) and not _is_an_article(value, said, told):
            faults.append(Fault("number", value.text))
    return faults


def _in_plain_figures(text: str) -> str:
    """The text with figures in one wording: "two times" for "twice", "over 55" for "over the age of 55"."""
    for pattern, plain in _WORDINGS:
        text = pattern.sub(plain, text)
    return text


def _is_an_article(value: Value, sentence: str, quotations: Sequence[str]) -> bool:
    """Whether it is the "one" of "one fire", which the quotations call "a fire" or "a single fire"."""
    if value.text.lower() != "one":
        return False
    things = re.findall(r"\bone ([\w’'-]+)", sentence, re.IGNORECASE)
    return bool(things) and all(
        any(re.search(rf"\b(?:an?|single|only|one) {re.escape(thing)}\b", text, re.IGNORECASE) for text in quotations)
        for thing in things
    )


def _bounded_otherwise(value: Value, given: Sequence[Value]) -> bool:
    """Whether the same figure stands in the quotations with another bound only: "21" of "at least 21"."""
    alike = [other for other in given if other.kind == value.kind and other.unit == value.unit]
    touching = [other for other in alike if value.kind in MEASURED and not conflicting(value, other)]
    return bool(touching) and not any(_is_said(value, other) for other in touching)


def _is_said(value: Value, other: Value) -> bool:
    """Whether the quotations' value, `other`, bears out the sentence's: it is as narrow, rounding apart."""
    if value.kind != other.kind or not same(value, other) or conflicting(value, other):
        return False
    if value.kind not in MEASURED:
        return True
    slack = (FAR - 1) * max(
        abs(end) for end in (value.low, other.low, value.high, other.high) if abs(end) != float("inf")
    )
    return other.low >= value.low - slack and other.high <= value.high + slack


# What was denied, supposed or claimed


def _wrong_polarity(sentence: str, nearest: str, whole: str) -> list[Fault]:
    said, quoted = (_NEGATION.search(_BOUNDS.sub("", text)) for text in (sentence, nearest))
    undoing = _UNDOING.search(sentence)
    if undoing and not any(rule.search(whole) for rule in (_UNDOING, _NEGATION, _DENYING, _MAYBE)):
        return [Fault("negation", undoing[0])]
    if not (said or quoted) and (opposite := _opposite(sentence, whole)):
        return [Fault("negation", opposite)]
    lone = said or quoted
    if lone is None or (said and quoted) or _DENYING.search(nearest if said else sentence):
        return []
    return [Fault("negation", lone[0])]


def _opposite(sentence: str, whole: str) -> str:
    """The word of one side that is another of the other with an "un" before it: "constitutional"."""
    said, told = {fold(word) for word in split_words(sentence)}, {fold(word) for word in split_words(whole)}
    for one, other in ((said - told, told - said), (told - said, said - told)):
        for word in one:
            denied = _OPPOSITE.fullmatch(word)
            if denied and denied[1] in other:
                return word
    return ""


def _lost(sentence: str, nearest: str, whole: str) -> list[Fault]:
    """A doubt or condition that one side has and the other hasn't, or a plan that the sentence makes of a deed."""
    faults = []
    doubt = _MAYBE.search(sentence) or _DOUBTED.search(sentence)
    if doubt and not any(rule.search(whole) for rule in (_MAYBE, _PLANNED, _CLAIMED, _ALLOWED, _OPEN)):
        faults.append(Fault("modality", doubt[0]))
    condition = _CONDITION.search(nearest)
    if condition and not any(rule.search(sentence) for rule in (_OPEN, _MAYBE, _NEGATION)):
        faults.append(Fault("modality", condition[0]))
    maybe, planned, doubted = _MAYBE.search(nearest), _PLANNED.search(nearest), _DOUBTED.search(nearest)
    if maybe and not _MAYBE.search(sentence) and not _is_allowed(nearest, maybe, sentence):
        faults.append(Fault("modality", maybe[0]))
    elif planned and not (_PLANNED.search(sentence) or _MAYBE.search(sentence) or _lasts(planned, sentence)):
        faults.append(Fault("modality", planned[0]))
    gained = _PLANNED.search(sentence)
    if gained and not planned and not maybe and not (_FUTURE.match(gained[0]) and _AHEAD.search(nearest)):
        faults.append(Fault("modality", gained[0]))
    attributed = attribution_of(nearest)
    whose = doubted[0] if doubted else nearest[slice(*attributed)] if attributed else ""
    if attributed and not doubted and _is_of_themselves(nearest, *attributed, sentence):
        whose = ""
    own = attribution_of(sentence)
    if attributed and own and _is_anothers(sentence, own, nearest, attributed):
        faults.append(Fault("attribution", sentence[slice(*own)]))
    if whose and not _CLAIMED.search(sentence):
        faults.append(Fault("attribution", whose))
    return faults


def _lasts(planned: re.Match[str], sentence: str) -> bool:
    """Whether that "will" says what the sentence's "stays" does."""
    return bool(_FUTURE.match(planned[0]) and _LASTING.search(sentence))


def _is_allowed(nearest: str, maybe: re.Match[str], sentence: str) -> bool:
    """Whether that "may" gives leave, as the sentence's "can" does."""
    return bool(_PERMITS.match(nearest, maybe.start()) and _ALLOWED.search(sentence))


def _is_anothers(sentence: str, own: Span, nearest: str, attributed: Span) -> bool:
    """Whether the sentence gives to somebody else what the quotation gives to one whom it names."""
    claimants = [word for word in split_words(nearest[slice(*attributed)]) if word[0].isupper()]
    named = any(word in split_words(sentence) for word in claimants if fold(word) not in SMALL_WORDS)
    # The attribution may open the sentence, so that a capital there is owed to its place.
    return bool(claimants) and not named and bool(unknown_names(sentence[slice(*own)], [nearest]))


def _is_of_themselves(nearest: str, start: int, end: int, sentence: str) -> bool:
    """Whether somebody says it of themselves, and the sentence is about them too: "Rault said that she left"."""
    names = [fold(word) for word in split_words(nearest[start:end]) if word[0].isupper()]
    opening = {fold(word) for word in split_words(sentence)[: len(names) + 1]}
    return bool(_SELF.match(nearest, end)) and any(name in opening for name in names)


# What was turned round


def _turned(sentence: str, nearest: str, quotations: Sequence[str]) -> list[Fault]:
    whole = " ".join(quotations)
    for one, other in _OPPOSED:
        for here, there in ((one, other), (other, one)):
            said = here.search(sentence)
            if said and not there.search(sentence) and there.search(nearest) and not here.search(whole):
                return [Fault("comparison", said[0])]
    return []
