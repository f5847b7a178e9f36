"""Nearest vectors by a scan of all: one-bit codes choose a shortlist, the vectors themselves decide.

A code is the signs of a vector's components (binary quantisation with rescoring; Charikar, "Similarity estimation
techniques from rounding algorithms", 2002). A million codes of 384 bits take 48 MB and are compared in some
milliseconds by one core, filters included, which a graph of neighbours can't do; and only the codes must be loaded.

The files are those of qa/columns.py.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qa.columns import (
    WORD,
    State,
    Vectors,
    append,
    codes_of,
    compact,
    hash_names,
    last_key,
    map_column,
    paths_of,
    read_state,
    remove_others,
    take_out,
    write_state,
)
from qa.errors import IndexUnusable
from qa.rows import IndexRow
from qa.seal import bring_to_disk
from qa.types import Filters

Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Run = tuple[Sequence[IndexRow], Vectors]

# Vectors that are read for a question: up to SHORTLIST the search is exact, of very many it is one in SHARE.
SHORTLIST, SHARE = 4_000, 80
BLOCK = 1 << 15  # codes compared at once: they stay in the processor's cache
SPARSE = 10_000  # rows of passages that are gone, from which on files are written anew when they are most of all
LAST = 4_000_000  # a day after all others


class VectorScan:
    """Owns the folder of the columns; one process writes, any number reads, from any thread."""

    def __init__(self, folder: Path, table: Table) -> None:
        self._folder = folder
        self._table = table  # replaced as a whole: a search that runs goes on with the one it took
        self._loading = threading.Lock()

    @classmethod
    def create(cls, folder: Path) -> VectorScan:
        """No vectors, in a new folder."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_state(folder, State())
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> VectorScan:
        """The vectors in that folder; IndexUnusable when they are missing or can't be read."""
        return cls(folder, _load(folder, None))

    @property
    def model(self) -> str:
        """The model whose vectors these are."""
        return self._table.state.model

    def revision(self) -> int:
        """How far the scan is; -1 when it has never been brought to a revision."""
        return self._table.state.revision

    def count(self) -> int:
        """How many vectors there are."""
        return self._table.state.rows - self._table.state.gone

    def reload(self) -> None:
        """Sees what another process has written."""
        with self._loading:
            if read_state(self._folder) != self._table.state:
                self._table = _load(self._folder, self._table)

    def search(self, vector: Vectors, k: int, filters: Filters | None = None) -> list[tuple[int, float]]:
        """(passage key, cosine) of the k nearest, nearest first."""
        return self._table.search(vector, k, filters)

    def cosines(self, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """Passage key -> cosine, for those of the keys that are there."""
        return self._table.cosines_of(vector, keys)

    def write(self, runs: Iterable[Run], dead: Sequence[int]) -> State:
        """Puts in the passages, whose keys ascend, and takes out the dead; `publish` makes it count.

        What is there already stays as it is: a key stands for one text for ever.
        """
        state = self._table.state
        for rows, vectors in runs:
            state = append(self._folder, state, *self._unknown(rows, vectors, state))
        if dead:
            state = take_out(self._folder, state, Table(self._folder, state, self._table).rows_of(dead))
        if state.gone > max(SPARSE, state.rows // 2):
            state = compact(self._folder, state)
        return state

    def publish(self, written: State, revision: int, model: str) -> None:
        """Says how far the scan is, once all that was written has reached the disk."""
        for path in paths_of(self._folder, written).values():
            bring_to_disk(path)
        state = replace(written, revision=revision, model=model)
        write_state(self._folder, state)
        self.reload()
        remove_others(self._folder, state)

    def _unknown(self, rows: Sequence[IndexRow], vectors: Vectors, state: State) -> tuple[Sequence[IndexRow], Vectors]:
        """Those of the rows that aren't in the files yet."""
        last = last_key(self._folder, state)
        new = [index for index, row in enumerate(rows) if row.key > last]
        if len(new) < len(rows):
            known = self._table.rows_of([row.key for row in rows if row.key <= last])
            if len(known) < len(rows) - len(new):
                raise IndexUnusable(f"{self._folder}: a passage came after one with a higher key")
        return [rows[index] for index in new], vectors[new]


class Table:
    """The rows that counted at one moment; nothing of it changes but which passages are gone."""

    def __init__(self, folder: Path, state: State, before: Table | None) -> None:
        self.state = state
        self._columns = {name: map_column(path, name, state) for name, path in paths_of(folder, state).items()}
        self._blocks = list(self._read_blocks(before))

    def _read_blocks(self, before: Table | None) -> Iterator[npt.NDArray[np.uint64]]:
        """The codes, a word of all in a row; blocks that were full before are taken over."""
        alike = before is not None and before.state.generation == self.state.generation
        full = before._blocks[: before.state.rows // BLOCK] if before is not None and alike else []
        yield from full
        for start in range(len(full) * BLOCK, self.state.rows, BLOCK):
            yield np.ascontiguousarray(self._columns["code"][start : start + BLOCK].T)

    def search(self, vector: Vectors, k: int, filters: Filters | None) -> list[tuple[int, float]]:
        if self.state.rows == 0 or len(vector) != self.state.dimensions:
            return []  # of another length: embedded just before the library took another model; words still find
        most = max(SHORTLIST, self.state.rows // SHARE, 2 * k)
        rows = self._shortlist(vector, self._passing(filters), most)
        cosines, keys = self._cosines(vector, rows), self._columns["key"][rows]
        best = np.lexsort((keys, -cosines))[:k]
        return list(zip(keys[best].tolist(), cosines[best].tolist(), strict=True))

    def cosines_of(self, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        rows = self.rows_of(keys)
        if len(rows) == 0 or len(vector) != self.state.dimensions:
            return {}
        return dict(zip(self._columns["key"][rows].tolist(), self._cosines(vector, rows).tolist(), strict=True))

    def rows_of(self, keys: Sequence[int]) -> Rows:
        """The rows of those of the keys that are there, in the order of their keys."""
        if self.state.rows == 0:
            return np.empty(0, dtype=np.intp)
        wanted, own = np.unique(np.asarray(keys, dtype=np.int64)), self._columns["key"]
        places = np.searchsorted(own, wanted)
        inside = places < len(own)
        places, wanted = places[inside], wanted[inside]
        rows: Rows = places[own[places] == wanted]
        return rows

    def _passing(self, filters: Filters | None) -> Mask | None:
        """Which rows are there and pass the filters; None when all do."""
        tests = [self._columns["gone"] == 0] if self.state.gone else []
        if filters is not None:
            sets = {"publisher": filters.publishers, "language": filters.languages, "article": filters.article_ids}
            for name, texts in sets.items():
                if texts:
                    tests.append(_among(self._columns[name], hash_names(texts)))
            first, last = filters.published_days
            if first is not None or last is not None:
                days = self._columns["day"]
                dated = (days >= max(first or 1, 1)) & (days <= (LAST if last is None else last))
                tests.append(dated | (days == 0) if filters.include_undated else dated)
        return np.logical_and.reduce(tests) if tests else None

    def _shortlist(self, vector: Vectors, passing: Mask | None, most: int) -> Rows:
        """About `most` of the rows that pass, with the codes most like the vector's; all if there are no more."""
        count = self.state.rows if passing is None else int(np.count_nonzero(passing))
        if count <= most:
            return np.arange(self.state.rows) if passing is None else np.flatnonzero(passing)
        distances = self._distances(codes_of(vector[np.newaxis])[0])
        if passing is not None:
            distances[~passing] = WORD * len(self._blocks[0]) + 1
        within = int(np.searchsorted(np.bincount(distances).cumsum(), most))
        return np.flatnonzero(distances <= within)

    def _distances(self, code: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint16]:
        """In how many bits each row's code differs."""
        distances = np.zeros(self.state.rows, dtype=np.uint16)
        for number, block in enumerate(self._blocks):
            part = distances[number * BLOCK : (number + 1) * BLOCK]
            for words, word in zip(block, code, strict=True):
                part += np.bitwise_count(words ^ word)
        return distances

    def _cosines(self, vector: Vectors, rows: Rows) -> Vectors:
        own = self._columns["vector"][rows].astype(np.float32)
        lengths = np.sqrt(np.einsum("rd,rd->r", own, own))  # in one pass, unlike numpy's norm
        cosines: Vectors = own @ vector / np.maximum(lengths, 1e-12)
        return cosines


def _among(column: npt.NDArray[np.uint64], wanted: npt.NDArray[np.uint64]) -> Mask:
    """Which rows have one of the values; each run of equal ones, as of one article, is looked up once."""
    starts = np.flatnonzero(np.r_[True, column[1:] != column[:-1]])
    lengths = np.diff(np.r_[starts, len(column)])
    return np.repeat(np.isin(column[starts], wanted), lengths)


def _load(folder: Path, before: Table | None) -> Table:
    """The rows that count now; where their files are being replaced by others, those."""
    state = read_state(folder)
    while True:
        try:
            return Table(folder, state, before)
        except (OSError, ValueError) as error:
            newer = read_state(folder)
            if newer.generation == state.generation:
                raise IndexUnusable(f"{folder}: {error}") from error
            state = newer
