"""The verifier: sentences and what they cite in, for each the probability that it is supported out."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qa.conversion import TOKENIZER, cache_folder
from qa.inference import Inference, Inputs, count_cores, even_size
from qa.reader.tokens import Packer
from qa.readers import GRAPH as READER
from qa.readers import GROUP, digest_graph
from qa.settings import Settings
from qa.verifier.tokens import Row, pack
from qa.word_support import WordVerifier

GRAPH = Path(__file__).parent / "verifier" / "verifier.xml"
CALIBRATION = "calibration.json"
BATCH = 8  # rows that one thread reads at once
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
_NAME = re.compile(r"(?<=[\w,;’'\"”)] )[A-Z][\w’'-]*[a-z]\w*")


@dataclass(frozen=True, slots=True)
class Signs:
    """What tells of support: the logit of the network, and what of the sentence's words the evidence has."""

    logit: float  # of long evidence, where it is the highest
    covered: float  # the share of its words, by how rare they are
    figures: float  # the share of its figures that the evidence lacks
    names: float  # the share of its names that the evidence lacks
    words: float  # the share of its words, as qa.word_support counts them


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression over signs."""

    logit: float
    covered: float
    figures: float
    names: float
    words: float
    constant: float

    def probability(self, signs: Signs) -> float:
        """0–1"""
        total = self.constant + self.logit * signs.logit + self.covered * signs.covered
        total += self.figures * signs.figures + self.names * signs.names + self.words * signs.words
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


class OpenVINOVerifier:
    """The verifier that the project ships; safe to use from several threads."""

    name = "qa-verifier"

    def __init__(self, digest: str, tokenizer: Any, inference: Inference, weights: Weights) -> None:
        self.digest = digest
        self._packer = Packer(tokenizer)
        self._inference = inference
        self._weights = weights

    def support(self, sentence: str, evidence: Sequence[str]) -> float:
        """How probably these quotations together support the sentence, 0–1; 0 without any."""
        return self.supports([(sentence, "\n".join(evidence))])[0]

    def supports(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """The same for pairs of a sentence and its evidence, in order."""
        probabilities = [self._weights.probability(signs) for signs in self.signs(pairs)]
        shown = [bool(evidence.strip() and sentence.strip()) for sentence, evidence in pairs]
        return [found if has else 0.0 for found, has in zip(probabilities, shown, strict=True)]

    def signs(self, pairs: Sequence[tuple[str, str]]) -> list[Signs]:
        """What the probability comes from."""
        packed = [pack(self._packer, sentence, evidence) for sentence, evidence in pairs]
        logits = iter(self._logits([row for rows in packed for row in rows]))
        shares = WordVerifier().supports(pairs)
        return [
            Signs(
                max(next(logits) for _ in rows),
                rows[0].covered,
                lacking(_FIGURE, *pair),
                lacking(_NAME, *pair),
                share,
            )
            for rows, pair, share in zip(packed, pairs, shares, strict=True)
        ]

    def _logits(self, rows: Sequence[Row]) -> list[float]:
        """Of each row the logit of support, in order; rows of like length are read together."""
        order = sorted(range(len(rows)), key=lambda index: -len(rows[index].ids))
        size = even_size(len(order), BATCH, self._inference.threads)
        groups = [order[start : start + size] for start in range(0, len(order), size)]
        outputs = self._inference.run([_pad([rows[index] for index in group]) for group in groups])
        found = {
            index: float(row[0, 0])
            for group, output in zip(groups, outputs, strict=True)
            for index, row in zip(group, output, strict=True)
        }
        return [found[index] for index in range(len(rows))]


def lacking(pattern: re.Pattern[str], sentence: str, evidence: str) -> float:
    """The share of what the pattern finds in the sentence that isn't in the evidence."""
    found = pattern.findall(sentence)
    shown = evidence.lower().replace(",", "")
    return sum(one.lower().replace(",", "") not in shown for one in found) / len(found) if found else 0.0


def load_openvino_verifier(settings: Settings, graph: Path | None = None) -> OpenVINOVerifier:
    """The shipped weights, or others, compiled; the compiled form lies in the cache folder."""
    from tokenizers import Tokenizer

    graph = graph or GRAPH
    digest = digest_graph(graph)
    cache = cache_folder(settings) / f"verifier-{digest[:12]}"
    precision = settings.precision or "bf16"
    group = GROUP if precision == "bf16" else 0
    inference = Inference(graph, precision, settings.threads or count_cores(), cache, group=group)
    tokenizer = Tokenizer.from_file(str(READER.with_name(TOKENIZER)))
    return OpenVINOVerifier(digest, tokenizer, inference, read_weights(graph.with_name(CALIBRATION)))


def read_weights(path: Path) -> Weights:
    """The calibration; without a file the logit alone."""
    if not path.exists():
        return Weights(1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    record: Mapping[str, float] = json.loads(path.read_text(encoding="utf-8"))["weights"]
    return Weights(**record)


def _pad(rows: Sequence[Row]) -> Inputs:
    shape = (len(rows), max(len(row.ids) for row in rows))
    inputs = {name: np.zeros(shape, dtype=np.int64) for name in ("input_ids", "attention_mask", "token_type_ids")}
    for index, row in enumerate(rows):
        inputs["input_ids"][index, : len(row.ids)] = row.ids
        inputs["attention_mask"][index, : len(row.ids)] = 1
        inputs["token_type_ids"][index, row.second : len(row.ids)] = 1
    return inputs
