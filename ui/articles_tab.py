"""The tab of the articles: add files, list and read what the library holds."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from qa.errors import QAError
from ui import tables
from ui.api import take_uploads
from ui.limits import Limits
from ui.parts import PRIVATE, open_from, opener, panel
from ui.render import render_error

if TYPE_CHECKING:
    from qa.library import Library

PROGRESS = gr.Progress()  # as a default value: gradio hands each call its own
NO_ARTICLE = '<p class="empty">Choose an article from the list to read it here.</p>'


class ArticlesTab:
    """The handlers of the tab over one library."""

    def __init__(self, library: Library, limits: Limits) -> None:
        self.library, self.limits = library, limits

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
            outcome = render_error(str(error))
        except Exception:  # or the box would keep the files, and every later upload fail with them
            logging.exception("adding %s failed", [Path(path).name for path in paths])
            outcome = render_error("These files could not be added; the server's log says why.")
        return None, outcome, "", self.list_articles()


def build_articles_tab(blocks: gr.Blocks, tab: ArticlesTab) -> None:
    """The parts of the tab, wired; an arrival fills in the list."""
    with gr.Row(elem_classes="reading"):
        with gr.Column(elem_classes="shelf"):
            files = gr.File(
                label="Add articles: text, Markdown, HTML, PDF, Word, EPUB, mail, records, archives",
                file_count="multiple",
                height=140,
                elem_id="upload",
            )
            report = panel("", "report-panel")
            words = gr.Textbox(
                label="Find",
                show_label=False,
                container=False,
                placeholder="Narrow by title or publisher",
                elem_id="find",
            )
            listing = panel("", "list-panel")
        source = panel(NO_ARTICLE, "source-panel")
    files.upload(
        tab.add_files,
        files,
        [files, report, words, listing],
        show_progress_on=report,
        concurrency_limit=1,
        concurrency_id="add",
        api_visibility="private",
    )
    # Not `input`, which text that is pasted by menu doesn't set off.
    words.change(tab.list_articles, words, listing, **PRIVATE)
    open_from(listing, opener(tab.library), source)
    blocks.load(tab.list_articles, outputs=listing, **PRIVATE)
