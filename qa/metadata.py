"""What an article states of itself: title, publisher, author, date, address; nothing is guessed.

Plain text states a title by repeating it or by beginning with it (`qa.cleaning.find_headline`); a publisher in a notice
of its own ("The Herald is supported by our readers"), never by the name at the top, which is that of whoever copied the
page; a date in a line of its own, at the top or after "Published" and the like; an address after "Source" and the like;
an author in a byline near the top.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from qa.blocks import find_blocks
from qa.bylines import as_names, find_byline
from qa.cleaning import find_headline
from qa.types import Dated, Span

# Of dates in words; to try all that dateparser knows takes seconds.
LANGUAGES = ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "id", "ru", "uk", "tr"]
EARLIEST = date(1990, 1, 1)  # of what a line, a tag or a name says: older ones are placeholders, or history
STATED_EARLIEST = date(1600, 1, 1)  # of what someone wrote into a field of its own: newspapers are older
DAY = r"\d{1,2}(?:st|nd|rd|th)?\.?"
MONTH = r"[^\W\d_]{3,12}\.?"
FULL_DATE = rf"\d{{4}}[-/]\d\d[-/]\d\d|{DAY} (?:de )?{MONTH},? (?:de )?\d{{4}}|{MONTH},? {DAY},? \d{{4}}"
NUMERIC = r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"  # 10/06/2025 is June or October: only with a label, and a number over 12
UPDATED = r"updated|modified|aktualisiert|stand|mis à jour|actualizado|aggiornato"
LABEL = (
    rf"(?:first |last )?(?:published|posted|created|date|publish date|publication date|veröffentlicht|"
    rf"publié|publicado|pubblicato|gepubliceerd|{UPDATED})"
)
TIME = r"(?:\d{1,2}[:.]\d\d(?:\s?[ap]\.?m\b\.?)?(?:\s\(?[a-z]{2,5}\)?)?|\d{4} GMT(?: \(\d{4} [a-z]{2,5}\))?),?\s+"
WRITTEN = r"(?:written|posted|reported) by [^.:!?]{3,60}? on "
BYLINE = r"by [^\W\d_][^\d:;!?\n]{1,80}?(?:\s*[|·•–—]\s*|,\s+)"
DATE_LINE = re.compile(
    rf"\W{{0,3}}(?P<label>{WRITTEN}|{LABEL}(?: on| at| le| am| el)?\s*:?\s+)?(?:{BYLINE})??(?:on )?(?:{TIME})?"
    r"(?:[^\W\d_]{3,10}(?: morning| afternoon| evening| night)?\.?,?\s+)??"
    rf"(?P<date>{FULL_DATE}|{NUMERIC})(?=T\d|\b)(?P<rest>.{{0,60}})$",
    re.IGNORECASE,
)
# What may follow the date in such a line: a time, a zone, another date, an author, and what a rule or a dot sets apart
# (a desk, an agency, the number of comments). Other words mean a sentence.
REST = re.compile(
    rf"(?:[\W\d]|{LABEL}|[ap]\.?m\b|t(?=\d)|(?<=\d)z\b|\b(?:at|on|um|uhr|h|[a-z]{{1,3}}t|gmt|utc)\b|{FULL_DATE}|"
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b|\bmin(?:ute)?s?(?: read)?\b)*"
    r"(?:\bby \S+(?: \S+){0,3})?(?:\s*[|·•]\s*[^|·•.!?]{1,40}|\s*\([^()]{1,30}\))*",
    re.IGNORECASE,
)
# In a name, 2025-11-12 and the like; then 12-nov-2025 and 13-11-2025; last 20251112, alone or with a time after it.
NAME_DATES = (
    r"(?<!\d)(?P<year>(?:19|20)\d\d)([-/._])(?P<month>\d\d?)\2(?P<day>\d\d?)(?!\d)",
    r"(?<!\d)(?P<day>\d\d?)([-/._ ])(?P<name>[a-z]{3,9})\2(?P<year>(?:19|20)\d\d)(?!\d)",
    r"(?<!\d)(?P<year>(?:19|20)\d\d)([-/._ ])(?P<name>[a-z]{3,9})\2(?P<day>\d\d?)(?!\d)",
    r"(?<!\d)(?P<either>\d\d?)([-/._])(?P<other>\d\d?)\2(?P<year>(?:19|20)\d\d)(?!\d)",
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?:\d{4}|\d{6})?(?!\d)",
)
MONTHS = "january february march april may june july august september october november december".split()
ABOVE, BELOW = 15, 5  # a date without a label, or a byline, counts within so many blocks of the article's beginning
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
AUTHOR_NAMES = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "byl")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is stated; None for what isn't."""

    title: str | None = None
    publisher: str | None = None
    published: date | None = None
    url: str | None = None
    language: str | None = None
    author: str | None = None
    dated: Dated | None = None  # how `published` is known; None without it

    def or_else(self, other: Metadata) -> Metadata:
        """These values, and those of `other` where there are none."""
        date_of = self if self.published else other  # a date and how it is known go together
        return Metadata(
            title=self.title or other.title,
            publisher=self.publisher or other.publisher,
            published=date_of.published,
            url=self.url or other.url,
            language=self.language or other.language,
            author=self.author or other.author,
            dated=date_of.dated,
        )


def read_text_metadata(text: str, kept: Iterable[Span]) -> Metadata:
    """What plain text or Markdown states in lines of its own."""
    blocks = find_blocks(text)
    lines = [text[block.start : block.end] for block in blocks]
    opening = next(iter(kept), (len(text), 0))[0]
    first = sum(block.start < opening for block in blocks)
    top = range(max(0, first - ABOVE), first + BELOW)
    published = _find_date(lines, top)
    return Metadata(
        title=find_headline(text),
        publisher=_first(lines, SUPPORTED, FIRST_ON, PUBLISHER, group="name"),
        published=published,
        url=_first(lines, ADDRESS, group="url"),
        author=find_byline(lines[top.start : top.stop + 1]),
        dated="stated" if published else None,
    )


def read_front_matter(text: str) -> tuple[Metadata, int]:
    """The `key: value` lines between `---` at the beginning of Markdown, and where they end (0 without any)."""
    found = FRONT_MATTER.match(text)
    fields = {f["key"].lower(): f["value"].strip("\"'") for f in FIELD.finditer(found["lines"])} if found else {}
    if not found or not fields:
        return Metadata(), 0
    published = parse_date(fields.get("date") or fields.get("published") or "", since=STATED_EARLIEST)
    metadata = Metadata(
        title=fields.get("title"),
        publisher=fields.get("publisher") or fields.get("sitename") or fields.get("site"),
        published=published,
        url=fields.get("url") or fields.get("source") or fields.get("canonical"),
        language=language_code(fields.get("language") or fields.get("lang")),
        author=_not_address(fields.get("author")),
        dated="stated" if published else None,
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
    records = _article_records(tree)
    stated = [tags.get(name, "") for name in PUBLISHED_NAMES]
    stated += [record["datePublished"] for record in records if isinstance(record.get("datePublished"), str)]
    stated += tree.xpath("//time[@pubdate or @itemprop='datePublished']/@datetime")
    published = next((day for day in map(parse_date, stated) if day), None)
    addresses = [*tree.xpath("//link[@rel='canonical']/@href"), tags.get("og:url", "")]
    publisher = tags.get("og:site_name") or tags.get("application-name") or None
    authors = (as_names(names) for names in [*map(_authors, records), *([tags.get(name, "")] for name in AUTHOR_NAMES)])
    url = next((address for address in addresses if address.startswith(("http://", "https://"))), None)
    sites = (publisher, _host(url))
    return Metadata(
        title=_shown_title(tree) or _strip_site(tags.get("og:title", ""), publisher or "") or None,
        publisher=publisher,
        published=published,
        url=url,
        language=language_code(next(iter(tree.xpath("/html/@lang")), None)),
        author=next((names for names in authors if names and _is_shown_person(names, tree, sites)), None),
        dated="page metadata" if published else None,
    )


def _shown_title(tree: Any) -> str | None:
    """The heading that the page's title begins with; og:title may be another one, written for sharing."""
    title = _spaced(next(iter(tree.xpath("/html/head/title/text()")), ""))
    headings = (_spaced(heading.text_content()) for heading in tree.xpath("//h1"))
    return next((heading for heading in headings if heading and title.startswith(heading)), None)


def _is_shown_person(names: str, tree: Any, sites: Iterable[str | None]) -> bool:
    """Whether readers see the names, which otherwise may be those of an uploader, and they aren't the site's own."""
    parts = [_letters(name) for name in names.split(", ")]
    own = [_letters(site) for site in sites if site]
    if any(all(part in site or site in part for part in parts) for site in own):
        return False
    shown = _letters(" ".join(tree.xpath("//body//text()[not(ancestor::script or ancestor::style)]")))
    return all(part in shown for part in parts)


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _not_address(author: str | None) -> str | None:
    return author if author and "://" not in author else None


def language_code(stated: str | None) -> str | None:
    """ "en-US" and "EN" as "en"; None for what is no code."""
    found = re.match(r"([a-z]{2,3})(?![a-z])", (stated or "").strip().lower())
    return found[1] if found else None


def _article_records(tree: Any) -> list[dict[str, Any]]:
    """The articles that a page's JSON-LD describes."""
    scripts = tree.xpath("//script[@type='application/ld+json']/text()")
    found = (record for script in scripts for record in _records(script))
    return [record for record in found if re.search(r"Article|Posting|Report", str(record.get("@type", "")))]


def _records(script: str) -> Iterator[dict[str, Any]]:
    try:
        value = json.loads(script, strict=False)
    except (ValueError, RecursionError):
        return
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            graph = item.get("@graph")
            yield item
            yield from (part for part in graph if isinstance(part, dict)) if isinstance(graph, list) else ()


def _authors(record: dict[str, Any]) -> list[str]:
    authors = record.get("author")
    listed = authors if isinstance(authors, list) else [authors]
    names = (item.get("name") if isinstance(item, dict) else item for item in listed)
    return [name for name in names if isinstance(name, str)]


def _strip_site(title: str, site: str) -> str:
    """The title without the site's name that many pages put after it."""
    return re.sub(rf"\s[|–—-]\s{re.escape(site)}$", "", title) if site else title


def parse_date(text: str, *, since: date = EARLIEST) -> date | None:
    """The date, if it is complete, clear and could be that of an article."""
    iso = re.match(r"\s*(\d{4})([-/.])(\d\d?)\2(\d\d?)(?!\d)", text)
    numeric = re.match(rf"\s*{NUMERIC}(?!\d)", text)
    if iso:
        found = _past(int(iso[1]), int(iso[3]), int(iso[4]))
    elif numeric:
        either, other, year = map(int, re.findall(r"\d+", numeric[0]))
        found = _day_and_month(year, either, other)
    else:
        found = _parse_words(text)
    return found if found and found >= since else None


def date_from_name(name: str) -> date | None:
    """The one full date in a file's name, or in the path of an address; None if there are several."""
    is_address = name.startswith(("http://", "https://"))
    place = urlsplit(name).path if is_address else re.split(r"[/\\]", name.rstrip("/"))[-1]
    for pattern in NAME_DATES:
        found = (match.groupdict() for match in re.finditer(pattern, unquote(place).lower()))
        days = {day for parts in found if (day := _named_date(parts)) and day >= EARLIEST}
        if days:
            return days.pop() if len(days) == 1 else None
    return None


def _named_date(parts: dict[str, str]) -> date | None:
    year = int(parts["year"])
    if "either" in parts:
        return _day_and_month(year, int(parts["either"]), int(parts["other"]))
    month = _english_month(parts["name"]) if "name" in parts else int(parts["month"])
    return _past(year, month, int(parts["day"]))


def _day_and_month(year: int, either: int, other: int) -> date | None:
    """The date of two numbers in unknown order, when only one order is possible."""
    days = {day for pair in ((either, other), (other, either)) if (day := _past(year, *pair))}
    return days.pop() if len(days) == 1 else None


def _past(year: int, month: int, day: int) -> date | None:
    """That day, unless there is none such, or it is still to come: tomorrow it may be elsewhere."""
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if found <= date.today() + timedelta(days=1) else None


def _english_month(word: str) -> int:
    """1–12 for a month's English name or the three or four letters that it is cut to; else 0."""
    word = word.lower().rstrip(".")
    places = (at for at, month in enumerate(MONTHS, 1) if word == month or word in (month[:3], month[:4]))
    return next(places, 0)


def _parse_words(text: str) -> date | None:
    found = re.search(FULL_DATE, text)
    if not found:
        return None
    words, numbers = re.findall(r"[^\W\d_]{3,}", found[0]), re.findall(r"\d+", found[0])
    if len(words) == 1 and len(numbers) == 2 and (month := _english_month(words[0])):
        return _past(int(numbers[1]), month, int(numbers[0]))
    import dateparser  # type: ignore[import-untyped]  # slow to load

    full = {"STRICT_PARSING": True, "REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]}
    moment = dateparser.parse(re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", found[0]), languages=LANGUAGES, settings=full)
    return _past(moment.year, moment.month, moment.day) if moment else None


def _find_date(lines: list[str], top: range) -> date | None:
    """The date in a line that says no more than it: of publication, then the nearest to the text, then of an update."""
    found = [(at, match) for at, line in enumerate(lines) if len(line) < 120 and (match := DATE_LINE.match(line))]
    plain = [(at, match) for at, match in found if REST.fullmatch(match["rest"])]
    labelled = [match for _, match in plain if match["label"]]
    updated = [match for match in labelled if re.search(UPDATED, match["label"], re.IGNORECASE)]
    published = [match for match in labelled if match not in updated]
    near = [match for at, match in reversed(plain) if at in top and not match["label"]]
    near = [match for match in near if not re.fullmatch(NUMERIC, match["date"])]
    days = (parse_date(match["date"]) for match in [*published, *near, *updated])
    return next((day for day in days if day), None)


def _first(lines: list[str], *patterns: re.Pattern[str], group: str) -> str | None:
    found = (pattern.match(line) for pattern in patterns for line in lines if len(line) < 400)
    return next((match[group].strip() for match in found if match), None)
