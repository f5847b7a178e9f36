"""Passage vectors in a collection on a Chroma server, which several processes or machines share.

It has the place of qa/vectors.py's index in a store, but no scan: a question goes to the server's own graph of
neighbours, with its filters. The server gets ids, vectors and what filters need, never a text. The collection's
metadata say how far it is; they are written last, so a kill leaves them behind and the same update is done again.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from qa.chroma_server import ChromaServer, Refused
from qa.columns import Vectors
from qa.rows import IndexRow
from qa.scan import Run
from qa.settings import Settings
from qa.types import Filters
from qa.vectors import Stored

# ef_construction, max_neighbors and WIDER: python -m eval.bench.chroma_server, docs/chroma.md.
HNSW = {"space": "cosine", "ef_construction": 200, "max_neighbors": 32, "ef_search": 100}
WIDER = 3  # times as many are asked for as are wanted: the graph finds more of the nearest the farther it looks
MOST_RESULTS = 300  # that are asked for beyond what is wanted: Chroma Cloud gives no more
MOST_TIED = 4_000  # results, of which equal ones at the end make one ask for more
MOST_BYTES = 4_000_000  # of the vectors of one call
TOO_LARGE = (413, 422)  # what stands before a server, and quotas, may allow less than the server says
DIGITS = 5  # of a cosine: below that the server and numpy differ, and equal vectors must stay equal
NOTHING = Stored(-1, "", 0)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the server said when it was last asked."""

    id: str = ""
    dimensions: int | None = None
    stored: Stored = NOTHING


class ServerVectors:
    """Owns the connections to one collection; searches from any thread, updates take turns."""

    def __init__(self, server: ChromaServer, name: str) -> None:
        self._server, self._name = server, name
        self._known = _Known()  # replaced as a whole
        self._most_records = 0
        self._turn = threading.RLock()

    @classmethod
    def create(cls, settings: Settings, name: str) -> ServerVectors:
        """An empty collection in place of any of that name; tenant and database are made where they are missing."""
        vectors = cls.later(settings, name)
        with _closed_on_error(vectors):
            vectors._server.make_database()
            vectors._server.delete_collection(name)
            about = {"name": name, "metadata": {"revision": -1, "model": ""}, "configuration": {"hnsw": HNSW}}
            made = vectors._server.change("POST", "/collections", {**about, "get_or_create": True})
            vectors._known = _Known(made["id"])
        return vectors

    @classmethod
    def open(cls, settings: Settings, name: str) -> ServerVectors:
        """That collection; IndexUnusable when it isn't there, VectorsDown when the server can't say."""
        vectors = cls.later(settings, name)
        with _closed_on_error(vectors):
            vectors.reload()
        return vectors

    @classmethod
    def later(cls, settings: Settings, name: str) -> ServerVectors:
        """That collection without asking the server, of which nothing is known before `reload` or the first search."""
        return cls(ChromaServer(settings), name)

    @staticmethod
    def delete(settings: Settings, name: str) -> None:
        """Deletes that collection; nothing where it isn't there."""
        with closing(ChromaServer(settings)) as server:
            server.delete_collection(name)

    @staticmethod
    def names(settings: Settings, prefix: str) -> list[str]:
        """The names of the collections that begin so."""
        with closing(ChromaServer(settings)) as server:
            return server.collections(prefix)

    def close(self) -> None:
        self._server.close()

    def note_failure(self, failure: str) -> None:
        """Has it known that the server was down just now, so that no question waits to find out."""
        self._server.note_failure(failure)

    @property
    def down(self) -> str:
        """Why the last call failed, be it of a question or a change; nothing while the server answers."""
        return self._server.failure

    @property
    def model(self) -> str:
        """The model whose vectors these are, as the server last said."""
        return self._known.stored.model

    def revision(self) -> int:
        """How far the collection is, as the server last said; -1 when it hasn't been asked."""
        return self._known.stored.revision

    def count(self) -> int:
        """How many passages the collection holds, as the server last said."""
        return self._known.stored.count

    def reload(self) -> None:
        """Asks the server, and so sees what other processes have written."""
        self._known = self._look(self._server.ask)

    def stored(self) -> Stored:
        """What the server holds; IndexUnusable when it lacks the collection."""
        self.reload()
        return self._known.stored

    def damage(self) -> str:
        """Nothing: the server looks after its own files."""
        return ""

    def switch(self, name: str) -> None:
        """Goes over to another collection of the same database; a search that runs ends on the old one."""
        fresh = ServerVectors(self._server, name)
        fresh.reload()  # if that fails, the old one stays in use
        with self._turn:
            self._name, self._known = name, fresh._known

    def update(self, runs: Iterable[Run], dead: Sequence[int], revision: int, model: str) -> None:
        """Puts in the passages and takes out the dead; the collection says how far it is last.

        Where another process has brought it further, nothing is put in: some of that may have died by then.
        """
        with self._turn:
            known = self._look(self._server.change)
            due = known.stored.revision <= revision
            for rows, vectors in runs if due else ():
                self._upsert(known.id, rows, vectors)
            self._delete(known.id, dead)
            if due:
                about = {"revision": revision, "model": model}
                self._server.change("PUT", f"/collections/{known.id}", {"new_metadata": about})
            self._known = self._look(self._server.change)

    def search(self, vector: Vectors, k: int, filters: Filters | None = None) -> list[tuple[int, float]]:
        """(passage key, cosine) of the k nearest that the server finds, nearest first."""
        known = self._reached()
        if k < 1 or known.dimensions != len(vector):
            return []  # of another length: embedded just before the library took another model; words still find
        most = max(k, min(WIDER * k, MOST_RESULTS))
        found = self._query(known.id, vector, most, filters)
        while len(found) == most <= MOST_TIED and found[k - 1][1] == found[-1][1]:
            most *= 4  # so that of equal ones at the end the same are taken as by a scan
            try:
                found = self._query(known.id, vector, most, filters)
            except Refused:  # a quota: any of the equal ones will do
                break
        return found[:k]

    def _query(self, id: str, vector: Vectors, most: int, filters: Filters | None) -> list[tuple[int, float]]:
        body = {
            "query_embeddings": [vector.tolist()],
            "n_results": most,
            "where": where_of(filters),
            "include": ["distances"],
        }
        found = self._server.ask("POST", f"/collections/{id}/query", body)
        cosines = [round(1 - distance, DIGITS) for distance in found["distances"][0]]
        pairs = zip(map(int, found["ids"][0]), cosines, strict=True)
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def cosines(self, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """Passage key -> cosine, for those of the keys that are there."""
        known = self._reached()
        if not keys or known.dimensions != len(vector):
            return {}
        body = {"ids": [str(key) for key in keys], "include": ["embeddings"]}
        found = self._server.ask("POST", f"/collections/{known.id}/get", body)
        if not found["ids"]:
            return {}
        own = np.array(found["embeddings"], dtype=np.float32)
        cosines = own @ vector / np.maximum(np.linalg.norm(own, axis=1), 1e-12)
        return {int(key): round(cosine, DIGITS) for key, cosine in zip(found["ids"], cosines.tolist(), strict=True)}

    def _reached(self) -> _Known:
        """What is known of the collection; asks once where nothing is."""
        if not self._known.id:
            self.reload()
        return self._known

    def _look(self, call: Callable[[str, str], Any]) -> _Known:
        found = call("GET", f"/collections/{self._name}")
        about, count = found["metadata"] or {}, call("GET", f"/collections/{found['id']}/count")
        stored = Stored(int(about.get("revision", -1)), str(about.get("model", "")), int(count))
        return _Known(found["id"], found["dimension"], stored)

    def _upsert(self, id: str, rows: Sequence[IndexRow], vectors: Vectors) -> None:
        def send(part: slice) -> None:
            self._server.change("POST", f"/collections/{id}/upsert", _records(rows[part], vectors[part]))

        self._in_parts(len(rows), MOST_BYTES // (4 * vectors.shape[1]), send)

    def _delete(self, id: str, keys: Sequence[int]) -> None:
        def send(part: slice) -> None:
            self._server.change("POST", f"/collections/{id}/delete", {"ids": [str(key) for key in keys[part]]})

        self._in_parts(len(keys), len(keys), send)

    def _in_parts(self, count: int, most: int, send: Callable[[slice], None]) -> None:
        """In as few calls as the server allows, and in halves where one is refused for its size."""
        self._most_records = self._most_records or self._server.most_records()
        start = 0
        while start < count:
            part = slice(start, min(start + max(1, min(most, self._most_records)), count))
            try:
                send(part)
            except Refused as error:
                if error.status not in TOO_LARGE or part.stop - start == 1:
                    raise
                self._most_records = (part.stop - start) // 2
            else:
                start = part.stop


@contextmanager
def _closed_on_error(vectors: ServerVectors) -> Iterator[None]:
    try:
        yield
    except BaseException:
        vectors.close()
        raise


def where_of(filters: Filters | None) -> dict[str, Any] | None:
    """What Chroma is asked for, with the meaning that filters have in qa/scan.py; None when all pass."""
    if filters is None:
        return None
    sets = {"publisher": filters.publishers, "language": filters.languages, "article": filters.article_ids}
    tests: list[dict[str, Any]] = [{name: {"$in": list(texts)}} for name, texts in sets.items() if texts]
    first, last = filters.published_days
    if first is not None or last is not None:
        days: list[dict[str, Any]] = [{"published": {"$gte": max(first or 1, 1)}}]
        if last is not None:
            days.append({"published": {"$lte": last}})
        dated = _joined("$and", days)
        tests.append({"$or": [dated, {"published": 0}]} if filters.include_undated else dated)
    return _joined("$and", tests) if tests else None


def _joined(word: str, tests: list[dict[str, Any]]) -> dict[str, Any]:
    """Chroma joins two or more."""
    return tests[0] if len(tests) == 1 else {word: tests}


def _records(rows: Sequence[IndexRow], vectors: Vectors) -> dict[str, Any]:
    """The body of an upsert; vectors as base64 take a quarter of the bytes of figures."""
    return {
        "ids": [str(row.key) for row in rows],
        "embeddings": [base64.b64encode(vector.tobytes()).decode() for vector in np.asarray(vectors, dtype="<f4")],
        "metadatas": [
            {
                "article": row.article_id,
                "publisher": row.publisher,
                "language": row.language,
                "published": row.published,
            }
            for row in rows
        ],
    }
