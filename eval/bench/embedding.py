"""How fast passages are embedded, against sentence-transformers as it is, and how much the vectors differ.

python -m eval.bench.embedding [--data DIR] [--rounds 8]. All take turns in every round on the same passages, so the
ratios hold whatever else the machine does. The processor's seconds are told too: on a busy machine they say more.
With --retrieval instead: what searching newsqa and scifact finds with bf16 and with f32, question by question.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from eval.bench.growth import write_made_up
from eval.bench.rival import model_folder
from eval.bench.speed import Row, Say, estimate, load_encoder, mean, median, median_of_ratios
from qa.inference import has_bf16
from qa.models import Vectors, load_embedder
from qa.passages import split_passages
from qa.settings import Settings
from qa.types import Article

ROUNDS, PASSAGES = 8, 96  # passages of a round
QUESTIONS = 40  # of a round
FASTER, ALIKE, BESIDE = 3.0, 0.9999, 1.0  # the goals
RIVAL, TORCH, F32, BF16, ALONE = (
    "sentence-transformers",
    "torch f32",
    "OpenVINO f32",
    "OpenVINO bf16",
    "OpenVINO, one thread",
)
Embed = Callable[[list[str]], Vectors]


@dataclass(slots=True)
class Times:
    """Of one way to embed: passages a second in each round, and a second of the processor."""

    rate: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def measure_embedding(data: Path | None, rounds: int, say: Say) -> list[Row]:
    """The table: rates, ratios, likeness, beside a busy process, and the time of a question."""
    embedders = {
        TORCH: load_embedder(Settings(backend="torch", precision="f32")),
        F32: load_embedder(Settings(precision="f32")),
        **({BF16: load_embedder(Settings(precision="bf16"))} if has_bf16() else {}),
    }
    best = BF16 if BF16 in embedders else F32
    texts = read_passages(data, rounds * PASSAGES, embedders[F32].count_tokens)
    groups = [texts[start : start + PASSAGES] for start in range(0, len(texts) - PASSAGES + 1, PASSAGES)]
    encode = load_encoder(model_folder())
    ways: dict[str, Embed] = {RIVAL: encode, **{name: one.embed for name, one in embedders.items()}}
    times, vectors = take_turns(ways, groups, say)
    rows = [row for name in ways for row in rate_rows(name, times[name])]
    rows += [ratio_row(name, times[name], times[RIVAL], FASTER if name == best else None) for name in embedders]
    rows += [row for name in embedders for row in likeness_rows(name, vectors[name], vectors[RIVAL], name == best)]
    precision = embedders[best].precision
    single = load_embedder(Settings(precision=precision, threads=1))
    pair: dict[str, Embed] = {best: embedders[best].embed, ALONE: single.embed}
    for place, busy in (("", 0), (", beside a busy process", 1), (", beside two", 2)):
        with busy_processes(busy):
            beside, _ = take_turns(pair, groups[: max(4, rounds // 2)], say)
        name = f"all threads by one{place}"
        rows.append(estimate(name, "", median_of_ratios, beside[best].rate, beside[ALONE].rate, at_least=BESIDE))
    return [*rows, question_row(embedders[best].embed_question, texts[: rounds * QUESTIONS])]


def measure_retrieval(data: Path, cache: Path, say: Say) -> list[Row]:
    """What bf16 changes of what is found: mean differences of the measures, and how often the ten first are alike."""
    from eval.bench.cases import library
    from eval.bench.contestants import DEPTH
    from eval.bench.data import RememberingEmbedder, read_newsqa, read_scifact
    from eval.bench.retrieval import ABSTRACTS, NEWS
    from eval.bench.tune import measure_abstracts, measure_news
    from qa.retrieve import retrieve

    rows = []
    news, abstracts = read_newsqa(data / "newsqa"), read_scifact(data / "scifact")
    for collection, names, measure in ((news, NEWS, measure_news), (abstracts, ABSTRACTS, measure_abstracts)):
        found = {}
        for precision in ("f32", "bf16"):
            say(f"searching with {precision}: {', '.join(names)}")
            settings = Settings(precision=precision)
            embedder = RememberingEmbedder(load_embedder(settings), cache / "vectors.npz")
            with library(collection, embedder, settings) as store:
                found[precision] = [
                    retrieve(one.text, store=store, embedder=embedder, settings=settings, revision=1, k=DEPTH)
                    for one in collection.questions
                ]
            embedder.save()
        pairs = list(zip(collection.questions, found["bf16"], found["f32"], strict=True))
        gains = np.array([np.subtract(measure(q, half), measure(q, full)) for q, half, full in pairs])
        rows += [estimate(f"{name}: bf16 less f32", "", mean, gains[:, i]) for i, name in enumerate(names)]
        alike = [[h.passage.id for h in half[:10]] == [h.passage.id for h in full[:10]] for _, half, full in pairs]
        rows.append(estimate(f"{names[0].split()[0]}: the same ten in the same order", "", mean, alike))
    return rows


def take_turns(
    ways: dict[str, Embed], groups: Sequence[list[str]], say: Say
) -> tuple[dict[str, Times], dict[str, Vectors]]:
    """The times of all ways on the groups, in another order in every round, and their vectors."""
    times = {name: Times() for name in ways}
    found: dict[str, list[Vectors]] = {name: [] for name in ways}
    for embed in ways.values():
        embed(groups[0][:4])
    for number, group in enumerate(groups):
        say(f"embedding, round {number + 1} of {len(groups)}: {', '.join(ways)}")
        for name in list(ways)[:: -1 if number % 2 else 1]:
            wall, cpu = perf_counter(), process_time()
            found[name].append(ways[name](group))
            times[name].rate.append(len(group) / (perf_counter() - wall))
            times[name].cpu.append(len(group) / (process_time() - cpu))
    return times, {name: np.concatenate(own) for name, own in found.items()}


def rate_rows(name: str, times: Times) -> list[Row]:
    return [
        estimate(f"{name}: passages", "1/s", median, times.rate),
        estimate(f"{name}: passages by processor", "1/s", median, times.cpu),
    ]


def ratio_row(name: str, times: Times, rival: Times, goal: float | None) -> Row:
    return estimate(f"{name} by {RIVAL}", "", median_of_ratios, times.rate, rival.rate, at_least=goal)


def likeness_rows(name: str, own: Vectors, rival: Vectors, goal: bool) -> list[Row]:
    """Cosines to the vectors of sentence-transformers."""
    cosines = np.sum(own.astype(np.float64) * rival, axis=1)
    return [
        estimate(f"{name}: cosine to {RIVAL}, mean", "", mean, cosines, at_least=ALIKE if goal else None),
        estimate(f"{name}: the same, least", "", lambda sample: float(np.min(sample)), cosines),
    ]


def question_row(embed_question: Callable[[str], Vectors], texts: Sequence[str]) -> Row:
    """Milliseconds of a question, which the first ten words of a passage stand for."""
    times = []
    for text in texts:
        question, started = " ".join(text.split()[:10]), perf_counter()
        embed_question(question)
        times.append(1000 * (perf_counter() - started))
    return estimate("a question", "ms", median, times)


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """So many processes that do nothing but work."""
    workers = [multiprocessing.get_context("spawn").Process(target=_work, daemon=True) for _ in range(count)]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.kill()
            worker.join()


def _work() -> None:
    while True:
        pass


def read_passages(data: Path | None, count: int, count_tokens: Callable[[Sequence[str]], list[int]]) -> list[str]:
    """So many passages of news, or made-up ones without the data."""
    passages: list[str] = []
    for article in _articles(data, count):
        passages += [one.text for one in split_passages(article, count_tokens=count_tokens, tokens=190)]
    return passages[:count]


def _articles(data: Path | None, count: int) -> Iterator[Article]:
    if data is not None:
        from eval.bench.data import read_newsqa

        yield from read_newsqa(data / "newsqa").articles.values()
        return
    with tempfile.TemporaryDirectory() as scratch:
        write_made_up(Path(scratch) / "made-up", count // 5)
        for path in sorted((Path(scratch) / "made-up").iterdir()):
            text = path.read_text(encoding="utf-8")
            yield Article(path.name, path.name, text, ((0, len(text)),))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command."""
    from eval.bench.__main__ import print_rows, say

    parser = argparse.ArgumentParser(prog="python -m eval.bench.embedding", description=__doc__)
    parser.add_argument("--data", type=Path, help="benchmark data; else texts are made up")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--retrieval", action="store_true", help="what bf16 changes of what is found")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "qa-retrieval", help="for vectors")
    options = parser.parse_args(arguments)
    if options.retrieval and options.data:
        print_rows(measure_retrieval(options.data, options.cache, say))
    elif options.retrieval:
        parser.error("--retrieval needs --data")
    else:
        print_rows(measure_embedding(options.data, options.rounds, say))
    return 0


if __name__ == "__main__":
    sys.exit(main())
