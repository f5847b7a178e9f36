"""What several tabs of the page are made of: panels of HTML with the scripts that serve them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from qa.errors import QAError
from qa.types import Article, Quotation
from ui.render import render_error
from ui.source import Beside, render_source

if TYPE_CHECKING:
    from qa.library import Library

# Each panel runs all of them.
SCRIPTS = ("open", "copy", "hover", "feedback", "source", "shelf", "upload", "unanswered", "conversation")
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}  # what the page itself calls


def panel(value: str, name: str) -> gr.HTML:
    """A panel of HTML with the class `name`."""
    return gr.HTML(value, elem_classes=["panel", name], apply_default_css=False, js_on_load=_scripts())


def open_from(listed: gr.HTML, open_article: Callable[[gr.EventData], str], source: gr.HTML) -> None:
    """Has the buttons of a panel fill the source panel."""
    listed.open(open_article, outputs=source, concurrency_limit=8, **PRIVATE)


def sent_by(event: gr.EventData) -> dict[str, Any]:
    """What a panel's script sent along; empty when it is no object."""
    return event._data if isinstance(event._data, dict) else {}


def opener(library: Library, beside: Beside = "answer") -> Callable[[gr.EventData], str]:
    """The handler that shows the article behind a button; what the browser sends is checked, not trusted."""

    def open_article(event: gr.EventData) -> str:
        wanted = sent_by(event)
        try:
            article = library.article(str(wanted.get("article", "")))
        except QAError as error:
            return render_error(str(error))
        quotation = quote(article, wanted.get("start"), wanted.get("end"))
        return render_source(article, quotation, beside, library.ending(article.id))

    return open_article


def quote(article: Article, start: Any, end: Any) -> Quotation | None:
    """The quotation from start to end; None when these are no places in the article."""
    if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(article.text):
        return Quotation(article.id, start, end, article.text[start:end])
    return None


def _scripts() -> str:
    """The scripts of a panel, each in a scope of its own, with `element`, `trigger` and `watch` given by gr.HTML."""
    folder = Path(__file__).parent / "scripts"
    return "".join("{\n" + (folder / f"{name}.js").read_text(encoding="utf-8") + "}\n" for name in SCRIPTS)
