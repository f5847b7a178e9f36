"""Tunes retrieval and the sentence scorer on public data: python -m eval.bench.tune --data DIR

Prints the fusion table, then trains the scorer, prints how well it ranks, how far its probabilities can be trusted and
what each threshold costs, and writes qa/scoring.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from eval.bench import data
from eval.bench.cases import (
    SEED,
    SHARES,
    Case,
    ask,
    library,
    make_cases,
    make_news_cases,
    overlaps,
    read_training,
    split_subjects,
)
from eval.bench.data import Question, RememberingEmbedder
from qa import scoring
from qa.features import WORD_FEATURES
from qa.models import load_embedder
from qa.scoring import Coefficients, SentenceVectors
from qa.settings import Settings
from qa.types import Hit

Numbers = npt.NDArray[np.float64]

STRENGTH = 0.03  # of the data against the prior that no feature matters
NOTE = (
    "Trained on SQuAD 2.0 (half of dev), SQuADShifts New Wikipedia, Natural Questions gold paragraphs and ClapNQ; "
    "CC BY-SA 4.0, CC BY 4.0, CC BY-SA 3.0, Apache-2.0. Only these coefficients are kept of them."
)

Scorer = tuple[Coefficients, Coefficients]  # of the first look and of the second


@dataclass(frozen=True, slots=True)
class Verdict:
    """The best sentence of a case: how probable it is, as a logit, and whether it answers."""

    kind: str
    logit: float
    right: bool


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.tune", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of benchmark data")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "qa-bench", help="for vectors")
    parser.add_argument("--only", choices=("fusion", "scorer"), help="one of the two parts")
    options = parser.parse_args(arguments)
    if not (options.data / "reading").is_dir():
        print(f"no benchmark data in {options.data}: give its folder with --data", file=sys.stderr)
        return 1
    settings = Settings.from_environment(precision="f32")  # as in the evaluation: not every processor has bf16
    embedder = RememberingEmbedder(load_embedder(settings), options.cache / "vectors.npz")
    if options.only != "scorer":
        tune_fusion(options.data, embedder, settings)
    if options.only != "fusion":
        tune_scorer(options.data, embedder, settings)
    embedder.save()
    return 0


# Retrieval


def tune_fusion(folder: Path, embedder: RememberingEmbedder, settings: Settings) -> None:
    """Prints how each weight of the vectors retrieves."""
    news, abstracts = data.read_newsqa(folder / "newsqa"), data.read_scifact(folder / "scifact")
    for name, collection, measure in (
        ("newsqa: rank@1, rank@5, answer within 200, 1000 words", news, measure_news),
        ("scifact: nDCG@10, recall@10", abstracts, measure_abstracts),
    ):
        with library(collection, embedder, settings) as store:
            print(f"\n{name}; {len(collection.questions)} questions, {store.ledger.count_passages(1)} passages")
            for weight in (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 1.0):
                changed = replace(settings, vector_weight=weight)
                rows = [
                    measure(question, ask(question, store, embedder, changed, 60)) for question in collection.questions
                ]
                figures = " ".join(f"{figure:.3f}" for figure in np.mean(rows, axis=0))
                print(f"  vector_weight {weight:<5}{figures}")


def measure_news(question: Question, hits: Sequence[Hit]) -> list[float]:
    bearing = [overlaps(question, hit.passage.start, hit.passage.end, hit.passage.article_id) for hit in hits]
    return [float(any(bearing[:1])), float(any(bearing[:5]))] + [
        float(answer_within(question, hits, words)) for words in (200, 1000)
    ]


def answer_within(question: Question, hits: Sequence[Hit], words: int) -> bool:
    """Whether the first words of the hits hold an answer, in its article: independent of passage size."""
    for hit in hits:
        shown = hit.passage.text.split()
        if hit.passage.article_id in question.gold and data.holds_answer(" ".join(shown[:words]), question.answers):
            return True
        words -= len(shown)
        if words <= 0:
            break
    return False


def measure_abstracts(question: Question, hits: Sequence[Hit]) -> list[float]:
    found = list(dict.fromkeys(hit.passage.article_id for hit in hits))[:10]
    gains = 1 / np.log2(np.arange(10) + 2)
    gained = sum(gains[rank] for rank, article in enumerate(found) if article in question.gold)
    return [gained / gains[: len(question.gold)].sum(), len(question.gold & set(found)) / len(question.gold)]


# The scorer


def tune_scorer(folder: Path, embedder: RememberingEmbedder, settings: Settings) -> None:
    """Trains, prints the tables, writes the coefficients.

    The tables are of each half of the subjects under the model of the other half, and of news, which trains nothing.
    """
    halves = split_subjects(read_training(folder / "reading"))
    cases = [list(make_cases(half, embedder, settings)) for half in halves]
    news = list(make_news_cases(data.read_newsqa(folder / "newsqa"), embedder, settings))
    vectors = SentenceVectors(embedder, size=1_000_000)
    models = [train(side, vectors) for side in cases]
    embedder.save()
    verdicts = [judge(case, models[1 - side], vectors) for side in (0, 1) for case in cases[side]]
    slope, shift = calibrate(verdicts)
    scorer = train([case for side in cases for case in side], vectors)
    words, close = (Coefficients(part.weights * slope, part.constant * slope + shift) for part in scorer)
    save((words, close), [case for side in cases for case in side])
    print_tables("held-out subjects", [replace(v, logit=v.logit * slope + shift) for v in verdicts])
    print_tables("newsqa", [judge(case, (words, close), vectors) for case in news])


def fit(parts: Sequence[tuple[Numbers, npt.NDArray[np.bool_]]]) -> Coefficients:
    """A logistic model of the features, in their own units."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    rows, right = np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    model = LogisticRegression(C=STRENGTH, max_iter=2000).fit((rows - mean) / spread, right)
    weights = model.coef_[0] / spread
    return Coefficients(weights, float(model.intercept_[0] - (weights * mean).sum()))


def train(cases: Sequence[Case], vectors: SentenceVectors) -> Scorer:
    words = fit([(case.rows[~case.unsure], case.right[~case.unsure]) for case in cases])
    looks = [(case, *close_look(case, words, vectors)) for case in cases]
    close = fit([(rows[~case.unsure[at]], case.right[at][~case.unsure[at]]) for case, rows, at in looks])
    return words, close


def close_look(case: Case, words: Coefficients, vectors: SentenceVectors) -> tuple[Numbers, npt.NDArray[np.intp]]:
    """The features of the shortlisted sentences, and which these are."""
    logits = words.logits(case.rows)
    shortlist = scoring.choose_shortlist(logits)
    return scoring.close_features(case.reading, case.rows, logits, shortlist, vectors), shortlist


def judge(case: Case, scorer: Scorer, vectors: SentenceVectors) -> Verdict:
    rows, shortlist = close_look(case, scorer[0], vectors)
    logits = scorer[1].logits(rows)
    best = int(np.argmax(logits))
    return Verdict(case.kind, float(logits[best]), bool(case.right[shortlist[best]]))


def calibrate(verdicts: Sequence[Verdict]) -> tuple[float, float]:
    """Slope and shift that make the probability of the best sentence, which is the luckiest of many, come true."""
    from sklearn.linear_model import LogisticRegression

    logits = np.array([[verdict.logit] for verdict in verdicts])
    model = LogisticRegression(C=1e6).fit(logits, [verdict.right for verdict in verdicts])
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def save(scorer: Scorer, cases: Sequence[Case]) -> None:
    """Writes qa/scoring.json."""
    names = (WORD_FEATURES, (*WORD_FEATURES, *scoring.CLOSE_FEATURES))
    record: dict[str, Any] = {
        "about": NOTE,
        "seed": SEED,
        "questions": dict(sorted(Counter(case.kind for case in cases).items())),
        "origins": dict(sorted(Counter(case.question.origin for case in cases).items())),
        "sentences": sum(len(case.right) for case in cases),
    }
    for look, columns, model in zip(("words", "close"), names, scorer, strict=True):
        weights = {name: round(float(weight), 4) for name, weight in zip(columns, model.weights, strict=True)}
        record[look] = {"weights": weights, "constant": round(model.constant, 4)}
    path = Path(scoring.__file__).with_name("scoring.json")
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def print_tables(name: str, verdicts: Sequence[Verdict]) -> None:
    """How often the best sentence answers, how true the probabilities are, and what each threshold costs."""
    probabilities = 1 / (1 + np.exp([-verdict.logit for verdict in verdicts]))
    right = np.array([verdict.right for verdict in verdicts])
    kinds = np.array([verdict.kind for verdict in verdicts])
    answered = kinds == "answered"
    others = [kind for kind in SHARES if kind != "answered" and (kinds == kind).any()]
    counts = ", ".join(f"{(kinds == kind).sum()} {kind}" for kind in ("answered", *others))
    print(f"\n{name}: {counts}; the best sentence answers {right[answered].mean():.3f} of the answered")
    print("  said   came true   n")
    for low in np.arange(0, 1, 0.1):
        inside = (probabilities >= low) & (probabilities < low + 0.1)
        if inside.any():
            print(f"  {probabilities[inside].mean():.2f}   {right[inside].mean():.2f}        {inside.sum()}")
    print("  threshold  right  wrong  refused | wrongly answered: " + ", ".join(others) + " | right of all shown")
    for threshold in np.arange(0.2, 0.85, 0.05):
        shown = probabilities >= threshold
        risks = "  ".join(f"{shown[kinds == kind].mean():.3f}" for kind in others)
        print(
            f"  {threshold:.2f}       {(shown & right)[answered].mean():.3f}  {(shown & ~right)[answered].mean():.3f}  "
            f"{(~shown)[answered].mean():.3f}   | {risks} | {right[shown].mean():.3f}"
        )


if __name__ == "__main__":
    sys.exit(main())
