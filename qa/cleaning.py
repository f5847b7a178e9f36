"""Which blocks of a text are the article: whole blocks are kept or dropped, no character is rewritten.

`find_blocks` finds the blocks, `explain` says of each why it is dropped, `keep_spans` gives what is left. A scraped
page is an article in a frame of menus, notices and links. Rules (qa/clutter.py) name the blocks that are clutter
wherever they stand; the article is the stretch with the most prose, which leaves out menus and footers whatever they
say; headings such as "Related" end it. Only the rules apply to a text that shows no sign of a web page.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from qa.clutter import END, SEPARATOR, WORD, count_words, ends_sentence, match_rule
from qa.types import Span

BREAK = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
LINE = re.compile(r"\S[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*")
MARKED = re.compile(r"(#{1,6}|[-*+•>]|\d{1,2}[.)])\s|\||```|~~~")  # a line that begins a block of its own

WRAPPED_WIDTH = (40, 100)  # characters: the longest line of hard-wrapped text
PROSE_WORDS = 5  # a block that ends like a sentence and has as many words is prose
LONG_WORDS = 20  # a block with as many words is prose, however it ends
MOST_WORDS = 80  # that count of one block: a paragraph of legal text must not outweigh an article
MENU_COST, LINE_COST, COST_WORDS = (
    4.0,
    1.5,
    8,
)  # what a block that isn't prose takes off: below so many words, from there
SIGNS = 2  # as many kinds of signs of a web page make a text a scraped one
MENU_LINES = 30  # as many lines that aren't prose, if most aren't, are such a sign
HEADLINE_WORDS = (5, 40)
FRAME_LINES = 12
HEAD_LENGTH = 20_000  # characters in which a headline is looked for
TITLE = re.compile(r"#\s+(?=\S)")  # of Markdown
# What a text may begin with that is no headline: a place or agency, an author with an employer, a list, a question.
NO_HEADLINE = re.compile(r"[—–:;?!]$|^\w[\w.'’-]* [A-Z]\w+, |^\d+[.)]\s|^[Ee]ditor|\b[Ss]taff\b|^\(")
END_COST = 25.0  # what a heading such as "Related" takes off
ENDED = 0.6  # such a heading ends the article if as much of the prose comes before it
NOTICE_ENDED = 0.75  # and a notice, such as of copyright, if as much does
HEAD = 0.1  # a byline begins the article if no more than this share of the prose comes before it


END_REASONS = frozenset({"affiliate", "copyright"})
SIGN_REASONS = END_REASONS | {"share", "subscribe", "cookies", "advertisement", "comments", "links", "menu", "repeated"}
HEAD_REASONS = frozenset({"byline", "date"})


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


def explain(text: str, *, markup: bool = False) -> list[tuple[Block, str | None]]:
    """Each block with the reason why it isn't part of the article, or None for what is kept.

    `markup`: the text is Markdown or was extracted from HTML, so its author or extractor chose what belongs to it.
    """
    blocks = find_blocks(text)
    lines = [text[block.start : block.end] for block in blocks]
    reasons = _name_clutter(lines)
    headline = _place_headline(lines, reasons)
    if headline is not None:
        repeats = [at for at in range(headline) if _names_headline(lines[at], lines[headline])]
        reasons = ["headline" if at == headline or at in repeats else reason for at, reason in enumerate(reasons)]
    if not markup and _count_signs(lines, reasons) >= SIGNS:
        first, last = _find_article(lines, reasons)
        for at in (*range(first), *range(last, len(lines))):
            reasons[at] = reasons[at] or "outside the article"
    return list(zip(blocks, reasons, strict=True))


def keep_spans(text: str, *, markup: bool = False) -> tuple[Span, ...]:
    """The spans of `text` that are the article: each runs over neighbouring kept blocks."""
    spans: list[Span] = []
    open_run = False
    for block, reason in explain(text, markup=markup):
        if reason is None:
            spans[-1:] = [(spans[-1][0], block.end)] if open_run else [*spans[-1:], (block.start, block.end)]
        open_run = reason is None
    return tuple(spans)


def find_headline(text: str) -> str | None:
    """The headline, where the text shows which line it is."""
    lines = [text[block.start : block.end] for block in find_blocks(text[:HEAD_LENGTH])]
    at = _place_headline(lines, _name_clutter(lines))
    return None if at is None else TITLE.sub("", lines[at])


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


def _name_clutter(lines: list[str]) -> list[str | None]:
    """What the rules and repetition say of each line."""
    reasons = [match_rule(line) for line in lines]
    bare = [" ".join(WORD.findall(line.lower())) for line in lines]
    copies = Counter(bare)
    seen: set[str] = set()
    prose = 0
    for at, line in enumerate(bare):
        # Prose is kept where it first stands. Of a headline, every copy goes; further down, lines of lists may recur.
        if reasons[at] is None and copies[line] > 1 and count_words(line) >= 4:
            is_copy = line in seen if ends_sentence(lines[at]) else prose < 2
            reasons[at] = "repeated" if is_copy else None
        seen.add(line)
        prose += _weigh(lines[at], reasons[at]) > 0
    return reasons


def _weigh(line: str, reason: str | None) -> float:
    """How much a block speaks for the article (words of prose) or against it (below 0)."""
    words = count_words(line)
    if reason:
        return -MENU_COST / 2 if words <= 12 else -1.0
    if ends_sentence(line) and words >= PROSE_WORDS:
        return float(min(words, MOST_WORDS))
    if words >= LONG_WORDS:
        return min(words, MOST_WORDS) / 2
    if ends_sentence(line) or line.endswith(":"):
        return 0.0
    return -MENU_COST if words < COST_WORDS else -LINE_COST


def _find_article(lines: list[str], reasons: list[str | None]) -> Span:
    """The first and the last + 1 block of the article."""
    ends = [bool(END.search(line)) and count_words(line) <= COST_WORDS for line in lines]
    weights = [
        -END_COST if end else _weigh(line, reason) for line, reason, end in zip(lines, reasons, ends, strict=True)
    ]
    first, last = _find_heaviest(weights)
    first = _skip_head(weights, reasons, first, last)
    last = _cut_tail(ends, weights, reasons, first, last)
    if last == len(lines) - 1 and reasons[last] is None:
        last += 1  # a text that breaks off within a sentence
    return first, last


def _find_heaviest(weights: list[float]) -> Span:
    """The stretch with the greatest sum."""
    best, total, start, span = 0.0, 0.0, 0, (0, 0)
    for at, weight in enumerate(weights):
        if total <= 0:
            total, start = 0.0, at
        total += weight
        if total > best:
            best, span = total, (start, at + 1)
    return span


def _skip_head(weights: list[float], reasons: list[str | None], first: int, last: int) -> int:
    """Where the article begins when captions and summaries stand before its byline."""
    prose = sum(max(0.0, weight) for weight in weights[first:last])
    before, start = 0.0, first
    for at in range(first, last):
        before += max(0.0, weights[at])
        if before > HEAD * prose:
            break
        if reasons[at] in HEAD_REASONS:
            start = at + 1
    return start


def _cut_tail(ends: list[bool], weights: list[float], reasons: list[str | None], first: int, last: int) -> int:
    """Where the article ends: before a notice or a heading of other things that has little prose after it."""
    prose = sum(max(0.0, weight) for weight in weights[first:last])
    before = 0.0
    for at in range(first, last):
        resumes = any(weight >= LONG_WORDS for weight in weights[at + 1 : at + 3])
        if ends[at] and before >= ENDED * prose and not resumes:
            return at
        if reasons[at] in END_REASONS and before >= NOTICE_ENDED * prose:
            return at
        before += max(0.0, weights[at])
    return last


def _count_signs(lines: list[str], reasons: list[str | None]) -> int:
    """How many kinds of signs there are that this is a dumped web page."""
    bare = sum(_weigh(line, reason) < 0 for line, reason in zip(lines, reasons, strict=True))
    return len(SIGN_REASONS.intersection(filter(None, reasons))) + (bare >= MENU_LINES and bare > len(lines) / 2)


def _is_prose(line: str) -> bool:
    words = count_words(line)
    return words >= HEADLINE_WORDS[1] or (words >= PROSE_WORDS and ends_sentence(line) and line[-1] not in "?!")


def _place_headline(lines: list[str], reasons: list[str | None]) -> int | None:
    """The place of a line that stands twice before the prose, or of the line that a clean text begins with."""
    if lines and TITLE.match(lines[0]):
        return 0
    opening = next((at for at, line in enumerate(lines) if reasons[at] in (None, "repeated") and _is_prose(line)), 0)
    able = [at for at in range(opening) if _can_be_headline(lines[at]) and reasons[at] in (None, "repeated")]
    stated = [at for at in able if any(_names_headline(lines[i], lines[at]) for i in range(opening) if i != at)]
    if opening > FRAME_LINES:  # a long menu also repeats lines, so only one that the page's title names counts
        stated = [at for at in stated if at and _names_headline(lines[0], lines[at])]
    if stated:
        return max(stated, key=lambda at: count_words(lines[at]))
    return 0 if opening == 1 and able and not NO_HEADLINE.search(lines[0]) else None


def _can_be_headline(line: str) -> bool:
    return HEADLINE_WORDS[0] <= count_words(line) < HEADLINE_WORDS[1] and line[-1] not in ".:,"


def _names_headline(line: str, headline: str) -> bool:
    """Whether a line is the headline again, alone or with the site's name after it, as in a page's title."""
    rest = line[len(headline) :]
    return line.startswith(headline) and (not rest or SEPARATOR.match(rest) is not None)
