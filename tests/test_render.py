"""What the page shows of answers: escaped, exact and complete."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.types import (
    CHOSEN,
    REFUSAL,
    Answer,
    Disagreement,
    Event,
    Ingested,
    IngestReport,
    Provenance,
    Quotation,
    Sentence,
    Side,
    place_sentences,
)
from tests.pages import HOSTILE, Page, assert_harmless, list_page, listed, make_answer, make_article, make_citation
from ui import render, tables
from ui.source import render_source


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
        "articles": tables.render_articles(list_page(listed(article))),
        "report": tables.render_report(report),
        "error": render.render_error(text),
        "events": render.render_events([Event(text, 1.0)]),
    }
    for html in shown.values():
        assert_harmless(html)
    for name in ("answer", "refusal", "source", "articles", "error"):
        assert text in Page(shown[name]).text


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
    assert shown.startswith("Likely 86% confidenceWhat this means")
    assert "Of answers as sure as this, 86 in 100 were right when it was measured on other articles." in shown
    assert Page(render.render_confidence(0.5, measured=False)).text.startswith("50% of the topic’s words were found")
    assert "But the articles differ" in render.render_confidence(0.9, disputed=True)
    assert [Page(render.render_confidence(value)).text.split(" ", 1)[0] for value in (1.2, 0.5, -1)] == [
        "Very",
        "Uncertain",
        "Doubtful",
    ]


def test_disagreement_shows_each_side_with_publisher_date_and_quotation():
    """A side is a group of rows, one a citation; of its sources copies and further articles of a publisher are none."""
    citations = (
        make_citation(1, "10,000 troops.", publisher="Daily", published=date(2025, 10, 1)),
        make_citation(2, "about 15,000 U.S. troops"),
        make_citation(3, "some 15,000 troops", copies=("b1",)),
    )
    sides = (Side("10,000", (1,)), Side("15,000", (2, 3)), Side("7", (9,)))
    answer = Answer("How many?", "answered", (), citations, (Disagreement("troops", "undated", sides),))
    html = render.render_answer(answer)
    groups = [Page(group).text for group in re.findall(r"<tbody.*?</tbody>", html)]
    assert groups == [
        "A 1 source10,000Daily1 Oct 202510,000 troops.1",
        "B 2 independent sources; 1 other article carries a copy15,000"
        "not statednot statedabout 15,000 U.S. troops2not statednot statedsome 15,000 troops3",
    ]
    assert html.count('rowspan="2"') == 2
    assert "differ on troops" in html
    assert "none can be called the newer" in html


def test_the_side_after_z_is_aa():
    sides = tuple(Side(str(number), (1,)) for number in range(703))
    answer = Answer("How many?", "answered", (), (make_citation(1),), (Disagreement("troops", "conflict", sides),))
    letters = re.findall('class="letter">([^<]*)<', render.render_answer(answer))
    assert [letters[place] for place in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


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


def test_stages_are_three_in_order_with_their_times_and_at_the_end_a_total():
    def running(html: str) -> list[str]:
        return re.findall(r'aria-current="step">(\w+)', html)

    first, second = render.render_events([]), render.render_events([Event("retrieve", 12.4)])
    assert Page(first).text == "Searching …Reading Checking "
    assert Page(second).text == "Searching 12 msReading …Checking "
    assert (running(first), running(second)) == (["Searching"], ["Reading"])
    done = [Event("retrieve", 12.4), Event("read", 100.0), Event("compose", 1234.0, make_answer("Yes."))]
    assert Page(render.render_events(done)).text == "Searching 12 msReading 100 msChecking 1.2 sTotal 1.3 s"
    assert running(render.render_events(done)) == []


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
        tables.render_articles(list_page(listed(article))),
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


def test_a_refusal_says_what_was_searched_and_what_can_be_done():
    searched = "Searched 8 passages, as far as the filters allow it, and looked at the 8 nearest."
    narrowed = Provenance(filters=(("publishers", ("Daily",)), ("published_from", "2025-10-01")))
    refusal = Answer("Who?", "refused", nearest=(make_citation(1),), notes=(searched,), provenance=narrowed)
    shown = Page(render.render_answer(refusal)).text
    assert (
        shown.index(REFUSAL) < shown.index(searched) < shown.index("in other words") < shown.index("Nearest passages")
    )
    assert "Widen the search: only articles of Daily, published from 2025-10-01 were searched." in shown
    assert "Widen" not in render.render_answer(Answer("Who?", "refused", nearest=(make_citation(1),)))
    assert "Add articles" in render.render_answer(Answer("Who?", "refused"))


def test_feedback_is_offered_only_on_what_can_be_handed_back():
    """A whole answer and each of its sentences have a button that says what it is on; the signed text stays whole."""
    signed = 'ab\x7f"<&>'
    page = Page(render.render_answer(make_answer("One.", "Two."), signed=signed))
    buttons = [button for button in page.having("class") if button["class"] == "judge"]
    assert [button.get("data-sentence") for button in buttons] == ["0", "1", None]
    assert [button.get("aria-label") for button in buttons] == [
        "Feedback on sentence 1",
        "Feedback on sentence 2",
        None,
    ]
    assert [attributes["data-signed"] for attributes in page.having("data-signed")] == [signed]
    assert "judge" not in render.render_answer(make_answer("One."))


def test_the_notes_of_an_overview_come_before_it():
    shown = Page(render.render_answer(make_answer("One.", notes=(CHOSEN, "Articles on it: 2.")))).text
    assert shown.index("Articles on it: 2.") < shown.index("One.")
    assert CHOSEN not in shown
    assert "of the topic’s words were found" in shown
