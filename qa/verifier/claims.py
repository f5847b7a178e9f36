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
from qa.verifier.clauses import clause_of
from qa.verifier.edits import EDITS, EVEN
from qa.verifier.rewrites import join, resolve, rewrite, shorten
from qa.verifier.statements import state

SUMMARIES = "summedits"
KEPT_BACK = 0.25  # of the documents of summaries, for calibration and measuring
ALONE = 0.3  # how often the evidence is only what the sentence was made of
MOST_SENTENCES = 5  # of evidence
EDITED = 3  # edits tried of a sentence
HARD = frozenset({"role", "entity", "comparison"})  # kinds of edits of which there are more
LONG = 0.08  # how often evidence is lengthened by other sentences
LONGEST = 140  # words of that, about as many tokens as are read
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
    pages: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        pages[source.page].append(source)
    for source in sources:
        informal = source.page.startswith(SHIFTS[1:])
        if informal and chance.random() > INFORMAL:
            continue
        near = pages[source.page]
        drawn = [*chance.sample(near, min(2, len(near))), *chance.choices(sources, k=3)]
        others = [other for other in drawn if other is not source]
        texts = [other.text for other in others]
        made = [
            *_of_sentences(source, texts, chance, 1 if informal else 3),
            *_of_questions(source, texts, chance, 2 if informal else 4),
        ]
        pieces = [sentence for other in others for sentence in other.sentences]
        yield from (_lengthen(claim, pieces, chance) if chance.random() < LONG else claim for claim in made)


def _lengthen(claim: Claim, pieces: Sequence[str], chance: random.Random) -> Claim:
    """The same with so much before and after what it was made of that it must be looked for."""
    first = chance.randint(0, len(pieces))
    room = chance.randint(40, LONGEST) - len(claim.evidence.split())
    before: list[str] = []
    after: list[str] = []
    for piece in [*pieces[first:], *pieces[:first]]:
        room -= len(piece.split())
        if room < 0:
            break
        if claim.sentence not in piece:
            (before if chance.random() < 0.5 else after).append(piece)
    return replace(claim, evidence=" ".join([*before, claim.evidence, *after]))


def _of_sentences(source: Source, others: Sequence[str], chance: random.Random, most: int) -> Iterator[Claim]:
    """Sentences of the passage, said otherwise and edited."""
    fit = [at for at, sentence in enumerate(source.sentences) if 6 <= len(sentence.split()) <= 45]
    deeds = [at for at in fit if clause_of(source.sentences[at])]
    for at in sorted({*deeds[:2], *chance.sample(fit, min(most, len(fit)))}):
        own = source.sentences[at]
        first, second, said = at, at, rewrite(own, chance, chance.choice((0, 1, 2, 3)))
        if (named := resolve(own, source.sentences[at - 1] if at else "")) and chance.random() < 0.8:
            first, said = at - 1, rewrite(named, chance, chance.choice((0, 1, 2)))
        elif at + 1 < len(source.sentences) and chance.random() < 0.2:
            after = source.sentences[at + 1]
            if both := join(said, rewrite(after, chance, 2), chance):
                yield from _halved(both, own, after, source, chance)
                second, said = at + 1, both
        evidence = _around(source.sentences, first, second, chance)
        yield Claim(said, evidence, True, "sentence", source.page)
        yield from _edited(said, own, evidence, source, others, chance)
        yield from _added(own, evidence, source, chance)
        if chance.random() < 0.2:
            yield from _absent(said, at, source, others, chance)


def _edited(
    said: str, own: str, evidence: str, source: Source, others: Sequence[str], chance: random.Random
) -> Iterator[Claim]:
    done, most = 0, chance.choice((1, 1, 2, EDITED))
    kinds = chance.sample(list(EDITS), len(EDITS))
    if chance.random() < 0.5:
        kinds.sort(key=lambda kind: kind not in HARD)
    for kind in kinds:
        nearby = evidence if chance.random() < 0.5 else source.text
        if kind in EVEN and own in evidence and chance.random() < (0.7 if kind in HARD else 0.3):
            made = list(_contrasted(own, EDITS[kind](own, nearby, others, chance), evidence, kind, source, chance))
            yield from made
            done += bool(made)
        else:
            edited = EDITS[kind](said, nearby, others, chance)
            if edited and edited != said and edited not in evidence:
                yield Claim(edited, evidence, False, kind, source.page, said)
                done += 1
        if done >= most:
            return


def _contrasted(
    own: str, other: str | None, evidence: str, kind: str, source: Source, chance: random.Random
) -> Iterator[Claim]:
    """The sentence and its edit, said otherwise by the same rules, each beside the one and beside the other."""
    if not other or other in evidence:
        return
    seed, most = chance.random(), chance.choice((0, 0, 1, 2, 3))
    one, two = (rewrite(sentence, random.Random(seed), most) for sentence in (own, other))
    if one == two:
        return  # what was edited was left out
    turned = evidence.replace(own, other, 1)
    if two not in evidence:
        yield Claim(two, evidence, False, kind, source.page, one)
    if one not in turned:
        yield Claim(one, turned, False, kind, source.page, two)
    yield Claim(two, turned, True, f"{kind} in both", source.page)
    if kind in HARD:
        yield Claim(one, evidence, True, "sentence", source.page)


def _added(own: str, evidence: str, source: Source, chance: random.Random) -> Iterator[Claim]:
    """The sentence beside what doesn't tell one part of it."""
    short = shorten(own, chance)
    if short and own in evidence and len(own.split()) - len(short.split()) >= 4:
        yield Claim(own, evidence.replace(own, short, 1), False, "added", source.page, short)


def _halved(both: str, own: str, after: str, source: Source, chance: random.Random) -> Iterator[Claim]:
    """Two sentences in one, beside what has only one of them."""
    lost = chance.choice((own, after))
    rest = " ".join(sentence for sentence in source.sentences if sentence != lost)
    kept = after if lost == own else own
    at = rest.find(kept)
    yield Claim(both, rest[max(0, at - 400) : at + len(kept) + 400], False, "half", source.page)


def _absent(said: str, at: int, source: Source, others: Sequence[str], chance: random.Random) -> Iterator[Claim]:
    """Without the sentence that it was made of, or with one of another passage."""
    rest = [sentence for number, sentence in enumerate(source.sentences) if abs(number - at) > 1]
    if len(rest) >= 2:
        yield Claim(said, " ".join(rest[:MOST_SENTENCES]), False, "taken out", source.page)
    elif others:
        yield Claim(said, chance.choice(others)[:1200], False, "other passage", source.page)


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
        wrong = [answer for answer in wrong if _form(answer) == _form(source.text[start:end])] or wrong
        drawn = chance.random()
        if wrong and drawn < 0.55:
            other = state(example.question, chance.choice(wrong))
            if other and other != said:
                yield Claim(other, evidence, False, "wrong answer", source.page, said)
        elif drawn < 0.7:
            left = [s for number, s in enumerate(source.sentences) if number != at]
            first = chance.randint(0, max(0, len(left) - MOST_SENTENCES))
            rest = " ".join(left[first : first + MOST_SENTENCES + 1])
            if len(rest.split()) > 12 and not holds_answer(rest, own):
                yield Claim(said, rest, False, "taken out", source.page)
        if chance.random() < 0.45:
            yield from _edited(said, said, evidence, source, others, chance)
    yield from _presupposed(source, answers, chance)


def _form(answer: str) -> str:
    """Whether a figure, a name or other words."""
    return "figure" if re.search(r"\d", answer) else "name" if answer[:1].isupper() else "words"


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
    """Single sentences of summaries too: two of a faithful one, and of an edited one that in which the edit is."""
    chance = random.Random(seed)
    found = []
    for claim in claims:
        pieces = re.split(r"(?<=[.!?]) (?=[A-Z])", claim.sentence)
        whole = set(re.split(r"(?<=[.!?]) (?=[A-Z])", claim.original))
        changed = [piece for piece in pieces if piece not in whole]
        if len(pieces) > 1 and (claim.supported or len(changed) == 1) and chance.random() < 0.85:
            chosen = chance.sample(pieces, 2) if claim.supported else changed
            found += [replace(claim, sentence=piece) for piece in chosen]
        else:
            found.append(claim)
    return found
