"""Lists of articles and of what became of files."""

from __future__ import annotations

from datetime import date

from qa.types import Ingested, IngestReport
from tests.pages import Page, make_article
from ui import tables
from ui.source import render_source


def test_report_says_why_a_file_was_skipped_and_what_to_do():
    report = IngestReport(
        (
            Ingested("upload:a.txt", "added", "a1", "A bridge", 3),
            Ingested("in/b.txt", "skipped", reason="it is empty", remedy="save it again"),
        ),
        7,
    )
    shown = Page(tables.render_report(report)).text
    assert shown.startswith("1 added, 1 skipped")
    assert "b.txtSkipped––it is empty; save it againa.txtAddedA bridge3–" in shown


def test_articles_open_by_a_button_and_untitled_ones_show_their_opening():
    articles = [make_article("x", title="A bridge", publisher="Daily"), make_article("In May the bridge opened.")]
    page = Page(tables.render_articles(articles, {"a1": 4}))
    assert [button["data-article"] for button in page.having("data-article")] == ["a1", "a1"]
    assert "A bridgea1.txtDailynot stated4" in page.text
    assert "Untitled: “In May the bridge opened.”" in page.text
    assert "No articles yet" in tables.render_articles([])


def test_an_article_shows_what_is_known_of_it_and_how() -> None:
    """Author, language, how the date is known and where it is from, in the list and above its text."""
    known = make_article(
        "x", title="T", publisher="P", author="Ann Lee", language="de", published=date(2025, 11, 2), dated="file name",
        url="https://herald.example/a",
    )  # fmt: skip
    for html in (tables.render_articles([known]), render_source(known)):
        page = Page(html)
        assert "2 Nov 2025 (file name)" in page.text
        assert "by Ann Lee · German · herald.example" in page.text
        assert [link["href"] for link in page.having("href")] == ["https://herald.example/a"]
    stated = make_article("x", published=date(2025, 11, 2), dated="stated", url="javascript:alert(1)")
    shown = Page(render_source(stated))
    assert "· 2 Nov 2025 · a1.txt" in shown.text
    assert shown.having("href") == []


def test_a_long_report_counts_all_and_shows_first_what_was_skipped() -> None:
    entries = [Ingested(f"{number}.txt", "unchanged") for number in range(300)]
    report = IngestReport(
        (*entries, Ingested("bad.txt", "skipped", reason="is empty"), Ingested("c.txt", "duplicate")), 1
    )
    page = Page(tables.render_report(report))
    assert page.text.startswith("300 unchanged, 1 duplicate, 1 skipped")
    assert "to dobad.txtSkipped––is emptyc.txtDuplicate" in page.text
    assert "102 more are not listed" in page.text


def test_a_long_list_says_how_much_is_missing():
    html = tables.render_articles([make_article("x", title=f"T{number}") for number in range(205)])
    assert html.count("<tr><th") == tables.MAX_LISTED + 1
    assert "5 more are not listed" in html
