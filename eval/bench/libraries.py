"""Builds libraries of any size for the benchmark, and goes on where an earlier run was stopped.

All but the last articles go in by the calls by which `Library.add` publishes, but BATCH passages at a time and ready
made: they aren't read, cleaned, split or embedded, which costs each article the same at any size. Nor are copies looked
up, though what finds them is stored: articles made of the same few thousand passages would all be found. The last ones
(TAIL) are files of made-up words that `Library.add` reads and does everything with, only that their vectors cost
nothing: what that takes is the ingest rate at that size.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from eval.bench.growth import write_made_up
from eval.bench.recombine import Made, Sources, make_article, make_articles
from eval.bench.speed import Say
from qa.duplicates import band_hashes
from qa.library import Library
from qa.models import Embedder, Vectors
from qa.rows import Addition, hash_text
from qa.settings import Settings
from qa.store import EMBEDDER, MODEL, Store
from qa.types import Article, Passage, article_id

STEP = 10_000  # passages after which the time is written down
BATCH = 5_000  # passages published together
TAIL = 40  # articles that Library.add reads, of about TAIL_PASSAGES passages
TAIL_PASSAGES = 25


@dataclass(frozen=True, slots=True)
class Pace:
    """What it took to get from `before` passages to `passages`."""

    before: int
    passages: int
    seconds: float
    whole: bool = False  # by Library.add


class SourceEmbedder:
    """Gives every text the vector of some real passage, moved a little; counts tokens as the real model does."""

    def __init__(self, embedder: Embedder, sources: Sources) -> None:
        self.name, self.digest, self.precision = embedder.name, embedder.digest, embedder.precision
        self.dimensions, self.key = embedder.dimensions, embedder.key
        self.count_tokens, self.embed_question = embedder.count_tokens, embedder.embed_question
        self._sources = sources

    def embed(self, texts: Sequence[str]) -> Vectors:
        numbers = (zlib.crc32(text.encode("utf-8", "surrogatepass")) for text in texts)
        rows: Vectors = np.stack([make_article(self._sources, number).vectors[0] for number in numbers])
        return rows


def library_folder(cache: Path, size: int, made_up: bool) -> Path:
    return cache / f"library-{size}{'-made-up' if made_up else ''}"


def build_library(folder: Path, size: int, sources: Sources, embedder: Embedder, say: Say) -> list[Pace]:
    """The library of about `size` passages in that folder; how fast it grew. At once if it is there already."""
    notes = folder.with_name(f"{folder.name}-built.json")
    paces = [Pace(**values) for values in json.loads(notes.read_text(encoding="utf-8"))] if notes.exists() else []
    if paces and paces[-1].whole:
        return paces
    store = Store.open(folder)
    try:
        store.ledger.set_facts({MODEL: embedder.key, EMBEDDER: embedder.name})
        for pace in _grow(store, size - TAIL * TAIL_PASSAGES, sources, embedder.key):
            paces.append(pace)
            _write(notes, paces)
            say(f"{folder.name}: {pace.passages} passages, {(pace.passages - pace.before) / pace.seconds:.0f} a second")
    finally:
        store.close()
    paces.append(_add_tail(folder, SourceEmbedder(embedder, sources)))
    _write(notes, paces)
    return paces


def _write(notes: Path, paces: Sequence[Pace]) -> None:
    partial = notes.with_suffix(".part")
    partial.write_text(json.dumps([asdict(pace) for pace in paces]), encoding="utf-8")
    partial.replace(notes)


# All but the last


def _grow(store: Store, size: int, sources: Sources, model: str) -> Iterator[Pace]:
    """Goes on after the articles that are there; they are always made, and published, in the same order."""
    revision = store.refresh()
    before = count = store.ledger.count_passages(revision)
    started = perf_counter()
    for batch in _batches(make_articles(sources, len(store.ledger.sources(revision)), size - count)):
        additions = [_addition(made) for made in batch]
        vectors = np.concatenate([made.vectors for made in batch])
        hashes = [hash_text(text) for made in batch for text in made.passages]
        store.ledger.embeddings.put(hashes, vectors, model)
        store.publish(additions)
        count += len(hashes)
        if count - before >= STEP or count >= size:
            yield Pace(before, count, perf_counter() - started)
            before, started = count, perf_counter()


def _batches(articles: Iterator[Made]) -> Iterator[list[Made]]:
    batch: list[Made] = []
    for made in articles:
        batch.append(made)
        if sum(len(one.passages) for one in batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _addition(made: Made) -> Addition:
    text, source = "\n\n".join(made.passages), f"{made.number:08}.txt"
    data = text.encode()
    article = Article(
        article_id(source, text), source, text, ((0, len(text)),), made.title, made.publisher, made.published,
        language=made.language, bytes_sha256=hashlib.sha256(data).hexdigest(), extractor="made", dated="stated",
    )  # fmt: skip
    passages, start = [], 0
    for own in made.passages:
        passages.append(Passage(article.id, start, start + len(own), own))
        start += len(own) + 2
    bands = tuple(band_hashes(own) for own in made.passages)
    return Addition(article, data, tuple(passages), (None,) * len(passages), bands)


# The last


def _add_tail(folder: Path, embedder: SourceEmbedder) -> Pace:
    files = folder.with_name(f"{folder.name}-tail")
    shutil.rmtree(files, ignore_errors=True)
    write_made_up(files, TAIL)
    with Library.open(folder, settings=Settings(), load=lambda _: embedder) as library:
        before = sum(library.count_passages().values())
        started = perf_counter()
        report = library.add(files)
        seconds = perf_counter() - started
        after = sum(library.count_passages().values())
    if after == before:
        raise RuntimeError(f"{folder}: nothing was added of {files}: {report.entries[:1]}")
    return Pace(before, after, seconds, whole=True)


# What is in it


def disk_parts(folder: Path) -> dict[str, int]:
    """Bytes of each part of a closed library; "text" and "originals" are what no library could do without."""
    parts = {"ledger": 0, "vectors": 0, "lexical": 0, "rest": 0}
    for path in (path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).parts[0].partition("-")[0].partition(".")[0]
        parts[name if name in parts else "rest"] += path.stat().st_size
    return parts
