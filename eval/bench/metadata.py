"""How much of an article's metadata is found in its text, and how much of that is right.

Pages are dumped as text, with and without blank lines; what the text states is compared with what the page's tags
state. Scraped articles are compared with the title and date that came with them. Dates a day apart are equal: a tag
may give the time in UTC, the line in the newsroom's.
"""

from __future__ import annotations

import argparse
import gzip
import runpy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from eval.bench.data import read_lines
from eval.intervals import wilson
from qa.cleaning import keep_spans
from qa.metadata import Metadata, parse_date, read_html_metadata, read_text_metadata

FIELDS = ("title", "published", "author")


@dataclass(frozen=True, slots=True)
class Pair:
    """What a text was found to state, and what is known of it."""

    source: str
    found: Metadata
    known: Metadata


def read_pages(data: Path, *, blank_lines: bool) -> Iterator[Pair]:
    """The pages of the cleaning benchmark as a careless scraper dumps them."""
    import trafilatura

    dump: Callable[..., str] = runpy.run_path(str(data / "measures.py"))["naive"]
    for path in sorted((data / "pages" / "html").glob("*.html.gz")):
        page = gzip.decompress(path.read_bytes())
        tree = trafilatura.load_html(page)
        if tree is not None:
            known = read_html_metadata(tree, page.decode("utf-8", "replace"))
            yield Pair(path.name, _read(dump(page, blank_lines=blank_lines)), known)


def read_scraped(data: Path) -> Iterator[Pair]:
    """The news pages that a scraper left, with the date and title that it noted."""
    for record in read_lines(data / "scraped" / "raw_articles.jsonl.gz"):
        known = Metadata(title=record["title"], published=parse_date(record["date"]))
        yield Pair(record["id"], _read(record["text"]), known)


def _read(text: str) -> Metadata:
    return read_text_metadata(text, keep_spans(text))


def is_right(field: str, pair: Pair) -> bool:
    """Whether the value found is the known one; of titles one may be cut, of authors one left out."""
    found, known = getattr(pair.found, field), getattr(pair.known, field)
    if field == "published":
        return bool(abs(found - known) <= timedelta(days=1))
    found, known = (" ".join(value.split()).casefold() for value in (found, known))
    if field == "author":
        return bool(set(found.split(", ")) & set(known.split(", ")))
    start = min(len(found), len(known), 30)
    return bool(found[:start] == known[:start])


def report(name: str, pairs: list[Pair], *, wrong: bool) -> None:
    """Prints a line for each field, and with `wrong` the values that aren't right."""
    for field in FIELDS:
        found = [pair for pair in pairs if getattr(pair.found, field)]
        judged = [pair for pair in found if getattr(pair.known, field)]
        right = [pair for pair in judged if is_right(field, pair)]
        print(f"{name:22} {field:10} found {_share(len(found), len(pairs))}   right {_share(len(right), len(judged))}")
        for pair in judged if wrong else ():
            if pair not in right:
                print(f"    {getattr(pair.found, field)} <> {getattr(pair.known, field)}  {pair.source}")


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
        pairs = list(read_pages(arguments.data, blank_lines=blank_lines))
        report(f"pages, {'blank lines' if blank_lines else 'lines'}", pairs, wrong=arguments.wrong)
    report("scraped", list(read_scraped(arguments.data)), wrong=arguments.wrong)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
