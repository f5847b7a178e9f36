"""The share of a sentence's words that its evidence has."""

from __future__ import annotations

import pytest

from qa.errors import SettingInvalid
from qa.models import load_verifier
from qa.settings import Settings


def test_the_share_of_the_words_is_the_support() -> None:
    """Of "ferry", "sink" and "night" the evidence has two; "sank" is "sink", small words don't count."""
    verifier = load_verifier(Settings())
    assert verifier.name == "words"
    assert verifier.supports([("The ferry sank at night.", "A ferry may sink.")]) == pytest.approx([2 / 3])
    assert verifier.supports([("It was.", "A ferry."), ("Ferries sank.", "")]) == [0.0, 0.0]


def test_there_are_two() -> None:
    with pytest.raises(SettingInvalid, match="verifier"):
        Settings(verifier="oracle")
