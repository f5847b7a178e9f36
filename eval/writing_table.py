"""`python -m eval writing`: the same questions without a model, with one, and with one unchecked, side by side.

The replies are those of eval/written/replies.jsonl, so no model is needed; --readme puts the table into README.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.outcomes import Run, run_now
from eval.readme import ROOT, replace_between
from eval.report import Row, summarise
from qa.settings import Settings

REPLIES = Path(__file__).parent / "written" / "replies.jsonl"
LIMIT, CONTEXT = 120, 1_500  # questions and tokens with which the replies were recorded
METRICS = {
    "answer_correct": "answers correct",
    "gold_citation_recall": "gold citations found",
    "fully_good": "fully good",
    "refusal_recall": "unanswerable questions refused",
    "citation_recall": "sentences that their citations support, by the judge of words",
    "worded": "answers given that have words of the model",
    "withheld": "its sentences withheld, of those shown or withheld, by answer",
}


def writing_command(arguments: Sequence[str]) -> int:
    """Asks the sample three times and prints the table."""
    from eval.run import ARTICLES, QUESTIONS, evaluate  # loads models

    parser = argparse.ArgumentParser(prog="python -m eval writing", description="Measure answers in a model's words.")
    parser.add_argument("--replies", type=Path, default=REPLIES, metavar="FILE", help="what a model wrote")
    parser.add_argument("--limit", type=int, default=LIMIT, metavar="N", help="questions, drawn by chance")
    parser.add_argument("--readme", action="store_true", help="put the table into README.md")
    options = parser.parse_args(arguments)
    plain = Settings.from_environment(llm="", llm_replies="", llm_context=CONTEXT)
    worded = Settings.from_environment(llm="", llm_replies=str(options.replies), llm_context=CONTEXT)
    runs = {}
    for name, settings, verified in (
        ("no model", plain, True),
        ("checked", worded, True),
        ("unchecked", worded, False),
    ):
        found = evaluate(QUESTIONS, ARTICLES, settings, split="dev", limit=options.limit, verified=verified)
        runs[name] = run_now(found.about, found.asked)
        for note in found.about["notes"]:
            print(f"note: {name}: {note}")
    table = writing_table(runs)
    print(table)
    if options.readme:
        readme = ROOT / "README.md"
        readme.write_text(replace_between(readme.read_text(encoding="utf-8"), "writing", table), encoding="utf-8")
    return 0


def writing_table(runs: Mapping[str, Run]) -> str:
    """A line a figure, a column a run; below it what was measured of the replies and of the judge."""
    rows = {name: {row.name: row for row in summarise(run)} for name, run in runs.items()}
    lines = [_line(["figure", *runs]), _line(["---"] * (1 + len(runs)))]
    for metric, label in METRICS.items():
        lines.append(_line([label, *(_cell(found.get(metric)) for found in rows.values())]))
    shares = {name: {share["name"]: share for share in run.about["writing"]} for name, run in runs.items()}
    names = dict.fromkeys(share for found in shares.values() for share in found)
    judged = [name for name in names if "though" in name]
    for label in (name for name in names if name not in judged):
        lines.append(_line([label, *(_share(found.get(label)) for found in shares.values())]))
    lines += ["", _line(["the judge of its sentences, on labelled ones", "share"]), _line(["---"] * 2)]
    lines += [_line([label, _share(shares["checked"].get(label))]) for label in judged if "tuned" not in label]
    return "\n".join(lines)


def _cell(row: Row | None) -> str:
    if row is None or row.value is None or row.interval is None:
        return "–"
    return f"{row.value:.3f} ({row.interval[0]:.3f}–{row.interval[1]:.3f}), n {row.n}"


def _share(share: Mapping[str, Any] | None) -> str:
    if share is None or not share["n"]:
        return "–"
    low, high = share["interval"]
    return f"{share['found'] / share['n']:.3f} ({low:.3f}–{high:.3f}), n {share['n']}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
