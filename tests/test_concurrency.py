"""Readers in several threads and processes beside a writer: whole revisions, new ones at once, nothing else."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from eval.bench.concurrency import Seen, judge, measure
from qa.files import LEDGER
from qa.ledger import Ledger
from tests.conftest import OpenLibrary


def test_eight_readers_see_whole_revisions(tmp_path: Path) -> None:
    """While articles are added, changed and removed: no error, and every quotation holds at the revision named.

    For 8 seconds here, for minutes in `make nightly`.
    """
    verdict = measure(tmp_path / "library", tmp_path / "articles", readers=8, seconds=8)
    assert verdict.faults == []
    assert verdict.answers > 100
    assert verdict.seen > 10


def test_what_must_not_be_seen_is_noticed(open_library: OpenLibrary, articles: Path, tmp_path: Path) -> None:
    """Two revisions: 1 has the ferry and the bakery, 2 the bakery alone; acknowledged at 10 and 20 seconds."""
    with open_library() as library:
        library.add(articles)
        ferry = next(article for article in library.articles() if "Aurelia" in article.text)
        library.remove(ferry.id)
    place = (ferry.id, 0, 5, ferry.text[:5])
    published = [(10.0, 1), (20.0, 2)]
    with closing(Ledger.open(tmp_path / "library" / LEDGER)) as ledger:

        def faults(*seen: Seen) -> list[str]:
            return judge(seen, published, ledger, late=1.0).faults

        assert faults(Seen("a", 11, 1, 1, (place,)), Seen("b", 20.9, 1, 1, (place,))) == []
        assert "was not there at 2" in faults(Seen("a", 21, 1, 2, (place,)))[0]
        assert "too late" in faults(Seen("a", 21.1, 1, 1, (place,)))[0]
        assert "does not say" in faults(Seen("a", 11, 1, 1, ((ferry.id, 0, 5, "Other"),)))[0]
        assert "does not say" in faults(Seen("a", 11, 1, 1, (("unknown", 0, 5, "Other"),)))[0]
        assert "found nothing" in faults(Seen("a", 11, 1, 1, ()))[0]
        assert "went back" in faults(Seen("a", 19, 1, 2, ()), Seen("a", 19.5, 1, 1, (place,)))[1]
        assert faults() == ["nobody read anything"]
