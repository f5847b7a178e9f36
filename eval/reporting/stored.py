"""A run folder as a report needs it: each question with its answer and passages, and what other files lie beside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.outcomes import Run, read_files, run_of, unreadable

Json = Mapping[str, Any]
EXTRAS = ("gate", "mutants", "robustness", "judge")  # <name>.json beside the run


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that was found, at its rank from 1; `name` is its article's file, `title` what it calls itself."""

    rank: int
    article: str
    name: str
    title: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Gold:
    """A span that proves a needed fact: ``article[start:end] == quote``, the article by its file's name."""

    group: str
    name: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Result:
    """One line of results.jsonl; `answer` is an answer's JSON, `measures` each metric's value, counts and reason."""

    id: str
    label: str
    split: str
    question: str
    answer: Json
    measures: Mapping[str, Json]
    expected: tuple[str, ...] = ()
    gold: tuple[Gold, ...] = ()
    passages: tuple[Passage, ...] = ()
    milliseconds: float | None = None

    @property
    def refused(self) -> bool:
        return self.answer.get("status") == "refused"

    def value(self, metric: str) -> float | None:
        """The metric's value; None where it doesn't apply or wasn't measured."""
        found = self.measures.get(metric, {}).get("value")
        return None if found is None else float(found)

    def reason(self, metric: str) -> str:
        return str(self.measures.get(metric, {}).get("reason") or "")


@dataclass(frozen=True, slots=True)
class Stored:
    """A whole run folder; the JSON of a file that the run lacks is None, `damaged` names those that can't be read."""

    name: str
    run: Run
    asked: Mapping[str, Result]
    gate: Json | None = None
    mutants: Json | None = None
    robustness: Json | None = None
    judge: Json | None = None
    damaged: tuple[str, ...] = ()


def read_stored(folder: Path) -> Stored:
    """The run folder; RunUnreadable when it holds no run."""
    about, lines = read_files(folder)
    try:
        run, asked = run_of(about, lines), {line["id"]: result_of(line) for line in lines}
    except (KeyError, TypeError, AttributeError) as error:
        raise unreadable(folder, f"a value is missing or of the wrong kind ({error!r})") from error
    extras: dict[str, Json] = {}
    damaged = []
    for name in EXTRAS:
        try:
            extras[name] = _read_object(folder / f"{name}.json")
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            damaged.append(f"{name}.json")
    return Stored(folder.resolve().name, run, asked, **extras, damaged=tuple(damaged))


def _read_object(path: Path) -> Json:
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError(f"{path} holds no JSON object")
    return found


def result_of(line: Json) -> Result:
    """The question of a line; runs of earlier versions have neither passages' texts nor gold spans."""
    return Result(
        id=line["id"],
        label=line["label"],
        split=line.get("split") or "",
        question=line.get("question") or "",
        answer=line.get("answer") or {},
        measures=line["metrics"],
        expected=tuple(line.get("expected") or ()),
        gold=tuple(_gold(group, span) for group in line.get("evidence") or () for span in group["spans"]),
        passages=tuple(_passage(rank, hit) for rank, hit in enumerate(line.get("hits") or (), 1) if "text" in hit),
        milliseconds=line.get("milliseconds"),
    )


def _gold(group: Json, span: Json) -> Gold:
    return Gold(group["name"], span["article"], span["start"], span["end"], span["quote"])


def _passage(rank: int, hit: Json) -> Passage:
    name, title = hit.get("name") or "", hit.get("title") or ""
    return Passage(rank, hit["article"], name, title, hit["start"], hit["end"], hit["text"])
