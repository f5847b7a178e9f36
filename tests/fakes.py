"""Models small enough to compute by hand."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from qa.models import Reading, ReadSpan, Vectors
from qa.passages import sentence_spans
from qa.prompts import Prompt


class WordEmbedder:
    """Each word adds 1 at the place of the sum of its letters' code points, modulo the dimensions; then unit length.

    "ab" is at (97 + 98) % 32 = 3. A text without words points to the first place.
    """

    dimensions = 32
    precision = "f32"

    def __init__(self, name: str = "words") -> None:
        self.name = name
        self.digest = name.ljust(64, "0")
        self.embedded = 0

    @property
    def key(self) -> str:
        return f"{self.digest[:16]}/{self.precision}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        return np.stack([self.embed_question(text) for text in texts])

    def embed_question(self, question: str) -> Vectors:
        vector = np.zeros(self.dimensions, dtype=np.float32)
        for word in question.lower().split():
            vector[sum(map(ord, word.strip(".,?!"))) % self.dimensions] += 1
        if not vector.any():
            vector[0] = 1
        unit: Vectors = vector / np.linalg.norm(vector)
        return unit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


class WordReader:
    """A sentence scores 2 for each word of the question in it; "not here" scores 3, so that it takes two words.

    The span is the first figure or capitalised word after the first that isn't in the question, else the sentence.
    """

    name = "word-reader"
    digest = "word-reader".ljust(64, "0")

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        asked = {_bare(word) for word in question.split() if len(word) > 3}
        return [self._read(asked, text) for _, text in passages]

    def _read(self, asked: set[str], text: str) -> Reading:
        spans = []
        for start, end in sentence_spans(text):
            words = [_bare(word) for word in text[start:end].split()]
            score = 2.0 * len(asked & set(words))
            spans.append(ReadSpan(*_answer(asked, text, start, end), score))
        spans.sort(key=lambda span: -span.score)
        return Reading(spans[0].score - 3 if spans else -3.0, 3.0, tuple(spans))


def _bare(word: str) -> str:
    return word.strip(".,?!").lower()


def _answer(asked: set[str], text: str, start: int, end: int) -> tuple[int, int]:
    at = start
    for number, word in enumerate(text[start:end].split()):
        at = text.index(word, at)
        if number and (word[0].isupper() or word[0].isdigit()) and _bare(word) not in asked:
            return at, at + len(word.rstrip(".,?!"))
        at += len(word)
    return start, end


class WordVerifier:
    """The share of a sentence's words, without their punctuation, that the evidence has."""

    name = "word-verifier"
    digest = "word-verifier".ljust(64, "0")

    def supports(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        return [_share([_bare(word) for word in said.split()], evidence) for said, evidence in pairs]


def _share(words: Sequence[str], evidence: str) -> float:
    known = {_bare(word) for word in evidence.split()}
    return sum(word in known for word in words) / len(words)


class ScriptedWriter:
    """Writes what it is told to, one reply after the other, the last again and again; keeps what it was asked."""

    name = "scripted"

    def __init__(self, *replies: str | Exception) -> None:
        self._replies = list(replies)
        self.asked: list[Prompt] = []
        self.closed = False

    def write(self, prompt: Prompt) -> Generator[str, None, None]:
        self.asked.append(prompt)
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, Exception):
            raise reply
        yield from (f"{word} " for word in reply.split(" "))

    def close(self) -> None:
        self.closed = True
