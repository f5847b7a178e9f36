"""Rewrites the README's answer and figures between their markers, from a run and a question asked just now."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.bench import tables
from eval.bench.speed import Row as BenchRow
from eval.lock import LOCKED
from eval.outcomes import Run
from eval.report import Row, summarise

ROOT = Path(__file__).resolve().parent.parent
LARGE = ROOT / "eval" / "bench" / "results-large.json"  # of `make bench-large`
QUESTION = "How many U.S. troops are in the Caribbean?"
# metric -> what a reader calls it
SHOWN = {
    "answer_correct": "answers correct",
    "gold_citation_recall": "gold citations found",
    "fully_good": "fully good: correct, all evidence cited, every quotation exact, both sides shown",
    "given_right": "of the answers given, right",
    "refusal_recall": "unanswerable questions refused",
    "refusal_score": "score: 1 right answer or right refusal, 0 needless refusal, −1 wrong answer",
    "false_refusal": "answerable questions refused (lower is better)",
    "gold_citation_precision": "citations given that are evidence",
    "evidence_recall@1": "evidence in the first passage",
    "evidence_recall@5": "evidence in the first five passages",
    "citation_recall": "sentences that their citations support",
    "quote_exact": "quotations exact",
}
SIZED = (  # of the figures of eval/bench/scale.py
    "adding, all but embedding",
    "disk beside text and originals",
    "memory, most",
    "opening",
    "opening to the first passages",
    "search, median",
    "search, 95th percentile",
    "search, 95th percentile by that at 10000",
    "ask, median",
    "ask, 95th percentile",
    "recall@10",
)


def write_figures(readme: Path, run: Run) -> None:
    """Puts the run's table and a fresh answer into the README; of a run of the locked questions its table alone."""
    text = readme.read_text(encoding="utf-8")
    if run.about.get("split") == LOCKED:
        readme.write_text(replace_between(text, "locked", figures_table(run)), encoding="utf-8")
        return
    text = replace_between(text, "figures", figures_table(run))
    text = replace_between(text, "answer", _example())
    if LARGE.exists():
        text = replace_between(text, "scale", scale_table(json.loads(LARGE.read_text(encoding="utf-8"))))
    readme.write_text(text, encoding="utf-8")


def write_robustness(readme: Path, folder: Path) -> None:
    """Puts what the run's folder holds of edited articles into the evaluation's README; nothing if it holds none."""
    path = folder / "robustness.json"
    if path.exists():
        rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
        text = readme.read_text(encoding="utf-8")
        readme.write_text(replace_between(text, "robustness", robustness_table(rows)), encoding="utf-8")


def robustness_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows of robustness.json as a table."""
    lines = [_line(["test", "figure", "value", "95 % interval", "n", "note"]), _line(["---"] * 6)]
    for row in rows:
        between = f"{row['interval'][0]:.3f} to {row['interval'][1]:.3f}" if row["interval"] else "–"
        note = str(row["note"]).replace("|", "/")
        lines.append(_line([row["test"], row["metric"], _number(row["value"]), between, str(row["n"]), note]))
    return "\n".join(lines)


def check_figures(readme: Path, run: Run) -> list[str]:
    """What the README says otherwise than the run, line by line; the milliseconds, another on every machine, apart."""
    said, found = (
        [line for line in text.splitlines() if line.startswith("|")]
        for text in (_block(readme.read_text(encoding="utf-8"), "figures"), figures_table(run))
    )
    return [f"says: {line}" for line in said if line not in found] + [
        f"the run says: {line}" for line in found if line not in said
    ]


def _block(text: str, name: str) -> str:
    found = _between(name).search(text)
    if not found:
        raise ValueError(f"no markers <!-- {name} --> … <!-- /{name} -->")
    return found[2]


def _between(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- {name} -->\n)(.*?)(<!-- /{name} -->)", re.DOTALL)


def replace_between(text: str, name: str, block: str) -> str:
    """The text with what stands between <!-- name --> and <!-- /name --> replaced; ValueError without markers."""
    _block(text, name)
    return _between(name).sub(lambda found: found[1] + block.strip("\n") + "\n" + found[3], text)


def figures_table(run: Run) -> str:
    rows = {row.name: row for row in summarise(run)}
    names = list(run.controls)
    lines = [_line(["figure", "value", "95 % interval", "n", *names]), _line(["---"] * (4 + len(names)))]
    lines += [_line([label, *_cells(rows[metric], names)]) for metric, label in SHOWN.items()]
    milliseconds = run.about["milliseconds"]
    lines += ["", f"Milliseconds an answer, warm: median {milliseconds['p50']}, 95th percentile {milliseconds['p95']}."]
    return "\n".join(lines)


def _cells(row: Row, controls: Sequence[str]) -> list[str]:
    between = f"{row.interval[0]:.3f}–{row.interval[1]:.3f}" if row.interval else "–"
    return [_number(row.value), between, str(row.n), *(_number(row.controls[name]) for name in controls)]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def scale_table(results: Mapping[str, Any]) -> str:
    """What the large benchmark measured at each size, as far as SIZED names it; misses of a goal are bold."""
    rows = [BenchRow(**{name: value for name, value in row.items() if name != "met"}) for row in results["rows"]]
    sized = {size: {name: own[name] for name in SIZED if name in own} for size, own in tables.by_size(rows).items()}
    machine = f"{results['cores']} cores ({results['cpu']}), load {results['load'][0]}"
    return f"{tables.size_table(sized)}\n\nMeasured {results['measured'][:10]} on {machine}."


def _example() -> str:
    """What the command prints for a question to a new library of the seeds."""
    with tempfile.TemporaryDirectory() as folder:
        command, pinned = [sys.executable, "-m", "qa"], {**os.environ, "QA_PRECISION": "f32"}  # as in the evaluation
        add = [*command, "add", "--library", folder, str(ROOT / "seeds")]
        subprocess.run(add, check=True, stdout=subprocess.PIPE, env=pinned)
        ask = [*command, "ask", "--library", folder, QUESTION]
        run = subprocess.run(ask, stdout=subprocess.PIPE, text=True, env=pinned)
    return f'```\n$ qa ask "{QUESTION}"\n{run.stdout.rstrip()}\n```'
