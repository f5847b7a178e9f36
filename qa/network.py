"""Connections for fetching one page: only to where it may lead, and none longer than its time.

What a public page or feed leads to must be public too: else a link could have us read, and store, what only this
machine or its network may see. What the user names is fetched wherever it is. A name is looked up once, and what was
checked is what is connected to, so that it can't change between the two. Proxies are those of HTTP_PROXY, HTTPS_PROXY
and NO_PROXY; what a proxy looks up is up to it.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any
from urllib.parse import SplitResult, unquote, urldefrag, urljoin, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

NAT64 = ipaddress.ip_network("64:ff9b::/96")  # IPv4 addresses as IPv6 networks reach them
STEP_SECONDS = 10.0  # for a connection, and between two pieces of a page


class NotPublic(Exception):
    """An address that must not be connected to; its text is the IP address."""


@dataclass
class Network:
    """Connections for one page: each only to where it may lead, and all cut off when its time is up.

    A timeout of urllib3 begins anew with each piece, so that a server which drips its headers could hold us forever.
    """

    deadline: float
    public_only: bool
    pools: dict[str, Any] = field(default_factory=dict)  # proxy ("" for none) -> its pool
    opened: list[socket.socket] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    ended: bool = False

    @classmethod
    @contextlib.contextmanager
    def open(cls, seconds: float, public_only: bool) -> Iterator[Network]:
        network = cls(time.monotonic() + seconds, public_only)
        timer = threading.Timer(seconds, network._cut)
        timer.daemon = True
        timer.start()
        try:
            yield network
        finally:
            timer.cancel()
            for pool in network.pools.values():
                pool.clear()
            with network.lock:
                for item in network.opened:
                    item.close()
                network.opened.clear()

    def get(self, address: str, headers: dict[str, str]) -> Any:
        """The head of the answer; after a public address only public ones may follow."""
        parts = urlsplit(address)
        proxy = _proxy_of(parts)
        if proxy:
            self._judge([parts.hostname or ""])
        pool = self.pools.get(proxy) or self.pools.setdefault(proxy, self._pool(proxy))
        agent = {"User-Agent": f"qa-articles/{version('qa-articles')}"}
        return pool.request("GET", address, preload_content=False, redirect=False, headers={**agent, **headers})

    @property
    def is_over(self) -> bool:
        """Whether the time is up; what breaks then was broken off by us."""
        return time.monotonic() > self.deadline

    def connect(self, connection: Any, *, proxied: bool) -> socket.socket:
        """A connection to the host's first address that answers; to a proxy wherever the user's is."""
        from urllib3 import exceptions
        from urllib3.util.connection import create_connection

        try:
            places = self._look_up(connection._dns_host, connection.port)
        except socket.gaierror as error:
            raise exceptions.NameResolutionError(connection.host, connection, error) from error
        failed: OSError | None = None
        for place in places if proxied else self._judge(places):
            try:
                seconds = min(STEP_SECONDS, max(0.001, self.deadline - time.monotonic()))
                options = {"timeout": seconds, "socket_options": connection.socket_options}
                return self._watch(create_connection((place, connection.port), **options))
            except OSError as error:
                failed = error
        if isinstance(failed, TimeoutError):
            raise exceptions.ConnectTimeoutError(connection, "no answer") from failed
        raise exceptions.NewConnectionError(connection, str(failed)) from failed

    def _judge(self, places: list[str]) -> list[str]:
        """Those that may be connected to; a public one allows only public ones after it."""
        public = [place for place in places if _seems_public(place)]
        if not self.public_only:
            self.public_only = bool(public)
            return places
        if not public:
            raise NotPublic(places[0])
        return public

    def _look_up(self, host: str, port: int) -> list[str]:
        """The IP addresses of a host; a look-up can't be broken off, so it is left behind when it takes too long."""
        found: list[str] = []
        failed: list[Exception] = []

        def look_up() -> None:
            try:
                found.extend(str(item[4][0]) for item in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            except (OSError, UnicodeError) as error:  # UnicodeError: no name that could be looked up
                failed.append(error)

        thread = threading.Thread(target=look_up, daemon=True)
        thread.start()
        thread.join(max(0.0, self.deadline - time.monotonic()))
        if thread.is_alive():
            raise TimeoutError("out of time")
        if failed or not found:
            raise socket.gaierror(str(failed[:1])) from next(iter(failed), None)
        return list(dict.fromkeys(found))

    def _watch(self, connected: socket.socket) -> socket.socket:
        with self.lock:
            if self.ended:
                connected.close()
                raise TimeoutError("out of time")
            self.opened.append(connected.dup())  # TLS takes the socket itself away
        return connected

    def _cut(self) -> None:
        with self.lock:
            self.ended = True
            for item in self.opened:
                with contextlib.suppress(OSError):
                    item.shutdown(socket.SHUT_RDWR)

    def _pool(self, proxy: str) -> Any:
        import urllib3
        from urllib3.connection import HTTPConnection, HTTPSConnection

        network = self

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return network.connect(self, proxied=bool(proxy))

        class Secure(Plain, HTTPSConnection):
            pass

        class PlainPool(urllib3.HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(urllib3.HTTPSConnectionPool):
            ConnectionCls = Secure

        pool: Any
        options: dict[str, Any] = {"timeout": STEP_SECONDS, "retries": False}
        if proxy:
            if not clean_address(proxy):
                raise urllib3.exceptions.ProxySchemeUnknown(proxy.partition(":")[0])
            login = login_header(proxy)
            secret = {"proxy-authorization": login["authorization"]} if login else None
            pool = urllib3.ProxyManager(clean_address(proxy), proxy_headers=secret, **options)
        else:
            pool = urllib3.PoolManager(**options)
        pool.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
        return pool


def _seems_public(host: str) -> bool:
    """Whether an IP address is public; of a name, which only a proxy will look up, whether it isn't this machine's."""
    try:
        return is_public(host)
    except ValueError:
        return not re.search(r"(?:^|\.)localhost\.?$|\.local\.?$", host)


def _proxy_of(parts: SplitResult) -> str:
    """The address of the proxy that the environment names for an address; "" for none."""
    proxies = getproxies_environment()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    if not proxy or proxy_bypass_environment(parts.netloc, proxies):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def is_public(ip: str) -> bool:
    """Whether an IP address is one of the internet at large, addresses within addresses looked through."""
    address = ipaddress.ip_address(ip)
    if isinstance(address, ipaddress.IPv6Address):
        within = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64:
            within.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if any(within):
            return all(inner.is_global for inner in within if inner)
    return address.is_global and not address.is_multicast


# --- Addresses


def clean_address(text: str) -> str:
    """The address without fragment and login, scheme and host in lower case; "" if it is none."""
    parts = _split(text)
    return parts._replace(netloc=_place(parts)).geturl() if parts else ""


def join_address(base: str, link: str) -> str:
    """The clean address that the link is on a page; "" if it is none."""
    try:
        return clean_address(urljoin(base, link))
    except ValueError:
        return ""


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(urldefrag(text.strip()).url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    return parts if host and parts.scheme in ("http", "https") and text.strip().isprintable() else None


def _place(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2].lower()


def origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, _place(parts)


def login_header(url: str) -> dict[str, str]:
    """The header that gives the user and password in an address; nothing without them."""
    import urllib3

    user, at, _ = urlsplit(url.strip()).netloc.rpartition("@")
    return urllib3.make_headers(basic_auth=unquote(user)) if at else {}


def without_login(text: str) -> str:
    """What may be no address at all, for a message."""
    return re.sub(r"//.*@", "//", text, flags=re.DOTALL)
