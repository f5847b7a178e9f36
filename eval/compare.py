"""Two runs of the same questions, paired: what changed by how much, which questions flipped, and what else differs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from rich.console import Console

from eval.outcomes import Run, RunUnreadable, read_run, run_now
from eval.paired import Paired, paired
from eval.report import applicable, mean, print_lines
from eval.reporting.glossary import better
from qa.errors import SettingInvalid
from qa.settings import Settings

HERE = Path(__file__).resolve().parent
SHOWN_FLIPS = 40  # ids on one printed line


@dataclass(frozen=True, slots=True)
class Change:
    """One metric before and after, over the questions that have both values; `paired.worse` is worse, either way up."""

    metric: str
    before: float
    after: float
    paired: Paired


@dataclass(frozen=True, slots=True)
class Comparison:
    """`differences` are sentences on what else differs; `worse` and `better` the questions that stopped or began
    being good; `alone` the metrics without a question in common."""

    differences: tuple[str, ...]
    changes: tuple[Change, ...]
    worse: tuple[str, ...]
    better: tuple[str, ...]
    shared: int
    alone: tuple[str, ...]


def compare(before: Run, after: Run) -> Comparison:
    """What the second run changed, over the questions that both asked."""
    metrics = [metric for metric in after.values if metric in before.values]
    changes, alone = [], []
    for metric in metrics:
        change = compare_metric(metric, before, after)
        if change:
            changes.append(change)
        elif applicable(before.values[metric]) or applicable(after.values[metric]):
            alone.append(metric)
    was, is_ = goodness(before), goodness(after)
    both = sorted(was.keys() & is_.keys())
    return Comparison(
        differences=tuple(find_differences(before, after)),
        changes=tuple(changes),
        worse=tuple(id_ for id_ in both if is_[id_] < was[id_]),
        better=tuple(id_ for id_ in both if is_[id_] > was[id_]),
        shared=len(asked_ids(before) & asked_ids(after)),
        alone=tuple(alone),
    )


def compare_metric(metric: str, before: Run, after: Run) -> Change | None:
    """The paired change of one metric; None when no question has both values."""
    was, is_ = applicable(before.values[metric]), applicable(after.values[metric])
    shared = was.keys() & is_.keys()
    if not shared:
        return None
    found = paired(was, is_, after.clusters)
    if better(metric) == "lower":
        found = _turned(paired(_negative(was), _negative(is_), after.clusters))
    means = [mean(values[id_] for id_ in sorted(shared)) or 0.0 for values in (was, is_)]
    return Change(metric, means[0], means[1], found)


def _negative(values: Mapping[str, float]) -> dict[str, float]:
    # 1 - value, not -value: values of 0 and 1 stay such, and get the exact test.
    return {id_: 1 - value for id_, value in values.items()}


def _turned(found: Paired) -> Paired:
    return Paired(-found.change, -found.high, -found.low, found.p, found.worse, found.better, found.n)


def goodness(run: Run) -> dict[str, float]:
    """1 for a question that is fully good or rightly refused, else 0; correct ones count where no more was measured."""
    good = run.values.get("fully_good") or run.values.get("answer_correct") or {}
    return applicable(run.values.get("refusal_recall") or {}) | applicable(good)


def asked_ids(run: Run) -> set[str]:
    """The ids of all questions that have a value, or a label, in the run."""
    return set(run.labels) | {id_ for values in run.values.values() for id_ in values}


def find_differences(before: Run, after: Run) -> list[str]:
    """A sentence for each thing, beside the program, that may account for a change; [] when only that can."""
    found = [f"The {name} are not the same." for name in ("questions", "articles") if _differs(before, after, name)]
    were, are = asked_ids(before), asked_ids(after)
    if were and are and were != are:
        found.append(
            f"{len(were & are)} questions are in both, {len(were - are)} only before and {len(are - were)} only after; "
            "what is compared are those in both."
        )
    for name in ("settings", "versions"):
        if changed := _changed(before.about.get(name) or {}, after.about.get(name) or {}):
            found.append(f"The {name} are not the same: {', '.join(changed)}.")
    if changed := _changed(_models(before), _models(after)):
        found.append(f"The library's models are not the same: {', '.join(changed)}.")
    if _other(before, after, "judge"):
        found.append(f"The judge was {before.about['judge']} and is {after.about['judge']}.")
    if _other(before, after, "commit"):
        found.append(f"The commit was {_short(before.about['commit'])} and is {_short(after.about['commit'])}.")
    if _other(before, after, "cpu"):
        found.append("The processors are not the same; a score may differ in its last digits.")
    return found


def _differs(before: Run, after: Run, name: str) -> bool:
    return _other(before, after, f"{name}_sha256")


def _other(before: Run, after: Run, key: str) -> bool:
    was, is_ = before.about.get(key), after.about.get(key)
    return was is not None and is_ is not None and was != is_


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    shared = [name for name in after if name in before and before[name] != after[name]]
    return [f"{name} {before[name]!r} → {after[name]!r}" for name in shared]


def _models(run: Run) -> dict[str, str]:
    """The name and the digest of each model that a library was asked with, by its role."""
    models = (run.about.get("library") or {}).get("models") or {}
    return {role: f"{model.get('name')} {str(model.get('sha256'))[:8]}" for role, model in models.items()}


def _short(commit: object) -> str:
    text = str(commit)
    return text[:9] + ("+" if text.endswith("+") else "")


# The command


def compare_command(arguments: Sequence[str]) -> int:
    """Prints the comparison of two stored runs, or of two settings asked now; 0, or 2 when it can't."""
    parser = argparse.ArgumentParser(prog="qa eval compare", description="Compare two runs, or two settings, paired.")
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN", help="two run folders, the earlier first")
    parser.add_argument("--a", nargs="+", metavar="NAME=VALUE", help="settings to ask with first, as strictness=0.4")
    parser.add_argument("--b", nargs="+", metavar="NAME=VALUE", help="settings to ask with then")
    parser.add_argument("--questions", type=Path, default=HERE / "questions.jsonl", metavar="FILE")
    parser.add_argument("--articles", type=Path, nargs="+", metavar="DIR")
    parser.add_argument("--library", type=Path, metavar="DIR", help="ask this library, which isn't changed")
    parser.add_argument("--split", choices=("dev", "test", "all"), default="dev", help="test is locked: see README.md")
    options = parser.parse_args(arguments)
    try:
        before, after = _two_runs(options)
    except (RunUnreadable, SettingInvalid) as error:
        print(f"eval: {error}", file=sys.stderr)
        return 2
    comparison = compare(before, after)
    print_comparison(comparison, Console())
    return 0 if comparison.changes else 2


def _two_runs(options: argparse.Namespace) -> tuple[Run, Run]:
    if len(options.runs) == 2 and not (options.a or options.b):
        return read_run(options.runs[0]), read_run(options.runs[1])
    if options.runs or not (options.a and options.b):
        raise RunUnreadable(
            "give two run folders, or two settings to ask with: qa eval compare --a strictness=0.4 --b strictness=0.6"
        )
    both = settings_of(options.a), settings_of(options.b)  # before the first question is asked
    return _ask_with(both[0], options), _ask_with(both[1], options)


def settings_of(pairs: Sequence[str], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the environment with these NAME=VALUE put over them; SettingInvalid on a name it doesn't have."""
    known = {item.name for item in fields(Settings)}
    given: dict[str, str] = {}
    for pair in pairs:
        name, found, value = pair.partition("=")
        if not found or name not in known:
            raise SettingInvalid(f"{pair!r} is not NAME=VALUE of a setting; the names are: {', '.join(sorted(known))}")
        given[f"QA_{name.upper()}"] = value
    return Settings.from_environment({**environment, **given})


def _ask_with(settings: Settings, options: argparse.Namespace) -> Run:
    from eval.own import evaluate_library
    from eval.run import ARTICLES, evaluate  # loads models, which stored runs don't need

    split = None if options.split == "all" else options.split
    if options.library:
        evaluation = evaluate_library(options.questions, options.library, settings, split=split)
        return run_now(evaluation.about, evaluation.asked)
    evaluation = evaluate(options.questions, options.articles or ARTICLES, settings, split=split)
    return run_now(evaluation.about, evaluation.asked)


def print_comparison(comparison: Comparison, console: Console) -> None:
    """What differs, then a line for each metric, then the questions that flipped."""
    say = console.file
    for sentence in comparison.differences or ("Nothing but the program can account for a change.",):
        print(sentence, file=say)
    if not comparison.changes:
        print("No question has a value in both; there is nothing to compare.", file=say)
        return
    print(file=say)
    header = ["metric", "before", "after", "change", "95 % interval", "p", "worse", "better", "n"]
    print_lines(header, [_cells(change) for change in comparison.changes], console)
    print(
        f"\np is the chance of such a change for the worse, or a larger one, without any real one, for each of "
        f"{len(comparison.changes)} metrics by itself.",
        file=say,
    )
    if comparison.alone:
        print(f"No question in common for: {', '.join(comparison.alone)}.", file=say)
    print(f"Good before and not now: {_ids(comparison.worse)}", file=say)
    print(f"Good now and not before: {_ids(comparison.better)}", file=say)


def _cells(change: Change) -> list[str]:
    found, way = change.paired, better(change.metric)
    known = way != "neither"
    return [
        f"{change.metric} (lower is better)" if way == "lower" else change.metric,
        f"{change.before:.3f}",
        f"{change.after:.3f}",
        _signed(found.change),
        f"{_signed(found.low)} to {_signed(found.high)}",
        f"{found.p:.3f}" if known else "–",
        str(found.worse) if known else "–",
        str(found.better) if known else "–",
        str(found.n),
    ]


def _signed(value: float) -> str:
    return f"{round(value, 3) + 0.0:+.3f}"  # no -0.000


def _ids(ids: Sequence[str]) -> str:
    if not ids:
        return "none"
    more = f" and {len(ids) - SHOWN_FLIPS} more" if len(ids) > SHOWN_FLIPS else ""
    return f"{len(ids)}: {', '.join(ids[:SHOWN_FLIPS])}{more}"
