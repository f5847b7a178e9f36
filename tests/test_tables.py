"""Lists of articles and of what became of files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from qa.copies import Share
from qa.listing import ListPage
from qa.types import Ingested, IngestReport
from tests.pages import Page, list_page, listed, make_article
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
    bridge = replace(listed(make_article("x", title="A bridge", publisher="Daily")), passages=4)
    page = Page(tables.render_articles(list_page(bridge, listed(make_article("In May the bridge opened.")))))
    assert [button["data-article"] for button in page.having("data-article")] == ["a1", "a1"]
    assert "A bridgea1.txtDailynot stated4Remove" in page.text
    assert "Untitled: “In May the bridge opened.”" in page.text
    assert page.having("data-remove")[0]["aria-label"] == "Remove A bridge"
    assert [box["aria-label"] for box in page.having("value")][:1] == ["Choose A bridge"]
    assert "No articles yet" in tables.render_articles(list_page())
    assert "No article has these words" in tables.render_articles(list_page(), narrowed=True)


def test_articles_that_carry_the_same_passages_open_from_the_list():
    """Four others carry parts of it: three are shown with how much, the fourth is counted."""
    shares = tuple(
        Share(f"b{number}", f"<b>Copy</b> {number}", part) for number, part in enumerate((1, 0.5, 0.2, 0.001))
    )
    page = Page(tables.render_articles(list_page(replace(listed(make_article("x")), copies=shares))))
    assert [button["data-article"] for button in page.having("data-article")] == ["a1", "b0", "b1", "b2"]
    assert "<b>Copy</b> 0 (100%)" in page.text
    assert "and 1 more" in page.text


def test_removed_articles_can_be_brought_back_by_one_button():
    page = Page(tables.render_removed(["<i>T"], ["a1"]))
    assert [button["data-restore"] for button in page.having("data-restore")] == ["a1"]
    assert "Removed “<i>T”." in page.text
    several = Page(tables.render_removed(["T", "U"], ["a1", "b2"]))
    assert [button["data-restore"] for button in several.having("data-restore")] == ["a1 b2"]
    assert "Removed 2 articles." in several.text
    assert "“T” is in the library again." in Page(tables.render_restored(["T"], ["a1"], {})).text
    instead = Page(tables.render_restored(["T"], ["a1"], {"c3": "<b>New"}))
    assert "“T” is in the library again, in place of “<b>New”. Undo" in instead.text
    assert [button["data-restore"] for button in instead.having("data-restore")] == ["c3"]


def test_several_are_told_by_their_number():
    told = tables.render_restored(["T", "U"], ["a1", "b2"], {"c3": "X", "d4": "Y"})
    assert "2 articles are in the library again, in place of 2 articles. Undo" in Page(told).text


def test_the_old_version_can_be_put_back_from_the_report():
    """Of a file that replaced something; of another there is no button."""
    entries = (
        Ingested('upload:"<i>.txt', "updated", "b2", "New", 1, "replaces “Old”", replaced="a1"),
        Ingested("upload:b.txt", "added", "b3", "Other", 1),
    )
    report = Page(tables.render_report(IngestReport(entries, 2)))
    assert "replaces “Old”Put the old version back" in report.text
    [button] = report.having("data-restore")
    assert (button["data-restore"], button["aria-label"]) == ("a1", 'Put the old version back: "<i>.txt')


def test_the_bar_measures_nothing_while_the_first_or_only_file_is_embedded():
    one = Ingested("upload:a.txt", "added", "a1", "A", 3)
    shown = [tables.render_adding((one,) * done, 2) for done in range(3)]
    assert ["value=" in html for html in shown] == [False, True, False]
    assert all("Reading and embedding" in html for html in shown)


def test_removed_articles_are_listed_with_a_way_back():
    page = Page(tables.render_removed_articles(list_page(listed(make_article("x", title="<b>Old", publisher="Daily")))))
    [button] = page.having("data-restore")
    assert (button["data-restore"], button["aria-label"]) == ("a1", "Restore <b>Old")
    assert [button["data-article"] for button in page.having("data-article")] == ["a1"]
    assert "<b>Olda1.txtDailynot statedRestore" in page.text
    assert "No article was removed" in tables.render_removed_articles(list_page())


def test_an_article_shows_what_is_known_of_it_and_how() -> None:
    """Author, language, how the date is known and where it is from, in the list and above its text."""
    known = make_article(
        "x", title="T", publisher="P", author="Ann Lee", language="de", published=date(2025, 11, 2), dated="file name",
        url="https://herald.example/a",
    )  # fmt: skip
    for html in (tables.render_articles(list_page(listed(known))), render_source(known)):
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


def test_a_long_list_has_pages():
    """Of 120 articles the second fifty: both ways lead on; the last page leads back only."""
    some = tuple(listed(make_article("x", title=f"T{number}")) for number in range(50))
    middle = Page(tables.render_articles(ListPage(some, 50, 120, 120)))
    assert "51–100 of 120" in middle.text
    assert [(button["data-start"], "disabled" in button) for button in middle.having("data-turn")] == [
        ("0", False),
        ("100", False),
    ]
    last = Page(tables.render_articles(ListPage(some[:20], 100, 120, 120)))
    assert [(button["data-start"], "disabled" in button) for button in last.having("data-turn")] == [
        ("50", False),
        ("120", True),
    ]
