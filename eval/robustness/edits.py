"""Facts swapped in the articles, as `edits.jsonl` lists them, each checked against the articles and the questions."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.cases import Case, CasesInvalid
from eval.questions import read_lines
from eval.words import says

KINDS = ("number", "date", "name")


@dataclass(frozen=True, slots=True)
class Place:
    """Characters of an article that are exchanged: ``text[start:end] == old`` becomes `new`."""

    article: str
    start: int
    end: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A fact swapped wherever the articles give it: what the answer must then say, and what it must no longer say."""

    id: str
    question: str
    kind: str
    places: tuple[Place, ...]
    expect: tuple[str, ...]
    forbid: tuple[str, ...]
    author: str

    @property
    def articles(self) -> tuple[str, ...]:
        """The file names of the edited articles."""
        return tuple(dict.fromkeys(place.article for place in self.places))


# Swapped facts


def load_edits(path: Path, cases: Sequence[Case], texts: Mapping[str, str]) -> tuple[Edit, ...]:
    """The edits of a JSONL file that are of these cases; CasesInvalid when one is wrong or two get in each other's way.

    An edit of a question that isn't among the cases is left out: another file of questions was chosen.
    """
    by_id = {case.id: case for case in cases}
    edits = []
    for number, line in read_lines(path):
        edit = _parse(line, f"{path.name}:{number}")
        if edit.question not in by_id:
            continue
        if problems := edit_problems(edit, by_id[edit.question], texts):
            raise CasesInvalid(f"{path.name}:{number} ({edit.id}): {'; '.join(problems)}")
        edits.append(edit)
    if problems := interferences(edits, by_id):
        raise CasesInvalid(f"{path.name}: {'; '.join(problems)}")
    return tuple(edits)


def _parse(line: str, where: str) -> Edit:
    try:
        data: dict[str, Any] = json.loads(line)
        places = tuple(
            Place(item["article"], int(item["start"]), int(item["end"]), item["old"], item["new"])
            for item in data["edits"]
        )
        patterns = tuple(data["expect"]), tuple(data["forbid"])
        return Edit(data["id"], data["question"], data["kind"], places, *patterns, data["author"])
    except (ValueError, KeyError, TypeError) as error:
        raise CasesInvalid(f"{where}: no edit: {error!r}") from error


def edit_problems(edit: Edit, case: Case, texts: Mapping[str, str]) -> list[str]:
    """One phrase for each thing wrong with the edit; [] if the edited articles give the new value and not the old."""
    moved = [place for place in edit.places if _slice(place, texts) != place.old]
    if moved or not edit.places:
        return [f"{place.article}[{place.start}:{place.end}] is not {place.old!r}" for place in moved] or ["no places"]
    before = [texts[name] for name in edit.articles]
    after = list(edit_texts([edit], texts).values())
    spans = [span for group in case.evidence for span in group.spans]
    checks = {
        f"kind {edit.kind!r} is not one of {', '.join(KINDS)}": edit.kind not in KINDS,
        "author is empty": not edit.author,
        f"{case.id} is no dev question": case.split != "dev",
        "no place lies in the question's evidence": not any(
            place.article == span.article and span.start <= place.start < span.end
            for place in edit.places
            for span in spans
        ),
        "an article gives the new value before the edit": any(says(text, edit.expect) for text in before),
        "an article doesn't give the new value after the edit": not all(says(text, edit.expect) for text in after),
        "an article still gives the old value after the edit": any(says(text, edit.forbid) for text in after),
        "the old value was not in the evidence": not any(says(span.quote, edit.forbid) for span in spans),
    }
    return [problem for problem, wrong in checks.items() if wrong]


def _slice(place: Place, texts: Mapping[str, str]) -> str | None:
    text = texts.get(place.article)
    return None if text is None else text[place.start : place.end]


def interferences(edits: Sequence[Edit], cases: Mapping[str, Case]) -> list[str]:
    """Where an edit falls into the evidence of another edit's question, for all are made in one library."""
    return [
        f"{edit.id} changes the evidence of {other.id} in {place.article}"
        for edit in edits
        for other in edits
        if other is not edit
        for place in edit.places
        if any(
            place.article == span.article and place.start < span.end and span.start < place.end
            for group in cases[other.question].evidence
            for span in group.spans
        )
    ]


def edit_texts(edits: Iterable[Edit], texts: Mapping[str, str]) -> dict[str, str]:
    """The articles that the edits change, changed, by file name."""
    places: dict[str, list[Place]] = defaultdict(list)
    for edit in edits:
        for place in edit.places:
            places[place.article].append(place)
    return {name: apply_places(texts[name], found) for name, found in places.items()}


def apply_places(text: str, places: Iterable[Place]) -> str:
    """The text with each place exchanged."""
    for place in sorted(places, key=lambda place: -place.start):  # from the end, so that offsets before it hold
        text = text[: place.start] + place.new + text[place.end :]
    return text
