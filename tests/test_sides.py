"""Values are sides only of one thing, and what words tell is compared too."""

from __future__ import annotations

import pytest

from qa.english.referents import counts_people
from qa.english.values import find_values
from tests.test_compose import article, candidate, compose, texts

TOLL = "The fire in Lindholm killed eight."


@pytest.mark.parametrize(
    ("other", "answer", "differ"),
    [
        ("The fire in Lindholm killed nine workers.", "nine", True),
        ("The fire in Lindholm killed nine.", "nine", True),
        ("The fire in Lindholm destroyed 140 houses.", "140", False),
        ("Damage by the fire in Lindholm was put at 2 million crowns.", "2 million", False),
        ("The fire in Lindholm cost 2,000 shekels.", "2,000", False),
    ],
)
def test_a_toll_is_of_people(other: str, answer: str, differ: bool) -> None:
    a, b = article("a", TOLL), article("b", other)
    made = compose(
        "What is the death toll of Lindholm?",
        candidate(a, TOLL, "eight", 3.0),
        candidate(b, other, answer, 2.5),
        articles=(a, b),
    )
    assert bool(made.disagreements) == differ


def test_numbers_of_different_things_are_no_sides() -> None:
    a, b = article("a", "The storm destroyed 140 houses."), article("b", "The storm destroyed 37 cars.")
    one, other = candidate(a, a.text, "140 houses", 3.0), candidate(b, b.text, "37 cars", 2.5)
    assert compose("What did the storm destroy?", one, other, articles=(a, b)).disagreements == ()


@pytest.mark.parametrize(
    "words",
    ["2 million crowns", "500 kroner", "3,000 kronor", "40 forint", "12 zlotys", "90 Turkish lira", "5 million dinars",
     "70 rand", "20 pesos", "30 riyals", "4 francs"],
)  # fmt: skip
def test_currencies_without_a_sign_are_money(words: str) -> None:
    (value,) = find_values(f"It cost {words} in all.")
    assert (value.kind, value.text) == ("money", words)


def test_people_are_told_from_things() -> None:
    assert all(map(counts_people, ["workers", "people", "women", "residents", "lawyers"]))
    assert not any(map(counts_people, ["houses", "boats", "homes", "crowns"]))


UNION = "The union demanded a raise of 11 percent and a fourth week of holiday."


@pytest.mark.parametrize(
    ("other", "words", "sides"),
    [
        ("The union demanded a raise of 12 percent.", "a raise of 12 percent", ["11 percent", "12 percent"]),
        ("The union demanded a 12 percent raise.", "a 12 percent raise", ["11 percent", "12 percent"]),
        ("The union demanded a raise of about 11 percent.", "a raise of about 11 percent", []),
        ("The union demanded a seat for 30 percent of women.", "a seat for 30 percent of women", []),
        ("The union demanded an apology.", "an apology", []),
    ],
)
def test_companions_that_tell_otherwise_of_one_thing_are_sides(other: str, words: str, sides: list[str]) -> None:
    a, b = article("a", UNION), article("b", other)
    own = candidate(a, UNION, "a raise of 11 percent and a fourth week of holiday", 3.0)
    made = compose("What had the union demanded?", own, candidate(b, other, words, 2.5), articles=(a, b))
    assert [side.value for item in made.disagreements for side in item.sides] == sides
    assert texts(made) == [UNION, other] or not words.startswith("a raise of about")
