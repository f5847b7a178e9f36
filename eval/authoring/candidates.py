"""Sentences that are worth a question, pairs of them that name the same, and pairs whose numbers may disagree."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from eval.words import content_words
from qa.english.attribution import attribution_of
from qa.english.values import Value, conflicting, find_values
from qa.reader.examples import NAME
from qa.statements import find_statements
from qa.types import Article

COUNTED = re.compile(r"\W*(?:(?:more|other|new|of|the)\W+)*(\w{3,})")  # what an amount without a unit counts
DAYS = frozenset(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August "
    "September October November December".split()
)
COMMON = 20  # a name that more articles have than one in so many, is what the library is about
ALIKE = 3  # words that two sentences share when they may be on the same thing
FEW = 5  # articles, however few there are, may have a name
MOST_OF_ONE = 30  # sentences that are paired with each other
MOST_PAIRS = 5_000


@dataclass(frozen=True, slots=True)
class Amount:
    """A measured value of a sentence, and the word for what it counts."""

    value: Value
    counts: str

    @property
    def text(self) -> str:
        return self.value.text

    def disagrees(self, other: Amount) -> bool:
        """Whether both count the same and can't both be true of one thing."""
        return self.key == other.key and conflicting(self.value, other.value)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.value.kind, self.value.unit, self.counts


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence: ``text[start:end] == quote``, with what makes it worth a question."""

    article: str
    start: int
    end: int
    quote: str
    hint: str  # says what it states, for a person
    names: frozenset[str]
    amounts: tuple[Amount, ...]
    telling: bool  # it states a value or a speaker, not only a name


def find_candidates(name: str, article: Article) -> list[Candidate]:
    """The sentences of the article, in its order, that state a value, report a speaker or name something."""
    return [found for span in find_statements(article) if (found := _candidate(name, article, *span)) is not None]


def find_pairs(found: Mapping[str, Sequence[Candidate]]) -> list[tuple[Candidate, Candidate]]:
    """Telling sentences of two articles that name what few articles name; those that share more, where there are."""
    naming: dict[str, list[Candidate]] = defaultdict(list)
    articles: dict[str, set[str]] = defaultdict(set)
    for candidate in _all(found):
        for name in candidate.names:
            articles[name].add(candidate.article)
            if candidate.telling:
                naming[name].append(candidate)
    rare = [name for name in sorted(naming) if len(articles[name]) <= max(FEW, len(found) // COMMON)]
    alike = _alike(_pairs(naming[name] for name in rare))
    return [pair for pair, shared in alike.items() if shared >= ALIKE] or list(alike)


def find_conflicts(found: Mapping[str, Sequence[Candidate]]) -> list[tuple[Candidate, Candidate]]:
    """Sentences of two articles on the same thing that give different numbers of it, those most alike first."""
    stating: dict[tuple[str, ...], list[Candidate]] = defaultdict(list)
    for candidate in _all(found):
        for name in sorted(candidate.names):
            for amount in candidate.amounts:
                stating[(name, *amount.key)].append(candidate)
    pairs = [pair for pair in _pairs(stating[key] for key in sorted(stating)) if _disagree(*pair)]
    alike = _alike(pairs)
    return sorted((pair for pair in pairs if alike[pair] >= ALIKE), key=lambda pair: -alike[pair])


def _all(found: Mapping[str, Sequence[Candidate]]) -> Iterator[Candidate]:
    return (candidate for name in sorted(found) for candidate in found[name])


def _pairs(groups: Iterable[Sequence[Candidate]]) -> list[tuple[Candidate, Candidate]]:
    pairs: dict[tuple[Candidate, Candidate], None] = {}
    for group in groups:
        for one, other in combinations(group[:MOST_OF_ONE], 2):
            if one.article != other.article and one.quote != other.quote:
                pairs[one, other] = None
        if len(pairs) >= MOST_PAIRS:
            break
    return list(pairs)


def nearest_rivals(one: Candidate, other: Candidate) -> tuple[Amount, Amount]:
    """Of the amounts that can't both be true, those that differ by the least factor: a price rivals no turnover."""
    rivals = [(mine, theirs) for mine in one.amounts for theirs in other.amounts if mine.disagrees(theirs)]
    return min(rivals, key=lambda pair: _factor(pair[0].value.low, pair[1].value.low))


def _factor(one: float, other: float) -> float:
    return max(one, other) / min(one, other) if min(one, other) > 0 else float("inf")


def _alike(pairs: Iterable[tuple[Candidate, Candidate]]) -> dict[tuple[Candidate, Candidate], int]:
    """How many words the sentences of each pair share."""
    return {(one, other): len(content_words(one.quote) & content_words(other.quote)) for one, other in pairs}


def _disagree(one: Candidate, other: Candidate) -> bool:
    return any(mine.disagrees(theirs) for mine in one.amounts for theirs in other.amounts)


def _candidate(name: str, article: Article, start: int, end: int) -> Candidate | None:
    quote = article.text[start:end]
    values = find_values(quote, published=article.published)
    speaker = attribution_of(quote)
    names = frozenset(found for found in NAME.findall(quote) if not set(found.split()) & DAYS)
    if not (values or speaker or names):
        return None
    amounts = tuple(amount for value in values if (amount := _amount(quote, value)))
    hint = _hint(quote, values, speaker, names)
    return Candidate(name, start, end, quote, hint, names, amounts, bool(values or speaker))


def _amount(quote: str, value: Value) -> Amount | None:
    """The value with what it counts; None of dates, and of numbers that count nothing named."""
    if value.kind == "date":
        return None
    counted = COUNTED.match(quote, value.span[1])
    if value.unit or value.kind != "number":
        return Amount(value, "")
    return Amount(value, counted[1].lower()) if counted else None


def _hint(quote: str, values: Sequence[Value], speaker: tuple[int, int] | None, names: frozenset[str]) -> str:
    if values:
        counted = COUNTED.match(quote, values[0].span[1]) if values[0].kind == "number" and not values[0].unit else None
        return f"it states {quote[values[0].span[0] : counted.end() if counted else values[0].span[1]]}"
    if speaker:
        return f"it reports what somebody says ({quote[slice(*speaker)].strip(' ,')})"
    return f"it names {min(names, key=lambda name: (quote.index(name), name))}"
