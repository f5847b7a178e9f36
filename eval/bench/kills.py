"""Kills a real process at random moments while it adds articles, and looks what the next start finds.

python -m eval.bench.kills --data DIR [--kills 50]: the scraped pages of the benchmark data, or made-up ones without it.
After each kill the library is opened again. It must be sound, hold every article that was acknowledged, and none twice.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import qa.ingest
from eval.bench.data import read_lines
from qa.library import Library
from qa.models import Vectors
from qa.rows import Addition, hash_text
from qa.settings import Settings

ARTICLES = 120  # in a library before it is begun anew
PASSAGES = 16  # published together: many publications to hit


class QuickEmbedder:
    """Vectors made of the text's hash: adding is then nothing but reading and writing."""

    name, digest, precision, dimensions, key = "quick", "0" * 64, "f32", 32, "quick/f32"

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows: Vectors = np.stack([self.embed_question(text) for text in texts])
        return rows

    def embed_question(self, question: str) -> Vectors:
        row: Vectors = np.frombuffer(bytes.fromhex(hash_text(question)), dtype=np.uint8).astype(np.float32) - 127.5
        unit: Vectors = row / np.linalg.norm(row)
        return unit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 every start was clean, 1 one wasn't."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.kills", description=__doc__)
    parser.add_argument("--data", type=Path, metavar="DIR")
    parser.add_argument("--kills", type=int, default=50, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", nargs=2, metavar=("LIBRARY", "ARTICLES"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        _add(Path(options.child[0]), Path(options.child[1]))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        articles = Path(scratch, "articles")
        articles.mkdir()
        for number, text in enumerate(_texts(options.data)[:ARTICLES]):
            (articles / f"{number:04}.txt").write_text(text, encoding="utf-8")
        kills, wrong, grown = measure(Path(scratch), articles, options.kills, random.Random(options.seed))
    for line in wrong:
        print(line)
    print(f"{kills} kills while adding, {grown} of them after something was acknowledged; {len(wrong)} faults found")
    return 1 if wrong else 0


def measure(scratch: Path, articles: Path, wanted: int, chance: random.Random) -> tuple[int, list[str], int]:
    """How many kills, what was wrong after them, and how many came after something was acknowledged."""
    kills, grown, number, wrong = 0, 0, 1, list[str]()
    began = time.monotonic()
    _kill(scratch / "library-0", articles, 600)
    whole = time.monotonic() - began
    while kills < wanted:
        library = scratch / f"library-{number}"
        acknowledged, killed = _kill(library, articles, chance.uniform(0.1, 1.0) * whole)
        if killed:
            kills += 1
            grown += bool(acknowledged)
            faults = find_faults(library, acknowledged)
            wrong += [f"kill {kills}: {line}" for line in faults]
            told = f"kill {kills} of {wanted}: {len(acknowledged)} acknowledged, {len(faults)} faults"
            print(told, file=sys.stderr, flush=True)
        else:  # it was done before
            number += 1
    return kills, wrong, grown


def find_faults(folder: Path, acknowledged: set[str]) -> list[str]:
    """What the next start finds wrong."""
    with Library.open(folder, settings=Settings(), load=lambda _: QuickEmbedder()) as library:
        wrong = [f"{finding.part}: {finding.text}" for finding in library.check() if not finding.sound]
        sources = Counter(article.source for article in library.articles())
        wrong += [f"{source} is there {count} times" for source, count in sources.items() if count > 1]
        wrong += [f"{source} was acknowledged and is missing" for source in acknowledged - set(sources)]
        counts = library.count_passages()
        wrong += [f"{article.source} has no passages" for article in library.articles() if not counts.get(article.id)]
    return wrong


def _kill(library: Path, articles: Path, seconds: float) -> tuple[set[str], bool]:
    """The sources that the process acknowledged before it was killed, and whether it was."""
    command = [sys.executable, "-m", "eval.bench.kills", "--child", str(library), str(articles)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as child:
        assert child.stdout is not None
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
        lines = child.stdout.read().splitlines()
    whole = [line for line in lines if line.endswith(b"]")]
    return {source for line in whole for source in json.loads(line)}, child.returncode != 0


def _add(folder: Path, articles: Path) -> None:
    qa.ingest.BATCH_PASSAGES = PASSAGES
    with Library.open(folder, settings=Settings(), load=lambda _: QuickEmbedder()) as library:
        store = library._store
        publish = store.publish

        def publish_and_tell(additions: Sequence[Addition], dead_ids: Sequence[str] = ()) -> int:
            revision = publish(additions, dead_ids)
            print(json.dumps([addition.article.source for addition in additions]), flush=True)
            return revision

        store.publish = publish_and_tell  # type: ignore[method-assign, assignment]
        library.add(articles)


def _texts(data: Path | None) -> list[str]:
    if data is None:
        words = "harbour council bridge ferry storm engine village museum winter paper".split()
        chance = random.Random(7)
        sentence = "The {} of the {} was closed by the {} until the {} is repaired, they said on Monday."
        return ["\n\n".join(sentence.format(*chance.choices(words, k=4)) for _ in range(30)) for _ in range(ARTICLES)]
    return [record["text"] for record in read_lines(data / "scraped" / "raw_articles.jsonl.gz")]


if __name__ == "__main__":
    sys.exit(main())
