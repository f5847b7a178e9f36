"""What following a library on PostgreSQL costs: python -m eval.bench.following [--passages N] [--chroma]

A PostgreSQL is started for it, which keeps what it acknowledges through a power cut, as it comes. Articles are made up
and vectors cost nothing. Each reader and writer is a process with a copy of its own, as a machine has; with `--chroma`
the vectors lie on a Chroma server.
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
from contextlib import closing, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import monotonic, perf_counter
from typing import cast

import numpy as np

from eval.bench.growth import ARTICLE, FreeEmbedder, anonymous_memory, resident_peak, write_made_up
from eval.bench.speed import MEGABYTE, PROJECT
from qa.databases import parse_url
from qa.ingest import BATCH_PASSAGES
from qa.ledger import Ledger
from qa.library import Library
from qa.rows import Addition, hash_text
from qa.settings import Settings
from qa.shared_store import SharedStore
from qa.types import Article, Passage, Upload
from tests.chroma_server import running_chroma
from tests.postgres import PostgresServer, running_postgres

PASSAGES, WRITTEN, PUBLISHED = 100_000, 5_000, 100
LOOK = 0.002  # seconds between looks at how far a reader is
SAMPLE = 0.02  # between looks at its memory


@dataclass(frozen=True, slots=True)
class Reading:
    """What opening a library and following it to the newest revision took; megabytes."""

    seconds: float
    passages: int
    before: float  # memory that is no mapped file, with nothing open yet
    most: float
    peak: float  # with mapped files, which the system may drop
    disk: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.following", description=__doc__)
    parser.add_argument("--passages", type=int, default=PASSAGES, help="by so many a copy is behind")
    parser.add_argument("--written", type=int, default=WRITTEN, help="so many each writer adds")
    parser.add_argument("--published", type=int, default=PUBLISHED, help="so many articles, one by one")
    parser.add_argument("--chroma", action="store_true", help="vectors on a Chroma server, which is started")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
        place = Path(scratch)
        place.chmod(0o755)  # PostgreSQL runs as another user
        chroma = running_chroma(place / "chroma") if options.chroma else nullcontext()
        with running_postgres(place / "postgres", ()) as server, chroma as vectors:
            if vectors:
                os.environ["QA_CHROMA_URL"] = vectors.url
            print("vectors on a Chroma server" if vectors else "vectors in each copy")
            measure(server, place, options.passages, options.published)
            measure_writers(server, place, options.written)
    return 0


def measure(server: PostgresServer, place: Path, passages: int, published: int) -> None:
    """Prints what it takes to catch up, what a new reader costs, and how soon one sees a new revision."""
    url = server.create_library()
    _step("read", url, place / "behind")  # an empty copy
    _step("fill", url, place / "writer", str(passages))
    behind = Reading(**json.loads(_step("read", url, place / "behind")))
    tell("a copy that is behind catches up", behind)
    tell("a new reader builds its copy", Reading(**json.loads(_step("read", url, place / "new"))))
    delays = 1000 * np.array(list(_delays(url, place, published)))
    print(
        f"from publishing to being seen by another: median {np.median(delays):.0f} ms, "
        f"95th percentile {np.percentile(delays, 95):.0f} ms, most {delays.max():.0f} ms, n {len(delays)}"
    )


def tell(what: str, reading: Reading) -> None:
    print(
        f"{what}: {reading.passages} passages in {reading.seconds:.1f} s, "
        f"{reading.passages / reading.seconds:.0f} passages/s; disk {reading.disk:.0f} MB; "
        f"memory {reading.before:.0f} MB before, {reading.most:.0f} MB at most, {reading.peak:.0f} MB with mapped files"
    )


def _delays(url: str, place: Path, published: int) -> Iterator[float]:
    """Seconds from each commit of a revision until a reader in another process has it."""
    with _start("watch", url, place / "new") as reader, _open(url, place / "behind") as library:
        assert reader.stdout is not None
        reader.stdout.readline()  # it is there
        committed: dict[int, float] = {}
        ledger = library._store.ledger
        append = ledger.append

        def append_and_note(*given: object) -> int:
            number = append(*given)  # type: ignore[arg-type]
            committed[number] = monotonic()
            return number

        ledger.append = append_and_note  # type: ignore[method-assign, assignment]
        for number in range(published):
            library.add([Upload(f"news-{number}.txt", f"The ferry number {number} left for the island.".encode())])
            revision, moment = json.loads(reader.stdout.readline())
            yield moment - committed[revision]
        reader.terminate()


def measure_writers(server: PostgresServer, place: Path, written: int) -> None:
    """Prints how fast one process adds, and how fast two that begin at once, each its own articles."""
    for number in range(2):
        write_made_up(place / f"articles-{number}", written // ARTICLE, seed=number + 1)
    for writers in (1, 2):
        url = server.create_library()
        _step("read", url, place / f"first-of-{writers}")
        started = [
            _start("write", url, place / f"writer-{writers}-{number}", str(place / f"articles-{number}"))
            for number in range(writers)
        ]
        for writer in started:
            assert writer.stdout is not None
            writer.stdout.readline()  # it has opened the library
        began = perf_counter()
        for writer in started:
            assert writer.stdin is not None
            writer.stdin.close()
        for writer in started:
            if writer.wait():
                raise RuntimeError(f"a writer ended with {writer.returncode}")
        seconds = perf_counter() - began
        with closing(_open_ledger(url)) as ledger:
            passages = ledger.count_passages(ledger.revision())
        print(f"{writers} at once: {passages} passages in {seconds:.1f} s, {passages / seconds:.0f} passages/s")


def _command(name: str, url: str, copies: Path, *given: str) -> list[str]:
    return [sys.executable, "-m", "eval.bench.following", "step", name, url, str(copies), *given]


def _step(name: str, url: str, copies: Path, *given: str) -> str:
    command = _command(name, url, copies, *given)
    return subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True).stdout


def _start(name: str, url: str, copies: Path, *given: str) -> subprocess.Popen[str]:
    command = _command(name, url, copies, *given)
    return subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


# In the processes


def _open(url: str, copies: Path) -> Library:
    settings = replace(Settings.from_environment(), copies=str(copies))
    return Library.open(url, settings=settings, load=lambda _: FreeEmbedder())


def _open_ledger(url: str) -> Ledger:
    where = parse_url(url)
    assert where is not None
    return Ledger.open(where)


def read(url: str, copies: Path) -> None:
    """Opens the library, follows to its newest revision, and prints what that took."""
    import chromadb  # noqa: F401 - so that it doesn't count as memory of the copy
    import psycopg  # noqa: F401
    import tantivy  # noqa: F401

    before, most, ended = anonymous_memory(), 0.0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not ended.wait(SAMPLE):
            most = max(most, anonymous_memory())

    watching = threading.Thread(target=watch)
    watching.start()
    began = perf_counter()
    with _open(url, copies) as library:
        store = library._store
        while store.reached() < store.ledger.revision():
            time.sleep(LOOK)
        seconds = perf_counter() - began
        count = store.lexical.count()
    ended.set()
    watching.join()
    disk = sum(path.stat().st_size for path in copies.rglob("*") if path.is_file()) / MEGABYTE
    print(json.dumps(asdict(Reading(seconds, count, before, most, resident_peak(), disk))))


def watch(url: str, copies: Path) -> None:
    """Prints each revision as this process reaches it, with the moment, until it is ended."""
    with _open(url, copies) as library:
        store = cast(SharedStore, library._store)
        reached = store.reached()
        print("ready", flush=True)
        while True:
            time.sleep(LOOK)
            if (now := store.reached()) > reached:
                reached = now
                print(json.dumps([now, monotonic()]), flush=True)


def write(url: str, copies: Path, articles: str) -> None:
    """Adds those articles once its standard input ends."""
    with _open(url, copies) as library:
        library._model.to_add_with()
        print("ready", flush=True)
        sys.stdin.read()
        library.add(articles)


def fill(url: str, copies: Path, passages: str) -> None:
    """Puts so many passages straight into the ledger: what adding costs beside is measured elsewhere."""
    embedder = FreeEmbedder()
    with _open(url, copies) as library:
        library._model.to_add_with()
    with closing(_open_ledger(url)) as ledger, tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "articles"
        write_made_up(files, int(passages) // ARTICLE)
        batch: list[Addition] = []
        for path in sorted(files.iterdir()):
            batch.append(_addition(path))
            if len(batch) * ARTICLE >= BATCH_PASSAGES:
                _publish(ledger, embedder, batch)
                batch = []
        _publish(ledger, embedder, batch)


def _addition(path: Path) -> Addition:
    """The article in that file, in ARTICLE passages of two paragraphs."""
    text = path.read_text(encoding="utf-8")
    paragraphs, id = text.split("\n\n"), hash_text(text)[:20]
    passages, start = [], 0
    size = len(paragraphs) // ARTICLE
    for first in range(0, len(paragraphs), size):
        part = "\n\n".join(paragraphs[first : first + size])
        passages.append(Passage(id, start, start + len(part), part))
        start += len(part) + 2
    article = Article(id, path.name, text, ((0, len(text)),), bytes_sha256=hash_text(text))
    return Addition(article, text.encode(), tuple(passages))


def _publish(ledger: Ledger, embedder: FreeEmbedder, batch: Sequence[Addition]) -> None:
    if not batch:
        return
    texts = [passage.text for addition in batch for passage in addition.passages]
    ledger.embeddings.put([hash_text(text) for text in texts], embedder.embed(texts), embedder.key)
    ledger.append(batch, (), ledger.revision())


STEPS = {step.__name__: step for step in (read, watch, write, fill)}

if __name__ == "__main__":
    if sys.argv[1:2] == ["step"]:
        STEPS[sys.argv[2]](sys.argv[3], Path(sys.argv[4]), *sys.argv[5:])
        sys.exit()
    sys.exit(main())
