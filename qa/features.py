"""What a question and the sentences of its hits have in common, as numbers."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from qa.lexical import join_initials
from qa.passages import sentence_spans
from qa.types import Hit, Quotation

KINDS = ("person", "number", "time", "place", "reason")
WORD_FEATURES = (
    "coverage", "coverage_near", "coverage_passage", "coverage_article", "coverage_hits", "pairs", "names_missing",
    "names_missing_article", "names_missing_hits", "numbers_missing_article", "name_unknown", "number_unknown",
    "other_coverage", "other_missing_article",
    "missing_near", "missing_article", "novelty", "length", "asks", "unfinished",
    "hit_score", "hit_rank", "first", *(f"fits_{kind}" for kind in KINDS), *(f"fails_{kind}" for kind in KINDS),
    "counted",
)  # fmt: skip

# Words that say how a question is put, not what it is about.
_ASKING = """
    who whom whose what when where which why how many much did do does done is are was were be been being am has
    have had having can could will would shall should may might must there it its he she his her they them their
    we our you your i my me this that these those a an the of in on at to for from by with about into over after
    before and or as than so if not no s t ll re ve d called name named number amount kind type sort year
"""
ASKING = frozenset(_ASKING.split())
# Stems of irregular forms, by which no stemmer finds the verb.
IRREGULAR = {
    form: verb
    for verb, forms in {
        "win": "won", "sing": "sang sung", "say": "said", "begin": "began begun", "becom": "becam", "buy": "bought",
        "bring": "brought", "build": "built", "catch": "caught", "choos": "chose chosen", "die": "dead death",
        "drive": "drove driven", "fall": "fell fallen", "fight": "fought", "find": "found", "fli": "flew flown",
        "give": "gave given", "go": "went gone", "grow": "grew grown", "hold": "held", "keep": "kept", "kill": "",
        "know": "knew known", "lead": "led", "leav": "left", "lose": "lost loss", "make": "made", "meet": "met",
        "pay": "paid", "rise": "rose risen", "run": "ran", "see": "saw seen", "sell": "sold sale", "send": "sent",
        "shoot": "shot", "speak": "spoke spoken", "spend": "spent", "stand": "stood", "steal": "stole stolen",
        "take": "took taken", "teach": "taught", "tell": "told", "think": "thought", "throw": "threw thrown",
        "wear": "wore worn", "write": "wrote written", "break": "broke broken", "come": "came", "draw": "drew drawn",
        "marri": "wed marriag wife husband", "elect": "elector", "creat": "creation creator", "bear": "born birth",
    }.items()
    for form in forms.split()
}  # fmt: skip

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
MONTH = "january february march april may june july august september october november december"
NUMBER_WORD = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million "
    "millions billion billions trillion dozen dozens half twice once"
)
NUMBER = re.compile(rf"\d|\b(?:one|{NUMBER_WORD.replace(' ', '|')})\b", re.IGNORECASE)
DAY = "monday tuesday wednesday thursday friday saturday sunday"
TIME = re.compile(
    rf"\b(?:1\d{{3}}|20\d\d)s?\b|\b(?:{MONTH.title().replace(' ', '|')}|{DAY.title().replace(' ', '|')})\b"
    r"|\b(?:today|yesterday|tomorrow|tonight|ago|century|centuries|morning|afternoon|evening|night|midnight|noon|weeks?"
    r"|months?|years?|decades?|days?|hours?|minutes?|spring|summer|autumn|winter)\b|\b\d{1,2}:\d\d\b",
)
PLACE = re.compile(
    r"\b(?:in|at|from|near|to|of|outside|across|between|on|into|around)\s+(?:the\s+)?(?:[a-z]+\s+)?[A-Z]"
)
REASON = re.compile(
    r"\b(?:because|due|since|caused?|therefore|thus|result(?:s|ed|ing)?|reasons?|so that|in order|led to|leads? to|to "
    r"[a-z]{3,}|after|amid|over|for|as)\b",
    re.IGNORECASE,
)
NAME = re.compile(r"\b[A-ZÀ-Þ][\w’'-]+")

# What is counted: the words up to the next verb or preposition.
COUNTED = re.compile(
    r"\b(?:how many|number of)\s+"
    r"((?:(?!(?:is|are|was|were|do|does|did|has|have|had|will|can|in|of|on|at)\b)[\w.'’-]+\s*){1,3})",
    re.IGNORECASE,
)
ASKED = (
    ("number", re.compile(r"\bhow (?:many|much|old|far|tall|large|big|high|long|often|deep|fast)\b|\bwhat (?:number|"
                          r"percent(?:age)?|amount|proportion|share|age|price|score)\b|\bnumber of\b", re.IGNORECASE)),
    ("time", re.compile(r"\bwhen\b|\b(?:what|which|in what|on what) (?:year|date|day|month|century|decade|time)\b",
                        re.IGNORECASE)),
    ("place", re.compile(r"\bwhere\b|\b(?:what|which) (?:country|city|state|town|place|region|location|continent)\b",
                         re.IGNORECASE)),
    ("reason", re.compile(r"\bwhy\b|\bwhat (?:caused?|reason)\b|\bfor what reason\b", re.IGNORECASE)),
    ("person", re.compile(r"\bwho(?:m|se)?\b", re.IGNORECASE)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Analyse:
    """Text -> the words by which it is compared; `terms` stems them."""

    terms: Callable[[str], list[str]]

    def words(self, text: str) -> list[str]:
        """The stems in order; U.S. and US, 10,000 and 10000, sang and sing become one."""
        text = join_initials(THOUSANDS.sub("", text))
        stems = (IRREGULAR.get(word, word) for word in self.terms(text))
        return [stem for stem in stems if len(stem) > 1 or stem.isdigit()]  # a letter is what is left of a possessive

    def content(self, text: str) -> list[str]:
        """The stems of those words of a question that say what it is about."""
        text = join_initials(THOUSANDS.sub("", text))
        kept = [word for word in WORD.findall(text) if not is_asking(word)]
        return list(dict.fromkeys(word for part in kept for word in self.words(part)))

    def names(self, question: str) -> set[str]:
        """The stems of the capitalised words after the first."""
        text = join_initials(question)
        words = [word for word in WORD.findall(text)[1:] if word[0].isupper() and not is_asking(word)]
        return {stem for word in words for stem in self.words(word)}


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence of a hit, its stems, and its place among the sentences of that hit."""

    quotation: Quotation
    hit: Hit
    rank: int
    place: int
    stems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A question and the sentences of its hits, taken apart."""

    question: str
    content: tuple[str, ...]
    names: frozenset[str]
    numbers: frozenset[str]
    kind: str
    counted: frozenset[str]  # the stems of what "how many" counts
    weights: dict[str, float]  # of the question's words: those rare among the sentences weigh more
    sentences: tuple[ReadSentence, ...]


def is_asking(word: str) -> bool:
    """Whether the word says how a question is put; US is no pronoun."""
    return word.lower().replace("’", "'").split("'")[0] in ASKING and not (word.isupper() and len(word) > 1)


def asked_kind(question: str) -> str:
    """What the question asks for: one of KINDS, or nothing when its words don't say."""
    return next((kind for kind, pattern in ASKED if pattern.search(question)), "")


def read_hits(question: str, hits: Sequence[Hit], analyse: Analyse) -> Reading:
    """The question and every sentence of the hits; one that overlapping passages share is read once."""
    seen: set[tuple[str, int, int]] = set()
    sentences: list[ReadSentence] = []
    for rank, hit in enumerate(hits):
        passage = hit.passage
        for place, (start, end) in enumerate(sentence_spans(passage.text)):
            at = (passage.article_id, passage.start + start, passage.start + end)
            if at not in seen:
                seen.add(at)
                text = passage.text[start:end]
                sentences.append(ReadSentence(Quotation(*at, text), hit, rank, place, tuple(analyse.words(text))))
    content, names = tuple(analyse.content(question)), frozenset(analyse.names(question))
    numbers = frozenset(word for word in content if word[0].isdigit())
    weights = _weights(content, [set(sentence.stems) for sentence in sentences])
    counted = frozenset(analyse.content(" ".join(COUNTED.findall(question))))
    return Reading(
        question, content, names & set(content), numbers, asked_kind(question), counted, weights,
        tuple(sentences),
    )  # fmt: skip


def word_features(reading: Reading) -> npt.NDArray[np.float64]:
    """One row a sentence, one column for each of WORD_FEATURES."""
    sets = [_matched(reading.content, sentence.stems) for sentence in reading.sentences]
    passages = _united(sets, [sentence.rank for sentence in reading.sentences])
    articles = _united(sets, [sentence.quotation.article_id for sentence in reading.sentences])
    everywhere = set().union(*sets) if sets else set()
    rows = []
    for index, sentence in enumerate(reading.sentences):
        around = (passages[sentence.rank], articles[sentence.quotation.article_id], everywhere)
        covered = _coverages(reading, index, sets, *around)
        place = [sentence.hit.score, math.log1p(sentence.rank), float(sentence.rank == 0)]
        rows.append([*covered, *_form(sentence, sets[index]), *place, *_fit(reading, sentence)])
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(WORD_FEATURES))


def _united(sets: Sequence[set[str]], groups: Sequence[Hashable]) -> dict[Hashable, set[str]]:
    united: dict[Hashable, set[str]] = {}
    for group, found in zip(groups, sets, strict=True):
        united.setdefault(group, set()).update(found)
    return united


def _coverages(
    reading: Reading, index: int, sets: Sequence[Set[str]], passage: Set[str], article: Set[str], everywhere: Set[str]
) -> list[float]:
    """How much of the question is found, in the sentence and ever farther from it."""
    content, weights, found = reading.content, reading.weights, sets[index]
    others = [word for word in content if word not in reading.names and word not in reading.numbers]
    near = set(found)
    for neighbour in (index - 1, index + 1):
        if 0 <= neighbour < len(sets) and reading.sentences[neighbour].rank == reading.sentences[index].rank:
            near |= sets[neighbour]
    return [
        *(_share(content, where, weights) for where in (found, near, passage, article, everywhere)),
        _pairs(content, reading.sentences[index].stems),
        *(1 - _share(reading.names, where) for where in (passage, article, everywhere)),
        1 - _share(reading.numbers, article),
        # One unknown name among three is as telling as one of one: shares don't say so.
        float(not reading.names <= everywhere),
        float(not reading.numbers <= everywhere),
        _share(others, found, weights),
        1 - _share(others, article),
        *(math.log1p(sum(word not in where for word in content)) for where in (near, article)),
    ]


def _form(sentence: ReadSentence, found: Set[str]) -> list[float]:
    """Whether the sentence says something at all, and something new."""
    text = sentence.quotation.text.rstrip("\"'”’)] ")
    new = len(set(sentence.stems)) - len(found)
    return [
        min(new, 12) / 12,
        math.log1p(len(sentence.stems)),
        float(text.endswith("?")),
        float(not text.endswith((".", "!", "?", "…"))),
    ]


def _fit(reading: Reading, sentence: ReadSentence) -> list[float]:
    """Whether the sentence holds what is asked for: a pair of columns for each kind, both 0 when it isn't asked."""
    holds = bool(reading.kind) and _holds(reading.kind, sentence.quotation.text, reading.question)
    fits = [float(kind == reading.kind and holds) for kind in KINDS]
    fails = [float(kind == reading.kind and not holds) for kind in KINDS]
    return [*fits, *fails, float(_counts(reading, sentence))]


def _counts(reading: Reading, sentence: ReadSentence) -> bool:
    """Whether the sentence gives a number of what the question wants counted: "10,000 troops"."""
    if reading.kind != "number" or not reading.counted:
        return False
    places = [place for place, stem in enumerate(sentence.stems) if NUMBER.match(stem)]
    return any(not reading.counted.isdisjoint(sentence.stems[place + 1 : place + 5]) for place in places)


def _holds(kind: str, text: str, question: str) -> bool:
    if kind == "person":
        asked = {word.lower() for word in WORD.findall(question)}
        names = (found.group().lower() for found in NAME.finditer(text))
        return any(re.sub(r"['’]s$", "", name) not in asked and name not in ASKING for name in names)
    pattern = {"number": NUMBER, "time": TIME, "place": PLACE, "reason": REASON}[kind]
    return any(found.group().lower() not in question.lower() for found in pattern.finditer(text))


def _weights(content: Sequence[str], sentences: Sequence[Set[str]]) -> dict[str, float]:
    counts = Counter(word for stems in sentences for word in _matched(content, stems))
    return {word: math.log1p(len(sentences) / (1 + counts[word])) for word in content}


def _matched(content: Iterable[str], stems: Iterable[str]) -> set[str]:
    """The words of the question that occur among the stems, or whose beginning does: Venezuela, Venezuelan."""
    present = set(stems)
    beginnings = {stem[:5] for stem in present if len(stem) >= 5 and not stem[0].isdigit()}
    return {word for word in content if word in present or (word[:5] in beginnings and not word[0].isdigit())}


def _share(words: Iterable[str], found: Set[str], weights: dict[str, float] | None = None) -> float:
    """The share of the words that was found, 0–1, by weight if there are weights; 1 when there are no words."""
    total = matched = 0.0
    for word in words:
        weight = weights[word] if weights else 1.0
        total += weight
        matched += weight if word in found else 0.0
    return matched / total if total else 1.0


def _pairs(content: Sequence[str], stems: Sequence[str]) -> float:
    """The share of the question's neighbouring words that are within three words of each other in the sentence."""
    if len(content) < 2:
        return 0.0
    places: dict[str, list[int]] = {}
    for place, stem in enumerate(stems):
        places.setdefault(stem, []).append(place)
    near = sum(
        any(abs(a - b) <= 3 for a in places.get(left, ()) for b in places.get(right, ()))
        for left, right in pairwise(content)
    )
    return near / (len(content) - 1)
