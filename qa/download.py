"""One web address -> what its server sends, within limits of time, size and redirects, or why it can't be had.

urllib3 does the fetching rather than trafilatura, which tells no reasons, retries without checking certificates and
cuts no slow server off.
"""

from __future__ import annotations

import contextlib
import re
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from qa.errors import ArticleUnreadable
from qa.network import (
    STEP_SECONDS,
    Network,
    NotPublic,
    clean_address,
    join_address,
    login_header,
    origin,
    without_login,
)
from qa.settings import Settings

TOTAL_SECONDS = 30.0  # for a page: look-ups, redirects and a slow server included
REDIRECTS = 5
PIECE = 1 << 16
SAVE = "save the page in your browser and add the file"
LATER = f"try again later, or {SAVE}"
CHECK = "check the address"
OPEN = "open it in a browser and check"
REFUSALS = {  # status -> reason, remedy
    401: ("asks for a login", f"put it in the address, as in https://name:password@host/, or {SAVE}"),
    403: ("refuses access to programs", SAVE),
    404: ("does not exist there", CHECK),
    410: ("is gone from there", CHECK),
    429: ("asks to come back later: too many requests", LATER),
    451: ("is not shown for legal reasons", SAVE),
}
CERTIFICATES = {  # OpenSSL's code -> what is wrong
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed",
    19: "is signed by a self-signed one",
    20: "is signed by someone unknown",
    62: "is another host's",
    64: "is another host's",
}
PROXIES = "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
TRUST = "if you trust that server, name its certificate: SSL_CERT_FILE=FILE"
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server sent: `kind` and `charset` as it states them, in lower case, and where redirects led to."""

    data: bytes
    kind: str
    charset: str
    address: str
    is_public: bool  # whether it came from the internet, not from this machine or its network


def download(url: str, settings: Settings, *, public_only: bool = False) -> Reply:
    """What the server of an address sends; ArticleUnreadable says why it can't be had, and never names a login."""
    here = clean_address(url)
    if not settings.allow_network:
        reason = "adding addresses opens connections, which is not allowed"
        raise ArticleUnreadable(here or "the address", reason, "add --allow-network, or set QA_ALLOW_NETWORK=1")
    if not here:
        raise ArticleUnreadable(without_login(url), "is no web address (http or https)", CHECK)
    import urllib3

    with Network.open(TOTAL_SECONDS, public_only) as network:
        try:
            return _follow(here, login_header(url), network, settings)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            _check_time(here, network)  # a connection that was cut off for it ends as any other error
            raise ArticleUnreadable(here, *_in_words(error)) from error


def _follow(url: str, login: dict[str, str], network: Network, settings: Settings) -> Reply:
    """The reply at the end of the redirects; the login goes to the server that it was given for."""
    here = url
    for _ in range(REDIRECTS + 1):
        with contextlib.closing(_get(here, url, login, network)) as response:
            target = response.get_redirect_location()
            if not target:
                data = _body(response, url, network, settings)
                stated = response.headers.get("Content-Type", "")
                charset = CHARSET.search(stated)
                kind = stated.partition(";")[0].strip().lower()
                return Reply(data, kind, charset[1].lower() if charset else "", here, network.public_only)
        _check_time(url, network)
        here = join_address(here, target)
        if not here:
            reason = f"leads to {without_login(target)[:200]}, which is no web address"
            raise ArticleUnreadable(url, reason, CHECK)
    raise ArticleUnreadable(url, f"was redirected more than {REDIRECTS} times", OPEN)


def _get(here: str, url: str, login: dict[str, str], network: Network) -> Any:
    try:
        return network.get(here, login if origin(here) == origin(url) else {})
    except NotPublic as error:
        what = "is" if here == url else f"leads to {here[:200]}, which is"
        reason = f"{what} on this machine or a private network ({error})"
        raise ArticleUnreadable(url, reason, "if you want that page, name its own address") from error


def _body(response: Any, url: str, network: Network, settings: Settings) -> bytes:
    """What the server sends, no longer and no larger than allowed."""
    if response.status != 200:
        raise ArticleUnreadable(url, *_refusal(response))
    data = bytearray()
    # One read of the socket at a time: to wait for a whole piece would let a slow server hold us.
    while piece := response.read1(PIECE, decode_content=True):
        data += piece
        if len(data) > settings.max_article_bytes:
            reason = f"is larger than {settings.max_article_bytes:,} bytes"
            raise ArticleUnreadable(url, reason, "set QA_MAX_ARTICLE_BYTES higher")
        _check_time(url, network)
    _check_time(url, network)  # cut off, a page without a stated length looks whole
    if not data:
        raise ArticleUnreadable(url, "is empty", CHECK)
    return bytes(data)


def _check_time(url: str, network: Network) -> None:
    if network.is_over:
        raise ArticleUnreadable(url, f"takes longer than {TOTAL_SECONDS:g} s", LATER)


# --- In words


def _refusal(response: Any) -> tuple[str, str]:
    reason, remedy = REFUSALS.get(response.status, (f"was answered with status {response.status}", LATER))
    if response.status in (429, 503) and (wait := _wait(response.headers.get("Retry-After", ""))):
        remedy = f"try again in {wait}, or {SAVE}"
    return reason, remedy


def _wait(stated: str) -> str:
    """How long a server asks to wait, as seconds or as a moment; "" if it says nothing clear."""
    if re.fullmatch(r"\d{1,7}", stated.strip()):
        seconds = int(stated)
    else:
        try:
            moment = parsedate_to_datetime(stated)
        except ValueError:
            return ""
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = round((moment - datetime.now(UTC)).total_seconds())
    return "" if seconds <= 0 else f"{seconds} s" if seconds < 120 else f"{-(-seconds // 60):,} minutes"


def _in_words(error: Exception) -> tuple[str, str]:
    """What went wrong and what to do, without the objects that urllib3 names in its messages."""
    from urllib3 import exceptions

    if isinstance(error, exceptions.ProxyError):
        reason, _ = _in_words(error.original_error)
        return f"{reason}, which is the proxy", PROXIES
    if isinstance(error, exceptions.ProxySchemeUnknown):
        return "can't be had through the environment's proxy, which isn't http or https", PROXIES
    if isinstance(error, exceptions.NameResolutionError):
        return "is on a host that isn't found", "check the address and your connection"
    if isinstance(error, exceptions.NewConnectionError):
        refused = isinstance(error.__cause__, ConnectionRefusedError)
        return ("is on a server that refuses connections" if refused else "is on a server that isn't reached"), LATER
    if isinstance(error, exceptions.TimeoutError):
        return f"is on a server that doesn't answer within {STEP_SECONDS:g} s", LATER
    if isinstance(error, exceptions.SSLError):
        return _insecure(error)
    if isinstance(error, exceptions.DecodeError):
        return "is packed in a way that can't be unpacked", LATER
    if isinstance(error, exceptions.LocationValueError | ValueError):
        return "is no valid web address", CHECK
    return "breaks off before its end", LATER


def _insecure(error: Exception) -> tuple[str, str]:
    cause = next((item for item in error.args if isinstance(item, ssl.SSLCertVerificationError)), None)
    if cause is None:
        return f"can't be fetched securely ({str(error)[:200]})", LATER
    wrong = CERTIFICATES.get(cause.verify_code, f"isn't accepted ({cause.verify_message})")
    return f"can't be fetched securely: its server's certificate {wrong}", CHECK if "another host" in wrong else TRUST
