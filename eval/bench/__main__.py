"""Measures speed and memory, prints a table and stores it: python -m eval.bench [--data DIR] [--out FILE]"""

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

from eval.bench import ingestion, speed
from eval.bench.speed import Row
from qa.errors import QAError

PACKAGES = (
    *("chromadb", "llama-index-core", "llama-index-embeddings-huggingface", "llama-index-vector-stores-chroma"),
    *("numpy", "openvino", "qa-articles", "sentence-transformers", "sqlalchemy", "tantivy", "tokenizers", "torch"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 measured, whatever the figures, 1 it couldn't."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description="Measure speed and memory.")
    parser.add_argument("--data", type=Path, metavar="DIR", help="benchmark data; without it adding isn't measured")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results.json"), metavar="FILE")
    parser.add_argument("--pairs", type=int, default=9, metavar="N", help="pairs of new processes; default: 9")
    parser.add_argument("--rounds", type=int, default=10, metavar="N", help="rounds of adding articles; default: 10")
    options = parser.parse_args(arguments)
    try:
        rows = measure(options.data, options.pairs, options.rounds)
    except (QAError, RuntimeError, ImportError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print_rows(rows)
    about = describe_machine()
    options.out.write_text(json.dumps({**about, "rows": [row_values(row) for row in rows]}, indent=2) + "\n", "utf-8")
    print(f"\n{about['cpu']}, {about['cores']} cores, load {about['load']}\nstored in {options.out}")
    return 0


def measure(data: Path | None, pairs: int, rounds: int) -> list[Row]:
    """Every figure. Processes come first: their memory is measured right only while this one is small."""
    questions = speed.read_questions()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        rows = speed.measure_processes(folder, speed.spread(questions, pairs), say)
        rows += ingestion.measure_alone(folder, say)
        rows += speed.measure_warm(folder, questions, say)
        if data is not None and (data / "newsqa").is_dir():
            rows += speed.measure_adding(folder, data, rounds, say)
            rows += ingestion.measure_with_data(folder, data, rounds, say)
        else:
            print("adding is not measured: give the folder of the benchmark data with --data", file=sys.stderr)
    return rows


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
    """Three digits that count.

    >>> number(0.23456), number(23.456), number(234.56)
    ('0.235', '23.5', '235')
    """
    return (
        f"{value:.3f}"
        if value < 1
        else f"{value:.2f}"
        if value < 10
        else f"{value:.1f}"
        if value < 100
        else f"{value:.0f}"
    )


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
