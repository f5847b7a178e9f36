"""Where a quotation stands in a text: to the character, else but for typography and spaces, else what is nearest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from eval.words import norm
from qa.types import Span

CLUSTER = re.compile(r"\s+|\S[\u0300-\u036f]*")  # white space, or a character with the accents that follow it
UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")  # soft hyphens and the like: pages have them, copies lose them
NEAR = 60  # of 100: how like the quotation a text must be to be shown
LOOKED_AT = 20  # articles in which the nearest text is looked for: those with the most of its words
LONGEST = 2_000  # characters of a quotation of which the nearest text is looked for


def find_quote(quote: str, text: str) -> list[Span]:
    """The places of the quotation; those that differ in quotation marks, dashes or spaces only where none is exact."""
    wanted = quote.strip()
    if not wanted:
        return []
    exact = [found.span() for found in re.finditer(re.escape(wanted), text)]
    return exact or _find_alike(wanted, text)


def nearest_text(quote: str, texts: Mapping[str, str]) -> tuple[str, str] | None:
    """(name of the text, its words that are most like the quotation), or None when none are like it."""
    from rapidfuzz import fuzz

    wanted = _lower(smooth_text(quote[:LONGEST])[0])
    best: tuple[float, str, Span] | None = None
    for name in likeliest(quote, texts):
        smooth, places = smooth_text(texts[name])
        found = fuzz.partial_ratio_alignment(wanted, _lower(smooth))
        if found and found.dest_start < found.dest_end and (best is None or found.score > best[0]):
            best = (found.score, name, (places[found.dest_start][0], places[found.dest_end - 1][1]))
    if best is None or best[0] < NEAR:
        return None
    _, name, (start, end) = best
    return name, norm(_whole_words(texts[name], start, end))


def likeliest(quote: str, texts: Mapping[str, str]) -> list[str]:
    """The names of the texts that hold the most words of the quotation, best first; at most LOOKED_AT."""
    words = re.findall(r"\w{4,}", _lower(quote)) or _lower(quote).split()
    held = {name: sum(word in lower for word in words) for name, text in texts.items() if (lower := text.lower())}
    return sorted((name for name in held if held[name]), key=lambda name: -held[name])[:LOOKED_AT]


@lru_cache(maxsize=256)  # one article is quoted in many lines
def smooth_text(text: str) -> tuple[str, Sequence[Span]]:
    """The text as `norm` makes it, without what can't be seen, and the place in the text of each of its characters."""
    smooth: list[str] = []
    places: list[Span] = []
    for piece, span in _pieces(text):
        if piece == " " and (not smooth or smooth[-1] == " "):
            continue
        smooth += piece
        places += [span] * len(piece)
    if smooth and smooth[-1] == " ":
        del smooth[-1], places[-1]
    return "".join(smooth), places


def _find_alike(quote: str, text: str) -> list[Span]:
    wanted, _ = smooth_text(quote)
    smooth, places = smooth_text(text)
    found = (match.span() for match in re.finditer(re.escape(wanted), smooth)) if wanted else ()
    return [(places[start][0], places[end - 1][1]) for start, end in found]


def _pieces(text: str) -> Iterator[tuple[str, Span]]:
    """What each character, with its accents, or run of white space is normalised to; " " for white space."""
    for found in CLUSTER.finditer(text):
        cluster = found[0]
        if cluster.isspace():
            yield " ", found.span()
        elif cluster.isascii():
            yield cluster, found.span()
        elif seen := UNSEEN.sub("", cluster):
            yield norm(seen), found.span()


def _lower(text: str) -> str:
    """In lower case, but as long as before: places must stay."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _whole_words(text: str, start: int, end: int) -> str:
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return text[start:end]
