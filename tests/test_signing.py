"""Answers that come back from a browser count only as they were given."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import AnswerInvalid
from qa.library import Library
from qa.types import Answer
from tests.conftest import OpenLibrary
from ui.signing import SIGNATURE, read_signed, sign_answer

KEY = b"k" * 32


@given(question=st.text(), note=st.text())
def test_an_answer_comes_back_as_it_was(question: str, note: str):
    given = replace(Answer(question, "refused"), notes=(note,))
    signed = sign_answer(given, KEY)
    assert signed.isascii()
    assert read_signed(signed, KEY) == given


@pytest.mark.parametrize("value", ["", "x", "é" * 100, None, 7, {"question": "q"}, "0" * SIGNATURE + "{}"])
def test_what_was_never_signed_is_no_answer(value: object):
    with pytest.raises(AnswerInvalid, match="ask the question again"):
        read_signed(value, KEY)


def test_one_altered_character_and_another_key_are_noticed():
    signed = sign_answer(Answer("Who baked it?", "refused"), KEY)
    for altered, key in ((signed.replace("Who", "Why"), KEY), (signed, b"l" * 32)):
        with pytest.raises(AnswerInvalid):
            read_signed(altered, key)
    assert json.loads(signed[SIGNATURE:])["question"] == "Who baked it?"


def test_a_library_keeps_its_key(open_library: OpenLibrary):
    """Opened again, and by two at once, it is the same."""
    first, second = open_library(), open_library()
    key = first.signing_key()
    assert len(key) == 32
    assert second.signing_key() == key
    first.close()
    second.close()
    assert open_library().signing_key() == key


def test_of_two_processes_that_set_a_fact_the_first_does(library: Library):
    ledger = library._store.ledger
    assert [ledger.fact_once("colour", "red"), ledger.fact_once("colour", "blue")] == ["red", "red"]
    assert ledger.fact("colour") == "red"
