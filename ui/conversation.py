"""A conversation as HTML, and what a browser sends of it: pure functions, nothing that comes back is trusted."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from qa.errors import AnswerInvalid
from qa.types import Answer, Check, CheckState, KeptAnswer, Rewriting, Span
from ui.fields import escape, escape_field, write_date
from ui.render import mark_spans, render_answer, render_error, render_so_far
from ui.signing import read_signed, sign_answer

MOST_TURNS = 10
MOST_SIGNED = 1_000_000  # characters of all turns together: a browser keeps a few million for a tab

# "new" goes on from the turns before, "read" and "written" are asked as they stand, "arrive" opens the page.
How = Literal["new", "read", "written", "arrive", "nothing"]
_HOW: dict[str, How] = {"new": "new", "read": "read", "written": "written", "arrive": "arrive"}
_STATES: dict[CheckState, str] = {
    "valid": "still holds",
    "moved": "stands at another place of the article now",
    "changed": "is not in the newest version of the article",
    "gone": "was taken out with its article",
    "misnamed": "is said to be of another title, publisher, date or address than its article's",
    "reworded": "is a sentence that doesn't say what it cites",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer of the conversation, as the page hands it out; `signed` is empty for one too long to come back.

    What was withheld of it goes to no browser; why does.
    """

    answer: Answer
    signed: str

    @classmethod
    def of(cls, answer: Answer, key: bytes) -> Turn:
        answer = replace(answer, withheld=tuple(replace(item, text="") for item in answer.withheld))
        signed = sign_answer(answer, key)
        return cls(answer, signed if len(signed) <= MOST_SIGNED else "")


@dataclass(frozen=True, slots=True)
class Asking:
    """What a browser sends: a question or its arrival, the signed turns so far, oldest first, what the address names.

    `anew` tells an address that was followed from a page that was reloaded.
    """

    how: How = "nothing"
    question: str = ""
    signed: tuple[object, ...] = ()
    kept: str = ""
    anew: bool = False


def read_asking(sent: Any) -> Asking:
    """What the browser sent, with nothing in it that has the wrong kind."""
    values: dict[str, Any] = sent if isinstance(sent, dict) else {}
    turns = values.get("turns")
    return Asking(
        how=_HOW.get(_text(values.get("how")), "nothing"),
        question=_text(values.get("question")).strip(),
        signed=tuple(turns[-MOST_TURNS:]) if isinstance(turns, list) else (),
        kept=_text(values.get("kept")).strip(),
        anew=values.get("anew") is True,
    )


def read_turns(signed: Sequence[object], key: bytes) -> list[Turn | None]:
    """The turns that were signed with that key; None in the place of anything else."""
    turns: list[Turn | None] = []
    room = MOST_SIGNED
    for item in reversed(signed):
        room -= len(item) if isinstance(item, str) else 0
        if room < 0:
            break
        try:
            turns.append(Turn(read_signed(item, key), str(item)))
        except AnswerInvalid:
            turns.append(None)
    return turns[::-1]


def render_turn(turn: Turn) -> str:
    """The answer, with a button that keeps it (scripts/conversation.js)."""
    keep = ""
    if turn.signed:
        keep = '<div class="keeping"><button type="button" class="keep" data-keep>Keep this answer</button></div>'
    return f'<div class="turn">{render_answer(turn.answer, signed=turn.signed)}{keep}</div>'


def render_beginning(so_far: Answer) -> str:
    """What is written of an answer so far, in the place of its turn: what the browser shows of it stays."""
    return f'<div class="turn">{render_so_far(so_far)}</div>'


def render_earlier(turns: Sequence[Turn], left_out: int = 0) -> str:
    """Turns, oldest first, as a list that is folded, newest first; and how many were no answers of this library."""
    told = ""
    if left_out:
        what = "answer of this conversation was" if left_out == 1 else "answers of this conversation were"
        told = render_error(
            f"{left_out} {what} left out: altered since, made by another library, or of an article that was deleted."
        )
    if not turns:
        return told
    folded = "".join(_fold(turn) for turn in reversed(turns))
    return f'{told}<section class="earlier" aria-labelledby="earlier"><h2 id="earlier">Earlier</h2>{folded}</section>'


def _fold(turn: Turn) -> str:
    said = "Answered" if turn.answer.status == "answered" else "No answer"
    summary = f"{escape_field(turn.answer.question)} <span>{said}</span>"
    return f"<details><summary>{summary}</summary>{render_turn(turn)}</details>"


def render_rewriting(rewriting: Rewriting) -> str:
    """What was written, the words that were read as others marked, and what each stands for; empty without changes."""
    if not rewriting.changes:
        return ""
    marked = mark_spans(rewriting.asked, _find_changed(rewriting))
    changes = "".join(
        f"<li><mark>{escape_field(words)}</mark> is read as <mark>{escape_field(meant)}</mark></li>"
        for words, meant in rewriting.changes
    )
    by = f"<p>Read by the language model {escape_field(rewriting.by)}.</p>" if rewriting.by else ""
    # Not by `escape`, which spells some characters out: this is what was written, to be asked again.
    written = html.escape(rewriting.asked)
    return (
        f'<div class="rewriting" role="status" data-written="{written}"><p>You wrote: <q dir="auto">{marked}</q></p>'
        f"<ul>{changes}</ul>{by}</div>"
    )


def _find_changed(rewriting: Rewriting) -> list[Span]:
    spans, at = [], 0
    for words, _ in rewriting.changes:
        found = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)").search(rewriting.asked, at)
        if found and words:
            at = found.end()
            spans.append(found.span())
    return spans


def render_kept(kept: KeptAnswer, checks: Sequence[Check], turn: Turn) -> str:
    """A kept answer as it was, when it was kept, and how many of its quotations still hold."""
    held = sum(check.state == "valid" for check in checks)
    holds = f"{held} of {len(checks)} quotations still hold." if checks else "It quotes nothing."
    lost = "".join(
        f"<li>[{check.citation.number}] {escape_field(check.citation.name)}: {_STATES[check.state]}.</li>"
        for check in checks
        if check.state != "valid"
    )
    when = f"{write_date(kept.kept.date())}, {kept.kept:%H:%M} UTC"
    return (
        f'<div class="kept"><p class="kept-state">Kept on {when}, shown as it was then. {holds}</p><ul>{lost}</ul>'
        f"{render_answer(turn.answer, signed=turn.signed)}</div>"
    )


def render_kept_link(id: str) -> str:
    """The address of an answer that has just been kept; the script completes what is copied."""
    address = f"?a={escape(id)}"
    return (
        f'<p class="kept-link" role="status">Kept. <a href="{address}">Link to this kept answer</a> '
        f'<button type="button" class="copy-text" data-address="{address}">Copy the link</button></p>'
    )


def render_kept_reply(told: str, press: Any) -> str:
    """What became of keeping an answer; the script moves it to the button whose press it was, by its number."""
    number = press if type(press) is int and press >= 0 else 0
    return f'<div class="kept-reply" data-press="{number}">{told}</div>'


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
