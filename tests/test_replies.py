"""What a model wrote, whole, broken off or wrong: the sentences in it with the numbers that they name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.replies import Written, parse_reply

OFFERED = range(1, 9)


@pytest.mark.parametrize(
    ("reply", "sentences"),
    [
        ("Lava is hot [1].", [("Lava is hot.", (1,))]),
        ("Lava is hot. [1] It flows.[2][3]", [("Lava is hot.", (1,)), ("It flows.", (2, 3))]),
        ("Lava is hot [1, 2]. It flows [3-5].", [("Lava is hot.", (1, 2)), ("It flows.", (3, 4, 5))]),
        ("[1] Lava is hot. [2] It flows.", [("Lava is hot.", (1,)), ("It flows.", (2,))]),
        ("- **Lava** is hot [S1]\n- It flows (400 km) [2]", [("Lava is hot.", (1,)), ("It flows (400 km).", (2,))]),
        ("He left on Monday [4], and came back [5].", [("He left on Monday, and came back.", (4, 5))]),
        ("A man came. He saw it. [1]", [("A man came.", (1,)), ("He saw it.", (1,))]),
        ("<think>Is it [3]?</think>Lava is hot [1].", [("Lava is hot.", (1,))]),
        ('{"sentences": [{"text": "Lava is hot.", "numbers": [1]}]}', [("Lava is hot.", (1,))]),
        ('```json\n{"sentences": [{"text": "Lava is hot.", "numbers": [1, "2"]}]}\n```', [("Lava is hot.", (1, 2))]),
        ('{"sentences": [{"text": "Lava is hot.", "numbers": [1]}, {"te', [("Lava is hot.", (1,))]),
        ("Lava is hot.", [("Lava is hot.", ())]),
    ],
)  # fmt: skip
def test_sentences_are_read_with_their_numbers(reply: str, sentences: list[tuple[str, tuple[int, ...]]]) -> None:
    assert [(written.text, written.keys) for written in parse_reply(reply, OFFERED)] == sentences


@pytest.mark.parametrize(
    "reply", ["", "  \n", "NO ANSWER", "No answer.", '"NO ANSWER"', "[1] [2]", "{}", "[]", "…", "```\n```"]
)
def test_no_answer_is_none(reply: str) -> None:
    assert parse_reply(reply, OFFERED) == []


def test_a_number_never_offered_is_removed_and_told_of() -> None:
    """A model that invents [9] when eight sentences were given cites nothing for it."""
    assert parse_reply("Lava is hot [1][9].", OFFERED) == [Written("Lava is hot.", (1,), (9,))]


def test_what_could_steer_a_page_or_a_terminal_is_taken_out() -> None:
    [written] = parse_reply("Lava\u202e is <b>hot</b> \x1b[2J [1].", OFFERED)
    assert written.text == "Lava is ‹b›hot‹/b› (2J."
    assert written.keys == (1,)


def test_an_endless_sentence_is_none() -> None:
    assert parse_reply("lava " * 1_000, OFFERED) == []


@given(st.text(max_size=200))
def test_any_reply_can_be_read(reply: str) -> None:
    for written in parse_reply(reply, OFFERED):
        assert written.text
        assert set(written.keys) <= set(OFFERED)
