"""Feedback from the page is kept with the answer as it was given, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qa.library import Library
from qa.types import Answer, Article
from tests.pages import Page
from ui.feedback_panel import take_feedback
from ui.limits import Limiter
from ui.signing import sign_answer

FREE = Limiter(0)


def sent(library: Library, answer: Answer, **other: Any) -> dict[str, Any]:
    signed = sign_answer(answer, library.signing_key())
    return {"answer": signed, "verdict": "wrong", "sentence": None, "note": "", "form": 3, **other}


def test_what_was_said_is_kept_and_where_to_get_it_is_told(library: Library, aboard: Answer) -> None:
    reply = Page(take_feedback(sent(library, aboard, sentence=0, note="It was <140>."), library, FREE, "anna"))
    (kept,) = library.feedback()
    assert (kept.answer, kept.verdict, kept.sentence, kept.note) == (aboard, "wrong", 0, "It was <140>.")
    assert reply.text == f"Kept in this library as feedback {kept.id}. Export it with: qa feedback export"
    assert [attributes["data-form"] for attributes in reply.having("data-form")] == ["3"]


@pytest.mark.parametrize(
    ("tampered", "told"),
    [
        ({"answer": "0" * 64 + "{}"}, "no answer that was given here"),
        ({"answer": None}, "no answer that was given here"),
        ({"verdict": "<b>great</b>"}, "the verdict can't be '<b>great</b>'"),
        ({"verdict": ["right"]}, "the verdict can't be"),
        ({"sentence": 7}, "the answer has no sentence 7"),
        ({"sentence": True}, "the answer has no sentence True"),
        ({"note": "x" * 2_001}, "shorten it to 2,000"),
        ({"note": 5}, "the note is no text"),
        ({"form": "<b>"}, "no answer that was given here"),
    ],
)
def test_what_the_browser_sends_is_checked(
    library: Library, aboard: Answer, tampered: dict[str, Any], told: str
) -> None:
    values = {**sent(library, aboard), **({"answer": "x"} if "form" in tampered else {}), **tampered}
    html = take_feedback(values, library, FREE, "anna")
    assert told in Page(html).text
    assert [tag for tag, _ in Page(html).elements] == ["p"]
    assert library.feedback() == []


@pytest.mark.parametrize("other", [None, [], "x", {}])
def test_what_is_no_feedback_at_all_gets_a_message(library: Library, other: Any) -> None:
    assert "no answer that was given here" in take_feedback(other, library, FREE, "anna")


def test_an_answer_of_another_library_or_altered_is_not_kept(library: Library, aboard: Answer) -> None:
    signed = sign_answer(aboard, library.signing_key())
    for answer in (sign_answer(aboard, b"k" * 32), signed.replace("140", "141")):
        assert "no answer that was given here" in take_feedback(
            {**sent(library, aboard), "answer": answer}, library, FREE, "anna"
        )
    assert library.feedback() == []


def test_a_refusal_cannot_be_told_to_refuse(library: Library, aboard: Answer) -> None:
    refusal = replace(aboard, status="refused", sentences=(), citations=())
    told = take_feedback(sent(library, refusal, verdict="should-have-refused"), library, FREE, "anna")
    assert "is a refusal already" in Page(told).text


def test_who_sends_too_fast_is_told_to_wait_and_others_are_not(library: Library, aboard: Answer) -> None:
    limiter, values = Limiter(2), sent(library, aboard)
    replies = [take_feedback(values, library, limiter, "anna") for _ in range(4)]
    assert ["too much at once" in reply for reply in replies] == [False, False, True, True]
    assert "Kept" in take_feedback(values, library, limiter, "bob")
    assert len(library.feedback()) == 3


def test_what_was_purged_does_not_come_back_with_an_old_page(library: Library, aboard: Answer, ferry: Article) -> None:
    values = sent(library, aboard)
    library.remove(ferry.id, purge=True)
    assert "this answer quotes an article that is no longer here" in take_feedback(values, library, FREE, "anna")
    assert library.feedback() == []
