"""Where the vectors of a library lie: in its folder, or on a Chroma server. Of each number there is one index."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from qa.errors import VectorsDown
from qa.server_vectors import ServerVectors
from qa.settings import Settings
from qa.vectors import VectorIndex

VECTORS = "vectors"
Vectors = VectorIndex | ServerVectors


@dataclass(frozen=True, slots=True)
class VectorFolder:
    """Indexes in folders beside the ledger or the index of words."""

    folder: Path

    def create(self, number: str) -> Vectors:
        """An empty index in place of any of that number."""
        return VectorIndex.create(self._path(number))

    def open(self, number: str) -> Vectors:
        """The index of that number; IndexUnusable when it is missing or can't be read."""
        return VectorIndex.open(self._path(number))

    def switch(self, vectors: Vectors, number: str) -> None:
        """Has an open index go over to the one of that number; IndexUnusable."""
        assert isinstance(vectors, VectorIndex)
        vectors.switch(self._path(number))

    def remove_others(self, number: str) -> None:
        """Deletes the indexes of other numbers."""
        for old in self.folder.glob(f"{VECTORS}*"):
            if old != self._path(number):
                shutil.rmtree(old, ignore_errors=True)

    def _path(self, number: str) -> Path:
        return self.folder / f"{VECTORS}-{number}"


@dataclass(frozen=True, slots=True)
class VectorServer:
    """Collections on the Chroma server of the settings; `library` tells them from those of other libraries."""

    settings: Settings
    library: str

    def create(self, number: str) -> Vectors:
        """An empty collection in place of any of that number; VectorsDown."""
        return ServerVectors.create(self.settings, self._name(number))

    def open(self, number: str) -> Vectors:
        """The collection of that number, unknown as yet while the server is down; IndexUnusable where it is missing."""
        try:
            return ServerVectors.open(self.settings, self._name(number))
        except VectorsDown as error:
            vectors = ServerVectors.later(self.settings, self._name(number))
            vectors.note_failure(str(error))
            return vectors

    def switch(self, vectors: Vectors, number: str) -> None:
        """Has an open collection go over to the one of that number; IndexUnusable, VectorsDown."""
        assert isinstance(vectors, ServerVectors)
        vectors.switch(self._name(number))

    def remove_others(self, number: str) -> None:
        """Deletes the library's collections of lower numbers, unless the server is down.

        One of a higher number is the next, which another machine is about to go over to.
        """
        with suppress(VectorsDown):
            for name in ServerVectors.names(self.settings, self._name("")):
                if int(name.rpartition("-")[2]) < int(number):
                    ServerVectors.delete(self.settings, name)

    def _name(self, number: str) -> str:
        return f"qa-{self.library}-{number}"
