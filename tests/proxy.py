"""A reverse proxy on loopback, as docs/serving.md asks for one: it looks at /ready, and keeps a visitor at a replica.

A request goes to another replica only where the first refused the connection, so that none is carried out twice.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx

LOOK = 0.1  # seconds between looks at /ready
COOKIE = re.compile(rb"\r\nCookie:[^\r]*\breplica=(\d+)", re.IGNORECASE)
LENGTH = re.compile(rb"\r\nContent-Length: *(\d+)", re.IGNORECASE)
CONNECTION = re.compile(rb"\r\nConnection:[^\r]*", re.IGNORECASE)


class Proxy:
    """Passes requests on to the replicas at those ports; `passed` counts them by port."""

    def __init__(self, ports: list[int]) -> None:
        self.ports, self.ready, self.passed = ports, set[int](), Counter[int]()
        self.port = 0
        self._turns = itertools.count()

    async def run(self, started: threading.Event, ended: asyncio.Event) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        looking = [asyncio.create_task(self._look(port)) for port in self.ports]
        started.set()
        await ended.wait()
        server.close()
        for task in looking:
            task.cancel()

    async def _look(self, port: int) -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=3) as http:
            while True:
                try:
                    ready = (await http.get("/ready")).status_code == 200
                except httpx.HTTPError:
                    ready = False
                (self.ready.add if ready else self.ready.discard)(port)
                await asyncio.sleep(LOOK)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request of a connection, which then ends."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = LENGTH.search(head)
            body = await reader.readexactly(int(length[1])) if length else b""
            for port in self._choose(COOKIE.search(head)):
                try:
                    replica = await asyncio.open_connection("127.0.0.1", port)
                except ConnectionError:
                    continue
                self.passed[port] += 1
                head = CONNECTION.sub(b"", head)[:-2] + b"Connection: close\r\n\r\n"
                replica[1].write(head + body)
                await self._return(port, *replica, reader, writer)
                break
            else:
                writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        with suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()

    def _choose(self, cookie: re.Match[bytes] | None) -> list[int]:
        """A visitor's own replica, also while it drains, then those that are ready, in turn."""
        own = [int(cookie[1])] if cookie and int(cookie[1]) in self.ports else []
        ready = sorted(self.ready)
        turn = next(self._turns) % len(ready) if ready else 0
        return list(dict.fromkeys([*own, *ready[turn:], *ready[:turn]]))

    async def _return(
        self,
        port: int,
        coming: asyncio.StreamReader,
        going: asyncio.StreamWriter,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """The replica's answer, as it comes, with a cookie; who leaves is gone for the replica too."""

        async def leave() -> None:
            await reader.read(1)
            going.close()

        leaving = asyncio.create_task(leave())
        try:
            status, rest = (await coming.readuntil(b"\r\n"), b"")
            writer.write(status + b"Set-Cookie: replica=%d; Path=/; HttpOnly\r\n" % port + rest)
            while piece := await coming.read(65_536):
                writer.write(piece)
                await writer.drain()
        finally:
            leaving.cancel()
            going.close()


@contextmanager
def proxied(*ports: int) -> Iterator[Proxy]:
    """A proxy before those replicas, in a thread of its own."""
    proxy, started, loop, ended = Proxy(list(ports)), threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(proxy.run(started, ended)))
    thread.start()
    try:
        assert started.wait(10)
        yield proxy
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()
