"""The steps of answering as HTML: which ended and how long each took, which runs, which are to come."""

from __future__ import annotations

from collections.abc import Sequence

from qa.types import Event

STAGES = {
    "reread": "Understanding",
    "retrieve": "Searching",
    "read": "Reading",
    "write": "Writing",
    "compose": "Checking",
}
BY_MODEL = frozenset({"reread", "write"})


def render_events(events: Sequence[Event]) -> str:
    """The steps in their order, ended ones with their time, the running one marked; at the end the whole time.

    What only a language model does is shown from its first event on, which comes again while it goes on.
    """
    ended = {event.stage: event.milliseconds for event in events}
    over = bool(events) and events[-1].answer is not None
    going_on = events[-1].stage if events and events[-1].stage in BY_MODEL else ""
    stages = [stage for stage in STAGES if stage in ended or stage not in BY_MODEL]
    running = going_on or next((stage for stage in stages if stage not in ended), "")
    steps = [_step(STAGES[stage], ended.get(stage), running=not over and stage == running) for stage in stages]
    whole = sum(ended.values())
    total = f'<li class="total">Total <span class="time">{_duration(whole)}</span></li>' if over else ""
    return f'<div class="stages" role="status"><ol>{"".join(steps)}{total}</ol></div>'


def render_stopped() -> str:
    """That the reader stopped it, in the place of the steps."""
    return '<div class="stages" role="status"><p>Stopped before the answer was whole.</p></div>'


def _step(name: str, milliseconds: float | None, *, running: bool) -> str:
    time = "" if milliseconds is None else _duration(milliseconds)
    if running:  # a screen reader isn't told how its time grows
        shown = f'<span class="time" aria-hidden="true">{time or "…"}</span>'
        return f'<li class="running" aria-current="step">{name} {shown}</li>'
    state = "waiting" if milliseconds is None else "ended"
    return f'<li class="{state}">{name} <span class="time">{time}</span></li>'


def _duration(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
