"""Words that make a sentence say something else when one of a group stands for another."""

from __future__ import annotations

import re


def _groups(text: str) -> list[list[str]]:
    return [group.split("|") for group in " ".join(text.split()).split("; ")]


# Units.
GROUPS = _groups("""
    million|billion|thousand|hundred; %| percentage points; miles|kilometres|metres|feet;
    kilometers|meters|inches|yards; minutes|hours|seconds|days; day|week|month|year; days|weeks|months|years;
    century|decade|year; dollars|euros|pounds; $|€|£; kg|pounds|tons|grams
""")  # fmt: skip
# What is compared, and opposites.
COMPARED = _groups("""
    more|less|fewer; more than|less than|exactly; at least|at most; higher|lower; larger|smaller;
    bigger|smaller; greater|smaller; longer|shorter; older|younger; better|worse; best|worst; earlier|later;
    faster|slower; largest|smallest; highest|lowest; most|least; first|last|second|third; increased|decreased;
    increase|decrease; increasing|decreasing; rose|fell; grew|shrank; before|after; above|below; over|under;
    north|south|east|west; northern|southern|eastern|western; North|South|East|West; left|right; up|down;
    begin|end; began|ended; started|stopped; won|lost; gained|lost; easy|difficult; hot|cold; cheap|expensive;
    good|bad; great|terrible; strong|weak; new|old; early|late; small|large; short|long; high|low;
    positive|negative; accepted|rejected; allowed|forbade; support|oppose; supported|opposed; include|exclude;
    with|without; inside|outside; male|female; men|women; son|daughter; father|mother; brother|sister;
    husband|wife; king|queen; private|public; rich|poor; same|different; true|false; success|failure;
    failed|succeeded; arrived|left; bought|sold; borrowed|lent; taught|learned; love|hate; loved|hated;
    happy|unhappy; likely|unlikely; possible|impossible; wet|dry; full|empty; safe|dangerous; internal|external;
    upper|lower; major|minor; black|white|red|blue|green
""")  # fmt: skip
# How many or how often.
QUANTIFIED = _groups("""
    all|some|none of; All|Some|Few; some|all|no; Some|All|No; most|few; Most|Few; many|few; Many|Few;
    several|all; often|never|rarely; usually|rarely; always|sometimes|never; sometimes|always; never|always;
    only|also; each|one; every|one; both|neither of; half|all|a third; a few|all; mainly|only; partly|entirely;
    nearly|more than; approximately|exactly
""")  # fmt: skip
# What may be becomes what is, what is claimed what is proved.
CERTAIN = [
    (re.compile(pattern), tuple(news.split("|")))
    for pattern, news in {
        r"\b(?:may|might|could|can)\b(?! not|n?['’]t)": "will|must",
        r"\b(?:may have|might have|could have)\b": "has|had",
        r"\b(?:plans?|hopes?|aims?|wants?|intends?|expects?|proposed|planned|wanted|hoped) to\b": "refused to|will",
        r"\b(?:possibly|probably|perhaps|likely|allegedly|reportedly|apparently|potentially)\b": "certainly|definitely",
        r"\b(?:suggests?|suggested|claims?|claimed|alleges?|alleged|believes?|believed|thinks?|argues?|argued)\b"
        r"(?= that)": "proved|denied|proves",
        r"\bshould\b(?! not)": "must|does",
        r"\bwill\b(?! not)": "may|might",
        r"\bmust\b(?! not)": "may|need not",
        r"\b(?:tried|attempted) to (\w+)": r"refused to \1",
    }.items()
]
