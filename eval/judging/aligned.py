"""A sentence laid beside its sources: which source sentence says most of it, and what differs there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from eval.judging.amounts import Amount, find_amounts
from eval.judging.names import Name, acronyms, find_names, name_key
from eval.judging.tokens import Token, sentence_ranges, tokenize

Range = tuple[int, int]

_MARK = re.compile(r"\s?\[\d{1,3}\]")  # of a citation: no number of the sentence
MOST = 40  # source sentences that are compared word by word


@dataclass(frozen=True, slots=True)
class Reading:
    """A text with what the judge compares; ranges are of `tokens`, one a sentence."""

    text: str
    tokens: tuple[Token, ...]
    ranges: tuple[Range, ...]
    amounts: tuple[Amount, ...]
    names: tuple[Name, ...]
    line: str  # all words in small letters between spaces, for a search of runs
    stems: tuple[frozenset[str], ...]  # the content stems of each sentence
    all_stems: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    keys: frozenset[str]  # `name_key` of every word
    initials: frozenset[str]
    small: frozenset[str]  # the words that are somewhere written without a capital

    @property
    def parts(self) -> tuple[str, ...]:
        """The text's sentences, from the first word of each to the first of the next."""
        starts = [self.tokens[start].start if place else 0 for place, (start, _) in enumerate(self.ranges)]
        return tuple(self.text[start:end] for start, end in pairwise([*starts, len(self.text)]))


@dataclass(frozen=True, slots=True)
class Beside:
    """A source sentence beside the judged one, with the share of whose stems it has; `alike` is 1 for equal words."""

    source: Reading
    at: int
    share: float
    alike: float = 0.0

    @property
    def tokens(self) -> tuple[Token, ...]:
        start, end = self.source.ranges[self.at]
        return self.source.tokens[start:end]

    @property
    def stems(self) -> frozenset[str]:
        return self.source.stems[self.at]


@dataclass(frozen=True, slots=True)
class Laid:
    """A sentence and its sources, the nearest source sentences first."""

    sentence: Reading
    sources: tuple[Reading, ...]
    nearest: tuple[Beside, ...]
    verbatim: bool  # its words are an unbroken run of a source


@lru_cache(maxsize=4096)
def read(text: str) -> Reading:
    """The text's words, sentences, amounts and names; remembered, since a source is asked for many sentences."""
    tokens = tokenize(text)
    ranges = sentence_ranges(text, tokens)
    quoted = [place for place, token in enumerate(tokens) if token.text[0].isupper() and _opens(text, token.start)]
    stems = tuple(frozenset(token.stem for token in tokens[start:end] if token.content) for start, end in ranges)
    lowers = [token.stem for token in tokens]
    return Reading(
        text,
        tokens,
        ranges,
        find_amounts(text),
        find_names(tokens, (start for start, _ in ranges), quoted),
        f" {' '.join(token.lower for token in tokens)} ",
        stems,
        frozenset().union(*stems),
        frozenset(pairwise(lowers)),
        frozenset(name_key(token.lower) for token in tokens),
        acronyms(tokens),
        frozenset(token.lower for token in tokens if token.text[0].islower()),
    )


def _opens(text: str, start: int) -> bool:
    """Whether a quotation or a list item begins there, or something after a colon."""
    before = text[max(0, start - 3) : start]
    return before[-1:] in ('"', "“", "‘", "'") or before.rstrip()[-1:] in (":", "•", "*", "|", "·")


def lay(sentence: str, sources: Sequence[str], *, kept: int = 3) -> Laid:
    """The sentence beside the `kept` source sentences that have most of its content stems."""
    judged = read(_MARK.sub("", sentence))
    readings = tuple(read(source) for source in sources)
    wanted, words = judged.all_stems, [token.lower for token in judged.tokens]
    found = [
        (len(wanted & stems) / max(1, len(wanted)), place, at)
        for place, reading in enumerate(readings)
        for at, stems in enumerate(reading.stems)
    ]
    found.sort(key=lambda item: (-item[0], item[1], item[2]))
    least = found[min(kept, len(found)) - 1][0] if found else 0.0
    tied = [_beside(words, readings[place], at, share) for share, place, at in found if share >= least][:MOST]
    tied.sort(key=lambda beside: (-beside.share, -beside.alike))
    nearest = tuple(tied[:kept])
    verbatim = bool(words) and any(_stands(judged.line, reading.line) for reading in readings)
    return Laid(judged, readings, nearest, verbatim)


def _stands(run: str, line: str) -> bool:
    """Whether the run of words is in the line, and not each time cut off before a "not"."""
    return line.count(run) > line.count(f"{run}not ")


def _beside(words: Sequence[str], source: Reading, at: int, share: float) -> Beside:
    start, end = source.ranges[at]
    theirs = [token.lower for token in source.tokens[start:end]]
    return Beside(source, at, share, Levenshtein.normalized_similarity(words, theirs))


def differences(sentence: Reading, beside: Beside) -> list[tuple[Range, Range]]:
    """What the two word by word don't share: ranges of the judged tokens and of the source sentence's, in order."""
    ours = [token.lower for token in sentence.tokens]
    theirs = [token.lower for token in beside.tokens]
    found: list[tuple[Range, Range]] = []
    for step in Levenshtein.opcodes(ours, theirs):
        if step.tag == "equal":
            continue
        (first, end), (other_first, other_end) = (step.src_start, step.src_end), (step.dest_start, step.dest_end)
        if found and (found[-1][0][1], found[-1][1][1]) == (first, other_first):  # a replacement beside an insertion
            (first, _), (other_first, _) = found.pop()
        found.append(((first, end), (other_first, other_end)))
    return found
