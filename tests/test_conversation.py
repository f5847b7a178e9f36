"""What a browser sends of a conversation is checked, what it shows is escaped, folded and in order."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from qa.types import Answer, Check, Citation, KeptAnswer, Quotation, Rewriting
from tests.answers import HOSTILE, answer_of
from ui.conversation import (
    MOST_SIGNED,
    MOST_TURNS,
    Asking,
    Turn,
    read_asking,
    read_turns,
    render_earlier,
    render_kept,
    render_kept_link,
    render_rewriting,
    render_turn,
)

KEY = b"k" * 32


def turn_of(question: str, note: str = "") -> Turn:
    quotation = Quotation("a" * 20, 0, 13, "The sky fell.")
    return Turn.of(replace(answer_of(Citation(1, quotation), question=question), notes=(note,)), KEY)


@pytest.mark.parametrize(
    "sent",
    [None, 7, "new", [], {}, {"how": ["new"]}, {"how": "drop"}, {"how": None, "turns": {}}],
)
def test_what_is_no_asking_asks_nothing(sent: object):
    assert read_asking(sent) == Asking()


def test_an_asking_holds_texts_and_the_newest_turns():
    sent = {"how": "new", "question": " Who? ", "turns": list(range(99)), "kept": 7, "anew": "yes"}
    assert read_asking(sent) == Asking("new", "Who?", tuple(range(99 - MOST_TURNS, 99)))
    assert read_asking({"how": "arrive", "question": {}, "anew": True}) == Asking("arrive", anew=True)


def test_only_what_was_signed_is_a_turn():
    first, last = turn_of("One?"), turn_of("Two?")
    forged = first.signed.replace("One", "Won")
    other = Turn.of(first.answer, b"o" * 32).signed
    given = (first.signed, forged, other, None, {"a": 1}, "", last.signed)
    assert read_turns(given, KEY) == [first, None, None, None, None, None, last]


def test_turns_beyond_what_a_browser_keeps_are_the_oldest_to_go():
    """A single huge answer is shown, but never handed back and forth."""
    third = MOST_SIGNED // 3
    turns = [turn_of(f"{number}?", "x" * third) for number in range(4)]
    assert read_turns([turn.signed for turn in turns], KEY) == turns[2:]
    huge = turn_of("Huge?", "x" * MOST_SIGNED)
    assert huge.signed == ""
    shown = render_turn(huge)
    assert "data-signed" not in shown
    assert "data-keep" not in shown


def test_earlier_turns_are_folded_newest_first_with_their_citations():
    refused = Turn.of(Answer("Two?", "refused"), KEY)
    shown = render_earlier([turn_of("One?"), refused])
    assert shown.index("Two?") < shown.index("One?")
    assert shown.count("<summary><bdi>") == 2
    assert shown.index("No answer") < shown.index("Answered")
    assert shown.count('class="cite" data-article=') == 1
    assert html.escape(refused.signed) in shown
    assert render_earlier([]) == ""


@pytest.mark.parametrize(("count", "says"), [(1, "1 answer of this conversation was left out"), (3, "3 answers of")])
def test_what_is_left_out_is_said(count: int, says: str):
    assert says in render_earlier([turn_of("One?")], count)
    assert says in render_earlier([], count)


def test_a_rewriting_marks_what_was_replaced_and_by_what():
    asked, changes = "Where did he say he was?", (("he", "Ann"), ("he", "Ann"))
    shown = render_rewriting(Rewriting(asked, "Where did Ann say Ann was?", changes))
    assert "Where did <mark>he</mark> say <mark>he</mark> was?" in shown
    assert shown.count("is read as <mark><bdi>Ann</bdi></mark>") == 2
    assert render_rewriting(Rewriting("Who left?", "Who left?")) == ""


def test_what_was_written_can_be_asked_again_as_it_was():
    shown = render_rewriting(Rewriting(f"he {HOSTILE}", "Ann", (("he", "<b>Ann"),)))
    written = shown.partition('data-written="')[2].partition('"')[0]
    assert html.unescape(written) == f"he {HOSTILE}"
    assert "<b>" not in shown


def test_a_kept_answer_says_when_and_what_still_holds():
    turn = turn_of("Why?")
    kept = KeptAnswer("0" * 32, datetime(2026, 11, 28, 9, 5, tzinfo=UTC), turn.answer)
    cited = turn.answer.citations[0]
    held = render_kept(kept, [Check(cited, "valid")], turn)
    assert "Kept on 28 Nov 2026, 09:05 UTC" in held
    assert "1 of 1 quotations still hold." in held
    gone = render_kept(kept, [Check(cited, "valid"), Check(replace(cited, number=2, title="<i>T"), "gone")], turn)
    assert "1 of 2 quotations still hold." in gone
    assert "[2] <bdi>&lt;i&gt;T</bdi>: was taken out with its article." in gone
    assert "The sky fell." in gone


def test_a_link_to_a_kept_answer_is_its_id():
    shown = render_kept_link("f" * 32)
    assert f'href="?a={"f" * 32}"' in shown
    assert f'data-address="?a={"f" * 32}"' in shown
