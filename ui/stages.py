"""The steps of answering as HTML: which ended and how long each took, which runs, which are to come."""

from __future__ import annotations

from collections.abc import Sequence

from qa.types import Event

STAGES = {"retrieve": "Searching", "read": "Reading", "compose": "Checking"}


def render_events(events: Sequence[Event]) -> str:
    """The steps in their order, ended ones with their time, the running one marked; at the end the whole time."""
    ended = {event.stage: event.milliseconds for event in events}
    waiting = [stage for stage in STAGES if stage not in ended]
    over = bool(events) and events[-1].answer is not None
    steps = [
        _step(name, ended.get(stage), running=not over and [stage] == waiting[:1]) for stage, name in STAGES.items()
    ]
    whole = sum(event.milliseconds for event in events)
    total = f'<li class="total">Total <span class="time">{_duration(whole)}</span></li>' if over else ""
    return f'<div class="stages" role="status"><ol>{"".join(steps)}{total}</ol></div>'


def _step(name: str, milliseconds: float | None, *, running: bool) -> str:
    if milliseconds is not None:
        return f'<li class="ended">{name} <span class="time">{_duration(milliseconds)}</span></li>'
    state = ' class="running" aria-current="step"' if running else ' class="waiting"'
    return f'<li{state}>{name} <span class="time">{"…" if running else ""}</span></li>'


def _duration(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
