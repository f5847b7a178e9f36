"""The load under which eval.bench.faults injects faults: people who ask, one who adds, and what each of them got."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from qa.assistant import BY_WORDS
from qa.errors import QAError
from qa.library import Library
from qa.types import Upload

ASKERS, PAUSE = 2, 0.1  # threads, and seconds between two calls of each
PATIENCE = 120.0  # seconds until all must be whole again
QUESTION = "How many people were aboard the ferry Aurelia?"
TEXT = "Note {0} on the ferry Aurelia: {1} people were aboard the ferry Aurelia, the harbour master wrote."
NUMBERS = count()


@dataclass(frozen=True, slots=True)
class Call:
    """One question or one article added: when it began, how long it took, what came of it."""

    began: float
    seconds: float
    outcome: str  # "answered", "by words alone", "added", or the text of an error
    revision: int = -1  # that was read, or made
    foreseen: bool = True  # whether an error was one with a message for people

    @property
    def went_well(self) -> bool:
        return self.revision >= 0


@dataclass(slots=True)
class Load:
    """People who ask one machine while another adds articles; everything acknowledged is remembered."""

    reader: Library
    writer: Library
    asked: list[Call] = field(default_factory=list)
    added: list[Call] = field(default_factory=list)
    stored: dict[str, str] = field(default_factory=dict)  # id of each acknowledged article -> its text
    _ended: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        """They ask and add all the while."""
        self._ended.clear()
        calls = [self._ask] * ASKERS + [self._add]
        threads = [threading.Thread(target=self._repeat, args=(call,)) for call in calls]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            for thread in threads:
                thread.join()

    def whole_after(self, moment: float, revision: int) -> float | None:
        """Seconds from that moment to a question that is whole again, one that saw that revision; None in between."""
        for call in list(self.asked):
            if call.began >= moment and call.outcome == "answered" and call.revision >= revision:
                return call.began - moment
        return None

    def added_after(self, moment: float) -> float | None:
        """The same for an article that is added."""
        ends = [call.began + call.seconds for call in list(self.added) if call.went_well]
        return next((end - moment for end in ends if end >= moment), None)

    def await_whole(self, moment: float) -> tuple[float | None, float | None]:
        """Both, once they are known or patience is over."""
        newest = max((call.revision for call in list(self.added)), default=0)
        while time.monotonic() < moment + PATIENCE:
            found = self.whole_after(moment, newest), self.added_after(moment)
            if None not in found:
                return found
            time.sleep(0.05)
        return self.whole_after(moment, newest), self.added_after(moment)

    def _repeat(self, call: Callable[[], None]) -> None:
        while not self._ended.wait(PAUSE):
            call()

    def _ask(self) -> None:
        def ask() -> tuple[str, int]:
            answer = self.reader.ask(QUESTION, strictness=0)
            revision = answer.provenance.revision if answer.provenance else 0
            if "aboard the ferry Aurelia" not in answer.text:
                return f"another answer: {answer.text[:100]!r}", -1
            return "by words alone" if BY_WORDS in answer.notes else "answered", revision

        self.asked.append(_time(ask))

    def _add(self) -> None:
        def add() -> tuple[str, int]:
            number = next(NUMBERS)
            text = TEXT.format(number, 100 + number)
            report = self.writer.add([Upload(f"note{number}.txt", text.encode())])
            [entry] = report.entries
            assert entry.article_id is not None
            self.stored[entry.article_id] = text
            return "added", report.revision

        self.added.append(_time(add))


def _time(call: Callable[[], tuple[str, int]]) -> Call:
    began = time.monotonic()
    try:
        outcome, revision = call()
        return Call(began, time.monotonic() - began, outcome, revision)
    except Exception as error:
        foreseen = isinstance(error, QAError)
        outcome = str(error) if foreseen else f"{type(error).__name__}: {error}"
        return Call(began, time.monotonic() - began, outcome, foreseen=foreseen)


def within(calls: Sequence[Call], begin: float, end: float) -> list[Call]:
    """Those that were under way in that time."""
    return [call for call in calls if call.began < end and call.began + call.seconds > begin]
