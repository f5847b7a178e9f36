"""What a language model wrote -> sentences, each with the numbers that it names.

A model is asked for sentences with [n] behind them, or for JSON where its server can be held to a schema; what it sends
is read as either, whole or broken off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from qa.passages import sentence_spans
from qa.prompts import NOTHING, as_data

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "numbers": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["text", "numbers"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["sentences"],
    "additionalProperties": False,
}
LONGEST = 800  # characters of a sentence; what is longer is no sentence
_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|$)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"^\s*```\w*\s*|\s*```\s*$")
_MARKS = re.compile(r"(?:[ \t]*[\[【](?:\s*[A-Za-z#]{0,9}\s*\d{1,6}\s*[,;–-]?)+[\]】])+")
_NUMBER = re.compile(r"\d{1,6}")
_RANGE = re.compile(r"(\d{1,6})\s*[–-]\s*(\d{1,6})")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+", re.MULTILINE)
_MARKUP = re.compile(r"[*_`#]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")
_NOTHING = re.compile(rf"\W*{NOTHING}\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence as the model wrote it, the offered numbers that it names, and those that were never offered."""

    text: str
    keys: tuple[int, ...]
    invented: tuple[int, ...] = ()


def parse_reply(reply: str, offered: Collection[int]) -> list[Written]:
    """The sentences of a reply, in order; none where the model says that there is no answer, or says nothing."""
    text = _FENCE.sub("", _THOUGHT.sub("", reply)).strip()
    if not text or _NOTHING.fullmatch(text):
        return []
    pairs = _from_json(text) if text.startswith(("{", "[{")) else list(_from_text(text))
    return [_written(said, numbers, offered) for said, numbers in pairs if _is_sentence(said)]


def _written(said: str, numbers: list[int], offered: Collection[int]) -> Written:
    unique = list(dict.fromkeys(numbers))
    known = tuple(number for number in unique if number in offered)
    return Written(_clean(said), known, tuple(number for number in unique if number not in offered))


def _clean(said: str) -> str:
    text = as_data(_MARKUP.sub("", said)).strip(' "“”')
    return text if text.endswith((".", "!", "?", "”", '"')) else f"{text.rstrip(',;:')}."


def _is_sentence(said: str) -> bool:
    words = re.findall(r"\w+", said)
    return bool(words) and len(said) <= LONGEST and not _NOTHING.fullmatch(said)


def _from_text(text: str) -> Iterator[tuple[str, list[int]]]:
    """The sentences of each line. A sentence without numbers takes those of the next one of its line, as where two
    share one [n]; numbers that open a line belong to what follows.
    """
    for line in _BULLET.sub("", text).splitlines():
        plain, marks = _take_out(line)
        leads = bool(marks) and marks[0][0] == 0 and marks[-1][0] < len(plain.rstrip())
        spans = sentence_spans(plain)
        bounds = [0, *(end for _, end in spans)]
        places = [(bounds[i], start) if leads else (start + 1, end + 1) for i, (start, end) in enumerate(spans)]
        numbers = [[n for at, found in marks if first <= at <= last for n in found] for first, last in places]
        for place, (start, end) in enumerate(spans):
            yield plain[start:end], next(filter(None, numbers[place:]), [])


def _take_out(line: str) -> tuple[str, list[tuple[int, list[int]]]]:
    """The line without its [n], and where each stood in what is left."""
    plain, marks, at = "", [], 0
    for found in _MARKS.finditer(line):
        plain += line[at : found.start()]
        marks.append((len(plain), _numbers(found[0])))
        at = found.end()
    return plain + line[at:], marks


def _numbers(marks: str) -> list[int]:
    found: list[int] = []
    for first, last in _RANGE.findall(marks):
        if int(first) < int(last) <= int(first) + 20:
            found += range(int(first), int(last) + 1)
    return [*found, *(int(number) for number in _NUMBER.findall(marks))]


def _from_json(text: str) -> list[tuple[str, list[int]]]:
    items = _items(_load(text))
    return [
        (str(item.get("text", "")), [number for number in _listed(item.get("numbers")) if 0 <= number < 10**6])
        for item in items
    ]


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        from json_repair import repair_json

        return repair_json(text, return_objects=True)


def _items(loaded: Any) -> list[dict[str, Any]]:
    if isinstance(loaded, dict):
        loaded = loaded.get("sentences", [loaded] if "text" in loaded else [])
    return [item for item in loaded if isinstance(item, dict)] if isinstance(loaded, list) else []


def _listed(value: Any) -> list[int]:
    values = value if isinstance(value, list) else [value]
    return [int(number) for item in values for number in _NUMBER.findall(str(item))[:1]]
