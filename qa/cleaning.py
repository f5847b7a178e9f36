"""Which blocks of a text are the article: whole blocks are kept or dropped, no character is rewritten.

A scraped page is an article in a frame of menus, notices and links. Rules (qa/clutter.py) name the blocks that are
clutter wherever they stand; where a text shows any sign of a page, a trained model (qa/block_model.py) tells from a
block, its neighbours and the whole page whether it belongs to the article. `explain` says of each block why it is
dropped, `keep_spans` gives what is left.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from qa.block_features import read_page
from qa.block_model import BlockModel, load_block_model
from qa.blocks import Block, find_blocks
from qa.clutter import PROSE_WORDS, SEPARATOR, WORD, count_words, ends_sentence, match_rule, weigh
from qa.types import Span

LIKELY = 0.5  # the least probability with which a block is kept
MOST_BLOCKS = 20_000  # a longer text is a book or a log, no page: the rules alone judge it
OUTSIDE = "outside the article"
SIGNS = frozenset(  # reasons that only a web page gives
    "affiliate copyright share subscribe cookies advertisement comments links menu repeated byline date credit "
    "contact".split()
)
MENU_LINES = 30  # as many lines that aren't prose, if most aren't, are a sign too
HEADLINE_WORDS = (5, 40)
OPENING_WORDS = 14  # 95 of 100 headlines of news have no more; a longer first line is as likely a sentence
FRAME_LINES = 12
HEAD_LENGTH = 20_000  # characters in which a headline is looked for
TITLE = re.compile(r"#\s+(?=\S)")  # of Markdown
# What a text may begin with that is no headline: a place or agency, an author with an employer, a list, a question.
NO_HEADLINE = re.compile(r"[—–:;?!]$|^\w[\w.'’-]* [A-Z]\w+, |^\d+[.)]\s|^[Ee]ditor|\b[Ss]taff\b|^\(")


def explain(text: str, *, markup: bool = False, model: BlockModel | None = None) -> list[tuple[Block, str | None]]:
    """Each block with the reason why it isn't part of the article, or None for what is kept.

    `markup`: the text is Markdown or was extracted from HTML, so its author or extractor chose what belongs to it, and
    only the rules apply. `model`: another one than the program's own.
    """
    blocks = find_blocks(text)
    lines = [text[block.start : block.end] for block in blocks]
    reasons = name_clutter(lines)
    likely = [True] * len(lines)
    if not markup and len(lines) <= MOST_BLOCKS and _shows_frame(lines, reasons):
        judge = model or load_block_model()
        likely = [chance >= LIKELY for chance in judge.article_probabilities(read_page(lines, reasons))]
    headline = _place_headline(lines, reasons)
    if headline is not None:
        repeats = [at for at in range(headline) if _names_headline(lines[at], lines[headline])]
        reasons = ["headline" if at == headline or at in repeats else reason for at, reason in enumerate(reasons)]
    return [
        (block, reason or (None if keep else OUTSIDE))
        for block, reason, keep in zip(blocks, reasons, likely, strict=True)
    ]


def keep_spans(text: str, *, markup: bool = False, model: BlockModel | None = None) -> tuple[Span, ...]:
    """The spans of `text` that are the article: each runs over neighbouring kept blocks."""
    spans: list[Span] = []
    open_run = False
    for block, reason in explain(text, markup=markup, model=model):
        if reason is None:
            spans[-1:] = [(spans[-1][0], block.end)] if open_run else [*spans[-1:], (block.start, block.end)]
        open_run = reason is None
    return tuple(spans)


def find_headline(text: str) -> str | None:
    """The headline, where the text shows which line it is."""
    lines = [text[block.start : block.end] for block in find_blocks(text[:HEAD_LENGTH])]
    at = _place_headline(lines, name_clutter(lines))
    return None if at is None else TITLE.sub("", lines[at])


def name_clutter(lines: Sequence[str]) -> list[str | None]:
    """What the rules and repetition say of each block: why it is clutter, or None."""
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
        prose += weigh(lines[at], reasons[at]) > 0
    return reasons


def _shows_frame(lines: Sequence[str], reasons: Sequence[str | None]) -> bool:
    """Whether there is any sign of a dumped web page; without one, short lines are lists of facts, not menus."""
    bare = sum(weigh(line, reason) < 0 for line, reason in zip(lines, reasons, strict=True))
    return not SIGNS.isdisjoint(reasons) or (bare >= MENU_LINES and bare > len(lines) / 2)


def _is_prose(line: str) -> bool:
    words = count_words(line)
    return words >= HEADLINE_WORDS[1] or (words >= PROSE_WORDS and ends_sentence(line) and line[-1] not in "?!")


def _place_headline(lines: Sequence[str], reasons: Sequence[str | None]) -> int | None:
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
    begins = opening == 1 and able and count_words(lines[0]) <= OPENING_WORDS
    return 0 if begins and not NO_HEADLINE.search(lines[0]) else None


def _can_be_headline(line: str) -> bool:
    return HEADLINE_WORDS[0] <= count_words(line) < HEADLINE_WORDS[1] and line[-1] not in ".:,"


def _names_headline(line: str, headline: str) -> bool:
    """Whether a line is the headline again, alone or with the site's name after it, as in a page's title."""
    rest = line[len(headline) :]
    return line.startswith(headline) and (not rest or SEPARATOR.match(rest) is not None)
