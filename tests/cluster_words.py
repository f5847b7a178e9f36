"""Models for the workers of a cluster, which find them by the name of this module."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from qa.models import Vectors
from qa.settings import Settings
from tests.fakes import WordEmbedder


class NotingWords(WordEmbedder):
    """Leaves its process's number in a folder, takes its time, and dies of a text that says so."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        super().__init__()
        self._folder = folder

    def embed(self, texts: Sequence[str]) -> Vectors:
        (self._folder / str(os.getpid())).touch()
        time.sleep(0.2)
        if any("deadly nightshade" in text for text in texts):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed(texts)


class OtherWords(WordEmbedder):
    """Is another model in every process but that one."""

    def __init__(self, process: int, settings: Settings) -> None:
        super().__init__("words" if os.getpid() == process else "other")
