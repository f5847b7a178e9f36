"""The questions of `questions.jsonl` as frozen records, checked against the articles when they are read.

Gold evidence is a list of groups. A group stands for one fact that the answer needs, and its spans are alternatives:
any one of them proves the fact. `also_ok` are spans that may be cited for it without being wrong. Spans name an
article by its file name and count characters of the decoded text, so they outlive every re-splitting.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from eval.words import question_overlap
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
    stale: tuple[GoldSpan, ...] = ()  # what a report superseded by then says
    paraphrases: tuple[str, ...] = ()
    story: str | None = None  # the cluster of articles that it is about
    author: str = ""
    reviewer: str | None = None

    @property
    def filters(self) -> Filters | None:
        """What the question is asked with."""
        return Filters(as_of=self.as_of) if self.as_of else None

    @property
    def cluster(self) -> str:
        """What flips together: the questions of one story, else those that rest on the same first span."""
        if self.story:
            return self.story
        if not self.evidence:
            return self.id
        first = self.evidence[0].spans[0]
        return f"{first.article}:{first.start}"


@dataclass(frozen=True, slots=True)
class Corpus:
    """The articles of a library by id, and their ids by the file names that gold spans use."""

    articles: Mapping[str, Article]
    ids: Mapping[str, str]


def gold_spans(case: Case) -> tuple[GoldSpan, ...]:
    """All spans of a case, `also_ok` and `stale` included."""
    return (*(span for group in case.evidence for span in (*group.spans, *group.also_ok)), *case.stale)


def case_overlap(case: Case) -> float | None:
    """How far the question copies its evidence, 0–1 to two places; None without evidence."""
    quotes = [span.quote for group in case.evidence for span in group.spans]
    return round(question_overlap(case.question, quotes), 2) if quotes else None


def parse_line(line: str, where: str) -> Case:
    """The case of a whole line of JSON; `where` names the line in CasesInvalid."""
    data = read_object(line, where)
    try:
        return case_of(data)
    except KeyError as error:
        raise CasesInvalid(f"{where} ({data.get('id', 'no id')}): the field {error} is missing") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise CasesInvalid(f"{where} ({data.get('id', 'no id')}): a field has the wrong form: {error}") from error


def read_object(line: str, where: str) -> dict[str, Any]:
    """The JSON object of a line; CasesInvalid says what it is instead, and what is usually meant."""
    try:
        data = json.loads(line, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise CasesInvalid(f"{where}: not JSON: {error}{_hint(line)}") from error
    if not isinstance(data, dict):
        raise CasesInvalid(f"{where} (no id): the wrong form: a line is an object, {{…}}, not {line.strip()[:40]!r}")
    return data


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:  # json would silently take the last one
        raise ValueError(f"the field {twice!r} is there twice")
    return dict(pairs)


def _hint(line: str) -> str:
    """What people usually mean by a line that isn't JSON."""
    line = line.strip()
    hints = {
        "; comments can't stand in it": line.startswith(("#", "//")),
        "; a question with all its fields must be on one line": line in ("{", "}", "[", "]") or line[-1:] == "{",
        "; take away the comma at the end of the line": line.endswith("},"),
        '; its quotation marks must be straight: "': line[:10].lstrip("{ ").startswith(("“", "”", "'", "‘")),
    }
    return next((hint for hint, meant in hints.items() if meant), "")


def case_of(data: Mapping[str, Any]) -> Case:
    """The case of a line with all its fields; KeyError, TypeError or ValueError when one is missing or misformed."""
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
        as_of=date.fromisoformat(data["as_of"]) if data["as_of"] else None,
        stale=tuple(map(_span, data["stale"])),
        paraphrases=tuple(data["paraphrases"]),
        story=data["cluster"],
        author=data["author"],
        reviewer=data["reviewer"],
    )


def _nugget(data: Mapping[str, Any]) -> Nugget:
    return Nugget(data["id"], data["text"], bool(data["vital"]), tuple(data["any_of"]), data["group"])


def _group(data: Mapping[str, Any]) -> Group:
    return Group(data["group"], tuple(map(_span, data["spans"])), tuple(map(_span, data["also_ok"])))


def _span(data: Mapping[str, Any]) -> GoldSpan:
    return GoldSpan(data["article"], int(data["start"]), int(data["end"]), data["quote"])
