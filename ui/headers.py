"""What every response tells the browser: run only the page's own scripts, and reach nothing but this server.

So that even text which a bug left unescaped could neither run nor send anything elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ELSEWHERE = "base-uri 'self'; form-action 'self'; frame-ancestors 'self'; object-src 'none'"
# 'unsafe-eval': gradio makes functions of the scripts of its HTML panels. Styles stand in the page's elements.
PAGE = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; "
    f"worker-src 'self' blob:; {ELSEWHERE}"
)
OTHERS = f"default-src 'none'; style-src 'unsafe-inline'; {ELSEWHERE}"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the page's address may hold a question
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
INLINE = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


class SafeHeaders:
    """ASGI middleware that adds the headers; a page is held back until its own scripts are known by their hashes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: Message = {}
        body = b""

        async def send_safely(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                if not _is_page(message):
                    await send(_with_headers(message, OTHERS))
            elif not _is_page(start):
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    await send(_with_headers(start, page_policy(body)))
                    await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, send_safely)


def page_policy(page: bytes) -> str:
    """The policy under which the page's own inline scripts run and no others."""
    # As the browser reads them: line ends are made one kind first.
    scripts = (script.replace(b"\r\n", b"\n").replace(b"\r", b"\n") for script in INLINE.findall(page))
    hashes = {base64.b64encode(hashlib.sha256(script).digest()).decode() for script in scripts}
    return PAGE.format(hashes="".join(f" 'sha256-{digest}'" for digest in sorted(hashes)))


def _is_page(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").startswith("text/html")


def _with_headers(start: Message, policy: str) -> Message:
    headers = MutableHeaders(raw=list(start["headers"]))
    for name, value in {**ALWAYS, "Content-Security-Policy": policy}.items():
        headers[name] = value
    return {**start, "headers": headers.raw}
