"""Answers that somebody kept, to be shown again as they were: in the ledger, beside what is published.

An id is made of the answer and the library's signing key: the same answer has the same one, and nobody can guess it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from qa.databases import for_writing
from qa.errors import AnswerInvalid, AnswerMissing
from qa.formats import answer_from_json, answer_to_dict
from qa.schema import articles, in_groups, kept_answers
from qa.traces import traced_articles
from qa.types import Answer, KeptAnswer

PURPOSE = b"kept answer\0"  # so that an id, which is shown around, is no part of any signature
DIGITS = 32  # hexadecimal, of an id
ID = re.compile(f"[0-9a-f]{{{DIGITS}}}")


class KeptAnswers:
    """The table of kept answers; every method is one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine, self._writer = engine, for_writing(engine)

    def keep(self, answer: Answer, key: bytes) -> str:
        """The id of the answer, which is stored unless it is already; AnswerInvalid when it quotes what was purged."""
        text = json.dumps(answer_to_dict(answer))  # in ASCII: whatever is in a question can be stored
        id = hmac.new(key, PURPOSE + text.encode(), hashlib.sha256).hexdigest()[:DIGITS]
        # In the transaction that stores it: a purge comes before it, and is seen, or after it, and deletes it.
        with self._writer.begin() as connection:
            check_articles(connection, answer)
            if connection.scalar(sa.select(kept_answers.c.id).where(kept_answers.c.id == id)) is None:
                now = datetime.now(UTC).replace(tzinfo=None)
                connection.execute(kept_answers.insert().values(id=id, kept=now, answer=text))
        return id

    def is_whole(self, answer: Answer) -> bool:
        """Whether `keep` would take the answer: something is left of each article that it has words of."""
        with self._engine.connect() as connection:
            return is_whole(connection, answer)

    def get(self, id: str) -> KeptAnswer:
        """The answer with that id; AnswerMissing when there is none."""
        row = None
        if ID.fullmatch(id):
            with self._engine.connect() as connection:
                row = connection.execute(sa.select(kept_answers).where(kept_answers.c.id == id)).first()
        if row is None:
            raise _missing(id)
        return _kept_of(row)

    def all(self) -> list[KeptAnswer]:
        """Every kept answer, in the order in which they were kept."""
        order = (kept_answers.c.kept, kept_answers.c.id)
        with self._engine.connect() as connection:
            return [_kept_of(row) for row in connection.execute(sa.select(kept_answers).order_by(*order))]

    def forget(self, id: str) -> None:
        """Deletes it; AnswerMissing when there is none with that id."""
        deleted = 0
        if ID.fullmatch(id):
            with self._writer.begin() as connection:
                deleted = connection.execute(kept_answers.delete().where(kept_answers.c.id == id)).rowcount
        if not deleted:
            raise _missing(id)


def check_articles(connection: sa.Connection, answer: Answer) -> None:
    """AnswerInvalid when the answer has words of an article of which nothing is left: every trace goes with it."""
    if not is_whole(connection, answer):
        raise AnswerInvalid("this answer quotes an article that is no longer here; ask the question again")


def is_whole(connection: sa.Connection, answer: Answer) -> bool:
    """Whether something is left of each article that the answer has words of: what was purged does not come back."""
    named = traced_articles(answer)
    found: set[str] = set()
    for group in in_groups(sorted(named)):
        found.update(connection.scalars(sa.select(articles.c.id).where(articles.c.id.in_(group))))
    return named <= found


def _missing(id: str) -> AnswerMissing:
    return AnswerMissing(f"no kept answer {id:.{2 * DIGITS}}; see: qa answers list")


def _kept_of(row: Any) -> KeptAnswer:
    return KeptAnswer(row.id, row.kept.replace(tzinfo=UTC), answer_from_json(row.answer))
