"""What a text reports only as an earlier, corrected or mistaken statement: nobody says it any longer."""

from __future__ import annotations

import re
from functools import lru_cache

from qa.english.attribution import quoted_spans
from qa.types import Span

_PRESS = r"(?:article|story|version|report|dispatch|edition|headline|caption|post)"
_VERB = (
    r"(?:said|stated|reported|wrote|written|gave|given|put|listed|named|identified|described|called|misstated"
    r"|misidentified|claimed|published|announced)"
)
_WRONGLY = r"(?:wrongly|incorrectly|mistakenly|erroneously|inaccurately)"
_ITS_OWN = rf"of (?:this|the|our|an?) {_PRESS}|(?:on|in) (?:this|our|[A-Z\d])[^,;.]{{0,25}}|published [^,;.]{{1,30}}"
# "An earlier version of this article said"; not "as an earlier version said", which tells of what stands before it.
_EARLIER = re.compile(
    rf"(?<!\bas )(?:\b(?:an?|the|our|some|several) )?\b(?:earlier|previous|original|initial|prior|first (?={_PRESS}s))"
    rf" ?{_PRESS}s?(?:,? (?:{_ITS_OWN}))?(?:,? (?:had|has|have)|,)?(?:,? {_WRONGLY})? {_VERB}\b",
    re.IGNORECASE,
)
_MISTAKEN = re.compile(rf"\b{_WRONGLY} (?:been )?{_VERB}\b", re.IGNORECASE)
_WE = re.compile(rf"(?<!\bas )\bwe (?:had )?(?:(?:earlier|previously|originally|first) )?{_VERB}\b", re.IGNORECASE)
_CORRECTING = re.compile(
    r"\b(?:correction|corrected|clarification|erratum|amended|wrong|mistaken?|error)\b", re.IGNORECASE
)
# "not seven, as had been reported", "rather than the seven first reported"
_REPLACED = re.compile(
    r"\b(?:not|rather than|instead of) (?!only\b)[^.;:]{1,60}?"
    rf"(?:,? as\b[^.;:,]{{0,50}}?\b{_VERB}\b|,? (?:first|earlier|previously|originally|initially) {_VERB}\b)",
    re.IGNORECASE,
)
_DENIED = re.compile(r", (?:and )?not (?:the |on |in |at )?[^,.;:()]{1,30}(?=[,.;:)]|$)", re.IGNORECASE)
_ENDS = re.compile(
    r"[.!?][\"”'’)]*(?=\s|$)|[;\n]| [–—] |,? (?:but|whereas)\b|,? when\b (?=(?:in fact|it|there|the)\b)"
    r"|, (?:in fact|actually|rather)\b"
)
_STARTS = re.compile(r"(?:[.!?:][\"”'’)]*\s|[;\n,]| [–—] )")
_GIVES = re.compile(r" (?:as|at|that|to be)\b")


@lru_cache(maxsize=256)  # of a passage every candidate asks
def withdrawn_spans(text: str) -> tuple[Span, ...]:
    """What of the text is reported as an earlier or mistaken statement, or denied beside the right one, in order.

    >>> [text[start:end] for text in ["It was eight, not seven."] for start, end in withdrawn_spans(text)]
    [', not seven']
    """
    quoted = quoted_spans(text)
    found = [(match.start(), _end(text, match.end())) for match in _EARLIER.finditer(text)]
    found += [(_start(text, match), _end(text, match.end())) for match in _MISTAKEN.finditer(text)]
    found += [match.span() for pattern in (_REPLACED, _DENIED) for match in pattern.finditer(text)]
    if _CORRECTING.search(text):
        found += [
            (match.start(), _end(text, match.end()))
            for match in _WE.finditer(text)
            if not any(start < match.start() < end for start, end in quoted)
        ]
    return tuple(sorted(found))


def is_withdrawn(text: str, span: Span) -> bool:
    """Whether those characters begin within such a statement."""
    return any(start <= span[0] < end for start, end in withdrawn_spans(text))


def _end(text: str, at: int) -> int:
    end = _ENDS.search(text, at)
    return end.start() if end else len(text)


def _start(text: str, match: re.Match[str]) -> int:
    """Of "wrongly given as seven" there, of "seven were wrongly reported dead" where the clause begins."""
    passive = re.search(r"\b(?:been|was|were|is|are) (?:\w+ )?$", text[max(0, match.start() - 16) : match.start()])
    if not passive or _GIVES.match(text, match.end()):
        return match.start()
    return max((start.end() for start in _STARTS.finditer(text, 0, match.start())), default=0)
