"""Public questions as training examples: a question, a passage, and where the answers are."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.passages import sentence_spans
from qa.types import Span

SQUAD = "squad2_half_dev"
SHIFTS = ("squadshifts_new_wiki", "squadshifts_amazon_reviews", "squadshifts_reddit")
NQ = "nq_gold_paragraph"
HELD_OUT = {SQUAD: 0.25}  # the share of pages that is kept for measuring
KEPT_BACK = 0.04  # of the other files, to see when training should end
NAME = re.compile(r"(?<=\w )(?<!\. )[A-Z]\w+(?: [A-Z]\w+)*")
FIGURE = re.compile(r"\b\d[\d,.]*\b")


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage; no spans when the passage doesn't answer it."""

    question: str
    title: str
    passage: str
    spans: tuple[Span, ...]
    origin: str


def read_examples(folder: Path) -> list[Example]:
    """All questions of the files that weights may be trained on; FileNotFoundError where one is missing."""
    found = [example for name in (SQUAD, *SHIFTS) for example in _read_squad(folder / f"{name}.jsonl.gz", name)]
    return [*found, *_read_nq(folder / f"{NQ}.jsonl.gz")]


def is_held_out(example: Example) -> bool:
    """Whether the example is kept for measuring; the questions of one page, review or post stay together."""
    page = example.title if example.origin in (SQUAD, NQ) else example.passage[:200]
    share = HELD_OUT.get(example.origin, KEPT_BACK)
    if example.origin == SHIFTS[0]:
        page = example.title
    return draw(f"{example.origin}/{page}") < share


def draw(key: str) -> float:
    """A number in [0, 1) that only the key decides."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64


def _read_squad(path: Path, origin: str) -> Iterator[Example]:
    for record in read_lines(path):
        spans = {(a["answer_start"], a["answer_start"] + len(a["text"])) for a in record["answers"]}
        titled = origin in (SQUAD, SHIFTS[0])  # elsewhere the title is a number, or one for all
        title = record["title"].replace("_", " ") if titled else ""
        yield Example(record["question"].strip(), title, record["context"], tuple(sorted(spans)), origin)


def _read_nq(path: Path) -> Iterator[Example]:
    for record in read_lines(path):
        text = record["context"]
        spans = {
            found.span()
            for answer in record["answers"]
            for found in re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", text)
        }
        if spans:
            yield Example(record["question"], record["title"], text, tuple(sorted(spans)), NQ)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a gzipped file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def swap_names(examples: Sequence[Example], chance: random.Random) -> Iterator[Example]:
    """Answerable questions about somebody else, or another figure: what their passages no longer answer.

    The name or figure is one of another question of the same file, and must not be in the passage.
    """
    for pattern in (NAME, FIGURE):
        others = [found for example in examples for found in pattern.findall(example.question)]
        for example in examples:
            if not example.spans or not pattern.search(example.question):
                continue
            other = chance.choice(others)
            if other.lower() not in example.passage.lower() and other.lower() not in example.question.lower():
                question = pattern.sub(lambda _, other=other: other, example.question, count=1)  # type: ignore[misc]
                yield Example(question, example.title, example.passage, (), example.origin)


def take_out_answers(examples: Iterable[Example]) -> Iterator[Example]:
    """Questions with what is left of their passages without the sentences that answer: on the topic, and no answer."""
    for example in examples:
        sentences = sentence_spans(example.passage)
        kept = [span for span in sentences if not any(s < span[1] and span[0] < e for s, e in example.spans)]
        rest = " ".join(example.passage[start:end] for start, end in kept)
        answers = [example.passage[start:end] for start, end in example.spans]
        if answers and len(kept) > 1 and not holds_answer(rest, answers):
            yield Example(example.question, example.title, rest, (), example.origin)


def normalise(text: str) -> str:
    """Lower case, no punctuation, no articles: SQuAD's way to compare answers."""
    text = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def holds_answer(text: str, answers: Iterable[str]) -> bool:
    """Whether one of the answers is in the text."""
    text = f" {normalise(text)} "
    return any(f" {normalise(answer)} " in text for answer in answers if normalise(answer))
