"""Runs of the evaluation that lie in folders: which there are, and what one measured, beside an earlier one.

What a run measured is worked out by `eval`, which needs an extra; without it there is its report alone.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ui.quality import Figure, Flip, Measured

if TYPE_CHECKING:
    from eval.reporting.examples import Example
    from eval.reporting.reported import Line

BASELINE = "baseline"  # the name of what a run can be held against beside other runs
MOST_BYTES = 5_000_000  # of a report
MOST_ANSWER = 1_000  # characters of an answer beside a question that flipped
LONG_AGO = datetime.min.replace(tzinfo=UTC)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Run:
    """A run in its folder; `own` asked one's own questions, else the program's. `asked` tells questions apart."""

    folder: Path
    began: datetime | None
    own: bool
    asked: str

    @property
    def name(self) -> str:
        """By which it is chosen: nothing of a path but the last two parts."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def label(self) -> str:
        whose = "own questions" if self.own else "the program’s questions"
        when = f"{self.began:%Y-%m-%d %H:%M}" if self.began else "Unknown time"
        return f"{when}, {whose} ({self.folder.name})"

    def report(self) -> str | None:
        """Its report, a whole HTML page; None without one, or with one that is too large to be shown."""
        file = self.folder / "report.html"
        try:
            if file.stat().st_size > MOST_BYTES:
                return None
            return file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None


def find_runs(folders: Sequence[Path]) -> list[Run]:
    """The runs in those folders, newest first, but for those of the locked questions."""
    found = [_read_run(run) for folder in folders if folder.is_dir() for run in folder.iterdir()]
    return sorted((run for run in found if run), key=lambda run: (run.began or LONG_AGO, run.name), reverse=True)


def _read_run(folder: Path) -> Run | None:
    try:
        about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        if about.get("split") == "test":
            return None
        asked = str(about.get("questions_sha256") or "")
        return Run(folder, _moment(about.get("started")), bool(about.get("own")), asked)
    except (OSError, ValueError, AttributeError):  # half written, or something else's
        return None


def _moment(started: object) -> datetime | None:
    try:
        told = datetime.fromisoformat(str(started))
    except ValueError:
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def earlier_than(run: Run, runs: Sequence[Run]) -> list[Run]:
    """The runs before it of its kind, newest first, but those of the very same questions come before all others."""
    before = runs[runs.index(run) + 1 :] if run in runs else []
    return sorted((other for other in before if other.own == run.own), key=lambda other: other.asked != run.asked)


def measure(run: Run, against: Run | None) -> Measured | None:
    """Its headline figures, and what flipped since the other run, or the program's baseline; None where it can't be
    told, as files are missing or the extra for evaluations is.
    """
    try:
        import eval
        from eval.outcomes import RunUnreadable
        from eval.reporting.examples import flipped
        from eval.reporting.reported import make_report, shown_first
    except ModuleNotFoundError as error:
        log.warning("figures need %s, which is not installed; run: pip install 'qa-articles[eval]'", error.name)
        return None
    baseline = None if run.own else Path(str(eval.__file__)).parent / "baseline.json"
    try:
        report = make_report(run.folder, baseline, against.folder if against else None)
        worse, better = flipped(report)
    except (RunUnreadable, OSError) as error:
        log.warning("%s", error)
        return None
    return Measured(
        figures=tuple(_figure(line) for line in shown_first(report)),
        against=report.earlier.name if report.earlier else "",
        shared=report.comparison.shared if report.comparison else 0,
        differences=report.comparison.differences if report.comparison else (),
        worse=tuple(map(_flip, worse)),
        better=tuple(map(_flip, better)),
    )


def _figure(line: Line) -> Figure:
    return Figure(
        label=line.term.label,
        lower_is_better=line.term.better == "lower",
        value=line.value,
        interval=line.interval,
        n=line.n,
        control=line.control,
        change=(line.change.paired.change, line.change.paired.low, line.change.paired.high) if line.change else None,
        remark=line.remark,
    )


def _flip(example: Example) -> Flip:
    def said(answer: object) -> str:
        text = str(answer or "Refused.")
        return text if len(text) <= MOST_ANSWER else text[:MOST_ANSWER] + "…"

    item, before = example.asked, example.before
    return Flip(
        id=item.id,
        kind=item.label.replace("_", " "),
        question=item.question,
        before=said(before.answer.get("text")) if before else None,
        now=said(item.answer.get("text")),
        expected=" / ".join(item.expected),
    )
