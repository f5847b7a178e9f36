"""What people say of answers is kept: beside any writer, through every rebuild, and as they said it."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
import sqlalchemy as sa

from qa.__main__ import main
from qa.errors import FeedbackInvalid, LibraryBusy
from qa.feedback import MOST_NOTE
from qa.files import LEDGER
from qa.library import Library
from qa.settings import Settings
from qa.types import Answer, Article, Verdict
from tests.answers import DANGER, HOSTILE, QUESTION, answer_of, quote
from tests.conftest import FERRY, ROOT, OpenLibrary
from tests.fakes import WordEmbedder

pytestmark = pytest.mark.both


def qa(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["qa", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_feedback_comes_back_with_the_answer_as_it_was(library: Library, verdict: Verdict) -> None:
    answer = library.ask(QUESTION)
    revision = library._store.ledger.revision()
    given = library.give_feedback(answer, verdict, sentence=0, note=" 140, not 14 ")
    assert library.feedback() == [given]
    assert (given.verdict, given.sentence, given.note, given.answer) == (verdict, 0, "140, not 14", answer)
    assert given.given.tzinfo is UTC
    assert abs(datetime.now(UTC) - given.given) < timedelta(minutes=1)
    assert library._store.ledger.revision() == revision


def test_an_id_that_was_forgotten_names_no_other(library: Library, aboard: Answer) -> None:
    first, second = (library.give_feedback(aboard, "right") for _ in range(2))
    library.forget_feedback(second.id)
    third = library.give_feedback(aboard, "wrong")
    assert [item.id for item in library.feedback()] == [first.id, third.id]
    assert second.id != third.id
    for id in (second.id, 0, -1, 10**30):
        with pytest.raises(FeedbackInvalid, match="qa feedback list"):
            library.forget_feedback(id)


def test_what_cannot_be_said_is_refused_with_what_can(library: Library, aboard: Answer) -> None:
    refusal = replace(aboard, status="refused", sentences=(), citations=())
    for answer, verdict, sentence, note, says in [
        (aboard, "good", None, "", "one of right, wrong, should-have-refused, missing-source"),
        (aboard, "x" * 100_000, None, "", f"the verdict can't be '{'x' * 39}; give one of right"),
        (aboard, "right", 1, "", "has no sentence 1: it has 1 sentence, counted from 0"),
        (aboard, "right", -1, "", "no sentence -1"),
        (aboard, "right", True, "", "no sentence True"),
        (refusal, "right", 0, "", "it has no sentences; give none for the whole answer"),
        (refusal, "should-have-refused", None, "", "a refusal already"),
        (aboard, "wrong", None, "x" * (MOST_NOTE + 1), "the note has 2,001 characters; shorten it to 2,000"),
        (replace(aboard, question=" "), "right", None, "", "names no question"),
    ]:
        with pytest.raises(FeedbackInvalid, match=re.escape(says)):
            library.give_feedback(answer, verdict, sentence=sentence, note=note)  # type: ignore[arg-type]
    assert library.feedback() == []
    library.give_feedback(aboard, "wrong", note="x" * MOST_NOTE)


def test_hostile_texts_are_kept_as_they_are(library: Library, aboard: Answer) -> None:
    """Only half of a character, which no database holds, is shown to have been there; in the answer even that stays."""
    answer = replace(aboard, question=f"{HOSTILE} \ud800", notes=(HOSTILE,))
    given = library.give_feedback(answer, "wrong", note=f"{HOSTILE} \udfff.")
    assert library.feedback() == [given]
    assert given.note == f"{HOSTILE} \ufffd."
    assert given.answer == answer


def test_feedback_outlives_every_rebuild(
    library: Library, open_library: OpenLibrary, articles: Path, aboard: Answer
) -> None:
    given = library.give_feedback(aboard, "right")
    library.rebuild()
    (articles / "ferry.txt").write_text(FERRY.replace("140", "141"), encoding="utf-8")
    library.add(articles)
    library.close()
    with open_library(load=lambda _: WordEmbedder("other"), settings=Settings(embedder="other")) as other:
        assert other.reembed("other") > 0
        assert other.feedback() == [given]
        assert all(finding.sound for finding in other.check())


def test_purging_an_article_takes_the_answers_that_quote_it(
    library: Library, ferry: Article, bakery: Article, tmp_path: Path
) -> None:
    library.give_feedback(answer_of(quote(ferry, "Captain Idris Penhale")), "right")
    kept = library.give_feedback(answer_of(quote(bakery, "since 1911")), "right")
    library.remove(ferry.id, purge=True)
    assert library.feedback() == [kept]
    library.close()
    for path in (tmp_path / "library").rglob("*"):
        assert not path.is_file() or b"Penhale" not in path.read_bytes(), path


@pytest.mark.folder
def test_an_older_library_gets_its_place_for_feedback(
    library: Library, open_library: OpenLibrary, aboard: Answer, tmp_path: Path
) -> None:
    """One of the schema before, with articles: they stay, and feedback can be given and is kept."""
    before = library.articles()
    library.close()
    with closing(sqlite3.connect(tmp_path / "library" / LEDGER)) as old, old:
        old.execute("DROP TABLE feedback")
        old.execute("DROP TABLE kept_answers")
        old.execute("ALTER TABLE revisions DROP COLUMN passages")
        old.execute("UPDATE alembic_version SET version_num = '0003'")
    with open_library() as newer:
        assert (newer.articles(), newer.feedback()) == (before, [])
        given = newer.give_feedback(aboard, "right")
    with open_library() as again:
        assert again.feedback() == [given]
        assert all(finding.sound for finding in again.check())


# Beside others

ADDING = """
import sys
from qa.library import Library
from qa.settings import Settings
from qa.types import Upload
from tests.fakes import WordEmbedder
with Library.open(sys.argv[1], settings=Settings(), load=lambda _: WordEmbedder()) as library:
    with library._store.writing():  # as one long `qa add` holds it
        print("began", flush=True)
        number = 0
        while number < 40:
            number += 1
            text = f"Ship number {number} sailed on Tuesday night with {number} people aboard, the owner said. " * 3
            library.add(Upload(f"{number}.txt", text.encode()))
    print(library._store.ledger.revision())
"""

LOCKING = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("began", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("COMMIT")
"""


@contextmanager
def beside(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Another process, once it has begun."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "began\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.folder
def test_feedback_is_given_while_another_process_adds(library: Library, aboard: Answer, tmp_path: Path) -> None:
    """That one holds the library for writing all the time; nothing of either is lost."""
    given = []
    with beside(ADDING, tmp_path / "library") as adding:
        while adding.poll() is None:
            given.append(library.give_feedback(aboard, "right", note=str(len(given))))
            time.sleep(0.01)
        assert adding.stdout is not None
        assert (adding.returncode, adding.stdout.read()) == (0, "41\n")
    assert len(given) > 5
    assert library.feedback() == given
    assert len(library.articles()) == 42
    assert all(finding.sound for finding in library.check())


@pytest.mark.folder
def test_a_short_lock_is_waited_for_and_a_long_one_named(library: Library, aboard: Answer, tmp_path: Path) -> None:
    ledger = tmp_path / "library" / LEDGER
    with beside(LOCKING, ledger, 0.5):
        given = library.give_feedback(aboard, "right")
    sa.event.listen(
        library._store.ledger.feedback._writer,
        "begin",
        lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout=50"),
        insert=True,
    )
    with beside(LOCKING, ledger, 60), pytest.raises(LibraryBusy, match="try again"):
        library.give_feedback(aboard, "wrong")
    assert library.feedback() == [given]


# The command


@pytest.mark.folder
def test_commands_list_export_and_forget(
    library: Library,
    aboard: Answer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing is overwritten; what is to be done next is said; the terminal is sent nothing that could steer it."""
    folder, out = tmp_path / "library", tmp_path / "my cases.jsonl"
    assert qa(monkeypatch, "feedback", "list", "--library", folder) == 0
    assert "Nobody has given feedback yet" in capsys.readouterr().out
    assert qa(monkeypatch, "feedback", "export", "--library", folder, "--out", out) == 1
    assert "do it on the page: qa serve" in capsys.readouterr().err
    assert not out.exists()
    library.give_feedback(aboard, "right")
    hostile = library.give_feedback(replace(aboard, question=HOSTILE), "wrong", sentence=0, note=HOSTILE)
    assert qa(monkeypatch, "feedback", "list", "--library", folder) == 0
    listed = capsys.readouterr().out
    assert not DANGER.search(listed)
    assert all(text in listed for text in ("right", "wrong", QUESTION, "<U+202E>gpj.exe", "[bold]x"))
    assert qa(monkeypatch, "feedback", "export", "--library", folder, "--out", out) == 0
    said = capsys.readouterr().out
    assert "of 2 pieces of feedback: 1 ready, 1 to be filled in" in said
    assert f"qa eval --questions '{out}' --library {folder}" in said
    written = out.read_bytes()
    assert qa(monkeypatch, "feedback", "export", "--library", folder, "--out", out) == 1
    assert "is there already, and may hold somebody's work" in capsys.readouterr().err
    assert out.read_bytes() == written
    assert qa(monkeypatch, "feedback", "export", "--library", folder, "--out", tmp_path / "no" / "x") == 1
    assert "choose another place with --out" in capsys.readouterr().err
    assert qa(monkeypatch, "feedback", "forget", hostile.id, "--library", folder) == 0
    assert [item.verdict for item in library.feedback()] == ["right"]
    assert qa(monkeypatch, "feedback", "forget", hostile.id, "--library", folder) == 1
    assert f"no feedback {hostile.id}; see: qa feedback list" in capsys.readouterr().err
