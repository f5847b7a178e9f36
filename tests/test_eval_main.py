"""What the command says and returns when something goes wrong that a user can do: never a traceback, never 1."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.outcomes import write_run
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


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("run.json", None, "it holds no run.json, which a finished run has"),
        ("run.json", "[]", "run.json is damaged (it is no JSON object)"),
        ("results.jsonl", None, "it holds no results.jsonl, which a finished run has"),
        ("results.jsonl", '{"id": "q1", "lab', "results.jsonl:1 is damaged (Unterminated string"),
        ("results.jsonl", '{"id": "q1"}', "a value is missing or of the wrong kind (KeyError('controls'))"),
    ],
)
@pytest.mark.parametrize("command", [["report"], ["gate", "--run"], ["readme", "--check", "--run"]])
def test_a_damaged_run_says_which_file(
    run: Path, name: str, content: str | None, reason: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (run / name).unlink()
    if content is not None:
        (run / name).write_text(content, encoding="utf-8")
    assert main([*command, str(run)]) == 2
    assert capsys.readouterr().err.startswith(f"eval: no readable run in {run}: {reason}")


def test_a_run_folder_that_is_not_there_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(tmp_path / "none"), str(tmp_path)]) == 2
    assert "there is no such folder; make one with" in capsys.readouterr().err


def test_a_damaged_list_of_sabotages_is_no_regression(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run / "mutants.json").write_text('{"mutants": [{"name": "x"}]}', encoding="utf-8")
    assert main(["gate", "--run", str(run)]) == 2
    assert "mutants.json is damaged" in capsys.readouterr().err


def test_the_gate_compares_nothing_with_a_run_that_does_not_say_what_was_asked(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run / "run.json").write_text("{}", encoding="utf-8")
    assert main(["gate", "--run", str(run)]) == 2
    said = capsys.readouterr().out
    assert "STOP measured: not measured: questions_sha256, articles_sha256, settings, different" in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--library", "news", "--articles", "seeds"], "--library and --articles are two things to ask"),
        (["--library", "news", "--suite", "newsqa"], "--suite and --library are two things to ask"),
        (["--library", "news", "--limit", "0"], "--limit doesn't go with --library"),
        (["--questions", "mine.jsonl", "--data", "bench"], "--data goes with --suite"),
        (["--suite", "newsqa", "--questions", "mine.jsonl"], "--suite has questions of its own"),
    ],
)
def test_no_option_is_passed_over_in_silence(given: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(given)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_where_a_run_goes_is_looked_at_before_asking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The library is missing too, which would be said first if anything were opened."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    given = ["--library", str(tmp_path / "none"), "--questions", "mine.jsonl"]
    assert main([*given, "--out", str(tmp_path / "file")]) == 2
    assert main([*given, "--out", str(tmp_path / "file" / "run")]) == 2
    assert capsys.readouterr().err == f"eval: {tmp_path / 'file'} is a file; give a folder with --out\n" * 2


def test_a_run_stored_over_another_takes_nothing_of_it(run: Path) -> None:
    (run / "gate.json").write_text('{"verdict": "PASSED"}', encoding="utf-8")
    (run / "mine.txt").write_text("kept", encoding="utf-8")
    write_run(run, {}, [])
    assert sorted(path.name for path in run.iterdir()) == ["mine.txt", "results.jsonl", "run.json"]


def test_robustness_of_no_question_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["robustness", "--most", "-1"])
    assert "--most is 1 or more" in capsys.readouterr().err


def test_files_in_another_encoding_are_named(tmp_path: Path, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    latin = tmp_path / "latin.txt"
    latin.write_bytes("Café".encode("latin-1"))
    assert main(["--articles", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith(f"eval: {latin} is not UTF-8")
    assert main(["gate", "--run", str(run), "--core", str(latin)]) == 2
    assert capsys.readouterr().err.startswith(f"eval: {latin} is not UTF-8")


def test_a_misspelt_command_is_told_from_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reprot"]) == 2
    assert capsys.readouterr().err.startswith("eval: no command 'reprot'; there are: gate, report, ")


def test_the_verdict_is_said_without_the_summary(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "none" / "summary.md"))
    assert main(["gate", "--run", str(run)]) == 2
    said = capsys.readouterr()
    assert said.out.endswith("CANNOT COMPARE\n")
    assert (
        said.err == f"eval: not added to GITHUB_STEP_SUMMARY: {tmp_path / 'none' / 'summary.md'}: "
        "No such file or directory\n"
    )
