"""How much one visitor may ask of a served page."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from qa.errors import QAError, SettingInvalid

MINUTE = 60.0
MOST_VISITORS = 10_000  # that are remembered


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused; 0 questions or uploads a minute stands for as many as one likes."""

    questions_per_minute: int = 0
    uploads_per_minute: int = 0  # requests: the page sends the files that are dropped by fifties, a program each
    files: int = 1_000  # added by one call
    file_bytes: int = 100_000_000
    request_bytes: int = 1_000_000_000  # of one request, and of all files added by one call

    def __post_init__(self) -> None:
        if (
            min(self.questions_per_minute, self.uploads_per_minute) < 0
            or min(self.files, self.file_bytes, self.request_bytes) < 1
        ):
            raise SettingInvalid("limits can't be below 1; only those of a minute may be 0, for no limit")

    @classmethod
    def of(cls, questions_per_minute: int, uploads_per_minute: int, files: int, megabytes: int) -> Limits:
        """Limits by the size of one file; ten of the largest may be sent at once."""
        return cls(questions_per_minute, uploads_per_minute, files, megabytes * 1_000_000, megabytes * 10_000_000)

    def check_files(self, count: int, size: int) -> None:
        """QAError when one call has too many files, or too many bytes in all of them."""
        if count > self.files:
            raise QAError(f"{count:,} files are too many at once; add at most {self.files:,}, then the rest")
        if size > self.request_bytes:
            most = self.request_bytes // 1_000_000
            raise QAError(f"these files are too large together; add at most {most:,} MB at once, then the rest")


class TooMany(QAError):
    """A visitor who asks too fast."""


class Limiter:
    """At most `most` uses in any minute for each visitor, by a clock of seconds; 0: no limit."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._uses: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()
        self._newest = -math.inf  # when the newest question came

    def take(self, visitor: str) -> int:
        """0 when the visitor may go on, and the use counts; else in how many seconds to try again."""
        if not self._most:
            return 0
        now = self._clock()
        with self._lock:
            uses = self._uses.setdefault(visitor, deque())
            self._uses.move_to_end(visitor)
            while len(self._uses) > MOST_VISITORS:
                self._uses.popitem(last=False)
            while uses and now - uses[0] >= MINUTE:
                uses.popleft()
            if len(uses) >= self._most:
                return max(1, math.ceil(MINUTE - (now - uses[0])))
            uses.append(now)
            return 0

    def forgive(self, visitor: str) -> None:
        """The visitor's last use doesn't count."""
        with self._lock:
            if self._uses.get(visitor):
                self._uses[visitor].pop()

    def count_question(self, visitor: str) -> None:
        """TooMany when the visitor has asked too many in the last minute."""
        self._newest = self._clock()
        wait = self.take(visitor)
        if wait:
            raise TooMany(f"you may ask {self._most} questions a minute; ask again in {wait} seconds")

    def quiet_for(self) -> float:
        """How many seconds ago the newest question came; infinite before the first."""
        return self._clock() - self._newest
