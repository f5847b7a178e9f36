"""The rows of a run as Markdown, and plots of what depends on a library's size."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.bench.speed import Row

SIZED = re.compile(r"(\d+) passages: (.+)")
FILTER = re.compile(r"search by (.+), (\d+%), by that without")
BySize = Mapping[int, Mapping[str, Row]]  # figure -> row
LINES = {  # plot -> its axis, the figures that it shows, and the goal
    "latency": (
        "milliseconds",
        ("search, median", "search, 95th percentile", "ask, median", "ask, 95th percentile"),
        60,
    ),
    "recall": ("share of the 10 nearest", ("recall@10",), 0.98),
    "disk": ("kilobytes a passage", ("disk beside text and originals", "disk, ledger, own", "disk, vectors, own"), 4),
    "memory": ("megabytes", ("memory, most", "memory, files left out"), 3000),
}


def write_report(results: Path, about: Mapping[str, Any], rows: Sequence[Row]) -> Path:
    """Writes the table beside the file of results, with its plots in a folder; returns the table's path."""
    table = results.with_suffix(".md")
    sized = by_size(rows)
    plots = draw_plots(results.parent / "plots", results.stem, sized) if sized else []
    links = [f"![{path.stem}](plots/{path.name})" for path in plots]
    machine = f"{about['cpu']}, {about['cores']} cores, load {about['load'][0]}, {about['measured'][:10]}"
    others = [row for row in rows if not SIZED.fullmatch(row.name)]
    parts = [f"Measured on {machine}.", *([list_table(others)] if others else [])]
    parts += [size_table(sized)] if sized else []
    table.write_text("\n\n".join([*parts, *links]) + "\n", encoding="utf-8")
    return table


def by_size(rows: Sequence[Row]) -> dict[int, dict[str, Row]]:
    """Passages -> figure -> row, for the rows that name a size."""
    found: dict[int, dict[str, Row]] = {}
    for row in rows:
        match = SIZED.fullmatch(row.name)
        if match:
            found.setdefault(int(match[1]), {})[match[2]] = row
    return dict(sorted(found.items()))


def list_table(rows: Sequence[Row]) -> str:
    """One line a figure."""
    lines = [
        _cells(row.name, _value(row), f"{_number(row.low)}–{_number(row.high)}", str(row.n), row.goal) for row in rows
    ]
    return "\n".join([_cells("figure", "value", "95 % interval", "n", "goal"), _cells(*["---"] * 5), *lines])


def size_table(sized: BySize) -> str:
    """One line a figure, one column a size; what misses its goal is bold."""
    figures = dict.fromkeys(figure for own in sized.values() for figure in own)
    head = ["figure", *(f"{size:,}" for size in sized), "goal"]
    lines = [_cells(*head), _cells(*["---"] * len(head))]
    for figure in figures:
        rows = [own.get(figure) for own in sized.values()]
        bound = next((_bound(row) for row in rows if row and row.goal), "")
        lines.append(_cells(figure, *(_marked(row) for row in rows), bound))
    return "\n".join(lines)


def _marked(row: Row | None) -> str:
    if row is None:
        return ""
    return f"**{_value(row)}**" if row.met is False else _value(row)


def _value(row: Row) -> str:
    return f"{_number(row.value)} {row.unit}".rstrip()


def _bound(row: Row) -> str:
    return f"at most {row.at_most:g}" if row.at_most is not None else f"at least {row.at_least:g}"


def _number(value: float) -> str:
    from eval.bench.__main__ import number

    return number(value)


def _cells(*texts: str) -> str:
    return f"| {' | '.join(texts)} |"


# Plots


def draw_plots(folder: Path, prefix: str, sized: BySize) -> list[Path]:
    """One SVG for each plot of LINES that has figures, and one for filters; returns their paths."""
    folder.mkdir(exist_ok=True)
    drawn = []
    for name, (axis, figures, goal) in LINES.items():
        present = [figure for figure in figures if any(figure in own for own in sized.values())]
        if present:
            drawn.append(_draw_lines(folder / f"{prefix}-{name}.svg", sized, present, axis, goal))
    if any(FILTER.fullmatch(figure) for own in sized.values() for figure in own):
        drawn.append(_draw_filters(folder / f"{prefix}-filters.svg", sized))
    return drawn


def _draw_lines(path: Path, sized: BySize, figures: Sequence[str], axis: str, goal: float) -> Path:
    figure, axes = _new_figure()
    for name in figures:
        points = [(size, own[name].value) for size, own in sized.items() if name in own]
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.axhline(goal, color="grey", linestyle=":", label=f"goal: {goal:g}")
    axes.set_xscale("log")
    axes.set_xlabel("passages")
    axes.set_ylabel(axis)
    return _save(figure, axes, path)


def _draw_filters(path: Path, sized: BySize) -> Path:
    figure, axes = _new_figure()
    for size, own in sized.items():
        found = [(match, row) for name, row in own.items() if (match := FILTER.fullmatch(name))]
        if found:
            labels = [f"{match[1]}\n{match[2]}" for match, _ in found]
            axes.plot(labels, [row.value for _, row in found], marker="o", linestyle="", label=f"{size:,} passages")
    axes.axhline(2, color="grey", linestyle=":", label="goal: 2")
    axes.set_ylabel("95th percentile by that without a filter")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    axes.tick_params(axis="x", labelsize=6)
    return _save(figure, axes, path)


def _new_figure() -> tuple[Any, Any]:
    from matplotlib.figure import Figure  # not pyplot: it holds on to figures and looks for a screen

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    return figure, figure.subplots()


def _save(figure: Any, axes: Any, path: Path) -> Path:
    axes.legend(fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})  # the same figures give the same file
    return path
