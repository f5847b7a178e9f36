"""Answers that go to the browser and come back: signed, so that only what this library said counts as its answer."""

from __future__ import annotations

import hashlib
import hmac
import json

from qa.errors import AnswerInvalid
from qa.formats import answer_from_json, answer_to_dict
from qa.types import Answer

SIGNATURE = 64  # hexadecimal digits


def sign_answer(answer: Answer, key: bytes) -> str:
    """The answer's JSON, in ASCII, so that no browser alters a character of it, behind its signature."""
    text = json.dumps(answer_to_dict(answer), separators=(",", ":"))
    return _sign(text, key) + text


def read_signed(signed: object, key: bytes) -> Answer:
    """The answer that was signed with that key; AnswerInvalid for anything else."""
    if not isinstance(signed, str) or not hmac.compare_digest(
        _sign(signed[SIGNATURE:], key).encode(), signed[:SIGNATURE].encode("utf-8", "replace")
    ):
        raise AnswerInvalid("this is no answer that was given here; ask the question again")
    return answer_from_json(signed[SIGNATURE:])


def _sign(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
