"""The blocks of a text: its lines, or the paragraphs that were broken into lines of a width."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from qa.clutter import ends_sentence

BREAK = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
LINE = re.compile(r"\S[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*")
MARKED = re.compile(r"(#{1,6}|[-*+•>]|\d{1,2}[.)])\s|\||```|~~~")  # a line that begins a block of its own
WRAPPED_WIDTH = (40, 100)  # characters: the longest line of hard-wrapped text


@dataclass(frozen=True, slots=True)
class Block:
    """A line, or the lines of a hard-wrapped paragraph: ``text[start:end]``, without white space around it."""

    start: int
    end: int


def find_blocks(text: str) -> list[Block]:
    """The blocks in their order; each character that isn't white space is in exactly one."""
    blocks: list[Block] = []
    for run in _find_runs(text):
        start = run[0].start
        joined = _join_wrapped([text[line.start : line.end] for line in run])
        for line, following, continues in zip(run, [*run[1:], run[-1]], joined, strict=True):
            if not continues:
                blocks.append(Block(start, line.end))
                start = following.start
    return blocks


def _find_runs(text: str) -> list[list[Block]]:
    """The lines that aren't blank, in runs without a blank line between them."""
    runs: list[list[Block]] = []
    for found in LINE.finditer(text):
        line = Block(found.start(), found.start() + len(found[0].rstrip()))
        near = runs and len(BREAK.findall(text, runs[-1][-1].end, line.start)) == 1
        if near:
            runs[-1].append(line)
        else:
            runs.append([line])
    return runs


def _join_wrapped(lines: list[str]) -> list[bool]:
    """For each line of a run, whether the next one continues its paragraph; all False unless the run is hard-wrapped.

    In hard-wrapped text a line ends where the next word would not have fitted; in a list of lines it seldom does.
    """
    width = max(map(len, lines))
    if len(lines) < 2 or not WRAPPED_WIDTH[0] <= width <= WRAPPED_WIDTH[1]:
        return [False] * len(lines)
    pairs = list(pairwise(lines))
    full = [len(line) + 1 + len(following.split(None, 1)[0]) > width for line, following in pairs]
    lower = [not ends_sentence(line) and following[0].islower() for line, following in pairs]
    unended = sum(not ends_sentence(line) for line, _ in pairs)
    if sum(full) < 0.6 * len(pairs) or unended < 0.5 * len(pairs) or not any(lower):
        return [False] * len(lines)
    fresh = [bool(MARKED.match(following) or line.startswith(("#", "|"))) for line, following in pairs]
    return [(f or low) and not new for f, low, new in zip(full, lower, fresh, strict=True)] + [False]
