"""What became of the sentences that a language model wrote; not measured of answers that none had a part in."""

from __future__ import annotations

from eval.metrics.measure import Measure, flag, not_applicable, share
from qa.generate import MADE_UP
from qa.types import Answer

NAMES = ("worded", "withheld", "invented_numbers")


def measure_writing(answer: Answer) -> dict[str, Measure]:
    """Whether the answer has words of the model, the share of its sentences withheld, whether it made up a number."""
    if answer.status == "refused" or not any(model.role == "writer" for model in answer.provenance.models):
        return dict.fromkeys(NAMES, not_applicable("no language model"))
    shown = [sentence for sentence in answer.sentences if sentence.generated]
    withheld = [item for item in answer.withheld if item.reason != MADE_UP]
    wrote = len(shown) + len(withheld)
    reasons = "; ".join(item.reason for item in withheld)
    return {
        "worded": flag(bool(shown)),
        "withheld": share(len(withheld), wrote, reasons) if wrote else not_applicable("it wrote nothing"),
        "invented_numbers": flag(len(withheld) < len(answer.withheld)),
    }
