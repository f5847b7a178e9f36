"""What people said of answers, kept in the ledger: no revision is published for it, and no rebuild touches it.

It takes one short transaction, so it can be given while another process adds articles.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, get_args

import sqlalchemy as sa

from qa.databases import for_writing
from qa.errors import FeedbackInvalid
from qa.formats import answer_from_json, answer_to_dict
from qa.kept import check_articles
from qa.schema import feedback, kept_answers, revisions
from qa.types import Answer, Feedback, Verdict

MOST_NOTE = 2_000  # characters
VERDICTS: tuple[str, ...] = get_args(Verdict)
HALVES = re.compile("[\ud800-\udfff]")  # of characters: no database and no file can hold them
LARGEST = 2**63  # no id reaches it


class GivenFeedback:
    """The table of feedback; every method is one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine, self._writer = engine, for_writing(engine)

    def give(self, answer: Answer, verdict: Verdict, sentence: int | None, note: str) -> Feedback:
        """Stores it with the answer as it is.

        FeedbackInvalid, AnswerInvalid when it quotes what was purged, LibraryBusy when the ledger stays locked.
        """
        check_feedback(answer, verdict, sentence, note)
        given, note = datetime.now(UTC), HALVES.sub("\ufffd", note).strip()
        values = {
            "given": given.replace(tzinfo=None),
            "verdict": verdict,
            "sentence": sentence,
            "note": note,
            "answer": json.dumps(answer_to_dict(answer)),  # in ASCII: whatever is in a question can be stored
        }
        newest = sa.select(sa.func.max(revisions.c.number)).where(revisions.c.published_at.is_not(None))
        with self._writer.begin() as connection:
            check_articles(connection, answer)
            revision = connection.scalar(newest) or 0
            key = connection.execute(
                feedback.insert().values(**values, revision=revision).returning(feedback.c.key)
            ).scalar_one()
        return Feedback(key, given, verdict, answer, sentence, note)

    def all(self) -> list[Feedback]:
        """Everything that was given, in the order in which it came."""
        with self._engine.connect() as connection:
            return [_feedback_of(row) for row in connection.execute(sa.select(feedback).order_by(feedback.c.key))]

    def forget(self, id: int) -> None:
        """Deletes it; FeedbackInvalid when there is none with that id."""
        deleted = 0
        if 0 < id < LARGEST:
            with self._writer.begin() as connection:
                deleted = connection.execute(feedback.delete().where(feedback.c.key == id)).rowcount
        if not deleted:
            raise FeedbackInvalid(f"no feedback {id}; see: qa feedback list")


def check_feedback(answer: Answer, verdict: str, sentence: int | None, note: str) -> None:
    """FeedbackInvalid says what can't be said of that answer, and what can."""
    if verdict not in VERDICTS:
        raise FeedbackInvalid(f"the verdict can't be {verdict!r:.40}; give one of {', '.join(VERDICTS)}")
    if not answer.question.strip():
        raise FeedbackInvalid("the answer names no question; give feedback on what Library.ask returned")
    if verdict == "should-have-refused" and answer.status == "refused":
        raise FeedbackInvalid("the answer is a refusal already; say right if it should be one, else wrong")
    if len(note) > MOST_NOTE:
        raise FeedbackInvalid(f"the note has {len(note):,} characters; shorten it to {MOST_NOTE:,}")
    if sentence is not None:
        _check_sentence(answer, sentence)


def _check_sentence(answer: Answer, sentence: int) -> None:
    count = len(answer.sentences)
    if isinstance(sentence, bool) or not isinstance(sentence, int) or not 0 <= sentence < count:
        has = f"{count} sentence{'' if count == 1 else 's'}, counted from 0" if count else "no sentences"
        raise FeedbackInvalid(f"the answer has no sentence {sentence!r}: it has {has}; give none for the whole answer")


def forget_quoting(connection: sa.Connection, ids: Sequence[str]) -> None:
    """Deletes feedback and kept answers where the stored answer names one of the articles: every trace goes."""
    for table, key in ((feedback, feedback.c.key), (kept_answers, kept_answers.c.id)):
        rows = connection.execute(sa.select(key.label("key"), table.c.answer)).all()
        for row in rows:
            if any(id in row.answer for id in ids):  # those of `traced_articles`, and those of filters
                connection.execute(table.delete().where(key == row.key))


def _feedback_of(row: Any) -> Feedback:
    given = row.given.replace(tzinfo=UTC)
    return Feedback(row.key, given, row.verdict, answer_from_json(row.answer), row.sentence, row.note)
