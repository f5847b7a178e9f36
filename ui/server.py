"""The server of the page: its address and port, and what every request passes before gradio sees it."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Sequence
from pathlib import Path

import gradio as gr
from gradio import processing_utils
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from qa.errors import QAError, SettingInvalid
from ui.accounts import Accounts, refuse_open
from ui.front import Front, Replica
from ui.guard import Guard
from ui.headers import SafeHeaders
from ui.limits import Limits

STYLES = Path(__file__).parent / "styles"
# In this order: a later one overrides.
LAYERS = ("base", "ask", "stages", "answer", "feedback", "source", "tables", "upload", "quality")


async def _fetch_nothing(url: str, cache_dir: str) -> str:
    raise gr.Error("Addresses are not fetched from here; send the file itself.", print_exception=False)


# Who sends an address in place of a file would have gradio fetch it; nothing here opens an outside connection.
processing_utils.async_ssrf_protected_download = _fetch_nothing


def theme() -> gr.themes.Base:
    """A plain theme with the fonts of the reader's own system, so that none is fetched."""
    return gr.themes.Base(
        font=("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"),
        font_mono=("ui-monospace", "Consolas", "monospace"),
    )


def launch(
    blocks: gr.Blocks,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    open_browser: bool = False,
    accounts: Accounts | None = None,
    limits: Limits | None = None,
    before: Sequence[Middleware] = (),
    certificate: tuple[Path, Path] | None = None,
    replica: Replica | None = None,
) -> str:
    """The address at which the page is now served, by threads of this process; port 0 takes a free one.

    What stands `before` the page is behind its guard.

    With a `replica`, /health and /ready tell of it to whoever asks.

    With accounts, nothing else answers who hasn't signed in; without, QAError on a host that others can reach.
    """
    accounts, limits, started = accounts or Accounts(), limits or Limits(), threading.Event()
    refuse_open(host, accounts)
    if certificate:
        check_certificate(*certificate)
    middleware = [
        Middleware(SafeHeaders),
        *([Middleware(Front, replica=replica)] if replica else []),
        Middleware(TrustedHostMiddleware, allowed_hosts=_names(host)),
        Middleware(Guard, accounts=accounts, limits=limits, started=started),
        *before,
    ]
    # Who asks is whom the socket names: uvicorn would let any program of this machine say otherwise in X-Forwarded-For.
    os.environ.setdefault("FORWARDED_ALLOW_IPS", "")
    try:
        _, address, _ = blocks.launch(
            server_name=host,
            server_port=port or free_port(host),
            inbrowser=open_browser,
            prevent_thread_lock=True,
            share=False,
            quiet=True,
            ssr_mode=False,
            run_history=False,  # otherwise questions and answers are kept in the browser
            footer_links=[],
            ssl_certfile=str(certificate[0]) if certificate else None,
            ssl_keyfile=str(certificate[1]) if certificate else None,
            ssl_verify=False,  # by gradio, when it asks itself whether it runs
            max_file_size=limits.file_bytes,
            theme=theme(),
            css_paths=[STYLES / f"{name}.css" for name in LAYERS],
            app_kwargs={"middleware": middleware},
        )
    except OSError as error:
        raise QAError(
            f"can't serve on {host}, port {port or 'any'} ({error}); choose another --host or --port"
        ) from error
    started.set()
    return str(address)


def _names(host: str) -> list[str]:
    """The names by which browsers may call the server: a page elsewhere could give its own name our address."""
    return ["*"] if host in ("0.0.0.0", "::") else ["127.0.0.1", "localhost", "[::1]", host]


def check_certificate(file: Path, key: Path) -> None:
    """SettingInvalid when the file and the key can't serve by https."""
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(file, key, password="")
    except OSError as error:  # an SSLError is one
        why = getattr(error, "strerror", None) or str(error)
        raise SettingInvalid(
            f"can't serve by https with the certificate {file} and the key {key} ({why}); give PEM files that belong "
            "together, the key without a password"
        ) from error


def free_port(host: str) -> int:
    """A port on which nothing listened a moment ago."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
