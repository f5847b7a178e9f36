"""Whether a sentence may be shown: the exact checks decide, whatever share of its words the quotations have."""

from __future__ import annotations

import pytest

from qa.settings import Settings
from qa.support import Judge
from qa.types import Article
from qa.word_support import WordVerifier
from tests.answers import quote
from tests.conftest import FERRY

ASHORE = "The ferry Aurelia ran aground off Brannock Island on Tuesday night with 140 people aboard."
FAILED = "Captain Idris Penhale said that the steering had failed without warning."


def judge(said: str, told: str, article: Article) -> str:
    """Why it may not be shown, by the settings as they come."""
    settings = Settings()
    judged = Judge(WordVerifier(), settings.least_support, settings.doubted_support)
    return judged.judge(said, [quote(article, told).quotation], {article.id: article}).reason


@pytest.mark.parametrize(
    ("said", "told", "reason"),
    [
        (ASHORE.replace(" ran ", " never ran "), ASHORE, "“never” stands on one side only"),
        (ASHORE.replace(" ran ", " plans to run "), ASHORE, "“plans” was lost or put in"),
        ("The steering had failed without warning.", FAILED, "whose claim it is was lost"),
    ],
)
def test_no_share_of_words_overrules_a_check(said: str, told: str, reason: str, ferry: Article) -> None:
    """Of a long sentence a "never" is one word in twelve, and a lost "said" none at all."""
    assert told in FERRY
    assert judge(told, told, ferry) == ""
    assert judge(said, told, ferry).startswith(reason)
