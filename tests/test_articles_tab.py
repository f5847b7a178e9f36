"""The list on the page: removing, undoing, and staying where its reader was."""

from __future__ import annotations

import gradio as gr
import pytest

from qa.errors import LibraryBusy
from qa.library import Library
from qa.types import Article
from tests.pages import Page
from ui import tables
from ui.articles_tab import ArticlesTab
from ui.limits import Limits


def clicked(**sent: object) -> gr.EventData:
    return gr.EventData(None, sent)


def test_a_removed_article_comes_back_even_after_an_undo_that_failed(
    library: Library, ferry: Article, monkeypatch: pytest.MonkeyPatch
):
    tab = ArticlesTab(library, Limits())
    told, listing = tab.remove(clicked(article=ferry.id, start=0), "", "newest")
    assert ferry.id in told
    assert ferry.id not in listing

    def fail(id: str) -> None:
        raise LibraryBusy("another process writes to it; try again")

    with monkeypatch.context() as patched:
        patched.setattr(library, "restore", fail)
        told, _ = tab.restore(clicked(article=ferry.id), "", "newest")
    assert "another process writes to it" in told
    [again] = Page(told).having("data-restore")
    told, listing = tab.restore(clicked(article=again["data-restore"]), "", "newest")
    assert "in the library again" in told
    assert ferry.id in listing


def test_the_list_stays_on_its_page(library: Library, ferry: Article, monkeypatch: pytest.MonkeyPatch):
    """One article a page: after the removal on the second page the first, which is now the last, is shown."""
    monkeypatch.setattr(tables, "PAGE", 1)
    tab = ArticlesTab(library, Limits())
    assert "2–2 of 2" in tab.turn(clicked(start=1), "", "title")
    _, listing = tab.remove(clicked(article="no such article", start=1), "", "title")
    assert "2–2 of 2" in listing
    _, listing = tab.remove(clicked(article=ferry.id, start=1), "", "title")
    assert len(Page(listing).having("data-remove")) == 1


def test_what_the_browser_sends_is_checked(library: Library):
    tab = ArticlesTab(library, Limits())
    whole = tab.list_articles()
    for start in (-1, "1", None, 10**12, 1.5):
        assert tab.turn(clicked(start=start), "", "no order") == whole
    told, listing = tab.remove(gr.EventData(None, "no object"), "", "newest")
    assert "problem" in told
    assert listing == whole
