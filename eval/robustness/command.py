"""How answers bear an edited corpus: the same question before and after, `python -m eval robustness`.

Every test is paired: facts swapped, evidence hidden, noise and copies added, instructions planted, the question worded
otherwise. `robustness.json` in the folder of a run holds the rows and every question with both answers.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from eval.cases import Case
from eval.outcomes import newest_run
from eval.questions import load_cases, read_texts
from eval.robustness.bench import Bench, Outcome, in_drawn_order, remember
from eval.robustness.edits import Edit, load_edits
from eval.robustness.libraries import OpenVariant, libraries_of
from eval.robustness.questions import as_of, conflict, paraphrases
from eval.robustness.rows import Robustness, Row
from eval.robustness.trials import counterfactual, duplicates, evidence_removed, injections, noise
from eval.run import ARTICLES
from qa.settings import Settings

EVAL = Path(__file__).resolve().parent.parent
EDITS = EVAL / "edits.jsonl"
TRIALS: Mapping[str, Callable[[Bench], Outcome]] = {
    "counterfactual": counterfactual,
    "evidence_removed": evidence_removed,
    "noise": noise,
    "conflict": conflict,
    "date": as_of,
    "duplicates": duplicates,
    "paraphrases": paraphrases,
    "injections": injections,
}


def measure_robustness(
    cases: Sequence[Case],
    articles: Sequence[Path],
    settings: Settings,
    *,
    most: int | None = None,
    only: Iterable[str] = TRIALS,
) -> Robustness:
    """The tests with the dev questions among the cases, at most `most` a test, of the articles in these folders."""
    texts = read_texts(*articles)
    cases = [case for case in cases if case.split == "dev"]
    edits = load_edits(EDITS, cases, texts)
    with libraries_of(texts, settings) as open_variant:
        return run_tests(cases, texts, edits, open_variant, most=most, only=only)


def run_tests(
    cases: Sequence[Case],
    texts: Mapping[str, str],
    edits: Sequence[Edit],
    open_variant: OpenVariant,
    *,
    most: int | None = None,
    only: Iterable[str] = TRIALS,
) -> Robustness:
    """The tests, with whatever opens libraries."""
    with open_variant({}) as plain:
        bench = Bench(in_drawn_order(cases), texts, tuple(edits), plain, remember(plain.asker), open_variant, most)
        outcomes = [TRIALS[name](bench) for name in only]
    rows = (row for found, _ in outcomes for row in found)
    return Robustness(tuple(rows), tuple(change for _, found in outcomes for change in found), most)


# The command


def write_robustness(folder: Path, robustness: Robustness) -> None:
    """Writes robustness.json into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(robustness), ensure_ascii=False, indent=2)
    (folder / "robustness.json").write_text(text + "\n", encoding="utf-8")


def robustness_command(arguments: Sequence[str]) -> int:
    """Measures, stores beside a run, prints; 0 done."""
    parser = argparse.ArgumentParser(
        prog="python -m eval robustness", description="Ask the dev questions of edited copies of the articles."
    )
    parser.add_argument("--questions", type=Path, default=EVAL / "questions.jsonl", metavar="FILE")
    parser.add_argument("--articles", type=Path, nargs="+", default=ARTICLES, metavar="DIR")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: the folder of the newest run")
    parser.add_argument("--most", type=int, metavar="N", help="at most so many questions a test; default: all")
    parser.add_argument("--only", nargs="+", choices=tuple(TRIALS), default=tuple(TRIALS), metavar="TEST")
    options = parser.parse_args(arguments)
    if options.most is not None and options.most < 1:
        parser.error("--most is 1 or more")
    folder = options.out or newest_run(EVAL / "runs")
    cases = load_cases(options.questions, read_texts(*options.articles))
    settings = Settings.from_environment()
    robustness = measure_robustness(cases, options.articles, settings, most=options.most, only=options.only)
    write_robustness(folder, robustness)
    print("\n".join(table(robustness.rows)))
    print(f"stored in {folder / 'robustness.json'}")
    return 0


def table(rows: Iterable[Row]) -> list[str]:
    """The rows as aligned lines."""
    lines = ["test            metric                           value    n  95 % interval    note"]
    for row in rows:
        value = "–" if row.value is None else f"{row.value:.3f}"
        between = f"{row.interval[0]:.3f} to {row.interval[1]:.3f}" if row.interval else ""
        lines.append(f"{row.test:<15} {row.metric:<31} {value:>6} {row.n:>4}  {between:<16} {row.note}".rstrip())
    return lines
