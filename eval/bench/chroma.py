"""Chroma alone, with several settings of its graph: what it can do, apart from all that stands around it.

python -m eval.bench.chroma --data DIR --cache DIR [--size N …] [--hnsw C,M,S …]: a table for each size and setting,
where C is ef_construction, M max_neighbors and S ef_search. Each collection is built in one process and asked in
another. The vectors and what filters ask for are those of eval/bench/recombine.py; questions with filters take turns
with questions without any.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from eval.bench.growth import anonymous_memory, resident_peak
from eval.bench.recombine import SHARES, Made, Sources, filters_of, load_sources, make_articles
from eval.bench.speed import (
    PROJECT,
    Row,
    Sample,
    Say,
    estimate,
    mean,
    median,
    percentile_95,
    spread,
)
from qa.models import Vectors, load_embedder
from qa.reader.examples import read_lines
from qa.settings import Settings
from qa.types import Filters

SIZES = (10_000, 100_000)
HNSW = ("100,16,100", "200,32,200")
QUESTIONS, FILTERED = 200, 60
K = 10  # nearest that recall counts
DEPTH = Settings().candidates  # nearest that a question asks for
BATCH = 5_000  # Chroma refuses more than 5,461 records a call


def load_questions(data: Path | None, sources: Sources, most: int) -> list[str]:
    """Distinct questions about the news reports, or sentences of the made-up articles."""
    if data is None:
        return spread([sentence for own in sources.sentences for sentence in own], most)
    records = read_lines(data / "newsqa" / "questions.jsonl.gz")
    return spread(list(dict.fromkeys(record["question"] for record in records)), most)


def find_exactly(questions: Vectors, vectors: Vectors, k: int) -> npt.NDArray[np.intp]:
    """For each question the places of the k nearest vectors, by comparing all."""
    found = np.empty((len(questions), k), dtype=np.intp)
    for number, question in enumerate(questions):
        cosines = vectors @ question
        nearest = np.argpartition(-cosines, k - 1)[:k]
        found[number] = nearest[np.argsort(-cosines[nearest], kind="stable")]
    return found


def recalls(found: Sequence[Sequence[int]], exact: Sequence[Sequence[int]]) -> list[float]:
    """For each question the share of the exact ones that were found.

    >>> recalls([[1, 2]], [[2, 3]])
    [0.5]
    """
    return [len(set(own) & set(wanted)) / len(wanted) for own, wanted in zip(found, exact, strict=True)]


# In the processes


def build(folder: Path, made: Iterator[Made], hnsw: Sequence[int]) -> dict[str, Any]:
    """Puts the passages into a new collection; what it took."""
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    construction, neighbors, search = hnsw
    client: Any = chromadb.PersistentClient(str(folder), settings=ChromaSettings(anonymized_telemetry=False))
    graph = {"space": "cosine", "ef_construction": construction, "max_neighbors": neighbors, "ef_search": search}
    collection = client.create_collection("passages", embedding_function=None, configuration={"hnsw": graph})
    count, seconds = 0, 0.0
    for batch in _batches(made):
        ids = [str(key) for key in range(count, count + sum(len(one.passages) for one in batch))]
        vectors = np.concatenate([one.vectors for one in batch])
        facts = [_facts(one) for one in batch for _ in one.passages]
        started = perf_counter()
        for at in range(0, len(ids), BATCH):
            part = slice(at, at + BATCH)
            collection.upsert(ids=ids[part], embeddings=vectors[part], metadatas=facts[part])
        seconds += perf_counter() - started
        count += len(ids)
    client.close()
    disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return {"count": count, "seconds": seconds, "disk": disk, "peak": resident_peak()}


def _batches(made: Iterator[Made]) -> Iterator[list[Made]]:
    batch: list[Made] = []
    for one in made:
        batch.append(one)
        if sum(len(item.passages) for item in batch) >= BATCH - 20:
            yield batch
            batch = []
    if batch:
        yield batch


def _facts(made: Made) -> dict[str, str | int]:
    published = made.published.toordinal() if made.published else 0
    publisher, language = made.publisher or "", made.language or ""
    return {"article": str(made.number), "publisher": publisher, "published": published, "language": language}


def ask(folder: Path, questions: Vectors, articles: int, shares: Sequence[float]) -> dict[str, Any]:
    """Opens the collection and puts the questions to it; times in milliseconds."""
    started = perf_counter()
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    imported = perf_counter()
    client = chromadb.PersistentClient(str(folder), settings=ChromaSettings(anonymized_telemetry=False))
    collection: Any = client.get_collection("passages", embedding_function=None)
    opened = perf_counter()

    def search(question: Vectors, k: int, where: dict[str, Any] | None = None) -> tuple[float, list[int]]:
        began = perf_counter()
        found = collection.query(query_embeddings=[question], n_results=k, where=where, include=["distances"])
        return 1000 * (perf_counter() - began), [int(id) for id in found["ids"][0]]

    search(questions[0], DEPTH)
    first = perf_counter()
    plain = [search(question, DEPTH) for question in questions]
    few = [search(question, K) for question in questions]
    memory = anonymous_memory()
    times: dict[str, list[float]] = {}
    ids = [str(number) for number in range(articles)]
    for share in shares:
        for kind, filters in filters_of(share, ids).items():
            name, where = f"{kind}, {share:.0%}", _where(filters)
            for question in questions[:FILTERED]:
                times.setdefault(name, []).append(search(question, DEPTH, where)[0])
                times.setdefault(f"{name}, plain", []).append(search(question, DEPTH)[0])
    return {
        "opened": opened - imported, "first": first - opened, "imported": imported - started,
        "times": [time for time, _ in plain], "times few": [time for time, _ in few],
        "found": [found for _, found in few], "deep": [found for _, found in plain],
        "memory": memory, "peak": resident_peak(), "filtered": times,
    }  # fmt: skip


def _where(filters: Filters) -> dict[str, Any]:
    sets = (("publisher", filters.publishers), ("language", filters.languages), ("article", filters.article_ids))
    for field, values in sets:
        if values:
            return {field: {"$in": list(values)}}
    first, last = filters.published_days
    return {"$and": [{"published": {"$gte": first or 1}}, {"published": {"$lte": last or date.max.toordinal()}}]}


# Rows


def rows_of(name: str, built: dict[str, Any], asked: dict[str, Any], exact: npt.NDArray[np.intp]) -> list[Row]:
    """The lines of the table for one collection."""
    count = built["count"]
    rows = [
        _one(f"{name}: upserts", "1/s", count / built["seconds"]),
        _one(f"{name}: disk a passage", "KB", built["disk"] / count / 1000),
        _one(f"{name}: peak memory, building", "MB", built["peak"]),
        _one(f"{name}: anonymous memory, asking", "MB", asked["memory"]),
        _one(f"{name}: opening", "s", asked["opened"]),
        _one(f"{name}: from there to the first answer", "s", asked["first"]),
        estimate(f"{name}: recall@{K}", "", mean, recalls(asked["found"], exact[:, :K].tolist()), at_least=0.98),
        estimate(f"{name}: recall@{DEPTH}", "", mean, recalls(asked["deep"], exact.tolist())),
        *_latencies(f"{name}: {K} nearest", asked["times few"]),
        *_latencies(f"{name}: {DEPTH} nearest", asked["times"]),
    ]
    filtered: dict[str, Sample] = asked["filtered"]
    for kind in (kind for kind in filtered if not kind.endswith(", plain")):
        own, plain = filtered[kind], filtered[f"{kind}, plain"]
        rows.append(estimate(f"{name}: filter by {kind}: 95th percentile", "ms", percentile_95, own))
        rows.append(
            estimate(f"{name}: filter by {kind}: by that without", "", ratio_of_percentiles, own, plain, at_most=2)
        )
    return rows


def ratio_of_percentiles(ours: Sample, theirs: Sample) -> float:
    return percentile_95(ours) / percentile_95(theirs)


def _one(name: str, unit: str, value: float) -> Row:
    return estimate(name, unit, mean, [value])


def _latencies(name: str, times: Sample) -> list[Row]:
    return [
        estimate(f"{name}: median", "ms", median, times),
        estimate(f"{name}: 95th percentile", "ms", percentile_95, times),
    ]


# The command


def measure_chroma(
    cache: Path,
    data: Path | None,
    say: Say,
    sizes: Sequence[int] = SIZES,
    graphs: Sequence[str] = HNSW,
    shares: Sequence[float] = SHARES,
) -> list[Row]:
    """Every size with every setting of the graph."""
    embedder = load_embedder(Settings.from_environment(precision="f32"))
    sources = load_sources(data, cache, embedder, say)
    questions = embedder.embed(load_questions(data, sources, QUESTIONS))
    np.save(cache / "questions.npy", questions)
    rows: list[Row] = []
    for size in sizes:
        made = list(make_articles(sources, 0, size))
        exact = find_exactly(questions, np.concatenate([one.vectors for one in made]), DEPTH)
        articles = len(made)
        del made
        for graph in graphs:
            name = f"chroma {graph}, {size} passages"
            say(f"{name}: building and asking")
            rows += rows_of(name, *_measure(cache, data, size, graph, articles, shares), exact)
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures each size with each setting; 0 measured, whatever the figures."""
    from eval.bench.__main__ import print_rows, row_values, say

    options = _parse(arguments)
    shares = options.share or SHARES
    rows = measure_chroma(options.cache, options.data, say, options.size or SIZES, options.hnsw or HNSW, shares)
    print_rows(rows)
    if options.out:
        options.out.write_text(json.dumps([row_values(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    return 0


def _measure(
    cache: Path, data: Path | None, size: int, graph: str, articles: int, shares: Sequence[float]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Builds and asks, each in a new process."""
    folder = cache / f"chroma-{size}-{graph.replace(',', '-')}"
    shutil.rmtree(folder, ignore_errors=True)
    built = _run(["build", str(folder), str(size), graph, str(cache), *([str(data)] if data else [])])
    asked = _run(["ask", str(folder), str(articles), str(cache), *map(str, shares)])
    shutil.rmtree(folder)
    return built, asked


def _run(arguments: Sequence[str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "eval.bench.chroma", *arguments]
    output = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, check=True).stdout
    result: dict[str, Any] = json.loads(output)
    return result


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.chroma", description=__doc__)
    parser.add_argument("--data", type=Path, metavar="DIR", help="benchmark data; without it texts are made up")
    parser.add_argument("--cache", type=Path, required=True, metavar="DIR", help="where vectors and collections lie")
    parser.add_argument("--size", type=int, action="append", metavar="N", help=f"passages; default: {SIZES}")
    parser.add_argument("--hnsw", action="append", metavar="C,M,S", help=f"settings of the graph; default: {HNSW}")
    parser.add_argument("--share", type=float, action="append", choices=SHARES, help="what filters let pass; all")
    parser.add_argument("--out", type=Path, metavar="FILE", help="store the rows there too")
    return parser.parse_args(arguments)


def _child(command: str, rest: Sequence[str]) -> dict[str, Any]:
    if command == "build":
        folder, size, hnsw, cache, *data = rest
        embedder = load_embedder(Settings.from_environment(precision="f32"))
        sources = load_sources(Path(data[0]) if data else None, Path(cache), embedder, lambda _: None)
        return build(Path(folder), make_articles(sources, 0, int(size)), [int(part) for part in hnsw.split(",")])
    folder, articles, cache, *shares = rest
    questions = np.load(Path(cache) / "questions.npy")
    return ask(Path(folder), questions, int(articles), [float(share) for share in shares])


if __name__ == "__main__":
    if sys.argv[1:2] in (["build"], ["ask"]):
        print(json.dumps(_child(sys.argv[1], sys.argv[2:])))
    else:
        sys.exit(main())
