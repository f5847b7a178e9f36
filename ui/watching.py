"""What became of each question that a visitor asked: a record of each, told to whoever counts, logs or traces them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Literal

from qa.errors import QAError
from qa.types import Answer, Event
from ui.limits import TooMany

Kind = Literal["page", "ask", "mcp"]
# "limited" was asked too fast, "error" was told what is wrong, "failed" is a fault of the program, "stopped" a reader's
# wish.
Outcome = Literal["answered", "refused", "limited", "error", "failed", "stopped"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Origin:
    """Whence a question came, the id of its request, and the trace that its sender has begun (a W3C traceparent)."""

    kind: Kind
    request_id: str = ""
    traceparent: str = ""

    @classmethod
    def of(cls, kind: Kind, request: Any) -> Origin:
        """That of what came with the request, as ui/front.py noted it; a caller without a server has none."""
        state = request.state if request else None
        return cls(kind, str(getattr(state, "request_id", "")), str(getattr(state, "traceparent", "")))


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of answering that came to an end, in seconds since the epoch."""

    stage: str
    milliseconds: float
    ended: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is over: began and ended in seconds since the epoch; the answer unless there was none."""

    origin: Origin
    question: str
    outcome: Outcome
    began: float
    ended: float
    steps: tuple[Step, ...]
    answer: Answer | None


class Watch:
    """Follows the questions of visitors; `running` are being answered now, and `tell` hears of each at its end."""

    def __init__(self) -> None:
        self.tell: list[Callable[[Asked], None]] = []
        self.running = 0
        self._lock = threading.Lock()

    def follow(
        self, origin: Origin, question: object, start: Callable[[], Generator[Event, None, None]]
    ) -> Generator[Event, None, None]:
        """The events of what `start` begins; what it refuses counts too."""
        began, steps, answer = time.time(), dict[str, Step](), None
        outcome: Outcome = "failed"
        self._count(1)
        try:
            with closing(start()) as events:
                for event in events:
                    # "write" comes again and again; its last event is the whole of it.
                    steps[event.stage] = Step(event.stage, event.milliseconds, time.time())
                    answer = event.answer or answer
                    yield event
        except GeneratorExit:
            outcome = "stopped"
            raise
        except TooMany:
            outcome = "limited"
            raise
        except QAError:
            outcome = "error"
            raise
        finally:
            self._count(-1)
            if answer:
                outcome = answer.status
            asked = question if isinstance(question, str) else ""
            self._tell(Asked(origin, asked, outcome, began, time.time(), tuple(steps.values()), answer))

    def _count(self, more: int) -> None:
        with self._lock:
            self.running += more

    def _tell(self, asked: Asked) -> None:
        for hear in self.tell:
            try:
                hear(asked)
            except Exception:  # the answer is worth more than its count
                log.exception("a question could not be counted, logged or traced")
