"""The tab of quality: findings in words, a rebuild that was confirmed, and the newest report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from qa.errors import LibraryBusy
from qa.library import Library
from qa.store import Finding
from tests.conftest import FERRY
from tests.pages import HOSTILE, Page, assert_harmless
from ui.quality import RunReport, render_findings, render_run
from ui.quality_tab import QualityTab, find_report


def write_run(folder: Path, name: str, page: str | None, **about: object) -> None:
    run = folder / name
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"started": f"at {name}", **about}), encoding="utf-8")
    if page is not None:
        (run / "report.html").write_text(page, encoding="utf-8")


def test_findings_say_what_is_not_sound_and_what_to_do():
    page = Page(render_findings([Finding("ledger", True, "2 articles"), Finding("vectors", False, "<b>3 missing</b>")]))
    assert page.text.startswith("Something is not sound.")
    assert "ledgerSound2 articlesvectorsNot sound<b>3 missing</b>; rebuild the indexes" in page.text
    assert "All is sound." in render_findings([Finding("ledger", True, "")])


def test_a_real_library_is_checked_and_rebuilt(library: Library):
    """Nothing is rebuilt that wasn't confirmed; afterwards the same passages are found."""
    tab = QualityTab(library)
    assert "All is sound." in tab.check()
    before, number = library.search("captain", rerank=False), library._store.ledger.fact("indexes")
    [skipped] = tab.rebuild(False)
    assert skipped == {"__type__": "update"}
    assert library._store.ledger.fact("indexes") == number
    *_, last = tab.rebuild(True)
    assert "built anew" in last
    assert library._store.ledger.fact("indexes") != number
    assert library.search("captain", rerank=False) == before
    assert before[0].passage.text in FERRY


def test_a_rebuild_that_fails_says_why(library: Library, monkeypatch: pytest.MonkeyPatch):
    def fail() -> None:
        raise LibraryBusy("another process writes to it; try again")

    monkeypatch.setattr(library, "rebuild", fail)
    *_, last = QualityTab(library).rebuild(True)
    assert "another process writes to it" in Page(last).text


def test_the_newest_report_is_found_but_none_of_locked_questions(tmp_path: Path):
    """The newest by name in any folder; those without a report, half-written ones and missing folders are passed by."""
    own, programs = tmp_path / "own", tmp_path / "programs"
    assert find_report([own, programs]) is None
    write_run(programs, "20260101T000000Z", "<p>old</p>")
    write_run(own, "20260102T000000Z", "<p>new</p>", own=True)
    write_run(programs, "20260103T000000Z", None)
    write_run(programs, "locked", "<p>locked</p>", split="test")
    (own / "20260104T000000Z").mkdir()
    (own / "20260104T000000Z" / "report.html").write_text("<p>half</p>")
    found = find_report([own, programs])
    assert found is not None
    assert (found.page, found.own, found.started) == ("<p>new</p>", True, "at 20260102T000000Z")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_report_is_shown_where_nothing_can_run(text: str):
    html = render_run(RunReport(Path("runs") / "one", text, False, f"<html><body>{text}</body></html>"))
    frame = next(attributes for tag, attributes in Page(html).elements if tag == "iframe")
    assert frame["sandbox"] == ""
    assert frame["srcdoc"] == f"<html><body>{text}</body></html>"
    assert "not of this library" in Page(html).text
    shown = html.partition("<iframe")[0]
    assert_harmless(re.sub('href="data:text/html;base64,[A-Za-z0-9+/=]*"', "", shown))
    assert "qa eval" in render_run(None)
