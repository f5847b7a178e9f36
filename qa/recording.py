"""Replies of a language model kept in a file, so that a run with a hosted model can be repeated without it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

from qa.errors import SettingInvalid, WriterFailed
from qa.prompts import Prompt
from qa.writers import Writer

UNRECORDED = "has no recorded reply to what was asked"


class RecordedWriter:
    """Gives the reply that the file has for a prompt; else asks the model, and adds what it writes to the file.

    One line of JSON a reply: the model's name, the SHA-256 of the prompt, and the reply. A reply that broke off or
    failed isn't kept. Without a model only what was recorded is given.
    """

    def __init__(self, writer: Writer | None, file: Path) -> None:
        self._writer, self._file = writer, file
        self._lock = threading.Lock()
        self._replies, names = _read(file)
        self.name = writer.name if writer else _only(names, file)

    def write(self, prompt: Prompt) -> Generator[str, None, None]:
        """The reply in one piece, once it is whole: who has read enough of one that comes would stop it."""
        key = _key(self.name, prompt)
        if key not in self._replies:
            if self._writer is None:
                raise WriterFailed(f"{self.name} {UNRECORDED}")
            pieces = []
            with closing(self._writer.write(prompt)) as reply:
                for piece in reply:
                    pieces.append(piece)
                    yield ""
            self._keep(key, "".join(pieces))
        yield self._replies[key]

    def close(self) -> None:
        """Closes the model."""
        if self._writer:
            self._writer.close()

    def _keep(self, key: str, reply: str) -> None:
        line = json.dumps({"model": self.name, "prompt_sha256": key, "reply": reply}, ensure_ascii=False)
        with self._lock:
            self._replies[key] = reply
            with self._file.open("a", encoding="utf-8") as file:
                file.write(line + "\n")


def _key(name: str, prompt: Prompt) -> str:
    return hashlib.sha256("\0".join((name, prompt.system, prompt.user)).encode("utf-8", "replace")).hexdigest()


def _only(names: set[str], file: Path) -> str:
    """The model whose replies these are."""
    if len(names) != 1:
        found = ", ".join(sorted(names)) or "none"
        raise SettingInvalid(f"{file} has replies of one model, or name the model with --llm; there are: {found}")
    return names.pop()


def _read(file: Path) -> tuple[dict[str, str], set[str]]:
    """The replies by prompt, and the models that wrote them."""
    if not file.exists():
        return {}, set()
    replies, names = {}, set()
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            replies[str(row["prompt_sha256"])] = str(row["reply"])
            names.add(str(row["model"]))
        except (ValueError, KeyError, TypeError):
            raise SettingInvalid(
                f"{file}, line {number}, is no reply of a model; remove the line or the file"
            ) from None
    return replies, names
