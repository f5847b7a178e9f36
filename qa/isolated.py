"""Reads articles that foreign code parses in a process of its own, which may hang, crash or eat memory alone.

The parent sends a line of JSON and the bytes, the child answers with a line of JSON: a process that reads hostile bytes
is never sent, and never sends, a pickle.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from types import TracebackType
from typing import IO, Any, Self

from qa.articles import article_from_bytes
from qa.children import child_environment, end_after, limit_memory
from qa.containers import Member
from qa.errors import ArticleUnreadable
from qa.files import OWN
from qa.settings import Settings
from qa.types import Article

START_SECONDS = 60.0  # for the child to load what it parses with
QUICK_BYTES = 1_000_000  # of a format of our own: so much is read and cleaned within a second
REMEDY = "save the article's text as .txt and add that"


class IsolatedReading:
    """Members -> articles; use it with `with`, so that its process ends."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process, if there is one."""
        with self._lock:
            self._stop()

    @property
    def pid(self) -> int | None:
        """The number of the process, if there is one."""
        return self._child.pid if self._child else None

    def article(self, member: Member) -> tuple[Article, tuple[str, ...]]:
        """The article, and notes on what was lost; ArticleUnreadable also where its parser fails or takes too much."""
        if member.suffix in OWN and len(member.data) <= QUICK_BYTES and not _is_markup(member):
            return article_from_bytes(member.data, source=member.source, suffix=member.suffix)
        with self._lock:
            try:
                # Twice: the process may have been ended from outside since it read the article before.
                reply = self._ask(member) or self._ask(member)
            except BaseException:  # a half-sent question must not meet the next one
                self._stop()
                raise
        if reply is None:
            raise ArticleUnreadable(member.source, "made its parser crash", REMEDY)
        if "reason" in reply:
            raise ArticleUnreadable(reply["source"], reply["reason"], reply["remedy"])
        return article_of(reply["article"]), tuple(reply["notes"])

    def _ask(self, member: Member) -> dict[str, Any] | None:
        """The child's reply; None when it ended without one."""
        child = self._started()
        head = {"source": member.source, "suffix": member.suffix, "size": len(member.data)}
        deadline = time.monotonic() + self._settings.read_seconds
        try:
            _send(child, json.dumps(head).encode() + b"\n" + member.data, deadline)
            line = _receive(child, deadline)
        except TimeoutError:
            seconds = f"{self._settings.read_seconds:g} s"
            raise ArticleUnreadable(
                member.source, f"takes longer than {seconds} to read", f"{REMEDY}, or set QA_READ_SECONDS higher"
            ) from None
        except BrokenPipeError:
            line = b""
        if not line:
            self._stop()
            return None
        reply: dict[str, Any] = json.loads(line)
        if reply.get("exhausted"):  # what it took may not be free again
            self._stop()
        return reply

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._stop()
            limits = [str(self._settings.read_memory_bytes), str(self._settings.read_seconds)]
            self._child = subprocess.Popen(
                [sys.executable, "-m", "qa.isolated", *limits],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # what native parsers complain of is told by our own message
                env=child_environment(),
                start_new_session=True,  # Ctrl-C is for the parent, whose end ends the child
            )
            for pipe in (self._child.stdin, self._child.stdout):
                os.set_blocking(_fd(pipe), False)
            if not _receive(self._child, time.monotonic() + START_SECONDS):
                raise OSError("the process that reads files can't be started")
        return self._child

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()


def _is_markup(member: Member) -> bool:
    """Whether a record may hold HTML."""
    return b"<" in member.data and member.suffix == ".record"


def _send(child: subprocess.Popen[bytes], data: bytes, deadline: float) -> None:
    pipe, left = _fd(child.stdin), memoryview(data)
    while left:
        _, ready, _ = select.select([], [pipe], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        with suppress(BlockingIOError):
            left = left[os.write(pipe, left[: 1 << 16]) :]


def _receive(child: subprocess.Popen[bytes], deadline: float) -> bytes:
    """A line; what there is of it when the child ends."""
    pipe, parts = _fd(child.stdout), []
    while True:
        ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        part = os.read(pipe, 1 << 20)
        parts.append(part)
        if not part:
            return b""
        if part.endswith(b"\n"):
            return b"".join(parts)


def _fd(pipe: IO[bytes] | None) -> int:
    assert pipe is not None
    return pipe.fileno()


def article_values(article: Article) -> dict[str, Any]:
    """The article as JSON has it."""
    return {**asdict(article), "published": article.published.isoformat() if article.published else None}


def article_of(values: dict[str, Any]) -> Article:
    """The article of those values."""
    published = values["published"]
    return Article(
        **{
            **values,
            "kept": tuple((start, end) for start, end in values["kept"]),
            "published": date.fromisoformat(published) if published else None,
        }
    )


# The child


def main() -> None:
    """Answers until the parent closes the pipe."""
    import trafilatura  # noqa: F401 - what most files need; loading it takes none of a file's time

    limit_memory(int(sys.argv[1]))
    read, write = sys.stdin.buffer, sys.stdout.buffer
    answers = os.fdopen(os.dup(write.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), write.fileno())  # what a parser prints is no answer
    answers.write(b"{}\n")
    answers.flush()
    while line := read.readline():
        head = json.loads(line)
        data = read.read(head["size"])
        end_after(float(sys.argv[2]) + 5)  # the parent is quicker, if it is still there
        reply = json.dumps(_answer(head, data)).encode() + b"\n"
        end_after(0)
        answers.write(reply)
        answers.flush()


def _answer(head: dict[str, Any], data: bytes) -> dict[str, Any]:
    source = head["source"]
    try:
        article, notes = article_from_bytes(data, source=source, suffix=head["suffix"])
        return {"article": article_values(article), "notes": list(notes)}
    except ArticleUnreadable as error:
        return {"source": error.source, "reason": error.reason, "remedy": error.remedy}
    except MemoryError:
        return {"source": source, "reason": "needs too much memory to read", "remedy": REMEDY, "exhausted": True}
    except Exception as error:  # a parser's own mistake about this file: the border where it becomes a message
        what = f"{type(error).__name__}: {error}"[:200]
        return {"source": source, "reason": f"can't be parsed ({what})", "remedy": REMEDY}


if __name__ == "__main__":
    main()
