"""The records that every part passes around: frozen, hashable, standard library only.

Offsets count Unicode code points of `Article.text` and are half-open: ``text[start:end]``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

Span = tuple[int, int]
History = Sequence["Answer"]  # the answers before a question, oldest first
Status = Literal["answered", "refused"]
DisagreementKind = Literal["conflict", "update", "undated"]
CheckState = Literal["valid", "moved", "changed", "gone", "misnamed", "reworded"]
Dated = Literal["stated", "page metadata", "file name"]
ValueKind = Literal["number", "money", "percent", "date", "duration", "name", "words"]
Verdict = Literal["right", "wrong", "should-have-refused", "missing-source"]
Outcome = Literal["added", "updated", "unchanged", "duplicate", "removed", "restored", "skipped"]

REFUSAL = "The articles in this library do not answer that."
FOREIGN = "The question seems to be in "  # how the note on another language than English begins
OPENINGS = "No topic was named: these are opening sentences of articles, those of the newest first."
# The note of an overview and of a count of articles, whose confidence is no probability.
CHOSEN = "These sentences were chosen by the topic's words; the confidence is the share of them that was found."


def article_id(source: str, text: str) -> str:
    """The 20 hexadecimal digits that name one version of one document."""
    return hashlib.sha256(f"{source}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Article:
    """One version of one document; `text` never changes, `kept` are the spans of it that are the article."""

    id: str
    source: str
    text: str
    kept: tuple[Span, ...]
    title: str | None = None
    publisher: str | None = None
    published: date | None = None
    url: str | None = None
    language: str | None = None
    bytes_sha256: str = ""
    extractor: str = ""
    supersedes: str | None = None
    author: str | None = None
    dated: Dated | None = None  # how `published` is known; None without it

    @property
    def kept_text(self) -> str:
        """The kept spans joined by newlines."""
        return "\n".join(self.text[start:end] for start, end in self.kept)


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of an article: ``text == article.text[start:end]``."""

    article_id: str
    start: int
    end: int
    text: str

    @property
    def id(self) -> str:
        return f"{self.article_id}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with the score that retrieval gave it; higher is better, always.

    `copies` are the ids of the other articles that carry the same passage, word for word or nearly, and `publishers`
    the names that it and they give as theirs: one wire story is one source, however many print it.
    """

    passage: Passage
    score: float
    copies: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """What a span of a text means: ``text == whole[slice(*span)]``.

    `low` and `high` bound what a number, an amount or a date can mean: "at least 21" is 21 to infinity, "around 15,000"
    5 % more or less, "10 to 15" itself, "9" from 9 to 9. They count base units of `unit`: "" for counts and ages, "m",
    "kg", "m2", "m/s", "C" … for measures (kind "number"), "s" for durations, "%" or "points" for percentages, the
    currency ("USD") for money. Of a date they are ordinals, both days included; its unit says what they are days of:
    "day" of the calendar, "yearless" of any year (ordinals of a leap year), "weekday" 0–6 of any week, or "unresolved"
    of a day told by another that isn't known ("yesterday"). Names and words have no bounds: both are 0.
    """

    kind: ValueKind
    low: float
    high: float
    unit: str
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Quotation:
    """A slice of an article shown as evidence: ``text == article.text[start:end]``."""

    article_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered quotation, as the reader sees it behind [1]; `score` is in 0–1, `source` the article's file.

    `copies` are the ids of other articles that carry the passage, `publishers` all that name themselves in it or them.
    """

    number: int
    quotation: Quotation
    title: str | None = None
    publisher: str | None = None
    published: date | None = None
    url: str | None = None
    score: float = 0.0
    source: str = ""
    copies: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The title, else the name of the file, else the article's id."""
        file = self.source.removeprefix("upload:").rstrip("/").rpartition("/")[2]
        return self.title or file or f"article {self.quotation.article_id}"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer: `start` and `end` are its place in `Answer.text`, `emphasis` is within it.

    `support`, 0–1, is how far its quotations bear out a generated one; `doubt` says why one that is shown all the same
    is not borne out.
    """

    text: str
    start: int
    end: int
    citations: tuple[int, ...]
    support: float = 1.0
    generated: bool = False
    emphasis: tuple[Span, ...] = ()
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A sentence that a language model wrote and that is not shown: its support, 0–1, and what is wrong with it."""

    text: str
    support: float
    reason: str


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a disagreement: the value and the citations that give it."""

    value: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Articles that give different values for one thing; "update": a later count, "undated": no dates."""

    about: str
    kind: DisagreementKind
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A model that had a part in an answer; `digest` is the SHA-256 of its weights."""

    role: str
    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """What is needed to replay an answer; `timings` are (stage, milliseconds), `settings` (name, JSON value)."""

    revision: int = 0
    corpus_digest: str = ""
    models: tuple[Model, ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()
    filters: tuple[tuple[str, Any], ...] = ()
    timings: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What `ask` returns: quoted or generated sentences with their citations, or a refusal with the nearest passages.

    `confidence` is the estimated probability, 0–1, that the answer is right.
    """

    question: str
    status: Status
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    confidence: float = 0.0
    nearest: tuple[Citation, ...] = ()
    notes: tuple[str, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)
    withheld: tuple[Withheld, ...] = ()

    @property
    def text(self) -> str:
        """The answer as plain text; every sentence is ``text[sentence.start:sentence.end]``."""
        if self.status == "refused":
            return REFUSAL
        return " ".join(sentence.text for sentence in self.sentences)

    def citation(self, number: int) -> Citation:
        """The citation with that number; KeyError if there is none."""
        for citation in self.citations:
            if citation.number == number:
                return citation
        raise KeyError(number)

    def markdown(self) -> str:
        """The answer with [n] markers and its sources, as Markdown."""
        from qa.formats import answer_to_markdown

        return answer_to_markdown(self)

    def to_json(self) -> str:
        """The answer as JSON; `from_json` gives an equal record back."""
        from qa.formats import answer_to_json

        return answer_to_json(self)

    @staticmethod
    def from_json(text: str | bytes) -> Answer:
        """The answer that `to_json` wrote; AnswerInvalid when the text is something else."""
        from qa.formats import answer_from_json

        return answer_from_json(text)


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A question as it was asked and as it reads on its own; `changes` are (the words asked, what they stand for).

    `open` are words that need an earlier question and that the rules couldn't tell of what, each with what it may be.
    `by` is the language model that read it, empty where rules did; `note` says why what a model read wasn't taken.
    """

    asked: str
    question: str
    changes: tuple[tuple[str, str], ...] = ()
    open: tuple[tuple[str, tuple[str, ...]], ...] = ()
    by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a citation still holds: "moved" is elsewhere in the article, "changed" not in its newest version.

    "misnamed" gives its article another title, publisher, date or address; a "reworded" sentence isn't what it cites.
    """

    citation: Citation
    state: CheckState


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody said of an answer, or of one sentence: its place in `answer.sentences`; `given` is in UTC."""

    id: int
    given: datetime
    verdict: Verdict
    answer: Answer
    sentence: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that somebody kept, at a moment in UTC; `id` is its address's."""

    id: str
    kept: datetime
    answer: Answer


@dataclass(frozen=True, slots=True)
class Event:
    """A step of answering that ended; the last event carries the answer.

    While a language model writes, the step "write" is told of again and again, with the answer `so_far`: the sentences
    that were judged and may be shown, under the numbers that they keep, and their citations. The answer begins with
    them, unless it falls back to quotations in the end.
    """

    stage: str
    milliseconds: float
    answer: Answer | None = None
    so_far: Answer | None = None
    rewriting: Rewriting | None = None  # of the step "retrieve": how the question was read


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles a question may be answered from; empty fields don't restrict. Dates are inclusive.

    An article without a date passes no date restriction unless `include_undated`.
    """

    publishers: tuple[str, ...] = ()
    published_from: date | None = None
    published_to: date | None = None
    languages: tuple[str, ...] = ()
    article_ids: tuple[str, ...] = ()
    as_of: date | None = None
    include_undated: bool = False

    def __post_init__(self) -> None:
        for name in ("publishers", "languages", "article_ids"):
            if isinstance(getattr(self, name), str):
                raise TypeError(f"{name} takes several texts, as in Filters({name}=({getattr(self, name)!r},))")

    @property
    def published_days(self) -> tuple[int | None, int | None]:
        """The first and the last day of publication that pass, as day numbers (date.toordinal)."""
        first = self.published_from.toordinal() if self.published_from else None
        lasts = [day.toordinal() for day in (self.published_to, self.as_of) if day]
        return first, min(lasts) if lasts else None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came as bytes, not from a folder; uploading the same name again replaces it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of one source; `reason` and `remedy` say why it was skipped and what to do.

    `replaced` is the id of the version that it took the place of, which `Library.restore` puts back.
    """

    source: str
    outcome: Outcome
    article_id: str | None = None
    title: str | None = None
    passages: int = 0
    reason: str = ""
    remedy: str = ""
    replaced: str | None = None


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of every source of one `add`, and the revision that holds it."""

    entries: tuple[Ingested, ...]
    revision: int

    def having(self, outcome: Outcome) -> tuple[Ingested, ...]:
        """The entries with that outcome, in the order in which they were read."""
        return tuple(entry for entry in self.entries if entry.outcome == outcome)


def place_sentences(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The sentences with `start` and `end` set to their places in `Answer.text`."""
    placed, at = [], 0
    for sentence in sentences:
        placed.append(replace(sentence, start=at, end=at + len(sentence.text)))
        at += len(sentence.text) + 1
    return tuple(placed)
