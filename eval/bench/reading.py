"""How well the reader reads, on questions that it was not trained on: python -m eval.bench.reading --data DIR

newsqa, gold passage: the best span of the passage that holds the answer, against the marked answers. squad2: pages that
training left out, a third of their questions unanswerable; F1 as SQuAD 2.0 counts it, and the AUROC of what tells
answerable questions apart.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt

from eval.bench import data
from eval.intervals import Interval, bootstrap_of, cluster_bootstrap
from eval.readme import replace_between
from qa.evidence import CALIBRATION
from qa.models import Reader, Reading, load_embedder, load_reader
from qa.passages import split_passages
from qa.reader.examples import SQUAD, Example, draw, is_held_out, normalise, read_examples
from qa.settings import Settings
from qa.types import Article, Passage

CARD = CALIBRATION.with_name("MODEL_CARD.md")
READ, ROUNDS = 20, 40

Scores = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure, from how many questions, its 95 % interval, and its goal."""

    name: str
    value: float
    n: int
    interval: Interval | None
    goal: float | None = None
    most: bool = False  # the goal is the most that it may be

    @property
    def met(self) -> bool:
        return self.goal is not None and (self.value <= self.goal if self.most else self.value >= self.goal)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.reading", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder of benchmark data")
    parser.add_argument("--weights", type=Path, help="other weights than those that are shipped (.xml)")
    parser.add_argument("--most", type=int, default=10_000, help="questions of each kind")
    parser.add_argument("--card", action="store_true", help="write the figures into the model card")
    options = parser.parse_args(arguments)
    if not (options.data / "newsqa").is_dir() or not (options.data / "reading").is_dir():
        print(f"no newsqa and reading in {options.data}: give the benchmark's folder with --data", file=sys.stderr)
        return 1
    settings = Settings.from_environment(precision="f32")  # as in the evaluation: not every processor has bf16
    reader = load_reader(settings, options.weights)
    splitter = Splitter(settings)
    lines = []
    for measure in (measure_gold, measure_squad, measure_speed):
        for figure in measure(options.data, reader, splitter, options.most):
            lines.append(line(figure))
            print(lines[-1], flush=True)
    if options.card:
        block = "\n".join(["```", *lines, "```"])
        CARD.write_text(replace_between(CARD.read_text(encoding="utf-8"), "results", block), encoding="utf-8")
    return 0


def line(figure: Figure) -> str:
    between = f" [{figure.interval[0]:.3f}–{figure.interval[1]:.3f}]" if figure.interval else ""
    goal = "" if figure.goal is None else f"  goal {figure.goal:g} {'met' if figure.met else 'NOT met'}"
    return f"{figure.name:40} {figure.value:.3f}{between} n = {figure.n}{goal}"


class Splitter:
    """Splits a text into passages as a library does."""

    def __init__(self, settings: Settings) -> None:
        self._tokens = settings.passage_tokens
        self._count = load_embedder(settings).count_tokens

    def passages(self, article: Article) -> list[Passage]:
        return list(split_passages(article, count_tokens=self._count, tokens=self._tokens))

    def split(self, text: str) -> list[Passage]:
        return self.passages(Article("", "", text, ((0, len(text)),)))


def measure_gold(folder: Path, reader: Reader, splitter: Splitter, most: int) -> list[Figure]:
    """Exact match and token-F1 on the passage of newsqa that holds the first marked answer."""
    news = data.read_newsqa(folder / "newsqa")
    passages = {id: splitter.passages(article) for id, article in news.articles.items()}
    exact, overlap, clusters = [], [], []
    for question in news.questions[:most]:
        (gold,) = question.gold
        start, end = question.spans[0]
        holding = [passage for passage in passages[gold] if passage.start <= start and end <= passage.end]
        if not holding:
            continue  # the answer crosses the end of a passage
        (reading,) = reader.read(question.text, [("", holding[0].text)])
        answer = best_answer(holding[0].text, reading)
        exact.append(exact_match(answer, question.answers))
        overlap.append(token_f1(answer, question.answers))
        clusters.append(gold)
    return [
        _figure("newsqa, gold passage: exact match", exact, clusters),
        _figure("newsqa, gold passage: token-F1", overlap, clusters, 0.58),
    ]


def measure_squad(folder: Path, reader: Reader, splitter: Splitter, most: int) -> list[Figure]:
    """SQuAD 2.0's F1 with "not answered" where no span scores higher than that, and the AUROC of the difference."""
    examples = [e for e in read_examples(folder / "reading") if e.origin == SQUAD and is_held_out(e)][:most]
    found, margins, clusters = [], [], []
    for example in examples:
        answers = [example.passage[start:end] for start, end in example.spans]
        margin, answer = read_text(example, reader, splitter)
        margins.append(margin)
        found.append(token_f1(answer, answers) if answers else 0.0)
        clusters.append(example.passage)
    answerable = [bool(example.spans) for example in examples]
    values, scores, kept = np.array(found), np.array(margins), ~np.array(answerable)
    overlap = np.where(scores > 0, values, kept).tolist()
    answered = [value for value, has in zip(overlap, answerable, strict=True) if has]
    pages = [example.title for example in examples]
    return [
        _figure("squad2, pages held out: F1", overlap, clusters, 0.72),
        _figure("  refused below the best of other pages", refuse_as_others(values, scores, kept, pages), clusters),
        _figure("  of them answerable", answered, [c for c, has in zip(clusters, answerable, strict=True) if has]),
        _auroc_figure("squad2, pages held out: AUROC", scores, ~kept, clusters),
    ]


def refuse_as_others(values: Scores, margins: Scores, refusable: Flags, pages: Sequence[str]) -> list[float]:
    """Each F1 with "not answered" below the margin that is best for the questions about the other half of the pages."""
    halves = np.array([draw(page) < 0.5 for page in pages])
    found = np.zeros(len(values))
    for half in (halves, ~halves):
        tried = np.sort(margins[~half])
        gains = [float(np.where(margins[~half] > least, values[~half], refusable[~half]).mean()) for least in tried]
        best = tried[int(np.argmax(gains))] if len(tried) else 0.0
        found[half] = np.where(margins[half] > best, values[half], refusable[half])
    return [float(value) for value in found]


def read_text(example: Example, reader: Reader, splitter: Splitter) -> tuple[float, str]:
    """(by how much the best span beats "not here", that span) over the passages of a text."""
    passages = splitter.split(example.passage)
    readings = reader.read(example.question, [(example.title, passage.text) for passage in passages])
    pairs = [(margin(reading), best_answer(p.text, reading)) for p, reading in zip(passages, readings, strict=True)]
    return max(pairs)


def margin(reading: Reading) -> float:
    return reading.spans[0].score - reading.nothing if reading.spans else float("-inf")


def best_answer(text: str, reading: Reading) -> str:
    return text[reading.spans[0].start : reading.spans[0].end] if reading.spans else ""


def exact_match(answer: str, golds: Iterable[str]) -> float:
    return float(any(normalise(answer) == normalise(gold) for gold in golds))


def measure_speed(folder: Path, reader: Reader, splitter: Splitter, most: int) -> list[Figure]:
    """Milliseconds for READ passages of newsqa, at the precision that this processor runs by default."""
    news = data.read_newsqa(folder / "newsqa")
    quick = load_reader(Settings.from_environment(), None)
    passages = [passage for article in list(news.articles.values())[:40] for passage in splitter.passages(article)]
    times = []
    for number, question in enumerate(news.questions[: min(most, ROUNDS)]):
        start = number * 7 % (len(passages) - READ)
        titled = [("", passage.text) for passage in passages[start : start + READ]]
        before = perf_counter()
        quick.read(question.text, titled)
        times.append(1000 * (perf_counter() - before))
    interval = cluster_bootstrap(times, [str(number) for number in range(len(times))])
    mean, name = sum(times) / len(times), f"milliseconds for {READ} passages, mean"
    return [Figure(name, mean, len(times), interval, 200, most=True)]


def token_f1(answer: str, golds: Iterable[str]) -> float:
    """The best over the marked answers, after SQuAD's normalisation; two empty answers are equal.

    >>> token_f1("the old bridge", ["bridge", "stone bridge"])
    0.6666666666666666
    """
    return max(_pair_f1(normalise(answer).split(), normalise(gold).split()) for gold in golds)


def _pair_f1(one: Sequence[str], other: Sequence[str]) -> float:
    if not one or not other:
        return float(one == other)
    common = sum((Counter(one) & Counter(other)).values())
    return 2 * common / (len(one) + len(other))


def auroc(scores: Scores, positive: Flags) -> float:
    """The chance that a positive scores higher than a negative; ties count a half."""
    from scipy.stats import rankdata

    count = int(positive.sum())
    return float((rankdata(scores)[positive].sum() - count * (count + 1) / 2) / (count * (len(positive) - count)))


def _auroc_figure(name: str, scores: Scores, positive: Flags, clusters: Sequence[str]) -> Figure:
    interval = bootstrap_of(lambda drawn: auroc(scores[drawn], positive[drawn]), clusters)
    return Figure(name, auroc(scores, positive), len(scores), interval, 0.85)


def _figure(name: str, values: Sequence[float], clusters: Sequence[str], goal: float | None = None) -> Figure:
    return Figure(name, sum(values) / len(values), len(values), cluster_bootstrap(values, clusters), goal)


if __name__ == "__main__":
    sys.exit(main())
