"""Feedback that readers give on the page: the signed answer comes back with a verdict, and is kept in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import gradio as gr

from qa.errors import FeedbackInvalid, QAError
from qa.types import Verdict
from ui.api import visitor
from ui.fields import escape
from ui.limits import Limiter, TooMany
from ui.parts import PRIVATE, panel
from ui.signing import read_signed

if TYPE_CHECKING:
    from qa.library import Library


def feedback_from(shown: gr.HTML, library: Library, limiter: Limiter) -> None:
    """Has the panel of answers take feedback; scripts/feedback.js puts the reply into the form that it came from."""
    reply = panel("", "feedback-panel")

    def give(event: gr.EventData, request: gr.Request) -> str:
        return take_feedback(event._data, library, limiter, visitor(request))

    shown.feedback(give, outputs=reply, concurrency_limit=4, **PRIVATE)


def take_feedback(sent: Any, library: Library, limiter: Limiter, who: str) -> str:
    """What becomes of what the browser sent, as HTML; only an answer that was signed here is kept."""
    values: dict[str, Any] = sent if isinstance(sent, dict) else {}
    try:
        if wait := limiter.take(who):
            raise TooMany(f"that is too much at once; send it again in {wait} seconds")
        answer = read_signed(values.get("answer"), library.signing_key())
        verdict, sentence, note = cast(Verdict, values.get("verdict")), values.get("sentence"), values.get("note")
        if not isinstance(note, str):
            raise FeedbackInvalid("the note is no text; write one, or none")
        kept = library.give_feedback(answer, verdict, sentence=sentence, note=note)
    except QAError as error:
        return _reply(values, str(error), kind="problem")
    return _reply(
        values, f"Kept in this library as feedback {kept.id}. Export it with: qa feedback export", kind="kept"
    )


def _reply(values: dict[str, Any], text: str, *, kind: str) -> str:
    """The text, for the form with the number that was sent along."""
    number = values.get("form")
    return f'<p class="{kind}" data-form="{number if type(number) is int else 0}">{escape(text)}</p>'
