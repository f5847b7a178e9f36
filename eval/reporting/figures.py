"""The figures of a report as inline SVG: the same bytes for the same numbers, text as text, colours of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eval.compare import Change
from eval.intervals import Interval
from eval.reporting.curves import FEW, Bin, Cell, Point, Risk, Stage
from eval.reporting.drawing import (
    ACCENT,
    BAD,
    EVEN,
    GOOD,
    INK,
    SOFT,
    STYLE,
    WIDTH,
    plot_figure,
    rows_figure,
    to_svg,
    wrapped,
)
from eval.reporting.glossary import better, explain, heading
from eval.reporting.grids import signed

MARKERS = ("o", "s", "D", "^", "v", "P")


def forest(changes: Sequence[Change]) -> str:
    """The paired change of each metric with its interval; to the right of the line is better, whichever way it goes."""
    rows = [change for change in changes if better(change.metric) != "neither"]
    with rc_context(STYLE):
        figure, axes = rows_figure([explain(change.metric).label for change in rows])
        axes.axvline(0, color=SOFT, linewidth=1)
        for place, change in enumerate(rows):
            value, (low, high) = _towards_better(change)
            colour = GOOD if low > 0 else BAD if high < 0 else SOFT
            axes.plot([low, high], [place, place], color=colour, solid_capstyle="butt")
            axes.plot([value], [place], "o", color=colour, markersize=6)
            text = f"{signed(value)} · n {change.paired.n}"
            axes.text(1.02, place, text, va="center", color=INK, transform=axes.get_yaxis_transform())
        reach = max([0.02, *(abs(edge) for change in rows for edge in _towards_better(change)[1])]) * 1.1
        axes.set_xlim(-reach, reach)
        axes.set_xlabel("worse   ←   change   →   better")
        axes.grid(axis="x")
        said = [f"{explain(c.metric).label} {signed(_towards_better(c)[0])}" for c in rows]
        return to_svg(figure, "forest", "Change of each figure, with its 95 % interval", "; ".join(said))


def _towards_better(change: Change) -> tuple[float, Interval]:
    found = change.paired
    if better(change.metric) == "lower":
        return -found.change, (-found.high, -found.low)
    return found.change, (found.low, found.high)


def heat_map(cells: Mapping[str, Mapping[str, Cell]], metrics: Sequence[str]) -> str:
    """Slices by metrics, the better the stronger the colour, each with its n, in italics when that is less than 30."""
    names = list(cells)
    with rc_context(STYLE):
        labels = [wrapped(heading(metric), 9) for metric in metrics]
        top = 0.12 + 0.15 * max(label.count("\n") + 1 for label in labels)
        figure = Figure(figsize=(WIDTH, top + 0.42 * len(names)))
        axes = figure.add_axes((0.25, 0.005, 0.745, 1 - top / figure.get_figheight()))
        axes.set_xlim(0, len(metrics))
        axes.set_ylim(len(names), 0)
        for row, name in enumerate(names):
            for column, metric in enumerate(metrics):
                _draw_cell(axes, row, column, cells[name][metric], better(metric) == "lower")
        for column, label in enumerate(labels):
            axes.text(column + 0.5, -0.15, label, ha="center", va="bottom", fontsize=9, color=SOFT, linespacing=1.05)
        axes.set_yticks(
            [row + 0.5 for row in range(len(names))], [wrapped(name.replace("_", " "), 13) for name in names]
        )
        axes.set_xticks([])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        said = [
            f"{name}: "
            + ", ".join(
                f"{explain(m).label} {cell.value:.2f} of {cell.n}" for m, cell in row.items() if cell.value is not None
            )
            for name, row in cells.items()
        ]
        return to_svg(figure, "slices", "Figures by kind of question", "; ".join(said))


def _draw_cell(axes: Axes, row: int, column: int, cell: Cell, lower: bool) -> None:
    if cell.value is None:
        axes.text(column + 0.5, row + 0.5, "–", ha="center", va="center", color=SOFT)
        return
    worth = min(1.0, max(0.0, 1 - cell.value if lower else cell.value))
    axes.fill_between(
        [column + 0.03, column + 0.97], row + 0.04, row + 0.96, color=ACCENT, alpha=0.04 + 0.4 * worth, linewidth=0
    )
    style = "italic" if cell.n < FEW else "normal"
    axes.text(column + 0.5, row + 0.36, f"{cell.value:.2f}", ha="center", va="center", fontstyle=style)
    axes.text(column + 0.5, row + 0.76, f"n {cell.n}", ha="center", va="center", fontstyle=style, fontsize=8.5)


def scatter(points: Sequence[Point], measured: str) -> str:
    """Faithfulness by the share of copied words: above the controls at the same share is worth something."""
    with rc_context(STYLE):
        figure, axes = plot_figure(3.6)
        for number, point in enumerate(points):
            colour = ACCENT if number == 0 else SOFT
            if point.x_interval:
                axes.plot(point.x_interval, (point.y, point.y), color=colour, linewidth=1.2, alpha=0.7)
            if point.y_interval:
                axes.plot((point.x, point.x), point.y_interval, color=colour, linewidth=1.2, alpha=0.7)
            label, marker = point.name.replace("_", " "), MARKERS[number % len(MARKERS)]
            axes.plot([point.x], [point.y], marker, color=colour, markersize=8, label=label, fillstyle=_filled(number))
        # A legend, not names at the points: those that copy lie on top of each other.
        axes.legend(loc="lower left" if all(point.y > 0.5 for point in points) else "best")
        axes.set_xlim(-0.04, 1.04)
        axes.set_ylim(-0.04, 1.06)
        axes.set_xlabel("share of the words copied in runs of eight or more")
        axes.set_ylabel(heading(measured))
        axes.grid()
        said = [f"{point.name}: copied {point.x:.2f}, {explain(measured).label} {point.y:.2f}" for point in points]
        return to_svg(figure, "copying", "Faithfulness by the share of copied words", "; ".join(said))


def _filled(number: int) -> Literal["full", "none"]:
    return "full" if number == 0 else "none"


def risk_curve(risk: Risk) -> str:
    """The share of wrong answers by the share of questions answered, most confident first."""
    with rc_context(STYLE):
        figure, axes = plot_figure(3.3)
        axes.plot(risk.coverage, risk.risk, color=ACCENT, drawstyle="steps-post")
        axes.plot([risk.coverage[-1]], [risk.risk[-1]], "o", color=ACCENT, markersize=7)
        axes.annotate(
            "as it answers now", (risk.coverage[-1], risk.risk[-1]), xytext=(8, -4), textcoords="offset points"
        )
        axes.plot([0], [0], "s", color=SOFT, markersize=7)
        axes.annotate("always refuses", (0, 0), xytext=(8, -13), textcoords="offset points", color=SOFT)
        highest = max(risk.risk)
        if point := risk.always_answer:
            highest = max(highest, point.y)
            axes.plot([point.x], [point.y], "s", color=SOFT, markersize=7)
            label = f"always answers ({point.name.replace('_', ' ')})"
            axes.annotate(label, (point.x, point.y), xytext=(-8, 7), textcoords="offset points", ha="right", color=SOFT)
        axes.set_xlim(-0.03, 1.05)
        axes.set_ylim(-0.13, min(1.1, highest * 1.15 + 0.08))
        axes.set_xlabel("share of all questions that are answered")
        axes.set_ylabel("share of them that is wrong")
        axes.grid()
        said = f"At a coverage of {risk.coverage[-1]:.2f} a share of {risk.risk[-1]:.2f} is wrong; area {risk.area:.3f}"
        return to_svg(figure, "risk", "Wrong answers by coverage", said)


def recall_curve(curves: Mapping[str, Sequence[tuple[int, float, Interval]]]) -> str:
    """How much of the evidence is among the first k passages, with 95 % intervals."""
    labels = {"evidence_recall": "share of the evidence", "all_evidence": "questions with all of it"}
    with rc_context(STYLE):
        figure, axes = plot_figure(3.0)
        cuts = sorted({k for points in curves.values() for k, _, _ in points})
        for number, (name, points) in enumerate(curves.items()):
            colour, marker = ((ACCENT, "o"), (EVEN, "s"))[number % 2]
            x = [cuts.index(k) for k, _, _ in points]
            axes.fill_between(
                x, [b[0] for _, _, b in points], [b[1] for _, _, b in points], color=colour, alpha=0.15, linewidth=0
            )
            axes.plot(x, [value for _, value, _ in points], marker=marker, color=colour, label=labels.get(name, name))
            for place, (_, value, _) in zip(x, points, strict=True):
                below = number % 2 == 1
                offset = (0, -15 if below else 8)
                axes.annotate(
                    f"{value:.2f}", (place, value), xytext=offset, textcoords="offset points", ha="center", fontsize=9
                )
        axes.set_xticks(range(len(cuts)), [str(k) for k in cuts])
        axes.set_xlim(-0.3, len(cuts) - 0.7)
        axes.set_ylim(0, 1.12)
        axes.set_xlabel("first k passages")
        axes.grid(axis="y")
        if len(curves) > 1:
            axes.legend(loc="lower right")
        said = [f"{name}@{k} {value:.2f}" for name, points in curves.items() for k, value, _ in points]
        return to_svg(figure, "recall", "Evidence among the first k passages", "; ".join(said))


def reliability_diagram(bins: Sequence[Bin], name: str, title: str, labels: tuple[str, str]) -> str:
    """The share that is right by the confidence stated, as `labels` call them; on the diagonal the two agree."""
    with rc_context(STYLE):
        figure, axes = plot_figure(3.4)
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle=(0, (4, 3)))
        axes.plot([found.mean for found in bins], [found.share for found in bins], color=ACCENT, linewidth=1)
        for found in bins:
            if found.interval:
                axes.plot([found.mean, found.mean], found.interval, color=ACCENT, linewidth=1.2, alpha=0.7)
            axes.plot([found.mean], [found.share], "o", color=ACCENT, markersize=7)
            low = found.share > 0.85
            axes.annotate(
                f"n {found.n}",
                (found.mean, found.share),
                xytext=(8, -12 if low else 5),
                textcoords="offset points",
                fontsize=9,
            )
        axes.set_xlim(-0.03, 1.1)
        axes.set_ylim(-0.03, 1.08)
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        axes.grid()
        said = [f"{labels[0]} {found.mean:.2f}: {labels[1]} {found.share:.2f}, n {found.n}" for found in bins]
        return to_svg(figure, name, title, "; ".join(said))


def judge_bars(sets: Sequence[Mapping[str, object]]) -> str:
    """The judge's balanced accuracy on each labelled set, beside the lexical floor and a constant answer."""
    with rc_context(STYLE):
        figure, axes = rows_figure([str(item.get("set")) for item in sets], extra=0.35)
        said = []
        for place, item in enumerate(sets):
            value = _number(item.get("bacc"))
            if value is None:
                continue
            axes.barh([place], [value], height=0.56, color=ACCENT, alpha=0.35)
            if (between := _pair(item.get("interval"))) is not None:
                axes.plot(between, [place, place], color=ACCENT, linewidth=2)
            for key, colour in (("floor", BAD), ("constant", SOFT)):
                if (at := _number(item.get(key))) is not None:
                    axes.plot([at, at], [place - 0.36, place + 0.36], color=colour, linewidth=2)
            axes.text(
                1.02, place, f"{value:.3f} · n {item.get('n', '–')}", va="center", transform=axes.get_yaxis_transform()
            )
            said.append(f"{item.get('set')}: {value:.3f}, floor {item.get('floor', 'unknown')}")
        axes.plot([], [], color=BAD, label="lexical floor")
        axes.plot([], [], color=SOFT, label="a constant")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=9.5)
        axes.set_xlim(0, 1)
        axes.set_xlabel("balanced accuracy")
        axes.grid(axis="x")
        return to_svg(figure, "judge", "Balanced accuracy of the judge", "; ".join(said))


def waterfall(counts: Mapping[str, int]) -> str:
    """All answerable questions, and at each step those that were lost there; what remains is good."""
    total = sum(counts.values())
    steps = [("answerable questions", total), *counts.items()]
    with rc_context(STYLE):
        figure, axes = rows_figure([name for name, _ in steps], right=0.22)
        left = float(total)
        for place, (name, count) in enumerate(steps):
            whole = name in ("answerable questions", "good")
            start = 0.0 if whole else left - count
            axes.barh(
                [place],
                [count],
                left=[start],
                height=0.62,
                color=SOFT if place == 0 else GOOD if name == "good" else BAD,
                alpha=0.75,
            )
            if not whole:
                left -= count
            share = f"{'' if whole or not count else '−'}{count} · {100 * count / max(total, 1):.0f} %"
            axes.text(1.02, place, share, va="center", transform=axes.get_yaxis_transform())
        axes.set_xlim(0, max(total, 1))
        axes.grid(axis="x")
        axes.set_xlabel("questions")
        return to_svg(figure, "losses", "Where questions were lost", "; ".join(f"{name} {n}" for name, n in steps))


def latency_bars(stages: Sequence[Stage]) -> str:
    """Median and 95th percentile of the milliseconds of each step."""
    with rc_context(STYLE):
        figure, axes = rows_figure([stage.name for stage in stages], right=0.3, extra=0.35)
        for place, stage in enumerate(stages):
            axes.barh([place], [stage.p95], height=0.6, color=ACCENT, alpha=0.25)
            axes.barh([place], [stage.p50], height=0.6, color=ACCENT, alpha=0.75)
            text = f"{stage.p50:,.0f} / {stage.p95:,.0f} ms"
            axes.text(1.02, place, text, va="center", transform=axes.get_yaxis_transform())
        axes.barh([0], [0], color=ACCENT, alpha=0.75, label="median")
        axes.barh([0], [0], color=ACCENT, alpha=0.25, label="95th percentile")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=9.5)
        axes.set_xlabel("milliseconds")
        axes.grid(axis="x")
        said = [
            f"{stage.name}: median {stage.p50:.0f}, 95th percentile {stage.p95:.0f} of {stage.n}" for stage in stages
        ]
        return to_svg(figure, "latency", "Milliseconds of each step", "; ".join(said))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _pair(value: object) -> Interval | None:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    low, high = map(_number, value)
    return (low, high) if low is not None and high is not None else None
