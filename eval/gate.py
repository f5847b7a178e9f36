"""Whether a run may pass: what must always hold, what must not get worse, what must beat the controls.

A run and a baseline go in, findings come out; nothing here asks a question. Every flip is real, for the system is
deterministic, yet a few are no verdict on the system: a metric fails when the questions that got worse outnumber those
that got better beyond chance (exact test, one-sided, p < .05) and the mean fell by more than two points. The floors
catch what creeps: a floor is the lower end of the interval at the time it was committed, and no mean may fall below.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from eval.intervals import drop_p, interval
from eval.outcomes import Run, RunUnreadable
from eval.report import applicable, mean

HEADLINES = (
    "evidence_recall@5",
    "gold_citation_recall",
    "answer_correct",
    "fully_good",
    "refusal_recall",
    "refusal_score",
)
INVARIANTS = ("quote_exact", "citations_resolve", "refusal_bare")
MUST_BEAT_CONTROLS = ("answer_correct", "refusal_score")
TOLERATED_DROP = 0.02
SIGNIFICANT = 0.05
PASSED, REGRESSION, CANNOT_RUN = 0, 1, 2

Level = Literal["stop", "fail", "warn", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What the gate saw; "stop": it can't compare, "fail": the run must not pass."""

    level: Level
    check: str
    message: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The run that later ones are held against: `values` of the headline metrics and a floor for each.

    `beaten` are the metrics by which it was better than every control: no later run may lose that again.
    """

    questions_sha256: str
    articles_sha256: str
    values: Mapping[str, Mapping[str, float]]
    floors: Mapping[str, float]
    settings: Mapping[str, Any]
    beaten: Sequence[str]


def check_run(run: Run, baseline: Baseline | None) -> list[Finding]:
    """Everything there is to say of the run, in the order of importance."""
    return [*compare(run, baseline), *check_invariants(run), *check_controls(run, baseline)]


def exit_code(findings: list[Finding]) -> int:
    """0 passed, 1 a regression or a broken invariant, 2 nothing to compare with."""
    levels = {finding.level for finding in findings}
    return CANNOT_RUN if "stop" in levels else REGRESSION if "fail" in levels else PASSED


def check_invariants(run: Run) -> list[Finding]:
    """Zero tolerance: one altered quotation, one lost citation, one refusal that claims something, one other answer."""
    findings = []
    for metric in INVARIANTS:
        broken = [id_ for id_, value in applicable(run.values[metric]).items() if value < 1]
        if broken:
            findings.append(Finding("fail", "invariant", f"{metric} does not hold for {_some(broken)}"))
    if run.about["different"]:
        findings.append(
            Finding("fail", "invariant", f"asked twice, answered differently: {_some(run.about['different'])}")
        )
    return findings


def check_controls(run: Run, baseline: Baseline | None) -> list[Finding]:
    """The best control must be beaten where the baseline beat it; until it does, being no better is a warning."""
    beaten = MUST_BEAT_CONTROLS if baseline is None else baseline.beaten
    return [finding for metric in MUST_BEAT_CONTROLS for finding in _check_control(run, metric, metric in beaten)]


def _check_control(run: Run, metric: str, beaten: bool) -> list[Finding]:
    ours = applicable(run.values[metric])
    theirs = {name: applicable(values[metric]) for name, values in run.controls.items()}
    if not ours or not theirs:
        return [Finding("stop", "control", f"{metric} was not measured for the run and a control")]
    best = max(theirs, key=lambda name: mean(theirs[name].values()) or 0.0)
    our_mean, their_mean = mean(ours.values()) or 0.0, mean(theirs[best].values()) or 0.0
    worse, better = _flips(before=ours, after=theirs[best])
    p = drop_p(worse, better)
    message = f"{metric} {our_mean:.3f}, {best} {their_mean:.3f} (p = {p:.3f}, n = {len(ours)})"
    if our_mean <= their_mean:
        return [Finding("fail" if beaten else "warn", "control", f"{message}: no better than the control")]
    return [Finding("note" if p < SIGNIFICANT else "warn", "control", message)]


def compare(run: Run, baseline: Baseline | None) -> list[Finding]:
    """The drops against the baseline; one "stop" when the two can't be compared."""
    if baseline is None:
        return [Finding("stop", "baseline", "there is no baseline; pin this run with: python -m eval gate --update")]
    for name, theirs in (("questions", baseline.questions_sha256), ("articles", baseline.articles_sha256)):
        if run.about[f"{name}_sha256"] != theirs:
            again = "pin again with: python -m eval gate --update"
            return [Finding("stop", "baseline", f"the {name} are not those of the baseline; {again}")]
    findings = [finding for metric in HEADLINES for finding in _compare_metric(run, baseline, metric)]
    changed = [name for name, value in run.about["settings"].items() if baseline.settings.get(name, value) != value]
    if changed:
        findings.append(Finding("warn", "settings", f"not as in the baseline: {', '.join(changed)}"))
    return findings


def _compare_metric(run: Run, baseline: Baseline, metric: str) -> list[Finding]:
    before, after = baseline.values[metric], applicable(run.values[metric])
    if before.keys() != after.keys():
        lost = sorted(before.keys() ^ after.keys())
        return [
            Finding("stop", "baseline", f"{metric} is there for other questions than in the baseline: {_some(lost)}")
        ]
    findings = _drop(metric, before, after)
    value, floor = mean(after.values()), baseline.floors[metric]
    if value is not None and value < floor:
        findings.append(Finding("fail", "floor", f"{metric} {value:.3f} is below its floor {floor:.3f}"))
    return findings


def _drop(metric: str, before: Mapping[str, float], after: Mapping[str, float]) -> list[Finding]:
    drop = (mean(before.values()) or 0.0) - (mean(after.values()) or 0.0)
    if drop <= 0:
        return []
    worse, better = _flips(before=before, after=after)
    p = drop_p(worse, better)
    ids = _some([id_ for id_ in before if after[id_] < before[id_]])
    message = f"{metric} fell by {100 * drop:.1f} points: {worse} worse, {better} better, p = {p:.3f}; worse: {ids}"
    # Rounded, for 1 - .98 is more than .02 in floating point.
    fails = p < SIGNIFICANT and round(drop, 9) > TOLERATED_DROP
    return [Finding("fail" if fails else "warn", "regression", message)]


def _flips(*, before: Mapping[str, float], after: Mapping[str, float]) -> tuple[int, int]:
    """How many of the questions got worse and how many got better; the size of a change does not count."""
    shared = before.keys() & after.keys()
    return sum(after[id_] < before[id_] for id_ in shared), sum(after[id_] > before[id_] for id_ in shared)


def make_baseline(run: Run) -> Baseline:
    """The baseline that this run would be."""
    values = {metric: applicable(run.values[metric]) for metric in HEADLINES}
    found = {metric: interval(numbers, run.clusters) for metric, numbers in values.items()}
    floors = {metric: round(between[0], 4) for metric, between in found.items() if between}
    about = run.about
    beaten = [metric for metric in MUST_BEAT_CONTROLS if _check_control(run, metric, True)[0].level != "fail"]
    return Baseline(about["questions_sha256"], about["articles_sha256"], values, floors, about["settings"], beaten)


def check_update(run: Run, baseline: Baseline | None, *, allow_regression: bool) -> list[Finding]:
    """What keeps the run from becoming the baseline: a broken invariant always, a lower floor unless allowed."""
    findings = check_invariants(run)
    if baseline is None or allow_regression:
        return findings
    made = make_baseline(run)
    for metric in baseline.beaten:
        if metric not in made.beaten:
            message = f"{metric} would no longer have to beat the controls"
            findings.append(Finding("fail", "control", f"{message}; if that is meant: --update --allow-regression"))
    floors = made.floors
    for metric, floor in baseline.floors.items():
        if floors.get(metric, 0.0) < floor:
            message = f"the floor of {metric} would sink from {floor:.4f} to {floors.get(metric, 0.0):.4f}"
            findings.append(Finding("fail", "floor", f"{message}; if that is meant: --update --allow-regression"))
    return findings


def read_baseline(path: Path) -> Baseline | None:
    """The committed baseline; None when there is no file yet."""
    if not path.exists():
        return None
    try:
        return Baseline(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise RunUnreadable(
            f"{path} is not a baseline: {error}; make one with: python -m eval gate --update"
        ) from error


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Writes the file, sorted, so that a change of one question is a change of its lines."""
    path.write_text(json.dumps(asdict(baseline), indent=1, sort_keys=True) + "\n", encoding="utf-8")


def gate(run: Run, path: Path, *, update: bool, allow_regression: bool, say: Callable[[str], None]) -> int:
    """Checks the run against the baseline file, or makes it the baseline; says every finding, returns the exit code."""
    baseline = read_baseline(path)
    if not update:
        findings = check_run(run, baseline)
    else:
        findings = check_update(run, baseline, allow_regression=allow_regression)
        if exit_code(findings) == PASSED:
            write_baseline(path, make_baseline(run))
            findings.append(Finding("note", "baseline", f"{path.name} is now this run"))
    for finding in findings:
        say(f"{finding.level.upper()} {finding.check}: {finding.message}")
    code = exit_code(findings)
    say((("PINNED", "NOT PINNED") if update else ("PASSED", "FAILED", "CANNOT COMPARE"))[code])
    return code


def _some(ids: list[str], most: int = 12) -> str:
    more = f" and {len(ids) - most} more" if len(ids) > most else ""
    return ", ".join(ids[:most]) + more
