"""Questions that go on from earlier ones: what "he", "there" or "that operation" stands for, by rules, no model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.english.phrasings import OWN_NAME
from qa.types import Answer, Rewriting

_PERSON = re.compile(r"\b(?:he|she|him)\b", re.IGNORECASE)


def rewrite_question(question: str, history: Sequence[Answer]) -> Rewriting:
    """The question as it reads on its own after those answers, oldest first; unchanged where nothing is to be told."""
    found = _PERSON.search(question)
    if found is None or not history or OWN_NAME.search(question):
        return Rewriting(question, question)
    names = OWN_NAME.findall(history[-1].question)
    if not names:
        return Rewriting(question, question)
    whole = f"{question[: found.start()]}{names[-1]}{question[found.end() :]}"
    return Rewriting(question, whole, ((found[0], names[-1]),))
