"""What the Ask tab answers to what a browser sends, without a browser."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
import sqlalchemy as sa

from qa.errors import LibraryUnreachable
from qa.library import Library
from qa.types import Answer, Article
from tests.answers import QUESTION
from tests.conftest import OpenLibrary
from tests.fakes import ScriptedWriter
from ui.ask_tab import SKIP, AskTab, Panels
from ui.conversation import Turn, read_asking
from ui.examples import Examples
from ui.limits import Limiter
from ui.signing import SIGNATURE
from ui.watching import Asked

OWNER = "Who is the owner of the bakery in Quillmere?"


@pytest.fixture
def tab(library: Library) -> AskTab:
    limiter = Limiter(0)
    return AskTab(library, limiter, Examples(library, limiter))


@pytest.fixture
def statements(library: Library) -> list[str]:
    """What the ledger is asked from here on."""
    asked: list[str] = []
    engine = library._store.ledger._engine
    sa.event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    return asked


def ask(tab: AskTab, **sent: Any) -> Panels:
    """What the page shows in the end: of each panel the last value, all texts (see Panels)."""
    shown = Panels()
    for panels in tab.ask(sent):
        assert all(value is SKIP or isinstance(value, str) for value in panels)
        shown = Panels(*(old if new is SKIP else new for old, new in zip(shown, panels, strict=True)))
    return shown


def signed_in(shown: str) -> list[str]:
    return [html.unescape(signed) for signed in re.findall('data-signed="([^"]*)"', shown)]


def test_an_arrival_shows_the_conversation_again(tab: AskTab):
    first = signed_in(ask(tab, how="new", question=QUESTION).answer)
    second = ask(tab, how="new", question=OWNER, turns=first)
    assert signed_in(second.earlier) == first
    again = ask(tab, how="arrive", turns=[*first, *signed_in(second.answer)])
    assert (again.answer, again.earlier, again.source) == (second.answer, second.earlier, second.source)
    assert again.stages is SKIP
    assert ask(tab, how="arrive") == Panels()
    assert ask(tab, turns=first) == Panels()


def test_a_question_that_finds_no_ledger_is_told_and_counted(tab: AskTab, monkeypatch: pytest.MonkeyPatch):
    asked: list[Asked] = []
    tab.watch.tell.append(asked.append)

    def away() -> bytes:
        raise LibraryUnreachable("the database is away")

    monkeypatch.setattr(tab.library, "signing_key", away)
    assert "the database is away" in ask(tab, how="new", question=QUESTION).answer
    assert "the database is away" in ask(tab, how="arrive").answer  # asks nothing, and isn't counted
    assert [(item.origin.kind, item.outcome, item.question) for item in asked] == [("page", "error", QUESTION)]


def test_an_arrival_reads_no_texts(tab: AskTab, aboard: Answer, statements: list[str]):
    """A page that is opened names the publishers, and a conversation is held against what is still there."""
    turns = [Turn.of(aboard, tab.library.signing_key()).signed]
    statements.clear()
    tab.arrive(gr.Request(query_params={}))
    assert tab._recall(read_asking({"turns": turns}))[1] == 0
    assert [statement for statement in statements if "publisher" in statement]
    assert not [statement for statement in statements if "articles.text" in statement]


def test_an_address_asks_again_when_followed_not_when_reloaded(tab: AskTab):
    """Unless what it asks has no answer yet."""
    turns = signed_in(ask(tab, how="arrive", question=QUESTION, anew=True).answer)
    assert signed_in(ask(tab, how="arrive", question=QUESTION, turns=turns).answer) == turns
    asked = ask(tab, how="arrive", question=QUESTION, turns=turns, anew=True)
    assert signed_in(asked.earlier) == turns
    assert signed_in(asked.answer) not in ([], turns)
    assert OWNER in ask(tab, how="arrive", question=OWNER, turns=turns).answer


def test_going_back_to_an_address_shows_its_answer_again(tab: AskTab):
    """It becomes the newest of the conversation; nothing is asked, and nothing is lost."""
    first = signed_in(ask(tab, how="new", question=QUESTION).answer)
    second = signed_in(ask(tab, how="arrive", question=OWNER, turns=first, anew=True).answer)
    back = ask(tab, how="arrive", question=QUESTION, turns=[*first, *second])
    assert (signed_in(back.answer), signed_in(back.earlier)) == (first, second)
    assert back.stages is SKIP
    forward = ask(tab, how="arrive", question=OWNER, turns=[*second, *first])
    assert (signed_in(forward.answer), signed_in(forward.earlier)) == (second, first)


@pytest.mark.parametrize("how", ["read", "written"])
def test_what_was_edited_or_asked_as_written_is_asked_as_it_stands(tab: AskTab, how: str):
    turns = signed_in(ask(tab, how="new", question="What did Captain Idris Penhale say?").answer)
    question = "What did he say about the steering?"
    assert "Read &quot;he&quot; as" in ask(tab, how="new", question=question, turns=turns).answer
    shown = ask(tab, how=how, question=question, turns=turns)
    assert signed_in(shown.earlier) == turns
    assert "Read &quot;he&quot; as" not in shown.answer
    assert "Idris Penhale" not in json.loads(signed_in(shown.answer)[0][SIGNATURE:])["question"]


def test_how_a_model_read_a_question_is_shown_and_can_be_edited(open_library: OpenLibrary, articles: Path):
    """Asked once, although the page shows the reading before the answer is there."""
    reading = "What did Captain Idris Penhale say before the steering had failed?"
    writer = ScriptedWriter("NO ANSWER", reading, "NO ANSWER")
    library = open_library(llm=writer)
    library.add(articles)
    limiter = Limiter(0)
    tab = AskTab(library, limiter, Examples(library, limiter))
    before = library.ask("What did Captain Idris Penhale say of the steering that failed?")
    turns = [Turn.of(before, library.signing_key()).signed]
    shown = ask(tab, how="new", question="And before that?", turns=turns)
    assert shown.read_as == reading
    assert "Read by the language model <bdi>scripted</bdi>." in shown.rewriting
    assert 'data-written="And before that?"' in shown.rewriting
    assert html.escape(f'Read by scripted as: "{reading}"') in shown.answer
    assert [prompt.user.count("Question to put in full") for prompt in writer.asked] == [0, 1, 0]


def test_a_question_that_fails_leaves_the_conversation(tab: AskTab):
    turns = signed_in(ask(tab, how="new", question=QUESTION).answer)
    for question in ("", "x" * 100_000):
        failed = ask(tab, how="new", question=question, turns=turns)
        assert 'class="problem"' in failed.answer
        assert signed_in(failed.earlier) == turns


def test_a_purged_article_does_not_come_back_with_a_conversation(tab: AskTab, library: Library, ferry: Article):
    turns = signed_in(ask(tab, how="new", question=QUESTION).answer)
    library.remove(ferry.id)
    assert signed_in(ask(tab, how="arrive", turns=turns).answer) == turns
    library.remove(ferry.id, purge=True)
    shown = ask(tab, how="arrive", turns=turns)
    assert "left out" in shown.earlier
    assert "Aurelia" not in f"{shown.answer}{shown.earlier}"


def test_a_kept_answer_joins_the_conversation_once(tab: AskTab, library: Library, aboard: Answer):
    turn = Turn.of(aboard, library.signing_key())
    id = library.keep_answer(aboard)
    other = signed_in(ask(tab, how="new", question=OWNER).answer)
    shown = ask(tab, how="arrive", kept=id, turns=[turn.signed, *other])
    assert signed_in(shown.answer) == [turn.signed]
    assert signed_in(shown.earlier) == other
    assert "1 of 1 quotations still hold" in shown.answer
    unknown = ask(tab, how="arrive", kept="\ud800", turns=other)
    assert "no kept answer at this address" in unknown.answer
    assert signed_in(unknown.earlier) == other
