"""Columns of the scan of vectors: each in a file of its own that only grows; a small file says how many rows count.

That file is replaced as a whole. Who reads keeps the rows that counted when it looked, whatever is written meanwhile.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.errors import IndexUnusable
from qa.rows import IndexRow
from qa.seal import write_whole

Vectors = npt.NDArray[np.float32]

LAYOUT = 1
STATE = "state.json"
AT_ONCE = 1 << 15  # rows that are copied at once
WORD = 64  # bits


@dataclass(frozen=True, slots=True)
class State:
    """What counts of the files: of which generation, how many rows, and what they are."""

    generation: int = 0
    rows: int = 0
    gone: int = 0  # of these, taken out
    dimensions: int = 0
    revision: int = -1
    model: str = ""


def _shapes(dimensions: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Column -> type and shape of what a row has of it."""
    words = -(-dimensions // WORD)
    numbers = {"key": "<i8", "gone": "u1", "article": "<u8", "publisher": "<u8", "language": "<u8", "day": "<i4"}
    wide = {"code": ("<u8", (words,)), "vector": ("i1", (dimensions,))}
    return {**{name: (kind, ()) for name, kind in numbers.items()}, **wide}


def paths_of(folder: Path, state: State) -> dict[str, Path]:
    """Column -> its file; none before the first vector."""
    names = _shapes(state.dimensions) if state.dimensions else {}
    return {name: folder / f"{state.generation}-{name}" for name in names}


def _width(name: str, state: State) -> int:
    """The bytes of a row."""
    kind, shape = _shapes(state.dimensions)[name]
    return np.dtype((kind, shape)).itemsize


def map_column(path: Path, name: str, state: State) -> npt.NDArray[Any]:
    """The rows of a column that count, read from the file as they are needed."""
    kind, shape = _shapes(state.dimensions)[name]
    if path.stat().st_size < state.rows * _width(name, state):
        raise IndexUnusable(f"{path} is shorter than it was")
    if state.rows == 0:
        return np.empty((0, *shape), dtype=kind)
    return np.memmap(path, dtype=kind, mode="r", shape=(state.rows, *shape)).view(np.ndarray)


def read_state(folder: Path) -> State:
    """What counts now; IndexUnusable when nothing says so."""
    try:
        values = json.loads((folder / STATE).read_text(encoding="utf-8"))
        if values.pop("layout") != LAYOUT:
            raise IndexUnusable(f"{folder} has another layout")
        return State(**values)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise IndexUnusable(f"{folder}: {error}") from error


def write_state(folder: Path, state: State) -> None:
    """Makes that what counts."""
    write_whole(folder / STATE, json.dumps({"layout": LAYOUT, **asdict(state)}))


def append(folder: Path, state: State, rows: Sequence[IndexRow], vectors: Vectors) -> State:
    """Writes the rows behind those that count; what a killed writer left there is overwritten."""
    if not rows:
        return state
    if state.dimensions not in (0, vectors.shape[1]):
        raise IndexUnusable(f"{folder} holds vectors of {state.dimensions} dimensions, not {vectors.shape[1]}")
    state = replace(state, dimensions=vectors.shape[1])
    columns = _columns(rows, vectors)
    for name, path in paths_of(folder, state).items():
        with path.open("r+b" if path.exists() else "wb") as file:
            file.seek(state.rows * _width(name, state))
            file.truncate()
            file.write(np.ascontiguousarray(columns[name], dtype=_shapes(state.dimensions)[name][0]).tobytes())
    return replace(state, rows=state.rows + len(rows))


def _columns(rows: Sequence[IndexRow], vectors: Vectors) -> Mapping[str, Any]:
    return {
        "key": [row.key for row in rows],
        "gone": [0] * len(rows),
        "article": [hash_name(row.article_id) for row in rows],
        "publisher": [hash_name(row.publisher) for row in rows],
        "language": [hash_name(row.language) for row in rows],
        "day": [row.published for row in rows],
        "code": codes_of(vectors),
        "vector": _in_bytes(vectors),
    }


def codes_of(vectors: Vectors) -> npt.NDArray[np.uint64]:
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


def last_key(folder: Path, state: State) -> int:
    """The highest key in the files; -1 when there is none."""
    if state.rows == 0:
        return -1
    with paths_of(folder, state)["key"].open("rb") as file:
        file.seek((state.rows - 1) * 8)
        return int(np.frombuffer(file.read(8), dtype="<i8")[0])


def take_out(folder: Path, state: State, rows: npt.NDArray[np.intp]) -> State:
    """Marks those rows as gone, which who reads an older revision skips with the ledger's help."""
    if len(rows) == 0:
        return state
    gone = np.memmap(paths_of(folder, state)["gone"], dtype="u1", mode="r+", shape=(state.rows,))
    gone[rows] = 1
    gone.flush()
    return replace(state, gone=int(np.count_nonzero(gone)))


def compact(folder: Path, state: State) -> State:
    """The rows that aren't gone, in files of the next generation."""
    fresh = replace(state, generation=state.generation + 1, rows=state.rows - state.gone, gone=0)
    own = paths_of(folder, state)
    kept = np.flatnonzero(map_column(own["gone"], "gone", state) == 0)
    for name, path in paths_of(folder, fresh).items():
        with path.open("wb") as file:
            for start in range(0, len(kept), AT_ONCE):
                file.write(map_column(own[name], name, state)[kept[start : start + AT_ONCE]].tobytes())
    return fresh


def remove_others(folder: Path, state: State) -> None:
    """Removes files of other generations, which who has them open goes on reading."""
    for path in folder.iterdir():
        if path.name != STATE and path not in paths_of(folder, state).values():
            path.unlink(missing_ok=True)


@lru_cache(maxsize=10_000)
def hash_name(text: str) -> int:
    """64 bits that stand for a text."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


@lru_cache(maxsize=8)
def hash_names(texts: tuple[str, ...]) -> npt.NDArray[np.uint64]:
    """What stands for each of them; kept, since a filter may name thousands of articles in question after question."""
    return np.array([hash_name(text) for text in texts], dtype=np.uint64)
