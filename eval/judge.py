"""Whether a sentence is supported by the texts that it cites, from words alone: `judge(sentence, sources)`.

No model that answers has a part in it: rules (eval.judging.checks) and a logistic regression over word overlap
(eval.judging.features), whose weights are in judge.json. It sees no meaning, so a paraphrase without a common word
looks unsupported to it, and two numbers that changed places within a sentence look right. Its flags wrongly accused one
in ten faithful paraphrases that they were not tuned on, and none of the 1,024 sentences that were quoted as they stand.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from eval.judging.aligned import Laid, lay
from eval.judging.checks import FLAGS, check
from eval.judging.features import NAMES, features

WEIGHTS = Path(__file__).with_name("judge.json")
CARD = Path(__file__).with_name("judge_card.json")  # what eval.bench.support measured of these weights


class WeightsInvalid(Exception):
    """The judge's weights can't be used: the message says why and how to make them anew."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`supported` if no check failed and `score`, the probability of support by the words, reaches the threshold."""

    supported: bool
    score: float
    flags: tuple[str, ...]  # of "number", "name", "negation", "stitched"


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression over `features`, and the least probability that counts as support."""

    coefficients: tuple[float, ...]
    intercept: float
    threshold: float


def judge(sentence: str, sources: Sequence[str]) -> Verdict:
    """The verdict on one sentence against all its cited texts together; without a source nothing is supported."""
    return judge_by(load_weights(), sentence, sources)


def judge_by(weights: Weights, sentence: str, sources: Sequence[str]) -> Verdict:
    """The same with given weights."""
    laid = lay(sentence, sources)
    if not laid.sentence.tokens or not any(source.tokens for source in laid.sources):
        return Verdict(False, 0.0, ())
    if laid.verbatim:
        return Verdict(True, 1.0, ())
    flags = find_flags(laid, sources)
    score = probability(weights, features(laid, flags))
    return Verdict(not flags and score >= weights.threshold, score, flags)


def find_flags(laid: Laid, sources: Sequence[str]) -> tuple[str, ...]:
    """What is wrong with any of its sentences: each is compared with the source sentence nearest to it."""
    parts = laid.sentence.parts
    if len(parts) == 1:
        return check(laid)
    found = {flag for part in parts for flag in check(lay(part, sources))}
    return tuple(flag for flag in FLAGS if flag in found)


def probability(weights: Weights, values: Sequence[float]) -> float:
    """The logistic function of the weighted sum, 0–1."""
    total = weights.intercept + sum(w * v for w, v in zip(weights.coefficients, values, strict=True))
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, total))))


@lru_cache(maxsize=1)
def load_weights(path: Path = WEIGHTS) -> Weights:
    """The weights of the file; WeightsInvalid if they are missing or of other features."""
    try:
        stored: Mapping[str, object] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsInvalid(f"can't read {path.name}: {error}; {_REMEDY}") from error
    return parse_weights(stored)


def parse_weights(stored: Mapping[str, object]) -> Weights:
    """The weights of the stored record; WeightsInvalid if the features are not those of the code."""
    coefficients = stored.get("coefficients")
    if not isinstance(coefficients, dict) or tuple(coefficients) != NAMES:
        raise WeightsInvalid(f"the weights are not for the judge's {len(NAMES)} features; {_REMEDY}")
    return Weights(
        tuple(float(coefficients[name]) for name in NAMES),
        float(str(stored["intercept"])),
        float(str(stored["threshold"])),
    )


def judge_name() -> str:
    """The judge by a digest of its rules and weights, for the record of a run: "lexical (6f1c9a02)"."""
    own, rules = Path(__file__), sorted(Path(__file__).with_name("judging").glob("*.py"))
    files = [*rules, own, *([WEIGHTS] if WEIGHTS.exists() else [])]
    # Line ends apart: a checkout on another system may write others.
    parts = (path.name.encode() + path.read_bytes().replace(b"\r\n", b"\n") for path in files)
    return f"lexical ({hashlib.sha256(b''.join(parts)).hexdigest()[:8]})"


def read_card() -> dict[str, Any] | None:
    """What was measured of this judge on public claims; None if that was another one, or nothing is stored."""
    try:
        card: dict[str, Any] = json.loads(CARD.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return card if card.get("name") == judge_name() else None


_REMEDY = "make them anew: python -m eval.bench.support --data DIR --fit"
