"""Errors say what happened, to what, and what to do."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from qa.__main__ import app
from qa.errors import AnswerInvalid, QuestionInvalid
from qa.types import Answer, Upload
from tests.conftest import OpenLibrary


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("not json", "line 1 is no JSON"),
        ("{}", "no field 'provenance'"),
        ("[1]", "no JSON object"),
        (b"\xff\xfe\x00", "no"),
    ],
)
def test_a_file_that_is_no_answer_is_told_in_words(text: str | bytes, told: str) -> None:
    with pytest.raises(AnswerInvalid) as raised:
        Answer.from_json(text)
    assert told in str(raised.value)
    assert "Error(" not in str(raised.value)


def test_row_with_an_empty_text_is_told_to_be_empty(open_library: OpenLibrary) -> None:
    with open_library() as library:
        report = library.add(
            [Upload("a.csv", b"title,text\nOne,\n"), Upload("b.csv", b"title,story\nOne,It rained.\n")]
        )
    empty, unknown = report.entries
    assert "empty" in empty.reason
    assert "--field" not in empty.remedy
    assert unknown.remedy == "name it: --field text=COLUMN"


def test_binary_file_is_said_not_to_be_read(open_library: OpenLibrary) -> None:
    with open_library() as library:
        (entry,) = library.add([Upload("a.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\x00" * 20)]).entries
    assert "not read" in f"{entry.reason} {entry.remedy}"
    assert "rename" not in entry.remedy


@pytest.mark.parametrize(("question", "told"), [("🚒🔥", "has no words"), ("  ", "is empty")])
def test_question_without_words_is_told_from_an_empty_one(library: object, question: str, told: str) -> None:
    with pytest.raises(QuestionInvalid, match=told):
        library.ask(question)  # type: ignore[attr-defined]


def test_version_is_printed() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout.startswith("qa ")
