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
from eval.outcomes import (
    RunUnreadable,
    RunUnstorable,
    check_place,
    newest_run,
    read_run,
    run_now,
    unreadable,
    write_run,
)
from eval.report import print_table, summarise
from qa.errors import QAError

if TYPE_CHECKING:
    from eval.run import Evaluation

HERE = Path(__file__).resolve().parent
RUNS, BASELINE = HERE / "runs", HERE / "baseline.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 done or passed, 1 the gate found a regression, 2 it can't run, 130 interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command = COMMANDS.get(given[0]) if given else None
    if given and command is None and not given[0].startswith("-"):
        print(f"eval: no command {given[0]!r}; there are: {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        code = command(given[1:]) if command else run_command(given)
        sys.stdout.flush()  # here, where a full disk can still be reported
        return code
    except (CasesInvalid, RunUnreadable, RunUnstorable, QAError) as error:
        print(f"eval: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # never 1, which says that a run got worse
        if not isinstance(error, BrokenPipeError):  # then the reader of our output left, and knows it
            print(f"eval: {_place(error)}", file=sys.stderr)
        _drop_output()
        return 2
    except KeyboardInterrupt:
        print("eval: interrupted; a run is stored when all questions are asked, so ask again", file=sys.stderr)
        return 130


def _place(error: OSError) -> str:
    """What went wrong, and with which file."""
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def _drop_output() -> None:
    """What could not be written must not be tried again at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run_command(arguments: Sequence[str]) -> int:
    """Asks, stores, prints."""
    from eval.judge import read_card
    from eval.mutants import describe_survivors, write_mutants
    from eval.writing import format_share

    options = _parse(arguments)
    own = options.library or options.suite
    folder = options.out or (Path("eval-runs") if own else RUNS) / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    check_place(folder)
    evaluation = _evaluate(options)
    for note in evaluation.about.get("notes", ()):
        print(f"note: {note}", file=sys.stderr)
    if unfilled := evaluation.about.get("unfilled"):
        print(f"note: {unfilled} lines are still to be filled in and were left out", file=sys.stderr)
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
    if evaluation.mutants:
        print(describe_survivors(evaluation.mutants))
    different = evaluation.about["different"]
    for share in evaluation.about.get("writing", ()):
        print(format_share(share))
    print(f"asked twice: {evaluation.about['asked_twice']}, answered differently: {', '.join(different) or 'none'}")
    print("milliseconds: " + ", ".join(f"{name} {value}" for name, value in evaluation.about["milliseconds"].items()))
    print(f"stored in {folder}")
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    from qa.library import default_library

    parser = argparse.ArgumentParser(
        prog="python -m eval",
        description="Ask all questions, print the table and store the run.",
        epilog=f"other commands, each with --help: {', '.join(COMMANDS)}",
    )
    parser.add_argument("--questions", type=Path, metavar="FILE", help="default: those of the project")
    parser.add_argument("--articles", type=Path, nargs="+", metavar="DIR")
    parser.add_argument(
        "--library", nargs="?", const=default_library(), metavar="DIR",
        help="ask this library, which isn't changed; without DIR $QA_LIBRARY, else .qa",
    )  # fmt: skip
    parser.add_argument("--suite", choices=("newsqa", "squad2", "clapnq", "scifact"), help="ask a public set in --data")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the folder of benchmark data")
    parser.add_argument("--limit", type=int, metavar="N", help="ask so many of the questions, drawn by chance")
    parser.add_argument("--llm", metavar="NAME", help="have a language model word the answers, as qa ask --llm does")
    parser.add_argument(
        "--replies", type=Path, metavar="FILE",
        help="keep its replies there, and give them again; without --llm those that are there alone",
    )  # fmt: skip
    parser.add_argument(
        "--unverified", action="store_true", help="show all that it writes, to see what checks are worth"
    )
    parser.add_argument("--split", choices=("dev", "test", "all"), default="dev", help="test is locked: see README.md")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where this run is stored; default: eval/runs/<time>")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    options = parser.parse_args(arguments)
    if clash := _clash(options):
        parser.error(clash)
    return options


def _clash(options: argparse.Namespace) -> str:
    """Which options can't go together, for one of them would be passed over in silence; "" when all can."""
    asked = [name for name in ("suite", "library", "articles") if getattr(options, name)]
    if len(asked) > 1:
        return f"--{asked[0]} and --{asked[1]} are two things to ask; give one of them"
    if options.suite and options.questions:
        return "--suite has questions of its own, so --questions can't go with it"
    if options.unverified and not (options.llm or options.replies):
        return "--unverified goes with --llm or --replies"
    if options.unverified and asked:
        return f"--unverified goes with the project's own questions, not with --{asked[0]}"
    if options.data and not options.suite:
        return "--data goes with --suite"
    if options.limit is not None and options.library:
        return "--limit doesn't go with --library, whose questions are all asked"
    return ""


def _evaluate(options: argparse.Namespace) -> Evaluation:
    from eval.run import ARTICLES, QUESTIONS, evaluate  # loads models, and `gate` needs none
    from qa.settings import Settings

    replies = str(options.replies) if options.replies else None
    settings = Settings.from_environment(llm=options.llm, llm_replies=replies)
    split = None if options.split == "all" else options.split
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
    questions, articles = options.questions or QUESTIONS, options.articles or ARTICLES
    return evaluate(questions, articles, settings, split=split, limit=options.limit, verified=not options.unverified)


def gate_command(arguments: Sequence[str]) -> int:
    """Judges a stored run, or pins it as the baseline."""
    from eval.core import ACCEPTED, CORE, read_accepted, read_core
    from eval.gate import Core, judge_run

    parser = argparse.ArgumentParser(prog="python -m eval gate", description="Judge a run against the baseline.")
    _add_run(parser)
    parser.add_argument("--baseline", type=Path, default=BASELINE, metavar="FILE")
    parser.add_argument("--core", type=Path, default=CORE, metavar="FILE", help="questions that must stay good")
    parser.add_argument("--accepted", type=Path, default=ACCEPTED, metavar="FILE", help="those of them that needn't")
    parser.add_argument("--update", action="store_true", help="make the run the baseline")
    parser.add_argument("--allow-regression", action="store_true", help="with --update: let floors sink")
    options = parser.parse_args(arguments)
    folder = options.run or newest_run(RUNS)
    run = read_run(folder)
    own = bool(run.about.get("own"))
    if own and options.baseline == BASELINE:
        raise CasesInvalid(f"{folder} is of your own questions, which need a baseline of their own: --baseline FILE")
    core = Core(
        () if own and options.core == CORE else tuple(read_core(options.core)),
        {} if own and options.accepted == ACCEPTED else read_accepted(options.accepted),
    )
    findings, verdict, code = judge_run(
        run, options.baseline, core, update=options.update, allow_regression=options.allow_regression
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
        try:
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(twin.read_text(encoding="utf-8"))
        except OSError as error:  # the verdict is worth more
            print(f"eval: not added to GITHUB_STEP_SUMMARY: {_place(error)}", file=sys.stderr)


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


def followups(arguments: Sequence[str]) -> int:
    """Questions that go on from others."""
    from eval.followups import followups_command

    return followups_command(arguments)


def writing(arguments: Sequence[str]) -> int:
    """Answers without a model, with one, and with one unchecked."""
    from eval.writing_table import writing_command

    return writing_command(arguments)


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
    if run.about.get("own"):
        raise RunUnreadable(f"{folder} is of other questions than the project's, whose figures README.md shows")
    if run.about.get("sample"):
        raise RunUnreadable(f"{folder} is of a sample of the questions (--limit); README.md shows the figures of all")
    try:
        if not options.check:
            write_figures(ROOT / "README.md", run)
            write_robustness(HERE / "README.md", folder)
            return 0
        problems = check_figures(ROOT / "README.md", run)
    except KeyError as error:
        raise unreadable(folder, f"it doesn't say {error}") from error
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
    "followups": followups,
    "writing": writing,
    "template": template,
    "readme": readme_command,
    "lock": lock_command,
}

if __name__ == "__main__":
    sys.exit(main())
