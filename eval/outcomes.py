"""What a run measured, as the table and the gate need it, and the two files that a run leaves behind.

`results.jsonl` has a line for each question: the answer, the hits and every metric with its counts and reason.
`run.json` says what was asked of what, with which versions.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from eval.cases import Case, GoldSpan, Group
from eval.metrics import Measure
from qa.formats import answer_to_dict
from qa.types import Answer, Article, Hit

Values = Mapping[str, Mapping[str, float | None]]  # metric -> question id -> value, None where it doesn't apply

OF_A_RUN = (
    *("run.json", "results.jsonl", "mutants.json", "judge.json"),
    *("gate.json", "robustness.json", "report.html", "report.md"),
)


class RunUnreadable(Exception):
    """No run, or no baseline, where one was expected."""


class RunUnstorable(Exception):
    """A run can't be stored where it was to be."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its answer and what all metrics say of it and of the controls."""

    case: Case
    answer: Answer
    hits: tuple[Hit, ...]
    milliseconds: float
    measures: Mapping[str, Measure]
    controls: Mapping[str, Mapping[str, Measure]]
    articles: Mapping[str, Article] = field(default_factory=dict)  # those of the hits, by id


@dataclass(frozen=True, slots=True)
class Run:
    """The values of a whole run; `about` is run.json, `labels` the type of each question, `clusters` its story or fact.

    `mutants` are what mutants.json says of the sabotaged answerers; empty when none were measured.
    """

    about: Mapping[str, Any]
    values: Values
    controls: Mapping[str, Values] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    clusters: Mapping[str, str] = field(default_factory=dict)
    mutants: Sequence[Mapping[str, Any]] = ()


def check_place(folder: Path) -> None:
    """RunUnstorable when no run can be stored there: before an hour of questions, not after."""
    above = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not above.is_dir():
        raise RunUnstorable(f"{above} is a file; give a folder with --out")
    if not os.access(above, os.W_OK | os.X_OK):
        raise RunUnstorable(f"{above} can't be written to; give another folder with --out")


def write_run(folder: Path, about: Mapping[str, Any], asked: Iterable[Asked]) -> None:
    """Writes results.jsonl and, last, run.json: a folder without it is not a run.

    What lies there of an earlier run goes first: its gate's PASSED would be taken for this one's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in OF_A_RUN:
        (folder / name).unlink(missing_ok=True)
    lines = [json.dumps(_result(item), ensure_ascii=False) + "\n" for item in asked]
    (folder / "results.jsonl").write_text("".join(lines), encoding="utf-8")
    (folder / "run.json").write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def read_run(folder: Path) -> Run:
    """The run that was written to the folder; RunUnreadable when there is none."""
    about, lines = read_files(folder)
    try:
        return replace(run_of(about, lines), mutants=_read_mutants(folder))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise unreadable(folder, f"a value is missing or of the wrong kind ({error!r})") from error


def read_files(folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """run.json and the lines of results.jsonl; RunUnreadable says which of them is missing or damaged."""
    about = _read_object(folder, "run.json", _read_text(folder, "run.json"))
    # Not splitlines: a question or a quotation may hold U+2028 and the like, at which it would cut.
    lines = _read_text(folder, "results.jsonl").removesuffix("\n").split("\n")
    return about, [_read_object(folder, f"results.jsonl:{number}", line) for number, line in enumerate(lines, 1)]


def _read_text(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        there = "there is no such folder" if not folder.is_dir() else f"it holds no {name}, which a finished run has"
        raise unreadable(folder, there) from error
    except (OSError, ValueError) as error:
        raise unreadable(folder, f"{name} can't be read: {error}") from error


def _read_object(folder: Path, place: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise unreadable(folder, f"{place} is damaged ({error})") from error
    if not isinstance(found, dict):
        raise unreadable(folder, f"{place} is damaged (it is no JSON object)")
    return found


def unreadable(folder: Path, reason: str) -> RunUnreadable:
    """The error that says why the folder holds no run, and how to get one."""
    return RunUnreadable(f"no readable run in {folder}: {reason}; make one with: python -m eval")


def _read_mutants(folder: Path) -> list[dict[str, Any]]:
    if not (folder / "mutants.json").exists():
        return []
    found = list(_read_object(folder, "mutants.json", _read_text(folder, "mutants.json"))["mutants"])
    if any(not {"name", "metric", "caught"} <= item.keys() for item in found):
        raise unreadable(folder, "mutants.json is damaged (a sabotage without name, metric or caught)")
    return found


def newest_run(runs: Path) -> Path:
    """The run folder that was finished last."""
    found = sorted(runs.glob("*/run.json"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise RunUnreadable(f"no run in {runs}; make one with: python -m eval, or name the folder of another run")
    return found[-1].parent


def run_of(about: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Run:
    """The run of which these are run.json and the lines of results.jsonl."""
    names = lines[0]["controls"] if lines else ()
    return Run(
        about=about,
        values=_by_metric({line["id"]: line["metrics"] for line in lines}),
        controls={name: _by_metric({line["id"]: line["controls"][name] for line in lines}) for name in names},
        labels={line["id"]: line["label"] for line in lines},
        clusters={line["id"]: line["cluster"] for line in lines},
    )


def run_now(about: Mapping[str, Any], asked: Iterable[Asked]) -> Run:
    """The same run that reading it back from its files would give."""
    return run_of(about, [json.loads(json.dumps(_result(item))) for item in asked])


def _by_metric(questions: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float | None]]:
    metrics = next(iter(questions.values()), {})
    return {
        metric: {id_: _value(measures[metric]["value"], metric) for id_, measures in questions.items()}
        for metric in metrics
    }


def _value(value: Any, metric: str) -> float | None:
    """The stored value; ValueError for what is no number: every comparison with NaN is false, so it would pass."""
    if value is not None and not (isinstance(value, int | float) and math.isfinite(value)):
        raise ValueError(f"{value!r} is no value of {metric}")
    return value


def _result(asked: Asked) -> dict[str, Any]:
    case = asked.case
    return {
        "id": case.id,
        "label": case.unanswerable_kind or case.type,
        "cluster": case.cluster,
        "split": case.split,
        "question": case.question,
        "expected": list(case.short),
        "evidence": [_group(group) for group in case.evidence],
        "milliseconds": round(asked.milliseconds, 3),
        "answer": answer_to_dict(asked.answer),
        "hits": [_hit(hit, asked.articles.get(hit.passage.article_id)) for hit in asked.hits],
        "metrics": {name: asdict(measure) for name, measure in asked.measures.items()},
        "controls": {
            name: {metric: asdict(measure) for metric, measure in measures.items()}
            for name, measures in asked.controls.items()
        },
    }


def _group(group: Group) -> dict[str, Any]:
    return {"name": group.name, "spans": _spans(group.spans), "also_ok": _spans(group.also_ok)}


def _spans(spans: Iterable[GoldSpan]) -> list[dict[str, Any]]:
    return [asdict(span) for span in spans]


def _hit(hit: Hit, article: Article | None) -> dict[str, Any]:
    """The passage with its text, so that a report can show it without the library; `name` is the article's file."""
    passage = hit.passage
    return {
        "passage": passage.id,
        "score": hit.score,
        "article": passage.article_id,
        "name": Path(article.source).name if article else None,
        "title": article.title if article else None,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
    }
