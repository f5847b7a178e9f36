"""Claims -> batches of token rows with their targets."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
import torch
from torch import Tensor

from qa.reader.tokens import Packer
from qa.verifier.claims import Claim, Source, make_claims, shorten_summaries
from qa.verifier.tokens import SENTENCE, Row, pack_encoded

POOL = 50  # batches whose rows are sorted by length together
SUMMARISED = 20  # one claim of so many is a summary: they are long, and their kinds few
ASKED = 0.3  # of the supported, statements made of questions: people's own words
UNKNOWN = -1.0  # of a token: whether it is what isn't supported
# The share of each kind in the unsupported claims of an epoch; what there is too little of gives way.
SHARES = {
    "number": 0.1, "date": 0.02, "unit": 0.025, "entity": 0.15, "role": 0.17, "negation": 0.075, "modality": 0.04,
    "comparison": 0.08, "quantifier": 0.035, "word": 0.05, "stitched": 0.05, "wrong answer": 0.09, "taken out": 0.04,
    "half": 0.03, "added": 0.04, "other passage": 0.005, "unanswerable": 0.035,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows × tokens; `tokens` is 1 for those of an edit, 0 for those that are supported, else UNKNOWN."""

    ids: Tensor
    mask: Tensor
    types: Tensor
    supported: Tensor
    tokens: Tensor


def draw_claims(sources: Sequence[Source], summaries: Sequence[Claim], count: int, seed: int) -> list[Claim]:
    """So many claims, half of them supported, the summaries among them."""
    chance = random.Random(seed)
    made = list(make_claims(sources, seed))
    few = chance.sample(list(summaries), min(count // SUMMARISED, len(summaries)))
    short = shorten_summaries(few, seed)
    half = max(1, (count - len(short)) // 2)
    asked = [claim for claim in made if claim.supported and claim.kind == "statement"]
    found = chance.sample(asked, min(round(half * ASKED), len(asked)))
    supported = [claim for claim in made if claim.supported and claim.kind != "statement"]
    found += chance.sample(supported, min(half - len(found), len(supported)))
    for kind, share in SHARES.items():
        own = [claim for claim in made if claim.kind == kind and not claim.supported]
        found += chance.sample(own, min(round(half * share), len(own)))
    return [*found, *short]


def encode_claims(claims: Sequence[Claim], packer: Packer) -> list[tuple[Row, bool, list[float]]]:
    """The row of each claim, whether it is supported, and of which tokens of the sentence that is known."""
    evidence = list(dict.fromkeys(claim.evidence for claim in claims))
    shown = dict(zip(evidence, packer.encode(evidence), strict=True))
    said = packer.encode([claim.sentence for claim in claims])
    before = packer.encode([claim.original for claim in claims])
    rows = []
    for claim, own, original in zip(claims, said, before, strict=True):
        row = pack_encoded(packer, own[0], shown[claim.evidence], claim.evidence)
        rows.append((row, claim.supported, mark_tokens(own[0], original[0], claim.supported)[:SENTENCE]))
    return rows


def mark_tokens(said: Sequence[int], original: Sequence[int], supported: bool) -> list[float]:
    """0 for each token of what is supported, 1 for those that an edit brought or from beside which it took some."""
    if supported or not original:
        return [0.0 if supported else UNKNOWN] * len(said)
    marks = [0.0] * len(said)
    for kind, _, _, first, last in SequenceMatcher(None, original, said, autojunk=False).get_opcodes():
        if kind in ("replace", "insert"):
            marks[first:last] = [1.0] * (last - first)
        elif kind == "delete":
            for at in (first - 1, first):
                if 0 <= at < len(marks):
                    marks[at] = 1.0
    return marks


def make_batches(rows: Sequence[tuple[Row, bool, list[float]]], size: int, seed: int) -> list[Batch]:
    """The batches in random order; rows of like length are in one batch."""
    chance = random.Random(seed)
    mixed = list(rows)
    chance.shuffle(mixed)
    batches = []
    for run in _runs(mixed, POOL * size):
        run.sort(key=lambda row: len(row[0].ids))
        batches += [make_batch(part) for part in _runs(run, size)]
    chance.shuffle(batches)
    return batches


def _runs(items: list[tuple[Row, bool, list[float]]], count: int) -> Iterator[list[tuple[Row, bool, list[float]]]]:
    return (items[start : start + count] for start in range(0, len(items), count))


def make_batch(rows: Sequence[tuple[Row, bool, list[float]]]) -> Batch:
    """The rows, padded."""
    shape = (len(rows), max(len(row.ids) for row, _, _ in rows))
    ids, mask, types = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    tokens = np.full(shape, UNKNOWN, dtype=np.float32)
    for index, (row, _, marks) in enumerate(rows):
        ids[index, : len(row.ids)] = row.ids
        mask[index, : len(row.ids)] = 1
        types[index, row.second : len(row.ids)] = 1
        tokens[index, 1 : 1 + len(marks)] = marks
    supported = torch.tensor([float(supported) for _, supported, _ in rows])
    return Batch(
        torch.from_numpy(ids),
        torch.from_numpy(mask),
        torch.from_numpy(types),
        supported,
        torch.from_numpy(tokens),
    )
