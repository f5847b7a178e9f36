"""A kept answer is shown again as it was, at an address that nobody guesses, until it or its articles are deleted."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qa.errors import AnswerInvalid, AnswerMissing
from qa.files import LEDGER
from qa.formats import answer_to_dict
from qa.library import Library
from qa.types import Answer, Article
from tests.answers import DANGER, HOSTILE, QUESTION, answer_of, quote
from tests.conftest import FERRY, ROOT, OpenLibrary
from tests.test_feedback import qa

pytestmark = pytest.mark.both

UNKNOWN = ("0" * 32, "", "é", "\ud800", "0" * 31, "x" * 100_000, "' OR 1=1 --")


def test_a_kept_answer_comes_back_as_it_was(library: Library) -> None:
    answer = replace(library.ask(QUESTION), notes=(f"{HOSTILE} \ud800",))
    id = library.keep_answer(answer)
    assert re.fullmatch("[0-9a-f]{32}", id)
    kept = library.kept_answer(id)
    assert (kept.id, kept.answer) == (id, answer)
    assert abs(datetime.now(UTC) - kept.kept) < timedelta(minutes=1)
    assert library.keep_answer(answer) == id
    assert library.kept_answers() == [kept]


def test_ids_are_of_the_answer_and_the_librarys_key(
    library: Library, aboard: Answer, open_library: OpenLibrary, articles: Path, tmp_path: Path
) -> None:
    """Another answer and another library's same answer have other ids; no id is the beginning of a signature."""
    from ui.signing import sign_answer

    other = open_library(tmp_path / "other")
    other.add(articles)
    id = library.keep_answer(aboard)
    ids = {id, library.keep_answer(replace(aboard, confidence=0.8)), other.keep_answer(aboard)}
    assert len(ids) == 3
    assert not sign_answer(aboard, library.signing_key()).startswith(id)
    plain = hmac.new(library.signing_key(), json.dumps(answer_to_dict(aboard)).encode(), hashlib.sha256).hexdigest()
    assert not plain.startswith(id)  # the signature of the same text, as `sign_answer` would make it


def test_an_unknown_id_is_told_and_nothing_is_forgotten(library: Library, aboard: Answer) -> None:
    id = library.keep_answer(aboard)
    for unknown in UNKNOWN:
        for of in (library.kept_answer, library.forget_answer):
            with pytest.raises(AnswerMissing, match="qa answers list") as raised:
                of(unknown)
            assert len(str(raised.value)) < 200
    library.forget_answer(id)
    assert library.kept_answers() == []


def test_purging_an_article_takes_the_kept_answers_that_quote_it(
    library: Library, ferry: Article, bakery: Article, tmp_path: Path
) -> None:
    """Whoever still has one on the screen can't bring it back."""
    doomed = answer_of(quote(ferry, "Captain Idris Penhale"))
    id = library.keep_answer(doomed)
    spared = library.keep_answer(answer_of(quote(bakery, "since 1911")))
    library.remove(ferry.id)
    assert library.kept_answer(id).answer == doomed
    library.remove(ferry.id, purge=True)
    assert [kept.id for kept in library.kept_answers()] == [spared]
    with pytest.raises(AnswerInvalid, match="ask the question again"):
        library.keep_answer(doomed)
    library.close()
    for path in (tmp_path / "library").rglob("*"):
        assert not path.is_file() or b"Penhale" not in path.read_bytes(), path


@pytest.mark.folder
def test_an_older_library_gets_its_place_for_kept_answers(
    library: Library, open_library: OpenLibrary, aboard: Answer, tmp_path: Path
) -> None:
    """One of the schema before, with articles and feedback: they stay, and answers can be kept."""
    before, given = library.articles(), library.give_feedback(aboard, "right")
    library.close()
    with closing(sqlite3.connect(tmp_path / "library" / LEDGER)) as old, old:
        old.execute("DROP TABLE kept_answers")
        old.execute("ALTER TABLE revisions DROP COLUMN passages")
        old.execute("UPDATE alembic_version SET version_num = '0004'")
    with open_library() as newer:
        assert (newer.articles(), newer.feedback(), newer.kept_answers()) == (before, [given], [])
        id = newer.keep_answer(aboard)
    with open_library() as again:
        assert again.kept_answer(id).answer == aboard
        assert all(finding.sound for finding in again.check())


KEEPING = """
import sys
from qa.library import Library
from qa.types import Answer
from tests.fakes import WordEmbedder
answer = Answer.from_json(sys.stdin.read())
with Library.open(sys.argv[1], load=lambda _: WordEmbedder()) as library:
    print({library.keep_answer(answer) for _ in range(20)}.pop())
"""


@pytest.mark.folder
def test_two_processes_keep_one_answer_once(library: Library, aboard: Answer, tmp_path: Path) -> None:
    command = [sys.executable, "-c", KEEPING, str(tmp_path / "library")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    with subprocess.Popen(command, **pipes) as one, subprocess.Popen(command, **pipes) as two:  # type: ignore[call-overload]
        for process in (one, two):
            process.stdin.write(aboard.to_json())
            process.stdin.close()
        said = [process.stdout.read().strip() for process in (one, two)]
    assert (one.returncode, two.returncode) == (0, 0)
    assert {kept.id for kept in library.kept_answers()} == set(said)


@pytest.mark.folder
def test_commands_list_show_and_forget(
    library: Library,
    aboard: Answer,
    articles: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is shown says whether it still holds; the terminal is sent nothing that could steer it."""
    folder = tmp_path / "library"
    assert qa(monkeypatch, "answers", "list", "--library", folder) == 0
    assert "No answer was kept yet" in capsys.readouterr().out
    id = library.keep_answer(replace(aboard, question=HOSTILE))
    assert qa(monkeypatch, "answers", "list", "--library", folder) == 0
    listed = capsys.readouterr().out
    assert id in listed
    assert "[bold]x" in listed
    assert not DANGER.search(listed)
    (articles / "ferry.txt").write_text(FERRY.replace("140", "141"), encoding="utf-8")
    library.add(articles)
    assert qa(monkeypatch, "answers", "show", id, "--library", folder) == 0
    shown = capsys.readouterr().out
    assert "with 140 people aboard. [1]" in shown
    assert "0 of 1 quotations hold" in shown
    assert not DANGER.search(shown)
    assert qa(monkeypatch, "answers", "show", id, "--json", "--library", folder) == 0
    assert Answer.from_json(capsys.readouterr().out).question == HOSTILE
    assert qa(monkeypatch, "answers", "forget", id, "--library", folder) == 0
    assert qa(monkeypatch, "answers", "forget", id, "--library", folder) == 1
    assert "see: qa answers list" in capsys.readouterr().err
    assert library.kept_answers() == []
