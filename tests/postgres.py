"""A PostgreSQL of the tests' own: in a temporary folder, on a port of loopback, stopped by its process id."""

from __future__ import annotations

import itertools
import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.postgres_programs import find_programs

PATIENCE = 30  # seconds to start or stop
# A test's data need not outlive the machine, and bringing each commit to the disk takes most of the time.
FAST = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")


@dataclass
class PostgresServer:
    """A server in `folder`, in which tests leave their libraries behind."""

    folder: Path
    port: int
    options: tuple[str, ...] = FAST
    _process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://qa@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        command = [str(find_programs() / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}", *self.options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **_as_other_user())
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                psycopg.connect(self.url()).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends its sessions first, SIGQUIT nothing at all, as a crash does."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE)
            self._process = None

    def create_library(self) -> str:
        """The URL of a place for one: a schema of its own, which is made quicker than a database."""
        name = f"library{next(self._numbers)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"{self.url()}?options=-csearch_path%3D{name}"


@contextmanager
def running_postgres(folder: Path, options: tuple[str, ...] = FAST) -> Iterator[PostgresServer]:
    """A server with a new cluster in that folder."""
    folder.mkdir(parents=True, exist_ok=True)
    user = _other_user()
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    command = [str(find_programs() / "initdb"), "-D", str(folder / "data"), "-U", "qa", "-A", "trust", "-N"]
    command += ["--encoding=UTF8", "--locale=C.UTF-8"]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE, **_as_other_user())
    server = PostgresServer(folder, _free_port(), options)
    server.start()
    try:
        yield server
    finally:
        server.stop(signal.SIGQUIT)  # nobody needs its data any more


def _other_user() -> pwd.struct_passwd | None:
    """Whom the server runs as where the tests run as root, which PostgreSQL refuses."""
    return None if os.getuid() else pwd.getpwnam("nobody")


def _as_other_user() -> dict[str, object]:
    user = _other_user()
    return {"cwd": "/", **({} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []})}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
