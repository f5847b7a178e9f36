"""The questions of `questions.jsonl` as frozen records, checked against the articles when they are read.

Gold evidence is a list of groups. A group stands for one fact that the answer needs, and its spans are alternatives:
any one of them proves the fact. `also_ok` are spans that may be cited for it without being wrong. Spans name an
article by its file name and count characters of the decoded text, so they outlive every re-splitting.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from eval.words import norm, question_overlap
from qa.types import Article, Filters

TYPES = ("single", "multi", "conflict", "date", "list", "yesno", "overview", "unanswerable")
UNANSWERABLE_KINDS = (
    "absent",
    "near_miss_entity",
    "near_miss_date",
    "false_presupposition",
    "future",
    "out_of_scope",
    "boilerplate",  # only the clutter around the article matches
)


class CasesInvalid(Exception):
    """The questions can't be used: the message names the line, the case and what is wrong."""


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """Characters of an article that prove a fact: ``text[start:end] == quote``."""

    article: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Group:
    """One needed fact: any of `spans` proves it, `also_ok` may be cited too."""

    name: str
    spans: tuple[GoldSpan, ...]
    also_ok: tuple[GoldSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class Nugget:
    """Something that a right answer says: any of the patterns, case ignored, on normalised text."""

    id: str
    text: str
    vital: bool
    any_of: tuple[str, ...]
    group: str | None = None


@dataclass(frozen=True, slots=True)
class GoldSide:
    """One side of a conflict: the patterns of its value and the group that proves it."""

    value: tuple[str, ...]
    evidence: str


@dataclass(frozen=True, slots=True)
class Case:
    """One question with what is expected of its answer."""

    id: str
    split: str
    type: str
    question: str
    answerable: bool
    unanswerable_kind: str | None = None
    short: tuple[str, ...] = ()
    nuggets: tuple[Nugget, ...] = ()
    must_not_say: tuple[str, ...] = ()
    evidence: tuple[Group, ...] = ()
    conflict_on: str | None = None
    sides: tuple[GoldSide, ...] = ()
    tags: tuple[str, ...] = ()
    overlap: float | None = None
    as_of: date | None = None  # what was published later is hidden from the question
    author: str = ""
    reviewer: str | None = None

    @property
    def filters(self) -> Filters | None:
        """What the question is asked with."""
        return Filters(as_of=self.as_of) if self.as_of else None

    @property
    def cluster(self) -> str:
        """Questions that rest on the same first span flip together; an unanswerable one stands alone."""
        if not self.evidence:
            return self.id
        first = self.evidence[0].spans[0]
        return f"{first.article}:{first.start}"


@dataclass(frozen=True, slots=True)
class Corpus:
    """The articles of a library by id, and their ids by the file names that gold spans use."""

    articles: Mapping[str, Article]
    ids: Mapping[str, str]


def load_cases(path: Path, texts: Mapping[str, str]) -> tuple[Case, ...]:
    """The cases of a JSONL file in its order, every gold quotation checked against `texts` (by file name)."""
    cases: list[Case] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        case = _parse_line(line, where)
        problems = [*_problems(case, texts), *_repetitions(case, cases)]
        if problems:
            raise CasesInvalid(f"{where} ({case.id}): {'; '.join(problems)}")
        cases.append(case)
    if not cases:
        raise CasesInvalid(f"{path.name} holds no questions")
    return tuple(cases)


def read_texts(folder: Path) -> dict[str, str]:
    """The decoded text of every .txt file in the folder, by file name."""
    # Bytes, not read_text: universal newlines would move the offsets of a file with CRLF.
    texts = {path.name: path.read_bytes().decode("utf-8") for path in sorted(folder.glob("*.txt"))}
    if not texts:
        raise CasesInvalid(f"no .txt articles in {folder}")
    return texts


def map_articles(articles: Iterable[Article], cases: Sequence[Case]) -> Corpus:
    """The library's articles, found by the file names of the cases; the quotations are checked once more.

    The offsets hold in the files; here they must also hold in what the library made of the files.
    """
    by_id = {article.id: article for article in articles}
    ids = {Path(article.source).name: article.id for article in by_id.values()}
    texts = {name: by_id[id_].text for name, id_ in ids.items()}
    for case in cases:
        problems = [problem for span in gold_spans(case) for problem in _span_problems(span, texts)]
        if problems:
            raise CasesInvalid(f"{case.id}, in the library: {'; '.join(problems)}")
    return Corpus(by_id, ids)


def gold_spans(case: Case) -> tuple[GoldSpan, ...]:
    """All spans of a case, `also_ok` included."""
    return tuple(span for group in case.evidence for span in (*group.spans, *group.also_ok))


def case_overlap(case: Case) -> float | None:
    """How far the question copies its evidence, 0–1 to two places; None without evidence."""
    quotes = [span.quote for group in case.evidence for span in group.spans]
    return round(question_overlap(case.question, quotes), 2) if quotes else None


def record_overlaps(path: Path) -> None:
    """Writes the computed `overlap` into every line: run it after editing questions."""
    lines = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        overlap = case_overlap(_parse_line(line, f"{path.name}:{number}"))
        lines.append(json.dumps({**json.loads(line), "overlap": overlap}, ensure_ascii=False) + "\n")
    path.write_text("".join(lines), encoding="utf-8")


def file_digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def texts_digest(texts: Mapping[str, str]) -> str:
    """One SHA-256 over names and texts, whatever their order."""
    parts = [f"{name}\0{hashlib.sha256(text.encode()).hexdigest()}" for name, text in sorted(texts.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _parse_line(line: str, where: str) -> Case:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise CasesInvalid(f"{where}: not JSON: {error}") from error
    try:
        return _case(data)
    except KeyError as error:
        raise CasesInvalid(f"{where} ({data.get('id', 'no id')}): the field {error} is missing") from error
    except (TypeError, ValueError, AttributeError) as error:
        name = data.get("id", "no id") if isinstance(data, dict) else "no id"
        raise CasesInvalid(f"{where} ({name}): a field has the wrong form: {error}") from error


def _case(data: Mapping[str, Any]) -> Case:
    conflict = data["conflict"] or {"on": None, "sides": ()}
    return Case(
        id=str(data["id"]),
        split=data["split"],
        type=data["type"],
        question=data["question"],
        answerable=data["answerable"],
        unanswerable_kind=data["unanswerable_kind"],
        short=tuple(data["answer"]["short"]),
        nuggets=tuple(_nugget(item) for item in data["nuggets"]),
        must_not_say=tuple(data["must_not_say"]),
        evidence=tuple(_group(item) for item in data["evidence"]),
        conflict_on=conflict["on"],
        sides=tuple(GoldSide(tuple(item["value"]), item["evidence"]) for item in conflict["sides"]),
        tags=tuple(data["tags"]),
        overlap=data["overlap"],
        as_of=date.fromisoformat(data["as_of"]) if data.get("as_of") else None,
        author=data["author"],
        reviewer=data["reviewer"],
    )


def _nugget(data: Mapping[str, Any]) -> Nugget:
    return Nugget(data["id"], data["text"], bool(data["vital"]), tuple(data["any_of"]), data["group"])


def _group(data: Mapping[str, Any]) -> Group:
    return Group(data["group"], tuple(map(_span, data["spans"])), tuple(map(_span, data["also_ok"])))


def _span(data: Mapping[str, Any]) -> GoldSpan:
    return GoldSpan(data["article"], int(data["start"]), int(data["end"]), data["quote"])


def _problems(case: Case, texts: Mapping[str, str]) -> list[str]:
    return [
        *_shape_problems(case),
        *(_answerable_problems(case) if case.answerable else _unanswerable_problems(case)),
        *(problem for span in gold_spans(case) for problem in _span_problems(span, texts)),
        *_reference_problems(case),
        *_pattern_problems(case),
    ]


def _shape_problems(case: Case) -> list[str]:
    checks = {
        "the question is empty": not case.question.strip(),
        f"type {case.type!r} is not one of {', '.join(TYPES)}": case.type not in TYPES,
        f"split {case.split!r} is not dev or test": case.split not in ("dev", "test"),
        "author is empty": not case.author,
        "answerable and the type don't agree": case.answerable == (case.type == "unanswerable"),
        "conflict needs two or more sides": (case.type == "conflict") != (len(case.sides) >= 2),
        f"overlap is {case.overlap}, computed {case_overlap(case)}": case.overlap != case_overlap(case),
    }
    return [problem for problem, wrong in checks.items() if wrong]


def _answerable_problems(case: Case) -> list[str]:
    checks = {
        "an answerable question has no unanswerable_kind": case.unanswerable_kind is not None,
        "no vital nugget": not any(nugget.vital for nugget in case.nuggets),
        "no evidence": not case.evidence,
        "a group without spans": any(not group.spans for group in case.evidence),
    }
    return [problem for problem, wrong in checks.items() if wrong]


def _unanswerable_problems(case: Case) -> list[str]:
    known = case.unanswerable_kind in UNANSWERABLE_KINDS
    checks = {
        f"unanswerable_kind {case.unanswerable_kind!r} is not one of {', '.join(UNANSWERABLE_KINDS)}": not known,
        "an unanswerable question has no evidence and no nuggets": bool(case.evidence or case.nuggets),
    }
    return [problem for problem, wrong in checks.items() if wrong]


def _span_problems(span: GoldSpan, texts: Mapping[str, str]) -> list[str]:
    text = texts.get(span.article)
    if text is None:
        return [f"no article {span.article}"]
    found = text[span.start : span.end]
    if not span.quote or found != span.quote:
        return [f"{span.article}[{span.start}:{span.end}] is {found[:60]!r}, not the quote {span.quote[:60]!r}"]
    return []


def _reference_problems(case: Case) -> list[str]:
    names = {group.name for group in case.evidence}
    used = [nugget.group for nugget in case.nuggets if nugget.group] + [side.evidence for side in case.sides]
    return [f"no evidence group {name!r}" for name in used if name not in names]


def _pattern_problems(case: Case) -> list[str]:
    patterns = [*(pattern for nugget in case.nuggets for pattern in nugget.any_of), *case.must_not_say]
    patterns += [pattern for side in case.sides for pattern in side.value]
    problems = []
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            problems.append(f"pattern {pattern!r} is not a regular expression: {error}")
    return problems + [f"nugget {nugget.id} has no patterns" for nugget in case.nuggets if not nugget.any_of]


def _repetitions(case: Case, earlier: Sequence[Case]) -> list[str]:
    asked = norm(case.question).lower()
    return [f"repeats the id of {case.id}" for other in earlier if other.id == case.id] + [
        f"asks the same as {other.id}"
        for other in earlier
        if norm(other.question).lower() == asked and other.as_of == case.as_of
    ]
