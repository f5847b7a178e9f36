"""`python -m eval` asks all questions, prints the table and stores the run; other commands judge it and show it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from eval.cases import CasesInvalid
from eval.outcomes import RunUnreadable, newest_run, read_run, run_now, write_run
from eval.report import print_table, summarise
from qa.errors import QAError

if TYPE_CHECKING:
    from eval.run import Evaluation

HERE = Path(__file__).resolve().parent
RUNS = HERE / "runs"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 done or passed, 1 the gate found a regression, 2 it can't run."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command = COMMANDS.get(given[0]) if given else None
    try:
        return command(given[1:]) if command else run_command(given)
    except (CasesInvalid, RunUnreadable, QAError) as error:
        print(f"eval: {error}", file=sys.stderr)
        return 2


def run_command(arguments: Sequence[str]) -> int:
    """Asks, stores, prints."""
    from eval.judge import read_card
    from eval.mutants import survivors, write_mutants

    options = _parse(arguments)
    evaluation = _evaluate(options)
    for note in evaluation.about.get("notes", ()):
        print(f"note: {note}", file=sys.stderr)
    if unfilled := evaluation.about.get("unfilled"):
        print(f"note: {unfilled} lines are still to be filled in and were left out", file=sys.stderr)
    own = options.library or options.suite
    folder = options.out or (Path("eval-runs") if own else RUNS) / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    write_run(folder, evaluation.about, evaluation.asked)
    if evaluation.mutants:
        write_mutants(folder, evaluation.mutants)
    if card := read_card():
        (folder / "judge.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    rows = summarise(run_now(evaluation.about, evaluation.asked))
    if options.json:
        print(
            json.dumps({"about": evaluation.about, "rows": [asdict(row) for row in rows]}, ensure_ascii=False, indent=2)
        )
        return 0
    print_table(rows, Console())
    print()
    if spoilt := [item for item in evaluation.mutants if item.n]:
        idle = len({item.name for item in evaluation.mutants} - {item.name for item in spoilt})
        nothing = f"; {idle} more found nothing to spoil in these questions" if idle else ""
        names = {item.name for item in spoilt}
        print(f"sabotaged answerers: {len(names)}, not caught: {', '.join(survivors(spoilt)) or 'none'}{nothing}")
    different = evaluation.about["different"]
    print(f"asked twice: {evaluation.about['asked_twice']}, answered differently: {', '.join(different) or 'none'}")
    print("milliseconds: " + ", ".join(f"{name} {value}" for name, value in evaluation.about["milliseconds"].items()))
    print(f"stored in {folder}")
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    from qa.library import default_folder

    parser = argparse.ArgumentParser(
        prog="python -m eval",
        description="Ask all questions, print the table and store the run.",
        epilog=f"other commands, each with --help: {', '.join(COMMANDS)}",
    )
    parser.add_argument("--questions", type=Path, metavar="FILE", help="default: those of the project")
    parser.add_argument("--articles", type=Path, nargs="+", metavar="DIR")
    parser.add_argument(
        "--library", type=Path, nargs="?", const=default_folder(), metavar="DIR",
        help="ask this library, which isn't changed; without DIR $QA_LIBRARY, else .qa",
    )  # fmt: skip
    parser.add_argument("--suite", choices=("newsqa", "squad2", "clapnq", "scifact"), help="ask a public set in --data")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the folder of benchmark data")
    parser.add_argument("--limit", type=int, metavar="N", help="ask so many questions of the suite, drawn by chance")
    parser.add_argument("--split", choices=("dev", "test", "all"), default="dev", help="test is locked: see README.md")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where this run is stored; default: eval/runs/<time>")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    options = parser.parse_args(arguments)
    if options.out and options.out.exists() and not options.out.is_dir():  # else known only after minutes of asking
        parser.error(f"--out {options.out} is no folder")
    return options


def _evaluate(options: argparse.Namespace) -> Evaluation:
    from eval.run import ARTICLES, QUESTIONS, evaluate  # loads models, and `gate` needs none
    from qa.settings import Settings

    settings, split = Settings.from_environment(), None if options.split == "all" else options.split
    if options.suite:
        from eval.suites import evaluate_suite
        from qa.terminal import show_progress

        with show_progress("Adding") as progress:
            return evaluate_suite(options.suite, options.data, settings, limit=options.limit, progress=progress)
    if options.library:
        from eval.own import evaluate_library

        if options.questions is None:
            raise CasesInvalid("--library needs --questions FILE; write a starter file with: qa eval template")
        return evaluate_library(options.questions, options.library, settings, split=split)
    if not options.articles and not all(folder.is_dir() for folder in ARTICLES):
        raise CasesInvalid("the project's articles aren't here; ask your own: qa eval --questions FILE --library DIR")
    return evaluate(options.questions or QUESTIONS, options.articles or ARTICLES, settings, split=split)


def gate_command(arguments: Sequence[str]) -> int:
    """Judges a stored run, or pins it as the baseline."""
    from eval.core import ACCEPTED, CORE, read_accepted, read_core
    from eval.gate import Core, judge_run

    parser = argparse.ArgumentParser(prog="python -m eval gate", description="Judge a run against the baseline.")
    _add_run(parser)
    parser.add_argument("--baseline", type=Path, default=HERE / "baseline.json", metavar="FILE")
    parser.add_argument("--core", type=Path, default=CORE, metavar="FILE", help="questions that must stay good")
    parser.add_argument("--accepted", type=Path, default=ACCEPTED, metavar="FILE", help="those of them that needn't")
    parser.add_argument("--update", action="store_true", help="make the run the baseline")
    parser.add_argument("--allow-regression", action="store_true", help="with --update: let floors sink")
    options = parser.parse_args(arguments)
    folder = options.run or newest_run(RUNS)
    core = Core(tuple(read_core(options.core)), read_accepted(options.accepted))
    findings, verdict, code = judge_run(
        read_run(folder), options.baseline, core, update=options.update, allow_regression=options.allow_regression
    )
    for finding in findings:
        print(f"{finding.level.upper()} {finding.check}: {finding.message}")
    data = {"verdict": verdict, "findings": [asdict(finding) for finding in findings]}
    (folder / "gate.json").write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    _publish(folder, options.baseline)
    print(verdict)
    return code


def _publish(folder: Path, baseline: Path) -> None:
    """The report with the gate's findings beside the run, its twin into the job's summary where there is one."""
    from eval.reporting.publish import write_report

    page, twin = write_report(folder, baseline if baseline.exists() else None)
    print(f"report: {page}")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(twin.read_text(encoding="utf-8"))


def report(arguments: Sequence[str]) -> int:
    """The page of a run."""
    from eval.reporting.publish import report_command  # loads matplotlib

    return report_command(arguments)


def compare(arguments: Sequence[str]) -> int:
    """Two runs or two settings against each other."""
    from eval.compare import compare_command

    return compare_command(arguments)


def robustness(arguments: Sequence[str]) -> int:
    """The same questions of edited articles."""
    from eval.robustness.command import robustness_command

    return robustness_command(arguments)


def template(arguments: Sequence[str]) -> int:
    """A file of questions to fill in."""
    from eval.authoring.template import template_command

    return template_command(arguments)


def readme_command(arguments: Sequence[str]) -> int:
    """Writes a stored run's figures into the README, or says whether they are those of the run."""
    from eval.readme import ROOT, check_figures, write_figures, write_robustness

    parser = argparse.ArgumentParser(prog="python -m eval readme", description="Write the figures into README.md.")
    _add_run(parser)
    parser.add_argument("--check", action="store_true", help="change nothing; 1 when the figures are out of date")
    options = parser.parse_args(arguments)
    folder = options.run or newest_run(RUNS)
    run = read_run(folder)
    if not options.check:
        write_figures(ROOT / "README.md", run)
        write_robustness(HERE / "README.md", folder)
        return 0
    problems = check_figures(ROOT / "README.md", run)
    for problem in problems:
        print(f"README.md: {problem}")
    print("FIGURES OUT OF DATE: write them anew with: make figures" if problems else "figures up to date")
    return 1 if problems else 0


def lock_command(arguments: Sequence[str]) -> int:
    """Checks that articles and locked questions are those of corpus.lock, or writes it."""
    from eval.lock import LOCK, check_lock, write_lock
    from eval.questions import read_texts
    from eval.run import ARTICLES, QUESTIONS

    parser = argparse.ArgumentParser(prog="python -m eval lock", description="Check eval/corpus.lock.")
    parser.add_argument("--write", action="store_true", help="write it anew")
    options = parser.parse_args(arguments)
    (write_lock if options.write else check_lock)(LOCK, QUESTIONS, read_texts(*ARTICLES))
    return 0


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", type=Path, metavar="DIR", help="default: the newest in eval/runs")


COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "gate": gate_command,
    "report": report,
    "compare": compare,
    "robustness": robustness,
    "template": template,
    "readme": readme_command,
    "lock": lock_command,
}

if __name__ == "__main__":
    sys.exit(main())
