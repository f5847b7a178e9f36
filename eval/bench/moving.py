"""What it costs to move a library, and whether it answers the same: python -m eval.bench.moving [--library DIR]

Each step is a process of its own, whose memory is told beside what it held before. Without `--library` one of made-up
articles and free vectors is moved. With it a copy of that library is, and questions of the evaluation are asked of
both, as they are and once both have new indexes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter

from eval.bench.growth import ARTICLE, FreeEmbedder, write_made_up
from eval.bench.speed import MEGABYTE, PROJECT, QUESTIONS, own_peak, spread
from qa.archive import Archive
from qa.library import Library
from qa.moving import check_rows
from qa.settings import Settings
from qa.store import Store

PASSAGES = 5_000
ASKED = 60


@dataclass(frozen=True, slots=True)
class Cost:
    """What a step took: seconds, and the most megabytes that its process held, before it and in all."""

    seconds: float
    before: float
    peak: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 when the library that arrives gives the same archive and the same answers, else 1."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.moving", description=__doc__)
    parser.add_argument("--library", type=Path, help="with real vectors; it isn't changed")
    parser.add_argument("--passages", type=int, default=PASSAGES, help="about so many, of a made-up one")
    parser.add_argument("--questions", type=int, default=ASKED, help="so many of the evaluation's, with --library")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        if options.library:
            shutil.copytree(options.library, place / "library")  # asking may repair indexes, and ours are rebuilt
        else:
            _step("make", place, place / "articles", options.passages)
        same = measure(place)
        if options.library:
            same = compare_answers(place, options.questions) and same
    return 0 if same else 1


def measure(place: Path) -> bool:
    """Prints what each step costs; whether the library that arrived gives the same archive."""
    costs = {
        "export": _step("export", place / "library", place / "one.zip"),
        "check": _step("check", place / "library", place / "one.zip"),
        "import: rows": _step("rows", place / "rows", place / "one.zip"),
        "import: all, indexes too": _step("import", place / "moved", place / "one.zip"),
    }
    _step("export", place / "moved", place / "two.zip")
    with Archive.open(place / "one.zip") as archive:
        count = archive.manifest.passages
    size = (place / "one.zip").stat().st_size / MEGABYTE
    print(f"{count} passages, {size:.1f} MB, {1000 * size / count:.2f} MB for 1,000 passages")
    for name, cost in costs.items():
        print(
            f"{name}: {cost.seconds:.2f} s, {1000 * cost.seconds / count:.3f} s for 1,000 passages, "
            f"{size / cost.seconds:.1f} MB/s; memory {cost.before:.0f} MB before it, {cost.peak:.0f} MB at most"
        )
    same = (place / "one.zip").read_bytes() == (place / "two.zip").read_bytes()
    print(f"exported again: {'the same file' if same else 'ANOTHER FILE'}")
    return same


def compare_answers(place: Path, most: int) -> bool:
    """Prints how many answers are the same; whether all are, once both libraries have new indexes."""
    lines = map(json.loads, QUESTIONS.read_text(encoding="utf-8").splitlines())
    questions = spread([line["question"] for line in lines], most)
    with Library.open(place / "library") as old, Library.open(place / "moved") as moved:
        texts, wholes = _count_same(old, moved, questions)
        print(f"the same text and quotations: {texts} of {len(questions)}; the same bytes: {wholes}")
        old.rebuild()
        texts, wholes = _count_same(old, moved, questions)
        print(f"with new indexes in both: {texts} and {wholes}")
    return wholes == len(questions)


def _count_same(old: Library, moved: Library, questions: Sequence[str]) -> tuple[int, int]:
    texts = wholes = 0
    for question in questions:
        one, two = (library.ask(question) for library in (old, moved))
        texts += one.text == two.text and [c.quotation for c in one.citations] == [c.quotation for c in two.citations]
        one, two = (replace(each, provenance=replace(each.provenance, timings=())) for each in (one, two))
        wholes += one.to_json() == two.to_json()
    return texts, wholes


def _step(name: str, library: Path, file: Path, passages: int = 0) -> Cost:
    command = [sys.executable, "-m", "eval.bench.moving", "step", name, str(library), str(file), str(passages)]
    output = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    return Cost(**json.loads(output))


def take_step(name: str, folder: Path, file: Path, passages: int) -> Cost:
    """Does one thing in this process and measures it."""
    if name == "make":
        before, began = own_peak(), perf_counter()
        write_made_up(file, passages // ARTICLE)
        with Library.open(folder / "library", settings=Settings(), load=lambda _: FreeEmbedder()) as made:
            made.add(file)
        return Cost(perf_counter() - began, before, own_peak())
    if name == "check":
        before, began = own_peak(), perf_counter()
        with Archive.open(file) as archive:
            check_rows(archive)
        return Cost(perf_counter() - began, before, own_peak())
    with closing(Library(store := Store.open(folder), Settings())) as library:
        before, began = own_peak(), perf_counter()
        if name == "export":
            library.export_to(file)
        elif name == "import":
            library.import_from(file)
        else:
            with Archive.open(file) as archive:
                store.ledger.moving.import_from(archive)
        return Cost(perf_counter() - began, before, own_peak())


if __name__ == "__main__":
    if sys.argv[1:2] == ["step"]:
        print(json.dumps(asdict(take_step(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5])))))
        sys.exit()
    sys.exit(main())
