"""The health of a library and a run of the evaluation as HTML: pure functions, escaped as in `fields`."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.store import Finding
from ui.fields import escape, escape_field

NO_RUN = """<p class="empty">No run of the evaluation was found. <code>qa eval --library DIR --questions FILE</code>
measures this library by questions of your own, <code>make eval</code> the program by its own articles.</p>"""
_REMEDIES = {"model": "see the settings QA_EMBEDDER and QA_PRECISION, or run qa reembed"}
_REBUILD = "rebuild the indexes"


@dataclass(frozen=True, slots=True)
class RunReport:
    """The report of one run: `own` is of one's own questions, else of the program's; `page` is a whole HTML page."""

    folder: Path
    started: str
    own: bool
    page: str


def render_findings(findings: Sequence[Finding]) -> str:
    """What was looked at, whether it is sound, and what to do where it isn't."""
    sound = all(finding.sound for finding in findings)
    rows = "".join(map(_finding_row, findings))
    return (
        f'<p class="summary" role="status">{"All is sound." if sound else "Something is not sound."}</p>'
        '<table class="health"><thead><tr><th scope="col">Part</th><th scope="col">State</th>'
        f'<th scope="col">What was seen</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _finding_row(finding: Finding) -> str:
    state, kind = ("Sound", "sound") if finding.sound else ("Not sound", "unsound")
    remedy = "" if finding.sound else f"; {_REMEDIES.get(finding.part, _REBUILD)}"
    return (
        f'<tr class="{kind}"><th scope="row" data-label="Part">{escape_field(finding.part)}</th>'
        f'<td data-label="State"><span class="outcome">{state}</span></td>'
        f'<td data-label="Seen">{escape_field(finding.text)}{remedy}</td></tr>'
    )


def render_rebuilding(seconds: float, *, done: bool) -> str:
    """That the indexes are being built anew, or were, and how long it took so far."""
    text = f"The indexes were built anew in {seconds:.0f} s." if done else f"Building the indexes anew: {seconds:.0f} s"
    return f'<p class="summary" role="status">{text}</p>'


def render_run(report: RunReport | None) -> str:
    """What the run measured, its report to keep, and the report itself in a frame in which nothing can run."""
    if report is None:
        return NO_RUN
    measured = (
        "It asked questions of your own."
        if report.own
        else "It asked the program's own questions of the program's own articles, not of this library."
    )
    data = base64.b64encode(report.page.encode("utf-8", "replace")).decode("ascii")
    return (
        f'<p class="hint">The newest run in {escape_field(report.folder.parent)}, of {escape_field(report.started)}. '
        f'{measured} <a download="report.html" href="data:text/html;base64,{data}">Save the report</a></p>'
        f'<iframe class="run" title="Report of the evaluation" sandbox="" srcdoc="{escape(report.page)}"></iframe>'
    )
