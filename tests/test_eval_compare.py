"""Two runs compared over the questions in common, and what else differs said before any number."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval import compare as comparing
from eval.cases import CasesInvalid
from eval.compare import compare, compare_command, find_differences, settings_of
from eval.outcomes import Run, read_run
from eval.run import Evaluation
from qa.errors import SettingInvalid
from qa.settings import Settings
from tests.eval_runs import good, refused, store, wrong


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return store(tmp_path / "before", [good("q1"), good("q2"), wrong("q3"), refused("q4"), good("only-before")])


@pytest.fixture
def after(tmp_path: Path) -> Path:
    about = {"questions_sha256": "other", "settings": {"strictness": 0.7, "embedder": ""}}
    lines = [good("q1"), wrong("q2"), wrong("q3"), refused("q4"), wrong("only-after")]
    return store(tmp_path / "after", lines, about=about)


def test_only_the_questions_of_both_are_compared(before: Path, after: Path) -> None:
    """answer_correct over q1 to q3: 2/3 before, 1/3 after, one worse, none better, p = 1/2."""
    found = compare(read_run(before), read_run(after))
    (change,) = (change for change in found.changes if change.metric == "answer_correct")
    assert (change.before, change.after) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert (change.paired.change, change.paired.n) == (pytest.approx(-1 / 3), 3)
    assert (change.paired.worse, change.paired.better, change.paired.p) == (1, 0, 0.5)
    assert (found.worse, found.better, found.shared) == (("q2",), (), 4)


def test_what_else_differs_is_said(before: Path, after: Path) -> None:
    assert compare(read_run(before), read_run(after)).differences == (
        "The questions are not the same.",
        "4 questions are in both, 1 only before and 1 only after; what is compared are those in both.",
        "The settings are not the same: strictness 0.5 → 0.7.",
    )
    assert compare(read_run(before), read_run(before)).differences == ()
    was, is_ = (Run({"judge": f"lexical {version}"}, {}) for version in (1, 2))
    assert compare(was, is_).differences == ("The judge was lexical 1 and is lexical 2.",)


def test_worse_is_worse_where_lower_is_better() -> None:
    """False refusals rise on one of two questions: +.5, one worse, none better, p = 1/2."""
    was = {"false_refusal": {"a": 0.0, "b": 0.0}}
    is_ = {"false_refusal": {"a": 1.0, "b": 0.0}}
    (change,) = compare(Run({}, was), Run({}, is_)).changes
    found = change.paired
    assert (found.change, found.worse, found.better, found.p) == (0.5, 1, 0, 0.5)
    assert (found.low, found.high) == (pytest.approx(-0.273, abs=1e-3), 1.0)


def test_a_refusal_that_was_right_can_be_lost(tmp_path: Path) -> None:
    lost = refused(
        "q1", answer="Nobody was hurt.", measures={"answer_correct": None, "fully_good": None, "refusal_recall": 0.0}
    )
    found = compare(
        read_run(store(tmp_path / "a", [refused("q1")])),
        read_run(store(tmp_path / "b", [lost])),
    )
    assert found.worse == ("q1",)


def test_a_library_embedded_anew_accounts_for_a_change() -> None:
    """A library is asked with its own models, which are no setting."""
    runs = [Run({"library": {"models": {"embedder": {"name": name, "sha256": "e07400ab04"}}}}, {}) for name in "ab"]
    assert find_differences(*runs) == ["The library's models are not the same: embedder 'a e07400ab' → 'b e07400ab'."]
    assert find_differences(runs[0], runs[0]) == []


def test_a_metric_without_a_question_in_common_is_named() -> None:
    was, is_ = {"em": {"a": 1.0}, "rr@10": {"a": 1.0}}, {"em": {"b": 1.0}, "rr@10": {"a": 0.5}}
    found = compare(Run({}, was), Run({}, is_))
    assert ([change.metric for change in found.changes], found.alone) == (["rr@10"], ("em",))


def test_the_command_prints_the_table(before: Path, after: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare_command([str(before), str(after)]) == 0
    printed = capsys.readouterr().out
    (line,) = (line for line in printed.splitlines() if line.startswith("answer_correct"))
    assert line.split() == [
        "answer_correct",
        "0.667",
        "0.333",
        "-0.333",
        "-1.000",
        "to",
        "+0.291",
        "0.500",
        "1",
        "0",
        "3",
    ]
    assert printed.index("The questions are not the same.") < printed.index("answer_correct")
    assert "Good before and not now: 1: q2" in printed
    assert "Good now and not before: none" in printed


def test_what_cannot_be_compared_is_exit_code_2(
    before: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare_command([str(before), str(tmp_path / "none")]) == 2
    assert "no readable run" in capsys.readouterr().err
    assert compare_command([str(before)]) == 2
    assert "give two run folders" in capsys.readouterr().err
    other = store(tmp_path / "other", [good("x1")])
    assert compare_command([str(before), str(other)]) == 2
    assert "nothing to compare" in capsys.readouterr().out


def test_two_settings_are_asked_in_one_go(
    before: Path, after: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Settings] = []

    def ask(settings: Settings, _: object) -> Run:
        asked.append(settings)
        return read_run(before if len(asked) == 1 else after)

    monkeypatch.setattr(comparing, "_ask_with", ask)
    assert compare_command(["--a", "strictness=0.4", "hits=5", "--b", "strictness=0.6"]) == 0
    assert [(settings.strictness, settings.hits) for settings in asked] == [(0.4, 5), (0.6, Settings().hits)]
    assert "answer_correct" in capsys.readouterr().out


def test_two_settings_may_be_asked_of_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Path, Path, float]] = []

    def ask(questions: Path, library: Path, settings: Settings, *, split: str | None) -> Evaluation:
        asked.append((questions, library, settings.strictness))
        raise CasesInvalid("enough")

    monkeypatch.setattr("eval.own.evaluate_library", ask)
    given = ["--library", "news", "--questions", "mine.jsonl", "--a", "strictness=0.4", "--b", "strictness=0.6"]
    with pytest.raises(CasesInvalid, match="enough"):
        compare_command(given)
    assert asked == [(Path("mine.jsonl"), Path("news"), 0.4)]


def test_a_setting_that_is_none_is_an_error_before_anything_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SettingInvalid, match="the names are: "):
        settings_of(["strictnes=0.4"], {})
    assert settings_of(["strictness=0.4"], {"QA_STRICTNESS": "0.9", "QA_HITS": "4"}) == Settings(strictness=0.4, hits=4)
    assert compare_command(["--a", "strictness=much", "--b", "strictness=0.6"]) == 2
    assert "QA_STRICTNESS can't be 'much'" in capsys.readouterr().err
