"""A question and its filters, as a caller gives them -> as they can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qa.errors import QuestionInvalid
from qa.types import Filters


def check_question(question: str, most: int) -> str:
    """The question without surrounding white space; QuestionInvalid when it is empty or longer than `most`."""
    question = question.encode("utf-8", "replace").decode().strip()  # lone surrogates can't be searched
    if not any(character.isalnum() for character in question):
        what = "has no words" if question else "is empty"
        raise QuestionInvalid(f"the question {what}; write what you want to know")
    if len(question) > most:
        raise QuestionInvalid(
            f"the question has {len(question):,} characters, {most:,} are allowed; "
            f"shorten it, or add the text as an article and ask about it"
        )
    return question


def mend_filters(filters: Filters | None) -> Filters | None:
    """The filters with lone surrogates replaced as in the fields of articles (qa/records.py): no index takes them."""
    if filters is None:
        return None
    return replace(
        filters,
        publishers=_mend_all(filters.publishers),
        languages=_mend_all(filters.languages),
        article_ids=_mend_all(filters.article_ids),
    )


def _mend_all(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in texts)
