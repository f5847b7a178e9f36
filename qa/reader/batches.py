"""Examples -> batches of token rows with their targets, another choice of windows and negatives in every epoch."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from qa.passages import sentence_spans
from qa.reader.examples import NQ, SHIFTS, SQUAD, Example
from qa.reader.tokens import Packer, Row
from qa.types import Span

WINDOWS = (90, 190)  # tokens: up to as long as the passages that are read later; shorter ones cost less
POOL = 50  # batches whose rows are sorted by length together
# How often a question comes with one passage that our retrieval took for an answer and that isn't one.
NEGATIVE = {SQUAD: 0.7, NQ: 0.8, SHIFTS[0]: 0.4, SHIFTS[1]: 0.4, SHIFTS[2]: 0.4}
TITLED = 0.5  # how often the title is told, where there is one
# How often a question comes in an epoch: reviews and posts are a long way from reports, and half of all there is.
TIMES = {SQUAD: 2.0, NQ: 1.0, SHIFTS[0]: 1.0, SHIFTS[1]: 0.5, SHIFTS[2]: 0.5}
MADE = 0.1  # unanswerable questions of each kind that we make ourselves, for each of the others

Encoded = tuple[list[int], list[Span]]


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage in tokens; the places of its sentences and answers are token numbers, the last one excluded."""

    title: list[int]
    encoded: Encoded
    sentences: tuple[Span, ...]
    answers: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question in tokens, the passage that it was asked about, and the negatives that were found for it."""

    ids: list[int]
    passage: Passage
    negatives: tuple[Passage, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows × tokens; `target` are start and end, 0 for "not here"; rows of one question share a `group`."""

    ids: Tensor
    mask: Tensor
    types: Tensor
    passage: Tensor  # where a span may be
    target: Tensor
    group: list[int]


def encode_examples(
    examples: Sequence[Example], negatives: Sequence[Sequence[tuple[str, str]]], packer: Packer
) -> list[Question]:
    """Everything that is the same in every epoch."""
    questions = packer.encode([example.question for example in examples])
    passages = _encode_passages([(example.title, example.passage, example.spans) for example in examples], packer)
    flat = iter(_encode_passages([(title, text, ()) for texts in negatives for title, text in texts], packer))
    return [
        Question(question[0], passage, tuple(next(flat) for _ in texts), example.origin)
        for example, question, passage, texts in zip(examples, questions, passages, negatives, strict=True)
    ]


def _encode_passages(texts: Sequence[tuple[str, str, Sequence[Span]]], packer: Packer) -> list[Passage]:
    titles = packer.encode([title for title, _, _ in texts])
    found = []
    for (_, text, spans), title, encoded in zip(
        texts, titles, packer.encode([text for _, text, _ in texts]), strict=True
    ):
        starts = [start for start, _ in encoded[1]]
        sentences = tuple(_tokens_of(span, starts) for span in sentence_spans(text))
        answers = tuple(_tokens_of(span, starts) for span in spans)
        found.append(Passage(title[0], encoded, sentences, tuple(span for span in answers if span[0] < span[1])))
    return found


def _tokens_of(span: Span, starts: Sequence[int]) -> Span:
    """The tokens that these characters touch."""
    first = max(bisect_right(starts, span[0]) - 1, 0)
    return first, max(bisect_right(starts, span[1] - 1), first + 1) if starts else first


def cut_window(passage: Passage, chance: random.Random) -> tuple[list[int], list[Span], Span | None]:
    """(ids, characters, one answer) of a stretch that begins with a sentence and holds the answer, if there is one.

    People who marked the same answer marked it differently: each epoch takes one of them.
    """
    ids, characters = passage.encoded
    answer = chance.choice(passage.answers) if passage.answers else None
    width, start = chance.randint(*WINDOWS), 0
    if len(ids) > width:
        least = answer[1] - width if answer else 0
        most = answer[0] if answer else len(ids) - width // 2
        begins = [first for first, _ in passage.sentences if least <= first <= most]
        start = chance.choice(begins or [max(0, min(most, len(ids) - width))])
    if answer is not None:
        answer = (answer[0] - start, min(answer[1] - start, width))
    return ids[start : start + width], characters[start : start + width], answer


def make_epoch(
    questions: Sequence[Question], made: Sequence[Sequence[Question]], packer: Packer, size: int, seed: int
) -> list[Batch]:
    """The batches of an epoch, in random order; rows of like length are in one batch.

    `made` are kinds of unanswerable questions; an equal share is drawn from each.
    """
    chance = random.Random(seed)
    drawn = list(_draw(questions, chance))
    count = round(MADE * len(drawn))
    for kind in made:
        drawn += chance.sample(list(kind), min(len(kind), count))
    groups = [list(_rows_of(question, packer, chance)) for question in drawn]
    chance.shuffle(groups)
    batches: list[Batch] = []
    for run in _runs(groups, POOL * size):
        run.sort(key=lambda group: max(len(row.ids) for row, _ in group))
        batches += [make_batch(part) for part in _runs(run, size)]
    chance.shuffle(batches)
    return batches


def _draw(questions: Sequence[Question], chance: random.Random) -> Iterator[Question]:
    """As many of each origin as TIMES says, the same number in every epoch."""
    for origin, times in TIMES.items():
        own = [question for question in questions if question.origin == origin]
        whole, part = divmod(times, 1)
        yield from own * int(whole)
        yield from chance.sample(own, round(part * len(own)))


def _rows_of(question: Question, packer: Packer, chance: random.Random) -> Iterator[tuple[Row, Span | None]]:
    passages = [question.passage]
    if question.negatives and chance.random() < NEGATIVE[question.origin]:
        passages.append(chance.choice(question.negatives))
    titled = chance.random() < TITLED  # all of them or none: a title must not tell which one answers
    for passage in passages:
        ids, characters, answer = cut_window(passage, chance)
        row = packer.pack(question.ids, passage.title if titled else [], ids, characters)
        yield row, None if answer is None else (row.first + answer[0], row.first + answer[1] - 1)


def _runs(items: list[Any], count: int) -> Iterator[list[Any]]:
    return (items[start : start + count] for start in range(0, len(items), count))


def make_batch(groups: Sequence[Sequence[tuple[Row, Span | None]]]) -> Batch:
    """The rows of those groups, padded."""
    rows = [row for group in groups for row, _ in group]
    targets = [target or (0, 0) for group in groups for _, target in group]
    shape = (len(rows), max(len(row.ids) for row in rows))
    ids, mask, types, passage = (np.zeros(shape, dtype=np.int64) for _ in range(4))
    for index, row in enumerate(rows):
        ids[index, : len(row.ids)] = row.ids
        mask[index, : len(row.ids)] = 1
        types[index, row.second : len(row.ids)] = 1
        passage[index, row.first : row.last] = 1
    return Batch(
        torch.from_numpy(ids),
        torch.from_numpy(mask),
        torch.from_numpy(types),
        torch.from_numpy(passage.astype(bool)),
        torch.tensor(targets),
        [number for number, group in enumerate(groups) for _ in group],
    )
