"""What every command has: the option that names the library, and opening it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from qa.settings import Settings

LibraryOption = Annotated[
    str | None,
    typer.Option(
        "--library",
        help="The library's folder, or postgresql://USER@HOST/NAME; $QA_LIBRARY, else .qa, unless given.",
        show_default=False,
    ),
]
LlmOption = Annotated[
    str | None,
    typer.Option(
        "--llm",
        help="A language model to word the answers: ollama/NAME, openai-like/URL/NAME, gguf/PATH; else $QA_LLM.",
        show_default=False,
    ),
]
LenientOption = Annotated[
    bool, typer.Option("--lenient", help="Show what a language model wrote and quotations don't bear out too, marked.")
]


@contextmanager
def open_library(library: str | None, *, create: bool = False, **flags: Any) -> Iterator[Any]:
    """The library in that folder or database, closed at the end; `flags` come before the environment."""
    # Imports make garbage collection walk a million new objects again and again: a tenth of a question's time.
    gc.disable()
    try:
        from qa.library import Library

        opened = Library.open(library, settings=Settings.from_environment(**flags), create=create)
    finally:
        gc.enable()
    with opened:
        yield opened
