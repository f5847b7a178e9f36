"""Passage vectors in one Chroma collection that follows the ledger: ids, vectors and what filters need, no text."""

from __future__ import annotations

import shutil
import struct
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.errors import IndexUnusable
from qa.rows import IndexRow
from qa.seal import Seal, find_broken, read_seal, seal_files, write_seal
from qa.types import Filters

COLLECTION = "passages"
SETTLE_SECONDS = 1.0  # in which another process that writes the files may have sealed them
LIMIT = 5_000  # records a call; Chroma refuses more than 5,461
HNSW = {"space": "cosine", "ef_construction": 100, "max_neighbors": 16, "ef_search": 100}


class VectorIndex:
    """Owns the folder of one Chroma collection; its calls take turns, so that a reopening disturbs none."""

    def __init__(self, folder: Path, client: Any, collection: Any) -> None:
        self._folder = folder
        self._client = client
        self._collection = collection
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
        return cls(folder, client, collection)

    @classmethod
    def open(cls, folder: Path) -> VectorIndex:
        """The collection in that folder; IndexUnusable when it is missing or can't be read."""
        client, collection = _open(folder)
        return cls(folder, client, collection)

    def close(self) -> None:
        with self._turn:
            self._client.close()

    @property
    def model(self) -> str:
        """The model whose vectors these are."""
        return str((self._collection.metadata or {}).get("model", ""))

    def revision(self) -> int:
        """How far the collection is; -1 when it has never been brought to a revision."""
        return int((self._collection.metadata or {}).get("revision", -1))

    def count(self) -> int:
        """How many passages the collection holds."""
        with self._turn, _usable():
            return int(self._collection.count())

    def reload(self) -> None:
        """Sees what another process has written, which an open client never would."""
        with self._turn:
            self._client.close()  # clients of one folder share their state: the new one must come after
            self._client, self._collection = _open(self._folder, 10 * SETTLE_SECONDS)

    def switch(self, folder: Path) -> None:
        """Goes over to the collection in another folder; searches wait meanwhile."""
        with self._turn:
            fresh = _open(folder)  # if that fails, the old one stays in use
            self._client.close()
            self._folder, (self._client, self._collection) = folder, fresh

    def update(
        self,
        runs: Iterable[tuple[Sequence[IndexRow], npt.NDArray[np.float32]]],
        dead: Sequence[int],
        revision: int,
        model: str,
    ) -> None:
        """Puts in the passages and takes out the dead; says how far it is last, so that a kill leaves it behind."""
        with self._turn, _usable():
            for rows, vectors in runs:
                self._collection.upsert(
                    ids=[str(row.key) for row in rows], embeddings=vectors, metadatas=[_metadata(row) for row in rows]
                )
            for start in range(0, len(dead), LIMIT):
                self._collection.delete(ids=[str(key) for key in dead[start : start + LIMIT]])
            for header in self._folder.glob("*/header.bin"):
                _wipe_unused(header)
            seal = seal_files(self._folder, _seal(self._collection) or {})
            self._collection.modify(metadata={"revision": revision, "model": model, "files": write_seal(seal)})

    def search(
        self, vector: npt.NDArray[np.float32], k: int, filters: Filters | None = None
    ) -> list[tuple[int, float]]:
        """(passage key, cosine) of the k nearest, nearest first."""
        with self._turn, _usable():
            found = self._collection.query(
                query_embeddings=[vector], n_results=max(k, 1), where=_where(filters), include=["distances"]
            )
        pairs = [(int(id), 1.0 - d) for id, d in zip(found["ids"][0], found["distances"][0], strict=True)]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


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


def _open(folder: Path, patience: float = SETTLE_SECONDS) -> tuple[Any, Any]:
    """The client and its collection, once the files of neighbours are as they were sealed."""
    deadline = time.monotonic() + patience
    while True:
        client, collection = _connect(folder)
        seal = _seal(collection)  # libraries of older versions have none
        broken = find_broken(folder, seal) if seal is not None else None
        if broken is None:
            return client, collection
        client.close()
        if time.monotonic() > deadline:
            raise IndexUnusable(f"{folder}: {broken} is not what was written")
        time.sleep(SETTLE_SECONDS / 10)


def _connect(folder: Path) -> tuple[Any, Any]:
    from chromadb.errors import ChromaError

    if not (folder / "chroma.sqlite3").is_file():
        raise IndexUnusable(f"{folder} holds no collection")
    client = None
    try:
        client = _client(folder)
        return client, client.get_collection(COLLECTION, embedding_function=None)
    except (ChromaError, ValueError, OSError, RuntimeError, AttributeError) as error:
        if client is not None:
            client.close()
        raise IndexUnusable(f"{folder}: {error}") from error


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


def _seal(collection: Any) -> Seal | None:
    text = (collection.metadata or {}).get("files")
    return read_seal(text) if text is not None else None


def _metadata(row: IndexRow) -> dict[str, str | int]:
    return {
        "article": row.article_id,
        "publisher": row.publisher,
        "published": row.published,
        "language": row.language,
    }


def _where(filters: Filters | None) -> dict[str, Any] | None:
    """The filters in Chroma's form."""
    if filters is None:
        return None
    sets = (("publisher", filters.publishers), ("language", filters.languages), ("article", filters.article_ids))
    clauses: list[dict[str, Any]] = [{field: {"$in": list(values)}} for field, values in sets if values]
    first, last = filters.published_days
    if first is not None or last is not None:
        dated: list[dict[str, Any]] = [{"published": {"$gte": max(first or 1, 1)}}]
        if last is not None:
            dated.append({"published": {"$lte": last}})
        condition = {"$and": dated} if len(dated) > 1 else dated[0]
        clauses.append({"$or": [condition, {"published": 0}]} if filters.include_undated else condition)
    return {"$and": clauses} if len(clauses) > 1 else clauses[0] if clauses else None
