"""A reader that keeps what it read in a file, since a benchmark asks for the same in every run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from qa.models import Reader, Reading, ReadSpan
from qa.rows import hash_text


class RememberingReader:
    """Reads as the reader that it is given, each passage once."""

    def __init__(self, reader: Reader, folder: Path, precision: str) -> None:
        self.name, self.digest = reader.name, reader.digest
        self._reader = reader
        self._path = folder / f"readings-{reader.digest[:12]}-{precision}.jsonl"
        self._known: dict[str, Reading] = {}
        if self._path.exists():
            for line in self._path.read_text(encoding="utf-8").splitlines():
                name, record = json.loads(line)
                spans = tuple(ReadSpan(**span) for span in record["spans"])
                self._known[name] = Reading(record["relevance"], record["nothing"], spans)
        self._saved = len(self._known)

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        names = [hash_text(json.dumps([question, *passage])) for passage in passages]
        missing = {name: passage for name, passage in zip(names, passages, strict=True) if name not in self._known}
        readings = self._reader.read(question, list(missing.values())) if missing else []
        self._known.update(zip(missing, readings, strict=True))
        if len(self._known) - self._saved > 2_000:
            self.save()
        return [self._known[name] for name in names]

    def save(self) -> None:
        """Appends what is new."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            for name, reading in list(self._known.items())[self._saved :]:
                file.write(json.dumps([name, asdict(reading)]) + "\n")
        self._saved = len(self._known)
