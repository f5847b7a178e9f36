"""What libraries of 10,000, 100,000 and a million passages cost: disk, memory, start, questions, filters, recall.

python -m eval.bench.scale --cache DIR [--data DIR] [--size N …]: builds the libraries that DIR doesn't hold yet
(eval/bench/libraries.py; a million passages take an hour) and measures all. Every round puts the same questions to each
size in turn, each in a new process whose files the system has in memory, so that what else the machine does meets all
sizes; questions with filters take turns with questions without any. Recall compares the index of vectors with all
vectors of the ledger.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from eval.bench.chroma import K, find_exactly, load_questions, ratio_of_percentiles, recalls
from eval.bench.growth import anonymous_memory, resident_peak
from eval.bench.libraries import Pace, build_library, disk_parts, library_folder
from eval.bench.recombine import SHARES, filters_of, load_sources
from eval.bench.speed import PROJECT, Row, Say, estimate, mean, median, percentile_95
from qa.files import LEDGER
from qa.models import Vectors, load_embedder
from qa.settings import Settings

SIZES = (10_000, 100_000, 1_000_000)
QUESTIONS, ROUNDS, FILTERED = 200, 2, 60
AT_ONCE = 50_000  # vectors compared at once
# The goals
RECALL, LATENCY, SLOWER, FILTER, FILTER_SIZE = 0.98, 60.0, 3.0, 2.0, 100_000
DISK, OPENING, MEMORY = 4.0, 2.0, 3000.0  # kilobytes a passage, seconds, megabytes


@dataclass(frozen=True, slots=True)
class Asked:
    """What one process took: seconds to open and to the first passages, megabytes, milliseconds a question."""

    opened: float
    first: float
    anonymous: float
    peak: float
    asks: list[float]
    searches: list[float]


# In a process of its own


def ask_library(folder: Path, questions: Sequence[str]) -> Asked:
    """Opens the library, asks all the questions and searches for them; memory is that after asking."""
    from qa.library import Library

    started = perf_counter()
    with Library.open(folder, settings=Settings.from_environment(), create=False) as library:
        opened = perf_counter()
        library.search(questions[0], rerank=False)
        first = perf_counter()
        asks = [_time(lambda: library.ask(question)) for question in questions]  # noqa: B023 - called at once
        anonymous, peak = anonymous_memory(), resident_peak()
        searches = [_time(lambda: library.search(question, rerank=False)) for question in questions]  # noqa: B023
    return Asked(opened - started, first - started, anonymous, peak, asks, searches)


def filter_library(folder: Path, questions: Sequence[str]) -> dict[str, list[float]]:
    """Milliseconds of searches with each filter, and of those without one that they took turns with."""
    from qa.library import Library

    times: dict[str, list[float]] = {}
    with Library.open(folder, settings=Settings.from_environment(), create=False) as library:
        ledger = library._store.ledger
        ids = sorted(ledger.sources(ledger.revision()).values())
        for question in questions[:10]:
            library.search(question, rerank=False)
        for share in SHARES:
            for kind, filters in filters_of(share, ids).items():
                own = times.setdefault(f"{kind}, {share:.0%}", [])
                plain = times.setdefault(f"{kind}, {share:.0%}, plain", [])
                for question in questions:
                    own.append(_time(lambda: library.search(question, filters=filters, rerank=False)))  # noqa: B023
                    plain.append(_time(lambda: library.search(question, rerank=False)))  # noqa: B023
    return times


def find_nearest(folder: Path, vectors: Vectors) -> list[list[int]]:
    """For each question the passages that the index of vectors gives as the nearest."""
    from qa.store import Store

    store = Store.open(folder, create=False)
    found = [[key for key, _ in store.vectors.search(vector, K)] for vector in vectors]
    store.close()
    return found


def _time(action: Any) -> float:
    started = perf_counter()
    action()
    return 1000 * (perf_counter() - started)


# Exactly


def nearest_of_ledger(folder: Path, questions: Vectors, model: str) -> list[list[int]]:
    """For each question the passages whose vectors in the ledger are nearest, by comparing all."""
    best_keys = np.empty((len(questions), 0), dtype=np.int64)
    best = np.empty((len(questions), 0), dtype=np.float32)
    for keys, vectors in _read_vectors(folder, model):
        k = min(K, len(keys))
        places = find_exactly(questions, vectors, k)
        best = np.hstack([best, np.einsum("qd,qkd->qk", questions, vectors[places])])
        best_keys = np.hstack([best_keys, keys[places]])
        order = np.argsort(-best, axis=1, kind="stable")[:, :K]
        best, best_keys = np.take_along_axis(best, order, 1), np.take_along_axis(best_keys, order, 1)
    nearest: list[list[int]] = best_keys.tolist()
    return nearest


def _read_vectors(folder: Path, model: str) -> Iterable[tuple[Any, Vectors]]:
    query = (
        "SELECT passages.key, vector FROM passages JOIN embeddings USING (text_sha256) "
        "JOIN models ON models.id = model_id WHERE models.name = ? AND died IS NULL"
    )
    connection = sqlite3.connect(folder / LEDGER)
    try:
        rows = connection.execute(query, (model,))
        while run := rows.fetchmany(AT_ONCE):
            vectors = np.frombuffer(b"".join(vector for _, vector in run), dtype="<f2").reshape(len(run), -1)
            full = vectors.astype(np.float32)
            yield np.array([key for key, _ in run]), full / np.linalg.norm(full, axis=1, keepdims=True)
    finally:
        connection.close()


# Rows


def cost_rows(folder: Path, size: int, paces: Sequence[Pace]) -> list[Row]:
    """Ingest rate, and disk in all and by part."""
    connection = sqlite3.connect(folder / LEDGER)
    texts = _total(connection, "SELECT SUM(LENGTH(CAST(text AS BLOB))) FROM articles")
    originals = _total(connection, "SELECT SUM(LENGTH(data)) FROM blobs")
    count = _total(connection, "SELECT COUNT(*) FROM passages WHERE died IS NULL")
    connection.close()
    return disk_rows(size, count, disk_parts(folder), texts, originals) + pace_rows(size, paces)


def disk_rows(size: int, count: int, parts: dict[str, int], texts: int, originals: int) -> list[Row]:
    """Kilobytes a passage; what texts and originals take is no part of the ledger's own."""
    own = {**parts, "ledger": parts["ledger"] - texts - originals}
    named = {"text": texts, "originals, compressed": originals, **{f"{name}, own": own[name] for name in own}}
    return [
        _one(size, "passages", "", count),
        _one(size, "disk beside text and originals", "KB a passage", sum(own.values()) / count / 1000, at_most=DISK),
        *(_one(size, f"disk, {name}", "KB a passage", value / count / 1000) for name, value in named.items()),
    ]


def pace_rows(size: int, paces: Sequence[Pace]) -> list[Row]:
    """Passages a second: of all but embedding, and of publishing alone as the library grew."""
    rates = [(pace.passages - pace.before) / pace.seconds for pace in paces]
    return [
        _one(size, "adding, all but embedding", "passages/s", rates[-1]),
        estimate(_name(size, "publishing alone, in large batches"), "passages/s", median, rates[:-1]),
    ]


def asked_rows(size: int, rounds: Sequence[Asked]) -> list[Row]:
    """Start-up, memory and the times of questions."""
    asks, searches = ([time for one in rounds for time in getattr(one, name)] for name in ("asks", "searches"))
    return [
        estimate(_name(size, "opening"), "s", median, [one.opened for one in rounds], at_most=OPENING),
        estimate(_name(size, "opening to the first passages"), "s", median, [one.first for one in rounds]),
        estimate(_name(size, "memory, most"), "MB", median, [one.peak for one in rounds], at_most=MEMORY),
        estimate(_name(size, "memory, files left out"), "MB", median, [one.anonymous for one in rounds]),
        estimate(_name(size, "search, median"), "ms", median, searches),
        estimate(_name(size, "search, 95th percentile"), "ms", percentile_95, searches, at_most=LATENCY),
        estimate(_name(size, "ask, median"), "ms", median, asks),
        estimate(_name(size, "ask, 95th percentile"), "ms", percentile_95, asks),
    ]


def filter_rows(size: int, times: dict[str, list[float]]) -> list[Row]:
    """Each filter's 95th percentile by that of the questions without one that took turns with it."""
    goal = FILTER if size == FILTER_SIZE else None
    rows = []
    for kind in (kind for kind in times if not kind.endswith(", plain")):
        own, plain = times[kind], times[f"{kind}, plain"]
        rows.append(estimate(_name(size, f"search by {kind}, 95th percentile"), "ms", percentile_95, own))
        name = _name(size, f"search by {kind}, by that without")
        rows.append(estimate(name, "", ratio_of_percentiles, own, plain, at_most=goal))
    return rows


def slower_row(size: int, rounds: Sequence[Asked], least: int, small: Sequence[Asked]) -> Row:
    """How much slower the large library is than the smallest one, on the same questions."""
    sides = [[time for one in side for time in one.searches] for side in (rounds, small)]
    name = _name(size, f"search, 95th percentile by that at {least}")
    return estimate(name, "", ratio_of_percentiles, *sides, at_most=SLOWER)


def _name(size: int, figure: str) -> str:
    return f"{size} passages: {figure}"


def _one(size: int, figure: str, unit: str, value: float, at_most: float | None = None) -> Row:
    return Row(_name(size, figure), value, unit, 1, value, value, at_most)


def _total(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0] or 0)


# All of it


def measure_scale(
    cache: Path,
    data: Path | None,
    sizes: Sequence[int],
    say: Say,
    *,
    rounds: int = ROUNDS,
    filtered: int = FILTERED,
    step: int = 1,
) -> list[Row]:
    """Builds what is missing, of every `step`th article, and measures every size."""
    # In the precision that every processor has: libraries stay, and may be measured on another one.
    embedder = load_embedder(Settings.from_environment(precision="f32"))
    sources = load_sources(data, cache, embedder, say, step)
    texts = load_questions(data, sources, QUESTIONS)
    questions = embedder.embed(texts)
    np.save(cache / "questions.npy", questions)
    (cache / "questions.json").write_text(json.dumps(texts), encoding="utf-8")
    folders = {size: library_folder(cache, size, data is None) for size in sizes}
    rows = {size: cost_rows(folders[size], size, build_library(folders[size], size, sources, embedder, say))
            for size in sizes}  # fmt: skip
    asked: dict[int, list[Asked]] = {size: [] for size in sizes}
    for number in range(rounds):
        for size in sizes:
            say(f"asking, round {number + 1} of {rounds}: {size} passages")
            asked[size].append(Asked(**run_child("ask", folders[size], cache, QUESTIONS)))
    for size in sizes:
        rows[size] += asked_rows(size, asked[size])
        if size != min(sizes):
            rows[size].append(slower_row(size, asked[size], min(sizes), asked[min(sizes)]))
        say(f"comparing with exact search: {size} passages")
        found = run_child("nearest", folders[size], cache, QUESTIONS)
        exact = nearest_of_ledger(folders[size], questions, embedder.key)
        rows[size].append(estimate(_name(size, f"recall@{K}"), "", mean, recalls(found, exact), at_least=RECALL))
        if filtered:
            say(f"filters: {size} passages")
            rows[size] += filter_rows(size, run_child("filter", folders[size], cache, filtered))
    return [row for own in rows.values() for row in own]


def run_child(command: str, folder: Path, cache: Path, most: int) -> Any:
    """What one of CHILDREN prints, in a new process, for the first `most` questions."""
    arguments = [sys.executable, "-m", "eval.bench.scale", command, str(folder), str(cache), str(most)]
    output = subprocess.run(arguments, cwd=PROJECT, stdout=subprocess.PIPE, check=True).stdout
    return json.loads(output)


def _child(command: str, folder: Path, cache: Path, most: int) -> Any:
    texts: list[str] = json.loads((cache / "questions.json").read_text(encoding="utf-8"))[:most]
    if command == "ask":
        asked = ask_library(folder, texts)
        return {name: getattr(asked, name) for name in Asked.__slots__}
    if command == "filter":
        return filter_library(folder, texts)
    return find_nearest(folder, np.load(cache / "questions.npy")[:most])


CHILDREN = ("ask", "filter", "nearest")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures the sizes given, or all; 0 measured, whatever the figures."""
    from eval.bench.__main__ import describe_machine, print_rows, row_values, say

    parser = argparse.ArgumentParser(prog="python -m eval.bench.scale", description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, metavar="DIR", help="where libraries lie, and stay")
    parser.add_argument("--data", type=Path, metavar="DIR", help="benchmark data; without it texts are made up")
    parser.add_argument("--size", type=int, action="append", metavar="N", help=f"passages; default: {SIZES}")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help=f"default: {ROUNDS}")
    parser.add_argument(
        "--filtered", type=int, default=FILTERED, metavar="N", help="questions for each filter; 0: none"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="store the rows there too")
    options = parser.parse_args(arguments)
    sizes = sorted(options.size or SIZES)
    rows = measure_scale(options.cache, options.data, sizes, say, rounds=options.rounds, filtered=options.filtered)
    print_rows(rows)
    if options.out:
        results = {**describe_machine(), "rows": [row_values(row) for row in rows]}
        options.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in CHILDREN:
        print(json.dumps(_child(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))))
    else:
        sys.exit(main())
