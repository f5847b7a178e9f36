"""Single values as HTML: titles, names, dates and addresses of articles, escaped and within bounds.

Text of articles, questions and files is hostile until `escape` has seen it; all other functions send it through that.
"""

from __future__ import annotations

import html
import re
from datetime import date
from urllib.parse import urlsplit

from qa.languages import language_name
from qa.listing import Ending, Listed
from qa.types import Article, Citation

NOT_STATED = "not stated"
OPENING = 100  # characters of an untitled article that stand for its title
MAX_QUOTED = 5_000  # characters of a quotation: a text without spaces is one passage, however long
MAX_FIELD = 300  # characters of a title, a name or a reason: a page may state a megabyte as its title

# Controls are invisible, lone surrogates can't be sent as UTF-8, and direction overrides make text read as other text
# than it is. Marks of direction without an override (U+200E, U+200F) are left: Arabic and Hebrew pages need them.
ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def escape(text: object) -> str:
    """The text safe inside elements and quoted attributes, dangerous invisible characters spelt out as ⟨U+202E⟩."""
    # A browser reads a bare carriage return as a line feed; written as a reference it stays the character it was.
    return html.escape(spell_odd(str(text)), quote=True).replace("\r", "&#13;")


def spell_odd(text: str) -> str:
    """The text with dangerous invisible characters spelt out as ⟨U+202E⟩."""
    return ODD.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


def escape_field(text: object) -> str:
    """The text of a title, a name or a reason, escaped, set apart from text around it that runs the other way."""
    whole = str(text)
    return f"<bdi>{escape(whole if len(whole) <= MAX_FIELD else whole[:MAX_FIELD] + '…')}</bdi>"


def escape_quoted(text: str) -> str:
    """The text of a quotation, escaped; of a huge one the beginning, and how much is missing."""
    rest = len(text) - MAX_QUOTED
    return escape(text) if rest <= 0 else f"{escape(text[:MAX_QUOTED])}… ({rest:,} characters more in the article)"


def web_address(url: str | None) -> str | None:
    """The URL when it is safe to link to (http or https, with a host), else None."""
    if not url or "\\" in url or ODD.search(url) or any(character.isspace() for character in url):
        return None
    try:
        parts = urlsplit(url)
        return url if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def name_article(item: Citation | Article | Listed) -> str:
    """The title, else a citation's file or an article's opening words, so that untitled ones can be told apart."""
    if isinstance(item, Citation):
        return item.name
    if item.title:
        return item.title
    words = _opening(item).split()
    opening = " ".join(words[:9])[:OPENING]
    opening += "…" if len(words) > 9 or len(opening) == OPENING else ""
    return f"Untitled: “{opening}”" if words else "Untitled article"


def _opening(item: Article | Listed) -> str:
    if isinstance(item, Listed):
        return item.opening
    start, end = item.kept[0] if item.kept else (0, len(item.text))
    return item.text[start : min(end, start + 400)]


def link_to(address: str) -> str:
    """A link that shows its host; only for what `web_address` lets through."""
    host = escape_field(urlsplit(address).hostname or "")
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer nofollow">{host}</a>'


def where_from(article: Article | Listed) -> str:
    """A link to where an article stands on the web, else the name of the file that it was read from."""
    address = web_address(article.url) or web_address(article.source)
    if address:
        return link_to(address)
    return escape_field(name_file(article.source))


def name_file(source: str) -> str:
    """The name of a source's file; of an upload with the folders that it came in, of which others tell too much."""
    whole = source.removeprefix("upload:").rstrip("/\\")
    return (whole if source.startswith("upload:") else re.split(r"[/\\]", whole)[-1]) or source


def write_dated(article: Article | Listed) -> str:
    """The date, and how it is known unless the article says it itself."""
    if article.published is None:
        return f"date {NOT_STATED}"
    day = write_date(article.published)
    return f"{day} ({escape_field(article.dated)})" if article.dated not in (None, "stated") else day


def describe(article: Article | Listed) -> list[str]:
    """Author, language and where it is from, as far as they are known, escaped."""
    author = [f"by {escape_field(article.author)}"] if article.author else []
    language = [escape_field(language_name(article.language))] if article.language else []
    return [*author, *language, where_from(article)]


def write_date(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def write_ending(ending: Ending) -> str:
    """That an article was removed or replaced, by what and when, escaped."""
    when = f"on {write_date(ending.when.date())} (revision {ending.revision:,})"
    if ending.successor is None:
        return f"Removed {when}"
    name = f"“{escape_field(ending.successor_title)}”" if ending.successor_title else "another version"
    return f"Replaced by {name} {when}"
