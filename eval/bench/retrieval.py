"""Compares ways to find passages on the same questions, in one table: python -m eval.bench.retrieval --data DIR

Of every measure the mean, its 95 % interval, and the mean of the differences to Tantivy alone, question by question.
Questions about one article are drawn together. newsqa: an answer in the first 200 or 1,000 words, in its article, and
in the first one or five passages; scifact: nDCG@10 and recall@10 of articles; own: the evidence of our own
questions in the first one or five passages.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from eval.bench import data
from eval.bench.cases import library
from eval.bench.contestants import Find, Ground, make_contestants
from eval.bench.data import Collection, Question, RememberingEmbedder
from eval.bench.remember import RememberingReader
from eval.bench.speed import QUESTIONS
from eval.bench.tune import measure_abstracts, measure_news
from eval.intervals import Interval, cluster_bootstrap
from eval.metrics.retrieval import evidence_recall
from eval.questions import load_cases, map_articles, read_texts
from eval.run import ARTICLES, choose
from qa.models import load_embedder, load_reader
from qa.settings import Settings
from qa.store import Store
from qa.types import Hit

NEWS = ("newsqa rank 1", "newsqa rank 5", "newsqa within 200", "newsqa within 1,000")
ABSTRACTS = ("scifact nDCG@10", "scifact recall@10")
EVIDENCE = ("own evidence@1", "own evidence@5")


@dataclass(frozen=True, slots=True)
class Task:
    """Questions as texts, the cluster of each, and what the hits of the question with that number are worth."""

    measures: tuple[str, ...]
    questions: Sequence[str]
    clusters: Sequence[str]
    judge: Callable[[int, Sequence[Hit]], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Row:
    """A contestant's figure, and by how much it beats the first contestant; None for that one itself."""

    measure: str
    name: str
    n: int
    value: float
    interval: Interval
    gain: float | None
    gain_interval: Interval | None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.retrieval", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder of benchmark data")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "qa-retrieval", help="for vectors")
    options = parser.parse_args(arguments)
    if not (options.data / "newsqa").is_dir() or not (options.data / "scifact").is_dir():
        print(f"no newsqa and scifact in {options.data}: give the benchmark's folder with --data", file=sys.stderr)
        return 1
    settings = Settings.from_environment(precision="f32")  # as in the evaluation: not every processor has bf16
    embedder = RememberingEmbedder(load_embedder(settings), options.cache / "vectors.npz")
    reader = RememberingReader(load_reader(settings), options.cache, settings.precision)
    rows: list[Row] = []
    for ground, task in prepare(options.data, embedder, settings):
        rows += compare(task, make_contestants(ground, embedder, reader, settings))
        embedder.save()
        reader.save()
        print(f"done: {', '.join(task.measures)}", file=sys.stderr, flush=True)
    print("\n".join(table(rows)))
    return 0


def prepare(folder: Path, embedder: RememberingEmbedder, settings: Settings) -> Iterator[tuple[Ground, Task]]:
    """Every collection with what is asked of it; its library is there until the next one is taken."""
    news, abstracts = data.read_newsqa(folder / "newsqa"), data.read_scifact(folder / "scifact")
    for collection, measures, measure in ((news, NEWS, measure_news), (abstracts, ABSTRACTS, measure_abstracts)):
        with library(collection, embedder, settings) as store, tempfile.TemporaryDirectory() as scratch:
            yield Ground.prepare(store, Path(scratch)), collection_task(collection, measures, measure)
    with own_library(embedder, settings) as store, tempfile.TemporaryDirectory() as scratch:
        yield Ground.prepare(store, Path(scratch)), own_task(store)


def collection_task(
    collection: Collection, measures: tuple[str, ...], measure: Callable[[Question, Sequence[Hit]], list[float]]
) -> Task:
    questions = collection.questions
    clusters = [min(question.gold) for question in questions]
    return Task(
        measures,
        [question.text for question in questions],
        clusters,
        lambda number, hits: measure(questions[number], hits),
    )


@contextmanager
def own_library(embedder: RememberingEmbedder, settings: Settings) -> Iterator[Store]:
    """A library of the project's own articles, read and cleaned as `qa add` does; gone afterwards."""
    from qa.library import Library

    with tempfile.TemporaryDirectory() as folder:
        with Library.open(Path(folder) / "library", settings=settings, load=lambda _: embedder) as filled:
            filled.add(ARTICLES)
        store = Store.open(Path(folder) / "library")
        try:
            yield store
        finally:
            store.close()


def own_task(store: Store) -> Task:
    """The answerable questions of our own set that are asked of no certain day."""
    known = choose(load_cases(QUESTIONS, read_texts(*ARTICLES)), "dev")
    cases = [case for case in known if case.evidence and not case.as_of]
    corpus = map_articles(store.ledger.articles(store.ledger.revision()), cases)

    def judge(number: int, hits: Sequence[Hit]) -> list[float]:
        found = [evidence_recall(cases[number], hits, corpus, k=k).value for k in (1, 5)]
        return [value for value in found if value is not None]

    return Task(EVIDENCE, [case.question for case in cases], [case.cluster for case in cases], judge)


def compare(task: Task, contestants: dict[str, Find]) -> list[Row]:
    """A row for each measure and contestant."""
    values = {
        name: list(zip(*(task.judge(number, find(text)) for number, text in enumerate(task.questions)), strict=True))
        for name, find in contestants.items()
    }
    first = next(iter(values))
    return [
        make_row(measure, name, values[name][column], values[first][column] if name != first else None, task.clusters)
        for column, measure in enumerate(task.measures)
        for name in values
    ]


def make_row(
    measure: str, name: str, values: Sequence[float], others: Sequence[float] | None, clusters: Sequence[str]
) -> Row:
    value, interval = sum(values) / len(values), cluster_bootstrap(values, clusters)
    if others is None:
        return Row(measure, name, len(values), value, interval, None, None)
    gains = [mine - other for mine, other in zip(values, others, strict=True)]
    return Row(measure, name, len(values), value, interval, sum(gains) / len(gains), cluster_bootstrap(gains, clusters))


def table(rows: Sequence[Row]) -> list[str]:
    """The lines of the table."""
    lines = [f"{'measure':20} {'n':>5}  {'way of finding':26} {'value':>5}  95 % interval  gain    95 % interval"]
    for row in rows:
        low, high = row.interval
        line = f"{row.measure:20} {row.n:5}  {row.name:26} {row.value:.3f}  {low:.3f}–{high:.3f}"
        if row.gain is not None and row.gain_interval is not None:
            line += f"    {row.gain:+.3f}  {row.gain_interval[0]:+.3f} – {row.gain_interval[1]:+.3f}"
        lines.append(line)
    return lines


if __name__ == "__main__":
    sys.exit(main())
