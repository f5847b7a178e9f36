"""Replies that were recorded are given again without the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import SettingInvalid, WriterFailed
from qa.prompts import Prompt
from qa.recording import UNRECORDED, RecordedWriter
from tests.fakes import ScriptedWriter

HOT, COLD = Prompt("Rules.", "What is hot?"), Prompt("Rules.", "What is cold?")


def test_a_reply_is_asked_for_once(tmp_path: Path) -> None:
    writer = ScriptedWriter("Lava [1].", "Ice [2].")
    for _ in range(2):  # the second one reads the file
        recorded = RecordedWriter(writer, tmp_path / "replies.jsonl")
        assert "".join(recorded.write(HOT)).strip() == "Lava [1]."
        assert "".join(recorded.write(COLD)).strip() == "Ice [2]."
    assert writer.asked == [HOT, COLD]


def test_a_reply_is_given_when_it_is_whole(tmp_path: Path) -> None:
    """So that who has read enough of it doesn't keep it from the file; signs of life come before."""
    recorded = RecordedWriter(ScriptedWriter("Lava is hot [1]."), tmp_path / "replies.jsonl")
    assert list(recorded.write(HOT)) == ["", "", "", "", "Lava is hot [1]. "]
    assert list(recorded.write(HOT)) == ["Lava is hot [1]. "]


def test_what_failed_or_broke_off_is_not_kept(tmp_path: Path) -> None:
    recorded = RecordedWriter(ScriptedWriter(WriterFailed("down"), "Lava is hot."), tmp_path / "replies.jsonl")
    with pytest.raises(WriterFailed):
        list(recorded.write(HOT))
    reply = recorded.write(HOT)
    next(reply)
    reply.close()
    assert not (tmp_path / "replies.jsonl").exists()


def test_a_damaged_file_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "replies.jsonl").write_text('{"reply": "x"}\n', encoding="utf-8")
    with pytest.raises(SettingInvalid, match="line 1, is no reply"):
        RecordedWriter(ScriptedWriter("x"), tmp_path / "replies.jsonl")


def test_without_a_model_only_what_was_recorded_is_given(tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    list(RecordedWriter(ScriptedWriter("Lava [1]."), file).write(HOT))
    replayed = RecordedWriter(None, file)
    assert replayed.name == ScriptedWriter("").name
    assert "".join(replayed.write(HOT)).strip() == "Lava [1]."
    with pytest.raises(WriterFailed, match=UNRECORDED):
        list(replayed.write(COLD))
    replayed.close()


def test_without_a_model_the_file_must_say_whose_replies_it_has(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="there are: none"):
        RecordedWriter(None, tmp_path / "nowhere.jsonl")
