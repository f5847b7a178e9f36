"""What a report says of a run before any page is drawn: its lines, its verdict and three sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import binom

from eval.compare import Change, Comparison, compare
from eval.gate import HEADLINES, Baseline, read_baseline
from eval.intervals import Interval
from eval.outcomes import Run
from eval.report import Row, applicable, summarise
from eval.reporting.glossary import Term, better, explain
from eval.reporting.stored import Result, Stored, read_stored

SHOWN_FIRST = tuple(
    dict.fromkeys(
        (
            *(*HEADLINES, "refusal_recall", "false_refusal", "gold_citation_precision"),
            *("support_cited", "citation_recall", "quote_exact"),
        )
    )
)
BY_KIND = tuple(dict.fromkeys((*HEADLINES, "refusal_recall")))  # the columns of the heat-map
FLIPPING = 0.1  # the share of answers that are taken to flip, to say what drop would be noticed
POWER = 0.8
SIGNIFICANT = 0.05
SECTIONS = (
    ("verdict", "Verdict"),
    ("figures", "The figures"),
    ("change", "What changed"),
    ("slices", "By kind of question"),
    ("copying", "Faithful, or only copied?"),
    ("risk", "Wrong answers by how much is answered"),
    ("recall", "Evidence among the first passages"),
    ("judge", "Whether confidence and judge can be believed"),
    ("losses", "Where questions were lost"),
    ("examples", "Questions to look at"),
    ("robustness", "Robustness"),
    ("latency", "Time"),
    ("limits", "Limits and provenance"),
)
THREE = 3  # of the rule of three: nothing in n leaves up to 3/n, with 95 % confidence


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the run is held against; a baseline has values only, so `asked` is empty."""

    name: str
    run: Run
    asked: Mapping[str, Result]


@dataclass(frozen=True, slots=True)
class Line:
    """One metric as the tables show it; `control` is the best trivial answerer, `remark` what a bare 100 % needs."""

    term: Term
    value: float | None
    interval: Interval | None
    n: int
    not_applicable: int
    change: Change | None
    control: tuple[str, float] | None
    remark: str


@dataclass(frozen=True, slots=True)
class Report:
    """A run with all that is said of it."""

    stored: Stored
    lines: Mapping[str, Line]
    earlier: Earlier | None = None
    comparison: Comparison | None = None


def make_report(folder: Path, baseline: Path | None = None, against: Path | None = None) -> Report:
    """The report of a run folder, held against another run, else against the baseline file if there is one."""
    stored = read_stored(folder)
    earlier = _earlier(baseline, against)
    comparison = compare(earlier.run, stored.run) if earlier else None
    changes = {change.metric: change for change in comparison.changes} if comparison else {}
    rows = [row for row in summarise(stored.run) if ": " not in row.name]
    return Report(
        stored, {row.name: _line(row, stored.run, changes.get(row.name)) for row in rows}, earlier, comparison
    )


def _earlier(baseline: Path | None, against: Path | None) -> Earlier | None:
    if against:
        other = read_stored(against)
        return Earlier(f"the run {other.name}", other.run, other.asked)
    found = read_baseline(baseline) if baseline else None
    return Earlier("the baseline", run_of_baseline(found), {}) if found else None


def run_of_baseline(baseline: Baseline) -> Run:
    """The baseline's values as a run, to compare with."""
    about = {
        "questions_sha256": baseline.questions_sha256,
        "articles_sha256": baseline.articles_sha256,
        "settings": baseline.settings,
    }
    return Run(about, baseline.values)


def _line(row: Row, run: Run, change: Change | None) -> Line:
    values = applicable(run.values[row.name])
    return Line(
        term=explain(row.name),
        value=row.value,
        interval=row.interval,
        n=row.n,
        not_applicable=row.not_applicable,
        change=change,
        control=best_control(row),
        remark=rule_of_three(list(values.values()), row.name),
    )


def best_control(row: Row) -> tuple[str, float] | None:
    """The trivial answerer that does best by the metric, with its mean; None where none was measured."""
    found = {name: value for name, value in row.controls.items() if value is not None}
    if not found:
        return None
    pick = min if better(row.name) == "lower" else max
    name = pick(found, key=lambda name: found[name])
    return name, found[name]


def rule_of_three(values: Sequence[float], metric: str) -> str:
    """What all ones or all zeros still leave open: "0 failures in 200 ⇒ at most 1.5 %"; "" for anything between."""
    if not values or better(metric) == "neither" or set(values) not in ({1.0}, {0.0}):
        return ""
    perfect = values[0] == (0.0 if better(metric) == "lower" else 1.0)
    return (
        f"0 {'failures' if perfect else 'successes'} in {len(values)} ⇒ at most {100 * upper_bound(len(values)):.1f} %"
    )


def upper_bound(n: int) -> float:
    """The largest rate, 0–1, that nothing seen in n leaves open with 95 % confidence, about 3/n."""
    return min(1.0, THREE / n)


def shown_first(report: Report) -> list[Line]:
    """The lines of the headline table, as far as they were measured."""
    return [report.lines[metric] for metric in SHOWN_FIRST if metric in report.lines and report.lines[metric].n]


def by_kind(report: Report) -> list[str]:
    """The metrics that are shown by kind of question."""
    return [metric for metric in BY_KIND if metric in report.lines and report.lines[metric].n]


def tells_answerable(report: Report) -> str:
    """How well the confidence tells what the articles answer, as the run measured it; "" when it didn't."""
    found = report.stored.run.about.get("confidence")
    if not isinstance(found, dict) or not isinstance(area := found.get("auroc"), int | float):
        return ""
    edges = found.get("auroc_interval")
    between = f", {edges[0]:.3f} to {edges[1]:.3f}" if isinstance(edges, list) and len(edges) == 2 else ""
    return f"That the articles answer a question, the confidence tells with an AUROC of {area:.3f}{between}."


# The verdict


def verdict(report: Report) -> str:
    """PASSED, FAILED or CANNOT COMPARE as the gate said, NOT JUDGED without it."""
    return str((report.stored.gate or {}).get("verdict") or "NOT JUDGED")


def sentences(report: Report) -> tuple[str, str, str]:
    """What changed, what got worse, what is uncertain."""
    return what_changed(report), what_got_worse(report), what_is_uncertain(report)


def what_changed(report: Report) -> str:
    """The largest changes of headline metrics against what the run is held against."""
    if not report.comparison or not report.earlier:
        return "There is nothing to compare with, so nothing is known of a change."
    moved = [change for change in _headline_changes(report) if change.paired.change]
    moved.sort(key=lambda change: -abs(change.paired.change))
    shared = f"on the {report.comparison.shared} questions in common with {report.earlier.name}"
    if not moved:
        return f"No headline figure changed {shared}."
    rest = f" and {len(moved) - 3} more" if len(moved) > 3 else ""
    text = "; ".join(f"{explain(change.metric).label} {_points(change)}" for change in moved[:3])
    return f"What changed {shared}: {text}{rest}."


def what_got_worse(report: Report) -> str:
    """The headline metrics that fell, with p, and how many questions stopped being good."""
    if not report.comparison:
        return "Whether anything got worse can't be said without an earlier run."
    fallen = [change for change in _headline_changes(report) if _fell(change)]
    flips = (
        f"{len(report.comparison.worse)} questions that were good no longer are, "
        f"{len(report.comparison.better)} became good."
    )
    if not fallen:
        return f"No headline figure fell; {flips}"
    beyond = [change for change in fallen if change.paired.p < SIGNIFICANT]
    named = "; ".join(f"{explain(c.metric).label} {_points(c)}, p = {c.paired.p:.3f}" for c in fallen)
    chance = "none of it beyond chance" if not beyond else f"{len(beyond)} of it beyond chance"
    return f"What got worse: {named} ({chance}); {flips}"


def what_is_uncertain(report: Report) -> str:
    """How wide the interval is, how small a drop could be noticed, and what no person has checked."""
    run = report.stored.run
    clusters = len(set(run.clusters.values()))
    parts = [f"{len(run.labels)} questions on {clusters} independent stories or facts"]
    correct = report.lines.get("answer_correct")
    if correct and correct.interval and correct.value is not None:
        low, high = (f"{100 * edge:.0f}" for edge in correct.interval)
        parts.append(f"the share of correct answers, {100 * correct.value:.0f} %, could be {low} to {high} %")
        drop = detectable_drop(correct.n)
        parts.append(
            f"a drop of less than about {100 * drop:.0f} points would go unnoticed"
            if drop
            else f"with {correct.n} answerable questions no small drop can be noticed"
        )
    parts.append("no figure here was corrected by people's judgements")
    return f"What is uncertain: {'; '.join(parts)}."


def detectable_drop(n: int, *, flipping: float = FLIPPING) -> float | None:
    """The smallest drop, 0–1, that the exact test finds with 80 % power when that share of n answers flips.

    Of 200 answers 20 flip and 15 must be worse; where 80 % of flips are, that happens 4 times in 5: (16 - 4)/200 = .06.
    None when even all flips being for the worse would not do.
    """
    flips = round(n * flipping)
    needed = next((k for k in range(flips + 1) if binom.sf(k - 1, flips, 0.5) < SIGNIFICANT), None)
    if needed is None:
        return None
    share = next(q / 1000 for q in range(500, 1001) if binom.sf(needed - 1, flips, q / 1000) >= POWER)
    return flips * (2 * share - 1) / n


def _headline_changes(report: Report) -> list[Change]:
    return [line.change for line in shown_first(report) if line.change]


def _fell(change: Change) -> bool:
    way = better(change.metric)
    return change.paired.change < 0 if way == "higher" else way == "lower" and change.paired.change > 0


def _points(change: Change) -> str:
    return f"{change.before:.3f} → {change.after:.3f}"
