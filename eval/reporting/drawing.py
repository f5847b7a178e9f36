"""The sheet that figures are drawn on: sizes, colours, and the SVG that a page takes in.

A figure is drawn in stand-in colours, which become the page's CSS variables: so one SVG suits light, dark and paper.
All are as wide as a telephone, for there the letters must still be read.
"""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH = 5.0  # inches of 72 units
ROW = 0.34  # inches of one row of a figure with names at its left
# A stand-in for each variable of the page's style; a figure uses no other colours.
INK, SOFT, LINE, SHEET = "#010101", "#020202", "#030303", "#040404"
ACCENT, GOOD, BAD, EVEN = "#050505", "#060606", "#070707", "#080808"
VARIABLES = {
    INK: "ink",
    SOFT: "soft",
    LINE: "line",
    SHEET: "sheet",
    ACCENT: "accent",
    GOOD: "good",
    BAD: "bad",
    EVEN: "even",
}
STYLE: dict[Any, Any] = {  # the names are literals to the type checker
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "font.size": 10.5,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "text.parse_math": False,  # a name with two $ in it is no formula
    "legend.frameon": False,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.8,
}


def rows_figure(names: Sequence[str], *, right: float = 0.27, extra: float = 0.0) -> tuple[Figure, Axes]:
    """Room for a row for each name: the names to the left, numbers to the right, `extra` inches above for a legend."""
    labels = [wrapped(name, 23) for name in names]
    row = ROW if all("\n" not in label for label in labels) else 1.3 * ROW
    height = row * max(1, len(names)) + 0.7 + extra
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((0.4, 0.58 / height, 0.6 - right, 1 - (0.7 + extra) / height))
    axes.set_yticks(range(len(names)), labels)
    axes.set_ylim(max(1, len(names)) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=4)
    return figure, axes


def plot_figure(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((0.145, 0.56 / height, 0.84, 1 - 0.66 / height))
    axes.tick_params(axis="y", labelcolor=SOFT)
    return figure, axes


def wrapped(text: str, width: int) -> str:
    """The text in lines of about so many characters."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)


def to_svg(figure: Figure, name: str, title: str, description: str) -> str:
    """The figure as an element of a page: ids of its own, colours of the page, a title and a description to be read."""
    out = io.StringIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*[Gg]lyph")  # measured too wide at worst; the browser has its own
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r'(url\(|href=")#', rf"\1#{name}-", text)
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, f"var(--{variable})")
    # The measures were taken with another letter, a wide one, so every text fits.
    text = re.sub(r"(font: [\d.]+px) [^;\"]*", r"\1 var(--sans)", text)
    view = re.search(r'viewBox="([^"]+)"', text)
    labels = f'role="img" aria-labelledby="{name}-title {name}-said"'
    head = (
        f'<svg class="figure" viewBox="{view[1] if view else ""}" {labels}>'
        f'<title id="{name}-title">{html.escape(title)}</title><desc id="{name}-said">{html.escape(description)}</desc>'
    )
    return head + text[text.index(">") + 1 :].strip()
