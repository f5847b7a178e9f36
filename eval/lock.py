"""corpus.lock: the digests of the articles and of the locked questions, so that neither changes unseen.

Gold is characters of articles, and a locked question is worth something only while nobody fits anything to it: whoever
edits either has to write the lock anew, and the change shows in the history.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.cases import CasesInvalid

LOCK = Path(__file__).resolve().parent / "corpus.lock"
LOCKED = "test"  # the split
AGAIN = "if the change is meant: python -m eval lock --write"


def lock_of(questions: Path, texts: Mapping[str, str]) -> dict[str, Any]:
    """What the lock should say: every article's SHA-256, and one of all lines of the locked questions in order."""
    lines = [line for line in questions.read_text(encoding="utf-8").split("\n") if line.strip()]
    locked = [line for line in lines if json.loads(line)["split"] == LOCKED]
    return {
        "articles": {name: _digest(text) for name, text in sorted(texts.items())},
        "locked_questions": {"count": len(locked), "sha256": _digest("\n".join(locked))},
    }


def check_lock(path: Path, questions: Path, texts: Mapping[str, str]) -> None:
    """CasesInvalid when the articles or the locked questions are others than those of the lock."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        articles, locked = dict(said["articles"]), dict(said["locked_questions"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CasesInvalid(
            f"{path.name} can't be read: {error!r}; write it with: python -m eval lock --write"
        ) from error
    found = lock_of(questions, texts)
    problems = _differences(articles, found["articles"])
    if locked != found["locked_questions"]:
        problems.append(f"the {found['locked_questions']['count']} locked questions are not those of the lock")
    if problems:
        raise CasesInvalid(f"{path.name}: {'; '.join(problems)}; {AGAIN}")


def write_lock(path: Path, questions: Path, texts: Mapping[str, str]) -> None:
    """Writes the lock of what is there."""
    path.write_text(json.dumps(lock_of(questions, texts), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _differences(said: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    named = {
        "gone": sorted(said.keys() - found.keys()),
        "new": sorted(found.keys() - said.keys()),
        "changed": sorted(name for name in said.keys() & found.keys() if said[name] != found[name]),
    }
    return [f"articles {kind}: {_some(names)}" for kind, names in named.items() if names]


def _some(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
