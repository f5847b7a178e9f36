"""What the command says and returns when something goes wrong that a user can do: never a traceback, never 1."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from eval.__main__ import main
from tests.conftest import ROOT
from tests.eval_runs import good, store


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return store(tmp_path / "run", [good("q1"), good("q2")])


def test_a_file_that_is_missing_is_no_regression(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = run / "core.jsonl"
    assert main(["gate", "--run", str(run), "--core", str(missing)]) == 2
    assert capsys.readouterr().err == f"eval: {missing}: No such file or directory\n"


def test_ctrl_c_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("eval.__main__.run_command", interrupted)
    assert main([]) == 130
    assert capsys.readouterr().err.startswith("eval: interrupted; ")


def test_a_reader_that_leaves_sees_no_traceback(run: Path) -> None:
    """As `| head -1` does, but surely before anything is written."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "eval", "compare", str(run), str(run)]
    done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writing)
    assert (done.returncode, done.stderr) == (2, "")
