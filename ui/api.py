"""The endpoints for programs: /ask, /search and /add with typed JSON, listed at /gradio_api/openapi.json.

No annotation here may be a text (no `from __future__ import annotations`): gradio makes the types of them.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypedDict

import gradio as gr
from gradio.events import api
from gradio.utils import get_upload_folder

from qa.errors import QAError
from qa.formats import answer_to_dict, hit_to_dict
from qa.library import Library
from qa.types import Filters, Outcome, Upload
from ui.limits import Limiter, Limits

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


class AnswerJson(TypedDict):
    question: str
    status: Literal["answered", "refused"]
    text: str
    sentences: list[SentenceJson]
    citations: list[CitationJson]
    disagreements: list[DisagreementJson]
    confidence: float
    nearest: list[CitationJson]
    notes: list[str]
    provenance: ProvenanceJson


class HitJson(TypedDict):
    article_id: str
    title: str | None
    start: int
    end: int
    text: str
    score: float


class IngestedJson(TypedDict):
    source: str
    outcome: Outcome
    article_id: str | None
    title: str | None
    passages: int
    reason: str
    remedy: str


class Endpoints:
    """The functions behind the endpoints of one library; an error comes back as its message."""

    def __init__(self, library: Library, limits: Limits, limiter: Limiter) -> None:
        self.library, self.limits, self.limiter = library, limits, limiter

    def ask(
        self,
        question: str,
        publishers: list[str] | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        as_of: str | None = None,
        include_undated: bool = False,
        request: gr.Request | None = None,
    ) -> AnswerJson:
        """The answer with its citations, or a refusal with the nearest passages, as `qa ask --json` prints it.

        Dates are texts such as 2025-11-20; empty filters don't restrict.
        """
        with _messages():
            filters = Filters(
                publishers=_texts("publishers", publishers),
                published_from=_day("published_from", published_from),
                published_to=_day("published_to", published_to),
                as_of=_day("as_of", as_of),
                include_undated=include_undated is True,
            )
            self.limiter.count_question(visitor(request))
            answer = self.library.ask(_text("question", question), filters=filters)
            values: AnswerJson = _sendable(answer_to_dict(answer))
            return values

    def search(self, question: str, k: int = 10, request: gr.Request | None = None) -> list[HitJson]:
        """The k passages nearest to the question, best first, as `qa search --json` prints them."""
        with _messages():
            if type(k) is not int or not 1 <= k <= MOST_HITS:
                raise QAError(f"k can't be {k!r:.40}; give a whole number from 1 to {MOST_HITS:,}")
            self.limiter.count_question(visitor(request))
            hits = self.library.search(_text("question", question), k=k)
            titles = {id: self.library.article(id).title for id in {hit.passage.article_id for hit in hits}}
            rows: list[HitJson] = _sendable([hit_to_dict(hit, titles[hit.passage.article_id]) for hit in hits])
            return rows

    def add(self, files: list[gr.FileData]) -> list[IngestedJson]:
        """What became of each file; a file of the same name as one uploaded before replaces it."""
        with _messages():
            paths = [_uploaded(item) for item in files] if isinstance(files, list) else [_uploaded(files)]
            uploads = take_uploads(paths, self.limits)
            rows: list[IngestedJson] = _sendable([asdict(entry) for entry in self.library.add(uploads).entries])
            return rows


def add_endpoints(library: Library, limits: Limits, limiter: Limiter) -> None:
    """Gives the page that is being built its endpoints."""
    endpoints = Endpoints(library, limits, limiter)
    api(endpoints.ask, api_name="ask", concurrency_limit=8, concurrency_id="ask")
    api(endpoints.search, api_name="search", concurrency_limit=8, concurrency_id="ask")
    api(endpoints.add, api_name="add", concurrency_limit=1, concurrency_id="add")


def visitor(request: gr.Request | None) -> str:
    """Who sends the request, as the guard found out."""
    return str(getattr(request.state, "visitor", "")) if request else ""


def take_uploads(paths: list[Path], limits: Limits) -> list[Upload]:
    """The files that gradio received, whose copies in the temporary folder are deleted, also when they are refused."""
    there = [path for path in paths if path.exists()]
    try:
        limits.check_files(len(there))
        return [Upload(path.name, path.read_bytes()) for path in there]
    finally:
        for path in there:
            path.unlink(missing_ok=True)


@contextmanager
def _messages() -> Iterator[None]:
    try:
        yield
    except QAError as error:
        raise gr.Error(str(error), print_exception=False) from error


def _uploaded(item: Any) -> Path:
    """The path of a file in the folder of uploads; what a program names is not trusted to lie there."""
    named = item.get("path") if isinstance(item, dict) else None
    folder = Path(get_upload_folder()).resolve()
    path = Path(named).resolve() if isinstance(named, str) and "\0" not in named else folder
    if folder not in path.parents or not path.is_file():
        raise QAError("that is no file that was uploaded; with gradio_client, send handle_file(PATH)")
    return path


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise QAError(f"{name} must be a text")
    return value


def _texts(name: str, values: Any) -> tuple[str, ...]:
    if not isinstance(values, list | None):
        raise QAError(f"{name} must be a list of texts")
    return tuple(_text(f"each of {name}", value) for value in values or ())


def _day(name: str, value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(_text(name, value))
    except ValueError:
        raise QAError(f"{name} can't be {value!r:.40}; give a date such as 2025-11-20") from None


def _sendable(value: Any) -> Any:
    """The value with lone surrogates, which no UTF-8 can carry, replaced one for one, so that offsets hold."""
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, dict):
        return {_sendable(key): _sendable(item) for key, item in value.items()}
    return [_sendable(item) for item in value] if isinstance(value, list | tuple) else value
