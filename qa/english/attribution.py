"""The words by which a sentence says whose claim it reports: "Rubio alleges that", ", officials said"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.types import Span

REACH = 160  # characters before a verb in which its subject begins

# They report a claim whatever follows ...
_SAY = (
    "said|says|say|claimed|claims|claim|alleged|alleges|allege|argued|argues|contended|contends|insisted|insists"
    "|believes(?! in)|believe(?! in)|thinks(?! of)|think(?! of)|suspects"
)
# ... these only with "that", or beside a quotation or a comma: "he announced a plan", "he added a room" claim nothing.
_REPORT = (
    "announced|announces|reported|reports|report|stated|added|adds|explained|explains|noted|notes|acknowledged|admitted"
    "|admits|denied|denies|deny|believed|thought|suggested|suggests|suggest|confirmed"
    "|confirms|declared|declares|tweeted|wrote|writes|testified|predicted|predicts|predict|estimated|estimates|estimate"
    "|warned|warns|warn|asserted|asserts|maintained|maintains|stressed|stresses|recalled|recalls|complained|concluded"
    "|agreed|agrees|feared|fear|hoped|hopes|asked|asks|replied|replies|responded|responds|continued|continues|conceded"
    "|remarked|observed|joked|quipped|emphasized|emphasised|revealed|learned|learnt|shows|showed|show|indicates"
    "|indicated|indicate|found|finds|find|concludes|hints|hinted|cautioned|cautions|vowed|promised|quoted"
)
_ADD = {"added", "continued", "replied", "recalled", "explained"}  # they need no comma: "He added."
_TELL = "told|tells|tell|informed|assured"
_VERB = re.compile(rf"\b(?:(?P<say>{_SAY})|(?P<report>{_REPORT})|(?P<tell>{_TELL}))\b(?!['’])")
_WHEN = (
    r"(?:,? (?:on )?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
    r"|,? (?:yesterday|today|earlier|later|recently|here|too|also))?"
)
_THAT = re.compile(rf"{_WHEN} that\b")
_END = re.compile(rf"{_WHEN}(?: (?:in|to|of|on|during|at) [^,.;“”\"]{{1,60}})?[\"”]?(?=[,.;:]|$)")
_LISTENERS = re.compile(
    r" (?!the (?:truth|story|stories|whole)\b)"
    r"(?:(?:[\w.'’-]+ ){1,4}?that\b|(?:(?:the|a|an|his|her|its|their) )?[\w.'’-]*\w(?: [A-Z][\w.]*\w){0,3})"
)
_NO_CLAIM = re.compile(r" (?:whether|how|if|why|goodbye|hello|no more|nothing|anything|were|are|have|against|by)\b")
# A verb after these states no claim: "declined to say", "did not say", "the report".
_NO_VERB = re.compile(
    r"(?:\b(?:not|to|the|a|an|this|that|no|any|his|her|their|its|new|is|are|was|were|be|been|can|could|cannot|will"
    r"|may|of)"
    r"|n['’]t|['’]s) $"
)
# Where the clause of a verb begins, looking back from it.
_BREAK = re.compile(
    r"[“”\"«»;:!?()—–]|\b(?:after|because|when|while|but|which|that|if|as|although|though|since|where|whom|than|until"
    r"|whose)\b"
)
_ACCORDING = re.compile(
    r"\b(?:[Aa]ccording to|[Aa]s per|[Aa]s reported by|[Ii]n the words of) (?:[A-Z][\w.]*\. )?"
    r"[^,;:!?“”\"\n]{1,120}?(?=[,;:!?“”\"\n]|\.(?!\w|\s[a-z])|$)"
)
_ACCUSE = re.compile(r"\b(?:accuse[sd]?|accusing|suspected?|suspects) (?:[^\s,.;:]+ ){1,8}?of\b")
# Papers and figures speak as well: "Documents seen by the paper show".
_EVIDENCE = re.compile(
    r"\b(?:[Dd]ocuments?|[Ss]tud(?:y|ies)|[Rr]eports?|[Ss]urveys?|[Pp]olls?|[Ff]igures|[Dd]ata|[Rr]ecords|[Rr]esearch)"
    r" (?:[^\s,;:“”\"]+ ){0,8}?(?:shows?|showed|suggests?|suggested|indicates?|indicated|finds|found|reveals?"
    r"|revealed)\b"
    r"(?: that\b)?"
)
_HEARSAY = re.compile(
    r"\b(?:reportedly|allegedly|supposedly|purportedly)\b"
    r"|\b(?:is|are|was|were|been|being)"
    r" (?:said|believed|thought|reported|rumou?red|alleged|understood|accused)(?: to| of)?\b"
)


def attribution_of(sentence: str) -> Span | None:
    """The words that attribute what the sentence says, or None when it speaks for its article."""
    according = _ACCORDING.search(sentence)
    if according:
        return according.span()
    claims = _find_claims(sentence)
    hearsay = _HEARSAY.search(sentence)
    return next(claims, None) or (hearsay.span() if hearsay else None)


def _find_claims(sentence: str) -> Iterator[Span]:
    """Subject and verb of each claim that is reported outside quotation marks."""
    quoted = quoted_spans(sentence)
    for verb in _VERB.finditer(sentence):
        if any(start < verb.start() < end for start, end in quoted) or _NO_VERB.search(sentence[: verb.start()][-12:]):
            continue
        end = _claim_end(sentence, verb)
        if end is not None:
            yield _start_of(sentence, verb.start(), claim_before=end == len(sentence.rstrip(".\"”'’ "))), end
    for pattern in (_ACCUSE, _EVIDENCE):
        if not (found := pattern.search(sentence)):
            continue
        yield _start_of(sentence, found.start(), claim_before=False), found.end()


def _claim_end(sentence: str, verb: re.Match[str]) -> int | None:
    """Where the attributing words end; None when the verb reports nothing."""
    after = verb.end()
    if verb["tell"]:
        listeners = _LISTENERS.match(sentence, after)
        return listeners.end() if listeners else None
    if that := _THAT.match(sentence, after):
        return that.end()
    if _inverted(sentence, verb.start()):  # "…," said Smith
        return _noun_phrase_end(sentence, after)
    if verb["say"]:
        return None if _NO_CLAIM.match(sentence, after) else after
    if re.match(r"[,:]? [“\"]", sentence[after : after + 4]):
        return after
    ended = _END.match(sentence, after)
    beside = re.search(r"[,!?][”\"]? ", sentence[: verb.start()]) or verb[0] in _ADD
    return ended.end() if ended and beside else None


def _inverted(sentence: str, at: int) -> bool:
    return sentence[:at].rstrip().endswith(("”", '"', ",")) and sentence[:at].rstrip()[:-1].strip() != ""


def _noun_phrase_end(sentence: str, at: int) -> int:
    name = re.compile(r"[^,;:!?“”\"\n]{0,80}?(?=[,;:!?“”\"\n]|\.(?!\w|\s[A-Z])|$)").match(sentence, at)
    return name.end() if name else at


def _start_of(sentence: str, at: int, *, claim_before: bool) -> int:
    """Where the subject of the verb begins; at the comma before it where the claim stands before that."""
    least = max(0, at - REACH)
    start = least
    for found in _BREAK.finditer(sentence, least, at):
        start = found.end()
    comma = sentence.rfind(", ", start, at)
    if comma >= 0 and sentence[comma + 1 : at].strip():
        return comma if claim_before else comma + 2
    return at - len(sentence[start:at].lstrip())


def quoted_spans(text: str) -> list[Span]:
    """What stands in double quotation marks, marks included; one left open reaches to the end."""
    spans: list[Span] = []
    opened: int | None = None
    for mark in re.finditer('[“”"]', text):
        straight_end = mark[0] == '"' and mark.start() > 0 and not text[mark.start() - 1].isspace()
        if opened is not None and mark[0] != "“":
            spans.append((opened, mark.end()))
            opened = None
        elif opened is None and (mark[0] == "”" or straight_end):  # it was opened before the text
            spans.append((spans[-1][1] if spans else 0, mark.end()))
        elif opened is None:
            opened = mark.start()
    return spans if opened is None else [*spans, (opened, len(text))]
