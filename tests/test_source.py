"""One article to be read: the quotation marked to the character, what was left out behind a switch."""

from __future__ import annotations

from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st

from qa.listing import Ending
from qa.types import Article, Quotation
from tests.pages import Page, make_article
from ui.source import render_source

REMOVED = Ending(7, datetime(2026, 11, 28, 9))


def test_source_marks_the_offsets_not_the_first_occurrence():
    text = "The bridge opened. Nothing else.\n\nLater: The bridge opened. Again."
    start = text.rindex("The bridge")
    html = render_source(make_article(text), Quotation("a1", start, start + 18, "The bridge opened."))
    before, after = html.split('<mark id="quotation" tabindex="-1">')
    assert after.startswith("The bridge opened.</mark> Again.")
    assert "The bridge opened. Nothing else." in before


@given(st.data())
def test_source_marks_exactly_the_quotation(data):
    """For any text, any kept spans and any quotation, the marked characters are the quotation's and none is lost."""
    text = data.draw(st.text(alphabet="ab &<\n\r\t", min_size=1, max_size=60))
    edges = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    kept = tuple(zip(edges[::2], edges[1::2], strict=False))
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    article = Article("a1", "a1.txt", text, kept)
    html = render_source(article, Quotation("a1", start, end, text[start:end]))
    page = Page(html.partition('<div class="text"')[2].partition(">")[2])
    assert (page.marked, page.text) == (text[start:end], text)
    assert html.count('id="quotation"') == (start < end)


def test_one_switch_shows_what_was_left_out_and_is_on_around_a_quotation():
    text = "Menu | Login\nThe bridge opened.\nSubscribe now to our newsletter"
    article = make_article(text, (13, 31))
    hidden = Page(render_source(article))
    [switch] = hidden.having("aria-checked")
    assert (switch["role"], switch["aria-checked"]) == ("switch", "false")
    assert "Show what was left out (8 words)" in hidden.text
    assert [part["class"] for part in hidden.having("class")].count("dropped") == 2
    shown = Page(render_source(article, Quotation("a1", 32, 41, "Subscribe")))
    assert [switch["aria-checked"] for switch in shown.having("aria-checked")] == ["true"]
    assert [part["class"] for _, part in shown.elements[:1]] == ["source-text whole"]
    assert Page(render_source(make_article(text))).having("aria-checked") == []


def test_an_article_can_be_removed_or_restored_beside_the_list_alone():
    article = make_article("The bridge opened.", title='A "<bridge>"')
    [button] = Page(render_source(article, beside="list")).having("data-remove")
    assert (button["data-remove"], button["aria-label"]) == ("a1", 'Remove A "<bridge>"')
    removed = Page(render_source(article, beside="list", ending=REMOVED))
    assert [button["data-restore"] for button in removed.having("data-restore")] == ["a1"]
    assert "Removed on 28 Nov 2026 (revision 7): no question sees this article." in removed.text
    beside_answer = Page(render_source(article))
    assert beside_answer.having("data-remove") == beside_answer.having("data-restore") == []
    assert "Back to the list" in Page(render_source(article, beside="list")).text


def test_an_article_behind_a_kept_answer_says_that_it_was_removed_or_replaced():
    article = make_article("The bridge opened.")
    assert "Removed on 28 Nov 2026" in Page(render_source(article, ending=REMOVED)).text
    replaced = Ending(7, REMOVED.when, "a2", 'A "<bridge>"')
    assert 'Replaced by “A "<bridge>"” on 28 Nov 2026' in Page(render_source(article, ending=replaced)).text
    assert "no question" not in Page(render_source(article)).text


def test_source_says_what_is_not_stated():
    shown = Page(render_source(make_article("One two three.", title="T", published=date(2024, 5, 3)))).text
    assert shown.startswith("Back to the answerTpublisher not stated · 3 May 2024")


def test_a_huge_article_is_cut_around_the_quotation():
    """The browser gets at most 60,000 characters, the quotation among them, and is told how many are missing."""
    text = "x" * 100_000 + "needle" + "y" * 100_000
    html = render_source(make_article(text), Quotation("a1", 100_000, 100_006, "needle"))
    assert Page(html).marked == "needle"
    assert len(html) < 62_000
    assert "70,000 characters before this are not shown." in html
    assert "70,006 characters after this are not shown." in html
