"""Addresses and feeds -> the bytes of their pages. Nothing is looked up or opened unless the user allows network.

urllib3 does the fetching rather than trafilatura, which tells no reasons, retries without checking certificates and
cuts no slow server off. Its list of a feed's links is sorted and without those of other hosts, so entries are read
here; the feeds that a page links to are found by it.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from qa.containers import Member
from qa.errors import ArticleUnreadable
from qa.settings import Settings

TOTAL_SECONDS = 30.0  # for a page, redirects and a slow server included
STEP_SECONDS = 10.0  # for a connection, and between two pieces of a page
REDIRECTS = 5
LINKED_FEEDS = 3  # that are tried of a page which is no feed itself
PIECE = 1 << 16
SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".xhtml",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
REASONS = {401: "asks for a login", 403: "refuses access", 404: "does not exist there", 410: "is gone from there"}
REASONS |= {429: "asks to come back later: too many requests"}
LATER = "try again later, or save the page and add the file"
CHECK = "check the address"


def is_address(text: str) -> bool:
    """Whether the text is an address of a page: http or https."""
    return text.lower().startswith(("http://", "https://"))


def fetch_page(url: str, settings: Settings) -> Member:
    """The page's bytes, with its address as source; ArticleUnreadable says why it can't be had."""
    data, kind, _ = _fetch(url, settings)
    if kind not in SUFFIXES:
        raise ArticleUnreadable(url, f"is no article but {kind or 'of no stated type'}", "save its text and add that")
    return Member(_normal(url), SUFFIXES[kind], data)


def find_feed_pages(url: str, settings: Settings) -> list[str]:
    """The addresses of the articles that a feed lists, or one that the page links to: in its order, each once."""
    data, _, here = _fetch(url, settings)
    pages = _entries(data, here)
    for feed in [] if pages else _linked_feeds(data, here):
        try:
            data, _, there = _fetch(feed, settings)
        except ArticleUnreadable:
            continue  # the page may link to one that works; if none does, that is said below
        if pages := _entries(data, there):
            break
    if not pages:
        reason = "lists no articles: is it an RSS, Atom or JSON feed, or a page that links to one?"
        raise ArticleUnreadable(url, reason, "open it in a browser and check")
    return pages[: settings.max_members]


def _normal(url: str) -> str:
    """The address without its fragment, scheme and host in lower case; "" if it is none."""
    try:
        parts = urlsplit(urldefrag(url.strip()).url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host or parts.scheme not in ("http", "https") or not url.strip().isprintable():
        return ""
    user, at, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=user + at + place.lower()).geturl()


def _join(base: str, link: str) -> str:
    try:
        return _normal(urljoin(base, link))
    except ValueError:
        return ""


def _entries(data: bytes, base: str) -> list[str]:
    """The addresses of a feed's entries; none if it is no feed."""
    links = _json_links(data) if data.lstrip()[:1] == b"{" else _xml_links(data)
    return list(dict.fromkeys(page for page in (_join(base, link) for link in links if link) if page))


def _json_links(data: bytes) -> list[str]:
    try:
        items = json.loads(data).get("items")
    except (ValueError, RecursionError):
        return []
    records = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return [link for item in records if isinstance(link := item.get("url") or item.get("id"), str)]


def _xml_links(data: bytes) -> list[str]:
    from lxml import etree  # type: ignore[import-untyped]

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        tree = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return []
    items = [] if tree is None else tree.xpath("//*[local-name()='item' or local-name()='entry']")
    return [_link(item) for item in items]


def _link(item: Any) -> str:
    """The address of an entry: the text of RSS's link, or the href of Atom's."""
    for link in item.xpath("./*[local-name()='link']"):
        text = (link.get("href") if link.get("rel", "alternate") == "alternate" else "") or (link.text or "").strip()
        if text and not len(link):  # an entity within it is not expanded: then the address isn't whole
            return str(text)
    return ""


def _linked_feeds(data: bytes, here: str) -> list[str]:
    from trafilatura.feeds import FeedParameters, determine_feed

    parts = urlsplit(here)
    page = data.decode("utf-8", "replace")
    return determine_feed(page, FeedParameters(f"{parts.scheme}://{parts.netloc}", parts.netloc, here))[:LINKED_FEEDS]


def _fetch(url: str, settings: Settings) -> tuple[bytes, str, str]:
    """The body, its content type and the address that redirects led to."""
    if not settings.allow_network:
        reason = "adding addresses opens connections, which is not allowed"
        raise ArticleUnreadable(url, reason, "add --allow-network, or set QA_ALLOW_NETWORK=1")
    import urllib3

    deadline, here = time.monotonic() + TOTAL_SECONDS, _normal(url)
    if not here:
        raise ArticleUnreadable(url, "is no web address (http or https)", CHECK)
    with _watched_pool(TOTAL_SECONDS) as pool:
        try:
            for _ in range(REDIRECTS + 1):
                response = pool.request("GET", here, preload_content=False, redirect=False)
                try:
                    target = response.get_redirect_location()
                    if not target:
                        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                        return _body(response, url, deadline, settings), kind, here
                finally:
                    response.close()
                _check_time(url, deadline)
                here = _join(here, target)
                if not here:
                    raise ArticleUnreadable(url, f"leads to {target[:200]}, which is no web address", CHECK)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            _check_time(url, deadline)  # a connection that was cut off for it ends as any other error
            raise ArticleUnreadable(url, *_in_words(error)) from error
    raise ArticleUnreadable(url, f"was redirected more than {REDIRECTS} times", "open it in a browser and check")


@contextlib.contextmanager
def _watched_pool(seconds: float) -> Iterator[Any]:
    """A urllib3 pool whose connections are cut off after so many seconds, whatever they are at.

    A timeout of urllib3 begins anew with each piece, so that a server which drips its headers could hold us forever.
    """
    import urllib3
    from urllib3.connection import HTTPConnection, HTTPSConnection

    opened: list[socket.socket] = []
    lock, ended = threading.Lock(), threading.Event()

    def cut() -> None:
        with lock:
            ended.set()
            for item in opened:
                with contextlib.suppress(OSError):
                    item.shutdown(socket.SHUT_RDWR)

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            connected = super()._new_conn()
            with lock:
                if ended.is_set():
                    connected.close()
                    raise TimeoutError("out of time")
                opened.append(connected.dup())  # TLS takes the socket itself away
            return connected

    class Secure(Plain, HTTPSConnection):
        pass

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    agent = {"User-Agent": f"qa-articles/{version('qa-articles')}"}
    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    with urllib3.PoolManager(timeout=min(STEP_SECONDS, seconds), retries=False, headers=agent) as pool:
        pool.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
        timer.start()
        try:
            yield pool
        finally:
            timer.cancel()
            with lock:
                for item in opened:
                    item.close()
                opened.clear()


def _body(response: Any, url: str, deadline: float, settings: Settings) -> bytes:
    """What the server sends, no longer and no larger than allowed."""
    if response.status != 200:
        reason = REASONS.get(response.status, f"was answered with status {response.status}")
        raise ArticleUnreadable(url, reason, CHECK if response.status in (404, 410) else LATER)
    data = bytearray()
    # One read of the socket at a time: to wait for a whole piece would let a slow server hold us.
    while piece := response.read1(PIECE, decode_content=True):
        data += piece
        if len(data) > settings.max_article_bytes:
            reason = f"is larger than {settings.max_article_bytes:,} bytes"
            raise ArticleUnreadable(url, reason, "set QA_MAX_ARTICLE_BYTES higher")
        _check_time(url, deadline)
    _check_time(url, deadline)  # cut off, a page without a stated length looks whole
    if not data:
        raise ArticleUnreadable(url, "is empty", CHECK)
    return bytes(data)


def _check_time(url: str, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise ArticleUnreadable(url, f"takes longer than {TOTAL_SECONDS:g} s", LATER)


def _in_words(error: Exception) -> tuple[str, str]:
    """What went wrong and what to do, without the objects that urllib3 names in its messages."""
    from urllib3 import exceptions

    if isinstance(error, exceptions.NameResolutionError):
        return "is on a host that isn't found", "check the address and your connection"
    if isinstance(error, exceptions.NewConnectionError):
        refused = isinstance(error.__cause__, ConnectionRefusedError)
        return ("is on a server that refuses connections" if refused else "is on a server that isn't reached"), LATER
    if isinstance(error, exceptions.TimeoutError):
        return f"is on a server that doesn't answer within {STEP_SECONDS:g} s", LATER
    if isinstance(error, exceptions.SSLError):
        return f"can't be fetched securely ({str(error)[:200]})", LATER
    if isinstance(error, exceptions.DecodeError):
        return "is packed in a way that can't be unpacked", LATER
    if isinstance(error, exceptions.LocationValueError | ValueError):
        return "is no valid web address", CHECK
    return "breaks off before its end", LATER
