"""The endpoints for programs: /ask, /search and /add with typed JSON, listed at /gradio_api/openapi.json.

No annotation here may be a text (no `from __future__ import annotations`): gradio makes the types of them.
"""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import api

from qa.errors import QAError
from qa.library import Library
from qa.types import Event
from ui.limits import Limiter, Limits
from ui.programs import (
    AnswerJson,
    HitJson,
    IngestedJson,
    read_count,
    read_filters,
    read_history,
    read_text,
    search_values,
    sendable,
    signed_values,
)
from ui.uploads import take_uploads, uploaded_path
from ui.watching import Origin, Watch


class Endpoints:
    """The functions behind the endpoints of one library; an error comes back as its message."""

    def __init__(self, library: Library, limits: Limits, limiter: Limiter, watch: Watch) -> None:
        self.library, self.limits, self.limiter, self.watch = library, limits, limiter, watch

    # It yields, but gradio takes this annotation for the type of an answer.
    def ask(  # type: ignore[misc]
        self,
        question: str,
        publishers: list[str] | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        as_of: str | None = None,
        include_undated: bool = False,
        history: list[str] | None = None,
        request: gr.Request | None = None,
    ) -> AnswerJson:
        """The answer with its citations, or a refusal with the nearest passages, as `qa ask --json` prints it.

        Dates are texts such as 2025-11-20; empty filters don't restrict. `history` takes what earlier answers of this
        library gave as `signed`, oldest first, so that the question may say "he" or "why?"; `notes` tell how it was
        read, and `question` what was asked. While a language model words the answer, `null` is sent now and then; who
        disconnects ends its work.
        """

        def start() -> Generator[Event, None, None]:
            filters = read_filters(publishers, published_from, published_to, as_of, include_undated)
            self.limiter.count_question(visitor(request))
            before = read_history(self.library, history)
            return self.library.stream(read_text("question", question), filters=filters, history=before)

        with _messages(), closing(self.watch.follow(Origin.of("ask", request), question, start)) as events:
            for event in events:
                if event.answer:
                    yield signed_values(event.answer, self.library)
                elif event.stage == "write":
                    yield None  # only here does gradio stop what nobody waits for any more

    def search(self, question: str, k: int = 10, request: gr.Request | None = None) -> list[HitJson]:
        """The k passages nearest to the question, best first, as `qa search --json` prints them."""
        with _messages():
            read_count("k", k)
            self.limiter.count_question(visitor(request))
            return search_values(self.library, self.library.search(read_text("question", question), k=k))

    def add(self, files: list[gr.FileData]) -> list[IngestedJson]:
        """What became of each file; a file of the same name as one uploaded before replaces it."""
        with _messages():
            paths = [_uploaded(item) for item in files] if isinstance(files, list) else [_uploaded(files)]
            uploads = take_uploads([(path, path.name) for path in paths], self.limits)
            rows: list[IngestedJson] = sendable([asdict(entry) for entry in self.library.add(uploads).entries])
            return rows


def add_endpoints(library: Library, limits: Limits, limiter: Limiter, watch: Watch) -> None:
    """Gives the page that is being built its endpoints."""
    endpoints = Endpoints(library, limits, limiter, watch)
    api(endpoints.ask, api_name="ask", concurrency_limit=8, concurrency_id="ask")
    api(endpoints.search, api_name="search", concurrency_limit=8, concurrency_id="ask")
    api(endpoints.add, api_name="add", concurrency_limit=1, concurrency_id="add")


def visitor(request: gr.Request | None) -> str:
    """Who sends the request, as the guard found out."""
    return str(getattr(request.state, "visitor", "")) if request else ""


@contextmanager
def _messages() -> Iterator[None]:
    try:
        yield
    except QAError as error:
        raise gr.Error(str(error), print_exception=False) from error


def _uploaded(item: Any) -> Path:
    path = uploaded_path(item.get("path") if isinstance(item, dict) else None)
    if not path.is_file():
        raise QAError("that file is no longer there; send it again")
    return path
