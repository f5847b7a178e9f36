"""The tab of the articles: add files, list and read what the library holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast, get_args

import gradio as gr

from qa.errors import QAError
from qa.listing import Order
from qa.types import Article, IngestReport
from ui import tables
from ui.adding import add_watched
from ui.fields import name_article
from ui.limits import Limits
from ui.parts import PRIVATE, open_from, opener, panel, sent_by
from ui.render import render_error
from ui.source import render_gone, render_source
from ui.uploads import read_chosen, render_drop, take_chosen

if TYPE_CHECKING:
    from qa.library import Library

MOST = 10_000_000  # articles
ORDERS = [("Last added first", "newest"), ("By title", "title"), ("By publisher", "publisher"), ("By date", "date")]
NO_ARTICLE = '<p class="empty unopened">Choose an article from the list to read it here.</p>'


class Changed(NamedTuple):
    """What the panels show after articles went or came back: the way to undo it, both lists, the open article."""

    undo: str
    listing: str
    removed: str
    source: Any  # a text, or gr.skip()


class ArticlesTab:
    """The handlers of the tab over one library."""

    def __init__(self, library: Library, limits: Limits) -> None:
        self.library, self.limits = library, limits

    def list_articles(self, words: str = "", order: str = "newest", start: int = 0) -> str:
        """The table of the articles whose title, publisher and file name have all the words, from number `start` on."""
        wanted = cast(Order, order) if order in get_args(Order) else "newest"
        page = self.library.browse(words, order=wanted, start=start, most=tables.PAGE)
        return tables.render_articles(page, narrowed=bool(words.strip()))

    def list_removed(self, start: int = 0) -> str:
        """The table of the articles that were removed and can be restored, from number `start` on."""
        return tables.render_removed_articles(self.library.browse(start=start, most=tables.PAGE, removed=True))

    def turn(self, event: gr.EventData, words: str, order: str) -> str:
        """The page of the list that a button leads to."""
        return self.list_articles(words, order, _sent_place(event, "start"))

    def turn_removed(self, event: gr.EventData) -> str:
        """The page of the removed articles that a button leads to."""
        return self.list_removed(_sent_place(event, "start"))

    def remove(self, event: gr.EventData, words: str, order: str) -> Changed:
        """That the articles are gone, with the way to undo it, and the new lists; one that is open is closed."""
        ids = _sent_ids(event)
        try:
            removed = self._articles(self._change(self.library.remove, ids))
        except QAError as error:
            return self._changed(event, words, order, render_error(str(error)))
        told = tables.render_removed([name_article(article) for article in removed], ids)
        return self._changed(event, words, order, told, {article.id: render_gone(article) for article in removed})

    def restore(self, event: gr.EventData, words: str, order: str) -> Changed:
        """That the articles are back, and the new lists; one that was open is open again."""
        ids = _sent_ids(event)
        try:
            report = self._change(self.library.restore, ids)
            restored, replaced = self._articles(report), [entry.replaced for entry in report.entries if entry.replaced]
        except QAError as error:
            return self._changed(
                event, words, order, render_error(str(error)) + tables.render_undo(ids)
            )  # to try again
        instead = {id: name_article(self.library.article(id)) for id in replaced}
        told = tables.render_restored([name_article(article) for article in restored], ids, instead)
        opened = {article.id: render_source(article, beside="list") for article in restored}
        return self._changed(event, words, order, told, opened)

    def _changed(
        self, event: gr.EventData, words: str, order: str, told: str, looks: Mapping[str, str] | None = None
    ) -> Changed:
        """The panels now; `looks` is how the changed articles look where one of them is open."""
        source = (looks or {}).get(str(sent_by(event).get("opened")), gr.skip())
        removed = self.list_removed(_sent_place(event, "removed"))
        return Changed(told, self.turn(event, words, order), removed, source)

    def _change(self, change: Callable[[list[str]], IngestReport], ids: list[str]) -> IngestReport:
        if not ids:
            raise QAError("no article was chosen; choose one first")
        return change(ids)

    def _articles(self, report: IngestReport) -> list[Article]:
        return [self.library.article(str(entry.article_id)) for entry in report.entries]

    def add(self, event: gr.EventData) -> Iterator[str]:
        """The outcomes so far of the files that a visitor chose, while they are stored, then of all."""
        try:
            uploads, left_out = take_chosen(read_chosen(sent_by(event).get("files")), self.limits)
        except QAError as error:
            yield render_error(str(error))
            return
        yield from add_watched(self.library, uploads, left_out)

    def list_anew(self, words: str, order: str) -> tuple[str, str]:
        """The list of articles, and that of the removed and replaced ones."""
        return self.list_articles(words, order), self.list_removed()


def _sent_ids(event: gr.EventData) -> list[str]:
    """The ids of articles that a panel sent; as many as a page of the list holds."""
    ids = sent_by(event).get("articles")
    return [id for id in ids[: tables.PAGE] if id and isinstance(id, str)] if isinstance(ids, list) else []


def _sent_place(event: gr.EventData, name: str) -> int:
    """A place in a list that a panel sent."""
    place = sent_by(event).get(name)
    return place if isinstance(place, int) and 0 <= place < MOST else 0


def build_articles_tab(blocks: gr.Blocks, tab: ArticlesTab) -> None:
    """The parts of the tab, wired; an arrival fills in the list."""
    with gr.Row(elem_classes="reading"):
        with gr.Column(elem_classes="shelf"):
            drop = panel(render_drop(tab.limits), "drop-panel")
            report = panel("", "report-panel")
            with gr.Row(elem_classes="finding"):
                words = gr.Textbox(
                    label="Find",
                    show_label=False,
                    container=False,
                    placeholder="Narrow by title, publisher or file",
                    elem_id="find",
                    scale=2,
                )
                order = gr.Dropdown(
                    label="Order",
                    show_label=False,
                    container=False,
                    choices=ORDERS,
                    value="newest",
                    elem_id="order",
                    scale=1,
                    min_width=150,
                )
            undo = panel("", "undo-panel")
            listing = panel("", "list-panel")
            with gr.Accordion("Removed and replaced articles", open=False, elem_id="removed") as gone:
                removed = panel("", "gone-panel")
        source = panel(NO_ARTICLE, "source-panel")
    changing: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "add", **PRIVATE}
    # So that what is added will be in the list; at once, as what is typed from then on stays.
    drop.gather(None, None, words, js="() => ''", **PRIVATE)
    # Two drops in a row are two additions, the second after the first.
    added = drop.chosen(tab.add, None, report, trigger_mode="multiple", **changing)
    added.then(tab.list_anew, [words, order], [listing, removed], **PRIVATE)
    # Not `input`, which text that is pasted by menu doesn't set off.
    words.change(tab.list_articles, [words, order], listing, **PRIVATE)
    order.input(tab.list_articles, [words, order], listing, **PRIVATE)
    listing.turn(tab.turn, [words, order], listing, **PRIVATE)
    changed = [undo, listing, removed, source]
    for shown in (listing, source):
        shown.remove(tab.remove, [words, order], changed, **changing)
    for shown in (undo, removed, source, report):
        shown.restore(tab.restore, [words, order], changed, **changing)
    gone.expand(tab.list_removed, None, removed, **PRIVATE)
    removed.turn(tab.turn_removed, None, removed, **PRIVATE)
    open_from(listing, opener(tab.library, "list"), source)
    open_from(removed, opener(tab.library, "list"), source)
    blocks.load(tab.list_articles, outputs=listing, **PRIVATE)
