"""The tab that answers: a question, what narrows it, and the panels of its answer.

Handlers keep nothing between calls, so any number of readers can use one page at once: what a reader sees, the
conversation too, is in the reader's browser; what the articles say, and the answers that were kept, in the library.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import gradio as gr

from qa.errors import AnswerMissing, QAError
from qa.types import Answer, Event, Quotation, Rewriting
from ui import conversation, render
from ui.api import visitor
from ui.conversation import Asking, Turn, read_asking, read_turns
from ui.examples import NOTHING_YET, Examples
from ui.feedback_panel import feedback_from
from ui.filters import filters_of
from ui.limits import Limiter
from ui.parts import PRIVATE, open_from, opener, panel, sent_by
from ui.signing import read_signed
from ui.source import render_source
from ui.stages import render_stopped
from ui.watching import Origin, Watch

if TYPE_CHECKING:
    from qa.library import Library

NO_ANSWER = """<p class="empty">Answers quote the articles word for word. A number behind a sentence opens the article
that says it.</p>"""
NO_SOURCE = '<p class="empty">The article behind an answer opens here, with the quoted words highlighted.</p>'
UNKNOWN = "There is no kept answer at this address: it was deleted, or the address is not whole."
ASKING = (Path(__file__).parent / "scripts" / "asking.js").read_text(encoding="utf-8")
# The page may be loaded before its panels have run their scripts.
ARRIVING = """async () => {
  while (!window.qaAsk) await new Promise((go) => setTimeout(go, 10));
  window.qaAsk("arrive", "");
}"""
AGAIN = 3.0  # seconds until the page asks again for examples that are searched for
EXAMPLE = "() => window.qaAsk('new', window.qaExample)"
SKIP: Any = gr.skip()


class Panels(NamedTuple):
    """What a handler changes on the page; a panel that isn't named stays as it is.

    All are texts. The browser changes other values in place, so of two that come at once it would lose the first.
    """

    stages: Any = SKIP
    rewriting: Any = SKIP
    read_as: Any = SKIP
    kept: Any = SKIP
    answer: Any = SKIP
    earlier: Any = SKIP
    source: Any = SKIP


class AskTab:
    """The handlers of the tab over one library."""

    def __init__(self, library: Library, limiter: Limiter, examples: Examples, watch: Watch | None = None) -> None:
        self.library, self.limiter, self.examples, self.watch = library, limiter, examples, watch or Watch()

    def ask(
        self,
        sent: Any,
        publishers: list[str] | None = None,
        first: str = "",
        last: str = "",
        as_of: str = "",
        undated: bool = False,
        request: gr.Request | None = None,
    ) -> Iterator[Panels]:
        """The panels after each stage of answering; the first folds the turns so far, so no old answer meets a new
        question. An arrival brings back the conversation, or what the address asks for.
        """
        asking = read_asking(sent)
        narrowed = (publishers or [], first, last, as_of, undated)
        try:
            yield from self._show(asking, narrowed, request)
        except QAError as error:
            yield Panels("", answer=render.render_error(str(error)), source=NO_SOURCE)

    def _show(self, asking: Asking, narrowed: tuple[Any, ...], request: gr.Request | None) -> Iterator[Panels]:
        try:
            turns, left_out = self._recall(asking)
        except QAError as error:
            self._count_failed(asking, error, request)
            raise
        answered = [] if asking.anew else [turn for turn in turns if turn.answer.question == asking.question]
        if asking.how == "nothing":
            yield Panels()
        elif asking.how == "arrive" and asking.kept:
            yield self._show_kept(asking.kept, turns, left_out)
        elif asking.how == "arrive" and (answered or not asking.question):
            others = [
                turn for turn in turns if turn not in answered[-1:]
            ]  # by Back, an earlier one is the newest again
            yield self._show_again([*others, *answered[-1:]], left_out)
        else:
            earlier = conversation.render_earlier(turns, left_out)
            yield from self._answer(asking, turns, earlier, narrowed, request)

    def _count_failed(self, asking: Asking, error: QAError, request: gr.Request | None) -> None:
        """A question that could not even be begun counts too, or nobody would be told of a ledger that is away."""

        def start() -> Generator[Event, None, None]:
            raise error

        if asking.question and not asking.kept:
            with suppress(QAError):
                list(self.watch.follow(Origin.of("page", request), asking.question, start))

    def _show_again(self, turns: Sequence[Turn], left_out: int) -> Panels:
        earlier = conversation.render_earlier(turns[:-1], left_out)
        if not turns:
            return Panels(earlier=earlier) if earlier else Panels()
        newest = turns[-1]
        source = self._first_source(newest.answer)
        return Panels(answer=conversation.render_turn(newest), earlier=earlier, source=source)

    def _answer(
        self,
        asking: Asking,
        turns: Sequence[Turn],
        earlier: str,
        narrowed: tuple[Any, ...],
        request: gr.Request | None,
    ) -> Iterator[Panels]:
        """An arrival's question and what was edited are asked as they stand; others go on from the turns before."""
        events: list[Event] = []
        written = ""
        empty = Panels(render.render_events(events), kept="", answer="", earlier=earlier, source=NO_SOURCE)
        yield empty if asking.how == "read" else empty._replace(rewriting="")

        def start() -> Generator[Event, None, None]:
            filters = filters_of(*narrowed)
            self.limiter.count_question(visitor(request))
            history = [turn.answer for turn in turns] if asking.how == "new" else []
            return self.library.stream(asking.question, filters=filters, history=history)

        with closing(self.watch.follow(Origin.of("page", request), asking.question, start)) as coming:
            for event in coming:
                if event.rewriting and event.rewriting.changes:
                    yield _show_rewriting(event.rewriting)
                events.append(event)
                shown, before = Panels(render.render_events(events)), written
                written = conversation.render_beginning(event.so_far) if event.so_far else written
                shown = shown._replace(answer=written) if written != before else shown
                yield self._show_answer(event.answer, shown) if event.answer else shown

    def _show_answer(self, answer: Answer, panels: Panels) -> Panels:
        turn = Turn.of(answer, self.library.signing_key())
        return panels._replace(answer=conversation.render_turn(turn), source=self._first_source(answer))

    def _show_kept(self, id: str, turns: Sequence[Turn], left_out: int) -> Panels:
        try:
            kept = self.library.kept_answer(id)
            checks = self.library.verify(kept.answer)
        except AnswerMissing:
            earlier = conversation.render_earlier(turns, left_out)
            return Panels(answer=render.render_error(UNKNOWN), earlier=earlier)
        turn = Turn.of(kept.answer, self.library.signing_key())
        others = [other for other in turns if other.signed != turn.signed]  # it joins the conversation once
        return Panels(
            answer=conversation.render_kept(kept, checks, turn),
            earlier=conversation.render_earlier(others, left_out),
            source=self._first_source(kept.answer),
        )

    def _recall(self, asking: Asking) -> tuple[list[Turn], int]:
        """The turns that the browser still holds, and how many are left out as none of this library's answers."""
        given = read_turns(asking.signed, self.library.signing_key())
        turns = [turn for turn in given if turn is not None and self.library.is_whole(turn.answer)]
        return turns, len(given) - len(turns)

    def _first_source(self, answer: Answer) -> str:
        return self._source(answer.citations[0].quotation) if answer.citations else NO_SOURCE

    def _source(self, quotation: Quotation) -> str:
        try:
            return render_source(self.library.article(quotation.article_id), quotation)
        except QAError as error:
            return render.render_error(str(error))

    def keep(self, event: gr.EventData) -> str:
        """The address of the answer that was kept, for its place on the page; only what was signed here is kept."""
        sent = sent_by(event)
        try:
            answer = read_signed(sent.get("signed"), self.library.signing_key())
            told = conversation.render_kept_link(self.library.keep_answer(answer))
        except QAError as error:
            told = render.render_error(str(error))
        return conversation.render_kept_reply(told, sent.get("press"))

    def stop(self) -> str:
        """What stands in the place of the steps once the reader has stopped them; what was shown stays."""
        return render_stopped()

    def begin_anew(self) -> Panels:
        """A page without a conversation; the browser forgets it with the panels."""
        return Panels("", "", "", "", NO_ANSWER, "", NO_SOURCE)

    def arrive(self, request: gr.Request) -> tuple[Any, Any]:
        """The question that the address asks ("?q="), and the publishers to choose from."""
        choices = gr.Dropdown(choices=list(self.library.publishers()))
        # Without one the box is left alone: its reader may be writing already.
        return str(request.query_params.get("q", "")).strip() or gr.skip(), choices

    def offer(self) -> tuple[str, Any]:
        """The examples, and whether the page's timer runs, to ask for them again."""
        shown, searching = self.examples.render()
        return shown, gr.Timer(active=searching)


def _show_rewriting(rewriting: Rewriting) -> Panels:
    return Panels(rewriting=conversation.render_rewriting(rewriting), read_as=rewriting.question)


def build_ask_tab(blocks: gr.Blocks, opened: gr.Tab, tab: AskTab) -> None:
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
    offered = panel(NOTHING_YET, "examples-panel")
    again = gr.Timer(AGAIN, active=False)
    narrowed = _build_filters()
    with gr.Column(elem_id="reading"):  # hidden by the style sheet while it says nothing
        rewriting = panel("", "rewriting-panel")
        with gr.Row(elem_classes="read-row"):
            read_as = gr.Textbox(label="Read as", max_lines=4, scale=1, elem_id="read-as")
            edited = gr.Button("Ask this", scale=0, min_width=110)
            as_written = gr.Button("Ask it as I wrote it", scale=0, min_width=190)
    with gr.Row(elem_classes="stages-row"):
        stages = panel("", "stages-panel")
        stop = gr.Button("Stop", size="sm", scale=0, min_width=70, elem_id="stop")
        anew = gr.Button("New conversation", size="sm", scale=0, min_width=150, elem_id="anew")
    kept = panel("", "kept-panel")
    with gr.Row(elem_classes="reading"):
        with gr.Column(elem_classes="conversation"):
            answer = panel(NO_ANSWER, "answer-panel")
            earlier = panel("", "earlier-panel")
        source = panel(NO_SOURCE, "source-panel")
    panels = [stages, rewriting, read_as, kept, answer, earlier, source]
    sent = gr.JSON(visible=False, elem_id="asked")  # its value is what asking.js gives
    # All that asks goes this one way, so that a question which comes while another is answered waits for its turn.
    asking = stages.ask(
        tab.ask,
        [sent, *narrowed],
        panels,
        js=ASKING,
        trigger_mode="always_last",
        concurrency_limit=8,
        concurrency_id="ask",
        **PRIVATE,
    )
    asking.success(None, js="() => window.qaEnd()", **PRIVATE)
    asking.failure(None, js="() => window.qaFail()", **PRIVATE)
    gr.on([question.submit, button.click], None, question, js=_asks("new"), **PRIVATE)
    gr.on([read_as.submit, edited.click], None, read_as, js=_asks("read"), **PRIVATE)
    as_written.click(None, None, question, js=_asks("written"), **PRIVATE)
    offered.example(None, None, question, js=EXAMPLE, **PRIVATE)
    gr.on([blocks.load, opened.select, again.tick], tab.offer, outputs=[offered, again], **PRIVATE)
    stop.click(None, None, None, cancels=[asking], **PRIVATE)
    stop.click(tab.stop, None, stages, js="() => window.qaStop()", **PRIVATE)
    anew.click(None, None, None, cancels=[asking], **PRIVATE)  # first, or an answer would come after
    anew.click(tab.begin_anew, None, panels, js="() => window.qaBeginAnew()", **PRIVATE)
    for shown in (answer, earlier):
        open_from(shown, opener(tab.library), source)
        shown.keep(tab.keep, outputs=kept, concurrency_limit=4, **PRIVATE)
        feedback_from(shown, tab.library, tab.limiter)
    blocks.load(tab.arrive, outputs=[question, narrowed[0]], **PRIVATE)
    blocks.load(None, js=ARRIVING, **PRIVATE)


def _asks(how: conversation.How) -> str:
    """The script that asks the text that it is given; it gives the question back, for the box."""
    return f"(text) => window.qaAsk('{how}', text)"


def _build_filters() -> tuple[gr.Dropdown, gr.Textbox, gr.Textbox, gr.Textbox, gr.Checkbox]:
    """Publishers, first and last day of publication, the day as of which to answer, and whether undated ones count."""
    # Not gr.DateTime, whose label names no field to who can't see it.
    day: dict[str, Any] = {"placeholder": "2026-02-14", "max_lines": 1, "min_width": 130}
    with gr.Accordion("Narrow by publisher and date", open=False, elem_id="narrow"), gr.Row():
        return (
            gr.Dropdown(
                label="Publishers",
                multiselect=True,
                choices=[],
                allow_custom_value=True,  # gradio forgets the choices when a session is new to it
                elem_id="publishers",
                min_width=220,
            ),
            gr.Textbox(label="Published from", elem_id="from", **day),
            gr.Textbox(label="Published to", elem_id="to", **day),
            gr.Textbox(label="As of (hides what came later)", elem_id="as-of", **day),
            gr.Checkbox(label="Articles without a date too", elem_id="undated", min_width=160),
        )
