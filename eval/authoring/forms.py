"""The fields of a line, and what is wrong with their form: unknown names, numbers for texts, broken dates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from eval.authoring.catalogue import did_you_mean

# What a whole line has; a person may leave out all but the question and what is expected of the answer.
FIELDS = frozenset(
    "id split type question answerable unanswerable_kind answer nuggets must_not_say evidence conflict tags overlap "
    "as_of paraphrases stale cluster author reviewer".split()
)
# What may stand there for people, and is not read.
FOR_PEOPLE = frozenset(
    "hint note notes comment created source difficulty license_note nearest checked_absent_by".split()
)
PARTS = {
    "answer": ("short", "long", "value"),
    "evidence": ("group", "spans", "also_ok", "article", "start", "end", "quote", "speaker", "published", "note"),
    "nuggets": ("id", "text", "vital", "any_of", "group"),
    "conflict": ("on", "sides", "expected"),
    "sides": ("value", "evidence"),
}


def form_problems(line: Mapping[str, Any]) -> list[str]:
    """A phrase for each unknown field and each value of the wrong kind; [] when the line can be read."""
    problems = unknown_fields(line, FIELDS | FOR_PEOPLE)
    if "question" not in line:
        problems.append("the field 'question' is missing")
    for name, (fits, wanted) in KINDS.items():
        if line.get(name) is not None and not fits(line[name]):
            problems.append(f"{name} has the wrong form: {shown(line[name])} is not {wanted}")
    if isinstance(line.get("question"), str | None) and not (line.get("question") or "").strip() and "question" in line:
        problems.append("the question is empty")
    if any(has_half_characters(text) for text in _all_texts(line)):
        problems.append("a text has half a character (\\ud800 to \\udfff): write the character itself")
    return problems or _part_problems(line)


def unknown_fields(part: Mapping[str, Any], known: Iterable[str], of: str = "") -> list[str]:
    """A phrase for each field that has no meaning, with the one that may be meant."""
    place = f" in {of}" if of else ""
    return [f"unknown field {name!r}{place}{did_you_mean(name, known)}" for name in part if name not in known]


def shown(value: Any) -> str:
    """The value as it may be shown in a line of text."""
    text = repr(value)
    return text if len(text) <= 50 else text[:49] + "…"


def has_half_characters(text: str) -> bool:
    """Whether no file and no index can hold the text: JSON can name halves of a character."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _part_problems(line: Mapping[str, Any]) -> list[str]:
    """The same for what is within the fields."""
    problems: list[str] = []
    if isinstance(line.get("answer"), dict):
        problems += unknown_fields(line["answer"], PARTS["answer"], "answer")
        if not is_texts(line["answer"].get("short", [])):
            problems.append(f"answer.short has the wrong form: {shown(line['answer']['short'])} is not a list of texts")
    for span in _spans(line):
        problems += _span_problems(span)
    for nugget in line.get("nuggets") or ():
        problems += _nugget_problems(nugget)
    if line.get("conflict"):
        problems += _conflict_problems(line["conflict"])
    return problems


def _spans(line: Mapping[str, Any]) -> Iterable[Any]:
    """All that is given as evidence: groups, and the spans within them."""
    for item in [*_as_list(line.get("evidence")), *_as_list(line.get("stale"))]:
        yield item
        if isinstance(item, dict):
            yield from [*_as_list(item.get("spans")), *_as_list(item.get("also_ok"))]


def _span_problems(span: Any) -> list[str]:
    if isinstance(span, str):
        return []
    if not isinstance(span, dict):
        return [f"evidence has the wrong form: {shown(span)} is neither a quote nor an object with one"]
    problems = unknown_fields(span, PARTS["evidence"], "evidence")
    if span.get("spans") is not None and (span.get("quote") or span.get("article")):
        problems.append("a group has spans; its quotes and articles belong in these")
    for name in ("start", "end"):
        if span.get(name) is not None and not is_count(span[name]):
            problems.append(f"{name} has the wrong form: {shown(span[name])} is not a number of characters")
    for name in ("article", "quote", "group"):
        if span.get(name) is not None and not isinstance(span[name], str):
            problems.append(f"{name} has the wrong form: {shown(span[name])} is not a text")
    if (span.get("start") is None) != (span.get("end") is None):
        problems.append("give both start and end, or neither")
    return problems


def _nugget_problems(nugget: Any) -> list[str]:
    if not isinstance(nugget, dict):
        return [f"nuggets has the wrong form: {shown(nugget)} is not an object"]
    problems = unknown_fields(nugget, PARTS["nuggets"], "nuggets")
    if not is_texts(nugget.get("any_of", [])):
        problems.append(f"any_of has the wrong form: {shown(nugget['any_of'])} is not a list of texts")
    return problems


def _conflict_problems(conflict: Mapping[str, Any]) -> list[str]:
    problems = unknown_fields(conflict, PARTS["conflict"], "conflict")
    sides = conflict.get("sides")
    if not isinstance(sides, list):
        return [*problems, "conflict.sides is missing: a list of value and evidence"]
    for side in sides:
        if not (isinstance(side, dict) and is_texts(side.get("value")) and isinstance(side.get("evidence"), str)):
            problems.append(f'a side is {{"value": ["12"], "evidence": "g1"}}, not {shown(side)}')
        else:
            problems += unknown_fields(side, PARTS["sides"], "sides")
    return problems


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _all_texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _all_texts(item)


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_texts(value: Any) -> bool:
    """One text or several; a number will do for the text of it."""
    return all(isinstance(item, str | int | float) and not isinstance(item, bool) for item in _as_list(value))


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_day(value: Any) -> bool:
    """A date as ISO 8601 writes it, or nothing."""
    try:
        return value == "" or bool(date.fromisoformat(value))
    except (TypeError, ValueError):
        return False


KINDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(
        ("question", "type", "split", "author", "reviewer", "cluster", "unanswerable_kind"), (is_text, "a text")
    ),
    "id": (lambda value: is_text(value) or is_count(value), "a text"),
    "answerable": (lambda value: isinstance(value, bool), "true or false, without quotation marks"),
    "answer": (lambda value: isinstance(value, dict) or is_texts(value), 'an object such as {"short": ["3,000"]}'),
    "nuggets": (lambda value: isinstance(value, list), "a list"),
    "evidence": (lambda value: isinstance(value, list | dict | str), "a list of quotes with their articles"),
    "stale": (lambda value: isinstance(value, list | dict | str), "a list of quotes with their articles"),
    "conflict": (lambda value: isinstance(value, dict), "an object with sides"),
    **dict.fromkeys(("must_not_say", "tags", "paraphrases"), (is_texts, "a list of texts")),
    "as_of": (is_day, "a date such as 2026-02-05"),
    "overlap": (lambda value: isinstance(value, int | float) and not isinstance(value, bool), "a number"),
}
