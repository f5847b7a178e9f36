"""What adding costs as a library grows: memory and time at every 10,000 passages.

A model that costs nothing embeds, so that nothing hides what the rest takes. Two processes are sampled: a library
without its vector index, and such an index alone, whose memory grows with the vectors that it holds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from time import perf_counter, process_time, sleep
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from eval.bench.speed import MEGABYTE, PROJECT, Row, Say, estimate, mean, own_peak
from qa.models import Vectors
from qa.rows import Addition, IndexRow, hash_text

PASSAGES, STEP = 100_000, 10_000
ARTICLE = 10  # passages of an article, about
DIMENSIONS = 384
FLAT = 0.01  # the most that STEP passages add to the memory of all but the vector index, as a share of what it is
COMMON = "the of and to in a is that for it as was with be by on not he his but at are this have from or".split()
SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu".split()


class FreeEmbedder:
    """Vectors that depend on the text's hash alone."""

    name, digest, precision, dimensions, key = "free", "0" * 64, "f32", DIMENSIONS, "free/f32"

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows: Vectors = np.stack([self.embed_question(text) for text in texts])
        return rows

    def embed_question(self, question: str) -> Vectors:
        row: Vectors = random_vectors(zlib.crc32(question.encode("utf-8", "surrogatepass")), 1)[0]
        return row

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) * 4 // 3 for text in texts]  # about as real tokenizers count


@dataclass(frozen=True, slots=True)
class Sample:
    """What a process has taken by the time that it has added so many passages."""

    passages: int
    seconds: float
    cpu: float  # seconds of all cores
    peak: float  # megabytes
    own: float  # the most without the files that are mapped into memory, which the system may drop at any time


NOTHING = Sample(0, 0, 0, 0, 0)


def measure_growth(folder: Path, say: Say, passages: int = PASSAGES) -> list[Row]:
    """Memory and time of adding, sampled at every STEP passages; Linux alone tells the memory."""
    say(f"writing articles of {passages} passages")
    folder = folder / "growth"
    write_made_up(folder / "articles", passages // ARTICLE)
    samples = {side: list(_sample(side, folder, passages, say)) for side in SIDES}
    return [row for side, found in samples.items() for row in growth_rows(side, found)]


def growth_rows(side: str, samples: Sequence[Sample]) -> list[Row]:
    """What each STEP passages add to the memory, and how the time that they take grows."""
    own = [after.own - before.own for before, after in pairwise(samples)]
    peak = [after.peak - before.peak for before, after in pairwise(samples)]
    cpu = [after.cpu - before.cpu for before, after in pairwise([NOTHING, *samples])]
    share = [grown / samples[0].own for grown in own]
    return [
        estimate(f"{side}: memory at {samples[0].passages} passages", "MB", mean, [samples[0].own]),
        estimate(f"{side}: memory at {samples[-1].passages}", "MB", mean, [samples[-1].own]),
        estimate(f"{side}: growth for {STEP}", "MB", mean, own),
        estimate(f"{side}: that, by its memory at first", "", mean, share, at_most=FLAT if side == LIBRARY else None),
        estimate(f"{side}: growth with files that are mapped", "MB", mean, peak),
        estimate(f"{side}: processor time, last {STEP} by first", "", mean, [cpu[-1] / cpu[0]]),
    ]


def _sample(side: str, folder: Path, passages: int, say: Say) -> Iterator[Sample]:
    command = [sys.executable, "-m", "eval.bench.growth", side, str(folder), str(passages)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for line in child.stdout:
            sample = Sample(**json.loads(line))
            say(f"{side}: {sample.passages} passages, {sample.seconds:.0f} s, {sample.own:.0f} MB")
            yield sample
    if child.returncode:
        raise RuntimeError(f"{' '.join(command[1:])} ended with {child.returncode}")


def write_made_up(folder: Path, articles: int, *, seed: int = 7) -> None:
    """Distinct articles of made-up words, as frequent as in real texts, in sentences and paragraphs."""
    folder.mkdir(parents=True)
    chance = np.random.default_rng(seed)
    parts = chance.integers(len(SYLLABLES), size=(20_000, 4))
    words = [*COMMON, *("".join(SYLLABLES[part] for part in row) for row in parts)]
    weights = 1 / np.arange(2, len(words) + 2)
    for number in range(articles):
        chosen = chance.choice(len(words), size=ARTICLE * 132, p=weights / weights.sum())
        paragraphs = (_paragraph([words[index] for index in run], number) for run in np.array_split(chosen, 20))
        (folder / f"{number:06}.txt").write_text("\n\n".join(paragraphs), encoding="utf-8")


def _paragraph(words: Sequence[str], number: int) -> str:
    sentences = (words[start : start + 14] for start in range(0, len(words), 14))
    return " ".join(f"{' '.join(sentence).capitalize()} {number}." for sentence in sentences)


# In the processes


def add_apart(folder: Path, passages: int, tell: Callable[[int], None]) -> None:
    """Adds the articles to a new library without an index of vectors."""
    import qa.store

    setattr(qa.store, "VectorIndex", NoVectors)  # noqa: B010 - no type of its own
    _add(folder / "articles", folder / "library", tell)


def _add(articles: Path, folder: Path, tell: Callable[[int], None]) -> None:
    from qa.library import Library
    from qa.settings import Settings

    with Library.open(folder, settings=Settings(), load=lambda _: FreeEmbedder()) as library:
        publish, added = library._store.publish, 0

        def publish_and_tell(additions: Sequence[Addition], dead_ids: Sequence[str] = ()) -> int:
            nonlocal added
            revision = publish(additions, dead_ids)
            added += sum(len(addition.passages) for addition in additions)
            tell(added)
            return revision

        library._store.publish = publish_and_tell  # type: ignore[method-assign, assignment]
        library.add(articles)


def add_vectors(folder: Path, passages: int, tell: Callable[[int], None]) -> None:
    """As many vectors into an index alone."""
    from qa.ingest import BATCH_PASSAGES
    from qa.vectors import VectorIndex

    index = VectorIndex.create(folder / "vectors")
    for start in range(0, passages, BATCH_PASSAGES):
        keys = range(start, min(start + BATCH_PASSAGES, passages))
        rows = [IndexRow(key, hash_text(str(key // ARTICLE))[:20], "", "", "", "", 0, "en") for key in keys]
        index.update([(rows, random_vectors(start, len(rows)))], (), start, "free/f32")
        tell(start + len(rows))
    index.close()


LIBRARY = "all but the vector index"
SIDES = {LIBRARY: add_apart, "the vector index": add_vectors}


class NoVectors:
    """Stands for the one index of vectors of this process: it knows how far it is, and holds nothing."""

    held: ClassVar[tuple[int, int, str]] = (0, -1, "")  # passages, revision, model

    @classmethod
    def open(cls, folder: Path) -> NoVectors:
        return cls()

    create = open

    @property
    def model(self) -> str:
        return self.held[2]

    def revision(self) -> int:
        return self.held[1]

    def count(self) -> int:
        return self.held[0]

    def close(self) -> None:
        pass

    def update(
        self,
        runs: Iterable[tuple[Sequence[IndexRow], npt.NDArray[np.float32]]],
        dead: Sequence[int],
        revision: int,
        model: str,
    ) -> None:
        count = NoVectors.held[0] + sum(len(rows) for rows, _ in runs) - len(dead)
        NoVectors.held = (count, revision, model)


class Sampler:
    """Prints a sample whenever another STEP passages are in."""

    def __init__(self) -> None:
        self._started, self._used = perf_counter(), process_time()
        self._next = STEP
        self._own = 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def tell(self, added: int) -> None:
        if added >= self._next:
            seconds, cpu = perf_counter() - self._started, process_time() - self._used
            print(json.dumps(asdict(Sample(added, seconds, cpu, own_peak(), self._own))), flush=True)
            self._next += STEP

    def _watch(self) -> None:
        while True:
            self._own = max(self._own, anonymous_memory())
            sleep(0.02)


def anonymous_memory() -> float:
    """Megabytes of this process that are no mapped files; Linux tells."""
    return status_of("self", "RssAnon")


def resident_peak() -> float:
    """The most megabytes that this process has held, mapped files included; unlike `own_peak` without its parent's."""
    return status_of("self", "VmHWM")


def status_of(process: int | str, name: str) -> float:
    """Megabytes that the system notes under that name for a process."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024 / MEGABYTE


def random_vectors(seed: int, count: int) -> Vectors:
    """So many unit vectors."""
    rows = np.random.default_rng(seed).standard_normal((count, DIMENSIONS), dtype=np.float32)
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


if __name__ == "__main__":
    SIDES[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]), Sampler().tell)
