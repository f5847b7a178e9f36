"""What a language model wrote -> sentences, each with the numbers that it names.

A model is asked for sentences with [n] behind them, or for JSON where its server can be held to a schema; what it sends
is read as either, whole or broken off, and sentence by sentence while it comes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
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
# Atomic, or a long run of digits that no bracket closes would be tried in every way of cutting it up.
_MARKS = re.compile(r"(?:[ \t]*[\[【](?>\s*[A-Za-z#]{0,9}\s*\d{1,6}\s*[,;–-]?)++[\]】])+")
_DECODER = json.JSONDecoder()
_NUMBER = re.compile(r"\d{1,6}")
_RANGE = re.compile(r"(\d{1,6})\s*[–-]\s*(\d{1,6})")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+", re.MULTILINE)
_MARKUP = re.compile(r"[*_`#]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")
_ARRAY = re.compile(r'(?:\{\s*"sentences"\s*:\s*)?\[\s*(?=\{)')  # in which the sentences of JSON come
_COMMA = re.compile(r"\s*,\s*")
_UNCLOSED = re.compile(r"[\[【][^\[\]【】]*$|<[^<>]*$")  # it may yet turn out to be numbers, or a thought
_NOTHING = re.compile(rf"\W*{NOTHING}\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence as the model wrote it, the offered numbers that it names, and those that were never offered."""

    text: str
    keys: tuple[int, ...]
    invented: tuple[int, ...] = ()


def parse_reply(reply: str, offered: Collection[int]) -> list[Written]:
    """The sentences of a reply, in order; none where the model says that there is no answer, or says nothing."""
    text = _plain(reply).strip()
    if not text or _NOTHING.fullmatch(text):
        return []
    pairs = _from_json(text) if text.startswith(("{", "[{")) else list(_from_text(text))
    return [_written(said, numbers, offered) for said, numbers in pairs if _is_sentence(said)]


def read_sentences(pieces: Iterable[str], offered: Collection[int]) -> Iterator[Written | None]:
    """The sentences of a reply, each as soon as nothing that follows can change it; None after any other piece."""
    reply, given = "", 0
    for piece in pieces:
        reply += piece
        ended = _parse_ended(reply, offered)[given:] if piece else []
        given += len(ended)
        yield from ended
        if not ended:
            yield None
    yield from parse_reply(reply, offered)[given:]


def _parse_ended(reply: str, offered: Collection[int]) -> list[Written]:
    """The sentences that are whole in what has come so far."""
    text = _plain(reply).lstrip()
    pairs = _items_ended(text) if text.startswith(("{", "[{")) else _sentences_ended(text)
    return [_written(said, numbers, offered) for said, numbers in pairs if _is_sentence(said)]


def _plain(reply: str) -> str:
    """The reply without what a model thinks, and without the fence that it may put around what it says."""
    return _FENCE.sub("", _THOUGHT.sub("", reply))


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
    for line in _BULLET.sub("", text).splitlines():
        yield from _share(_from_line(line))


def _sentences_ended(text: str) -> Iterator[tuple[str, list[int]]]:
    """Those of the lines that ended, and of the last line those behind whose numbers another sentence has begun."""
    lines = _BULLET.sub("", text).splitlines(keepends=True)
    last = lines.pop() if lines and lines[-1].splitlines() == lines[-1:] else ""
    yield from _from_text("".join(lines))
    begun = _UNCLOSED.sub("", last).rstrip()
    while marks := [found for found in _MARKS.finditer(begun) if found.end() == len(begun)]:
        begun = begun[: marks[0].start()].rstrip()
    if _MARKS.match(last):
        return  # where numbers open a line, its end tells to what they belong
    ended = _from_line(begun)[:-1]
    while ended and not ended[-1][1]:
        ended.pop()
    yield from _share(ended)


def _share(sentences: list[tuple[str, list[int]]]) -> Iterator[tuple[str, list[int]]]:
    """A sentence without numbers takes those of the next one of its line, as where two share one [n]."""
    for place, (said, _) in enumerate(sentences):
        yield said, next((numbers for _, numbers in sentences[place:] if numbers), [])


def _from_line(line: str) -> list[tuple[str, list[int]]]:
    """The sentences of a line with their own numbers; numbers that open a line belong to what follows."""
    plain, marks = _take_out(line)
    leads = bool(marks) and marks[0][0] == 0 and marks[-1][0] < len(plain.rstrip())
    spans = sentence_spans(plain)
    bounds = [0, *(end for _, end in spans)]
    places = [(bounds[i], start) if leads else (start + 1, end + 1) for i, (start, end) in enumerate(spans)]
    numbers = [[n for at, found in marks if first <= at <= last for n in found] for first, last in places]
    return [(plain[start:end], own) for (start, end), own in zip(spans, numbers, strict=True)]


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
    return [pair for item in _items(_load(text)) for pair in _from_item(item)]


def _items_ended(text: str) -> list[tuple[str, list[int]]]:
    array = _ARRAY.match(text)
    at, items = array.end() if array else len(text), []
    with suppress(ValueError, RecursionError):
        while True:
            item, at = _DECODER.raw_decode(text, at)
            items.append(item)
            comma = _COMMA.match(text, at)
            at = comma.end() if comma else len(text)
    return [pair for item in _items(items) for pair in _from_item(item)]


def _from_item(item: dict[str, Any]) -> list[tuple[str, list[int]]]:
    """Its sentences, each with all of its numbers: two in one text would be judged by what they say on average."""
    said, numbers = item.get("text"), [number for number in _listed(item.get("numbers")) if 0 <= number < 10**6]
    text = " ".join(said.split()) if isinstance(said, str) else ""
    return [(text[start:end], numbers) for start, end in sentence_spans(text)]


def _load(text: str) -> Any:
    """What the JSON holds, mended where it is broken; None where it is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        return None
    except ValueError:
        from json_repair import repair_json

        with suppress(RecursionError):
            return repair_json(text, return_objects=True)
        return None


def _items(loaded: Any) -> list[dict[str, Any]]:
    if isinstance(loaded, dict):
        loaded = loaded.get("sentences", [loaded] if "text" in loaded else [])
    return [item for item in loaded if isinstance(item, dict)] if isinstance(loaded, list) else []


def _listed(value: Any) -> list[int]:
    values = value if isinstance(value, list) else [value]
    return [int(number) for item in values for number in _NUMBER.findall(str(item))[:1]]
