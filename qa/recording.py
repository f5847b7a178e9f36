"""Replies of a language model kept in a file, so that a run with a hosted model can be repeated without it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

from qa.errors import SettingInvalid
from qa.prompts import Prompt
from qa.writers import Writer


class RecordedWriter:
    """Gives the reply that the file has for a prompt; else asks the model, and adds what it writes to the file.

    One line of JSON a reply: the model's name, the SHA-256 of the prompt, and the reply. A reply that broke off or
    failed isn't kept.
    """

    def __init__(self, writer: Writer, file: Path) -> None:
        self.name = writer.name
        self._writer, self._file = writer, file
        self._lock = threading.Lock()
        self._replies = _read(file)

    def write(self, prompt: Prompt) -> Generator[str, None, None]:
        """The reply in one piece, once it is whole: who has read enough of one that comes would stop it."""
        key = _key(self.name, prompt)
        if key not in self._replies:
            pieces = []
            with closing(self._writer.write(prompt)) as reply:
                for piece in reply:
                    pieces.append(piece)
                    yield ""
            self._keep(key, "".join(pieces))
        yield self._replies[key]

    def close(self) -> None:
        """Closes the model."""
        self._writer.close()

    def _keep(self, key: str, reply: str) -> None:
        line = json.dumps({"model": self.name, "prompt_sha256": key, "reply": reply}, ensure_ascii=False)
        with self._lock:
            self._replies[key] = reply
            with self._file.open("a", encoding="utf-8") as file:
                file.write(line + "\n")


def _key(name: str, prompt: Prompt) -> str:
    return hashlib.sha256("\0".join((name, prompt.system, prompt.user)).encode("utf-8", "replace")).hexdigest()


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    replies = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            replies[str(row["prompt_sha256"])] = str(row["reply"])
        except (ValueError, KeyError, TypeError):
            raise SettingInvalid(
                f"{file}, line {number}, is no reply of a model; remove the line or the file"
            ) from None
    return replies
