"""Nearest vectors by a scan of all: one-bit codes choose a shortlist, the vectors themselves decide.

A code is the signs of a vector's components (binary quantisation with rescoring; Charikar, "Similarity estimation
techniques from rounding algorithms", 2002). A million codes of 384 bits take 48 MB and are compared in some
milliseconds by one core, filters included, which a graph of neighbours can't do; and only the codes must be loaded.

Every column lies in a file of its own that only grows; a small file, replaced as a whole, says how many rows count.
Who reads keeps the rows that counted when it looked, whatever is written meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.errors import IndexUnusable
from qa.rows import IndexRow
from qa.seal import bring_to_disk, write_whole
from qa.types import Filters

Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Run = tuple[Sequence[IndexRow], Vectors]

LAYOUT = 1
STATE = "state.json"
SHORTLIST = 4_000  # vectors that are read for a question; up to so many, the search is exact
BLOCK = 1 << 15  # codes compared at once: they stay in the processor's cache
SPARSE = 10_000  # rows of passages that are gone, from which on files are written anew when they are most of all
WORD = 64  # bits
LAST = 4_000_000  # a day after all others


@dataclass(frozen=True, slots=True)
class State:
    """What counts of the files: of which generation, how many rows, and what they are."""

    generation: int = 0
    rows: int = 0
    gone: int = 0  # of these, taken out
    dimensions: int = 0
    revision: int = -1
    model: str = ""


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
        _write_state(folder, State())
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
            if _read_state(self._folder) != self._table.state:
                self._table = _load(self._folder, self._table)

    def search(self, vector: Vectors, k: int, filters: Filters | None = None) -> list[tuple[int, float]]:
        """(passage key, cosine) of the k nearest, nearest first."""
        return self._table.search(vector, k, filters)

    def cosines(self, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """Passage key -> cosine, for those of the keys that are there."""
        return self._table.cosines_of(vector, keys)

    def write(self, runs: Iterable[Run], dead: Iterable[int]) -> State:
        """Puts in the passages, whose keys ascend, and takes out the dead; `publish` makes it count.

        What is there already stays as it is: a key stands for one text for ever.
        """
        state = self._table.state
        for rows, vectors in runs:
            state = _append(self._folder, state, *self._unknown(rows, vectors, state))
        state = _take_out(self._folder, state, self._table, dead)
        if state.gone > max(SPARSE, state.rows // 2):
            state = _compact(self._folder, state)
        return state

    def publish(self, written: State, revision: int, model: str) -> None:
        """Says how far the scan is, once all that was written has reached the disk."""
        for path in _paths(self._folder, written).values():
            bring_to_disk(path)
        state = replace(written, revision=revision, model=model)
        _write_state(self._folder, state)
        self.reload()
        _remove_others(self._folder, state)

    def _unknown(self, rows: Sequence[IndexRow], vectors: Vectors, state: State) -> tuple[Sequence[IndexRow], Vectors]:
        """Those of the rows that aren't in the files yet."""
        last = _last_key(self._folder, state)
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
        self._columns = {name: _map(path, name, state) for name, path in _paths(folder, state).items()}
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
            return []
        rows = self._shortlist(vector, self._passing(filters), max(SHORTLIST, 2 * k))
        cosines, keys = self._cosines(vector, rows), self._columns["key"][rows]
        best = np.lexsort((keys, -cosines))[:k]
        return list(zip(keys[best].tolist(), cosines[best].tolist(), strict=True))

    def cosines_of(self, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        rows = self.rows_of(keys)
        if len(rows) == 0:
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
                    wanted = np.array([_hash(text) for text in texts], dtype=np.uint64)
                    tests.append(np.isin(self._columns[name], wanted))
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
        distances = self._distances(_codes(vector[np.newaxis])[0])
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
        cosines: Vectors = own @ vector / np.maximum(np.linalg.norm(own, axis=1), 1e-12)
        return cosines


# Files


def _shapes(dimensions: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Column -> type and shape of what a row has of it."""
    words = -(-dimensions // WORD)
    numbers = {"key": "<i8", "gone": "u1", "article": "<u8", "publisher": "<u8", "language": "<u8", "day": "<i4"}
    wide = {"code": ("<u8", (words,)), "vector": ("i1", (dimensions,))}
    return {**{name: (kind, ()) for name, kind in numbers.items()}, **wide}


def _paths(folder: Path, state: State) -> dict[str, Path]:
    """Column -> its file; none before the first vector."""
    names = _shapes(state.dimensions) if state.dimensions else {}
    return {name: folder / f"{state.generation}-{name}" for name in names}


def _width(name: str, state: State) -> int:
    """The bytes of a row."""
    kind, shape = _shapes(state.dimensions)[name]
    return np.dtype((kind, shape)).itemsize


def _map(path: Path, name: str, state: State) -> npt.NDArray[Any]:
    kind, shape = _shapes(state.dimensions)[name]
    if path.stat().st_size < state.rows * _width(name, state):
        raise IndexUnusable(f"{path} is shorter than it was")
    if state.rows == 0:
        return np.empty((0, *shape), dtype=kind)
    return np.memmap(path, dtype=kind, mode="r", shape=(state.rows, *shape)).view(np.ndarray)


def _load(folder: Path, before: Table | None) -> Table:
    """The rows that count now; where their files are being replaced by others, those."""
    state = _read_state(folder)
    while True:
        try:
            return Table(folder, state, before)
        except (OSError, ValueError) as error:
            newer = _read_state(folder)
            if newer.generation == state.generation:
                raise IndexUnusable(f"{folder}: {error}") from error
            state = newer


def _read_state(folder: Path) -> State:
    try:
        values = json.loads((folder / STATE).read_text(encoding="utf-8"))
        if values.pop("layout") != LAYOUT:
            raise IndexUnusable(f"{folder} has another layout")
        return State(**values)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise IndexUnusable(f"{folder}: {error}") from error


def _write_state(folder: Path, state: State) -> None:
    write_whole(folder / STATE, json.dumps({"layout": LAYOUT, **asdict(state)}))


def _append(folder: Path, state: State, rows: Sequence[IndexRow], vectors: Vectors) -> State:
    """Writes the rows behind those that count; what a killed writer left there is overwritten."""
    if not rows:
        return state
    if state.dimensions not in (0, vectors.shape[1]):
        raise IndexUnusable(f"{folder} holds vectors of {state.dimensions} dimensions, not {vectors.shape[1]}")
    state = replace(state, dimensions=vectors.shape[1])
    columns = _columns(rows, vectors)
    for name, path in _paths(folder, state).items():
        with path.open("r+b" if path.exists() else "wb") as file:
            file.seek(state.rows * _width(name, state))
            file.truncate()
            file.write(np.ascontiguousarray(columns[name], dtype=_shapes(state.dimensions)[name][0]).tobytes())
    return replace(state, rows=state.rows + len(rows))


def _columns(rows: Sequence[IndexRow], vectors: Vectors) -> Mapping[str, Any]:
    return {
        "key": [row.key for row in rows],
        "gone": [0] * len(rows),
        "article": [_hash(row.article_id) for row in rows],
        "publisher": [_hash(row.publisher) for row in rows],
        "language": [_hash(row.language) for row in rows],
        "day": [row.published for row in rows],
        "code": _codes(vectors),
        "vector": _in_bytes(vectors),
    }


def _codes(vectors: Vectors) -> npt.NDArray[np.uint64]:
    """The signs of each vector's components, in words of 64."""
    bits = np.packbits(vectors > 0, axis=1)
    bits = np.pad(bits, ((0, 0), (0, -bits.shape[1] % (WORD // 8))))
    words: npt.NDArray[np.uint64] = bits.view("<u8")
    return words


def _in_bytes(vectors: Vectors) -> npt.NDArray[np.int8]:
    """Each vector in a byte a component, as long as fits: the cosine, which asks for no length, errs by about .0005."""
    largest = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-12)
    rounded: npt.NDArray[np.int8] = np.rint(vectors / largest * 127).astype(np.int8)
    return rounded


def _last_key(folder: Path, state: State) -> int:
    """The highest key in the files; -1 when there is none."""
    if state.rows == 0:
        return -1
    with _paths(folder, state)["key"].open("rb") as file:
        file.seek((state.rows - 1) * 8)
        return int(np.frombuffer(file.read(8), dtype="<i8")[0])


def _take_out(folder: Path, state: State, table: Table, dead: Iterable[int]) -> State:
    """Marks the rows of those passages, which who reads an older revision skips with the ledger's help."""
    keys = list(dead)
    if not keys or state.rows == 0:
        return state
    fresh = Table(folder, state, table)
    rows = fresh.rows_of(keys)
    gone = np.memmap(_paths(folder, state)["gone"], dtype="u1", mode="r+", shape=(state.rows,))
    gone[rows] = 1
    gone.flush()
    return replace(state, gone=int(np.count_nonzero(gone)))


def _compact(folder: Path, state: State) -> State:
    """The rows that aren't gone, in files of the next generation."""
    fresh = replace(state, generation=state.generation + 1, rows=state.rows - state.gone, gone=0)
    own = _paths(folder, state)
    kept = np.flatnonzero(_map(own["gone"], "gone", state) == 0)
    for name, path in _paths(folder, fresh).items():
        with path.open("wb") as file:
            for start in range(0, len(kept), BLOCK):
                file.write(_map(own[name], name, state)[kept[start : start + BLOCK]].tobytes())
    return fresh


def _remove_others(folder: Path, state: State) -> None:
    """Removes files of other generations, which who has them open goes on reading."""
    for path in folder.iterdir():
        if path.name != STATE and path not in _paths(folder, state).values():
            path.unlink(missing_ok=True)


@lru_cache(maxsize=10_000)
def _hash(text: str) -> int:
    """64 bits that stand for a text."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
