"""Files of records -> records: JSON lines, JSON, CSV and Parquet, each record brought to our own field names."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import IO, Any

from qa.errors import ArticleUnreadable
from qa.parquet import read_rows
from qa.settings import Settings

ROLES = {  # what a field may be called; the first that a record has counts
    "text": ("text", "body", "content", "article", "articlebody", "article_body", "maintext"),
    "title": ("title", "headline"),
    "url": ("url", "link", "canonical"),
    "published": ("published", "published_at", "publishedat", "date", "publish_date", "datepublished", "pubdate"),
    "publisher": ("publisher", "source", "site", "outlet"),
    "author": ("author", "authors", "byline"),
    "language": ("language", "lang"),
    "id": ("id", "guid", "uuid"),
}
WHOLE_BYTES = 200_000_000  # of what can't be read as a stream: a .json file, an archive within an archive
QUICK_BYTES = 4_000_000  # of JSON: parsed, they take a hundred megabytes at most
MOST_VALUES = 1_000_000  # in a line of JSON that is longer


def read_records(stream: IO[bytes], source: str, kind: str, settings: Settings) -> Iterator[dict[str, Any] | str]:
    """The records as a stream; a text says what is wrong with one. Many errors may come out: BROKEN in containers."""
    if kind in (".jsonl", ".ndjson"):
        return _json_lines(stream, settings.max_article_bytes)
    if kind == ".json":
        return _json_records(stream, source, settings)
    if kind == ".parquet":
        return read_rows(stream, settings)
    return _csv_rows(stream, "\t" if kind == ".tsv" else None, settings.max_article_bytes)


def canonical(record: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, str]:
    """The record's values by role."""
    lower = {str(name).strip().lower(): value for name, value in record.items()}
    values: dict[str, str] = {}
    for role, names in ROLES.items():
        wanted = (fields[role],) if role in fields else names
        found = (_as_text(record.get(name, lower.get(name.lower()))) for name in wanted)
        values[role] = next((text for text in found if text), "")
    return {role: text for role, text in values.items() if text}


def check_roles(fields: Mapping[str, str], source: str) -> Mapping[str, str]:
    unknown = sorted(set(fields) - set(ROLES))
    if unknown:
        reason = f"is given a field {unknown[0]}, which is no role"
        raise ArticleUnreadable(source, reason, f"the roles are: {', '.join(ROLES)}")
    return fields


def check_columns(fields: Mapping[str, str], record: Mapping[str, Any], source: str) -> None:
    known = {str(name).strip().lower() for name in record}
    missing: Iterable[str] = (column for column in fields.values() if column.lower() not in known)
    for column in missing:
        columns = ", ".join(map(str, list(record)[:20]))
        raise ArticleUnreadable(source, f"has no column {column}", f"its columns are: {columns}")


def find_records(data: bytes) -> Iterator[dict[str, Any] | str]:
    """Of one JSON object, of a list of them, or of an object that holds one such list; ValueError if it is none."""
    value = _load(data)
    if isinstance(value, dict):
        lists = [item for item in value.values() if isinstance(item, list) and item and isinstance(item[0], dict)]
        value = lists[0] if len(lists) == 1 and not canonical(value, {}).get("text") else [value]
    if not isinstance(value, list):
        raise ValueError("it is no JSON object or list of objects")
    for item in value:
        yield item if isinstance(item, dict) else "is no object"


def _json_lines(stream: IO[bytes], most: int) -> Iterator[dict[str, Any] | str]:
    while line := stream.readline(4 * most):
        if line.strip(b"\xef\xbb\xbf \t\r\n"):
            yield _parse(line)


def _json_records(stream: IO[bytes], source: str, settings: Settings) -> Iterator[dict[str, Any] | str]:
    data = stream.read(WHOLE_BYTES + 1)
    if len(data) > WHOLE_BYTES:
        raise ArticleUnreadable(
            source, f"is larger than {WHOLE_BYTES:,} bytes", "make it a .jsonl file: one record a line"
        )
    return find_records(data) if len(data) <= QUICK_BYTES else read_rows(io.BytesIO(data), settings, "json")


def _csv_rows(stream: IO[bytes], delimiter: str | None, most: int) -> Iterator[dict[str, Any] | str]:
    csv.field_size_limit(most)
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="replace", newline="")
    try:
        head = text.readline(1_000_000)
        chosen = delimiter or max(",;\t", key=head.count)
        columns = next(csv.reader([head], delimiter=chosen), [])
        for row in csv.reader(text, delimiter=chosen):
            if row:
                yield dict(zip(columns, row, strict=False))
    except csv.Error as error:
        yield f"can't be read as CSV ({error})"
    finally:
        text.detach()  # who opened the stream closes it


def _parse(line: bytes) -> dict[str, Any] | str:
    if len(line) > QUICK_BYTES and line.count(b",") + line.count(b"[") + line.count(b"{") > MOST_VALUES:
        return f"may hold more than {MOST_VALUES:,} values"  # which would fill the memory
    try:
        value = _load(line)
    except ValueError as error:
        return f"is no JSON ({error})"
    return value if isinstance(value, dict) else "is no JSON object"


def _load(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig", "replace"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _as_text(value: Any) -> str:
    """A field's value as text: of an object its name, of a list all of it."""
    if isinstance(value, Mapping):
        return _as_text(value.get("name") or value.get("title"))
    if isinstance(value, list | tuple):
        return ", ".join(text for text in map(_as_text, value) if text)
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | bytes):
        return ""
    if isinstance(value, str):  # a lone half of a surrogate pair, which JSON can hold, can't be stored
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return str(value)[:100]
