"""Fits the support judge and measures it on public claims: python -m eval.bench.support --data DIR [--fit]

The weights come from summaries, questions and paragraphs (eval.bench.support_data). The claims of WiCE and
AttributionBench choose the threshold only, and what is printed for them takes the threshold of other articles' claims.
What is printed for a set of summaries is by weights fitted without it. The edits are those of eval.bench.support_edits.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from eval.bench.support_data import TUNING, read_sets, read_training
from eval.bench.support_edits import detections, read_paraphrases, read_quotations
from eval.bench.support_fit import (
    Bools,
    Judged,
    Worth,
    best_threshold,
    cross_decide,
    fit_weights,
    judge_claims,
    measure_worth,
)
from eval.judge import CARD, WEIGHTS, Weights, judge, judge_name, load_weights, parse_weights

Sets = Mapping[str, Judged]
SUMMARIES = "summaries"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.support", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the benchmark data: support/, reading/")
    parser.add_argument("--fit", action="store_true", help="fit the weights first and store them")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="default: eval/judge.json")
    parser.add_argument("--card", action="store_true", help="store the figures, which reports show")
    options = parser.parse_args(arguments)
    sets = {name: judge_claims(claims) for name, claims in read_sets(options.data).items()}
    if not sets:
        print(f"no claims in {options.data}/support: give the folder of benchmark data with --data", file=sys.stderr)
        return 1
    training = judge_training(options.data, sets)
    if options.fit:
        record = fit_weights(training, [sets[name] for name in TUNING if name in sets])
        options.weights.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        load_weights.cache_clear()
    weights = parse_weights(json.loads(options.weights.read_text(encoding="utf-8")))
    print(f"{'':46}BAcc             AUROC TPR   TNR   F1(-) ECE       n    ms")
    cards = []
    for name, rows, milliseconds in worth_of_sets(sets, training, weights):
        cards.append(card_of(name, rows))
        for row, worth in rows.items():
            print(format_worth(f"{name}, {row}", worth, milliseconds if row == "judge" else None))
    if load_weights() == weights:
        print_edits()
    if options.card:
        data = {"name": judge_name(), "sets": cards}
        CARD.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return 0


def judge_training(folder: Path, sets: Sets) -> dict[str, list[Judged]]:
    """The claims that weights come from, by kind; the sets of summaries are those that were judged."""
    summaries = [judged for name, judged in sets.items() if name.startswith("summedits")]
    others = {kind: [judge_claims(claims)] for kind, claims in read_training(folder).items()}
    return {**({SUMMARIES: summaries} if summaries else {}), **others}


def worth_of_sets(
    sets: Sets, training: Mapping[str, Sequence[Judged]], weights: Weights
) -> Iterator[tuple[str, dict[str, Worth], float]]:
    """Of every set its name, the worth of the judge, of the floor and of a constant, and milliseconds a claim."""
    tuned = {name: judged for name, judged in sets.items() if name in TUNING}
    by_judge = cross_decide({name: (judged, judged.scores(weights)) for name, judged in tuned.items()})
    by_floor = cross_decide({name: (judged, judged.overlaps()) for name, judged in tuned.items()})
    floor = best_threshold([(judged.supported, judged.overlaps()) for judged in tuned.values()])
    for name, judged in sets.items():
        own = weights_without(judged, training, list(tuned.values())) if name.startswith("summedits") else weights
        scores, overlaps = judged.scores(own), judged.overlaps()
        said = by_judge.get(name, scores >= own.threshold)
        said_by_floor = by_floor.get(name, overlaps >= floor)
        rows = {
            "judge": measure_worth(judged, said, scores, judged.probabilities(own)),
            "floor: overlap": measure_worth(judged, said_by_floor, overlaps),
            "constant: unsupported": measure_constant(judged),
        }
        yield name, rows, judged.milliseconds


def card_of(name: str, rows: Mapping[str, Worth]) -> dict[str, object]:
    """What the card says of a set."""
    judged, floor, constant = rows.values()
    return {
        "set": name,
        "bacc": round(judged.balanced, 4),
        "interval": [round(end, 4) for end in judged.interval],
        "floor": round(floor.balanced, 4),
        "constant": round(constant.balanced, 4),
        "n": judged.n,
    }


def weights_without(judged: Judged, training: Mapping[str, Sequence[Judged]], tuning: Sequence[Judged]) -> Weights:
    """The weights fitted to everything but this set."""
    rest = {kind: [other for other in found if other is not judged] for kind, found in training.items()}
    return parse_weights(fit_weights({kind: found for kind, found in rest.items() if found}, tuning))


def measure_constant(judged: Judged) -> Worth:
    """What it is worth to call everything unsupported."""
    none: Bools = np.zeros(len(judged.supported), dtype=bool)
    same = np.full(len(none), judged.supported.mean())
    return measure_worth(judged, none, same)


def format_worth(name: str, worth: Worth, milliseconds: float | None) -> str:
    low, high = worth.interval
    figures = (worth.auroc, worth.sensitivity, worth.specificity, worth.f1_unsupported, worth.ece)
    time = f" {milliseconds:5.2f}" if milliseconds is not None else ""
    return (
        f"{name:46}{worth.balanced:.3f} [{low:.2f}–{high:.2f}] "
        + " ".join(f"{figure:.3f}" for figure in figures)
        + f" {worth.n:5}{time}"
    )


def print_edits() -> None:
    """How many edited sentences are found unsupported, and of the untouched ones, how many wrongly so."""
    print(f"\n{judge_name()}: found unsupported; in brackets the 95 % interval; and by the edit's own check")
    for row in edit_rows():
        print(row)


def edit_rows() -> Iterator[str]:
    paraphrases = read_paraphrases()
    groups = {
        "sentences of the corpus": list(read_quotations()),
        **{
            f"paraphrases, {part}": [sample for sample in paraphrases if sample.part == part]
            for part in ("tuned", "unseen")
        },
    }
    for name, samples in groups.items():
        for around in (False, True):
            yield f"{name}, against the {'passage' if around else 'quotation'}"
            for found in detections(samples, judge, around=around):
                low, high = found.interval
                rate = found.found / max(1, found.n)
                yield (
                    f"  {found.name:10} {rate:.3f} [{low:.3f}–{high:.3f}] n={found.n:4}, "
                    f"{found.by_check / max(1, found.n):.3f} by its check"
                )


if __name__ == "__main__":
    sys.exit(main())
