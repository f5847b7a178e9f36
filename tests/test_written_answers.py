"""How an answer in a language model's words is shown: as such, with doubts, and never what was withheld."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qa.terminal import print_answer
from qa.types import Answer, Event, Sentence, Withheld, place_sentences
from tests.pages import HOSTILE, Page, assert_harmless, make_answer, make_citation
from ui import render
from ui.stages import render_events

DOUBT = "“40” is not what the quotations give"


def written(doubt: str = "", withheld: str = "Lies [1].", reason: str = "it names no quotation") -> Answer:
    said = Sentence("Nine boats sank.", 0, 0, (1,), support=0.83, generated=True, doubt=doubt)
    answer = replace(make_answer("Nine boats sank on Monday."), sentences=place_sentences([said]))
    return replace(
        answer,
        citations=(make_citation(1, "Nine boats sank on Monday."),),
        withheld=(Withheld(withheld, 0.1, reason),),
    )


def test_a_written_sentence_says_so_with_its_support_and_its_quotation() -> None:
    shown = Page(render.render_answer(written())).text
    assert "written by the language model, support 0.83" in shown
    assert "Nine boats sank on Monday." in shown


def test_what_was_withheld_is_told_by_its_reason_and_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(written())
    for shown in (render.render_answer(written()), written().markdown(), capsys.readouterr().out):
        assert "Lies" not in shown
    assert "it names no quotation" in render.render_answer(written())


def test_a_doubt_stands_at_its_sentence_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(written(DOUBT))
    assert f"not borne out: {DOUBT}" in Page(render.render_answer(written(DOUBT))).text
    assert f"not borne out: {DOUBT}" in written(DOUBT).markdown()
    assert f"not borne out: {DOUBT}" in capsys.readouterr().out


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_model_writes_stays_text(text: str) -> None:
    assert_harmless(render.render_answer(written(text, text, text)))
    said = place_sentences([Sentence(text, 0, 0, (1,), generated=True, doubt=text)])
    assert_harmless(render.render_so_far(replace(written(), question=text, sentences=said, notes=(text,))))


def test_a_doubt_stands_at_its_sentence_while_it_is_written_too() -> None:
    assert f"not borne out: {DOUBT}" in Page(render.render_so_far(written(DOUBT))).text


def test_writing_is_a_step_from_its_first_event_on_and_counts_once() -> None:
    """While it goes on its event comes again, with the time so far."""
    events = [Event("retrieve", 10.0), Event("read", 20.0)]
    assert "Writing" not in Page(render_events(events)).text
    events += [Event("write", 500.0), Event("write", 900.0)]
    assert Page(render_events(events)).text == "Searching 10 msReading 20 msWriting 900 msChecking "
    assert 'aria-current="step">Writing' in render_events(events)
    events += [Event("compose", 70.0, written())]
    assert Page(render_events(events)).text == "Searching 10 msReading 20 msWriting 900 msChecking 70 msTotal 1.0 s"


def test_a_model_that_reads_a_question_on_is_a_step_before_all() -> None:
    events = [Event("reread", 300.0), Event("reread", 600.0)]
    assert Page(render_events(events)).text == "Understanding 600 msSearching Reading Checking "
    assert 'aria-current="step">Understanding' in render_events(events)
    assert Page(render_events([*events, Event("retrieve", 10.0)])).text.startswith(
        "Understanding 600 msSearching 10 ms"
    )
