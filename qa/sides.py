"""Which articles contradict the one that answers: values of one thing that can't all be true are sides."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa.english.plurals import is_plural
from qa.english.questions import Asked
from qa.english.referents import counts_people
from qa.english.values import conflicting, find_values
from qa.evidence import Candidate
from qa.overlap import Analyse, compare
from qa.types import Value

SIDE = 4.0  # an article has a say in a disagreement when its best span is at most so far behind
REACH = 6  # words between a number and the noun that it counts
NEAR = 4  # words on either side of a value that say what it is of
SEVERAL = ("list", "reason", "manner")  # kinds of question that more than one sentence may answer
COMPARED = ("number", "money", "percent", "date", "duration")  # kinds of value that can be told to differ
CLAUSE = re.compile(r"[,;:!?]\s")
PEOPLE_ASKED = re.compile(r"\b(?:toll|casualt(?:y|ies)|fatalit(?:y|ies)|dead|deaths|victims)\b", re.IGNORECASE)

Terms = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Voice:
    """A candidate and what its span means."""

    candidate: Candidate
    value: Value

    @property
    def article(self) -> str:
        return self.candidate.quotation.article_id

    @property
    def clauses(self) -> list[str]:
        """The value and a few words of its clause after it, which say what it counts; so too what it corrects."""
        text = self.candidate.quotation.text
        spans = [self.value.span, *([self.candidate.corrects] if self.candidate.corrects else [])]
        following = [CLAUSE.split(text[end:], maxsplit=1)[0].split()[:REACH] for _, end in spans]
        return [" ".join([text[start:end], *words]) for (start, end), words in zip(spans, following, strict=True)]


def find_sides(asked: Asked, lead: Voice, voices: Sequence[Voice], terms: Terms) -> list[list[Voice]]:
    """The voices of articles in groups that can't all be true, the lead's first; one group when they agree.

    An article is one voice, by its best span, and only where the reader takes that for an answer, where it is a value
    of the same kind as the lead's, and where its passage has what the lead's has of the question: else it speaks of
    another event. Of a question for a number it must count the same thing. Where the lead is words, as in "a raise of
    11 percent and a week of holiday", and several answers may be given, what the words tell is compared.
    """
    if lead.value.kind not in COMPARED:
        return _find_told(asked, lead, voices, terms) if asked.kind in SEVERAL else [[lead]]
    if not counts(asked, lead, terms):
        return [[lead]]
    best: dict[str, Voice] = {}
    for voice in voices:
        best.setdefault(voice.article, voice)
    best[lead.article] = lead
    heard = [voice for voice in best.values() if voice is not lead and voice.value.kind == lead.value.kind]
    return _group(
        lead,
        [
            voice
            for voice in heard
            if _has_a_say(lead, voice)
            and counts(asked, voice, terms)
            and _counts_alike(asked, lead, voice)
            and _on_the_same(asked, lead, voice, terms)
        ],
    )


def _has_a_say(lead: Voice, voice: Voice) -> bool:
    return lead.candidate.score - voice.candidate.score <= SIDE and voice.candidate.margin > 0


def _group(lead: Voice, voices: Sequence[Voice]) -> list[list[Voice]]:
    sides = [[lead]]
    for voice in voices:
        for side in sides:
            if not any(conflicting(voice.value, other.value) for other in side):
                side.append(voice)
                break
        else:
            sides.append([voice])
    return sides


def _find_told(asked: Asked, lead: Voice, voices: Sequence[Voice], terms: Terms) -> list[list[Voice]]:
    """The sides of the first value in the lead's span of which another article tells otherwise; else the lead alone."""
    others = [
        told
        for voice in voices
        if voice.article != lead.article and _has_a_say(lead, voice) and _on_the_same(asked, lead, voice, terms)
        for told in _told(voice)
    ]
    for own in _told(lead):
        about = _words_near(asked, own, terms)
        best: dict[str, Voice] = {}
        for other in others:
            if conflicting(own.value, other.value) and about & _words_near(asked, other, terms):
                best.setdefault(other.article, other)
        if best:
            return _group(own, list(best.values()))
    return [[lead]]


def _told(voice: Voice) -> list[Voice]:
    """A voice for each value within the span."""
    start, end = voice.candidate.span
    values = find_values(voice.candidate.quotation.text)
    return [Voice(voice.candidate, value) for value in values if start <= value.span[0] and value.span[1] <= end]


def _words_near(asked: Asked, voice: Voice, terms: Terms) -> set[str]:
    """The stems beside the value that say what it is of; the question's own words tell no two things apart."""
    text, (start, end) = voice.candidate.quotation.text, voice.value.span
    before, after = text[:start].split()[-NEAR:], CLAUSE.split(text[end:], maxsplit=1)[0].split()[:NEAR]
    analyse = Analyse(terms)
    return {*analyse.content(" ".join([*before, *after]))} - {*analyse.content(asked.text)}


def counts(asked: Asked, voice: Voice, terms: Terms) -> bool:
    """Whether the value is followed closely by what was asked the number of, as in "10,000 U.S. troops"."""
    nouns = terms(asked.counted)[-1:]  # in "U.S. troops" only the last word is what is counted
    if not nouns:
        return True
    near = [word for clause in voice.clauses for word in terms(clause)]
    return any(word.endswith(noun) for word in near for noun in nouns)  # "speedboats" are boats


def _counts_alike(asked: Asked, lead: Voice, voice: Voice) -> bool:
    """Whether no noun after the two numbers shows that they count different things, or other things than people where
    these are asked about: "2 million crowns" are no toll, and "140 houses" aren't "37 cars".
    """
    if asked.counted or voice.value.kind != "number" or voice.value.unit:
        return True
    one, other = _noun_after(lead), _noun_after(voice)
    if other and PEOPLE_ASKED.search(asked.text) and not counts_people(other):
        return False
    return not one or not other or one == other or (counts_people(one) and counts_people(other))


def _noun_after(voice: Voice) -> str:
    """The plural that follows the number: "workers" of "seven of the workers"; nothing where none does."""
    words = [word.strip(".\"”'’)").lower() for clause in voice.clauses for word in clause.split()]
    return next((word for word in words if is_plural(word)), "")


def _on_the_same(asked: Asked, lead: Voice, voice: Voice, terms: Terms) -> bool:
    """Whether the voice's passage lacks no name of the question that the lead's has, and at most one word more."""
    analyse = Analyse(terms)
    first, other = compare(asked.text, [lead.candidate.hit.passage.text, voice.candidate.hit.passage.text], analyse)
    word = 1 / max(len(analyse.content(asked.text)), 1)
    return other.names <= first.names and other.figures <= first.figures and other.words <= first.words + word
