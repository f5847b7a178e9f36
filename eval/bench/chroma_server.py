"""Vectors on a Chroma server beside the scan of a folder: how many of the nearest are found, and how long it takes.

python -m eval.bench.chroma_server --cache DIR [--data DIR] [--size N] [--questions N]: a server is started on loopback
with its data in the cache, and stopped; one that runs is used instead where QA_CHROMA_URL names it. The vectors, the
questions and what filters ask for are those of eval.bench.chroma. What is right is told by comparing all; the two take
turns.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt

from eval.bench.chroma import load_questions, recalls
from eval.bench.recombine import SHARES, Made, filters_of, load_sources, make_articles
from eval.bench.speed import Row, Say, estimate, mean, median, percentile_95
from qa.errors import VectorsDown
from qa.models import Vectors, load_embedder
from qa.rows import IndexRow
from qa.server_vectors import ServerVectors
from qa.settings import Settings
from qa.types import Filters
from qa.vectors import VectorIndex

COLLECTION = "qa-bench"
SIZE, QUESTIONS = 20_000, 100
SHALLOW, DEPTH = 10, Settings().candidates  # nearest that recall counts; the deeper is what a question asks for
AT_ONCE = 5_000  # passages a run
PATIENCE = 30  # seconds for a server to start


@dataclass(frozen=True, slots=True)
class Passages:
    """Rows and vectors of made articles, row by row."""

    rows: tuple[IndexRow, ...]
    vectors: Vectors

    @classmethod
    def of(cls, made: Sequence[Made]) -> Passages:
        facts = [one for one in made for _ in one.passages]
        return cls(tuple(map(_row, range(len(facts)), facts)), np.concatenate([one.vectors for one in made]))

    def nearest(self, question: Vectors, filters: Filters | None) -> list[int]:
        """The keys of the DEPTH nearest that pass, by comparing all."""
        keys = np.arange(len(self.rows)) if filters is None else self._passing(filters)
        cosines = self.vectors[keys] @ question
        best: list[int] = keys[np.lexsort((keys, -cosines))[:DEPTH]].tolist()
        return best

    def _passing(self, filters: Filters) -> npt.NDArray[np.intp]:
        return np.array([row.key for row in self.rows if passes(row, filters)], dtype=np.intp)


def passes(row: IndexRow, filters: Filters) -> bool:
    """Whether the filters let the row pass, told row by row."""
    sets = (
        (filters.publishers, row.publisher),
        (filters.languages, row.language),
        (filters.article_ids, row.article_id),
    )
    if any(wanted and value not in wanted for wanted, value in sets):
        return False
    first, last = filters.published_days
    if first is None and last is None:
        return True
    if row.published == 0:
        return filters.include_undated
    return (first is None or row.published >= first) and (last is None or row.published <= last)


def _row(key: int, made: Made) -> IndexRow:
    published = made.published.toordinal() if made.published else 0
    return IndexRow(key, str(made.number), "", str(key), "", made.publisher or "", published, made.language or "")


def measure_chroma_server(
    settings: Settings,
    folder: Path,
    passages: Passages,
    questions: Vectors,
    say: Say,
    shares: Sequence[float] = SHARES,
) -> list[Row]:
    """Fills both with the passages, and asks both all questions, without and with every filter."""
    scan, server = VectorIndex.create(folder / "scan"), ServerVectors.create(settings, COLLECTION)
    with closing(scan), closing(server):
        say("filling both")
        seconds = {name: _fill(index, passages) for name, index in (("folder", scan), ("server", server))}
        rows = [estimate(f"{name}: put in", "1/s", mean, [len(passages.rows) / took]) for name, took in seconds.items()]
        ids = list(dict.fromkeys(row.article_id for row in passages.rows))
        kinds: dict[str, Filters | None] = {"no filter": None}
        for share in shares:
            kinds |= {f"{kind}, {share:.0%}": filters for kind, filters in filters_of(share, ids).items()}
        for kind, filters in kinds.items():
            say(f"asking with {kind}")
            rows += _compare(kind, filters, scan, server, passages, questions)
    ServerVectors.delete(settings, COLLECTION)
    return rows


def _fill(index: VectorIndex | ServerVectors, passages: Passages) -> float:
    parts = [slice(at, at + AT_ONCE) for at in range(0, len(passages.rows), AT_ONCE)]
    started = perf_counter()
    index.update(((passages.rows[part], passages.vectors[part]) for part in parts), (), 1, "bench")
    return perf_counter() - started


def _compare(
    kind: str,
    filters: Filters | None,
    scan: VectorIndex,
    server: ServerVectors,
    passages: Passages,
    questions: Vectors,
) -> list[Row]:
    times: dict[str, list[float]] = {"folder": [], "server": []}
    found: dict[str, list[list[int]]] = {"folder": [], "server": []}
    for question in (questions[0], *questions):  # the first one twice: it warms up
        for name, index in (("folder", scan), ("server", server)):
            started = perf_counter()
            pairs = index.search(question, DEPTH, filters)
            times[name].append(1000 * (perf_counter() - started))
            found[name].append([key for key, _ in pairs])
    exact = [passages.nearest(question, filters) for question in questions]
    rows = []
    for name in found:
        own = found[name][1:]
        shallow = recalls(own, [keys[:SHALLOW] for keys in exact])
        short = [len(keys) < len(wanted) for keys, wanted in zip(own, exact, strict=True)]
        rows += [
            estimate(f"{kind}: {name}: recall@{SHALLOW}", "", mean, shallow),
            estimate(f"{kind}: {name}: recall@{DEPTH}", "", mean, recalls(own, exact)),
            estimate(f"{kind}: {name}: fewer than there are", "", mean, short),
            estimate(f"{kind}: {name}: median", "ms", median, times[name][1:]),
            estimate(f"{kind}: {name}: 95th percentile", "ms", percentile_95, times[name][1:]),
        ]
    return rows


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a Chroma server of our own, with its data in that folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(folder), "--port", str(port)]
    process = subprocess.Popen([*command, "--host", "127.0.0.1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _wait(url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            ServerVectors.names(Settings(chroma_url=url), COLLECTION)
            return
        except VectorsDown:
            if time.monotonic() > deadline:
                raise


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints; 0 measured, whatever the figures."""
    from eval.bench.__main__ import print_rows, row_values, say

    options = _parse(arguments)
    settings, data, folder = Settings.from_environment(), options.data, options.cache / "chroma-server"
    shutil.rmtree(folder, ignore_errors=True)
    embedder = load_embedder(replace(settings, precision="f32"))
    sources = load_sources(data, options.cache, embedder, say)
    questions = embedder.embed(load_questions(data, sources, options.questions))
    passages = Passages.of(list(make_articles(sources, 0, options.size)))
    if settings.chroma_url:
        rows = measure_chroma_server(settings, folder, passages, questions, say)
    else:
        with serving(folder / "data") as url:
            rows = measure_chroma_server(replace(settings, chroma_url=url), folder, passages, questions, say)
    shutil.rmtree(folder)
    print_rows(rows)
    if options.out:
        options.out.write_text(json.dumps([row_values(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.chroma_server", description=__doc__)
    parser.add_argument("--data", type=Path, metavar="DIR", help="benchmark data; without it texts are made up")
    parser.add_argument("--cache", type=Path, required=True, metavar="DIR", help="where vectors and collections lie")
    parser.add_argument("--size", type=int, default=SIZE, metavar="N", help=f"passages; default: {SIZE}")
    parser.add_argument("--questions", type=int, default=QUESTIONS, metavar="N", help=f"default: {QUESTIONS}")
    parser.add_argument("--out", type=Path, metavar="FILE", help="store the rows there too")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
