"""What a model wrote, whole, broken off or wrong: the sentences in it with the numbers that they name."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.replies import Written, parse_reply, read_sentences

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
        (
            '{"sentences": [{"text": "Lava is hot.\\nIt cools. ", "numbers": [1]}]}',
            [("Lava is hot.", (1,)), ("It cools.", (1,))],
        ),
        ('{"sentences": [{"text": {"a": "Lava"}, "numbers": [1]}, {"text": null, "numbers": [1]}]}', []),
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


# What replies are made of, in every order.
PARTS = [
    *("Lava is hot", "It flows", "He came on Monday", "the U.S. Navy", "Dr. Lee of St. Ives", "3.5 million", "**so**"),
    *(
        ".",
        ". ",
        "? ",
        ", ",
        " ",
        "\n",
        "[1]",
        " [2][3]",
        " [4, 5]",
        "[9]",
        "[Source 3] ",
        "[n",
        "- ",
        "1. ",
        "<",
        "“",
        "”",
    ),
]
WORDS = st.lists(st.sampled_from(PARTS), max_size=14).map("".join)
ITEMS = st.lists(
    st.builds(lambda text, numbers: {"text": text, "numbers": numbers}, WORDS, st.lists(st.integers(0, 12)))
)
REPLIES = st.one_of(
    WORDS,
    WORDS.map(lambda said: f"<think>Is it [3]?</think>{said}"),
    ITEMS.map(lambda items: json.dumps({"sentences": items}, indent=1)),
    ITEMS.map(lambda items: f"```json\n{json.dumps(items)}\n```"),
    st.tuples(ITEMS, st.integers(0, 200)).map(lambda cut: json.dumps({"sentences": cut[0]})[: cut[1]]),
)


@settings(deadline=None)
@given(REPLIES, st.integers(1, 40))
def test_a_reply_gives_the_same_sentences_while_it_comes(reply: str, size: int) -> None:
    pieces = [reply[at : at + size] for at in range(0, len(reply), size)]
    assert [written for written in read_sentences(pieces, OFFERED) if written] == parse_reply(reply, OFFERED)


@pytest.mark.parametrize(
    ("reply", "ends"),
    [
        ("Lava is hot [1]. It flows [2].", ["Lava is hot [1]. I", "Lava is hot [1]. It flows [2]."]),
        ("It is. It flows. [1]\nIt [2].", [*["It is. It flows. [1]\n"] * 2, "It is. It flows. [1]\nIt [2]."]),
        ('[{"text": "Hot.", "numbers": [1]}, {"text": "', ['[{"text": "Hot.", "numbers": [1]}']),
    ],
)
def test_a_sentence_is_read_as_soon_as_it_is_whole(reply: str, ends: list[str]) -> None:
    """With the numbers that may still follow it: a next sentence, line or item tells that none do."""
    taken: list[str] = []
    coming = (taken.append(letter) or letter for letter in reply)
    read = ["".join(taken) for written in read_sentences(coming, OFFERED) if written]
    assert read == ends


def test_numbers_without_end_take_no_time() -> None:
    for reply in (f"Lava is hot [{'1' * 5_000} x", f"Lava is hot [{'1 ' * 2_000} x", "Lava [1 " * 900):
        started = time.monotonic()
        parse_reply(reply, OFFERED)
        assert time.monotonic() - started < 2


@pytest.mark.parametrize("reply", ['[{"a":' * 1_300, '{"sentences":' + "[" * 7_000])
def test_what_is_nested_too_deeply_says_nothing(reply: str) -> None:
    assert parse_reply(reply, OFFERED) == []
    assert set(read_sentences([reply], OFFERED)) <= {None}


@given(st.text(max_size=200))
def test_any_reply_can_be_read(reply: str) -> None:
    for written in parse_reply(reply, OFFERED):
        assert written.text
        assert set(written.keys) <= set(OFFERED)
