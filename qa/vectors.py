"""Passage vectors in one Chroma collection that follows the ledger, and beside it the scan that finds the nearest.

Chroma keeps ids, vectors and the article of each, no text. It is opened for writing and checking only: its graph of
neighbours is slow with filters, must be loaded whole, and an open client never sees what another process writes
(eval/bench/chroma.py measures it). Questions go to the scan (qa/scan.py), which holds the same vectors in a byte a
component, and what filters need.
"""

from __future__ import annotations

import shutil
import struct
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.errors import IndexUnusable
from qa.scan import Run, VectorScan
from qa.seal import WRITTEN, find_broken, read_seal, seal_files, write_seal
from qa.types import Filters

COLLECTION = "passages"
DATABASE = "chroma.sqlite3"
SCAN, SEAL = "scan", "seal.json"  # beside Chroma's files
LIMIT = 5_000  # records a call; Chroma refuses more than 5,461
HNSW = {"space": "cosine", "ef_construction": 100, "max_neighbors": 16, "ef_search": 100}


@dataclass(frozen=True, slots=True)
class Stored:
    """How far Chroma's collection is, whose vectors it holds, and how many."""

    revision: int
    model: str
    count: int


class VectorIndex:
    """Owns the folder of one Chroma collection and its scan; searches from any thread, updates take turns."""

    down = ""  # no server that could be

    def __init__(self, folder: Path, scan: VectorScan) -> None:
        self._folder = folder
        self._scan = scan
        self._chroma: tuple[Any, Any] | None = None  # the client and its collection, once they are needed
        self._turn = threading.RLock()

    @classmethod
    def create(cls, folder: Path) -> VectorIndex:
        """An empty collection in a new folder."""
        shutil.rmtree(folder, ignore_errors=True)
        client = _client(folder)
        collection = client.create_collection(
            COLLECTION,
            embedding_function=None,  # the default one downloads a model
            configuration={"hnsw": HNSW},
            metadata={"revision": -1, "model": ""},
        )
        index = cls(folder, VectorScan.create(folder / SCAN))
        index._chroma = client, collection
        return index

    @classmethod
    def open(cls, folder: Path) -> VectorIndex:
        """The vectors in that folder; IndexUnusable when they are missing or can't be read."""
        return cls(folder, VectorScan.open(folder / SCAN))

    def close(self) -> None:
        with self._turn:
            if self._chroma is not None:
                self._chroma[0].close()
                self._chroma = None

    @property
    def model(self) -> str:
        """The model whose vectors these are."""
        return self._scan.model

    def revision(self) -> int:
        """How far the index is; -1 when it has never been brought to a revision."""
        return self._scan.revision()

    def count(self) -> int:
        """How many passages the index holds."""
        return self._scan.count()

    def reload(self) -> None:
        """Sees what another process has written."""
        self._scan.reload()

    def switch(self, folder: Path) -> None:
        """Goes over to the vectors in another folder; a search that runs ends on the old ones."""
        fresh = VectorIndex.open(folder)  # if that fails, the old ones stay in use
        with self._turn:
            self.close()
            self._folder, self._scan = folder, fresh._scan

    def update(
        self,
        runs: Iterable[Run],
        dead: Sequence[int],
        revision: int,
        model: str,
    ) -> None:
        """Puts in the passages and takes out the dead; the scan says how far it is last, so a kill leaves it behind."""
        with self._turn, _usable():
            collection = self._collection()
            rows = self._scan.write(_upserting(collection, runs), dead)
            for start in range(0, len(dead), LIMIT):
                collection.delete(ids=[str(key) for key in dead[start : start + LIMIT]])
            for header in self._folder.glob("*/header.bin"):
                _wipe_unused(header)
            seal = self._folder / SEAL
            write_seal(seal, seal_files(self._folder, read_seal(seal)))
            collection.modify(metadata={"revision": revision, "model": model})
            self._scan.publish(rows, revision, model)

    def search(
        self, vector: npt.NDArray[np.float32], k: int, filters: Filters | None = None
    ) -> list[tuple[int, float]]:
        """(passage key, cosine) of the k nearest, nearest first."""
        return self._scan.search(vector, k, filters)

    def cosines(self, vector: npt.NDArray[np.float32], keys: Sequence[int]) -> dict[int, float]:
        """Passage key -> cosine, for those of the keys that are there."""
        return self._scan.cosines(vector, keys)

    def damage(self) -> str:
        """What is wrong with Chroma's files, as far as sizes and times tell; nothing while all seems well."""
        path = self._folder / DATABASE
        try:
            if not _is_whole(path):
                return f"{path} is not what was written"
        except OSError as error:
            return f"{path}: {error.strerror}"
        broken = find_broken(self._folder, read_seal(self._folder / SEAL))
        return f"{self._folder}: {broken} is not what was written" if broken else ""

    def stored(self) -> Stored:
        """What Chroma itself holds; IndexUnusable when it can't be read or lacks what the scan has."""
        with self._turn, _usable():
            collection = self._collection()
            stored = Stored(_revision(collection), _model(collection), int(collection.count()))
            for header in self._folder.glob("*/header.bin"):
                if not header.with_name(WRITTEN).exists():  # until then, Chroma makes the files anew when it reads
                    _wipe_unused(header)
            return stored

    def _collection(self) -> Any:
        """Chroma's collection, opened anew where another process has written since."""
        if self._chroma is not None and _revision(self._chroma[1]) < self._scan.revision():
            self.close()  # clients of one folder share their state: the new one must come after
        if self._chroma is None:
            if damage := self.damage():
                raise IndexUnusable(f"{damage}; run: qa rebuild")
            self._chroma = _connect(self._folder)
        collection = self._chroma[1]
        if _revision(collection) < self._scan.revision():
            raise IndexUnusable(f"{self._folder}: Chroma's collection is older than its scan; run: qa rebuild")
        return collection


def _upserting(collection: Any, runs: Iterable[Run]) -> Iterator[Run]:
    """The runs, as they come into the collection."""
    for rows, vectors in runs:
        collection.upsert(
            ids=[str(row.key) for row in rows],
            embeddings=vectors,
            metadatas=[{"article": row.article_id} for row in rows],
        )
        yield rows, vectors


@contextmanager
def _usable() -> Iterator[None]:
    from chromadb.errors import ChromaError

    try:
        yield
    except ChromaError as error:
        raise IndexUnusable(f"the index of vectors can't be used: {error}; run: qa rebuild") from error


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    folder.mkdir(parents=True, exist_ok=True)
    return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))


def _connect(folder: Path) -> tuple[Any, Any]:
    from chromadb.errors import ChromaError

    client = None
    try:
        client = _client(folder)
        return client, client.get_collection(COLLECTION, embedding_function=None)
    except (ChromaError, ValueError, OSError, RuntimeError, AttributeError) as error:
        if client is not None:
            client.close()
        raise IndexUnusable(f"{folder}: {error}") from error


def _is_whole(database: Path) -> bool:
    """Whether the file begins as SQLite's do and is as long as it says (sqlite.org/fileformat.html, 1.3)."""
    with database.open("rb") as file:
        header = file.read(100)
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        return False
    (size,), (changes, pages, changes_then) = (
        struct.unpack_from(">H", header, 16),
        struct.unpack_from(">II60xI", header, 24),
    )
    known = changes == changes_then  # else an old version of SQLite wrote it, and the number of pages means nothing
    return not known or database.stat().st_size >= pages * (65_536 if size == 1 else size)


def _wipe_unused(header: Path) -> None:
    """Zeros the places that no vector has taken yet: Chroma writes there what its memory held, be it a purged text."""
    try:
        content = header.read_bytes()
        # hnswlib's saveIndex: a version, an offset, the places there are, those taken, and the bytes of one.
        _, _, _, taken, size = struct.unpack_from("<i4Q", content)
        for name, width in (("data_level0.bin", size), ("length.bin", 4)):
            with header.with_name(name).open("r+b") as file:
                file.seek(taken * width)
                if (rest := file.read()).strip(b"\0"):
                    file.seek(taken * width)
                    file.write(bytes(len(rest)))
    except (OSError, struct.error) as error:
        raise IndexUnusable(f"{header.parent}: {error}") from error


def _revision(collection: Any) -> int:
    return int((collection.metadata or {}).get("revision", -1))


def _model(collection: Any) -> str:
    return str((collection.metadata or {}).get("model", ""))
