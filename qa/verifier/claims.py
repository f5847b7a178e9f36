"""Sentences with evidence that supports them or doesn't, made of public passages and questions, and of summaries."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qa.passages import sentence_spans
from qa.reader.examples import SHIFTS, Example, draw, holds_answer, is_held_out, read_examples, read_lines
from qa.verifier.edits import EDITS, EVEN
from qa.verifier.rewrites import join, rewrite
from qa.verifier.statements import state

SUMMARIES = "summedits"
KEPT_BACK = 0.25  # of the documents of summaries, for calibration and measuring
ALONE = 0.3  # how often the evidence is only what the sentence was made of
MOST_SENTENCES = 5  # of evidence
EDITED = 3  # edits tried of a sentence
INFORMAL = 0.45  # of reviews and posts: a long way from reports


@dataclass(frozen=True, slots=True)
class Claim:
    """`original` is the supported sentence of which one is an edit; claims of a `page` stay together."""

    sentence: str
    evidence: str
    supported: bool
    kind: str
    page: str
    original: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A passage, its sentences, and the questions that were asked about it."""

    page: str
    text: str
    sentences: tuple[str, ...]
    examples: tuple[Example, ...]


def read_sources(folder: Path, *, held_out: bool) -> list[Source]:
    """The passages of the reading sets; those held out are the reader's, from which the encoder may come."""
    grouped: dict[str, list[Example]] = defaultdict(list)
    for example in read_examples(folder / "reading"):
        if is_held_out(example) is held_out:
            grouped[example.passage].append(example)
    sources = []
    for text, examples in grouped.items():
        sentences = tuple(text[start:end] for start, end in sentence_spans(text))
        page = f"{examples[0].origin}/{examples[0].title or text[:200]}"
        sources.append(Source(page, text, sentences, tuple(examples)))
    return sources


def read_summaries(folder: Path, *, held_out: bool) -> list[Claim]:
    """Summaries that are faithful or minimally edited; the documents of one side are not on the other."""
    found = []
    for path in sorted((folder / "support").glob(f"{SUMMARIES}_*.jsonl.gz")):
        for row in read_lines(path):
            page = row["doc"][:100]
            if (draw(f"{SUMMARIES}/{page}") < KEPT_BACK) is held_out:
                supported = bool(int(row["label"]))
                original = "" if supported else row["original_summary"]
                found.append(Claim(row["summary"], row["doc"], supported, SUMMARIES, page, original))
    return found


def make_claims(sources: Sequence[Source], seed: int) -> Iterator[Claim]:
    """Another choice of claims for every seed: about as many supported as not."""
    chance = random.Random(seed)
    for source in sources:
        informal = source.page.startswith(SHIFTS[1:])
        if informal and chance.random() > INFORMAL:
            continue
        others = [other.text for other in chance.choices(sources, k=3) if other is not source]
        yield from _of_sentences(source, others, chance, 1 if informal else 3)
        yield from _of_questions(source, others, chance, 2 if informal else 4)


def _of_sentences(source: Source, others: Sequence[str], chance: random.Random, most: int) -> Iterator[Claim]:
    """Sentences of the passage, said otherwise and edited."""
    fit = [at for at, sentence in enumerate(source.sentences) if 6 <= len(sentence.split()) <= 45]
    for at in chance.sample(fit, min(most, len(fit))):
        own = source.sentences[at]
        said = rewrite(own, chance, chance.choice((0, 1, 2, 3)))
        second = at + 1 if at + 1 < len(source.sentences) and chance.random() < 0.15 else at
        if second > at and (both := join(own, rewrite(source.sentences[second], chance), chance)):
            said = both
        evidence = _around(source.sentences, at, second, chance)
        yield Claim(said, evidence, True, "sentence", source.page)
        yield from _edited(said, own, evidence, source, others, chance)
        if chance.random() < 0.3:
            yield from _absent(said, at, source, others, chance)


def _edited(
    said: str, own: str, evidence: str, source: Source, others: Sequence[str], chance: random.Random
) -> Iterator[Claim]:
    done = 0
    for kind in chance.sample(list(EDITS), len(EDITS)):
        edited = EDITS[kind](said, source.text, others, chance)
        if not edited or edited == said or edited in evidence:
            continue
        yield Claim(edited, evidence, False, kind, source.page, said)
        other = EDITS[kind](own, source.text, others, chance) if kind in EVEN and said == own else None
        if other and own in evidence and chance.random() < 0.6:  # the evidence says what the edit says
            turned = evidence.replace(own, other, 1)
            yield Claim(own, turned, False, kind, source.page, other)
            yield Claim(other, turned, True, f"{kind} in both", source.page)
        done += 1
        if done == chance.choice((1, 1, 2, EDITED)):
            return


def _absent(said: str, at: int, source: Source, others: Sequence[str], chance: random.Random) -> Iterator[Claim]:
    """Without the sentence that it was made of, or with one of another passage."""
    rest = [sentence for number, sentence in enumerate(source.sentences) if abs(number - at) > 1]
    if len(rest) >= 2:
        yield Claim(said, " ".join(rest[:MOST_SENTENCES]), False, "taken out", source.page)
    elif others:
        yield Claim(said, others[0][:1200], False, "other passage", source.page)


def _around(sentences: Sequence[str], first: int, last: int, chance: random.Random) -> str:
    """Those sentences with some before and after, or alone."""
    if chance.random() >= ALONE:
        for _ in range(chance.randint(1, MOST_SENTENCES - 1)):
            if chance.random() < 0.5:
                first = max(0, first - 1)
            else:
                last = min(len(sentences) - 1, last + 1)
    return " ".join(sentences[first : last + 1])


def _of_questions(source: Source, others: Sequence[str], chance: random.Random, most: int) -> Iterator[Claim]:
    """Questions with their answers, with other answers, and with what is left of the passage without its answer."""
    answered = [example for example in source.examples if example.spans]
    answers = sorted({source.text[start:end] for example in answered for start, end in example.spans})
    for example in chance.sample(answered, min(most, len(answered))):
        start, end = chance.choice(example.spans)
        said = state(example.question, source.text[start:end])
        if said is None:
            continue
        at = _sentence_at(source, start)
        evidence = _around(source.sentences, at, at, chance)
        yield Claim(said, evidence, True, "statement", source.page)
        own = [source.text[first:last] for first, last in example.spans]
        wrong = [
            answer for answer in answers if not holds_answer(answer, own) and not holds_answer(" ".join(own), [answer])
        ]
        wrong = [answer for answer in wrong if answer in evidence] or wrong
        drawn = chance.random()
        if wrong and drawn < 0.55:
            other = state(example.question, chance.choice(wrong))
            if other and other != said:
                yield Claim(other, evidence, False, "wrong answer", source.page, said)
        elif drawn < 0.8:
            left = [s for number, s in enumerate(source.sentences) if number != at]
            first = chance.randint(0, max(0, len(left) - MOST_SENTENCES))
            rest = " ".join(left[first : first + MOST_SENTENCES + 1])
            if len(rest.split()) > 12 and not holds_answer(rest, own):
                yield Claim(said, rest, False, "taken out", source.page)
        else:
            yield from _edited(said, said, evidence, source, others, chance)
    yield from _presupposed(source, answers, chance)


def _presupposed(source: Source, answers: Sequence[str], chance: random.Random) -> Iterator[Claim]:
    """Questions that the passage doesn't answer, with an answer of it."""
    asked = [example for example in source.examples if not example.spans]
    for example in chance.sample(asked, min(2, len(asked))):
        said = state(example.question, chance.choice(answers)) if answers else None
        if said:
            yield Claim(said, source.text, False, "unanswerable", source.page)


def _sentence_at(source: Source, start: int) -> int:
    seen = 0
    for number, sentence in enumerate(source.sentences):
        seen = source.text.find(sentence, seen) + len(sentence)
        if start < seen:
            return number
    return len(source.sentences) - 1


def shorten_summaries(claims: Sequence[Claim], seed: int) -> list[Claim]:
    """Also single sentences of summaries: those of faithful ones, and those of edited ones in which the edit is."""
    chance = random.Random(seed)
    found = []
    for claim in claims:
        pieces = re.split(r"(?<=[.!?]) (?=[A-Z])", claim.sentence)
        whole = set(re.split(r"(?<=[.!?]) (?=[A-Z])", claim.original))
        changed = [piece for piece in pieces if piece not in whole]
        if len(pieces) > 1 and (claim.supported or len(changed) == 1) and chance.random() < 0.85:
            found.append(replace(claim, sentence=chance.choice(pieces if claim.supported else changed)))
        else:
            found.append(claim)
    return found
