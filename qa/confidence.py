"""How probably the best candidate answers the question: a logistic model over what the reader and the words say.

Its coefficients lie in reader/calibration.json, fitted by eval/bench/calibrate.py on questions that the reader was not
trained on, half of them put to libraries that don't answer them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from qa.evidence import CALIBRATION, Candidate, sigmoid
from qa.overlap import Analyse, compare
from qa.types import Article

# Not the hit's score, nor how many of the question's words the passage has: a question in other words than the article
# is answered as well, and was refused for them.
FEATURES = ("lead", "margin", "relevance", "names", "figures", "article_names", "article_figures")
EDGES = re.compile(r"[^\w\s]*\s[^\w\s]*")  # of words: marks, but not those within, as in 10,000
READ = 20_000  # characters of an article that are searched for the question's names

Numbers = npt.NDArray[np.float64]


def confidence_of(
    question: str, candidates: Sequence[Candidate], articles: Mapping[str, Article], analyse: Analyse
) -> float:
    """The probability, 0–1, that the best candidate is right; 0 when there is none."""
    if not candidates:
        return 0.0
    weights, constant = load_coefficients()
    return sigmoid(float(features(question, candidates, articles, analyse) @ weights) + constant)


def features(
    question: str, candidates: Sequence[Candidate], articles: Mapping[str, Article], analyse: Analyse
) -> Numbers:
    """One number for each of FEATURES; `lead` is that over the best candidate of other words."""
    best = candidates[0]
    article = articles[best.quotation.article_id]
    passage = f"{article.title or ''}\n{best.hit.passage.text}"
    near, whole = compare(question, [passage, f"{article.title or ''}\n{article.text[:READ]}"], analyse)
    others = (item.score for item in candidates if not _alike(item.answer, best.answer))
    lead = min(best.score - next(others, best.score - 10.0), 10.0)
    missing = (near.names, near.figures, whole.names, whole.figures)
    return np.array([lead, best.margin, best.relevance, *missing])


def _alike(one: str, other: str) -> bool:
    """Whether the words of one stand in the other: "Reed" in "Ann Reed", not "5" in "15" nor "10" in "10,000"."""
    shorter, longer = sorted((EDGES.sub(" ", f" {text.casefold()} ").split() for text in (one, other)), key=len)
    starts = range(len(longer) - len(shorter) + 1) if shorter else ()
    return any(longer[start : start + len(shorter)] == shorter for start in starts)


@cache
def load_coefficients() -> tuple[Numbers, float]:
    """What calibration.json says of confidence."""
    data = json.loads(CALIBRATION.read_text(encoding="utf-8"))["confidence"]
    return np.array([data["weights"][name] for name in FEATURES]), data["constant"]
