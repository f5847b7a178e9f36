"""A run as a table: every metric with its n, its 95 % interval and the trivial controls beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from eval.cases import TYPES, UNANSWERABLE_KINDS
from eval.intervals import Interval, interval
from eval.outcomes import Run

LOWER_IS_BETTER = frozenset(
    "false_refusal answered_unanswerable distractors@5 stale@1 unjudged_citations stale_answer forbidden_said "
    "misattribution quote_altered quote_fabricated".split()
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `not_applicable` counts the questions without a value, `controls` are their means."""

    name: str
    value: float | None
    n: int
    not_applicable: int
    interval: Interval | None
    controls: Mapping[str, float | None]


def summarise(run: Run) -> list[Row]:
    """The rows of all metrics, then correctness by type and answered unanswerables by kind."""
    everything = list(run.labels)
    rows = [_row(run, metric, metric, everything) for metric in run.values]
    slices = [("answer_correct", TYPES), ("answered_unanswerable", UNANSWERABLE_KINDS)]
    for metric, labels in slices:
        for label in labels:
            chosen = [id_ for id_ in everything if run.labels[id_] == label]
            if chosen and metric in run.values:
                rows.append(_row(run, f"{metric}: {label}", metric, chosen))
    return rows


def applicable(values: Mapping[str, float | None]) -> dict[str, float]:
    """The values that there are."""
    return {id_: value for id_, value in values.items() if value is not None}


def mean(values: Iterable[float]) -> float | None:
    """The mean; None of nothing."""
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else None


def _row(run: Run, name: str, metric: str, ids: Sequence[str]) -> Row:
    values = applicable({id_: run.values[metric][id_] for id_ in ids})
    controls = {
        control: mean(applicable({id_: theirs[metric][id_] for id_ in ids}).values()) if metric in theirs else None
        for control, theirs in run.controls.items()
    }
    found = interval(values, run.clusters)
    return Row(name, mean(values.values()), len(values), len(ids) - len(values), found, controls)


def print_table(rows: Sequence[Row], console: Console) -> None:
    """A drawn table on a terminal, aligned plain lines anywhere else."""
    print_lines(_header(rows), [_cells(row) for row in rows], console)


def print_lines(header: Sequence[str], body: Sequence[Sequence[str]], console: Console) -> None:
    """The cells as a table, all columns but the first to the right.

    Where it is too wide for the terminal, the first cell stands above the others: cut numbers say nothing.
    """
    lines = [header, *body]
    if not console.is_terminal:
        print("\n".join(_plain(lines)), file=console.file)
        return
    if sum(_widths(lines)) + 3 * len(header) + 1 > console.width:
        print("\n".join(_stacked(lines)), file=console.file)
        return
    table = Table(header[0])
    for name in header[1:]:
        table.add_column(name, justify="right")
    for line in body:
        table.add_row(*line)
    console.print(table)


def _widths(lines: Sequence[Sequence[str]]) -> list[int]:
    return [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]


def _stacked(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = _widths(lines)[1:]
    rows = [(line[0], [cell.rjust(width) for cell, width in zip(line[1:], widths, strict=True)]) for line in lines]
    return [text for first, cells in rows for text in (first, "  " + "  ".join(cells).rstrip())]


def _plain(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = _widths(lines)
    return [
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
        )
        for line in lines
    ]


def _header(rows: Sequence[Row]) -> list[str]:
    return ["metric", "value", "n", "n/a", "95 % interval", *(rows[0].controls if rows else ())]


def _cells(row: Row) -> list[str]:
    name = f"{row.name} (lower is better)" if row.name in LOWER_IS_BETTER else row.name
    between = f"{row.interval[0]:.3f}–{row.interval[1]:.3f}" if row.interval else ""
    return [
        name,
        _number(row.value),
        str(row.n),
        str(row.not_applicable),
        between,
        *map(_number, row.controls.values()),
    ]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
