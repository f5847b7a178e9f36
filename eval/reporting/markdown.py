"""The report as Markdown, for a terminal or the summary of a job: the same parts and numbers, without the figures.

A job's summary may hold a mebibyte and is dropped whole beyond it, so the questions to look at are cut first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from eval.reporting import curves
from eval.reporting.examples import (
    MOST_FLIPS,
    Example,
    answer_text,
    cited_passages,
    flipped,
    locked,
    some_good,
    uncited_evidence,
    word_changes,
    worst,
)
from eval.reporting.glossary import explain, grouped
from eval.reporting.grids import (
    Grid,
    facts,
    figures_grid,
    judge_grid,
    limits,
    listed,
    losses_grid,
    mutants_grid,
    number,
    robustness_grid,
    sabotage_line,
    slices_grid,
    stages_grid,
)
from eval.reporting.reported import SECTIONS, Report, by_kind, sentences, shown_first, tells_answerable, verdict
from qa.formats import escape_markdown
from ui.fields import ODD

MOST_BYTES = 900_000  # of the whole; a job's summary takes 1,048,576
NOT_MEASURED = "Not measured in this run."


def render_markdown(report: Report) -> str:
    """The twin of the page; when it would be too long, with fewer questions to look at, said where they are cut."""
    head = f"# Evaluation {plain(report.stored.name)}\n\n"
    bodies = (
        *(_verdict(report), _figures(report), _change(report), _slices(report), _copying(report), _risk(report)),
        *(_recall(report), _judge(report), _table(losses_grid(curves.losses(report.stored))), ""),
        *(_robustness(report), _latency(report), _limits(report)),
    )
    rest = sum(len(body.encode()) for body in bodies) + 2000
    parts = [
        f"## {place}. {heading}\n\n{_examples(report, MOST_BYTES - rest) if name == 'examples' else body}\n"
        for place, ((name, heading), body) in enumerate(zip(SECTIONS, bodies, strict=True), 1)
    ]
    return head + "\n".join(parts)


def plain(text: object) -> str:
    """The text on one line, Markdown and HTML escaped, invisible characters spelt out."""
    return escape_markdown(ODD.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", str(text)))


def _verdict(report: Report) -> str:
    lines = [f"**{plain(verdict(report))}**", *(plain(sentence) for sentence in sentences(report))]
    lines += [f"{plain(name)} can't be read and is left out." for name in report.stored.damaged]
    findings = [
        f"- **{plain(item.get('level'))}** {plain(item.get('check'))}: {plain(item.get('message'))}"
        for item in listed(report.stored.gate or {}, "findings")
    ]
    return "\n\n".join([*lines, *(["\n".join(findings)] if findings else [])]) + "\n"


def _figures(report: Report) -> str:
    first = shown_first(report)
    held = ""
    if report.comparison and report.earlier:
        held = f"Held against {plain(report.earlier.name)}. {plain(' '.join(report.comparison.differences))}\n\n"
    everything = "\n".join(
        f"**{plain(group)}**\n\n{_table(figures_grid(report, [report.lines[term.metric] for term in terms]))}"
        for group, terms in grouped(report.lines).items()
    )
    folded = f"<details><summary>All {len(report.lines)} figures</summary>\n\n{everything}\n</details>\n"
    return f"{held}{_table(figures_grid(report, first)) if first else ''}\n{folded}"


def _change(report: Report) -> str:
    if not report.comparison:
        return "There is no earlier run to compare with.\n"
    return "The changes stand in the table above; the page draws them.\n"


def _slices(report: Report) -> str:
    metrics = by_kind(report)
    if not metrics:
        return NOT_MEASURED + "\n"
    return _table(slices_grid(curves.slices(report.stored.run, metrics), metrics))


def _copying(report: Report) -> str:
    metric, points = curves.copying(report.stored.run)
    if not points:
        return NOT_MEASURED + "\n"
    rows = tuple((point.name.replace("_", " "), number(point.x), number(point.y)) for point in points)
    return _table(Grid(("answerer", "share of words copied", explain(metric).label), rows))


def _risk(report: Report) -> str:
    risk = curves.risk_coverage(report.stored)
    if risk is None:
        return "No question was answered.\n"
    apart = "" if risk.tells_apart is None else f"; confidence tells right from wrong (AUROC) {risk.tells_apart:.3f}"
    always = f"; always answering: {100 * risk.always_answer.y:.0f} % wrong" if risk.always_answer else ""
    answered, wrong = (f"{100 * share:.0f} %" for share in (risk.coverage[-1], risk.risk[-1]))
    return (
        f"{answered} of the questions are answered, {wrong} of the answers are wrong{always}. Mean over the curve "
        f"(AURC) {risk.area:.3f}{apart}; n = {risk.n}. {tells_answerable(report)}".rstrip()
        + "\n"
    )


def _recall(report: Report) -> str:
    found = curves.recall_curves(report.stored.run)
    if not found:
        return NOT_MEASURED + "\n"
    rows = tuple(
        (explain(f"{name}@{k}").label, number(value), f"{low:.3f} to {high:.3f}")
        for name, points in found.items()
        for k, value, (low, high) in points
    )
    return _table(Grid(("figure", "value", "95 % interval"), rows))


def _judge(report: Report) -> str:
    rows = tuple(
        (f"{b.low:.1f}–{b.high:.1f}", number(b.mean), number(b.share), str(b.n))
        for b in curves.reliability(report.stored)
    )
    confident = (
        _table(Grid(("confidence", "mean", "share right", "n"), rows)) if rows else "No question was answered.\n"
    )
    judge = report.stored.judge
    return (
        confident
        + "\n"
        + (_table(judge_grid(judge)) if judge else "No judge was tried on labelled sentences for this run.\n")
    )


def _robustness(report: Report) -> str:
    found, sabotage = report.stored.robustness, report.stored.mutants
    parts = [_table(robustness_grid(found)) if found else NOT_MEASURED + "\n"]
    if not sabotage:
        return "\n".join([*parts, "No sabotaged answerer was tried in this run.\n"])
    missed = mutants_grid(sabotage, missed=True)
    parts.append(sabotage_line(sabotage) + "\n")
    return "\n".join([*parts, _table(missed)] if missed.rows else parts)


def _latency(report: Report) -> str:
    first, stages = curves.stages(report.stored)
    cold = f"The first question took {first:,.0f} ms and is left out.\n\n" if first else ""
    return cold + _table(stages_grid(stages)) if stages else NOT_MEASURED + "\n"


def _limits(report: Report) -> str:
    said = [f"- {plain(text)}" for text in limits(report)]
    made = [f"- {plain(name)}: {plain(value)}" for name, value in facts(report)]
    return "\n".join([*said, "", *made]) + "\n"


def _table(grid: Grid) -> str:
    if not grid.rows:
        return NOT_MEASURED + "\n"
    rule = ["---" if place in grid.words else "---:" for place in range(len(grid.header))]
    lines = [map(_cell, grid.header), rule, *(map(_cell, row) for row in grid.rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return "<br>".join(plain(line) for line in text.split("\n") if line)


# Questions to look at


def _examples(report: Report, most: int) -> str:
    gone, come = flipped(report)
    lists = (
        ("Good before and not now", gone[:MOST_FLIPS]),
        ("Good now and not before", come[:MOST_FLIPS]),
        ("The worst", worst(report)),
        ("Good ones, drawn at random", some_good(report)),
    )
    blocks = [block for heading, examples in lists for block in _blocks(heading, examples)]
    if hidden := locked(report):
        blocks.insert(0, f"{hidden} questions of the locked test are never shown.\n\n")
    return _fitting(blocks, most) or "None.\n"


def _blocks(heading: str, examples: Sequence[Example]) -> Iterable[str]:
    for place, example in enumerate(examples):
        start = f"### {heading}: {len(examples)}\n\n" if place == 0 else ""
        yield start + _case(example)


def _fitting(blocks: Sequence[str], most: int) -> str:
    """As many blocks as fit into so many bytes, and how many more there would be."""
    kept: list[str] = []
    used = 0
    for place, block in enumerate(blocks):
        used += len(block.encode())
        if used > most:
            return "".join([*kept, f"{len(blocks) - place} more are left out, for the summary has a limit.\n"])
        kept.append(block)
    return "".join(kept)


def _case(example: Example) -> str:
    item = example.asked
    lines = [f"**{plain(item.id)}** ({plain(item.label)}) {plain(item.question)}", _answer(example)]
    if item.expected:
        lines.append(f"Expected: {plain(' / '.join(item.expected))}")
    for shown in cited_passages(item):
        text = "".join(_marked(text, bool(names - {"gold"})) for text, names in shown.pieces)
        numbers = plain(" ".join(f"[{number}]" for number in shown.numbers))
        lines.append(f"> {numbers} {plain(shown.title)}: {text}")
    lines += [
        f"> Not cited: {plain(missing.gold.name)}: {plain(missing.gold.quote)}" for missing in uncited_evidence(item)
    ]
    return "\n\n".join(lines) + "\n\n"


def _answer(example: Example) -> str:
    now = answer_text(example.asked)
    if example.before is None:
        return f"Answer: {plain(now)}"
    tags = {"same": "{}", "gone": "<del>{}</del>", "new": "<ins>{}</ins>"}
    words = word_changes(answer_text(example.before), now)
    between = "" if any(kind == "same" for kind, _ in words) else " "
    return "Answer: " + between.join(_spaced(text, tags[kind]) for kind, text in words)


def _marked(text: str, quoted: bool) -> str:
    return _spaced(text, "<mark>{}</mark>" if quoted else "{}")


def _spaced(text: str, tag: str) -> str:
    """The escaped text in its tag, with a space kept at either end: `plain` takes them off."""
    before = " " if re.match(r"\s", text) else ""
    after = " " if re.search(r"\s$", text) and text.strip() else ""
    return f"{before}{tag.replace('{}', plain(text))}{after}" if text.strip() else before
