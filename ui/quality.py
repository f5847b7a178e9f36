"""The health of a library and a run of the evaluation as HTML: pure functions, escaped as in `fields`."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.store import Finding
from ui.fields import escape, escape_field

NO_RUN = """<p class="empty">No run of the evaluation was found. <code>qa eval --library DIR --questions FILE</code>
measures this library by questions of your own, <code>make eval</code> the program by its own articles.</p>"""
NO_REPORT = "It has no report here; <code>qa eval report RUN</code> writes one."
NO_FIGURES = "Its figures can't be read here; the server's log says why."
MOST_FLIPS = 25  # listed, in each direction
_REMEDIES = {"model": "see the settings QA_EMBEDDER and QA_PRECISION, or run qa reembed"}
_REBUILD = "rebuild the indexes"


@dataclass(frozen=True, slots=True)
class Figure:
    """A headline figure of a run; `control` is the best trivial answerer, `change` that since the other run, with its
    interval, over the questions of both.
    """

    label: str
    lower_is_better: bool
    value: float | None
    interval: tuple[float, float] | None
    n: int
    control: tuple[str, float] | None = None
    change: tuple[float, float, float] | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that stopped being good, or became it; `before` is None where the answer wasn't kept."""

    id: str
    kind: str
    question: str
    before: str | None
    now: str
    expected: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run measured, `against` what it is held; `differences` are what else, beside the program, differs."""

    figures: tuple[Figure, ...]
    against: str = ""
    shared: int = 0
    differences: tuple[str, ...] = ()
    worse: tuple[Flip, ...] = ()
    better: tuple[Flip, ...] = ()


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


def render_run(own: bool, report: str | None) -> str:
    """What was asked, the run's report to keep, and the report itself in a frame in which nothing can run."""
    measured = (
        "It asked questions of your own."
        if own
        else "It asked the program's own questions of the program's own articles, not of this library."
    )
    if report is None:
        return f'<p class="hint">{measured} {NO_REPORT}</p>'
    data = base64.b64encode(report.encode("utf-8", "replace")).decode("ascii")
    return (
        f'<h3>The whole report</h3><p class="hint">{measured} '
        f'<a download="report.html" href="data:text/html;base64,{data}">Save the report</a></p>'
        f'<iframe class="run" title="Report of the evaluation" sandbox="" srcdoc="{escape(report)}"></iframe>'
    )


def render_measured(measured: Measured | None) -> str:
    """The headline figures as a table, and the questions that flipped; a word on why there are none."""
    if measured is None:
        return f'<p class="hint">{NO_FIGURES}</p>'
    held = f", changes against {escape_field(measured.against)}" if measured.against else ""
    rows = "".join(map(_figure_row, measured.figures))
    heads = ["Figure", "Value", "95 % interval", "n", "Best control", *(["Change"] if measured.against else [])]
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return (
        f'<table class="figures"><caption>Headline figures{held}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>{_flips(measured)}"
    )


def _figure_row(figure: Figure) -> str:
    lower = " <small>(lower is better)</small>" if figure.lower_is_better else ""
    remark = f" <small>{escape(figure.remark)}</small>" if figure.remark else ""
    best = f"{_number(figure.control[1])} <small>{escape(figure.control[0])}</small>" if figure.control else "–"
    cells = [
        ("Value", _number(figure.value)),
        ("95 % interval", _interval(figure.interval) + remark),
        ("n", f"{figure.n:,}"),
        ("Best control", best),
    ]
    if figure.change:
        change, low, high = figure.change
        cells.append(("Change", f"{_signed(change)} <small>{_signed(low)} to {_signed(high)}</small>"))
    data = "".join(f'<td data-label="{name}">{text}</td>' for name, text in cells)
    return f'<tr><th scope="row" data-label="Figure">{escape_field(figure.label)}{lower}</th>{data}</tr>'


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _signed(value: float) -> str:
    return "0" if round(value, 3) == 0 else f"{value:+.3f}".replace("-", "−")


def _interval(interval: tuple[float, float] | None) -> str:
    return f"{interval[0]:.3f}–{interval[1]:.3f}" if interval else "–"


def _flips(measured: Measured) -> str:
    if not measured.against:
        return '<p class="hint">There is no earlier run to compare with.</p>'
    if not measured.shared:
        return f'<p class="hint">{escape_field(measured.against.capitalize())} has no question in common with it.</p>'
    others = "".join(f"<li>{escape(text)}</li>" for text in measured.differences)
    beside = f'<p class="hint">Beside the program, this differs:</p><ul class="differs">{others}</ul>' if others else ""
    return (
        f"<h3>Questions that flipped, of {measured.shared:,} in both</h3>{beside}"
        f"{_flip_list('No longer good', measured.worse)}{_flip_list('Good now', measured.better)}"
    )


def _flip_list(name: str, flips: Sequence[Flip]) -> str:
    items = "".join(f"<li>{_flip(flip)}</li>" for flip in flips[:MOST_FLIPS])
    rest = f'<p class="hint">and {len(flips) - MOST_FLIPS} more, in the report</p>' if len(flips) > MOST_FLIPS else ""
    return f'<section class="flips"><h4>{name}: {len(flips)}</h4><ul>{items}</ul>{rest}</section>'


def _flip(flip: Flip) -> str:
    said = [("Before", flip.before), ("Now", flip.now), ("Expected", flip.expected)]
    lines = "".join(f'<dt>{name}</dt><dd dir="auto">{escape(text)}</dd>' for name, text in said if text)
    asked = escape_field(flip.question or "question not stored")
    summary = f"<summary>{asked} <span>{escape(flip.kind)}, {escape(flip.id)}</span></summary>"
    return f"<details>{summary}<dl>{lines}</dl></details>"


def render_feedback_counts(counts: Mapping[str, int]) -> str:
    """How much feedback the library holds, by what was said, and how it becomes questions for the evaluation."""
    total = sum(counts.values())
    if not total:
        return (
            '<p class="empty">Nobody has judged an answer yet. Under each answer, and behind each of its sentences, '
            "there are buttons for it.</p>"
        )
    said = ", ".join(f"{count:,} {escape(verdict.replace('-', ' '))}" for verdict, count in counts.items())
    return (
        f'<p class="feedback-counts"><strong>{total:,}</strong> judged: {said}.</p>'
        '<p class="hint"><code>qa feedback list</code> shows them, <code>qa feedback export --out mine.jsonl</code> '
        "writes them as questions to review, and <code>qa eval --questions mine.jsonl</code> with "
        "<code>--library</code> asks these again.</p>"
    )
