"""What an article states of itself: title, publisher, date, address. Nothing is guessed: wrong is worse than none.

Plain text states a title by repeating it or by beginning with it (`qa.cleaning.find_headline`); a publisher in a notice
of its own ("The Herald is supported by our readers"), never by the name at the top, which is that of whoever copied the
page; a date in a line of its own, at the top or after "Published" and the like; an address after "Source" and the like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from qa.cleaning import find_blocks, find_headline
from qa.types import Span

# Of dates in words; to try all that dateparser knows takes seconds.
LANGUAGES = ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "id", "ru", "uk", "tr"]
EARLIEST = date(1990, 1, 1)
DAY = r"\d{1,2}(?:st|nd|rd|th)?\.?"
MONTH = r"[^\W\d_]{3,12}\.?"
FULL_DATE = rf"\d{{4}}-\d\d-\d\d|{DAY} (?:de )?{MONTH},? (?:de )?\d{{4}}|{MONTH},? {DAY},? \d{{4}}"
LABEL = (
    r"(?:first |last )?(?:published|posted|created|updated|modified|date|publish date|publication date|veröffentlicht|"
    r"aktualisiert|stand|publié|mis à jour|publicado|actualizado|pubblicato|aggiornato|gepubliceerd)"
)
DATE_LINE = re.compile(
    rf"\W{{0,3}}(?P<label>{LABEL}(?: on| at| le| am| el)?\s*:?\s+)?(?:on )?(?:[^\W\d_]{{3,10}}\.?,?\s+)??"
    rf"(?P<date>{FULL_DATE})(?=T\d|\b)(?P<rest>.{{0,60}})$",
    re.IGNORECASE,
)
# What may follow the date in such a line: a time, a zone, another date, an author. Other words mean a sentence.
REST = re.compile(
    rf"(?:[\W\d]|{LABEL}|[ap]\.?m\b|t(?=\d)|(?<=\d)z\b|\b(?:at|on|um|uhr|h|[a-z]{{1,3}}t|gmt|utc)\b|{FULL_DATE})*"
    r"(?:\bby \S+(?: \S+){0,3})?",
    re.IGNORECASE,
)
TOP_BLOCKS = 3  # a date without a label counts only so near to the beginning of the article
SUPPORTED = re.compile(r"^(?P<name>[^.!?:;]{2,60}?) is supported by (?:our|its) (?:audience|readers)\b")
FIRST_ON = re.compile(
    r"^(?:This (?:article|story) (?:was )?)?(?:first|originally) (?:published|appeared) (?:on|in|by) "
    r"(?P<name>[^.,;]{2,40})\.?$",
    re.IGNORECASE,
)
PUBLISHER = re.compile(r"^publisher\s*:\s*(?P<name>\S.{1,60})$", re.IGNORECASE)
ADDRESS = re.compile(
    r"^(?:source|url|link|canonical|original(?: article)?)\s*:\s*(?P<url>https?://\S+)$", re.IGNORECASE
)
FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(?P<lines>(?:.*\r?\n){0,60}?)(?:---|\.\.\.)[ \t]*(?:\r?\n|$)")
FIELD = re.compile(r"^(?P<key>[A-Za-z_]+)\s*:\s*(?P<value>\S.*?)\s*$", re.MULTILINE)
PUBLISHED_NAMES = (
    "article:published_time",
    "datepublished",
    "date",
    "dc.date",
    "dc.date.issued",
    "publishdate",
    "pubdate",
)
JSON_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is stated; None for what isn't."""

    title: str | None = None
    publisher: str | None = None
    published: date | None = None
    url: str | None = None
    language: str | None = None

    def or_else(self, other: Metadata) -> Metadata:
        """These values, and those of `other` where there are none."""
        return Metadata(
            title=self.title or other.title,
            publisher=self.publisher or other.publisher,
            published=self.published or other.published,
            url=self.url or other.url,
            language=self.language or other.language,
        )


def read_text_metadata(text: str, kept: Iterable[Span]) -> Metadata:
    """What plain text or Markdown states in lines of its own."""
    blocks = find_blocks(text)
    lines = [text[block.start : block.end] for block in blocks]
    opening = next(iter(kept), (len(text), 0))[0]
    top = sum(block.start < opening for block in blocks) + TOP_BLOCKS
    return Metadata(
        title=find_headline(text),
        publisher=_first(lines, SUPPORTED, FIRST_ON, PUBLISHER, group="name"),
        published=_find_date(lines, top),
        url=_first(lines, ADDRESS, group="url"),
    )


def read_front_matter(text: str) -> tuple[Metadata, int]:
    """The `key: value` lines between `---` at the beginning of Markdown, and where they end (0 without any)."""
    found = FRONT_MATTER.match(text)
    fields = {f["key"].lower(): f["value"].strip("\"'") for f in FIELD.finditer(found["lines"])} if found else {}
    if not found or not fields:
        return Metadata(), 0
    metadata = Metadata(
        title=fields.get("title"),
        publisher=fields.get("publisher") or fields.get("sitename") or fields.get("site"),
        published=parse_date(fields.get("date") or fields.get("published") or ""),
        url=fields.get("url") or fields.get("source") or fields.get("canonical"),
        language=fields.get("language") or fields.get("lang"),
    )
    return metadata, found.end()


def read_html_metadata(tree: Any, html: str) -> Metadata:
    """What the tags of a page state: an lxml tree, and the page itself for its JSON-LD."""
    tags = {
        (tag.get("property") or tag.get("name") or tag.get("itemprop") or "").lower(): (
            tag.get("content") or ""
        ).strip()
        for tag in reversed(tree.xpath("//meta[@content]"))  # so that the first of several counts
    }
    stated = [tags.get(name, "") for name in PUBLISHED_NAMES] + JSON_DATE.findall(html)
    stated += tree.xpath("//time[@pubdate or @itemprop='datePublished']/@datetime")
    dates = (parse_date(text) for text in stated)
    addresses = [*tree.xpath("//link[@rel='canonical']/@href"), tags.get("og:url", "")]
    languages = tree.xpath("/html/@lang")
    publisher = tags.get("og:site_name") or tags.get("application-name") or None
    return Metadata(
        title=_strip_site(tags.get("og:title", ""), publisher or "") or None,
        publisher=publisher,
        published=next((day for day in dates if day), None),
        url=next((address for address in addresses if address.startswith(("http://", "https://"))), None),
        language=languages[0].split("-")[0].lower() if languages else None,
    )


def _strip_site(title: str, site: str) -> str:
    """The title without the site's name that many pages put after it."""
    return re.sub(rf"\s[|–—-]\s{re.escape(site)}$", "", title) if site else title


def parse_date(text: str) -> date | None:
    """The date, if it is complete and could be that of an article."""
    iso = re.match(r"\d{4}-\d\d-\d\d", text)
    try:
        day = date.fromisoformat(iso[0]) if iso else _parse_words(text)
    except ValueError:
        return None
    return day if day and EARLIEST <= day <= date.today() + timedelta(days=1) else None


def _parse_words(text: str) -> date | None:
    found = re.search(FULL_DATE, text)
    if not found:
        return None
    import dateparser  # type: ignore[import-untyped]  # slow to load

    full = {"STRICT_PARSING": True, "REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]}
    moment = dateparser.parse(re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", found[0]), languages=LANGUAGES, settings=full)
    return date(moment.year, moment.month, moment.day) if moment else None


def _find_date(lines: list[str], top: int) -> date | None:
    """The date in a line that says no more than it: labelled ones first, then the one nearest to the article's text."""
    found = [(at, match) for at, line in enumerate(lines) if len(line) < 120 and (match := DATE_LINE.match(line))]
    plain = [(at, match) for at, match in found if REST.fullmatch(match["rest"])]
    labelled = [match for _, match in plain if match["label"]]
    near = [match for at, match in reversed(plain) if at < top and not match["label"]]
    days = (parse_date(match["date"]) for match in [*labelled, *near])
    return next((day for day in days if day), None)


def _first(lines: list[str], *patterns: re.Pattern[str], group: str) -> str | None:
    found = (pattern.match(line) for pattern in patterns for line in lines if len(line) < 400)
    return next((match[group].strip() for match in found if match), None)
