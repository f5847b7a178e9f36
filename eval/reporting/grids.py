"""The tables of a report as plain cells, for page and Markdown alike; a cell's further lines are lesser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.compare import Change
from eval.reporting.curves import FEW, Cell, Stage
from eval.reporting.glossary import better, explain
from eval.reporting.reported import Line, Report
from eval.reporting.stored import Json
from eval.writing import format_share

DASH = "–"


@dataclass(frozen=True, slots=True)
class Grid:
    """A header and its rows; `words` are the columns that hold text, the others hold numbers. No rows: no table."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: frozenset[int] = frozenset({0})


def figures_grid(report: Report, lines: Sequence[Line]) -> Grid:
    """The figures with interval, n, what they were, the paired change with p, the best control, and who checked."""
    header = ["figure", "value\n95 % interval", "n\nn/a"]
    if report.comparison:
        header += ["before", "change\n95 % interval", "p of a drop", "worse / better"]
    header += ["best control", "checked by"]
    return Grid(tuple(header), tuple(_figure(report, line) for line in lines), frozenset({0, len(header) - 1}))


def _figure(report: Report, line: Line) -> tuple[str, ...]:
    term = line.term
    way = " Lower is better." if term.better == "lower" else ""
    name = f"{term.label}\n{term.metric}. {term.says}{way}".rstrip(". ") + ("." if term.says else "")
    cells = [name, f"{number(line.value)}\n{between(line.interval)}", f"{line.n}\n{line.not_applicable} n/a"]
    if line.remark:
        cells[1] += f"\n{line.remark}"
    if report.comparison:
        cells += _change(line.change)
    control = f"{number(line.control[1])}\n{line.control[0].replace('_', ' ')}" if line.control else DASH
    return (*cells, control, "judge\nnot corrected by people" if term.judged else "rule")


def _change(change: Change | None) -> list[str]:
    if change is None:
        return [DASH] * 4
    found = change.paired
    known = better(change.metric) != "neither"
    return [
        number(change.before),
        f"{signed(found.change)}\n{signed(found.low)} to {signed(found.high)}, n {found.n}",
        f"{found.p:.3f}" if known else DASH,
        f"{found.worse} / {found.better}" if known else DASH,
    ]


def slices_grid(cells: Mapping[str, Mapping[str, Cell]], metrics: Sequence[str]) -> Grid:
    """The heat-map's numbers, each with its n."""
    rows = [
        (
            name.replace("_", " "),
            *(
                f"{cell.value:.2f}\nn {cell.n}{', few' if cell.n < FEW else ''}" if cell.value is not None else DASH
                for cell in (row[metric] for metric in metrics)
            ),
        )
        for name, row in cells.items()
    ]
    return Grid(("kind", *(explain(metric).label for metric in metrics)), tuple(rows))


def stages_grid(stages: Sequence[Stage]) -> Grid:
    """Milliseconds of each step."""
    rows = [(stage.name, f"{stage.p50:,.1f}", f"{stage.p95:,.1f}", str(stage.n)) for stage in stages]
    return Grid(("step", "median ms", "95th percentile ms", "n"), tuple(rows))


def losses_grid(counts: Mapping[str, int]) -> Grid:
    """The steps at which answerable questions were lost."""
    total = sum(counts.values())
    rows = [(name, str(count), f"{100 * count / total:.0f} %" if total else DASH) for name, count in counts.items()]
    return Grid(("step", "questions", f"of {total}"), tuple(rows))


def robustness_grid(found: Json) -> Grid:
    """What robustness.json holds."""
    rows = [
        (
            text(row.get("test")).replace("_", " "),
            text(row.get("metric")),
            f"{number(row.get('value'))}\n{between(row.get('interval'))}".rstrip(),
            text(row.get("n")),
            text(row.get("note")),
        )
        for row in listed(found, "rows")
    ]
    return Grid(("test", "figure", "value\n95 % interval", "n", "note"), tuple(rows), frozenset({0, 1, 4}))


def sabotage_line(found: Json) -> str:
    """How many sabotages were noticed by the figures that must notice them."""
    trials = [trial for trial in listed(found, "mutants") if trial.get("n") != 0]
    caught = sum(bool(trial.get("caught")) for trial in trials)
    return f"Good answers were broken on purpose, one thing at a time: {caught} of {len(trials)} trials were noticed."


def mutants_grid(found: Json, *, missed: bool = False) -> Grid:
    """What mutants.json holds: sabotaged answerers, and the figures that must notice them; or those missed.

    One that found nothing to spoil was not tried: no question has what it breaks.
    """
    rows = [
        (
            text(row.get("name")).replace("_", " "),
            text(row.get("metric")),
            number(row.get("before")),
            number(row.get("after")),
            f"{signed(row.get('change'))}\n{between(row.get('interval'))}".rstrip(),
            text(row.get("n")),
            "yes" if row.get("caught") else "not tried" if row.get("n") == 0 else "NO",
        )
        for row in listed(found, "mutants")
        if not (missed and row.get("caught"))
    ]
    header = ("sabotage", "noticed by", "before", "after", "change\n95 % interval", "n", "noticed")
    return Grid(header, tuple(rows), frozenset({0, 1}))


def judge_grid(found: Json) -> Grid:
    """What judge.json holds of each labelled set."""
    rows = [
        (
            text(row.get("set")),
            f"{number(row.get('bacc'))}\n{between(row.get('interval'))}".rstrip(),
            number(row.get("floor")),
            number(row.get("constant")),
            text(row.get("n")),
        )
        for row in listed(found, "sets")
    ]
    return Grid(("labelled set", "balanced accuracy\n95 % interval", "lexical floor", "a constant", "n"), tuple(rows))


def listed(found: Json, name: str) -> list[Mapping[str, Any]]:
    """The objects of a list in a file that another program wrote; anything else in it is left out."""
    items = found.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def number(value: object) -> str:
    """Three places, or a dash for what is no number."""
    return f"{value:.3f}".replace("-", "−") if isinstance(value, int | float) else DASH


def signed(value: object) -> str:
    """Three places with the sign; zero has none."""
    if not isinstance(value, int | float):
        return DASH
    written = f"{value:+.3f}".replace("-", "−")
    return "0.000" if written[1:] == "0.000" else written


def between(value: object) -> str:
    """An interval as "0.100 to 0.200"; "" for none."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        return ""
    return f"{number(value[0])} to {number(value[1])}"


def text(value: object) -> str:
    """The value as text; a dash for none."""
    return DASH if value is None or value == "" else str(value)


def facts(report: Report) -> list[tuple[str, str]]:
    """What run.json says of how the run was made, in words; what it doesn't say is left out."""
    about = report.stored.run.about
    named = {
        "run": report.stored.name,
        "started": about.get("started"),
        "commit": about.get("commit"),
        "split": about.get("split") or "all",
        "questions": f"{len(report.stored.asked)}, file {_digest(about.get('questions_sha256'))}",
        "articles": f"{text(about.get('articles'))}, texts {_digest(about.get('articles_sha256'))}",
        "asked twice": f"{text(about.get('asked_twice'))}, answered differently: {_list(about.get('different'))}",
        "processor": f"{text(about.get('cpu'))}, {text(about.get('cores'))} cores",
        "versions": _pairs(about.get("versions")),
        "settings": _pairs(about.get("settings")),
    }
    known = {
        *named,
        "questions_sha256",
        "articles_sha256",
        "asked_twice",
        "different",
        "cpu",
        "cores",
        "milliseconds",
        "confidence",
    }
    named |= {name.replace("_", " "): _pairs(value) for name, value in about.items() if name not in known}
    return [(name, str(value)) for name, value in named.items() if value not in (None, "")]


def _digest(value: object) -> str:
    return f"SHA-256 {str(value)[:16]}…" if value else "of unknown content"


def _list(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else DASH


def _pairs(value: object) -> str:
    if not isinstance(value, dict):
        return text(value)
    return ", ".join(f"{name} {'unset' if own == '' else own}" for name, own in value.items())


def limits(report: Report) -> list[str]:
    """What a reader must not take the figures for."""
    run = report.stored.run
    small = sum(list(run.labels.values()).count(label) < FEW for label in set(run.labels.values()))
    kinds = len(set(run.labels.values()))
    said = [
        "Who wrote and who reviewed each question stands in its line of the questions file. What a language model "
        "wrote and no person reviewed shares that model's view of what is asked and what is right.",
        "Whether an answer is right is decided by patterns written beforehand: a right answer in unforeseen words "
        "counts as wrong, a wrong one that contains the pattern as right. The good answers above let one check that.",
        f"{small} of the {kinds} kinds of question have fewer than {FEW} questions: their figures only hint.",
        "A p value tells a drop from chance among these questions, not among those that readers will ask.",
    ]
    if run.about.get("split") == "dev":
        said.append("These questions may be tuned on, so the figures are no estimate for other articles.")
    written = (" ".join(format_share(share).split()) for share in run.about.get("writing", ()))
    return [*said, *(f"Of the language model and the judge of its sentences: {share}" for share in written)]
