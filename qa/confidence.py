"""How probably the best candidate answers the question: a logistic model over what the reader and the words say.

Its coefficients lie in reader/calibration.json, fitted by eval/bench/calibrate.py on questions that the reader was not
trained on, half of them put to libraries that don't answer them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from qa.evidence import CALIBRATION, Candidate, sigmoid
from qa.models import Embedder
from qa.overlap import Analyse, compare
from qa.types import Article

# Not the hit's score, nor how many of the question's words the passage has: a question in other words than the article
# is answered as well, and was refused for them.
FEATURES = ("lead", "margin", "relevance", "names", "figures", "article_names", "article_figures", "cosine")
EDGES = re.compile(r"[^\w\s]*\s[^\w\s]*")  # of words: marks, but not those within, as in 10,000
READ = 20_000  # characters of an article that are searched for the question's names

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Of the logistic model; `embedder` is the digest of the one it was fitted with, `cosine` its mean there."""

    weights: Numbers
    constant: float
    embedder: str
    cosine: float


def confidence_of(
    question: str,
    candidates: Sequence[Candidate],
    articles: Mapping[str, Article],
    analyse: Analyse,
    embedder: Embedder,
) -> float:
    """The probability, 0–1, that the best candidate is right; 0 when there is none.

    Cosines of an embedder that the coefficients weren't fitted with mean something else and are left out.
    """
    if not candidates:
        return 0.0
    fitted = load_coefficients()
    row = features(question, candidates, articles, analyse, embedder)
    if embedder.digest != fitted.embedder:
        row[-1] = fitted.cosine
    return sigmoid(float(row @ fitted.weights) + fitted.constant)


def features(
    question: str,
    candidates: Sequence[Candidate],
    articles: Mapping[str, Article],
    analyse: Analyse,
    embedder: Embedder,
) -> Numbers:
    """One number for each of FEATURES.

    `lead` is that over the best candidate of other words, `cosine` that of the question and the quoted sentence.
    """
    best = candidates[0]
    article = articles[best.quotation.article_id]
    passage = f"{article.title or ''}\n{best.hit.passage.text}"
    near, whole = compare(question, [passage, f"{article.title or ''}\n{article.text[:READ]}"], analyse)
    others = (item.score for item in candidates if not _alike(item.answer, best.answer))
    lead = min(best.score - next(others, best.score - 10.0), 10.0)
    missing = (near.names, near.figures, whole.names, whole.figures)
    cosine = float(embedder.embed_question(question) @ embedder.embed([best.quotation.text])[0])
    return np.array([lead, best.margin, best.relevance, *missing, cosine])


def _alike(one: str, other: str) -> bool:
    """Whether the words of one stand in the other: "Reed" in "Ann Reed", not "5" in "15" nor "10" in "10,000"."""
    shorter, longer = sorted((EDGES.sub(" ", f" {text.casefold()} ").split() for text in (one, other)), key=len)
    starts = range(len(longer) - len(shorter) + 1) if shorter else ()
    return any(longer[start : start + len(shorter)] == shorter for start in starts)


@cache
def load_coefficients() -> Coefficients:
    """What calibration.json says of confidence."""
    data = json.loads(CALIBRATION.read_text(encoding="utf-8"))["confidence"]
    weights = np.array([data["weights"][name] for name in FEATURES])
    return Coefficients(weights, data["constant"], data["embedder"], data["cosine"])
