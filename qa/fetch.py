"""Addresses and feeds -> the bytes of their pages. Nothing is looked up or opened unless the user allows network.

urllib3 does the fetching rather than trafilatura, which keeps only what it takes for text and tells no reasons; feeds
are found by trafilatura's own reader, which is handed the bytes.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from qa.containers import Member
from qa.errors import ArticleUnreadable
from qa.settings import Settings

TOTAL_SECONDS = 30.0  # for a page, redirects and a slow server included
STEP_SECONDS = 10.0  # for a connection, and between two pieces of a page
REDIRECTS = 5
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


def is_address(text: str) -> bool:
    """Whether the text is an address of a page: http or https."""
    return text.lower().startswith(("http://", "https://"))


def fetch_page(url: str, settings: Settings) -> Member:
    """The page's bytes, with its address as source; ArticleUnreadable says why it can't be had."""
    address = urldefrag(url).url
    data, kind = _fetch(address, settings)
    if kind not in SUFFIXES:
        raise ArticleUnreadable(url, f"is no article but {kind or 'of no stated type'}", "save its text and add that")
    return Member(address, SUFFIXES[kind], data)


def find_feed_pages(url: str, settings: Settings) -> list[str]:
    """The addresses of the articles that an RSS or Atom feed lists, in its order, each once."""
    from lxml import etree  # type: ignore[import-untyped]

    data, _ = _fetch(url, settings)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    tree = etree.fromstring(data, parser)
    links = (
        [] if tree is None else [_link(item) for item in tree.xpath("//*[local-name()='item' or local-name()='entry']")]
    )
    pages = [urljoin(url, link) for link in links if link]
    found = list(dict.fromkeys(page for page in pages if is_address(page) and urlsplit(page).hostname))[
        : settings.max_members
    ]
    if not found:
        raise ArticleUnreadable(url, "lists no articles: is it an RSS or Atom feed?", "open it in a browser and check")
    return found


def _link(item: Any) -> str:
    """The address of an entry: the text of RSS's link, or the href of Atom's."""
    for link in item.xpath("./*[local-name()='link']"):
        text = (link.get("href") if link.get("rel", "alternate") == "alternate" else "") or (link.text or "").strip()
        if text and not len(link):  # an entity within it is not expanded: then the address isn't whole
            return str(text)
    return ""


def _fetch(url: str, settings: Settings) -> tuple[bytes, str]:
    """The body and its content type, redirects followed."""
    if not settings.allow_network:
        reason = "adding addresses opens connections, which is not allowed"
        raise ArticleUnreadable(url, reason, "add --allow-network, or set QA_ALLOW_NETWORK=1")
    import urllib3

    deadline, here = time.monotonic() + TOTAL_SECONDS, url
    with urllib3.PoolManager(timeout=STEP_SECONDS, retries=False, headers={"User-Agent": "qa-articles"}) as pool:
        for _ in range(REDIRECTS + 1):
            if not is_address(here) or not urlsplit(here).hostname:
                raise ArticleUnreadable(url, f"leads to {here[:200]}, which is no web address", "check the address")
            try:
                response = pool.request("GET", here, preload_content=False, redirect=False)
            except (urllib3.exceptions.HTTPError, ValueError, UnicodeError) as error:
                raise ArticleUnreadable(url, f"can't be fetched ({_plain(error)})", LATER) from error
            try:
                target = response.get_redirect_location()
                if not target:
                    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                    return _body(response, url, deadline, settings), kind
                here = urljoin(here, target)
            finally:
                response.close()
    raise ArticleUnreadable(url, f"was redirected more than {REDIRECTS} times", "open it in a browser and check")


def _body(response: Any, url: str, deadline: float, settings: Settings) -> bytes:
    """What the server sends, no longer and no larger than allowed."""
    import urllib3

    if response.status != 200:
        reason = REASONS.get(response.status, f"was answered with status {response.status}")
        raise ArticleUnreadable(url, reason, LATER)
    data = bytearray()
    try:
        # One read of the socket at a time: to wait for a whole piece would let a slow server hold us forever.
        while piece := response.read1(PIECE, decode_content=True):
            data += piece
            if len(data) > settings.max_article_bytes:
                reason = f"is larger than {settings.max_article_bytes:,} bytes"
                raise ArticleUnreadable(url, reason, "set QA_MAX_ARTICLE_BYTES higher")
            if time.monotonic() > deadline:
                raise ArticleUnreadable(url, f"takes longer than {TOTAL_SECONDS:g} s", LATER)
    except urllib3.exceptions.HTTPError as error:
        raise ArticleUnreadable(url, f"broke off ({_plain(error)})", LATER) from error
    if not data:
        raise ArticleUnreadable(url, "is empty", "check the address")
    return bytes(data)


def _plain(error: BaseException) -> str:
    """What went wrong, without the objects that urllib3 names in its messages."""
    cause = getattr(error, "reason", None) or error
    return str(cause).rpartition(">: ")[2].rpartition("): ")[2][:200] or type(error).__name__
