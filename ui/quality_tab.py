"""The tab of quality: whether the library is sound, and what the newest run of the evaluation measured."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from qa.errors import QAError
from ui.parts import PRIVATE, panel
from ui.quality import RunReport, render_findings, render_rebuilding, render_run
from ui.render import render_error

if TYPE_CHECKING:
    from qa.library import Library

RUNS = (Path("eval-runs"), Path("eval/runs"))  # where `qa eval` puts one's own, and the program's
MOST_BYTES = 5_000_000  # of a report
NOT_CHECKED = '<p class="empty">Checking reads the whole library; that may take a while on a large one.</p>'
ASK_FIRST = """() => [confirm("Build both indexes anew from the ledger? Questions are answered meanwhile.")]"""


class QualityTab:
    """The handlers of the tab over one library."""

    def __init__(self, library: Library) -> None:
        self.library = library

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

    def show_run(self) -> str:
        """The newest report of the evaluation."""
        return render_run(find_report(RUNS))


def _run(rebuild: Any, failed: list[QAError]) -> None:
    try:
        rebuild()
    except QAError as error:
        failed.append(error)


def find_report(folders: Sequence[Path]) -> RunReport | None:
    """The report of the newest run in those folders, but for runs of the locked questions; None without any."""
    runs = [run for folder in folders if folder.is_dir() for run in folder.iterdir() if (run / "report.html").is_file()]
    for run in sorted(runs, key=lambda run: run.name, reverse=True):
        try:
            about = json.loads((run / "run.json").read_text(encoding="utf-8"))
            large = (run / "report.html").stat().st_size > MOST_BYTES
            if about.get("split") == "test" or large:
                continue
            page = (run / "report.html").read_text(encoding="utf-8", errors="replace")
            return RunReport(run, str(about.get("started") or "an unknown time"), bool(about.get("own")), page)
        except (OSError, ValueError, AttributeError):  # half written, or something else's
            continue
    return None


def build_quality_tab(opened: gr.Tab, tab: QualityTab) -> None:
    """The parts of the tab, wired; opening it shows the newest run."""
    with gr.Row(elem_classes="health-row"):
        check = gr.Button("Check the library", scale=0, min_width=160, elem_id="check")
        rebuild = gr.Button("Rebuild the indexes", scale=0, min_width=170, elem_id="rebuild")
    health = panel(NOT_CHECKED, "health-panel")
    run = panel("", "run-panel")
    confirmed = gr.Checkbox(visible=False)
    check.click(tab.check, outputs=health, concurrency_limit=1, **PRIVATE)
    rebuild.click(tab.rebuild, confirmed, health, js=ASK_FIRST, concurrency_limit=1, **PRIVATE)
    opened.select(tab.show_run, outputs=run, **PRIVATE)
