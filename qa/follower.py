"""Follows the revisions of a ledger on PostgreSQL: told by the server of each new one, or looks itself."""

from __future__ import annotations

import logging
import os
import select
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import sqlalchemy as sa

from qa.databases import connect_to_listen
from qa.errors import LibraryBusy, QAError

LOOKS = 5  # seconds after which it looks, though nobody told it
RETRIES = (0.2, 0.5, 1, 2, 5)  # seconds until it tries again to reach a server that it lost

log = logging.getLogger(__name__)


class Follower:
    """A thread that calls `follow` at each new revision, after a loss of the server too; ends with `close`."""

    def __init__(self, url: sa.URL, follow: Callable[[], None]) -> None:
        self._url, self._follow = url, follow
        self._ended, self._moved = False, threading.Condition()
        self._bell, self._ring = os.pipe()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the thread, and waits for it: it changes indexes."""
        self._ended = True
        os.write(self._ring, b".")
        self._thread.join()
        os.close(self._bell)
        os.close(self._ring)

    @property
    def ended(self) -> bool:
        """Whether it was told to end."""
        return self._ended

    def wait(self, reached: Callable[[], bool], seconds: float) -> bool:
        """Whether that is so, or becomes so within those seconds, in which it follows."""
        with self._moved:
            return self._moved.wait_for(reached, seconds)

    def _run(self) -> None:
        lost, told = 0, ""
        while not self._ended:
            try:
                with closing(connect_to_listen(self._url)) as connection:
                    while not self._ended:
                        self._move()
                        lost, told = 0, ""
                        self._sleep(connection, LOOKS)
            except Exception as error:  # whatever it is: without this thread the copy would stay as it is for good
                if str(error) != told and not isinstance(error, LibraryBusy):  # another process is at it then
                    told = str(error)
                    _tell(error)
                self._sleep(None, RETRIES[min(lost, len(RETRIES) - 1)])
                lost += 1

    def _move(self) -> None:
        self._follow()
        with self._moved:
            self._moved.notify_all()

    def _sleep(self, connection: Any, seconds: float) -> None:
        """Until the server tells of something, or `close` is called; OSError when the connection is lost."""
        import psycopg

        sockets = [self._bell] if connection is None else [self._bell, connection.fileno()]
        select.select(sockets, (), (), seconds)
        if connection is not None:
            try:
                with suppress(StopIteration):
                    list(connection.notifies(timeout=0))
            except psycopg.Error as error:
                raise ConnectionError(str(error)) from error


def _tell(error: Exception) -> None:
    if isinstance(error, QAError | OSError):
        told = "; ".join([str(error), *getattr(error, "__notes__", ())])  # which name the server
        log.warning("this machine's copy doesn't follow at the moment: %s", told)
    else:
        log.error("this machine's copy doesn't follow at the moment", exc_info=error)
