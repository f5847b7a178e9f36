"""The tab of quality: findings in words, a rebuild that was confirmed, feedback counted, and runs to choose from."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from qa.errors import LibraryBusy
from qa.library import Library
from qa.store import Finding
from qa.types import Answer
from tests.conftest import FERRY
from tests.eval_runs import good, store, wrong
from tests.pages import HOSTILE, Page, assert_harmless
from ui.quality import NO_RUN, Figure, Flip, Measured, render_findings, render_measured, render_run
from ui.quality_tab import QualityTab
from ui.runs import find_runs


def began(day: int) -> dict[str, object]:
    return {"started": f"2026-01-{day:02}T10:00:00+00:00"}


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


def test_runs_are_found_newest_first_but_none_of_locked_questions(tmp_path: Path):
    """In any folder, by when they began; half-written ones, other files and missing folders are passed by."""
    own, programs = tmp_path / "own", tmp_path / "programs"
    assert find_runs([own, programs]) == []
    store(programs / "first", [good("q1")], about=began(1))
    store(own / "second", [good("q1")], about={"started": "2026-01-01T10:00:59+00:00", "own": True})
    store(own / "undated", [good("q1")], about={"started": "some day", "own": True})
    store(programs / "locked", [good("q1")], about={**began(3), "split": "test"})
    (own / "half").mkdir()
    (own / "note.txt").write_text("no run")
    (programs / "damaged").mkdir()
    (programs / "damaged" / "run.json").write_text("[1]")
    found = find_runs([own, programs])
    assert [(run.name, run.own) for run in found] == [
        ("own/second", True),
        ("programs/first", False),
        ("own/undated", True),
    ]
    assert found[0].label == "2026-01-01 10:00, own questions (second)"


def test_the_chosen_run_is_held_against_the_one_before_it(library: Library, tmp_path: Path):
    """Of the same questions, if there is one; what it measured is worked out as for the report."""
    store(tmp_path / "before", [good("q1"), wrong("q2")], about={**began(1), "own": True})
    store(tmp_path / "other", [good("q9")], about={**began(2), "own": True, "questions_sha256": "other"})
    store(tmp_path / "programs", [good("q1")], about=began(2))
    newest = [wrong("q1", question="Who steered?"), good("q2"), good("q3")]
    store(tmp_path / "newest", newest, about={**began(3), "own": True})
    (tmp_path / "newest" / "report.html").write_text("<p>the report</p>")
    run, against, figures, report, _ = QualityTab(library, [tmp_path]).open(None, None)
    assert [name.split("/")[1] for _, name in run.choices] == ["newest", "programs", "other", "before"]
    assert [name.split("/")[1] for _, name in against.choices] == ["before", "other"]
    assert (run.value, against.value) == (f"{tmp_path.name}/newest", f"{tmp_path.name}/before")
    text = Page(figures).text
    assert "answers correct0.667" in text
    assert "against the run before" in text
    assert "No longer good: 1Who steered? single, q1BeforeIt carried 140 people & 12 cars.NowNobody was hurt." in text
    assert "Good now: 1" in text
    assert "the report" in report
    assert "no question in common" in QualityTab(library, [tmp_path]).compare(run.value, f"{tmp_path.name}/other")


def test_another_run_is_chosen_and_a_made_up_name_is_not_followed(library: Library, tmp_path: Path):
    for day, name in enumerate(("first", "second", "third"), 1):
        store(tmp_path / "runs" / name, [good("q1")], about={**began(day), "own": True})
    store(tmp_path / "outside", [wrong("q1")], about=began(9))
    tab = QualityTab(library, [tmp_path / "runs"])
    against, figures, report = tab.choose("runs/second")
    assert [name for _, name in against.choices] == ["runs/first"]
    assert "writes one" in report
    assert "the run first" in tab.compare("runs/third", "runs/first")
    assert "no earlier run" in tab.compare("runs/first", "runs/third")
    assert tab.open("runs/second", None)[0].value == "runs/second"
    for made_up in ("../outside", str(tmp_path / "outside"), "runs/../outside", None):
        assert tab.choose(made_up)[1:] == tab.choose("runs/third")[1:]
    assert figures != tab.choose("runs/third")[1]


def test_the_programs_runs_are_held_against_its_baseline(library: Library, tmp_path: Path):
    store(tmp_path / "only", [good("q1")], about=began(1))
    _, against, figures, *_ = QualityTab(library, [tmp_path]).open(None, None)
    assert against.choices == [("The baseline", "baseline")]
    assert "against the baseline" in Page(figures).text


def test_without_runs_or_figures_it_says_so(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tab = QualityTab(library, [tmp_path])
    assert tab.open("runs/gone", None)[2:4] == (NO_RUN, "")
    run = store(tmp_path / "damaged", [good("q1")], about=began(1))
    (run / "results.jsonl").write_text("{")
    assert "log says why" in tab.choose(None)[1]
    monkeypatch.setitem(sys.modules, "eval", None)
    assert "log says why" in tab.choose(None)[1]


def test_feedback_is_counted_by_what_was_said(library: Library, aboard: Answer, tmp_path: Path):
    tab = QualityTab(library, [tmp_path])
    assert "Nobody has judged an answer yet" in tab.open(None, None)[4]
    for verdict in ("right", "wrong", "right"):
        library.give_feedback(aboard, verdict)
    text = Page(tab.open(None, None)[4]).text
    assert "3 judged: 2 right, 1 wrong." in text
    assert "qa feedback export" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_run_says_is_shown_where_nothing_can_run(text: str):
    html = render_run(False, f"<html><body>{text}</body></html>")
    frame = next(attributes for tag, attributes in Page(html).elements if tag == "iframe")
    assert frame["sandbox"] == ""
    assert frame["srcdoc"] == f"<html><body>{text}</body></html>"
    assert "not of this library" in Page(html).text
    shown = html.partition("<iframe")[0]
    assert_harmless(re.sub('href="data:text/html;base64,[A-Za-z0-9+/=]*"', "", shown))
    flip = Flip(text, text, text, text, text, text)
    figure = Figure(text, True, 0.5, (0.4, 0.6), 3, (text, 0.1), (0.1, -0.1, 0.2), text)
    measured = Measured((figure,), text, 3, (text,), (flip,), (flip,))
    tags = ("caption", "dl", "dt", "dd", "small", "h4")
    assert_harmless(re.sub(f"</?({'|'.join(tags)})( [^>]*)?>", "", render_measured(measured)))
    assert text in Page(render_measured(measured)).text
