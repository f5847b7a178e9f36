"""One article to be read: the quotation marked to the character, what was left out folded away."""

from __future__ import annotations

import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from qa.types import Article, Quotation
from tests.pages import Page, make_article
from ui.source import render_source


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
    page = Page(re.sub(r"<summary>.*?</summary>", "", html.partition('<div class="text"')[2].partition(">")[2]))
    assert (page.marked, page.text) == (text[start:end], text)
    assert html.count('id="quotation"') == (start < end)


def test_dropped_blocks_are_folded_and_unfold_around_a_quotation():
    text = "Menu | Login\nThe bridge opened.\nSubscribe now to our newsletter"
    article = make_article(text, (13, 31))
    folded = render_source(article)
    assert folded.count('<details class="dropped"><summary>') == 2
    assert "(3 words)" in folded
    assert "(5 words)" in folded
    opened = render_source(article, Quotation("a1", 32, 41, "Subscribe"))
    assert opened.count('<details class="dropped" open>') == 1


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
