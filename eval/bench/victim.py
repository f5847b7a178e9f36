"""The process that `eval.bench.kills` kills: it loads everything, waits for its orders, and tells how far it is.

Orders come as a line of JSON on standard input. It writes "ready", then a line before and after each publication:
["begun", [[source, id or null, passages], …]] and ["done", …]; at last ["ended", []].
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import trafilatura  # noqa: F401 - loaded before the orders come, so that kills hit the work and not the imports

import qa.ingest
from qa.errors import ArticleMissing
from qa.library import Library
from qa.models import Vectors
from qa.rows import Addition, hash_text
from qa.settings import Settings

Change = tuple[str, str | None, int]  # source, id of its article or None, how many passages

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


def open_library(folder: Path) -> Library:
    """The library in that folder, with vectors that cost nothing."""
    return Library.open(folder, settings=Settings(), load=lambda _: QuickEmbedder())


def main() -> None:
    """Does what it is told, unless it is killed before."""
    import chromadb  # noqa: F401
    import tantivy  # noqa: F401

    qa.ingest.BATCH_PASSAGES = PASSAGES
    _say("ready", [])
    orders = json.loads(sys.stdin.readline())
    with open_library(Path(orders["library"])) as library:
        if orders["kind"] == "purge":
            _purge(library, orders["purge"])
        else:
            _tell_of_publications(library)
            library.add(Path(orders["articles"]), prune=orders["kind"] == "prune")
    _say("ended", [])


def _tell_of_publications(library: Library) -> None:
    store = library._store
    publish: Callable[..., int] = store.publish

    def publish_and_tell(additions: Sequence[Addition], dead_ids: Iterable[str] = ()) -> int:
        dead_ids = list(dead_ids)
        dead = [store.ledger.article(id) for id in dead_ids]
        changes: dict[str, tuple[str | None, int]] = {article.source: (None, 0) for article in dead if article}
        changes |= {item.article.source: (item.article.id, len(item.passages)) for item in additions}
        told = [(source, *change) for source, change in changes.items()]
        _say("begun", told)
        revision = publish(additions, dead_ids)
        _say("done", told)
        return revision

    store.publish = publish_and_tell  # type: ignore[method-assign]


def _purge(library: Library, ids: dict[str, str]) -> None:
    for source, id in ids.items():
        _say("begun", [(source, None, 0)])
        with suppress(ArticleMissing):  # nothing was left to be done for it
            library.remove(id, purge=True)
        _say("done", [(source, None, 0)])


def _say(what: str, changes: Sequence[Change]) -> None:
    sys.stdout.write(json.dumps([what, changes]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
