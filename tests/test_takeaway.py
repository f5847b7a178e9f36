"""What leaves the page with a reader is what the library said, to the character, and what narrows it is checked."""

from __future__ import annotations

import base64
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import QuestionInvalid
from qa.types import Answer, Filters
from tests.pages import HOSTILE, Page, assert_harmless, make_answer
from ui.filters import filters_of
from ui.takeaway import question_address, render_takeaway


@pytest.mark.parametrize("text", [*HOSTILE, "line\nline", "# 50 % & more?", "زيارة\u202e", "\u2028"])
def test_markdown_and_json_come_through_the_page_unchanged(text: str) -> None:
    answer = make_answer(text)
    html = render_takeaway(answer)
    assert_harmless(html)
    (button,) = Page(html).having("data-copy")
    assert "\u202e" in text or button["data-copy"] == answer.markdown()  # a direction override is spelt out instead
    (link,) = Page(html).having("download")
    data = base64.b64decode((link["href"] or "").partition("base64,")[2])
    assert Answer.from_json(data) == answer


@given(question=st.text(max_size=60))
def test_the_address_of_a_question_asks_that_question(question: str) -> None:
    query = urlsplit("http://127.0.0.1/" + question_address(question)).query
    asked = parse_qs(query, keep_blank_values=True).get("q", [""])[0]
    assert asked == question.encode("utf-8", "replace").decode("utf-8")


def test_a_refusal_can_be_taken_away_too() -> None:
    refusal = Answer("Who?", "refused")
    (button,) = Page(render_takeaway(refusal)).having("data-copy")
    assert button["data-copy"] == refusal.markdown()


def test_what_a_reader_chose_becomes_filters() -> None:
    assert filters_of([], "", "", "", False) == Filters()
    assert filters_of(["The Herald"], "2026-02-01", "2026-02-14 00:00:00", " 2026-02-10 ", True) == Filters(
        publishers=("The Herald",),
        published_from=date(2026, 2, 1),
        published_to=date(2026, 2, 14),
        as_of=date(2026, 2, 10),
        include_undated=True,
    )


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("soon", "", "From is 'soon', which is no day; write it as 2026-02-14"),
        ("", "2026-02-30", "To is '2026-02-30', which is no day"),
        ("2026-02-14", "2026-02-01", r"From \(2026-02-14\) is after To \(2026-02-01\)"),
    ],
)
def test_what_is_no_day_is_told(first: str, last: str, said: str) -> None:
    with pytest.raises(QuestionInvalid, match=said):
        filters_of([], first, last, "", False)
