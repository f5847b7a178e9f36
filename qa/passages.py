"""Article -> sentences and passages: spans of its text, cut at sentence ends, never across a dropped block."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import pairwise

from qa.blocks import find_blocks
from qa.types import Article, Passage, Span

CountTokens = Callable[[Sequence[str]], list[int]]
Split = Callable[[str], list[Span]]  # the sentences of a piece of text without line breaks, as nupunkt finds them

# nupunkt takes quadratic time on long runs of punctuation; no word of a real text is as long.
LONGEST = 4_000  # characters of a passage, however few its tokens; one of text has about 900
UNBROKEN = re.compile(r"\S{500,}")
# Sentence ends that nupunkt, made for European scripts, doesn't know; no space need follow them.
WIDE_FINAL = re.compile(r"[。！？؟।]+[」』”’»）)\]]*")
# What is no sentence of its own, and belongs to the one before: closing quotes, stray punctuation ...
TRAILING = re.compile(r"[”»」』]+(?=\s|$)|\W+$")
# ... or to the one after: the number of a list's item, an abbreviation that begins a sentence ("U.S. Secretary …").
NUMBER = re.compile(r"[(\[]?(\d{1,3}|[ivxIVX]{1,4}|[a-zA-Z]|[A-Z](\.[A-Z])+)[.)\]]+$")
SPACE = re.compile(r"\s")
RETRIES = 3  # how many sentences a passage may give up so that it is split into sentences as its article is


def sentence_spans(text: str) -> list[Span]:
    """The sentences in their order, without the white space around them; none crosses the end of a block."""
    return _find_sentences(text, _split)


def split_passages(article: Article, *, count_tokens: CountTokens, tokens: int, overlap: int = 0) -> list[Passage]:
    """The kept text in passages of at most `tokens` tokens, of which repeated sentences take at most `overlap`.

    `count_tokens` counts without special tokens; it is called once for all sentences, and again for too long ones.
    """
    count_tokens = partial(_weigh, count_tokens, tokens)
    text = article.text
    split = cache(_split)  # of this article alone: to settle where passages end, most blocks are split again
    sentences = _find_sentences(text, split, article.kept)
    runs = [_clip(text, sentences, span) for span in article.kept]
    counts: dict[Span, int] = {}
    _count(text, [span for run in runs for span in run], count_tokens, counts)
    passages = []
    for run in runs:
        pieces = [piece for span in run for piece in _cut_long(text, span, count_tokens, counts, tokens)]
        for first, last in _pack(text, pieces, [counts[piece] for piece in pieces], tokens, overlap, split):
            start, end = pieces[first][0], pieces[last - 1][1]
            passages.append(Passage(article.id, start, end, text[start:end]))
    return passages


def _find_sentences(text: str, split: Split, within: Sequence[Span] | None = None) -> list[Span]:
    """The sentences of all blocks, or of those that have a part in one of the spans, which come in order."""
    blocks = find_blocks(text)
    if within is not None:
        blocks = [block for block in blocks if _overlaps(block.start, block.end, within)]
    return [span for block in blocks for span in _split_block(text, block.start, block.end, split)]


def _overlaps(start: int, end: int, spans: Sequence[Span]) -> bool:
    next_one = bisect_right(spans, start, key=lambda span: span[1])
    return next_one < len(spans) and spans[next_one][0] < end


def _split_block(text: str, start: int, end: int, split: Split) -> list[Span]:
    """The sentences of one block; a word without end is one of its own."""
    spans: list[Span] = []
    at = start
    for unbroken in UNBROKEN.finditer(text, start, end):
        spans += [*_shift(split(text[at : unbroken.start()]), at), unbroken.span()]
        at = unbroken.end()
    return _join_fragments(text, [*spans, *_shift(split(text[at:end]), at)])


def _split(text: str) -> list[Span]:
    """The sentences by nupunkt and by the full stops of other scripts."""
    from nupunkt import sent_spans

    spans = []
    for left, right in sent_spans(text):
        ends = [found.end() for found in WIDE_FINAL.finditer(text, left, right)]
        for span in pairwise(sorted({left, *ends, right})):
            spans.append(_trim(text, *span))
    return [span for span in spans if span[0] < span[1]]


def _shift(spans: Sequence[Span], by: int) -> list[Span]:
    return [(start + by, end + by) for start, end in spans]


def _join_fragments(text: str, spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in spans:
        trailing = TRAILING.match(text, start, end)
        if joined and trailing:
            joined[-1] = (joined[-1][0], trailing.end())
            start, end = _trim(text, trailing.end(), end)
        if joined and start < end and NUMBER.fullmatch(text, *joined[-1]):
            joined[-1] = (joined[-1][0], end)
        elif start < end:
            joined.append((start, end))
    return joined


def _trim(text: str, start: int, end: int) -> Span:
    """The span without white space at its ends; empty when there is nothing else."""
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    return start, start + len(part.strip())


def _clip(text: str, sentences: list[Span], kept: Span) -> list[Span]:
    """The sentences, or the parts of them, in a kept span."""
    first = bisect_right(sentences, kept[0], key=lambda span: span[1])
    last = bisect_left(sentences, kept[1], key=lambda span: span[0])
    clipped = [_trim(text, max(start, kept[0]), min(end, kept[1])) for start, end in sentences[first:last]]
    return [span for span in clipped if span[0] < span[1]]


def _count(text: str, spans: Sequence[Span], count_tokens: CountTokens, counts: dict[Span, int]) -> None:
    """Adds the token counts of the spans to `counts`."""
    if spans:
        counts.update(zip(spans, count_tokens([text[start:end] for start, end in spans]), strict=True))


def _weigh(count_tokens: CountTokens, tokens: int, texts: Sequence[str]) -> list[int]:
    """The tokens of each text, or as many as its length alone is worth: a tokenizer takes an endless word for one."""
    return [
        max(count, -(-len(text) * tokens // LONGEST)) for count, text in zip(count_tokens(texts), texts, strict=True)
    ]


def _cut_long(text: str, span: Span, count_tokens: CountTokens, counts: dict[Span, int], tokens: int) -> list[Span]:
    """The sentence, or parts of it that are short enough."""
    pieces = [span]
    while any(_is_long(piece, counts, tokens) for piece in pieces):
        halves = [_halve(text, piece) if _is_long(piece, counts, tokens) else [piece] for piece in pieces]
        pieces = [half for pair in halves for half in pair]
        _count(text, [piece for piece in pieces if piece not in counts], count_tokens, counts)
    return pieces


def _is_long(piece: Span, counts: dict[Span, int], tokens: int) -> bool:
    return counts[piece] > tokens and piece[1] - piece[0] > 1


def _halve(text: str, span: Span) -> list[Span]:
    """Two parts, cut at the white space that is nearest to the middle, or in the middle if there is none."""
    start, end = span
    middle = (start + end) // 2
    before = start + len(text[start:middle].rstrip().rsplit(None, 1)[0]) if SPACE.search(text, start, middle) else start
    after = SPACE.search(text, middle, end)
    places = [place for place in (before, after.start() if after else start) if place > start]
    cut = min(places, key=lambda place: abs(place - middle), default=middle)
    return [_trim(text, start, cut), _trim(text, cut, end)]


def _pack(text: str, pieces: list[Span], weights: list[int], tokens: int, overlap: int, split: Split) -> list[Span]:
    """Which pieces make up each passage, as (first, last + 1)."""
    limit = _balance(weights, tokens - overlap)
    fill = partial(_fill, weights, limit=limit)
    splits_alike = cache(partial(_splits_alike, text, pieces, split))
    windows: list[Span] = []
    first = 0
    while first < len(pieces):
        least = windows[-1][0] + 1 if windows else 0  # a passage must not hold the whole of the one before it
        start = max(least, _step_back(weights, first, overlap, tokens))
        last = _settle(start, first, fill, splits_alike, len(pieces))
        windows.append((start, last))
        first = last
    return windows


def _fill(weights: list[int], first: int, limit: int) -> int:
    """The end of the longest window from `first` within the limit; at least one piece."""
    last, total = first + 1, weights[first]
    while last < len(weights) and total + weights[last] <= limit:
        total += weights[last]
        last += 1
    return last


def _balance(weights: list[int], limit: int) -> int:
    """The lowest limit that needs no more passages than `limit` does, so that the last one is no stub."""
    low, high = 1, max(1, limit)
    wanted = _count_windows(weights, high)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _count_windows(weights, middle) <= wanted else (middle + 1, high)
    return high


def _count_windows(weights: list[int], limit: int) -> int:
    first = number = 0
    while first < len(weights):
        first, number = _fill(weights, first, limit), number + 1
    return number


def _step_back(weights: list[int], first: int, overlap: int, tokens: int) -> int:
    """Where the passage starts that repeats what fits into `overlap` of the one before it."""
    start, total = first, 0
    room = min(overlap, tokens - weights[first])
    while start > 0 and total + weights[start - 1] <= room:
        start -= 1
        total += weights[start]
    return start


def _settle(
    start: int, first: int, fill: Callable[[int], int], splits_alike: Callable[[int, int], bool], count: int
) -> int:
    """The end, moved back if need be, with which this passage and the next are split into sentences as the article is.

    A cut within a line of hard-wrapped text can hide that the line is one.
    """
    last = fill(first)
    for end in range(last, max(first, last - RETRIES), -1):
        if (end == count or splits_alike(end, fill(end))) and splits_alike(start, end):
            return end
    return last


def _splits_alike(text: str, pieces: list[Span], split: Split, first: int, last: int) -> bool:
    """Whether the text from one piece to another, alone, has those pieces as its sentences."""
    at = pieces[first][0]
    return _shift(_find_sentences(text[at : pieces[last - 1][1]], split), at) == pieces[first:last]
