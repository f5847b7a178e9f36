"""The tab that answers: a question, what narrows it, and the panels of its answer.

Handlers keep nothing between calls, so any number of readers can use one page at once: what a reader sees is in the
reader's browser, what the articles say is in the library.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from qa.errors import QAError
from qa.types import Event, Quotation
from ui import render
from ui.api import visitor
from ui.feedback_panel import feedback_from
from ui.filters import filters_of, publishers_of
from ui.limits import Limiter
from ui.parts import PRIVATE, open_from, opener, panel
from ui.signing import sign_answer
from ui.source import render_source

if TYPE_CHECKING:
    from qa.library import Library

Panels = tuple[str, str, str]  # stages, answer, source

NO_ANSWER = """<p class="empty">Answers quote the articles word for word. A number behind a sentence opens the article
that says it.</p>"""
NO_SOURCE = '<p class="empty">The article behind an answer opens here, with the quoted words highlighted.</p>'
ANSWERING: dict[str, Any] = {**PRIVATE, "concurrency_limit": 8, "concurrency_id": "ask"}


class AskTab:
    """The handlers of the tab over one library."""

    def __init__(self, library: Library, limiter: Limiter) -> None:
        self.library, self.limiter = library, limiter

    def ask(
        self,
        question: str,
        publishers: list[str] | None = None,
        first: str = "",
        last: str = "",
        as_of: str = "",
        undated: bool = False,
        request: gr.Request | None = None,
    ) -> Iterator[Panels]:
        """The panels after each stage of answering; the first empties them, so no old answer meets a new question."""
        events: list[Event] = []
        yield render.render_events(events), "", NO_SOURCE
        try:
            filters = filters_of(publishers or [], first, last, as_of, undated)
            self.limiter.count_question(visitor(request))
            for event in self.library.stream(question, filters=filters):
                events.append(event)
                yield render.render_events(events), *self._show(event)
        except QAError as error:
            yield "", render.render_error(str(error)), NO_SOURCE

    def _show(self, event: Event) -> tuple[str, str]:
        if event.answer is None:
            return "", NO_SOURCE
        cited = event.answer.citations
        source = self._source(cited[0].quotation) if cited else NO_SOURCE
        signed = sign_answer(event.answer, self.library.signing_key())
        return render.render_answer(event.answer, signed=signed), source

    def _source(self, quotation: Quotation) -> str:
        return render_source(self.library.article(quotation.article_id), quotation)

    def arrive(self, request: gr.Request) -> tuple[Any, Any]:
        """The question that the address asks ("?q="), and the publishers to choose from."""
        choices = gr.Dropdown(choices=list(publishers_of(self.library.articles())))
        # Without one the box is left alone: its reader may be writing already.
        return _asked_by(request) or gr.skip(), choices

    def answer_arrival(self, request: gr.Request) -> Iterator[Any]:
        """The answer to the question of the address; nothing changes without one."""
        if question := _asked_by(request):
            yield from self.ask(question, request=request)
        else:
            yield gr.skip(), gr.skip(), gr.skip()


def build_ask_tab(blocks: gr.Blocks, tab: AskTab, examples: Sequence[str]) -> None:
    """The parts of the tab, wired; an arrival fills in the question, the publishers and the panels of its answer."""
    with gr.Row(elem_classes="ask-row"):
        question = gr.Textbox(
            label="Question",
            show_label=False,
            container=False,
            placeholder="Ask a question",
            max_lines=4,
            autofocus=True,
            scale=1,
            elem_id="question",
        )
        button = gr.Button("Ask", variant="primary", scale=0, min_width=96, elem_id="ask")
    with gr.Row(elem_classes="examples", visible=bool(examples)):
        offered = [gr.Button(example, size="sm", scale=0, min_width=0, elem_classes="example") for example in examples]
    narrowed = _build_filters()
    stages = panel("", "stages-panel")
    with gr.Row(elem_classes="reading"):
        answer = panel(NO_ANSWER, "answer-panel")
        source = panel(NO_SOURCE, "source-panel")
    panels = [stages, answer, source]
    asking: dict[str, Any] = {"fn": tab.ask, "inputs": [question, *narrowed], "outputs": panels, **ANSWERING}
    gr.on([question.submit, button.click], trigger_mode="always_last", **asking)
    for example in offered:
        example.click(_same, example, question, **PRIVATE).then(**asking)
    open_from(answer, opener(tab.library), source)
    feedback_from(answer, tab.library, tab.limiter)
    blocks.load(tab.arrive, outputs=[question, narrowed[0]], **PRIVATE)
    blocks.load(tab.answer_arrival, outputs=panels, **ANSWERING)


def _build_filters() -> tuple[gr.Dropdown, gr.Textbox, gr.Textbox, gr.Textbox, gr.Checkbox]:
    """Publishers, first and last day of publication, the day as of which to answer, and whether undated ones count."""
    # Not gr.DateTime, whose label names no field to who can't see it.
    day: dict[str, Any] = {"placeholder": "2026-02-14", "max_lines": 1, "min_width": 130}
    with gr.Accordion("Narrow by publisher and date", open=False, elem_id="narrow"), gr.Row():
        return (
            gr.Dropdown(label="Publishers", multiselect=True, choices=[], elem_id="publishers", min_width=220),
            gr.Textbox(label="Published from", elem_id="from", **day),
            gr.Textbox(label="Published to", elem_id="to", **day),
            gr.Textbox(label="As of (hides what came later)", elem_id="as-of", **day),
            gr.Checkbox(label="Articles without a date too", elem_id="undated", min_width=160),
        )


def _asked_by(request: gr.Request) -> str:
    return str(request.query_params.get("q", "")).strip()


def _same(text: str) -> str:
    return text
