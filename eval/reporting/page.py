"""A report as one HTML file that needs nothing else: no script, no font, no picture, nothing to be fetched.

All text goes through `escape`; the policy in its head forbids whatever might get past that.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from eval.reporting import curves, figures
from eval.reporting.cards import KEY, render_cases
from eval.reporting.examples import MOST_FLIPS, Example, flipped, locked, some_good, worst
from eval.reporting.glossary import explain, grouped
from eval.reporting.grids import (
    Grid,
    facts,
    figures_grid,
    judge_grid,
    limits,
    listed,
    mutants_grid,
    robustness_grid,
    sabotage_line,
)
from eval.reporting.reported import SECTIONS, Report, by_kind, sentences, shown_first, tells_answerable, verdict
from ui.fields import ODD, escape

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
LINE = 26  # characters of a cell that are not broken
AGREE = "On the dashed line what is stated and what is so agree."
NARROW = 3  # columns that a telephone has room for; more become a list there
RIGHT = ("confidence", "share that is right")
SUPPORTED = ("score of the judge", "share that is supported")
BIN = ("low", "high", "mean", "share", "n")  # of the judge's reliability
NOT_MEASURED = "Not measured in this run."


def render_page(report: Report) -> str:
    """The whole page."""
    style = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
    title = f"Evaluation {escape(report.stored.name)}"
    about = report.stored.run.about
    commit = str(about.get("commit") or "unknown")
    made = f"{escape(about.get('started') or 'at an unknown time')}, commit {escape(commit[:12])}"
    bodies = (
        *(_verdict(report), _figures(report), _change(report), _slices(report), _copying(report), _risk(report)),
        *(_recall(report), _judge(report), _losses(report), _examples(report), _robustness(report)),
        *(_latency(report), _limits(report)),
    )
    parts = [
        _section(number, name, heading, body)
        for number, ((name, heading), body) in enumerate(zip(SECTIONS, bodies, strict=True), 1)
    ]
    links = "".join(f'<li><a href="#{name}">{heading}</a></li>' for name, heading in SECTIONS)
    page = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{title}</title><style>\n{style}</style></head>\n'
        f'<body><header><h1>{title}</h1><p class="soft">{len(report.stored.asked)} questions, {made}</p>'
        f'<nav aria-label="Parts"><ol>{links}</ol></nav></header>\n<main>{"".join(parts)}</main></body></html>\n'
    )
    # The figures write names of other programs too; what `escape` spells out must be so everywhere.
    return ODD.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", page)


def _section(number: int, name: str, heading: str, body: str) -> str:
    return f'<section id="{name}"><h2><span>{number}</span>{heading}</h2>{body}</section>\n'


def _said(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{unbroken(text)}</p>' if kind else f"<p>{unbroken(text)}</p>"


def _verdict(report: Report) -> str:
    word = verdict(report)
    style = {"PASSED": "passed", "FAILED": "failed"}.get(word, "open")
    parts = [f'<p class="verdict {style}">{escape(word)}</p>', *map(_said, sentences(report))]
    parts += [_said(f"{name} can't be read and is left out.") for name in report.stored.damaged]
    findings = listed(report.stored.gate or {}, "findings")
    loud = [item for item in findings if item.get("level") != "note"]
    quiet = [item for item in findings if item.get("level") == "note"]
    parts.append(_findings(loud))
    if quiet:
        notes = "1 note" if len(quiet) == 1 else f"{len(quiet)} notes"
        parts.append(f"<details><summary>{notes} of the gate</summary>{_findings(quiet)}</details>")
    if not report.stored.gate:
        parts.append(_said("No gate has judged this run.", "soft"))
    return "".join(parts)


def _findings(items: Iterable[object]) -> str:
    lines = [
        f'<li class="{escape(item.get("level"))}"><strong>{escape(item.get("level"))}</strong> '
        f"{escape(item.get('check'))}: {escape(item.get('message'))}</li>"
        for item in items
        if isinstance(item, dict)
    ]
    return f'<ul class="findings">{"".join(lines)}</ul>' if lines else ""


def _figures(report: Report) -> str:
    first = shown_first(report)
    headline = render_grid(figures_grid(report, first), "Headline figures") if first else ""
    parts = [_differences(report), headline]
    parts.append(
        _said(
            "Every figure is the mean over the questions to which it applies; the others are counted as n/a. Read"
            " answers correct, evidence cited and unanswerable questions refused together: copying the first passage is"
            " faithful without being right, and refusing everything is never wrong. Each p is that of one figure by"
            " itself; the gate adjusts for their number.",
            "soft",
        )
    )
    everything = "".join(
        f"<h3>{escape(group)}</h3>{render_grid(figures_grid(report, [report.lines[t.metric] for t in terms]), group)}"
        for group, terms in grouped(report.lines).items()
    )
    summary = f"<summary>All {len(report.lines)} figures</summary>"
    opened = "" if first else " open"
    return "".join([*parts, f"<details{opened}>{summary}{everything}</details>"])


def _differences(report: Report) -> str:
    if not report.comparison or not report.earlier:
        return _said("“before” and “change” need an earlier run: give one with --against RUN, or a baseline.", "soft")
    found = report.comparison.differences
    told = " ".join(found) if found else "Beside the program nothing that the runs record differs."
    return _said(f"Held against {report.earlier.name}. {told}")


def _change(report: Report) -> str:
    changes = [line.change for line in shown_first(report) if line.change]
    if not changes:
        return _said("There is no earlier run to compare with.")
    return _figure(
        figures.forest(changes),
        "Each dot is the mean change over the questions that both have, the line its 95 % interval. A line that"
        " crosses the middle may be nothing.",
    )


def _figure(svg: str, note: str = "") -> str:
    """The figure with what it says beside it, or below where there is no room."""
    return f"<figure>{svg}<figcaption>{unbroken(note)}</figcaption></figure>"


def _slices(report: Report) -> str:
    metrics = by_kind(report)
    if not metrics:
        return _said(NOT_MEASURED)
    cells = curves.slices(report.stored.run, metrics)
    note = f"The better, the stronger the colour. In italics: fewer than {curves.FEW} questions, which only hint."
    return _figure(figures.heat_map(cells, metrics), note)


def _copying(report: Report) -> str:
    metric, points = curves.copying(report.stored.run)
    if not points:
        return _said(f"{NOT_MEASURED} It needs the share of copied words and a judge of support.")
    return _figure(
        figures.scatter(points, metric),
        f"“{explain(metric).label}” by how much of the answer is copied. Copying is always faithful, so the figure"
        " says something only above the controls at the same share of copied words.",
    )


def _risk(report: Report) -> str:
    risk = curves.risk_coverage(report.stored)
    if risk is None:
        return _said("No question was answered.")
    told = [
        f"From left to right the {risk.n} answers are added, the most confident first.",
        f"Mean share of wrong answers over the curve (AURC): {risk.area:.3f}.",
    ]
    if risk.tells_apart is not None:
        often = f"{100 * risk.tells_apart:.0f} % of the time (AUROC)"
        told.append(f"A right answer has a higher confidence than a wrong one {often}.")
    return _figure(figures.risk_curve(risk), " ".join([*told, tells_answerable(report)]).strip())


def _recall(report: Report) -> str:
    found = curves.recall_curves(report.stored.run)
    if not found:
        return _said(NOT_MEASURED)
    note = "A fact counts as found when the first k passages together hold its evidence. Bands are 95 % intervals."
    return _figure(figures.recall_curve(found), note)


def _judge(report: Report) -> str:
    bins = curves.reliability(report.stored)
    parts = ["<h3>Confidence of the answers</h3>"]
    if bins:
        drawn = figures.reliability_diagram(bins, "confidence", "Share right by confidence", RIGHT)
        parts.append(_figure(drawn, AGREE))
    else:
        parts.append(_said("No question was answered."))
    judge = report.stored.judge
    parts.append("<h3>Judge of support</h3>")
    if not judge:
        return "".join([*parts, _said("No judge was tried on labelled sentences for this run.")])
    parts.append(_said(f"{judge.get('name') or 'The judge'}, on sentences that people labelled."))
    if sets := listed(judge, "sets"):
        parts.append(_figure(figures.judge_bars(sets)))
        parts.append(render_grid(judge_grid(judge), "The judge on labelled sets"))
    if own := _judge_bins(judge):
        parts.append(_figure(figures.reliability_diagram(own, "judged", "Share supported by score", SUPPORTED), AGREE))
    return "".join(parts)


def _judge_bins(judge: object) -> list[curves.Bin]:
    rows = listed(judge, "reliability") if isinstance(judge, dict) else []
    sound = [row for row in rows if all(isinstance(row.get(name), int | float) for name in BIN)]
    return [curves.Bin(row["low"], row["high"], row["mean"], row["share"], row["n"]) for row in sound]


def _losses(report: Report) -> str:
    counts = curves.losses(report.stored)
    if not sum(counts.values()):
        return _said(NOT_MEASURED)
    return _figure(
        figures.waterfall(counts),
        "Each answerable question counts at the first step that failed; “right, with a flaw” said the right thing but "
        "missed another part of fully good.",
    )


def _examples(report: Report) -> str:
    gone, come = flipped(report)
    parts = [KEY]
    if hidden := locked(report):
        parts.append(
            _said(f"{hidden} questions of the locked test are never shown: who has seen one may tune on it.", "soft")
        )
    parts += [_flips("Good before and not now", gone, "loss"), _flips("Good now and not before", come, "gain")]
    if not report.comparison:
        parts.append(_said("Without an earlier run no flipped question is known."))
    elif report.earlier and not report.earlier.asked:
        parts.append(_said("A baseline holds no answers; --against RUN shows what changed in them.", "soft"))
    bad, good = worst(report), some_good(report)
    if bad:
        parts.append(f"<h3>The {len(bad)} worst</h3>{render_cases(bad, 'loss')}")
    if good:
        parts.append(f"<h3>{len(good)} good ones, drawn at random</h3>{render_cases(good)}")
    return "".join(parts)


def _flips(heading: str, examples: list[Example], kind: str) -> str:
    if not examples:
        return ""
    rest = [example.asked.id for example in examples[MOST_FLIPS:]]
    more = _said(f"And {', '.join(rest)}.", "soft") if rest else ""
    return f"<h3>{heading}: {len(examples)}</h3>{render_cases(examples[:MOST_FLIPS], kind)}{more}"


def _robustness(report: Report) -> str:
    found, sabotage = report.stored.robustness, report.stored.mutants
    parts = [render_grid(robustness_grid(found), "Robustness")] if found else [_said(NOT_MEASURED)]
    parts.append("<h3>Whether the evaluation notices sabotage</h3>")
    if not sabotage:
        return "".join([*parts, _said("No sabotaged answerer was tried in this run.")])
    everything, missed = mutants_grid(sabotage), mutants_grid(sabotage, missed=True)
    parts.append(_said(f"{sabotage_line(sabotage)} A figure that doesn't move when it should is worth nothing."))
    if missed.rows:
        parts.append(render_grid(missed, "Not noticed"))
    parts.append(
        f"<details><summary>All {len(everything.rows)} trials</summary>{render_grid(everything, 'Sabotage')}</details>"
    )
    return "".join(parts)


def _latency(report: Report) -> str:
    first, stages = curves.stages(report.stored)
    if not stages:
        return _said(NOT_MEASURED)
    cold = f"The first question, which starts everything, took {first:,.0f} ms and is left out. " if first else ""
    return _figure(figures.latency_bars(stages)) + _said(
        f"{cold}{stages[-1].n} questions, one after the other.", "soft"
    )


def _limits(report: Report) -> str:
    said = "".join(f"<li>{escape(text)}</li>" for text in limits(report))
    made = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts(report))
    return f'<ul>{said}</ul><h3>How it was made</h3><dl class="facts">{made}</dl>'


def render_grid(grid: Grid, label: str) -> str:
    """The table in a box that scrolls by itself, by keyboard too; "" without rows."""
    if not grid.rows:
        return _said("Nothing to show.")
    head = "".join(f'<th scope="col"{_words(grid, place)}>{_cell(cell)}</th>' for place, cell in enumerate(grid.header))
    body = "".join(
        f'<tr><th scope="row">{_cell(row[0])}</th>'
        + "".join(_td(grid, place, cell) for place, cell in enumerate(row[1:], 1))
        + "</tr>"
        for row in grid.rows
    )
    style = ' class="wide"' if len(grid.header) > NARROW else ""
    return (
        f'<div class="box" tabindex="0" role="region" aria-label="{escape(label)}">'
        f"<table{style}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _td(grid: Grid, place: int, cell: str) -> str:
    label = grid.header[place].partition("\n")[0]  # shown where the table becomes a list
    return f'<td data-label="{escape(label)}"{_words(grid, place)}>{_cell(cell)}</td>'


def _words(grid: Grid, place: int) -> str:
    return ' class="words"' if place in grid.words and place else ""


def _cell(text: str) -> str:
    first, *rest = text.split("\n")
    return unbroken(first) + "".join(f"<small{_long(line)}>{unbroken(line)}</small>" for line in rest if line)


def _long(line: str) -> str:
    return ' class="long"' if len(line) > LINE else ""


def unbroken(text: str) -> str:
    """The text escaped, every "95 %" kept on one line."""
    return escape(text).replace(" %", "&nbsp;%")
