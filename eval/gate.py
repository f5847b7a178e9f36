"""Whether a run may pass: what must always hold, that the evaluation can fail, what must not get worse.

A run and a baseline go in, findings come out; nothing here asks a question. Every flip is real, for the system is
deterministic, yet a few are no verdict on the system: a metric fails when it got worse beyond chance (paired and
one-sided: the exact test for 0/1 values, else a permutation of signs; p < .05 after Holm's correction over the headline
metrics) and its mean fell by more than two points. The floors catch what creeps: a floor is the lower end of the
interval at the time it was committed, and no mean may fall below. The core list holds single questions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from eval.controls import CONTROLS
from eval.core import is_good
from eval.intervals import interval
from eval.mutants import MUTANTS
from eval.outcomes import Run, RunUnreadable
from eval.paired import Paired, holm, paired
from eval.report import applicable, mean

HEADLINES = (
    "evidence_recall@5",
    "gold_citation_recall",
    "answer_correct",
    "fully_good",
    "refusal_score",
)
FLOORED = (*HEADLINES, "refusal_recall")
INVARIANTS = ("quote_exact", "citations_resolve", "refusal_bare")
MUST_BEAT_CONTROLS = ("fully_good", "answer_correct", "refusal_score")
TOLERATED_DROP = 0.02
NOTABLE_DROP = 0.03  # a warning, however likely by chance
SIGNIFICANT = 0.05
PINNED_SPLIT = "dev"
PASSED, REGRESSION, CANNOT_RUN = 0, 1, 2
PIN = "python -m eval gate --update, and --baseline FILE for questions of your own"
RESTORE = "restore it, or delete it and pin a run with: python -m eval gate --update"

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

    `beaten` are the metrics by which it was better than every control: no later run may lose that again. `judge` is the
    one that `fully_good` rests on; an older file doesn't say. `core` and `mutants` may grow, and shrink only by
    --allow-regression: what is no longer looked at can't fail.
    """

    questions_sha256: str
    articles_sha256: str
    values: Mapping[str, Mapping[str, float]]
    floors: Mapping[str, float]
    settings: Mapping[str, Any]
    beaten: Sequence[str]
    judge: str | None = None
    core: Sequence[str] = ()
    mutants: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Core:
    """The ids that must stay good, and those of them that may be bad again, with the reason."""

    ids: Sequence[str] = ()
    accepted: Mapping[str, str] = field(default_factory=dict)


def check_run(run: Run, baseline: Baseline | None, core: Core) -> list[Finding]:
    """Everything there is to say of the run, first whether it can be compared at all."""
    if unmeasured := check_measured(run):
        return unmeasured
    compared = compare(run, baseline)
    stopped = [finding for finding in compared if finding.level == "stop"]
    rest = [finding for finding in compared if finding.level != "stop"]
    held = [*check_invariants(run), *check_mutants(run), *check_controls(run, baseline)]
    kept = [] if baseline is None else check_kept(run, baseline, core)
    return [*stopped, *held, *kept, *rest, *([] if stopped else check_core(run, core))]


def exit_code(findings: list[Finding]) -> int:
    """0 passed, 1 a regression or a broken invariant, 2 nothing to compare with."""
    levels = {finding.level for finding in findings}
    return CANNOT_RUN if "stop" in levels else REGRESSION if "fail" in levels else PASSED


def check_measured(run: Run) -> list[Finding]:
    """What the run lacks of what is judged: with a metric, a control or a mutant less, a pass would mean less."""
    lacking = [
        name for name in ("questions_sha256", "articles_sha256", "settings", "different") if name not in run.about
    ]
    lacking += [metric for metric in FLOORED if not applicable(run.values.get(metric, {}))]
    lacking += [metric for metric in INVARIANTS if metric not in run.values]
    lacking += [
        f"{metric} of {name}" for name in CONTROLS for metric in MUST_BEAT_CONTROLS if not _control(run, name, metric)
    ]
    mutants = {(item["name"], item["metric"]) for item in run.mutants}
    lacking += [f"{item.name} ({by})" for item in MUTANTS for by in item.caught_by if (item.name, by) not in mutants]
    again = "ask again with: python -m eval"
    return [Finding("stop", "measured", f"not measured: {_some(lacking)}; {again}")] if lacking else []


def _control(run: Run, name: str, metric: str) -> dict[str, float]:
    return applicable(run.controls.get(name, {}).get(metric, {}))


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


def check_mutants(run: Run) -> list[Finding]:
    """Every sabotaged answerer must have been caught: where one survives, a pass would mean nothing.

    One's own questions may be too few to catch all, or have nothing that some could spoil: that is only a warning.
    """
    survived = [f"{item['name']} ({item['metric']})" for item in run.mutants if not item["caught"]]
    if survived:
        return [Finding("warn" if _is_own(run) else "fail", "mutants", f"not caught: {_some(survived)}")]
    names = {item["name"] for item in run.mutants}
    return [Finding("note", "mutants", f"{len(names)} sabotaged answerers, each caught by its own metrics")]


def _is_own(run: Run) -> bool:
    """Whether somebody's own questions were asked, not the project's."""
    return bool(run.about.get("own"))


def check_kept(run: Run, baseline: Baseline, core: Core) -> list[Finding]:
    """Nothing that the baseline looked at may be left out: a question of the core list, a sabotaged answerer."""
    names = {item["name"] for item in run.mutants}
    gone = {
        "core": [id_ for id_ in baseline.core if id_ not in core.ids],
        "mutants": [name for name in baseline.mutants if name not in names],
    }
    meant = "if that is meant: --update --allow-regression"
    return [Finding("fail", check, f"left out: {_some(ids)}; {meant}") for check, ids in gone.items() if ids]


def check_core(run: Run, core: Core) -> list[Finding]:
    """No question of the core list may be bad, unless its regression was accepted with a reason."""
    if not core.ids:
        return [Finding("warn" if _is_own(run) else "fail", "core", "the core list is empty, so it holds nothing")]
    bad = [id_ for id_ in core.ids if not is_good(run.values, id_)]
    lost = [id_ for id_ in bad if id_ not in core.accepted]
    findings = [
        Finding("note", "core", f"{id_} is bad, accepted: {core.accepted[id_]}") for id_ in bad if id_ not in lost
    ]
    findings += [
        Finding("note", "core", f"{id_} is good again: it can leave accepted_regressions.jsonl")
        for id_ in core.accepted
        if id_ in core.ids and id_ not in bad
    ]
    if lost:
        accept = "mend it, or write it with a reason into eval/accepted_regressions.jsonl"
        findings.append(Finding("fail", "core", f"no longer good: {_some(lost)}; {accept}"))
    else:
        good = len(core.ids) - len(bad)
        findings.append(Finding("note", "core", f"{good} of {len(core.ids)} questions of the core list are good"))
    return findings


def check_controls(run: Run, baseline: Baseline | None) -> list[Finding]:
    """The best control must be beaten where the baseline beat it; until it does, being no better is a warning."""
    beaten = MUST_BEAT_CONTROLS if baseline is None else baseline.beaten
    return [finding for metric in MUST_BEAT_CONTROLS for finding in _check_control(run, metric, metric in beaten)]


def _check_control(run: Run, metric: str, beaten: bool) -> list[Finding]:
    ours = applicable(run.values[metric])
    theirs = {name: values for name in CONTROLS if (values := _control(run, name, metric))}
    if not ours or not theirs:
        return [Finding("stop", "control", f"{metric} was not measured for the run and a control")]
    best = max(theirs, key=lambda name: mean(theirs[name].values()) or 0.0)
    our_mean, their_mean = mean(ours.values()) or 0.0, mean(theirs[best].values()) or 0.0
    p = paired(ours, theirs[best], run.clusters).p  # of the control being worse, were neither better
    message = f"{metric} {our_mean:.3f}, {best} {their_mean:.3f} (p = {p:.3f}, n = {len(ours)})"
    if our_mean <= their_mean:
        return [Finding("fail" if beaten else "warn", "control", f"{message}: no better than the control")]
    return [Finding("note" if p < SIGNIFICANT else "warn", "control", message)]


def compare(run: Run, baseline: Baseline | None) -> list[Finding]:
    """The drops against the baseline; "stop" where the two can't be compared."""
    if baseline is None:
        return [Finding("stop", "baseline", f"there is no baseline; pin this run with: {PIN}")]
    for name, theirs in (("questions", baseline.questions_sha256), ("articles", baseline.articles_sha256)):
        if run.about[f"{name}_sha256"] != theirs:
            again = f"pin again with: {PIN}"
            return [Finding("stop", "baseline", f"the {name} are not those of the baseline; {again}")]
    strange = [metric for metric in FLOORED if baseline.values[metric].keys() != applicable(run.values[metric]).keys()]
    if strange:
        return [Finding("stop", "baseline", f"there for other questions than in the baseline: {', '.join(strange)}")]
    return [*_check_drops(run, baseline), *_check_floors(run, baseline), *_check_settings(run, baseline)]


def _check_drops(run: Run, baseline: Baseline) -> list[Finding]:
    changes = {
        metric: paired(baseline.values[metric], applicable(run.values[metric]), run.clusters) for metric in HEADLINES
    }
    corrected = holm({metric: change.p for metric, change in changes.items()})
    return [
        finding
        for metric, change in changes.items()
        for finding in _drop(run, baseline, metric, change, corrected[metric])
    ]


def _drop(run: Run, baseline: Baseline, metric: str, change: Paired, p: float) -> list[Finding]:
    # Rounded, for 1 - .98 is more than .02 in floating point.
    drop = round(-change.change, 9)
    if drop <= 0:
        return []
    before, after = baseline.values[metric], run.values[metric]
    ids = _some([id_ for id_ in before if (after[id_] or 0.0) < before[id_]])
    counts = f"{change.worse} worse, {change.better} better of {change.n}"
    message = f"{metric} fell by {100 * drop:.1f} points: {counts}, p = {p:.3f}; worse: {ids}"
    if p < SIGNIFICANT and drop > TOLERATED_DROP:
        return [Finding("fail", "regression", message)]
    return [Finding("warn" if drop > NOTABLE_DROP else "note", "regression", message)]


def _check_floors(run: Run, baseline: Baseline) -> list[Finding]:
    means = {metric: mean(applicable(run.values[metric]).values()) for metric in FLOORED}
    return [
        Finding("fail", "floor", f"{metric} {value:.3f} is below its floor {baseline.floors[metric]:.3f}")
        for metric, value in means.items()
        if value is not None and value < baseline.floors[metric]
    ]


def _check_settings(run: Run, baseline: Baseline) -> list[Finding]:
    changed = [name for name, value in run.about["settings"].items() if baseline.settings.get(name, value) != value]
    changed += ["the judge"] if baseline.judge not in (None, run.about.get("judge")) else []
    return [Finding("warn", "settings", f"not as in the baseline: {', '.join(changed)}")] if changed else []


def make_baseline(run: Run, core: Core) -> Baseline:
    """The baseline that this run would be."""
    values = {metric: applicable(run.values[metric]) for metric in FLOORED}
    found = {metric: interval(numbers, run.clusters) for metric, numbers in values.items()}
    floors = {metric: round(between[0], 4) for metric, between in found.items() if between}
    about = run.about
    beaten = [metric for metric in MUST_BEAT_CONTROLS if _check_control(run, metric, True)[0].level != "fail"]
    digests = about["questions_sha256"], about["articles_sha256"]
    mutants = sorted({str(item["name"]) for item in run.mutants})
    return Baseline(*digests, values, floors, about["settings"], beaten, about.get("judge"), sorted(core.ids), mutants)


def check_update(run: Run, baseline: Baseline | None, core: Core, *, allow_regression: bool) -> list[Finding]:
    """What keeps a run from becoming the baseline: too little measured, what must hold, a lower floor not allowed."""
    if unmeasured := check_measured(run):
        return unmeasured
    if (split := run.about.get("split", PINNED_SPLIT)) != PINNED_SPLIT:
        return [Finding("stop", "baseline", f"the run is of the split {split!r}; only {PINNED_SPLIT} is pinned")]
    if run.about.get("sample"):
        return [Finding("stop", "baseline", "the run is of a sample of the questions (--limit); all are pinned")]
    findings = [*check_invariants(run), *(item for item in check_mutants(run) if item.level == "fail")]
    if baseline is None or allow_regression:
        return findings
    made = make_baseline(run, core)
    findings += check_kept(run, baseline, core)
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
    """The committed baseline; None when there is no file yet, RunUnreadable when it is damaged or says too little."""
    if not path.exists():
        return None
    try:
        baseline = Baseline(**json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number))
        lacking = [name for name in FLOORED if not baseline.values.get(name) or name not in baseline.floors]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise RunUnreadable(f"{path} is not a baseline: {error}; {RESTORE}") from error
    if lacking:
        raise RunUnreadable(f"{path} has no values or no floor of {', '.join(lacking)}; {RESTORE}")
    return baseline


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no value")  # no mean is below a floor that is NaN


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Writes the file, sorted, so that a change of one question is a change of its lines."""
    path.write_text(json.dumps(asdict(baseline), indent=1, sort_keys=True) + "\n", encoding="utf-8")


def judge_run(
    run: Run, path: Path, core: Core, *, update: bool, allow_regression: bool
) -> tuple[list[Finding], str, int]:
    """Findings, verdict and exit code of the run against the baseline file, or of making it the baseline."""
    baseline = read_baseline(path)
    if not update:
        findings = check_run(run, baseline, core)
        code = exit_code(findings)
        return findings, ("PASSED", "FAILED", "CANNOT COMPARE")[code], code
    findings = check_update(run, baseline, core, allow_regression=allow_regression)
    code = exit_code(findings)
    if code == PASSED:
        write_baseline(path, make_baseline(run, core))
        findings.append(Finding("note", "baseline", f"{path.name} is now this run"))
    return findings, ("PINNED", "NOT PINNED", "CANNOT PIN")[code], code


def _some(ids: list[str], most: int = 12) -> str:
    more = f" and {len(ids) - most} more" if len(ids) > most else ""
    return ", ".join(ids[:most]) + more
