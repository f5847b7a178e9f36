"""What a model can see of the blocks of a text: each block, its neighbours, and the boundaries between blocks.

Features are named numbers, most of them 0–1; a feature that is missing is 0. They say how a block is built, what the
rules of qa/clutter.py say of it, how much prose stands around it, and how many of its words the headline and the heart
of the article share. None of them is a word of a page.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from qa.clutter import END, SHORT_WORDS, WORD, count_words, ends_sentence, weigh

Features = dict[str, float]

LENGTHS = (1, 2, 4, 7, 12, 20, 35, 60, 100)  # words
DISTANCES = (0, 1, 3, 7, 15)  # blocks to the nearest paragraph
PARAGRAPH = 10  # what a block weighs that is one
WINDOWS = (2, 5, 10)  # blocks on each side
NEAR = (-2, -1, 1, 2)  # whose kind a block sees
AROUND = (-3, -2, -1, 0, 1)  # whose kind a boundary sees; 0 is the block after it
CONTENT = 4  # characters: a shorter word says nothing of what a text is about
ADDRESS = re.compile(r"@|https?:|www\.")
# Reasons of the rules that mean much the same.
KINDS = {
    **dict.fromkeys(("copyright", "affiliate", "cookies"), "legal"),
    **dict.fromkeys(("share", "subscribe", "contact"), "share"),
    **dict.fromkeys(("links", "menu", "advertisement"), "links"),
}
COMMON = frozenset(
    "the of and to in a is that for it as was with on be by he his at from are this have or had but not an they which "
    "we were you their has been would will more when who what so can said if its about".split()
)


@dataclass(frozen=True, slots=True)
class Page:
    """What all features are made of: for each block its line, what the rules say, its words, weight and kind."""

    lines: Sequence[str]
    reasons: Sequence[str | None]
    words: Sequence[int]
    weights: Sequence[float]
    kinds: Sequence[str]
    content: Sequence[frozenset[str]]
    prose: Sequence[float]  # that stands before each block, and at last in all
    heaviest: tuple[int, int]  # the stretch that has most prose and least else
    core: dict[str, int]  # words of the first half of that stretch, in how many of its blocks they stand
    core_blocks: frozenset[int]
    headline: frozenset[str]  # words of the first block, which names the page


def read_page(lines: Sequence[str], reasons: Sequence[str | None]) -> Page:
    """The page of these blocks; `reasons` are what the rules say of each."""
    words = [count_words(line) for line in lines]
    weights = [weigh(line, reason) for line, reason in zip(lines, reasons, strict=True)]
    content = [content_words(line) for line in lines]
    prose = list(accumulate((max(weight, 0.0) for weight in weights), initial=0.0))
    first, last = find_heaviest(weights)
    half = (prose[first] + prose[last]) / 2
    core_blocks = frozenset(at for at in range(first, last) if weights[at] > 0 and prose[at] <= half)
    return Page(
        lines,
        reasons,
        words,
        weights,
        [_name_kind(line, reason, n) for line, reason, n in zip(lines, reasons, words, strict=True)],
        content,
        prose,
        (first, last),
        Counter(word for at in core_blocks for word in content[at]),
        core_blocks,
        content[0] if content else frozenset(),
    )


def block_features(page: Page) -> list[Features]:
    """The features of each block."""
    bare = [" ".join(WORD.findall(line.lower())) for line in page.lines]
    copies, seen = Counter(bare), set[str]()
    before = _distances(page.weights)
    after = _distances(page.weights[::-1])[::-1]
    rows = []
    for at, line in enumerate(bare):
        row = {"bias": 1.0, f"before {before[at]}": 1.0, f"after {after[at]}": 1.0}
        row |= {"copied": float(copies[line] > 1), "again": float(line in seen)}
        row |= _describe_line(page, at) | _describe_place(page, at) | _describe_subject(page, at)
        row |= {f"{by:+} {_kind(page, at + by)}": 1.0 for by in NEAR}
        seen.add(line)
        rows.append(row)
    return rows


def boundary_features(page: Page) -> list[Features]:
    """The features of the boundary before each block."""
    return [_describe_boundary(page, at) for at in range(len(page.lines))]


def content_words(text: str) -> frozenset[str]:
    """The words that say what a text is about."""
    return frozenset(word.lower() for word in WORD.findall(text) if len(word) >= CONTENT) - COMMON


def find_heaviest(weights: Sequence[float]) -> tuple[int, int]:
    """The stretch with the greatest sum: its first and its last + 1 block."""
    best, total, start, span = 0.0, 0.0, 0, (0, 0)
    for at, weight in enumerate(weights):
        if total <= 0:
            total, start = 0.0, at
        total += weight
        if total > best:
            best, span = total, (start, at + 1)
    return span


def _name_kind(line: str, reason: str | None, words: int) -> str:
    if words <= SHORT_WORDS and END.search(line):
        return "end"
    if reason:
        return "rule"
    if ends_sentence(line):
        return "prose" if words >= 15 else "sentence" if words >= 5 else "short sentence"
    return "long" if words >= 20 else "headline" if words >= 6 else "short"


def _kind(page: Page, at: int) -> str:
    return page.kinds[at] if 0 <= at < len(page.kinds) else "none"


def _distances(weights: Sequence[float]) -> list[int]:
    """For each block the class of DISTANCES in which the nearest paragraph before it is."""
    found, distance = [], DISTANCES[-1] + 1
    for weight in weights:
        found.append(sum(distance > most for most in DISTANCES))
        distance = 0 if weight >= PARAGRAPH else distance + 1
    return found


def _describe_line(page: Page, at: int) -> Features:
    line, reason, words = page.lines[at], page.reasons[at], page.words[at]
    tokens = WORD.findall(line)
    count, length, ended = max(1, len(tokens)), len(line), ends_sentence(line)
    capitals = sum(token[0].isupper() for token in tokens) / count
    row = {
        f"length {sum(words >= least for least in LENGTHS)}{' ended' if ended else ''}": 1.0,
        "words": math.log1p(words) / 4,
        "colon": float(line.endswith(":")),
        "lower": float(line[0].islower()),
        "quoted": float(line[0] in "“\"'‘«—–-"),
        "asks": float(line[-1] in "?!"),
        "capitals": capitals,
        "upper": sum(map(str.isupper, line)) / length,
        "digits": sum(map(str.isdigit, line)) / length,
        "common": sum(token.lower() in COMMON for token in tokens) / count,
        "commas": min(1.0, 5 * sum(map(line.count, ",;")) / count),
        "separators": min(3, sum(map(line.count, "|›»•·"))) / 3,
        "address": float(ADDRESS.search(line) is not None),
        "ends": float(page.kinds[at] == "end"),
    }
    if words >= 5 and not ended:
        row["title case" if capitals > 0.6 else "sentence case"] = 1.0
    if reason:
        row |= {"rule": 1.0, f"rule {KINDS.get(reason, reason)}": 1.0}
    return row


def _describe_place(page: Page, at: int) -> Features:
    prose, (first, last) = page.prose, page.heaviest
    count, total = len(page.lines), page.prose[-1] + 1e-9
    row = {
        "prose before": prose[at] / total,
        "prose after": (prose[-1] - prose[at + 1]) / total,
        "in heaviest": float(first <= at < last),
        "in core": float(at in page.core_blocks),
        "past heaviest": min(1.0, max(0, at - last + 1) / 20),
        "to heaviest": min(1.0, max(0, first - at) / 20),
    }
    for window in WINDOWS:
        low, high = max(0, at - window), min(count, at + window + 1)
        row[f"prose {-window}"] = math.log1p(prose[at] - prose[low]) / 6
        row[f"prose +{window}"] = math.log1p(prose[high] - prose[at + 1]) / 6
        bare = sum(page.kinds[near] in ("short", "headline", "rule") for near in range(low, high))
        row[f"bare {window}"] = bare / (2 * window + 1)
    return row


def _describe_subject(page: Page, at: int) -> Features:
    """How much of the block, and of what stands around it, is about what the heart of the article is about."""
    content, own = page.content[at], int(at in page.core_blocks)
    near: frozenset[str] = frozenset().union(*page.content[max(0, at - 3) : at + 4])
    row = {
        "near headline": len(near & page.headline) / max(1, len(page.headline)),
        "near subject": _share_core(page, near),
    }
    if content:
        shared = sum(page.core.get(word, 0) > own for word in content) / len(content)
        sure = min(1.0, len(content) / 8)
        row |= {"subject": shared, "surely subject": shared * sure, "surely other": (1 - shared) * sure}
        row["headline"] = len(content & page.headline) / max(1, min(len(page.headline), 8))
    return row


def _describe_boundary(page: Page, at: int) -> Features:
    prose, (first, last) = page.prose, page.heaviest
    count, total = len(page.lines), page.prose[-1]
    earlier: frozenset[str] = frozenset().union(*page.content[max(0, at - 4) : at])
    later: frozenset[str] = frozenset().union(*page.content[at : at + 4])
    row = {
        "bias": 1.0,
        "headline before": len(earlier & page.headline) / max(1, len(page.headline)),
        "headline after": len(later & page.headline) / max(1, len(page.headline)),
        "subject before": _share_core(page, earlier),
        "subject after": _share_core(page, later),
        "prose before": math.log1p(prose[at]) / 7,
        "prose after": math.log1p(total - prose[at]) / 7,
        "share before": prose[at] / (total + 1e-9),
        "heaviest begins": float(at == first),
        "heaviest ends": float(at == last),
    }
    for window in (3, 8):
        row[f"prose +{window}"] = math.log1p(prose[min(count, at + window)] - prose[at]) / 6
        row[f"prose {-window}"] = math.log1p(prose[at] - prose[max(0, at - window)]) / 6
    for by in AROUND:
        row[f"{by:+} {_kind(page, at + by)}"] = 1.0
        if 0 <= at + by < count and (reason := page.reasons[at + by]):
            row[f"{by:+} rule {KINDS.get(reason, reason)}"] = 1.0
    return row


def _share_core(page: Page, content: frozenset[str]) -> float:
    return sum(word in page.core for word in content) / max(1, len(content))
