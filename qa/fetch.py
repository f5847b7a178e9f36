"""Addresses and feeds -> the bytes of their pages. Nothing is looked up or opened unless the user allows network.

trafilatura's list of a feed's links is sorted and without those of other hosts, so entries are read here; the feeds
that a page links to are found by it. robots.txt isn't asked: pages are fetched one at a time, as their reader would.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, Self
from urllib.parse import urlsplit

from qa.containers import Member
from qa.download import OPEN, Reply, download
from qa.errors import ArticleUnreadable
from qa.network import clean_address, join_address, without_login
from qa.settings import Settings

LINKED_FEEDS = 3  # that are tried of a page which is no feed itself
LINKS_BYTES = 1_000_000  # of such a page, within which they are looked for: parsing it has no time limit
FEED_BYTES = 10_000_000
SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".xhtml",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
TEXTS = (".html", ".xhtml", ".txt", ".md")
UNSTATED = ("", "application/octet-stream", "binary/octet-stream", "application/unknown")
HTML = re.compile(rb"<(?:!doctype html|html|head|body|title|article|p|div)\b", re.IGNORECASE)
SNIFFED = 4_096  # bytes
# As browsers take them: a label names the larger encoding that pages with it are really in.
REALLY = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}
NO_TEXT = {"utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-8"}


class Link(str):
    """An address that a feed gave, not the user; `public_only` when the feed is on the internet: then so must this."""

    public_only: bool

    def __new__(cls, address: str, public_only: bool) -> Self:
        link = super().__new__(cls, address)
        link.public_only = public_only
        return link


def is_address(text: str) -> bool:
    """Whether the text is an address of a page: http or https."""
    return text.lower().startswith(("http://", "https://"))


def shown_address(address: str) -> str:
    """The address as it is stored and reported: without a login."""
    return clean_address(address) or without_login(address)


def fetch_page(address: str, settings: Settings) -> Member:
    """The page's bytes, with its address as source; ArticleUnreadable says why it can't be had."""
    reply = download(address, settings, public_only=isinstance(address, Link) and address.public_only)
    suffix = _sniff(reply.data) if reply.kind in UNSTATED else SUFFIXES.get(reply.kind, "")
    if not suffix:
        what = reply.kind or "of no stated type"
        raise ArticleUnreadable(clean_address(address), f"is no article but {what}", "save its text and add that")
    data = _as_utf8(reply.data, reply.charset) if suffix in TEXTS else reply.data
    return Member(clean_address(address), suffix, data)


def find_feed_pages(url: str, settings: Settings) -> list[Link]:
    """The addresses of the articles that a feed lists, or one that the page links to: in its order, each once."""
    reply = download(url, settings)
    pages = _entries(reply)
    for feed in [] if pages else _linked_feeds(reply):
        try:
            reply = download(feed, settings, public_only=reply.is_public)
        except ArticleUnreadable:
            continue  # the page may link to one that works; if none does, that is said below
        if pages := _entries(reply):
            break
    if not pages:
        reason = "lists no articles: is it an RSS, Atom or JSON feed, or a page that links to one?"
        raise ArticleUnreadable(clean_address(url), reason, OPEN)
    return pages[: settings.max_members]


def _sniff(data: bytes) -> str:
    """The format of a page of which the server says nothing; "" for what is none."""
    start = data[:SNIFFED]
    if start.startswith(b"%PDF-"):
        return ".pdf"
    if start.startswith(b"PK\x03\x04"):
        return ".epub" if b"application/epub+zip" in start else ".docx" if b"word/document.xml" in data else ""
    if b"\0" in start:
        return ""
    return ".html" if HTML.search(start) else ".txt"


def _as_utf8(data: bytes, charset: str) -> bytes:
    """A text in the encoding that its server states, marked as UTF-8; as it is where it can't be in that.

    Valid UTF-8 beyond ASCII is UTF-8 whatever a server says: many state one encoding for all of their pages.
    """
    try:
        known = codecs.lookup(charset).name
        known = REALLY.get(known, known)
        if known in NO_TEXT or data.startswith(codecs.BOM_UTF8) or _is_utf8(data):
            return data
        return codecs.BOM_UTF8 + data.decode(known).encode()
    except (LookupError, UnicodeError, ValueError):
        return data


def _is_utf8(data: bytes) -> bool:
    try:
        return not data.isascii() and bool(data.decode())
    except UnicodeDecodeError:
        return False


def _entries(reply: Reply) -> list[Link]:
    """The addresses of a feed's entries; none if it is no feed."""
    data = reply.data[:FEED_BYTES]
    links = _json_links(data) if data.lstrip()[:1] == b"{" else _xml_links(data)
    pages = (join_address(reply.address, link) for link in links if link)
    return [Link(page, reply.is_public) for page in dict.fromkeys(pages) if page]


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


def _linked_feeds(reply: Reply) -> list[str]:
    from trafilatura.feeds import FeedParameters, determine_feed

    parts = urlsplit(reply.address)
    page = reply.data[:LINKS_BYTES].decode("utf-8", "replace")
    known = FeedParameters(f"{parts.scheme}://{parts.netloc}", parts.netloc, reply.address)
    return determine_feed(page, known)[:LINKED_FEEDS]
