"""The page: Gradio wiring between a `Library` and the functions of `render`.

Handlers keep nothing between calls, so any number of readers can use one page at once: what a reader sees is in the
reader's browser, what the articles say is in the library.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from qa.errors import QAError
from qa.types import Article, Event, Quotation
from ui import render, tables
from ui.accounts import Accounts
from ui.api import add_endpoints, take_uploads, visitor
from ui.filters import filters_of, publishers_of
from ui.limits import Limiter, Limits
from ui.server import launch

if TYPE_CHECKING:
    from qa.library import Library

HERE = Path(__file__).parent
TITLE = "Ask the articles"
PROGRESS = gr.Progress()  # as a default value: gradio hands each call its own
Panels = tuple[str, str, str]  # stages, answer, source

INTRO = """<header class="intro"><h1>Ask the articles</h1>
<p>Every sentence of an answer is tied to the exact words of an article.
When the articles don’t say it, you are told so.</p></header>"""
NO_ANSWER = """<p class="empty">Answers quote the articles word for word. A number behind a sentence opens the article
that says it.</p>"""
NO_SOURCE = '<p class="empty">The article behind an answer opens here, with the quoted words highlighted.</p>'
NO_ARTICLE = '<p class="empty">Choose an article from the list to read it here.</p>'


class Page:
    """The handlers of one page over one library."""

    def __init__(self, library: Library, limits: Limits, limiter: Limiter) -> None:
        self.library, self.limits, self.limiter = library, limits, limiter

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
        return render.render_answer(event.answer), source

    def _source(self, quotation: Quotation) -> str:
        return render.render_source(self.library.article(quotation.article_id), quotation)

    def arrive(self, request: gr.Request) -> tuple[Any, Any, str]:
        """The question that the address asks ("?q="), the publishers to choose from, and the list of articles."""
        choices = gr.Dropdown(choices=list(publishers_of(self.library.articles())))
        # Without one the box is left alone: its reader may be writing already.
        return _asked_by(request) or gr.skip(), choices, self.list_articles()

    def answer_arrival(self, request: gr.Request) -> Iterator[Any]:
        """The answer to the question of the address; nothing changes without one."""
        if question := _asked_by(request):
            yield from self.ask(question, request=request)
        else:
            yield gr.skip(), gr.skip(), gr.skip()

    def open_article(self, event: gr.EventData) -> str:
        """The source panel for the button that was clicked; what the browser sends is checked, not trusted."""
        wanted: dict[str, Any] = event._data if isinstance(event._data, dict) else {}
        try:
            article = self.library.article(str(wanted.get("article", "")))
        except QAError as error:
            return render.render_error(str(error))
        return render.render_source(article, quote(article, wanted.get("start"), wanted.get("end")))

    def list_articles(self, words: str = "") -> str:
        """The table of the articles whose title or publisher has all the words."""
        wanted = words.casefold().split()
        articles = [
            article
            for article in self.library.articles()
            if all(word in f"{article.title} {article.publisher}".casefold() for word in wanted)
        ]
        if words.strip() and not articles:
            return '<p class="empty">No article has these words in its title or publisher.</p>'
        return tables.render_articles(articles, self.library.count_passages())

    def add_files(self, paths: list[str], progress: gr.Progress = PROGRESS) -> tuple[None, str, str, str]:
        """An emptied file box, the outcome of each file, an emptied filter, and the new list of articles."""

        def show(done: int, total: int, name: str) -> None:
            progress((done, total), desc=name, unit="files")

        try:
            uploads = take_uploads([Path(path) for path in paths], self.limits)
            outcome = tables.render_report(self.library.add(uploads, progress=show))
        except QAError as error:
            outcome = render.render_error(str(error))
        except Exception:  # or the box would keep the files, and every later upload fail with them
            logging.exception("adding %s failed", [Path(path).name for path in paths])
            outcome = render.render_error("These files could not be added; the server's log says why.")
        return None, outcome, "", self.list_articles()


def _asked_by(request: gr.Request) -> str:
    return str(request.query_params.get("q", "")).strip()


def quote(article: Article, start: Any, end: Any) -> Quotation | None:
    """The quotation from start to end; None when these are no places in the article."""
    if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(article.text):
        return Quotation(article.id, start, end, article.text[start:end])
    return None


def build_page(library: Library, *, examples: Sequence[str] = (), limits: Limits | None = None) -> gr.Blocks:
    """The page over the library, not yet served; `examples` are questions offered as buttons."""
    limits = limits or Limits()
    limiter = Limiter(limits.questions_per_minute)
    page = Page(library, limits, limiter)
    blocks = gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3600, 3600))
    with blocks:
        add_endpoints(library, limits, limiter)  # first, as gradio gives a name to whom it meets first
        gr.HTML(INTRO, apply_default_css=False)
        with gr.Tabs():
            with gr.Tab("Ask"):
                question, publishers, panels = _build_ask(page, examples)
            with gr.Tab("Articles"):
                listing = _build_articles(page)
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        blocks.load(page.arrive, outputs=[question, publishers, listing], **private)
        blocks.load(page.answer_arrival, outputs=panels, concurrency_limit=8, concurrency_id="ask", **private)
    return blocks


def _build_ask(page: Page, examples: Sequence[str]) -> tuple[gr.Textbox, gr.Dropdown, list[gr.HTML]]:
    """What an arrival fills in: the question, the publishers to choose from, and the panels of its answer."""
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
    stages = _panel("", "stages-panel")
    with gr.Row(elem_classes="reading"):
        answer = _panel(NO_ANSWER, "answer-panel")
        source = _panel(NO_SOURCE, "source-panel")
    panels = [stages, answer, source]
    answering: dict[str, Any] = {
        "fn": page.ask,
        "inputs": [question, *narrowed],
        "outputs": panels,
        "show_progress": "hidden",
        "concurrency_limit": 8,
        "concurrency_id": "ask",
        "api_visibility": "private",
    }
    gr.on([question.submit, button.click], trigger_mode="always_last", **answering)
    for example in offered:
        chosen = example.click(_same, example, question, show_progress="hidden", api_visibility="private")
        chosen.then(**answering)
    _open_from(page, answer, source)
    return question, narrowed[0], panels


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


def _build_articles(page: Page) -> gr.HTML:
    with gr.Row(elem_classes="reading"):
        with gr.Column(elem_classes="shelf"):
            files = gr.File(
                label="Add articles: text, Markdown, HTML, PDF, Word, EPUB, mail, records, archives",
                file_count="multiple",
                height=140,
                elem_id="upload",
            )
            report = _panel("", "report-panel")
            words = gr.Textbox(
                label="Find",
                show_label=False,
                container=False,
                placeholder="Narrow by title or publisher",
                elem_id="find",
            )
            listing = _panel("", "list-panel")
        source = _panel(NO_ARTICLE, "source-panel")
    files.upload(
        page.add_files,
        files,
        [files, report, words, listing],
        show_progress_on=report,
        concurrency_limit=1,
        concurrency_id="add",
        api_visibility="private",
    )
    # Not `input`, which text that is pasted by menu doesn't set off.
    words.change(page.list_articles, words, listing, show_progress="hidden", api_visibility="private")
    _open_from(page, listing, source)
    return listing


def _panel(value: str, name: str) -> gr.HTML:
    script = (HERE / "page.js").read_text(encoding="utf-8")
    return gr.HTML(value, elem_classes=["panel", name], apply_default_css=False, js_on_load=script)


def _open_from(page: Page, panel: gr.HTML, source: gr.HTML) -> None:
    panel.open(page.open_article, outputs=source, show_progress="hidden", concurrency_limit=8, api_visibility="private")


def _same(text: str) -> str:
    return text


def serve(
    library: Library,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = False,
    examples: Sequence[str] = (),
    accounts: Accounts | None = None,
    limits: Limits | None = None,
) -> None:
    """Serve the page until interrupted; its address is printed once it answers."""
    blocks = build_page(library, examples=examples, limits=limits)
    address = launch(blocks, host=host, port=port, open_browser=open_browser, accounts=accounts, limits=limits)
    print(f"Ask at {address}  (Ctrl+C ends it)", flush=True)
    blocks.block_thread()
