"""Readers and a writer on one library: python -m eval.bench.concurrency [--library DIR] [--readers 8] [--seconds 60]

Two processes with half of the readers each ask without pause, while a third process adds, changes and removes articles
(with `--library`, beside those that are in it; what was added goes again). Every answer must quote articles that were
there at the revision that it names, character for character; no reader may see a revision older than the last one it
saw, or older than one that was acknowledged a second before it asked (`--late` allows more).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from eval.bench.growth import FreeEmbedder
from eval.bench.speed import PROJECT
from qa.files import LEDGER
from qa.ledger import Ledger
from qa.library import Library
from qa.settings import Settings
from qa.store import MODEL, Store

PROCESSES, READERS, SECONDS, LATE = 2, 8, 60.0, 1.0
QUESTION = "How many people were aboard the ferry Aurelia?"
PAUSE = 0.05  # between two changes, so that who asks gets its turn on a small machine too
SWEPT = timedelta(seconds=5)  # no question takes so long; the store itself waits for a minute
Place = tuple[str, int, int, str]  # article, first and last character, what is quoted


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer: who asked, when by the clock of the machine, at which revision, and what was quoted."""

    reader: str
    asked: float
    seconds: float
    revision: int
    places: tuple[Place, ...]


@dataclass(slots=True)
class Verdict:
    """What the readers saw, and what of it must not be."""

    answers: int = 0
    revisions: int = 0  # that were acknowledged meanwhile
    seen: int = 0  # revisions that were read
    latest: float = 0.0  # seconds from an acknowledgement to the last question that did not see it
    median: float = 0.0  # seconds of a question
    faults: list[str] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 when nothing is wrong, else 1."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.concurrency", description=__doc__)
    parser.add_argument("--library", type=Path, help="of eval.bench.scale; without it a new one")
    parser.add_argument("--readers", type=int, default=READERS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--late", type=float, default=LATE, help="seconds in which a revision must be seen")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.library or Path(scratch) / "library"
        verdict = measure(folder, Path(scratch) / "articles", options.readers, options.seconds, options.late)
    print(
        f"{verdict.answers} answers of {options.readers} readers in {PROCESSES} processes, median "
        f"{1000 * verdict.median:.0f} ms; {verdict.revisions} changes acknowledged, {verdict.seen} revisions read; "
        f"last question that missed an acknowledged one began {verdict.latest:.3f} s after it; "
        f"{len(verdict.faults)} faults"
    )
    for fault in verdict.faults[:20]:
        print(f"  {fault}")
    return 1 if verdict.faults else 0


def measure(folder: Path, articles: Path, readers: int, seconds: float, late: float = LATE) -> Verdict:
    """Lets them read and write for so long and judges what was seen."""
    with _library(folder) as library:
        library._store.refresh()
        write_round(library, articles, 0)
        children = [_start(folder, seconds, readers // PROCESSES) for _ in range(PROCESSES)]
        for child in children:
            _await(child)
        published = list(_change(library, articles, time.time() + seconds))
        seen = [answer for child in children for answer in _read(child)]
        with closing(Ledger.open(folder / LEDGER)) as ledger:
            verdict = judge(seen, published, ledger, late)
        library.remove([article.id for article in library.articles() if article.source.startswith(str(articles))])
    for child in children:
        if child.returncode:
            verdict.faults.append(f"a reading process ended with {child.returncode}")
    return verdict


def write_round(library: Library, articles: Path, number: int) -> int:
    """Changes two articles on one event at once, and every third time adds or removes a third; the revision."""
    articles.mkdir(exist_ok=True)
    (articles / "ferry.txt").write_text(
        f"The ferry Aurelia ran aground off Tarn Hollow. {number + 140} people were aboard the ferry Aurelia, we hear."
    )
    (articles / "harbour.txt").write_text(
        f"The harbour master counted {number + 140} people aboard the ferry Aurelia when it came in on Monday night."
    )
    third = articles / "later.txt"
    if number % 3 == 0:
        third.write_text(f"Round {number}: of the people aboard the ferry Aurelia none is missing any more.")
    elif number % 3 == 1:
        third.unlink(missing_ok=True)
    return library.add(articles, prune=True).revision


def judge(seen: Sequence[Seen], published: Sequence[tuple[float, int]], ledger: Ledger, late: float) -> Verdict:
    """What the readers saw, held against the ledger and the moments of acknowledgement."""
    verdict = Verdict(len(seen), len(published), len({answer.revision for answer in seen}))
    verdict.median = float(np.median([answer.seconds for answer in seen])) if seen else 0.0
    newest: dict[str, int] = {}
    for answer in sorted(seen, key=lambda answer: answer.asked):
        if answer.revision < newest.get(answer.reader, 0):
            verdict.faults.append(f"{answer.reader} went back from {newest[answer.reader]} to {answer.revision}")
        newest[answer.reader] = answer.revision
        missed = [moment for moment, revision in published if revision > answer.revision and moment < answer.asked]
        if missed:
            verdict.latest = max(verdict.latest, answer.asked - min(missed))
        if missed and answer.asked - min(missed) > late:
            verdict.faults.append(f"{answer.reader} saw {answer.revision}, {answer.asked - min(missed):.2f} s too late")
        if not answer.places:
            verdict.faults.append(f"{answer.reader} found nothing at {answer.revision}")
        verdict.faults += [fault for place in answer.places if (fault := _fault(place, answer.revision, ledger))]
    if len(published) and not seen:
        verdict.faults.append("nobody read anything")
    return verdict


def _fault(place: Place, revision: int, ledger: Ledger) -> str:
    """What is wrong with a quotation of an answer at that revision, or nothing."""
    id, start, end, text = place
    article = ledger.article(id)
    if article is None or article.text[start:end] != text:
        return f"{id}:{start}-{end} does not say {text!r}"
    if not ledger.was_alive(id, revision):
        return f"{id} was not there at {revision}"
    return ""


def _change(library: Library, articles: Path, until: float) -> Iterator[tuple[float, int]]:
    """(moment of the acknowledgement, revision) of one change after another; what died a while ago is swept."""
    number = 1
    while time.time() < until:
        revision = write_round(library, articles, number)
        yield time.time(), revision
        with library._store.writing():
            library._store.sweep(datetime.now(UTC) - SWEPT)
        number += 1
        time.sleep(PAUSE)


# In the processes that read


def _start(folder: Path, seconds: float, threads: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "eval.bench.concurrency", "read", str(folder), str(seconds), str(threads)]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)


def _await(child: subprocess.Popen[str]) -> None:
    """Waits until it has opened the library and asked once."""
    assert child.stdout is not None
    if child.stdout.readline() != "ready\n":
        raise RuntimeError("a reading process could not begin")


def _read(child: subprocess.Popen[str]) -> Iterator[Seen]:
    """What it saw, once it has ended."""
    output, _ = child.communicate()
    for line in output.splitlines():
        values = json.loads(line)
        yield Seen(**{**values, "places": tuple(tuple(place) for place in values["places"])})


def read(folder: Path, seconds: float, threads: int) -> int:
    """Asks from so many threads for so long and prints what was seen; 1 after an error, which is shown."""
    failures: list[BaseException] = []
    answers: list[list[Seen]] = [[] for _ in range(threads)]
    with _library(folder) as library:
        library.ask(QUESTION)
        print("ready", flush=True)
        until = time.time() + seconds

        def run(number: int) -> None:
            try:
                while time.time() < until:
                    answers[number].append(_ask(library, f"{os.getpid()}/{number}"))
            except BaseException as error:
                failures.append(error)

        running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
    for answer in (answer for own in answers for answer in own):
        print(json.dumps(asdict(answer)))
    if failures:
        raise failures[0]
    return 0


def _ask(library: Library, reader: str) -> Seen:
    asked = time.time()
    answer = library.ask(QUESTION, strictness=0)
    quoted = [citation.quotation for citation in [*answer.citations, *answer.nearest]]
    places = tuple((one.article_id, one.start, one.end, one.text) for one in quoted)
    return Seen(reader, asked, time.time() - asked, answer.provenance.revision if answer.provenance else -1, places)


class MadeUpEmbedder(FreeEmbedder):
    """Vectors that cost nothing, under the name of the model that a library already has."""

    def __init__(self, key: str) -> None:
        self.key = key


def _library(folder: Path) -> Library:
    store = Store.open(folder)
    key = store.ledger.fact(MODEL) or FreeEmbedder.key
    return Library(store, Settings(), lambda _: MadeUpEmbedder(key))


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        sys.exit(read(Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
    sys.exit(main())
