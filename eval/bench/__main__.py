"""Measures speed, memory and size, and stores table and plots: python -m eval.bench [--data DIR] [--large]

Without --large what takes minutes: processes, questions, adding, fifty people asking at once, a library of 10,000
passages. With it the rest:
ingestion, libraries of up to a million passages, Chroma alone; hours, the first time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from eval.bench import chroma, embedding, ingestion, load, scale, speed, tables
from eval.bench.speed import Row
from qa.errors import QAError

PACKAGES = (
    *("chromadb", "llama-index-core", "llama-index-embeddings-huggingface", "llama-index-vector-stores-chroma"),
    *("numpy", "openvino", "qa-articles", "sentence-transformers", "sqlalchemy", "tantivy", "tokenizers", "torch"),
)


RESULTS, LARGE_RESULTS = "results.json", "results-large.json"
CACHE = speed.PROJECT / "build" / "bench"
SMALL, SMALL_STEP, SMALL_FILTERED = 10_000, 8, 40  # a library of passages of every eighth article


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 measured, whatever the figures, 1 it couldn't."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description="Measure speed, memory and size.")
    parser.add_argument("--data", type=Path, metavar="DIR", help="benchmark data; else texts are made up")
    parser.add_argument("--large", action="store_true", help="what takes hours, instead of what takes minutes")
    parser.add_argument("--cache", type=Path, default=CACHE, metavar="DIR", help="where libraries lie, and stay")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"default: {RESULTS} or {LARGE_RESULTS}, beside this")
    parser.add_argument("--pairs", type=int, default=4, metavar="N", help="pairs of new processes; default: 4")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of adding articles; default: 3, large: 10")
    options = parser.parse_args(arguments)
    out = options.out or Path(__file__).with_name(LARGE_RESULTS if options.large else RESULTS)
    try:
        if options.large:
            rows = measure_large(options.data, options.cache, options.rounds or 10)
        else:
            rows = measure(options.data, options.cache, options.pairs, options.rounds or 3)
    except (QAError, RuntimeError, ImportError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print_rows(rows)
    about = describe_machine()
    out.write_text(json.dumps({**about, "rows": [row_values(row) for row in rows]}, indent=2) + "\n", "utf-8")
    table = tables.write_report(out, about, rows)
    print(f"\n{about['cpu']}, {about['cores']} cores, load {about['load']}\nstored in {out} and {table}")
    return 0


def measure(data: Path | None, cache: Path, pairs: int, rounds: int) -> list[Row]:
    """What takes minutes. Processes come first: their memory is measured right only while this one is small."""
    questions = speed.read_questions()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        rows = speed.measure_processes(folder, speed.spread(questions, pairs), say)
        rows += speed.measure_warm(folder, questions, say)
        rows += embedding.measure_embedding(data, rounds, say)
        if data is not None and (data / "newsqa").is_dir():
            rows += speed.measure_adding(folder, data, rounds, say)
        else:
            print("adding is not measured: give the folder of the benchmark data with --data", file=sys.stderr)
    rows += load.measure_load(cache, say)
    small = cache / "small"
    return rows + scale.measure_scale(small, data, (SMALL,), say, rounds=1, filtered=SMALL_FILTERED, step=SMALL_STEP)


def measure_large(data: Path | None, cache: Path, rounds: int) -> list[Row]:
    """The rest, in the same order."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        rows = embedding.measure_embedding(data, rounds, say) + ingestion.measure_alone(folder, say)
        if data is not None:
            rows += ingestion.measure_with_data(folder, data, rounds, say)
    rows += chroma.measure_chroma(cache, data, say)
    return rows + scale.measure_scale(cache, data, scale.SIZES, say)


def say(text: str) -> None:
    """What is going on, where it doesn't disturb the table."""
    print(text, file=sys.stderr, flush=True)


def print_rows(rows: Sequence[Row]) -> None:
    """The table, plain."""
    cells = [("figure", "value", "95 % interval", "n", "goal"), *(row_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for name, *others in cells:
        line = [name.ljust(widths[0])] + [text.rjust(width) for text, width in zip(others, widths[1:], strict=True)]
        print("  ".join(line).rstrip())


def row_cells(row: Row) -> tuple[str, str, str, str, str]:
    value = f"{number(row.value)} {row.unit}".rstrip()
    return row.name, value, f"{number(row.low)}–{number(row.high)}", str(row.n), row.goal


def number(value: float) -> str:
    """Three digits that count; of what is nearly 1, the distance to 1 counts.

    >>> number(0.23456), number(23.456), number(234.56), number(0.999984)
    ('0.235', '23.5', '235', '0.999984')
    """
    if 0.999 <= value < 1:
        return f"{value:.6f}"
    digits = 3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{digits}f}"


def row_values(row: Row) -> dict[str, Any]:
    return {**asdict(row), "met": row.met}


def describe_machine() -> dict[str, Any]:
    """What the figures depend on, without any path of this machine."""
    from eval.run import cpu_model, git_commit

    installed = {distribution.name.lower(): distribution.version for distribution in metadata.distributions()}
    return {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": git_commit(),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": [round(load, 1) for load in os.getloadavg()],
        "versions": {
            "python": platform.python_version(),
            **{name: installed[name] for name in PACKAGES if name in installed},
        },
    }


if __name__ == "__main__":
    sys.exit(main())
