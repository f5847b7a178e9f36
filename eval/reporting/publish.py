"""Writes the report of a run: report.html and its Markdown twin, report.md."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from eval.outcomes import RunUnreadable, newest_run
from eval.reporting.markdown import render_markdown
from eval.reporting.page import render_page
from eval.reporting.reported import Report, make_report

EVAL = Path(__file__).resolve().parent.parent


def write_report(folder: Path, baseline: Path | None = None, *, against: Path | None = None) -> tuple[Path, Path]:
    """Writes both into the run's folder; RunUnreadable when it, or what it is held against, can't be read."""
    report = make_report(folder, baseline, against)
    return write_twins(report, folder)


def write_twins(report: Report, folder: Path) -> tuple[Path, Path]:
    """The HTML and the Markdown file of the report, in the folder."""
    page, twin = folder / "report.html", folder / "report.md"
    # Bytes, so that no system writes other line ends.
    page.write_bytes(render_page(report).encode("utf-8"))
    twin.write_bytes(render_markdown(report).encode("utf-8"))
    return page, twin


def report_command(arguments: Sequence[str]) -> int:
    """Writes the report of a stored run and says where; 0, or 2 when it can't."""
    parser = argparse.ArgumentParser(prog="qa eval report", description="Write a run's report, as HTML and Markdown.")
    parser.add_argument("run", nargs="?", type=Path, metavar="RUN", help="default: the newest in eval/runs")
    parser.add_argument("--baseline", type=Path, default=EVAL / "baseline.json", metavar="FILE")
    parser.add_argument("--against", type=Path, metavar="RUN", help="an earlier run, to show answers before and after")
    options = parser.parse_args(arguments)
    try:
        run = options.run or newest_run(EVAL / "runs")
        page, twin = write_report(run, options.baseline, against=options.against)
    except (RunUnreadable, OSError) as error:
        print(f"eval: {error}", file=sys.stderr)
        return 2
    print(f"{page}\n{twin}")
    return 0
