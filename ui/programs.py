"""What programs send and get: the types of JSON values, the checks of what comes, the bounds of what goes.

No annotation here may be a text (no `from __future__ import annotations`): gradio makes the types of its endpoints of
them, and ui/mcp.py its schemas.
"""

import re
from dataclasses import replace
from datetime import date
from typing import Any, Literal

from typing_extensions import TypedDict  # before Python 3.12, schemas can't be made of typing's own

from qa.errors import AnswerInvalid, QAError
from qa.formats import answer_to_dict, hit_to_dict
from qa.library import Library
from qa.types import Answer, Article, Citation, Filters, Hit, Outcome, Sentence
from ui.conversation import MOST_TURNS, Turn
from ui.signing import read_signed
from ui.source import split_kept

MOST_HITS = 1_000


class CitationJson(TypedDict):
    number: int
    article_id: str
    cited_text: str
    start_char_index: int
    end_char_index: int
    title: str | None
    publisher: str | None
    published: str | None
    url: str | None
    score: float
    source: str
    copies: list[str]
    publishers: list[str]


class SentenceJson(TypedDict):
    text: str
    start: int
    end: int
    citations: list[int]
    support: float
    generated: bool
    emphasis: list[list[int]]
    doubt: str


class SideJson(TypedDict):
    value: str
    citations: list[int]


class DisagreementJson(TypedDict):
    about: str
    kind: Literal["conflict", "update", "undated"]
    sides: list[SideJson]


class ModelJson(TypedDict):
    role: str
    name: str
    digest: str


class ProvenanceJson(TypedDict):
    revision: int
    corpus_digest: str
    models: list[ModelJson]
    settings: dict[str, Any]
    filters: dict[str, Any]
    timings: dict[str, float]


class ToldJson(TypedDict):
    question: str
    status: Literal["answered", "refused"]
    text: str
    sentences: list[SentenceJson]
    citations: list[CitationJson]
    disagreements: list[DisagreementJson]
    confidence: float
    nearest: list[CitationJson]
    notes: list[str]


class WithheldJson(TypedDict):
    text: str
    support: float
    reason: str


class AnswerJson(ToldJson):
    provenance: ProvenanceJson
    withheld: list[WithheldJson]
    signed: str


class HitJson(TypedDict):
    article_id: str
    title: str | None
    start: int
    end: int
    text: str
    score: float


class SpanJson(TypedDict):
    start: int
    end: int


class ShownJson(TypedDict):
    article_id: str
    title: str | None
    publisher: str | None
    published: str | None
    url: str | None
    source: str
    length: int
    start: int
    end: int
    text: str
    left_out: list[SpanJson]


class IngestedJson(TypedDict):
    source: str
    outcome: Outcome
    article_id: str | None
    title: str | None
    passages: int
    reason: str
    remedy: str
    replaced: str | None


def read_filters(
    publishers: Any = None,
    published_from: Any = None,
    published_to: Any = None,
    as_of: Any = None,
    include_undated: Any = False,
) -> Filters:
    """The filters that a program names by texts; QAError when one is none."""
    return Filters(
        publishers=_texts("publishers", publishers),
        published_from=_day("published_from", published_from),
        published_to=_day("published_to", published_to),
        as_of=_day("as_of", as_of),
        include_undated=include_undated is True,
    )


def read_text(name: str, value: Any) -> str:
    """The value, which must be a text."""
    if not isinstance(value, str):
        raise QAError(f"{name} must be a text")
    return value


def read_count(name: str, value: Any, *, least: int = 1, most: int = MOST_HITS) -> int:
    """The value, which must be a whole number from `least` to `most`."""
    if type(value) is not int or not least <= value <= most:
        raise QAError(f"{name} can't be {value!r:.40}; give a whole number from {least} to {most:,}")
    return value


def read_history(library: Library, values: Any) -> list[Answer]:
    """The answers of which a program sends the signed texts, oldest first; QAError for anything else."""
    signed = _texts("history", values)
    if len(signed) > MOST_TURNS:
        raise QAError(f"history has {len(signed)} answers; send at most the newest {MOST_TURNS}")
    return [_read_turn(library, place, text) for place, text in enumerate(signed)]


def _read_turn(library: Library, place: int, signed: str) -> Answer:
    try:
        answer = read_signed(signed, library.signing_key())
    except AnswerInvalid:
        raise QAError(
            f"history[{place}] is no answer that this library gave; send the texts that it returned as `signed`, as "
            "they are, the oldest first"
        ) from None
    if not library.is_whole(answer):
        raise QAError(f"history[{place}] quotes an article that was deleted; leave it out, and ask in full")
    return answer


def answer_values(answer: Answer) -> ToldJson:
    """The answer as `qa ask --json` prints it."""
    values: ToldJson = sendable(answer_to_dict(answer))
    return values


def signed_values(answer: Answer, library: Library) -> AnswerJson:
    """The same with the answer signed, for the program to send back; empty where that is too long."""
    values: AnswerJson = {**answer_values(answer), "signed": Turn.of(answer, library.signing_key()).signed}  # type: ignore[typeddict-item]
    return values


def search_values(library: Library, hits: list[Hit]) -> list[HitJson]:
    """The hits as `qa search --json` prints them."""
    titles = {id: library.article(id).title for id in {hit.passage.article_id for hit in hits}}
    rows: list[HitJson] = sendable([hit_to_dict(hit, titles[hit.passage.article_id]) for hit in hits])
    return rows


def article_values(article: Article, start: int, end: int) -> ShownJson:
    """The characters from start to end of the article, and which of them cleaning left out as no part of it."""
    left_out = [{"start": first, "end": last} for (first, last), kept in split_kept(article, start, end) if not kept]
    values: ShownJson = sendable(
        {
            "article_id": article.id,
            "title": article.title,
            "publisher": article.publisher,
            "published": article.published.isoformat() if article.published else None,
            "url": article.url,
            "source": article.source,
            "length": len(article.text),
            "start": start,
            "end": end,
            "text": article.text[start:end],
            "left_out": left_out,
        }
    )
    return values


def shorten_answer(answer: Answer, most: int) -> Answer:
    """The answer with no quotation or sentence of more than `most` characters; what is left of each is its beginning.

    A text without spaces is one passage, however long, and a program would have to take all of it.
    """
    at, sentences = 0, []
    for sentence in answer.sentences:
        sentences.append(_shorten_sentence(sentence, at, most))
        at = sentences[-1].end + 1  # a space is between two
    return replace(
        answer,
        sentences=tuple(sentences),
        citations=tuple(_shorten_citation(citation, most) for citation in answer.citations),
        nearest=tuple(_shorten_citation(citation, most) for citation in answer.nearest),
    )


def shorten_hit(hit: Hit, most: int) -> Hit:
    """The hit with at most that many characters of its passage, its beginning."""
    passage = hit.passage
    end = min(passage.end, passage.start + most)
    return replace(hit, passage=replace(passage, end=end, text=passage.text[:most]))


def sendable(value: Any) -> Any:
    """The value with lone surrogates, which no UTF-8 can carry, replaced one for one, so that offsets hold."""
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, dict):
        return {sendable(key): sendable(item) for key, item in value.items()}
    return [sendable(item) for item in value] if isinstance(value, list | tuple) else value


def _shorten_sentence(sentence: Sentence, start: int, most: int) -> Sentence:
    text = sentence.text[:most]
    emphasis = tuple((first, min(last, most)) for first, last in sentence.emphasis if first < most)
    return replace(sentence, text=text, start=start, end=start + len(text), emphasis=emphasis)


def _shorten_citation(citation: Citation, most: int) -> Citation:
    quotation = citation.quotation
    end = min(quotation.end, quotation.start + most)
    return replace(citation, quotation=replace(quotation, end=end, text=quotation.text[:most]))


def _texts(name: str, values: Any) -> tuple[str, ...]:
    if not isinstance(values, list | None):
        raise QAError(f"{name} must be a list of texts")
    return tuple(read_text(f"each of {name}", value) for value in values or ())


def _day(name: str, value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(read_text(name, value))
    except ValueError:
        raise QAError(f"{name} can't be {value!r:.40}; give a date such as 2025-11-20") from None
