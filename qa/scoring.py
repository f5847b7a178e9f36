"""How probably each sentence of the hits answers the question: a logistic model over what both have in common.

Two looks: every sentence is judged by its words, and the most promising ones by an embedding too, which costs
milliseconds. The coefficients come from eval/bench/tune.py and lie in scoring.json.
"""

from __future__ import annotations

import json
import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qa.features import WORD_FEATURES, Analyse, Reading, read_hits, word_features
from qa.models import Embedder
from qa.types import Hit, Quotation

Row = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]

SHORTLIST = 12  # sentences embedded for a question: 2 to 3 ms each
CLOSE_FEATURES = ("cosine", "cosine_lead", "words_lead")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a hit and the probability, 0–1, that it answers the question."""

    quotation: Quotation
    hit: Hit
    probability: float


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Of a logistic model: the weight of each feature, and the constant."""

    weights: Row
    constant: float

    def logits(self, rows: Matrix) -> Row:
        values: Row = rows @ self.weights + self.constant
        return values


class SentenceVectors:
    """Embeds questions and sentences and keeps the vectors of those used last; safe to use from several threads."""

    def __init__(self, embedder: Embedder, size: int = 4096) -> None:
        self._embedder = embedder
        self._size = size
        self._kept: OrderedDict[str, npt.NDArray[np.float32]] = OrderedDict()
        self._turn = threading.Lock()

    def embed_question(self, question: str) -> npt.NDArray[np.float32]:
        """The unit vector of the question, which is needed for searching and for reading."""
        key = f"?{question}"
        with self._turn:
            kept = self._kept.get(key)
        if kept is None:
            kept = self._embedder.embed_question(question)
            self._keep({key: kept})
        return kept

    def cosines(self, question: str, sentences: Sequence[str]) -> Row:
        """The cosine of the question with each sentence."""
        keys = [f".{sentence}" for sentence in sentences]
        with self._turn:
            found = {key: self._kept[key] for key in keys if key in self._kept}
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        if missing:
            found.update(zip(missing, self._embedder.embed([key[1:] for key in missing]), strict=True))
        self._keep(found)
        return np.asarray(np.stack([found[key] for key in keys]) @ self.embed_question(question), dtype=np.float64)

    def _keep(self, found: dict[str, npt.NDArray[np.float32]]) -> None:
        with self._turn:
            for key, vector in found.items():
                self._kept[key] = vector
                self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)


def score_sentences(
    question: str, hits: Sequence[Hit], *, terms: Callable[[str], list[str]], vectors: SentenceVectors
) -> list[Candidate]:
    """Every sentence of the hits once, the one that most probably answers the question first."""
    reading = read_hits(question, hits, Analyse(terms))
    if not reading.sentences:
        return []
    words, close = load_coefficients()
    rows = word_features(reading)
    logits = words.logits(rows)
    shortlist = choose_shortlist(logits)
    near = close.logits(close_features(reading, rows, logits, shortlist, vectors))
    # A sentence that wasn't worth embedding is never better than one that was.
    logits = np.minimum(logits, near.min())
    logits[shortlist] = near
    candidates = [
        Candidate(sentence.quotation, sentence.hit, 1 / (1 + math.exp(-logit)))
        for sentence, logit in zip(reading.sentences, logits.tolist(), strict=True)
    ]
    return sorted(candidates, key=_order)


def choose_shortlist(logits: Row) -> npt.NDArray[np.intp]:
    """The places of the sentences that are worth embedding, best first."""
    return np.argsort(-logits, kind="stable")[:SHORTLIST]


def close_features(
    reading: Reading,
    rows: Matrix,
    logits: Row,
    shortlist: npt.NDArray[np.intp],
    vectors: SentenceVectors,
) -> Matrix:
    """The features of the shortlisted sentences: those of their words, then CLOSE_FEATURES."""
    cosines = vectors.cosines(reading.question, [reading.sentences[i].quotation.text for i in shortlist])
    close = [cosines, _lead(cosines), _lead(logits[shortlist])]
    return np.column_stack([rows[shortlist], *close])


def _lead(values: Row) -> Row:
    """By how much each value is above the greatest of the others; 0 when it is alone."""
    if len(values) < 2:
        return np.zeros(len(values))
    best, second = np.argsort(-values, kind="stable")[:2]
    leads: Row = values - values[best]
    leads[best] = values[best] - values[second]
    return leads


@cache
def load_coefficients() -> tuple[Coefficients, Coefficients]:
    """The models of the first look and of the second."""
    data = json.loads(Path(__file__).with_name("scoring.json").read_text(encoding="utf-8"))
    names = {"words": WORD_FEATURES, "close": (*WORD_FEATURES, *CLOSE_FEATURES)}
    words, close = (
        Coefficients(np.array([data[look]["weights"][name] for name in names[look]]), data[look]["constant"])
        for look in ("words", "close")
    )
    return words, close


def _order(candidate: Candidate) -> tuple[float, str, int]:
    return -candidate.probability, candidate.quotation.article_id, candidate.quotation.start
