"""What a reader chooses to narrow the articles by -> `Filters`, and what an answer says of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from qa.errors import QuestionInvalid
from qa.types import Filters


def filters_of(publishers: Sequence[str], first: str, last: str, as_of: str, undated: bool) -> Filters:
    """The filters; QuestionInvalid names a field that holds no date, or a first day after the last."""
    if not isinstance(publishers, list | tuple) or not all(isinstance(name, str) for name in publishers):
        raise QuestionInvalid("the publishers to narrow by are texts; choose them again")
    days = [_day(text, field) for text, field in ((first, "From"), (last, "To"), (as_of, "As of"))]
    if days[0] and days[1] and days[0] > days[1]:
        raise QuestionInvalid(f"From ({days[0]}) is after To ({days[1]}): no article can be between them")
    return Filters(
        publishers=tuple(publishers),
        published_from=days[0],
        published_to=days[1],
        as_of=days[2],
        include_undated=undated,
    )


def _day(text: str, field: str) -> date | None:
    text = (text or "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10] if text[10:11] in (" ", "T") else text)
    except ValueError as error:
        raise QuestionInvalid(f"{field} is {text!r}, which is no day; write it as 2026-02-14") from error


def describe_filters(values: Iterable[tuple[str, Any]]) -> str:
    """What an answer's filters left, as in "of The Herald, published from 2026-02-01"; empty when they left all."""
    given = dict(values)
    parts = [f"of {', '.join(given['publishers'])}"] if given.get("publishers") else []
    parts += [f"in {', '.join(given['languages'])}"] if given.get("languages") else []
    parts += [f"among {len(given['article_ids']):,} that were named"] if given.get("article_ids") else []
    words = {"published_from": "published from", "published_to": "published to", "as_of": "known as of"}
    parts += [f"{said} {given[name]}" for name, said in words.items() if given.get(name)]
    return ", ".join(parts)
