"""What becomes of what users add: archives, records, copies, what is gone, what is cleaned again."""

from __future__ import annotations

import io
import json
import sqlite3
import threading
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

import qa.ingest
from qa.library import Library
from qa.settings import Settings
from qa.types import Ingested, IngestReport, Upload
from qa.watch import watch
from tests.conftest import BAKERY, FERRY, OpenLibrary

pytestmark = pytest.mark.both

LIGHTHOUSE = (
    "The lighthouse on Corran Head will be lit again in spring after eleven dark years. "
    "Volunteers led by Sunniva Blackwood have repaired its lamp with parts from three old ships.\n\n"
    "The harbour board of Lerrick will pay for the current. "
    "Fishermen had asked for the light since two boats were lost on the reef below the head."
)


def outcomes(report: IngestReport) -> dict[str, str]:
    """Name of the file or member -> outcome."""
    return {entry.source.rpartition("/")[2]: entry.outcome for entry in report.entries}


def test_what_is_gone_from_a_folder_goes_when_asked(open_library: OpenLibrary, articles: Path) -> None:
    library = open_library()
    library.add(articles)
    (articles / "ferry.txt").unlink()
    assert outcomes(library.add(articles)) == {"bakery.txt": "unchanged"}
    assert outcomes(library.add(articles, prune=True)) == {"bakery.txt": "unchanged", "ferry.txt": "removed"}
    assert [Path(article.source).name for article in library.articles()] == ["bakery.txt"]


def test_pruning_spares_what_cannot_be_read_and_what_lies_elsewhere(
    open_library: OpenLibrary, articles: Path, tmp_path: Path
) -> None:
    library = open_library()
    other = tmp_path / "other.txt"
    other.write_text(LIGHTHOUSE)
    library.add([articles, other])
    (articles / "ferry.txt").write_bytes(b"")  # there still, but not readable as an article
    found = outcomes(library.add(articles, prune=True))
    assert found == {"ferry.txt": "skipped", "bakery.txt": "unchanged"}
    assert len(library.articles()) == 3


@pytest.mark.parametrize("empty", ["no files", "no folder"])
def test_a_folder_that_is_empty_or_not_there_prunes_nothing(
    open_library: OpenLibrary, articles: Path, empty: str
) -> None:
    """It may be a disk that isn't mounted."""
    library = open_library()
    library.add(articles)
    for file in articles.iterdir():
        file.unlink()
    if empty == "no folder":
        articles.rmdir()
    report = library.add(articles, prune=True)
    assert [entry.outcome for entry in report.entries] == ["skipped"]
    assert len(library.articles()) == 2


def test_an_archive_is_read_member_by_member_and_again_only_what_changed(
    open_library: OpenLibrary, tmp_path: Path
) -> None:
    library, archive = open_library(), tmp_path / "all.zip"
    write_zip(archive, {"a/ferry.txt": FERRY, "bakery.txt": BAKERY})
    assert outcomes(library.add(archive)) == {"ferry.txt": "added", "bakery.txt": "added"}
    write_zip(archive, {"a/ferry.txt": FERRY.replace("140", "141"), "light.txt": LIGHTHOUSE})
    found = outcomes(library.add(archive, prune=True))
    assert found == {"ferry.txt": "updated", "light.txt": "added", "bakery.txt": "removed"}
    assert library.search("ferry aboard", k=1)[0].passage.text.count("141") == 1


def test_records_are_articles_with_what_their_fields_state(open_library: OpenLibrary, tmp_path: Path) -> None:
    records = tmp_path / "feed.jsonl"
    lines = [
        {
            "id": "7",
            "headline": "Ferry aground",
            "story": FERRY,
            "source": {"name": "The Herald"},
            "date": "2025-11-12",
        },
        {"story": BAKERY, "authors": ["Ann Lee", "Bo Ray"]},
        {"story": ""},
    ]
    records.write_text("\n".join(map(json.dumps, lines)) + "\nnot json\n")
    library = open_library()
    assert outcomes(library.add(records))["feed.jsonl#7"] == "skipped"
    report = library.add(records, fields={"text": "story"})
    assert outcomes(report) == {
        "feed.jsonl#7": "added", "feed.jsonl#2": "added", "feed.jsonl#3": "skipped", "feed.jsonl#4": "skipped",
    }  # fmt: skip
    ferry, bakery = library.articles()
    assert (ferry.title, ferry.publisher, str(ferry.published)) == ("Ferry aground", "The Herald", "2025-11-12")
    assert (ferry.dated, bakery.author) == ("stated", "Ann Lee, Bo Ray")
    assert ferry.text == FERRY


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"tekst": "story"}, "is given a field tekst, which is no role"),
        ({"text": "nothing"}, "has no column nothing"),
    ],
)
def test_wrong_field_names_are_told_with_those_that_there_are(
    open_library: OpenLibrary, tmp_path: Path, fields: dict[str, str], reason: str
) -> None:
    records = tmp_path / "feed.csv"
    records.write_text("title,story\nFerry,It ran aground.\n")
    [entry] = open_library().add(records, fields=fields).entries
    assert (entry.outcome, entry.reason) == ("skipped", reason)
    assert "title" in entry.remedy


def test_a_copy_with_another_headline_inside_a_longer_page_is_one_source(
    open_library: OpenLibrary, tmp_path: Path
) -> None:
    """Its sentences are found once, with both articles as carriers; what only the longer page says is found too."""
    library = open_library(settings=Settings(strictness=0, passage_tokens=40))
    (tmp_path / "one.txt").write_text(FERRY)
    longer = (
        f"---\npublisher: The Echo\n---\n\n{BAKERY}\n\n{FERRY.replace('Lifeboats', 'Three lifeboats')}\n\n{LIGHTHOUSE}"
    )
    (tmp_path / "two.md").write_text(longer)
    report = library.add([tmp_path / "one.txt", tmp_path / "two.md"])
    assert "% of it is also in" in report.entries[1].reason
    hits = library.search("steering failed captain Penhale", k=20, rerank=False)
    carrying = [hit for hit in hits if "Penhale" in hit.passage.text]
    assert len(carrying) == 1
    assert len(carrying[0].copies) == 1
    assert carrying[0].publishers == ("The Echo",)
    assert any("Blackwood" in hit.passage.text for hit in library.search("Blackwood lamp", k=20, rerank=False))


def test_a_copy_with_another_figure_is_no_copy(open_library: OpenLibrary) -> None:
    """A later version of a story gives another count: both must be seen."""
    library = open_library()
    library.add([Upload("a.txt", FERRY.encode()), Upload("b.txt", FERRY.replace("140", "152").encode())])
    texts = [hit.passage.text for hit in library.search("How many people were aboard?", rerank=False)]
    assert sum("140" in text for text in texts) == sum("152" in text for text in texts) == 1


@pytest.mark.folder
def test_what_stands_in_most_articles_is_noted_no_further(
    open_library: OpenLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text of the site in every page: looking it up, and storing it, would cost more with every page."""
    monkeypatch.setattr("qa.copies.COMMON", 3)
    library = open_library()
    for number in range(6):
        library.add(Upload(f"{number}.txt", FERRY.encode()))
    with closing(sqlite3.connect(tmp_path / "library" / "ledger.sqlite")) as ledger:
        counts = {count for (count,) in ledger.execute("SELECT count(*) FROM bands GROUP BY band")}
    assert counts == {4}
    assert len(library.search("ferry", k=1, rerank=False)[0].copies) == 5  # the same text needs no looking up


def test_removing_one_of_two_copies_leaves_the_other(open_library: OpenLibrary) -> None:
    library = open_library()
    library.add([Upload("a.txt", FERRY.encode()), Upload("b.txt", FERRY.encode())])
    first = library.search("ferry", k=1, rerank=False)[0]
    assert len(first.copies) == 1
    library.remove(first.passage.article_id)
    second = library.search("ferry", k=1, rerank=False)[0]
    assert (second.passage.article_id, second.copies) == (first.copies[0], ())


def test_a_better_cleaner_changes_what_is_kept_and_no_offset(
    open_library: OpenLibrary, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = open_library()
    library.add(articles)
    answer = library.ask("Who is the captain of the ferry?")
    cut = FERRY.index("\n\n")
    monkeypatch.setattr("qa.articles.keep_spans", lambda text, markup: ((0, min(cut, len(text))),))
    report = library.reclean()
    assert outcomes(report) == {"ferry.txt": "updated", "bakery.txt": "updated"}
    assert {check.state for check in library.verify(answer)} == {"valid"}
    assert all("Penhale" not in hit.passage.text for hit in library.search("captain Penhale", rerank=False))
    assert outcomes(library.reclean()) == {"ferry.txt": "unchanged", "bakery.txt": "unchanged"}
    assert all(finding.sound for finding in library.check())


def test_what_changes_in_a_watched_folder_is_added(open_library: OpenLibrary, articles: Path) -> None:
    library, stop, reports = open_library(), threading.Event(), []
    library.add(articles)

    def tell(report: IngestReport) -> None:
        reports.append(outcomes(report))
        if len(reports) == 1:
            (articles / "ferry.txt").unlink()
        else:
            stop.set()

    writing = threading.Timer(1.0, (articles / "light.txt").write_text, [LIGHTHOUSE])
    writing.start()
    watch(library, [articles], tell=tell, prune=True, stop=stop)
    writing.join()
    assert reports[0] == {"light.txt": "added"}
    assert reports[1]["ferry.txt"] == "removed"


def test_unchanged_articles_are_looked_up_in_groups(
    open_library: OpenLibrary, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Groups smaller than what is added, by number and by size, lose nothing."""
    monkeypatch.setattr(qa.ingest, "GROUP", 1)
    library = open_library()
    assert sorted(outcomes(library.add(articles)).values()) == ["added", "added"]
    monkeypatch.setattr(qa.ingest, "GROUP_BYTES", 10)
    assert sorted(outcomes(library.add(articles)).values()) == ["unchanged", "unchanged"]


def write_zip(path: Path, members: dict[str, str]) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    path.write_bytes(content.getvalue())


def test_adding_tells_of_each_source_once_it_is_stored(library: Library) -> None:
    """Of a batch that isn't full, too: what is told of can be read, and in the end all was told."""
    told: list[str] = []

    def tell(entry: Ingested) -> None:
        assert entry.article_id is None or library.article(entry.article_id) in library.articles()
        told.append(entry.source)

    files = [Upload("d.txt", FERRY.replace("140", "153").encode()), Upload("e.txt", b""), Upload("f.txt", b"")]
    report = library.add(files, tell=tell)
    assert told == [entry.source for entry in report.entries]
    assert len(told) == 3
