"""Adds articles to a library, or restores one, and kills itself at one step.

python kill_while_adding.py FOLDER|URL add|restore PATH|ID STEP MOMENT
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from qa.embeddings import Embeddings
from qa.ledger import Ledger
from qa.lexical import LexicalIndex
from qa.library import Library
from qa.settings import Settings
from qa.vectors import VectorIndex
from tests.fakes import WordEmbedder

STEPS: dict[str, tuple[type, str]] = {
    "vectors are stored": (Embeddings, "put"),
    "the ledger is written": (Ledger, "write"),
    "the words follow": (LexicalIndex, "update"),
    "the vectors follow": (VectorIndex, "update"),
    "the ledger publishes": (Ledger, "publish"),
    "the ledger takes all": (Ledger, "append"),
    "the dead are forgotten": (Ledger, "forget_passages"),
}


def kill_at(owner: type, name: str, moment: str) -> None:
    """Wraps a method so that calling it kills this process "before" or "after" it has run."""
    original: Callable[..., Any] = getattr(owner, name)

    def deadly(*arguments: Any, **options: Any) -> None:
        if moment == "after":
            original(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, deadly)


def main() -> None:
    folder, verb, what, step, moment = sys.argv[1:]
    library = Library.open(folder, settings=Settings.from_environment(), load=lambda _: WordEmbedder())
    kill_at(*STEPS[step], moment)
    getattr(library, verb)(what)
    library._store.sweep()


if __name__ == "__main__":
    main()
