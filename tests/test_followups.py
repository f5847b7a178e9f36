"""What a question means after others: "he", "there", "and in 2024?"."""

from __future__ import annotations

from dataclasses import replace
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.followups import read_followups
from qa.followups import notes_of, rewrite_question
from qa.library import Library
from qa.types import Answer, Provenance, Sentence


def answered(question: str, text: str = "", words: str = "") -> Answer:
    """The answer that says the text, in which the words answer the question; without a text a refusal."""
    if not text:
        return Answer(question, "refused")
    at = text.index(words)
    return Answer(question, "answered", (Sentence(text, 0, len(text), (1,), emphasis=((at, at + len(words)),)),))


SONG = answered(
    "Which song did Nicolás Maduro sing at the rally?",
    "Venezuelan President Nicolás Maduro sang John Lennon's “Imagine” at a rally on Saturday.",
    "Imagine",
)
CAMPAIGN = answered(
    "What is the American pressure campaign called?",
    "The campaign, Operation Southern Spear, is aimed at Caracas.",
    "Operation Southern Spear",
)
FERRY = answered(
    "Why did the ferry sink?",
    "The ferry Aurelia sank off Brannock Island because two lorries broke loose, its captain, Idris Penhale, told "
    "Orlin Shipping.",
    "two lorries broke loose",
)
BOATS = answered("How many boats did the U.S. destroy in 2025?", "The U.S. destroyed nine boats.", "nine")
WINNER = answered("Who won the election?", "Clara Hale of the Civic Union won the election in Vaudrelle.", "Clara Hale")
PLACE = answered("Where did the Havlind sink?", "The Havlind sank in Osservik.", "in Osservik")
_ARREST = "The manager, Birgit Aas, was arrested on 6 June."
ASKED_WHO = answered("Who is Birgit Aas?", _ARREST, "The manager")
WHO_WAS = answered("Who was arrested on 6 June?", _ARREST, "The manager")
CUBA = answered("What did Cuba do?")
HELP = answered("What did Nicolás Maduro ask Russia for?")
SHIP = answered("Was the Swedish ship repaired?")


@pytest.mark.parametrize(
    ("before", "question", "read"),
    [
        (SONG, "When did he resign?", "When did Nicolás Maduro resign?"),
        (ASKED_WHO, "Why was she arrested?", "Why was Birgit Aas arrested?"),
        (WHO_WAS, "Why was she arrested?", "Why was Birgit Aas arrested?"),
        (CUBA, "Who is her lawyer?", "Who is her lawyer?"),
        (CUBA, "Has he asked Russia for help?", "Has he asked Russia for help?"),
        (HELP, "And China?", "What did Nicolás Maduro ask China for?"),
        (SONG, "Who wrote it?", "Who wrote Imagine?"),
        (SONG, "What did he say about Trump?", "What did Nicolás Maduro say about Trump?"),
        (SONG, "Did Rubio meet him?", "Did Rubio meet Nicolás Maduro?"),
        (SONG, "Did he say he would go?", "Did Nicolás Maduro say he would go?"),
        (SONG, "How old is his wife?", "How old is Nicolás Maduro's wife?"),
        (CAMPAIGN, "When did that operation begin?", "When did Operation Southern Spear begin?"),
        (CAMPAIGN, "How many ships take part in it?", "How many ships take part in Operation Southern Spear?"),
        (FERRY, "How old is the captain?", "How old is Idris Penhale?"),
        (FERRY, "What did the company say?", "What did Orlin Shipping say?"),
        (FERRY, "Was its captain drunk?", "Was the ferry's captain drunk?"),
        (FERRY, "How deep is the sea there?", "How deep is the sea in Brannock Island?"),
        (BOATS, "Where were they sunk?", "Where were the boats sunk?"),
        (WINNER, "Where does she live?", "Where does Clara Hale live?"),
        (PLACE, "How many people live there?", "How many people live in Osservik?"),
    ],
)
def test_words_are_read_as_what_they_stand_for(before: Answer, question: str, read: str) -> None:
    assert rewrite_question(question, [before]).question == read


@pytest.mark.parametrize(
    ("before", "fragment", "read"),
    [
        (FERRY, "Why?", ""),
        (FERRY, "When?", "When did the ferry sink?"),
        (FERRY, "And where exactly?", "Where did the ferry sink?"),
        (FERRY, "When was that?", "When did the ferry sink?"),
        (SONG, "When?", "When did Nicolás Maduro sing Imagine at the rally?"),
        (SONG, "What about Trump?", "Which song did Trump sing at the rally?"),
        (BOATS, "And in 2024?", "How many boats did the U.S. destroy in 2024?"),
        (BOATS, "In March?", "How many boats did the U.S. destroy in March 2025?"),
        (BOATS, "What about Norway?", "How many boats did Norway destroy in 2025?"),
        (BOATS, "Why?", "Why did the U.S. destroy the boats in 2025?"),
        (WINNER, "Why?", "Why did Clara Hale win the election?"),
        (WINNER, "Who else?", "Who else won the election?"),
        (SHIP, "Why not?", "Why wasn't the Swedish ship repaired?"),
        (SHIP, "What about the Norwegian one?", "Was the Norwegian ship repaired?"),
        (answered("Who won the first round?"), "And the second?", "Who won the second round?"),
        (answered("Tell me about the ferry."), "Why?", ""),
        (answered("What is known about the ferry that sank?"), "And in 2024?", ""),
    ],
)
def test_a_fragment_is_made_whole_or_left(before: Answer, fragment: str, read: str) -> None:
    assert rewrite_question(fragment, [before]).question == (read or fragment)


@pytest.mark.parametrize(
    "question",
    [
        "Is it true that Maduro sang?",
        "What time is it?",
        "How long did it take to raise a wreck?",
        "Is it raining in Caracas?",
        "Is there a port in Osservik?",
        "How many ships are there?",
        "What is there to see in Sallow?",
        "Did Maduro say he would resign?",
        "What did Maduro say when he was asked?",
        "In his speech, what did Pellime promise?",
        "Which ships that company owns sank?",
        "Who said that operations were stopped?",
        "Why did a rescue chopper break off its mission?",
        "Who sang “Where is he now”?",
        "What does 'she loves it' mean?",
        "Which drivers lost their jobs?",
        "Did anybody say what he wanted?",
        "What did the mayor of Stolvar say?",
        "Who is the captain of the Havlind?",
        "What happened in 2024?",
        "Which country shipped drones, and why did it do so?",
        "Who is the president?",
        "What did the IT department say?",
        "Until when can the offer be accepted?",
    ],
)
@pytest.mark.parametrize("before", [SONG, CAMPAIGN, FERRY, BOATS, WINNER, PLACE])
def test_a_question_that_stands_on_its_own_stays(before: Answer, question: str) -> None:
    assert rewrite_question(question, [before]) == rewrite_question(question, [])


def test_questions_that_must_stay_do_in_the_middle_of_their_conversations() -> None:
    """Those of the evaluation, after refusals of the questions before them."""
    items = [item for item in read_followups() if item.split == "dev" and item.stays]
    assert len(items) >= 15
    for item in items:
        assert item.is_right(rewrite_question(item.question, [answered(text) for text in item.before])), item.id


def test_a_man_is_no_she() -> None:
    assert rewrite_question("Where was she born?", [SONG]).changes == ()


def test_initials_are_no_he() -> None:
    assert rewrite_question("Where did he go?", [BOATS]).changes == ()


def test_who_was_asked_about_before_is_meant_when_the_last_question_names_nobody() -> None:
    """The rain is no "he"; the question before the last one has somebody who is."""
    rain = answered("How much rain fell on Sunday?")
    assert rewrite_question("What did he sing?", [SONG, rain]).question == "What did Nicolás Maduro sing?"


def test_a_rewriting_tells_what_it_changed() -> None:
    rewriting = rewrite_question("When did he resign?", [SONG])
    assert (rewriting.asked, rewriting.changes) == ("When did he resign?", (("he", "Nicolás Maduro"),))
    assert notes_of(rewriting) == ('Read "he" as "Nicolás Maduro", from the question before.',)


texts = st.text(max_size=60) | st.lists(
    st.sampled_from("Who did he it there that the ferry Maduro's say ? , in 2024 What about and Why “ ' of".split()),
    max_size=12,
).map(" ".join)


@given(texts, st.lists(st.tuples(texts, texts), max_size=6))
def test_no_text_breaks_it(question: str, before: list[tuple[str, str]]) -> None:
    history = [answered(asked, text, text[:3]) for asked, text in before]
    rewriting = rewrite_question(question, history)
    assert rewriting.asked == question
    assert bool(rewriting.changes) == (rewriting.question != question)
    assert rewrite_question(question, []).question == question


def test_long_histories_and_texts_cost_no_more_than_short_ones() -> None:
    """Histories come from browsers; only the last few answers are looked at, and of each a beginning."""
    long = answered("Who is the captain? " * 5_000, "The captain, Idris Penhale, said it. " * 5_000, "Idris")
    started = thread_time()
    rewrite_question("What did he say there?", [long] * 1_000)
    rewrite_question("he it there that " * 20, [SONG] * 1_000)
    assert thread_time() - started < 2


def test_an_answer_says_how_its_question_was_read(library: Library) -> None:
    before = library.ask("What did Captain Idris Penhale say?", strictness=0)
    answer = library.ask("What did he say about the steering?", strictness=0, history=[before])
    assert answer.question == "What did Captain Idris Penhale say about the steering?"
    assert answer.notes[0] == 'Read "he" as "Captain Idris Penhale", from the question before.'


@pytest.mark.parametrize("question", ["What did he say of the steering?", "Why?", "What about the ferry?"])
def test_without_earlier_questions_the_answer_is_the_same(library: Library, question: str) -> None:
    plain, given = (
        replace(library.ask(question, strictness=0, **history), provenance=Provenance())
        for history in ({}, {"history": ()})
    )
    assert plain == given
    assert (plain.question, library.rewrite(question, []).changes) == (question, ())
