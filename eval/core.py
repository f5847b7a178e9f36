"""The core list: questions that are answered well and must stay so, one by one, without any statistics.

The program gives the same answer every time, so a question that turns bad was turned by a change. `core.jsonl` has an
id and what was read in its answer when it was taken in; `accepted_regressions.jsonl` the ids that may be bad again,
each with a reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from eval.cases import CasesInvalid

HERE = Path(__file__).resolve().parent
CORE, ACCEPTED = HERE / "core.jsonl", HERE / "accepted_regressions.jsonl"


def read_core(path: Path) -> dict[str, str]:
    """What was read in the answers of the core list, by id; CasesInvalid when a line is wrong."""
    return _read(path, "read")


def read_accepted(path: Path) -> dict[str, str]:
    """Why a question of the core list may be bad again, by id; CasesInvalid when a line is wrong or gives no reason."""
    return _read(path, "reason")


def _read(path: Path, field: str) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CasesInvalid(f"can't read {path}: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
            id_, said = data["id"], data[field].strip()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CasesInvalid(f'{path.name}:{number}: wanted {{"id": …, "{field}": …}}: {error!r}') from error
        if not said or id_ in found:
            raise CasesInvalid(f"{path.name}:{number} ({id_}): {'the id is there twice' if said else f'no {field}'}")
        found[id_] = said
    return found


def is_good(values: Mapping[str, Mapping[str, float | None]], id_: str) -> bool:
    """Whether a question went well: fully good if it can be answered, refused if it can't."""
    return any(values.get(metric, {}).get(id_) == 1 for metric in ("fully_good", "refusal_recall"))
