"""The log of a served page: a line of JSON, or of text, for each answer and each warning, on standard error.

No line holds words of a question or an article, unless questions are asked for: of an error, its kind and its place.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from ui.watching import Asked

Form = Literal["json", "text"]
SERVERS = ("uvicorn", "uvicorn.error", "uvicorn.access")  # which have handlers of their own

log = logging.getLogger(__name__)


class Lines(logging.Formatter):
    """A record as one line: its time, level and event, then what it tells of."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._write = _as_json if form == "json" else _as_text

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", None) or _plain(record)
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return self._write({"time": when, "level": record.levelname.lower(), **fields})


def start_log(form: Form) -> logging.Handler:
    """Has all that is logged in this process written so, from warnings on; returns what writes it."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines(form))
    logging.getLogger().addHandler(handler)
    log.setLevel(logging.INFO)
    return handler


def log_servers() -> None:
    """Has the web server's own log written the same way, once it has begun."""
    for name in SERVERS:
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True


def answer_log(*, questions: bool) -> Callable[[Asked], None]:
    """What logs a question that is over, with its words or without."""

    def tell(asked: Asked) -> None:
        fields = answer_fields(asked) | ({"question": asked.question} if questions else {})
        log.info("answer", extra={"fields": fields})

    return tell


def answer_fields(asked: Asked) -> dict[str, Any]:
    """What a line says of a question that is over; no words of it or of an article."""
    steps = {step.stage: step.milliseconds for step in asked.steps}
    fields: dict[str, Any] = {
        "event": "answer",
        "request_id": asked.origin.request_id,
        "kind": asked.origin.kind,
        "outcome": asked.outcome,
        "milliseconds": {**steps, "total": round(1000 * (asked.ended - asked.began), 1)},
    }
    if asked.answer:
        fields |= {
            "revision": asked.answer.provenance.revision,
            "confidence": round(asked.answer.confidence, 3),
            "sentences": len(asked.answer.sentences),
            "citations": len(asked.answer.citations),
            "disagreements": len(asked.answer.disagreements),
            "withheld": len(asked.answer.withheld),
        }
    return fields


def _plain(record: logging.LogRecord) -> dict[str, Any]:
    """Any other record; of an error that came with it the kind and the place, as its message may quote."""
    fields = {"event": "message", "logger": record.name, "message": record.getMessage()}
    kind, error, _ = record.exc_info or (None, None, None)
    if kind is None or error is None:
        return fields
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return {**fields, "error": kind.__name__, "places": places}


def _as_json(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields)


def _as_text(fields: Mapping[str, Any]) -> str:
    """The same as name=value, after the time, the level and the event."""
    values = dict(fields)
    head = " ".join(str(values.pop(name)) for name in ("time", "level", "event"))
    flat = {**values, **{f"milliseconds.{name}": spent for name, spent in values.pop("milliseconds", {}).items()}}
    flat.pop("milliseconds", None)
    return " ".join([head, *(f"{name}={_as_word(value)}" for name, value in flat.items())])


def _as_word(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if text and text.isascii() and text.isprintable() and not set(text) & set(' "=') else json.dumps(value)
