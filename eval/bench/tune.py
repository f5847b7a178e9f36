"""Prints how each weight of the vectors retrieves, on public data: python -m eval.bench.tune --data DIR"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eval.bench import data
from eval.bench.cases import (
    ask,
    library,
    overlaps,
)
from eval.bench.data import Question, RememberingEmbedder
from qa.models import load_embedder
from qa.reader.examples import holds_answer
from qa.settings import Settings
from qa.types import Hit

Numbers = npt.NDArray[np.float64]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.tune", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of benchmark data")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "qa-bench", help="for vectors")
    options = parser.parse_args(arguments)
    if not (options.data / "newsqa").is_dir():
        print(f"no benchmark data in {options.data}: give its folder with --data", file=sys.stderr)
        return 1
    settings = Settings.from_environment(precision="f32")  # as in the evaluation: not every processor has bf16
    embedder = RememberingEmbedder(load_embedder(settings), options.cache / "vectors.npz")
    tune_fusion(options.data, embedder, settings)
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
        if hit.passage.article_id in question.gold and holds_answer(" ".join(shown[:words]), question.answers):
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


if __name__ == "__main__":
    sys.exit(main())
