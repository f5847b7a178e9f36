"""Follow-up questions: whether they are read as meant, left alone when they stand on their own, and find their article.

The conversations of followups.jsonl are about the project's articles; what came before a question is really asked. Its
stories are split: the rules were made while looking at "dev" only.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.cases import CasesInvalid, read_object
from eval.intervals import Interval, interval
from qa.followups import notes_of
from qa.library import Library
from qa.settings import Settings
from qa.types import Answer, Rewriting

FOLLOWUPS = Path(__file__).resolve().parent / "followups.jsonl"
CUT = 5  # hits


@dataclass(frozen=True, slots=True)
class Followup:
    """A question after others; `words` must be in what it is read as, and without any it must stay as it is.

    "a|b" is either of two, "!a" must not be in it.
    """

    id: str
    split: str
    story: str
    before: tuple[str, ...]
    question: str
    wanted: str  # the whole question, written by hand
    words: tuple[str, ...]
    articles: tuple[str, ...]  # the names of the files any of which answers it

    @property
    def stays(self) -> bool:
        return not self.words

    def is_right(self, rewriting: Rewriting) -> bool:
        """Whether it is read as meant: changed, with all the words; or unchanged, where it must stay."""
        if self.stays:
            return rewriting.question == self.question
        read = rewriting.question.casefold()
        return bool(rewriting.changes) and all(_says(read, words) for words in self.words)


def _says(read: str, words: str) -> bool:
    return words[1:] not in read if words.startswith("!") else any(word in read for word in words.split("|"))


@dataclass(frozen=True, slots=True)
class Row:
    """A figure with how many items it is of."""

    name: str
    mean: float
    n: int
    interval: Interval


def read_followups(path: Path = FOLLOWUPS) -> tuple[Followup, ...]:
    """The items of the file; CasesInvalid names the line that can't be read."""
    items = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{path.name}:{number}"
        data = read_object(line, where)
        try:
            items.append(
                Followup(
                    id=data["id"],
                    split=data["split"],
                    story=data["story"],
                    before=tuple(data["before"]),
                    question=data["question"],
                    wanted=data["wanted"],
                    words=tuple(data["words"]),
                    articles=tuple(data["articles"]),
                )
            )
        except (KeyError, TypeError) as error:
            raise CasesInvalid(f"{where}: a field is missing or has the wrong form: {error}") from error
    return tuple(items)


def measure(items: Sequence[Followup], library: Library, read: Mapping[str, Rewriting]) -> list[Row]:
    """The rows of the table, `read` being how each question was read, by its item's id."""
    sources = {article.id: Path(article.source).name for article in library.articles()}

    def finds(item: Followup, question: str) -> float:
        hits = library.search(question, k=CUT)
        return float(any(sources[hit.passage.article_id] in item.articles for hit in hits))

    changing = [item for item in items if not item.stays]
    standing = [item for item in items if item.stays]
    return [
        _row("read as meant", changing, {i.id: float(i.is_right(read[i.id])) for i in changing}),
        _row("left alone in doubt", changing, {i.id: float(not read[i.id].changes) for i in changing}),
        _row("wrongly changed", standing, {i.id: float(not i.is_right(read[i.id])) for i in standing}),
        _row(f"article among {CUT}, as read", changing, {i.id: finds(i, read[i.id].question) for i in changing}),
        _row(f"article among {CUT}, as asked", changing, {i.id: finds(i, i.question) for i in changing}),
        _row(f"article among {CUT}, written by hand", changing, {i.id: finds(i, i.wanted) for i in changing}),
    ]


def _row(name: str, items: Sequence[Followup], values: Mapping[str, float]) -> Row:
    found = interval(values, {item.id: item.story for item in items}) or (0.0, 1.0)
    return Row(name, sum(values.values()) / len(values) if values else 0.0, len(values), found)


def followups_command(arguments: Sequence[str]) -> int:
    """Prints the figures of the follow-up questions, and with --show how each was read."""
    from eval.run import ARTICLES

    parser = argparse.ArgumentParser(prog="python -m eval followups", description="Measure follow-up questions.")
    parser.add_argument("--split", choices=("dev", "test", "all"), default="dev", help="test is to be looked at last")
    parser.add_argument("--show", action="store_true", help="print how each question was read")
    parser.add_argument("--llm", metavar="NAME", help="have a language model read on what the rules leave open")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    options = parser.parse_args(arguments)
    items = [item for item in read_followups() if options.split in ("all", item.split)]
    # What came before is quoted in any case, so that a model makes a difference by its reading alone.
    settings = replace(Settings.from_environment(), precision="f32", llm="")
    with tempfile.TemporaryDirectory() as folder, Library.open(Path(folder) / "library", settings=settings) as library:
        library.add(ARTICLES)
        answers = {text: library.ask(text) for text in dict.fromkeys(text for item in items for text in item.before)}
        histories = {item.id: [answers[text] for text in item.before] for item in items}
        with Library.open(Path(folder) / "library", settings=replace(settings, llm=options.llm or "")) as reading:
            read = {item.id: reading.rewrite(item.question, histories[item.id]) for item in items}
        rows = measure(items, library, read)
    if options.show:
        for item in items:
            _show(item, histories[item.id], read[item.id])
    for row in rows:
        low, high = row.interval
        if options.json:
            print(json.dumps({"name": row.name, "mean": row.mean, "n": row.n, "interval": row.interval}))
        else:
            print(f"{row.name:36} {row.mean:6.1%}  n={row.n:<3} [{low:.1%}, {high:.1%}]")
    return 0


def _show(item: Followup, history: Sequence[Answer], rewriting: Rewriting) -> None:
    mark = "right" if item.is_right(rewriting) else "WRONG" if rewriting.changes else "MISSED"
    print(f"{mark:6} {item.id} {history[-1].question} -> {history[-1].text[:160]}")
    print(f"       {item.question} -> {rewriting.question}", *notes_of(rewriting), sep="\n       ")
