"""Which neighbours a quoted sentence needs so that it doesn't mislead: who "he" is, and whose words they are.

Nothing is rewritten; the neighbours are sentences of the same article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from qa.english.attribution import attribution_of
from qa.english.referents import (
    find_names,
    is_aside,
    names_person,
    opening_reference,
    sex_of,
    speaks_of,
    unnamed_speaker,
)
from qa.types import Span

__all__ = ["attribution_of", "needed_sentences"]

MOST = 2  # neighbours of a sentence
REACH = 10  # sentences back to a name or a speaker
NAMING = 3  # sentences back to the name of "the company"
AHEAD = 3  # sentences on to the end of a quotation, where its speaker stands
_BARE = 100  # characters of a sentence that only attributes the one before it: "Smith said."
# "The company" is named by its name; "the measures" are told in the sentence before.
_BODIES = set("company firm agency organization organisation airline school club team group store party museum".split())
_NAME_WITHIN = re.compile(r"[a-z,] [A-Z]\w")
_MARKS = '“”"'
_MARK = re.compile(f"[{_MARKS}]|''")  # two apostrophes close what a straight mark opened
_LETTER = re.compile(r"\w")
_ITEM = re.compile(r"(?:[-*•–—·]|\(?(?:\d{1,2}|[a-z])[.)]) ?(?=\S)")
_QUESTION = re.compile(r"(?:Q|Question)[:.] ?\S")
_ANSWER = re.compile(r"(?:A|Answer)[:.] ?\S")
# What opens a sentence that denies or corrects the one before it, or says only then whose claim that was.
_CLAIMS = r"(?:claims?|allegations?|accusations?|charges?|stor(?:y|ies)|reports?|rumou?rs?|posts?|statements?)"
_UNTRUE = (
    r"(?:false|untrue|wrong(?! to\b)|incorrect|inaccurate|fake|a lie|lies|a hoax"
    r"|not (?:true|correct|accurate)|n['’]t true)"
)
_DENIED = r"(?<!\bto )(?<!\bor )(?<!\bcan )(?:denied|denies|deny|rejected|rejects?|disputed|disputes?|refuted|refutes?)"
_GUILT = rf"(?:{_CLAIMS}|wrongdoing|involvement|responsibility|guilt|knowledge)"
_TAKEN_BACK = re.compile(
    rf"(?:But |However, |Yet )?(?:This|That|These|Those|It|They|(?:The|These|Those|Such|All (?:of )?the) {_CLAIMS})"
    rf"(?:(?: (?:{_CLAIMS}))?(?: (?:is|are|was|were|has|have|been|proved|proven|turned out to be|later|all"
    rf"|simply|completely|entirely|totally|quite|also))+ |['’]s |['’]re | is| was| are| were)+(?:{_UNTRUE})\b"
    rf"|None of (?:them|this|that|it|these|those|the|his|her|their)\b[^.]{{0,40}}?"
    r" (?:true|correct|accurate|happened|proven|proved)\b"
    rf"|(?:But|However,?|Yet) [^.;“”\"]{{1,80}}? {_DENIED}\b"
    rf"|[^.;:“”\"]{{1,80}}? {_DENIED} (?:it|this|that|them|having"
    rf"|(?:any|all|both)(?: of)?(?: the| these| those)? {_GUILT}"
    rf"|(?:the|these|those|such|his|her|their|its) {_CLAIMS})\b"
    r"|[^.;:“”\"]{1,80}? later (?:corrected|retracted|withdrew|(?:confirmed|said|clarified|admitted)\b(?: that)?"
    r"(?: \w+){0,3}? (?:no|nobody|not|none|never|nothing|false|untrue|wrong|only))\b"
    r"|So (?:claimed|claims|said|says|wrote|writes|alleged|alleges)\b"
)


def needed_sentences(article_text: str, sentences: Sequence[Span], index: int) -> list[int]:
    """The sentences to quote with the one at `index`, the nearest first, at most two.

    `sentences` are spans of the article in their order.
    """
    article = _Sentences(article_text, sentences)
    needed: list[int] = []
    todo = [index]
    while todo and len(needed) < MOST:
        for other in _needs(article, todo.pop(0)):
            if other != index and other not in needed and len(needed) < MOST:
                needed.append(other)
                todo.append(other)
    return sorted(needed, key=lambda other: (abs(other - index), other))


class _Sentences:
    """The sentences of an article, with what stands outside quotation marks in each."""

    def __init__(self, text: str, spans: Sequence[Span]) -> None:
        self.text = text
        self.spans = spans
        self._outside: dict[int, tuple[str, bool]] = {}

    def __len__(self) -> int:
        return len(self.spans)

    def __getitem__(self, at: int) -> str:
        start, end = self.spans[at]
        return self.text[start:end]

    @cached_property
    def names(self) -> frozenset[str]:
        return find_names(self.text)

    def starts_paragraph(self, at: int) -> bool:
        return at == 0 or "\n" in self.text[self.spans[at - 1][1] : self.spans[at][0]]

    def before(self, at: int, least: int = 0) -> Iterator[int]:
        """The sentences before it, the nearest first, without links and captions, as far as any is looked for."""
        for other in range(at - 1, max(least, at - REACH) - 1, -1):
            if not is_aside(self[other]):
                yield other

    def paragraph(self, at: int) -> int:
        """The first sentence of its paragraph, no further back than a speaker is looked for."""
        least = max(0, at - REACH)
        while at > least and not self.starts_paragraph(at):
            at -= 1
        return at

    def is_item(self, at: int) -> bool:
        """Whether it stands in a paragraph that is an item of a list."""
        return _ITEM.match(self[self.paragraph(at)]) is not None

    def outside(self, at: int) -> str:
        """What of the sentence stands outside quotation marks."""
        return self._read(at)[0]

    def stays_open(self, at: int) -> bool:
        """Whether a quotation goes on after the sentence."""
        return self._read(at)[1]

    def is_quoted(self, at: int) -> bool:
        """Whether all words of the sentence are somebody's."""
        return not _LETTER.search(self.outside(at)) and bool(_LETTER.search(self[at]))

    def _read(self, at: int) -> tuple[str, bool]:
        if at not in self._outside:
            open_before = False  # a paragraph that goes on with a quotation repeats the mark at its start
            for other in range(self.paragraph(at), at + 1):
                self._outside[other] = _outside(self[other], open_before)
                open_before = self._outside[other][1]
        return self._outside[at]


def _outside(sentence: str, inside: bool) -> tuple[str, bool]:
    """(the words outside quotation marks, whether the last mark is still open)"""
    pieces: list[str] = []
    at = 0
    for mark in _MARK.finditer(sentence):
        if not inside:
            pieces.append(sentence[at : mark.start()])
        inside = mark[0] == "“" or (mark[0] == '"' and not inside)
        at = mark.end()
    if not inside:
        pieces.append(sentence[at:])
    return " ".join(pieces), inside


def _needs(article: _Sentences, at: int) -> list[int]:
    """What denies it, who says it, or whom and what it is about; the weightiest first."""
    framed = [_find_denial(article, at), _find_introduction(article, at)]
    if article.is_quoted(at):
        needs = [*framed, _find_speaker(article, at)]
    else:
        bare = at + 1 if at + 1 < len(article) and _only_attributes(article, at + 1) else None
        needs = [*framed, bare, _find_referent(article, at)]
    return [other for other in needs if other is not None]


def _find_denial(article: _Sentences, at: int) -> int | None:
    """The sentence after it, or after its list, that takes it back or names its source."""
    after = at + 1
    if article.is_item(at):
        while after < min(at + REACH, len(article) - 1) and article.is_item(after):
            after += 1
    return after if after < len(article) and _TAKEN_BACK.match(article[after]) else None


def _find_introduction(article: _Sentences, at: int) -> int | None:
    """The line with a colon that its paragraph or its list stands under, or the question that it answers."""
    first = article.paragraph(at)
    least = max(0, at - REACH)
    if _ANSWER.match(article[first]) and first and _QUESTION.match(article[article.paragraph(first - 1)]):
        asked = range(first - 1, article.paragraph(first - 1) - 1, -1)
        return next((other for other in asked if article[other].endswith("?")), asked[-1])
    while first > least and _ITEM.match(article[first]) and article.is_item(first - 1):
        first = article.paragraph(first - 1)
    return first - 1 if first and article[first - 1].endswith(":") else None


def _only_attributes(article: _Sentences, at: int) -> bool:
    """Whether the sentence is nothing but "Smith said." about the one before it."""
    sentence = article[at]
    if article.starts_paragraph(at) or len(sentence) > _BARE or article.is_quoted(at):
        return False
    span = attribution_of(sentence)
    return span is not None and span[0] == 0 and not _LETTER.search(sentence[span[1] :])


def _find_speaker(article: _Sentences, at: int) -> int | None:
    """The sentence that says whose the quotation is: the one that ends it, or the one that it follows."""
    ending = at
    while ending < min(at + AHEAD, len(article) - 1) and article.stays_open(ending):
        ending += 1
        if article.starts_paragraph(ending) and article[ending][:1] not in _MARKS:
            break
        if not article.is_quoted(ending):
            if attribution_of(article[ending]):
                return ending
            break
    if at + 1 < len(article) and _only_attributes(article, at + 1):
        return at + 1
    unquoted = [before for before in article.before(at) if not article.is_quoted(before)]
    # A question between is a heading, or an interviewer's: whoever spoke before goes on.
    return next((before for before in unquoted if not article[before].endswith("?")), None)


def _find_referent(article: _Sentences, at: int) -> int | None:
    """The earlier sentence that names what the opening words stand for, if they do."""
    reference = opening_reference(article[at]) if at else None
    if reference is None or article[at][:1] in _MARKS:  # of a quotation, who said it comes first
        pronoun = _unnamed_speaker(article, at)
        reference = ("person", pronoun) if pronoun else reference
    if reference is None or at == 0:
        return None
    kind, words = reference
    if kind == "person":
        return _find_person(article, at, words)
    different = (before for before in article.before(at) if not _opens_alike(article, before, words))
    before = next(different, at - 1)  # "It … . It …" are one thing
    if words.split()[-1] not in _BODIES:
        return before
    named = (other for other in range(before, max(-1, before - NAMING), -1) if _NAME_WITHIN.search(article[other]))
    return next(named, before)


def _unnamed_speaker(article: _Sentences, at: int) -> str:
    """The pronoun that its claim is attributed to, unless the sentence names somebody before it."""
    sentence = article[at]
    span = attribution_of(sentence)
    if span is None or names_person(_outside(sentence[: span[0]], False)[0], "", article.names):
        return ""
    return unnamed_speaker(sentence[slice(*span)])


def _find_person(article: _Sentences, at: int, words: str) -> int:
    """The nearest earlier sentence that names somebody, and doesn't itself speak of "him"."""
    first = article.paragraph(at)
    crosses = first == at or speaks_of(article[first], words) or opening_reference(article[first]) is not None
    for before in article.before(at, 0 if crosses else first):
        opening = opening_reference(article[before])
        if opening is not None and sex_of(opening[1]) and sex_of(words) in ("", sex_of(opening[1])):
            continue
        if not article.is_quoted(before) and names_person(article[before], words, article.names):
            return before
    return next(article.before(at), at - 1)


def _opens_alike(article: _Sentences, at: int, words: str) -> bool:
    opening = opening_reference(article[at])
    return opening is not None and opening[1].lower() == words.lower()
