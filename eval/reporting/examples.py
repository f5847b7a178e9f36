"""Which questions a report shows, and how: the words that changed, the passages with the quoted characters marked."""

from __future__ import annotations

import difflib
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from eval.compare import goodness
from eval.reporting.curves import confidence
from eval.reporting.reported import Report
from eval.reporting.stored import Gold, Json, Passage, Result

LOCKED = "test"  # a question that was looked at can be tuned on, so those of this split are never shown
WORST, GOOD = 10, 5
MOST_FLIPS = 25  # shown in full, in each direction
ALIKE = 0.4  # less alike than this, two answers read better side by side than merged
MOST_COMPARED = 20_000  # characters of two answers; comparing words takes the square of their number
LONG = 2400  # characters of a passage; a longer one is cut around its first mark
BEFORE_MARK = 400

Piece = tuple[str, frozenset[str]]  # a text with the names of the marks that lie on it
Word = tuple[str, str]  # "same", "gone" or "new", and the text


@dataclass(frozen=True, slots=True)
class Example:
    """One question to show; `before` is its answer in the earlier run, where that is known."""

    asked: Result
    before: Result | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage with the marks of what was quoted ("[1]") and of what proves the fact ("gold")."""

    title: str
    numbers: tuple[int, ...]
    rank: int | None
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Uncited:
    """Evidence that no citation touches, and the rank of the passage that holds it; None when none was found."""

    gold: Gold
    rank: int | None


# Which


def flipped(report: Report) -> tuple[list[Example], list[Example]]:
    """The questions that stopped being good and those that became it, without the locked ones."""
    if not report.comparison or not report.earlier:
        return [], []
    before = report.earlier.asked
    both = [
        [Example(report.stored.asked[id_], before.get(id_)) for id_ in ids]
        for ids in (report.comparison.worse, report.comparison.better)
    ]
    return _open(both[0]), _open(both[1])


def worst(report: Report) -> list[Example]:
    """Wrong answers first, the most confident of them first, then refusals although the evidence was found."""
    good = goodness(report.stored.run)
    bad = _open(Example(item) for item in report.stored.asked.values() if good.get(item.id) == 0)
    return sorted(bad, key=lambda example: _badness(example.asked))[:WORST]


def _badness(item: Result) -> tuple[bool, float, str]:
    found = item.value("evidence_recall@5") or 0.0
    return item.refused, -found if item.refused else -confidence(item), item.id


def some_good(report: Report, *, seed: int = 7) -> list[Example]:
    """Good answers drawn at random, the same ones every time, so that a reader can check what counts as good."""
    good = goodness(report.stored.run)
    answered = [item for item in report.stored.asked.values() if good.get(item.id) == 1 and not item.refused]
    shown = _open(Example(item) for item in sorted(answered, key=lambda item: item.id))
    return random.Random(seed).sample(shown, min(GOOD, len(shown)))


def locked(report: Report) -> int:
    """How many questions of the run may not be shown."""
    return sum(item.split == LOCKED for item in report.stored.asked.values())


def _open(examples: Iterable[Example]) -> list[Example]:
    return [example for example in examples if example.asked.split != LOCKED]


# How


def answer_text(item: Result) -> str:
    """The answer as plain text."""
    return str(item.answer.get("text") or "")


def word_changes(before: str, after: str) -> list[Word]:
    """What words went and came, white space kept; both whole when hardly a word is left where it was.

    >>> word_changes("It cost 4 euros.", "It cost 5 euros.")
    [('same', 'It cost '), ('gone', '4'), ('new', '5'), ('same', ' euros.')]
    """
    if before == after:
        return [("same", after)]
    if len(before) + len(after) > MOST_COMPARED or _likeness(before, after) < ALIKE:
        return [(kind, text) for kind, text in (("gone", before), ("new", after)) if text]
    left, right = _tokens(before), _tokens(after)
    matcher = difflib.SequenceMatcher(a=left, b=right, autojunk=False)
    words: list[Word] = []
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        gone, new = "".join(left[start:end]), "".join(right[other_start:other_end])
        words += [("same", gone)] if tag == "equal" else [(k, t) for k, t in (("gone", gone), ("new", new)) if t]
    return words


def _likeness(before: str, after: str) -> float:
    """0–1, by words alone: all texts share their spaces."""
    left, right = re.findall(r"\w+", before.lower()), re.findall(r"\w+", after.lower())
    return difflib.SequenceMatcher(a=left, b=right, autojunk=False).ratio()


def _tokens(text: str) -> list[str]:
    return re.findall(r"\w+|\s+|[^\w\s]", text)


def cut_at_marks(text: str, marks: Iterable[tuple[int, int, str]]) -> list[Piece]:
    """The text in pieces, each with the names of the marks (start, end, name) that cover it.

    >>> [(piece, sorted(names)) for piece, names in cut_at_marks("abcd", [(0, 2, "x"), (1, 3, "y")])]
    [('a', ['x']), ('b', ['x', 'y']), ('c', ['y']), ('d', [])]
    """
    inside = [(max(0, start), min(len(text), end), name) for start, end, name in marks]
    inside = [mark for mark in inside if mark[0] < mark[1]]
    edges = sorted({0, len(text), *(edge for start, end, _ in inside for edge in (start, end))})
    return [
        (text[start:end], frozenset(name for first, last, name in inside if first <= start and end <= last))
        for start, end in pairwise(edges)
    ]


def cited_passages(item: Result) -> list[Shown]:
    """The passages that the answer cites, each once, by their numbers; a bare quotation where none fits."""
    by_passage: dict[int, list[Json]] = {}
    shown: list[Shown] = []
    for citation in item.answer.get("citations") or ():
        passage = _passage_of(citation, item.passages)
        if passage:
            by_passage.setdefault(passage.rank, []).append(citation)
        else:
            shown.append(_bare(citation))
    found = [_shown(item.passages[rank - 1], citations, item.gold) for rank, citations in by_passage.items()]
    return sorted([*shown, *found], key=lambda one: one.numbers)


def _passage_of(citation: Json, passages: Sequence[Passage]) -> Passage | None:
    """The passage that holds most of the quotation."""
    start, end = citation["start_char_index"], citation["end_char_index"]
    same = [passage for passage in passages if passage.article == citation["article_id"]]
    best = max(same, key=lambda passage: _shared(passage, start, end), default=None)
    return best if best and _shared(best, start, end) > 0 else None


def _shared(passage: Passage, start: int, end: int) -> int:
    return min(passage.end, end) - max(passage.start, start)


def _shown(passage: Passage, citations: Sequence[Json], gold: Sequence[Gold]) -> Shown:
    at = passage.start
    marks = [
        (citation["start_char_index"] - at, citation["end_char_index"] - at, f"[{citation['number']}]")
        for citation in citations
    ]
    first = min(start for start, _, _ in marks)
    marks += [(span.start - at, span.end - at, "gold") for span in gold if span.name and span.name == passage.name]
    numbers = tuple(sorted(int(citation["number"]) for citation in citations))
    return Shown(_title(citations[0]), numbers, passage.rank, tuple(_window(passage.text, marks, first)))


def _window(text: str, marks: Sequence[tuple[int, int, str]], first: int) -> list[Piece]:
    if len(text) <= LONG:
        return cut_at_marks(text, marks)
    at = max(0, first - BEFORE_MARK)
    pieces = cut_at_marks(text[at : at + LONG], [(start - at, end - at, name) for start, end, name in marks])
    nothing: frozenset[str] = frozenset()
    return [*([("… ", nothing)] if at else []), *pieces, *([(" …", nothing)] if at + LONG < len(text) else [])]


def _bare(citation: Json) -> Shown:
    number = int(citation["number"])
    text = str(citation["cited_text"])[:LONG]
    return Shown(_title(citation), (number,), None, ((text, frozenset({f"[{number}]"})),))


def _title(citation: Json) -> str:
    file = str(citation.get("source") or "").rstrip("/").rpartition("/")[2]
    named = citation.get("title") or file or f"article {citation['article_id']}"
    return ", ".join(str(part) for part in (named, citation.get("publisher"), citation.get("published")) if part)


def uncited_evidence(item: Result) -> list[Uncited]:
    """The first span of every needed fact of which no span is quoted."""
    groups: dict[str, list[Gold]] = {}
    for span in item.gold:
        groups.setdefault(span.group, []).append(span)
    citations = item.answer.get("citations") or ()
    return [
        Uncited(spans[0], min((rank for span in spans if (rank := _rank_of(span, item.passages))), default=None))
        for spans in groups.values()
        if not any(_quotes(citation, span) for citation in citations for span in spans)
    ]


def _quotes(citation: Json, span: Gold) -> bool:
    file = str(citation.get("source") or "").rstrip("/").rpartition("/")[2]
    return file == span.name and citation["start_char_index"] < span.end and span.start < citation["end_char_index"]


def _rank_of(span: Gold, passages: Sequence[Passage]) -> int | None:
    touching = [
        passage.rank for passage in passages if passage.name == span.name and _shared(passage, span.start, span.end) > 0
    ]
    return min(touching, default=None)


def verdicts(example: Example, metrics: Sequence[str]) -> Mapping[str, tuple[float | None, float | None]]:
    """Of each metric the value before and now; None where it doesn't apply or there is no earlier answer."""
    before = example.before
    return {
        metric: (before.value(metric) if before else None, example.asked.value(metric))
        for metric in metrics
        if example.asked.value(metric) is not None or (before and before.value(metric) is not None)
    }
