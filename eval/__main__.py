"""`python -m eval` asks all questions and prints the table; `gate` judges a run, `readme` writes its figures down."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from eval.cases import CasesInvalid
from eval.outcomes import RunUnreadable, newest_run, read_run, run_now, write_run
from eval.report import print_table, summarise
from qa.errors import QAError

HERE = Path(__file__).resolve().parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 done or passed, 1 the gate found a regression, 2 it can't run."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["gate"]:
            return gate_command(given[1:])
        return readme_command(given[1:]) if given[:1] == ["readme"] else run_command(given)
    except (CasesInvalid, RunUnreadable, QAError) as error:
        print(f"eval: {error}", file=sys.stderr)
        return 2


def run_command(arguments: Sequence[str]) -> int:
    """Asks, stores, prints."""
    parser = argparse.ArgumentParser(prog="python -m eval", description="Ask all questions and print the table.")
    parser.add_argument("--questions", type=Path, default=HERE / "questions.jsonl", metavar="FILE")
    parser.add_argument("--articles", type=Path, nargs="+", metavar="DIR")
    parser.add_argument("--split", choices=("dev", "test", "all"), default="dev", help="test is locked: see README.md")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where this run is stored; default: eval/runs/<time>")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    options = parser.parse_args(arguments)

    from eval.run import ARTICLES, evaluate  # loads models, and `gate` needs none
    from qa.settings import Settings

    split = None if options.split == "all" else options.split
    evaluation = evaluate(options.questions, options.articles or ARTICLES, Settings.from_environment(), split=split)
    folder = options.out or HERE / "runs" / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    write_run(folder, evaluation.about, evaluation.asked)
    rows = summarise(run_now(evaluation.about, evaluation.asked))
    if options.json:
        print(
            json.dumps({"about": evaluation.about, "rows": [asdict(row) for row in rows]}, ensure_ascii=False, indent=2)
        )
        return 0
    print_table(rows, Console())
    different = evaluation.about["different"]
    print(f"\nasked twice: {evaluation.about['asked_twice']}, answered differently: {', '.join(different) or 'none'}")
    print("milliseconds: " + ", ".join(f"{name} {value}" for name, value in evaluation.about["milliseconds"].items()))
    print(f"stored in {folder}")
    return 0


def gate_command(arguments: Sequence[str]) -> int:
    """Judges a stored run, or pins it as the baseline."""
    from eval.gate import gate

    parser = argparse.ArgumentParser(prog="python -m eval gate", description="Judge a run against the baseline.")
    parser.add_argument("--run", type=Path, metavar="DIR", help="default: the newest in eval/runs")
    parser.add_argument("--baseline", type=Path, default=HERE / "baseline.json", metavar="FILE")
    parser.add_argument("--update", action="store_true", help="make the run the baseline")
    parser.add_argument("--allow-regression", action="store_true", help="with --update: let floors sink")
    options = parser.parse_args(arguments)
    run = read_run(options.run or newest_run(HERE / "runs"))
    return gate(run, options.baseline, update=options.update, allow_regression=options.allow_regression, say=print)


def readme_command(arguments: Sequence[str]) -> int:
    """Writes a stored run's figures into the README."""
    from eval.readme import ROOT, write_figures

    parser = argparse.ArgumentParser(prog="python -m eval readme", description="Write the figures into README.md.")
    parser.add_argument("--run", type=Path, metavar="DIR", help="default: the newest in eval/runs")
    options = parser.parse_args(arguments)
    write_figures(ROOT / "README.md", read_run(options.run or newest_run(HERE / "runs")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
