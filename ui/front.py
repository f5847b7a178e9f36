"""What stands before everything else that a replica serves: whether it takes requests, and which are under way."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import threading
import uuid
from typing import TYPE_CHECKING

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.errors import QAError

if TYPE_CHECKING:
    from qa.library import Library

HEALTH, READY = "/health", "/ready"
HEARTBEAT = "/gradio_api/heartbeat/"  # open as long as a page is
PATIENCE = 2.0  # seconds in which the ledger must answer
LOOKS = 2  # of the ledger at once: who hasn't signed in may ask for them
AGAIN = 5.0  # seconds until models that could not be loaded are tried again
LOADING = 10.0  # seconds that the end waits for models which are being loaded
REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

log = logging.getLogger(__name__)


class Replica:
    """One of the processes that serve a library: its models are loaded from `start` on, `draining` ends it."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._loaded, self._ended = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self.draining = False  # no event: it is set within a signal's handler, which must not wait for a lock
        self.under_way = 0  # requests
        self.loop: asyncio.AbstractEventLoop | None = None  # of the server, once it runs

    def start(self) -> None:
        """Loads the models in a thread of its own, which the first question would do otherwise."""
        self._thread = threading.Thread(target=self._load, name="models", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends that, before the library is closed."""
        self._ended.set()
        if self._thread:
            self._thread.join(LOADING)

    def _load(self) -> None:
        told = ""
        while not self._ended.is_set():
            try:
                self._library.warm()
                self._loaded.set()
                return
            except Exception as error:
                if not self._ended.is_set() and str(error) != told:  # the library may be closed at the end
                    told = str(error)
                    _tell_unloaded(error)
            self._ended.wait(AGAIN)

    @property
    def loaded(self) -> bool:
        return self._loaded.is_set()

    def lag(self) -> int:
        """How many revisions its indexes are behind the ledger, which is asked."""
        return self._library.lag()

    def degraded(self) -> tuple[str, ...]:
        """What its answers come without at present."""
        return self._library.degraded()


class Front:
    """ASGI middleware before all others: answers /health and /ready, counts and names the other requests."""

    def __init__(self, app: ASGIApp, replica: Replica) -> None:
        self._app, self._replica = app, replica
        self._looks = anyio.CapacityLimiter(LOOKS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            self._replica.loop = asyncio.get_running_loop()
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == HEALTH:
            await self._reply(200, {"status": "alive"})(scope, receive, send)
        elif scope["path"] == READY:
            await (await self._tell_ready())(scope, receive, send)
        else:
            await self._pass(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        request_id = _well_formed(REQUEST_ID, headers.get("x-request-id", "")) or uuid.uuid4().hex
        trace = _well_formed(TRACEPARENT, headers.get("traceparent", ""))
        scope.setdefault("state", {}).update(request_id=request_id, traceparent=trace)

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(raw=list(message["headers"]))
                answered["X-Request-ID"] = request_id
                if self._replica.draining:  # so that a proxy keeps no connection on which it would send another
                    answered["Connection"] = "close"
                message = {**message, "headers": answered.raw}
            await send(message)

        counts = not scope["path"].startswith(HEARTBEAT)
        self._replica.under_way += counts
        try:
            await self._app(scope, receive, send_named)
        finally:
            self._replica.under_way -= counts

    async def _tell_ready(self) -> Response:
        reason = await self._hindrance()
        if reason:
            return self._reply(503, {"status": "not ready", "reason": reason})
        return self._reply(200, {"status": "ready", "degraded": list(self._replica.degraded())})

    async def _hindrance(self) -> str:
        """Why the replica takes no requests: "draining", "starting" or "ledger"; empty when it takes them."""
        if self._replica.draining:
            return "draining"
        if not self._replica.loaded:
            return "starting"
        return "" if await self._reads() else "ledger"

    async def _reads(self) -> bool:
        """Whether the ledger answers in time, and the indexes can tell their revision."""
        why = "no answer in time"
        with anyio.move_on_after(PATIENCE):
            try:
                await anyio.to_thread.run_sync(self._replica.lag, abandon_on_cancel=True, limiter=self._looks)
                return True
            except Exception as error:  # whatever it is, another replica answers better
                why = type(error).__name__
        log.warning("not ready, as the ledger can't be read (%s)", why)
        return False

    def _reply(self, status: int, values: dict[str, object]) -> Response:
        headers = {"Cache-Control": "no-store"} | ({"Connection": "close"} if self._replica.draining else {})
        return Response(json.dumps(values), status, headers, "application/json")


def _tell_unloaded(error: Exception) -> None:
    if isinstance(error, QAError):
        log.warning("%s", error)
    else:
        log.error("the models could not be loaded", exc_info=error)


def _well_formed(form: re.Pattern[str], value: str) -> str:
    return value if form.fullmatch(value) else ""
