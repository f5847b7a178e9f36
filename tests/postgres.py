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
from typing import Any

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
    host: str = "127.0.0.1"
    within: tuple[str, ...] = ()  # a command that runs its command elsewhere, such as in a network of its own
    _process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://qa@{self.host}:{self.port}/{database}"

    @property
    def runs(self) -> bool:
        """Whether it was started, and hasn't ended by itself or otherwise."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        command = [str(find_programs() / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += ["-c", f"listen_addresses={self.host}", "-c", f"unix_socket_directories={self.folder}"]
        user = _as_other_user()
        if self.within:  # which takes root
            command, user = [*self.within, "setpriv", "--reuid=nobody", "--clear-groups", "--", *command], {}
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen([*command, *self.options], stdout=log, stderr=log, **user)
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
def running_postgres(
    folder: Path, options: tuple[str, ...] = FAST, host: str = "127.0.0.1", within: tuple[str, ...] = ()
) -> Iterator[PostgresServer]:
    """A server with a new cluster in that folder; at another address than the first, all who reach it may use it."""
    folder.mkdir(parents=True, exist_ok=True)
    user = _other_user()
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    command = [str(find_programs() / "initdb"), "-D", str(folder / "data"), "-U", "qa", "-A", "trust", "-N"]
    command += ["--encoding=UTF8", "--locale=C.UTF-8", "--wal-segsize=1"]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE, **_as_other_user())
    with (folder / "data" / "pg_hba.conf").open("a") as access:
        access.write("host all all samenet trust\n")
    server = PostgresServer(folder, _free_port(), options, host, within)
    server.start()
    try:
        yield server
    finally:
        server.stop(signal.SIGQUIT)  # nobody needs its data any more


def _other_user() -> pwd.struct_passwd | None:
    """Whom the server runs as where the tests run as root, which PostgreSQL refuses."""
    return None if os.getuid() else pwd.getpwnam("nobody")


def _as_other_user() -> dict[str, Any]:
    user = _other_user()
    return {"cwd": "/", **({} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []})}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
