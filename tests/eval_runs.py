"""Run folders for tests of reports and comparisons, small enough to know every number of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qa.formats import answer_to_dict
from qa.types import Answer, Citation, Provenance, Quotation, Sentence, place_sentences

ARTICLE = "ferry.txt"
TEXT = "The ferry left at noon. It carried 140 people & 12 cars. Nobody was hurt."
QUOTE = "It carried 140 people & 12 cars."
AT = TEXT.index(QUOTE)
ABOUT: dict[str, Any] = {
    "started": "2026-11-27T10:00:00+00:00",
    "questions_sha256": "q" * 64,
    "articles_sha256": "a" * 64,
    "articles": 1,
    "settings": {"strictness": 0.5, "embedder": ""},
    "versions": {"python": "3.11"},
    "commit": "c0ffee123456",
    "cpu": "a processor",
    "cores": 2,
    "split": "dev",
    "asked_twice": 1,
    "different": [],
    "milliseconds": {"first": 900.0, "p50": 10.0, "p95": 20.0},
}


@dataclass(frozen=True, slots=True)
class Line:
    """A question of a run: the answer (None: refused), its confidence, the measures that differ from a good one's."""

    id: str
    answer: str | None = QUOTE
    confidence: float = 0.9
    label: str = "single"
    split: str = "dev"
    question: str = "How many people did the ferry carry?"
    measures: Mapping[str, float | None] | None = None


def good(id_: str, **changed: Any) -> Line:
    """A question that is answered rightly with its evidence cited."""
    return replace(Line(id_), **changed)


def wrong(id_: str, answer: str = "Nobody was hurt.", **changed: Any) -> Line:
    """A question whose answer is wrong."""
    measures = {"answer_correct": 0.0, "fully_good": 0.0, "gold_citation_recall": 0.0, "refusal_score": -1.0}
    return replace(Line(id_, answer, measures=measures), **changed)


def refused(id_: str, **changed: Any) -> Line:
    """An unanswerable question that is rightly refused."""
    measures: dict[str, float | None] = dict.fromkeys(MEASURES)
    return replace(
        Line(id_, None, 0.1, "absent", measures={**measures, "refusal_recall": 1.0, "refusal_score": 1.0}), **changed
    )


MEASURES: dict[str, float | None] = {
    "evidence_recall@1": 1.0,
    "evidence_recall@5": 1.0,
    "gold_citation_recall": 1.0,
    "answer_correct": 1.0,
    "fully_good": 1.0,
    "refusal_recall": None,
    "refusal_score": 1.0,
    "quote_exact": 1.0,
}


def store(folder: Path, lines: Iterable[Line], *, about: Mapping[str, Any] | None = None, **extras: Any) -> Path:
    """Writes run.json, results.jsonl and, of each further name, <name>.json; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    results = [json.dumps(_result(line, number)) for number, line in enumerate(lines)]
    (folder / "results.jsonl").write_text("\n".join(results), encoding="utf-8")
    (folder / "run.json").write_text(json.dumps({**ABOUT, **(about or {})}), encoding="utf-8")
    for name, content in extras.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def _result(line: Line, number: int) -> dict[str, Any]:
    measures = {**MEASURES, **(line.measures or {})}
    never = 0.0 if line.label == "single" else None
    copy = {"answer_correct": never, "fully_good": never, "false_refusal": never, "refusal_score": -1.0}
    return {
        "id": line.id,
        "label": line.label,
        "cluster": line.id,
        "split": line.split,
        "question": line.question,
        "expected": ["140"] if line.label == "single" else [],
        "evidence": [{"name": "g1", "spans": [_span()], "also_ok": []}] if line.label == "single" else [],
        "milliseconds": 900.0 if number == 0 else 10.0 * number,
        "answer": answer_to_dict(_answer(line)),
        "hits": [
            {
                "passage": "f",
                "score": 1.0,
                "article": "f",
                "name": ARTICLE,
                "title": None,
                "start": 0,
                "end": len(TEXT),
                "text": TEXT,
            }
        ],
        "metrics": {name: _measure(value) for name, value in measures.items()},
        "controls": {"copy_top": {name: _measure(value) for name, value in copy.items()}},
    }


def _span() -> dict[str, Any]:
    return {"article": ARTICLE, "start": AT, "end": AT + len(QUOTE), "quote": QUOTE}


def _answer(line: Line) -> Answer:
    made = Provenance(timings=(("retrieve", 3.0), ("read", 6.0)))
    if line.answer is None:
        return Answer(line.question, "refused", confidence=line.confidence, provenance=made)
    at = max(0, TEXT.find(line.answer))
    citation = Citation(1, Quotation("f", at, at + len(line.answer), line.answer), source=ARTICLE)
    sentences = place_sentences([Sentence(line.answer, 0, 0, (1,))])
    return Answer(line.question, "answered", sentences, (citation,), confidence=line.confidence, provenance=made)


def _measure(value: float | None) -> dict[str, Any]:
    return {
        "value": value,
        "numerator": value or 0,
        "denominator": 1,
        "reason": "" if value else "missing: ['140']; forbidden: []",
    }
