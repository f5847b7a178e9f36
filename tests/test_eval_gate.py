"""The gate fails on what must fail, stays quiet on noise, and refuses to compare what can't be compared."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from eval import gate
from eval.__main__ import main
from eval.controls import CONTROLS
from eval.gate import (
    CANNOT_RUN,
    FLOORED,
    INVARIANTS,
    PASSED,
    REGRESSION,
    Core,
    check_core,
    check_invariants,
    check_mutants,
    check_update,
    exit_code,
    judge_run,
    make_baseline,
    read_baseline,
    write_baseline,
)
from eval.mutants import MUTANTS as SABOTAGED
from eval.outcomes import Run, RunUnreadable, newest_run, read_run
from eval.report import print_table, summarise

IDS = [f"q{number:03d}" for number in range(100)]
MUTANTS = tuple({"name": item.name, "metric": by, "caught": True} for item in SABOTAGED for by in item.caught_by)
CORE = Core(("q000",))
ABOUT = {"questions_sha256": "q", "articles_sha256": "a", "settings": {"strictness": 0.5}, "different": []}


def run_of(*, good: int = 80, **changed) -> Run:
    """100 questions, the first `good` of them right by every headline metric; invariants hold; the control is poor."""
    values = {metric: flags(good) for metric in FLOORED} | {metric: flags(100) for metric in INVARIANTS}
    control = {metric: flags(10) for metric in values}
    labels = dict.fromkeys(IDS, "single")
    return Run(
        ABOUT, {**values, **changed}, dict.fromkeys(CONTROLS, control), labels, {id_: id_ for id_ in IDS}, MUTANTS
    )


def check_run(run: Run, baseline, core: Core = CORE):
    return gate.check_run(run, baseline, core)


def flags(good: int) -> dict[str, float | None]:
    return {id_: float(number < good) for number, id_ in enumerate(IDS)}


def levels(findings, check):
    return [finding.level for finding in findings if finding.check == check]


BASE = make_baseline(run_of(), Core())


def test_the_run_that_was_pinned_passes():
    findings = check_run(run_of(), BASE)
    assert exit_code(findings) == PASSED
    assert {finding.level for finding in findings} == {"note"}


def test_a_better_run_passes():
    assert exit_code(check_run(run_of(good=90), BASE)) == PASSED


def test_a_paired_drop_fails():
    """8 questions worse, none better: p = 1/256, times five metrics .02 < .05, and 8 points are more than 2."""
    findings = check_run(run_of(answer_correct=flags(72)), BASE)
    assert levels(findings, "regression") == ["fail"]
    assert exit_code(findings) == REGRESSION
    assert any("8 worse, 0 better of 100, p = 0.020; worse: q072, q073" in finding.message for finding in findings)


def test_one_of_five_metrics_may_drop_by_chance():
    """6 worse, none better: p = 1/64 for one metric, .08 among five: a warning, for 6 points are more than 3."""
    findings = check_run(run_of(answer_correct=flags(74)), BASE)
    assert (levels(findings, "regression"), exit_code(findings)) == (["warn"], PASSED)


def test_noise_is_only_a_warning():
    """4 worse and none better are 4 points; 9 worse and 6 better are 3 points, not even a warning."""
    findings = check_run(run_of(answer_correct=flags(76)), BASE)
    assert (levels(findings, "regression"), exit_code(findings)) == (["warn"], PASSED)
    noisy = {id_: float(number not in range(9) and number < 86) for number, id_ in enumerate(IDS)}
    findings = check_run(run_of(answer_correct=noisy), BASE)
    assert (levels(findings, "regression"), exit_code(findings)) == (["note"], PASSED)


def test_parts_of_one_count_by_their_size():
    """Ten questions lose a tenth, one gains all: the sum is 0, so nothing fell; without the gain p is 2^-10."""
    before = dict.fromkeys(IDS, 0.5)
    lost = {id_: 0.4 if number < 10 else 0.5 for number, id_ in enumerate(IDS)}
    values = {**BASE.values, "gold_citation_recall": before}
    base = replace(BASE, values=values, floors={**BASE.floors, "gold_citation_recall": 0.0})
    findings = check_run(run_of(gold_citation_recall=lost), base)
    assert levels(findings, "regression") == ["note"]  # 1 point only
    worse = {id_: 0.1 if number < 10 else 0.5 for number, id_ in enumerate(IDS)}
    assert levels(check_run(run_of(gold_citation_recall=worse), base), "regression") == ["fail"]
    evened = {**worse, IDS[-1]: 4.5}
    assert levels(check_run(run_of(gold_citation_recall=evened), base), "regression") == []


def test_a_drop_of_two_points_is_never_a_failure():
    """On 1000 questions 20 flips are p < .001 but only 2 points: a note."""
    ids = [f"q{number}" for number in range(1000)]
    before = dict.fromkeys(ids, 1.0)
    after = {id_: float(number >= 20) for number, id_ in enumerate(ids)}
    baseline = replace(
        BASE, values={**BASE.values, "answer_correct": before}, floors={**BASE.floors, "answer_correct": 0}
    )
    run = run_of(answer_correct=after)
    run = replace(run, clusters={id_: id_ for id_ in ids})
    assert levels(gate.compare(run, baseline), "regression") == ["note"]


def test_a_surviving_mutant_fails():
    survivor = {"name": "another number", "metric": "numbers_cited"}
    run = replace(run_of(), mutants=[{**item, "caught": not survivor.items() <= item.items()} for item in MUTANTS])
    (finding,) = check_mutants(run)
    assert (finding.level, finding.message) == ("fail", "not caught: another number (numbers_cited)")
    assert exit_code(check_run(run, BASE)) == REGRESSION


@pytest.mark.parametrize(
    ("fewer", "lacking"),
    [
        ({"mutants": MUTANTS[1:]}, f"{MUTANTS[0]['name']} ({MUTANTS[0]['metric']})"),
        ({"controls": {name: run_of().controls[name] for name in list(CONTROLS)[1:]}}, "of copy_top"),
        ({"values": {name: value for name, value in run_of().values.items() if name != "quote_exact"}}, "quote_exact"),
        ({"values": {**run_of().values, "refusal_recall": dict.fromkeys(IDS, None)}}, "refusal_recall"),
    ],
    ids=["mutant", "control", "invariant", "headline"],
)
def test_a_run_that_measured_less_is_neither_judged_nor_pinned(fewer, lacking):
    """One mutant, control or metric less would be one less to fail by."""
    run = replace(run_of(), **fewer)
    for findings in (check_run(run, BASE), check_update(run, None, Core(), allow_regression=True)):
        assert exit_code(findings) == CANNOT_RUN
        assert lacking in findings[0].message


def test_an_empty_core_list_fails():
    assert exit_code(check_run(run_of(), BASE, Core())) == REGRESSION


def test_the_locked_questions_are_never_pinned():
    run = replace(run_of(), about={**ABOUT, "split": "test"})
    assert exit_code(check_update(run, None, Core(), allow_regression=True)) == CANNOT_RUN


def test_what_the_baseline_looked_at_may_not_be_left_out():
    """A shorter core list, and a mutant less, fail unless they are meant; a longer list is welcome."""
    base = replace(make_baseline(run_of(), Core(("q001", "q002"))), mutants=["refuses everything", "an older one"])
    findings = check_run(run_of(), replace(base, mutants=[]), Core(("q001",)))
    assert [(item.level, item.message.split(";")[0]) for item in findings if "left out" in item.message] == [
        ("fail", "left out: q002")
    ]
    update = check_update(run_of(), base, Core(("q001", "q002", "q003")), allow_regression=False)
    assert [item.message.split(";")[0] for item in update] == ["left out: an older one"]
    assert check_update(run_of(), base, Core(("q001",)), allow_regression=True) == []


def test_own_questions_may_be_too_few_for_the_mutants():
    """Fourteen questions can't catch all, and have no core list: warnings, and a baseline can be pinned."""
    missed = tuple({**item, "caught": False, "n": 0} for item in run_of().mutants)
    run = replace(run_of(), about={**ABOUT, "own": True}, mutants=missed)
    findings = check_run(run, BASE, Core())
    assert (levels(findings, "mutants"), levels(findings, "core"), exit_code(findings)) == (["warn"], ["warn"], PASSED)
    assert check_update(run, None, Core(), allow_regression=False) == []
    assert exit_code(check_run(replace(run, about=ABOUT), BASE, Core())) == REGRESSION


def test_a_question_of_the_core_list_must_stay_good():
    """q079 is good, q080 is not: one flip is nothing to the statistics and everything to the core list."""
    assert exit_code(check_run(run_of(), BASE, Core(("q079",)))) == PASSED
    (finding,) = (item for item in check_run(run_of(), BASE, Core(("q079", "q080"))) if item.check == "core")
    assert (finding.level, "q080" in finding.message, "q079" in finding.message) == ("fail", True, False)
    accepted = check_core(run_of(), Core(("q079", "q080"), {"q080": "asks for what is no longer there", "q079": "was"}))
    assert [item.level for item in accepted] == ["note"] * 3
    assert "asks for what is no longer there" in accepted[0].message
    assert "q079 is good again" in accepted[1].message


def test_a_refused_unanswerable_question_is_good():
    run = run_of(fully_good=dict.fromkeys(IDS, None))
    assert levels(check_core(run, Core(("q000",))), "core") == ["note"]


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
    assert levels(findings, "control") == ["fail"] * 3
    assert BASE.beaten == ["fully_good", "answer_correct", "refusal_score"]


def test_control_that_was_never_beaten_is_a_warning():
    base = make_baseline(run_of(good=10), Core())
    findings = check_run(run_of(good=10), base)
    assert (base.beaten, levels(findings, "control"), exit_code(findings)) == ([], ["warn"] * 3, PASSED)
    assert exit_code(check_run(run_of(good=11), make_baseline(run_of(good=11), Core()))) == PASSED


def test_update_keeps_the_controls_beaten_unless_allowed():
    worse = run_of(good=10)
    assert levels(check_update(worse, BASE, Core(), allow_regression=False), "control") == ["fail"] * 3
    assert levels(check_update(worse, BASE, Core(), allow_regression=True), "control") == []


def test_hardly_better_than_the_control_is_a_warning():
    """12 of 100 against 10: two flips, p = 1/4."""
    findings = check_run(run_of(good=12), make_baseline(run_of(good=12), Core()))
    assert levels(findings, "control") == ["warn"] * 3


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
    judged = replace(BASE, judge="lexical 0")
    assert levels(check_run(run_of(), judged), "settings") == ["warn"]
    assert levels(check_run(replace(run_of(), about={**ABOUT, "judge": "lexical 0"}), judged), "settings") == []


def test_update_refuses_to_lower_a_floor_unless_allowed():
    worse = run_of(good=70)
    assert exit_code(check_update(worse, BASE, Core(), allow_regression=False)) == REGRESSION
    assert exit_code(check_update(worse, BASE, Core(), allow_regression=True)) == PASSED
    assert exit_code(check_update(run_of(good=90), BASE, Core(), allow_regression=False)) == PASSED


def test_update_never_pins_a_broken_invariant():
    broken = run_of(quote_exact=flags(99))
    assert exit_code(check_update(broken, None, Core(), allow_regression=True)) == REGRESSION


def test_the_baseline_file_holds_what_was_pinned(tmp_path):
    path = tmp_path / "baseline.json"
    write_baseline(path, BASE)
    assert read_baseline(path) == BASE


def test_gate_pins_then_passes_then_fails(tmp_path):
    path = tmp_path / "baseline.json"

    def judged(run: Run, **how) -> tuple[str, int]:
        return judge_run(run, path, CORE, **{"update": False, "allow_regression": False, **how})[1:]

    assert judged(run_of()) == ("CANNOT COMPARE", CANNOT_RUN)
    assert judged(run_of(), update=True) == ("PINNED", PASSED)
    assert judged(run_of()) == ("PASSED", PASSED)
    assert judged(run_of(good=60)) == ("FAILED", REGRESSION)
    pinned = path.read_bytes()
    assert judged(run_of(good=60), update=True) == ("NOT PINNED", REGRESSION)
    assert path.read_bytes() == pinned


def test_a_damaged_baseline_is_an_error_with_a_remedy(tmp_path):
    path = tmp_path / "baseline.json"
    write_baseline(path, BASE)
    pinned = json.loads(path.read_text(encoding="utf-8"))
    for damaged in ({}, {**pinned, "floors": {}}, {**pinned, "floors": {**pinned["floors"], "fully_good": math.nan}}):
        path.write_text(json.dumps(damaged), encoding="utf-8")
        with pytest.raises(RunUnreadable, match="delete it and pin a run with"):
            read_baseline(path)


@pytest.mark.parametrize("value", [math.nan, math.inf, "1"])
def test_what_is_no_number_is_no_run(value, tmp_path):
    """Nothing is below a floor, worse or less than 1 by a comparison with NaN."""
    store(tmp_path / "run", run_of(quote_exact={**flags(100), "q007": value}))
    with pytest.raises(RunUnreadable, match="is no value of quote_exact"):
        read_run(tmp_path / "run")


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
    (folder / "mutants.json").write_text(json.dumps({"mutants": list(run.mutants)}), encoding="utf-8")


def test_a_stored_run_reads_back(tmp_path):
    store(tmp_path / "one", run_of())
    assert read_run(newest_run(tmp_path)) == replace(run_of(), mutants=list(MUTANTS))


def test_the_command_line_gives_the_exit_codes(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    store(tmp_path / "good", run_of())
    store(tmp_path / "bad", run_of(good=50))
    core, accepted = tmp_path / "core.jsonl", tmp_path / "accepted.jsonl"
    core.write_text(json.dumps({"id": "q001", "read": "right"}), encoding="utf-8")
    accepted.write_text("", encoding="utf-8")
    baseline = ["--baseline", str(tmp_path / "baseline.json"), "--core", str(core), "--accepted", str(accepted)]
    assert main(["gate", "--run", str(tmp_path / "good"), *baseline]) == CANNOT_RUN
    assert main(["gate", "--run", str(tmp_path / "good"), *baseline, "--update"]) == PASSED
    assert main(["gate", "--run", str(tmp_path / "bad"), *baseline]) == REGRESSION
    assert "FAIL regression: answer_correct fell by 30.0 points" in capsys.readouterr().out
    assert json.loads((tmp_path / "bad" / "gate.json").read_text(encoding="utf-8"))["verdict"] == "FAILED"
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "fell by 30.0 points" in summary
    assert (tmp_path / "bad" / "report.html").exists()
    core.write_text('{"id": "q001"}', encoding="utf-8")
    assert main(["gate", "--run", str(tmp_path / "good"), *baseline]) == CANNOT_RUN
    assert "core.jsonl:1" in capsys.readouterr().err
    own = replace(run_of(), about={**ABOUT, "own": True})
    store(tmp_path / "own", own)
    assert main(["gate", "--run", str(tmp_path / "own")]) == CANNOT_RUN
    assert "a baseline of their own" in capsys.readouterr().err
    mine = ["--baseline", str(tmp_path / "mine.json")]
    assert main(["gate", "--run", str(tmp_path / "own"), *mine, "--update"]) == PASSED
    assert main(["gate", "--run", str(tmp_path / "own"), *mine]) == PASSED
    assert main(["readme", "--run", str(tmp_path / "own")]) == CANNOT_RUN
    core.unlink()
    assert main(["gate", "--run", str(tmp_path / "good"), *baseline]) == CANNOT_RUN
    assert "core.jsonl: No such file" in capsys.readouterr().err
    core.write_text("", encoding="utf-8")
    assert main(["gate", "--run", str(tmp_path / "none"), *baseline]) == CANNOT_RUN
    assert "python -m eval" in capsys.readouterr().err


def test_a_sample_is_neither_pinned_nor_shown(tmp_path, capsys) -> None:
    store(tmp_path / "some", replace(run_of(), about={**ABOUT, "sample": {"asked": 1, "of": 2, "seed": 7}}))
    assert main(["gate", "--run", str(tmp_path / "some"), "--baseline", str(tmp_path / "b.json"), "--update"]) == 2
    assert main(["readme", "--run", str(tmp_path / "some")]) == 2
    said = capsys.readouterr()
    assert "STOP baseline: the run is of a sample" in said.out
    assert "is of a sample of the questions" in said.err


def test_the_table_is_plain_text_without_a_terminal():
    """80 of 100: Wilson .711 to .867, the bootstrap to .880; each control has 10 of 100."""
    out = StringIO()
    print_table(summarise(run_of()), Console(file=out))
    (line,) = (line for line in out.getvalue().splitlines() if line.startswith("answer_correct  "))
    assert line.split() == ["answer_correct", "0.800", "100", "0", "0.711–0.880", *["0.100"] * 3]
    assert "answer_correct: single" in out.getvalue()


def test_the_table_on_a_terminal_has_the_same_values():
    out = StringIO()
    print_table(summarise(run_of()), Console(file=out, force_terminal=True, width=140))
    assert "0.711–0.880" in out.getvalue()


def test_a_narrow_terminal_cuts_no_number():
    """The name on a line, its values on the next."""
    out = StringIO()
    print_table(summarise(run_of()), Console(file=out, force_terminal=True, width=60))
    lines = out.getvalue().splitlines()
    assert lines[lines.index("answer_correct") + 1].split()[:5] == ["0.800", "100", "0", "0.711–0.880", "0.100"]
    assert "…" not in out.getvalue()
