"""A row of the ledger as a line of JSON and back, with all that a row from a stranger can't be allowed to be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from qa.feedback import VERDICTS
from qa.formats import answer_from_json
from qa.kept import ID
from qa.schema import Characters, Digest, articles, feedback, kept_answers

HASH = re.compile("[0-9a-f]{64}")
Row = dict[str, Any]


def line_of(row: Mapping[str, Any]) -> bytes:
    """The row as JSON in UTF-8; moments and days as ISO 8601, bytes by their number."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=_as_text).encode()


def row_of(line: bytes, table: sa.Table) -> Row:
    """The row that the line holds, as the table takes it; ValueError says what can't be.

    A column that the line lacks is null, as for rows written before there was one.
    """
    try:
        given = json.loads(line)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(given, dict) or not given.keys() <= set(table.c.keys()):
        raise ValueError("it isn't one of that table")
    row = {column.name: _value_of(given.get(column.name), column) for column in table.c}
    if (check := CHECKS.get(table)) is not None:
        check(row)
    return row


def binary_of(table: sa.Table) -> sa.Column[Any] | None:
    """The column whose bytes stand in a member of their own."""
    return next((column for column in table.c if isinstance(column.type, sa.LargeBinary)), None)


def _as_text(value: date) -> str:
    return value.isoformat()


def _value_of(value: Any, column: sa.Column[Any]) -> Any:
    if value is None:
        if not column.nullable:
            raise ValueError(f"it has no {column.name}")
        return None
    for kind, convert in KINDS.items():
        if isinstance(column.type, kind):
            try:
                return convert(value, column.type)
            except (TypeError, ValueError) as error:
                raise ValueError(f"its {column.name} can't be: {error}") from error
    raise TypeError(f"no rule for {column}")


def _text(value: Any, kind: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    value.encode()  # half a character can't be stored
    if isinstance(kind, sa.String) and kind.length and len(value) > kind.length:
        raise ValueError(f"longer than {kind.length} characters")
    return value


def _hash(value: Any, _: Any) -> str:
    if not isinstance(value, str) or not HASH.fullmatch(value):
        raise ValueError("no SHA-256")
    return value


def _whole(value: Any, kind: Any) -> int:
    most = 2**63 if isinstance(kind, sa.BigInteger) else 2**31
    if isinstance(value, bool) or not isinstance(value, int) or not -most <= value < most:
        raise ValueError("no number of that column")
    return value


def _length(value: Any, kind: Any) -> int:
    if _whole(value, sa.Integer()) < 0:
        raise ValueError("a negative length")
    return int(value)


def _day(value: Any, _: Any) -> date:
    return date.fromisoformat(value)


def _moment(value: Any, _: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is not None:
        raise ValueError("a moment with a time zone")
    return moment


def _spans(value: Any, _: Any) -> list[list[int]]:
    for start, end in value:
        if not 0 <= _whole(start, sa.Integer()) <= _whole(end, sa.Integer()):
            raise ValueError("no spans")
    return list(value)


# The first that fits counts: a Digest isn't stored as text.
KINDS: dict[type[Any], Callable[[Any, Any], Any]] = {
    Digest: _hash,
    sa.LargeBinary: _length,
    sa.JSON: _spans,
    sa.DateTime: _moment,
    sa.Date: _day,
    sa.Integer: _whole,
    Characters: _text,
    sa.String: _text,
}


def _check_article(row: Row) -> None:
    if row["kept"] and max(end for _, end in row["kept"]) > len(row["text"]):
        raise ValueError("it keeps more than its text has")


def _check_feedback(row: Row) -> None:
    if row["verdict"] not in VERDICTS:
        raise ValueError("its verdict is none")
    answer_from_json(row["answer"])


def _check_kept(row: Row) -> None:
    if not ID.fullmatch(row["id"]):
        raise ValueError("its id is none")
    answer_from_json(row["answer"])


CHECKS: dict[sa.Table, Callable[[Row], None]] = {
    articles: _check_article,
    feedback: _check_feedback,
    kept_answers: _check_kept,
}
