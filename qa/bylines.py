"""Who wrote an article, as a byline or a page's tags state it; a name that may be none is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

PARTICLES = "de|del|della|di|da|dos|du|la|le|van|von|der|den|ten|bin|al|el|y|e"
SHORTENED = r"(?:Jr|Sr|Dr|St|Mrs?|Ms|Prof|Rev|Gen|Col|Capt|Lt|Sgt|Sen|Rep)\."  # other full stops end a sentence
WORD = rf"(?:{SHORTENED}|[^\W\d_a-z][^\W\d_]*(?:['’-][^\W\d_]+)*|(?:[^\W\d_]\.){{1,3}})"
NAME = rf"{WORD}(?: (?:{WORD}|{PARTICLES})){{0,3}} {WORD}"
BYLINE = re.compile(
    rf"^(?:(?:[Ww]ritten|WRITTEN|[Pp]osted|[Rr]eported|[Ss]tory|[Ww]ords) )?(?:by|By|BY):?\s+"
    rf"(?P<names>{NAME}(?:(?:, | and | & |, and ){NAME})*?)"
    rf"(?P<rest>(?:,|\s[|•·–—-])\s?[^.!?]{{2,60}})?(?: on \S.{{6,45}})?[.,]?$"
)
LABELLED = re.compile(rf"^(?:Author|AUTHOR|Reporter)s?:\s+(?P<names>{NAME}(?:(?:, | and | & |, and ){NAME})*)$")
ALONE = re.compile(rf"^(?P<names>{NAME}(?:(?:, | and | & |, and ){NAME})*)$")
ROLE = re.compile(rf"^(?P<names>{NAME}),? (?:[Ss]taff [Ww]riter|[Ss]enior [Rr]eporter|[Ss]taff [Rr]eporter)$")
# Who a line under a name of its own says it works for.
AGENCIES = re.compile(
    r"^(?:The )?(?:Associated Press|AP|Reuters|AFP|Agence France-Presse|Bloomberg|USA TODAY(?: NETWORK)?|CNN|BBC News|"
    r"PA Media)$"
)
# "By Ann Lee, AP" is how photographs are credited; of a report's author the agency's name is written out.
PICTURED = re.compile(r"(?:^|\W)(?:AP|AFP|EPA|\w+ Images|USA TODAY Sports)$")
# Words that stand in bylines and headings but in nobody's name.
NOT_A_NAME = re.compile(
    r"\b(?:the|press|news|staff|editors?|editorial|team|desk|agency|agencies|media|reuters|cnn|bbc|admin|author|guest|"
    r"numbers|today|network|post|times|magazine|reporters?|correspondent|contributors?|writers?|popular|design|"
    r"columnist|business|any|all|means|your|our|how|why|published|updated|photos?|images?|newsroom|service|services|group|inc|ltd|online|department|"
    r"january|february|march|april|june|july|august|september|october|november|december|in|on|of|for|and)\b",
    re.IGNORECASE,
)
SEPARATOR = re.compile(r",? and |, | & |;\s*")
LONGEST = 200  # characters of an author's field


def find_byline(lines: Sequence[str]) -> str | None:
    """The names in the first byline of its own line; a name alone counts above the name of an agency."""
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if len(line) > LONGEST:
            continue
        found = BYLINE.match(line) or LABELLED.match(line) or ROLE.match(line)
        if found and PICTURED.search(line):
            continue
        if found is None and AGENCIES.match(below):
            found = ALONE.match(line)
        names = as_names([found["names"]]) if found else None
        if names:
            return names
    return None


def as_names(stated: Iterable[str]) -> str | None:
    """The names of people in what a field states, joined by commas; None unless all of it is such names."""
    names: list[str] = []
    for text in stated:
        text = re.sub(r"^(?:by|von|par|por)\s+", "", " ".join(text.split()), flags=re.IGNORECASE)
        names += SEPARATOR.split(text) if 0 < len(text) <= LONGEST else [text]
    return ", ".join(dict.fromkeys(names)) if names and all(map(_is_name, names)) else None


def _is_name(text: str) -> bool:
    if text.isupper():
        text = text.title()
    joined = re.search(r"[a-z]{5}[A-Z]", text)  # two lines run together
    return re.fullmatch(NAME, text) is not None and not joined and not NOT_A_NAME.search(text) and len(text) <= 60
