"""How fast articles go in, how little an unchanged folder costs, and what memory adding takes.

python -m eval.bench.ingestion --data DIR [--part rate]: one part alone, in a table. As in eval/bench/speed.py the two
sides of a comparison take turns within one run, and the ratio is what counts.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

from eval.bench.growth import FreeEmbedder, measure_growth
from eval.bench.speed import SEEDS, Row, Say, estimate, median, median_of_ratios, ratio_of_medians, run_process, time_of
from qa.containers import Member
from qa.files import read_bytes
from qa.isolated import IsolatedReading
from qa.library import Library
from qa.models import Embedder, Vectors, load_embedder
from qa.passages import split_passages
from qa.reader.examples import read_lines
from qa.settings import Settings
from qa.types import Article

ROUND = 18  # articles of a round: about two hundred passages
SHORT = 10_000  # articles of the folder that is added again
AGAIN = 5  # times
RATE, UNCHANGED, READING = 0.85, 0.02, 20.0  # the goals

WORDS = (
    "harbour council bridge ferry storm engine village museum winter paper market school river doctor farmer".split()
)


class TimedEmbedder:
    """An embedder that adds up how long it embeds, and how many texts."""

    def __init__(self, embedder: Embedder) -> None:
        self.name, self.digest, self.precision = embedder.name, embedder.digest, embedder.precision
        self.dimensions, self.key = embedder.dimensions, embedder.key
        self.embed_question, self.count_tokens = embedder.embed_question, embedder.count_tokens
        self._embedder = embedder
        self.seconds, self.texts = 0.0, 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        started = perf_counter()
        vectors = self._embedder.embed(texts)
        self.seconds += perf_counter() - started
        self.texts += len(texts)
        return vectors


# Against the bare embedder


def measure_rate(folder: Path, data: Path, rounds: int, say: Say) -> list[Row]:
    """Passages a second of `Library.add`, from file to published, against the embedder alone on the same texts."""
    embedder = TimedEmbedder(load_embedder(Settings.from_environment()))
    groups = list(write_articles(data, folder / "mixed", rounds))
    texts = list(_new_texts(groups, embedder))
    ours, bare, shares = [], [], []
    with Library.open(folder / "rate", load=lambda _: embedder) as library:
        library.add(SEEDS)
        for number, (group, own) in enumerate(zip(groups, texts, strict=True)):
            say(f"adding, round {number + 1} of {rounds}: {len(own)} passages")
            if number % 2:
                bare.append(len(own) / time_of(embedder.embed, own))
            before, count = embedder.seconds, embedder.texts
            seconds = time_of(library.add, group)
            if embedder.texts - count != len(own):
                raise RuntimeError(f"round {number + 1} embedded {embedder.texts - count} texts, not {len(own)}")
            ours.append(len(own) / seconds)
            shares.append((embedder.seconds - before) / seconds)
            if not number % 2:
                bare.append(len(own) / time_of(embedder.embed, own))
    return [
        estimate("ingestion: qa, from file to published", "passages/s", median, ours),
        estimate("ingestion: the same embedder alone", "passages/s", median, bare),
        estimate("ingestion: ratio, median of the rounds", "", median_of_ratios, ours, bare, at_least=RATE),
        estimate("ingestion: share of its time that is embedding", "", median, shares),
    ]


def write_articles(data: Path, folder: Path, rounds: int) -> Iterator[list[Path]]:
    """Scraped pages and news reports as text files, mixed alike in every round."""
    folder.mkdir(parents=True)
    scraped = list(read_lines(data / "scraped" / "raw_articles.jsonl.gz"))
    news = list(read_lines(data / "newsqa" / "articles.jsonl.gz"))
    records = [record for pair in zip(scraped, news, strict=False) for record in pair]
    random.Random(7).shuffle(records)
    for start in range(0, rounds * ROUND, ROUND):
        paths = [folder / f"{start + number:05}.txt" for number in range(ROUND)]
        for path, record in zip(paths, records[start : start + ROUND], strict=True):
            path.write_text(record["text"], encoding="utf-8")
        yield paths


def _new_texts(groups: Sequence[Sequence[Path]], embedder: Embedder) -> Iterator[list[str]]:
    """The texts that each group adds to those before, in the order in which they are embedded."""
    seen: set[str] = set()
    with IsolatedReading(Settings()) as reading:
        for group in groups:
            articles = [_read(path, reading) for path in group]
            own = [text for article in articles for text in _split(article, embedder)]
            yield [text for text in dict.fromkeys(own) if text not in seen]
            seen.update(own)


def _read(path: Path, reading: IsolatedReading) -> Article:
    return reading.article(Member(str(path), path.suffix, read_bytes(path, Settings())))[0]


def _split(article: Article, embedder: Embedder) -> list[str]:
    tokens = Settings().passage_tokens
    return [passage.text for passage in split_passages(article, count_tokens=embedder.count_tokens, tokens=tokens)]


# Reading


def measure_reading(folder: Path, data: Path, rounds: int, say: Say) -> list[Row]:
    """How much longer embedding takes than reading and cleaning the same articles, text and HTML."""
    embedder = load_embedder(Settings.from_environment())
    texts = list(write_articles(data, folder / "texts", rounds))
    pages = list(write_pages(data, folder / "pages", rounds))
    rows = []
    with IsolatedReading(Settings()) as reading:
        for name, groups in (("text", texts), ("HTML", pages)):
            _read(groups[0][0], reading)  # starts the process that reads
            times = [
                _time_reading(group, reading, embedder, f"{name}, round {n + 1}", say) for n, group in enumerate(groups)
            ]
            read, split, embedded = zip(*times, strict=True)
            rows += [
                estimate(
                    f"reading {name}: embedding takes times as long",
                    "",
                    median_of_ratios,
                    embedded,
                    read,
                    at_least=READING,
                ),
                estimate(f"splitting {name}: embedding takes times as long", "", median_of_ratios, embedded, split),
            ]
    return rows


def _time_reading(
    group: Sequence[Path], reading: IsolatedReading, embedder: Embedder, name: str, say: Say
) -> tuple[float, float, float]:
    """Seconds for reading and cleaning, for splitting, and for embedding."""
    say(f"reading {name}")
    started = perf_counter()
    articles = [_read(path, reading) for path in group]
    read = perf_counter()
    texts = [text for article in articles for text in _split(article, embedder)]
    split = perf_counter()
    embedder.embed(texts)
    return read - started, split - read, perf_counter() - split


def write_pages(data: Path, folder: Path, rounds: int) -> Iterator[list[Path]]:
    """Saved pages as files, in a group for each round."""
    import gzip

    folder.mkdir(parents=True)
    pages = sorted((data / "pages" / "html").glob("*.html.gz"))
    for start in range(rounds):
        paths = []
        for page in pages[start::rounds]:
            paths.append(folder / page.name.removesuffix(".gz"))
            paths[-1].write_bytes(gzip.decompress(page.read_bytes()))
        yield paths


# An unchanged folder


def measure_unchanged(folder: Path, say: Say) -> list[Row]:
    """`qa add` of a folder that is in the library already, in new processes, against the first time."""
    articles = folder / "short"
    write_short(articles, SHORT)
    command = ["-m", "qa", "add", "--library", str(folder / "unchanged"), str(articles)]
    say(f"adding {SHORT} articles for the first time")
    first = run_process(command).wall
    again = []
    for number in range(AGAIN):
        say(f"adding them again, {number + 1} of {AGAIN}")
        again.append(run_process(command).wall)
    free_first, free_again = _add_free(articles, folder / "free", say)
    return [
        estimate(f"{SHORT} articles: first time", "s", median, [first]),
        estimate(f"{SHORT} articles: again, new process", "s", median, again),
        estimate(f"{SHORT} articles: again / first", "", ratio_of_medians, again, [first] * AGAIN, at_most=UNCHANGED),
        estimate(f"{SHORT} articles: first time with a model that costs nothing", "s", median, [free_first]),
        estimate(f"{SHORT} articles: again, same process", "s", median, free_again),
        estimate(
            f"{SHORT} articles: again / first, model free", "", ratio_of_medians, free_again, [free_first] * AGAIN
        ),
    ]


def _add_free(articles: Path, library: Path, say: Say) -> tuple[float, list[float]]:
    say("the same with a model that costs nothing")
    with Library.open(library, settings=Settings(), load=lambda _: FreeEmbedder()) as opened:
        return time_of(opened.add, articles), [time_of(opened.add, articles) for _ in range(AGAIN)]


def write_short(folder: Path, count: int) -> None:
    """Distinct articles of one passage each."""
    folder.mkdir(parents=True)
    chance = random.Random(7)
    for number in range(count):
        first, *rest = chance.choices(WORDS, k=9)
        text = f"The {first} of ward {number} was closed by the {rest[0]} until the {rest[1]} is repaired, they said. "
        text += f"A {rest[2]} and a {rest[3]} were taken to the {rest[4]} near the {rest[5]}. "
        text += f"Nobody had asked the {rest[6]} about the {rest[7]} before."
        (folder / f"{number:05}.txt").write_text(text, encoding="utf-8")


# The command

ALONE = {"unchanged": measure_unchanged, "growth": measure_growth}  # in processes of their own
WITH_DATA = {"rate": measure_rate, "reading": measure_reading}


def measure_alone(folder: Path, say: Say) -> list[Row]:
    """What needs no data; first, since a process's memory is measured right only while this one is small."""
    return [row for measure in ALONE.values() for row in measure(folder, say)]


def measure_with_data(folder: Path, data: Path, rounds: int, say: Say) -> list[Row]:
    """What is measured on the articles of the benchmark data."""
    return [row for measure in WITH_DATA.values() for row in measure(folder, data, rounds, say)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures some parts, or all; 0 measured, whatever the figures, 2 usage."""
    from eval.bench.__main__ import print_rows, say

    parser = argparse.ArgumentParser(prog="python -m eval.bench.ingestion", description=__doc__)
    parser.add_argument("--data", type=Path, metavar="DIR", help="benchmark data; rate and reading need it")
    parser.add_argument("--part", choices=[*ALONE, *WITH_DATA], action="append", help="may be repeated; default: all")
    parser.add_argument("--rounds", type=int, default=10, metavar="N", help="rounds of rate and reading; default: 10")
    options = parser.parse_args(arguments)
    parts = options.part or [*ALONE, *WITH_DATA]
    if options.data is None and not WITH_DATA.keys().isdisjoint(parts):
        parser.error("give the folder of the benchmark data with --data, or --part " + " or ".join(ALONE))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for part in parts:
            print_rows(
                ALONE[part](folder, say)
                if part in ALONE
                else WITH_DATA[part](folder, options.data, options.rounds, say)
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
