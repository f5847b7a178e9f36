"""The gate fails on what must fail, stays quiet on noise, and refuses to compare what can't be compared."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from eval.__main__ import main
from eval.gate import (
    CANNOT_RUN,
    HEADLINES,
    INVARIANTS,
    PASSED,
    REGRESSION,
    check_invariants,
    check_run,
    check_update,
    exit_code,
    gate,
    make_baseline,
    read_baseline,
    write_baseline,
)
from eval.outcomes import Run, RunUnreadable, newest_run, read_run
from eval.report import print_table, summarise

IDS = [f"q{number:03d}" for number in range(100)]
ABOUT = {"questions_sha256": "q", "articles_sha256": "a", "settings": {"strictness": 0.5}, "different": []}


def run_of(*, good: int = 80, **changed) -> Run:
    """100 questions, the first `good` of them right by every headline metric; invariants hold; the control is poor."""
    values = {metric: flags(good) for metric in HEADLINES} | {metric: flags(100) for metric in INVARIANTS}
    control = {metric: flags(10) for metric in values}
    labels = dict.fromkeys(IDS, "single")
    return Run(ABOUT, {**values, **changed}, {"copy_top": control}, labels, {id_: id_ for id_ in IDS})


def flags(good: int) -> dict[str, float | None]:
    return {id_: float(number < good) for number, id_ in enumerate(IDS)}


def levels(findings, check):
    return [finding.level for finding in findings if finding.check == check]


BASE = make_baseline(run_of())


def test_the_run_that_was_pinned_passes():
    findings = check_run(run_of(), BASE)
    assert exit_code(findings) == PASSED
    assert {finding.level for finding in findings} == {"note"}


def test_a_better_run_passes():
    assert exit_code(check_run(run_of(good=90), BASE)) == PASSED


def test_a_paired_drop_fails():
    """5 questions worse, none better: p = 1/32 < .05, and 5 points are more than 2."""
    findings = check_run(run_of(answer_correct=flags(75)), BASE)
    assert levels(findings, "regression") == ["fail"]
    assert exit_code(findings) == REGRESSION
    assert any("5 worse, 0 better, p = 0.031; worse: q075, q076" in finding.message for finding in findings)


def test_noise_is_only_a_warning():
    """4 worse, none better: p = 1/16; 9 worse and 5 better: p = .21. Neither is more than chance."""
    findings = check_run(run_of(answer_correct=flags(76)), BASE)
    assert (levels(findings, "regression"), exit_code(findings)) == (["warn"], PASSED)
    noisy = {id_: float(number not in range(9) and number < 85) for number, id_ in enumerate(IDS)}
    findings = check_run(run_of(answer_correct=noisy), BASE)
    assert (levels(findings, "regression"), exit_code(findings)) == (["warn"], PASSED)


def test_a_drop_of_two_points_is_never_a_failure():
    """On 1000 questions 20 flips are p < .001 but only 2 points: a warning."""
    ids = [f"q{number}" for number in range(1000)]
    before = dict.fromkeys(ids, 1.0)
    after = {id_: float(number >= 20) for number, id_ in enumerate(ids)}
    baseline = replace(
        BASE, values={**BASE.values, "answer_correct": before}, floors={**BASE.floors, "answer_correct": 0}
    )
    assert levels(check_run(run_of(answer_correct=after), baseline), "regression") == ["warn"]


def test_a_mean_below_the_floor_fails():
    """80 of 100 gives the floor .711; 10 runs that each lose four questions would creep, so 70 of 100 fails by it."""
    assert BASE.floors["answer_correct"] == pytest.approx(0.711, abs=1e-3)
    lower = replace(BASE, values={**BASE.values, "answer_correct": flags(70)})
    findings = check_run(run_of(answer_correct=flags(70)), lower)
    assert (levels(findings, "regression"), levels(findings, "floor")) == ([], ["fail"])


@pytest.mark.parametrize("metric", INVARIANTS)
def test_one_broken_invariant_fails(metric):
    findings = check_run(run_of(**{metric: flags(99)}), BASE)
    assert exit_code(findings) == REGRESSION
    assert any(f"{metric} does not hold for q099" in finding.message for finding in findings)


def test_an_invariant_that_does_not_apply_is_not_broken():
    assert check_invariants(run_of(refusal_bare=dict.fromkeys(IDS, None))) == []


def test_two_different_answers_to_one_question_fail():
    run = replace(run_of(), about={**ABOUT, "different": ["q007"]})
    assert any("q007" in finding.message for finding in check_invariants(run))
    assert exit_code(check_run(run, BASE)) == REGRESSION


def test_control_that_was_beaten_must_stay_beaten():
    """The floor of a baseline with 10 of 100 is low enough that only the control speaks."""
    findings = check_run(run_of(good=10), BASE)
    assert levels(findings, "control") == ["fail", "fail"]
    assert BASE.beaten == ["answer_correct", "refusal_score"]


def test_control_that_was_never_beaten_is_a_warning():
    base = make_baseline(run_of(good=10))
    findings = check_run(run_of(good=10), base)
    assert (base.beaten, levels(findings, "control"), exit_code(findings)) == ([], ["warn", "warn"], PASSED)
    assert exit_code(check_run(run_of(good=11), make_baseline(run_of(good=11)))) == PASSED


def test_update_keeps_the_controls_beaten_unless_allowed():
    worse = run_of(good=10)
    assert levels(check_update(worse, BASE, allow_regression=False), "control") == ["fail", "fail"]
    assert levels(check_update(worse, BASE, allow_regression=True), "control") == []


def test_hardly_better_than_the_control_is_a_warning():
    """12 of 100 against 10: two flips, p = 1/4."""
    findings = check_run(run_of(good=12), make_baseline(run_of(good=12)))
    assert levels(findings, "control") == ["warn", "warn"]


@pytest.mark.parametrize("name", ["questions", "articles"])
def test_other_questions_or_articles_cannot_be_compared(name):
    run = replace(run_of(), about={**ABOUT, f"{name}_sha256": "other"})
    findings = check_run(run, BASE)
    assert exit_code(findings) == CANNOT_RUN
    assert f"the {name} are not those of the baseline; pin again with" in findings[0].message


def test_without_a_baseline_nothing_can_be_compared():
    assert exit_code(check_run(run_of(), None)) == CANNOT_RUN


def test_a_question_that_was_left_out_is_noticed():
    fewer = {id_: value for id_, value in flags(80).items() if id_ != "q003"}
    assert exit_code(check_run(run_of(answer_correct=fewer), BASE)) == CANNOT_RUN


def test_other_settings_are_a_warning():
    run = replace(run_of(), about={**ABOUT, "settings": {"strictness": 0.0}})
    assert [finding.message for finding in check_run(run, BASE) if finding.check == "settings"] == [
        "not as in the baseline: strictness"
    ]


def test_update_refuses_to_lower_a_floor_unless_allowed():
    worse = run_of(good=70)
    assert exit_code(check_update(worse, BASE, allow_regression=False)) == REGRESSION
    assert exit_code(check_update(worse, BASE, allow_regression=True)) == PASSED
    assert exit_code(check_update(run_of(good=90), BASE, allow_regression=False)) == PASSED


def test_update_never_pins_a_broken_invariant():
    broken = run_of(quote_exact=flags(99))
    assert exit_code(check_update(broken, None, allow_regression=True)) == REGRESSION


def test_the_baseline_file_holds_what_was_pinned(tmp_path):
    path = tmp_path / "baseline.json"
    write_baseline(path, BASE)
    assert read_baseline(path) == BASE


def test_gate_pins_then_passes_then_fails(tmp_path):
    path, said = tmp_path / "baseline.json", []
    assert gate(run_of(), path, update=False, allow_regression=False, say=said.append) == CANNOT_RUN
    assert gate(run_of(), path, update=True, allow_regression=False, say=said.append) == PASSED
    assert gate(run_of(), path, update=False, allow_regression=False, say=said.append) == PASSED
    assert gate(run_of(good=60), path, update=False, allow_regression=False, say=said.append) == REGRESSION
    pinned = path.read_bytes()
    assert gate(run_of(good=60), path, update=True, allow_regression=False, say=said.append) == REGRESSION
    assert path.read_bytes() == pinned
    assert said[-1] == "NOT PINNED"


def test_a_damaged_baseline_is_an_error_with_a_remedy(tmp_path):
    path = tmp_path / "baseline.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(RunUnreadable, match="--update"):
        read_baseline(path)


def store(folder, run: Run) -> None:
    """The two files of a run, as `python -m eval` leaves them."""
    folder.mkdir(parents=True)
    lines = [
        {
            "id": id_,
            "label": "single",
            "cluster": id_,
            "metrics": {metric: {"value": values[id_]} for metric, values in run.values.items()},
            "controls": {
                name: {metric: {"value": values[id_]} for metric, values in theirs.items()}
                for name, theirs in run.controls.items()
            },
        }
        for id_ in IDS
    ]
    (folder / "results.jsonl").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    (folder / "run.json").write_text(json.dumps(run.about), encoding="utf-8")


def test_a_stored_run_reads_back(tmp_path):
    store(tmp_path / "one", run_of())
    assert read_run(newest_run(tmp_path)) == run_of()


def test_the_command_line_gives_the_exit_codes(tmp_path, capsys):
    store(tmp_path / "good", run_of())
    store(tmp_path / "bad", run_of(good=50))
    baseline = ["--baseline", str(tmp_path / "baseline.json")]
    assert main(["gate", "--run", str(tmp_path / "good"), *baseline]) == CANNOT_RUN
    assert main(["gate", "--run", str(tmp_path / "good"), *baseline, "--update"]) == PASSED
    assert main(["gate", "--run", str(tmp_path / "bad"), *baseline]) == REGRESSION
    assert "FAIL regression: answer_correct fell by 30.0 points" in capsys.readouterr().out
    assert main(["gate", "--run", str(tmp_path / "none"), *baseline]) == CANNOT_RUN
    assert "python -m eval" in capsys.readouterr().err


def test_the_table_is_plain_text_without_a_terminal():
    """80 of 100: Wilson .711 to .867; the control has 10 of 100."""
    out = StringIO()
    print_table(summarise(run_of()), Console(file=out))
    (line,) = (line for line in out.getvalue().splitlines() if line.startswith("answer_correct  "))
    assert line.split() == ["answer_correct", "0.800", "100", "0", "0.711–0.867", "0.100"]
    assert "answer_correct: single" in out.getvalue()


def test_the_table_on_a_terminal_has_the_same_values():
    out = StringIO()
    print_table(summarise(run_of()), Console(file=out, force_terminal=True, width=140))
    assert "0.711–0.867" in out.getvalue()
