"""What a run with a language model tells beyond its answers: its replies as they came, and what the judge is worth.

The judge is that of answers, with the verifier and thresholds of the settings. Labelled are paraphrases.jsonl (each is
supported, and each edit of one isn't) and written/labels.jsonl (what a small model truly wrote, judged by one reader).
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.bench.support_edits import PARAPHRASES, Sample, edit_samples, read_paraphrases
from eval.cases import Corpus
from eval.intervals import Interval, wilson
from qa.prompts import Prompt
from qa.replies import Written, parse_reply
from qa.support import Judge
from qa.types import Quotation
from qa.writers import Writer

if TYPE_CHECKING:
    from qa.generate import Writing

WRITTEN = PARAPHRASES.parent / "written" / "labels.jsonl"
_OFFERED = re.compile(r"^\[(\d+)\] ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of `n` something is true of."""

    name: str
    found: int
    n: int

    @property
    def interval(self) -> Interval | None:
        """Wilson's 95 % interval; None of nothing."""
        return wilson(self.found, self.n) if self.n else None

    def to_dict(self) -> dict[str, Any]:
        """As a run stores it."""
        return {"name": self.name, "found": self.found, "n": self.n, "interval": self.interval}


def format_share(stored: Mapping[str, Any]) -> str:
    """A stored share as it is printed."""
    if not stored["n"]:
        return f"{stored['name']:58} –  n = 0"
    low, high = stored["interval"]
    return f"{stored['name']:58} {stored['found'] / stored['n']:.3f} [{low:.3f}–{high:.3f}] n = {stored['n']}"


def measure_writer(writing: Writing, corpus: Corpus) -> list[Share]:
    """All that is measured of a writer that was overheard, and of the judge of what it writes."""
    replies = writing.writer.replies.items() if isinstance(writing.writer, Overheard) else ()
    return [*measure_replies(replies), *measure_judge(writing.judge, corpus)]


@dataclass(frozen=True, slots=True)
class Overheard:
    """A writer whose prompts and whole replies are remembered; the same prompt counts once."""

    writer: Writer
    replies: dict[Prompt, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.writer.name

    def write(self, prompt: Prompt) -> Generator[str, None, None]:
        """The pieces as they come; what was stopped is remembered as far as it went."""
        self.replies[prompt] = ""
        for piece in self.writer.write(prompt):
            self.replies[prompt] += piece
            yield piece

    def close(self) -> None:
        self.writer.close()


def measure_replies(replies: Iterable[tuple[Prompt, str]]) -> list[Share]:
    """How often a model made up a source number, or named none; of whole replies, before anything is checked."""
    parsed = [parse_reply(reply, _offered(prompt)) for prompt, reply in replies]
    told = [sentences for sentences in parsed if sentences]
    sentences = [sentence for reply in told for sentence in reply]
    return [
        Share("replies that say something", len(told), len(parsed)),
        Share("replies with a number never offered", sum(any(map(_invents, reply)) for reply in told), len(told)),
        Share("sentences with a number never offered", sum(map(_invents, sentences)), len(sentences)),
        Share(
            "sentences that name no number",
            sum(not (sentence.keys or sentence.invented) for sentence in sentences),
            len(sentences),
        ),
    ]


def _offered(prompt: Prompt) -> list[int]:
    return [int(key) for key in _OFFERED.findall(prompt.user)]


def _invents(sentence: Written) -> bool:
    return bool(sentence.invented)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence and what it cites, article and span, with what a reader says: whether it is borne out."""

    text: str
    quotes: tuple[tuple[str, int, int], ...]
    supported: bool
    group: str


def measure_judge(judge: Judge, corpus: Corpus) -> list[Share]:
    """What the judge withholds although it is supported, and shows although it isn't, of what is labelled there."""
    shares = []
    everything = [*read_labelled_paraphrases(), *read_written()]
    labelled = [item for item in everything if all(article in corpus.ids for article, _, _ in item.quotes)]
    for group in dict.fromkeys(item.group for item in labelled):
        for supported, name in ((True, "withheld though supported"), (False, "shown though unsupported")):
            items = [item for item in labelled if item.group == group and item.supported is supported]
            if items:
                wrong = sum(_is_shown(item, judge, corpus) is not supported for item in items)
                shares.append(Share(f"{name}: {group}", wrong, len(items)))
    return shares


def _is_shown(item: Labelled, judge: Judge, corpus: Corpus) -> bool:
    quotations = []
    for article, start, end in item.quotes:
        id = corpus.ids[article]
        quotations.append(Quotation(id, start, end, corpus.articles[id].text[start:end]))
    return not judge.judge(item.text, quotations, corpus.articles).reason


def read_labelled_paraphrases(path: Path = PARAPHRASES) -> list[Labelled]:
    """The paraphrases, each supported by what it paraphrases, and their edits, none of which is."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    places = {(row["text"], row["quote"]): (row["article"], row["start"], row["end"]) for row in rows}
    samples = read_paraphrases(path)
    labelled = []
    for part in ("tuned", "unseen"):
        own = [sample for sample in samples if sample.part == part]
        labelled += [_label(sample.text, sample, places, True, f"paraphrases, {part}") for sample in own]
        for name, edited in edit_samples(own).items():
            labelled += [_label(text, sample, places, False, f"{name} edited, {part}") for text, sample in edited]
    return labelled


def _label(
    text: str, sample: Sample, places: dict[tuple[str, str], tuple[str, int, int]], supported: bool, group: str
) -> Labelled:
    return Labelled(text, (places[sample.text, sample.quote],), supported, group)


def read_written(path: Path = WRITTEN) -> list[Labelled]:
    """The sentences that a model wrote, with a reader's label; none where the file isn't there."""
    if not path.exists():
        return []
    rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Labelled(
            row["text"],
            tuple((quote["article"], quote["start"], quote["end"]) for quote in row["quotes"]),
            row["supported"],
            f"written by {row['model']}",
        )
        for row in rows
    ]
