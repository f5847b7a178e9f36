"""How many articles a Ray cluster's workers prepare, and what the command that publishes them takes of its own.

python -m eval.bench.cluster [--data DIR] [--workers N …] [--postgres URL]: adds the same articles without a cluster and
with clusters of so many workers, one core each, that it starts on this machine, into a new library each time, in a
folder or on an empty database or schema of PostgreSQL. Wall-clock time tells little on a machine that does other work;
the processor time of both sides tells from how many workers on the one process that publishes is what all wait for.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter, process_time, thread_time, time
from typing import Any
from unittest.mock import patch

from eval.bench.growth import FreeEmbedder, write_made_up
from eval.bench.ingestion import write_articles
from eval.bench.speed import Row, Say, mean
from qa.databases import parse_url
from qa.duplicates import CopyFinder
from qa.embeddings import Embeddings
from qa.ledger import Ledger
from qa.lexical import LexicalIndex
from qa.library import Library
from qa.models import Embedder, Vectors, load_embedder
from qa.settings import Settings
from qa.types import Ingested
from qa.vectors import VectorIndex

ROUNDS = 5  # of 18 articles
MEMORY = 500_000_000  # of a node, for what is on its way
WORKERS = (1, 2)

# What the publishing process does of its own; none of these calls another one of them.
PARTS: dict[str, list[tuple[type, str]]] = {
    "finding copies": [(CopyFinder, "label")],
    "vectors into the ledger": [(Embeddings, "missing"), (Embeddings, "put")],
    "rows into the ledger": [(Ledger, name) for name in ("versions_of", "write", "append", "publish")],
    "index of words": [(LexicalIndex, "update")],
    "index of vectors": [(VectorIndex, "update")],
}


class CountingEmbedder:
    """The model that the settings name; leaves in a folder what its process has taken since it was ready."""

    def __init__(self, folder: Path, settings: Settings, load: Callable[[Settings], Embedder] = load_embedder) -> None:
        self._embedder = load(settings)
        self.name, self.digest, self.precision = self._embedder.name, self._embedder.digest, self._embedder.precision
        self.dimensions, self.key = self._embedder.dimensions, self._embedder.key
        self.embed_question, self.count_tokens = self._embedder.embed_question, self._embedder.count_tokens
        self._file, self._texts = folder / str(os.getpid()), 0
        self._since, self._had = time(), process_time()

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = self._embedder.embed(texts)
        self._texts += len(texts)
        counted = (self._texts, self._since, time(), process_time() - self._had)
        self._file.write_text(json.dumps(counted), encoding="ascii")
        return vectors


def _free(settings: Settings) -> Embedder:
    return FreeEmbedder()


@dataclass(frozen=True, slots=True)
class Added:
    """One way of adding: seconds of wall-clock and of processors, for so many passages."""

    articles: int
    passages: int
    texts: int  # that were embedded, by workers or here
    seconds: float  # from the first model that was ready to the last text that was embedded
    preparing: list[float]  # processor seconds of each worker
    later: int  # passages that were published after the first batch
    publishing: float  # processor seconds of this process for these
    waited: dict[str, float]  # part -> seconds
    used: dict[str, float]  # part -> processor seconds of the thread
    disk: dict[str, int]  # part -> bytes


def add_all(folder: Path, articles: Sequence[Path], place: str, ray: str | None, free: bool) -> Added:
    """Adds the articles to the new library at that place."""
    counts = folder / "counts"
    counts.mkdir()
    told: list[tuple[float, float, Ingested]] = []
    settings = Settings.from_environment(threads=1, copies=str(folder / "copies"))
    load = partial(CountingEmbedder, counts, load=_free if free else load_embedder)
    with Library.open(place, settings=settings, load=load) as library:
        library._model.to_add_with()  # loaded before the clock starts
        with timed_parts() as (waited, used):
            library.add(articles, ray=ray, tell=lambda entry: told.append((perf_counter(), process_time(), entry)))
    (first, had, _), (_, has, _) = told[0], told[-1]
    counted = {file.name: json.loads(file.read_text(encoding="ascii")) for file in counts.iterdir()}
    counted = {name: row for name, row in counted.items() if ray is None or name != str(os.getpid())}
    return Added(
        len(told),
        sum(entry.passages for *_, entry in told),
        sum(texts for texts, *_ in counted.values()),
        max(ended for *_, ended, _ in counted.values()) - min(since for _, since, *_ in counted.values()),
        [used for *_, used in counted.values()] if ray else [],
        sum(entry.passages for moment, _, entry in told if moment - first > 0.1),  # a batch is told at once
        has - had,
        waited,
        used,
        {**_disk_of_copies(folder), **(_disk_of_tables(place) if parse_url(place) else {})},
    )


def _disk_of_copies(folder: Path) -> dict[str, int]:
    """Bytes of the folders of the library or of this machine's copy of its indexes, by their parts."""
    parts: Counter[str] = Counter()
    for path in (path for path in [*folder.glob("library/*"), *folder.glob("copies/*/*")]):
        files = path.rglob("*") if path.is_dir() else [path]
        parts[path.name.partition("-")[0].partition(".")[0]] += sum(file.stat().st_size for file in files)
    return dict(parts)


def _disk_of_tables(place: str) -> dict[str, int]:
    """Bytes of the tables of that schema on PostgreSQL, with their indexes."""
    import psycopg

    with psycopg.connect(place) as connection:
        query = "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' "
        rows = connection.execute(query + "AND relnamespace = current_schema()::regnamespace").fetchall()
    return {f"table {name}": int(size) for name, size in rows if size > 100_000}


@contextmanager
def timed_parts() -> Iterator[tuple[dict[str, float], dict[str, float]]]:
    """Adds up how long each of PARTS takes this thread meanwhile, and how much of a processor."""
    waited: dict[str, float] = dict.fromkeys(PARTS, 0)
    used: dict[str, float] = dict.fromkeys(PARTS, 0)

    def timed(part: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            began, had = perf_counter(), thread_time()
            try:
                return original(*arguments, **options)
            finally:
                waited[part] += perf_counter() - began
                used[part] += thread_time() - had

        return call

    patches = [
        patch.object(owner, name, timed(part, getattr(owner, name)))
        for part, own in PARTS.items()
        for owner, name in own
    ]
    for one in patches:
        one.start()
    try:
        yield waited, used
    finally:
        for one in patches:
            one.stop()


@contextmanager
def running_cluster(workers: int) -> Iterator[str]:
    """The address of a cluster of so many nodes on this machine, a core each."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    node: dict[str, Any] = {"num_cpus": 1, "object_store_memory": MEMORY}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    try:
        for _ in range(workers - 1):
            cluster.add_node(**node)
        yield cluster.address
    finally:
        cluster.shutdown()  # type: ignore[no-untyped-call]


def measure_cluster(
    folder: Path, articles: Sequence[Path], workers: Sequence[int], postgres: str | None, say: Say, free: bool = False
) -> list[Row]:
    """What each way of adding takes; 0 workers is without a cluster. `free`: the model costs nothing."""
    rows = []
    for number in (0,) if free else (0, *workers):
        say(f"adding {len(articles)} articles, {number} workers")
        own = folder / f"{number}"
        own.mkdir()
        with running_cluster(number) if number else nullcontext() as address, _place(own, postgres) as place:
            rows += added_rows(
                f"{number} workers" if number else "no cluster", add_all(own, articles, place, address, free)
            )
    return rows


@contextmanager
def _place(folder: Path, postgres: str | None) -> Iterator[str]:
    """A place for a new library: a folder, or a schema of its own on that database."""
    if postgres is None:
        yield str(folder / "library")
        return
    import psycopg

    name = f"bench_{os.getpid()}_{folder.name}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{name}"')
        try:
            yield f"{postgres}{'&' if '?' in postgres else '?'}options=-csearch_path%3D{name}"
        finally:
            connection.execute(f'DROP SCHEMA "{name}" CASCADE')


def added_rows(way: str, added: Added) -> list[Row]:
    """The figures of one way; milliseconds are of processors unless they say otherwise, for a passage each."""
    rate = added.texts / added.seconds
    preparing, publishing = sum(added.preparing) / added.texts, added.publishing / added.later
    rest = publishing - sum(added.used.values()) / added.passages
    figures = [
        ("articles a second", rate * added.articles / added.passages, "/s"),
        ("passages a second", rate, "/s"),
        ("a worker", 1000 * preparing, "ms"),
        ("this process", 1000 * publishing, "ms"),
        *((f"  of it {part}", 1000 * seconds / added.passages, "ms") for part, seconds in added.used.items()),
        ("  of it all else", 1000 * rest, "ms"),
        *((f"  waited for {part}", 1000 * seconds / added.passages, "ms") for part, seconds in added.waited.items()),
    ]
    figures += [(f"disk, {part}", size / added.passages / 1000, "KB") for part, size in added.disk.items()]
    if added.preparing:
        figures.append(("the busiest worker, all passages", max(added.preparing), "s"))
        figures.append(("workers that keep this process busy", preparing / publishing, ""))
    return [_row(f"{way}: {name}", value, unit, added.passages) for name, value, unit in figures]


def _row(name: str, value: float, unit: str, n: int) -> Row:
    return Row(name, mean([value]), unit, n, value, value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures all ways; 0 measured, whatever the figures, 2 usage."""
    from eval.bench.__main__ import print_rows, say

    parser = argparse.ArgumentParser(prog="python -m eval.bench.cluster", description=__doc__)
    parser.add_argument("--data", type=Path, metavar="DIR", help="benchmark data; without it texts are made up")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help="of 18 articles; default: 5")
    parser.add_argument(
        "--workers", type=int, action="append", metavar="N", help=f"may be repeated; default: {WORKERS}"
    )
    parser.add_argument("--postgres", metavar="URL", help="instead of folders; schemas of its own are made and dropped")
    parser.add_argument("--free", action="store_true", help="no cluster and a model that costs nothing: all the rest")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if options.data:
            articles = [path for group in write_articles(options.data, folder / "a", options.rounds) for path in group]
        else:
            write_made_up(folder / "a", options.rounds * 18)
            articles = sorted((folder / "a").iterdir())
        print_rows(measure_cluster(folder, articles, options.workers or WORKERS, options.postgres, say, options.free))
    return 0


if __name__ == "__main__":
    sys.exit(main())
