"""What every request passes first: is it for what we serve, from a page of ours, by whom, and small enough.

HTTP Basic for people (the browser asks for the name and the password) and a bearer token for programs, rather than
gradio's own login: that leaves routes open, and its cookies outlive a changed password.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import threading
from urllib.parse import urlsplit

import anyio
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.accounts import Accounts
from ui.limits import Limiter, Limits

STARTUP = "/gradio_api/startup-events"  # gradio asks itself for this once, without a password; it answers true or false
GUESSES = 10  # a minute from one address
MOST_KNOWN = 10_000  # proofs that are remembered
CHECKS = 2  # passwords hashed at once: each takes 32 MiB
SAFE = ("GET", "HEAD", "OPTIONS")
UPLOAD = "/gradio_api/upload"
# What the page and its endpoints are made of. Gradio has more: it gives out files of its temporary folder, fetches for
# its callers, has language models edit the page, tells who uses it. What isn't here isn't served.
PATHS = set("/ /config /favicon.ico /manifest.json /robots.txt /theme.css /mcp /mcp/".split()) | {UPLOAD, STARTUP}
PATHS |= {f"/gradio_api/{name}" for name in ("app_id", "cancel", "info", "openapi.json", "reset", "upload_progress")}
PATHS |= {"/gradio_api/queue/data", "/gradio_api/queue/join"}
FOLDERS = ("/assets/", "/static/", *(f"/gradio_api/{name}/" for name in ("api", "call", "heartbeat", "run")))

OTHER_BYTES = 4_000_000  # of a request that uploads nothing; a conversation has up to 1 MB


class Guard:
    """ASGI middleware that answers for the app what may not reach it, and notes in `state` who a visitor is."""

    def __init__(self, app: ASGIApp, accounts: Accounts, limits: Limits, started: threading.Event) -> None:
        self._app = app
        self._accounts, self._limits, self._started = accounts, limits, started
        self._guesses, self._uploads = Limiter(GUESSES), Limiter(limits.uploads_per_minute)
        self._key = secrets.token_bytes(32)
        self._known: dict[bytes, str] = {}  # proofs of who has signed in, so that scrypt runs once for each
        self._checks = anyio.CapacityLimiter(CHECKS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":  # the page uses none
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        refusal = self._refuse_foreign(scope, headers)
        if refusal is None and self._accounts and not self._is_startup(scope):
            refusal = await self._refuse_stranger(scope, headers)
        scope.setdefault("state", {}).setdefault("visitor", f"address {_address(scope)}")
        refusal = refusal or _refuse_unknown(scope) or self._refuse_large(scope, headers)
        refusal = refusal or self._refuse_uploads(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await refusal(scope, receive, send)

    def _is_startup(self, scope: Scope) -> bool:
        return scope["path"] == STARTUP and not self._started.is_set()

    def _refuse_foreign(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        """A page elsewhere may link here, but neither act nor read in the name of who has signed in here."""
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if scope["method"] in SAFE and origin is None:  # a link
            return None
        if site is not None:  # behind a proxy the only one that tells: the host is then not what the browser sees
            ours = site in ("same-origin", "none")
        else:
            ours = origin is None or urlsplit(origin).netloc == headers.get("host")
        return None if ours else PlainTextResponse("This request comes from another site's page.", 403)

    async def _refuse_stranger(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        scheme, _, value = headers.get("authorization", "").partition(" ")
        scheme, value = scheme.lower(), value.strip()
        if not value:
            return _ask_to_sign_in("Sign in with your name and password.")
        proof = hmac.digest(self._key, f"{scheme} {value}".encode("utf-8", "replace"), "sha256")
        visitor = self._known.get(proof)
        if visitor is None:
            wait = self._guesses.take(_address(scope))
            if wait:
                return _too_many("tries", wait)
            visitor = await self._check(scheme, value)
            if visitor is None:
                return _ask_to_sign_in("The name or the password is wrong.")
            self._guesses.forgive(_address(scope))
            self._known[proof] = visitor
            if len(self._known) > MOST_KNOWN:
                del self._known[next(iter(self._known))]  # the oldest, which is only checked again
        scope.setdefault("state", {})["visitor"] = visitor
        return None

    async def _check(self, scheme: str, value: str) -> str | None:
        """Who proves to be whom; None when the proof is none."""
        if scheme == "bearer" and self._accounts.check_token(value):
            return f"token {hashlib.sha256(value.encode()).hexdigest()[:12]}"
        if scheme != "basic":
            return None
        try:
            user, colon, password = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, ValueError):
            return None
        if not colon:
            return None
        right = await anyio.to_thread.run_sync(self._accounts.check_password, user, password, limiter=self._checks)
        return f"user {user}" if right else None

    def _refuse_large(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        """A body is measured before it is read; the server itself holds senders to the length that they state."""
        if scope["method"] in SAFE:
            return None
        length = headers.get("content-length", "0" if "transfer-encoding" not in headers else "")
        if "transfer-encoding" in headers or not length.isdecimal():
            return PlainTextResponse("State the length of what you send (Content-Length).", 411)
        # What is no upload stays in memory for long.
        allowed = (
            self._limits.request_bytes if scope["path"] == UPLOAD else min(self._limits.request_bytes, OTHER_BYTES)
        )
        if int(length) > allowed:
            most = allowed // 1_000_000
            return PlainTextResponse(f"That is too much at once; send at most {most:,} MB, then the rest.", 413)
        return None

    def _refuse_uploads(self, scope: Scope) -> PlainTextResponse | None:
        if scope["path"] != UPLOAD or scope["method"] in SAFE:
            return None
        wait = self._uploads.take(scope["state"]["visitor"])
        return _too_many("uploads", wait) if wait else None


def _too_many(what: str, wait: int) -> PlainTextResponse:
    return PlainTextResponse(f"Too many {what}; try again in {wait} seconds.", 429, {"Retry-After": str(wait)})


def _refuse_unknown(scope: Scope) -> PlainTextResponse | None:
    path = scope["path"]
    known = path in PATHS or path.startswith(FOLDERS)
    return None if known else PlainTextResponse("There is nothing here.", 404)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _ask_to_sign_in(text: str) -> PlainTextResponse:
    return PlainTextResponse(text, 401, {"WWW-Authenticate": 'Basic realm="Ask the articles", charset="UTF-8"'})
