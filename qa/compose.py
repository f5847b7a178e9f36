"""Candidates -> an answer by quotation: the value that most speaks for, its sides, and the sentences that it needs."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from qa.english.context import needed_sentences
from qa.english.corrections import is_withdrawn
from qa.english.orders import orders_machine
from qa.english.questions import Asked
from qa.english.values import find_values, same, value_of
from qa.evidence import Candidate, sigmoid
from qa.passages import sentence_spans
from qa.sides import SEVERAL, Terms, Voice, counts, find_sides
from qa.types import (
    Article,
    Citation,
    Disagreement,
    DisagreementKind,
    Hit,
    Quotation,
    Sentence,
    Side,
    Span,
    ValueKind,
    place_sentences,
)

CLUSTERED = 12  # candidates whose values are compared; the others are far behind
COMPANION = 2.0  # a further sentence is quoted when its score is at most so far behind the best: odds of 1 to 7
BEFORE, AFTER = 2_000, 2_000  # characters around a quotation that are searched for what it refers to
WHEN = re.compile(r"(?:when|(?:in |on )?(?:what|which) (?:date|day|month|year))\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Composition:
    """What an answer says: its sentences, what they cite, and where articles differ."""

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """The voice that answers, those that contradict it or agree with it in sides, and what may be said besides."""

    lead: Voice
    sides: Sequence[Sequence[Voice]]
    companions: Sequence[Voice]

    def rivals(self, candidates: Sequence[Candidate]) -> list[list[Candidate]]:
        """For each side its best candidate and after it those that aren't said: what is said besides is no doubt."""
        apart = {voice.candidate.quotation for side in [*self.sides, self.companions] for voice in side}
        others = [candidate for candidate in candidates if candidate.quotation not in apart]
        return [[side[0].candidate, *others] for side in self.sides]


def decide(asked: Asked, candidates: Sequence[Candidate], *, articles: Mapping[str, Article], terms: Terms) -> Decision:
    """Which candidate answers, and which others can't be true beside it; ValueError without candidates."""
    voices = [_voice(asked, candidate, articles, terms) for candidate in candidates[:CLUSTERED]]
    lead = choose_lead(voices)
    sides = find_sides(asked, lead, voices, terms)
    return Decision(sides[0][0], sides, _companions(asked, lead, voices))


def compose_answer(asked: Asked, decision: Decision, *, articles: Mapping[str, Article], most: int) -> Composition:
    """Up to `most` sentences that answer, best first, and those that they need to be understood; each is cited.

    More only to show every side of a disagreement.
    """
    lead, sides = decision.lead, decision.sides
    wanted = [lead, *(side[0] for side in sides[1:])]
    wanted += decision.companions[: max(most - len(wanted), 0)]
    shown = _in_order(wanted)
    quotations = _with_context(shown, articles)
    numbers = {quotation: number for number, (quotation, _) in enumerate(quotations, 1)}
    citations = tuple(
        cite(numbers[quotation], quotation, articles, sigmoid(voice.candidate.score), voice.candidate.hit)
        for quotation, voice in quotations
    )
    spans = {voice.candidate.quotation: _emphasis(asked, voice, sides) for voice in shown}
    sentences = [
        Sentence(quotation.text, 0, 0, (number,), emphasis=spans.get(quotation, ()))
        for quotation, number in numbers.items()
    ]
    disagreements = (_disagreement(asked, sides, numbers, articles),) if len(sides) > 1 else ()
    return Composition(place_sentences(sentences), citations, disagreements)


def nearest_passages(hits: Sequence[Hit], *, articles: Mapping[str, Article], most: int) -> tuple[Citation, ...]:
    """The best hits as citations, for a refusal."""
    return tuple(
        cite(
            number,
            Quotation(hit.passage.article_id, hit.passage.start, hit.passage.end, hit.passage.text),
            articles,
            hit.score,
            hit,
        )
        for number, hit in enumerate(hits[:most], 1)
    )


def cite(number: int, quotation: Quotation, articles: Mapping[str, Article], score: float, hit: Hit) -> Citation:
    """The quotation with what its article states about itself, and who else carries the passage."""
    article = articles[quotation.article_id]
    return Citation(
        number,
        quotation,
        article.title,
        article.publisher,
        article.published,
        article.url,
        min(max(score, 0.0), 1.0),
        article.source,
        hit.copies,
        hit.publishers,
    )


# Which value


def choose_lead(voices: Sequence[Voice]) -> Voice:
    """The best voice of the strongest group of equal values; each article adds its best score to its group once."""
    groups: list[list[Voice]] = []
    for voice in voices:
        group = next((group for group in groups if same(group[0].value, voice.value)), None)
        if group is None:
            groups.append([voice])
        else:
            group.append(voice)
    return max(groups, key=_strength)[0]


def _strength(group: Sequence[Voice]) -> float:
    best = {voice.article: voice.candidate.score for voice in reversed(group)}  # the first of an article counts
    most = max(best.values())
    return most + math.log(sum(math.exp(score - most) for score in best.values()))


def _voice(asked: Asked, candidate: Candidate, articles: Mapping[str, Article], terms: Terms) -> Voice:
    """What the span means; where it counts something else than was asked, the number in the sentence that counts it."""
    published = articles[candidate.quotation.article_id].published
    wanted: tuple[ValueKind, ...] = ("date",) if WHEN.match(asked.text) else ()
    text = candidate.quotation.text
    voice = Voice(candidate, value_of(text, candidate.span, published=published, wanted=wanted))
    if not asked.counted or counts(asked, voice, terms):
        return voice
    numbers = (value for value in find_values(text, published=published) if value.kind == "number")
    stated = (value for value in numbers if not is_withdrawn(text, value.span))
    others = (Voice(replace(candidate, span=value.span), value) for value in stated)
    return next((other for other in others if counts(asked, other, terms)), voice)


# Disagreement


def _disagreement(
    asked: Asked, sides: Sequence[Sequence[Voice]], numbers: Mapping[Quotation, int], articles: Mapping[str, Article]
) -> Disagreement:
    ordered = sorted(sides, key=lambda side: _published_day(side[0], articles))
    return Disagreement(
        about=f"how many {asked.counted}" if asked.counted else asked.text,
        kind=_kind([side[0] for side in sides], articles),
        sides=tuple(
            Side(
                side[0].value.text,
                tuple(numbers[v.candidate.quotation] for v in side if v.candidate.quotation in numbers),
            )
            for side in ordered
        ),
    )


def _kind(voices: Sequence[Voice], articles: Mapping[str, Article]) -> DisagreementKind:
    days = [articles[voice.article].published for voice in voices]
    if None in days:
        return "undated"
    return "conflict" if len(set(days)) == 1 else "update"


def _published_day(voice: Voice, articles: Mapping[str, Article]) -> int:
    published = articles[voice.article].published
    return published.toordinal() if published else 0


# What is shown


def _companions(asked: Asked, lead: Voice, voices: Sequence[Voice]) -> list[Voice]:
    """Other answers that are nearly as probable, where a question may have several; the best first."""
    if asked.kind not in SEVERAL:
        return []
    least = lead.candidate.score - COMPANION
    found: list[Voice] = []
    for voice in voices:
        known = [lead, *found]
        if voice.candidate.score < least or any(same(voice.value, other.value) for other in known):
            continue
        if not any(_overlaps(voice.candidate.quotation, other.candidate.quotation) for other in known):
            found.append(voice)
    return found


def _overlaps(one: Quotation, other: Quotation) -> bool:
    """Whether they share characters, or one says what the other does in the same words."""
    shared = one.article_id == other.article_id and one.start < other.end and other.start < one.end
    return shared or one.text in other.text


def _in_order(wanted: Sequence[Voice]) -> list[Voice]:
    """No quotation twice; those of one article as they stand in it, the articles in the order of their best."""
    shown = list({voice.candidate.quotation: voice for voice in reversed(wanted)}.values())[::-1]
    articles = list(dict.fromkeys(voice.article for voice in shown))
    return sorted(shown, key=lambda voice: (articles.index(voice.article), voice.candidate.quotation.start))


def _emphasis(asked: Asked, voice: Voice, sides: Sequence[Sequence[Voice]]) -> tuple[Span, ...]:
    """What answers; of a yes-no question nothing does, the reader of the quotation decides."""
    if len(sides) > 1 and any(voice is other for side in sides for other in side):
        return (voice.value.span,)
    return () if asked.kind == "yes-no" else (voice.candidate.span,)


def _with_context(shown: Sequence[Voice], articles: Mapping[str, Article]) -> list[tuple[Quotation, Voice]]:
    """The quotations, each after the sentences that say who or what it speaks of; none twice."""
    found: dict[Quotation, Voice] = {}
    own = {voice.candidate.quotation for voice in shown}
    for voice in shown:
        quotation = voice.candidate.quotation
        needed = needed_quotations(articles[quotation.article_id], quotation)
        around = sorted([*needed, quotation], key=lambda item: item.start)
        for item in around:
            if item == quotation or item not in own:
                found.setdefault(item, voice)
    return list(found.items())


def needed_quotations(article: Article, quotation: Quotation) -> list[Quotation]:
    """The sentences nearby in the kept text without which the quotation would mislead, in their order.

    Of a sentence that is quoted only from its middle on, as one longer than a passage is, the part before is one.
    """
    kept = next((span for span in article.kept if span[0] <= quotation.start < span[1]), None)
    if kept is None:
        return []
    first, last = max(kept[0], quotation.start - BEFORE), min(kept[1], quotation.end + AFTER)
    text = article.text[first:last]
    spans = sentence_spans(text)
    # Where the text was cut off somewhere, the sentence there is no whole one.
    spans = spans[first > kept[0] : len(spans) - (last < kept[1])]
    at = next((i for i, (start, end) in enumerate(spans) if start <= quotation.start - first < end), None)
    if at is None:
        return []
    covered = range(quotation.start - first, quotation.end - first)
    needed = [spans[index] for index in needed_sentences(text, spans, at) if spans[index][0] not in covered]
    if opening := text[spans[at][0] : covered.start].rstrip():
        needed.append((spans[at][0], spans[at][0] + len(opening)))
    found = [Quotation(article.id, first + start, first + end, text[start:end]) for start, end in sorted(needed)]
    return [quotation for quotation in found if not orders_machine(quotation.text)]
