"""How much of an article's metadata is found in its text, and how much of that is right.

Pages are dumped as text, with and without blank lines; what is found in that is compared with what the page says
elsewhere: its tags and headings, the date in its address, the author that trafilatura finds by the names of its
elements. What is found in the pages as HTML, mostly from their tags, is compared with their headings and addresses;
authors aren't judged there. Scraped articles are compared with the title and date that came with them. Dates a day
apart are equal: a tag may give the time in UTC, the line in the newsroom's. A date of change is wrong, and counted.
"""

from __future__ import annotations

import argparse
import gzip
import re
import runpy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from eval.intervals import wilson
from qa.articles import article_from_bytes, decode
from qa.cleaning import keep_spans
from qa.errors import ArticleUnreadable
from qa.metadata import Metadata, date_from_name, parse_date, read_html_metadata, read_text_metadata
from qa.reader.examples import read_lines

CHANGED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified")
TITLE_CHARACTERS = 30  # that must agree: a title may be cut


@dataclass(frozen=True, slots=True)
class Known:
    """What else is known of an article; any of several values is right."""

    titles: tuple[str, ...] = ()
    dates: tuple[date, ...] = ()
    authors: tuple[str, ...] = ()
    changed: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """What an article was found to state, and what is known of it."""

    source: str
    found: Metadata
    known: Known


def read_pages(data: Path) -> Iterator[tuple[str, str, Any]]:
    """Name, HTML and tree of the pages of the cleaning benchmark."""
    import trafilatura

    for path in sorted((data / "pages" / "html").glob("*.html.gz")):
        html, _ = decode(gzip.decompress(path.read_bytes()), is_html=True)
        tree = trafilatura.load_html(html)
        if tree is not None:
            yield path.name, html, tree


def read_dumped(data: Path, *, blank_lines: bool) -> Iterator[Pair]:
    """The pages as a careless scraper dumps them, against all that their HTML says."""
    dump: Callable[..., str] = runpy.run_path(str(data / "measures.py"))["naive"]
    for name, html, tree in read_pages(data):
        text = dump(b"\xef\xbb\xbf" + html.encode("utf-8", "replace"), blank_lines=blank_lines)
        tags = read_html_metadata(tree, html)
        stated = Known(_real([tags.title]), _dates(tags.published), _real([tags.author]))
        elsewhere = know_elsewhere(tree, tags)
        known = Known(
            _real([*stated.titles, *elsewhere.titles]),
            stated.dates or elsewhere.dates,
            _real([*stated.authors, _marked_author(html)]),
            _dates(*map(parse_date, _stated_changes(html, tree))),
        )
        yield Pair(name, _read(text), known)


def read_html(data: Path) -> Iterator[Pair]:
    """The pages as HTML, against what isn't in their tags."""
    for name, html, tree in read_pages(data):
        try:
            article, _ = article_from_bytes(html.encode("utf-8", "replace"), source=name, suffix=".html")
        except ArticleUnreadable:
            continue
        found = Metadata(article.title, published=article.published, author=article.author)
        yield Pair(name, found, know_elsewhere(tree, read_html_metadata(tree, html)))


def know_elsewhere(tree: Any, tags: Metadata) -> Known:
    """What a page's headings and address say, its tags aside."""
    headings = (" ".join(item.text_content().split()) for item in tree.xpath("//h1|/html/head/title"))
    return Known(_real(headings), _dates(date_from_name(tags.url or "")))


def _marked_author(html: str) -> str:
    import trafilatura

    document = trafilatura.extract_metadata(html)
    return (document.author if document else None) or ""


def _stated_changes(html: str, tree: Any) -> list[str]:
    tags = [tag for tag in tree.xpath("//meta[@content]") if set(map(str.lower, tag.attrib.values())) & set(CHANGED)]
    return [*(tag.get("content") for tag in tags), *re.findall(r'"dateModified"\s*:\s*"([^"]{8,40})"', html)]


def read_scraped(data: Path) -> Iterator[Pair]:
    """The news pages that a scraper left, with the date and title that it noted."""
    for record in read_lines(data / "scraped" / "raw_articles.jsonl.gz"):
        known = Known(_real([record["title"]]), _dates(parse_date(record["date"])))
        yield Pair(record["id"], _read(record["text"]), known)


def _read(text: str) -> Metadata:
    return read_text_metadata(text, keep_spans(text))


def _dates(*found: date | None) -> tuple[date, ...]:
    return tuple(day for day in found if day)


def _real(found: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(text for text in found if text and text.strip())


def is_title(found: str, known: Known) -> bool:
    """Whether one of them begins as the other does."""

    def agrees(title: str) -> bool:
        length = min(len(_fold(found)), len(_fold(title)), TITLE_CHARACTERS)
        return _fold(found)[:length] == _fold(title)[:length]

    return any(map(agrees, known.titles))


def is_author(found: str, known: Known) -> bool:
    """Whether all who are found are known: one may be left out, none may be wrong."""
    return all(any(_fold(name) in _fold(names) for names in known.authors) for name in found.split(", "))


def is_near(found: date, days: Iterable[date]) -> bool:
    return any(abs(found - day) <= timedelta(days=1) for day in days)


def _fold(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def report(name: str, pairs: list[Pair], *, wrong: bool) -> None:
    """Prints a line for each field, and with `wrong` the values that aren't right."""
    rows: list[tuple[str, Callable[[Pair], Any], Callable[[Pair], Any], Callable[[Pair], bool]]] = [
        ("title", lambda pair: pair.found.title, lambda pair: pair.known.titles,
         lambda pair: is_title(pair.found.title or "", pair.known)),
        ("published", lambda pair: pair.found.published, lambda pair: pair.known.dates,
         lambda pair: is_near(pair.found.published or date.min, pair.known.dates)),
        ("author", lambda pair: pair.found.author, lambda pair: pair.known.authors,
         lambda pair: is_author(pair.found.author or "", pair.known)),
    ]  # fmt: skip
    for field, found_in, known_in, is_right in rows:
        found = [pair for pair in pairs if found_in(pair)]
        judged = [pair for pair in found if known_in(pair)]
        bad = [pair for pair in judged if not is_right(pair)]
        line = f"{name:22} {field:10} found {_share(len(found), len(pairs))}"
        print(f"{line}   right {_share(len(judged) - len(bad), len(judged))}{_changes(bad, field)}")
        for pair in bad if wrong else ():
            print(f"    {found_in(pair)} <> {' | '.join(map(str, known_in(pair)))}  {pair.source}")


def _changes(wrong: list[Pair], field: str) -> str:
    """How many of the wrong dates are the page's date of change."""
    of_change = [p for p in wrong if p.found.published and is_near(p.found.published, p.known.changed)]
    return f"   dates of change: {len(of_change)}" if field == "published" and of_change else ""


def _share(successes: int, n: int) -> str:
    if not n:
        return "-  (n = 0)"
    low, high = wilson(successes, n)
    return f"{successes / n:.3f} [{low:.3f}, {high:.3f}] (n = {n})"


def main() -> int:
    """Prints the table; 1 when the data isn't there."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.metadata", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of the benchmark data")
    parser.add_argument("--wrong", action="store_true", help="show the values that aren't right")
    arguments = parser.parse_args()
    if not (arguments.data / "measures.py").is_file():
        print(f"no benchmark data at {arguments.data}: --data takes the folder with measures.py, pages and scraped")
        return 1
    for blank_lines in (False, True):
        pairs = list(read_dumped(arguments.data, blank_lines=blank_lines))
        report(f"pages, {'blank lines' if blank_lines else 'lines'}", pairs, wrong=arguments.wrong)
    report("pages, as HTML", list(read_html(arguments.data)), wrong=arguments.wrong)
    report("scraped", list(read_scraped(arguments.data)), wrong=arguments.wrong)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
