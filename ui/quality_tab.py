"""The tab of quality: whether the library is sound, what was said of its answers, and what evaluations measured."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from qa.errors import QAError
from ui.parts import PRIVATE, panel
from ui.quality import (
    NO_RUN,
    render_feedback_counts,
    render_findings,
    render_measured,
    render_rebuilding,
    render_run,
)
from ui.render import render_error
from ui.runs import BASELINE, Run, earlier_than, find_runs, measure

if TYPE_CHECKING:
    from qa.library import Library

RUNS = (Path("eval-runs"), Path("eval/runs"))  # where `qa eval` puts one's own, and the program's
NOT_CHECKED = '<p class="empty">Checking reads the whole library; that may take a while on a large one.</p>'
ASK_FIRST = """() => [confirm("Build both indexes anew from the ledger? Questions are answered meanwhile.")]"""


class QualityTab:
    """The handlers of the tab over one library."""

    def __init__(self, library: Library, runs: Sequence[Path] = RUNS) -> None:
        self.library, self.runs = library, runs

    def check(self) -> str:
        """What `qa check` finds."""
        try:
            return render_findings(self.library.check())
        except QAError as error:
            return render_error(str(error))

    def rebuild(self, confirmed: bool) -> Iterator[Any]:
        """How long it takes so far, each second, then that it is done; nothing unless it was confirmed."""
        if confirmed is not True:
            yield gr.skip()
            return
        failed: list[QAError] = []
        started = time.monotonic()
        work = threading.Thread(target=_run, args=(self.library.rebuild, failed), name="rebuild")
        work.start()
        while work.is_alive():
            yield render_rebuilding(time.monotonic() - started, done=False)
            work.join(1.0)
        yield render_error(str(failed[0])) if failed else render_rebuilding(time.monotonic() - started, done=True)

    def open(self, chosen: str | None, against: str | None) -> tuple[Any, Any, str, str, str]:
        """The runs to choose from, what the chosen one, else the newest, is held against, and what both panels and the
        feedback show.
        """
        runs = find_runs(self.runs)
        run = _named(chosen, runs)
        choices = gr.Dropdown(choices=[(run.label, run.name) for run in runs], value=run.name if run else None)
        return choices, *self._show(run, against, runs), self._count_feedback()

    def choose(self, chosen: str | None) -> tuple[Any, str, str]:
        """What the run is held against, its figures and its report."""
        runs = find_runs(self.runs)
        return self._show(_named(chosen, runs), None, runs)

    def compare(self, chosen: str | None, against: str | None) -> str:
        """The run's figures beside those of another."""
        runs = find_runs(self.runs)
        run = _named(chosen, runs)
        return self._measure(run, against, runs) if run else NO_RUN

    def _show(self, run: Run | None, against: str | None, runs: Sequence[Run]) -> tuple[Any, str, str]:
        if run is None:
            return gr.Dropdown(choices=[], value=None), NO_RUN, ""
        choices = [(other.label, other.name) for other in earlier_than(run, runs)]
        choices += [] if run.own else [("The baseline", BASELINE)]
        names = [name for _, name in choices]
        kept = against if against in names else next(iter(names), None)
        held = gr.Dropdown(choices=choices, value=kept)
        return held, self._measure(run, kept, runs), render_run(run.own, run.report())

    def _measure(self, run: Run, against: str | None, runs: Sequence[Run]) -> str:
        earlier = next((other for other in earlier_than(run, runs) if other.name == against), None)
        return render_measured(measure(run, earlier))

    def _count_feedback(self) -> str:
        try:
            return render_feedback_counts(Counter(given.verdict for given in self.library.feedback()))
        except QAError as error:
            return render_error(str(error))


def _named(name: str | None, runs: Sequence[Run]) -> Run | None:
    """The run with that name, else the newest: a name leads to no other folder."""
    return next((run for run in runs if run.name == name), runs[0] if runs else None)


def _run(rebuild: Any, failed: list[QAError]) -> None:
    try:
        rebuild()
    except QAError as error:
        failed.append(error)


def build_quality_tab(opened: gr.Tab, tab: QualityTab) -> None:
    """The parts of the tab, wired; opening it shows the newest run, or again the one that was chosen."""
    with gr.Row(elem_classes="health-row"):
        check = gr.Button("Check the library", scale=0, min_width=160, elem_id="check")
        rebuild = gr.Button("Rebuild the indexes", scale=0, min_width=170, elem_id="rebuild")
    health = panel(NOT_CHECKED, "health-panel")
    gr.HTML("<h2>Feedback</h2>", elem_classes="quality-head", apply_default_css=False)
    feedback = panel("", "counts-panel")
    gr.HTML("<h2>Evaluation</h2>", elem_classes="quality-head", apply_default_css=False)
    with gr.Row(elem_classes="runs-row"):
        run = gr.Dropdown(label="Run", choices=[], elem_id="run", min_width=280)
        against = gr.Dropdown(label="Compared with", choices=[], elem_id="against", min_width=280)
    figures = panel("", "figures-panel")
    report = panel("", "run-panel")
    confirmed = gr.Checkbox(visible=False)
    check.click(tab.check, outputs=health, concurrency_limit=1, **PRIVATE)
    rebuild.click(tab.rebuild, confirmed, health, js=ASK_FIRST, concurrency_limit=1, **PRIVATE)
    opened.select(tab.open, [run, against], [run, against, figures, report, feedback], **PRIVATE)
    run.input(tab.choose, run, [against, figures, report], **PRIVATE)
    against.input(tab.compare, [run, against], figures, **PRIVATE)
