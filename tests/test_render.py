"""What the page shows of the records: escaped, exact and complete."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.types import (
    REFUSAL,
    Answer,
    Article,
    Citation,
    Disagreement,
    Event,
    Ingested,
    IngestReport,
    Quotation,
    Sentence,
    Side,
    place_sentences,
)
from ui import fields, render, tables
from ui.source import render_source

HOSTILE = [
    "<script>window.hacked = 1</script>",
    '<img src=x onerror="window.hacked = 1">',
    '" onmouseover="window.hacked = 1',
    "' autofocus onfocus='window.hacked = 1",
    "[click](javascript:window.hacked=1)",
    "</mark></article><svg onload=window.hacked=1>",
    "${window.hacked = 1} {{value}} `",
]
ALLOWED = {
    *("article", "p", "div", "h2", "h3", "ol", "ul", "li", "button", "span", "strong", "i", "mark", "a", "blockquote"),
    *("details", "summary", "section", "bdi", "table", "thead", "tbody", "tr", "th", "td"),
}


class Page(HTMLParser):
    """The elements of a piece of HTML as (tag, attributes), its whole text, and the text inside <mark>."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.marked, self._depth = "", "", 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._depth += tag == "mark"

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._depth:
            self.marked += data

    def having(self, attribute: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.elements if attribute in attributes]


def make_article(text: str, *kept: tuple[int, int], **known) -> Article:
    return Article("a1", "a1.txt", text, kept or ((0, len(text)),), **known)


def make_citation(number: int, text: str = "The bridge opened.", **known) -> Citation:
    return Citation(number, Quotation(f"a{number}", 3, 3 + len(text), text), **known)


def make_answer(*texts: str, **known) -> Answer:
    """One sentence for each text, the first citing [1], the second [2], and so on."""
    sentences = place_sentences([Sentence(text, 0, 0, (number,)) for number, text in enumerate(texts, 1)])
    citations = tuple(make_citation(number, text) for number, text in enumerate(texts, 1))
    return Answer("When?", "answered", sentences, citations, **{"confidence": 0.8, **known})


def assert_harmless(html: str) -> None:
    """Nothing but the tags that render writes, no handler; addresses are http, https, a question here, a JSON file."""
    safe = ("http:", "https:", "?q=", "data:application/json;base64,")
    for tag, attributes in Page(html).elements:
        assert tag in ALLOWED
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "https:").startswith(safe)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    """Markup in any field of an article, a question or a file name is shown as the characters that it is."""
    cited = make_citation(1, text, title=text, publisher=text, url="javascript:" + text)
    sides = (Side(text, (1,)), Side(text, (1,)))
    answer = Answer(
        text,
        "answered",
        place_sentences([Sentence(text, 0, 0, (1,), emphasis=((1, 5),))]),
        (cited,),
        (Disagreement(text, "conflict", sides),),
        nearest=(cited,),
        notes=(text,),
    )
    article = make_article(f"{text} {text}", (0, len(text)), title=text, publisher=text, url=text)
    report = IngestReport((Ingested(text, "skipped", title=text, reason=text, remedy=text),), 1)
    shown = {
        "answer": render.render_answer(answer),
        "refusal": render.render_answer(Answer(text, "refused", nearest=(cited,))),
        "source": render_source(article, Quotation("a1", 0, 5, text[:5])),
        "articles": tables.render_articles([article]),
        "report": tables.render_report(report),
        "error": render.render_error(text),
        "events": render.render_events([Event(text, 1.0)]),
    }
    for html in shown.values():
        assert_harmless(html)
    for name in ("answer", "refusal", "source", "articles", "error"):
        assert text in Page(shown[name]).text


@given(st.text())
def test_escape_keeps_every_other_character(text):
    """What a browser reads back is the text, save for the characters that are spelt out."""
    assert Page(f"<p>{fields.escape(text)}</p>").text == fields.ODD.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


def test_characters_that_deceive_are_spelt_out():
    """A direction override, a lone surrogate or a control character can be seen, and can be sent as UTF-8."""
    shown = fields.escape("safe\u202egpj.exe\u2066\ud800\x00\x1b")
    assert shown == "safe⟨U+202E⟩gpj.exe⟨U+2066⟩⟨U+D800⟩⟨U+0000⟩⟨U+001B⟩"
    assert shown.encode("utf-8")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "https://",
        "http://[bad",
        "https://good.example\\@evil.example",
        "/tmp/a.html",
        "",
        None,
    ],
)
def test_only_web_addresses_become_links(url):
    assert fields.web_address(url) is None
    assert "<a " not in render_source(make_article("Text.", url=url))


def test_a_link_gives_nothing_away():
    html = render_source(make_article("Text.", url="https://news.example/a?b=1&c='2'"))
    [link] = Page(html).having("href")
    assert link["href"] == "https://news.example/a?b=1&c='2'"
    assert link["rel"] == "noopener noreferrer nofollow"


def test_citations_are_numbered_in_order_and_point_at_their_characters():
    html = render.render_answer(make_answer("It opened in May.", "It cost 4 million."))
    cites = [button for button in Page(html).having("data-start") if button["class"] == "cite"]
    assert re.findall(r'class="cite"[^>]*>(\d+)</button>', html) == ["1", "2"]
    assert [(cite["data-article"], cite["data-start"], cite["data-end"]) for cite in cites] == [
        ("a1", "3", "20"),
        ("a2", "3", "21"),
    ]
    assert [cite["aria-label"] for cite in cites] == [
        f"Source {number}: article a{number}, publisher not stated, date not stated. Show it in the article."
        for number in (1, 2)
    ]


def test_a_number_without_a_citation_is_not_shown():
    answer = make_answer("It opened in May.")
    invented = Answer("When?", "answered", (Sentence("It opened.", 0, 10, (9, 1)),), answer.citations)
    assert re.findall(r'class="cite"[^>]*>(\d+)</button>', render.render_answer(invented)) == ["1"]


def test_emphasis_counts_characters_before_escaping():
    """`&`, `<` and quotes before the emphasis are longer once escaped; the emphasis stays where it was."""
    text = 'R&D said "1 < 2" & then Imagine & <more>'
    start = text.index("Imagine")
    page = Page(render.mark_spans(text, [(start, start + 7)]))
    assert (page.marked, page.text) == ("Imagine", text)


@given(st.text(alphabet="ab&<>'\" ", max_size=30), st.lists(st.tuples(st.integers(-3, 35), st.integers(-3, 35))))
def test_any_spans_leave_the_text_whole(text, spans):
    """Spans that overlap, run backwards or leave the text never lose or double a character."""
    page = Page(render.mark_spans(text, spans))
    inside = {place for start, end in spans for place in range(max(start, 0), min(end, len(text)))}
    assert page.text == text
    assert page.marked == "".join(text[place] for place in sorted(inside))


def test_confidence_is_a_word_and_a_number_with_its_meaning():
    shown = Page(render.render_confidence(0.862)).text
    assert shown == (
        "Likely 86% confidence: of answers as sure as this, so many were right when it was measured on other articles; "
        "a near miss can look as good."
    )
    assert Page(render.render_confidence(0.5, measured=False)).text == "50% of the topic's words were found."
    assert "But the articles differ" in render.render_confidence(0.9, disputed=True)
    assert [Page(render.render_confidence(value)).text.split(" ", 1)[0] for value in (1.2, 0.5, -1)] == [
        "Very",
        "Uncertain",
        "Doubtful",
    ]


def test_disagreement_shows_each_side_with_publisher_date_and_quotation():
    citations = (
        make_citation(1, "10,000 troops.", publisher="Daily", published=date(2025, 10, 1)),
        make_citation(2, "about 15,000 U.S. troops"),
    )
    sides = (Side("10,000", (1,)), Side("15,000", (2,)))
    answer = Answer("How many?", "answered", (), citations, (Disagreement("troops", "undated", sides),))
    html = render.render_answer(answer)
    cells = re.findall(r'data-label="(\w+)"[^>]*>(?:<bdi>)?([^<]*)<', html)
    assert cells == [
        ("Value", "10,000"),
        ("Publisher", "Daily"),
        ("Date", "1 Oct 2025"),
        ("Quotation", "10,000 troops."),
        ("Value", "15,000"),
        ("Publisher", "not stated"),
        ("Date", "not stated"),
        ("Quotation", "about 15,000 U.S. troops"),
    ]
    assert "differ on troops" in html
    assert "none can be called the newer" in html


def test_refusal_shows_the_nearest_passages_and_no_answer():
    nearest = (make_citation(1, "A bridge opened."), make_citation(2, "A tunnel closed."))
    page = Page(render.render_answer(Answer("Who won?", "refused", nearest=nearest, confidence=0.1, notes=("Hm.",))))
    assert REFUSAL in page.text
    assert "They are not an answer to it." in page.text
    assert "A bridge opened." in page.text
    assert "A tunnel closed." in page.text
    assert "Hm." in page.text
    assert "confidence" not in page.text
    assert not [attributes for attributes in page.having("class") if "sentence" in str(attributes["class"])]
    assert len(page.having("data-start")) == 2


def test_generated_sentences_say_so():
    written = Sentence("It opened.", 0, 10, (1,), support=0.913, generated=True)
    html = render.render_answer(Answer("When?", "answered", (written,), (make_citation(1),)))
    assert "written by the language model, support 0.91" in html


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
    page = Page(re.sub(r"<summary>.*?</summary>", "", html.split('<div class="text">')[1]))
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


def test_stages_show_milliseconds_and_that_more_is_to_come():
    assert Page(render.render_events([])).text == "Searching…"
    assert Page(render.render_events([Event("retrieve", 12.4)])).text == "Searched 12 msWorking…"
    done = [Event("retrieve", 12.4), Event("compose", 1234.0, make_answer("Yes."))]
    assert Page(render.render_events(done)).text == "Searched 12 msCompared 1.2 s"


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


def test_a_citation_says_who_else_carries_the_passage_and_opens_the_copies() -> None:
    copied = make_citation(1, copies=("b1", "c1"), publishers=("The Herald", "<b>Echo</b>"))
    for answer in (
        Answer("When?", "answered", place_sentences([Sentence("Yes.", 0, 0, (1,))]), (copied,)),
        Answer("When?", "refused", nearest=(copied,)),
    ):
        page = Page(render.render_answer(answer))
        assert "one source with 2 copies: The Herald, <b>Echo</b> Copy 1Copy 2" in page.text
        copies = [button for button in page.having("data-article") if button["class"] == "copy"]
        assert [button["data-article"] for button in copies] == ["b1", "c1"]
    assert "one source" not in render.render_answer(make_answer("Yes."))


def test_a_huge_title_or_reason_is_cut() -> None:
    huge = "x" * 1_000_000
    article = make_article("x", title=huge, publisher=huge, author=huge)
    cited = make_citation(1, title=huge, publisher=huge, publishers=(huge,), copies=("b1",))
    report = IngestReport((Ingested(huge, "skipped", title=huge, reason=huge),), 1)
    for html in (
        tables.render_articles([article]),
        render_source(article),
        render.render_answer(Answer("When?", "answered", (Sentence("Yes.", 0, 4, (1,)),), (cited,))),
        tables.render_report(report),
    ):
        assert len(html) < 10_000


def test_a_huge_quotation_is_cut_and_says_so() -> None:
    """A text without spaces is one passage, however long."""
    huge = "x" * 1_000_000
    cited = make_citation(1, huge)
    sentence = Sentence(huge, 0, len(huge), (1,), emphasis=((0, 9),))
    for answer in (
        Answer("When?", "answered", (sentence,), (cited,), (Disagreement("x", "conflict", (Side("1", (1,)),)),)),
        Answer("When?", "refused", nearest=(cited,)),
    ):
        html = render.render_answer(answer)
        assert "995,000 characters more in the article" in html
        assert len(html) < 20_000


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
