"""The list on the page: removing, undoing, and staying where its reader was."""

from __future__ import annotations

import gradio as gr
import pytest

from qa.errors import LibraryBusy
from qa.library import Library
from qa.types import Article, Upload
from tests.conftest import BAKERY, FERRY, OpenLibrary
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
    removed = tab.remove(clicked(articles=[ferry.id], start=0), "", "newest")
    assert ferry.id in removed.undo
    assert ferry.id not in removed.listing

    def fail(ids: list[str]) -> None:
        raise LibraryBusy("another process writes to it; try again")

    with monkeypatch.context() as patched:
        patched.setattr(library, "restore", fail)
        failed = tab.restore(clicked(articles=[ferry.id]), "", "newest")
    assert "another process writes to it" in failed.undo
    [again] = Page(failed.undo).having("data-restore")
    restored = tab.restore(clicked(articles=[again["data-restore"]]), "", "newest")
    assert "in the library again" in restored.undo
    assert ferry.id in restored.listing


def test_several_go_and_come_back_together(library: Library, ferry: Article, bakery: Article):
    tab = ArticlesTab(library, Limits())
    removed = tab.remove(clicked(articles=[ferry.id, bakery.id]), "", "newest")
    assert "Removed 2 articles" in removed.undo
    assert library.articles() == []
    [undo] = Page(removed.undo).having("data-restore")
    assert "2 articles are" in tab.restore(clicked(articles=str(undo["data-restore"]).split()), "", "newest").undo
    assert len(library.articles()) == 2


def test_an_open_article_is_closed_when_it_goes_and_open_again_when_it_comes_back(
    library: Library, ferry: Article, bakery: Article
):
    tab = ArticlesTab(library, Limits())
    closed = tab.remove(clicked(articles=[ferry.id], opened=ferry.id), "", "newest").source
    assert "was removed" in closed
    assert "data-remove" not in closed
    opened = tab.restore(clicked(articles=[ferry.id], opened=ferry.id), "", "newest").source
    assert "Captain Idris Penhale" in opened
    assert Page(opened).having("data-remove")
    assert not isinstance(tab.remove(clicked(articles=[ferry.id], opened=bakery.id), "", "newest").source, str)


def test_an_old_version_is_put_back_and_by_undo_the_new_one(open_library: OpenLibrary):
    library = open_library()
    tab = ArticlesTab(library, Limits())
    for text in (FERRY, BAKERY):
        [entry] = library.add(Upload("note.txt", text.encode())).entries
    assert "Replaced by" in tab.list_removed()
    back = tab.restore(clicked(articles=[entry.replaced], opened=entry.replaced), "", "newest")
    assert "in the library again, in place of" in back.undo
    assert "ferry Aurelia" in back.listing
    assert "no question sees" not in back.source
    [undo] = Page(back.undo).having("data-restore")
    again = tab.restore(clicked(articles=[undo["data-restore"]]), "", "newest")
    assert [article.id for article in library.articles()] == [entry.article_id]
    assert str(entry.replaced) in again.removed


def test_removed_articles_are_listed_until_they_are_back(library: Library, ferry: Article, bakery: Article):
    tab = ArticlesTab(library, Limits())
    assert "No article was removed" in tab.list_removed()
    tab.remove(clicked(articles=[bakery.id]), "", "newest")
    listed = tab.remove(clicked(articles=[ferry.id]), "", "newest").removed
    assert listed == tab.list_removed() == tab.turn_removed(clicked(start=0))
    assert [button["data-restore"] for button in Page(listed).having("data-restore")] == [ferry.id, bakery.id]
    left = tab.restore(clicked(articles=[ferry.id]), "", "newest").removed
    assert [button["data-restore"] for button in Page(left).having("data-restore")] == [bakery.id]


def test_the_list_stays_on_its_page(library: Library, ferry: Article, monkeypatch: pytest.MonkeyPatch):
    """One article a page: after the removal on the second page the first, which is now the last, is shown."""
    monkeypatch.setattr(tables, "PAGE", 1)
    tab = ArticlesTab(library, Limits())
    assert "2–2 of 2" in tab.turn(clicked(start=1), "", "title")
    failed = tab.remove(clicked(articles=["no such article"], start=1), "", "title")
    assert "2–2 of 2" in failed.listing
    removed = tab.remove(clicked(articles=[ferry.id], start=1), "", "title")
    assert len(Page(removed.listing).having("data-remove")) == 1
    restored = tab.restore(clicked(articles=[ferry.id], start=1), "", "title")
    assert "2–2 of 2" in restored.listing


def test_what_the_browser_sends_is_checked(library: Library):
    tab = ArticlesTab(library, Limits())
    whole = tab.list_articles()
    for start in (-1, "1", None, 10**12, 1.5):
        assert tab.turn(clicked(start=start), "", "no order") == whole
    for sent in ("no object", {}, {"articles": "text"}, {"articles": [""]}, {"articles": [{}]}, {"articles": [5]}):
        for change in (tab.remove, tab.restore):
            changed = change(gr.EventData(None, sent), "", "newest")
            assert "problem" in changed.undo
            assert changed.listing == whole
