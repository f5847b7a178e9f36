"""Answers from a folder of articles, every sentence tied to the characters that say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qa.errors import QAError
from qa.settings import Settings
from qa.types import (
    Answer,
    Article,
    Check,
    Citation,
    Disagreement,
    Event,
    Feedback,
    Filters,
    Hit,
    Ingested,
    IngestReport,
    KeptAnswer,
    Passage,
    Quotation,
    Rewriting,
    Sentence,
    Side,
    Upload,
)

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.library import Library

__all__ = [
    "Answer",
    "Article",
    "Assistant",
    "Check",
    "Citation",
    "Disagreement",
    "Event",
    "Feedback",
    "Filters",
    "Hit",
    "IngestReport",
    "Ingested",
    "KeptAnswer",
    "Library",
    "Passage",
    "QAError",
    "Quotation",
    "Rewriting",
    "Sentence",
    "Settings",
    "Side",
    "Upload",
    "ask",
]


def ask(question: str, *, filters: Filters | None = None, strictness: float | None = None) -> Answer:
    """The answer from the default library ($QA_LIBRARY, else .qa); programs that ask often keep a `Library` open."""
    from qa.library import Library

    with Library.open(create=False) as library:
        return library.ask(question, filters=filters, strictness=strictness)


def __getattr__(name: str) -> Any:
    # The database and the indexes are imported when they are first used, so that the records cost nothing.
    if name == "Library":
        from qa.library import Library

        return Library
    if name == "Assistant":
        from qa.assistant import Assistant

        return Assistant
    raise AttributeError(f"module 'qa' has no attribute {name!r}")
